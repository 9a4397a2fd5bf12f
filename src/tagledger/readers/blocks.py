"""What every reader of a file gives, blocks of columns, and takes, a file and columns wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tagledger.errors import TagledgerError, nearest
from tagledger.readers.opening.signatures import SIGNATURE_BYTES, WEB_PAGE, hint_for, what_it_is
from tagledger.readers.opening.source_files import MOST_BYTES, SourceFile, source_files
from tagledger.readers.values import paths
from tagledger.readers.values.columns import Column, Mask, is_list, plain, texts
from tagledger.readers.values.dates import beyond_years
from tagledger.readers.values.literal_values import Cells, Unread, cells, refuse_prose
from tagledger.sources.file_reading import FileReading

_SHOWN = 5
_WRITTEN_DEPTH = 100  # of a record that is deeper than JSON is written
_ROWS_THAT_TELL = 20


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
    file
        The file that they are of, by its name in the snapshot.
    """

    rows: NDArray[np.int64]
    columns: dict[str, Column]
    records: Callable[[NDArray[np.int64]], list[str]]
    broken: list[Broken] = field(default_factory=list)
    faults: list[tuple[Mask, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    file: str = ""

    @property
    def tells(self) -> bool:
        """Whether its rows tell what a column is: not a few rows at the end of a file."""
        return len(self.rows) >= _ROWS_THAT_TELL or (len(self.rows) > 0 and self.rows[0] == 1)

    def of(self, file: str) -> Block:
        """The same as a block of this file."""
        return replace(self, file=file)

    def taken(self, positions: NDArray[np.int64]) -> Block:
        """The block with some of its rows alone; rows without columns stay."""
        if len(positions) == len(self.rows):
            return self
        at = pa.array(positions)
        columns = {
            name: [one[row] for row in positions] if isinstance(one, list) else one.take(at)
            for name, one in self.columns.items()
        }
        return replace(
            self,
            rows=self.rows[positions],
            columns=columns,
            records=lambda some: self.records(positions[some]),
            faults=[(where[positions], reason) for where, reason in self.faults],
        )


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
    several
        Those of `needed` that may stand in the file more than once: then the column is a list of
        the values that are not empty.
    rest
        That of `needed` which is a list of its field and all that follow, however many they are.
    lists
        Those of `needed` that are to be lists, where the file does not tell one value from a list
        of one.
    glanced
        Those that are looked at for doubts: they may be missing, and are not read where a file has
        them more than once.
    """

    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()
    instead: str = ""
    every_row: bool = False
    several: frozenset[str] = frozenset()
    rest: str | None = None
    lists: frozenset[str] = frozenset()
    glanced: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All columns, the needed ones first."""
        return tuple(dict.fromkeys(self.needed + self.optional + self.glanced))

    def among(
        self, names: list[str], path: Path, *, hint: str = "", nested: bool = False
    ) -> list[str]:
        """The wanted columns that a file with the columns `names` has.

        Parameters
        ----------
        names
            The file's columns.
        path
            The file, for messages.
        hint
            What to do about a column that is missing, in place of the names that are there.
        nested
            Whether `names` has those that lead into a column as well. Otherwise a name such as
            `genres[].name` stands for the column genres, whose cells hold literals.

        Raises
        ------
        TagledgerError
            It lacks one that is needed, or has it twice.
        """
        roots = {} if nested else self._roots(names)
        for name in self.needed:
            if name not in names and name not in roots:
                spaced = [one for one in names if one != name and one.strip() == name.strip()]
                if spaced and not hint:
                    hint = (
                        f"the header has {spaced[0]!r}, with white space: name it so, in quotes; or"
                        " in a csv file set `after_delimiter: space` if it is before all fields"
                    )
                raise TagledgerError(
                    f"there is no column {name!r}",
                    where=path,
                    hint=hint
                    or f"name it in the reading, in data/sources.yaml: {nearest(name, set(names))}"
                    f"{self.instead}",
                )
        read = {*self.needed, *self.optional}
        columns = [
            roots.get(name, name)
            for name in self.names
            if (name in names or name in roots) and (name in read or names.count(name) == 1)
        ]
        for name in columns:
            if names.count(name) > 1 and name not in self.several and name != self.rest:
                raise TagledgerError(
                    f"there are {names.count(name)} columns with the name {name!r}",
                    where=path,
                    hint="give each column of the file its own name; or, if they are labels, read "
                    f"all of them with `labels: {{columns: [{name}]}}`",
                )
        return list(dict.fromkeys(columns))

    def _roots(self, names: list[str]) -> dict[str, str]:
        """The column that a name leads into, for each that is no column and leads into one."""
        read = dict.fromkeys(self.needed + self.optional)
        firsts = {name: paths.steps(name)[:1] for name in read if name not in names}
        return {name: first[0] for name, first in firsts.items() if first and first[0] in names}


def blocks(
    reading: FileReading, folder: Path, wanted: Wanted, limit: int = MOST_BYTES
) -> Iterator[Block]:
    """The blocks of a reading's files, one file after the other, with the rows that count.

    Raises
    ------
    TagledgerError
        A file is missing, empty, not what its format says, not UTF-8, lacks a column, or comes
        to more than `limit` bytes when it is decompressed: with the place in it, as exact as the
        format allows.
    """
    files = source_files(reading, folder, limit)
    try:
        yield from _counting(reading, files, folder, wanted)
    except TagledgerError as error:
        _refuse_web_page(files, error)
        raise


def _refuse_web_page(files: list[SourceFile], error: TagledgerError) -> None:
    """Say that a file is a page of a web site, where that is why it cannot be read."""
    at = (error.where or "").partition(", ")[0]
    for file in files:
        if str(file.path) == at and what_it_is(file.start(SIGNATURE_BYTES)) == WEB_PAGE:
            raise TagledgerError(
                f"this is {WEB_PAGE}", where=file.path, hint=hint_for(WEB_PAGE, file.path)
            ) from error


def _counting(
    reading: FileReading, files: list[SourceFile], folder: Path, wanted: Wanted
) -> Iterator[Block]:
    """The blocks of some files with the rows that count."""
    where = reading.where or {}
    wanted = replace(wanted, needed=tuple(dict.fromkeys([*wanted.needed, *where])))
    first, any_fits = None, not where
    for block in reading.read_as.blocks_of_all(files, wanted):
        whole = with_literals(block, wanted, folder / (block.file or reading.shown))
        if not where:
            yield whole
            continue
        fits = fitting(whole, where)
        first, any_fits = first or whole, any_fits or bool(fits.any())
        yield whole.taken(np.flatnonzero(fits))
    if first is not None and len(first.rows) and not any_fits:
        raise no_row_fits(where, first, folder / reading.shown)


def with_literals(block: Block, wanted: Wanted, path: Path) -> Block:
    """A block with the columns that lead into texts with literals in them.

    Raises
    ------
    TagledgerError
        At least half of the texts that are not blank are no literals.
    """
    columns = dict(block.columns)
    for name in wanted.needed + wanted.optional:
        first = paths.steps(name)[:1]
        if name not in columns and first and first[0] in columns:
            columns[name] = _of_literals(columns[first[0]], name, path if block.tells else None)
    return block if len(columns) == len(block.columns) else replace(block, columns=columns)


def _of_literals(column: Column, name: str, path: Path | None) -> Column:
    """What a path leads to within the literals in a column of text."""
    first, *rest = paths.steps(name)
    spelled, wrong = texts(column)
    read = cells(spelled)
    if path is not None:
        refuse_prose(spelled, read, first, path, name)
    values = Cells(paths.of_values(read.distinct, tuple(rest)), read.codes).values
    return [Unread() if bad else one for bad, one in zip(wrong, values, strict=True)]


def fitting(block: Block, where: dict[str, Any]) -> Mask:
    """Where the rows of a block have one of the values that each column must have."""
    fits = np.ones(len(block.rows), np.bool_)
    for name, wanted in where.items():
        values, codes = _distinct(block.columns[name])
        one_of = _OneOf(wanted if isinstance(wanted, list) else [wanted])
        fits &= np.array([one_of.has(value) for value in values], np.bool_)[codes]
    return fits


def no_row_fits(where: dict[str, Any], block: Block, path: Path) -> TagledgerError:
    """The error of a condition that no row of a file meets; `block` shows what it has."""
    name = next(iter(where))
    some = list(dict.fromkeys(map(repr, _distinct(block.columns[name])[0])))
    return TagledgerError(
        f"no row has {' and '.join(f'{key}: {value!r}' for key, value in where.items())}",
        where=path,
        hint="mend `where` of its reading, in data/sources.yaml: "
        f"the column {name!r} holds {', '.join(some[:_SHOWN])}",
    )


def _distinct(column: Column) -> tuple[list[Any], NDArray[np.int64]]:
    """The values of a column, and for each row the place of its own among them."""
    if isinstance(column, list) or pa.types.is_nested(column.type):
        values = column if isinstance(column, list) else column.to_pylist()
        return values, np.arange(len(values))
    encoded = pc.dictionary_encode(plain(column), null_encoding="encode")
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy().astype(np.int64)


class _OneOf:
    """The values that a condition names; a number is also meant by text that spells it."""

    def __init__(self, wanted: list[Any]) -> None:
        self._numbers = {float(one) for one in wanted if type(one) in {int, float}}
        self._words = {one for one in wanted if isinstance(one, str)}
        self._booleans = {str(one).lower() for one in wanted if isinstance(one, bool)}
        self._spelled = {number for one in self._words if (number := _number(one)) is not None}

    def has(self, value: Any) -> bool:
        """Whether a value is one of them."""
        if value is None:
            return "" in self._words
        if isinstance(value, bool):
            return str(value).lower() in self._booleans | {one.lower() for one in self._words}
        if isinstance(value, int | float):
            return value in self._numbers or value in self._spelled
        word = str(value)
        listed = word in self._words or word.strip().lower() in self._booleans
        return listed or (bool(self._numbers) and _number(word) in self._numbers)


def _number(text: str) -> float | None:
    """The number that a text spells."""
    try:
        return float(text)
    except ValueError:
        return None


def record_text(value: Any) -> str:
    """A record as JSON, with its keys in their order."""
    try:
        return orjson.dumps(value, default=_spelled).decode()
    except TypeError:  # it is deeper than it can be written
        return orjson.dumps(_without_the_end(value, _WRITTEN_DEPTH), default=_spelled).decode()


def _without_the_end(value: Any, depth: int) -> Any:
    """A value with `...` for what is deeper in it."""
    if not isinstance(value, dict | list):
        return value
    if not depth:
        return "..."
    if isinstance(value, dict):
        return {key: _without_the_end(inner, depth - 1) for key, inner in value.items()}
    return [_without_the_end(inner, depth - 1) for inner in value]


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
