"""The version, the commit and the cause of each change of the labels of an item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from tagledger.errors import TagledgerError
from tagledger.history.indexing import open_index
from tagledger.history.kept_tables import IdKind, Missing
from tagledger.history.moves import Causes, Change, follow
from tagledger.history.people import NOBODY, Decided, Standing, standing
from tagledger.history.timeline import (
    Timeline,
    different_versions,
    nearest_of_many,
    read_steps,
)
from tagledger.layers import ANSWERED, Layer
from tagledger.titles import shown_titles
from tagledger.versions import Followed, Lineage, Progress, Repository
from tagledger.versions.dvc_process import silent

# A label that was there from the first version has no cause to look for.
if TYPE_CHECKING:
    from tagledger.events.event import Event

ItemId = int | str


@dataclass(frozen=True)
class LabelBlame:
    """One label of the item.

    Attributes
    ----------
    tag
        The tag.
    brought
        The last change that brought it.
    taken
        The change that took it away after that; None for a label that the item still has.
    decided
        What people say of it in the version of the work tree; None where the source alone speaks.
    """

    tag: str
    brought: Change
    taken: Change | None
    decided: Decided | None = None


@dataclass(frozen=True)
class NoLabel:
    """A tag that no version gave the item, and of which people spoke."""

    tag: str
    decided: Decided


@dataclass(frozen=True)
class Blame:
    """The labels of an item.

    Attributes
    ----------
    id, title
        The item, and its title or else the start of its text; empty where no version that has the
        item can be read.
    layer
        The layer of the labels.
    version
        The version of the work tree, or the latest version before it that can be read.
    exists
        Whether that version has the item, with or without labels.
    labels
        First the labels that the item has, then those that it lost; both sorted by tag.
    no_labels
        The other tags of which people spoke and which it does not have, sorted by tag.
    missing
        Versions whose data could not be read, and why.
    shallow
        Whether the clone lacks the commits before its first.
    followed
        The source whose versions were followed, and where it begins.
    """

    id: ItemId
    title: str
    layer: Layer
    version: str
    exists: bool
    labels: Sequence[LabelBlame]
    no_labels: Sequence[NoLabel]
    missing: Sequence[Missing]
    shallow: bool
    followed: Followed

    @property
    def is_complete(self) -> bool:
        """Whether all versions could be read, and all events were found."""
        people = [
            one
            for label in self.labels
            for one in (
                label.brought.people,
                label.taken.people if label.taken else NOBODY,
                label.decided.people if label.decided else NOBODY,
            )
        ] + [one.decided.people for one in self.no_labels]
        return not self.missing and all(one.is_complete for one in people)


def blame(
    repository: Repository,
    item: ItemId,
    layer: Layer = "filtered",
    *,
    progress: Progress = silent,
    source: str | None = None,
    lineage: Lineage | None = None,
) -> Blame:
    """Find the change that brought each label of an item.

    Each label is followed from the work tree back through history, as `git blame` follows a line.
    At a merge the search follows a parent that agrees with the merge about the label.

    Parameters
    ----------
    repository
        The repository.
    item
        The id of the item; where ids are integers, a text such as "12" is taken as one.
    layer
        The layer whose labels are meant.
    progress
        Is given a line for each version that is read.
    source
        The source whose versions are meant; by default that of the work tree.
    lineage
        The history of the data with the changes of the layer, where it was read before.

    Raises
    ------
    TagledgerError
        No version has the item, or no version's data can be read.
    """
    lineage = read_steps(repository, layer, source, lineage)
    index, missing = open_index(repository, different_versions(lineage), layer, progress=progress)
    timeline = Timeline(repository, layer, lineage, index.tables, missing)
    item = parse_id(item, index.id_kind)
    # The index may have tables of other versions, too.
    labels = {
        tag: own
        for tag, having in index.tables_of(item).items()
        if (own := having.intersection(timeline.tables))
    }
    exists, title = _look_up(timeline, item, has_labels=bool(labels))
    causes = Causes(timeline, item)
    moves = {tag: list(follow(timeline, having)) for tag, having in sorted(labels.items())}
    for tag, tag_moves in moves.items():
        for move in tag_moves:
            causes.ask(tag, move)
    verdicts = _verdicts(timeline, item)
    events_by_id = _events(timeline, causes, verdicts)
    return Blame(
        id=item,
        title=title,
        layer=layer,
        version=timeline.version(timeline.current).name,
        exists=exists or any(tag_moves and tag_moves[0].gained for tag_moves in moves.values()),
        labels=sorted(
            (
                LabelBlame(
                    tag,
                    brought=causes.change(tag, tag_moves[-1], events_by_id),
                    taken=causes.change(tag, tag_moves[0], events_by_id)
                    if not tag_moves[0].gained
                    else None,
                    decided=verdicts[tag].decided(events_by_id) if tag in verdicts else None,
                )
                for tag, tag_moves in moves.items()
                if tag_moves
            ),
            key=lambda label: (label.taken is not None, label.tag),
        ),
        no_labels=[
            NoLabel(tag, verdict.decided(events_by_id))
            for tag, verdict in sorted(verdicts.items())
            if not verdict.value and not moves.get(tag)
        ],
        missing=timeline.missing,
        shallow=timeline.lineage.shallow,
        followed=timeline.lineage.followed,
    )


def parse_id(item: ItemId, kind: IdKind) -> ItemId:
    """An id as the dataset has it.

    Raises
    ------
    TagledgerError
        Ids are integers and this is not one.
    """
    if kind == "text":
        return str(item)
    try:
        return int(item)
    except ValueError as error:
        raise TagledgerError(
            f"there is no item {item}: the ids of this dataset are integers", hint="give a number"
        ) from error


def _verdicts(timeline: Timeline, item: ItemId) -> dict[str, Standing]:
    """What people say of tags of an item, by tag; nothing in layers before their answers."""
    if timeline.layer not in ANSWERED:
        return {}
    try:
        return standing(timeline.of_workspace(), item)
    except TagledgerError as error:
        timeline.lacks(timeline.current, error)
        return {}


def _events(
    timeline: Timeline, causes: Causes, verdicts: Mapping[str, Standing]
) -> dict[str, Event]:
    """The events behind all changes and verdicts, by their ids."""
    changes = list(causes.find())
    ids = {event for _, behind in changes for event in behind.events}
    ids |= {event for one in verdicts.values() for event in one.behind.events}
    if not ids:
        return {}
    from tagledger.compare.event_lookup import find_events

    now = timeline.version(timeline.current)
    return find_events(timeline.repository, ids, [now, *(version for version, _ in changes)])


def _look_up(timeline: Timeline, item: ItemId, *, has_labels: bool) -> tuple[bool, str]:
    """Whether the work tree has the item, and its title in the latest version that has it.

    Raises
    ------
    TagledgerError
        No version has it.
    """
    exists = False
    ids: pd.Index = pd.Index([])
    order = sorted(timeline.known_steps, key=lambda index: (index == timeline.current, index))
    for index in reversed(order):
        try:
            items = timeline.dataset(index).items
        except TagledgerError as error:
            timeline.lacks(index, error)
            continue
        row = items[items["id"] == item]
        exists |= index == timeline.current and len(row) > 0
        if len(row):
            return exists, str(shown_titles(row).iloc[0])
        if (items["id"].dtype.kind == "i") == isinstance(
            item, int
        ):  # ids of the other kind are not similar
            ids = ids.union(pd.Index(items["id"]))
    if has_labels:
        return exists, ""
    raise TagledgerError(
        f"{timeline.no_version} has an item {item}",
        where=f"{len(timeline.known_steps)} versions",
        hint=_nearest_id(item, ids),
    )


def _nearest_id(item: ItemId, ids: pd.Index) -> str:
    """The known ids that are most similar to an unknown one."""
    if isinstance(item, str):
        return nearest_of_many(item, ids)
    if not len(ids):
        return "`tagledger versions` shows which versions have data"
    index = int(ids.searchsorted(item))
    around = ids[max(index - 1, 0) : index + 1].tolist()
    return (
        f"the nearest are {' and '.join(map(str, around))}"
        if len(around) > 1
        else (f"ids run from {ids[0]} to {ids[-1]}")
    )
