"""Which `date_format` would read dates that their reading does not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

MOST_LOOKED_AT = 50

_DAYS = (
    *("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d"),
    *("%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y"),
    *("%B %d %Y", "%b %d %Y", "%d-%b-%Y", "%d-%b-%y", "%d/%b/%Y", "%d/%b/%y", "%d. %B %Y"),
    *("%Y-%m-%d", "%B %Y", "%b %Y", "%m/%Y"),
)
_TIMES = ("", " %H:%M:%S", " %H:%M", " %I:%M %p", " %I:%M:%S %p", ", %I:%M %p", ":%H:%M:%S %z")
_WHOLE = ("%a, %d %b %Y %H:%M:%S %z", "%a %b %d %H:%M:%S %z %Y", "%a %b %d %H:%M:%S %Y")
_CANDIDATES = (*(day + time for time in _TIMES for day in _DAYS), *_WHOLE)
_DIRECTIVE = re.compile("%.")
_WORDS = re.compile("%[aBbpz]")  # a time zone may be the letter Z
_SECONDS = re.compile(r"\d{9,10}(\.\d+)?")
_MILLISECONDS = re.compile(r"\d{12,13}(\.\d+)?")


def advice(texts: Sequence[str]) -> str:
    """How to read dates that are no ISO 8601, or another notation than their reading says.

    What may be the third of July or the seventh of March is never settled here: both readings are
    named, unless other dates allow but one of them.

    Parameters
    ----------
    texts
        Some dates that cannot be read.

    Returns
    -------
    str
        Empty where no notation fits any of them.
    """
    fitting = {text: list(_notations(text)) for text in dict.fromkeys(texts)}
    certain = {notations[0]: text for text, notations in fitting.items() if len(notations) == 1}
    doubtful: list[str] = []
    for text, notations in fitting.items():
        settled = [one for one in notations if one in certain]
        if len(notations) > 1 and len(settled) != 1:
            doubtful.append(_both(text, settled or notations))
    if doubtful:
        return doubtful[0]
    if not certain:
        return ""
    quoted = [f'"{one}"' for one in certain]
    given = quoted[0] if len(quoted) == 1 else f"[iso, {', '.join(quoted)}]"
    return f"dates as here are read with `date_format: {given}` in the reading of the items"


def _notations(text: str) -> Iterator[str]:
    """The notations that a date may be in: those of another day, or of day and month turned."""
    text = text.strip()
    if _SECONDS.fullmatch(text):
        yield "seconds"
    elif _MILLISECONDS.fullmatch(text):
        yield "milliseconds"
    seen: set[tuple[datetime, bool]] = set()
    for candidate in filter(lambda notation: _may_be(text, notation), _CANDIDATES):
        try:
            read = datetime.strptime(text, candidate)  # noqa: DTZ007 - no time is kept
        except ValueError:
            continue
        month_first = -1 < candidate.find("%m") < candidate.find("%d")
        if (read, month_first) not in seen:
            seen.add((read, month_first))
            yield candidate


def _may_be(text: str, notation: str) -> bool:
    """Whether a date has the signs of a notation, and letters only where it has some.

    For each notation that it is asked about, Python makes a regular expression.
    """
    signs = _DIRECTIVE.sub("", notation).replace(" ", "")
    letters = any(character.isalpha() for character in text)
    return all(sign in text for sign in signs) and (not letters or bool(_WORDS.search(notation)))


def _both(text: str, notations: list[str]) -> str:
    """What a date may mean."""
    means = [f'{_day(text, one)} with `date_format: "{one}"`' for one in notations]
    return f"{text.strip()!r} is {' and '.join(means)}: say which it is in the reading of the items"


def _day(text: str, notation: str) -> str:
    read = datetime.strptime(text.strip(), notation)  # noqa: DTZ007 - no time is kept
    return f"{read.day} {read:%B %Y}"
