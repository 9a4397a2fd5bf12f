"""Rows of a SQLite database, which is opened so that nothing in it or in a query can do harm.

The file is never written to, no lock or journal is made beside it, and a query may read tables and
call functions, nothing else. A query that goes on and on is stopped.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, NoReturn
from urllib.parse import quote

from tagledger.errors import TagledgerError, nearest
from tagledger.readers.opening.archives import too_large
from tagledger.readers.opening.signatures import (
    SAY_FORMAT,
    SIGNATURE_BYTES,
    another_kind,
    what_it_is,
)
from tagledger.readers.opening.source_files import SourceFile, empty_file

_DATABASE = "a SQLite database"
_ALLOWED = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
}
_FORBIDDEN_FUNCTIONS = {"load_extension", "fts3_tokenizer", "readfile", "writefile", "edit"}
_TICK = 1_000_000  # steps of SQLite's machine between two looks at how many there were
MOST_TICKS = 3_000  # about a minute
_MOST_BYTES_OF_A_VALUE = 2**26
_FETCHED = 1_000
_ROWS = 50_000
_BLOCK_BYTES = 2**26
_VALUE_BYTES = 16  # what a value takes in memory beside its text, at least
_SHOWN_COLUMNS = 12
_MOST_TABLES = 30
_JOURNAL = slice(18, 20)  # bytes of the header that say how changes are written


class Database:
    """A database that is open for reading; see `opened`."""

    def __init__(self, file: SourceFile, connection: sqlite3.Connection) -> None:
        self._file, self._connection = file, connection
        self._ticks = 0
        connection.set_progress_handler(self._tick, _TICK)

    def _tick(self) -> int:
        self._ticks += 1
        return int(self._ticks > MOST_TICKS)

    def select(self, query: str) -> tuple[list[str], Iterator[list[tuple[Any, ...]]]]:
        """The columns that a query gives, and its rows, many at a time.

        Raises
        ------
        TagledgerError
            The query is no SELECT, or fails, or goes on too long, or gives too much.
        """
        cursor = self._connection.cursor()
        with self._plain_words():
            cursor.execute(query)
        if cursor.description is None:
            raise TagledgerError(
                "the query gives no rows",
                where=self._file.path,
                hint="`query` in data/sources.yaml must be a SELECT",
            )
        return [column[0] for column in cursor.description], self._rows(cursor)

    def _rows(self, cursor: sqlite3.Cursor) -> Iterator[list[tuple[Any, ...]]]:
        total = size = 0
        block: list[tuple[Any, ...]] = []
        while True:
            with self._plain_words():
                rows = cursor.fetchmany(_FETCHED)
            block += rows
            size += sum(
                _VALUE_BYTES + (len(value) if isinstance(value, str | bytes) else 0)
                for row in rows
                for value in row
            )
            if total + size > self._file.limit:
                raise too_large(self._file.path, self._file.limit)
            if block and (not rows or len(block) >= _ROWS or size >= _BLOCK_BYTES):
                yield block
                total, size, block = total + size, 0, []
            if not rows:
                return

    def tables(self) -> list[str]:
        """The names of its tables and views, those of people alone."""
        _, rows = self.select(
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') "
            "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
        )
        return [row[0] for some in rows for row in some]

    def only_table(self) -> str:
        """The name of the only table.

        Raises
        ------
        TagledgerError
            There is none, or there are several: with their columns.
        """
        names = self.tables()
        if len(names) == 1:
            return names[0]
        if not names:
            hint = "take another copy of the file"
            raise TagledgerError("the database has no table", where=self._file.path, hint=hint)
        more = f"; and {len(names) - _MOST_TABLES} more" if len(names) > _MOST_TABLES else ""
        raise TagledgerError(
            f"the database has {len(names)} tables, and the reading names none of them",
            where=self._file.path,
            hint="give `table`, or a SELECT as `query`, in data/sources.yaml; it has "
            + "; ".join(f"{name} ({self._columns_of(name)})" for name in names[:_MOST_TABLES])
            + more,
        )

    def _columns_of(self, table: str) -> str:
        try:
            columns, _ = self.select(f"SELECT * FROM {quoted(table)} LIMIT 0")  # noqa: S608 - quoted
        except TagledgerError:
            return "cannot be read"
        more = ", ..." if len(columns) > _SHOWN_COLUMNS else ""
        return ", ".join(columns[:_SHOWN_COLUMNS]) + more

    def all_of(self, table: str) -> str:
        """The query for all of a table.

        Raises
        ------
        TagledgerError
            There is no such table.
        """
        names = self.tables()
        if table not in names:
            raise TagledgerError(
                f"there is no table {table!r}",
                where=self._file.path,
                hint=f"name it by `table` in data/sources.yaml: {nearest(table, names)}",
            )
        return f"SELECT * FROM {quoted(table)}"  # noqa: S608 - quoted

    @contextmanager
    def _plain_words(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
            self._refuse(error)

    def _refuse(self, error: Exception) -> NoReturn:
        """Say in plain words what SQLite complains of."""
        words = str(error)
        hint = "correct `query` in data/sources.yaml"
        if self._ticks > MOST_TICKS:
            what = "the query goes on too long"
            hint += ": does it join tables without a condition, or call itself for ever?"
        elif "not authorized" in words or "prohibited" in words:
            what = "the query does more than read tables"
            hint += ": one SELECT is all that it may be"
        elif "decode to UTF-8" in words:
            what = "a text in the database is not UTF-8"
            hint = "mend it where the database comes from, or leave its column out of `query`"
        elif "no such table" in words:
            what = f"the query fails: {words}"
            hint += f"; the tables are {', '.join(self.tables())}"
        elif isinstance(error, sqlite3.DatabaseError) and (
            "malformed" in words or "not a database" in words
        ):
            what, hint = f"the database is damaged: {words}", "take a fresh copy of the file"
        else:
            what = f"the query fails: {words}"
        raise TagledgerError(what, where=self._file.path, hint=hint) from error


def quoted(name: str) -> str:
    """A name as SQL takes it, whatever characters it has."""
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def opened(file: SourceFile) -> Iterator[Database]:
    """Open a database for reading.

    Raises
    ------
    TagledgerError
        It is missing or empty or no database.
    """
    start = file.start(SIGNATURE_BYTES)
    if not start:
        raise empty_file(file.path)
    what = what_it_is(start)
    if what is None:
        raise TagledgerError("this is no SQLite database", where=file.path, hint=SAY_FORMAT)
    if what != _DATABASE:
        raise another_kind("a SQLite database", what, file.path)
    _refuse_unfinished(file)
    with closing(_connected(file)) as connection:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MOST_BYTES_OF_A_VALUE)
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        connection.set_authorizer(_authorize)
        yield Database(file, connection)


def _connected(file: SourceFile) -> sqlite3.Connection:
    if not file.packed:
        # Immutable: it makes no file beside it, and needs no right to write there.
        address = f"file:{quote(str(file.path.resolve()))}?mode=ro&immutable=1"
        return sqlite3.connect(address, uri=True)
    data = bytearray(file.buffer())
    data[_JOURNAL] = b"\x01\x01"  # memory has no place for a log of changes, which is not there
    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(bytes(data))
    except (sqlite3.Error, OverflowError) as error:
        connection.close()
        hint = "unpack it, and name the unpacked file in data/sources.yaml"
        raise TagledgerError(
            f"the database cannot be read: {error}", where=file.path, hint=hint
        ) from error
    return connection


def _refuse_unfinished(file: SourceFile) -> None:
    """Refuse a database whose last changes are in a file beside it, which is not looked at."""
    log = file.path.with_name(f"{file.path.name}-wal")
    if not file.packed and log.is_file() and log.stat().st_size:
        raise TagledgerError(
            "the database's last changes are not in it yet",
            where=log,
            hint=f"close the program that uses it, or run `sqlite3 {file.path.name} "
            '"PRAGMA wal_checkpoint(TRUNCATE)"`',
        )


def _authorize(action: int, _first: str | None, second: str | None, *_: Any) -> int:
    """Whether SQLite may do what a statement asks for."""
    if action not in _ALLOWED:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _FORBIDDEN_FUNCTIONS:
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK
