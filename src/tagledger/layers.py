"""The layers of a dataset, and what holds the labels of each and the items; quick to import."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Literal, get_args

Layer = Literal["raw", "clean", "annotated", "filtered"]
LAYERS: tuple[Layer, ...] = get_args(Layer)

# The paths are those of tagledger.tables, which takes a while to import.
ITEMS = "data/clean/items.parquet"
LABELS: Mapping[Layer, str] = {
    "raw": "data/raw",
    "clean": "data/clean/labels.parquet",
    "annotated": "data/annotated/labels.parquet",
    "filtered": "data/filtered/labels.parquet",
}


# Layers that people's answers and events of the taxonomy change.
ANSWERED: frozenset[Layer] = frozenset({"annotated", "filtered"})


def labels_path(layer: Layer, outputs: Container[str]) -> str:
    """What holds the labels of a layer in a version with these outputs.

    A version from before the annotate stage has its clean labels there.

    >>> labels_path("annotated", {"data/clean/labels.parquet"})
    'data/clean/labels.parquet'
    """
    path = LABELS[layer]
    return LABELS["clean"] if layer == "annotated" and path not in outputs else path


def unfiltered(layer: Layer) -> Layer:
    """The layer itself, or for the filtered layer the one that the filter reads."""
    return "annotated" if layer == "filtered" else layer


def beside_data(layer: Layer) -> str | None:
    """The output that a layer is made from, where it is no part of a version's data."""
    # Two revisions of one version may differ in the raw files.
    return LABELS["raw"] if layer == "raw" else None
