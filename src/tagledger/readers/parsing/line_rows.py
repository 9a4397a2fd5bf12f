"""The rows of a file of fields in which each line is a row, cut at the delimiter by Arrow.

Where no character of a field can be a delimiter or a line break, a file's rows are its lines, and
their fields are what is between two delimiters, in whatever number. So it is where quotes are
characters like others; where they are not, what stands in quotes is looked at first, as `quotes`
does for every file, and the delimiters and line breaks there get stand-ins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tagledger.errors import TagledgerError
from tagledger.readers.blocks import Block, Broken, arrow_records, record_text
from tagledger.readers.opening.source_files import empty_file
from tagledger.readers.parsing.csv_spelling import QUOTE, Text
from tagledger.readers.parsing.csv_top import first_bytes, refuse_second_header
from tagledger.readers.parsing.quotes import UNCLOSED, Slip, SoundRows, check_header, without_blanks
from tagledger.readers.values.columns import mask
from tagledger.readers.values.field_lists import from_field, of_one_name

_MOST_BYTES = 16 * 2**20  # of a row
_HEADER_BYTES = 2**20
_SEEN_ROWS = 20


@dataclass(frozen=True)
class Shape:
    """Which columns rows have.

    Attributes
    ----------
    names
        Of the header.
    rest
        The position of the one that goes on to the end of the row; None if there is none.
    """

    names: list[str]
    rest: int | None

    def fits(self, counts: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Where rows have as many fields as they must."""
        return counts == len(self.names) if self.rest is None else counts >= self.rest

    def fault(self, count: int) -> str:
        """What is wrong with a row that has another number."""
        due = str(len(self.names)) if self.rest is None else f"{self.rest} or more"
        return f"wrong number of fields: {count}, not {due}"


