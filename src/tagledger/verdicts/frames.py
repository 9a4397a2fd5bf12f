"""Labels, verdicts and disputes as tables, from what was gathered and judged."""

from __future__ import annotations

from binascii import hexlify
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tagledger.tables import category, label_frame
from tagledger.verdicts.cells import ADJUDICATIONS, GOLD, SUGGESTIONS, VOTES, Cells
from tagledger.verdicts.dawid_skene import patterns
from tagledger.verdicts.gathering import Gathered
from tagledger.verdicts.judging import Judged
from tagledger.verdicts.policies import DISPUTED, SUGGESTED, YES

STATES = ("adjudicated", "disputed", "gold", "labelled", "suggested")
_DECIDED = {
    SUGGESTIONS: "suggested",
    VOTES: "labelled",
    ADJUDICATIONS: "adjudicated",
    GOLD: "gold",
}
_AMONG = {VOTES: "annotators", ADJUDICATIONS: "adjudicators", GOLD: "gold"}
_BLOCK = 2**19  # answers whose ids are written at once


def labels_frame(gathered: Gathered, judged: Judged, ids: pd.Series) -> pd.DataFrame:
    """The labels: id and tag."""
    row, tag = np.divmod(judged.labels, max(1, len(gathered.tags)))
    return _pairs(gathered, ids, row, tag)


def _pairs(
    gathered: Gathered, ids: pd.Series, row: NDArray[np.int64], tag: NDArray[np.int64]
) -> pd.DataFrame:
    """Columns id and tag, of those tags alone that stand there."""
    used = np.zeros(len(gathered.tags), bool)
    used[tag] = True
    code = np.cumsum(used) - 1
    names = [name for name, there in zip(gathered.tags, used.tolist(), strict=True) if there]
    return label_frame(ids.array.take(row), code[tag].astype(np.int32), names)


def verdicts_frame(gathered: Gathered, judged: Judged, ids: pd.Series) -> pd.DataFrame:
    """What follows for each tag of each item of which an event says something."""
    tally, outcome = judged.tally, judged.outcome
    standing, starts = _answers(gathered.cells, judged)
    row, tag = np.divmod(tally.pair, max(1, len(gathered.tags)))
    states = np.array([STATES.index(_DECIDED[kind]) for kind in sorted(_DECIDED)], np.int8)
    state = states[tally.kind]
    state = np.where(outcome == SUGGESTED, STATES.index("suggested"), state)
    state = np.where(outcome == DISPUTED, STATES.index("disputed"), state)
    names, code = _people(gathered, standing, starts)
    return _pairs(gathered, ids, row, tag).assign(
        value=judged.value,
        state=_used_alone(state, STATES),
        by=category(code.astype(np.int32), names),
        events=_ids(gathered, standing, starts),
    )


def _used_alone(codes: NDArray[np.integer[Any]], names: tuple[str, ...]) -> pd.Categorical:
    """A category of the names that stand there."""
    there = np.unique(codes)
    return category(
        np.searchsorted(there, codes).astype(np.int32), [names[code] for code in there.tolist()]
    )


def _answers(cells: Cells, judged: Judged) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The indexes of the cells that a verdict stands on, and where those of each verdict begin.

    Where it is decided, these are the answers that say so; else all. All as well where nobody says
    so: Dawid and Skene's model can take the word of one who is mostly wrong for its opposite.
    """
    tally = judged.tally
    say_so = np.where(judged.outcome == YES, tally.yes, tally.no)
    of_all = (judged.outcome > YES) | (say_so == 0)
    pair = np.repeat(np.arange(len(tally.pair)), tally.count)
    first = np.cumsum(tally.count) - tally.count
    indexes = np.repeat(tally.start - first, tally.count) + np.arange(len(pair))
    stands = of_all[pair] | ((judged.outcome[pair] == YES) == cells.yes[indexes])
    indexes, pair = indexes[stands], pair[stands]
    return indexes, np.searchsorted(pair, np.arange(len(tally.pair)))


def _people(
    gathered: Gathered, indexes: NDArray[np.int64], starts: NDArray[np.int64]
) -> tuple[list[str], NDArray[np.int64]]:
    """The distinct texts of names of the groups of cells, ascending, and that of each group."""
    if not len(starts):
        return [], starts
    by = gathered.by[indexes]
    first, of_group, _ = patterns(by.astype(np.int64), starts)
    ends = np.append(starts, len(by))
    names = gathered.names.names
    texts = [
        " ".join(names[code] for code in by[ends[one] : ends[one + 1]].tolist())
        for one in first.tolist()
    ]
    order = sorted(range(len(texts)), key=texts.__getitem__)
    rank = np.empty(len(texts), np.int64)
    rank[order] = np.arange(len(texts))
    return [texts[index] for index in order], rank[of_group]


def _ids(gathered: Gathered, indexes: NDArray[np.int64], starts: NDArray[np.int64]) -> pd.Series:
    """The ids of the events of each group of cells, joined by spaces."""
    parts = list(_joined_ids(gathered, indexes, starts))
    ids: pd.Series = pa.chunked_array(parts, pa.large_string()).to_pandas()
    return ids


def _joined_ids(
    gathered: Gathered, indexes: NDArray[np.int64], starts: NDArray[np.int64]
) -> Iterator[pa.Array]:
    ends = np.append(starts, len(indexes))
    space = pa.scalar(" ", pa.large_string())
    start = 0
    while start < len(starts):
        stop = max(start + 1, int(np.searchsorted(ends, ends[start] + _BLOCK, side="right")) - 1)
        chosen = indexes[ends[start] : ends[stop]]
        ids = gathered.distinct.answers.id[gathered.cells.event[chosen]]
        text = pa.py_buffer(hexlify(ids.astype(">u8").tobytes()))
        each = pa.py_buffer(np.arange(0, 16 * len(ids) + 1, 16))
        texts = pa.Array.from_buffers(pa.large_string(), len(ids), [None, each, text])
        of_group = pa.array((ends[start : stop + 1] - ends[start]).astype(np.int32))
        yield pc.binary_join(pa.ListArray.from_arrays(of_group, texts), space)
        start = stop


def disputes_frame(gathered: Gathered, judged: Judged, ids: pd.Series) -> pd.DataFrame:
    """Where people differ: who says yes, and who no."""
    tally = judged.tally
    disputed = np.flatnonzero(judged.outcome == DISPUTED)
    row, tag = np.divmod(tally.pair[disputed], max(1, len(gathered.tags)))
    among = [_AMONG.get(kind, "annotators") for kind in tally.kind[disputed].tolist()]
    sides = {}
    for name, answer in (("yes", True), ("no", False)):
        count = tally.count[disputed]
        of = np.repeat(np.arange(len(disputed)), count)
        first = np.cumsum(count) - count
        indexes = np.repeat(tally.start[disputed] - first, count) + np.arange(len(of))
        chosen = gathered.cells.yes[indexes] == answer
        starts = np.searchsorted(of[chosen], np.arange(len(disputed)))
        texts, code = _people(gathered, indexes[chosen], starts)
        sides[name] = pd.Series(np.array(texts, object)[code], dtype="str")
    return _pairs(gathered, ids, row, tag).assign(
        among=pd.Series(among, dtype="str"), **sides, source=judged.value[disputed]
    )
