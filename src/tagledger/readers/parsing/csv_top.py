"""The top of a file of fields: lines above it, and whether its first row is a header."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from tagledger.errors import TagledgerError

_LINE_BREAK = re.compile(rb"\r\n|\n|\r")
_NUMBER = re.compile(r"\s*[+-]?(\d+([.,]\d*)*|\.\d+)\s*")
_WORDS_OF_PROSE = 5
_SHOWN = 40
_NAMES_SHOWN = 8
_EXCEL_SAYS = "sep="


def first_bytes(size: int, pieces: Iterator[bytes]) -> bytes:
    """The next pieces, until they have `size` bytes or there are no more."""
    taken: list[bytes] = []
    while size > 0 and (piece := next(pieces, b"")):
        taken.append(piece)
        size -= len(piece)
    return b"".join(taken)


def below_top(
    chunks: Iterator[bytes], skip: int, comment: str | None, path: Path
) -> tuple[Iterator[bytes], int]:
    """What is below the lines above the header, and how many these are.

    Parameters
    ----------
    skip
        Lines to leave out.
    comment
        After these, further lines are left out as long as they begin so.

    Raises
    ------
    TagledgerError
        Nothing is left.
    """
    data, lines = b"", 0
    mark = b"" if comment is None else comment.encode()
    while lines < skip and (data := data or next(chunks, b"")):
        data, lines = _without_line(data, chunks), lines + 1
    while mark and (data := data + first_bytes(len(mark) - len(data), chunks)).startswith(mark):
        data, lines = _without_line(data, chunks), lines + 1
    if not (data := data or next(chunks, b"")):
        raise TagledgerError(
            f"nothing is left below the first {lines} lines",
            where=path,
            hint="correct `skip` or `comment` in its reading, in data/sources.yaml",
        )
    return chain([data], chunks), lines


def _without_line(data: bytes, chunks: Iterator[bytes]) -> bytes:
    """What is below the first line of the bytes at hand."""
    while True:
        end = _LINE_BREAK.search(data)
        if end is not None and end.end() < len(data):  # a line feed may follow a return
            return data[end.end() :]
        if not (more := next(chunks, b"")):
            return b""
        data += more


def refuse_second_header(header: Sequence[str], first: Sequence[str], path: Path) -> None:
    """Refuse a header that a reading gives to a file which has that header itself."""
    if [name.strip().casefold() for name in first] == [one.strip().casefold() for one in header]:
        raise TagledgerError(
            f"the file has a header: its first row is {', '.join(header)}",
            where=path,
            hint="take `header` out of its reading, in data/sources.yaml; or, for other names than "
            "the file's, add `skip: 1`",
        )


def wrong_header(header: Sequence[str], fields: int, path: Path) -> TagledgerError:
    """The error of a header that no row of the file fits."""
    return TagledgerError(
        f"`header` has {len(header)} names, and the first row {fields} fields",
        where=path,
        hint="give a name for each field, in their order; or correct `delimiter` in its reading, "
        "in data/sources.yaml",
    )


def strange_header(names: Sequence[str], needed: Sequence[str]) -> str:
    """What to do about a header that has none of the columns that are needed, in any case."""
    if {name.casefold() for name in names} & {name.casefold() for name in needed}:
        return ""
    shown = ", ".join(names[:_NAMES_SHOWN]) + (", ..." if len(names) > _NAMES_SHOWN else "")
    example = ", ".join(f"column{one + 1}" for one in range(len(names)))
    return (
        f"the first row says {shown}: name these columns in the reading, in data/sources.yaml; or, "
        f"if that is data, name the columns yourself, in their order: `header: [{example}]`"
    )


def header_hint(names: Sequence[str], delimiter: str, rows: Sequence[Sequence[str]]) -> str:
    """What to do about a header that lacks a column, if it shows what it is.

    Parameters
    ----------
    names
        The header.
    delimiter
        What stands between two names.
    rows
        Some of the rows below it.
    """
    first = names[0] if names else ""
    if len(names) == 1 and first.startswith(_EXCEL_SAYS) and len(first) == len(_EXCEL_SAYS) + 1:
        given = _in_yaml(first[-1])
        return f"the first line is for Excel alone: set `skip: 1` and `delimiter: {given}`"
    others = [other for other in ",;\t|" if other != delimiter and other in first]
    if len(names) == 1 and others:
        given = _in_yaml(others[0])
        return f"the header has one column, {first!r}: set `delimiter: {given}` in its reading"
    at = next((at for at in range(len(names)) if _like_data(names, at, rows)), None)
    if at is None:
        return ""
    example = ", ".join(f"column{one + 1}" for one in range(len(names)))
    cell = names[at] if len(names[at]) <= _SHOWN else f"{names[at][:_SHOWN]}…"
    return (
        f"the first row looks like data, with {cell!r} in it: if the file has no header, name its "
        f"columns in its reading, in their order: `header: [{example}]`"
    )


def _in_yaml(delimiter: str) -> str:
    return '"\\t"' if delimiter == "\t" else repr(delimiter)  # YAML reads '\t' as two characters


def _like_data(names: Sequence[str], at: int, rows: Sequence[Sequence[str]]) -> bool:
    """Whether a cell of the header is a number, recurs below it, or is prose."""
    cell = names[at]
    if _NUMBER.fullmatch(cell) or len(cell.split()) >= _WORDS_OF_PROSE:
        return True
    return bool(cell.strip()) and any(at < len(row) and row[at] == cell for row in rows)
