"""SQLite databases: tables and queries, which can do nothing but read."""

from __future__ import annotations

import gzip
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from tagledger.errors import TagledgerError
from tagledger.readers.blocks import Wanted
from tagledger.readers.formats.sqlite import Sqlite
from tagledger.readers.opening.source_files import SourceFile
from tagledger.readers.parsing import sqlite_rows
from tagledger.readers.raw import Raw, read
from tagledger.sources.reading import Reading
from tests.conftest import examples
from tests.readings import labels_of

MANY_TO_MANY = """
CREATE TABLE books (id INTEGER PRIMARY KEY, title TEXT, published TEXT);
CREATE TABLE tags (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE links (book INTEGER, tag INTEGER);
INSERT INTO books VALUES (1, 'Rope', '2001-02-03 00:00:00+00:00'), (2, 'Tea', NULL);
INSERT INTO tags VALUES (1, 'Craft, old'), (2, 'Food');
INSERT INTO links VALUES (1, 1), (2, 1), (2, 2);
"""
LABELS = "SELECT book AS id, name AS tag FROM links JOIN tags ON tags.id = links.tag"


def save(path: Path, script: str = MANY_TO_MANY) -> Path:
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
        connection.commit()
    return path


def raw_of(folder: Path, file: str = "a.db") -> Raw:
    columns = {"id": "id", "title": "title", "created_on": "published"}
    items = {"file": file, "table": "books", "columns": columns}
    labels = {"file": file, "query": LABELS}
    return read(Reading.model_validate({"items": items, "labels": labels}), folder)


def columns_of(path: Path, *names: str, limit: int = 10**8, **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = {name: [] for name in names}
    wanted = Wanted(names)
    for block in Sqlite(**options).blocks(SourceFile(path, limit=limit, name=path.name), wanted):
        for name, column in block.columns.items():
            found[name] += column
    return found


def test_items_of_a_table_have_the_labels_of_a_query(tmp_path: Path) -> None:
    save(tmp_path / "a.db")
    raw = raw_of(tmp_path)
    assert raw.items["id"].to_pylist() == [1, 2]
    assert raw.items["title"].to_pylist() == ["Rope", "Tea"]
    assert [at and at.year for at in raw.items["created_on"].to_pylist()] == [2001, None]
    assert labels_of(raw) == [(1, "Craft, old"), (2, "Craft, old"), (2, "Food")]


def test_reading_leaves_the_file_and_its_folder_as_they_are(tmp_path: Path) -> None:
    path = save(tmp_path / "a.db", "PRAGMA journal_mode = WAL;" + MANY_TO_MANY)
    before = path.read_bytes()
    raw_of(tmp_path)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["a.db"]


@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
def test_a_compressed_database_and_one_in_an_archive_are_read(journal: str, tmp_path: Path) -> None:
    path = save(tmp_path / "a.db", f"PRAGMA journal_mode = {journal};" + MANY_TO_MANY)
    (tmp_path / "b.db.gz").write_bytes(gzip.compress(path.read_bytes()))
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.write(path, "x.db")
    assert labels_of(raw_of(tmp_path, "b.db.gz")) == labels_of(raw_of(tmp_path))
    assert labels_of(raw_of(tmp_path, "c.zip!x.db")) == labels_of(raw_of(tmp_path))


def test_the_only_table_is_taken_and_one_of_several_must_be_named(tmp_path: Path) -> None:
    path = save(tmp_path / "a.db", "CREATE TABLE t (x); INSERT INTO t VALUES (1);")
    assert columns_of(path, "x") == {"x": [1]}
    save(path)
    with pytest.raises(TagledgerError, match="3 tables") as caught:
        columns_of(path, "x")
    assert "books (id, title, published); links (book, tag); tags (id, name)" in caught.value.hint
    with pytest.raises(TagledgerError, match="no table 'book'") as caught:
        columns_of(path, "x", table="book")
    assert "did you mean books?" in caught.value.hint
    with pytest.raises(TagledgerError, match="no column 'name'"):
        columns_of(path, "name", table="books")
    with pytest.raises(TagledgerError, match="has no table"):
        columns_of(save(path, "CREATE TABLE t (x); DROP TABLE t;"), "x")


def test_table_and_query_exclude_each_other() -> None:
    items = {"file": "a.db", "table": "t", "query": "SELECT 1", "columns": {"id": "x"}}
    with pytest.raises(ValueError, match="give `table` or `query`, not both"):
        Reading.model_validate({"items": items, "labels": {"list": "y"}})


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM books",
        "DROP TABLE books",
        "ATTACH 'other.db' AS other",
        "PRAGMA journal_mode = DELETE",
        "CREATE TABLE x (y)",
        "SELECT load_extension('x')",
        "VACUUM INTO 'other.db'",
        "SELECT 1; SELECT 2",
        "BEGIN",
        "-- nothing",
        "SELECT * FROM nowhere",
        "SELEC 1",
    ],
)
def test_a_query_that_is_no_reading_is_refused(query: str, tmp_path: Path) -> None:
    path = save(tmp_path / "a.db")
    before = path.read_bytes()
    with pytest.raises(TagledgerError, match="the query") as caught:
        columns_of(path, "x", query=query)
    assert "query" in caught.value.hint
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["a.db"]


