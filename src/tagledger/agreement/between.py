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
    """Each answer beside each other, summed by pairs of items: shape (items, items).

    Attributes
    ----------
    items, answers
        The numbers of the items, and how many answers each has.
    compared
        Pairs of answers that have a tag in common that both were asked, an answer and itself too.
    distance, nominal
        The sums of their distances, where each labelset is near others or not, and where two are
        equal or not.
    """

    items: Ints
    answers: Ints
    compared: Floats
    distance: Floats
    nominal: Floats

    @property
    def expected(self) -> float:
        """The mean distance of two answers, of whichever items."""
        return float(self.distance.sum() / self._pairs)

    @property
    def expected_nominal(self) -> float:
        """The same where two labelsets are equal or not."""
        return float(self.nominal.sum() / self._pairs)

    @property
    def all_compared(self) -> bool:
        """Whether every answer is compared with every other."""
        return bool(self.compared.sum() == self.answers.sum() ** 2)

    @property
    def _pairs(self) -> float:
        return float(self.compared.sum() - self.answers.sum())


def between_items(answers: Answers) -> Between:
    """Compare each answer with each; equal ones, by labelset and what was asked, once."""
    import scipy.sparse as sp

    items, item = _numbered(answers.item)
    sets, asked = _numbered(answers.asked)
    labelsets = Indicator(answers.item, answers.tags.to_numpy(object), answers.yes)
    codes = labelset_codes(labelsets) * len(sets) + asked
    kinds, first, kind = np.unique(codes, return_index=True, return_inverse=True)

    def by_item(of: Ints, number: int) -> sp.csc_array:
        ones, shape = np.ones(len(answers)), (len(items), number)
        return sp.csc_array((ones, (item, of.reshape(-1))), shape=shape)

    asked_sets, of_set = answers.asked_sets[sets], by_item(asked, len(sets))
    meet = (asked_sets @ asked_sets.T).toarray() > 0
    compared = np.asarray(of_set @ (of_set @ meet.astype(np.float64)).T)
    distance, nominal = compared.copy(), compared.copy()
    of_kind = by_item(kind, len(kinds))
    items_of_kind = sp.csr_array(of_kind.T)
    for start, similar in _similar(answers.yes[first], asked_sets, asked[first], meet):
        here = of_kind[:, start : start + similar.shape[0]]
        distance -= (here @ (similar @ items_of_kind)).toarray()
        np.floor(similar.data, out=similar.data)  # equal ones alone are left
        nominal -= (here @ (similar @ items_of_kind)).toarray()
    return Between(items, np.bincount(item), compared, distance, nominal)


def _numbered(values: Ints) -> tuple[Ints, Ints]:
    """What occurs, ascending, and the place of each value among these."""
    found, place = np.unique(values, return_inverse=True)
    return found, place.reshape(-1)


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
        shared = sp.coo_array(yes[start : start + _BLOCK] @ yes.T)
        row, column = shared.coords
        left, right = sizes[row + start, asked[column]], sizes[column, asked[row + start]]
        # Two that give none of the tags that both were asked are equal, and share no tag.
        rows = may_be_empty[(may_be_empty >= start) & (may_be_empty < start + _BLOCK)]
        empty_row, empty_column = _both_empty(sizes, asked, meet, rows, may_be_empty)
        similar = np.concatenate([masi(left, right, shared.data), np.ones(len(empty_row))])
        row = np.concatenate([row, empty_row - start])
        column = np.concatenate([column, empty_column])
        yield start, sp.csr_array((similar, (row, column)), shape=shared.shape)


def _both_empty(
    sizes: Ints, asked: Ints, meet: NDArray[np.bool_], rows: Ints, columns: Ints
) -> tuple[Ints, Ints]:
    """Each row and column whose labelsets are empty over the tags that both were asked."""
    found = (sizes[rows][:, asked[columns]] == 0) & (sizes[columns][:, asked[rows]] == 0).T
    found &= meet[asked[rows]][:, asked[columns]]
    row, column = np.nonzero(found)
    return rows[row], columns[column]
