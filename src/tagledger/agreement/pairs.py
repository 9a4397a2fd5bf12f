"""Answers about one item, each two beside each other, over the tags that both were asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tagledger.agreement.answers import Answers, Ints

if TYPE_CHECKING:
    import scipy.sparse as sp

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Pairs:
    """Each two answers about one item that have a tag in common that both were asked.

    All arrays are of shape (pairs,).

    Attributes
    ----------
    first, second
        The numbers of the answers, the first below the second.
    common
        Tags that both were asked.
    left, right
        Tags of these that the first gives, and the second.
    both
        Tags that both give.
    distance
        MASI distance of the two labelsets, over the tags that both were asked.
    """

    first: Ints
    second: Ints
    common: Ints
    left: Ints
    right: Ints
    both: Ints
    distance: Floats

    def __len__(self) -> int:
        """The number of pairs."""
        return len(self.first)

    @property
    def differing(self) -> Ints:
        """Tags about which the two answers differ."""
        return self.left + self.right - 2 * self.both


@dataclass(frozen=True)
class Overlap:
    """The answers that can be compared with another one about the same item, and each two of them.

    Attributes
    ----------
    answers
        Those about items that several people answered.
    pairs
        Their pairs: each answer is in one at least.
    """

    answers: Answers
    pairs: Pairs


def masi(left: NDArray[Any], right: NDArray[Any], both: NDArray[Any]) -> Floats:
    """How similar labelsets are, from their sizes: 1 for equal ones, 0 for disjoint ones.

    Jaccard's similarity times 1 for equal sets, 2/3 where one holds the other, 1/3 where each has
    what the other lacks: Passonneau (2006), "Measuring agreement on set-valued items (MASI) for
    semantic and pragmatic annotation", LREC. Two empty labelsets are equal. The distance is 1 less
    this.

    Parameters
    ----------
    left, right, both
        Shape (pairs,): the sizes of the one, of the other, and of what is in both.
    """
    union = left + right - both
    share = np.divide(both, union, out=np.ones(union.shape), where=union > 0)
    held = both == np.minimum(left, right)
    similar: Floats = share * np.where(both == union, 1.0, np.where(held, 2 / 3, 1 / 3))
    return similar


def overlap_of(answers: Answers) -> Overlap:
    """What of the answers can be compared: two that were asked no tag in common cannot."""
    several = np.bincount(answers.item, minlength=len(answers.items)) > 1
    answers = answers.only(several[answers.item])
    first, second = _within_items(answers.item)
    common = _common(answers, first, second)
    first, second, common = (one[common > 0] for one in (first, second, common))
    part = np.zeros(len(answers), bool)
    part[first] = part[second] = True
    new_index = np.cumsum(part) - 1
    answers, first, second = answers.only(part), new_index[first], new_index[second]
    left, right = answers.sizes[first], answers.sizes[second]
    unlike = np.flatnonzero(answers.asked[first] != answers.asked[second])
    for size, one, other in ((left, first, second), (right, second, first)):
        asked = answers.asked[other[unlike]]
        size[unlike] = _in_both(answers.yes, answers.asked_sets, one[unlike], asked)
    both = _in_both(answers.yes, answers.yes, first, second)
    distance = 1 - masi(left, right, both)
    return Overlap(answers, Pairs(first, second, common, left, right, both, distance))


def _common(answers: Answers, first: Ints, second: Ints) -> Ints:
    """The number of tags that both answers of each pair were asked."""
    number = max(answers.asked_sets.shape[0], 1)
    sets, of_pair = np.unique(
        answers.asked[first] * number + answers.asked[second], return_inverse=True
    )
    common = _in_both(answers.asked_sets, answers.asked_sets, sets // number, sets % number)
    of_pairs: Ints = common[of_pair.reshape(-1)]
    return of_pairs


def _within_items(item: Ints) -> tuple[Ints, Ints]:
    """The numbers of each two answers about one item; `item` is ascending."""
    firsts, seconds = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    apart = 1
    while (first := np.flatnonzero(item[: len(item) - apart] == item[apart:])).size:
        firsts.append(first)
        seconds.append(first + apart)
        apart += 1
    first, second = np.concatenate(firsts), np.concatenate(seconds)
    order = np.lexsort((second, first))
    return first[order], second[order]


def _in_both(one: sp.csr_array, other: sp.csr_array, rows: Ints, others: Ints) -> Ints:
    """How many tags a row of one matrix and a row of another have in common, for many of them."""
    product = one[rows].multiply(other[others])
    return np.asarray(product.sum(axis=1), dtype=np.int64).reshape(-1)
