"""What the first source and its file are called: as they will be called next month, too."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tagledger.adding.matching import renamed
from tagledger.adding.names import source_name
from tagledger.sources.formats import MEMBER

# Names of files that say nothing of what is in them.
_OF_ANYTHING = re.compile(
    r"(mine|data|dataset|items|export|dump|output|table|sheet|train|test|dev|val|all|full|part)\b.*"
)
_DATED = re.compile(r"(.*?)[-_. ]*(?<!\d)(?:19|20)\d\d(?:[-_.]?\d\d){0,2}(?!\d)")


def first_source_name(files: Sequence[Path], folder: Path) -> str:
    """A name for the source of some files, which a repository in `folder` begins with.

    >>> first_source_name([Path("Tickets 2026-02.csv")], Path("mine"))
    'tickets'
    >>> first_source_name([Path("train-00000-of-00001.parquet")], Path("Support desk"))
    'support-desk'
    """
    name = source_name(files[0])
    if len(files) > 1 or _OF_ANYTHING.fullmatch(name):
        return source_name(folder.name)
    return name


def without_its_month(
    reading: Mapping[str, Any], files: Mapping[str, Path]
) -> tuple[dict[str, Any], dict[str, Path]]:
    """A reading of one file, and the file, under a name without a date at its end.

    The file of each snapshot has the name that the reading says, and tickets-2026-01.csv would be a
    wrong one next month.

    >>> without_its_month({"items": {"file": "t-2026-01.csv"}}, {"t-2026-01.csv": Path("x")})
    ({'items': {'file': 't.csv'}}, {'t.csv': PosixPath('x')})
    """
    name = next(iter(files))
    stem, dot, endings = name.partition(".")
    dated = _DATED.fullmatch(stem)
    if len(files) > 1 or not dated or not dated[1] or MEMBER in str(reading):
        return dict(reading), dict(files)
    short = f"{dated[1]}{dot}{endings}"
    return renamed(reading, {name: short}), {short: files[name]}
