"""`compare`: what changed between two versions, as one result object; others render it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import scipy.sparse as sp
from numpy.typing import NDArray

from tagledger.compare.absorbed import find_absorbed
from tagledger.compare.aligned import Aligned, align, realign
from tagledger.compare.annotations import differing_changes, said_pairs
from tagledger.compare.beyond_chance import beyond_chance
from tagledger.compare.cause_table import CAUSES
from tagledger.compare.causes import attribute
from tagledger.compare.evidence import Names
from tagledger.compare.overlay import RENAMED, Explained, overlay
from tagledger.compare.pairs import changed_pairs
from tagledger.compare.people import find_people, no_people, no_tag_changes
from tagledger.compare.renames import Rename, find_renames, tag_classes
from tagledger.compare.result import Comparison, Distance, ItemChanges, LabelChanges
from tagledger.compare.shared_imbalance import measured
from tagledger.compare.steps import Pipeline
from tagledger.compare.tag_kinds import tag_kinds, unseen
from tagledger.compare.tag_statistics import TagCounts, tag_statistics
from tagledger.errors import TagledgerError
from tagledger.layers import ANSWERED, Layer
from tagledger.measures import tag_tests
from tagledger.measures.distances import DISTANCES
from tagledger.tables import category
from tagledger.titles import shown_titles

__all__ = [
    "DISTANCES",
    "Comparison",
    "Distance",
    "ItemChanges",
    "LabelChanges",
    "Side",
    "compare",
]


@dataclass(frozen=True)
class Side:
    """One of the two versions, in one layer.

    Attributes
    ----------
    name
        Its name.
    items
        Columns id, title, description: the clean items, by ascending id, whatever the layer.
    labels
        Columns id and tag (category): their labels in the layer.
    all_labels
        The labels before the filter; in the other layers the same as `labels`.
    decisions
        Columns tag, count, decision: what the filter stage decided; no rows in an old version
        without decisions.
    assignments
        Columns id and split; no rows where the version has none.
    annotated_taxonomy
        The taxonomy after people's changes of tags: tag, aliases.
    pipeline
        The inputs and rules that made the labels.
    """

    name: str
    items: pd.DataFrame
    labels: pd.DataFrame
    all_labels: pd.DataFrame
    decisions: pd.DataFrame
    assignments: pd.DataFrame
    annotated_taxonomy: pd.DataFrame
    pipeline: Pipeline


def compare(a: Side, b: Side, layer: Layer = "filtered", *, permutations: int = 199) -> Comparison:
    """Compare two versions in one layer.

    An item is kept when the clean tables of both versions have it, in every layer. In the raw layer
    the labels are the source's, and the items still those of the clean table: a row that was set
    aside is not an item, so neither version has its labels.

    Parameters
    ----------
    a, b
        The earlier and the later version.
    layer
        The layer that both sides hold.
    permutations
        Draws behind each distance's no-change quantile.

    Returns
    -------
    Comparison

    Raises
    ------
    TagledgerError
        One version's ids are integers and the other's are text.
    """
    if _has_text_ids(a) != _has_text_ids(b):
        raise TagledgerError(
            f"the ids of {a.name} and {b.name} are of two kinds, integers and text",
            hint="give the sources one kind: `id_type: string` in their readings, then rebuild",
        )
    both = align(a.items["id"], a.labels, b.items["id"], b.labels)
    clean = realign(both, a.all_labels, b.all_labels) if layer == "filtered" else both
    names = _names(a, b, layer)
    renames = _renames(both, clean, names)
    explained = overlay(both, clean, renames, a.decisions, b.decisions)
    changes = _changes(both, a.pipeline, b.pipeline, layer, explained)
    renamed = changes["cause"].cat.codes.to_numpy() == RENAMED
    relabelled, only_renamed = _relabelled(both, renamed)
    text_changed = _text_changed(a.items, b.items, both.ids[both.kept])
    answered = layer in ANSWERED
    annotations = a.pipeline.annotations, b.pipeline.annotations
    classes = tag_classes(both.tags, renames)
    merged = both.merged(classes)
    of_tags = differing_changes(*annotations) if answered else no_tag_changes()
    retired = set(of_tags.loc[of_tags["to"] == "", "tag"])
    kinds = tag_kinds(both, clean, renames, a.decisions, b.decisions, retired=retired)
    imbalance_a, imbalance_b, shared = measured(both.version_a, both.version_b, renames, layer)
    return Comparison(
        a=a.name,
        b=b.name,
        layer=layer,
        items=_item_changes(
            both,
            relabelled=len(relabelled),
            renamed=only_renamed,
            text_changed=len(text_changed),
        ),
        labels=_label_changes(both, renamed),
        tags=_with_kinds(_tag_table(both, classes, a, b, layer), both.tags, kinds),
        unseen=unseen(both, clean, renames, retired),
        absorbed=find_absorbed(clean, renames, names),
        changes=changes,
        causes=_causes(changes),
        renames=renames,
        not_kept=_not_kept(renames, b, layer),
        moved=_moved(a.assignments, b.assignments),
        text_changed=list(text_changed),
        relabelled=_titles(b.items, both.ids[relabelled]),
        kept_labels=both.pairs(both.a[relabelled].multiply(both.b[relabelled]).tocsr(), relabelled),
        distances=beyond_chance(merged, permutations),
        imbalance_a=imbalance_a,
        imbalance_b=imbalance_b,
        shared=shared,
        pairs=changed_pairs(both, renamed),
        people=find_people(changes, *annotations) if answered else no_people(),
        tag_changes=of_tags,
    )


def _names(a: Side, b: Side, layer: Layer) -> Names:
    """What the taxonomies say of tags, and in layers with people's answers their events, too."""
    if layer not in ANSWERED:
        return Names.of(a.pipeline.taxonomy, b.pipeline.taxonomy)
    names = Names.of(a.annotated_taxonomy, b.annotated_taxonomy)
    return replace(names, events=said_pairs(a.pipeline.annotations, b.pipeline.annotations))


