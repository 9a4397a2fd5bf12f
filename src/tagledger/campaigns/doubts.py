"""What looks wrong in the answers of a file: another campaign, people of none, another tool."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from tagledger.annotation_tools.answers import Answer, Tool
from tagledger.annotation_tools.registry import recognise
from tagledger.campaigns.answer_events import Asker, Read
from tagledger.campaigns.campaign import Campaign
from tagledger.errors import TagledgerError
from tagledger.events.event import Event
from tagledger.events.writing import utc_now
from tagledger.words import count, listed


def refuse_another_campaign(file: Path, answers: Sequence[Answer], asker: Asker) -> None:
    """Refuse a file that says of itself that it is of another campaign than the importer says.

    Raises
    ------
    TagledgerError
        It is.
    """
    if asker.campaign is None:
        return
    others = sorted(
        {
            one.campaign
            for one in answers
            # A field of this name in a file that was not written here may mean anything.
            if one.campaign and (one.campaign in asker.campaigns or one.tax or one.base)
        }
        - {asker.campaign.name}
    )
    if others:
        raise TagledgerError(
            f"the answers of this file are of campaign {listed(others)}, not of "
            f"{asker.campaign.name}",
            where=file,
            hint="leave `--campaign` out: the file says it",
        )


def refuse_another_tool(file: Path, tool: Tool, read: Read) -> None:
    """Refuse a file in which a tool that somebody named finds no answer, as it is another one's.

    Raises
    ------
    TagledgerError
        It is.
    """
    if read.answers:
        return
    try:
        other = recognise(file)
    except TagledgerError:
        return
    if other.NAME != tool.NAME and not other.GENERAL:
        raise TagledgerError(
            f"{tool.TITLE} finds no answer in this file, which is one of {other.TITLE}",
            where=file,
            hint=f"leave `--tool` out, or say `--tool {other.NAME}`",
        )


def doubts(read: Read, asker: Asker) -> Iterator[str]:
    """Sentences on the campaigns and the people of a file."""
    named = {event.campaign for event in read.events}
    if missing := sorted(name for name in named if name and name not in asker.campaigns):
        have = listed(sorted(asker.campaigns)) if asker.campaigns else "none"
        yield (
            f"the file is of campaign {listed(missing)}, and there is no such campaign here: the "
            f"answers are taken as of it; campaigns: {have}; `--campaign NAME` can only say it for "
            "a file that does not"
        )
    for name in sorted(filter(None, named)):
        if name in asker.campaigns:
            campaign = asker.campaigns[name]
            strangers = {event.by for event in read.events if event.campaign == name}
            yield from _strangers(read, strangers.difference(campaign.items), [campaign], asker)
    loose = [event for event in read.events if event.campaign is None]
    having = [one for one in asker.campaigns.values() if _is_about(one, loose)]
    annotators = {who for one in having for who in one.items}
    yield from _strangers(read, {event.by for event in loose} - annotators, having, asker)


def _is_about(campaign: Campaign, events: Sequence[Event]) -> bool:
    """Whether answers that name no campaign may be of one: it is open, and has their items."""
    ids = set(campaign.item_ids)
    return campaign.finished is None and any(event.item in ids for event in events)


def _strangers(
    read: Read, strangers: set[str], campaigns: Sequence[Campaign], asker: Asker
) -> Iterator[str]:
    """A sentence on people who answered, and are no annotators of the campaigns of the items."""
    if not strangers or not campaigns:
        return
    names = sorted(strangers)
    old = next((name for name, new in read.people.items() if new == names[0]), names[0])
    first = campaigns[0].annotators
    rename = shlex.quote(f"{old}={first[0]}") if first else "OLD=NEW"
    who = "`--annotator`" if asker.annotator is not None else f"`--as {rename}`"
    whose = "; ".join(
        f"campaign {one.name}, whose annotators are {listed(one.annotators)}"
        if len(one.annotators) > 1
        else f"campaign {one.name}, whose annotator is {listed(one.annotators)}"
        for one in campaigns[:3]
    )
    yield (
        f"{listed(names)} {'is' if len(names) == 1 else 'are'} not in {whose}. {who} says who is "
        f"who; `tagledger annotate withdraw {names[0]} --by NAME` takes back what was imported"
    )


def of_the_future(events: Sequence[Event]) -> Iterator[str]:
    """A sentence on answers whose time is still to come."""
    now = utc_now()
    if late := sorted(event.at for event in events if event.at > now):
        yield (
            f"{count(len(late), 'answer is', 'answers are')} dated in the future, at {late[-1]}: "
            "no later answer of the same person counts before that time. Is the date right?"
        )
