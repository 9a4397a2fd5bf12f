"""Agreement of each two annotators, and of each with what was decided."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from tagledger.agreement.coefficients import cohen
from tagledger.agreement.pairs import Overlap, masi

COPY = 10
"""Items on which two annotators have to give the same labelsets to be named."""


@dataclass(frozen=True)
class AnnotatorPair:
    """How far two annotators agree on the items that both answered.

    Attributes
    ----------
    first, second
        Their names, ascending.
    items, equal
        Items that both answered, and those of them to which both give the same labelset, over
        the tags that both were asked.
    answers
        Pairs of an item and a tag that both were asked.
    agreement
        The share of `answers` to which they say the same.
    masi
        How similar their labelsets are, the mean over the items: 1 for equal ones.
    kappa
        Cohen's kappa over `answers`, all tags together; nan where both say no everywhere.
    """

    first: str
    second: str
    items: int
    equal: int
    answers: int
    agreement: float
    masi: float
    kappa: float

    @property
    def may_be_a_copy(self) -> bool:
        """Whether they gave the same labelsets everywhere, to enough items to make one wonder."""
        return self.items >= COPY and self.equal == self.items


def annotator_pairs(overlap: Overlap) -> list[AnnotatorPair]:
    """Each two annotators who answered an item both, by name."""
    answers, pairs = overlap.answers, overlap.pairs
    first, second = answers.person[pairs.first], answers.person[pairs.second]
    codes, of = np.unique(first * len(answers.people) + second, return_inverse=True)
    of = of.reshape(-1)

    def total(values: ArrayLike) -> list[float]:
        return [float(value) for value in np.bincount(of, weights=values, minlength=len(codes))]

    items = np.bincount(of, minlength=len(codes))
    columns = zip(
        codes,
        items,
        total(pairs.distance == 0),
        *map(total, (pairs.common, pairs.left, pairs.right, pairs.both, 1 - pairs.distance)),
        strict=True,
    )
    return [
        AnnotatorPair(
            first=str(answers.people[pair // len(answers.people)]),
            second=str(answers.people[pair % len(answers.people)]),
            items=int(number),
            equal=int(equal),
            answers=int(common),
            agreement=(common - left - right + 2 * both) / common,
            masi=similar / int(number),
            kappa=cohen(int(common), int(left), int(right), int(both)),
        )
        for pair, number, equal, common, left, right, both, similar in columns
    ]


@dataclass(frozen=True)
class WithDecided:
    """How far an annotator agrees with what others decided about the same items and tags.

    Attributes
    ----------
    by
        The annotator.
    items, answers
        Items, and pairs of an item and a tag, that both say something of.
    agreement
        The share of `answers` to which they say the same.
    masi
        How similar the labelsets are, over those tags, the mean over the items.
    kappa
        Cohen's kappa over `answers`.
    missed, extra
        Labels that were decided and that the annotator does not give; and the other way round.
    """

    by: str
    items: int
    answers: int
    agreement: float
    masi: float
    kappa: float
    missed: int
    extra: int


def with_decided(votes: pd.DataFrame, decided: pd.DataFrame) -> list[WithDecided]:
    """How far each annotator agrees with what others decided, by name.

    Parameters
    ----------
    votes
        Columns item, tag, by and yes: what annotators say.
    decided
        The same of those who say what is gold, or who adjudicate. Where two of them differ about a
        tag of an item, nothing is decided; and what one person alone decided is not compared with
        that person's own labels.
    """
    if decided.empty:
        return []
    both = votes[["item", "tag", "by", "yes"]].merge(_decisions(decided), on=["item", "tag"])
    both = both[both["by"].astype("str") != both["alone"]]
    return [
        _with_decided(str(by), of_annotator)
        for by, of_annotator in both.groupby("by", observed=True, sort=True)
    ]


def _decisions(decided: pd.DataFrame) -> pd.DataFrame:
    """Columns item, tag, right (bool), and alone: who decided it, if it was one person."""
    by_cell = decided.assign(by=decided["by"].astype("str")).groupby(["item", "tag"], observed=True)
    cells = by_cell.agg(
        right=("yes", "min"), most=("yes", "max"), people=("by", "nunique"), alone=("by", "first")
    ).reset_index()
    cells.loc[cells["people"] > 1, "alone"] = ""
    return cells.loc[cells["right"] == cells["most"], ["item", "tag", "right", "alone"]]


def _with_decided(by: str, cells: pd.DataFrame) -> WithDecided:
    item, items = pd.factorize(cells["item"])
    yes, right = cells["yes"].to_numpy(bool), cells["right"].to_numpy(bool)
    sums = [np.bincount(item, weights=part) for part in (yes, right, yes & right)]
    given, wanted, both = (int(part.sum()) for part in sums)
    return WithDecided(
        by=by,
        items=len(items),
        answers=len(cells),
        agreement=float((yes == right).mean()),
        masi=float(masi(*sums).mean()),
        kappa=cohen(len(cells), given, wanted, both),
        missed=wanted - both,
        extra=given - both,
    )
