"""How far apart the tag distributions of two versions are, and how much chance explains.

Two rates describe a tag: its *presence*, the share of items that have it, and its *share* of all
labels. The tests of a tag use presence, because an item has a tag or does not have it. The
distances use shares, because shares sum to 1. All functions are pure. They take counts or sparse
indicator matrices (items x tags, see `tagledger.labels.Indicator`) and no ids.

Versions share most of their items, so A and B are not two samples. Per tag, test the kept items
with `mcnemar` and the items of one version only with `two_proportions`, and correct each of the
two families with `adjust`.

For the distances there are two answers to "how large would it be if nothing had changed?":

- `null_quantiles`: the two versions are random samples, of their sizes, of one population. This
  is the number to show beside a distance: a rule such as "PSI below 0.1 is stable" is about two
  samples, and this is the bound for samples of these sizes and tags. Versions that share most of
  their items are far below it, even if their few corrections all have one direction.
- `paired_null_quantiles`: the items are given, the added and removed items are a random pick, and
  each correction could have been the opposite one. This bound is much smaller. A distance above it
  says that the changes have a direction, not that they are large.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import Literal

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray
from scipy import special

Counts = NDArray[np.int64]
Marks = NDArray[np.bool_]
Draw = Callable[[Sequence[np.random.Generator]], Iterable[tuple[Counts, Counts]]]


def presence(counts: ArrayLike, items: int) -> NDArray[np.float64]:
    """The share of items that have each tag.

    Parameters
    ----------
    counts
        Shape (tags,): items per tag.
    items
        Items in the version, those without labels included.

    Returns
    -------
    ndarray
        Shape (tags,), float64 in [0, 1]; nan without items.
    """
    return _over(counts, items)


def share(counts: ArrayLike) -> NDArray[np.float64]:
    """Each tag's share of all labels.

    Parameters
    ----------
    counts
        Shape (tags,): items per tag.

    Returns
    -------
    ndarray
        Shape (tags,), float64 in [0, 1], of sum 1; nan without labels.
    """
    return _over(counts, np.sum(counts))


def _over(counts: ArrayLike, whole: float) -> NDArray[np.float64]:
    each = np.asarray(counts, dtype=np.float64)
    return each / whole if whole else np.full(each.shape, math.nan)


# --- per tag ----------------------------------------------------------------------------------


def mcnemar(lost: ArrayLike, gained: ArrayLike) -> NDArray[np.float64]:
    """Exact McNemar test of whether kept items lost a tag as readily as they gained it.

    Parameters
    ----------
    lost, gained
        Shape (tags,): kept items that had the tag in A only, and in B only.

    Returns
    -------
    ndarray
        Shape (tags,), float64 in [0, 1]: the two-sided p-value, 1 where nothing changed.

    Notes
    -----
    With n = lost + gained and k the smaller of the two, p = 2 P(X <= k) for X binomial (n, 1/2),
    and at most 1. P is the regularised incomplete beta function I_1/2(n - k, k + 1), good to the
    last digits for any count; below the smallest float p is 0.
    """
    first = np.asarray(lost, dtype=np.float64)
    second = np.asarray(gained, dtype=np.float64)
    tail = special.betainc(np.maximum(first, second), np.minimum(first, second) + 1, 0.5)
    return np.minimum(1.0, 2 * tail)


def two_proportions(
    count_a: ArrayLike, n_a: ArrayLike, count_b: ArrayLike, n_b: ArrayLike
) -> NDArray[np.float64]:
    """Test whether two separate sets of items have a tag equally often.

    Parameters
    ----------
    count_a, count_b
        Shape (tags,): items with the tag.
    n_a, n_b
        Items in all, a number or shape (tags,).

    Returns
    -------
    ndarray
        Shape (tags,), float64 in [0, 1]: the two-sided p-value of the pooled z-test, or of
        Fisher's exact test where an expected count is under 5. nan where a set has no items:
        nothing was tested, and `adjust` leaves the tag out of its family.

    Raises
    ------
    ValueError
        When a count is negative or larger than its n.
    """
    a, size_a, b, size_b = np.broadcast_arrays(
        *(
            np.atleast_1d(np.asarray(given, dtype=np.int64))
            for given in (count_a, n_a, count_b, n_b)
        )
    )
    if np.any((a < 0) | (b < 0) | (a > size_a) | (b > size_b)):
        raise ValueError("a count must be from 0 to the number of items")
    p = np.full(a.shape, math.nan)
    tested = (size_a > 0) & (size_b > 0)
    have, size = a + b, size_a + size_b
    least_expected = np.minimum(have, size - have) * (
        np.minimum(size_a, size_b) / np.maximum(size, 1)
    )
    exact = tested & (least_expected < 5)
    p[exact] = _fisher(a[exact], size_a[exact], b[exact], size_b[exact])
    large = tested & ~exact
    p[large] = _pooled_z(a[large], size_a[large], b[large], size_b[large])
    return p


def _pooled_z(a: Counts, size_a: Counts, b: Counts, size_b: Counts) -> NDArray[np.float64]:
    pooled = (a + b) / (size_a + size_b)
    error = np.sqrt(pooled * (1 - pooled) * (1 / size_a + 1 / size_b))
    tail = special.ndtr(-np.abs(a / size_a - b / size_b) / error)
    return np.asarray(2 * tail, dtype=np.float64)


def _fisher(a: Counts, size_a: Counts, b: Counts, size_b: Counts) -> NDArray[np.float64]:
    """Two-sided p-value: the tables with these margins that are no likelier than the one seen.

    All tables of all tags stand one after the other in flat arrays. With an expected count under
    5 a tag has at most about sqrt(5 n) of them, and most have fewer than a dozen.
    """
    if len(a) == 0:
        return np.empty(0)
    have = a + b
    lowest = np.maximum(0, have - size_b)
    tables = np.minimum(have, size_a) - lowest + 1
    start = np.cumsum(tables) - tables
    tag = np.repeat(np.arange(len(a)), tables)
    in_a = np.arange(len(tag)) - start[tag] + lowest[tag]
    weight = _log_choose(size_a[tag], in_a) + _log_choose(size_b[tag], have[tag] - in_a)
    seen = weight[start + a - lowest]
    # Tables as likely as the one seen count too: the slack is R's, and above rounding.
    extreme = weight <= seen[tag] + 1e-7
    likelihood = np.exp(weight - np.maximum.reduceat(weight, start)[tag])
    total = np.add.reduceat(likelihood, start)
    p: NDArray[np.float64] = np.add.reduceat(likelihood * extreme, start) / total
    return p


def _log_choose(n: Counts, k: Counts) -> NDArray[np.float64]:
    # Beta keeps the digits that a difference of log factorials loses when n is large.
    return -special.betaln(n - k + 1.0, k + 1.0) - np.log1p(n)


def adjust(p: ArrayLike, method: Literal["bh", "by"] = "bh") -> NDArray[np.float64]:
    """Correct a family of p-values for their number: q-values bound the false discovery rate.

    Parameters
    ----------
    p
        Shape (tags,): p-values of one family; nan for a tag that was not tested.
    method
        "bh", Benjamini and Hochberg (1995), for independent or positively dependent tests; "by",
        Benjamini and Yekutieli (2001), under any dependence, and stricter.

    Returns
    -------
    ndarray
        Shape (tags,), float64 in [0, 1]: nan where `p` is, and the family counts only the others.

    Raises
    ------
    ValueError
        When a p-value is outside [0, 1], or the method is unknown.
    """
    # As scipy.stats.false_discovery_control, which takes longer to load than a comparison needs.
    q = np.array(p, dtype=np.float64)
    tested = ~np.isnan(q)
    family = q[tested]
    if ((family < 0) | (family > 1)).any():
        raise ValueError("a p-value is outside [0, 1]")
    if method not in ("bh", "by"):
        raise ValueError(f"no method is called {method!r}: bh or by")
    rank = np.arange(1, len(family) + 1)
    order = np.argsort(family, kind="stable")
    bound = family[order] * len(family) / rank
    if method == "by":
        bound *= (1 / rank).sum()
    family[order] = np.minimum(np.minimum.accumulate(bound[::-1])[::-1], 1)
    q[tested] = family
    return q


def cohens_h(p1: ArrayLike, p2: ArrayLike) -> NDArray[np.float64]:
    """Cohen's h, an effect size: 2 arcsin(sqrt p1) - 2 arcsin(sqrt p2).

    Parameters
    ----------
    p1, p2
        Shape (tags,): proportions in [0, 1].

    Returns
    -------
    ndarray
        Shape (tags,), float64 from -pi to pi, positive where `p1` is the larger. Cohen (1988,
        ch. 6) calls 0.2 small, 0.5 medium and 0.8 large.
    """
    first = np.arcsin(np.sqrt(np.asarray(p1, dtype=np.float64)))
    second = np.arcsin(np.sqrt(np.asarray(p2, dtype=np.float64)))
    return np.asarray(2 * (first - second))


# --- whole dataset ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Distances:
    """Distances between two distributions of labels over tags; nan where one has no labels.

    With p and q each tag's share of the labels in A and in B, all but PSI are from 0, equal, to 1.

    Attributes
    ----------
    jensen_shannon_divergence
        In bits: half the relative entropy of p plus half that of q, each to (p + q) / 2.
    jensen_shannon_distance
        Its square root, which is a metric. Tools differ in which of the two they call "JS".
    l_infinity
        The largest difference of a tag's shares.
    l_infinity_tag
        That tag's column, the first of several; None where there is none, as in a quantile.
    hellinger
        sqrt(sum of (sqrt p - sqrt q)^2 / 2).
    total_variation
        Half the sum of abs(p - q): the share of labels that would have to move.
    psi
        Population stability index, sum of (p - q) ln(p / q), 0 or more without a bound. Since a
        tag that one version lacks would make it infinite, half a label is added to every tag
        that either version has, in both. Under no change it is about (tags - 1)(1/n + 1/m) for n
        and m labels, so no fixed limit fits all datasets.
    """

    jensen_shannon_divergence: float
    jensen_shannon_distance: float
    l_infinity: float
    l_infinity_tag: int | None
    hellinger: float
    total_variation: float
    psi: float


_UNDEFINED = Distances(math.nan, math.nan, math.nan, None, math.nan, math.nan, math.nan)
_MEASURES = (
    "jensen_shannon_divergence",
    "jensen_shannon_distance",
    "l_infinity",
    "hellinger",
    "total_variation",
    "psi",
)


def distances(counts_a: ArrayLike, counts_b: ArrayLike) -> Distances:
    """The distances between two versions' labels.

    Parameters
    ----------
    counts_a, counts_b
        Shape (tags,): items per tag in A and in B, over the same tags. A tag that neither version
        has changes nothing.

    Returns
    -------
    Distances

    Raises
    ------
    ValueError
        When the two differ in length.
    """
    a = np.asarray(counts_a, dtype=np.float64)
    b = np.asarray(counts_b, dtype=np.float64)
    if a.shape != b.shape:
        raise ValueError(f"{a.size} tags in A and {b.size} in B: count both over the same tags")
    if not (a.any() and b.any()):
        return _UNDEFINED
    p, q = a / a.sum(), b / b.sum()
    gap = np.abs(p - q)
    middle = (p + q) / 2
    divergence = (special.rel_entr(p, middle) + special.rel_entr(q, middle)).sum() / math.log(4)
    divergence = min(max(float(divergence), 0.0), 1.0)
    hellinger = math.sqrt(((np.sqrt(p) - np.sqrt(q)) ** 2).sum() / 2)
    widest = int(gap.argmax())
    return Distances(
        jensen_shannon_divergence=divergence,
        jensen_shannon_distance=math.sqrt(divergence),
        l_infinity=float(gap[widest]),
        l_infinity_tag=widest,
        hellinger=min(hellinger, 1.0),
        total_variation=min(float(gap.sum()) / 2, 1.0),
        psi=_psi(a, b),
    )


def _psi(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    used = (a + b) > 0
    a, b = a[used] + 0.5, b[used] + 0.5
    p, q = a / a.sum(), b / b.sum()
    return float(((p - q) * (np.log(p) - np.log(q))).sum())


# --- what chance alone would do -----------------------------------------------------------------


def null_quantiles(
    matrix_a: sp.csr_array,
    matrix_b: sp.csr_array,
    *,
    permutations: int = 199,
    quantile: float = 0.95,
    seed: int = 0,
) -> Distances:
    """How far apart two random samples of these sizes lie: the bound to show beside a distance.

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
    pooled = _Rows(matrix_a, matrix_b)
    total = pooled.total()
    fewer = min(matrix_a.shape[0], matrix_b.shape[0])

    def draw(rngs: Sequence[np.random.Generator]) -> Iterable[tuple[Counts, Counts]]:
        for part in pooled.sums([_random_subset(rng, pooled.number, fewer) for rng in rngs]):
            yield part, total - part  # which of them is A makes no difference to any distance

    return _quantiles(draw, permutations=permutations, quantile=quantile, seed=seed)


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
    items picked stay whole. Dealing only among the added and removed items would say nothing about
    a version that only grew.

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
    edits = _Rows(edit[edited])
    settled = _Rows(kept_a[~edited], only_a, only_b)
    all_edits = edits.total()
    union = settled.total() + _Rows(kept_a[edited]).total()
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

    return _quantiles(draw, permutations=permutations, quantile=quantile, seed=seed)


