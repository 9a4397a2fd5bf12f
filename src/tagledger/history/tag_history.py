"""A tag in all versions: its number of items, the decision of the filter, its renames."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from tagledger import tables
from tagledger.compare.late_parts import load_numpy_parts_late
from tagledger.errors import TagledgerError
from tagledger.history.indexing import Missing, open_index, table_of
from tagledger.history.label_index import LabelIndex
from tagledger.history.timeline import Timeline, nearest_of_many
from tagledger.layers import ITEMS, Layer
from tagledger.measures.recorded import parse_metrics
from tagledger.reports import METRICS
from tagledger.versions import (
    Followed,
    Lineage,
    Progress,
    Repository,
    Version,
    locate,
    texts_at,
)
from tagledger.versions.dvc_process import silent

# pandas and scipy are for renames, which are looked for only where there may be one.
if TYPE_CHECKING:
    from tagledger.compare.renames import Rename

_TAGS = tables.FILTERED_TAGS.as_posix()


class TagEvent(NamedTuple):
    """What became of a tag by an event of the taxonomy.

    Attributes
    ----------
    tag, to
        The tag, and what it is since then: one of its parts; empty for a tag that was retired.
    act, by, event
        What was done, by whom, and the id of the event.
    """

    tag: str
    to: str
    act: str
    by: str
    event: str


@dataclass(frozen=True)
class TagState:
    """A tag in one version.

    Attributes
    ----------
    version, commit, date, author, subject
        The version; the last four are None for the workspace.
    in_workspace
        Whether it is the version of the work tree.
    clean_count, annotated_count
        Items that have the tag as the clean stage left it, and after people's answers, before the
        filter; None where those labels are missing.
    count
        Items that have it after the filter.
    share, presence
        `count` as a share of all labels after the filter, and of all clean items; None where the
        number of clean items is not known.
    decision
        The decision of the filter; "absent" if no item had the tag; None where it is missing.
    renames
        Renames from or to this tag since the version before, in the labels before the filter.
    tag_events
        What people's events did to this tag since the version before, or made into it.
    """

    version: str
    commit: str | None
    date: datetime | None
    author: str | None
    subject: str | None
    in_workspace: bool
    clean_count: int | None
    annotated_count: int | None
    count: int
    share: float
    presence: float | None
    decision: str | None
    renames: Sequence[Rename]
    tag_events: Sequence[TagEvent]


@dataclass(frozen=True)
class TagHistory:
    """A tag in all versions.

    Attributes
    ----------
    tag
        The tag.
    states
        In chronological order, see `tagledger.versions.Lineage`; the workspace last.
    missing
        Versions whose data could not be read, and why.
    shallow
        Whether the clone lacks the commits before its first.
    followed
        The source whose versions these are, and where it begins.
    """

    tag: str
    states: Sequence[TagState]
    missing: Sequence[Missing]
    shallow: bool
    followed: Followed

    @property
    def has_labels(self) -> bool:
        """Whether a version has a label with the tag; else events of the taxonomy alone name it."""
        counts = [(one.clean_count, one.annotated_count, one.count) for one in self.states]
        return any(any(of_state) for of_state in counts)


def history(
    repository: Repository,
    tag: str,
    *,
    progress: Progress = silent,
    lineage: Lineage | None = None,
) -> TagHistory:
    """Follow a tag through all versions.

    Parameters
    ----------
    repository
        The repository.
    tag
        The tag, as the dataset spells it.
    progress
        Is given a line for each version that is read.
    lineage
        The history of the data with the changes of the layer, where it was read before.

    Raises
    ------
    TagledgerError
        No version has the tag, and no event of the work tree names it; or no version's data can be
        read.
    """
    timeline = Timeline(repository, "filtered", progress, lineage=lineage)
    steps = sorted(timeline.known_steps)
    versions = [timeline.version(step_index) for step_index in steps]
    clean = _Labels.read(timeline, "clean", progress)
    annotated = clean.or_read(timeline, "annotated", progress)
    ever = {
        *timeline.index.tags_of({timeline.tables[step_index] for step_index in steps}),
        *clean.tags(),
        *annotated.tags(),
    }
    # A part of a tag that was split has no label until people gave it one.
    if tag not in ever and not _events(timeline, timeline.current, tag):
        raise TagledgerError(
            f"{timeline.no_version} has a label with the tag {tag}",
            where=f"{len(steps)} versions",
            hint=nearest_of_many(tag, ever),
        )
    filtered_items = timeline.index.items_with(tag)
    clean_counts, annotated_counts = clean.counts(tag), annotated.counts(tag)
    sizes = _numbers_of_items(repository, versions)
    states = []
    for step_index, items in zip(steps, sizes, strict=True):
        version, table = timeline.version(step_index), timeline.tables[step_index]
        _, labels = timeline.index.sizes(table)
        count = len(filtered_items[table])
        states.append(
            TagState(
                version=version.name,
                commit=version.commit,
                date=version.date,
                author=version.author,
                subject=version.subject,
                in_workspace=step_index == timeline.current,
                clean_count=clean_counts.get(step_index),
                annotated_count=annotated_counts.get(step_index),
                count=count,
                share=count / labels if labels else 0.0,
                presence=None if items is None else count / items if items else 0.0,
                decision=_decision(timeline, step_index, tag),
                renames=_renames(timeline, step_index, tag, annotated),
                tag_events=_new_events(timeline, step_index, tag),
            )
        )
    lineage = timeline.lineage
    return TagHistory(tag, states, timeline.missing, lineage.shallow, lineage.followed)


@dataclass(frozen=True)
class _Labels:
    """The labels of a layer: their index, and the table of each step that can be read."""

    index: LabelIndex
    tables: Mapping[int, str]

    @classmethod
    def read(cls, timeline: Timeline, layer: Layer, progress: Progress) -> _Labels:
        steps = sorted(timeline.known_steps)
        versions = [timeline.version(step_index) for step_index in steps]
        index, missing = open_index(timeline.repository, versions, layer, progress=progress)
        for one in missing:
            step_index = next(p for p in steps if timeline.version(p) is one.version)
            timeline.lacks(step_index, one.problem)
        by_step = {
            step_index: table_of(timeline.version(step_index), layer) for step_index in steps
        }
        return cls(index, {at: table for at, table in by_step.items() if table in index.bits})

    def or_read(self, timeline: Timeline, layer: Layer, progress: Progress) -> _Labels:
        """The labels of another layer: these, where it has no others."""
        others = {
            table_of(timeline.version(step_index), layer) for step_index in timeline.known_steps
        }
        if others <= {*self.tables.values()}:
            return self
        return self.read(timeline, layer, progress)

    def tags(self) -> set[str]:
        return {*self.index.tags_of({*self.tables.values()})}

    def counts(self, tag: str) -> dict[int, int]:
        """The number of items with a tag, by the index of the step."""
        items = self.index.items_with(tag)
        return {step_index: len(items[table]) for step_index, table in self.tables.items()}


def _numbers_of_items(repository: Repository, versions: Sequence[Version]) -> list[int | None]:
    """The number of clean items of each version; None where the cache and git do not have it."""
    reports = texts_at(repository, versions, METRICS.as_posix(), strict=False)
    return [_items(repository, *one) for one in zip(versions, reports, strict=True)]


def _items(repository: Repository, version: Version, report: str | None) -> int | None:
    """From the footer of the table; else from the report, if dvc.lock has its md5."""
    table = version.outputs.get(ITEMS)
    if table is not None and repository.find_object(table.md5) is not None:
        try:
            return tables.number_of_rows(locate(repository, version, ITEMS))
        except TagledgerError:
            pass  # damaged: the report may have the number
    recorded = version.outputs.get(METRICS.as_posix())
    if report is None or recorded is None:
        return None
    if hashlib.md5(report.encode(), usedforsecurity=False).hexdigest() != recorded.md5:
        return None
    number: int | None = parse_metrics(report).get("clean_items")  # an old report may have none
    return number


def _decision(timeline: Timeline, step_index: int, tag: str) -> str | None:
    try:
        path = locate(timeline.repository, timeline.version(step_index), _TAGS)
        decision = tables.look_up(path, "decision", tag=tag)
    except TagledgerError as error:
        timeline.lacks(step_index, error)
        return None
    return "absent" if decision is None else str(decision)


def _new_events(timeline: Timeline, step_index: int, tag: str) -> list[TagEvent]:
    """The events of the tag that the known steps before do not have."""
    before = [one.index for one in timeline.before(step_index) if one.index is not None]
    earlier_events = {event for earlier in before for event in _events(timeline, earlier, tag)}
    return [event for event in _events(timeline, step_index, tag) if event not in earlier_events]


def _events(timeline: Timeline, step_index: int, tag: str) -> list[TagEvent]:
    """What events made of the tag, and into it, in the order of the table."""
    version = timeline.version(step_index)
    path = tables.TAG_CHANGES.as_posix()
    if path not in version.outputs:  # from before the annotate stage
        return []
    try:
        columns = tables.read_lists(
            locate(timeline.repository, version, path), list(TagEvent._fields)
        )
    except TagledgerError as error:
        timeline.lacks(step_index, error)
        return []
    rows = (TagEvent(*row) for row in zip(*columns.values(), strict=True))
    return [row for row in rows if tag in {row.tag, row.to}]


def _renames(timeline: Timeline, step_index: int, tag: str, labels: _Labels) -> list[Rename]:
    """Renames of the tag since the known step before."""
    from tagledger.compare.renames import MIN_ITEMS, find_renames

    tables = labels.tables
    earlier = next((one.index for one in timeline.before(step_index) if one.index in tables), None)
    if earlier is None or step_index not in tables:
        return []
    exchanges = labels.index.exchanges(tag, tables[earlier], tables[step_index])
    if not exchanges:
        return []
    load_numpy_parts_late()
    from tagledger.compare.aligned import align
    from tagledger.compare.annotations import said_pairs
    from tagledger.compare.evidence import Names

    a, b = timeline.dataset(earlier), timeline.dataset(step_index)
    try:
        event_pairs = said_pairs(a.annotations, b.annotations)
        is_named = any(tag in pair for pair in event_pairs)
        if exchanges < MIN_ITEMS and not is_named:  # too few for a rename
            return []
        both = align(a.item_ids, a.annotated_labels, b.item_ids, b.annotated_labels)
        names = replace(Names.of(a.annotated_taxonomy, b.annotated_taxonomy), events=event_pairs)
    except TagledgerError as error:
        timeline.lacks(step_index, error)
        return []
    renames = find_renames(both.a[both.kept], both.b[both.kept], both.tags, names)
    return [rename for rename in renames if tag in rename.before or tag in rename.after]
