"""Answers of a file become events: whose item it is, who answered, what was asked, and when."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path

from tagledger.annotation_tools.answers import Answer
from tagledger.campaigns.campaign import Campaign
from tagledger.campaigns.items import Items, TagNames
from tagledger.campaigns.people import call_apart, mixed_up, of_file
from tagledger.errors import TagledgerError
from tagledger.events.canonical import short_hash, text_hash
from tagledger.events.event import Event, is_name, is_time
from tagledger.words import count, listed

_LIKE = 0.3  # words that two states of a text share, of all their words


@dataclass(frozen=True)
class Asker:
    """What the importer says, and what is known here.

    Attributes
    ----------
    items, names
        The items and tags of the dataset.
    campaigns
        The campaigns by their names.
    campaign
        The one that the answers are for; None where the files say it, or nobody.
    annotator
        Whose answers all are; None where the files say it.
    renamed
        What people of the files are called here.
    at
        When they answered, where a file does not say.
    asked_all
        The tags that all were asked; empty where nobody says so.
    """

    items: Items
    names: TagNames
    campaigns: Mapping[str, Campaign] = field(default_factory=dict)
    campaign: Campaign | None = None
    annotator: str | None = None
    renamed: Mapping[str, str] = field(default_factory=dict)
    at: str | None = None
    asked_all: tuple[str, ...] = ()

    @cached_property
    def known_tags(self) -> frozenset[str]:
        """The tags of the dataset and of its campaigns, and their other names."""
        of_campaigns = (
            tag for one in self.campaigns.values() for tags, _ in one.lists for tag in tags
        )
        return self.names.known.union(self.names.aliases, of_campaigns)

    @cached_property
    def asked_all_hash(self) -> str:
        """The hash of the tags that all were asked."""
        from tagledger.events.canonical import taxonomy_hash

        return taxonomy_hash(self.asked_all)


@dataclass
class Read:
    """What became of the answers of a file.

    Attributes
    ----------
    events
        The events, in the order of the file.
    people
        The name here of each person in the file.
    none, skips, unasked, comments
        How many answers say that none of several tags applies, how many items were passed over, how
        many were not answered, how many notes there are.
    unknown_items
        The ids, or the beginnings of the texts, that are no item's.
    lost_answers
        How many answers are about them.
    unknown_tags
        Tags that the dataset does not have, each with the number of its answers.
    text_changed
        Answers about another text than the item has now.
    alike
        Answers whose text may be that of their item, or that have none.
    aliases
        Aliases of the source's taxonomy, each with the number of answers that say yes by it.
    nothing_asked
        Answers of which nothing says what was asked.
    undated
        The ids of the events whose time the importer said, as the file has none.
    """

    file: Path
    tool: str
    events: list[Event] = field(default_factory=list)
    people: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    none: int = 0
    skips: int = 0
    unasked: int = 0
    comments: int = 0
    answers: int = 0
    matched: int = 0
    alike: int = 0
    unknown_items: dict[str, int] = field(default_factory=dict)
    unknown_tags: dict[str, int] = field(default_factory=dict)
    text_changed: int = 0
    aliases: dict[str, int] = field(default_factory=dict)
    nothing_asked: int = 0
    undated: set[str] = field(default_factory=set)
    examples: dict[str, str] = field(default_factory=dict)


def read_answers(read: Read, answers: Sequence[Answer], asker: Asker) -> None:
    """Turn the answers of a file into events, and count what becomes of each.

    Raises
    ------
    TagledgerError
        The file does not say who answered or when, and neither does the importer; or an answer
        cannot be kept.
    """
    _refuse_several_people(read, answers, asker)
    if asker.annotator is None:
        _refuse_mixed_up(read, answers, asker)
    by_place: dict[str, Event] = {}
    for answer in answers:
        if answer.kind == "unasked":
            read.unasked += 1
            continue
        read.answers += 1
        item = find_item(answer, asker.items)
        known = item in asker.items.texts if item is not None else False
        read.matched += known
        read.alike += known and item is not None and _may_be_of(answer, item, asker.items)
        if not known:
            shown = item or (answer.text or "")[:60]
            read.unknown_items[shown] = read.unknown_items.get(shown, 0) + 1
        if item is None:
            continue
        event = _event(read, answer, item, asker, by_place)
        by_place[answer.place] = event
        read.events.append(event)
        if answer.at is None:
            read.undated.add(event.id)
        _count(read, answer, event, asker, known=known)


def find_item(answer: Answer, items: Items) -> str | None:
    """The item of an answer: by its id, else by its exact text.

    Where another item has the text, the id is a number of the file's own. An id that no item has
    stays, if no text tells better: the item may come back. None where there is neither.
    """
    item = None if answer.item is None else items.id_of(answer.item)
    if answer.text is None:
        return item
    if item is not None and item in items.texts and items.is_text_of(answer.text, item):
        return item
    from tagledger.campaigns.items import key_of

    return items.by_text.get(key_of(answer.text), item)


def _may_be_of(answer: Answer, item: str, items: Items) -> bool:
    """Whether the text of an answer is that of its item, or what the item may have said once."""
    made_here = answer.text_hash or answer.base or answer.tax
    if answer.text is None or made_here or items.is_text_of(answer.text, item):
        return True
    there, here = (set(text.casefold().split()) for text in (answer.text, items.texts[item].whole))
    return len(there & here) >= _LIKE * len(there | here)


def _event(
    read: Read, answer: Answer, item: str, asker: Asker, by_place: Mapping[str, Event]
) -> Event:
    campaign = _campaign(answer, asker)
    yes = tuple(asker.names.spelled(tag) for tag in answer.yes)
    asked, tax = _asked(answer, yes, asker) if answer.kind == "label" else (None, None)
    try:
        event = Event(
            act="label" if answer.kind == "label" else answer.kind,  # type: ignore[arg-type]
            by=_by(read, answer, asker),
            at=_at(read, answer, asker),
            item=unicodedata.normalize("NFC", item),
            yes=yes if answer.kind == "label" else None,
            asked=asked,
            tax=tax,
            text=_text(answer, item, asker.items),
            tool=_tool(read, answer),
            replaces=_replaced(answer, item, by_place),
            score=answer.score,
            seconds=answer.seconds,
            note=answer.note or None,
            campaign=campaign,
            base=answer.base or None,
        )
        event.id  # noqa: B018 - what no JSON can hold shows here
    except ValueError as error:
        raise TagledgerError(
            f"this answer cannot be kept: {error}",
            where=f"{read.file}, {answer.place}",
            hint="mend it there, or take it out, and import the file again",
        ) from error
    return event


def _replaced(answer: Answer, item: str, by_place: Mapping[str, Event]) -> tuple[str, ...]:
    """The answers that one takes back; what a file takes for one item may be several by text."""
    events = (by_place[place] for place in answer.replaces if place in by_place)
    return tuple(event.id for event in events if event.item == item)


def _campaign(answer: Answer, asker: Asker) -> str | None:
    if asker.campaign is not None:
        return asker.campaign.name
    return answer.campaign if is_name(answer.campaign) else None


def _asked(
    answer: Answer, yes: Sequence[str], asker: Asker
) -> tuple[tuple[str, ...] | None, str | None]:
    """The tags that were asked, or the hash of a list of them that is kept."""
    if answer.asked is not None:
        return (*map(asker.names.spelled, answer.asked), *yes), None
    tags, tax = _asked_of_all(answer, asker)
    if not tags:
        return tuple(yes), None
    return ((*tags, *yes), None) if set(yes) - set(tags) else (None, tax)


def _asked_of_all(answer: Answer, asker: Asker) -> tuple[Sequence[str], str]:
    """The tags that each item of a file was asked, as far as is known, and their hash."""
    campaign = asker.campaign or asker.campaigns.get(answer.campaign or "")
    lists = [shown for one in asker.campaigns.values() for shown in one.lists]
    shown = next((one for one in lists if one[1] == answer.tax), None)
    if shown is not None:
        return shown
    if campaign is not None:
        (first, now) = campaign.lists[0], campaign.lists[-1]
        names = set(map(asker.names.spelled, answer.yes))
        return now if names & set(now[0]) - set(first[0]) else first
    return asker.asked_all, asker.asked_all_hash


def _by(read: Read, answer: Answer, asker: Asker) -> str:
    if asker.annotator is not None:
        if answer.by and answer.by != read.file.stem:  # which says nothing of a person
            read.people[answer.by] = asker.annotator
        return asker.annotator
    name = (answer.by or "").strip() and str(answer.by)
    if not name:  # a file for each person is what people make of such tools
        name = read.file.stem
    if name not in read.people:
        read.people[name] = of_file(name, asker.renamed)
        if not answer.by:
            read.notes.append(
                f"the file does not say who answered: its name does, {read.people[name]}; "
                "`--annotator NAME` says it otherwise"
            )
    return read.people[name]


def _refuse_several_people(read: Read, answers: Sequence[Answer], asker: Asker) -> None:
    people = sorted({answer.by for answer in answers if answer.by and answer.kind != "unasked"})
    if asker.annotator is not None and len(people) > 1:
        raise TagledgerError(
            f"{read.file.name} has the answers of {count(len(people), 'person', 'people')}: "
            f"{listed(people)}; --annotator would make one of them",
            where="--annotator",
            hint=f"leave it out, and call each by a pseudonym of your own with --as, such as "
            f"--as '{people[0]}=a1'",
        )


def _refuse_mixed_up(read: Read, answers: Sequence[Answer], asker: Asker) -> None:
    """Refuse a file in which two people would silently become one."""
    people = (answer.by or "" for answer in answers if answer.kind != "unasked")
    names = list(dict.fromkeys(name if name.strip() else read.file.stem for name in people))
    mixed = mixed_up(names, asker.renamed)
    if not mixed:
        return
    taken = {of_file(name, asker.renamed) for name in names}
    by, some = next(iter(mixed.items()))
    options = " ".join(call_apart(one, who, taken) for one, who in mixed.items())
    raise TagledgerError(
        f"{listed(some)} of this file would all be called {by} here, and their answers be those of "
        "one person",
        where=read.file,
        hint=f"call them apart: `{options}`; if they are one person, say it: --as '{some[1]}={by}'",
    )


def _at(read: Read, answer: Answer, asker: Asker) -> str:
    at = _time(answer.at) or asker.at or _time(answer.date)
    if at is None:
        raise TagledgerError(
            "the file does not say when this was answered",
            where=f"{read.file}, {answer.place}",
            hint="say by `--at` on which day people answered, such as --at 2026-11-25; of two "
            "answers of one person to one item the later one counts",
        )
    return at


def _time(text: str | None) -> str | None:
    """A time as events have it."""
    return text if text is None or is_time(text) else parse_time(text)


def parse_time(text: str) -> str:
    """A day or a time that somebody wrote, in UTC, as events have it.

    Raises
    ------
    TagledgerError
        It is neither.
    """
    try:
        day = date.fromisoformat(text)
        return f"{day.isoformat()}T00:00:00Z"
    except ValueError:
        pass
    try:
        when = datetime.fromisoformat(text)
        when = when.replace(tzinfo=when.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise TagledgerError(
            f"{text!r} is no day and no time",
            where="--at",
            hint="write it as 2026-11-25, or as 2026-11-25T10:00:00Z",
        ) from error
    fraction = f".{when.microsecond:06d}".rstrip("0") if when.microsecond else ""
    return f"{when:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def _text(answer: Answer, item: str, items: Items) -> str | None:
    """The hash of the text that was shown: the item's, if it is still the same."""
    if answer.text_hash is not None:
        return answer.text_hash
    if answer.text is None:
        return None
    if item in items.texts and items.is_text_of(answer.text, item):
        return items.texts[item].hash
    return text_hash("", answer.text)


