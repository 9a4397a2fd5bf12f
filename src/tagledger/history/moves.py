"""The changes that gave a label to an item or took it away, with their causes and people."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tagledger.errors import TagledgerError
from tagledger.history.people import NOBODY, Behind, People
from tagledger.history.timeline import Timeline
from tagledger.layers import ANSWERED
from tagledger.tables import label_frame
from tagledger.versions import Before, Version

# A label that was there from the first version has no cause to look for.
if TYPE_CHECKING:
    from tagledger.compare.cause_table import Cause
    from tagledger.dataset import Dataset
    from tagledger.events.event import Event


@dataclass(frozen=True)
class Change:
    """The change that brought a label to an item, or took it away.

    Attributes
    ----------
    version, commit, date, author, subject
        The first version with the change; the last four are None for the workspace.
    cause
        Why; None in the first version, and where data is missing that would show it.
    after
        The version before; None in the first.
    between
        Versions between the two that cannot be read: one of them may have made the change.
    people
        Those behind it, where people's answers or events of the taxonomy are the cause.
    """

    version: str
    commit: str | None
    date: datetime | None
    author: str | None
    subject: str | None
    cause: Cause | None
    after: str | None
    between: tuple[str, ...]
    people: People = NOBODY


@dataclass(frozen=True)
class Move:
    """A step of history that gained or lost a label, and the known step before it."""

    index: int
    before: Before | None
    gained: bool


def follow(timeline: Timeline, having: Collection[str]) -> Iterator[Move]:
    """The last changes of a label, from the work tree back to the change that brought it.

    Yields nothing if no ancestor of the work tree had the label.
    """
    index = timeline.current
    has = timeline.holds(index, having)
    lost: list[Move] = []
    while True:
        before = timeline.before(index)
        known_before = {one.index: one for one in before if one.index is not None}
        agreeing = [at for at in known_before if timeline.holds(at, having) == has]
        if agreeing:
            index = agreeing[0]
        elif has:
            yield from lost
            yield Move(index, next(iter(before), None), gained=True)
            return
        elif known_before:
            parent, before_it = next(iter(known_before.items()))
            lost.append(Move(index, before_it, gained=False))
            index, has = parent, True
        else:
            return


class Causes:
    """The causes of the changes of an item's labels, computed once for each step."""

    def __init__(self, timeline: Timeline, item: int | str) -> None:
        self._timeline = timeline
        self._item = item
        self._tags_of: dict[Move, list[str]] = {}
        self._causes_of: dict[Move, dict[str, Cause]] = {}
        self._behind: dict[Move, dict[str, Behind]] = {}
        self._renamed: dict[tuple[int, Before | None], dict[str, dict[str, Cause]]] = {}

    def ask(self, tag: str, move: Move) -> None:
        """Register a change whose cause is needed."""
        self._tags_of.setdefault(move, []).append(tag)

    def find(self) -> Iterator[tuple[Version, Behind]]:
        """Find the causes; yield who is behind each change, and the version that made it."""
        for move, tags in self._tags_of.items():
            self._causes_of[move] = self._attribute(move, tags)
            for behind in self._behind.get(move, {}).values():
                yield self._timeline.version(move.index), behind

    def change(self, tag: str, move: Move, events_by_id: Mapping[str, Event]) -> Change:
        """A change whose cause was found, with the people behind it."""
        behind = self._behind.get(move, {}).get(tag)
        version = self._timeline.version(move.index)
        before, between = move.before, move.before.between if move.before else ()
        after = None if before is None or before.index is None else before.index
        return Change(
            version=version.name,
            commit=version.commit,
            date=version.date,
            author=version.author,
            subject=version.subject,
            cause=self._causes_of[move].get(tag),
            after=None if after is None else self._timeline.version(after).name,
            between=tuple(self._timeline.version(index).name for index in between),
            people=NOBODY if behind is None else behind.people(events_by_id),
        )

    def _attribute(self, move: Move, tags: Sequence[str]) -> dict[str, Cause]:
        if move.before is None or move.before.index is None:
            return {}
        from tagledger.compare.causes import attribute

        datasets = []
        for index in (move.index, move.before.index):
            try:
                dataset = self._timeline.dataset(index)
                _ = dataset.pipeline
            except TagledgerError as error:
                self._timeline.lacks(index, error)
                return {}
            datasets.append(dataset)
        later, earlier = datasets
        walked = attribute(
            self._labels_of_item(tags),
            present=(later if move.gained else earlier).pipeline,
            absent=(earlier if move.gained else later).pipeline,
            gained=move.gained,
            layer=self._timeline.layer,
        )
        renames = self._renames(move, earlier, later)
        causes = dict(zip(tags, walked, strict=True)) | {
            tag: cause for tag, cause in renames.items() if tag in tags
        }
        if self._timeline.layer in ANSWERED:
            self._behind[move] = self._people(move, causes, earlier, later)
        return causes

    def _labels_of_item(self, tags: Sequence[str]) -> pd.DataFrame:
        return label_frame(pd.Series([self._item] * len(tags)), np.arange(len(tags)), tags)

    def _people(
        self, move: Move, causes: Mapping[str, Cause], earlier: Dataset, later: Dataset
    ) -> dict[str, Behind]:
        """Who is behind a change, by tag."""
        from tagledger.compare.people import find_people

        tags = list(causes)
        changes = self._labels_of_item(tags).assign(
            change="gained" if move.gained else "lost", cause=[causes[tag] for tag in tags]
        )
        people = find_people(changes, earlier.annotations, later.annotations)
        return {
            tags[row]: Behind(
                tuple(by.split()), tuple(events.split()), causes[tags[row]] == "adjudicated"
            )
            for row, by, events in zip(people["row"], people["by"], people["events"], strict=True)
        }

    def _renames(self, move: Move, earlier: Dataset, later: Dataset) -> dict[str, Cause]:
        """The causes that a rename between two versions decides, by tag."""
        from tagledger.history.item_renames import renamed_labels

        pair = move.index, move.before  # which brought some labels and took others away
        if pair not in self._renamed:
            try:
                changes = renamed_labels(earlier, later, self._item, self._timeline.layer)
            except TagledgerError as error:
                self._timeline.lacks(move.index, error)
                return {}
            self._renamed[pair] = changes
        return self._renamed[pair]["gained" if move.gained else "lost"]
