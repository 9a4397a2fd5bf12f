"""Times and days that stand in a column, in UTC as events have them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

_DAYS = (
    *("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%y"),
    *("%d/%m/%y", "%m/%d/%y", "%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%d-%b-%Y"),
)
_TIMES = ("", " %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p", ", %I:%M:%S %p")
_NOTATIONS = tuple(day + time for time in _TIMES for day in _DAYS)
_EARLIEST, _LATEST = 1990, 2100


def times(cells: Sequence[str]) -> tuple[list[str | None], bool]:
    """The times of a column, and whether they may be meant in two ways.

    ISO 8601 is read as it is; else one notation must read all cells. If two do, and differ, as day
    and month may be either, none is read. Times without a zone are taken to be UTC.

    >>> times(["23/5/18", "", "24/5/18"])
    (['2018-05-23T00:00:00Z', None, '2018-05-24T00:00:00Z'], False)
    >>> times(["1/2/18"])
    ([None], True)
    """
    given = list(dict.fromkeys(cell.strip() for cell in cells if cell.strip()))
    readings: list[dict[str, datetime]] = []
    for notation in (None, *_NOTATIONS):
        read = {cell: _read(cell, notation) for cell in given}
        whole = {cell: time for cell, time in read.items() if time is not None}
        if len(whole) == len(given) and whole and whole not in readings:
            readings.append(whole)
        if notation is None and readings:
            break
    if len(readings) != 1:
        return [None] * len(cells), len(readings) > 1
    spelled = {cell: spell(time) for cell, time in readings[0].items()}
    return [spelled.get(cell.strip()) for cell in cells], False


def _read(cell: str, notation: str | None) -> datetime | None:
    try:
        if notation is None:
            if len(cell) < 8 or not cell[:4].isdigit():
                return None
            time = datetime.fromisoformat(cell)
        else:
            time = datetime.strptime(cell, notation)  # noqa: DTZ007 - the zone is set below
    except ValueError:
        return None
    time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    return time if _EARLIEST <= time.year <= _LATEST else None


def spell(time: datetime) -> str:
    """A time in UTC as events have it."""
    fraction = f".{time.microsecond:06d}".rstrip("0") if time.microsecond else ""
    return f"{time:%Y-%m-%dT%H:%M:%S}{fraction}Z"
