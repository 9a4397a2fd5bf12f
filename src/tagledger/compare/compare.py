"""`compare`: what changed between two versions, as one result object; others render it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp
from numpy.typing import NDArray

from tagledger.compare.aligned import Aligned, align, realign
from tagledger.compare.causes import CAUSES, Pipeline, attribute
from tagledger.compare.renames import Rename, find_renames
from tagledger.compare.result import Comparison, Distance, ItemChanges, LabelChanges
from tagledger.compare.shared_imbalance import measured
from tagledger.compare.tag_statistics import TagCounts, tag_statistics
from tagledger.errors import TagledgerError
from tagledger.layers import Layer
from tagledger.measures import tag_tests
from tagledger.measures.distances import DISTANCES, Distances, distances
from tagledger.measures.null_quantiles import null_quantiles, paired_null_quantiles
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

_PAIRS = 20


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
    pipeline
        The inputs and rules that made the labels.
    """

    name: str
    items: pd.DataFrame
    labels: pd.DataFrame
    all_labels: pd.DataFrame
    decisions: pd.DataFrame
    assignments: pd.DataFrame
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
    changes = _changes(both, a.pipeline, b.pipeline, layer)
    counts = _label_changes(both)
    relabelled = _relabelled(both)
    text_changed = _text_changed(a.items, b.items, both.ids[both.kept])
    renames = _renames(a, b, both, layer)
    imbalance_a, imbalance_b, shared = measured(both.version_a, both.version_b, renames, layer)
    return Comparison(
        a=a.name,
        b=b.name,
        layer=layer,
        items=_item_changes(both, relabelled=len(relabelled), text_changed=len(text_changed)),
        labels=counts,
        tags=_tag_table(both, a, b, layer),
        changes=changes,
        causes=_causes(changes),
        renames=renames,
        not_kept=_not_kept(renames, b, layer),
        moved=_moved(a.assignments, b.assignments),
        text_changed=list(text_changed),
        relabelled=_titles(b.items, both.ids[relabelled]),
        kept_labels=both.pairs(both.a[relabelled].multiply(both.b[relabelled]).tocsr(), relabelled),
        distances=_distances(both, permutations),
        imbalance_a=imbalance_a,
        imbalance_b=imbalance_b,
        shared=shared,
        pairs=_pairs(both),
    )


def _has_text_ids(side: Side) -> bool:
    return isinstance(side.items["id"].dtype, pd.StringDtype)


def _item_changes(both: Aligned, *, relabelled: int, text_changed: int) -> ItemChanges:
    labelled_a, labelled_b = both.labelled_a, both.labelled_b
    return ItemChanges(
        a=int(both.in_a.sum()),
        b=int(both.in_b.sum()),
        added=int((both.in_b & ~both.in_a).sum()),
        removed=int((both.in_a & ~both.in_b).sum()),
        kept=int(both.kept.sum()),
        relabelled=relabelled,
        text_changed=text_changed,
        entered=int((both.kept & labelled_b & ~labelled_a).sum()),
        dropped=int((both.kept & labelled_a & ~labelled_b).sum()),
        layer_a=int(labelled_a.sum()),
        layer_b=int(labelled_b.sum()),
    )


def _label_changes(both: Aligned) -> LabelChanges:
    kept = both.edit[both.kept].data
    added, removed = int((kept > 0).sum()), int((kept < 0).sum())
    return LabelChanges(
        a=int(both.a.nnz),
        b=int(both.b.nnz),
        added=added,
        removed=removed,
        kept=int(both.a[both.kept].nnz) - removed,
        came=int(both.b[~both.in_a].nnz),
        left=int(both.a[~both.in_b].nnz),
    )


def _changes(both: Aligned, a: Pipeline, b: Pipeline, layer: Layer) -> pd.DataFrame:
    """Each label that only one version has, with its cause."""
    edit = both.edit
    changes = both.pairs(edit)
    gained = edit.data > 0
    standing = np.where(both.kept, 0, np.where(both.in_b, 1, 2))
    cause = np.empty(len(changes), np.int8)
    cause[gained] = attribute(changes[gained], present=b, absent=a, gained=True, layer=layer).codes
    cause[~gained] = attribute(
        changes[~gained], present=a, absent=b, gained=False, layer=layer
    ).codes
    return changes.assign(
        change=category(np.where(gained, 0, 1), ["gained", "lost"]),
        items=category(np.repeat(standing, np.diff(edit.indptr)), ["kept", "came", "left"]),
        cause=category(cause, CAUSES),
    )


def _relabelled(both: Aligned) -> NDArray[np.int64]:
    """Rows of the kept items whose labelset differs."""
    return np.flatnonzero(both.kept & (np.diff(both.edit.indptr) > 0))


def _titles(items: pd.DataFrame, ids: pd.Index) -> pd.DataFrame:
    rows = pd.Index(items["id"]).get_indexer(ids)
    found = items[["id"]].take(rows).assign(title=shown_titles(items, rows))
    return found.reset_index(drop=True)


def _text_changed(a: pd.DataFrame, b: pd.DataFrame, kept: pd.Index) -> pd.Index:
    place_a, place_b = pd.Index(a["id"]).get_indexer(kept), pd.Index(b["id"]).get_indexer(kept)
    differs = np.zeros(len(kept), bool)
    for name in ("title", "description"):
        differs |= np.asarray(a[name].array.take(place_a) != b[name].array.take(place_b), bool)
    return kept[differs]