class LineRows:
    """A file of fields, row by row; every column is text.

    Parameters
    ----------
    text
        The file.
    header
        The names of its columns, if it has no header.
    blank_rows
        Whether a blank line is a row.

    Attributes
    ----------
    names
        The header.
    fields
        How many fields the first row has that has another number of them than it must.
    """

    def __init__(self, text: Text, *, header: list[str] | None, blank_rows: bool) -> None:
        self._path = text.path
        self._dialect = text.dialect
        self._spelling = text.spelling
        self._blank_rows = blank_rows
        self._slips: dict[str, Slip] = {}
        self._sound: SoundRows | None = None
        self.fields = 0
        self._pieces = self._lines(_whole_lines(self._rows(text, header), text.path))
        first = next(self._pieces, None)
        if first is None:
            raise empty_file(text.path)
        cells = self._cells(first.slice(0, 1))
        self._first = first.slice(0 if header else 1)
        if header is not None:
            refuse_second_header(header, cells, text.path)
        self.names = header or cells

    @property
    def notes(self) -> list[str]:
        """Sentences on rows that are legal and look wrong."""
        return [] if self._sound is None else self._sound.suspicious

    def some_rows(self) -> list[list[str]]:
        """Some rows below the header."""
        some = self._first.slice(0, _SEEN_ROWS)
        return [self._cells(some.slice(at, 1)) for at in range(len(some))]

    # ---- bytes -> lines --------------------------------------------------------------------

    def _rows(self, text: Text, header: list[str] | None) -> Iterator[bytes]:
        """The bytes, without a delimiter or a line break in a field."""
        if not self._dialect.quoted:
            yield from text.chunks
            return
        delimiter, blanks = self._spelling.delimiter, self._dialect.blanks
        start = first_bytes(_HEADER_BYTES, text.chunks)
        if not start:
            return
        if header is None:
            check_header(start, self._path, delimiter, blanks=blanks)
        self._sound = SoundRows(
            chain([start], text.chunks),
            self._path,
            delimiter,
            width=len(header or start.splitlines()[0].split(delimiter.encode())),
            limit=_MOST_BYTES,
            line=text.line,
            blanks=blanks,
        )
        for piece in self._sound.pieces(self._stand_in):
            rows = without_blanks(piece, delimiter) if blanks else piece
            try:
                yield self._spelling.protected(rows)
            except ValueError as error:
                raise TagledgerError(
                    str(error), where=f"{self._path}, its last row", hint=self._sound.hint
                ) from error

    def _stand_in(self, slip: Slip) -> bytes:
        """A line in place of a row with a quote out of place."""
        line = f"\x1e{len(self._slips)}"
        self._slips[line] = slip
        return line.encode()

    def _lines(self, pieces: Iterator[bytes]) -> Iterator[pa.Array]:
        """The rows that are not blank, some thousands at a time."""
        for piece in pieces:
            self._refuse_quotes(piece)
            text = pa.array([piece.removesuffix(b"\n")], pa.string())
            lines = pc.list_flatten(pc.split_pattern(text, "\n"))
            if not self._blank_rows:
                given = mask(pc.not_equal(lines, ""))
                lines = lines if given.all() else lines.filter(pa.array(given))
            if len(lines):
                yield lines

    def _refuse_quotes(self, piece: bytes) -> None:
        """Refuse a field in quotes where nobody has said that they are characters."""
        delimiter = self._dialect.delimiter.encode()
        if self._dialect.quoted or not self._dialect.doubtful:
            return
        opens = piece.startswith(b'"') or b'\n"' in piece or delimiter + b'"' in piece
        if not opens and not self._dialect.blanks:
            return  # nearly always
        end = re.escape(delimiter)
        match = re.search(rb'(?:^|\n|%b)[ ]*("[^\n]*?")(?=%b|\n|$)' % (end, end), piece)
        if match is not None:
            raise TagledgerError(
                f"a field is in quotes: {match[1][:60].decode('utf-8', 'ignore')}",
                where=self._path,
                hint="say in its reading whether quotes are around fields, `quote: '\"'`, or are "
                "characters like others, `quoting: none`",
            )

    def _cells(self, line: pa.Array) -> list[str]:
        """The fields of one row."""
        fields = pc.list_flatten(pc.split_pattern(line, self._spelling.delimiter))
        first, later = self._values(fields.slice(0, 1)), self._later(fields.slice(1))
        return [*first.to_pylist(), *later.to_pylist()]

    # ---- lines -> columns ------------------------------------------------------------------

    def blocks(self, names: list[str], rest: str | None) -> Iterator[Block]:
        """The rows, with the columns of some names; `rest` goes on to the end of the row."""
        shape = Shape(self.names, None if rest is None else self.names.index(rest))
        count = 0
        for lines in chain([self._first], self._pieces):
            rows = count + 1 + np.arange(len(lines), dtype=np.int64)
            count += len(lines)
            fields = pc.split_pattern(lines, self._spelling.delimiter)
            counts = pc.list_value_length(fields).to_numpy().astype(np.int64)
            fits = shape.fits(counts)
            broken = []
            if self._slips:
                fits &= ~mask(pc.is_in(lines, value_set=pa.array(self._slips, pa.string())))
            if not fits.all():
                at = np.flatnonzero(~fits)
                texts = lines.take(pa.array(at)).to_pylist()
                broken = [
                    self._broken(row, line, number, shape)
                    for row, line, number in zip(rows[at], texts, counts[at], strict=True)
                ]
                fields, rows = fields.filter(pa.array(fits)), rows[fits]
            columns = {name: self._column(fields, name, shape) for name in names}
            yield Block(rows, columns, partial(self._records, fields, shape), broken)
        yield Block(
            np.zeros(0, np.int64),
            {name: self._column(_NO_ROWS, name, shape) for name in names},
            lambda _: [],
            notes=self.notes,
        )

    def _broken(self, row: int, line: str, count: int, shape: Shape) -> Broken:
        """A row that is no row of the file's columns."""
        slip = self._slips.pop(line, None)
        if slip is None:
            self.fields = self.fields or int(count)
            slip = Slip(line, shape.fault(count))
        return Broken(int(row), slip.reason, record_text(self._spelling.text(slip.text)))

    def _column(self, fields: pa.Array, name: str, shape: Shape) -> pa.Array:
        """A column of rows of fields."""
        if shape.rest is not None and name == shape.names[shape.rest]:
            return self._rest(fields, shape.rest)
        same = [
            self._field(fields, at)
            for at, one in enumerate(shape.names[: shape.rest])
            if one == name
        ]
        return same[0] if len(same) == 1 else of_one_name(same)

    def _field(self, fields: pa.Array, at: int) -> pa.Array:
        values = pc.list_element(fields, at)
        return self._later(values) if at else self._values(values)

    def _rest(self, fields: pa.Array, first: int) -> pa.Array:
        return from_field(fields, first, self._later)

    def _later(self, fields: pa.Array) -> pa.Array:
        """Fields behind a delimiter as the file means them."""
        values = self._values(fields)
        bare = self._dialect.blanks and not self._dialect.quoted
        return pc.utf8_ltrim(values, " ") if bare else values

    def _values(self, fields: pa.Array) -> pa.Array:
        """Fields as the file means them: without quotes around them, or stand-ins in them."""
        if self._dialect.quoted:
            within = pc.starts_with(fields, QUOTE)
            if pc.any(within).as_py():
                inner = pc.replace_substring(pc.utf8_slice_codeunits(fields, 1, -1), '""', '"')
                fields = pc.if_else(within, inner, fields)
        return self._spelling.decoded(fields)

    def _records(self, fields: pa.Array, shape: Shape, at: NDArray[np.int64]) -> list[str]:
        """The records of some rows, as JSON."""
        some = fields.take(pa.array(at))
        columns: list[Any] = [
            self._field(some, one) for one in range(len(shape.names[: shape.rest]))
        ]
        names = shape.names[: shape.rest]
        if shape.rest is not None:
            columns.append(self._rest(some, shape.rest))
            names = [*names, shape.names[shape.rest]]
        return arrow_records(pa.Table.from_arrays(columns, names=names), np.arange(len(at)))


_NO_ROWS = pa.array([], pa.list_(pa.string()))


def _whole_lines(chunks: Iterator[bytes], path: Path) -> Iterator[bytes]:
    """The bytes in pieces of whole lines, each of them ended by a line feed."""
    left = b""
    for chunk in chunks:
        data = left + chunk
        end = max(data.rfind(b"\n"), data.rfind(b"\r", 0, len(data) - 1)) + 1
        left = data[end:]
        if len(left) > _MOST_BYTES:
            raise TagledgerError(
                f"a row is longer than {_MOST_BYTES >> 20} MiB: is a quote never closed?",
                where=path,
                hint=UNCLOSED,
            )
        if end:
            yield _with_line_feeds(data[:end])
    if left:
        yield _with_line_feeds(left + b"\n")


def _with_line_feeds(lines: bytes) -> bytes:
    return lines.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in lines else lines
