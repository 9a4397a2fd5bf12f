"""What every reader of a file gives, blocks of columns, and takes, a file and columns wanted."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tagledger.errors import TagledgerError, nearest, os_errors
from tagledger.params import CleanParams
from tagledger.readers.columns import Column, Mask, is_list
from tagledger.readers.dates import beyond_years
from tagledger.readers.encodings import advice, wide_encoding
from tagledger.sources.formats import Compression
from tagledger.sources.reading import FileReading

MOST_BYTES = CleanParams.max_decompressed_bytes
_CHUNK_BYTES = 8 * 2**20
_GUESS_BYTES = 2**26
_CODECS: dict[Compression, str] = {"gz": "gzip", "zst": "zstd"}


@dataclass(frozen=True)
class Broken:
    """A row that has no columns, with the reason and the record as JSON."""

    row: int
    reason: str
    record: str


@dataclass(frozen=True)
class Block:
    """Rows of a file that follow one another.

    Attributes
    ----------
    rows
        int64, ascending, counted from 1: the place in a JSON list, the line of a JSON Lines file,
        the row of a Parquet file, or the row of a CSV file below its header.
    columns
        The columns asked for, each as long as `rows`.
    records
        From positions in the block to the whole records there, as JSON.
    broken
        Rows without columns; they are not in `rows`.
    faults
        Where rows have columns and cannot be trusted, with the reason.
    notes
        Sentences on what is legal and looks wrong.
    """

    rows: NDArray[np.int64]
    columns: dict[str, Column]
    records: Callable[[NDArray[np.int64]], list[str]]
    broken: list[Broken] = field(default_factory=list)
    faults: list[tuple[Mask, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Wanted:
    """Columns to read.

    Attributes
    ----------
    needed, optional
        Those that must be in the file, and those that may be missing.
    instead
        Further advice where a needed column is missing.
    every_row
        Whether a blank line is a row as well, which says that there is nothing.
    """

    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()
    instead: str = ""
    every_row: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """All columns, the needed ones first."""
        return self.needed + self.optional

    def among(self, names: list[str], path: Path, *, hint: str = "") -> list[str]:
        """The wanted columns that a file with the columns `names` has.

        Raises
        ------
        TagledgerError
            It lacks one that is needed, or has it twice.
        """
        for name in self.needed:
            if name not in names:
                raise TagledgerError(
                    f"there is no column {name!r}",
                    where=path,
                    hint=hint
                    or f"name it in the reading, in data/sources.yaml: {nearest(name, set(names))}"
                    f"{self.instead}",
                )
        found = [name for name in self.names if name in names]
        for name in found:
            if names.count(name) > 1:
                raise TagledgerError(
                    f"there are {names.count(name)} columns with the name {name!r}",
                    where=path,
                    hint="give each column of the file its own name",
                )
        return list(dict.fromkeys(found))


@dataclass(frozen=True)
class SourceFile:
    """A file to read.

    Attributes
    ----------
    path
        Where it is.
    compression
        How the whole of it is compressed.
    limit
        Most bytes that it may come to when it is decompressed.
    """

    path: Path
    compression: Compression | None = None
    limit: int = MOST_BYTES

    def chunks(self) -> Iterator[bytes]:
        """Its text: see `chunks`."""
        return chunks(self.path, self.compression, self.limit)


def source_file(reading: FileReading, folder: Path, limit: int = MOST_BYTES) -> SourceFile:
    """The file of a reading."""
    return SourceFile(folder / reading.file, reading.compression, limit)


def blocks(
    reading: FileReading, folder: Path, wanted: Wanted, limit: int = MOST_BYTES
) -> Iterator[Block]:
    """The blocks of a file, as its reading says.

    Raises
    ------
    TagledgerError
        The file is missing, empty, not what its format says, not UTF-8, lacks a column, or comes
        to more than `limit` bytes when it is decompressed: with the place in it, as exact as the
        format allows.
    """
    return reading.read_as.blocks(source_file(reading, folder, limit), wanted)


def chunks(path: Path, compression: Compression | None, limit: int = MOST_BYTES) -> Iterator[bytes]:
    """The bytes of a text file: decompressed, UTF-8, without a byte order mark.

    Raises
    ------
    TagledgerError
        The file is missing or empty, or does not decompress, or comes to more than `limit` bytes
        when it does, or is not UTF-8: with the line and the byte.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    lines = column = 0  # line feeds so far, and bytes since the last one
    empty = True
    total = 0
    with opened(path, compression) as stream:
        while True:
            with decompressing(path):
                chunk = bytes(stream.read(_CHUNK_BYTES))
            total += len(chunk)
            if compression is not None and total > limit:
                raise too_large(path, limit)
            pending = len(decoder.getstate()[0])
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                at = error.start - pending  # negative: the character began in the chunk before
                before = chunk[: max(at, 0)]
                line = lines + before.count(b"\n") + 1
                byte = at - before.rfind(b"\n") if b"\n" in before else column + at + 1
                raise TagledgerError(
                    f"this is not UTF-8: {error.reason}",
                    where=f"{path}, line {line}, byte {byte}",
                    hint=advice(_start_of(path, compression), path, compression),
                ) from error
            if empty and (wide := wide_encoding(chunk)):
                raise TagledgerError(
                    f"this is not UTF-8 but {wide}",
                    where=path,
                    hint=advice(chunk, path, compression),
                )
            if not chunk:
                break
            lines += chunk.count(b"\n")
            newline = chunk.rfind(b"\n")
            column = len(chunk) - newline - 1 if newline >= 0 else column + len(chunk)
            if empty:
                chunk = chunk.removeprefix(codecs.BOM_UTF8)
            if chunk:
                empty = False
                yield chunk
    if empty:
        raise empty_file(path)