def _tag_table(both: Aligned, a: Side, b: Side, layer: Layer) -> pd.DataFrame:
    tags = pd.Index(both.tags, dtype="str")

    def count(tag: NDArray[Any]) -> NDArray[np.int64]:
        return np.bincount(tag, minlength=len(tags))

    on_kept = both.edit[both.kept]
    lost, gained = (
        count(on_kept.indices[on_kept.data < 0]),
        count(on_kept.indices[on_kept.data > 0]),
    )
    count_a, count_b = count(both.a.indices), count(both.b.indices)
    n_a, n_b, kept = int(both.in_a.sum()), int(both.in_b.sum()), int(both.kept.sum())
    presence_a, presence_b = tag_tests.presence(count_a, n_a), tag_tests.presence(count_b, n_b)
    left, came = count(both.a[~both.in_b].indices), count(both.b[~both.in_a].indices)
    crossed = _crossed(a, b, tags) if layer == "filtered" else np.full(len(tags), "", object)
    counts = TagCounts(
        count_a - left, lost, gained, left, came, kept, removed=n_a - kept, added=n_b - kept
    )
    # A change by a parameter is not drift: the tag is not tested, and not in the family of tests.
    tested = tag_statistics(counts, crossed != "")
    frame = pd.DataFrame(
        {
            "tag": tags,
            "count_a": count_a,
            "count_b": count_b,
            "change": count_b - count_a,
            "presence_a": presence_a,
            "presence_b": presence_b,
            "share_a": tag_tests.share(count_a),
            "share_b": tag_tests.share(count_b),
            "lost": lost,
            "gained": gained,
            "effect": tag_tests.cohens_h(presence_b, presence_a),
            "decision_a": _decision(a, tags),
            "decision_b": _decision(b, tags),
            "crossed": pd.Series(crossed, dtype="str"),
        }
    ).join(tested)
    order = np.lexsort((np.arange(len(tags)), -(lost + gained), -np.abs(count_b - count_a)))
    return frame.take(order).reset_index(drop=True)


def _decision(side: Side, tags: pd.Index) -> pd.Series:
    known = side.decisions.set_index("tag")["decision"]
    return known.reindex(tags).fillna("absent").astype("str").reset_index(drop=True)


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


def _renames(a: Side, b: Side, both: Aligned, layer: Layer) -> list[Rename]:
    if layer != "filtered":
        return find_renames(both.a[both.kept], both.b[both.kept], both.tags)
    everything = realign(both, a.all_labels, b.all_labels)
    kept = everything.kept
    found = find_renames(everything.a[kept], everything.b[kept], everything.tags)
    seen_a, seen_b = ({both.tags[tag] for tag in _tags_of(m)} for m in (both.a, both.b))
    return [one for one in found if seen_a & {*one.before} or seen_b & {*one.after}]


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
    place = pd.Index(b["id"]).get_indexer(pd.Index(a["id"]))
    old = names.get_indexer(split_a.cat.categories)[split_a.cat.codes[place >= 0]]
    new = names.get_indexer(split_b.cat.categories)[split_b.cat.codes.to_numpy()[place[place >= 0]]]
    items = np.bincount(old * len(names) + new, minlength=len(names) ** 2)
    items = items.reshape(len(names), len(names))
    np.fill_diagonal(items, 0)
    old, new = np.nonzero(items)
    return pd.DataFrame({"split_a": names[old], "split_b": names[new], "items": items[old, new]})


def _distances(both: Aligned, permutations: int) -> dict[str, Distance]:
    found = distances(both.version_a.counts, both.version_b.counts)
    null = _by_chance(both, permutations)
    widest = found.l_infinity_tag
    return {
        name: Distance(
            value=getattr(found, name),
            no_change_95=getattr(null, name),
            tag=both.tags[widest] if name == "l_infinity" and widest is not None else None,
        )
        for name in DISTANCES
    }


def _by_chance(both: Aligned, permutations: int) -> Distances:
    """The bounds of the distances: of the pairs where items are kept, else of two samples."""
    if not both.kept.any():
        return null_quantiles(both.a[both.in_a], both.b[both.in_b], permutations=permutations)
    return paired_null_quantiles(
        both.a[both.kept],
        both.b[both.kept],
        both.a[~both.in_b],
        both.b[~both.in_a],
        permutations=permutations,
    )


def _pairs(both: Aligned) -> pd.DataFrame:
    """The pairs of tags whose number of items changed most."""
    # An item whose labels did not change counts the same in A and in B.
    touched = np.flatnonzero(np.diff(both.edit.indptr))
    a, b = both.a[touched].astype(np.int64), both.b[touched].astype(np.int64)
    change = sp.triu(sp.csr_array(b.T @ b - a.T @ a), k=1).tocoo()
    change.eliminate_zeros()
    (row, column), size = change.coords, change.data
    order = np.lexsort((column, row, -np.abs(size)))[:_PAIRS]
    row, column, size = row[order], column[order], size[order]
    in_a = sp.csc_array(both.a)
    count_a = np.diff(in_a[:, row].multiply(in_a[:, column]).tocsc().indptr).astype(np.int64)
    names = pd.Index(both.tags, dtype="str")
    return pd.DataFrame(
        {
            "tag_1": names[row],
            "tag_2": names[column],
            "count_a": count_a,
            "count_b": count_a + size,
            "change": size,
        }
    )
