"""The people behind changes of labels: whose answers or events decided each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tagledger import tables
from tagledger.compare.annotations import Annotations, LabelVerdicts, differing_changes, other_names

_Row = tuple[int, Sequence[str], Sequence[str]]
BY_ANSWERS = ("annotated", "adjudicated")
BY_EVENTS = ("tag_event", "renamed")


def no_people() -> pd.DataFrame:
    """A table as `find_people` makes it, where nobody is behind a change."""
    return _table([])


def no_tag_changes() -> pd.DataFrame:
    """Changes of tags, where there are none."""
    return tables.empty_annotated(tables.TAG_CHANGES, "int64")


def find_people(changes: pd.DataFrame, a: Annotations, b: Annotations) -> pd.DataFrame:
    """Who is behind each change, as the verdicts and the changes of tags of both versions say.

    Parameters
    ----------
    changes
        Columns id, tag (category), change (gained, lost) and cause.
    a, b
        What people said in each version.

    Returns
    -------
    DataFrame
        One row for each change that somebody is behind: row (its index in `changes`), by (names
        with spaces between, ascending), events (ids, likewise), lapsed (whether answers of A
        decided on the label and B has no verdict on it). Of answers that decide in either version
        both count; for what was adjudicated, only those of who adjudicated. Behind a label that
        went into the parts of a split is who split the tag and who answered for the parts.
    """
    tag_changes = differing_changes(a, b)
    if a.verdicts.empty and b.verdicts.empty and tag_changes.empty:
        return no_people()
    of_row: dict[int, tuple[set[str], set[str]]] = {}
    for row, by, events in [
        *_by_answers(changes, tag_changes, a, b),
        *_by_events(changes, tag_changes),
    ]:
        names, ids = of_row.setdefault(row, (set(), set()))
        names.update(by)
        ids.update(events)
    people = _table([(row, sorted(by), sorted(ids)) for row, (by, ids) in sorted(of_row.items())])
    chosen = changes.iloc[people["row"].to_numpy()]
    ids, tags = pd.Index(chosen["id"]), chosen["tag"].astype("category")
    mine, theirs = a.look_up(ids, tags), b.look_up(ids, tags)
    lapsed = chosen["cause"].isin(BY_ANSWERS).to_numpy(bool) & mine.decides & (theirs.row < 0)
    # The parts of a split tag are cells of their own, on which people answered.
    return people.assign(lapsed=lapsed & ~tags.isin(list(b.targets)).to_numpy(bool))


def _table(rows: Sequence[_Row]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "row": pd.Series([one[0] for one in rows], dtype="int64"),
            "by": pd.Series([" ".join(one[1]) for one in rows], dtype="str"),
            "events": pd.Series([" ".join(one[2]) for one in rows], dtype="str"),
            "lapsed": pd.Series([False] * len(rows), dtype="bool"),
        }
    )


def _by_answers(
    changes: pd.DataFrame, tag_changes: pd.DataFrame, a: Annotations, b: Annotations
) -> Iterator[_Row]:
    split = tag_changes[tag_changes["act"] == "split"]
    of_split = changes["tag"].isin([*split["tag"], *split["to"]])
    by_answers = changes["cause"].isin(BY_ANSWERS)
    at = np.flatnonzero(by_answers | ((changes["cause"] == "renamed") & of_split))
    if not len(at):
        return
    chosen = changes.iloc[at]
    ids, tags = pd.Index(chosen["id"]), chosen["tag"].astype("category")
    adjudicated = (chosen["cause"] == "adjudicated").to_numpy(bool)
    names = _Joined(len(at))
    for side, other, absent in ((a, b, "gained"), (b, a, "lost")):
        names.add(_counted(side.look_up(ids, tags), adjudicated))
        called = other_names(other, side)
        # In the version that lacks the label, the parts of a tag that was split were decided on, or
        # the tag under the name that it has there.
        lacks = (chosen["change"] == absent).to_numpy(bool)
        for tag in tags.cat.categories.astype("str"):
            parts = side.parts(tag) or called.get(tag, [])
            where = np.flatnonzero(lacks & (tags == tag).to_numpy(bool) & bool(parts))
            for part in parts if len(where) else ():
                of_part = pd.Series([part] * len(where), dtype="category")
                verdicts = side.look_up(ids[where], of_part)
                names.add(_counted(verdicts, adjudicated[where]), where)
    yield from ((int(at[row]), *texts) for row, texts in names.rows())


def _counted(verdicts: LabelVerdicts, adjudicated: NDArray[np.bool_]) -> LabelVerdicts:
    """The verdicts that count: those that decide, and of what was adjudicated only such."""
    counts = np.where(adjudicated, verdicts.is_adjudicated, verdicts.decides)
    return LabelVerdicts(verdicts.annotations, np.where(counts, verdicts.row, -1))


class _Joined:
    """The names and the ids of events of each of some labels."""

    def __init__(self, size: int) -> None:
        self._by: list[set[str]] = [set() for _ in range(size)]
        self._events: list[set[str]] = [set() for _ in range(size)]

    def add(self, verdicts: LabelVerdicts, where: Iterable[int] | None = None) -> None:
        """Add those of the verdicts on the labels at some positions, or on all."""
        positions = range(len(self._by)) if where is None else where
        columns = (verdicts.texts("by"), verdicts.texts("events"))
        for position, by, events in zip(positions, *columns, strict=True):
            self._by[position].update(by.split())
            self._events[position].update(events.split())

    def rows(self) -> Iterator[tuple[int, tuple[list[str], list[str]]]]:
        """The labels that somebody is behind."""
        for position, (by, events) in enumerate(zip(self._by, self._events, strict=True)):
            if by:
                yield position, (sorted(by), sorted(events))


def _by_events(changes: pd.DataFrame, tag_changes: pd.DataFrame) -> Iterator[_Row]:
    if tag_changes.empty:
        return
    of_tag: dict[str, tuple[set[str], set[str]]] = {}
    columns = (tag_changes[name] for name in ("tag", "to", "by", "event"))
    for tag, to, by, event in zip(*columns, strict=True):
        for name in {tag, to} - {""}:
            names, events = of_tag.setdefault(name, (set(), set()))
            names.add(by)
            events.add(event)
    at = np.flatnonzero(changes["cause"].isin(BY_EVENTS) & changes["tag"].isin(list(of_tag)))
    for row, tag in zip(at.tolist(), changes["tag"].iloc[at].astype("str"), strict=True):
        names, events = of_tag[tag]
        yield row, sorted(names), sorted(events)