def _has_text_ids(side: Side) -> bool:
    return isinstance(side.items["id"].dtype, pd.StringDtype)


def _item_changes(
    both: Aligned, *, relabelled: int, renamed: int, text_changed: int
) -> ItemChanges:
    labelled_a, labelled_b = both.labelled_a, both.labelled_b
    return ItemChanges(
        a=int(both.in_a.sum()),
        b=int(both.in_b.sum()),
        added=int((both.in_b & ~both.in_a).sum()),
        removed=int((both.in_a & ~both.in_b).sum()),
        kept=int(both.kept.sum()),
        relabelled=relabelled,
        renamed=renamed,
        text_changed=text_changed,
        entered=int((both.kept & labelled_b & ~labelled_a).sum()),
        dropped=int((both.kept & labelled_a & ~labelled_b).sum()),
        layer_a=int(labelled_a.sum()),
        layer_b=int(labelled_b.sum()),
    )


def _label_changes(both: Aligned, renamed: NDArray[np.bool_]) -> LabelChanges:
    on_kept = np.repeat(both.kept, np.diff(both.edit.indptr))
    gained, lost = both.edit.data > 0, both.edit.data < 0
    removed = int((lost & on_kept).sum())
    renamed_a, renamed_b = int((lost & renamed).sum()), int((gained & renamed).sum())
    return LabelChanges(
        a=int(both.a.nnz),
        b=int(both.b.nnz),
        added=int((gained & on_kept).sum()) - renamed_b,
        removed=removed - renamed_a,
        renamed=renamed_a,
        renamed_to=renamed_b,
        kept=int(both.a[both.kept].nnz) - removed,
        came=int((gained & ~on_kept).sum()),
        left=int((lost & ~on_kept).sum()),
    )


def _changes(
    both: Aligned, a: Pipeline, b: Pipeline, layer: Layer, explained: Explained
) -> pd.DataFrame:
    """Each label that only one version has, with its cause: the walk's, or that of a rename."""
    edit = both.edit
    changes = both.pairs(edit)
    gained = edit.data > 0
    standing = np.where(both.kept, 0, np.where(both.in_b, 1, 2))
    cause = np.empty(len(changes), np.int8)
    cause[gained] = attribute(changes[gained], present=b, absent=a, gained=True, layer=layer).codes
    cause[~gained] = attribute(
        changes[~gained], present=a, absent=b, gained=False, layer=layer
    ).codes
    cause[explained.positions] = explained.codes
    return changes.assign(
        change=category(np.where(gained, 0, 1), ["gained", "lost"]),
        items=category(np.repeat(standing, np.diff(edit.indptr)), ["kept", "came", "left"]),
        cause=category(cause, CAUSES),
    )


