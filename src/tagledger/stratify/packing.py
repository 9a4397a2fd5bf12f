"""Exact sizes where they take many units at once: a search over sums of weights.

Rows that must stay together make exact sizes a bin packing problem: groups of 1, 2, 4, 6
and 8 rows fill splits of 4, 7 and 10 rows in one way only, and no move or exchange need lead
there. Here units are set free, and all changes of the splits' sizes that they can make together
are listed, each by its cheapest way. They are listed in two halves, which meet in the middle
(Horowitz & Sahni, Computing partitions with applications to the knapsack problem, J. ACM 21,
1974): with a hundred thousand changes in each half, ten thousand million sums are searched.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tagledger.stratify.search import MISSING, Search

STATES = 350_000
"""Changes that each half lists at most, over all its steps. All ways to place 34 units in two
splits are searched, 22 in three and 18 in four; many more where changes repeat, as equal ones are
listed once."""
TOGETHER = 4
"""Splits looked at together; of more splits, those that are furthest from their goals."""
PARTS = 100
"""How often some of many splits are looked at."""
TRIES = 8
"""Ways to pack that are tried, if each takes a tag from a split that must have it."""
OFTEN = 4
"""The halves are put together whenever they have listed so many times more: the fewer the units
that are free when sizes fit, the fewer move."""
PER_ROW = 1e-3
"""Cost of a row that moves: decides between ways that the tags do not tell apart."""


def pack(search: Search) -> None:
    """Bring the sizes nearer to their goals, to them if that can be, and as cheaply as can be.

    Of at most `TOGETHER` splits whose candidates all fit into the two halves (`STATES`), and where
    no tag must be anywhere, no sizes are nearer than those it ends with, by the sum of the
    distances. Otherwise it is what the candidates that fit can do, and of these come first the
    cheapest of each weight and split, light ones before heavy ones.
    """
    problem, splits = search.problem, search.splits
    most = STATES * TOGETHER // max(splits, TOGETHER)
    first = 0
    for _ in range(PARTS):
        excess = problem.size - problem.goal
        if first >= np.count_nonzero(excess):
            return
        part = np.sort(_furthest(excess)[first : first + TOGETHER])
        nearer = _pack(search, part, most)
        if splits <= TOGETHER:
            return
        first = 0 if nearer else first + TOGETHER // 2


def _furthest(excess: NDArray[np.int64]) -> NDArray[np.int64]:
    """All splits: those that are most too large and most too small in turn, exact ones last."""
    turn = np.empty(len(excess))
    for sign in (1, -1):
        side = np.flatnonzero(sign * excess > 0)
        turn[side[np.argsort(-sign * excess[side], kind="stable")]] = np.arange(len(side))
    turn[excess == 0] = len(excess)
    return np.argsort(turn, kind="stable")


def _pack(search: Search, part: NDArray[np.int64], most: int) -> bool:
    """Bring some splits nearer to their goals; whether that was possible."""
    lacking = search.missing()
    free = np.isin(search.at, part)
    for _ in range(TRIES):
        unit, to = _nearest(search, part, np.flatnonzero(free), most)
        if not len(unit):
            return False
        back, had = search.at[unit].copy(), search.problem.have > 0
        search.move(unit, to)
        if search.missing() <= lacking:
            return True
        # Each of them could go, but not all: those that left a tag behind stay.
        gone = np.flatnonzero(had & (search.problem.have < 1) & search.problem.must) % search.tags
        search.move(unit, back)
        free[unit[search.matrix[unit] @ np.isin(search.tag, gone) > 0]] = False
    return False


class _Half:
    """Units, and every change of the splits' sizes that moving some of them makes.

    Attributes
    ----------
    change
        (states, splits) the changes, no two equal.
    cost
        (states,) the cost of the cheapest way to each.
    listed
        Changes listed so far, over all steps.
    """

    def __init__(self, splits: int, most: int) -> None:
        self.change, self.cost = np.zeros((1, splits), np.int64), np.zeros(1)
        self.listed, self._most = 1, most
        # A change is known by a random linear hash; if two shared one, the dearer would be lost.
        self._factor = np.random.default_rng(0).integers(2**63, size=splits, dtype=np.uint64)
        self._steps: list[tuple[int, NDArray[np.int64], NDArray[np.int64]]] = []

    def add(self, unit: int, weight: int, at: int, cost: NDArray[np.float64]) -> bool:
        """List what the unit adds, at `cost` (splits,) for each split; False if it is too much."""
        splits = np.flatnonzero(cost < MISSING / 2)
        if self.listed + len(splits) * len(self.cost) > self._most:
            return False
        step = np.zeros((len(splits), len(cost)), np.int64)
        step[np.arange(len(splits)), splits] = weight
        step[:, at] -= weight
        change = (step[:, None] + self.change).reshape(-1, len(cost))
        total = (cost[splits][:, None] + self.cost).reshape(-1)
        order = np.argsort(total, kind="stable")
        code = (change[order].astype(np.uint64) * self._factor).sum(axis=1)
        kept = order[np.unique(code, return_index=True)[1]]
        self._steps.append((unit, kept % len(self.cost), splits[kept // len(self.cost)]))
        self.change, self.cost = change[kept], total[kept]
        self.listed += len(kept)
        return True

    def way(self, state: int) -> list[tuple[int, int]]:
        """The units of the half, and where each is to be for one of the changes."""
        moves = []
        for unit, before, splits in reversed(self._steps):
            moves.append((unit, int(splits[state])))
            state = int(before[state])
        return moves


def _nearest(
    search: Search, part: NDArray[np.int64], free: NDArray[np.int64], most: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Free candidates, and to which splits of `part` they go; none if that would not help."""
    weight, at = search.weight[free], np.searchsorted(part, search.at[free])
    need = (search.problem.goal - search.problem.size)[part]
    distance, least = int(np.abs(need).sum()), least_distance(need, weight)
    cost = _costs(search, part, free, at)
    queue = _queue(cost, weight, at).tolist() if distance > least else []
    one, other = _Half(len(part), most), _Half(len(part), most)
    best: list[tuple[int, int]] = []
    looked = 1
    for turn, unit in enumerate(queue, start=1):
        half = one if len(one.cost) <= len(other.cost) else other
        more = half.add(unit, int(weight[unit]), int(at[unit]), cost[unit])
        last, listed = not more or turn == len(queue), one.listed + other.listed
        if last or listed >= OFTEN * looked:
            looked = listed
            distance, best = _meet(one, other, need, distance) or (distance, best)
        if last or distance <= least:
            break
    moves = [(free[unit], part[to]) for unit, to in best if to != at[unit]]
    units, to = np.array(moves, np.int64).reshape(-1, 2).T
    return units, to


