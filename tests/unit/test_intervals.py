"""The intervals of a change of presence: how often they hold the truth, and what can show."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagledger.measures import correction, intervals, tag_tests

# --- coverage -----------------------------------------------------------------------------------


def paired_coverage(items: int, changes: int, losses: float, samples: int, seed: int) -> float:
    """How often the interval has the true difference, with `changes` of `items` expected."""
    chance = changes / items
    cells = [chance * losses, chance * (1 - losses), 1 - chance]
    lost, gained, _ = np.random.default_rng(seed).multinomial(items, cells, size=samples).T
    found = intervals.paired_difference(lost, gained, items)
    truth = chance * (1 - 2 * losses)
    return float(((found.low <= truth) & (truth <= found.high)).mean())


def independent_coverage(n_a: int, n_b: int, p: float, q: float, samples: int) -> float:
    rng = np.random.default_rng(11)
    found = intervals.independent_difference(
        rng.binomial(n_a, p, samples), n_a, rng.binomial(n_b, q, samples), n_b
    )
    return float(((found.low <= q - p) & (q - p <= found.high)).mean())


@pytest.mark.parametrize("losses", [0.5, 0.8, 1.0])
def test_the_paired_interval_covers_the_truth_with_0_to_20_changes(losses: float) -> None:
    covered = [paired_coverage(300, changes, losses, 2_000, changes) for changes in range(21)]
    assert min(covered) > 0.925
    assert np.mean(covered) > 0.95
    # One that always covers would be of no use.
    assert np.mean(covered) < 0.99


@pytest.mark.long
@pytest.mark.parametrize("items", [30, 200, 2_000, 100_000])
@pytest.mark.parametrize("losses", [0.0, 0.2, 0.5, 0.8, 1.0])
def test_the_paired_interval_covers_the_truth_at_any_size(items: int, losses: float) -> None:
    covered = [paired_coverage(items, changes, losses, 40_000, changes) for changes in range(21)]
    assert min(covered) > 0.93
    assert 0.955 < np.mean(covered) < 0.985


@pytest.mark.parametrize(
    ("n_a", "n_b", "p", "q"),
    [(30, 30, 0.1, 0.1), (40, 200, 0.05, 0.2), (500, 80, 0.5, 0.3), (25, 25, 0.02, 0.02)],
)
def test_the_interval_of_two_shares_covers_the_truth(
    n_a: int, n_b: int, p: float, q: float
) -> None:
    assert independent_coverage(n_a, n_b, p, q, 4_000) > 0.935


# --- by hand ------------------------------------------------------------------------------------


def test_newcombes_example_of_two_shares() -> None:
    # Newcombe (1998), table II (a), method 10: 56 of 70 less 48 of 80 is 0.2, 0.0524 to 0.3339.
    found = intervals.independent_difference([48], 80, [56], 70)
    assert found.value == pytest.approx([0.2])
    assert found.low == pytest.approx([0.0524], abs=5e-5)
    assert found.high == pytest.approx([0.3339], abs=5e-5)


def test_the_adjusted_wald_interval_by_hand() -> None:
    # 9 lost, 1 gained of 98: (1 + 1 - 9 - 1) / 100, error sqrt((0.12 - 0.08^2) / 100).
    found = intervals.paired_difference([9], [1], 98)
    half = 1.959964 * math.sqrt((0.12 - 0.0064) / 100)
    assert found.value == pytest.approx([-8 / 98])
    assert found.low == pytest.approx([-0.08 - half])
    assert found.high == pytest.approx([-0.08 + half])


def test_six_losses_are_the_fewest_whose_interval_excludes_no_change() -> None:
    high = intervals.paired_difference([5, 6], [0, 0], 1000).high
    assert high[0] > 0 > high[1]


def test_without_items_there_is_no_difference() -> None:
    for found in (
        intervals.paired_difference([0, 0], [0, 0], 0),
        intervals.independent_difference([0, 0], 0, [1, 0], 3),
    ):
        assert all(part.shape == (2,) and np.isnan(part).all() for part in found)


counts = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=6)


@given(counts, st.integers(0, 50))
def test_the_interval_changes_sides_with_the_versions(
    pairs: list[tuple[int, int]], rest: int
) -> None:
    lost, gained = np.array(pairs).T
    there = intervals.paired_difference(lost, gained, 120 + rest)
    back = intervals.paired_difference(gained, lost, 120 + rest)
    assert there.low == pytest.approx(-back.high)
    assert there.high == pytest.approx(-back.low)
    assert np.all((there.low <= there.high) & (there.low >= -1) & (there.high <= 1))


@given(counts)
def test_a_share_is_in_its_interval_and_changes_sides(pairs: list[tuple[int, int]]) -> None:
    a, b = np.array(pairs).T
    there = intervals.independent_difference(a, 60, b, 70)
    back = intervals.independent_difference(b, 70, a, 60)
    assert np.all((there.low <= there.value) & (there.value <= there.high))
    assert there.low == pytest.approx(-back.high)


# --- what a tag can show ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("had", "gained", "expected"),
    [
        pytest.param(100, 0, 6, id="no gain"),
        pytest.param(6, 0, 6, id="all of its items"),
        pytest.param(5, 0, math.nan, id="too small"),
        pytest.param(100, 1, 8, id="one gained"),
        pytest.param(7, 1, math.nan, id="too small for what it gained"),
        pytest.param(10**6, 10_000, 10_281, id="many gained"),
    ],
)
def test_the_smallest_loss_that_a_tag_can_show(had: int, gained: int, expected: float) -> None:
    (found,) = intervals.smallest_loss([had], [gained])
    assert found == pytest.approx(expected, nan_ok=True)


@given(st.lists(st.integers(0, 500), min_size=1, max_size=8))
def test_one_loss_fewer_shows_nothing(gained: list[int]) -> None:
    found = intervals.smallest_loss(np.full(len(gained), 10**6), gained)
    assert np.all(tag_tests.mcnemar(found, gained) < 0.05)
    assert np.all(tag_tests.mcnemar(found - 1, gained) >= 0.05)


@given(st.integers(0, 40), st.integers(0, 40))
def test_six_changes_are_the_fewest_that_a_paired_test_can_show(lost: int, gained: int) -> None:
    (shows,) = tag_tests.can_show_paired([lost], [gained])
    assert shows == (lost + gained >= 6)
    best = min(float(tag_tests.mcnemar(b, lost + gained - b)) for b in range(lost + gained + 1))
    assert shows == (best < 0.05)


@given(st.integers(1, 25), st.integers(1, 25), st.data())
def test_two_proportions_that_can_show_nothing_show_nothing(
    n_a: int, n_b: int, data: st.DataObject
) -> None:
    a, b = data.draw(st.integers(0, n_a)), data.draw(st.integers(0, n_b))
    (shows,) = tag_tests.can_show_unpaired([a], n_a, [b], n_b)
    have = a + b
    tables = list(range(max(0, have - n_b), min(have, n_a) + 1))
    p = tag_tests.two_proportions(tables, n_a, [have - x for x in tables], n_b)
    assert shows == (p.min() < 0.05)


def test_two_proportions_without_items_can_show_nothing() -> None:
    assert not tag_tests.can_show_unpaired([0, 0], 0, [3, 9], 10).any()


# --- two families -------------------------------------------------------------------------------


def test_two_families_share_the_five_per_cent() -> None:
    kept, rest = [0.02, 0.9, math.nan, math.nan], [0.5, math.nan, 0.004, math.nan]
    assert correction.over_families(kept, rest) == pytest.approx(
        [0.04, 1, 0.008, math.nan], nan_ok=True
    )


def test_a_family_that_tests_nothing_takes_no_part() -> None:
    nothing = [math.nan, math.nan]
    assert correction.over_families([0.03, 0.2], nothing).tolist() == [0.03, 0.2]
    assert np.isnan(correction.over_families(nothing, nothing)).all()
    assert correction.over_families([], []).shape == (0,)


def test_two_families_without_a_change_cry_wolf_in_5_of_100_trials_at_most() -> None:
    rng = np.random.default_rng(8)
    trials, alarms, smaller = 2_000, 0, 0
    for _ in range(trials):
        kept, rest = (correction.adjust(rng.random(12)) for _ in range(2))
        alarms += bool((correction.over_families(kept, rest) < 0.05).any())
        smaller += bool((np.fmin(kept, rest) < 0.05).any())
    assert alarms / trials < 0.05 + 2 * math.sqrt(0.05 * 0.95 / trials)
    # What was taken before: it is why the families share.
    assert smaller / trials > 0.08
