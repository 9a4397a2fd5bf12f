"""Tags that people take for each other, and items on which they disagree most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tagledger.agreement.answers import Answers, Ints
from tagledger.agreement.pairs import Overlap
from tagledger.measures.correction import adjust

if TYPE_CHECKING:
    import scipy.sparse as sp

ALPHA = 0.05


@dataclass(frozen=True)
class ConfusedTags:
    """Two tags of which one person gives the one and another person the other, to the same item.

    Attributes
    ----------
    first, second
        The tags, ascending.
    items
        Items to which somebody gives the first tag and not the second, and somebody else the
        second and not the first.
    expected
        How many such items there would be if people disagreed on each tag as often as they do,
        and on the one without regard to the other.
    q
        How likely as many or more are by chance, corrected for the number of pairs of tags
        (Benjamini-Hochberg).
    """

    first: str
    second: str
    items: int
    expected: float
    q: float

    @property
    def beyond_chance(self) -> bool:
        """Whether it happens more often than chance would let it."""
        return self.q < ALPHA


def confused_tags(overlap: Overlap) -> list[ConfusedTags]:
    """Tags of which one stands where the other does, more often than expected; the surest first.

    Notes
    -----
    The pairs of answers to one item weigh 1 together, so that an item that many people answered
    counts once. If a share p of the pairs has the first tag on one side alone, and q the second, a
    share p q / 2 has them on different sides by chance; the tail is that of a Poisson variable.
    """
    left, right = _one_sided(overlap)
    row, one, other = _crossed(left, right)
    if not len(row):
        return []
    from scipy.special import gammainc  # takes as long to load as all of this takes to run

    answers, pairs = overlap.answers, overlap.pairs
    item = answers.item[pairs.first]
    weights = 1 / np.bincount(item)[item]
    tags = len(answers.tags)
    two, of = np.unique(one * tags + other, return_inverse=True)
    of = of.reshape(-1)
    seen = np.bincount(of, weights=weights[row], minlength=len(two))
    items = np.bincount(
        np.unique(np.column_stack([of, item[row]]), axis=0)[:, 0], minlength=len(two)
    )
    alone = (left + right).T @ weights
    expected = alone[two // tags] * alone[two % tags] / (2 * len(np.unique(item)))
    often = np.flatnonzero(seen > expected)
    q = adjust(gammainc(seen[often], expected[often]))
    confused = [
        ConfusedTags(
            first=str(answers.tags[two[index] // tags]),
            second=str(answers.tags[two[index] % tags]),
            items=int(items[index]),
            expected=float(expected[index]),
            q=float(sure),
        )
        for index, sure in zip(often, q, strict=True)
    ]
    return sorted(confused, key=lambda pair: (pair.q, -pair.items, pair.first, pair.second))


def _crossed(left: sp.csr_array, right: sp.csr_array) -> tuple[Ints, Ints, Ints]:
    """Each tag of a row of the one beside each of the same row of the other: row, and both tags.

    The tag that comes first comes out first, whichever side has it.
    """
    lefts, rights = np.diff(left.indptr), np.diff(right.indptr)
    number = lefts.astype(np.int64) * rights
    row = np.repeat(np.arange(len(number)), number)
    position = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number)
    one = left.indices[left.indptr[row] + position // rights[row]].astype(np.int64)
    other = right.indices[right.indptr[row] + position % rights[row]].astype(np.int64)
    return row, np.minimum(one, other), np.maximum(one, other)


def _one_sided(overlap: Overlap) -> tuple[sp.csr_array, sp.csr_array]:
    """Shape (pairs, tags), twice: tags that the one gives and the other does not, but was asked."""
    import scipy.sparse as sp

    answers, pairs = overlap.answers, overlap.pairs
    one_sided = []
    for one, other in ((pairs.first, pairs.second), (pairs.second, pairs.first)):
        asked = answers.asked_sets[answers.asked[other]]
        alone = answers.yes[one].multiply(asked) - answers.yes[one].multiply(answers.yes[other])
        alone = sp.csr_array(alone)
        alone.eliminate_zeros()
        one_sided.append(alone)
    return one_sided[0], one_sided[1]


@dataclass(frozen=True)
class DisputedItem:
    """An item on which people differ.

    Attributes
    ----------
    item
        Its id.
    distance
        The mean MASI distance of two answers to it: 0 where all are equal, 1 where no two share a
        tag.
    answers
        Each annotator's tags.
    differing
        Tags that somebody gives and somebody else, who was asked, does not.
    """

    item: Any
    distance: float
    answers: dict[str, list[str]]
    differing: list[str]


def disputed_items(overlap: Overlap, most: int | None = None) -> list[DisputedItem]:
    """The items on which people differ, those of the largest distance first.

    Parameters
    ----------
    overlap
        The answers, and each two of them about one item.
    most
        How many are wanted; by default all.
    """
    answers, pairs = overlap.answers, overlap.pairs
    item = answers.item[pairs.first]
    number = np.bincount(item)
    total = np.bincount(item, weights=pairs.distance)
    differ = np.flatnonzero(total > 0)
    distance = total[differ] / number[differ]
    order = np.lexsort((differ, -np.round(distance, 12)))[:most]
    left, right = _one_sided(overlap)
    either = left + right
    return [
        DisputedItem(
            item=answers.items[differ[index]],
            distance=float(distance[index]),
            answers=_said(answers, differ[index]),
            differing=_names(answers, either[np.flatnonzero(item == differ[index])]),
        )
        for index in order
    ]


def _said(answers: Answers, item: int) -> dict[str, list[str]]:
    first, last = np.searchsorted(answers.item, [item, item + 1])
    return {
        str(answers.people[answers.person[row]]): _names(answers, answers.yes[[row]])
        for row in range(first, last)
    }


def _names(answers: Answers, rows: Any) -> list[str]:
    return [str(answers.tags[tag]) for tag in np.unique(rows.indices)]