def least_distance(need: NDArray[np.int64], weight: NDArray[np.int64]) -> int:
    """The least distance there can be, as changes are multiples of what all weights share."""
    unit = int(np.gcd.reduce(weight))
    if not unit:
        return int(np.abs(need).sum())
    rest = np.sort(need % unit)[::-1]
    # The rests are a whole number of units: as many splits get a unit more, those nearest to it.
    more = int(rest.sum()) // unit
    return int((unit - rest[:more]).sum() + rest[more:].sum())


def _costs(
    search: Search, part: NDArray[np.int64], free: NDArray[np.int64], at: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(free, part) cost of bringing each candidate to each split, taken by itself."""
    add, drop = search.tables()
    matrix, unit = search.matrix[free], np.arange(len(free))
    cost: NDArray[np.float64] = matrix @ add[part].T
    cost += (matrix @ drop[part].T)[unit, at][:, None]
    cost += PER_ROW * search.weight[free][:, None]
    cost[unit, at] = 0
    return cost


def _queue(
    cost: NDArray[np.float64], weight: NDArray[np.int64], at: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Candidates, first the cheapest of each weight and split, and then the next of each."""
    others = cost.copy()
    others[np.arange(len(cost)), at] = np.inf
    order = np.lexsort((others.min(axis=1), at, weight))
    kind = np.stack([weight, at])[:, order]
    start = np.flatnonzero(np.r_[True, (np.diff(kind) != 0).any(axis=0)])
    turn = np.arange(len(order)) - np.repeat(start, np.diff(np.r_[start, len(order)]))
    return order[np.argsort(turn, kind="stable")]


def _meet(
    one: _Half, other: _Half, need: NDArray[np.int64], distance: int
) -> tuple[int, list[tuple[int, int]]] | None:
    """The changes of the two halves whose sum is nearest to the need, and where their units go.

    None if no sum is nearer than `distance`. Of equally near ones, the cheapest.
    """
    from scipy.spatial import cKDTree  # takes long to load, and is rarely needed

    tree, wanted = cKDTree(one.change), need - other.change
    apart = np.asarray(tree.query(wanted, p=1, distance_upper_bound=distance - 0.5)[0])
    nearest = apart.min()
    if nearest == np.inf:
        return None
    theirs = np.flatnonzero(apart == nearest)
    ours = tree.query_ball_point(wanted[theirs], nearest + 0.5, p=1, return_sorted=True)
    theirs = np.repeat(theirs, [len(states) for states in ours])
    mine = np.concatenate(ours).astype(np.int64)
    cheapest = int(np.argmin(one.cost[mine] + other.cost[theirs]))
    return int(nearest), one.way(int(mine[cheapest])) + other.way(int(theirs[cheapest]))
