"""The views of splits: shares of tags, items that moved, groups."""

from __future__ import annotations

import pandas as pd
import pytest

from tagledger_dashboard.theme import DARK, LIGHT
from tagledger_dashboard.views import quality, splits
from tests import factories

HALVES = {"train": 0.5, "test": 0.5}


def assigned(text: str) -> pd.DataFrame:
    """Items 0, 1, … in the splits named by letters: t train, v val, s test."""
    names = {"t": "train", "v": "val", "s": "test"}
    return pd.DataFrame(
        {"id": range(len(text)), "split": pd.Series([names[one] for one in text], dtype="str")}
    )


def labels_of(*items: str) -> pd.DataFrame:
    return factories.labels({number: list(tags) for number, tags in enumerate(items)})


def test_sizes_stand_beside_their_targets() -> None:
    found = splits.sizes(assigned("ttts"), {"train": 0.5, "val": 0.25, "test": 0.25})
    assert found.values.tolist() == [
        ["train", 3, 0.75, 0.5, 1.0],
        ["val", 0, 0.0, 0.25, -1.0],
        ["test", 1, 0.25, 0.25, 0.0],
    ]
    assert splits.sizes_finding(found).startswith("train 3 (75.0 %, target 50.0 %), val 0 (0.0 %")


def test_targets_are_the_ratios_on_record_or_else_the_sizes() -> None:
    assert splits.targets(assigned("ts"), {"train": 3, "test": 1}) == {"train": 0.75, "test": 0.25}
    assert splits.targets(assigned("ttts"), None) == {"train": 0.75, "test": 0.25}


def test_the_share_of_each_tag_the_worst_first() -> None:
    found = splits.by_tag(labels_of("ab", "a", "ab", "a"), assigned("tsts"), HALVES)
    rows = found[["tag", "items", "split", "has", "wanted", "share", "off", "rows_off"]]
    assert rows.values.tolist() == [
        ["b", 2, "train", 2, 1.0, 1.0, 0.5, 1.0],
        ["b", 2, "test", 0, 1.0, 0.0, -0.5, -1.0],
        ["a", 4, "train", 2, 2.0, 0.5, 0.0, 0.0],
        ["a", 4, "test", 2, 2.0, 0.5, 0.0, 0.0],
    ]
    assert found["worst"].tolist() == [0.5, 0.5, 0.0, 0.0]


def test_the_tag_furthest_from_its_target_is_the_title() -> None:
    found = splits.by_tag(labels_of("ab", "a", "ab", "a"), assigned("tsts"), HALVES)
    made = splits.shares(found, LIGHT)
    assert made.title == (
        "b is furthest from its target: 100.0 % of its items are in train, not 50.0 %; 1 tag is "
        "an item or more from the target"
    )
    assert made.data is not None
    assert made.data["text"].tolist()[:2] == ["100.0 %  +50.0", "0.0 %  \u221250.0"]


def test_shares_within_an_item_are_said() -> None:
    found = splits.by_tag(labels_of("a", "a", "a"), assigned("tts"), HALVES)
    assert splits.shares(found, DARK).title == (
        "Every split has its share of every tag, give or take one item"
    )


def test_many_tags_are_cut_to_the_worst() -> None:
    tags = [chr(0x4E00 + number) for number in range(60)]
    labels = labels_of("".join(tags), "".join(tags[30:]))
    found = splits.by_tag(labels, assigned("ts"), HALVES)
    made = splits.shares(found, LIGHT)
    assert made.data is not None
    assert made.data["tag"].drop_duplicates().tolist() == tags[: splits.ROWS]
    assert made.note.startswith("the 25 tags with the largest gap, of 60; ")


def test_a_version_without_a_split_is_said() -> None:
    found = splits.by_tag(labels_of("a").head(0), assigned(""), {})
    assert splits.shares(found, LIGHT).chart is None
    assert splits.wide(found).empty


def test_the_table_has_one_row_per_tag() -> None:
    found = splits.wide(splits.by_tag(labels_of("ab", "a"), assigned("ts"), HALVES))
    assert found.to_dict("records") == [
        {
            "tag": tag,
            "items": items,
            "train: items": 1,
            "train: share": share,
            "test: items": items - 1,
            "test: share": 1 - share,
            "worst": share - 0.5,
        }
        for tag, items, share in (("b", 1, 1.0), ("a", 2, 0.5))
    ]


def test_items_that_moved_those_from_train_to_test_first() -> None:
    items = factories.items({0: "nought", 1: "one", 2: "two", 3: "three"})
    found = splits.moved(assigned("vtts"), assigned("stst"), items)
    assert found.values.tolist() == [
        [2, "two", "train", "test"],
        [3, "three", "test", "train"],
        [0, "nought", "val", "test"],
    ]
    made = splits.flows(found, 4, "v1", ["train", "val", "test"], LIGHT)
    assert made.title == "3 items of 4 moved to another split, 1 of them from train to test"
    assert "scores" in made.note


def test_an_item_of_one_version_only_did_not_move() -> None:
    items = factories.items([0, 1, 2])
    assert splits.moved(assigned("tt"), assigned("tts"), items).empty


def test_moves_that_leak_nothing_are_said() -> None:
    found = splits.moved(assigned("st"), assigned("tt"), factories.items([0, 1]))
    made = splits.flows(found, 2, "v1", ["train", "test"], LIGHT)
    assert made.title == "1 item of 2 moved to another split, none from train to test"
    assert made.note == ""


@pytest.mark.parametrize(
    ("kept", "title"),
    [
        (2, "No item moved: all 2 have the split that they had in v1"),
        (0, "No item of this version has a split in v1"),
    ],
)
def test_no_move_is_said(kept: int, title: str) -> None:
    nothing = splits.moved(assigned("ts"), assigned("ts"), factories.items([0, 1]))
    assert splits.flows(nothing, kept, "v1", ["train"], LIGHT).title == title


def test_groups_in_several_splits_are_found() -> None:
    items = factories.items([0, 1, 2, 3, 4], groups=[0, 0, 2, 2, 4])
    labels = labels_of("a", "a", "a", "a", "a")
    groups = quality.groups(items, labels, assigned("tsttt"))
    separated = splits.separated(groups)
    assert separated["group"].tolist() == [0]
    assert splits.groups_finding(groups, separated) == (
        "4 items are in 2 groups of nearly the same text; 1 group is in several splits"
    )
    whole = groups[groups["group"] != 0]
    assert splits.groups_finding(whole, splits.separated(whole)).endswith(
        "each group is in one split, so the test split has no copy of a training item"
    )
    unsplit = groups.assign(splits=pd.Series([float("nan")] * len(groups)))
    assert splits.separated(unsplit).empty
    assert splits.separated(unsplit.head(0)).empty
    assert splits.groups_finding(groups.head(0), separated.head(0)) == (
        "No two items have nearly the same text"
    )
