"""A tag in all versions: its number of items, the decision of the filter, its renames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from tagledger import tables
from tagledger.compare.late_parts import load_numpy_parts_late
from tagledger.errors import TagledgerError
from tagledger.history.facts import Facts, Kind, are_all, by_name, open_facts
from tagledger.history.item_numbers import numbers_of_items
from tagledger.history.kept_tables import Missing, table_at, table_of
from tagledger.history.layer_counts import LayerCounts
from tagledger.history.timeline import (
    Timeline,
    different_versions,
    nearest_of_many,
    read_steps,
)
from tagledger.layers import Layer
from tagledger.versions import (
    Followed,
    Lineage,
    Progress,
    Repository,
    locate,
)
from tagledger.versions.dvc_process import silent

# pandas and scipy are for renames, which are looked for only where there may be one.
if TYPE_CHECKING:
    from tagledger.compare.renames import Rename

_TAGS = tables.FILTERED_TAGS.as_posix()
_CHANGES = tables.TAG_CHANGES.as_posix()


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


# The decision of the filter on each tag.
_DECISIONS = Kind[dict[str, str]]("decisions", by_name(str))
# The columns of a table of changes of tags.
_TAG_CHANGES = Kind[dict[str, list[str]]](
    "tag_changes",
    lambda value: (
        by_name(list)(value)
        and [*value] == [*TagEvent._fields]
        and all(are_all(column, str) for column in value.values())
        and len({*map(len, value.values())}) == 1
    ),
)


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
    lineage = read_steps(repository, "filtered", lineage=lineage)
    with open_facts(repository) as facts:
        return _history(repository, tag, lineage, facts, progress)


def _history(
    repository: Repository, tag: str, lineage: Lineage, facts: Facts, progress: Progress
) -> TagHistory:
    filtered = LayerCounts(repository, different_versions(lineage), "filtered", facts, progress)
    timeline = Timeline(repository, "filtered", lineage, filtered.by_table, filtered.missing)
    steps = sorted(timeline.known_steps)
    versions = [timeline.version(step_index) for step_index in steps]
    clean = _Labels.read(timeline, "clean", facts, progress)
    annotated = clean.or_read(timeline, "annotated", facts, progress)
    ever = {
        *filtered.tags_of(timeline.tables[step_index] for step_index in steps),
        *clean.tags(),
        *annotated.tags(),
    }
    changes = _TagChanges(timeline, facts)
    # A part of a tag that was split has no label until people gave it one.
    if tag not in ever and not changes.of(timeline.current, tag):
        raise TagledgerError(
            f"{timeline.no_version} has a label with the tag {tag}",
            where=f"{len(steps)} versions",
            hint=nearest_of_many(tag, ever),
        )
    clean_counts, annotated_counts = clean.counts_of(tag), annotated.counts_of(tag)
    sizes = numbers_of_items(repository, versions, facts)
    states = []
    for step_index, items in zip(steps, sizes, strict=True):
        version = timeline.version(step_index)
        counts = filtered.by_table[timeline.tables[step_index]]
        count, labels = counts.get(tag, 0), sum(counts.values())
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
                decision=_decision(timeline, step_index, tag, facts),
                renames=_renames(timeline, step_index, tag, annotated, changes),
                tag_events=changes.new(step_index, tag),
            )
        )
    return TagHistory(tag, states, timeline.missing, lineage.shallow, lineage.followed)


@dataclass(frozen=True)
class _Labels:
    """The labels of a layer: how many of each tag, and the table of each step that can be read."""

    counts: LayerCounts
    tables: Mapping[int, str]

    @classmethod
    def read(cls, timeline: Timeline, layer: Layer, facts: Facts, progress: Progress) -> _Labels:
        steps = sorted(timeline.known_steps)
        versions = [timeline.version(step_index) for step_index in steps]
        counts = LayerCounts(timeline.repository, versions, layer, facts, progress)
        for one in counts.missing:
            step_index = next(p for p in steps if timeline.version(p) is one.version)
            timeline.lacks(step_index, one.problem)
        by_step = {
            step_index: table_of(timeline.version(step_index), layer) for step_index in steps
        }
        return cls(counts, {at: table for at, table in by_step.items() if table in counts.by_table})

    def or_read(
        self, timeline: Timeline, layer: Layer, facts: Facts, progress: Progress
    ) -> _Labels:
        """The labels of another layer: these, where it has no others."""
        others = {
            table_of(timeline.version(step_index), layer) for step_index in timeline.known_steps
        }
        if others <= {*self.tables.values()}:
            return self
        return self.read(timeline, layer, facts, progress)

    def tags(self) -> set[str]:
        return self.counts.tags_of(self.tables.values())

    def counts_of(self, tag: str) -> dict[int, int]:
        """The number of items with a tag, by the index of the step."""
        by_table = self.counts.by_table
        return {
            step_index: by_table[table].get(tag, 0) for step_index, table in self.tables.items()
        }


def _decision(timeline: Timeline, step_index: int, tag: str, facts: Facts) -> str | None:
    version = timeline.version(step_index)

    def find_out() -> dict[str, str]:
        path = locate(timeline.repository, version, _TAGS)
        columns = tables.read_lists(path, ["tag", "decision"])
        rows = zip(columns["tag"], columns["decision"], strict=True)
        return {tag: decision for tag, decision in rows if type(tag) is type(decision) is str}

    try:
        decisions = facts.of(_DECISIONS, table_at(version, _TAGS), find_out)
    except TagledgerError as error:
        timeline.lacks(step_index, error)
        return None
    return decisions.get(tag, "absent")


class _TagChanges:
    """What people's events did to tags, in the versions of the steps."""

    def __init__(self, timeline: Timeline, facts: Facts) -> None:
        self._timeline = timeline
        self._facts = facts

    def all(self, step_index: int) -> list[TagEvent]:
        """All of them, in the order of the table."""
        version = self._timeline.version(step_index)
        if _CHANGES not in version.outputs:  # from before the annotate stage
            return []

        def find_out() -> dict[str, list[str]]:
            path = locate(self._timeline.repository, version, _CHANGES)
            return tables.read_lists(path, [*TagEvent._fields])

        try:
            columns = self._facts.of(_TAG_CHANGES, table_at(version, _CHANGES), find_out)
        except TagledgerError as error:
            self._timeline.lacks(step_index, error)
            return []
        return [TagEvent(*row) for row in zip(*columns.values(), strict=True)]

    def of(self, step_index: int, tag: str) -> list[TagEvent]:
        """What events made of a tag, and into it."""
        return [event for event in self.all(step_index) if tag in {event.tag, event.to}]

    def new(self, step_index: int, tag: str) -> list[TagEvent]:
        """The events of a tag that the known steps before do not have."""
        before = [one.index for one in self._timeline.before(step_index) if one.index is not None]
        earlier_events = {event for earlier in before for event in self.of(earlier, tag)}
        return [event for event in self.of(step_index, tag) if event not in earlier_events]

    def are_same(self, a: int, b: int) -> bool:
        """Whether the versions of two steps have the same tags changed into the same others."""
        of_a, of_b = ({(event.tag, event.to) for event in self.all(one)} for one in (a, b))
        return of_a == of_b


