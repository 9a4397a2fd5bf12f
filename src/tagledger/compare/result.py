"""The result of a comparison: everything that changed from one version to another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tagledger.compare.absorbed import Absorbed
from tagledger.compare.cause_table import CAUSES
from tagledger.compare.people import no_people, no_tag_changes
from tagledger.compare.renames import Rename
from tagledger.compare.shared_imbalance import SharedImbalance
from tagledger.layers import Layer
from tagledger.measures.imbalance import Imbalance

_ORDER = {cause: index for index, cause in enumerate(CAUSES)}


@dataclass(frozen=True)
class ItemChanges:
    """Numbers of items: b = a + added - removed. In every layer these are the clean items.

    Attributes
    ----------
    a, b
        Clean items of each version.
    added, removed, kept
        Items that only B has, that only A has, and that both have.
    relabelled, renamed
        Kept items whose labelset in the layer differs: by more than renames, merges and splits of
        tags explain, and by no more.
    text_changed
        Kept items whose title or description differs.
    entered, dropped
        Kept items that have labels of the layer in B only; in A only. All are relabelled.
    layer_a, layer_b
        Items with a label of the layer. layer_b = layer_a + entered - dropped + those of the added
        items - those of the removed items that have a label of the layer.
    """

    a: int
    b: int
    added: int
    removed: int
    kept: int
    relabelled: int
    renamed: int
    text_changed: int
    entered: int
    dropped: int
    layer_a: int
    layer_b: int


@dataclass(frozen=True)
class LabelChanges:
    """Numbers of labels of the layer.

    a = kept + removed + renamed + left, and b = kept + added + renamed_to + came.

    Attributes
    ----------
    a, b
        Labels of each version.
    added, removed, kept
        Labels of kept items, also of items that entered or dropped, that only B has, that only A
        has, and that both have; without those that a rename explains.
    renamed, renamed_to
        Labels of kept items that went over into others by a rename, merge or split of tags, and
        those that took their place: as many, but where an item had two of the tags that became one,
        or has two of those that one became.
    came, left
        Labels of added items; of removed items.
    """

    a: int
    b: int
    added: int
    removed: int
    renamed: int
    renamed_to: int
    kept: int
    came: int
    left: int


@dataclass(frozen=True)
class Distance:
    """A distance between the two tag distributions, and the distance that chance alone gives.

    Attributes
    ----------
    value
        The distance; nan where a version has no labels.
    no_change_95
        Its 95 % quantile if the changes had no direction: each relabelled item could as well have
        been relabelled the other way, and the items that came and left are a random pick. Where no
        item is in both versions, that between two samples of these sizes from the pooled items.
    tag
        The tag where it is largest, for L-infinity.
    """

    value: float
    no_change_95: float
    tag: str | None = None

    @property
    def beyond_chance(self) -> bool:
        """Whether the distance is larger than chance alone explains."""
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
        items), effect (Cohen's h of presence, B against A), decision_a, decision_b, crossed
        ("threshold" or "taxonomy_or_list" where the filter keeps the tag in one version only, so
        that a parameter and not the data changed it: such a tag is not tested; else empty), kind
        (of `tag_kinds.KINDS`: why one version alone has it; else empty), and the columns of
        `tag_statistics`. Tags of one rename are tested as one class, which an item has if it has
        one of them: their statistics and effect are those of the class.
    unseen
        Columns tag, kind (new, gone, retired, restored) and count: tags that came or went,
        and that the filter shows in neither version. No rows in the other layers.
    absorbed
        Tags that may have gone into another, as labels cannot show, before the filter.
    changes
        One row per label gained or lost, by id and tag: id, tag, change (gained, lost), items
        (kept, came, left) and cause; all but the id are categories.
    causes
        One row per cause: cause, gained, lost, in the order of the pipeline; they add up to the
        change of the labels.
    renames
        Renames, merges and splits of tags in the labels before the filter, of which at least one
        tag is in the layer.
    not_kept
        The new tags of `renames` that the filter of B does not keep, with its decision.
    moved
        One row per pair of splits that kept items moved between: split_a, split_b, items.
    text_changed
        Ids of kept items whose title or description changed.
    relabelled
        Columns id and title (in B's clean table, as `tagledger.titles` shows it) of the relabelled
        items, by id.
    kept_labels
        Columns id and tag: the labels that relabelled items have in both versions.
    distances
        By name.
    imbalance_a, imbalance_b
        The imbalance measures, of all tags that each version has.
    shared
        The same over the tags that both have, which alone can be compared.
    pairs
        The co-occurring pairs that changed most: tag_1, tag_2, count_a, count_b, change.
    people
        One row for each change of `changes` that people's answers, or events of tags, stand
        behind: row (its index there), by (names, with spaces between), events (their ids,
        likewise), lapsed (whether answers of A decided on the label, and none count in B).
    tag_changes
        Changes of tags by events that one version alone has: tag, to (empty: retired), act, by,
        event.
    campaigns
        The campaign of each event of `people` that was found and that has one, by the event's id.
    unfound
        How many events of `people` were looked for and not found.
    newer_first
        Whether A is the newer of the two versions; None where the order is not known.
    sources
        The sources of A and B; None where a version does not say.
    """

    a: str
    b: str
    layer: Layer
    items: ItemChanges
    labels: LabelChanges
    tags: pd.DataFrame
    unseen: pd.DataFrame
    absorbed: Sequence[Absorbed]
    changes: pd.DataFrame
    causes: pd.DataFrame
    renames: Sequence[Rename]
    not_kept: dict[str, str]
    moved: pd.DataFrame
    text_changed: Sequence[Any]
    relabelled: pd.DataFrame
    kept_labels: pd.DataFrame
    distances: dict[str, Distance]
    imbalance_a: Imbalance
    imbalance_b: Imbalance
    shared: SharedImbalance
    pairs: pd.DataFrame
    people: pd.DataFrame = field(default_factory=no_people)
    tag_changes: pd.DataFrame = field(default_factory=no_tag_changes)
    campaigns: Mapping[str, str] = field(default_factory=dict)
    unfound: int = 0
    newer_first: bool | None = None
    sources: tuple[str | None, str | None] = (None, None)

    def relabelled_items(self) -> pd.DataFrame:
        """Each relabelled item: id, title, before and after (lists of tags), changes.

        `changes` is a list of (tag, "gained" or "lost", cause), by tag, without renamed labels.
        """
        ids = pd.Index(self.relabelled["id"])
        kept = self.changes[(self.changes["items"] == "kept") & self.changes["id"].isin(ids)]
        edits = kept[kept["cause"] != "renamed"]

        def by_item(labels: pd.DataFrame, values: list[Any]) -> NDArray[np.object_]:
            """Values of labels, which are sorted by id, as a list for each item."""
            ends = np.cumsum(np.bincount(ids.get_indexer(labels["id"]), minlength=len(ids)))
            cells = np.empty(len(ids), dtype=object)
            for item, (start, end) in enumerate(pairwise([0, *ends.tolist()])):
                cells[item] = values[start:end]
            return cells

        def tags(change: str) -> NDArray[np.object_]:
            labels = pd.concat(
                [self.kept_labels, kept.loc[kept["change"] == change, ["id", "tag"]]]
            )
            labels = labels.sort_values(["id", "tag"])
            return by_item(labels, _names(labels["tag"]))

        columns = (_names(edits[name]) for name in ("tag", "change", "cause"))
        return self.relabelled.assign(
            before=tags("lost"),
            after=tags("gained"),
            changes=by_item(edits, list(zip(*columns, strict=True))),
        )

    def annotators(self) -> pd.DataFrame:
        """How many labels each person is behind, by cause: cause, name, gained, lost.

        In the order of the pipeline, most labels first. A label of several people counts for each.
        """
        return self._behind([names.split() for names in self.people["by"]])

    def lapsed(self, cause: str, *, kept: bool = False) -> int:
        """Labels of a cause that changed as answers no longer count; `kept`: of kept items only."""
        rows = self.changes.iloc[self.people.loc[self.people["lapsed"], "row"].to_numpy()]
        chosen = rows["cause"] == cause
        return int((chosen & (rows["items"] == "kept") if kept else chosen).sum())

    def people_of_labels(self) -> dict[tuple[Any, str], list[str]]:
        """Who is behind the change of each label of an item, where somebody is: by id and tag."""
        rows = self.changes.iloc[self.people["row"].to_numpy()]
        labels = zip(rows["id"], rows["tag"].astype("str"), strict=True)
        return dict(zip(labels, (by.split() for by in self.people["by"]), strict=True))

    def behind(self) -> pd.DataFrame:
        """Who is behind each change of `changes`: by and campaigns, lists of names as text.

        Names have commas between them; empty where nobody is behind a change.
        """
        rows = self.people["row"].to_numpy()
        campaigns = [", ".join(names) for names in self._campaigns_of_people()]
        columns = {"by": self.people["by"].str.replace(" ", ", "), "campaigns": campaigns}
        texts = {}
        for name, values in columns.items():
            cells = np.full(len(self.changes), "", object)
            cells[rows] = np.asarray(values, object)
            texts[name] = pd.Series(cells, dtype="str")
        return pd.DataFrame(texts)

    def of_campaigns(self) -> pd.DataFrame:
        """How many labels answers of each campaign are behind; columns as of `annotators`."""
        return self._behind(self._campaigns_of_people())

    def _campaigns_of_people(self) -> list[list[str]]:
        """The campaigns of each row of `people`."""
        campaign_of = self.campaigns
        return [
            sorted({campaign_of[event] for event in events.split() if event in campaign_of})
            for events in self.people["events"]
        ]

    def _behind(self, names: Sequence[Sequence[str]]) -> pd.DataFrame:
        rows = self.changes.iloc[self.people["row"].to_numpy()]
        counts: dict[tuple[str, str], Counter[str]] = {}
        for cause, change, of_row in zip(rows["cause"], rows["change"], names, strict=True):
            for name in of_row:
                counts.setdefault((cause, name), Counter())[change] += 1
        order = sorted(counts, key=lambda key: (_ORDER[key[0]], -counts[key].total(), key[1]))
        return pd.DataFrame(
            {
                "cause": pd.Series([cause for cause, _ in order], dtype="str"),
                "name": pd.Series([name for _, name in order], dtype="str"),
                "gained": pd.Series([counts[key]["gained"] for key in order], dtype="int64"),
                "lost": pd.Series([counts[key]["lost"] for key in order], dtype="int64"),
            }
        )

    def tag_causes(self) -> pd.DataFrame:
        """Why labels of each tag were gained and lost: tag, cause, gained, lost.

        Sorted by tag, then in the order of the pipeline. Gained minus lost, over all causes of a
        tag, is its `change` in `tags`.
        """
        tag, cause = self.changes["tag"].cat, self.changes["cause"].cat
        width = len(CAUSES)
        cell = tag.codes.to_numpy(np.int64) * width + cause.codes.to_numpy()
        gained = (self.changes["change"] == "gained").to_numpy(bool)
        size = len(tag.categories) * width
        counts = [np.bincount(cell[rows], minlength=size) for rows in (gained, ~gained)]
        filled = np.flatnonzero(counts[0] + counts[1])
        names, causes = tag.categories.to_numpy(object), cause.categories.to_numpy(object)
        return pd.DataFrame(
            {
                "tag": pd.Series(names[filled // width], dtype="str"),
                "cause": pd.Series(causes[filled % width], dtype="str"),
                "gained": counts[0][filled],
                "lost": counts[1][filled],
            }
        )

    @property
    def renamed_tags(self) -> set[str]:
        """The old and new tags of all renames, merges and splits."""
        return {tag for rename in self.renames for tag in (*rename.before, *rename.after)}

    def tags_of_kind(self, kind: str) -> list[str]:
        """The tags of a kind of `tag_kinds.KINDS`, most items first."""
        tags = self.tags[self.tags["kind"] == kind]
        if tags.empty:  # as those of most kinds
            return []
        order = np.argsort(-tags[["count_a", "count_b"]].max(axis="columns"), kind="stable")
        return [str(tag) for tag in tags["tag"].take(order)]

    @property
    def train_to_test(self) -> int:
        """Items that were in the split `train` of A and are in the split `test` of B."""
        moved = self.moved
        rows = moved[(moved["split_a"] == "train") & (moved["split_b"] == "test")]
        return int(rows["items"].sum())


def _names(column: pd.Series) -> list[str]:
    names = column.cat.categories.to_numpy(object)
    return [str(name) for name in names[column.cat.codes.to_numpy()]]
