"""Which version, commit and cause brought each label of an item, or took it away."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import pandas as pd

from tagledger.errors import TagledgerError
from tagledger.history.indexing import Missing
from tagledger.history.label_index import IdKind
from tagledger.history.timeline import Timeline, nearest_of_many
from tagledger.layers import Layer
from tagledger.titles import shown_titles
from tagledger.versions import Before, Progress, Repository
from tagledger.versions.dvc_process import silent

# A label that was there from the first version has no cause to look for.
if TYPE_CHECKING:
    from tagledger.compare.causes import Cause

ItemId = int | str


@dataclass(frozen=True)
class Change:
    """A label that came or went.

    Attributes
    ----------
    version, commit, date, author, subject
        The version with which it did; the last four are None for the workspace.
    cause
        Why; None in the first version, and where the data that would tell is missing.
    after
        The version before; None in the first.
    between
        Versions between the two whose labels are missing: it may have been one of them.
    """

    version: str
    commit: str | None
    date: datetime | None
    author: str | None
    subject: str | None
    cause: Cause | None
    after: str | None
    between: tuple[str, ...]


@dataclass(frozen=True)
class LabelBlame:
    """One label of the item.

    Attributes
    ----------
    tag
        The tag.
    came
        The change that brought it, for the last time.
    went
        The change that took it away after that; None for a label that the item has today.
    """

    tag: str
    came: Change
    went: Change | None


@dataclass(frozen=True)
class Blame:
    """The labels of an item.

    Attributes
    ----------
    id, title
        The item, and its title or else the start of its text; empty where no version that has the
        item can be read.
    layer
        The layer that was looked at.
    version
        What today is: the version of the work tree, or the latest before it that is not missing.
    exists
        Whether that version has the item, with or without labels.
    labels
        Those that the item has, then those that it lost, each by tag.
    missing
        Versions whose data could not be read, and why.
    shallow
        Whether the clone lacks the commits before its first.
    """

    id: ItemId
    title: str
    layer: Layer
    version: str
    exists: bool
    labels: Sequence[LabelBlame]
    missing: Sequence[Missing]
    shallow: bool


def blame(
    repository: Repository,
    item: ItemId,
    layer: Layer = "filtered",
    *,
    progress: Progress = silent,
) -> Blame:
    """Find out where the labels of an item come from.

    A label is followed from the work tree back through history, at a merge along a parent that
    agrees, to the change that brought it, as `git blame` follows a line.

    Parameters
    ----------
    repository
        The repository.
    item
        The item's id; a text that spells an integer means that where ids are integers.
    layer
        The layer whose labels are meant.
    progress
        Is given a line for each version that is read.

    Raises
    ------
    TagledgerError
        No version has the item, or no version's data can be read.
    """
    timeline = Timeline(repository, layer, progress)
    item = parse_id(item, timeline.index.id_kind)
    labels = timeline.index.tables_of(item)
    exists, title = _look_up(timeline, item, has_labels=bool(labels))
    causes = _Causes(timeline, item)
    moves = {tag: list(_follow(timeline, having)) for tag, having in sorted(labels.items())}
    for tag, found in moves.items():
        for move in found:
            causes.ask(tag, move)
    return Blame(
        id=item,
        title=title,
        layer=layer,
        version=timeline.version(timeline.today).name,
        exists=exists or any(found and found[0].gained for found in moves.values()),
        labels=sorted(
            (
                LabelBlame(
                    tag,
                    came=causes.change(tag, found[-1]),
                    went=causes.change(tag, found[0]) if not found[0].gained else None,
                )
                for tag, found in moves.items()
                if found
            ),
            key=lambda label: (label.went is not None, label.tag),
        ),
        missing=timeline.missing,
        shallow=timeline.lineage.shallow,
    )


def parse_id(item: ItemId, kind: IdKind) -> ItemId:
    """An id as the dataset has it.

    Raises
    ------
    TagledgerError
        Ids are integers and this is none.
    """
    if kind == "text":
        return str(item)
    try:
        return int(item)
    except ValueError as error:
        raise TagledgerError(
            f"no item is called {item}: ids of this dataset are integers", hint="give a number"
        ) from error


@dataclass(frozen=True)
class _Move:
    """A step at which a label came or went, seen from the known step before it."""

    place: int
    before: Before | None
    gained: bool


def _follow(timeline: Timeline, having: Collection[str]) -> Iterator[_Move]:
    """The last changes of a label, from today back to the one that brought it.

    None for a label that never was on the way to today.
    """
    place = timeline.today
    has = timeline.holds(place, having)
    lost: list[_Move] = []
    while True:
        before = timeline.before(place)
        known = {one.place: one for one in before if one.place is not None}
        agreeing = [at for at in known if timeline.holds(at, having) == has]
        if agreeing:
            place = agreeing[0]
        elif has:
            yield from lost
            yield _Move(place, next(iter(before), None), gained=True)
            return
        elif known:
            parent, step = next(iter(known.items()))
            lost.append(_Move(place, step, gained=False))
            place, has = parent, True
        else:
            return


class _Causes:
    """Why labels of the item changed, asked for each step once."""

    def __init__(self, timeline: Timeline, item: ItemId) -> None:
        self._timeline = timeline
        self._item = item
        self._asked: dict[_Move, list[str]] = {}
        self._found: dict[_Move, dict[str, Cause]] = {}

    def ask(self, tag: str, move: _Move) -> None:
        """Say that the cause of a change is wanted."""
        self._asked.setdefault(move, []).append(tag)

    def change(self, tag: str, move: _Move) -> Change:
        """A change that was asked for, with its cause."""
        if move not in self._found:
            self._found[move] = self._attribute(move, self._asked[move])
        version = self._timeline.version(move.place)
        before, between = move.before, move.before.between if move.before else ()
        after = None if before is None or before.place is None else before.place
        return Change(
            version=version.name,
            commit=version.commit,
            date=version.date,
            author=version.author,
            subject=version.subject,
            cause=self._found[move].get(tag),
            after=None if after is None else self._timeline.version(after).name,
            between=tuple(self._timeline.version(place).name for place in between),
        )

    def _attribute(self, move: _Move, tags: Sequence[str]) -> dict[str, Cause]:
        if move.before is None or move.before.place is None:
            return {}
        from tagledger.compare.causes import attribute

        pipelines = []
        for place in (move.place, move.before.place):
            try:
                pipelines.append(self._timeline.dataset(place).pipeline)
            except TagledgerError as error:
                self._timeline.lacks(place, error)
                return {}
        later, earlier = pipelines
        ids = pd.Series([self._item] * len(tags))
        found = attribute(
            pd.DataFrame({"id": ids, "tag": pd.Series(tags, dtype="str").astype("category")}),
            present=later if move.gained else earlier,
            absent=earlier if move.gained else later,
            gained=move.gained,
            layer=self._timeline.layer,
        )
        return dict(zip(tags, found, strict=True))


def _look_up(timeline: Timeline, item: ItemId, *, has_labels: bool) -> tuple[bool, str]:
    """Whether the item is there today, and its title in the latest version that has it.

    Raises
    ------
    TagledgerError
        No version has it.
    """
    exists = False
    ids: pd.Index = pd.Index([])
    for place in sorted(timeline.known, key=lambda place: (place == timeline.today, place))[::-1]:
        try:
            items = timeline.dataset(place).items
        except TagledgerError as error:
            timeline.lacks(place, error)
            continue
        row = items[items["id"] == item]
        exists |= place == timeline.today and len(row) > 0
        if len(row):
            return exists, str(shown_titles(row).iloc[0])
        if (items["id"].dtype.kind == "i") == isinstance(item, int):  # else none is like it
            ids = ids.union(pd.Index(items["id"]))
    if has_labels:
        return exists, ""
    raise TagledgerError(
        f"no version has an item {item}",
        where=f"{len(timeline.known)} versions",
        hint=_nearest_id(item, ids),
    )


def _nearest_id(item: ItemId, known: pd.Index) -> str:
    """The known ids most like one that is not."""
    if isinstance(item, str):
        return nearest_of_many(item, known)
    if not len(known):
        return "`tagledger versions` shows which versions have data"
    place = int(known.searchsorted(item))
    around = known[max(place - 1, 0) : place + 1].tolist()
    return (
        f"the nearest are {' and '.join(map(str, around))}"
        if len(around) > 1
        else (f"ids run from {known[0]} to {known[-1]}")
    )
