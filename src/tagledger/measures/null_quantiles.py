"""How far apart two versions' tag distributions would lie by chance alone.

There are two answers to "how large would a distance be if nothing had changed?":

- `paired_null_quantiles`, for versions that share items: the items are given, those that came and
  left are a random pick, and each corrected item could as well have been corrected the other way.
  A distance above it says that the changes have a direction, not that they are large.
- `null_quantiles`, for versions that share none: the two are random samples, of their sizes, of one
  population. Versions that share most of their items lie far below it, however one-sided their
  few corrections are: it hides a tag that lost half of its labels.

Both work on sparse indicator matrices (items x tags, see `tagledger.labels.Indicator`), and know
nothing of ids.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from tagledger.measures.distances import DISTANCES, Distances, of_pairs

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
Marks = NDArray[np.bool_]
FEW_ITEMS = 100_000
"""Up to so many items, several threads take longer than one does alone."""
Draw = Callable[[Sequence[np.random.Generator]], Iterable[tuple[Counts, Counts]]]


def null_quantiles(
    matrix_a: sp.csr_array,
    matrix_b: sp.csr_array,
    *,
    permutations: int = 199,
    quantile: float = 0.95,
    seed: int = 0,
) -> Distances:
    """How far apart two random samples of these sizes lie: the bound where no item is shared.

    The rows of A and B are pooled and dealt out anew, each item with its whole labelset, as many
    to A and to B as they had. An item in both versions is two rows.

    Parameters
    ----------
    matrix_a, matrix_b
        Shape (items, tags), over the same tags, each with its rows in the order of their ids: the
        result then depends on the data and the seed only.
    permutations
        How many times to deal. When (permutations + 1) x quantile is a whole number, as it is by
        default, two random samples exceed the bound with probability 1 - quantile, or less where
        distances tie.
    quantile
        From 0 to 1.
    seed
        Of the random numbers.

    Returns
    -------
    Distances
        The quantile of each distance by itself; `l_infinity_tag` is None. nan when a version has no
        labels.

    Raises
    ------
    ValueError
        When the tags differ in number, or `permutations` is below 1.
    """
    pooled = RowSums(matrix_a, matrix_b)
    total = pooled.total()
    fewer = min(matrix_a.shape[0], matrix_b.shape[0])

    def draw(rngs: Sequence[np.random.Generator]) -> Iterable[tuple[Counts, Counts]]:
        for part in pooled.sums([random_subset(rng, pooled.number, fewer) for rng in rngs]):
            yield part, total - part  # which of them is A makes no difference to any distance

    return _quantiles(draw, pooled.number, permutations=permutations, quantile=quantile, seed=seed)


def paired_null_quantiles(
    kept_a: sp.csr_array,
    kept_b: sp.csr_array,
    only_a: sp.csr_array,
    only_b: sp.csr_array,
    *,
    permutations: int = 199,
    quantile: float = 0.95,
    seed: int = 0,
) -> Distances:
    """How far apart two versions lie when their changes have no direction.

    Each relabelled item's two labelsets change places with probability 1/2. Among all other items,
    those in A only, in B only and in both are picked anew, as many of each as there were. The
    items picked stay whole. Dealing only among the items that came and left would say nothing of
    a version that only grew, where all of them came.

    Parameters
    ----------
    kept_a, kept_b
        Shape (kept items, tags): the items in both versions, in the same order, by id.
    only_a, only_b
        Shape (items of one version only, tags), by id. All four are over the same tags.
    permutations, quantile, seed
        As for `null_quantiles`.

    Returns
    -------
    Distances
        As from `null_quantiles`. All 0 when nothing changed, as the distance itself is.

    Raises
    ------
    ValueError
        When the shapes do not fit, or `permutations` is below 1.
    """
    if kept_a.shape != kept_b.shape:
        raise ValueError(f"kept items have shape {kept_a.shape} in A and {kept_b.shape} in B")
    edit = sp.csr_array(kept_b - kept_a)
    edit.eliminate_zeros()
    edited = np.diff(edit.indptr) > 0
    edits = RowSums(edit[edited])
    settled = RowSums(kept_a[~edited], only_a, only_b)
    all_edits = edits.total()
    union = settled.total() + RowSums(kept_a[edited]).total()
    left, moved = only_a.shape[0], only_a.shape[0] + only_b.shape[0]

    def draw(rngs: Sequence[np.random.Generator]) -> Iterable[tuple[Counts, Counts]]:
        swaps = [rng.integers(0, 2, size=edits.number, dtype=np.int32) > 0 for rng in rngs]
        picks = [rng.choice(settled.number, size=moved, replace=False) for rng in rngs]
        for swapped, in_a_only, in_b_only in zip(
            edits.sums(swaps),
            settled.sums([_marked(picked[:left], settled.number) for picked in picks]),
            settled.sums([_marked(picked[left:], settled.number) for picked in picks]),
            strict=True,
        ):
            yield union + swapped - in_b_only, union + all_edits - swapped - in_a_only

    items = edits.number + settled.number
    return _quantiles(draw, items, permutations=permutations, quantile=quantile, seed=seed)


class RowSums:
    """Items of several matrices, one under the other, laid out for many sums of some of them.

    Per block of items, the items of each tag stand together. The marks of a block fit in a
    processor's cache, without which each of ten million labels would take four times as long.
    Several sums share one pass: each has its own bits of a number, wide enough for a whole block of
    1 and -1.
    """

    BLOCK = 1 << 18
    BITS = 21
    LANES = 63 // BITS
    _ZERO = 1 << BITS - 1  # what a sum of 0 is kept as, so that no lane borrows from the next

    def __init__(self, *matrices: sp.csr_array) -> None:
        rows = sp.csr_array(sp.vstack(matrices, format="csr"))
        self.number, self._tags = rows.shape
        self._blocks = [
            sp.csr_array(rows[start : start + self.BLOCK].T.tocsr().astype(np.int64))
            for start in range(0, self.number, self.BLOCK)
        ]

    def sums(self, marks: Sequence[Marks]) -> list[Counts]:
        """For each of up to `LANES` choices of rows, their sum; shapes (items,) and (tags,)."""
        if not any(mark.any() for mark in marks):
            # Versions that only grew, or only had labels edited, spare a pass over all labels.
            return [np.zeros(self._tags, dtype=np.int64) for _ in marks]
        packed = np.zeros(self.number, np.int64)
        for lane, mark in enumerate(marks):
            packed |= np.left_shift(mark, lane * self.BITS, dtype=np.int64)
        totals = np.zeros((len(marks), self._tags), dtype=np.int64)
        for number, block in enumerate(self._blocks):
            packed_sums = block @ packed[number * self.BLOCK : (number + 1) * self.BLOCK]
            packed_sums += sum(self._ZERO << lane * self.BITS for lane in range(self.LANES))
            for lane in range(len(marks)):
                lane_sums = packed_sums >> lane * self.BITS & (1 << self.BITS) - 1
                totals[lane] += lane_sums - self._ZERO
        return list(totals)

    def total(self) -> Counts:
        """The sum of all rows, of shape (tags,)."""
        return self.sums([np.ones(self.number, dtype=bool)])[0]


def _marked(positions: NDArray[np.int64], size: int) -> Marks:
    marks = np.zeros(size, dtype=bool)
    marks[positions] = True
    return marks


def random_subset(rng: np.random.Generator, items: int, size: int) -> Marks:
    """Mark `size` of `items`, every choice equally likely; shape (items,).

    A byte per item decides nearly all of it, and a random few are then added or taken away. A third
    faster than a partial shuffle, and as fair: at each step all items are treated alike.
    """
    chosen = rng.integers(0, 256, size=items, dtype=np.uint8) < 256 * size // max(items, 1)
    missing = size - int(np.count_nonzero(chosen))
    if missing:
        candidates = np.flatnonzero(chosen == (missing < 0))
        chosen[rng.choice(candidates, size=abs(missing), replace=False)] = missing > 0
    return chosen


def _quantiles(
    draw: Draw, items: int, *, permutations: int, quantile: float, seed: int
) -> Distances:
    """Each distance's quantile over draws of a pair of counts."""
    if permutations < 1:
        raise ValueError(f"{permutations} permutations: at least 1 is needed")
    if not 0 < quantile < 1:
        raise ValueError(f"quantile {quantile} is not between 0 and 1")

    def distances_of(sequences: Sequence[np.random.SeedSequence]) -> dict[str, Floats]:
        pairs = draw([np.random.default_rng(sequence) for sequence in sequences])
        return of_pairs(*map(np.array, zip(*pairs, strict=True)))

    # A generator for each draw, so that the number of threads changes nothing.
    sequences = np.random.SeedSequence(seed).spawn(permutations)
    shares = [sequences[at : at + RowSums.LANES] for at in range(0, permutations, RowSums.LANES)]
    if items <= FEW_ITEMS:
        drawn = [distances_of(share) for share in shares]
    else:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            drawn = list(pool.map(distances_of, shares))
    return Distances(
        l_infinity_tag=None,
        **{
            name: exact_bound(np.concatenate([each[name] for each in drawn]).tolist(), quantile)
            for name in DISTANCES
        },
    )


def exact_bound(drawn: list[float], quantile: float) -> float:
    """The drawn value that a further one exceeds with probability 1 - quantile at most."""
    # A draw may leave one side without labels, when items without any are many and items are few.
    values = sorted(value for value in drawn if not math.isnan(value))
    if not values:
        return math.nan
    # Always a value that was drawn: one between two would be exceeded by a tie with the upper.
    rank = math.ceil(round((len(values) + 1) * quantile, 9))
    return values[min(rank, len(values)) - 1]
