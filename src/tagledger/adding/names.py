"""The names of sources and of snapshots: each is a folder too."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date
from itertools import count
from pathlib import PurePath

from tagledger.errors import TagledgerError
from tagledger.files import is_inside
from tagledger.sources import formats

_FALLBACK = "mine"
_LONGEST = 60
# Characters that a disk, a shell, git or a pattern of files reads as something else.
_REFUSED = re.compile(
    r"""[<>:"/\\|?*!'`$&;(){}\[\]#%]|\.\.|^[-.~ ]|[. ]$|\.(?:dvc|part)$""", re.IGNORECASE
)
_DAY = re.compile(r"(?:[-_. ]*(?:19|20)\d\d(?:[-_. ]?\d\d?){0,2}|[-_. ]+[vV]?\d+)+$")


def source_name(path: PurePath | str) -> str:
    """A name for a source of a file or a folder: lower case words with hyphens between.

    A month or a number at the end is not part of it, as next month's file has another.

    >>> source_name("Support Tickets_2026-02.csv.gz"), source_name("2026-02.csv")
    ('support-tickets', 'mine')
    """
    stem = PurePath(path).name
    if formats.archive_of(stem) or formats.by_ending(stem):
        stem = PurePath(formats.without_compression(stem)).stem
    words = re.sub(r"[\W_]+", "-", _DAY.sub("", stem).lower()).strip("-")
    return words[:_LONGEST].strip("-") or _FALLBACK


def snapshot_name(day: date, taken: Collection[str]) -> str:
    """A name for a snapshot of a day that no other snapshot of its source has.

    >>> snapshot_name(date(2026, 11, 26), ["2026-11-26", "2026-11-26.2"])
    '2026-11-26.3'
    """
    name = day.isoformat()
    if name not in taken:
        return name
    return next(one for n in count(2) if (one := f"{name}.{n}") not in taken)


def refuse_name(name: str, *, option: str) -> None:
    """Refuse the name of a source or snapshot that can be no folder on everybody's disk.

    Parameters
    ----------
    name
        The name.
    option
        What it was given by, such as --source.

    Raises
    ------
    TagledgerError
        It cannot.
    """
    if is_inside(name) and name.isprintable() and not _REFUSED.search(name):
        if len(name) <= _LONGEST:
            return
        what = f"this name is longer than {_LONGEST} characters"
    else:
        what = f"{name!r} can be no folder's name"
    raise TagledgerError(
        what, where=option, hint="take letters, digits, hyphens and dots: tickets, 2026-02-28"
    )


def same_folder(name: str, others: Collection[str]) -> str | None:
    """The one of some names that is the same folder as `name` on a disk that ignores case."""
    return next((one for one in others if one.lower() == name.lower()), None)
