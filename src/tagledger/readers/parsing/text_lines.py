"""The lines of a text file as Arrow arrays, and blocks made from them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tagledger.errors import TagledgerError
from tagledger.readers.blocks import Block, Broken, arrow_records
from tagledger.readers.opening.source_files import SourceFile
from tagledger.readers.parsing.json_pieces import LONGEST_RECORD, too_long
from tagledger.readers.values.columns import Column, mask

_BLOCK_ROWS = 50_000
Rows = NDArray[np.int64]


def text_lines(
    file: SourceFile, encoding: str | None, *, blank: bool
) -> Iterator[tuple[Rows, pa.Array]]:
    """The lines of a file, some at a time; at least one time, also where all lines are blank.

    Only a line feed ends a line; carriage returns before it are taken off.

    Parameters
    ----------
    file
        The file.
    encoding
        As for `SourceFile.chunks`.
    blank
        Whether lines of white space alone are among them.

    Yields
    ------
    rows
        int64: the lines' numbers, from 1.
    lines
        string, as long as `rows`.

    Raises
    ------
    TagledgerError
        As for `SourceFile.chunks`; or a line is too long, or carriage returns alone end lines.
    """
    for first, lines in _numbered(file, encoding):
        rows = np.arange(first, first + len(lines))
        if blank:
            yield rows, lines
        else:
            kept = pc.not_equal(pc.utf8_trim_whitespace(lines), "")
            yield rows[mask(kept)], lines.filter(kept)


def _numbered(file: SourceFile, encoding: str | None) -> Iterator[tuple[int, pa.Array]]:
    """All lines, some at a time, with the number of the first of them."""
    first, rest = 1, b""
    read = file.chunks(encoding)
    for chunk in read:
        if first == 1:
            _refuse_carriage_returns(rest + chunk, file)
        whole, line_feed, last = chunk.rpartition(b"\n")
        if line_feed:
            for lines in _split(rest + whole):
                yield first, lines
                first += len(lines)
            rest = last
        else:
            rest += chunk
        if len(rest) > LONGEST_RECORD:
            raise too_long(f"{file.path}, line {first}", read)
    if rest:
        yield first, next(_split(rest))


def _split(text: bytes) -> Iterator[pa.Array]:
    """The lines of a text that does not end with a line feed of its own."""
    whole = pa.array([text], pa.large_binary()).cast(pa.large_string())
    lines = pc.list_flatten(pc.split_pattern(whole, "\n")).cast(pa.string())
    if b"\r" in text:
        lines = pc.utf8_rtrim(lines, characters="\r")
    for start in range(0, len(lines), _BLOCK_ROWS):
        yield lines.slice(start, _BLOCK_ROWS)


def _refuse_carriage_returns(start: bytes, file: SourceFile) -> None:
    if b"\n" in start or b"\r" not in start.rstrip(b"\r"):
        return
    raise TagledgerError(
        "the lines end with carriage returns alone",
        where=file.path,
        hint=f"save it with line feeds, e.g. `tr '\\r' '\\n' < {file.path.name} > lines.txt`, and "
        "name that file in data/sources.yaml",
    )


def lists_of(texts: pa.Array, separator: str) -> pa.Array:
    """Each text cut at a separator (list<string>); an empty text is an empty list."""
    empty = pc.equal(texts, "")
    pieces = pc.split_pattern(pc.if_else(empty, pa.scalar(None, pa.string()), texts), separator)
    counts = pc.fill_null(pc.list_value_length(pieces), 0).to_numpy()
    return list_array(counts, pc.list_flatten(pieces))


def list_array(counts: Rows, elements: pa.Array) -> pa.Array:
    """Lists with so many of the elements each (list<string>)."""
    ends = np.append(0, np.cumsum(counts, dtype=np.int64)).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(ends), elements)


def block_of(
    rows: Rows, columns: dict[str, pa.Array], names: list[str], broken: list[Broken]
) -> Block:
    """A block with those of the columns that are wanted; a record has all."""
    wanted: dict[str, Column] = {name: columns[name] for name in names}
    return Block(rows, wanted, partial(arrow_records, pa.table(columns)), broken)
