"""An event: one answer of one person or model about one item, or one change of the taxonomy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import orjson

from tagledger.errors import TagledgerError
from tagledger.events.canonical import canonical, event_id, ordered_tags

Act = Literal[
    "label",
    "suggest",
    "skip",
    "comment",
    "adjudicate",
    "gold",
    "rename",
    "merge",
    "split",
    "retire",
    "withdraw",
]
ACTS: tuple[Act, ...] = get_args(Act)
ANSWERS: frozenset[Act] = frozenset({"label", "adjudicate", "gold"})
"""Acts that say of each tag that was asked whether the item has it."""
OF_ITEMS: frozenset[Act] = ANSWERS | {"suggest", "skip", "comment"}
OF_TAGS: frozenset[Act] = frozenset({"rename", "merge", "split", "retire"})

MOST_BYTES = 2**20  # of a line; the longest answer that was seen had a tenth of it
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
_NO_NAMES = frozenset({"taxonomies"})
_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")
_HASH = re.compile(r"[0-9a-f]{16}")

_TEXTS = ("item", "tax", "text", "tool", "note", "campaign", "base", "of")
_LISTS = ("asked", "yes", "replaces", "from", "to")
_NUMBERS = ("score", "seconds")
_KEYS = frozenset({"act", "at", "by", "id", *_TEXTS, *_LISTS, *_NUMBERS})
_COUNTS: Mapping[str, tuple[range, range]] = {
    # How many tags there are before, and after.
    "rename": (range(1, 2), range(1, 2)),
    "merge": (range(2, 10_000), range(1, 2)),
    "split": (range(1, 2), range(2, 10_000)),
    "retire": (range(1, 2), range(1)),
}


class EventError(ValueError):
    """A line or a set of fields is no event; the message says why, for people."""


@dataclass(frozen=True)
class Event:
    """One line of data/annotations.

    Attributes
    ----------
    act
        What was done.
    by
        Who did it: a short name, which is the name of the folder too.
    at
        When, in UTC, as the tool of the annotator says: `2026-11-25T10:00:00Z`.
    item
        The id of the item as text, where the act is about an item.
    yes, asked
        The tags that it has, and all that were asked, sorted; None: the event does not say. Where
        `asked` is None, all tags of `tax` were asked.
    tax, text
        The hashes of the tags and of the text that were shown.
    tool
        The tool, and its own id of the answer.
    replaces
        The ids of events of the same person that this one takes the place of.
    score, seconds
        The score of a suggestion, the time that an answer took.
    note, campaign, base
        A remark, the campaign, and the version that was shown.
    sources, to
        The tags before and after a change of the taxonomy; `sources` is `from` in the line.
    of
        The annotator whose answers are withdrawn.

    Raises
    ------
    EventError
        The event contradicts itself; the message says how.
    """

    act: Act
    by: str
    at: str
    item: str | None = None
    yes: tuple[str, ...] | None = None
    asked: tuple[str, ...] | None = None
    tax: str | None = None
    text: str | None = None
    tool: str | None = None
    replaces: tuple[str, ...] = ()
    score: float | None = None
    seconds: float | None = None
    note: str | None = None
    campaign: str | None = None
    base: str | None = None
    sources: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    of: str | None = None

    def __post_init__(self) -> None:
        """Put lists in order, and refuse what contradicts itself."""
        for name in ("yes", "asked", "sources", "to"):
            tags = getattr(self, name)
            if tags is not None:
                object.__setattr__(self, name, tuple(ordered_tags(tags)))
        object.__setattr__(self, "replaces", tuple(sorted(set(self.replaces))))
        _refuse(self)

    @property
    def content(self) -> dict[str, Any]:
        """What it says, without its id; what it does not say has no key."""
        lists = {"asked": self.asked, "yes": self.yes}
        every: dict[str, Any] = {
            **{name: list(tags) for name, tags in lists.items() if tags is not None},
            "replaces": list(self.replaces),
            "from": list(self.sources),
            "to": list(self.to),
            **{name: getattr(self, name) for name in _TEXTS + _NUMBERS},
            "act": self.act,
            "at": self.at,
            "by": self.by,
        }
        return {
            name: value
            for name, value in every.items()
            if value is not None and (value != [] or name in lists)
        }

    @cached_property
    def id(self) -> str:
        """The short hash of the rest of its line."""
        return event_id(self.content)

    def line(self) -> str:
        """Its line in data/annotations, without the line feed."""
        return canonical({**self.content, "id": self.id})

    @classmethod
    def parse(cls, line: str | bytes) -> Event:
        """The event of a line.

        Raises
        ------
        EventError
            It is no event, or was changed after it was written; the message says which.
        """
        data = line.encode("utf-8", "surrogatepass") if isinstance(line, str) else line
        if len(data) > MOST_BYTES:
            raise EventError("the line is too long")
        try:
            content = orjson.loads(data)
        except ValueError as error:
            raise EventError("it is no JSON") from error
        if not isinstance(content, dict):
            raise EventError("it is no JSON object")
        event = cls(**_fields(content))
        if event.line().encode() != data.rstrip(b"\r\n"):
            raise EventError("changed by hand: its id is not the digest of what it says")
        return event


def check_name(name: str, what: str = "annotator") -> str:
    """A name that people and campaigns may have, which is the name of a folder.

    Raises
    ------
    TagledgerError
        It may not be one.
    """
    if is_name(name):
        return name
    raise TagledgerError(
        f"{name!r} cannot be the name of {'an' if what[0] in 'aeiou' else 'a'} {what}",
        hint="take up to 40 small letters, digits, hyphens, dots and underscores, beginning with a "
        "letter or a digit, such as ann or reviewer-2",
    )


def is_name(name: object) -> bool:
    """Whether people and campaigns may have this name."""
    return isinstance(name, str) and bool(_NAME.fullmatch(name)) and name not in _NO_NAMES


def is_time(text: object) -> bool:
    """Whether a text is a time as events have it."""
    return isinstance(text, str) and _AT.fullmatch(text) is not None


def _fields(content: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of an event from the object of its line."""
    for key, value in content.items():
        if key not in _KEYS:
            raise EventError(f"it has the unknown key {key}")
        _refuse_kind(key, value)
    for key in ("act", "at", "by", "id"):
        if key not in content:
            raise EventError(f"it has no {key}")
    names = {"from": "sources"}
    return {
        names.get(key, key): tuple(value) if isinstance(value, list) else value
        for key, value in content.items()
        if key != "id"
    }


