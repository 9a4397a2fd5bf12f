"""The one spelling of an event, and the hashes that are made of it.

They are part of every event that was ever written, so that nothing here may change.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Mapping

DIGITS = 16  # of a SHA-256, in hexadecimal


def nfc(value: object) -> object:
    """A value of JSON with each of its texts in Unicode's form NFC."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, Mapping):
        return {str(nfc(key)): nfc(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [nfc(one) for one in value]
    return value


def canonical(value: object) -> str:
    """A value as canonical JSON: keys in order, no spaces, texts in NFC and as they are.

    Raises
    ------
    ValueError
        A number is not finite.
    """
    return json.dumps(
        nfc(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )


def short_hash(value: object) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of a value's canonical JSON, in UTF-8.

    Raises
    ------
    ValueError
        A number is not finite, or a text has half of a character (a lone surrogate).
    """
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:DIGITS]


def event_id(event: Mapping[str, object]) -> str:
    """The id of an event: the short hash of all that it says but for the id itself.

    >>> event_id({"act": "skip", "at": "2026-11-25T10:00:00Z", "by": "ann", "item": "p-1"})
    '195f85563403b9b9'
    """
    return short_hash({key: value for key, value in event.items() if key != "id"})


def text_hash(title: str, description: str) -> str:
    """The hash of the text that an annotator saw: that of the list of the two texts.

    >>> text_hash("A title", "and a text")
    'bcd33b9e87c5b545'
    """
    return short_hash([title, description])


def taxonomy_hash(tags: Iterable[str]) -> str:
    """The hash of the tags that an annotator could choose from: that of their sorted list.

    >>> taxonomy_hash(["nlp", "cv"]) == taxonomy_hash(["cv", "nlp"])
    True
    """
    return short_hash(ordered_tags(tags))


def ordered_tags(tags: Iterable[str]) -> list[str]:
    """Tags in NFC, each once, ascending."""
    return sorted({unicodedata.normalize("NFC", tag) for tag in tags})
