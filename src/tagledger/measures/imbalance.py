"""How unevenly the tags of a dataset are used, and how far items mix rare and frequent tags.

The measures are those of Charte, Rivera, del Jesus and Herrera, "Addressing imbalance in multilabel
classification: measures and random resampling algorithms", Neurocomputing 163 (2015), and of
the R package mldr, whose conventions hold where the paper leaves a choice:

- an item without labels counts in every mean over items, and the empty labelset is a labelset;
- a tag that no item has gets an IRLbl of 0, and enters MeanIR and CVIR with it;
- SCUMBLE takes the means of IRLbl over the labels that an item has, not over all tags;
- standard deviations are those of a sample (n - 1).

A measure that is not defined (a mean over no items, a deviation of one tag) is nan; orjson writes
it as null.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from tagledger.errors import TagledgerError
from tagledger.labels import Indicator

if TYPE_CHECKING:
    import scipy.sparse as sp

_Number = TypeVar("_Number", np.float64, np.uint64)


@dataclass(frozen=True)
class Imbalance:
    """The size and imbalance of a multi-label dataset.

    Attributes
    ----------
    items, labels, tags
        Rows; (item, tag) pairs; columns, whether or not an item has the tag.
    cardinality
        Labels per item, the mean. nan without items.
    density
        Cardinality over tags. nan without items or tags.
    labelsets
        Different labelsets, the empty one included where an item has it.
    single_labelsets
        Labelsets that one item only has.
    max_frequency
        Items that have the most frequent labelset; 0 without items.
    mean_ir
        MeanIR, the mean of IRLbl over tags. nan without tags.
    cvir
        CVIR, the coefficient of variation of IRLbl over tags. nan with fewer than two tags, or
        when no tag is used.
    scumble
        SCUMBLE, the mean over items, from 0 to below 1. nan without items.
    scumble_cv
        The coefficient of variation of SCUMBLE over items. nan with fewer than two items, or
        when SCUMBLE is 0.
    """

    items: int
    labels: int
    tags: int
    cardinality: float
    density: float
    labelsets: int
    single_labelsets: int
    max_frequency: int
    mean_ir: float
    cvir: float
    scumble: float
    scumble_cv: float


def measure(indicator: Indicator) -> Imbalance:
    """Measure a dataset's imbalance.

    Parameters
    ----------
    indicator
        Items by tags. A column that no item has counts as a tag; leave it out of the matrix if it
        should not count.

    Returns
    -------
    Imbalance
    """
    items, tags = indicator.matrix.shape
    labels = int(indicator.matrix.nnz)
    labelset_sizes = np.bincount(labelset_codes(indicator))
    ratios = ir_per_label(indicator.counts)
    scumble = scumble_per_item(indicator)
    cardinality = labels / items if items else math.nan
    return Imbalance(
        items=items,
        labels=labels,
        tags=tags,
        cardinality=cardinality,
        density=cardinality / tags if tags else math.nan,
        labelsets=len(labelset_sizes),
        single_labelsets=int(np.count_nonzero(labelset_sizes == 1)),
        max_frequency=int(labelset_sizes.max(initial=0)),
        mean_ir=mean_or_nan(ratios),
        cvir=_variation(ratios),
        scumble=mean_or_nan(scumble),
        scumble_cv=_variation(scumble),
    )


def ir_per_label(counts: ArrayLike) -> NDArray[np.float64]:
    """IRLbl: how many times more items the most used tag has than each tag.

    Parameters
    ----------
    counts
        Shape (tags,): items per tag.

    Returns
    -------
    ndarray
        Shape (tags,), float64: 1 for the most used tag, larger for rarer ones, 0 for a tag that
        no item has.
    """
    each = np.asarray(counts, dtype=np.float64)
    ratios = np.zeros_like(each)
    np.divide(each.max(initial=0), each, out=ratios, where=each > 0)
    return ratios


def scumble_per_item(indicator: Indicator) -> NDArray[np.float64]:
    """SCUMBLE of each item: 1 - geometric / arithmetic mean of IRLbl over the item's labels.

    Parameters
    ----------
    indicator
        Items by tags.

    Returns
    -------
    ndarray
        Shape (items,), float64 in [0, 1): 0 where an item has one label, none, or labels that are
        equally frequent; the nearer to 1, the rarer the rare tags beside the item's common ones.
    """
    counts = indicator.counts
    ratios = ir_per_label(counts)
    logs = np.log(ratios, out=np.zeros_like(ratios), where=counts > 0)
    scumble = np.zeros(len(indicator.ids))
    several = indicator.lengths > 1
    lengths = indicator.lengths[several]
    log_geometric = _row_sums(logs, indicator.matrix)[several] / lengths
    log_arithmetic = np.log(_row_sums(ratios, indicator.matrix)[several] / lengths)
    # expm1 keeps the digits of a small difference; rounding may leave it just below 0.
    scumble[several] = np.maximum(0.0, -np.expm1(log_geometric - log_arithmetic))
    return scumble


def scumble_per_tag(indicator: Indicator) -> NDArray[np.float64]:
    """SCUMBLE of each tag: the mean over the items that have it.

    Parameters
    ----------
    indicator
        Items by tags.

    Returns
    -------
    ndarray
        Shape (tags,), float64 in [0, 1): nan for a tag that no item has.
    """
    counts = indicator.counts
    per_label = np.repeat(scumble_per_item(indicator), indicator.lengths)
    total = np.bincount(indicator.matrix.indices, weights=per_label, minlength=len(counts))
    scumble = np.full(len(counts), math.nan)
    np.divide(total, counts, out=scumble, where=counts > 0)
    return scumble


def least_count(most: float, target_ir: float) -> int:
    """The fewest items with which a tag's IRLbl is `target_ir` or less.

    Parameters
    ----------
    most
        Items of the most used tag; an expected number need not be whole.
    target_ir
        The largest IRLbl wanted, 1 or more.

    Raises
    ------
    TagledgerError
        When `target_ir` is below 1 or not finite: the most used tag's own IRLbl is 1.
    """
    if not (math.isfinite(target_ir) and target_ir >= 1):
        raise TagledgerError(
            f"no dataset can have every IRLbl at or below {target_ir}",
            where="target IRLbl",
            hint="give a number of 1 or more; 1 asks for as many items as the most used tag has",
        )
    enough = math.ceil(most / target_ir)
    # The quotient is rounded: settle on the least count that meets the target as it is measured.
    if enough > 1 and most / (enough - 1) <= target_ir:
        enough -= 1
    elif enough and most / enough > target_ir:
        enough += 1
    return enough


def labelset_codes(indicator: Indicator) -> NDArray[np.int64]:
    """Number the labelsets: two items get the same number if and only if they have the same tags.

    Parameters
    ----------
    indicator
        Items by tags.

    Returns
    -------
    ndarray
        Shape (items,), int64, 0 to labelsets - 1 in order of first appearance.

    Notes
    -----
    A labelset's hash is the sum, modulo 2^64, of one random key per tag, so that two different
    labelsets meet with probability 2^-64 whatever they are. The outcome is still checked against
    the rows themselves, and other keys are drawn should two have met: the result is exact, in time
    and memory linear in labels.
    """
    matrix = indicator.matrix
    items = matrix.shape[0]
    attempt = 0
    while True:
        hashes = _row_sums(_hash_keys(matrix.shape[1], attempt), matrix)
        codes, distinct = pd.factorize(hashes)
        member = np.empty(len(distinct), dtype=np.int64)
        member[codes] = np.arange(items)  # any one item of each code will do
        same = matrix[member[codes]]
        if np.array_equal(same.indptr, matrix.indptr) and np.array_equal(
            same.indices, matrix.indices
        ):
            return codes.astype(np.int64, copy=False)
        attempt += 1


def _hash_keys(tags: int, attempt: int) -> NDArray[np.uint64]:
    """One random 64-bit key per tag, the same ones for the same attempt."""
    return np.random.default_rng(attempt).integers(0, 2**64, size=tags, dtype=np.uint64)


def _row_sums(per_tag: NDArray[_Number], matrix: sp.csr_array) -> NDArray[_Number]:
    """Sum a value per tag over each item's tags: shape (items,), 0 where an item has none."""
    sums = np.zeros(matrix.shape[0], dtype=per_tag.dtype)
    # reduceat would give an empty row its neighbour's first value.
    filled = np.diff(matrix.indptr) > 0
    if filled.any():
        sums[filled] = np.add.reduceat(per_tag[matrix.indices], matrix.indptr[:-1][filled])
    return sums


def mean_or_nan(values: NDArray[np.float64]) -> float:
    """The mean of some values; not a number where there is none."""
    return float(values.mean()) if len(values) else math.nan


def _variation(values: NDArray[np.float64]) -> float:
    """The coefficient of variation: sample standard deviation over mean."""
    mean = mean_or_nan(values)
    return float(values.std(ddof=1)) / mean if len(values) > 1 and mean > 0 else math.nan
