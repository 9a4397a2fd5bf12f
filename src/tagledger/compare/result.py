"""The result of a comparison: everything that changed from one version to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tagledger.compare.causes import CAUSES
from tagledger.compare.renames import Rename
from tagledger.layers import Layer
from tagledger.measures.imbalance import Imbalance


@dataclass(frozen=True)
class ItemChanges:
    """Numbers of items, in every layer those of the clean tables: b = a + added - removed.

    Attributes
    ----------
    a, b
        Clean items of each version.
    added, removed, kept
        Those that only B has, that only A has, and that both have.
    relabelled, text_changed
        Kept items whose labelset in the layer differs; whose title or description differs.
    entered, dropped
        Kept items that have labels of the layer in B only; in A only. All are relabelled.
    layer_a, layer_b
        The layer's own sizes: items with a label of the layer. B has as many as A, and `entered`
        less `dropped`, and the added less the removed that have labels of the layer.
    """

    a: int
    b: int
    added: int
    removed: int
    kept: int
    relabelled: int
    text_changed: int
    entered: int
    dropped: int
    layer_a: int
    layer_b: int


@dataclass(frozen=True)
class LabelChanges:
    """Numbers of labels of the layer.

    `added`, `removed` and `kept` are of kept items, also of those that entered or dropped;
    `came` of added items and `left` of removed ones.
    """

    a: int
    b: int
    added: int
    removed: int
    kept: int
    came: int
    left: int


@dataclass(frozen=True)
class Distance:
    """A distance of the two tag distributions, beside what chance alone would make of it.

    Attributes
    ----------
    value
        The distance; nan where a version has no labels.
    no_change_95
        Its 95 % quantile between two samples of these sizes from the pooled items.
    tag
        The tag where it is largest, for L-infinity.
    """

    value: float
    no_change_95: float
    tag: str | None = None

    @property
    def beyond_chance(self) -> bool:
        """Whether it is larger than chance alone would make it."""
        return self.value > self.no_change_95


@dataclass(frozen=True)
class Comparison:
    """Everything that changed from A to B.

    Attributes
    ----------
    a, b, layer
        What was compared.
    items, labels
        The counts.
    tags
        One row per tag of A or B, most changed first: tag, count_a, count_b, change, presence_a,
        presence_b (share of clean items), share_a, share_b (of labels), lost, gained (on kept
        items), q_kept (exact paired test on kept items), q_rest (two proportions, on added and
        removed items), both after Benjamini-Hochberg, effect (Cohen's h of presence, B against A),
        decision_a, decision_b, crossed ("threshold" or "taxonomy_or_list" where a decision of the
        filter, not the data, shows the tag in one version and hides it in the other: it is not
        tested; else empty).
    changes
        One row per label gained or lost, by id and tag: id, tag, change (gained, lost), items
        (kept, came, left) and cause; all but the id are categories.
    causes
        One row per cause: cause, gained, lost, in the order of the pipeline; they add up to the
        change of the labels.
    renames
        Renames, merges and splits of tags in the labels before the filter, of which at least one
        tag is in the layer.
    hidden
        The tags that `renames` led to and that the filter of B takes away, with its decision.
    moved
        One row per pair of splits that kept items moved between: split_a, split_b, items.
    text_changed
        Ids of kept items whose title or description changed.
    relabelled
        Columns id and title (in B's clean table, as `tagledger.titles` shows it) of the relabelled
        items, by id.
    steady
        Columns id and tag: the labels that relabelled items have in both versions.
    distances
        By name.
    imbalance_a, imbalance_b
        The imbalance measures.
    pairs
        The co-occurring pairs that changed most: tag_1, tag_2, count_a, count_b, change.
    """

    a: str
    b: str
    layer: Layer
    items: ItemChanges
    labels: LabelChanges
    tags: pd.DataFrame
    changes: pd.DataFrame
    causes: pd.DataFrame
    renames: Sequence[Rename]
    hidden: dict[str, str]
    moved: pd.DataFrame
    text_changed: Sequence[Any]
    relabelled: pd.DataFrame
    steady: pd.DataFrame
    distances: dict[str, Distance]
    imbalance_a: Imbalance
    imbalance_b: Imbalance
    pairs: pd.DataFrame

    def relabelled_items(self) -> pd.DataFrame:
        """Each relabelled item: id, title, before and after (lists of tags), changes.

        `changes` is a list of (tag, "gained" or "lost", cause), by tag.
        """
        ids = pd.Index(self.relabelled["id"])
        kept = self.changes[self.changes["items"] == "kept"]

        def by_item(labels: pd.DataFrame, values: list[Any]) -> NDArray[np.object_]:
            """Values of labels, which are sorted by id, as a list for each item."""
            ends = np.cumsum(np.bincount(ids.get_indexer(labels["id"]), minlength=len(ids)))
            cells = np.empty(len(ids), dtype=object)
            for item, (start, end) in enumerate(pairwise([0, *ends.tolist()])):
                cells[item] = values[start:end]
            return cells

        def tags(change: str) -> NDArray[np.object_]:
            labels = pd.concat([self.steady, kept.loc[kept["change"] == change, ["id", "tag"]]])
            labels = labels.sort_values(["id", "tag"])
            return by_item(labels, _names(labels["tag"]))

        columns = (_names(kept[name]) for name in ("tag", "change", "cause"))
        return self.relabelled.assign(
            before=tags("lost"),
            after=tags("gained"),
            changes=by_item(kept, list(zip(*columns, strict=True))),
        )

    def tag_causes(self) -> pd.DataFrame:
        """Why the labels of each tag came and went: tag, cause, gained, lost.

        By tag, then in the order of the pipeline. Gained less lost of a tag's causes add up to
        its `change` in `tags`.
        """
        tag, cause = self.changes["tag"].cat, self.changes["cause"].cat
        width = len(CAUSES)
        place = tag.codes.to_numpy(np.int64) * width + cause.codes.to_numpy()
        gained = (self.changes["change"] == "gained").to_numpy(bool)
        size = len(tag.categories) * width
        counts = [np.bincount(place[rows], minlength=size) for rows in (gained, ~gained)]
        found = np.flatnonzero(counts[0] + counts[1])
        names, causes = tag.categories.to_numpy(object), cause.categories.to_numpy(object)
        return pd.DataFrame(
            {
                "tag": pd.Series(names[found // width], dtype="str"),
                "cause": pd.Series(causes[found % width], dtype="str"),
                "gained": counts[0][found],
                "lost": counts[1][found],
            }
        )

    @property
    def train_to_test(self) -> int:
        """Items that were in the split `train` of A and are in `test` of B: an alarm of its own."""
        moved = self.moved
        rows = moved[(moved["split_a"] == "train") & (moved["split_b"] == "test")]
        return int(rows["items"].sum())


def _names(column: pd.Series) -> list[str]:
    names = column.cat.categories.to_numpy(object)
    return [str(name) for name in names[column.cat.codes.to_numpy()]]
