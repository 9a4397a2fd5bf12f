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
    certain = {found[0] for found in fitting.values() if len(found) == 1}
    needed: list[str] = []
    for text, found in fitting.items():
        if not found or certain & set(found):
            continue
        if len(found) > 1 and not set(needed) & set(found):
            return _both(text, found)
    for found in fitting.values():
        settled = [one for one in found if one in certain]
        needed += [one for one in settled if one not in needed]
    if not needed:
        return ""
    given = needed[0] if len(needed) == 1 else ", ".join(f'"{one}"' for one in ["iso", *needed])
    shown = f'"{given}"' if len(needed) == 1 else f"[{given}]"
    return f"dates as here are read with `date_format: {shown}` in the reading of the items"


def _notations(text: str) -> Iterator[str]:
    """The notations that a date may be in, each of which gives another day."""
    text = text.strip()
    if _SECONDS.fullmatch(text):
        yield "seconds"
    elif _MILLISECONDS.fullmatch(text):
        yield "milliseconds"
    seen: set[datetime] = set()
    for candidate in _CANDIDATES:
        try:
            read = datetime.strptime(text, candidate)  # noqa: DTZ007 - no time is kept
        except ValueError:
            continue
        if read not in seen:
            seen.add(read)
            yield candidate


def _both(text: str, notations: list[str]) -> str:
    """What a date may mean."""
    means = [f'{_day(text, one)} with `date_format: "{one}"`' for one in notations]
    return f"{text.strip()!r} is {' and '.join(means)}: say which it is in the reading of the items"


def _day(text: str, notation: str) -> str:
    read = datetime.strptime(text.strip(), notation)  # noqa: DTZ007 - no time is kept
    return f"{read.day} {read:%B %Y}"
