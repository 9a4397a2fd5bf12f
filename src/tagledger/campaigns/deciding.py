"""Events that one person writes by a command: a decision on an item, or answers taken back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, NamedTuple

from tagledger.campaigns.answered import Answered, answered
from tagledger.campaigns.choosing import unknown_item
from tagledger.campaigns.items import Items, TagNames
from tagledger.campaigns.people import pseudonym
from tagledger.campaigns.tags_now import read_event
from tagledger.errors import TagledgerError, nearest, os_errors
from tagledger.events.event import Event, EventError, is_name
from tagledger.events.store import ANNOTATIONS, event_files
from tagledger.events.writing import utc_now, write_session
from tagledger.verdicts.tag_changes import in_time


@dataclass(frozen=True)
class Decision:
    """What somebody decides about an item.

    Attributes
    ----------
    yes, no
        The tags that it has, and that it does not have.
    """

    act: Literal["adjudicate", "gold"]
    item: str
    yes: Sequence[str]
    no: Sequence[str]
    by: str
    note: str | None = None
    campaign: str | None = None


class Decided(NamedTuple):
    """A decision, and its file from the folder of dvc.yaml.

    Attributes
    ----------
    known
        Whether it was there already, so that nothing was written.
    """

    event: Event
    path: Path
    known: bool = False


def decide(root: Path, decision: Decision, items: Items, names: TagNames) -> Decided:
    """Write a decision as an event, unless it is there already and stands.

    Raises
    ------
    TagledgerError
        There is no such item or tag, no tag is named, or a tag is a yes and a no.
    """
    item = items.id_of(decision.item)
    if item not in items.texts:
        raise unknown_item(items, decision.item)
    yes = [names.find(tag) for tag in decision.yes]
    no = [names.find(tag) for tag in decision.no]
    if not yes and not no:
        raise TagledgerError(
            "no tag is decided", where=item, hint="name tags: --yes nlp --no cv, or both"
        )
    if both := sorted(set(yes) & set(no)):
        raise TagledgerError(
            f"{both[0]} is a yes and a no", where=item, hint="name it once, by --yes or by --no"
        )
    event = _event(
        Event,
        act=decision.act,
        by=pseudonym(decision.by),
        at=utc_now(),
        item=item,
        yes=tuple(yes),
        asked=(*yes, *no),
        text=items.texts[item].hash,
        note=decision.note,
        campaign=decision.campaign,
    )
    earlier = _standing_decision(root, event)
    if earlier is not None and _says_the_same(event, earlier[0]):
        return Decided(*earlier, known=True)
    (path,) = write_session(root, [event], decision.act)
    return Decided(event, path.relative_to(root))


def _standing_decision(root: Path, event: Event) -> tuple[Event, Path] | None:
    """The last decision of the same person on a tag of an event, and its file."""
    own = [
        (one, path)
        for one, path in _events(root, event.by)
        if (one.act, one.item) == (event.act, event.item)
        and not set(one.asked or ()).isdisjoint(event.asked or ())
    ]
    return max(own, key=lambda pair: in_time(pair[0]), default=None)


def _says_the_same(event: Event, earlier: Event) -> bool:
    """Whether an earlier event says all that one says."""
    return replace(event, at=earlier.at, note=event.note or earlier.note).id == earlier.id


def withdraw(
    root: Path, of: str, by: str, campaign: str | None = None, note: str | None = None
) -> tuple[Event, Path, int | None]:
    """Set the answers of an annotator aside, all or those of a campaign, by an event.

    Returns
    -------
    event, path, many
        The event, its file, and how many answers are set aside. Where they were before, `many` is
        None, nothing is written, and the event is the one that did it.

    Raises
    ------
    TagledgerError
        Nobody of that name has answered.
    """
    people = annotators(root)
    if of not in people:
        raise TagledgerError(
            f"there are no answers by {of}",
            where=root / ANNOTATIONS,
            hint=nearest(of, people),
        )
    if not _has_answers(root, of, campaign):
        raise TagledgerError(
            f"there are no answers by {of} in {campaign or 'any campaign'}",
            where=root / ANNOTATIONS / of,
            hint="leave --campaign out to set all answers aside",
        )
    answers = answered(event for event, _ in _events(root))
    if not {(of, None), (of, campaign)}.isdisjoint(answers.withdrawn):
        return *_withdrawal(root, of, campaign), None
    event = _event(
        Event,
        act="withdraw",
        by=pseudonym(by),
        at=utc_now(),
        of=of,
        campaign=campaign,
        note=note,
    )
    (path,) = write_session(root, [event], "withdraw")
    return event, path.relative_to(root), _standing(answers, of, campaign)


def _withdrawal(root: Path, of: str, campaign: str | None) -> tuple[Event, Path]:
    """The first event that sets the answers of an annotator aside, and its file."""
    return min(
        (
            (event, path)
            for event, path in _events(root)
            if (event.act, event.of) == ("withdraw", of) and event.campaign in {None, campaign}
        ),
        key=lambda pair: in_time(pair[0]),
    )


def _standing(answers: Answered, of: str, campaign: str | None) -> int:
    """How many answers of an annotator stand: of several to one item the last."""
    given = {
        ("", item)
        for item, events in answers.of(of).items()
        if any(campaign in {None, event.campaign} for event in events)
    }
    decided = {
        (event.act, event.item)
        for event in answers.decisions
        if event.by == of and campaign in {None, event.campaign}
    }
    return len(given) + len(decided)


def annotators(root: Path) -> list[str]:
    """Who has events, ascending."""
    return sorted({path.parent.name for path in event_files(root) if is_name(path.parent.name)})


def _has_answers(root: Path, of: str, campaign: str | None) -> bool:
    acts = {"label", "skip", "adjudicate", "gold"}
    return any(
        event.act in acts and campaign in {None, event.campaign} for event, _ in _events(root, of)
    )


def _events(root: Path, by: str | None = None) -> Iterator[tuple[Event, Path]]:
    """The events of an annotator, or of all, each with its file from the folder of dvc.yaml."""
    for path in event_files(root):
        if by in {None, path.parent.name}:
            with os_errors(path):
                data = path.read_bytes()
            for line in data.splitlines():
                event = read_event(line)
                if event is not None and event.by == path.parent.name:
                    yield event, path.relative_to(root)


def _event(kind: type[Event], **values: object) -> Event:
    try:
        return kind(**values)  # type: ignore[arg-type]
    except EventError as error:
        raise TagledgerError(
            f"this cannot be written down: {error}", hint="name tags and items on one line each"
        ) from error
