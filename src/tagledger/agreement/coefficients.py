"""Coefficients of agreement on categories, from counts: Cohen's and Fleiss' kappa, Gwet's AC1."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike


class Coefficients(NamedTuple):
    """Agreement of several people on items, each in one of several categories.

    Attributes
    ----------
    agreement
        Raw agreement: the share of pairs of answers to one item that agree, the mean over items
        that several people answered. nan without one.
    fleiss
        Fleiss' kappa. nan where all answers are in one category.
    ac1
        Gwet's AC1.
    """

    agreement: float
    fleiss: float
    ac1: float


def coefficients(counts: ArrayLike) -> Coefficients:
    """Fleiss' kappa and Gwet's AC1, where items may have unequal numbers of answers.

    Parameters
    ----------
    counts
        Shape (items, categories), two categories or more: the answers that put an item into a
        category. An item that one person answered counts in the shares of the categories, and an
        item without an answer nowhere.

    Notes
    -----
    Gwet (2014), "Handbook of inter-rater reliability", fourth edition, chapter 3, and Gwet (2008),
    "Computing inter-rater reliability and its variance in the presence of high agreement", British
    Journal of Mathematical and Statistical Psychology 61, for AC1. Where a category is rare, two
    who agree on nearly all items have a small kappa and a large AC1: look at both.
    """
    by_item = np.asarray(counts, dtype=np.float64)
    answers = by_item.sum(axis=1)
    by_item, answers = by_item[answers > 0], answers[answers > 0]
    several = answers > 1
    if not several.any():
        return Coefficients(math.nan, math.nan, math.nan)
    agreeing = (by_item * (by_item - 1)).sum(axis=1)[several]
    agreement = float((agreeing / (answers * (answers - 1))[several]).mean())
    shares = (by_item / answers[:, None]).mean(axis=0)
    chance = float((shares * (1 - shares)).sum() / (by_item.shape[1] - 1))
    return Coefficients(
        agreement=agreement,
        fleiss=beyond_chance(agreement, float((shares**2).sum())),
        ac1=beyond_chance(agreement, chance),
    )


def cohen(items: int, first: int, second: int, both: int) -> float:
    """Cohen's kappa of two people who say yes or no; nan where chance leaves nothing to agree on.

    Parameters
    ----------
    items
        What both answered.
    first, second, both
        Where the first says yes, the second, and both.
    """
    if not items:
        return math.nan
    agreement = (items - first - second + 2 * both) / items
    chance = (first * second + (items - first) * (items - second)) / items**2
    return beyond_chance(agreement, chance)


def beyond_chance(agreement: float, chance: float) -> float:
    """The share of the agreement that chance leaves open; nan where it leaves nothing open."""
    return (agreement - chance) / (1 - chance) if chance < 1 else math.nan
