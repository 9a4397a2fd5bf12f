"""How unlike the texts of one group are, and groups cut where chaining went too far.

Groups of near duplicates are connected components, which is single linkage: A and C share a group
when both resemble B. Boilerplate makes long chains ("runtime library for ..."), whose ends have
little in common. `least_similarities` measures this, `cut_chains` limits it by complete linkage
(Sørensen 1948; Defays, *An efficient algorithm for a complete link method*, The Computer Journal
20, 1977): the two clusters whose least alike members are most alike are joined first, and none
are joined whose least alike members resemble each other less than the limit.

All pairs of a group are looked at if it has at most `ALL_PAIRS` distinct texts. The limit holds
for larger groups as well, by the triangle inequality of the Jaccard distance (Kosub, *A note on
the triangle inequality for the Jaccard distance*, Pattern Recognition Letters 120, 2019): two
texts of similarity (1 + s) / 2 or more to a third have one of s or more to each other.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tagledger.cleaning.grams import GramSets, grams, word_strings

ALL_PAIRS = 1_000
"""Distinct texts of a group whose pairs are all looked at; of larger groups, each text and so
many that follow it in the order of the texts."""


def least_similarities(
    texts: pa.Array | pa.ChunkedArray, groups: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The Jaccard similarity of the two least alike texts of each group.

    Parameters
    ----------
    texts
        Shape (items,), string or large_string.
    groups
        Shape (items,): the group of each text.

    Returns
    -------
    NDArray[np.float64]
        Shape (distinct groups,), in ascending order of `groups`; 1 for a group of equal texts.
        Exact for groups of at most `ALL_PAIRS` distinct texts; for larger ones the least of the
        pairs that are looked at, so that the true least can be lower and never higher.
    """
    names, group = np.unique(groups, return_inverse=True)
    encoded = pc.fill_null(word_strings(texts), "").dictionary_encode()
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    code = rank[encoded.indices.to_numpy()]
    distinct = np.unique(group * max(len(order), 1) + code)
    group, code = np.divmod(distinct, max(len(order), 1))
    least = np.ones(len(names))
    if len(distinct):
        sets = GramSets(*grams(encoded.dictionary.take(pa.array(order))))
        for left, right in _pairs(group):
            np.minimum.at(least, group[left], sets.jaccard(code[left], code[right]))
    return least


def cut_chains(component: NDArray[np.int64], sets: GramSets, least: float) -> NDArray[np.int64]:
    """Divide components until no two texts of one are less similar than `least`.

    Parameters
    ----------
    component
        Shape (texts,): the component of each text, named by its first member. The texts are
        distinct, and in an order that depends on them alone: it decides between equal pairs.
    sets
        The texts' sets of grams.
    least
        Least Jaccard similarity of any two texts that stay together.

    Returns
    -------
    NDArray[np.int64]
        Shape (texts,): each part of a component, named by its first member. A component that
        keeps to the limit is left as it is.
    """
    order = np.argsort(component, kind="stable")
    name = component[order]
    alike = np.ones(len(component))
    for left, right in _pairs(name):
        np.minimum.at(alike, name[left], sets.jaccard(order[left], order[right]))
    large = np.bincount(component, minlength=len(component)) > ALL_PAIRS
    part_of = component.copy()
    for one in np.flatnonzero((alike < least) | large):
        for part in _parts(np.flatnonzero(component == one), sets, least):
            part_of[part] = part[0]
    return part_of


def _pairs(name: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Places (left, right) of equal names in a sorted array, at most `ALL_PAIRS` - 1 apart."""
    left = np.arange(len(name))
    for step in range(1, ALL_PAIRS):
        left = left[left + step < len(name)]
        left = left[name[left] == name[left + step]]
        if not len(left):
            return
        yield left, left + step


def _parts(members: NDArray[np.int64], sets: GramSets, least: float) -> Iterator[NDArray[np.int64]]:
    """The parts of one component, each ascending.

    Of a large component those go together that are near to the first text, as near as the
    triangle inequality asks for; the others are taken `ALL_PAIRS` at a time.
    """
    if len(members) > ALL_PAIRS:
        first = np.full(len(members), members[0])
        near = sets.jaccard(first, members) >= (1 + least) / 2
        yield members[near]
        members = members[~near]
    for start in range(0, len(members), ALL_PAIRS):
        yield from _complete_linkage(members[start : start + ALL_PAIRS], sets, least)


def _complete_linkage(
    members: NDArray[np.int64], sets: GramSets, least: float
) -> Iterator[NDArray[np.int64]]:
    """Clusters of which no two members are less similar than `least`."""
    if len(members) == 1:
        yield members
        return
    from scipy.cluster.hierarchy import fcluster, linkage  # takes long to load, rarely needed

    left, right = np.triu_indices(len(members), k=1)
    similarity = sets.jaccard(members[left], members[right])
    # A pair under the limit is further apart than all others, so that the cut never joins it.
    distance = np.where(similarity >= least, 1 - similarity, 2.0)
    group = fcluster(linkage(distance, "complete"), t=1.0, criterion="distance")
    for number in np.unique(group):
        yield members[group == number]
