"""Cells: what one person says of one tag of one item, the latest of it.

Events become cells some millions at a time, which bounds the memory: each cell is one number that
sorts by item, tag, kind of answer, person and time, and whose last bit is the answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tagledger.errors import TagledgerError
from tagledger.events.event import ACTS
from tagledger.verdicts.reading import Answers
from tagledger.verdicts.tag_lists import TagLists, Targets

SUGGESTIONS, VOTES, ADJUDICATIONS, GOLD = range(4)
"""Kinds of answers; a later one decides before an earlier one."""
KIND_OF_ACT = np.array(
    [
        {"label": VOTES, "adjudicate": ADJUDICATIONS, "gold": GOLD}.get(act, SUGGESTIONS)
        for act in ACTS
    ],
    np.int64,
)
_MOST_CELLS = 2**21
_BITS = 63


@dataclass(frozen=True)
class Cells:
    """The latest answer of each person about each tag of each item.

    They ascend by item, tag, kind and person; of one person there is one for each kind.

    Attributes
    ----------
    item, tag
        The row of the item and the number of the tag.
    kind
        `SUGGESTIONS`, `VOTES`, `ADJUDICATIONS` or `GOLD`.
    yes
        The answer.
    event
        The index of the event.
    """

    item: NDArray[np.int32]
    tag: NDArray[np.int32]
    kind: NDArray[np.int8]
    yes: NDArray[np.bool_]
    event: NDArray[np.int32]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.event)

    def take(self, indexes: NDArray[np.int64] | NDArray[np.bool_]) -> Cells:
        """Those at some indexes, or where a mask is true."""
        return Cells(**{name: column[indexes] for name, column in vars(self).items()})


@dataclass(frozen=True)
class CountedAnswers:
    """The answers that count, before the latest of each person is known.

    Attributes
    ----------
    answers
        The events.
    rows
        The row of the item of each.
    asked
        The list of the tags that were asked, of each; -1 for none.
    lists
        The lists of tags.
    targets
        What the tags of lists are now.
    tags
        How many tags the dataset has.
    """

    answers: Answers
    rows: NDArray[np.int32]
    asked: NDArray[np.int32]
    lists: TagLists
    targets: Targets
    tags: int


def latest_cells(counted: CountedAnswers, chosen: NDArray[np.int64]) -> Cells:
    """The cells of the events at the indexes `chosen`, of answers that ascend by id."""
    answers = counted.answers
    keys = (answers.micro, answers.second, answers.by, counted.rows)
    order = chosen[np.lexsort([key[chosen] for key in keys])]
    parts = [_of_chunk(counted, part) for part in _chunks(counted, order)]
    return Cells(
        **{
            name: np.concatenate([vars(part)[name] for part in parts] or [np.empty(0, kind)])
            for name, kind in _COLUMNS.items()
        }
    )


_COLUMNS = {"item": np.int32, "tag": np.int32, "kind": np.int8, "yes": np.bool_, "event": np.int32}


def _chunks(counted: CountedAnswers, order: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Events of whole items, as many as make about `_MOST_CELLS` cells."""
    if not len(order):
        return
    rows = counted.rows[order]
    most = max(1, int(counted.targets.count.max(initial=1)))
    asked, yes = counted.asked[order], counted.answers.yes[order]
    sizes = counted.lists.lengths(asked) + counted.lists.lengths(yes)
    ends = np.flatnonzero(np.diff(rows, append=-1)) + 1  # after the last event of each item
    total = np.cumsum(sizes * most + 1)[ends - 1]
    start = 0
    while start < len(order):
        before = 0 if not start else total[np.searchsorted(ends, start)]
        stop = int(np.searchsorted(total, before + _MOST_CELLS, side="right"))
        first = int(np.searchsorted(ends, start, side="right"))
        end = int(ends[min(max(stop - 1, first), len(ends) - 1)])
        yield order[start:end]
        start = end


def _of_chunk(counted: CountedAnswers, events: NDArray[np.int64]) -> Cells:
    """The latest cells of some events, which ascend by item, person, time and id."""
    at, tag, kind, yes = _expand(counted, events)
    rows = counted.rows[events]
    dense = np.cumsum(np.diff(rows, prepend=rows[:1]) != 0)
    width = max(1, int(len(events) - 1).bit_length())
    if (int(dense[-1]) * counted.tags + counted.tags).bit_length() + 2 + width + 1 > _BITS:
        raise TagledgerError(
            f"there are too many tags: {counted.tags:,}",
            hint="look whether annotators typed what should be notes into the column of tags",
        )
    key = ((dense[at] * counted.tags + tag) * 4 + kind) << width | at
    key = np.sort(key << 1 | yes, kind="stable")
    position = key >> 1 & ((1 << width) - 1)
    group = key >> (width + 1)
    by = counted.answers.by[events][position]
    last = np.ones(len(key), bool)
    last[:-1] = (group[1:] != group[:-1]) | (by[1:] != by[:-1])
    key, position, group = key[last], position[last], group[last]
    return Cells(
        item=rows[position],
        tag=(group // 4 % counted.tags).astype(np.int32),
        kind=(group & 3).astype(np.int8),
        yes=(key & 1).astype(bool),
        event=events[position].astype(np.int32),
    )


def _expand(
    counted: CountedAnswers, events: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], NDArray[np.bool_]]:
    """Every cell: the index among `events`, the tag, the kind and the answer.

    A tag that was asked is a no; one in `yes` a yes as well, which sorts after it and stays. An
    answer about a tag that was split stays one, and a yes is a suggestion for each part as well:
    whether a no holds for each part, nobody knows.
    """
    asked_at, asked = counted.lists.members(counted.asked[events])
    yes_at, chosen = counted.lists.members(counted.answers.yes[events])
    at, listed = np.concatenate([asked_at, yes_at]), np.concatenate([asked, chosen])
    yes = np.arange(len(at)) >= len(asked_at)
    kind = KIND_OF_ACT[counted.answers.act[events]][at]
    targets = counted.targets
    if targets.are_single and not targets.split.any():
        return at, targets.flat[listed], kind, yes
    split, count = targets.split[listed], targets.count[listed]
    count = np.where(split & ~yes, 1, count)
    first = np.cumsum(count) - count
    within = np.arange(int(count.sum())) - np.repeat(first, count)
    tag = targets.flat[np.repeat(targets.starts[listed], count) + within]
    is_part = np.repeat(split, count) & (within > 0)
    kind = np.where(is_part, SUGGESTIONS, np.repeat(kind, count))
    return np.repeat(at, count), tag, kind, np.repeat(yes, count)
