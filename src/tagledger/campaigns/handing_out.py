"""Who gets which items: balanced, the same for the same seed, near duplicates to the same people.

Near duplicates go together to the same annotators, one after the other: whoever has just answered
one answers the next in a moment, and in the same way; and pairs of annotators then agree on texts
that are really different, not on copies of one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable, Mapping, Sequence

TOGETHER = 10
"""Most near duplicates that go together: a larger group would be one person's whole day."""


def chance(*words: object) -> float:
    """A number from 0 to below 1 that follows from the words alone, evenly spread."""
    text = "\0".join(map(str, words)).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(text).digest()[:6]) / 2**48


def shuffled(ids: Iterable[str], seed: int) -> list[str]:
    """Ids in an order that looks like chance; it does not depend on what other ids there are."""
    return sorted(ids, key=lambda one: (chance(seed, one), one))


def together(ids: Sequence[str], group_of: Mapping[str, Hashable]) -> list[list[str]]:
    """Ids with their near duplicates behind the first of them, at most `TOGETHER` in one list.

    Parameters
    ----------
    ids
        The items, in the order in which they are to be shown.
    group_of
        The group of near duplicates of an item; an item without one stands alone.
    """
    lists: dict[Hashable, list[list[str]]] = {}
    in_order: list[list[str]] = []
    for item in ids:
        own = lists.setdefault(group_of.get(item, ("alone", item)), [])
        if not own or len(own[-1]) == TOGETHER:
            own.append([])
            in_order.append(own[-1])
        own[-1].append(item)
    return in_order


def hand_out(
    units: Sequence[Sequence[str]], annotators: Sequence[str], overlap: int, seed: int
) -> dict[str, list[str]]:
    """Give each unit to `overlap` annotators.

    Parameters
    ----------
    units
        Items that go together, in the order in which they are to be shown.
    annotators
        Who there is.
    overlap
        How many of them get each item; at most as many as there are.
    seed
        Chooses among those who have equally many items.

    Returns
    -------
    dict
        The items of each annotator, in the order of `units`. Two annotators differ by no more
        items than the largest unit has.
    """
    many = dict.fromkeys(annotators, 0)
    who_has: dict[int, set[str]] = {}
    # The largest go first, so that single items fill the gaps that they leave.
    order = sorted(
        range(len(units)), key=lambda at: (-len(units[at]), chance(seed, units[at][0]), at)
    )
    for at in order:
        first = units[at][0]
        least = sorted(annotators, key=lambda who: (many[who], chance(seed, who, first), who))
        who_has[at] = set(least[:overlap])
        for who in who_has[at]:
            many[who] += len(units[at])
    return {
        who: [item for at, unit in enumerate(units) if who in who_has[at] for item in unit]
        for who in annotators
    }


def mix_in(items: Sequence[str], others: Sequence[str], *words: object) -> list[str]:
    """Items with others spread among them, at positions that look like chance.

    Parameters
    ----------
    items
        Their order stays.
    others
        One stands in each of as many equal stretches.
    words
        What the positions follow from, such as a seed and a name.
    """
    if not others:
        return list(items)
    step = (len(items) + 1) / len(others)
    order = sorted(others, key=lambda one: (chance(*words, one), one))
    positions = [int((at + chance(*words, at, one)) * step) for at, one in enumerate(order)]
    mixed: list[str] = []
    last = 0
    for position, one in zip(positions, order, strict=True):
        mixed += [*items[last:position], one]
        last = position
    return [*mixed, *items[last:]]
