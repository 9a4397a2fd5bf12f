"""What people type into a cell to say yes or no, and what else a cell may hold."""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache

YES = frozenset(
    {
        *("x", "xx", "1", "1.0", "1,0", "true", "wahr", "vrai", "verdadero", "vero", "waar"),
        *("yes", "y", "ja", "j", "oui", "si", "sí", "sim", "da", "да", "tak", "sant", "t", "on"),
        *("✓", "✔", "☑", "✅", "√", "•"),
    }
)
NO = frozenset(
    {
        *("0", "0.0", "0,0", "false", "falsch", "faux", "falso", "onwaar", "falskt", "no", "n"),
        *("nein", "non", "nee", "não", "nao", "nej", "nie", "нет", "net", "f", "off", "☐", "⬜"),
    }
)
DASHES = frozenset({"-", "–", "—"})  # noqa: RUF001 - dashes that people type for a no
NONE = frozenset(
    {"none", "none applies", "no tag", "no tags", "keine", "aucun", "ninguno", "[]", "{}", "()"}
)
# What stands for an empty cell in what programs write.
EMPTY = frozenset({"", "nan", "null", "none", "na", "n/a", "#n/a", "nil", "<na>"})
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")


class Mark(Enum):
    """What the cell of a tag says."""

    YES = "yes"
    NO = "no"
    OPEN = "open"  # nothing stands there
    UNKNOWN = "unknown"


@lru_cache(maxsize=4096)
def mark(cell: str) -> Mark:
    """What the cell of a tag says.

    >>> [mark(cell).value for cell in (" X ", "WAHR", "nein", "", "maybe")]
    ['yes', 'yes', 'no', 'open', 'unknown']
    """
    word = cell.strip().casefold()
    if word in EMPTY:
        return Mark.OPEN
    if word in YES:
        return Mark.YES
    return Mark.NO if word in NO or word in DASHES else Mark.UNKNOWN


def is_ticked(cell: str) -> bool:
    """Whether a cell that is there to be ticked is: anything but a no counts."""
    return mark(cell) in {Mark.YES, Mark.UNKNOWN}


def number(cell: str) -> float | None:
    """A cell's number, also with a decimal comma, and a percentage; None if it is none.

    >>> number("0,8333"), number("1.5e3"), number("25 %"), number("1-1")
    (0.8333, 1500.0, 0.25, None)
    """
    word = cell.strip()
    amount = word.removesuffix("%").rstrip()
    if not _NUMBER.fullmatch(amount):
        return None
    return float(amount.replace(",", ".")) / (1 if amount == word else 100)
