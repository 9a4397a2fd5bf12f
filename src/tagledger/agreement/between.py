"""Each answer beside each other one, of whichever items: what chance would let two differ by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tagledger.agreement.answers import Answers, Ints
from tagledger.agreement.pairs import Floats, masi
from tagledger.labels import Indicator
from tagledger.measures.imbalance import labelset_codes

if TYPE_CHECKING:
    import scipy.sparse as sp

_BLOCK = 512  # rows of a block of similarities


@dataclass(frozen=True)
class Between:
    """Each answer beside each other one.

    Attributes
    ----------
    items, answers
        The numbers of the items, and how many answers each has.
    expected
        The mean distance of two answers, of whichever items, that have a tag in common that both
        were asked.
    expected_nominal
        The same where two labelsets are equal or not, with nothing between.
    compared, distance
        Shape (items, items): such pairs of answers, an answer and itself too, and the sum of
        their distances, for each two items. None where they are not wanted, and `compared` where
        every answer is compared with every other.
    """

    items: Ints
    answers: Ints
    expected: float
    expected_nominal: float
    compared: Floats | None
    distance: Floats | None


def between_items(answers: Answers, *, by_items: bool) -> Between:
    """Compare each answer with each; equal ones, by labelset and what was asked, once.

    Parameters
    ----------
    answers
        The answers.
    by_items
        Whether sums for each two items are wanted.
    """
    import scipy.sparse as sp

    items, item = _numbered(answers.item)
    sets, asked = _numbered(answers.asked)
    labelsets = Indicator(answers.item, answers.tags.to_numpy(object), answers.yes)
    codes = labelset_codes(labelsets) * len(sets) + asked
    kinds, first, kind = np.unique(codes, return_index=True, return_inverse=True)
    kind, asked_sets = kind.reshape(-1), answers.asked_sets[sets]
    counts, meet = np.bincount(kind).astype(float), (asked_sets @ asked_sets.T).toarray() > 0

    def by_item(of: Ints, number: int) -> sp.csc_array:
        ones, shape = np.ones(len(answers)), (len(items), number)
        return sp.csc_array((ones, (item, of)), shape=shape)

    of_kind = by_item(kind, len(kinds))
    items_of_kind = sp.csr_array(of_kind.T)
    of_set = np.bincount(asked)
    every = float(of_set @ meet @ of_set)
    compared = None
    if by_items:
        of_set_by_item = by_item(asked, len(sets))
        compared = np.asarray(of_set_by_item @ (of_set_by_item @ meet.astype(float)).T)
    distance = None if compared is None else compared.copy()
    similar, equal = 0.0, 0.0
    for start, block in _similar(answers.yes[first], asked_sets, asked[first], meet):
        rows = slice(start, start + block.shape[0])
        similar += float((counts[rows] * (block @ counts)).sum())
        if distance is not None:
            distance -= (of_kind[:, rows] @ (block @ items_of_kind)).toarray()
        np.floor(block.data, out=block.data)  # equal ones alone are left
        equal += float((counts[rows] * (block @ counts)).sum())
    pairs = every - len(answers)
    return Between(
        items=items,
        answers=np.bincount(item),
        expected=float(every - similar) / pairs,
        expected_nominal=float(every - equal) / pairs,
        compared=None if meet.all() else compared,
        distance=distance,
    )


def _numbered(values: Ints) -> tuple[Ints, Ints]:
    """What occurs, ascending, and the index of each value among these."""
    distinct, codes = np.unique(values, return_inverse=True)
    return distinct, codes.reshape(-1)


def _similar(
    yes: sp.csr_array, sets: sp.csr_array, asked: Ints, meet: NDArray[np.bool_]
) -> Iterator[tuple[int, sp.csr_array]]:
    """How similar each labelset is to each (MASI), in blocks of rows, with the first row of each.

    Labelsets that share no tag meet in no product of sparse matrices, which is an inverted index.

    Parameters
    ----------
    yes
        Shape (kinds, tags): the labelsets of different answers.
    sets, asked
        The sets of tags that were asked, and the one of each answer.
    meet
        Shape (sets, sets): whether two sets have a tag in common.
    """
    import scipy.sparse as sp

    sizes = (yes @ sets.T).toarray()  # of each labelset within each set of tags
    may_be_empty = np.flatnonzero((sizes == 0).any(axis=1))
    for start in range(0, yes.shape[0], _BLOCK):
        shared = yes[start : start + _BLOCK] @ yes.T
        row = np.repeat(np.arange(shared.shape[0]), np.diff(shared.indptr))
        left = sizes[row + start, asked[shared.indices]]
        right = sizes[shared.indices, asked[row + start]]
        values = masi(left, right, shared.data)
        yield start, sp.csr_array((values, shared.indices, shared.indptr), shape=shared.shape)
        # Two that give none of the tags that both were asked are equal, and share no tag.
        rows = may_be_empty[(may_be_empty >= start) & (may_be_empty < start + _BLOCK)]
        row, column = _both_empty(sizes, asked, meet, rows, may_be_empty)
        yield start, sp.csr_array((np.ones(len(row)), (row - start, column)), shape=shared.shape)


def _both_empty(
    sizes: Ints, asked: Ints, meet: NDArray[np.bool_], rows: Ints, columns: Ints
) -> tuple[Ints, Ints]:
    """Each row and column whose labelsets are empty over the tags that both were asked."""
    empty = (sizes[rows][:, asked[columns]] == 0) & (sizes[columns][:, asked[rows]] == 0).T
    empty &= meet[asked[rows]][:, asked[columns]]
    row, column = np.nonzero(empty)
    return rows[row], columns[column]
