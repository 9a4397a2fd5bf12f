"""Files of every format -> blocks of columns.

CSV and Parquet stay in Arrow; JSON and JSON Lines give lists of Python values. A file is read a
block at a time, so that memory holds no more than a block of it, but for one JSON document, which
is parsed whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from tagledger.errors import TagledgerError, os_errors
from tagledger.readers.blocks import (
    Block,
    Broken,
    Wanted,
    chunks,
    decompressing,
    empty_file,
    opened,
    record_text,
    unreadable,
)
from tagledger.readers.columns import Column, beyond_years
from tagledger.sources import Compression, FileLabels, ItemsReading, TaxonomyReading

_PARQUET_ROWS = 2**17
_CSV_BYTES = 16 * 2**20
_CSV_HEADER_BYTES = 2**20
_BLOCK_ROWS = 50_000
# JSON has no NaN; Python's json and others write it. Strings are matched to be left alone.
_CONSTANT = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|-?\b(?:NaN|Infinity)\b', re.DOTALL)


def blocks(
    reading: ItemsReading | FileLabels | TaxonomyReading, folder: Path, wanted: Wanted
) -> Iterator[Block]:
    """The blocks of a file, as its reading says.

    Raises
    ------
    TagledgerError
        The file is missing, empty, not what its format says, not UTF-8, or lacks a column: with
        the place in it, as exact as the format allows.
    """
    path, kind = folder / reading.file, reading.kind
    if kind == "csv":
        return _csv_blocks(path, reading.compression, wanted, reading.delimiter)
    if kind == "parquet":
        return _parquet_blocks(path, reading.compression, wanted)
    return _json_blocks(path, kind, reading.compression, wanted)


def document(path: Path, compression: Compression | None) -> Any:
    """One JSON document; NaN and Infinity in it are null.

    Raises
    ------
    TagledgerError
        As for `chunks`; or it is not JSON: with the line and the column.
    """
    data = b"".join(chunks(path, compression))
    try:
        return _loads(data)
    except orjson.JSONDecodeError as error:
        hint = "mend the file, or take a fresh copy of it"
        if _is_object(data.partition(b"\n")[0]):
            hint = "if each line is an object of its own, set `format: jsonl`"
        raise _not_json(
            error, f"{path}, line {error.lineno}, column {error.colno}", hint
        ) from error


def _loads(data: bytes) -> Any:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        if b"NaN" not in data and b"Infinity" not in data:
            raise
        return orjson.loads(
            _CONSTANT.sub(lambda m: m[0] if m[0].startswith(b'"') else b"null", data)
        )


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(_loads(line), dict)
    except orjson.JSONDecodeError:
        return False


def _not_json(error: orjson.JSONDecodeError, where: str, hint: str) -> TagledgerError:
    return TagledgerError(f"this is not JSON: {error.msg}", where=where, hint=hint)


def _document_slices(
    path: Path, compression: Compression | None
) -> Iterator[tuple[list[Any], NDArray[np.int64]]]:
    """The records of one JSON document, with their places in its list."""
    records = document(path, compression)
    if not isinstance(records, list):
        raise _not_records(path, "json")
    for start in range(0, len(records), _BLOCK_ROWS):
        some = records[start : start + _BLOCK_ROWS]
        yield some, np.arange(start + 1, start + 1 + len(some))


def _not_records(path: Path, kind: Literal["json", "jsonl"]) -> TagledgerError:
    form = "a list of objects" if kind == "json" else "one object a line"
    return TagledgerError(
        f"this is not {form}",
        where=path,
        hint=f"a {kind} file holds {form}; or set `format` in its reading, in data/sources.yaml",
    )


def _line_slices(
    path: Path, compression: Compression | None
) -> Iterator[tuple[list[Any], NDArray[np.int64]]]:
    """The records of a JSON Lines file, with their lines."""
    first = 1
    rest = b""
    for chunk in chunks(path, compression):
        lines = (rest + chunk).split(b"\n")
        rest = lines.pop()
        yield _parsed_lines(lines, first, path)
        first += len(lines)
    yield _parsed_lines([rest], first, path)


def _parsed_lines(
    lines: list[bytes], first: int, path: Path
) -> tuple[list[Any], NDArray[np.int64]]:
    try:
        return list(map(orjson.loads, lines)), np.arange(first, first + len(lines))
    except orjson.JSONDecodeError:
        pass  # a blank line, a NaN or a fault: look at each line
    records, rows = [], []
    for row, line in enumerate(lines, first):
        if not line.strip():
            continue
        try:
            records.append(_loads(line))
        except orjson.JSONDecodeError as error:
            hint = "mend the line, or take a fresh copy of the file"
            if row == 1 and line.lstrip().startswith(b"["):
                hint = "if the file is one list, set `format: json`"
            raise _not_json(error, f"{path}, line {row}, column {error.colno}", hint) from error
        rows.append(row)
    return records, np.array(rows, dtype=np.int64)


def _json_blocks(
    path: Path, kind: Literal["json", "jsonl"], compression: Compression | None, wanted: Wanted
) -> Iterator[Block]:
    """Blocks of a JSON list of objects, or of a JSON Lines file."""
    slices = (_document_slices if kind == "json" else _line_slices)(path, compression)
    unseen = dict.fromkeys(wanted.needed)
    known: set[str] = set()
    any_rows = any_objects = False
    for found, places in slices:
        records, rows, broken = found, places, []
        if not set(map(type, found)) <= {dict}:
            objects = np.array([type(record) is dict for record in found], dtype=np.bool_)
            records = [record for record in found if type(record) is dict]
            rows = places[objects]
            broken = [
                Broken(int(places[at]), "not an object", record_text(found[at]))
                for at in np.flatnonzero(~objects)
            ]
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
        yield Block(rows, columns, _python_records(records), broken)
    if any_rows and not any_objects:
        raise _not_records(path, kind)
    if any_rows and unseen:
        wanted.among(sorted(known | (set(wanted.needed) - set(unseen))), path)


def _python_records(records: list[Any]) -> Callable[[NDArray[np.int64]], list[str]]:
    return lambda positions: [record_text(records[position]) for position in positions]


def _arrow_records(table: pa.Table, positions: NDArray[np.int64]) -> list[str]:
    names: list[str] = []
    for name in table.column_names:  # one key for each column, also when two have one name
        again = sum(name == earlier for earlier in table.column_names[: len(names)])
        names.append(f"{name} ({again + 1})" if again else name)
    rows = table.rename_columns(names).take(pa.array(positions))
    for at, kind in enumerate(rows.schema.types):
        if pa.types.is_timestamp(kind):  # Python's are coarser, and end with the year 9999
            column = (
                rows.column(at).combine_chunks().cast(pa.timestamp(kind.unit, kind.tz and "UTC"))
            )
            spelled = pa.int64() if beyond_years(column).any() else pa.string()
            rows = rows.set_column(at, names[at], column.cast(spelled))
    return [record_text(row) for row in rows.to_pylist()]


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
    does not come out again, a quote has swallowed it.

    Attributes
    ----------
    names
        The header.
    broken
        Rows with another number of fields, up to the batch that was read last.
    ended
        Whether the last row came out again.
    """

    def __init__(self, path: Path, compression: Compression | None, delimiter: str) -> None:
        from pyarrow import csv

        self.broken: list[Broken] = []
        self.closed = False
        self.ended = False
        self._chunks = chunks(path, compression)
        self._rest = _at_least(_CSV_HEADER_BYTES, self._chunks)
        if not self._rest.strip():
            raise empty_file(path)
        try:
            self._parse = csv.ParseOptions(delimiter=delimiter, newlines_in_values=True)
        except ValueError as error:
            raise TagledgerError(
                f"{delimiter!r} cannot be a delimiter",
                where=f"the reading of {path.name}, in data/sources.yaml",
                hint="give one ASCII character, no quote and no line break",
            ) from error
        self._parse.invalid_row_handler = lambda _: "skip"
        options = csv.ReadOptions(use_threads=False, block_size=len(self._rest) + 1)
        head = csv.open_csv(pa.BufferReader(self._rest), options, self._parse)
        self.names: list[str] = head.schema.names
        # One field more than the header has, so that it goes to the handler.
        self._last_row = "\x1e" + delimiter * len(self.names)
        self._left = chain(self._chunks, [f"\n{self._last_row}\n".encode()])

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
        else:
            reason = f"wrong number of fields: {row.actual_columns}, not {row.expected_columns}"
            self.broken.append(Broken(row.number - 1, reason, record_text(row.text)))
        return "skip"


