"""Many tests at once: p-values of a family become q-values, two families become one answer."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray


def adjust(p: ArrayLike, method: Literal["bh", "by"] = "bh") -> NDArray[np.float64]:
    """Correct a family of p-values for their number: q-values that hold the false discovery rate.

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


def over_families(*families: ArrayLike) -> NDArray[np.float64]:
    """One q-value for each tag from several families of tests, each of which `adjust` corrected.

    Parameters
    ----------
    families
        Each of shape (tags,): a family's q-values; nan where a tag was not tested in it.

    Returns
    -------
    ndarray
        Shape (tags,), float64 in [0, 1]: the smallest of a tag's q-values times the number of
        families that test any tag; nan where none tests this tag.

    Notes
    -----
    To take the smaller of two q-values doubles the share of false discoveries. Each family gets an
    equal part of it instead (Bonferroni), so that all of them together keep within it. Beside
    one p-value for each tag (Fisher's method, or Bonferroni's of two) and beside one family of all
    tests it finds twice as many tags of which a few kept items lost the label, because their
    family is small, and about as many of the others; benchmarks/drift_power.py has the figures.
    """
    q = np.array(families, dtype=np.float64)
    tested = ~np.isnan(q)
    smallest = np.where(tested, q, np.inf).min(axis=0)
    family_count = max(int(tested.any(axis=1).sum()), 1)
    return np.where(np.isinf(smallest), np.nan, np.minimum(smallest * family_count, 1))
