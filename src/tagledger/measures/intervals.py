"""How large a change of presence may truly be: differences of two shares with 95 % intervals.

A p-value says whether a tag changed, an interval says by how much. All functions are pure, on
counts, and give shares: 0.05 is five points.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tagledger.measures.tag_tests import ALPHA, mcnemar

Floats = NDArray[np.float64]
_Z = 1.959963984540054  # the 97.5 % quantile of the standard normal distribution


class Difference(NamedTuple):
    """Differences of presence, B less A, of shape (tags,): each with its 95 % interval."""

    value: Floats
    low: Floats
    high: Floats


def paired_difference(lost: ArrayLike, gained: ArrayLike, items: int) -> Difference:
    """The change of presence on items that both versions have.

    Parameters
    ----------
    lost, gained
        Shape (tags,): kept items that had the tag in A only, and in B only.
    items
        Kept items.

    Returns
    -------
    Difference
        (gained - lost) / items and its interval; nan without items.

    Notes
    -----
    The adjusted Wald interval of Bonett and Price, "Adjusted Wald confidence interval for a
    difference of binomial proportions based on paired data", J. Educ. Behav. Stat. 37 (2012): one
    item more that lost the tag and one more that gained it, among two items more. With 0 to 20
    changes expected it covers the true difference in 93.6 to 100 % of samples, on average in 96 to
    98 %. Newcombe's method 10 covers it in 94.8 to 100 %, and is a tenth wider.
    """
    b, c = np.asarray(lost, np.float64), np.asarray(gained, np.float64)
    if not items:
        return _undefined(np.broadcast(b, c).shape)
    size = items + 2
    middle = (c - b) / size
    error = np.sqrt(((b + c + 2) / size - middle**2) / size)
    return Difference(
        (c - b) / items,
        np.maximum(middle - _Z * error, -1),
        np.minimum(middle + _Z * error, 1),
    )


def independent_difference(
    count_a: ArrayLike, n_a: int, count_b: ArrayLike, n_b: int
) -> Difference:
    """The difference of presence between two separate sets of items.

    Parameters
    ----------
    count_a, count_b
        Shape (tags,): items with the tag.
    n_a, n_b
        Items in all.

    Returns
    -------
    Difference
        Its interval is nan, as it is, where a set has no items.

    Notes
    -----
    The hybrid score interval, method 10 of Newcombe, "Interval estimation for the difference
    between independent proportions", Statistics in Medicine 17 (1998), from Wilson's interval of
    each share.
    """
    a, b = np.asarray(count_a, np.float64), np.asarray(count_b, np.float64)
    if not (n_a and n_b):
        return _undefined(np.broadcast(a, b).shape)
    p, q = a / n_a, b / n_b
    (low_p, high_p), (low_q, high_q) = _wilson(p, n_a), _wilson(q, n_b)
    return Difference(
        q - p,
        q - p - np.hypot(q - low_q, high_p - p),
        q - p + np.hypot(high_q - q, p - low_p),
    )


def smallest_loss(had: ArrayLike, gained: ArrayLike) -> Floats:
    """The fewest items that a tag must lose for the paired test to show it by itself: p < .05.

    Parameters
    ----------
    had
        Shape (tags,): kept items that have the tag in A; it cannot lose more.
    gained
        Shape (tags,): kept items that gained it.

    Returns
    -------
    ndarray
        Shape (tags,), whole numbers as float64; nan where the tag has too few items to show any
        loss, as a tag on five items has.
    """
    gains, tag = np.unique(np.asarray(gained, np.int64), return_inverse=True)
    # As many lost as gained shows nothing; twice as many and forty do, whatever the gain.
    low, high = gains.copy(), 2 * gains + 40
    while (high - low > 1).any():
        middle = (low + high) // 2
        shown = mcnemar(middle, gains) < ALPHA
        high, low = np.where(shown, middle, high), np.where(shown, low, middle)
    needed = high[tag].astype(np.float64)
    return np.where(needed <= np.asarray(had), needed, math.nan)


def _wilson(share: Floats, items: int) -> tuple[Floats, Floats]:
    """Wilson's score interval of a share."""
    scale = 1 + _Z**2 / items
    middle = (share + _Z**2 / (2 * items)) / scale
    half = _Z / scale * np.sqrt(share * (1 - share) / items + _Z**2 / (4 * items**2))
    # At 0 and at 1 the bound is the share itself, which rounding may pass by a last digit.
    return np.minimum(middle - half, share), np.maximum(middle + half, share)


def _undefined(shape: tuple[int, ...]) -> Difference:
    nothing = np.full(shape, math.nan)
    return Difference(nothing, nothing, nothing)
