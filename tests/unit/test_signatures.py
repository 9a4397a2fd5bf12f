"""What a file really is, by its first bytes, and what to do about it."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sqlite3
import tarfile
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tagledger.errors import TagledgerError
from tagledger.readers.opening.signatures import what_it_is
from tagledger.readers.raw import read
from tagledger.sources.reading import Reading


def refused(folder: Path, name: str) -> TagledgerError:
    """The error of reading a file as what its ending says."""
    reading = {"items": {"file": name, "columns": {"id": "id"}}, "labels": {"list": "tags"}}
    with pytest.raises(TagledgerError) as caught:
        read(Reading.model_validate(reading), folder)
    return caught.value


def zipped(path: Path, *names: str) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, "id,tags\n1,a\n")


@pytest.mark.parametrize("name", ["a.csv", "a.json", "a.jsonl", "a.xml", "a.arff"])
def test_a_zip_archive_in_place_of_text(name: str, tmp_path: Path) -> None:
    zipped(tmp_path / name, "in/train.csv", "__MACOSX/x", "in/test.csv")
    error = refused(tmp_path, name)
    assert "but a zip archive" in error.what
    assert "ending .zip" in error.hint
    assert "`a.zip!in/test.csv`; it holds in/test.csv, in/train.csv" in error.hint


def test_a_hint_names_no_more_than_some_files(tmp_path: Path) -> None:
    zipped(tmp_path / "a.csv", *(f"{n}.csv" for n in range(8)))
    assert refused(tmp_path, "a.csv").hint.endswith("4.csv and 3 more")


def test_a_workbook_in_place_of_text(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["id", "tags"])
    book.save(tmp_path / "a.xlsx")
    (tmp_path / "a.xlsx").rename(tmp_path / "a.csv")
    error = refused(tmp_path, "a.csv")
    assert error.what == "this is not UTF-8 text but an Excel workbook"
    assert "set `format: xlsx`" in error.hint


def test_a_database_in_place_of_text(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "a.json")) as connection:
        connection.execute("CREATE TABLE t (id)")
        connection.commit()
    error = refused(tmp_path, "a.json")
    assert error.what == "this is not UTF-8 text but a SQLite database"
    assert "set `format: sqlite`" in error.hint


def test_a_parquet_file_in_place_of_text(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": [1]}), tmp_path / "a.csv")
    assert "set `format: parquet`" in refused(tmp_path, "a.csv").hint


@pytest.mark.parametrize(("library", "ending"), [(gzip, ".gz"), (bz2, ".bz2"), (lzma, ".xz")])
def test_a_compressed_file_without_its_ending(library: Any, ending: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(library.compress(b"id,tags\n1,a\n"))
    assert f"give it the ending {ending}," in refused(tmp_path, "a.csv").hint


def test_a_tar_archive_in_place_of_text(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.csv", "w") as archive:
        archive.addfile(tarfile.TarInfo("x.csv"), io.BytesIO())
    assert "a tar archive" in refused(tmp_path, "a.csv").what


@pytest.mark.parametrize(
    "name", ["a.csv", "a.json", "a.jsonl", "a.xml", "a.arff", "a.xlsx", "a.db"]
)
def test_a_page_of_a_web_site_in_place_of_data(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("\n<!DOCTYPE html>\n<html><p>Log in, please</p></html>\n")
    error = refused(tmp_path, name)
    assert "a web page in HTML" in error.what
    assert "log-in" in error.hint


@pytest.mark.parametrize(
    "text",
    [
        "id,title\n",
        "",
        "{",
        "PK,title\n",
        "BZh1,x\n",
        "PAR1,PAR2\n",
        "ARROW1\n",
        "<rows><row/></rows>",
    ],
)
def test_text_is_nothing_else(text: str) -> None:
    assert what_it_is(text.encode()) is None
