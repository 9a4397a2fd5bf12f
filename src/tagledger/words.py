"""Numbers and other people's text in the form in which they are printed."""

from __future__ import annotations

import math
import re

from tagledger.errors import printable

DASH = "-"

# What steers a terminal or turns the direction of text; tabs and line ends lay text out.
STEERING = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029"
    "\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def plain(text: object) -> str:
    """Text on one line, without characters that steer a terminal or turn the direction of text."""
    return " ".join(printable(str(text)).split())


def steady(text: str) -> str:
    """Text as a file or a page keeps it: what steers becomes a space; joiners and tabs stay."""
    return STEERING.sub(" ", text)


def many(number: int, noun: str) -> str:
    """A number and its noun: 1 item, 2,000 items."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def signed(number: float, digits: int = 0) -> str:
    """A change: +12, -3, 0."""
    if math.isnan(number):
        return DASH
    text = f"{number:+,.{digits}f}"
    return text.lstrip("+-") if float(text.replace(",", "")) == 0 else text


def percent(part: float) -> str:
    """A share: 24%, 3.1%, under 0.1%."""
    if math.isnan(part):
        return DASH
    if 0 < part < 0.001:
        return "under 0.1%"
    return f"{part:.0%}" if part == 0 or part > 0.0995 else f"{part:.1%}"


def decimal(number: float, digits: int = 3) -> str:
    """A measure, or a dash where it is not defined."""
    return DASH if math.isnan(number) else f"{number:,.{digits}f}"


def q_value(number: float) -> str:
    """A q-value: <0.001, 0.042, 1."""
    if math.isnan(number):
        return DASH
    if number < 0.001:
        return "<0.001"
    return "1" if number > 0.9995 else f"{number:.3f}"
