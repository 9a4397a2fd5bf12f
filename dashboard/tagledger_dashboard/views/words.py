"""Numbers and names in sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tagledger.versions import WORKSPACE, Version

MINUS = "\u2212"  # a hyphen would read as a dash
NONE = "\u2013"  # stands where a number is not defined
_SHOWN = 3


def number(value: float, digits: int = 0) -> str:
    r"""A number for people: 1,234 or 0.0836; a dash where it is not defined.

    >>> number(1234), number(0.08363, 3), number(float("nan"))
    ('1,234', '0.084', '\u2013')
    """
    if math.isnan(value):
        return NONE
    return f"{value:,.{digits}f}".replace("-", MINUS)


def signed(value: float, digits: int = 0) -> str:
    r"""A change with its sign; ±0 for none that can be seen.

    >>> signed(12), signed(-1234), signed(0), signed(0.0004, 3)
    ('+12', '\u22121,234', '±0', '±0.000')
    """
    if math.isnan(value):
        return NONE
    shown = f"{abs(value):,.{digits}f}"
    if not any(digit in "123456789" for digit in shown):
        return f"±{shown}"
    return f"{'+' if value > 0 else MINUS}{shown}"


def count(value: int, one: str, many: str | None = None) -> str:
    """A number of things.

    >>> count(1, "item"), count(2000, "item"), count(0, "child", "children")
    ('1 item', '2,000 items', '0 children')
    """
    return f"{value:,} {one if value == 1 else many or one + 's'}"


def day(version: Version) -> str:
    """When a version was made: 2024-06-30; "now" for the work tree, nothing where git has no date.

    A commit whose date is on no calendar, as after a faulty import, has none.
    """
    if version.date is not None:
        return version.date.strftime("%Y-%m-%d")
    return "now" if version.kind == WORKSPACE else ""


def percent(share: float, digits: int = 0) -> str:
    """A share of a whole, nan where there is no whole.

    >>> percent(0.256), percent(0.0004), percent(0.9999), percent(1.0)
    ('26 %', '<1 %', '>99 %', '100 %')
    """
    if math.isnan(share):
        return NONE
    shown = f"{share * 100:.{digits}f}"
    step = 10.0**-digits
    if share > 0 and float(shown) == 0:
        return f"<{step:g} %"
    if share < 1 and float(shown) == 100:
        return f">{100 - step:g} %"
    return f"{shown} %"


def listed(names: Sequence[str], shown: int = _SHOWN) -> str:
    """Names in a sentence, the first few of them.

    >>> listed(["a"]), listed(["a", "b"]), listed(list("abcde"))
    ('a', 'a and b', 'a, b, c and 2 more')
    """
    if len(names) > shown:
        return f"{', '.join(names[:shown])} and {len(names) - shown:,} more"
    if len(names) > 1:
        return f"{', '.join(names[:-1])} and {names[-1]}"
    return "".join(names)


def joined(parts: Sequence[str]) -> str:
    """Parts of a sentence, those that are empty left out, with a capital and a full stop."""
    text = "; ".join(part for part in parts if part)
    return f"{text}." if text else ""


def visible(names: Sequence[str]) -> list[str]:
    """Names, in quotes where they have space around them, which could not be seen else.

    >>> visible(["nlp", "nlp "])
    ['nlp', '"nlp "']
    """
    return [name if name == name.strip() else f'"{name}"' for name in names]


def capital(text: str) -> str:
    """A sentence's first letter as a capital, the others as they are.

    >>> capital("no tag has an IRLbl of 2"), capital("")
    ('No tag has an IRLbl of 2', '')
    """
    return text[:1].upper() + text[1:]


def plain(text: str) -> str:
    """With hyphens for minus signs, as programs read numbers."""
    return text.replace(MINUS, "-")