def _relabelled(both: Aligned, renamed: NDArray[np.bool_]) -> tuple[NDArray[np.int64], int]:
    """Rows of the kept items whose labelset differs by more than renames; how many by no more."""
    changed = both.kept & (np.diff(both.edit.indptr) > 0)
    rows = np.repeat(np.arange(len(both.ids)), np.diff(both.edit.indptr))
    relabelled = both.kept & (np.bincount(rows[~renamed], minlength=len(both.ids)) > 0)
    return np.flatnonzero(relabelled), int((changed & ~relabelled).sum())


def _titles(items: pd.DataFrame, ids: pd.Index) -> pd.DataFrame:
    rows = pd.Index(items["id"]).get_indexer(ids)
    titled = items[["id"]].take(rows).assign(title=shown_titles(items, rows))
    return titled.reset_index(drop=True)


def _text_changed(a: pd.DataFrame, b: pd.DataFrame, kept: pd.Index) -> pd.Index:
    place_a, place_b = pd.Index(a["id"]).get_indexer(kept), pd.Index(b["id"]).get_indexer(kept)
    differs = np.zeros(len(kept), bool)
    for name in ("title", "description"):
        differs |= np.asarray(a[name].array.take(place_a) != b[name].array.take(place_b), bool)
    return kept[differs]


def _tag_table(
    both: Aligned, classes: NDArray[np.int64], a: Side, b: Side, layer: Layer
) -> pd.DataFrame:
    """The tags; those of one class, which a rename made, are tested as one."""
    tags = pd.Index(both.tags, dtype="str")
    n_a, n_b, kept = int(both.in_a.sum()), int(both.in_b.sum()), int(both.kept.sum())
    one = _Counts.of(both)
    tested = _Counts.of(both.merged(classes))
    crossed = _crossed(a, b, tags) if layer == "filtered" else np.full(len(tags), "", object)
    counts = TagCounts(
        tested.a - tested.left,
        tested.lost,
        tested.gained,
        tested.left,
        tested.came,
        kept,
        removed=n_a - kept,
        added=n_b - kept,
    )
    # A change by a parameter is not drift: the tag is not tested, and not in the family of tests.
    by_parameter = np.zeros(len(tested.a), bool)
    by_parameter[classes[crossed != ""]] = True
    statistics = tag_statistics(counts, by_parameter).take(classes).reset_index(drop=True)
    effect = tag_tests.cohens_h(
        tag_tests.presence(tested.b, n_b), tag_tests.presence(tested.a, n_a)
    )
    frame = pd.DataFrame(
        {
            "tag": tags,
            "count_a": one.a,
            "count_b": one.b,
            "change": one.b - one.a,
            "presence_a": tag_tests.presence(one.a, n_a),
            "presence_b": tag_tests.presence(one.b, n_b),
            "share_a": tag_tests.share(one.a),
            "share_b": tag_tests.share(one.b),
            "lost": one.lost,
            "gained": one.gained,
            "effect": effect[classes],
            "decision_a": _decision(a, tags),
            "decision_b": _decision(b, tags),
            "crossed": pd.Series(crossed, dtype="str"),
        }
    ).join(statistics)
    order = np.lexsort((np.arange(len(tags)), -(one.lost + one.gained), -np.abs(one.b - one.a)))
    return frame.take(order).reset_index(drop=True)


def _with_kinds(table: pd.DataFrame, tags: Sequence[str], kinds: Sequence[str]) -> pd.DataFrame:
    of_tag = dict(zip(tags, kinds, strict=True))
    return table.assign(kind=table["tag"].map(of_tag).astype("str"))


