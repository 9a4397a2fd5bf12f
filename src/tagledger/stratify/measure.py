"""How well a split is stratified, and how well it could be.

The measure is the label distribution error of Sechidis, Tsoumakas & Vlahavas (On the
stratification of multi-label data, ECML PKDD 2011, section 4), which Szymański & Kajdanowicz (A
network perspective on stratification of multi-label data, 2017) use as well. Rows are whole, so
that it is rarely 0; divided by its least value for whole rows it can be compared between datasets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tagledger.stratify.units import goals

Ratios = Mapping[str, float] | Sequence[float] | NDArray[np.float64]


def label_distribution_error(counts: ArrayLike, sizes: ArrayLike, ratios: Ratios) -> float:
    """Mean over tags and splits of the distance between a tag's odds in the split and overall.

        LD = mean over t, j of | c_jt / (m_j - c_jt) - N_t / (n - N_t) |

    with c_jt of the m_j rows of split j and N_t of all n rows having tag t. What the definition
    leaves open is settled so that every term is finite: a tag that more than half of the rows
    have is measured by the rows that lack it; a split whose rows all have a tag is reckoned as
    if one row had not; tags on no row are left out, and so are empty splits whose ratio asks for
    less than half a row.

    Parameters
    ----------
    counts
        Shape (splits, tags): rows of each split that have each tag.
    sizes
        Shape (splits,): rows of each split.
    ratios
        Share of the rows that each split should have.

    Returns
    -------
    float
        0 for perfect proportions; 0 too when there is no tag.
    """
    count, size = np.asarray(counts, np.int64), np.asarray(sizes, np.int64)
    ratio = as_array(ratios)
    if count.ndim != 2 or count.shape[0] != len(size) or len(ratio) != len(size):
        raise ValueError(
            f"counts {count.shape}, sizes {size.shape} and ratios ({len(ratio)},) do not fit"
        )
    n, total = int(size.sum()), count.sum(axis=0)
    used = (size > 0) | (ratio * n >= 0.5)
    count, size = count[np.ix_(used, total > 0)], size[used, None]
    total = total[total > 0]
    if not count.size:
        return 0.0
    frequent = 2 * total > n
    count = np.where(frequent, size - count, count)
    total = np.where(frequent, n - total, total)
    odds = count / np.maximum(size - count, 1)
    return float(np.abs(odds - total / np.maximum(n - total, 1)).mean())


def rounding_floor(
    counts_per_tag: ArrayLike,
    n: int,
    ratios: Ratios,
    *,
    frozen_counts: ArrayLike | None = None,
    frozen_sizes: ArrayLike | None = None,
) -> float:
    """The least label distribution error that whole rows allow, each tag taken by itself.

    Sizes are the largest-remainder sizes. No split of real data need reach it: tags share rows.
    With `frozen_counts` and `frozen_sizes` it is the least that a base allows; the difference to
    the floor without them is the error that the base makes unavoidable.

    Parameters
    ----------
    counts_per_tag
        Shape (tags,): rows that have each tag, frozen rows included.
    n
        Number of rows, frozen rows included.
    ratios
        Share of the rows that each split should have.
    frozen_counts, frozen_sizes
        Shapes (splits, tags) and (splits,): what each split already has and keeps.
    """
    total, ratio = np.asarray(counts_per_tag, np.int64), as_array(ratios)
    taken = np.zeros(len(ratio), np.int64) if frozen_sizes is None else np.asarray(frozen_sizes)
    sizes = goals(ratio / ratio.sum(), n, taken.astype(np.int64))
    counts = nearest_counts(total, sizes, frozen_counts)
    return label_distribution_error(counts, sizes, ratios)


def nearest_counts(
    total: NDArray[np.int64], sizes: NDArray[np.int64], frozen: ArrayLike | None = None
) -> NDArray[np.int64]:
    """Whole (splits, tags) counts that make sum |c_jt / m_j - N_t / n| least for each tag.

    The sum is convex in each count, so that rows can be handed out greedily: first those that
    bring a split towards its target m_j N_t / n (each is worth -1 / m_j), those that step over
    the target (worth (1 - 2 fraction) / m_j), then those beyond (1 / m_j), cheapest first.
    """
    splits, tags = len(sizes), len(total)
    have = np.zeros((splits, tags), np.int64) if frozen is None else np.asarray(frozen, np.int64)
    size = sizes[:, None]
    target = size * total / max(int(sizes.sum()), 1)
    whole = np.floor(target + 1e-9).astype(np.int64)
    fraction = np.maximum(target - whole, 0.0)
    toward = np.maximum(whole - have, 0)
    across = ((have <= whole) & (whole < size)).astype(np.int64)
    beyond = np.maximum(size - have - toward - across, 0)
    value = 1 / np.maximum(size, 1)
    price = np.concatenate([-value + 0 * target, (1 - 2 * fraction) * value, value + 0 * target])
    supply = np.concatenate([toward, across, beyond])
    order = np.argsort(price, axis=0, kind="stable")
    supply = np.take_along_axis(supply, order, axis=0)
    before = np.cumsum(supply, axis=0) - supply
    given = np.clip(total - have.sum(axis=0) - before, 0, supply)
    back = np.empty_like(given)
    np.put_along_axis(back, order, given, axis=0)
    best: NDArray[np.int64] = have + back.reshape(3, splits, tags).sum(axis=0)
    return best


def as_array(ratios: Ratios) -> NDArray[np.float64]:
    """The ratios as an array, in their order."""
    return np.array(list(ratios.values() if isinstance(ratios, Mapping) else ratios), float)
