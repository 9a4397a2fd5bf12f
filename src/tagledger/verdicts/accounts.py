"""What became of every event: it is used, superseded or set aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tagledger.events.event import ACTS, ANSWERS, Event
from tagledger.verdicts.gathering import Gathered
from tagledger.verdicts.sifting import COUNTS, REASONS, REPLACED

_COLUMNS = ("file", "line", "event", "by", "act", "item", "reason")
_DECIDES = np.array([act in ANSWERS for act in ACTS])

Row = tuple[str, int, str, str, str, str, str]


def rejected_frame(gathered: Gathered) -> pd.DataFrame:
    """What was set aside, and why, by file and line."""
    rows = sorted([*_lines(gathered), *_answers(gathered), *_others(gathered)])
    columns = dict(zip(_COLUMNS, zip(*rows, strict=True), strict=True)) if rows else {}
    return pd.DataFrame(
        {
            name: pd.Series(columns.get(name, ()), dtype="int64" if name == "line" else "str")
            for name in _COLUMNS
        }
    )


def _lines(gathered: Gathered) -> Iterator[Row]:
    """Lines that are no events."""
    for one in gathered.set_aside:
        line, file = one.described, gathered.read.files[one.file]
        yield file, one.line, line.event, line.by, line.act, line.item, line.reason


def _answers(gathered: Gathered) -> Iterator[Row]:
    """Events about items."""
    answers, names = gathered.distinct.answers, gathered.names
    for index in np.flatnonzero(gathered.why_not > REPLACED).tolist():
        yield (
            gathered.read.files[answers.file[index]],
            int(answers.line[index]),
            f"{answers.id[index]:016x}",
            names.names[answers.by[index]],
            ACTS[answers.act[index]],
            names.items[answers.item[index]],
            REASONS[gathered.why_not[index] - 1],
        )


def _others(gathered: Gathered) -> Iterator[Row]:
    """Changes of tags."""
    for name, reason in gathered.reasons.items():
        placed = gathered.distinct.others[name]
        file, event = gathered.read.files[placed.file], placed.event
        yield file, placed.line, name, event.by, event.act, "", reason


@dataclass(frozen=True)
class Accounts:
    """How many events there are, and what became of them.

    Attributes
    ----------
    events
        Distinct events, and lines that are none: used + superseded + rejected.
    repeated
        Lines that say what another one says.
    used, superseded, rejected
        What became of them.
    because
        How many were set aside for each reason.
    annotators
        How many events of each annotator are used.
    digest
        The digest of the files that were read.
    """

    events: int
    repeated: int
    used: int
    superseded: int
    rejected: int
    because: dict[str, int]
    annotators: dict[str, int]
    digest: str


def account(gathered: Gathered) -> Accounts:
    """Count the events, and prove that each is counted once."""
    answers, once = gathered.distinct.answers, gathered.distinct
    counts = gathered.why_not == COUNTS
    used = counts & (gathered.counted | ~_DECIDES[answers.act])
    others = [placed.event for name, placed in once.others.items() if name not in gathered.reasons]
    others_used = [event for event in others if _is_used(event, gathered)]
    because = _because(gathered)
    accounts = Accounts(
        events=len(answers) + len(once.others) + len(gathered.set_aside),
        repeated=once.repeated,
        used=int(used.sum()) + len(others_used),
        superseded=int((gathered.why_not == REPLACED).sum())
        + int((counts & ~used).sum())
        + len(others)
        - len(others_used),
        rejected=sum(because.values()),
        because=because,
        annotators=_by_name(gathered, answers.by[used], others_used),
        digest=gathered.read.digest,
    )
    assert accounts.events == accounts.used + accounts.superseded + accounts.rejected
    return accounts


def _is_used(event: Event, gathered: Gathered) -> bool:
    """Whether something follows from a change of tags, or a withdrawal stands."""
    if event.id in gathered.gone:
        return False
    return event.act == "withdraw" or event.id in gathered.changes.counted


def _because(gathered: Gathered) -> dict[str, int]:
    """How many were set aside for each reason; what a reason says in detail stands apart."""
    counts = Counter(one.described.reason.partition(":")[0] for one in gathered.set_aside)
    counts.update(reason.partition(":")[0] for reason in gathered.reasons.values())
    for code, count in enumerate(np.bincount(gathered.why_not).tolist()):
        if code > REPLACED and count:
            counts[REASONS[code - 1]] += count
    return dict(sorted(counts.items()))


def _by_name(gathered: Gathered, codes: np.ndarray, others: list[Event]) -> dict[str, int]:
    counts = Counter(event.by for event in others)
    for code, count in enumerate(np.bincount(codes).tolist()):
        counts[gathered.names.names[code]] += count
    return {name: count for name, count in sorted(counts.items()) if count}
