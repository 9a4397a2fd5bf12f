"""The views of imbalance: IRLbl, SCUMBLE, labelsets, tags that stand together, what to collect."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from tagledger.compare.compare import compare
from tagledger.labels import Indicator, indicator
from tagledger.measures.collecting import plan_for_count, plan_for_ir
from tagledger_dashboard.theme import DARK, LIGHT
from tagledger_dashboard.views import collect, cooccurrence, figure, imbalance
from tests import factories, sides


def matrix_of(*items: str) -> Indicator:
    """Items with their tags, a character each; an empty text is an item without labels."""
    labels = factories.labels({number: list(tags) for number, tags in enumerate(items)})
    return indicator(labels, ids=np.arange(len(items)))


def compared(before: str, after: str) -> Any:
    """Two versions; items are separated by spaces, tags are characters."""

    def side(text: str, name: str) -> Any:
        tags_of = {number: list(tags) for number, tags in enumerate(text.split())}
        return sides.version(tags_of, name).side("filtered")

    return compare(side(before, "v1"), side(after, "v2"), permutations=1)


def test_irlbl_by_tag_of_both_versions() -> None:
    found = imbalance.by_tag(compared("a ab", "a ab a ac"))
    assert found.drop(columns="irlbl_before").values.tolist() == [
        ["b", 1, 4.0, 1],
        ["c", 1, 4.0, 0],
        ["a", 4, 1.0, 2],
    ]
    assert found["irlbl_before"].tolist() == pytest.approx([2.0, np.nan, 1.0], nan_ok=True)


def test_a_tag_that_is_gone_has_no_irlbl() -> None:
    assert imbalance.by_tag(compared("a ab", "a a"))["tag"].tolist() == ["a"]


def test_the_rarest_tags_are_drawn_with_meanir() -> None:
    made = imbalance.irlbl(compared("a ab", "a ab a ac"), LIGHT)
    assert (
        made.title
        == "2 of 3 tags lie above MeanIR; the most used tag has 4.0 times as many items as b"
    )
    assert made.note == "dashed: MeanIR, 3.00; short line: v1"
    assert made.data is not None
    assert made.data["tag"].tolist() == ["b", "c", "a"]


def test_many_tags_are_cut_to_the_rarest() -> None:
    tags = [chr(0x4E00 + number) for number in range(70)]
    items = " ".join("".join(tags[: number + 1]) for number in range(70))
    made = imbalance.irlbl(compared(items, items), LIGHT)
    assert made.data is not None
    assert made.data["tag"].tolist() == tags[::-1][: imbalance.BARS]
    assert "the 50 rarest of 70 tags" in made.note


def test_equally_frequent_tags_are_said() -> None:
    made = imbalance.irlbl(compared("a", "ab ab"), LIGHT)
    assert made.title == "All tags are used equally often, on 2 items"


def test_labels_per_item_are_shares_of_each_version() -> None:
    made = imbalance.labels_per_item(
        matrix_of("a", "ab"), matrix_of("a", "a", "ab", "abc"), ["v1", "v2"], LIGHT
    )
    assert made.data is not None
    shares = made.data.set_index(["version", "labels"])["share"].to_dict()
    assert shares == {
        ("v1", "1"): 0.5,
        ("v1", "2"): 0.5,
        ("v2", "1"): 0.5,
        ("v2", "2"): 0.25,
        ("v2", "3"): 0.25,
    }
    assert made.title == "50 % of the items have 1 label or fewer; the mean is 1.75"


def test_items_without_labels_count_and_many_labels_share_a_bar() -> None:
    made = imbalance.labels_per_item(
        matrix_of("a"), matrix_of("", "abcdefghijklmn", "abcdefghijkl"), ["v2"], LIGHT
    )
    assert made.data is not None
    shown = made.data[made.data["items"] > 0]
    assert dict(zip(shown["labels"], shown["items"], strict=True)) == {"0": 1, "12+": 2}
    assert set(made.data["version"]) == {"v2"}


def test_labelsets_by_how_many_items_have_them() -> None:
    made = imbalance.labelset_sizes(
        matrix_of("a", "a"), matrix_of("ab", "ab", "ab", "ab", "c", "d"), ["v1", "v2"], LIGHT
    )
    assert made.data is not None
    shown = made.data[made.data["labelsets"] > 0]
    assert shown[["version", "items", "labelsets"]].values.tolist() == [
        ["v1", "2", 1],
        ["v2", "1", 2],
        ["v2", "3\u20135", 1],
    ]
    assert shown["share"].tolist() == pytest.approx([1.0, 1 / 3, 2 / 3])
    assert made.title == (
        "67 % of 3 labelsets are on one item only; the most frequent labelset is a and b, "
        "on 4 items"
    )


def test_the_empty_labelset_is_named() -> None:
    made = imbalance.labelset_sizes(matrix_of("a"), matrix_of("", "", "a"), ["v2"], LIGHT)
    assert made.title.endswith("the most frequent labelset is the empty one, on 2 items")


def test_scumble_by_tag_puts_the_most_entangled_first() -> None:
    made = imbalance.scumble(matrix_of("a", "a", "a", "ab", "c", "c"), 0.1, DARK)
    assert made.data is not None
    assert made.data["tag"].tolist() == ["b", "a", "c"]
    # One of its items has the other tag: 1 - sqrt(1 x 4) / 2.5, and a quarter of it.
    assert made.data["scumble"].tolist() == pytest.approx([0.2, 0.05, 0.0])
    assert made.title == (
        "b shares items with tags of another frequency most often: SCUMBLE 0.200; the mean of all "
        "items is 0.100"
    )


def test_tags_that_are_never_beside_others_are_said() -> None:
    made = imbalance.scumble(matrix_of("a", "b"), 0.0, LIGHT)
    assert made.title == "No item has tags of different frequencies"


@pytest.mark.parametrize("figure_of", [imbalance.labels_per_item, imbalance.labelset_sizes])
def test_a_layer_without_items_is_said(figure_of: Any) -> None:
    empty = indicator(factories.labels({}))
    made = figure_of(empty, empty, ["v1", "v2"], LIGHT)
    assert made.chart is None
    assert made.title == "v2 has no items in this layer"


# Tags that stand together


def test_pairs_are_counted_and_shared_by_the_row() -> None:
    found = cooccurrence.frame(matrix_of("ab", "ab", "a", "b", "b", "c"), 3)
    pairs = found.set_index(["tag", "beside"])
    assert len(found) == 6
    assert pairs.loc[("a", "b"), "items"] == 2
    assert pairs.loc[("a", "b"), "share"] == pytest.approx(2 / 3)
    assert pairs.loc[("b", "a"), "share"] == pytest.approx(2 / 4)
    assert pairs.loc[("c", "a"), "items"] == 0


def test_more_than_a_hundred_items_with_both_are_counted() -> None:
    assert cooccurrence.frame(matrix_of(*["ab"] * 300), 2)["items"].tolist() == [300, 300]


def test_tags_that_stand_together_are_neighbours() -> None:
    items = ["ad"] * 5 + ["be"] * 5 + ["cf"] * 5 + ["ab"]
    found = list(dict.fromkeys(cooccurrence.frame(matrix_of(*items), 6)["tag"]))
    for one, other in ("ad", "be", "cf"):
        assert abs(found.index(one) - found.index(other)) == 1


def test_only_the_most_frequent_tags_are_shown() -> None:
    found = cooccurrence.frame(matrix_of("abc", "ab", "a"), 2)
    assert set(found["tag"]) == {"a", "b"}


def test_the_largest_heat_map_is_within_the_limit_of_marks() -> None:
    tags = "".join(chr(0x4E00 + number) for number in range(100))
    made = cooccurrence.heat_map(matrix_of(tags, tags[:60]), 100, LIGHT)
    assert made.data is not None
    assert len(made.data) == 60 * 59 <= figure.MAX_MARKS
    assert made.chart is not None


def test_the_strongest_bond_is_the_title() -> None:
    made = cooccurrence.heat_map(matrix_of("ab", "a", "a", "b"), 5, DARK)
    assert made.title == "50 % of the items with b have a too, the largest share of all pairs"


@pytest.mark.parametrize("items", [("a", "b"), ("a",), ()])
def test_tags_that_never_meet_are_said(items: tuple[str, ...]) -> None:
    made = cooccurrence.heat_map(matrix_of(*items), 5, LIGHT)
    assert made.chart is None
    assert made.title == "No item has two tags"


# What to collect


def several(text: str) -> Indicator:
    """Items separated by spaces, tags are characters; `3ab` is three items of a and b."""
    words = [re.fullmatch(r"(\d*)(\D+)", word) for word in text.split()]
    return matrix_of(*(one[2] for one in words if one for _ in range(int(one[1] or 1))))


GOAL = "6 items or more"


def test_the_table_says_what_each_tag_has_lacks_and_gets_along() -> None:
    found = collect.frame(plan_for_count(several("10a 2bc 2b"), 6))
    assert found[["tag", "items", "wanted", "collect", "along", "after"]].values.tolist() == [
        ["c", 2, 6, 4, 0.0, 6.0],
        ["b", 4, 6, 0, 4.0, 8.0],
    ]


def test_bars_have_what_a_tag_has_first_and_what_is_to_be_collected_last() -> None:
    chart = collect.figure(plan_for_count(several("10a 2bc 2b"), 6), GOAL, LIGHT).chart
    assert chart is not None
    bars = chart.to_dict()["layer"][0]
    assert bars["encoding"]["order"]["field"] in {one["as"] for one in bars["transform"]}


def test_the_title_says_what_is_collected_and_what_comes_along() -> None:
    made = collect.figure(plan_for_count(several("10a 2bc 2b"), 6), GOAL, LIGHT)
    assert made.title == (
        "4 new items, for 1 tag, give every tag 6 items or more; 1 scarce tag gets enough along"
    )
    assert made.data is not None
    parts = made.data.pivot_table(index="tag", columns="part", values="count")
    assert parts.loc["b"].to_dict() == {"has": 4, "comes along": 4, "to collect": 0}


def test_the_title_says_that_the_bar_rises() -> None:
    plan = plan_for_ir(several("38a 2ab 2b"), 4.0)
    made = collect.figure(plan, "an IRLbl of 4.0 or less", LIGHT)
    assert made.title.startswith("7 new items, for 1 tag, give every tag an IRLbl of 4.0 or less. ")
    assert made.title.endswith(
        "the most used tag grows from 40 to 44 items, which raises the bar from 10 to 11 items a "
        "tag"
    )


def test_a_goal_out_of_reach_is_said() -> None:
    made = collect.figure(plan_for_ir(several("9a ab ac"), 1.0), "an IRLbl of 1.0 or less", LIGHT)
    assert made.chart is None
    assert made.title.startswith("No number of items gives every tag an IRLbl of 1.0 or less")


def test_no_scarce_tag_is_said() -> None:
    made = collect.figure(plan_for_count(several("6ab"), 6), GOAL, LIGHT)
    assert made.title == "Every tag has 6 items or more: none is scarce"


def test_only_the_first_bars_are_drawn() -> None:
    labels = factories.labels({number: [f"t{number:03d}"] for number in range(99)})
    made = collect.figure(plan_for_count(indicator(labels), 2), "2 items or more", LIGHT)
    assert made.data is not None
    assert made.data["tag"].nunique() == collect.BARS
    assert "the first 30 of 99 tags" in made.note