def _tool(read: Read, answer: Answer) -> str:
    """The tool, and its own id of the answer, or the digest of the answer and its place."""
    unique = answer.unique or short_hash(
        [
            read.file.name,
            answer.place,
            answer.item,
            answer.text,
            answer.kind,
            sorted(answer.yes),
            None if answer.asked is None else sorted(answer.asked),
            answer.by,
            answer.note,
        ]
    )
    return f"{read.tool}:{unique}"


def _asked_several(answer: Answer, event: Event, asker: Asker) -> bool:
    """Whether an answer without a yes says that none applies: a no to one tag does not."""
    asked = event.asked if event.asked is not None else _asked_of_all(answer, asker)[0]
    return len(asked) != 1


def _count(read: Read, answer: Answer, event: Event, asker: Asker, *, known: bool) -> None:
    read.skips += answer.kind == "skip"
    read.comments += answer.kind == "comment"
    if answer.kind == "label":
        read.none += not event.yes and _asked_several(answer, event, asker)
        read.nothing_asked += event.asked == () and event.tax is None
        for tag in event.yes or ():
            if tag not in asker.known_tags:
                read.unknown_tags[tag] = read.unknown_tags.get(tag, 0) + 1
            if tag in asker.names.source_aliases and tag not in asker.names.tags:
                read.aliases[tag] = read.aliases.get(tag, 0) + 1
    if known and event.item is not None and event.text is not None:
        read.text_changed += event.text != asker.items.texts[event.item].hash
