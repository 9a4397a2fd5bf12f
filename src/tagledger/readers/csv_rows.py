"""The rows of a CSV file, as Arrow's reader has them once quotes out of place are taken out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tagledger.errors import TagledgerError
from tagledger.readers.blocks import Broken, record_text
from tagledger.readers.quotes import Slip, SoundRows, check_header
from tagledger.readers.source_files import empty_file

_CSV_BYTES = 16 * 2**20
_CSV_HEADER_BYTES = 2**20


def _at_least(size: int, pieces: Iterator[bytes]) -> bytes:
    """The next pieces, until they have `size` bytes or there are no more."""
    found: list[bytes] = []
    while size > 0 and (piece := next(pieces, b"")):
        found.append(piece)
        size -= len(piece)
    return b"".join(found)


class CsvRows:
    """A CSV file, with every column as text.

    Arrow takes the end of the file for the end of a quoted field: a quote that is never closed
    would swallow the rows below it in silence. So a last row is added that no file has; when it
    does not come out again, a quote has swallowed it. Rows with a quote out of place are taken out
    before, and a stand-in with too many fields keeps their number.

    Attributes
    ----------
    names
        The header.
    broken
        Rows with another number of fields, up to the batch that was read last.
    ended
        Whether the last row came out again.
    """

    def __init__(
        self, path: Path, read: Iterator[bytes], delimiter: str, *, blank_rows: bool
    ) -> None:
        from pyarrow import csv

        self.broken: list[Broken] = []
        self.closed = False
        self.ended = False
        start = _at_least(_CSV_HEADER_BYTES, read)
        if not start.strip():
            raise empty_file(path)
        try:
            self._parse = csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=not blank_rows
            )
        except ValueError as error:
            raise TagledgerError(
                f"{delimiter!r} cannot be a delimiter",
                where=f"the reading of {path.name}, in data/sources.yaml",
                hint="give one ASCII character, no quote and no line break",
            ) from error
        self._parse.invalid_row_handler = lambda _: "skip"
        check_header(start, path, delimiter)
        options = csv.ReadOptions(use_threads=False, block_size=len(start) + 1)
        head = csv.open_csv(pa.BufferReader(start), options, self._parse)
        self.names: list[str] = head.schema.names
        # One field more than the header has, so that it goes to the handler.
        self._too_many = delimiter * len(self.names)
        self._last_row = f"\x1e{self._too_many}"
        self._slips: dict[str, Slip] = {}
        self._sound = SoundRows(
            chain([start], read), path, delimiter, len(self.names), limit=_CSV_BYTES
        )
        self._left = self._with_last_row(self._sound.pieces(self._stand_in))
        self._rest = b""

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
        from pyarrow import csv

        self._parse.invalid_row_handler = self._invalid
        convert = csv.ConvertOptions(
            check_utf8=False,  # `chunks` has done so
            column_types=dict.fromkeys(self.names, pa.string()),
        )
        options = csv.ReadOptions(use_threads=False, block_size=_CSV_BYTES)
        try:
            yield from csv.open_csv(self, options, self._parse, convert)
        except pa.ArrowInvalid as error:
            if "straddling" not in str(error):
                raise
            problem = f"a row is longer than {_CSV_BYTES >> 20} MiB: is a quote never closed?"
            raise pa.ArrowInvalid(problem) from error

    def rows(self, first: int, count: int) -> NDArray[np.int64]:
        """The row numbers of `count` readable rows, of which `first` readable ones come before."""
        numbers = np.array([one.row for one in self.broken], dtype=np.int64)
        readable = np.arange(first, first + count)
        before = numbers - 1 - np.arange(len(numbers))  # readable rows before each broken one
        return readable + 1 + np.searchsorted(before, readable, side="right")

    def read(self, size: int) -> bytes:
        """The next `size` bytes, for Arrow: it takes what it gets for a block of its own."""
        data = self._rest + _at_least(size - len(self._rest), self._left)
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
            self.broken.append(Broken(row.number - 1, slip.reason, record_text(slip.text)))
        else:
            reason = f"wrong number of fields: {row.actual_columns}, not {row.expected_columns}"
            self.broken.append(Broken(row.number - 1, reason, record_text(row.text)))
        return "skip"
