"""What the page says: answers, each with the item and the text that were shown."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from tagledger.events.event import is_time

Act = Literal["label", "adjudicate", "skip", "undo"]
_ACTS: tuple[Act, ...] = get_args(Act)
_HASH = re.compile(r"[0-9a-f]{16}")
_KEY = re.compile(r"[0-9a-f]{16}")
_LONGEST_NOTE = 2_000
_LONGEST = 3_600  # seconds
_MOST_TAGS = 10_000


@dataclass(frozen=True)
class Answer:
    """One answer of the annotator, or that one is taken back.

    Attributes
    ----------
    key
        The page's own name for it, by which it is confirmed.
    job
        Which job it belongs to, see `tagledger_dashboard.labelling.jobs.Job.key`.
    act
        What was done; undo takes back what stands.
    item, text, tax
        The item, and the hashes of the text and the tags that were shown.
    at
        When, in UTC.
    yes, asked
        The tags that were on; those that were asked, where the item has a list of its own.
    listed
        Whether the event lists the tags of `tax`.
    note, seconds
        A remark, and how long the item was shown.
    """

    key: str
    job: str
    act: Act
    item: str
    text: str
    tax: str
    at: str
    yes: tuple[str, ...] = ()
    asked: tuple[str, ...] | None = None
    listed: bool = False
    note: str | None = None
    seconds: float | None = None


def parse(entry: object) -> Answer:
    """An answer as the page sends it.

    Raises
    ------
    ValueError
        It is none.
    """
    if not isinstance(entry, Mapping):
        raise ValueError("it is no object")  # noqa: TRY004
    act = next((one for one in _ACTS if one == entry.get("act")), None)
    if act is None:
        raise ValueError("its act is unknown")
    at = entry.get("at")
    if not is_time(at):
        raise ValueError("it has no time")
    yes = _tags(entry.get("yes"))
    if act in {"label", "adjudicate"} and yes is None:
        raise ValueError("it has no tags")
    asked = _tags(entry.get("asked"))
    return Answer(
        key=_match(_KEY, entry.get("key"), "key"),
        job=_text(entry.get("job"), "job"),
        act=act,
        item=_text(entry.get("item"), "item"),
        text=_match(_HASH, entry.get("text"), "text"),
        tax=_match(_HASH, entry.get("tax"), "tax"),
        at=str(at),
        yes=yes or (),
        asked=asked,
        listed=entry.get("listed") is True,
        note=_note(entry.get("note")),
        seconds=_seconds(entry.get("seconds")),
    )


def key_of(entry: object) -> str | None:
    """The key of an answer that may be none, so that the page can be asked to forget it."""
    key = entry.get("key") if isinstance(entry, Mapping) else None
    return key if isinstance(key, str) and _KEY.fullmatch(key) else None


def _text(value: object, name: str) -> str:
    if not isinstance(value, str) or not value or len(value) > _LONGEST_NOTE:
        raise ValueError(f"it has no {name}")
    return value


def _match(pattern: re.Pattern[str], value: object, name: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError(f"it has no {name}")
    return value


def _tags(value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    if (
        not isinstance(value, list)
        or len(value) > _MOST_TAGS
        or not all(isinstance(one, str) for one in value)
    ):
        raise ValueError("its tags are no list of texts")
    return tuple(value)


def _note(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError("its note is no text")  # noqa: TRY004
    line = " ".join(value.encode("utf-8", "replace").decode().split())
    return line[:_LONGEST_NOTE] or None


def _seconds(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return round(min(max(float(value), 0.0), _LONGEST), 1)
