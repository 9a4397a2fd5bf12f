"""Exact sizes with groups, checked against all the ways in which the groups could be placed."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from tagledger.stratify import packing, split
from tagledger.stratify.packing import pack
from tagledger.stratify.search import Search
from tagledger.stratify.units import Problem, goals


def least_distance(weights: list[int], goal: list[int], start: list[int]) -> int:
    """How near to their goals all ways to place the weights bring the sizes at best."""
    reached = {tuple(start)}
    for weight in weights:
        reached = {
            (*sizes[:j], sizes[j] + weight, *sizes[j + 1 :])
            for sizes in reached
            for j in range(len(goal))
        }
    return min(sum(abs(a - b) for a, b in zip(sizes, goal, strict=True)) for sizes in reached)


@st.composite
def parts(draw: st.DrawFn) -> dict[str, Any]:
    """Up to 12 groups for 2 to 4 splits, most often of sizes that the groups can make."""
    splits = draw(st.integers(2, 4))
    weights = draw(st.lists(st.integers(1, 9), min_size=1, max_size=12))
    frozen = draw(st.lists(st.integers(0, 6), min_size=splits, max_size=splits) | st.just([]))
    sizes = np.array(frozen or [0] * splits)
    if draw(st.booleans()):
        sizes += draw(st.lists(st.integers(1, 20), min_size=splits, max_size=splits))
    else:
        place = st.lists(st.integers(0, splits - 1), min_size=len(weights), max_size=len(weights))
        np.add.at(sizes, draw(place), weights)
    share = np.maximum(sizes, 0.5) / np.maximum(sizes, 0.5).sum()
    return {"weights": weights, "frozen": frozen or [0] * splits, "share": share}


@given(parts(), st.integers(0, 3), st.integers(0, 2**32))
def test_sizes_are_exact_if_that_can_be_and_else_the_nearest(
    case: dict[str, Any], tags: int, seed: int
) -> None:
    weights, frozen = case["weights"], case["frozen"]
    groups = np.repeat(np.arange(len(weights) + sum(frozen)), [*weights, *[1] * sum(frozen)])
    base = np.r_[np.full(sum(weights), -1), np.repeat(np.arange(len(frozen)), frozen)]
    made = split(
        np.random.default_rng(seed).random((len(groups), tags)) < 0.3,
        ratios={str(j): share for j, share in enumerate(case["share"])},
        groups=groups,
        base=base,
    )
    goal = goals(case["share"], len(groups), np.array(frozen))
    least = least_distance(weights, goal.tolist(), frozen)
    assert np.abs(made.sizes - goal).sum() == least


ONE_WAY = [
    ([1, 2, 4, 6, 8], [4, 7, 10]),
    ([1, 2, 4, 6], [5, 6, 2]),
    ([2, 4, 7, 8], [9, 4, 8]),
    ([2, 2, 4, 5, 8, 8, 9], [7, 4, 10, 9, 8]),
    ([3, 5, 5, 5, 7, 8, 9], [9, 12, 5, 11, 5]),
]


@pytest.mark.parametrize(
    ("weights", "sizes"), ONE_WAY, ids=lambda numbers: "+".join(map(str, numbers))
)
def test_sizes_are_exact_where_no_move_or_exchange_leads_there(
    weights: list[int], sizes: list[int]
) -> None:
    made = split(
        [[]] * sum(sizes),
        ratios={str(j): size / sum(sizes) for j, size in enumerate(sizes)},
        groups=np.repeat(np.arange(len(weights)), weights),
    )
    assert made.sizes.tolist() == sizes


def test_order_of_rows_and_codes_of_groups_are_nothing() -> None:
    weights, sizes = ONE_WAY[-1]
    rng = np.random.default_rng(0)
    n, groups = sum(weights), np.repeat(np.arange(len(weights)), weights)
    labels = rng.random((n, 5)) < 0.4
    ratios = {str(j): size / n for j, size in enumerate(sizes)}
    order, codes, tags = rng.permutation(n), rng.permutation(50), rng.permutation(5)
    names = [f"tag {j}" for j in range(5)]
    first = split(labels, ratios=ratios, ids=range(n), groups=groups, tags=names)
    other = split(
        labels[np.ix_(order, tags)],
        ratios=ratios,
        ids=order,
        groups=codes[groups[order]],
        tags=[names[tag] for tag in tags],
    )
    assert first.sizes.tolist() == sizes
    assert other.assignment.tolist() == first.assignment[order].tolist()


# The search alone, from a placement of one's own.


def placed(
    weights: list[int],
    place: list[int],
    goal: list[int],
    tagged: list[list[int]] | None = None,
) -> Search:
    """Units in a place; `tagged` names the units of each tag, which every split must have."""
    tagged = tagged or []
    weight, at = np.array(weights), np.array(place)
    matrix = np.zeros((len(weights), len(tagged)), np.int32)
    for tag, units in enumerate(tagged):
        matrix[units, tag] = 1
    have = np.stack([matrix[at == j].sum(axis=0, dtype=np.int64) for j in range(len(goal))])
    problem = Problem(
        matrix=sp.csr_array(matrix),
        weight=weight,
        key=np.arange(len(weights), dtype=np.uint64),
        total=have.sum(axis=0),
        ratio=np.array(goal) / sum(goal),
        goal=np.array(goal),
        must=np.ones(len(tagged), bool),
        have=have,
        size=np.bincount(at, weights=weight, minlength=len(goal)).astype(np.int64),
        split_of=at,
        frozen=np.zeros_like(have),
    )
    return Search(problem, np.arange(len(weights)))


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_as_few_rows_as_can_be_move(order: tuple[int, ...]) -> None:
    # Units of 9 and 8 could change places as well.
    weights, place = np.array([1, 9, 8])[list(order)], np.array([0, 0, 1])[list(order)]
    search = placed(weights.tolist(), place.tolist(), [9, 9])
    pack(search)
    assert search.problem.size.tolist() == [9, 9]
    assert (search.at != place).tolist() == (weights == 1).tolist()


def test_the_cheapest_of_equal_units_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    # Few units are free, and one of the first split has a tag that the other split needs.
    monkeypatch.setattr(packing, "STATES", 10)
    for cheap in (0, 17, 39):
        search = placed([3] * 40 + [2], [0] * 40 + [1], [117, 5], [[cheap, (cheap + 1) % 40]])
        pack(search)
        assert search.problem.size.tolist() == [117, 5]
        assert set(np.flatnonzero(search.at[:40])) <= {cheap, (cheap + 1) % 40}


def test_the_state_follows_the_moves() -> None:
    search = placed([1, 2, 4, 6, 8], [0, 0, 0, 1, 2], [4, 7, 10], [[0, 1, 2, 3, 4]])
    problem = search.problem
    pack(search)
    assert problem.split_of.tolist() == [1, 2, 0, 1, 2]
    assert problem.have.tolist() == [[1], [2], [2]]
    assert problem.size.tolist() == problem.goal.tolist()


def test_a_tag_that_must_stay_outranks_sizes() -> None:
    # Only the first unit could make the sizes exact, and it alone has the tag in its split.
    search = placed([3, 8, 5, 7], [0, 0, 1, 1], [8, 15], [[0, 2]])
    pack(search)
    assert search.problem.size.tolist() == [10, 13]
    assert (search.problem.have > 0).all()


def test_tags_stay_that_would_be_lost_only_by_leaving_together() -> None:
    # The two units of 3 would be the cheapest to move, but then none of the first tag is left.
    tagged = [[0, 1, 5], [2, 3, 4, 5]]
    search = placed([3, 3, 6, 20, 20, 3], [0, 0, 0, 0, 1, 1], [26, 29], tagged)
    pack(search)
    assert search.problem.size.tolist() == [26, 29]
    assert (search.problem.have > 0).all()


@pytest.mark.parametrize("most", [1, 10, 100])
def test_a_bound_that_is_reached_makes_nothing_worse(
    monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(packing, "STATES", most)
    rng = np.random.default_rng(1)
    for _ in range(20):
        weights, place = rng.integers(5, 50, 20), rng.integers(0, 3, 20)
        goal = [int(weights.sum()) - 200, 100, 100]
        search = placed(weights.tolist(), place.tolist(), goal)
        before = np.abs(search.problem.size - search.problem.goal).sum()
        pack(search)
        assert np.abs(search.problem.size - search.problem.goal).sum() <= before
        assert search.problem.size.sum() == weights.sum()


def test_many_splits_are_packed_some_at_a_time() -> None:
    rng = np.random.default_rng(2)
    weights, place = rng.integers(5, 50, 120), np.arange(120) % 12
    goal = goals(np.full(12, 1 / 12), int(weights.sum()), np.zeros(12, np.int64))
    search = placed(weights.tolist(), place.tolist(), goal.tolist())
    pack(search)
    assert search.problem.size.tolist() == goal.tolist()


@given(st.integers(1, 12), st.lists(st.integers(-40, 40), min_size=1, max_size=3))
def test_weights_of_one_kind_come_as_near_as_their_multiples(unit: int, needs: list[int]) -> None:
    need = [*needs, -sum(needs)]
    ways = itertools.product(*[(x // unit * unit, x // unit * unit + unit) for x in need])
    least = min(
        sum(abs(a - b) for a, b in zip(way, need, strict=True)) for way in ways if sum(way) == 0
    )
    assert packing.least_distance(np.array(need), np.array([unit, 3 * unit])) == least
