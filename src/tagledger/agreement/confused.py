"""Tags that people take for each other, and items on which they disagree most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tagledger.agreement.answers import Answers
from tagledger.agreement.pairs import Overlap
from tagledger.measures.correction import adjust

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
    import scipy.sparse as sp
    from scipy.special import gammainc

    answers, pairs = overlap.answers, overlap.pairs
    if not len(pairs):
        return []
    item = answers.item[pairs.first]
    weights = 1 / np.bincount(item)[item]
    left, right = _one_sided(overlap)
    weighted = sp.csr_array(left.multiply(weights[:, None]))
    apart = (weighted.T @ right) + (right.T @ weighted)
    alone = np.asarray((weighted + right.multiply(weights[:, None])).sum(axis=0)).reshape(-1)
    upper = sp.coo_array(sp.triu(apart, k=1))
    one, other = upper.coords
    total = len(np.unique(item))
    expected = alone[one] * alone[other] / (2 * total)
    more = upper.data > expected
    one, other, expected, seen = one[more], other[more], expected[more], upper.data[more]
    q = adjust(gammainc(seen, expected))
    found = [
        ConfusedTags(
            first=str(answers.tags[a]),
            second=str(answers.tags[b]),
            items=_items(left, right, item, (a, b)),
            expected=float(chance),
            q=float(sure),
        )
        for a, b, chance, sure in zip(one, other, expected, q, strict=True)
    ]
    return sorted(found, key=lambda pair: (pair.q, -pair.items, pair.first, pair.second))


def _one_sided(overlap: Overlap) -> tuple[Any, Any]:
    """Shape (pairs, tags), twice: tags that the one gives and the other does not, but was asked."""
    import scipy.sparse as sp

    answers, pairs = overlap.answers, overlap.pairs
    found = []
    for one, other in ((pairs.first, pairs.second), (pairs.second, pairs.first)):
        asked = answers.asked_sets[answers.asked[other]]
        alone = answers.yes[one].multiply(asked) - answers.yes[one].multiply(answers.yes[other])
        alone = sp.csr_array(alone)
        alone.eliminate_zeros()
        found.append(alone)
    return found[0], found[1]


def _items(left: Any, right: Any, item: Any, tags: tuple[int, int]) -> int:
    """The number of items where one side of a pair has the one tag alone, the other the other."""
    one, other = tags
    sides = (left[:, [one]].multiply(right[:, [other]]), right[:, [one]].multiply(left[:, [other]]))
    rows = np.concatenate([side.tocoo().coords[0] for side in sides])
    return len(np.unique(item[rows]))


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
    return [
        DisputedItem(
            item=answers.items[differ[place]],
            distance=float(distance[place]),
            answers=_said(answers, differ[place]),
            differing=_names(answers, (left + right)[np.flatnonzero(item == differ[place])]),
        )
        for place in order
    ]


def _said(answers: Answers, item: int) -> dict[str, list[str]]:
    first, last = np.searchsorted(answers.item, [item, item + 1])
    return {
        str(answers.people[answers.person[row]]): _names(answers, answers.yes[[row]])
        for row in range(first, last)
    }


def _names(answers: Answers, rows: Any) -> list[str]:
    return [str(answers.tags[tag]) for tag in np.unique(rows.indices)]
