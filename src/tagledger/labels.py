"""Labels as (id, tag) pairs, and as a sparse indicator matrix.

Pairs are the form in which labels are kept: one row per (id, tag), sorted by id and then tag.
The indicator matrix is the form in which they are counted: one row per item, one column per
tag, 1 where the item has the tag.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

# Many look at labels, and few at a matrix of them: scipy takes half as long to import as pandas.
if TYPE_CHECKING:
    import scipy.sparse as sp


@dataclass(frozen=True)
class Indicator:
    """A sparse indicator matrix with its row and column names.

    Attributes
    ----------
    ids
        Shape (items,): the item of each row.
    tags
        Shape (tags,), object array of str: the tag of each column.
    matrix
        CSR of shape (items, tags), int8, 1 where the item has the tag; no explicit zeros, column
        numbers ascending within a row.
    """

    ids: NDArray[Any]
    tags: NDArray[np.object_]
    matrix: sp.csr_array

    @property
    def counts(self) -> NDArray[np.int64]:
        """Shape (tags,): the number of items that have each tag."""
        return np.bincount(self.matrix.indices, minlength=len(self.tags)).astype(np.int64)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Shape (items,): the number of tags of each item."""
        return np.diff(self.matrix.indptr).astype(np.int64)


def indicator(
    labels: pd.DataFrame,
    *,
    ids: Sequence[Any] | pd.Series | pd.Index | NDArray[Any] | None = None,
    tags: Sequence[str] | None = None,
) -> Indicator:
    """The indicator matrix of a table of (id, tag) pairs.

    Parameters
    ----------
    labels
        Columns id and tag, each pair once, in any order.
    ids
        The items to make rows for, in this order; an item without labels gets an empty row, and
        labels of other items are left out. By default the ids in `labels`, ascending.
    tags
        The tags to make columns for, in this order; labels of other tags are left out. By
        default the tags in `labels`, ascending.

    Returns
    -------
    Indicator
    """
    import scipy.sparse as sp

    tag = labels["tag"]
    category = tag if isinstance(tag.dtype, pd.CategoricalDtype) else tag.astype("category")
    if tags is None:
        used = np.unique(category.cat.codes.to_numpy())
        tags = sorted(category.cat.categories[used[used >= 0]])
    columns = pd.Index(list(tags), dtype=object)
    lookup = columns.get_indexer(category.cat.categories.astype(object))
    column = np.append(lookup, -1)[category.cat.codes.to_numpy()]  # a missing tag's code is -1
    if ids is None:
        row, rows = pd.factorize(labels["id"], sort=True)
    else:
        rows = pd.Index(ids)
        row = rows.get_indexer(labels["id"])
    inside = (row >= 0) & (column >= 0)
    shape = (len(rows), len(columns))
    matrix = sp.csr_array(
        (np.ones(int(inside.sum()), np.int8), (row[inside], column[inside])), shape=shape
    )
    matrix.data[:] = 1  # a pair given twice was summed; columns came out sorted
    return Indicator(ids=np.asarray(rows), tags=columns.to_numpy(), matrix=matrix)
