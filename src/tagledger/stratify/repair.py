"""Second half of the stratified split: a bounded local search that mends the first placement.

Only candidate units take part, about `PER_TAG` of them per tag and split however many rows there
are, chosen by their keyed hash: a frequent tag needs no more to be brought to its target, and a
rare one has no more. These searches follow each other; of few candidates the first is left out
until the others have been tried, as these often bring the error to its floor (`NEAR`):

`anneal` (in `anneal`)
    moves single units, at first also for the worse;
`level`
    moves and exchanges the cheapest units until each split has its exact number of rows, or no
    exchange brings it nearer;
`pack` (in `packing`)
    where that ends short: searches what many units do together;
`swap`
    exchanges units of equal weight between two splits, which leaves the sizes as they are.
"""

from __future__ import annotations

from collections import Counter, deque

import numpy as np
from numpy.typing import NDArray

from tagledger.stratify.anneal import anneal, are_few
from tagledger.stratify.measure import nearest_counts
from tagledger.stratify.packing import pack
from tagledger.stratify.search import MISSING, Search
from tagledger.stratify.units import Problem

PER_TAG = 40
PER_WEIGHT = 64
"""Candidates of each weight and split, over and above those that the tags ask for."""
MOST = 4_000_000
"""Most candidates times splits, which bounds time and memory when there are many splits."""
ENOUGH, LONGER = 1.3, 4
"""Where the error of many candidates stays above so many times its floor, search once more, so
many times longer. Few candidates have had all the moves that help (`anneal.are_few`)."""
NEAR = 1.01
"""At so many times the floor, few candidates are searched no further."""
SWEEPS, PAIRS, TOP = 40, 1000, 300
"""Swaps: rounds over all pairs of splits, pairs tried at most, units looked at on each side."""
WEIGHTS = 32
"""Exchanges for exact sizes: different weights looked at on each side, the lightest."""
DETOURS = 16
"""Pairs of splits between which rows are sent by way of a third, if they cannot go straight."""
EPSILON = 1e-6
"""A gain that is more than rounding."""


def repair(problem: Problem, seed: int) -> int:
    """Step 5: mend the placement in place; returns the number of units that changed place."""
    before = problem.split_of.copy()
    chosen = candidates(problem)
    least = _distance(problem, nearest_counts(problem.total, problem.goal, problem.frozen))
    if are_few(len(chosen), len(problem.total)):
        _search(problem, chosen, seed, 0)
        if _verdict(problem) > (0, 0, NEAR * least + EPSILON):
            _search_for_better(problem, chosen, seed, 1)
    else:
        _search(problem, chosen, seed, 1)
        if _distance(problem, problem.have) > ENOUGH * least:
            _search_for_better(problem, chosen, seed, LONGER)
    return int(np.count_nonzero(problem.split_of != before))


def _search_for_better(problem: Problem, chosen: NDArray[np.int64], seed: int, times: int) -> None:
    """Search once more, and take back what is no better."""
    kept = [state.copy() for state in (problem.have, problem.size, problem.split_of)]
    verdict = _verdict(problem)
    _search(problem, chosen, seed, times)
    if _verdict(problem) >= verdict:
        problem.have[:], problem.size[:], problem.split_of[:] = kept


def _search(problem: Problem, chosen: NDArray[np.int64], seed: int, times: int) -> None:
    search = Search(problem, chosen)
    if times:
        anneal(search, seed, times)
    far = problem.weight.max()
    if not level(search) and np.abs(problem.size - problem.goal).max() > far:
        # A base can pile up more rows in a split than the candidates can carry off.
        level(Search(problem, np.arange(len(problem.weight))))
        search = Search(problem, chosen)
    if (problem.size != problem.goal).any():
        pack(search)
    swap(search)


def _distance(problem: Problem, counts: NDArray[np.int64]) -> float:
    return float((np.abs(counts - problem.target) / problem.ratio[:, None]).sum())


