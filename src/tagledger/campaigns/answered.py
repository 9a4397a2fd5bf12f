"""What people have answered so far, from the events themselves: no build has to have run."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tagledger.campaigns.campaign import Campaign
from tagledger.campaigns.items import Items
from tagledger.campaigns.tags_now import read_event
from tagledger.errors import os_errors
from tagledger.events.event import Event
from tagledger.events.store import event_files, read_taxonomy
from tagledger.verdicts.tag_changes import in_time

# What anybody may say of the answers of others.
_OF_OTHERS = (b'"act":"withdraw"', b'"act":"adjudicate"', b'"act":"gold"')


@dataclass(frozen=True)
class Answered:
    """The answers that stand.

    Attributes
    ----------
    given
        By annotator and then item: the answers and skips, the last one last.
    withdrawn
        Those whose answers are set aside, with the campaigns; None stands for all.
    decisions
        Adjudications and gold answers, of anybody.
    """

    given: dict[str, dict[str, list[Event]]] = field(default_factory=dict)
    withdrawn: frozenset[tuple[str, str | None]] = frozenset()
    decisions: tuple[Event, ...] = ()

    def of(self, who: str) -> dict[str, list[Event]]:
        """The answers and skips of an annotator by item."""
        return self.given.get(who, {})


def read_answered(root: Path, people: Collection[str] | None = None) -> Answered:
    """The answers of some annotators, or of all.

    Lines that are no events are left out: the build sets them aside and says so.

    Raises
    ------
    TagledgerError
        A file cannot be read.
    """
    return answered(_events(root, people))


def answered(events: Iterable[Event]) -> Answered:
    """Which of some events stand: not those that were replaced or withdrawn."""
    answers: list[Event] = []
    decisions: list[Event] = []
    withdrawn: set[tuple[str, str | None]] = set()
    replaced: set[tuple[str, str]] = set()
    for event in events:
        replaced.update((event.by, name) for name in event.replaces)
        if event.act == "withdraw" and event.of is not None:
            withdrawn.add((event.of, event.campaign))
        elif event.act in {"label", "skip"}:
            answers.append(event)
        elif event.act in {"adjudicate", "gold"}:
            decisions.append(event)

    def stands(event: Event) -> bool:
        set_aside = (event.by, None) in withdrawn or (event.by, event.campaign) in withdrawn
        return event.item is not None and not set_aside and (event.by, event.id) not in replaced

    given: dict[str, dict[str, list[Event]]] = {}
    for event in sorted(filter(stands, answers), key=in_time):
        given.setdefault(event.by, {}).setdefault(event.item or "", []).append(event)
    decided = sorted(filter(stands, decisions), key=in_time)
    return Answered(given, frozenset(withdrawn), tuple(decided))


def _events(root: Path, people: Collection[str] | None) -> Iterator[Event]:
    for path in event_files(root):
        wanted = people is None or path.parent.name in people
        with os_errors(path), path.open("rb") as stream:
            for line in stream:
                if wanted or any(act in line for act in _OF_OTHERS):
                    event = read_event(line)
                    if event is not None and event.by == path.parent.name:
                        yield event


def is_answer_in(campaign: Campaign, event: Event, items: Items) -> bool:
    """Whether an event answers an item of a campaign, as the item reads now.

    An answer that names no campaign counts from the day on which the campaign was started.
    """
    if event.campaign not in {None, campaign.name}:
        return False
    if event.campaign is None and event.at[:10] < campaign.started[:10]:
        return False
    text = items.texts.get(event.item or "")
    return event.text is None or text is None or event.text == text.hash


def asked_of(root: Path, event: Event, kept: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The tags that an event was asked; `kept` remembers the lists of taxonomies."""
    if event.asked is not None:
        return event.asked
    if event.tax is None:
        return event.yes or ()
    if event.tax not in kept:
        kept[event.tax] = tuple(read_taxonomy(root, event.tax) or ())
    return tuple({*kept[event.tax], *(event.yes or ())})
