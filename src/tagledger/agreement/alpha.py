"""Krippendorff's alpha of labelsets with MASI distance: agreement beyond chance, in one number."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tagledger.agreement.answers import Answers, Ints, answers_of
from tagledger.agreement.between import Between, between_items
from tagledger.agreement.pairs import Floats, Overlap, overlap_of

MOST_ANSWERS = 8_000
"""Answers of which each two are compared, for the distance that is expected by chance."""

DRAWS = 1_000
"""How often items are drawn again for the interval of alpha."""

_SEED = 0


@dataclass(frozen=True)
class Alpha:
    """How far people agree on the items that several of them answered.

    Attributes
    ----------
    value
        Alpha with MASI distance, 1 less observed over expected distance: 1 for equal answers, 0
        for answers as chance would give them. nan where no two people answered the same item. 1
        where all answers to all items are equal, of which the formula says nothing.
    low, high
        Its interval: the middle 95 % of alpha on items drawn again from those that there are. nan
        where there are fewer than two, or where it is not wanted.
    nominal
        Alpha where two labelsets are equal or not, with nothing between.
    items, answers
        Items with several answers that can be compared, and their answers.
    """

    value: float
    low: float
    high: float
    nominal: float
    items: int
    answers: int

    @property
    def recorded(self) -> dict[str, float | int]:
        """What the stage annotate writes of it, for gates to read; the same on every machine."""
        return {"value": round(self.value, 9), "items": self.items, "answers": self.answers}


def alpha_of_votes(votes: pd.DataFrame) -> Alpha:
    """Alpha of the labels that people gave, without its interval.

    Parameters
    ----------
    votes
        Columns item, tag, by and yes, as `answers_of` takes them.
    """
    return alpha(overlap_of(answers_of(votes)), draws=0)


def alpha(overlap: Overlap, draws: int = DRAWS) -> Alpha:
    """Krippendorff's alpha over the items that several people answered.

    Parameters
    ----------
    overlap
        The answers, and each two of them about one item.
    draws
        How often items are drawn again for the interval; 0: it is not wanted.

    Notes
    -----
    Krippendorff (2011), "Computing Krippendorff's alpha-reliability". What two answers were not
    both asked is missing: their distance is that over the tags that both were asked, and two that
    have none in common are not compared.

    The interval is the percentile bootstrap over items, with observed and expected distance both
    drawn again: they are sums over items and over pairs of items. Of more than `MOST_ANSWERS`
    answers, those to a sample of the items stand for all where answers to different items are
    compared; then the interval is narrowed by the root of the sample's share of the items.
    """
    if not len(overlap.answers):
        return Alpha(math.nan, math.nan, math.nan, math.nan, 0, 0)
    within = _within_items(overlap)
    between = between_items(_sample(overlap.answers), by_items=draws > 0)
    value = _quotient(within.observed, between.expected)
    low, high = _interval(within, between, value, draws)
    return Alpha(
        value=value,
        low=low,
        high=high,
        nominal=_quotient(within.observed_nominal, between.expected_nominal),
        items=len(within.items),
        answers=len(overlap.answers),
    )


def _quotient(observed: float, expected: float) -> float:
    """Alpha of two distances; where all answers are equal there is nothing that could differ."""
    return 1 - observed / expected if expected > 0 else 1.0


@dataclass(frozen=True)
class _Within:
    """Items with several answers: their numbers, their answers, the mean distance of two of these.

    `distance` and `nominal` are of shape (items,).
    """

    items: Ints
    answers: Ints
    distance: Floats
    nominal: Floats

    @property
    def observed(self) -> float:
        return float((self.distance * self.answers).sum() / self.answers.sum())

    @property
    def observed_nominal(self) -> float:
        return float((self.nominal * self.answers).sum() / self.answers.sum())

    def at(self, items: Ints) -> _Within:
        """Some of them."""
        rows = np.searchsorted(self.items, items)
        return _Within(items, self.answers[rows], self.distance[rows], self.nominal[rows])


def _within_items(overlap: Overlap) -> _Within:
    item = overlap.answers.item[overlap.pairs.first]
    number = np.bincount(item)
    items = np.flatnonzero(number)
    distance = overlap.pairs.distance
    return _Within(
        items=items,
        answers=np.bincount(overlap.answers.item)[items],
        distance=np.bincount(item, weights=distance)[items] / number[items],
        nominal=np.bincount(item, weights=distance > 0)[items] / number[items],
    )


def _sample(answers: Answers) -> Answers:
    """The answers to compare each with each: all, or those of as many items as there is room for.

    Which items is drawn, with a seed, so that it hangs on the data alone.
    """
    if len(answers) <= MOST_ANSWERS:
        return answers
    sizes = np.bincount(answers.item)
    order = np.random.default_rng(_SEED).permutation(np.flatnonzero(sizes))
    room = np.cumsum(sizes[order]) <= MOST_ANSWERS
    room[:2] = True  # of one item there would be nothing to draw
    chosen = np.zeros(len(sizes), bool)
    chosen[order[room]] = True
    return answers.only(chosen[answers.item])


def _interval(within: _Within, between: Between, value: float, draws: int) -> tuple[float, float]:
    number = len(between.items)
    if number < 2 or between.distance is None:
        return math.nan, math.nan
    drawn = np.random.default_rng(_SEED).multinomial(number, np.full(number, 1 / number), draws)
    times = drawn.astype(np.float64)
    here = within.at(between.items)
    observed = (times @ (here.distance * here.answers)) / (times @ here.answers)
    distance = np.einsum("di,di->d", times @ between.distance, times)
    answers = times @ between.answers
    if between.compared is None:
        compared = answers**2 - answers
    else:
        compared = np.einsum("di,di->d", times @ between.compared, times) - answers
    differ = distance > 0
    alphas = np.where(differ, 1 - observed * compared / np.where(differ, distance, 1), 1.0)
    low, high = np.quantile(alphas, [0.025, 0.975])
    if number == len(within.items):
        return float(low), float(high)
    middle = _quotient(here.observed, between.expected)
    narrow = math.sqrt(number / len(within.items))
    return value + float(low - middle) * narrow, min(value + float(high - middle) * narrow, 1.0)
