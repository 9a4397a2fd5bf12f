"""Renames, merges and splits of tags: found as one line, and none made up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagledger.compare.evidence import Names, alike
from tagledger.compare.renames import Flow, Rename, find_renames
from tagledger.labels import indicator
from tests.factories import labels, taxonomy

TagsOf = Mapping[int, Sequence[str]]


def found(before: TagsOf, after: TagsOf, names: Names | None = None) -> list[Rename]:
    """What happened to the tags of the same items."""
    assert before.keys() == after.keys()
    ids = sorted(before)
    tags = sorted({tag for tags_of in (before, after) for each in tags_of.values() for tag in each})
    a, b = (indicator(labels(tags_of), ids=ids, tags=tags).matrix for tags_of in (before, after))
    return find_renames(a, b, tags, names)


def swapped(renames: Sequence[Rename]) -> set[Rename]:
    other = {"merge": "split", "split": "merge"}
    return {
        Rename(other.get(one.kind, one.kind), one.after, one.before, one.items, one.overlap)
        for one in renames
    }


def check(before: TagsOf, after: TagsOf, *expected: Rename, names: Names | None = None) -> None:
    assert found(before, after, names) == list(expected)
    assert set(found(after, before, names and names.swapped())) == swapped(expected)


def spread(**ranges: range) -> dict[int, list[str]]:
    """{item: tags} of items 1 to 100, from the items of each tag."""
    return {item: [tag for tag, items in ranges.items() if item in items] for item in range(1, 101)}


def test_nothing_changed() -> None:
    check(spread(a=range(1, 50)), spread(a=range(1, 50)))


def test_a_rename_of_300_labels_is_one_line() -> None:
    before = {item: ["x", "old"] for item in range(300)}
    after = {item: ["x", "new"] for item in range(300)}
    check(before, after, Rename("rename", ("old",), ("new",), 300, 1.0))


def test_a_rename_with_stragglers_before_and_after_is_still_one() -> None:
    before = spread(old=range(1, 40), new=range(60, 62))
    after = spread(old=range(1, 3), new=range(3, 62))
    check(before, after, Rename("rename", ("old",), ("new",), 37, 37 / 57))


def test_an_alias_goes_into_its_tag() -> None:
    before = spread(ner=range(1, 20), tag=range(16, 60))
    after = spread(tag=range(1, 60))
    check(before, after, Rename("merge", ("ner",), ("tag",), 19, 1.0))


def test_three_of_fifteen_items_are_no_merge_where_the_others_had_the_tag_already() -> None:
    before = spread(old=range(1, 16), tag=range(4, 60))
    after = spread(tag=range(1, 60))
    check(before, after)


def test_half_of_the_items_that_lost_a_tag_are_needed() -> None:
    after = spread(tag=range(1, 60))
    check(spread(old=range(1, 21), tag=range(10, 60)), after)
    check(
        spread(old=range(1, 21), tag=range(11, 60)),
        after,
        Rename("merge", ("old",), ("tag",), 20, 1.0),
    )


def test_the_few_items_that_a_rename_leaves_over_are_no_change_of_their_own() -> None:
    before = spread(old=range(1, 101), other=range(30, 90))
    after = spread(new=range(1, 93), other=[*range(11), *range(30, 90), *range(93, 98)])
    check(before, after, Rename("rename", ("old",), ("new",), 92, 0.92))


def test_an_alias_goes_into_a_tag_that_many_other_items_gained_too() -> None:
    before = spread(ner=range(1, 10), tag=range(10, 30))
    after = spread(tag=range(1, 100))
    check(before, after, Rename("merge", ("ner",), ("tag",), 9, 9 / 79))


def test_an_alias_that_always_stood_beside_its_tag_has_only_gone() -> None:
    check(spread(ner=range(1, 20), tag=range(1, 60)), spread(tag=range(1, 60)))


def test_several_tags_become_one_new_one() -> None:
    before = spread(a=range(1, 21), b=range(15, 41), c=range(41, 61))
    after = spread(all=range(1, 61))
    check(before, after, Rename("merge", ("a", "b", "c"), ("all",), 60, 1.0))


def test_a_tag_splits_in_two_of_which_an_item_may_have_both() -> None:
    before = spread(old=range(1, 61))
    after = spread(x=range(1, 45), y=range(40, 61))
    check(before, after, Rename("split", ("old",), ("x", "y"), 60, 1.0))


def test_a_part_of_a_tag_that_stays_becomes_a_new_one() -> None:
    check(
        spread(wide=range(1, 61)),
        spread(wide=range(21, 61), narrow=range(1, 21)),
        Rename("split", ("wide",), ("narrow",), 20, 1.0),
    )


def test_a_tag_goes_over_to_two_that_were_there() -> None:
    before = spread(old=range(1, 61), x=range(61, 91), y=range(70, 101))
    after = spread(x=[*range(1, 41), *range(61, 91)], y=[*range(41, 61), *range(70, 101)])
    check(before, after, Rename("split", ("old",), ("x", "y"), 60, 1.0))


def test_two_tags_are_regrouped_into_two_others() -> None:
    before = spread(a=range(1, 31), b=range(31, 61))
    after = spread(x=[*range(1, 21), *range(31, 41)], y=[*range(21, 31), *range(41, 61)])
    check(before, after, Rename("regroup", ("a", "b"), ("x", "y"), 60, 1.0))


def test_two_renames_of_tags_that_often_stand_together_are_two() -> None:
    before = spread(a=range(1, 51), b=range(11, 51))
    after = spread(x=range(1, 51), y=range(11, 51))
    check(
        before,
        after,
        Rename("rename", ("a",), ("x",), 50, 1.0),
        Rename("rename", ("b",), ("y",), 40, 1.0),
    )


def test_a_rename_and_a_new_tag_on_most_of_its_items_are_no_split() -> None:
    before = spread(old=range(1, 31))
    after = spread(new=range(1, 31), fashion=range(11, 101))
    check(before, after, Rename("rename", ("old",), ("new",), 30, 1.0))


def test_a_tag_that_is_deleted_and_one_that_is_added_elsewhere_are_no_rename() -> None:
    check(spread(old=range(1, 31)), spread(new=range(31, 61)))


def test_a_deleted_tag_is_no_rename_to_a_common_tag_that_some_of_its_items_gained() -> None:
    before = spread(old=range(1, 31), common=range(11, 101))
    after = spread(common=range(7, 101))
    check(before, after)


# A merge into a tag that was there needs a witness.

DOGS = spread(dog=range(1, 81), cat=range(81, 101))
CATS = spread(cat=range(1, 101))
MERGE = Rename("merge", ("dog",), ("cat",), 80, 1.0)


@pytest.mark.parametrize(
    ("entries_a", "entries_b", "is_merge"),
    [
        ({}, {}, False),
        ({"dog": {}, "cat": {}}, {"dog": {}, "cat": {}}, False),
        ({"dog": {}, "cat": {}}, {}, False),
        ({"cat": {}}, {"cat": {}}, False),
        ({"dog": {}, "cat": {}}, {"cat": {}}, True),
        ({}, {"cat": {"aliases": ["dog"]}}, True),
        ({"cat": {"aliases": ["dog"]}}, {}, True),
    ],
    ids=[
        "no taxonomy",
        "both stay",
        "B has no taxonomy",
        "never known",
        "the old tag left",
        "it became an alias",
        "it was an alias",
    ],
)
def test_whoever_relabels_a_hundred_dogs_as_cats_has_renamed_no_tag(
    entries_a: Any, entries_b: Any, is_merge: bool
) -> None:
    names = Names.of(taxonomy(entries_a), taxonomy(entries_b))
    check(DOGS, CATS, *[MERGE] * is_merge, names=names)


def test_names_that_are_alike_are_a_witness() -> None:
    none = Names.of(taxonomy({}), taxonomy({}))
    before = spread(tests=range(1, 41), testing=range(41, 61))
    check(
        before,
        spread(testing=range(1, 61)),
        Rename("merge", ("tests",), ("testing",), 40, 1.0),
        names=none,
    )


def test_a_tag_that_no_item_had_needs_no_witness() -> None:
    both = taxonomy({"dog": {}, "cat": {}})
    check(
        spread(dog=range(1, 81)),
        spread(cat=range(1, 81)),
        Rename("rename", ("dog",), ("cat",), 80, 1.0),
        names=Names.of(both, both),
    )


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("unit-tests", "testing", True),
        ("recommender-systems", "recommendation-systems", True),
        ("cv", "computer-vision", True),
        ("Cats", "cat", True),
        ("bert", "transformers", False),
        ("transfer-learning", "transformers", False),
        ("cat", "catalogue", False),
        ("production", "mlops", False),
        ("!", "?", False),
    ],
)
def test_names_are_alike_word_by_word(one: str, other: str, expected: bool) -> None:
    assert alike(one, other) == alike(other, one) == expected


# How many items went where.


def test_each_source_of_a_merge_has_its_own_number_of_items() -> None:
    before = spread(production=range(1, 52), unit=range(60, 75))
    (merge,) = found(before, spread(new=[*range(1, 52), *range(61, 75)]))
    assert (merge.before, merge.items) == (("production", "unit"), 65)
    assert merge.flows == (Flow("production", "new", 51), Flow("unit", "new", 14))


def test_an_item_that_had_the_new_tag_already_went_over_too() -> None:
    before = spread(ner=range(1, 20), tag=range(16, 60))
    (merge,) = found(before, spread(tag=range(1, 60)))
    assert merge.flows == (Flow("ner", "tag", 19),)


def test_tags_swap_their_names() -> None:
    check(
        spread(a=range(1, 31), b=range(31, 51)),
        spread(b=range(1, 31), a=range(31, 51)),
        Rename("rename", ("a",), ("b",), 30, 1.0),
        Rename("rename", ("b",), ("a",), 20, 1.0),
    )


def test_a_name_passes_to_another_tag_as_that_one_is_renamed() -> None:
    before = spread(a=range(1, 31), b=range(31, 34))
    after = spread(b=range(1, 31), c=range(31, 34))
    check(
        before,
        after,
        Rename("rename", ("a",), ("b",), 30, 1.0),
        Rename("rename", ("b",), ("c",), 3, 1.0),
    )


@pytest.mark.parametrize("items", [1, 2])
def test_one_or_two_corrected_items_are_no_rename(items: int) -> None:
    check(spread(rare=range(items)), spread(other=range(items)))


@pytest.mark.parametrize("seed", range(5))
def test_a_trickle_of_corrections_is_no_rename(seed: int) -> None:
    random = np.random.default_rng(seed)
    tags = [f"t{number:02d}" for number in range(30)]
    weight = 1 / np.arange(1, 31)
    before, after = {}, {}
    for item in range(1_000):
        has = set(random.choice(tags, random.integers(1, 6), p=weight / weight.sum()))
        before[item] = sorted(has)
        if random.random() < 0.1:
            has ^= set(random.choice(tags, 2))
        after[item] = sorted(has)
    check(before, after)


@given(
    st.dictionaries(
        st.integers(1, 12),
        st.tuples(st.sets(st.sampled_from("abcd")), st.sets(st.sampled_from("abxy"))),
        min_size=3,
    )
)
def test_swapping_the_versions_swaps_what_became_what(items) -> None:
    before = {item: sorted(tags) for item, (tags, _) in items.items()}
    after = {item: sorted(tags) for item, (_, tags) in items.items()}
    renames = found(before, after)
    back = found(after, before)
    assert set(back) == swapped(renames)
    flows = {(each.before, each.after, each.items) for one in renames for each in one.flows}
    assert flows == {(each.after, each.before, each.items) for one in back for each in one.flows}
    for one in renames:
        assert {each.before for each in one.flows} == set(one.before)
        assert {each.after for each in one.flows} == set(one.after)
        changed = [
            item
            for item, (old, new) in items.items()
            if (set(one.before) & (old - new) and set(one.after) & new)
            or (set(one.after) & (new - old) and set(one.before) & old)
        ]
        assert one.items == len(changed) >= 3
        assert 0 < one.overlap <= 1
