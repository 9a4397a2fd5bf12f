"""How far two versions' distributions of labels over tags lie apart.

What chance alone would make of a distance is in `tagledger.measures.null_quantiles`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special


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