def _csv_blocks(
    path: Path, compression: Compression | None, wanted: Wanted, delimiter: str
) -> Iterator[Block]:
    """Blocks of a CSV file, every column as text; an empty field is empty text."""
    hint = "close the quote, or double it if it is part of a field that is in quotes"
    readable = reported = 0
    with unreadable(path, "this is not CSV as its reading says", hint):
        file = _Csv(path, compression, delimiter)
        names = wanted.among(file.names, path, hint=_delimiter_hint(file.names, delimiter))
        for batch in file.batches():
            rows = file.rows(readable, len(batch))
            readable += len(batch)
            columns: dict[str, Column] = {name: batch.column(name) for name in names}
            records = partial(_arrow_records, pa.Table.from_batches([batch]))
            broken = file.broken[reported:]
            reported += len(broken)
            yield Block(rows, columns, records, broken)
        if not file.ended:
            row = readable + len(file.broken)
            raise TagledgerError("a quote is never closed", where=f"{path}, row {row}", hint=hint)
        nothing: dict[str, Column] = {name: pa.array([], pa.string()) for name in names}
        yield Block(file.rows(readable, 0), nothing, lambda _: [], file.broken[reported:])


def _delimiter_hint(names: list[str], delimiter: str) -> str:
    """What to do about a header that is one name with another delimiter in it."""
    others = [other for other in ",;\t|" if other != delimiter and other in names[0]]
    if len(names) > 1 or not others:
        return ""
    return f"the header has one column, {names[0]!r}: set `delimiter: {others[0]!r}` in its reading"


