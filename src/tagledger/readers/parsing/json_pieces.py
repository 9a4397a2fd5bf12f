"""Where the text of a JSON list or mapping can be cut into pieces, and where a piece stands.

A piece ends at a comma between two entries. Which comma is one, the parser says: it takes the text
before the comma, with a bracket added, if and only if that comma stands between entries. Commas
that look like one are tried first; a walk over the tokens finds one for certain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from tagledger.errors import TagledgerError
from tagledger.readers.values.json_text import STRING, loads, not_json

LONGEST_RECORD = 16 * 2**20  # bytes
_TRIED = 4
_TAIL = 2**16  # bytes at the end of a piece in which a comma is looked for
_FIRST_KEY = re.compile(rb"\s*\[\s*\{\s*(" + STRING + rb")", re.DOTALL)
_FIRST_VALUE = re.compile(
    rb"\s*\{\s*" + STRING + rb"\s*:\s*(?:(\{)\s*(" + STRING + rb"|)|(\[)|(\"))", re.DOTALL
)
# A lone quote opens a string that the piece does not hold to its end.
_MARK = re.compile(STRING + rb'|[{}\[\],"]', re.DOTALL)


def too_long(where: str, rest: Iterator[bytes]) -> TagledgerError:
    """The error of a record that no dataset has, and that would fill the memory.

    Raises
    ------
    TagledgerError
        The file with the `rest` of it is too large as a whole, which says more.
    """
    for _ in rest:
        pass
    return TagledgerError(
        f"a record is longer than {LONGEST_RECORD >> 20} MiB",
        where=where,
        hint="is a quote or a bracket never closed? mend the file, or take a fresh copy of it",
    )


class Place:
    """Where in the file the text at hand begins, in lines and bytes of the line."""

    def __init__(self, path: Path) -> None:
        self.begun = False
        self._path, self._lines, self._bytes = path, 0, 0

    def pass_by(self, text: bytes) -> None:
        """Go on to what comes after `text`."""
        self.begun = True
        breaks = text.count(b"\n")
        self._lines += breaks
        since = len(text) - text.rfind(b"\n") - 1
        self._bytes = since if breaks else self._bytes + since

    def of(self, line: int, column: int = 1) -> str:
        """A place in the text in words; its first line is 0, its first column 1."""
        column += 0 if line else self._bytes
        return f"{self._path}, line {self._lines + line + 1}, column {column}"

    def fault(self, error: orjson.JSONDecodeError) -> TagledgerError:
        """What the parser found, at its place in the file."""
        hint = "mend the file, or take a fresh copy of it"
        return not_json(error, self.of(error.lineno - 1, error.colno), hint)


def cut(text: bytes, place: Place) -> tuple[list[Any], int] | None:
    """The entries up to a late comma between two of them, and where it stands; None without one.

    Raises
    ------
    TagledgerError
        The text before the comma is not JSON.
    """
    likely = _at_likely(text, b"]")
    if likely is not None:
        return likely
    comma, _ = _last_comma(text)
    if comma < 0 or not text[1:comma].strip():  # nothing before it: the whole is no JSON
        return None
    return _loads(text[:comma] + b"]", place), comma


def cut_within(text: bytes, place: Place, closing: bytes) -> tuple[Any, int, bool] | None:
    """The entries up to a late comma, or to the end of the list or mapping that the text begins.

    Parameters
    ----------
    text
        It begins with an opening bracket; more may follow the closing one.
    place
        Where it stands.
    closing
        The bracket that closes it.

    Returns
    -------
    entries, end, ended
        What they were parsed to, where the comma or the closing bracket stands, and whether it is
        the latter; None where there is neither.

    Raises
    ------
    TagledgerError
        The text before it is not JSON.
    """
    likely = _at_likely(text, closing)
    if likely is not None:
        return (*likely, False)
    comma, end = _last_comma(text)
    if end >= 0:
        return _loads(text[:end] + closing, place), end, True
    if comma < 0:
        return None
    return _loads(text[:comma] + closing, place), comma, False


def _loads(text: bytes, place: Place) -> Any:
    try:
        return loads(text)
    except orjson.JSONDecodeError as error:
        raise place.fault(error) from error


def _at_likely(text: bytes, closing: bytes) -> tuple[Any, int] | None:
    for comma in _likely(text):
        try:
            return loads(text[:comma] + closing), comma
        except orjson.JSONDecodeError:
            continue
    return None


def _likely(text: bytes) -> list[int]:
    """The last commas between entries that begin as the first of them does."""
    between = _between_objects(text) or _between_values(text)
    if between is None:
        return []
    start = max(len(text) - _TAIL, 0)
    commas = [one.start(1) for one in re.compile(between, re.DOTALL).finditer(text, start)]
    return commas[: -_TRIED - 1 : -1]


def _between_objects(text: bytes) -> bytes | None:
    """A pattern for the comma between objects of a list that begin with the same key."""
    first = _FIRST_KEY.match(text)
    return None if first is None else rb"\}\s*(,)\s*\{\s*" + re.escape(first[1])


def _between_values(text: bytes) -> bytes | None:
    """The same of a mapping, whose values are objects, lists or texts."""
    first = _FIRST_VALUE.match(text)
    if first is None:
        return None
    _, key, a_list, _ = first.groups()
    ending, start = (rb"\}", rb"\{\s*" + re.escape(key)) if key is not None else (b'"', b'"')
    if a_list:
        ending, start = rb"\]", rb"\["
    return ending + rb"\s*(,)\s*" + STRING + rb"\s*:\s*" + start


def _last_comma(text: bytes) -> tuple[int, int]:
    """Where the last comma between two entries stands, and what closes all; -1 without one."""
    depth, last = 0, -1
    for token in _MARK.finditer(text):
        mark = token[0]
        if mark in {b"{", b"["}:
            depth += 1
        elif mark in {b"}", b"]"}:
            depth -= 1
            if depth <= 0:
                return last, token.start()
        elif mark == b"," and depth == 1:
            last = token.start()
        elif mark == b'"':
            break
    return last, -1