class _Counts(NamedTuple):
    """Items that have each tag: in A, in B; kept ones that lost or gained it; others with it."""

    a: NDArray[np.int64]
    b: NDArray[np.int64]
    lost: NDArray[np.int64]
    gained: NDArray[np.int64]
    left: NDArray[np.int64]
    came: NDArray[np.int64]

    @classmethod
    def of(cls, both: Aligned) -> _Counts:
        def count(tag: NDArray[Any]) -> NDArray[np.int64]:
            return np.bincount(tag, minlength=len(both.tags))

        on_kept = both.edit[both.kept]
        return cls(
            count(both.a.indices),
            count(both.b.indices),
            count(on_kept.indices[on_kept.data < 0]),
            count(on_kept.indices[on_kept.data > 0]),
            count(both.a[~both.in_b].indices),
            count(both.b[~both.in_a].indices),
        )


def _decision(side: Side, tags: pd.Index) -> pd.Series:
    decisions = side.decisions.set_index("tag")["decision"]
    return decisions.reindex(tags).fillna("absent").astype("str").reset_index(drop=True)


def _crossed(a: Side, b: Side, tags: pd.Index) -> NDArray[np.object_]:
    """The decision of the filter that keeps a tag in one version only; "" where there is none.

    A tag that no item has in the other version did not cross: the data changed, not the decision.
    """
    crossed = np.full(len(tags), "", object)
    decided = [side.decisions.set_index("tag").reindex(tags) for side in (a, b)]
    for keeps, other in (decided, decided[::-1]):
        one_side = (keeps["decision"] == "kept").to_numpy() & (other["count"] > 0).to_numpy()
        decision = other["decision"].to_numpy(object)
        crossed[one_side & (decision == "below_threshold")] = "threshold"
        crossed[one_side & np.isin(decision, ["excluded", "not_in_taxonomy"])] = "taxonomy_or_list"
    return crossed


def _causes(changes: pd.DataFrame) -> pd.DataFrame:
    table = pd.DataFrame({"cause": pd.Series(list(CAUSES), dtype="str")})
    for change in ("gained", "lost"):
        codes = changes.loc[changes["change"] == change, "cause"].cat.codes
        table[change] = np.bincount(codes, minlength=len(CAUSES))
    return table[(table["gained"] > 0) | (table["lost"] > 0)].reset_index(drop=True)


def _renames(both: Aligned, clean: Aligned, names: Names) -> list[Rename]:
    """The renames before the filter, of which the layer shows at least one tag."""
    kept = clean.kept
    renames = find_renames(clean.a[kept], clean.b[kept], clean.tags, names)
    if both is clean or not renames:
        return renames
    seen_a, seen_b = ({both.tags[tag] for tag in _tags_of(m)} for m in (both.a, both.b))
    return [one for one in renames if seen_a & {*one.before} or seen_b & {*one.after}]


def _tags_of(matrix: sp.csr_array) -> NDArray[np.int64]:
    """The columns that have an entry; several times quicker than `np.unique`."""
    return np.flatnonzero(np.bincount(matrix.indices, minlength=matrix.shape[1]))


def _not_kept(renames: Sequence[Rename], b: Side, layer: Layer) -> dict[str, str]:
    if layer != "filtered":
        return {}
    decisions = dict(zip(b.decisions["tag"], b.decisions["decision"], strict=True))
    after = sorted({tag for rename in renames for tag in rename.after})
    return {tag: decisions[tag] for tag in after if decisions.get(tag, "kept") != "kept"}


def _moved(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    split_a, split_b = a["split"].astype("category"), b["split"].astype("category")
    names = pd.Index(sorted({*split_a.cat.categories, *split_b.cat.categories}), dtype="str")
    row_b = pd.Index(b["id"]).get_indexer(pd.Index(a["id"]))
    old = names.get_indexer(split_a.cat.categories)[split_a.cat.codes[row_b >= 0]]
    new = names.get_indexer(split_b.cat.categories)[split_b.cat.codes.to_numpy()[row_b[row_b >= 0]]]
    items = np.bincount(old * len(names) + new, minlength=len(names) ** 2)
    items = items.reshape(len(names), len(names))
    np.fill_diagonal(items, 0)
    old, new = np.nonzero(items)
    return pd.DataFrame({"split_a": names[old], "split_b": names[new], "items": items[old, new]})
