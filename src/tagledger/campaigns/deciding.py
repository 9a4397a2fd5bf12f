"""Events that one person writes by a command: a decision on an item, or answers taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tagledger.campaigns.choosing import unknown_item
from tagledger.campaigns.items import Items, TagNames
from tagledger.campaigns.people import pseudonym
from tagledger.errors import TagledgerError, nearest
from tagledger.events.event import Event, EventError, is_name
from tagledger.events.store import ANNOTATIONS, event_files
from tagledger.events.writing import utc_now, write_session


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


def decide(root: Path, decision: Decision, items: Items, names: TagNames) -> tuple[Event, Path]:
    """Write a decision as an event.

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
    (path,) = write_session(root, [event], decision.act)
    return event, path.relative_to(root)


def withdraw(
    root: Path, of: str, by: str, campaign: str | None = None, note: str | None = None
) -> tuple[Event, Path, int]:
    """Set the answers of an annotator aside, all or those of a campaign, by an event.

    Returns
    -------
    event, path, int
        The event, its file, and how many answers are set aside.

    Raises
    ------
    TagledgerError
        Nobody of that name has answered.
    """
    known = annotators(root)
    if of not in known:
        raise TagledgerError(
            f"there are no answers by {of}",
            where=root / ANNOTATIONS,
            hint=nearest(of, known),
        )
    answers = _answers(root, of, campaign)
    if not answers:
        raise TagledgerError(
            f"there are no answers by {of} in {campaign or 'any campaign'}",
            where=root / ANNOTATIONS / of,
            hint="leave --campaign out to set all answers aside",
        )
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
    return event, path.relative_to(root), answers


def annotators(root: Path) -> list[str]:
    """Who has events, ascending."""
    return sorted({path.parent.name for path in event_files(root) if is_name(path.parent.name)})


def _answers(root: Path, of: str, campaign: str | None) -> int:
    from tagledger.campaigns.answered import read_event

    lines = [
        read_event(line)
        for path in event_files(root)
        if path.parent.name == of
        for line in path.read_bytes().splitlines()
    ]
    acts = {"label", "skip", "adjudicate", "gold"}
    return sum(
        event is not None and event.act in acts and campaign in {None, event.campaign}
        for event in lines
    )


def _event(kind: type[Event], **said: object) -> Event:
    try:
        return kind(**said)  # type: ignore[arg-type]
    except EventError as error:
        raise TagledgerError(
            f"this cannot be written down: {error}", hint="name tags and items on one line each"
        ) from error
