"""Policies: how the answers about one tag of one item become one verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tagledger.params import AnnotateParams
from tagledger.params import Policy as PolicyName
from tagledger.verdicts.cells import SUGGESTIONS, VOTES, Cells
from tagledger.verdicts.dawid_skene import probabilities

NO, YES, SUGGESTED, DISPUTED = range(4)
"""What follows from the answers about one tag of one item."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Tally:
    """The answers that decide about each tag of each item: of several kinds the last.

    Attributes
    ----------
    pair
        Shape (pairs,): the item times the number of tags, plus the tag; ascending.
    kind
        The kind of these answers.
    start, count
        Where they are among the cells, and how many.
    yes
        How many of them are a yes.
    """

    pair: NDArray[np.int64]
    kind: NDArray[np.int8]
    start: NDArray[np.int64]
    count: NDArray[np.int64]
    yes: NDArray[np.int64]

    @property
    def no(self) -> NDArray[np.int64]:
        """How many of them are a no."""
        return self.count - self.yes

    def take(self, which: Mask) -> Tally:
        """Those pairs where a mask is true."""
        return Tally(**{name: column[which] for name, column in vars(self).items()})


def tally(cells: Cells, tags: int) -> Tally:
    """Count the answers about each tag of each item.

    Parameters
    ----------
    cells
        The cells, in their order.
    tags
        How many tags there are.
    """
    pair = cells.item.astype(np.int64) * tags + cells.tag
    differs = np.diff(pair, prepend=-1) != 0
    start = np.flatnonzero(differs | (np.diff(cells.kind, prepend=np.int8(-1)) != 0))
    count = np.diff(start, append=len(pair))
    yes = np.add.reduceat(cells.yes, start, dtype=np.int64) if len(start) else start
    last = np.diff(pair[start], append=-1) != 0
    start = start[last]
    return Tally(pair[start], cells.kind[start], start, count[last], yes[last])


@dataclass(frozen=True)
class _Votes:
    """The numbers of votes of some pairs, and what decides with them."""

    yes: NDArray[np.int64]
    no: NDArray[np.int64]
    quorum: int
    confidence: float
    probability: NDArray[np.float64]

    @property
    def are_enough(self) -> Mask:
        return self.yes + self.no >= self.quorum


def _unanimous(votes: _Votes) -> tuple[Mask, Mask]:
    return votes.are_enough & (votes.no == 0), votes.are_enough & (votes.yes == 0)


def _majority(votes: _Votes) -> tuple[Mask, Mask]:
    return votes.are_enough & (votes.yes > votes.no), votes.are_enough & (votes.no > votes.yes)


def _quorum(votes: _Votes) -> tuple[Mask, Mask]:
    return (
        (votes.yes >= votes.quorum) & (votes.yes > votes.no),
        (votes.no >= votes.quorum) & (votes.no > votes.yes),
    )


def _never(votes: _Votes) -> tuple[Mask, Mask]:
    nothing = np.zeros(len(votes.yes), bool)
    return nothing, nothing


def _likely(votes: _Votes) -> tuple[Mask, Mask]:
    sure = votes.probability
    return (
        votes.are_enough & (sure >= votes.confidence),
        votes.are_enough & (1 - sure >= votes.confidence),
    )


@dataclass(frozen=True)
class Policy:
    """A policy.

    Attributes
    ----------
    name
        Its name in params.yaml.
    meaning
        When it decides, as the end of a sentence.
    decides
        From votes to where they say yes, and where they say no.
    """

    name: PolicyName
    meaning: str
    decides: Callable[[_Votes], tuple[Mask, Mask]]


POLICIES = (
    Policy("unanimous", "all who answered say the same", _unanimous),
    Policy("majority", "more than half of those who answered say so", _majority),
    Policy("quorum", "at least `quorum` say so, and fewer the opposite", _quorum),
    Policy("adjudicated", "somebody adjudicated; votes alone never decide", _never),
    Policy("dawid-skene", "its probability is at least `confidence`", _likely),
)
_BY_NAME = {str(policy.name): policy for policy in POLICIES}


def decide(
    counted: Tally, cells: Cells, by: NDArray[np.int32], settings: AnnotateParams
) -> NDArray[np.int8]:
    """What follows for each tag of each item.

    Adjudicators decide as annotators do, but for the quorum: unanimously, or by majority where that
    is the policy.

    Parameters
    ----------
    counted, cells
        The answers, and their numbers.
    by
        Shape (cells,): who answered.
    settings
        The policy.

    Returns
    -------
    ndarray
        Shape (pairs,): `NO`, `YES`, `SUGGESTED` or `DISPUTED`.
    """
    votes = counted.kind == VOTES
    chances = np.zeros(len(counted.pair))
    if settings.policy == "dawid-skene":
        chances[votes] = _probabilities(counted, cells, by, votes)
    among = _majority if settings.policy == "majority" else _unanimous
    policy = _BY_NAME[settings.policy].decides
    outcome = np.where((counted.yes > 0) & (counted.no > 0), DISPUTED, SUGGESTED).astype(np.int8)
    for chosen, quorum, decides in (
        (votes, settings.quorum, policy),
        (counted.kind > VOTES, 1, among),
    ):
        of = _Votes(
            counted.yes[chosen], counted.no[chosen], quorum, settings.confidence, chances[chosen]
        )
        is_yes, is_no = decides(of)
        outcome[chosen] = np.where(is_yes, YES, np.where(is_no, NO, outcome[chosen]))
    outcome[counted.kind == SUGGESTIONS] = SUGGESTED
    return outcome


def _probabilities(
    counted: Tally, cells: Cells, by: NDArray[np.int32], votes: Mask
) -> NDArray[np.float64]:
    """What Dawid and Skene's model makes of the votes of those pairs that votes decide."""
    count = counted.count[votes]
    start = np.cumsum(count) - count
    indexes = np.repeat(counted.start[votes] - start, count) + np.arange(int(count.sum()))
    return probabilities(by[indexes], cells.yes[indexes], start)
