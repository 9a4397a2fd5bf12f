"""Who decided a label: the people and the events behind it, as the verdicts of a version say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

# Most items have no answers.
if TYPE_CHECKING:
    from tagledger.compare.annotations import Annotations
    from tagledger.dataset import Dataset
    from tagledger.events.event import Event

_ADJUDICATE = frozenset({"adjudicate", "gold"})


@dataclass(frozen=True)
class Source:
    """An event that stands behind a label; all but its id is None where it was not found.

    Attributes
    ----------
    id, act, by, at, campaign, tool
        As `tagledger.events.event.Event` has them.
    """

    id: str
    act: str | None = None
    by: str | None = None
    at: str | None = None
    campaign: str | None = None
    tool: str | None = None


@dataclass(frozen=True)
class People:
    """The people behind a label or a change of it.

    Attributes
    ----------
    annotator, adjudicator
        Who answered, or changed a tag; who adjudicated or said what is gold. Names with commas
        between them; None for nobody.
    campaign, tool
        The campaigns and the tools of their events, likewise; None where no event says.
    events
        The events.
    """

    annotator: str | None = None
    adjudicator: str | None = None
    campaign: str | None = None
    tool: str | None = None
    events: tuple[Source, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether each event was found."""
        return all(event.act is not None for event in self.events)


NOBODY = People()


@dataclass(frozen=True)
class Decided:
    """What people say of a label in the version of the work tree.

    Attributes
    ----------
    state
        suggested, labelled, disputed, adjudicated or gold. While a label is suggested or disputed,
        what the source says stands.
    source
        Whether the source has the label, too.
    people
        Those whose answers the state follows from.
    """

    state: str
    source: bool
    people: People


@dataclass(frozen=True)
class Behind:
    """Names and ids of events, as tables have them; `adjudicated` is whether they adjudicated."""

    names: tuple[str, ...]
    events: tuple[str, ...]
    adjudicated: bool = False

    def people(self, events_by_id: Mapping[str, Event]) -> People:
        """The people, with what is known of the events."""
        events = tuple(_source(name, events_by_id) for name in self.events)
        known_sources = [event for event in events if event.act is not None]
        adjudicators = {event.by for event in known_sources if event.act in _ADJUDICATE}
        if self.adjudicated and not known_sources:
            adjudicators = {*self.names}
        return People(
            annotator=_joined(name for name in self.names if name not in adjudicators),
            adjudicator=_joined(name for name in self.names if name in adjudicators),
            campaign=_joined(event.campaign for event in known_sources),
            tool=_joined((event.tool or "").partition(":")[0] for event in known_sources),
            events=events,
        )


def _source(name: str, events_by_id: Mapping[str, Event]) -> Source:
    event = events_by_id.get(name)
    if event is None:
        return Source(name)
    return Source(name, event.act, event.by, event.at, event.campaign, event.tool)


def _joined(names: Iterable[str | None]) -> str | None:
    return ", ".join(sorted({name for name in names if name})) or None


@dataclass(frozen=True)
class Standing:
    """The verdict on a tag of an item in a version.

    Attributes
    ----------
    state, source
        As `Decided` has them.
    value
        Whether the item has the tag.
    behind
        Those whose answers the state follows from.
    """

    state: str
    source: bool
    value: bool
    behind: Behind

    def decided(self, events_by_id: Mapping[str, Event]) -> Decided:
        """With what is known of the events."""
        return Decided(self.state, self.source, self.behind.people(events_by_id))


def standing(dataset: Dataset, item: int | str) -> dict[str, Standing]:
    """What people say of tags of an item in a version, by tag.

    Raises
    ------
    TagledgerError
        The version's tables cannot be read.
    """
    annotations = dataset.annotations
    verdicts = annotations.verdicts
    rows = verdicts[verdicts["id"] == item]
    if rows.empty:
        return {}
    of_source = _said_by_source(dataset, annotations, item)
    return {
        str(row.tag): Standing(
            state=str(row.state),
            source=str(row.tag) in of_source,
            value=bool(row.value),
            behind=Behind(
                tuple(str(row.by).split()),
                tuple(str(row.events).split()),
                adjudicated=row.state in {"adjudicated", "gold"},
            ),
        )
        for row in rows.itertuples(index=False)
    }


def _said_by_source(dataset: Dataset, annotations: Annotations, item: int | str) -> set[str]:
    """The tags that an item has from the source, by their names of the version."""
    labels = dataset.clean_labels
    tags = labels.loc[labels["id"] == item, "tag"].astype("str").tolist()
    return {*annotations.renamed(tags)}
