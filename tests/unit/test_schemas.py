"""Schemas: each check lets good tables through, and catches and names bad ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tagledger import validation
from tagledger.errors import TagledgerError
from tagledger.validation import find_failures, results, validate
from tagledger_schemas import checks, relations
from tagledger_schemas.clean import Items, Labels, Quarantine, Taxonomy
from tagledger_schemas.filtered import FilteredLabels, Tags
from tagledger_schemas.splits import Assignments, SplitItems
from tests.factories import as_category, items, labels, taxonomy


@pytest.fixture(autouse=True)
def _reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validation, "FAILURES", tmp_path / "failures.csv")


def tags(**columns) -> pd.DataFrame:
    base = {"tag": ["a", "b"], "count": [3, 1], "decision": ["kept", "below_threshold"]}
    return pd.DataFrame(base | columns)


def raw_labels(ids, names) -> pd.DataFrame:
    return pd.DataFrame({"id": ids, "tag": as_category(pd.Series(names, dtype="str"))})


def quarantine(**columns) -> pd.DataFrame:
    base = {
        "file": pd.Series(["a.json", "a.json"], dtype="str"),
        "row": [1, 2],
        "id": pd.Series([None, "5"], dtype="str"),
        "reason": pd.Series(["no id", "no id"], dtype="str"),
        "record": pd.Series(['{"a": 1}', "[1]"], dtype="str"),
    }
    return pd.DataFrame(base | columns)


def split_items(tag_lists) -> pd.DataFrame:
    frame = items([1, 2]).drop(columns="group")
    cells = np.empty(2, dtype=object)
    cells[:] = tag_lists
    return frame.assign(tags=cells)


GOOD = [
    (Items, items([1, 2, 3], groups=[1, 1, 3])),
    (Items, items({"a": "text", "b": ""})),
    (Items, items([])),
    (Labels, labels({1: ["a", "b"], 2: ["a"]})),
    (Labels, labels({})),
    (Taxonomy, taxonomy({"a": {"aliases": ["x"], "parents": ["elsewhere"]}, "b": {}})),
    (Quarantine, quarantine()),
    (Tags, tags()),
    (Assignments, pd.DataFrame({"id": [1, 2], "split": ["train", "test"]})),
    (SplitItems, split_items([["a"], ["a", "b"]])),
]


@pytest.mark.parametrize(("model", "frame"), GOOD, ids=lambda value: getattr(value, "__name__", ""))
def test_a_good_table_passes(model, frame) -> None:
    assert validate(model, frame, "t") is frame
    assert find_failures(model, frame, "t").empty


def in_microseconds(date: str) -> pd.Series:
    return pd.Series(np.array([date], dtype="datetime64[us]")).dt.tz_localize("UTC")


BAD = [
    (Items, items([2, 1]), "", "id_unique_ascending", "1"),
    (Items, pd.concat([items([1]), items([1])], ignore_index=True), "", "id_unique_ascending", "1"),
    (Items, items([1, 2], groups=[1, 7]), "", "group_is_an_item", "2"),
    (Items, items({1: " a"}), "title", "no_space_around", "1"),
    (Items, items([1]).assign(title=pd.Series([None], dtype="str")), "title", "not_nullable", "1"),
    (
        Items,
        items([1]).assign(created_on=in_microseconds("0000-12-31")),
        "created_on",
        "greater_than_or_equal_to(0001-01-01 00:00:00+00:00)",
        "1",
    ),
    (
        Items,
        items([1]).assign(created_on=in_microseconds("10000-01-01")),
        "created_on",
        "less_than_or_equal_to(9999-12-31 23:59:59.999999+00:00)",
        "1",
    ),
    (Items, items([1]).assign(id=[1.5], group=[1.5]), "id", "integer_or_text", ""),
    (Labels, raw_labels([1, 1], ["a", "a"]), "", "id_tag_unique_ascending", "1"),
    (Labels, raw_labels([1, 1], ["b", "a"]), "", "id_tag_unique_ascending", "1"),
    (Labels, raw_labels([2, 1], ["a", "b"]), "", "id_tag_unique_ascending", "1"),
    (Labels, raw_labels([1], [" a"]), "tag", "spelled", "1"),
    (Labels, raw_labels([1], ["a\nb"]), "tag", "spelled", "1"),
    (Labels, raw_labels([1], [""]), "tag", "spelled", "1"),
    (Labels, raw_labels([1], [None]), "tag", "not_nullable", "1"),
    (Taxonomy, taxonomy(["b", "a"]), "", "tag_unique_ascending", "a"),
    (Taxonomy, taxonomy({"a": {"aliases": ["b"]}, "b": {}}), "", "alias_names_one_tag", "a"),
    (Quarantine, quarantine(row=[0, 1]), "row", "greater_than_or_equal_to(1)", ""),
    (Quarantine, quarantine(row=[2, 2]), "", "file_row_unique_ascending", "5"),
    (Tags, tags(count=[-1, 1]), "count", "greater_than_or_equal_to(0)", "a"),
    (Tags, tags(count=["3", "1"]), "count", "dtype('int64')", ""),
    (Tags, tags().assign(extra=1), "extra", "column_in_schema", ""),
    (Tags, tags().drop(columns="count"), "count", "column_in_dataframe", ""),
    (SplitItems, split_items([[], ["a"]]), "tags", "has_a_tag", "1"),
]


@pytest.mark.parametrize(
    ("model", "frame", "column", "check", "row"),
    BAD,
    ids=[f"{model.__name__} {check}" for model, _, _, check, _ in BAD],
)
def test_a_bad_table_is_caught_and_the_row_named(model, frame, column, check, row) -> None:
    found = find_failures(model, frame, "t")
    ours = found[(found["column"] == column) & (found["check"] == check)]
    assert len(ours), found
    assert ours["id"].iloc[0] == row


def test_an_unknown_decision_is_caught() -> None:
    found = find_failures(Tags, tags(decision=["kept", "perhaps"]), "t")
    assert found["value"].tolist() == ["perhaps"]


def test_labels_of_an_unknown_item_are_caught() -> None:
    related = relations.labels(pd.Series([1]))
    found = find_failures(Labels, labels({1: ["a"], 2: ["a"]}), "t", related)
    assert found[["id", "check"]].to_numpy().tolist() == [["2", "id_is_an_item"]]


@pytest.mark.parametrize(
    ("frame", "check"),
    [
        (labels({1: ["a"], 2: ["a"], 9: ["a"]}), "id_has_annotated_labels"),
        (labels({1: ["a"], 2: ["a", "b"], 3: ["a"]}), "tag_is_kept"),
        (labels({1: ["a"], 2: ["a"]}), "tag_has_its_count"),
    ],
    ids=["id", "tag", "count"],
)
def test_filtered_labels_fit_the_decisions(frame, check) -> None:
    related = relations.filtered_labels(pd.Series([1, 2, 3]), tags())
    assert find_failures(Labels, labels({1: ["a"], 2: ["a"], 3: ["a"]}), "t", related).empty
    assert check in find_failures(Labels, frame, "t", related)["check"].tolist()


@pytest.mark.parametrize(
    ("frame", "check"),
    [
        ({"id": [1, 2], "split": ["train", "train"]}, "covers_every_filtered_item"),
        ({"id": [1, 2, 3, 4], "split": ["train", "train", "test", "test"]}, "id_is_filtered"),
        ({"id": [1, 2, 3], "split": ["train", "train", "tset"]}, "split_is_named"),
        ({"id": [1, 2, 3], "split": ["train", "test", "test"]}, "group_in_one_split"),
    ],
    ids=["missing", "stranger", "name", "group"],
)
def test_splits_cover_every_item_once_and_keep_groups_whole(frame, check) -> None:
    clean = items([1, 2, 3, 4], groups=[1, 1, 3, 4])
    related = relations.assignments(pd.Series([1, 2, 3, 3]), clean, ["train", "test"])
    good = pd.DataFrame({"id": [1, 2, 3], "split": ["train", "train", "test"]})
    assert find_failures(Assignments, good, "t", related).empty
    assert check in find_failures(Assignments, pd.DataFrame(frame), "t", related)["check"].tolist()


def test_a_failure_is_shown_in_short_and_written_in_full() -> None:
    frame = items(dict.fromkeys(range(1, 41), " x"))
    with pytest.raises(TagledgerError) as caught:
        validate(Items, frame, "clean/items")
    text = str(caught.value)
    assert "40 values of clean/items fail its schema" in text
    assert "and 32 more" in text
    assert "no_space_around" in text
    written = pd.read_csv(validation.FAILURES)
    assert len(written) == 40
    assert list(written.columns) == ["table", "id", "column", "check", "value"]


def test_results_name_every_check_with_its_rows() -> None:
    found = results(Tags, tags(count=[-1, 1]), "filtered/tags")
    by_name = {(result.column, result.check): result for result in found}
    bad = by_name["count", "greater_than_or_equal_to(0)"]
    assert (bad.rows, bad.failed, bad.first) == (2, 1, ("a: -1",))
    assert by_name["", "tag_unique_ascending"].failed == 0
    assert by_name["tag", "spelled"].failed == 0
    assert sum(result.failed for result in found) == 1


@pytest.mark.parametrize("model", [Items, Labels, FilteredLabels, Assignments, SplitItems, Tags])
def test_a_check_has_the_same_name_in_every_model_that_inherits_it(model) -> None:
    names = {check.name for check in model.to_schema().checks}
    assert names
    assert not [name for name in names if name.startswith("_")]


@pytest.mark.parametrize(
    ("values", "known"),
    [
        (["a", None, "b", "x"], ["b", "c", "a", "b"]),
        (["a", None], ["b", None]),
        ([], ["a"]),
        (["a"], []),
        ([1, 2], [2, 3]),
        ([1, 2], ["1", "2"]),
    ],
)
def test_what_is_among_others_is_what_pandas_says(values: list, known: list) -> None:
    kinds = [
        "str" if None in one or set(map(type, one)) <= {str} else "int64" for one in (values, known)
    ]
    left, right = (
        pd.Series(one, dtype=kind) for one, kind in zip((values, known), kinds, strict=True)
    )
    left.index = range(7, 7 + len(left))
    parts = pd.concat([right.iloc[:1], right.iloc[1:]], ignore_index=True)
    for others in (right, pd.Index(right), parts):
        pd.testing.assert_series_equal(checks.among(left, others), left.isin(right))