def test_a_query_that_never_ends_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save(tmp_path / "a.db")
    monkeypatch.setattr(sqlite_rows, "MOST_TICKS", 3)
    endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT {} FROM c"
    with pytest.raises(TagledgerError, match="goes on too long"):
        columns_of(path, "x", query=endless.format("max(x) AS x"))
    monkeypatch.undo()
    with pytest.raises(TagledgerError, match="more than 1,000,000 bytes"):
        columns_of(path, "x", limit=10**6, query=endless.format("x"))


def test_values_keep_their_types_and_a_blob_is_no_text(tmp_path: Path) -> None:
    script = (
        "CREATE TABLE t (id, title, tag); INSERT INTO t VALUES (1, x'ff00', 'a'), (2, 'b', 'c');"
    )
    save(tmp_path / "a.db", script)
    items = {"file": "a.db", "columns": {"id": "id", "title": "title"}}
    reading = Reading.model_validate({"items": items, "labels": {"column": "tag"}})
    raw = read(reading, tmp_path)
    assert raw.items["id"].to_pylist() == [2]
    assert raw.set_aside[["id", "reason"]].values.tolist() == [["1", "title is not text"]]
    assert raw.set_aside["record"][0] == '{"id":1,"title":"\\\\xff\\u0000","tag":"a"}'


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"id,tag\n", "no SQLite database"),
        (b"PAR1\x15\x04", "not a SQLite database but a Parquet file"),
        (b"SQLite format 3\0" + b"\xff" * 500, "damaged"),
        (b"", "is empty"),
    ],
)
def test_what_is_no_database_is_refused(content: bytes, what: str, tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(content)
    with pytest.raises(TagledgerError, match=what):
        columns_of(path, "x")


def test_text_that_is_not_utf8_is_an_error(tmp_path: Path) -> None:
    path = save(
        tmp_path / "a.db", "CREATE TABLE t (x); INSERT INTO t VALUES (CAST(x'e9' AS TEXT));"
    )
    with pytest.raises(TagledgerError, match="a text in the database is not UTF-8"):
        columns_of(path, "x")


def test_changes_that_are_not_in_the_file_yet_are_not_lost_in_silence(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(MANY_TO_MANY)
        with pytest.raises(TagledgerError, match="last changes are not in it"):
            columns_of(path, "id", table="books")


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
VALUE = st.one_of(TEXT, st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), st.none())


@examples(60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(TEXT.filter(bool), min_size=2, max_size=2, unique_by=str.lower), rows=st.data()
)
def test_what_a_table_holds_is_read_back(names: list[str], rows: Any, tmp_path: Path) -> None:
    values = rows.draw(st.lists(st.tuples(VALUE, VALUE), max_size=6))
    path = save(tmp_path / "a.db", "")
    quoted = [sqlite_rows.quoted(name) for name in names]
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"CREATE TABLE {quoted[0]} ({', '.join(quoted)})")
        connection.executemany(f"INSERT INTO {quoted[0]} VALUES (?, ?)", values)
        connection.commit()
    found = columns_of(path, *names)
    assert list(zip(*found.values(), strict=True)) == values