def _refuse_kind(key: str, value: object) -> None:
    """Raise a EventError where a value is of another kind than its key has."""
    if key in _LISTS:
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise EventError(f"{key} is no list of texts")
    elif key in _NUMBERS:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise EventError(f"{key} is no number")
    elif not isinstance(value, str):
        raise EventError(f"{key} is no text")


def _refuse(event: Event) -> None:
    """Raise a ValueError for an event that contradicts itself."""
    if event.act not in ACTS:
        raise EventError(f"the act {event.act} is unknown")
    if not is_name(event.by):
        raise EventError(f"{event.by!r} is no name of an annotator")
    if not is_time(event.at):
        raise EventError(f"{event.at!r} is no time such as 2026-11-25T10:00:00Z")
    for name in ("tax", "text"):
        value = getattr(event, name)
        if value is not None and not _HASH.fullmatch(value):
            raise EventError(f"{name} is no hash of 16 hexadecimal digits")
    _refuse_parts(event)


def _refuse_parts(event: Event) -> None:
    if event.act in OF_ITEMS and not event.item:
        raise EventError(f"{event.act} needs an item")
    if event.act in ANSWERS:
        if event.yes is None:
            raise EventError(f"{event.act} needs yes, the list of tags")
        if event.asked is None and event.tax is None:
            raise EventError(f"{event.act} needs asked or tax")
    if event.asked is not None and (extra := set(event.yes or ()) - set(event.asked)):
        raise EventError(f"yes has {min(extra)}, which was not asked")
    if event.act == "withdraw" and not is_name(event.of):
        raise EventError("withdraw needs of, the annotator")
    if event.act in OF_TAGS:
        before, after = _COUNTS[event.act]
        if len(event.sources) not in before or len(event.to) not in after:
            raise EventError(f"{event.act} has the wrong number of tags")
    if not all(_is_tag(tag) for tag in _tags(event)):
        raise EventError("a tag is blank or more than one line")


def _tags(event: Event) -> Iterable[str]:
    lists: Sequence[Sequence[str] | None] = (event.yes, event.asked, event.sources, event.to)
    return (tag for tags in lists for tag in tags or ())


def _is_tag(tag: str) -> bool:
    return bool(tag.strip()) and "\n" not in tag and "\r" not in tag