class _Rows:
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
        packed = np.zeros(self.number, np.int64)
        for lane, mark in enumerate(marks):
            packed |= np.left_shift(mark, lane * self.BITS, dtype=np.int64)
        totals = np.zeros((len(marks), self._tags), dtype=np.int64)
        for number, block in enumerate(self._blocks):
            found = block @ packed[number * self.BLOCK : (number + 1) * self.BLOCK]
            found += sum(self._ZERO << lane * self.BITS for lane in range(self.LANES))
            for lane in range(len(marks)):
                totals[lane] += (found >> lane * self.BITS & (1 << self.BITS) - 1) - self._ZERO
        return list(totals)

    def total(self) -> Counts:
        """The sum of all rows, of shape (tags,)."""
        return self.sums([np.ones(self.number, dtype=bool)])[0]


def _marked(positions: NDArray[np.int64], size: int) -> Marks:
    marks = np.zeros(size, dtype=bool)
    marks[positions] = True
    return marks


def _random_subset(rng: np.random.Generator, items: int, size: int) -> Marks:
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


def _quantiles(draw: Draw, *, permutations: int, quantile: float, seed: int) -> Distances:
    """Each distance's quantile over draws of a pair of counts."""
    if permutations < 1:
        raise ValueError(f"{permutations} permutations: at least 1 is needed")
    if not 0 < quantile < 1:
        raise ValueError(f"quantile {quantile} is not between 0 and 1")

    def distances_of(sequences: Sequence[np.random.SeedSequence]) -> list[Distances]:
        pairs = draw([np.random.default_rng(sequence) for sequence in sequences])
        return [distances(*pair) for pair in pairs]

    # A generator for each draw, so that the number of threads changes nothing.
    sequences = np.random.SeedSequence(seed).spawn(permutations)
    shares = [sequences[at : at + _Rows.LANES] for at in range(0, permutations, _Rows.LANES)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        drawn = list(chain.from_iterable(pool.map(distances_of, shares)))
    return Distances(
        l_infinity_tag=None,
        **{name: _bound([getattr(each, name) for each in drawn], quantile) for name in _MEASURES},
    )


def _bound(drawn: list[float], quantile: float) -> float:
    """The drawn value that a further one exceeds with probability 1 - quantile at most."""
    # A draw may leave one side without labels, when items without any are many and items are few.
    values = sorted(value for value in drawn if not math.isnan(value))
    if not values:
        return math.nan
    # Always a value that was drawn: one between two would be exceeded by a tie with the upper.
    rank = math.ceil(round((len(values) + 1) * quantile, 9))
    return values[min(rank, len(values)) - 1]
