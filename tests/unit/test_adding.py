"""Files of one's own: their names, places and entries."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tagledger.adding import names, placing
from tagledger.adding.entries import snapshot_entry, source_entry
from tagledger.documents import load_yaml
from tagledger.errors import TagledgerError
from tagledger.sources.catalogue import Catalogue, identify
from tagledger.yaml_edits.text import block


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("tickets.csv", "tickets"),
        ("in/Tickets-2026-02.csv", "tickets"),
        ("tickets_20260228.jsonl.gz", "tickets"),
        ("tickets v2.parquet", "tickets"),
        ("all my data", "all-my-data"),
        ("Störungen.csv", "störungen"),
        ("v1.2.csv", "v1"),
        ("2026-02.csv", "mine"),
        ("web2.zip", "web2"),
        ("news.tar.gz", "news"),
        ("x" * 200, "x" * 60),
    ],
)
def test_a_source_is_called_as_its_file_is(path: str, name: str) -> None:
    assert names.source_name(Path(path)) == name
    names.refuse_name(name, option="--source")


def test_a_snapshot_is_called_after_its_day() -> None:
    day = date(2026, 11, 26)
    assert names.snapshot_name(day, []) == "2026-11-26"
    assert names.snapshot_name(day, ["2026-11-26"]) == "2026-11-26.2"
    assert names.snapshot_name(day, ["2026-11-26", "2026-11-26.2"]) == "2026-11-26.3"


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", "a/b", "a\\b", "-x", ".git", "a:b", "a*", "x" * 61, "a\nb", "~a", "a "),
        *("q.dvc", "\x1b[1m", "a!b", "$HOME", "a.", "sous::memory"),
    ],
)
def test_a_name_that_is_no_folder_is_refused(name: str) -> None:
    with pytest.raises(TagledgerError) as error:
        names.refuse_name(name, option="--snapshot")
    assert error.value.where == "--snapshot"


@pytest.mark.parametrize("name", ["2026-02-28", "tickets", "v1.2", "März 2026", "a_b"])
def test_a_name_for_people_is_taken(name: str) -> None:
    names.refuse_name(name, option="--snapshot")


def test_files_are_copied_with_their_folders(tmp_path: Path) -> None:
    made = tmp_path / "made.csv"
    made.write_text("id\n1\n")
    found = placing.place_files(
        tmp_path, "tickets", "2026-02", {"tickets.csv": made, "deep/tags.csv": made}
    )
    folder = tmp_path / "data/files/tickets/2026-02"
    assert found == {"tickets.csv": identify(made), "deep/tags.csv": identify(made)}
    assert (folder / "deep/tags.csv").read_bytes() == made.read_bytes()
    assert sorted(path.name for path in folder.parent.iterdir()) == ["2026-02"]


def test_a_folder_that_is_there_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "data/files/tickets/1"
    folder.mkdir(parents=True)
    with pytest.raises(TagledgerError, match="such a folder"):
        placing.place_files(tmp_path, "tickets", "1", {"a.csv": tmp_path / "a.csv"})
    assert list(folder.iterdir()) == []


def test_a_file_that_cannot_be_read_leaves_no_folder(tmp_path: Path) -> None:
    good = tmp_path / "good.csv"
    good.write_text("x")
    with pytest.raises(TagledgerError):
        placing.place_files(tmp_path, "tickets", "1", {"a": good, "b": tmp_path / "none.csv"})
    assert not (tmp_path / "data/files").exists()


def test_what_is_placed_is_taken_back(tmp_path: Path) -> None:
    good = tmp_path / "good.csv"
    good.write_text("x")
    placing.place_files(tmp_path, "tickets", "1", {"a": good})
    placing.place_files(tmp_path, "tickets", "2", {"a": good})
    placing.take_back(tmp_path, "tickets", "2")
    assert [path.name for path in (tmp_path / "data/files/tickets").iterdir()] == ["1"]
    placing.take_back(tmp_path, "tickets", "1")
    assert not (tmp_path / "data/files").exists()


def test_large_files_are_for_dvc(tmp_path: Path) -> None:
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_bytes(bytes(placing.GIT_LIMIT))
    large.write_bytes(bytes(placing.GIT_LIMIT + 1))
    placing.place_files(tmp_path, "t", "1", {"a/small": small, "a/large": large})
    kept = placing.kept_by_dvc(tmp_path, "t", "1", ["a/small", "a/large"])
    assert kept == ["data/files/t/1/a/large"]


def test_a_reading_names_its_files_and_archives_once(tmp_path: Path) -> None:
    import zipfile

    (tmp_path / "labels.csv").write_text("id,tag\n1,a\n")
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("a.csv", "id,text\n1,x\n")
        archive.writestr("b.csv", "id,text\n2,y\n")
    reading = {
        "items": {"file": "all.zip!*.csv", "columns": {"id": "id", "text": "text"}},
        "labels": {"file": "labels.csv", "id": "id", "tag": "tag"},
    }
    found = placing.files_of_reading(reading, tmp_path)
    assert found == {name: tmp_path / name for name in ("all.zip", "labels.csv")}


def test_too_many_files_are_for_an_archive(tmp_path: Path) -> None:
    for number in range(placing.MOST_FILES + 1):
        (tmp_path / f"{number}.csv").write_text("id,tag\n1,a\n")
    reading = {"items": {"file": "*.csv", "columns": {"id": "id"}}, "labels": {"column": "tag"}}
    with pytest.raises(TagledgerError) as error:
        placing.files_of_reading(reading, tmp_path)
    assert "zip" in error.value.hint


def test_an_entry_is_one_of_the_catalogue(tmp_path: Path) -> None:
    file = tmp_path / "tickets.csv"
    file.write_text("id,text,tag\n1,x,a\n")
    reading = {
        "items": {"file": "tickets.csv", "columns": {"id": "id", "text": "text"}},
        "labels": {"column": "tag"},
    }
    where = placing.location_of("tickets", "2026-02-28")
    snapshot = snapshot_entry(where, {"tickets.csv": identify(file)})
    entry = source_entry("Support tickets", reading, {"2026-02-28": snapshot})
    text = f"sources:\n{block({'tickets': entry}, 2)}"
    checked = Catalogue.model_validate(load_yaml(text))
    assert checked.find("tickets", "2026-02-28")[1].location == "data/files/tickets/2026-02-28"
    assert "columns: {id: id, text: text}\n" in text
