"""Two annotators who agree in every answer: one may be a copy of the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations

from tagledger.annotation_tools.answers import Answer
from tagledger.words import count

FEWEST_ITEMS = 10  # that both answered; fewer may agree by chance


def copies(answers: Iterable[Answer], fewest: int = FEWEST_ITEMS) -> list[tuple[str, str, int]]:
    """Pairs of annotators who answered the same items and agree in each of them.

    Where all answers are one and the same, agreeing in them says nothing.

    Parameters
    ----------
    answers
        Of any number of people; of one person's answers to an item the last one counts.
    fewest
        How many items both must have answered.

    Returns
    -------
    list
        Both names in ascending order, and the number of items; ascending.
    """
    by_annotator: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for answer in answers:
        item = answer.item if answer.item is not None else answer.text
        if answer.kind == "label" and answer.by is not None and item is not None:
            by_annotator[answer.by][item] = tuple(sorted(answer.yes))
    pairs = []
    for one, other in combinations(sorted(by_annotator), 2):
        both = by_annotator[one].keys() & by_annotator[other].keys()
        if (
            len(both) >= fewest
            and all(by_annotator[one][item] == by_annotator[other][item] for item in both)
            and len({by_annotator[one][item] for item in both}) > 1
        ):
            pairs.append((one, other, len(both)))
    return pairs


def sentence(pair: tuple[str, str, int]) -> str:
    """What is to be said of a pair.

    >>> sentence(("ann", "bob", 50))
    'ann and bob agree in each of the 50 items that both answered: one may be a copy of the other'
    """
    one, other, items = pair
    return (
        f"{one} and {other} agree in each of the {count(items, 'item')} that both answered: "
        "one may be a copy of the other"
    )
