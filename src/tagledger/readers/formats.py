"""Files of every format -> blocks of columns.

CSV and Parquet stay in Arrow; JSON and JSON Lines give lists of Python values. A file is read a
block at a time, so that memory holds no more than a block of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tagledger.errors import TagledgerError, os_errors
from tagledger.readers.blocks import (
    MOST_BYTES,
    Block,
    Broken,
    Wanted,
    arrow_records,
    chunks,
    decompressed,
    empty_file,
    record_text,
    too_large,
    unreadable,
)
from tagledger.readers.columns import Column, Mask, mask
from tagledger.readers.json_pieces import LONGEST_RECORD, list_pieces, too_long
from tagledger.readers.json_text import Twice, loads, may_repeat, not_json, repeated
from tagledger.readers.quotes import UNCLOSED, Slip, SoundRows, check_header
from tagledger.sources.catalogue import (
    Compression,
    FileLabels,
    ItemsReading,
    RowLabels,
    TaxonomyReading,
)

_PARQUET_ROWS = 2**17
_CSV_BYTES = 16 * 2**20
_CSV_HEADER_BYTES = 2**20
_BLOCK_ROWS = 50_000


def blocks(
    reading: ItemsReading | FileLabels | RowLabels | TaxonomyReading,
    folder: Path,
    wanted: Wanted,
    limit: int = MOST_BYTES,
) -> Iterator[Block]:
    """The blocks of a file, as its reading says.

    Raises
    ------
    TagledgerError
        The file is missing, empty, not what its format says, not UTF-8, lacks a column, or comes
        to more than `limit` bytes when it is decompressed: with the place in it, as exact as the
        format allows.
    """
    path, kind = folder / reading.file, reading.kind
    if kind == "csv":
        blank_rows = isinstance(reading, RowLabels)  # a blank line is an item without a tag
        read = chunks(path, reading.compression, limit)
        return _csv_blocks(path, read, wanted, reading.delimiter, blank_rows=blank_rows)
    if kind == "parquet":
        return _parquet_blocks(path, reading.compression, wanted, limit)
    if kind == "json":
        slices = _list_slices(path, list_pieces(path, reading.compression, limit))
    else:
        slices = _line_slices(path, chunks(path, reading.compression, limit))
    return _json_blocks(path, kind, slices, wanted)


@dataclass(frozen=True)
class _Slice:
    """Records of a JSON or JSON Lines file that follow one another.

    Attributes
    ----------
    records
        What they were parsed to.
    places
        Where each stands in the file's list, or its line.
    twice
        By position in `records`, a key that the record or an object in it has twice.
    """

    records: list[Any]
    places: NDArray[np.int64]
    twice: dict[int, Twice]


def _list_slices(path: Path, pieces: Iterator[tuple[Any, bytes]]) -> Iterator[_Slice]:
    """The records of a JSON list, with their places in it."""
    first = 1
    for records, text in pieces:
        if not isinstance(records, list):
            raise _not_records(path, "json")
        twice = _twice(repeated(text, records)) if may_repeat(text, records) else {}
        for start in range(0, len(records), _BLOCK_ROWS):
            some = records[start : start + _BLOCK_ROWS]
            here = {at - start: one for at, one in twice.items() if start <= at < start + len(some)}
            yield _Slice(some, np.arange(first + start, first + start + len(some)), here)
        first += len(records)


def _twice(found: list[Twice]) -> dict[int, Twice]:
    """The first repeated key of each entry."""
    return {one.entry: one for one in reversed(found)}


def _not_records(path: Path, kind: Literal["json", "jsonl"]) -> TagledgerError:
    form = "a list of objects" if kind == "json" else "one object a line"
    return TagledgerError(
        f"this is not {form}",
        where=path,
        hint=f"a {kind} file holds {form}; or set `format` in its reading, in data/sources.yaml",
    )


def _line_slices(path: Path, read: Iterator[bytes]) -> Iterator[_Slice]:
    """The records of a JSON Lines file, with their lines."""
    first = 1
    rest = b""
    for chunk in read:
        lines = (rest + chunk).split(b"\n")
        rest = lines.pop()
        if len(rest) > LONGEST_RECORD:
            raise too_long(f"{path}, line {first + len(lines)}", read)
        yield _parsed_lines(lines, first, path)
        first += len(lines)
    yield _parsed_lines([rest], first, path)


def _parsed_lines(lines: list[bytes], first: int, path: Path) -> _Slice:
    rows: Sequence[int] = range(first, first + len(lines))
    try:
        records = list(map(orjson.loads, lines))
    except orjson.JSONDecodeError:  # a blank line, a NaN or a fault: look at each line
        numbered = [(row, line) for row, line in enumerate(lines, first) if line.strip()]
        records = [_parsed_line(line, row, path) for row, line in numbered]
        rows, lines = [row for row, _ in numbered], [line for _, line in numbered]
    twice: dict[int, Twice] = {}
    if may_repeat(b"\n".join(lines), records):
        for at, (line, record) in enumerate(zip(lines, records, strict=True)):
            if may_repeat(line, [record]) and (found := repeated(line, record)):
                twice[at] = found[0]
    return _Slice(records, np.array(rows, dtype=np.int64), twice)


def _parsed_line(line: bytes, row: int, path: Path) -> Any:
    try:
        return loads(line)
    except orjson.JSONDecodeError as error:
        hint = "mend the line, or take a fresh copy of the file"
        if row == 1 and line.lstrip().startswith(b"["):
            hint = "if the file is one list, set `format: json`"
        raise not_json(error, f"{path}, line {row}, column {error.colno}", hint) from error


def _json_blocks(
    path: Path, kind: Literal["json", "jsonl"], slices: Iterator[_Slice], wanted: Wanted
) -> Iterator[Block]:
    """Blocks of a JSON list of objects, or of a JSON Lines file."""
    unseen = dict.fromkeys(wanted.needed)
    known: set[str] = set()
    any_rows = any_objects = False
    for piece in slices:
        found, places = piece.records, piece.places
        records, rows, twice, broken = found, places, piece.twice, []
        if not set(map(type, found)) <= {dict}:
            objects = np.array([type(record) is dict for record in found], dtype=np.bool_)
            records = [record for record in found if type(record) is dict]
            rows = places[objects]
            broken = [
                Broken(int(places[at]), "not an object", record_text(found[at]))
                for at in np.flatnonzero(~objects)
            ]
            position = np.cumsum(objects) - 1
            twice = {int(position[at]): one for at, one in twice.items() if objects[at]}
        for at, one in twice.items():
            if one.outer:
                records[at][one.key] = None  # nobody knows which of its values is meant
        any_rows = any_rows or bool(found)
        any_objects = any_objects or bool(records)
        known.update(*records[:100])
        for name in list(unseen):
            if any(name in record for record in records):
                del unseen[name]
        columns: dict[str, Column] = {
            name: [record.get(name) for record in records]
            for name in (*wanted.needed, *wanted.optional)
        }
        faults = [(np.arange(len(rows)) == at, one.reason) for at, one in twice.items()]
        if len(broken) >= _BLOCK_ROWS and not any_objects:
            break  # it will not become one, and each entry that is none is kept
        yield Block(rows, columns, _python_records(records, twice), broken, faults)
    if any_rows and not any_objects:
        raise _not_records(path, kind)
    if any_rows and unseen:
        wanted.among(sorted(known | (set(wanted.needed) - set(unseen))), path)


def _python_records(
    records: list[Any], twice: dict[int, Twice]
) -> Callable[[NDArray[np.int64]], list[str]]:
    return lambda positions: [
        twice[at].record if at in twice else record_text(records[at]) for at in positions.tolist()
    ]


def _at_least(size: int, pieces: Iterator[bytes]) -> bytes:
    """The next pieces, until they have `size` bytes or there are no more."""
    found: list[bytes] = []
    while size > 0 and (piece := next(pieces, b"")):
        found.append(piece)
        size -= len(piece)
    return b"".join(found)


class _Csv:
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


def _csv_blocks(
    path: Path, read: Iterator[bytes], wanted: Wanted, delimiter: str, *, blank_rows: bool
) -> Iterator[Block]:
    """Blocks of a CSV file, every column as text; an empty field is empty text."""
    readable = reported = 0
    with unreadable(path, "this is not CSV as its reading says", UNCLOSED):
        file = _Csv(path, read, delimiter, blank_rows=blank_rows)
        names = wanted.among(file.names, path, hint=_delimiter_hint(file.names, delimiter))
        for batch in file.batches():
            rows = file.rows(readable, len(batch))
            readable += len(batch)
            columns: dict[str, Column] = {name: batch.column(name) for name in names}
            records = partial(arrow_records, pa.Table.from_batches([batch]))
            broken = file.broken[reported:]
            reported += len(broken)
            yield Block(rows, columns, records, broken)
        if not file.ended:
            row = readable + len(file.broken)
            raise TagledgerError(
                "a quote is never closed", where=f"{path}, row {row}", hint=file.hint
            )
        nothing: dict[str, Column] = {name: pa.array([], pa.string()) for name in names}
        rows = file.rows(readable, 0)
        yield Block(rows, nothing, lambda _: [], file.broken[reported:], notes=file.notes)


def _delimiter_hint(names: list[str], delimiter: str) -> str:
    """What to do about a header that is one name with another delimiter in it."""
    others = [other for other in ",;\t|" if other != delimiter and other in names[0]]
    if len(names) > 1 or not others:
        return ""
    other = '"\\t"' if others[0] == "\t" else repr(others[0])  # YAML reads '\t' as two characters
    return f"the header has one column, {names[0]!r}: set `delimiter: {other}` in its reading"


def _parquet_blocks(
    path: Path, compression: Compression | None, wanted: Wanted, limit: int
) -> Iterator[Block]:
    """Blocks of a Parquet file, its columns with the types that they have there."""
    from pyarrow import parquet

    hint = "take a fresh copy of it, or set `format` in its reading, in data/sources.yaml"
    with os_errors(path):
        if not path.stat().st_size:
            raise empty_file(path)
    source = str(path)
    if compression is not None:
        source = pa.BufferReader(decompressed(path, compression, limit))
    with (
        unreadable(path, "this Parquet file cannot be read", hint),
        parquet.ParquetFile(source, coerce_int96_timestamp_unit="us") as file,
    ):
        names = wanted.among(file.schema_arrow.names, path)
        groups = range(file.metadata.num_row_groups)
        ends = np.cumsum([file.metadata.row_group(group).num_rows for group in groups])
        if sum(file.metadata.row_group(group).total_byte_size for group in groups) > limit:
            raise too_large(path, limit)

        @lru_cache(maxsize=1)
        def whole(group: int) -> pa.Table:
            return file.read_row_group(group)

        def records(rows: NDArray[np.int64], positions: NDArray[np.int64]) -> list[str]:
            places = rows[positions] - 1
            group_of = np.searchsorted(ends, places, side="right")
            found = []
            for group in np.unique(group_of):
                start = ends[group] - file.metadata.row_group(int(group)).num_rows
                found += arrow_records(whole(int(group)), places[group_of == group] - start)
            return found

        first, total = 1, 0
        far = _far_int96(source, file.schema, names)
        for batch in file.iter_batches(batch_size=_PARQUET_ROWS, columns=names):
            total += batch.nbytes  # a value that repeats is in the file once
            if total > limit:
                raise too_large(path, limit)
            rows = np.arange(first, first + len(batch))
            first += len(batch)
            columns: dict[str, Column] = {name: batch.column(name) for name in names}
            for column in columns.values():
                column.validate(full=True)  # Parquet's text may be no UTF-8
            yield Block(rows, columns, partial(records, rows), faults=far(batch))


def _far_int96(
    source: Any, schema: Any, names: list[str]
) -> Callable[[pa.RecordBatch], list[tuple[Mask, str]]]:
    """The faults of the next batch: timestamps of 96 bits that 64 bits of microseconds cannot hold.

    Arrow turns them into other timestamps, without a word; in seconds all of them have room.
    """
    from pyarrow import parquet

    found = [schema.column(at) for at in range(len(schema))]
    old = [one.path for one in found if one.physical_type == "INT96" and one.path in names]
    if not old:
        return lambda _: []
    file = parquet.ParquetFile(source, coerce_int96_timestamp_unit="s")
    coarse = file.iter_batches(batch_size=_PARQUET_ROWS, columns=old)

    def faults(batch: pa.RecordBatch) -> list[tuple[Mask, str]]:
        seconds = next(coarse)
        found = []
        for name in old:
            fine = pc.divide(batch.column(name).cast(pa.int64()), 10**6)
            apart = pc.abs(pc.subtract(seconds.column(name).cast(pa.int64()), fine))
            found.append((mask(pc.greater(apart, 1)), f"{name} is too far a date"))
        return found

    return faults
