"""What the searches of the stratified split share: the candidates, and the cost of a placement.

The cost is, summed over splits j and tags t with e = have - target,

    (|e| + BEND e^2) / r_j

The first term is the label distribution error but for a constant; the second lets a search
prefer several small errors to a large one, and gives it a slope where the first is flat.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from tagledger.stratify.units import Problem, entries

BEND = 0.1
MISSING = 1e7
"""Cost of a tag that is missing from a split and must not be: more than any other gain."""


class Search:
    """The candidates, and the cost of moving each.

    A column of the candidates' matrix stands for a pair (tag, count): in a unit of several rows
    a tag may count more than once. Adding a unit to split j costs the sum of `add[j]` over its
    columns, taking it out of split j the sum of `drop[j]`: two sparse products give the gain
    of every move.
    """

    def __init__(self, problem: Problem, units: NDArray[np.int64]) -> None:
        self.problem, self.units = problem, units
        self.splits, self.tags = problem.have.shape
        self.weight, self.at = problem.weight[units], problem.split_of[units]
        self.target = problem.target
        where, lengths = entries(problem.matrix.indptr, units)
        tag, count = problem.matrix.indices[where].astype(np.int64), problem.matrix.data[where]
        most = int(count.max(initial=0)) + 1
        kinds, column = np.unique(tag * most + count, return_inverse=True)
        self.tag, self.count = kinds // most, kinds % most
        self.matrix = sp.csr_array(
            (np.ones(len(column)), column.astype(np.int32), np.r_[0, np.cumsum(lengths)]),
            shape=(len(units), len(kinds)),
        )

    def cost(self) -> float:
        """The cost of the tags as things stand."""
        return float(self._cost(self.problem.have, np.arange(self.tags)).sum())

    def missing(self) -> int:
        """How many tags some split lacks and must have."""
        return int(((self.problem.have < 1) & self.problem.must).sum())

    def _cost(self, have: NDArray[np.int64], tag: NDArray[np.int64]) -> NDArray[np.float64]:
        """(splits, columns) the cost of having so many rows of each of the tags."""
        error = have - self.target[:, tag]
        cost: NDArray[np.float64] = np.abs(error) + BEND * error**2
        cost /= self.problem.ratio[:, None]
        return cost + MISSING * ((have < 1) & self.problem.must[tag])

    def tables(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(splits, columns) change of cost when a column's count is added, and when dropped."""
        have = self.problem.have[:, self.tag]
        now = self._cost(have, self.tag)
        add = self._cost(have + self.count, self.tag) - now
        return add, self._cost(have - self.count, self.tag) - now

    def gains(self, source: int, sink: int) -> NDArray[np.float64]:
        """(candidates,) change of cost if a unit of one split went to another."""
        add, drop = self.tables()
        gain: NDArray[np.float64] = self.matrix @ (drop[source] + add[sink])
        return gain

    def move(self, unit: NDArray[np.int64], to: NDArray[np.int64] | np.integer) -> None:
        """Bring candidates, each at most once, to their new splits."""
        to = np.broadcast_to(to, len(unit))
        problem, at = self.problem, self.at[unit]
        where, lengths = entries(self.matrix.indptr, unit)
        tag, count = self.tag[self.matrix.indices[where]], self.count[self.matrix.indices[where]]
        np.subtract.at(problem.have, (np.repeat(at, lengths), tag), count)
        np.add.at(problem.have, (np.repeat(to, lengths), tag), count)
        np.subtract.at(problem.size, at, self.weight[unit])
        np.add.at(problem.size, to, self.weight[unit])
        self.at[unit] = to
        problem.split_of[self.units[unit]] = to

    def apart(self, *sides: NDArray[np.int64]) -> NDArray[np.int64]:
        """Positions, ascending, of changes of which no two touch one tag or one unit.

        `sides` hold one or two units per change, best change first. Three rounds of what each
        tag allows: a change is kept if it is the first that touches any of its tags.
        """
        left, kept = np.arange(len(sides[0])), [np.empty(0, np.int64)]
        # Units without tags clash with themselves only.
        things = self.tags + len(self.units)
        used = np.zeros(things, bool)
        for _ in range(3):
            tag, change = [], []
            for side in sides:
                where, lengths = entries(self.matrix.indptr, side[left])
                tag += [self.tag[self.matrix.indices[where]], self.tags + side[left]]
                change += [np.repeat(np.arange(len(left)), lengths), np.arange(len(left))]
            tags, changes = np.concatenate(tag), np.concatenate(change)
            first = np.full(things, len(left))
            np.minimum.at(first, tags, changes)
            keep = np.bincount(changes, first[tags] != changes, len(left)) == 0
            kept.append(left[keep])
            used[tags[keep[changes]]] = True
            left = left[~keep & (np.bincount(changes, used[tags], len(left)) == 0)]
        return np.sort(np.concatenate(kept))
