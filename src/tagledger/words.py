"""Numbers, plurals and other people's text, in the one form in which people read them.

JSON and CSV do not use these: programs read plain numbers with an ASCII hyphen for a minus.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from tagledger.errors import printable

MINUS = "\u2212"  # a hyphen would read as a dash
UNDEFINED = "\u2013"  # stands where a number is not defined or not known

# What steers a terminal or turns the direction of text; tabs and line ends lay text out.
STEERING = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029"
    "\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def plain(text: object) -> str:
    """Text on one line, without characters that steer a terminal or turn the direction of text."""
    return " ".join(printable(str(text)).split())


def without_steering(text: str) -> str:
    """Text with a space for each character that steers; joiners, tabs and line ends stay."""
    return STEERING.sub(" ", text)


def number(value: float, digits: int = 0) -> str:
    r"""A number; a dash where it is not defined.

    >>> number(1234), number(0.08363, 3), number(-2), number(float("nan"))
    ('1,234', '0.084', '\u22122', '\u2013')
    """
    if math.isnan(value):
        return UNDEFINED
    return f"{value:,.{digits}f}".replace("-", MINUS)


def signed(value: float, digits: int = 0) -> str:
    r"""A change with its sign; ±0 where it is too small to be seen.

    >>> signed(12), signed(-1234), signed(0), signed(0.0004, 3)
    ('+12', '\u22121,234', '±0', '±0.000')
    """
    if math.isnan(value):
        return UNDEFINED
    shown = f"{abs(value):,.{digits}f}"
    if not any(digit in "123456789" for digit in shown):
        return f"±{shown}"
    return f"{'+' if value > 0 else MINUS}{shown}"


def percent(share: float, digits: int = 0) -> str:
    r"""A share of a whole. Only none of it is 0 %, and only all of it is 100 %.

    >>> percent(0.256), percent(0.0321, 1), percent(0.0004), percent(0.9999), percent(1.0)
    ('26 %', '3.2 %', '<1 %', '>99 %', '100 %')
    """
    if math.isnan(share):
        return UNDEFINED
    shown = f"{share * 100:,.{digits}f}"
    step = 10.0**-digits
    if share > 0 and not any(digit in "123456789" for digit in shown):
        return f"<{step:g} %"
    if share < 1 and shown.partition(".")[0] == "100":
        return f">{100 - step:g} %"
    return f"{shown} %".replace("-", MINUS)


def q_value(value: float) -> str:
    """A q-value.

    >>> q_value(0.0001), q_value(0.042), q_value(0.9999)
    ('<0.001', '0.042', '1')
    """
    if 0 <= value < 0.001:
        return "<0.001"
    return "1" if value > 0.9995 else number(value, 3)


def count(value: int, one: str, many: str | None = None) -> str:
    """A number of things, in the singular or the plural.

    >>> count(1, "item"), count(2000, "item"), count(0, "child", "children")
    ('1 item', '2,000 items', '0 children')
    """
    return f"{number(value)} {plural(value, one, many)}"


def plural(value: int, one: str, many: str | None = None) -> str:
    """The word for one thing or for several, without the number.

    >>> plural(1, "gate holds", "gates hold"), plural(2, "tag")
    ('gate holds', 'tags')
    """
    return one if value == 1 else many or f"{one}s"


def same_start(a: str, b: str) -> int:
    """How many characters two words begin with alike.

    >>> same_start("labels", "labour"), same_start("a", "b")
    (3, 0)
    """
    pairs = enumerate(zip(a, b, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(a), len(b)))


def listed(names: Sequence[str], shown: int = 3) -> str:
    """Names in a sentence, the first few of them.

    >>> listed(["a"]), listed(["a", "b"]), listed(list("abcde"))
    ('a', 'a and b', 'a, b, c and 2 more')
    """
    if len(names) > shown:
        return f"{', '.join(names[:shown])} and {number(len(names) - shown)} more"
    if len(names) > 1:
        return f"{', '.join(names[:-1])} and {names[-1]}"
    return "".join(names)


def shortened(names: Sequence[str], shown: int) -> str:
    """Names with commas between them, the first few of them.

    >>> shortened(["a", "b"], 2), shortened(list("abcde"), 2)
    ('a, b', 'a, b and 3 more')
    """
    if len(names) > shown:
        return listed(names, shown)
    return ", ".join(names)


def capital(text: str) -> str:
    """Text whose first letter is a capital; the other letters stay as they are.

    A first word with a digit is the name of a version or a commit, and stays too.

    >>> capital("no tag has an IRLbl of 2"), capital("v2.0.0 is better"), capital("")
    ('No tag has an IRLbl of 2', 'v2.0.0 is better', '')
    """
    first = text.partition(" ")[0]
    return text if any(map(str.isdigit, first)) else text[:1].upper() + text[1:]