def _start_of(path: Path, compression: Compression | None) -> bytes:
    """The first bytes of a file, enough to guess its encoding."""
    with opened(path, compression) as stream, decompressing(path):
        return bytes(stream.read(_GUESS_BYTES))


def empty_file(path: Path) -> TagledgerError:
    """The error of a file without a byte."""
    hint = "take a fresh copy of it, or name another file in data/sources.yaml"
    return TagledgerError("the file is empty", where=path, hint=hint)


def too_large(path: Path, limit: int) -> TagledgerError:
    """The error of a file that comes to more bytes than it may."""
    return TagledgerError(
        f"the file holds more than {limit:,} bytes when it is decompressed",
        where=path,
        hint="if this is the right file, raise clean.max_decompressed_bytes in params.yaml",
    )


def decompressed(path: Path, compression: Compression, limit: int) -> pa.Buffer:
    """The whole file, decompressed.

    Raises
    ------
    TagledgerError
        It cannot be read, does not decompress, or comes to more than `limit` bytes.
    """
    sink = pa.BufferOutputStream()
    with opened(path, compression) as stream:
        while True:
            with decompressing(path):
                chunk = stream.read(_CHUNK_BYTES)
            if not chunk:
                return sink.getvalue()
            sink.write(chunk)
            if sink.tell() > limit:
                raise too_large(path, limit)


@contextmanager
def opened(path: Path, compression: Compression | None) -> Iterator[Any]:
    """A file as a stream of Arrow's that decompresses."""
    with os_errors(path):
        codec = None if compression is None else _CODECS[compression]
        stream = pa.input_stream(str(path), compression=codec)
    with stream:
        yield stream


@contextmanager
def unreadable(path: Path, what: str, hint: str) -> Iterator[None]:
    """Turn an error of Arrow's reader, which has no number, into a `TagledgerError`."""
    with os_errors(path):
        try:
            yield
        except (pa.ArrowException, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            raise TagledgerError(f"{what}: {error}", where=path, hint=hint) from error


def decompressing(path: Path) -> AbstractContextManager[None]:
    """Turn an error of a compressed stream into a `TagledgerError`."""
    hint = "take a fresh copy of it; or it is not compressed, and its name is wrong"
    return unreadable(path, "the file does not decompress", hint)


def record_text(value: Any) -> str:
    """A record as JSON, with its keys in their order."""
    return orjson.dumps(value, default=_spelled).decode()


def arrow_records(table: pa.Table, positions: NDArray[np.int64]) -> list[str]:
    """The records of some rows of a table, as JSON, with all their columns."""
    names: list[str] = []
    for name in table.column_names:  # one key for each column, also when two have one name
        again = sum(name == earlier for earlier in table.column_names[: len(names)])
        names.append(f"{name} ({again + 1})" if again else name)
    rows = table.rename_columns(names).take(pa.array(positions))
    for at, kind in enumerate(rows.schema.types):
        if pa.types.is_temporal(kind) or pa.types.is_nested(kind):
            rows = rows.set_column(at, names[at], _with_dates_spelled(rows.column(at)))
    return [record_text(row) for row in rows.to_pylist()]


def _with_dates_spelled(column: pa.Array) -> pa.Array:
    """A column with its dates as text, also those within structs and lists."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    kind = column.type
    if pa.types.is_timestamp(kind):  # Python's are coarser, and end with the year 9999
        column = column.cast(pa.timestamp(kind.unit, kind.tz and "UTC"))
        return column.cast(pa.int64() if beyond_years(column).any() else pa.string())
    if pa.types.is_date(kind):
        return column.cast(pa.string())
    if pa.types.is_struct(kind) and kind.num_fields:
        parts = [_with_dates_spelled(part) for part in column.flatten()]
        return pa.StructArray.from_arrays(
            parts, [one.name for one in kind], mask=pc.is_null(column)
        )
    if is_list(kind):
        lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy()
        ends = pa.array(np.append(0, np.cumsum(lengths, dtype=np.int64)))
        values = _with_dates_spelled(pc.list_flatten(column))
        return pa.LargeListArray.from_arrays(ends, values, mask=pc.is_null(column))
    return column


def _spelled(value: Any) -> str:
    """The text of a value that JSON has no form for: bytes, a decimal, a span of time."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return str(value)
