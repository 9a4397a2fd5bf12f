"""The layers of a dataset, and what holds the labels of each and the items; quick to import."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

Layer = Literal["raw", "clean", "filtered"]
LAYERS: tuple[Layer, ...] = get_args(Layer)

# The paths are those of tagledger.tables, which takes a while to import.
ITEMS = "data/clean/items.parquet"
LABELS: Mapping[Layer, str] = {
    "raw": "data/raw",
    "clean": "data/clean/labels.parquet",
    "filtered": "data/filtered/labels.parquet",
}