def _renames(
    timeline: Timeline, step_index: int, tag: str, labels: _Labels, changes: _TagChanges
) -> list[Rename]:
    """Renames of the tag since the known step before."""
    tables = labels.tables
    earlier = next((one.index for one in timeline.before(step_index) if one.index in tables), None)
    if earlier is None or step_index not in tables:
        return []
    try:
        exchanges = labels.counts.exchanges(tables[earlier], tables[step_index]).get(tag, 0)
        if not exchanges:
            return []
        from tagledger.compare.renames import MIN_ITEMS

        is_enough = exchanges >= MIN_ITEMS
        if not is_enough and changes.are_same(earlier, step_index):
            return []
        return _find_renames(timeline, earlier, step_index, tag, is_enough=is_enough)
    except TagledgerError as error:
        timeline.lacks(step_index, error)
        return []


def _find_renames(
    timeline: Timeline, earlier: int, step_index: int, tag: str, *, is_enough: bool
) -> list[Rename]:
    """Renames of a tag between two steps; unless enough items exchanged it, those of events."""
    load_numpy_parts_late()
    from tagledger.compare.aligned import align
    from tagledger.compare.annotations import said_pairs
    from tagledger.compare.evidence import Names
    from tagledger.compare.renames import find_renames

    a, b = timeline.dataset(earlier), timeline.dataset(step_index)
    event_pairs = said_pairs(a.annotations, b.annotations)
    is_named = any(tag in pair for pair in event_pairs)
    if not is_enough and not is_named:
        return []
    both = align(a.item_ids, a.annotated_labels, b.item_ids, b.annotated_labels)
    names = replace(Names.of(a.annotated_taxonomy, b.annotated_taxonomy), events=event_pairs)
    renames = find_renames(both.a[both.kept], both.b[both.kept], both.tags, names)
    return [rename for rename in renames if tag in rename.before or tag in rename.after]
