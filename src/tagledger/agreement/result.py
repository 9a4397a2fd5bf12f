"""How far the people of a dataset, or of a campaign, agree: all of it as one object."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tagledger.agreement.alpha import Alpha, alpha
from tagledger.agreement.answers import Answers, Ints, answers_of
from tagledger.agreement.confused import ConfusedTags, DisputedItem, confused_tags, disputed_items
from tagledger.agreement.each_tag import TagAgreement, by_tag
from tagledger.agreement.pairs import Overlap, overlap_of
from tagledger.agreement.people import AnnotatorPair, WithDecided, annotator_pairs, with_decided

MOST_ITEMS = 100
"""Disputed items that are named, the worst first."""


@dataclass(frozen=True)
class Annotator:
    """A person who answered.

    Attributes
    ----------
    by
        The name.
    items
        Items that the person answered.
    shared
        Those of them that somebody else answered too.
    """

    by: str
    items: int
    shared: int


@dataclass(frozen=True)
class Agreement:
    """How far people agree.

    Attributes
    ----------
    campaign
        The campaign whose answers were looked at; None: all answers.
    annotators
        Who answered, by name.
    alpha
        Agreement on labelsets beyond chance, in one number.
    tags
        Agreement on each tag, by tag.
    pairs
        Agreement of each two annotators, by name.
    confused
        Tags of which one stands where another person has the other, the surest first.
    disputed
        The number of items on which people differ.
    items
        The first `MOST_ITEMS` of them, the worst first.
    gold, adjudicated
        How far each annotator agrees with gold, and with what was adjudicated, by others.
    """

    campaign: str | None
    annotators: Sequence[Annotator]
    alpha: Alpha
    tags: Sequence[TagAgreement]
    pairs: Sequence[AnnotatorPair]
    confused: Sequence[ConfusedTags]
    disputed: int
    items: Sequence[DisputedItem]
    gold: Sequence[WithDecided]
    adjudicated: Sequence[WithDecided]

    @property
    def copies(self) -> list[AnnotatorPair]:
        """Annotators who agree everywhere: one may have copied the other's answers."""
        return [pair for pair in self.pairs if pair.may_be_a_copy]


def campaigns(votes: pd.DataFrame) -> list[str]:
    """The campaigns in which somebody gave labels, by name."""
    labels = votes.loc[votes["act"] == "label", "campaign"]
    return sorted(str(name) for name in labels.unique() if name)


def agreement(votes: pd.DataFrame, campaign: str | None = None) -> Agreement:
    """Measure how far people agree.

    Parameters
    ----------
    votes
        Columns item, tag, by, yes (bool), act and campaign: the latest of each person. What is
        `label` is compared with each other, and then with `gold` and `adjudicate`.
    campaign
        The campaign whose labels are looked at; by default all.
    """
    act = votes["act"]
    labels = votes[act == "label"]
    if campaign is not None:
        labels = labels[labels["campaign"] == campaign]
    answers = answers_of(labels)
    overlap = overlap_of(answers)
    items = disputed_items(overlap, MOST_ITEMS)
    return Agreement(
        campaign=campaign,
        annotators=_annotators(answers),
        alpha=alpha(overlap),
        tags=by_tag(overlap),
        pairs=annotator_pairs(overlap),
        confused=confused_tags(overlap),
        disputed=len(np.unique(_differing(overlap))),
        items=items,
        gold=with_decided(labels, votes[act == "gold"]),
        adjudicated=with_decided(labels, votes[act == "adjudicate"]),
    )


def _differing(overlap: Overlap) -> Ints:
    of_pair: Ints = overlap.answers.item[overlap.pairs.first]
    return of_pair[overlap.pairs.distance > 0]


def _annotators(answers: Answers) -> list[Annotator]:
    several = np.bincount(answers.item, minlength=len(answers.items)) > 1
    people = len(answers.people)
    items = np.bincount(answers.person, minlength=people)
    shared = np.bincount(answers.person[several[answers.item]], minlength=people)
    columns = zip(answers.people, items, shared, strict=True)
    return [Annotator(str(by), int(every), int(both)) for by, every, both in columns]
