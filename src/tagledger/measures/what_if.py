"""What a version would be with another threshold, or with broader tags added.

All functions are pure, and compute the result without a new build.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp
from numpy.typing import NDArray

from tagledger.cleaning.taxonomy import ancestors
from tagledger.labels import Indicator, indicator
from tagledger.measures.imbalance import ir_per_label

_SETTLED = ("kept", "below_threshold")


@dataclass(frozen=True)
class Outcome:
    """What the filter would keep.

    Attributes
    ----------
    tags, items, labels
        The tags that the filter keeps, the items with a label, and the labels.
    cardinality
        Labels per item; nan where nothing stays.
    mean_ir, scumble
        As `tagledger.measures.imbalance.measure` has them; nan where nothing stays.
    """

    tags: int
    items: int
    labels: int
    cardinality: float
    mean_ir: float
    scumble: float


_NOTHING = Outcome(0, 0, 0, np.nan, np.nan, np.nan)


@dataclass(frozen=True)
class Sweep:
    """The outcome of every threshold.

    Attributes
    ----------
    table
        One row per number of items that a tag has, ascending: min_tag_count, and the fields of
        `Outcome`. A row holds for thresholds above the row before it and up to its own.
    """

    table: pd.DataFrame

    @property
    def largest(self) -> int:
        """The largest threshold that keeps a tag; 0 where none does."""
        return int(self.table["min_tag_count"].iloc[-1]) if len(self.table) else 0

    @cached_property
    def _counts(self) -> NDArray[np.int64]:
        return self.table["min_tag_count"].to_numpy(np.int64)

    def at(self, min_tag_count: int) -> Outcome:
        """The outcome of one threshold."""
        row = int(np.searchsorted(self._counts, min_tag_count))
        if row == len(self.table):
            return _NOTHING
        tags, items, labels, *measures = (self.table[name].iloc[row] for name in _FIELDS)
        return Outcome(int(tags), int(items), int(labels), *(float(value) for value in measures))


_FIELDS = tuple(Outcome.__dataclass_fields__)


def sweep_thresholds(labels: pd.DataFrame, tags: pd.DataFrame) -> Sweep:
    """What every `filter.min_tag_count` would keep, with all other parameters unchanged.

    Parameters
    ----------
    labels
        Columns id and tag: the clean labels, each pair once.
    tags
        Columns tag and decision, as the filter stage made them: tags that it excluded, or that are
        outside the taxonomy, go whatever the threshold.

    Returns
    -------
    Sweep

    Notes
    -----
    A threshold keeps the most used tags of every item. The most used tag of all stays as long as
    any does, so the IRLbl of a tag is the same under all thresholds that keep it, and SCUMBLE of
    an item changes only where the threshold lets in its next tag. One pass over the labels, by
    descending count within an item, gives each label's contribution, and sums over counts give
    all thresholds at once: O(labels log labels), whatever the number of thresholds.
    """
    settled = tags.loc[tags["decision"].isin(_SETTLED), "tag"]
    matrix = indicator(labels, tags=[str(tag) for tag in settled])
    used = np.flatnonzero(matrix.counts)
    by_use = used[np.argsort(-matrix.counts[used], kind="stable")]
    ordered = sp.csr_array(matrix.matrix[:, by_use])
    ordered.sort_indices()
    counts = matrix.counts[by_use]
    distinct, level = np.unique(counts, return_inverse=True)

    def kept(level: NDArray[np.int64], weights: NDArray[np.float64] | None = None) -> NDArray[Any]:
        """Per threshold, the sum over all that has at least its count."""
        each = np.bincount(level, weights, minlength=len(distinct))
        return np.cumsum(each[::-1])[::-1]

    start = ordered.indptr[:-1][np.diff(ordered.indptr) > 0]
    tags_left = kept(level)
    items = kept(level[ordered.indices[start]])  # an item stays with its most used tag
    left = kept(level, counts.astype(np.float64)).astype(np.int64)
    scumble = kept(level[ordered.indices], _scumble_gains(ordered, ir_per_label(counts)))
    return Sweep(
        pd.DataFrame(
            {
                "min_tag_count": distinct,
                "tags": tags_left,
                "items": items,
                "labels": left,
                "cardinality": left / items,
                "mean_ir": kept(level, ir_per_label(counts)) / tags_left,
                "scumble": np.maximum(scumble / items, 0),
            }
        )
    )


def _scumble_gains(ordered: sp.csr_array, ratios: NDArray[np.float64]) -> NDArray[np.float64]:
    """What each label adds to the SCUMBLE of its item, after the labels before it in the row.

    Parameters
    ----------
    ordered
        Shape (items, tags), columns by descending count.
    ratios
        Shape (tags,): IRLbl, all above 0.

    Returns
    -------
    ndarray
        Shape (labels,), in the order of `ordered.data`.
    """
    lengths = np.diff(ordered.indptr)
    logs = np.log(ratios)
    log_sum, ratio_sum, before = (np.zeros(len(lengths)) for _ in range(3))
    gains = np.zeros(ordered.nnz)
    rows = np.arange(len(lengths))
    for position in range(int(lengths.max(initial=0))):
        rows = rows[lengths[rows] > position]
        label = ordered.indptr[rows] + position
        tag = ordered.indices[label]
        log_sum[rows] += logs[tag]
        ratio_sum[rows] += ratios[tag]
        n = position + 1
        now = np.maximum(0.0, -np.expm1(log_sum[rows] / n - np.log(ratio_sum[rows] / n)))
        gains[label] = now - before[rows]
        before[rows] = now
    return gains


@dataclass(frozen=True)
class Broadened:
    """Labels, and the labels that they imply by the taxonomy.

    Attributes
    ----------
    names
        The tags: those of the labels, then broader ones that no label has.
    own
        CSR of shape (items, names), int32: 1 where the item has the tag.
    implied
        CSR of shape (items, names), int32: 1 where the item has a narrower tag of it.
    above
        CSR of shape (names, names), int32: 1 in (i, j) where names[j] is broader than names[i].
    """

    names: list[str]
    own: sp.csr_array
    implied: sp.csr_array
    above: sp.csr_array


def broaden(matrix: Indicator, taxonomy: pd.DataFrame) -> Broadened:
    """Find the labels that others imply: broader tags, the broader tags of those, and so on.

    Parameters
    ----------
    matrix
        The labels.
    taxonomy
        Columns tag and parents.
    """
    names, broader = ancestors(taxonomy, [str(tag) for tag in matrix.tags])
    # Sums of more than 127 items do not fit the matrices' own type.
    above: sp.csr_array = broader.astype(np.int32)
    given = matrix.matrix
    own: sp.csr_array = sp.csr_array(
        (given.data.astype(np.int32), given.indices, given.indptr),
        shape=(given.shape[0], len(names)),
    )
    implied: sp.csr_array = (own @ above).tocsr()
    implied.data[:] = 1
    return Broadened(names, own, implied, above)


@dataclass(frozen=True)
class MissingParents:
    """Items that have a tag and lack a broader one.

    Attributes
    ----------
    pairs
        One row per tag and broader tag that an item lacks, most items first: tag, parent, items
        (that have the tag), missing (those of them that lack the parent).
    labels, items
        The missing labels, and the items that lack them: `clean.parents: add` would add them.
    """

    pairs: pd.DataFrame
    labels: int
    items: int


def missing_parents(broadened: Broadened) -> MissingParents:
    """Find the items that lack a broader tag of a tag they have."""
    lacking = (broadened.implied - broadened.implied.multiply(broadened.own)).tocsr()
    lacking.eliminate_zeros()
    pair = (broadened.own.T @ lacking).multiply(broadened.above).tocoo()
    pair.eliminate_zeros()
    child, parent = pair.coords
    word = np.array(broadened.names, dtype=object)
    items = np.bincount(broadened.own.indices, minlength=len(broadened.names))
    pairs = pd.DataFrame(
        {
            "tag": pd.Series(word[child], dtype="str"),
            "parent": pd.Series(word[parent], dtype="str"),
            "items": items[child],
            "missing": pair.data.astype(np.int64),
        }
    ).sort_values(["missing", "tag", "parent"], ascending=[False, True, True], ignore_index=True)
    return MissingParents(pairs, int(lacking.nnz), int((np.diff(lacking.indptr) > 0).sum()))
