"""Ids of items that have none: made from what an item says, and steady."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagledger.errors import TagledgerError
from tagledger.readers.raw import Raw, read
from tagledger.sources.reading import Reading

WORDS = st.sampled_from(["", "rope", "tea", "salt and sea"])
ROWS = st.lists(st.fixed_dictionaries({"a": WORDS, "b": WORDS, "tags": st.just(["x"])}), min_size=1)


def raw(folder: Path, rows: list[dict[str, Any]], labels: Any = None, **columns: Any) -> Raw:
    (folder / "a.json").write_text(json.dumps(rows))
    items = {"file": "a.json", "columns": columns}
    return read(
        Reading.model_validate({"items": items, "labels": labels or {"list": "tags"}}), folder
    )


def ids(folder: Path, rows: list[dict[str, Any]], **columns: Any) -> list[str]:
    found: list[str] = raw(folder, rows, **columns).items["id"].to_pylist()
    return found


@given(rows=ROWS, at=st.integers(min_value=0), new=WORDS)
def test_a_row_that_is_put_in_between_renames_no_other(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], at: int, new: str
) -> None:
    folder = tmp_path_factory.mktemp("ids")
    before = ids(folder, rows, title="a", description="b")
    assert len(set(before)) == len(before)
    place = at % (len(rows) + 1)
    added = {"a": f"new {new}", "b": "", "tags": ["y"]}
    after = ids(folder, [*rows[:place], added, *rows[place:]], title="a", description="b")
    assert [*after[:place], *after[place + 1 :]] == before
    assert after[place] not in before


def test_twins_have_numbers_and_are_items_of_their_own(tmp_path: Path) -> None:
    rows = [{"a": text, "tags": [tag]} for text, tag in (("x", "p"), ("y", "q"), ("x", "r"))]
    found = raw(tmp_path, [*rows, {"a": "x", "tags": []}], text="a")
    first, other, second, third = found.items["id"].to_pylist()
    assert [second, third] == [f"{first}-2", f"{first}-3"]
    assert other != first
    assert found.labels["tag"].to_pylist() == ["p", "q", "r"]


def test_an_item_that_is_relabelled_stays_and_one_that_is_edited_does_not(tmp_path: Path) -> None:
    old = ids(tmp_path, [{"a": "x", "tags": ["p"]}], text="a")
    assert ids(tmp_path, [{"a": "x", "tags": ["q", "r"]}], text="a") == old
    assert ids(tmp_path, [{"a": "x!", "tags": ["p"]}], text="a") != old


def test_where_words_end_makes_a_difference(tmp_path: Path) -> None:
    one, other = (
        ids(tmp_path, [{"a": title, "b": text, "tags": []}], title="a", description="b")
        for title, text in (("ab", "c"), ("a", "bc"))
    )
    assert one != other


def test_an_id_is_no_number(tmp_path: Path) -> None:
    rows = [{"a": str(at), "tags": ["x"]} for at in range(300)]
    found = ids(tmp_path, rows, text="a")
    assert all(one.startswith("t") and len(one) == 17 for one in found)


def test_without_a_text_the_whole_row_but_its_labels_tells(tmp_path: Path) -> None:
    rows = [{"n": 1, "tags": ["p"]}, {"n": 2, "tags": ["p"]}]
    old = ids(tmp_path, rows)
    assert len(set(old)) == 2
    assert ids(tmp_path, [{**row, "tags": ["q"]} for row in rows]) == old
    assert ids(tmp_path, [{**row, "n": row["n"] + 5} for row in rows]) != old


def test_a_path_to_labels_leaves_out_the_column_that_it_begins_in(tmp_path: Path) -> None:
    labels = {"list": "meta.tags"}
    old, new = (
        raw(tmp_path, [{"n": 1, "meta": {"tags": tags}}], labels).items["id"].to_pylist()
        for tags in (["p"], ["q"])
    )
    assert old == new


def test_a_column_of_just_the_name_of_a_path_is_the_one_left_out(tmp_path: Path) -> None:
    """Another column, with the path's first part for a name, tells items apart."""
    labels = {"list": "meta.tags"}
    rows = [{"meta": at, "meta.tags": ["p"]} for at in range(2)]
    first, second = raw(tmp_path, rows, labels).items["id"].to_pylist()
    assert first.partition("-")[0] != second.partition("-")[0]


@pytest.mark.parametrize("labels", [{"file": "b.csv"}, {"list": "tags", "votes": 2}], ids=str)
def test_what_needs_ids_says_so(labels: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("id,tag\n1,x\n")
    with pytest.raises((TagledgerError, ValueError), match="id"):
        raw(tmp_path, [{"a": "x", "tags": ["p"]}], labels, text="a")
