"""What agreement comes to, in sentences for people; what is missing where nothing can be said."""

from __future__ import annotations

import math
from typing import NamedTuple

from tagledger.agreement.alpha import Alpha
from tagledger.agreement.result import Agreement
from tagledger.words import count, listed, number, percent

RELIABLE, TENTATIVE = 0.8, 0.667
"""Krippendorff (2004), "Content analysis", section 11.4: limits of an alpha to rely on."""

ALPHA = "Krippendorff's alpha with MASI distance: 1 is equal, 0 is what chance would give"


class Missing(NamedTuple):
    """Why there is nothing to compare, and a command that changes it."""

    why: str
    what: str
    command: str


def missing(agreement: Agreement) -> Missing | None:
    """What is missing for agreement; None where there is some."""
    if agreement.alpha.items:
        return None
    where = "" if agreement.campaign is None else f" in the campaign {agreement.campaign}"
    people = [one.by for one in agreement.annotators]
    if not people:
        return Missing(
            f"Nobody has labelled anything{where} yet.",
            "Agreement needs two annotators who answer the same items. To hand items out to two:",
            START,
        )
    again = "Agreement needs two annotators who answer the same items. To hand 50 to two of them:"
    if len(people) == 1:
        items = count(agreement.annotators[0].items, "item")
        why = f"{people[0]} alone has labelled anything{where}: {items}."
        return Missing(why, again, START)
    if any(one.shared for one in agreement.annotators):
        why = f"No two annotators were asked the same tag of an item{where}"
    else:
        why = f"No two annotators answered the same item{where}"
    return Missing(f"{why}: {listed(people)} labelled.", again, START)


START = "tagledger annotate start NAME --items all --limit 50 --annotators ann,bob"


def interval(alpha: Alpha) -> str:
    """Alpha with its interval.

    >>> interval(Alpha(0.61, 0.5, 0.7, 0.4, 9, 18)), interval(Alpha(1, math.nan, math.nan, 1, 1, 2))
    ('0.61 (0.50 to 0.70)', '1.00')
    """
    if math.isnan(alpha.low):
        return number(alpha.value, 2)
    return f"{number(alpha.value, 2)} ({number(alpha.low, 2)} to {number(alpha.high, 2)})"


def finding(agreement: Agreement) -> str:
    """The finding in a sentence, for agreement that is not missing."""
    alpha = agreement.alpha
    if alpha.value >= RELIABLE:
        verdict = "Annotators agree well enough to rely on"
    elif alpha.value >= TENTATIVE:
        verdict = "Annotators agree well enough for tentative conclusions"
    else:
        verdict = "Annotators agree too little to rely on"
    people = len({name for pair in agreement.pairs for name in (pair.first, pair.second)})
    share = percent(agreement.disputed / alpha.items)
    return (
        f"{verdict}: alpha is {interval(alpha)} for {people} people on "
        f"{count(alpha.items, 'item')}, and they differ on {number(agreement.disputed)} ({share})"
    )


def copies(agreement: Agreement) -> list[str]:
    """A sentence for each two annotators of whom one may have copied the other."""
    return [
        f"{pair.first} and {pair.second} gave the same tags to all {number(pair.items)} items that "
        "both answered. A copy?"
        for pair in agreement.copies
    ]