def _verdict(problem: Problem) -> tuple[int, int, float]:
    """Tags missing where they must not, rows in the wrong split, and the error: less is better."""
    missing = (problem.have < 1) & problem.must
    wrong = np.abs(problem.size - problem.goal)
    return int(missing.sum()), int(wrong.sum()), _distance(problem, problem.have)


def candidates(problem: Problem) -> NDArray[np.int64]:
    """The units that take part, ascending.

    A unit's score is uniform in [0, units that have its rarest tag); the units under a
    threshold are then about as many for each rarest tag, and all units of a very rare one.
    """
    splits, tags = problem.have.shape
    units = np.bincount(problem.matrix.indices, minlength=tags)
    tagged = np.diff(problem.matrix.indptr) > 0
    score = problem.key / 2.0**64
    score[tagged] *= units[problem.rarest[tagged]]
    chosen = tagged & (score <= PER_TAG * splits)
    most = max(MOST // splits, 1)
    if np.count_nonzero(chosen) > most:
        chosen &= score <= np.partition(score[chosen], most - 1)[most - 1]
    chosen[_first_of_each(problem.split_of * (problem.weight.max() + 1) + problem.weight)] = True
    return np.flatnonzero(chosen)


def _first_of_each(kind: NDArray[np.int64]) -> NDArray[np.int64]:
    """Positions of the first `PER_WEIGHT` entries of each kind."""
    if kind.max() <= np.iinfo(np.int16).max:
        kind = kind.astype(np.int16)  # 16 bits are sorted by radix, ten times faster
    order = np.argsort(kind, kind="stable")
    start = np.flatnonzero(np.r_[True, np.diff(kind[order]) != 0])
    within = np.arange(len(order)) - np.repeat(start, np.diff(np.r_[start, len(order)]))
    return order[within < PER_WEIGHT]


def level(search: Search) -> bool:
    """Bring every split to its exact size by the cheapest moves; whether that was possible."""
    problem = search.problem
    while (excess := problem.size - problem.goal).any():
        over = np.argsort(-excess, kind="stable")[: np.count_nonzero(excess > 0)]
        under = np.argsort(excess, kind="stable")[: np.count_nonzero(excess < 0)]
        ways = [(int(a), int(b), int(min(excess[a], -excess[b]))) for a in over for b in under]
        if not any(_transfer(search, *way) for way in ways) and not any(
            _detour(search, *way) for way in ways[:DETOURS]
        ):
            return False
    return True


def _detour(search: Search, source: int, sink: int, rows: int) -> bool:
    """Bring rows from one split to another by way of a third."""
    for middle in range(search.splits):
        if middle in {source, sink}:
            continue
        before = search.at.copy()
        moved = _transfer(search, source, middle, rows)
        if moved and _transfer(search, middle, sink, moved):
            return True
        back = np.flatnonzero(search.at != before)
        search.move(back, before[back])
    return False


def _transfer(search: Search, source: int, sink: int, rows: int) -> int:
    """Bring at least one row and at most `rows` from one split to another; how many it were.

    0 if there is no way that leaves every tag where it must be.
    """
    there, cost_there = _cheapest(search, source, sink)
    back, cost_back = _cheapest(search, sink, source)
    there, back = there[cost_there < MISSING / 2], back[cost_back < MISSING / 2]
    weight = search.weight
    small = there[weight[there] <= rows][: 4 * search.tags + PER_WEIGHT]
    if len(small):
        small = small[search.apart(small)]
        small = small[np.cumsum(weight[small]) <= rows]
        search.move(small, np.int64(sink))
        return int(weight[small].sum())
    steps = exchange(Counter(weight[there].tolist()), Counter(weight[back].tolist()), rows)
    lacking = search.missing()
    moves = []
    for step, number in sorted(Counter(steps).items()):
        side, to = (there, sink) if step > 0 else (back, source)
        moves.append((side[weight[side] == abs(step)][:number], to))
    for units, to in moves:
        search.move(units, np.int64(to))
    if search.missing() > lacking:
        for units, to in moves:
            search.move(units, np.int64(source if to == sink else sink))
        return 0
    return sum(steps)


def _cheapest(
    search: Search, source: int, sink: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The candidates of a split, those first that cost least per row to move, and their costs."""
    gain = search.gains(source, sink)
    units = np.flatnonzero(search.at == source)
    units = units[np.argsort(gain[units] / search.weight[units], kind="stable")]
    return units, gain[units]


def exchange(there: Counter[int], back: Counter[int], rows: int) -> list[int]:
    """Fewest units to exchange so that between 1 and `rows` rows move in the end.

    Parameters
    ----------
    there, back
        How many units of each weight the giving and the receiving split have.
    rows
        Most rows to bring over.

    Returns
    -------
    list of int
        Weights of the units, negative for those that come back; empty if there is no way.
    """
    light, lighter = sorted(there)[:WEIGHTS], sorted(back)[:WEIGHTS]
    bound = 2 * max([*light, *lighter], default=0) + rows
    steps = [(w, there[w]) for w in light] + [(-w, back[w]) for w in lighter]
    paths: dict[int, tuple[int, ...]] = {0: ()}
    queue = deque([0])
    while queue:
        net = queue.popleft()
        for step, number in steps:
            reached = net + step
            if abs(reached) > bound or reached in paths or paths[net].count(step) >= number:
                continue
            paths[reached] = (*paths[net], step)
            if 1 <= reached <= rows:
                return list(paths[reached])
            queue.append(reached)
    return []


def swap(search: Search) -> None:
    """Exchange units of equal weight between two splits while the cost falls."""
    pairs = [(a, b) for a in range(search.splits) for b in range(a + 1, search.splits)]
    idle, tried = 0, 0
    while idle < len(pairs) and tried < min(PAIRS, SWEEPS * len(pairs)):
        idle = 0 if _swap_between(search, *pairs[tried % len(pairs)]) else idle + 1
        tried += 1


def _swap_between(search: Search, a: int, b: int) -> bool:
    add, drop = search.tables()
    single = search.matrix @ np.stack([drop[a] + add[b], drop[b] + add[a]], axis=1)
    ours, our_gain = _least(np.flatnonzero(search.at == a), single[:, 0])
    theirs, their_gain = _least(np.flatnonzero(search.at == b), single[:, 1])
    # What both have in equal number does not move at all.
    both = search.matrix[ours] * (add[a] + drop[a] + add[b] + drop[b])[None, :]
    gain = our_gain[:, None] + their_gain - (both @ search.matrix[theirs].T).toarray()
    gain[search.weight[ours][:, None] != search.weight[theirs]] = np.inf
    gain = gain.reshape(-1)
    better = np.flatnonzero(gain < -EPSILON)
    if not len(better):
        return False
    better = better[np.argsort(gain[better], kind="stable")][: 4 * TOP]
    left, right = ours[better // len(theirs)], theirs[better % len(theirs)]
    chosen = search.apart(left, right)
    left, right = left[chosen], right[chosen]
    cost = search.cost()
    search.move(left, np.int64(b))
    search.move(right, np.int64(a))
    if search.cost() < cost:
        return True
    # Both had a tag in unequal number, which makes the gain an estimate.
    search.move(left, np.int64(a))
    search.move(right, np.int64(b))
    return False


def _least(
    units: NDArray[np.int64], value: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The `TOP` units of least value, ascending, ties by unit; and their values."""
    mine = value[units]
    if len(mine) > TOP:
        near = mine <= np.partition(mine, TOP)[TOP]
        units, mine = units[near], mine[near]
    order = np.argsort(mine, kind="stable")[:TOP]
    return units[order], mine[order]
