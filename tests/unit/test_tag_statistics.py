"""What a comparison says of each tag: which tests are made, and what they could have shown."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from tagledger.compare.compare import Comparison, compare
from tagledger.compare.tag_statistics import TagCounts, tag_statistics
from tagledger.labels import indicator
from tagledger.measures import intervals, tag_tests
from tagledger.measures.imbalance import measure
from tagledger.release.gates import DriftLimit, Gates, State, evaluate
from tests.sides import version


def statistics_of(crossed: list[bool] | None = None, **changes: list[int] | int) -> pd.DataFrame:
    """The statistics of tags of which only what a test is about is said."""
    tags = len(next(value for value in changes.values() if isinstance(value, list)))
    none = {name: [0] * tags for name in ("had", "lost", "gained", "left", "came")}
    counts = {"kept": 1000, "removed": 0, "added": 0} | none | changes
    arrays = {
        name: np.array(value) if isinstance(value, list) else value
        for name, value in counts.items()
    }
    return tag_statistics(TagCounts(**arrays), np.array(crossed or [False] * tags))


def test_tags_with_too_few_changes_leave_the_family() -> None:
    """A hundred tags with up to five changes make the test of one with seven no weaker."""
    found = statistics_of(had=[50] * 101, lost=[7] + [n % 6 for n in range(100)])
    p = float(tag_tests.mcnemar(7, 0))
    assert found.loc[0, "q_kept"] == pytest.approx(p)
    assert found.loc[0, "q"] == pytest.approx(p)
    assert found.loc[1:, ["q_kept", "q"]].isna().all(axis=None)
    assert found["untested"].tolist() == ["", *["too_few_changes"] * 100]


def test_six_changes_are_tested_and_five_are_not() -> None:
    found = statistics_of(lost=[6, 5, 3, 3], gained=[0, 0, 3, 2])
    assert found["q_kept"].notna().tolist() == [True, False, True, False]


def test_a_tag_that_crossed_is_not_one_with_too_few_changes() -> None:
    found = statistics_of([True, False], lost=[40, 1])
    assert found["untested"].tolist() == ["crossed", "too_few_changes"]
    assert found["q"].isna().all()


def test_a_tag_on_too_few_added_and_removed_items_leaves_their_family() -> None:
    found = statistics_of(removed=40, added=40, left=[6, *[1] * 60], came=[0, *[1] * 60])
    p = float(tag_tests.two_proportions(6, 40, 0, 40)[0])
    assert found.loc[0, "q_rest"] == pytest.approx(p)
    assert found.loc[1:, "q_rest"].isna().all()


def test_a_tag_of_two_families_has_one_q() -> None:
    found = statistics_of(
        had=[90, 90, 0],
        lost=[30, 12, 0],
        gained=[5, 11, 0],
        removed=100,
        added=100,
        left=[30, 31, 0],
        came=[29, 5, 0],
    )
    both = found.loc[:1, ["q_kept", "q_rest"]]
    assert found.loc[:1, "q"].tolist() == (2 * both.min(axis="columns")).tolist()
    assert found.loc[2, "untested"] == "too_few_changes"


def test_differences_have_their_intervals() -> None:
    found = statistics_of(lost=[9], gained=[1], kept=98, removed=80, added=70, left=[48], came=[56])
    for part, expected in (
        ("kept", intervals.paired_difference([9], [1], 98)),
        ("rest", intervals.independent_difference([48], 80, [56], 70)),
    ):
        names = [f"{name}_{part}" for name in ("difference", "low", "high")]
        assert found.loc[0, names].tolist() == [float(column[0]) for column in expected]


# In a comparison


def compared(before: dict[int, list[str]], after: dict[int, list[str]]) -> Comparison:
    sides = [version(tags_of).side("filtered") for tags_of in (before, after)]
    return compare(*sides, permutations=199)


def test_a_tag_of_a_comparison_says_what_it_could_have_shown() -> None:
    before = {item: ["often", *(["small"] if item < 5 else [])] for item in range(40)}
    after = before | {item: [] for item in range(4)}
    tags = compared(before, after).tags.set_index("tag")
    assert tags.loc["often", "smallest_loss"] == 6
    assert math.isnan(tags.loc["small", "smallest_loss"])
    assert tags.loc["often", "difference_kept"] == -4 / 40
    assert tags.loc["often", "low_kept"] < -4 / 40 < tags.loc["often", "high_kept"]
    assert np.isnan(tags["difference_rest"]).all()


def test_a_tag_counts_only_on_kept_items_for_what_it_could_have_shown() -> None:
    before = {item: ["t"] for item in range(9)} | {item: ["u"] for item in range(20, 40)}
    tags = compared(before, {item: tags for item, tags in before.items() if item > 4}).tags
    assert math.isnan(tags.set_index("tag").loc["t", "smallest_loss"])


def test_a_tag_that_lost_half_of_its_labels_is_beyond_chance() -> None:
    """Among 5,000 labels 30 lost ones are less than two samples differ by, and all go one way."""
    rng = np.random.default_rng(4)
    before = {
        item: [*(["rare"] if item < 60 else []), *{f"t{n}" for n in rng.integers(0, 9, 2)}]
        for item in range(2_500)
    }
    after = before | {item: before[item][1:] for item in range(30)}
    found = compared(before, after).distances
    assert all(distance.beyond_chance for distance in found.values())


def test_versions_without_a_kept_item_are_two_samples() -> None:
    rng = np.random.default_rng(5)
    items = {item: [f"t{n}" for n in {*rng.integers(0, 9, 2)}] for item in range(400)}
    halves = [{i: tags for i, tags in items.items() if i % 2 == part} for part in (0, 1)]
    found = compared(*halves).distances["psi"]
    assert 0 < found.value < found.no_change_95


def test_a_change_without_direction_is_not_beyond_chance() -> None:
    before = {item: ["a" if item % 2 else "b"] for item in range(400)}
    after = before | {item: ["b" if item % 2 else "a"] for item in range(60)}
    assert not any(one.beyond_chance for one in compared(before, after).distances.values())


def test_the_gate_asks_for_a_q_of_both_families() -> None:
    before = {item: ["a" if item < 40 else "b"] for item in range(200)}
    after = before | {item: ["b"] for item in range(8)}
    found = compared(before, after)
    state = State(version(after).tags, measure(indicator(version(after).filtered_labels)), 200, 0)
    q = found.tags.set_index("tag").loc["a", "q"]
    for alpha, holds in ((q * 1.01, False), (q * 0.99, True)):
        limits = Gates(drift=DriftLimit(alpha=alpha, effect=0.05))
        (drift,) = [one for one in evaluate(limits, state, found) if one.name == "drift"]
        assert drift.holds == holds
