"""The pairs of tags on one item whose number of items changed most."""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy.sparse as sp
from numpy.typing import NDArray

from tagledger.compare.aligned import Aligned

PAIRS = 20


def changed_pairs(both: Aligned, renamed: NDArray[np.bool_]) -> pd.DataFrame:
    """The pairs of tags whose number of items changed most by labels that no rename explains."""
    edit = both.edit
    rows = np.repeat(np.arange(edit.shape[0]), np.diff(edit.indptr))
    # An item whose labels did not change counts the same in A and in B.
    touched = np.flatnonzero(np.bincount(rows[~renamed], minlength=edit.shape[0]))
    a, b = both.a[touched].astype(np.int64), both.b[touched].astype(np.int64)
    if renamed.any():
        moved = sp.csr_array((edit.data * renamed, edit.indices, edit.indptr), shape=edit.shape)
        a, b = a - (moved[touched] < 0), b - (moved[touched] > 0)
    change = sp.triu(sp.csr_array(b.T @ b - a.T @ a), k=1).tocoo()
    change.eliminate_zeros()
    row, column = (each.astype(np.int64) for each in change.coords)
    size = change.data
    order = np.lexsort((column, row, -np.abs(size)))[:PAIRS]
    row, column, size = row[order], column[order], size[order]
    count_a = _together(both.a, row, column)
    count_b = _together(both.b, row, column) if renamed.any() else count_a + size
    names = pd.Index(both.tags, dtype="str")
    table = pd.DataFrame(
        {
            "tag_1": names[row],
            "tag_2": names[column],
            "count_a": count_a,
            "count_b": count_b,
            "change": count_b - count_a,
        }
    )
    return table[table["change"] != 0].reset_index(drop=True)


def _together(
    labels: sp.csr_array, tags: NDArray[np.int64], others: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The number of items that have both tags of each pair."""
    by_tag = sp.csc_array(labels)
    both = by_tag[:, tags].multiply(by_tag[:, others]).tocsc()
    items: NDArray[np.int64] = np.diff(both.indptr).astype(np.int64)
    return items
