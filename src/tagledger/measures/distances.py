"""How far two versions' distributions of labels over tags lie apart.

What chance alone would make of a distance is in `tagledger.measures.null_quantiles`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Shares = NDArray[np.float64]


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


DISTANCES = (
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
    a, b = np.asarray(counts_a), np.asarray(counts_b)
    if a.shape != b.shape:
        raise ValueError(f"{a.size} tags in A and {b.size} in B: count both over the same tags")
    widest = int(np.abs(a / a.sum() - b / b.sum()).argmax()) if a.any() and b.any() else None
    one_pair = of_pairs(a[np.newaxis], b[np.newaxis])
    return Distances(
        l_infinity_tag=widest, **{name: float(value[0]) for name, value in one_pair.items()}
    )


def of_pairs(counts_a: ArrayLike, counts_b: ArrayLike) -> dict[str, NDArray[np.float64]]:
    """Each of `DISTANCES` for several pairs at once.

    Parameters
    ----------
    counts_a, counts_b
        Shape (pairs, tags): items per tag, over the same tags.

    Returns
    -------
    dict
        Shape (pairs,) each: nan for a pair of which one has no labels.
    """
    a, b = np.asarray(counts_a, np.float64), np.asarray(counts_b, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):  # of nothing by nothing
        p, q = a / a.sum(axis=1, keepdims=True), b / b.sum(axis=1, keepdims=True)
        middle = (p + q) / 2
        entropies = (_relative_entropy(p, middle) + _relative_entropy(q, middle)).sum(axis=1)
        stability = _psi(a, b)
    gap = np.abs(p - q)
    divergence = np.clip(entropies / math.log(4), 0, 1)
    hellinger = np.sqrt(((np.sqrt(p) - np.sqrt(q)) ** 2).sum(axis=1) / 2)
    defined = a.any(axis=1) & b.any(axis=1)
    every = {
        "jensen_shannon_divergence": divergence,
        "jensen_shannon_distance": np.sqrt(divergence),
        "l_infinity": gap.max(axis=1, initial=0),
        "hellinger": np.minimum(hellinger, 1),
        "total_variation": np.minimum(gap.sum(axis=1) / 2, 1),
        "psi": stability,
    }
    return {name: np.where(defined, value, math.nan) for name, value in every.items()}


def _relative_entropy(p: Shares, q: Shares) -> Shares:
    return np.where(p > 0, p * np.log(p / q), 0.0)


def _psi(a: Shares, b: Shares) -> Shares:
    used = (a + b) > 0
    a, b = a + 0.5, b + 0.5
    p = a / a.sum(axis=1, where=used, keepdims=True)
    q = b / b.sum(axis=1, where=used, keepdims=True)
    return np.asarray(((p - q) * (np.log(p) - np.log(q))).sum(axis=1, where=used))
