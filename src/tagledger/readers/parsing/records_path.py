"""Where the records of a document are: `articles[]`, `data.articles[]`, `*`, `data.*`."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from tagledger.sources.models import problem

EACH = "[]"  # each element of a list
ALL = "*"  # each value of a mapping
_KEY = r"[^.\[\]{}*]+"
_PART = rf"(?:{_KEY}|\*)(?:\[\])*"
_PATH = re.compile(rf"(?:{_PART}|(?:\[\])+)(?:\.{_PART})*")
_STEP = re.compile(rf"\[\]|\*|{_KEY}")


def steps(path: str) -> tuple[str, ...]:
    """The keys of a path, `[]` for each element of a list, `*` for each value of a mapping.

    >>> steps("data.articles[]"), steps("*")
    (('data', 'articles', '[]'), ('*',))
    """
    return tuple(_STEP.findall(path))


def _records_path(path: str) -> str:
    """Check that `path` leads to records."""
    if not _PATH.fullmatch(path):
        raise problem(
            f"{path!r} is no path to records: write it as articles[] or data.articles[] for a "
            "list, as * or data.* for a mapping"
        )
    if not {EACH, ALL} & set(steps(path)):
        raise problem(
            f"{path!r} leads to one value: write {path}[] if it is a list of records, or {path}.* "
            "if it is a mapping with records as its values"
        )
    return path


RecordsPath = Annotated[str, Field(min_length=1), AfterValidator(_records_path)]


def is_key(word: str) -> bool:
    """Whether a key can be a step of a path: it has no dot, bracket or star."""
    return re.fullmatch(_KEY, word) is not None
