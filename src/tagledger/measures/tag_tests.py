"""Whether a tag is on more or fewer items than before, beyond what chance explains: tests per tag.

Two rates describe a tag: its *presence*, the share of items that have it, and its *share* of all
labels. The tests are on presence, because an item has a tag or has not; the distances of
`tagledger.measures.distances` are on shares, because these sum to 1.

Versions share most of their items, so A and B are not two samples. Test the kept items with
`mcnemar` and the items of one version only with `two_proportions`. Leave out the tags that have too
few items to reach p < .05 whatever happened (`can_show_paired`, `can_show_unpaired`), which would
only make the others' tests weaker, and correct what is left with
`tagledger.measures.correction`. All functions are pure, on counts.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

Counts = NDArray[np.int64]
ALPHA = 0.05
"""A test that cannot come below this p-value, whatever it finds, is not made."""


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
    and at most 1. P is counted in whole numbers up to n = 500; above that it is the regularised
    incomplete beta function I_1/2(n - k, k + 1), good to the last digits for any count. Below the
    smallest float p is 0.
    """
    first, second = np.broadcast_arrays(np.asarray(lost), np.asarray(gained))
    most, fewest = np.maximum(first, second), np.minimum(first, second)
    tail = np.empty(most.shape)
    few = most + fewest <= _COUNTED
    pairs = zip(most[few].tolist(), fewest[few].tolist(), strict=True)
    tail[few] = [_counted_tail(int(m), int(f)) for m, f in pairs]
    if not few.all():
        from scipy import special  # takes as long to load as a small comparison to run

        tail[~few] = special.betainc(most[~few], fewest[~few] + 1.0, 0.5)
    return np.asarray(np.minimum(1.0, 2 * tail))


_COUNTED = 500  # changes of a tag: a tail is then a sum of at most 250 whole numbers


@lru_cache(10_000)
def _counted_tail(most: int, fewest: int) -> float:
    """P(X <= fewest) for X binomial (most + fewest, 1/2), to the last digit."""
    changes, ways, tail = most + fewest, 1, 1
    for chosen in range(fewest):
        ways = ways * (changes - chosen) // (chosen + 1)
        tail += ways
    return tail / (1 << changes)


def can_show_paired(lost: ArrayLike, gained: ArrayLike) -> NDArray[np.bool_]:
    """Whether the exact McNemar test of so many changes could reach p < .05 at all.

    Parameters
    ----------
    lost, gained
        Shape (tags,): kept items that had the tag in A only, and in B only.

    Returns
    -------
    ndarray
        Shape (tags,), bool: true from six changes on, since the smallest p is 2^(1 - changes).

    Notes
    -----
    How many items changed says nothing of the direction, which is what is tested: to leave a tag
    out by it changes no other tag's false alarms (Tarone, Biometrics 46, 1990; Gilbert, J. R. Stat.
    Soc. C 54, 2005).
    """
    changes = np.asarray(lost, np.float64) + np.asarray(gained, np.float64)
    return np.asarray(np.exp2(1 - changes) < ALPHA)


def can_show_unpaired(
    count_a: ArrayLike, n_a: int, count_b: ArrayLike, n_b: int
) -> NDArray[np.bool_]:
    """Whether `two_proportions` could reach p < .05 with the tag on as many items as it is.

    Parameters
    ----------
    count_a, count_b
        Shape (tags,): items with the tag.
    n_a, n_b
        Items in all.

    Returns
    -------
    ndarray
        Shape (tags,), bool: whether the test comes below .05 when all of the items with the tag are
        on one side, as far as they fit. Only their sum is looked at, as for `can_show_paired`.
    """
    have = np.asarray(count_a, np.int64) + np.asarray(count_b, np.int64)
    most_a, most_b = np.minimum(have, n_a), np.minimum(have, n_b)
    extremes = (
        two_proportions(most_a, n_a, have - most_a, n_b),
        two_proportions(have - most_b, n_a, most_b, n_b),
    )
    return np.asarray(np.fmin(*extremes) < ALPHA)


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
    z = np.abs(a / size_a - b / size_b) / error
    return np.array([math.erfc(each) for each in (z / math.sqrt(2)).tolist()])


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
    in_b = have[tag] - in_a
    # How much likelier each table is than the one before it, which has one item less in A.
    odds = (size_a[tag] - in_a + 1) * (in_b + 1) / np.maximum(in_a * (size_b[tag] - in_b), 1)
    step = np.log(odds)
    step[start] = 0.0
    # Back to 0 where the next tag begins, so that no tag has the rounding of those before it.
    step[start[1:]] = -np.add.reduceat(step, start)[:-1]
    weight = np.cumsum(step)
    seen = weight[start + a - lowest]
    # Tables as likely as the one seen count too: the slack is R's, and above rounding.
    extreme = weight <= seen[tag] + 1e-7
    likelihood = np.exp(weight - np.maximum.reduceat(weight, start)[tag])
    total = np.add.reduceat(likelihood, start)
    p: NDArray[np.float64] = np.add.reduceat(likelihood * extreme, start) / total
    return p


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
