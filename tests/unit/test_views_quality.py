"""Quality: rows set aside, groups of the same text, and earlier tables by today's schemas."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from tagledger.params import FilterParams
from tagledger.stages.filter import filter_labels
from tagledger_dashboard.theme import LIGHT
from tagledger_dashboard.views import quality
from tagledger_dashboard.views.recheck import recheck
from tests.factories import disputes, items, labels, rejected, tag_changes, taxonomy, verdicts


def aside(*reasons: str) -> pd.DataFrame:
    return pd.DataFrame({"reason": pd.Series(reasons, dtype="str")})


def test_reasons_are_counted_beside_the_version_before() -> None:
    figure = quality.set_aside(aside("x"), aside("y", "y", "x"), 1000, LIGHT)
    assert figure.title == "3 rows were set aside, 0.30 % of the source; 1 before"
    assert figure.data is not None
    assert figure.data.set_index("reason").to_dict("index") == {
        "x": {"before": 1, "rows": 1},
        "y": {"before": 0, "rows": 2},
    }


def test_a_source_without_faults_is_said() -> None:
    assert quality.set_aside(aside(), aside(), 10, LIGHT).chart is None


def test_a_record_is_laid_out_for_reading() -> None:
    assert quality.record('{"id":1,"tags":["a"]}') == json.dumps({"id": 1, "tags": ["a"]}, indent=2)


def test_groups_say_whether_their_labels_disagree() -> None:
    of = items({1: "one", 2: "one", 3: "three", 4: "four", 5: "four"}, groups=[1, 1, 3, 4, 4])
    tags = labels({1: ["a"], 2: ["a", "b"], 4: ["c"], 5: ["c"]})
    split = pd.DataFrame({"id": [1, 2, 4], "split": ["train", "test", "val"]})
    found = quality.groups(of, tags, split).set_index("group")
    assert list(found.index) == [1, 4]
    assert found.loc[1, ["size", "tags_differ", "splits"]].tolist() == [2, True, "test, train"]
    assert found.loc[4, ["size", "tags_differ", "splits"]].tolist() == [2, False, "val"]
    assert found.loc[1, "ids"] == [1, 2]


def test_an_item_without_labels_disagrees_with_one_that_has_some() -> None:
    of = items({1: "one", 2: "one"}, groups=[1, 1])
    found = quality.groups(of, labels({1: ["a"]}), pd.DataFrame())
    assert found["tags_differ"].tolist() == [True]


def test_groups_say_how_unlike_their_items_are() -> None:
    of = items({1: "a b c", 2: "a b d", 3: "x y", 4: "X, y!", 5: "z"}, groups=[1, 1, 3, 3, 5])
    found = quality.groups(of, labels({1: ["a"]}), pd.DataFrame()).set_index("group")
    # a, b, "a b" of these and c, "b c", d, "b d"; equal texts; an item alone is no group.
    assert found["least"].to_dict() == {1: pytest.approx(3 / 7), 3: 1.0}


def test_a_chained_group_is_named() -> None:
    of = items({1: "a b c", 2: "a b d"}, groups=[1, 1])
    found = quality.groups(of, labels({1: ["a"], 2: ["a"]}), pd.DataFrame())
    assert "43 %" in quality.groups_finding(found, 2)
    assert "clean.near_duplicate_chain" in quality.groups_finding(found, 2)


def test_groups_are_summed_up() -> None:
    of = items({1: "one", 2: "one", 3: "three"}, groups=[1, 1, 3])
    found = quality.groups(of, labels({1: ["a"], 3: ["a"]}), pd.DataFrame())
    assert quality.groups_finding(found, 3) == (
        "2 items (66.7 %) are in 1 group of nearly the same text; the largest group has 2 "
        "items; in 1 group the labels differ"
    )
    assert quality.groups_finding(found.iloc[:0], 3).startswith("No two items")


def test_members_of_a_group_have_their_tags() -> None:
    of = items({1: "one", 2: "one", 3: "three"}, groups=[1, 1, 3])
    found = quality.members(1, of, labels({1: ["b", "a"], 3: ["c"]}))
    assert found["tags"].tolist() == [["a", "b"], []]


# Earlier tables by today's schemas


def tables_of(changed: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    of = items({1: "one", 2: "two"})
    tags = labels({1: ["a"], 2: ["a", "b"]})
    filtered = filter_labels(tags, taxonomy(["a", "b"]), FilterParams(min_tag_count=1))
    made = {
        "clean/items": of,
        "clean/labels": tags,
        "clean/taxonomy": taxonomy(["a", "b"]),
        "clean/quarantine": pd.DataFrame(
            {
                "file": pd.Series([], dtype="str"),
                "row": pd.Series([], dtype="int64"),
                "id": pd.Series([], dtype="str"),
                "reason": pd.Series([], dtype="str"),
                "record": pd.Series([], dtype="str"),
            }
        ),
        "annotated/labels": tags,
        "annotated/taxonomy": taxonomy(["a", "b"]),
        "annotated/verdicts": verdicts({}),
        "annotated/disputes": disputes({}),
        "annotated/rejected": rejected(0),
        "annotated/tag_changes": tag_changes({}),
        "filtered/labels": filtered.labels,
        "filtered/tags": filtered.tags,
        "splits/assignments": pd.DataFrame(
            {"id": [1, 2], "split": pd.Series(["train", "test"], dtype="str")}
        ),
    }
    return made | changed


def test_sound_tables_pass() -> None:
    found = recheck(tables_of({}))
    assert found.failures.empty
    assert len(found.checks) > 20
    assert not any(check.failed for check in found.checks)


def test_a_version_from_before_people_annotated_has_no_such_tables() -> None:
    found = recheck({name: df for name, df in tables_of({}).items() if "annotated" not in name})
    assert found.failures.empty
    assert "filtered/labels" in {check.table for check in found.checks}


def test_verdicts_are_checked_against_the_items() -> None:
    of_another = verdicts({(9, "a"): (True, "labelled", "ann")})
    found = recheck(tables_of({"annotated/verdicts": of_another}))
    assert found.failures["check"].tolist() == ["id_is_an_item"]


def test_every_value_that_fails_is_named() -> None:
    bad = items({1: "one", 2: " two"})
    found = recheck(tables_of({"clean/items": bad}))
    assert found.failures[["table", "id", "column", "value"]].to_dict("records") == [
        {"table": "clean/items", "id": "2", "column": "title", "value": " two"}
    ]


def test_labels_are_checked_against_the_items() -> None:
    found = recheck(tables_of({"clean/items": items({1: "one"})}))
    assert "id_is_an_item" in set(found.failures["check"])


def test_a_table_from_before_a_column_was_there_fails_without_an_error() -> None:
    old = items({1: "one", 2: "two"}).drop(columns=["created_on", "group"])
    found = recheck(tables_of({"clean/items": old}))
    assert {"created_on", "group"} <= set(found.failures["column"])
