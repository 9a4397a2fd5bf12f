"""Items that campaigns bring: their files, what fetch makes of them, and how they are read."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagledger.errors import TagledgerError
from tagledger.events.canonical import canonical
from tagledger.events.new_items import (
    ItemError,
    ItemFile,
    NewItem,
    as_integer,
    item_file,
    item_files,
    raw_lines,
)
from tagledger.params import CleanParams
from tagledger.readers.added_items import NO_INTEGER, TWICE
from tagledger.readers.raw import Raw, read_raw
from tagledger.sources.catalogue import Catalogue
from tagledger.sources.file_reading import ADDED_ITEMS
from tagledger.stages.clean import clean, in_words
from tagledger.stages.fetch import fetch
from tests.campaigns import write_new_items

AT = "2026-11-25T10:00:00Z"
TEXT = st.text(st.characters(blacklist_categories=("Cs",)), min_size=1).filter(str.strip)
SOME = st.builds(NewItem, TEXT.map(str.strip), TEXT, st.text("ab é"), st.none() | st.just(AT))


def lines(*items: NewItem) -> bytes:
    return "".join(f"{item.line()}\n" for item in items).encode()


# Files of a campaign.


def test_a_campaign_s_items_are_one_file_of_canonical_lines(tmp_path: Path) -> None:
    items = [NewItem("q", "Tea", "hot", AT), NewItem("p", "e\u0301")]
    path = write_new_items(tmp_path, "june", items)
    assert path.read_bytes().decode() == (
        '{"description":"","id":"p","title":"\u00e9"}\n'
        f'{{"created_on":"{AT}","description":"hot","id":"q","title":"Tea"}}\n'
    )
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert path.relative_to(tmp_path).as_posix() == f"data/items/june-{digest[:8]}.jsonl"
    assert write_new_items(tmp_path, "june", [*items[::-1], items[0]]) == path
    assert [one.name for one in item_files(tmp_path)[0]] == [path.name]


def test_two_sets_of_items_are_two_files(tmp_path: Path) -> None:
    first, second = (write_new_items(tmp_path, "june", [NewItem("p", text)]) for text in "ab")
    assert first != second


@given(item=SOME)
def test_a_line_is_read_as_it_was_written(item: NewItem) -> None:
    read = NewItem.of(json.loads(item.line()))
    assert read.line() == item.line()
    assert read.title == unicodedata.normalize("NFC", item.title)


def test_an_item_without_an_id_has_that_which_a_source_without_ids_gives_it(
    tmp_path: Path,
) -> None:
    columns = {"title": "title", "text": None, "description": "text"}
    reading = {
        "items": {"file": "a.json", "columns": {k: v for k, v in columns.items() if v}},
        "labels": {"list": "tags"},
    }
    rows = [{"title": "Tea", "text": "e\u0301 hot", "tags": ["x"]}]
    (tmp_path / "a.json").write_text(json.dumps(rows))
    (tmp_path / "provenance.json").write_text(json.dumps({"reading": reading}))
    (of_source,) = read_raw(tmp_path).items["id"].to_pylist()
    assert NewItem(None, "Tea", "e\u0301 hot").name == of_source
    assert json.loads(NewItem(None, "Tea", "e\u0301 hot").line())["id"] == of_source


@pytest.mark.parametrize(
    ("items", "problem"),
    [
        ([], "no item to bring"),
        ([NewItem("p", " ")], "item 1: not an item: it has neither title nor description"),
        ([NewItem("p", "x"), NewItem(" ", "x")], "item 2: not an item: its id is blank"),
        ([NewItem("p", "x"), NewItem("p", "y")], "item 2: the id p stands for two different"),
        ([NewItem("p", "x", created_on="today")], "'today' is no time"),
        ([NewItem("p", "\ud800")], "half of a character"),
        ([NewItem("p", "x" * 2**24)], "longer than 16 MiB"),
    ],
)
def test_what_cannot_be_an_item_is_refused_and_nothing_is_written(
    items: list[NewItem], problem: str, tmp_path: Path
) -> None:
    with pytest.raises(TagledgerError, match=problem):
        write_new_items(tmp_path, "june", items)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(TagledgerError, match="cannot be the name of a campaign"):
        write_new_items(tmp_path, "../june", [NewItem("p", "x")])


@pytest.mark.parametrize(
    "name", ["p-1", "007", "1.0", "+1", " 1", "9223372036854775808", "\u0661", None]
)
def test_where_ids_are_integers_an_id_of_text_is_refused(name: str | None) -> None:
    item = NewItem(name, "x")
    with pytest.raises(TagledgerError, match=r"integers|blank") as caught:
        item_file("june", [item], integers=True)
    assert "whole number" in caught.value.hint or name == " 1"
    if name != " 1":
        item_file("june", [item])


def test_where_ids_are_integers_these_are_some() -> None:
    some = ["0", "-7", "12", "9223372036854775807", "-9223372036854775808"]
    assert list(map(as_integer, some)) == list(map(int, some))
    item_file("june", [NewItem(name, "x") for name in some], integers=True)


# What fetch makes of them.


@given(st.lists(st.lists(SOME, max_size=4), max_size=4), st.randoms())
def test_the_raw_file_follows_from_the_items_alone(parts: list[list[NewItem]], random: Any) -> None:
    files = [ItemFile(f"{at}.jsonl", lines(*part)) for at, part in enumerate(parts)]
    found = [json.loads(line) for line in raw_lines(files)]
    assert {canonical(one["item"]) for one in found} == {
        item.line() for part in parts for item in part
    }
    assert len({canonical(one["item"]) for one in found}) == len(found)
    assert [one["item"]["id"] for one in found] == sorted(one["item"]["id"] for one in found)
    random.shuffle(parts)
    again = [ItemFile(f"{at}.jsonl", lines(*part)) for at, part in enumerate(parts)]
    said = [json.loads(line)["item"] for line in raw_lines(again)]
    assert sorted(map(canonical, said)) == sorted(canonical(one["item"]) for one in found)


BAD = (
    (b"{", "no JSON"),
    (b"\xff", "no JSON"),
    (b"[]", "no JSON object"),
    (b'{"id":"p"}', "neither title nor description"),
    (b'{"title":"x"}', "no id"),
    (b'{"id":7,"title":"x"}', "id is no text"),
    (b'{"id":"p","title":"x","tags":[]}', "unknown key tags"),
    (b'{"id":"p","title":"x","created_on":"May"}', "no time"),
    (b"<<<<<<< ours", "no JSON"),
    (b"[" * 100_000, "no JSON"),
)


@pytest.mark.parametrize(("line", "problem"), BAD)
def test_a_line_that_is_no_item_is_kept_with_its_place_and_reason(
    line: bytes, problem: str
) -> None:
    file = ItemFile("june-1.jsonl", lines(NewItem("p", "x")) + b"\n" + line + b"\r\n")
    good, bad = (json.loads(one) for one in raw_lines([file]))
    assert (good["file"], good["row"]) == ("data/items/june-1.jsonl", 1)
    assert (bad["file"], bad["row"]) == ("data/items/june-1.jsonl", 3)
    assert problem in bad["reason"]
    assert bad["record"] == line.decode("utf-8", "replace")


def test_what_is_no_file_of_items_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "data/items"
    (folder / "more.jsonl").mkdir(parents=True)
    for name in (".gitkeep", "a.csv", "b.jsonl"):
        (folder / name).touch()
    (folder / "link.jsonl").symlink_to(folder / "b.jsonl")
    found, others = item_files(tmp_path)
    assert [one.name for one in found] == ["b.jsonl"]
    assert others == ["a.csv", "link.jsonl", "more.jsonl"]
    assert item_files(tmp_path / "nowhere") == ([], [])


# How they are read.

SOURCE = [
    {"id": 1, "title": "one", "tags": ["a"]},
    {"id": 2, "title": "two", "tags": ["a", "b"]},
    {"tags": ["b"]},
]


def fetched(root: Path, rows: list[dict[str, Any]], **added: bytes) -> Path:
    """A data/raw as the fetch stage makes it, of a source and of files of items."""
    (root / "here").mkdir(exist_ok=True)
    content = json.dumps(rows).encode()
    (root / "here/a.json").write_bytes(content)
    identity = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    reading = {
        "items": {"file": "a.json", "columns": {"id": "id", "title": "title"}},
        "labels": {"list": "tags"},
    }
    source = {"description": "x", "licence": "x", "reading": reading}
    source["snapshots"] = {"v1": {"location": "here", "files": {"a.json": identity}}}
    known = Catalogue.model_validate({"sources": {"mine": source}})
    files = [ItemFile(f"{name}.jsonl", data) for name, data in added.items()]
    fetch(known, "mine", "v1", root=root, out=root / "raw", added=files)
    return root / "raw"


def read(root: Path, rows: list[dict[str, Any]] = SOURCE, **added: bytes) -> Raw:
    return read_raw(fetched(root, rows, **added), (2000, 2030))


def test_without_new_items_the_raw_data_is_what_it_was(tmp_path: Path) -> None:
    folder = fetched(tmp_path, SOURCE)
    assert sorted(path.name for path in folder.iterdir()) == ["a.json", "provenance.json"]
    assert "added_items" not in json.loads((folder / "provenance.json").read_text())
    raw = read_raw(folder)
    assert (raw.added, raw.known) == (0, 0)
    assert "added" not in clean(raw, CleanParams(max_quarantined=1)).rows.as_json()


def test_new_items_come_after_those_of_the_source(tmp_path: Path) -> None:
    june = lines(NewItem("7", "seven", created_on=AT), NewItem("2", "mine"))
    july = lines(NewItem("7", "seven", created_on=AT), NewItem("5", "five", "more"))
    raw = read(tmp_path, june=june, july=july)
    record = json.loads((tmp_path / "raw/provenance.json").read_text())["added_items"]
    assert record == {
        "file": ADDED_ITEMS,
        "files": {
            f"{name}.jsonl": {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in (("june", june), ("july", july))
        },
    }
    assert raw.items["id"].to_pylist() == [1, 2, 5, 7]
    assert raw.items["title"].to_pylist() == ["one", "two", "five", "seven"]
    assert raw.items["description"].to_pylist() == ["", "", "more", ""]
    # Two files have the item 7: it is that of the first of them by name.
    assert raw.items["file"].to_pylist()[2:] == ["data/items/july.jsonl"] * 2
    assert raw.items["created_on"].to_pylist()[3].isoformat() == "2026-11-25T10:00:00+00:00"
    assert raw.labels["item"].to_pylist() == [0, 1, 1]
    assert (raw.added, raw.known, raw.rows) == (3, 1, 6)


def test_every_row_is_accounted_for(tmp_path: Path) -> None:
    june = lines(NewItem("2", "mine"), NewItem("x", "no number"), NewItem("5", "five"))
    raw = read(tmp_path, june=june + b"<<<<<<< \xff\n", july=lines(NewItem("5", "other")))
    made = clean(raw, CleanParams(max_quarantined=1))
    rows = made.rows
    assert (rows.rows, rows.items, rows.quarantined, rows.merged) == (8, 3, 4, 1)
    assert rows.as_json()["added"] == {"rows": 5, "known": 1}
    assert made.items["id"].tolist() == [1, 2, 5]
    assert made.items["title"].tolist() == ["one", "two", "other"]  # july comes before june
    aside = made.quarantine[["file", "row", "id", "reason"]].astype(object).to_numpy().tolist()
    assert [[*one[:2], one[3]] for one in aside] == [
        ["a.json", 3, "no id"],
        ["data/items/june.jsonl", 2, NO_INTEGER],
        ["data/items/june.jsonl", 3, TWICE],
        ["data/items/june.jsonl", 4, "not an item: it is no JSON"],
    ]
    assert [one[2] for one in aside[1:3]] == ["x", "5"]
    assert json.loads(made.quarantine["record"][3]) == "<<<<<<< \ufffd"
    assert json.loads(made.quarantine["record"][2]) == {
        "id": "5",
        "title": "five",
        "description": "",
    }
    assert "5 rows are of data/items, 1 of them in the source too" in in_words(made, None)


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        ("1999-12-31T23:59:59Z", "created_on is not in the years 2000 to 2030"),
        ("2026-02-31T10:00:00Z", "created_on unreadable"),
    ],
)
def test_a_date_that_cannot_be_sets_an_item_aside(at: str, reason: str, tmp_path: Path) -> None:
    raw = read(tmp_path, june=lines(NewItem("5", "five", created_on=at)))
    assert raw.items["id"].to_pylist() == [1, 2]
    assert raw.set_aside["reason"].iloc[-1].startswith(reason)


def test_where_ids_are_text_new_ones_are_too(tmp_path: Path) -> None:
    rows = [{"id": "p", "title": "one", "tags": ["a"]}]
    raw = read(tmp_path, rows, june=lines(NewItem("7", "seven"), NewItem(None, "none")))
    assert raw.items["id"].to_pylist() == ["p", "7", NewItem(None, "none").name]


def test_labels_in_a_file_of_their_own_stay_apart_from_new_items(tmp_path: Path) -> None:
    folder = fetched(tmp_path, SOURCE[:2], june=lines(NewItem("5", "five")) + b"{\n")
    record = json.loads((folder / "provenance.json").read_text())
    record["reading"]["labels"] = {"file": "l.csv", "id": "id", "tag": "tag"}
    (folder / "provenance.json").write_text(json.dumps(record))
    (folder / "l.csv").write_text("id,tag\n1,a\n9,b\n")
    raw = read_raw(folder)
    assert raw.set_aside["reason"].tolist() == [
        "not an item: it is no JSON",
        "label of an unknown id",
    ]
    rows = clean(raw, CleanParams(max_quarantined=1)).rows
    assert (rows.items, rows.quarantined, rows.label_rows_quarantined) == (3, 1, 1)


def test_a_pattern_of_the_source_does_not_read_new_items(tmp_path: Path) -> None:
    folder = fetched(tmp_path, SOURCE, june=lines(NewItem("5", "five")))
    record = json.loads((folder / "provenance.json").read_text())
    (folder / "b.jsonl").write_text('{"id": 3, "title": "three", "tags": []}\n')
    record["reading"]["items"]["file"] = "*.jsonl"
    (folder / "provenance.json").write_text(json.dumps(record))
    assert read_raw(folder).items["id"].to_pylist() == [3, 5]


@pytest.mark.parametrize("name", [ADDED_ITEMS, ADDED_ITEMS.upper(), f"{ADDED_ITEMS}/a.json"])
def test_no_file_of_a_source_has_the_name_of_fetch_s_own(name: str) -> None:
    reading = {"items": {"file": name, "columns": {"id": "id"}}, "labels": {"list": "tags"}}
    source = {"description": "x", "licence": "x", "reading": reading, "snapshots": {}}
    with pytest.raises(ValueError, match="the fetch stage writes itself"):
        Catalogue.model_validate({"sources": {"mine": source}})


def test_a_raw_file_that_was_changed_by_hand_is_an_error(tmp_path: Path) -> None:
    folder = fetched(tmp_path, SOURCE, june=lines(NewItem("5", "five")))
    (folder / ADDED_ITEMS).write_text('{"file": "x"}\n')
    with pytest.raises(TagledgerError, match="line 1 is not as the fetch stage wrote it"):
        read_raw(folder)
    (folder / ADDED_ITEMS).unlink()
    with pytest.raises(TagledgerError):
        read_raw(folder)


def test_half_of_a_character_is_no_item() -> None:
    with pytest.raises(ItemError):
        NewItem("p", "\udfff").line()
