"""What renames between two versions did to the labels of one item."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from tagledger.compare.annotations import said_pairs
from tagledger.compare.cause_table import CAUSES, Cause
from tagledger.compare.evidence import Names
from tagledger.compare.late_parts import load_numpy_parts_late
from tagledger.compare.renames import MIN_ITEMS, find_renames
from tagledger.layers import ANSWERED, Layer, unfiltered

# Few changes are renames, and the others need no matrix.
if TYPE_CHECKING:
    import pandas as pd

    from tagledger.compare.aligned import Aligned
    from tagledger.dataset import Dataset


def renamed_labels(
    a: Dataset, b: Dataset, item: int | str, layer: Layer
) -> dict[str, dict[str, Cause]]:
    """The labels of an item whose cause a rename decides.

    Parameters
    ----------
    a, b
        The earlier and the later version.
    item
        The item's id.
    layer
        The layer of the labels.

    Returns
    -------
    dict
        For "gained" and for "lost", the cause of each such label by its tag.
    """
    renamed: dict[str, dict[str, Cause]] = {"gained": {}, "lost": {}}
    before_filter = unfiltered(layer)
    event_pairs = said_pairs(a.annotations, b.annotations) if layer in ANSWERED else frozenset()
    if not _may_be_renamed(a.labels(before_filter), b.labels(before_filter), item, event_pairs):
        return renamed
    load_numpy_parts_late()
    from tagledger.compare.aligned import align
    from tagledger.compare.overlay import overlay

    clean = _of_item(a, b, item, before_filter)
    labels_a, labels_b = a.labels(before_filter), b.labels(before_filter)
    both = align(a.item_ids, labels_a, b.item_ids, labels_b)
    names = replace(Names.of(a.annotated_taxonomy, b.annotated_taxonomy), events=event_pairs)
    renames = find_renames(both.a[both.kept], both.b[both.kept], both.tags, names)
    shown = clean if layer == before_filter else _of_item(a, b, item, layer)
    causes = list(CAUSES)
    positions, codes = overlay(shown, clean, renames, a.tags, b.tags)
    for position, code in zip(positions.tolist(), codes.tolist(), strict=True):
        change = "gained" if shown.edit.data[position] > 0 else "lost"
        renamed[change][shown.tags[shown.edit.indices[position]]] = cast("Cause", causes[code])
    return renamed


def _may_be_renamed(
    a: pd.DataFrame, b: pd.DataFrame, item: int | str, event_pairs: AbstractSet[tuple[str, str]]
) -> bool:
    """Whether the item exchanged one tag for another, as an event says or enough others did."""
    had, has = ({*_only(labels, item)["tag"]} for labels in (a, b))
    if any(old in had - has and new in has - had for old, new in event_pairs):
        return True
    lost = [_items_with(a, tag) - _items_with(b, tag) for tag in had - has]
    gained = [_items_with(b, tag) - _items_with(a, tag) for tag in has - had] if lost else []
    return any(len(one & other) >= MIN_ITEMS for one in lost for other in gained)


def _items_with(labels: pd.DataFrame, tag: str) -> set[int | str]:
    return {*labels.loc[labels["tag"] == tag, "id"]}


def _of_item(a: Dataset, b: Dataset, item: int | str, layer: Layer) -> Aligned:
    """The labels of one item in both versions."""
    from tagledger.compare.aligned import align

    ids, labels = zip(
        *((one.item_ids[one.item_ids == item], _only(one.labels(layer), item)) for one in (a, b)),
        strict=True,
    )
    return align(ids[0], labels[0], ids[1], labels[1])


def _only(table: pd.DataFrame, item: int | str) -> pd.DataFrame:
    return table[table["id"] == item]