def _parquet_blocks(path: Path, compression: Compression | None, wanted: Wanted) -> Iterator[Block]:
    """Blocks of a Parquet file, its columns with the types that they have there."""
    from pyarrow import parquet

    hint = "take a fresh copy of it, or set `format` in its reading, in data/sources.yaml"
    with os_errors(path):
        if not path.stat().st_size:
            raise empty_file(path)
    source = str(path)
    if compression is not None:
        with opened(path, compression) as stream, decompressing(path):
            source = pa.BufferReader(stream.read())
    with (
        unreadable(path, "this Parquet file cannot be read", hint),
        parquet.ParquetFile(source) as file,
    ):
        names = wanted.among(file.schema_arrow.names, path)
        groups = range(file.metadata.num_row_groups)
        ends = np.cumsum([file.metadata.row_group(group).num_rows for group in groups])

        @lru_cache(maxsize=1)
        def whole(group: int) -> pa.Table:
            return file.read_row_group(group)

        def records(rows: NDArray[np.int64], positions: NDArray[np.int64]) -> list[str]:
            places = rows[positions] - 1
            group_of = np.searchsorted(ends, places, side="right")
            found = []
            for group in np.unique(group_of):
                start = ends[group] - file.metadata.row_group(int(group)).num_rows
                found += _arrow_records(whole(int(group)), places[group_of == group] - start)
            return found

        first = 1
        for batch in file.iter_batches(batch_size=_PARQUET_ROWS, columns=names):
            rows = np.arange(first, first + len(batch))
            first += len(batch)
            columns: dict[str, Column] = {name: batch.column(name) for name in names}
            for column in columns.values():
                column.validate(full=True)  # Parquet's text may be no UTF-8
            yield Block(rows, columns, partial(records, rows))
