"""Agreement on each tag: raw, beyond chance, and how many items have it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from tagledger.agreement.answers import Answers, Ints
from tagledger.agreement.coefficients import coefficients, cohen
from tagledger.agreement.pairs import Overlap

if TYPE_CHECKING:
    import scipy.sparse as sp


@dataclass(frozen=True)
class TagAgreement:
    """How far people agree that items have a tag, where several were asked.

    Attributes
    ----------
    tag
        The tag.
    items, differing
        Items about which several people were asked for the tag, and those of them on which they
        differ.
    answers
        Their answers.
    prevalence
        The share of the answers that give an item the tag, the mean over the items.
    agreement
        Raw agreement: the share of pairs of answers that agree, the mean over the items.
    kappa, coefficient
        Cohen's kappa where the same two people answered all these items, else Fleiss'; nan where
        nobody, or everybody, gives any item the tag.
    ac1
        Gwet's AC1, which a rare tag does not make small.
    """

    tag: str
    items: int
    differing: int
    answers: int
    prevalence: float
    agreement: float
    kappa: float
    coefficient: Literal["cohen", "fleiss"]
    ac1: float


def by_tag(overlap: Overlap) -> list[TagAgreement]:
    """Agreement on each tag that several people were asked about an item, by tag."""
    of_two = _of_two(overlap)
    return [
        _tag_agreement(overlap.answers.tags[tag], asked, yes, of_two.get(tag))
        for tag, asked, yes in _counts(overlap.answers)
    ]


def _tag_agreement(tag: str, asked: Ints, yes: Ints, kappa: float | None) -> TagAgreement:
    measured = coefficients(np.column_stack([asked - yes, yes]))
    return TagAgreement(
        tag=str(tag),
        items=len(asked),
        differing=int(((yes > 0) & (yes < asked)).sum()),
        answers=int(asked.sum()),
        prevalence=float((yes / asked).mean()),
        agreement=measured.agreement,
        kappa=measured.fleiss if kappa is None else kappa,
        coefficient="fleiss" if kappa is None else "cohen",
        ac1=measured.ac1,
    )


def _counts(answers: Answers) -> Iterator[tuple[int, Ints, Ints]]:
    """Each tag with its items of several answers: the answers to each, and those that say yes."""
    import scipy.sparse as sp

    number = len(answers)
    cells = (answers.item, np.arange(number))
    of_item = sp.csr_array((np.ones(number, np.int32), cells), shape=(len(answers.items), number))
    asked = sp.csc_array(of_item @ answers.asked_sets[answers.asked])
    yes = sp.csc_array(of_item @ answers.yes)
    for matrix in (asked, yes):
        matrix.sort_indices()
    for tag in range(len(answers.tags)):
        column = slice(*asked.indptr[tag : tag + 2])
        items, counts = asked.indices[column], asked.data[column].astype(np.int64)
        column = slice(*yes.indptr[tag : tag + 2])
        given = np.zeros(len(items), np.int64)
        given[np.searchsorted(items, yes.indices[column])] = yes.data[column]
        several = counts > 1
        if several.any():
            yield tag, counts[several], given[several]


def _of_two(overlap: Overlap) -> dict[int, float]:
    """Cohen's kappa of the tags that the same two people answered wherever several did."""
    import scipy.sparse as sp

    answers, pairs = overlap.answers, overlap.pairs
    sets = answers.asked_sets
    people = answers.person[pairs.first] * len(answers.people) + answers.person[pairs.second]
    asked = answers.asked[pairs.first] * max(sets.shape[0], 1) + answers.asked[pairs.second]
    rows = np.unique(np.column_stack([people, asked]), axis=0, return_index=True)[1]
    who, row = np.unique(people[rows], return_inverse=True)
    ones = np.ones(len(rows), np.int32)
    cells = (row.reshape(-1), np.arange(len(rows)))
    asked_by = sp.csr_array((ones, cells), shape=(len(who), len(rows))) @ _common(overlap, rows)
    number = np.bincount(asked_by.indices, minlength=len(answers.tags))
    kappas: dict[int, float] = {}
    for at, two in enumerate(who):
        tags = asked_by.indices[slice(*asked_by.indptr[at : at + 2])]
        tags = tags[number[tags] == 1]
        if len(tags):
            kappas |= zip(tags.tolist(), _cohen(overlap, people == two, tags), strict=True)
    return kappas


def _common(overlap: Overlap, rows: Ints) -> sp.csr_array:
    """Of some pairs of answers, the tags that both were asked: shape (pairs, tags)."""
    answers, pairs = overlap.answers, overlap.pairs
    sides = (answers.asked_sets[answers.asked[side[rows]]] for side in (pairs.first, pairs.second))
    common: sp.csr_array = next(sides).multiply(next(sides)).tocsr()
    return common


def _cohen(overlap: Overlap, of_two: NDArray[np.bool_], tags: Ints) -> Iterator[float]:
    """Cohen's kappa of some tags, from the pairs of answers of two people."""
    rows = np.flatnonzero(of_two)
    common = _common(overlap, rows)[:, tags]
    sides = [
        overlap.answers.yes[side[rows]][:, tags].multiply(common).tocsr()
        for side in (overlap.pairs.first, overlap.pairs.second)
    ]
    every = (common, *sides, sides[0].multiply(sides[1]))
    sums = [np.asarray(part.sum(axis=0)).reshape(-1) for part in every]
    for items, first, second, both in zip(*sums, strict=True):
        yield cohen(int(items), int(first), int(second), int(both))
