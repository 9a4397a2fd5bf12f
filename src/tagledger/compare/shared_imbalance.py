"""Imbalance over the tags that both versions have: a tag that went makes no version more even."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tagledger.compare.renames import Rename
from tagledger.labels import Indicator
from tagledger.layers import Layer
from tagledger.measures.imbalance import Imbalance, measure
from tagledger.measures.table import Measure

Columns = NDArray[np.int64]


@dataclass(frozen=True)
class SharedImbalance:
    """The measures of two versions over the tags that both have.

    Attributes
    ----------
    tags
        Tags that both versions have; a renamed tag is one.
    tags_a, tags_b
        Tags of each version.
    a, b
        The measures over the tags that both have, and over the items that have one of these.
    """

    tags: int
    tags_a: int
    tags_b: int
    a: Imbalance
    b: Imbalance

    @property
    def comparable(self) -> bool:
        """Whether the shared tags are at least two, and half of the tags of either version.

        How evenly three tags of 23 are used says nothing of the other twenty.
        """
        return self.tags >= 2 and 2 * self.tags >= max(self.tags_a, self.tags_b)

    def change(self, measure: Measure) -> float:
        """How much a measure changed, B less A; nan where it is not comparable."""
        return measure.of(self.b) - measure.of(self.a) if self.comparable else float("nan")


class Measured(NamedTuple):
    """The measures of two versions: each over all of its tags, and both over the shared ones."""

    a: Imbalance
    b: Imbalance
    shared: SharedImbalance


def measured(a: Indicator, b: Indicator, renames: Sequence[Rename], layer: Layer) -> Measured:
    """Measure two versions, whose columns are the same tags.

    Parameters
    ----------
    a, b
        The labels of each version, over the tags of both.
    renames
        Renames between the two: of a tag that was renamed to one other, both names are one tag.
    layer
        In the filtered layer, items without a label do not count.
    """
    counts_a, counts_b = a.counts, b.counts
    used_a, used_b = np.flatnonzero(counts_a), np.flatnonzero(counts_b)
    both = np.intersect1d(used_a, used_b)
    column = {str(tag): number for number, tag in enumerate(a.tags)}
    renamed = [
        (column[one.before[0]], column[one.after[0]])
        for one in renames
        if one.kind == "rename" and {*one.before, *one.after} <= column.keys()
    ]
    # Each name in its own version only: else one of them is among `both`.
    renamed = [
        (before, after)
        for before, after in renamed
        if counts_a[before] and counts_b[after] and not counts_b[before] and not counts_a[after]
    ]
    shared_a, shared_b = (
        np.sort(np.concatenate([both, np.array([pair[side] for pair in renamed], np.int64)]))
        for side in (0, 1)
    )
    whole_a, whole_b = _measure(a, used_a, layer), _measure(b, used_b, layer)
    shared = SharedImbalance(
        tags=len(shared_a),
        tags_a=len(used_a),
        tags_b=len(used_b),
        # All tags shared, as most often: measured already.
        a=whole_a if len(shared_a) == len(used_a) else _measure(a, shared_a, layer),
        b=whole_b if len(shared_b) == len(used_b) else _measure(b, shared_b, layer),
    )
    return Measured(whole_a, whole_b, shared)


def _measure(version: Indicator, columns: Columns, layer: Layer) -> Imbalance:
    """Measure the labels of some tags, and if filtered, of labelled items only."""
    ids, matrix = version.ids, version.matrix[:, columns]
    if layer == "filtered":
        labelled = np.diff(matrix.indptr) > 0
        ids, matrix = ids[labelled], matrix[labelled]
    return measure(Indicator(ids=ids, tags=version.tags[columns], matrix=matrix))
