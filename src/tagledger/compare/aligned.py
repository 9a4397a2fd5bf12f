"""The labels of two versions as matrices, with the same items in rows and tags in columns.

A version has an item if its clean table has it, in every layer. An item that lost its labels, by
the filter or by an edit, is still an item of the version: the tests must see that it lost them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tagledger import tables
from tagledger.labels import Indicator, indicator

# Causes need the ids alone.
if TYPE_CHECKING:
    import scipy.sparse as sp


@dataclass(frozen=True)
class Aligned:
    """The labels of A and B over the items and tags of both.

    Attributes
    ----------
    ids
        Items of A or B, ascending.
    tags
        Tags of A or B, ascending.
    in_a, in_b
        Shape (items,): whether each version has the item.
    a, b
        Shape (items, tags), int8: 1 where the item has the tag in that version.
    """

    ids: pd.Index
    tags: list[str]
    in_a: NDArray[np.bool_]
    in_b: NDArray[np.bool_]
    a: sp.csr_array
    b: sp.csr_array

    @cached_property
    def kept(self) -> NDArray[np.bool_]:
        """Shape (items,): whether both versions have the item."""
        return self.in_a & self.in_b

    @cached_property
    def labelled_a(self) -> NDArray[np.bool_]:
        """Shape (items,): whether the item has a label in A."""
        return np.diff(self.a.indptr) > 0

    @cached_property
    def labelled_b(self) -> NDArray[np.bool_]:
        """Shape (items,): whether the item has a label in B."""
        return np.diff(self.b.indptr) > 0

    @cached_property
    def edit(self) -> sp.csr_array:
        """Shape (items, tags), int8: 1 where a label was gained, -1 where one was lost."""
        import scipy.sparse as sp

        edit = sp.csr_array(self.b - self.a)
        edit.eliminate_zeros()
        return edit

    @property
    def version_a(self) -> Indicator:
        """The labels of A: its items, the tags of both."""
        return self._version(self.a, self.in_a)

    @property
    def version_b(self) -> Indicator:
        """The labels of B: its items, the tags of both."""
        return self._version(self.b, self.in_b)

    def _version(self, matrix: sp.csr_array, rows: NDArray[np.bool_]) -> Indicator:
        names = np.array(self.tags, dtype=object)
        return Indicator(ids=self.ids[rows].to_numpy(), tags=names, matrix=matrix[rows])

    def merged(self, classes: NDArray[np.int64]) -> Aligned:
        """The labels with classes of tags for tags: an item has a class if it has one of its tags.

        Parameters
        ----------
        classes
            Shape (tags,): the class of each tag, from 0. Where each tag is a class of its own, this
            is `self`.
        """
        number = int(classes.max(initial=-1)) + 1
        if number == len(self.tags):
            return self
        names: list[list[str]] = [[] for _ in range(number)]
        for tag, tag_class in zip(self.tags, classes.tolist(), strict=True):
            names[tag_class].append(tag)
        a, b = (_merged(matrix, classes, number) for matrix in (self.a, self.b))
        return replace(self, tags=[" / ".join(each) for each in names], a=a, b=b)

    def pairs(self, matrix: sp.csr_array, rows: NDArray[np.int64] | None = None) -> pd.DataFrame:
        """The non-zero cells of a matrix as labels: id and tag (category).

        Parameters
        ----------
        matrix
            Shape (items, tags), or of some of the items.
        rows
            The items that the rows of `matrix` stand for; by default all.
        """
        ids = self.ids if rows is None else self.ids[rows]
        row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        return tables.label_frame(ids[row], matrix.indices, self.tags)


def align(
    ids_a: pd.Series, labels_a: pd.DataFrame, ids_b: pd.Series, labels_b: pd.DataFrame
) -> Aligned:
    """Align the labels of two versions.

    Parameters
    ----------
    ids_a, ids_b
        Each version's clean items, each id once; labels of other items are left out.
    labels_a, labels_b
        Columns id and tag (category), each pair once.
    """
    index_a, index_b = pd.Index(ids_a), pd.Index(ids_b)
    ids = index_a.union(index_b)
    return _with_labels(ids, among(ids, index_a), among(ids, index_b), labels_a, labels_b)


def realign(both: Aligned, labels_a: pd.DataFrame, labels_b: pd.DataFrame) -> Aligned:
    """Align other labels of the same versions, such as the labels before the filter."""
    return _with_labels(both.ids, both.in_a, both.in_b, labels_a, labels_b)


def _with_labels(
    ids: pd.Index,
    in_a: NDArray[np.bool_],
    in_b: NDArray[np.bool_],
    labels_a: pd.DataFrame,
    labels_b: pd.DataFrame,
) -> Aligned:
    tags = sorted({*_used(labels_a), *_used(labels_b)})
    a, b = (indicator(labels, ids=ids, tags=tags).matrix for labels in (labels_a, labels_b))
    return Aligned(ids=ids, tags=tags, in_a=in_a, in_b=in_b, a=_only(a, in_a), b=_only(b, in_b))


def _merged(matrix: sp.csr_array, classes: NDArray[np.int64], number: int) -> sp.csr_array:
    import scipy.sparse as sp

    # Copies: the sum is made in place.
    parts = (matrix.data.copy(), classes[matrix.indices], matrix.indptr.copy())
    sums = sp.csr_array(parts, shape=(matrix.shape[0], number))
    sums.sum_duplicates()
    sums.data[:] = 1
    return sums


def _only(matrix: sp.csr_array, rows: NDArray[np.bool_]) -> sp.csr_array:
    """The matrix without the labels of other rows."""
    import scipy.sparse as sp

    strays = ~rows & (np.diff(matrix.indptr) > 0)
    if not strays.any():
        return matrix
    kept = np.repeat(rows, np.diff(matrix.indptr))
    starts = np.concatenate([[0], np.cumsum(np.diff(matrix.indptr) * rows)])
    return sp.csr_array((matrix.data[kept], matrix.indices[kept], starts), shape=matrix.shape)


def among(ids: pd.Index, index: pd.Index) -> NDArray[np.bool_]:
    """Whether each id is in `index`, where each id is once; quicker than isin for text."""
    return np.asarray(index.get_indexer(ids) >= 0, bool)


def _used(labels: pd.DataFrame) -> Sequence[str]:
    names = labels["tag"].cat.categories
    counts = np.bincount(labels["tag"].cat.codes.to_numpy(), minlength=len(names))
    return [str(tag) for tag in names[counts > 0]]
