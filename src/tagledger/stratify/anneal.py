"""Simulated annealing for the stratified split (Kirkpatrick, Gelatt & Vecchi, Science 220, 1983).

Random candidates are offered a random split each; a move that changes the cost by g is taken with
probability min(1, exp(-g / T)) while T falls from hot to cold. Moves come in batches: of those
that touch the same tag the first is made, so that the gains of all that are made add up exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tagledger.stratify.search import BEND, MISSING, Search
from tagledger.stratify.units import salt

HOT, COLD = 1.5, 0.2
"""First and last temperature, times the mean count of a tag in a unit over the least ratio."""
BATCH = 64
"""Moves in a batch."""
FEW_HOT, FEW_BATCH, FEW_SHARE = 1.0, 128, 16
"""The first temperature where there are few candidates, and the moves in a batch: at most the
first number, and one of so many candidates, as more get in each other's way. A batch takes nearly
the same time whatever its size, and few candidates have a good place from the start."""
PROPOSALS, PROPOSALS_EACH = 1_000_000, 300
"""Most moves proposed in all, and for each candidate; fewer for each where there are few."""
FEW_TAGS, EACH_TAG = 40, 2
"""Moves proposed for each candidate where there are few tags: so many, and so many for each tag.
There is less to arrange, and past this the error falls no further."""
SIZE_COST = 0.05
"""Weight of (size - goal)^2 / r beside the cost of the tags: sizes drift, but not far."""


@dataclass
class _Batch:
    """Some candidates (b,), and their labels (l,), each with its row in the batch."""

    unit: NDArray[np.int64]
    weight: NDArray[np.float64]
    row: NDArray[np.int64]
    tag: NDArray[np.int64]
    count: NDArray[np.float64]


def anneal(search: Search, seed: int, times: int = 1) -> None:
    """Move candidates until a number of proposals, `times` the usual, is used up."""
    problem, splits, units = search.problem, search.splits, len(search.units)
    few = are_few(units, search.tags)
    size = min(max(units // FEW_SHARE, 16), FEW_BATCH, units) if few else BATCH
    rounds = times * min(PROPOSALS, units * _proposals_each(units, search.tags)) // size
    inverse = 1 / problem.ratio
    count = search.count[search.matrix.indices]
    scale = inverse.max() * (count.mean() if len(count) else 1.0)
    at = search.at.copy()
    error = (problem.have - search.target).reshape(-1)
    excess = (problem.size - problem.goal).astype(float)
    # A split lacks a tag that it must have while its error is under this.
    lacking = np.where(problem.must, 0.5 - search.target, -np.inf).reshape(-1)
    first = np.empty(search.tags, np.int64)
    rng = np.random.default_rng(salt(seed))
    proposed = batches(search, size, rng)
    hot = FEW_HOT if few else HOT
    for temperature in np.geomspace(hot * scale, COLD * scale, rounds):
        batch = next(proposed)
        row, weight, source = batch.row, batch.weight, at[batch.unit]
        sink = (source + rng.integers(1, splits, size)) % splits
        low, high = inverse[source], inverse[sink]

        # What each move is worth to the tags, to chance and to the sizes.
        leave, come = source[row] * search.tags + batch.tag, sink[row] * search.tags + batch.tag
        change = _change(error[leave], -batch.count, lacking[leave], low[row])
        change += _change(error[come], batch.count, lacking[come], high[row])
        gain = np.bincount(row, change, size) + temperature * np.log1p(-rng.random(size))
        sizes = low * (weight - 2 * excess[source]) + high * (weight + 2 * excess[sink])
        wanted = gain + SIZE_COST * weight * sizes < 0
        if not wanted.any():
            continue

        # Of the moves that touch a tag, the first.
        some = wanted[row]
        first[batch.tag[some][::-1]] = row[some][::-1]
        wanted[row[some][first[batch.tag[some]] != row[some]]] = False

        # Sizes change with every move: judge each by what the moves before it leave.
        chosen = np.flatnonzero(wanted)
        step, w, a, b = np.arange(len(chosen)), weight[chosen], source[chosen], sink[chosen]
        flow = np.zeros((len(chosen), splits))
        flow[step, a], flow[step, b] = -w, w
        then = excess + np.cumsum(flow, axis=0) - flow
        sizes = low[chosen] * (w - 2 * then[step, a]) + high[chosen] * (w + 2 * then[step, b])
        good = gain[chosen] + SIZE_COST * w * sizes < 0
        wanted[chosen[~good]] = False

        excess += flow[good].sum(axis=0)
        some = wanted[row]
        error[leave[some]] -= batch.count[some]
        error[come[some]] += batch.count[some]
        at[batch.unit[wanted]] = sink[wanted]
    moved = np.flatnonzero(at != search.at)
    search.move(moved, at[moved])


def are_few(units: int, tags: int) -> bool:
    """Whether each of so many candidates gets all its proposals: `PROPOSALS` does not run out."""
    return units * _proposals_each(units, tags) <= PROPOSALS


def _proposals_each(units: int, tags: int) -> int:
    """Moves to propose for each of so many candidates."""
    return min(PROPOSALS_EACH, units + 20, FEW_TAGS + EACH_TAG * tags)


def _change(
    error: NDArray[np.float64],
    count: NDArray[np.float64],
    lacking: NDArray[np.float64],
    inverse_ratio: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Change of the cost where an error grows by a count."""
    after = error + count
    bent = np.abs(after) - np.abs(error) + BEND * (after * after - error * error)
    missing = (after < lacking).astype(float) - (error < lacking)
    return bent * inverse_ratio + MISSING * missing


def batches(search: Search, size: int, rng: np.random.Generator) -> Iterator[_Batch]:
    """Batches of different candidates without end; all are shuffled when they are used up."""
    units = len(search.units)
    while True:
        order = rng.permutation(units)
        matrix = search.matrix[order]
        tag, count = search.tag[matrix.indices], search.count[matrix.indices].astype(float)
        weight = search.weight[order].astype(float)
        row = np.repeat(np.arange(units), np.diff(matrix.indptr))
        for start in range(0, units - size + 1, size):
            rows = slice(start, start + size)
            labels = slice(matrix.indptr[start], matrix.indptr[start + size])
            yield _Batch(order[rows], weight[rows], row[labels] - start, tag[labels], count[labels])
