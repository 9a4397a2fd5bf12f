"""The rows of a CSV file, as Arrow's reader has them once quotes out of place are taken out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tagledger.errors import TagledgerError
from tagledger.readers.blocks import Broken, arrow_records, record_text
from tagledger.readers.opening.source_files import empty_file
from tagledger.readers.parsing.csv_spelling import Text
from tagledger.readers.parsing.csv_top import first_bytes, refuse_second_header
from tagledger.readers.parsing.quotes import Slip, SoundRows, check_header, without_blanks
from tagledger.readers.values.field_lists import of_one_name

_CSV_BYTES = 16 * 2**20
_CSV_HEADER_BYTES = 2**20
_SEEN_BYTES, _SEEN_ROWS = 2**16, 20


class CsvRows:
    """A CSV file, with every column as text.

    Arrow takes the end of the file for the end of a quoted field: a quote that is never closed
    would swallow the rows below it in silence. So a last row is added that no file has; when it
    does not come out again, a quote has swallowed it. Rows with a quote out of place are taken out
    before, and a stand-in with too many fields keeps their number.

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
    broken
        Rows with another number of fields, up to the batch that was read last.
    ended
        Whether the last row came out again.
    fields
        How many fields the first row has that has another number of them than the header.
    """

    def __init__(self, text: Text, *, header: list[str] | None, blank_rows: bool) -> None:
        from pyarrow import csv as arrow_csv

        self.broken: list[Broken] = []
        self.closed = False
        self.ended = False
        self.fields = 0
        self._spelling = text.spelling
        path, delimiter, blanks = text.path, text.spelling.delimiter, text.dialect.blanks
        start, line = first_bytes(_CSV_HEADER_BYTES, text.chunks), text.line
        if not start.strip():
            raise empty_file(path)
        try:
            self._parse = arrow_csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=not blank_rows
            )
        except ValueError as error:
            raise TagledgerError(
                f"{delimiter!r} cannot be a delimiter",
                where=f"the reading of {path.name}, in data/sources.yaml",
                hint="give one ASCII character, no quote and no line break",
            ) from error
        self._parse.invalid_row_handler = lambda _: "skip"
        if b"\n" not in start and b"\r" not in start:
            start += b"\n"  # Arrow takes a header without one for no row at all
        self._start = without_blanks(start, delimiter) if blanks else start
        if header is None:
            check_header(start, path, delimiter, blanks=blanks)
            self._written = self._first_cells()
        else:
            first = map(self._spelling.text, self._first_cells())
            refuse_second_header(header, list(first), path)
            # Above the file stands the header that it lacks, so that rows count as they do else.
            self._written = [f"c{at}" for at in range(len(header))]
            start, line = f"{delimiter.join(self._written)}\n".encode() + start, line - 1
        self.names: list[str] = header or [*map(self._spelling.text, self._written)]
        # One field more than the header has, so that it goes to the handler.
        self._too_many = delimiter * len(self.names)
        self._last_row = f"\x1e{self._too_many}"
        self._slips: dict[str, Slip] = {}
        self._sound = SoundRows(
            chain([start], text.chunks),
            path,
            delimiter,
            width=len(self.names),
            limit=_CSV_BYTES,
            line=line,
            blanks=blanks,
        )
        pieces = self._sound.pieces(self._stand_in)
        if blanks:
            pieces = (without_blanks(piece, delimiter) for piece in pieces)
        self._left = self._with_last_row(pieces)
        self._rest = b""

    def _first_cells(self) -> list[str]:
        """The cells of the file's first row."""
        from pyarrow import csv as arrow_csv

        options = arrow_csv.ReadOptions(use_threads=False, block_size=len(self._start) + 1)
        # Arrow's own threads, where a reader is left open, may abort a program that ends.
        with arrow_csv.open_csv(pa.BufferReader(self._start), options, self._parse) as head:
            cells: list[str] = head.schema.names
        return cells

    def some_rows(self) -> list[list[str]]:
        """Some rows below the first one, to see what it is."""
        text = io.StringIO(self._start[:_SEEN_BYTES].decode("utf-8", "ignore"), newline="")
        rows = csv.reader(text, delimiter=self._spelling.delimiter)
        return [[self._spelling.text(cell) for cell in row] for row in islice(rows, 1, _SEEN_ROWS)]

    @property
    def hint(self) -> str:
        """What to do if a quote is never closed."""
        return self._sound.hint

    @property
    def notes(self) -> list[str]:
        """Sentences on rows that are legal and look wrong."""
        return self._sound.suspicious

    def _with_last_row(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        ending = b""
        for piece in pieces:
            ending = piece[-1:]
            yield piece
        line_break = "" if ending in {b"\n", b"\r"} else "\n"
        yield f"{line_break}{self._last_row}\n".encode()

    def _stand_in(self, slip: Slip) -> bytes:
        """A row with too many fields in place of one with a quote out of place."""
        row = f"\x1e{len(self._slips)}{self._too_many}"
        self._slips[row] = slip
        return row.encode()

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows that have as many fields as the header."""
        from pyarrow import csv as arrow_csv

        self._parse.invalid_row_handler = self._invalid
        convert = arrow_csv.ConvertOptions(
            check_utf8=False,  # `chunks` has done so
            column_types=dict.fromkeys(self._written, pa.string()),
        )
        options = arrow_csv.ReadOptions(use_threads=False, block_size=_CSV_BYTES)
        try:
            with arrow_csv.open_csv(self, options, self._parse, convert) as reader:
                yield from reader
        except pa.ArrowInvalid as error:
            if "straddling" not in str(error):
                raise
            problem = f"a row is longer than {_CSV_BYTES >> 20} MiB: is a quote never closed?"
            raise pa.ArrowInvalid(problem) from error

    def columns(self, batch: pa.RecordBatch, names: list[str]) -> dict[str, pa.Array]:
        """The columns of some names; one for those that have the name as well."""
        columns = {}
        for name in names:
            same = [
                self._spelling.decoded(batch.column(at))
                for at, one in enumerate(self.names)
                if one == name
            ]
            columns[name] = same[0] if len(same) == 1 else of_one_name(same)
        return columns

    def records(self, batch: pa.RecordBatch, positions: NDArray[np.int64]) -> list[str]:
        """The records of some rows, as JSON."""
        rows = batch.take(pa.array(positions))
        columns = [self._spelling.decoded(column) for column in rows.columns]
        table = pa.Table.from_arrays(columns, names=self.names)
        return arrow_records(table, np.arange(len(positions)))

    def rows(self, first: int, count: int) -> NDArray[np.int64]:
        """The row numbers of `count` readable rows, of which `first` readable ones come before."""
        numbers = np.array([one.row for one in self.broken], dtype=np.int64)
        readable = np.arange(first, first + count)
        before = numbers - 1 - np.arange(len(numbers))  # readable rows before each broken one
        return readable + 1 + np.searchsorted(before, readable, side="right")

    def read(self, size: int) -> bytes:
        """The next `size` bytes, for Arrow: it takes what it gets for a block of its own."""
        data = self._rest + first_bytes(size - len(self._rest), self._left)
        self._rest = data[size:]
        return data[:size]

    def close(self) -> None:
        """Nothing is open; Arrow wants to be able to say it."""
        self.closed = True

    def _invalid(self, row: Any) -> str:
        if row.text == self._last_row:
            self.ended = True
        elif row.text in self._slips:
            slip = self._slips.pop(row.text)
            text = self._spelling.text(slip.text)
            self.broken.append(Broken(row.number - 1, slip.reason, record_text(text)))
        else:
            reason = f"wrong number of fields: {row.actual_columns}, not {row.expected_columns}"
            text = self._spelling.text(row.text)
            self.broken.append(Broken(row.number - 1, reason, record_text(text)))
            self.fields = self.fields or row.actual_columns
        return "skip"
