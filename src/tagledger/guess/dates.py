"""Which columns hold dates, and how these are written."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from tagledger.guess import names
from tagledger.guess.facts import are_dates
from tagledger.guess.table import Column, Table

# Share of values that may be no dates: as of rows that a build sets aside without a word.
SLIPS = 0.01
_DATES = 300  # different dates that are looked at
_MOST_READ = 4  # notations of one column that are read without asking
_MOST_SAID = 8
_SHOWN = 4
_PER_NUMBER = ("seconds", "milliseconds")
_NUMBERS = re.compile(r"\d{9,13}(\.\d+)?")
_ISO = re.compile(
    r"\d{4}(-\d\d)?|\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)? ?(Z|[+-]\d\d(:?\d\d)?)?)?",
    re.IGNORECASE,
)
_FORMATS = (
    "%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%Y/%m/%d", "%Y/%m/%d %H:%M:%S", "%Y%m%d",
    "%d/%b/%y %I:%M %p", "%d/%b/%Y %I:%M %p", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d %B %Y",
    "%b %d, %Y", "%B %d, %Y", "%B %d, %Y %I:%M %p", "%a, %d %b %Y %H:%M:%S %z",
    "%a, %d %b %Y %H:%M:%S GMT", "%a %b %d %H:%M:%S %z %Y", "%d/%b/%Y:%H:%M:%S %z",
    "%d-%m-%Y", "%d-%m-%Y %H:%M", "%m-%d-%Y", "%m-%d-%Y %H:%M", "%Y.%m.%d",
    "%b %d, %Y %I:%M %p", "%Y年%m月%d日",
    "%Y-%m-%d %H:%M:%S UTC", "%Y-%m-%d %H:%M:%S.%f UTC", "%Y-%m-%d %I:%M %p",
    "%Y-%m-%d %H:%M:%S %z",
    "%d/%m/%Y", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y", "%m/%d/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M %p", "%d/%m/%y", "%m/%d/%y",
)  # fmt: skip
_DAY_FIRST = {one for one in _FORMATS if re.match("%d[/-]%m", one)}
_BEST_DATES = ("created", "published", "date", "datum", "posted", "creationdate", "pubdate")
_WORSE_DATES = ("updated", "modified", "closed", "edited", "deleted", "end", "due", "birth", "last")


def dates_in(table: Table, taken: Collection[str] = ()) -> list[Column]:
    """The columns of a table that may hold dates, the likeliest first."""
    ranked = []
    for position, column in enumerate(table.columns):
        if column.name in taken or column.lists or column.times > 1 or not column.given:
            continue
        score = _date_score(column)
        if score > 0:
            ranked.append((score, -position, column))
    return [one for *_, one in sorted(ranked, key=lambda one: one[:2], reverse=True)]


def _date_score(column: Column) -> float:
    last = column.name.removesuffix(".$text").split(".")[-1]
    words = names.parts_of(last)
    dates = are_dates(column)
    named = names.hints(last, "date")
    if not named and not dates:
        return 0
    score = 1.0 * named + 1.5 * dates
    score += 1.0 * any(one.startswith(good) for one in words for good in _BEST_DATES)
    score -= 1.5 * any(one.startswith(bad) for one in words for bad in _WORSE_DATES)
    return score - 1.0 * (column.name.count(".") > 1)


@lru_cache(maxsize=64)
def date_formats(column: Column) -> Any:
    """The `date_format` of a column ("" for ISO 8601); None where none is sure."""
    texts = _without_slips(column.texts)
    if all(_ISO.fullmatch(one) for one in texts):
        years = [int(one) for one in texts if re.fullmatch(r"\d{4}", one)]
        sound = all(map(_is_iso, texts)) and all(1000 <= one <= 2100 for one in years)
        return "" if sound and not _are_numbers(column) else None
    if all(_NUMBERS.fullmatch(one) for one in texts):
        return _per_number(texts[0])
    if _are_numbers(column) or not any(re.search(r"\d", one) for one in texts):
        return None
    notations = _notations(texts, _MOST_READ)
    if notations.left or notations.either or any(one in _PER_NUMBER for one in notations.used):
        return None
    return notations.used[0] if len(notations.used) == 1 else notations.used


def left_out(column: Column) -> tuple[str, list[Any]] | None:
    """What a person has to say about dates that are not read, and each `date_format` it may be.

    None where there is nothing to say: the dates are read, or the values are no dates.
    """
    texts = [one for one in column.texts if re.search(r"\d", one)]
    if not texts or date_formats(column) is not None:
        return None
    notations = _notations(texts, _MOST_SAID)
    if notations.either and len(notations.used) == 1:
        question = f"{column.name}: is {notations.either} written day first or month first?"
    elif len(notations.used) + bool(notations.left) > 1:
        shown = ", ".join([*notations.examples, *notations.left][:_SHOWN])
        question = (
            f"{column.name} has days in several notations ({shown}): how are they to be read?"
        )
        if notations.either:
            question += f" Is {notations.either} written day first or month first?"
    else:
        return None
    ways: list[Any] = []
    if not notations.left and len(texts) == len(column.texts):
        swapped = [_month_first(one) for one in notations.used]
        several = [notations.used, swapped] if notations.either else [notations.used]
        ways = [one[0] if len(one) == 1 else one for one in several]
    return f"{question} Without an answer they are left out", ways


def _without_slips(texts: list[str]) -> list[str]:
    """The texts without a few that are no dates, where nearly all are: those rows are set aside."""
    sound = [one for one in texts if _ISO.fullmatch(one) and _is_iso(one)]
    return sound if len(sound) < len(texts) <= len(sound) + SLIPS * len(texts) else texts


def _are_numbers(column: Column) -> bool:
    return any(isinstance(one, bool | int | float) for one in column.given)


def _is_iso(text: str) -> bool:
    if len(text) < 8:
        return True
    try:
        datetime.fromisoformat(text[:10])
    except ValueError:
        return False
    return True


@dataclass
class _Notations:
    """How dates are written: the notations, an example of each, those that are in none."""

    used: list[str] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    either: str = ""  # an example of those that may have the day first or the month


def _notations(texts: list[str], most: int) -> _Notations:
    notations = _Notations(left=list(dict.fromkeys(texts))[:_DATES])
    while notations.left and len(notations.used) < most:
        counts = {
            one: sum(_fits(text, one) for text in notations.left)
            for one in ("iso", *_FORMATS, *_PER_NUMBER)
        }
        best = max(counts, key=lambda one: counts[one])
        if not counts[best]:
            break
        example = next(x for x in notations.left if _fits(x, best))
        if best in _DAY_FIRST and counts.get(_month_first(best)) == counts[best]:
            notations.either = example
        notations.left = [one for one in notations.left if not _fits(one, best)]
        notations.used.append(best)
        notations.examples.append(example)
    return notations


def _month_first(form: str) -> str:
    return re.sub("^%d([/-])%m", r"%m\1%d", form)


def _per_number(text: str) -> str:
    return "milliseconds" if len(text.partition(".")[0]) > 11 else "seconds"


def _fits(text: str, form: str) -> bool:
    if form in _PER_NUMBER:
        return bool(_NUMBERS.fullmatch(text)) and _per_number(text) == form
    if form == "iso":
        return bool(_ISO.fullmatch(text)) and _is_iso(text)
    try:
        datetime.strptime(text, form)  # noqa: DTZ007 - whether it fits, no more
    except ValueError:
        return False
    return True
