"""Whether two folders hold the same clean and filtered dataset: `python -m benchmarks.agree A B`.

Labels may be a row each, or lists in a table of items; what counts is the (id, tag) pairs.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

ITEM_COLUMNS = ["id", "created_on", "title", "description", "group"]


def pairs(folder: Path, layer: str) -> pd.DataFrame:
    """The (id, tag) pairs of a layer, in their order there."""
    path = folder / "data" / layer / "labels.parquet"
    df = pd.read_parquet(path if path.exists() else path.with_name("items.parquet"))
    if "tags" in df:
        df = df.explode("tags").rename(columns={"tags": "tag"}).dropna(subset="tag")
    return df[["id", "tag"]].astype({"tag": "str"}).reset_index(drop=True)


def check_same(ours: Path, peer: Path) -> None:
    """Compare items, labels, filtered labels and tag counts.

    Raises
    ------
    AssertionError
        They differ: with the first difference.
    """
    items = [
        pd.read_parquet(folder / "data" / "clean" / "items.parquet", columns=ITEM_COLUMNS)
        for folder in (ours, peer)
    ]
    instants = [df["created_on"].dt.tz_localize(None).astype("datetime64[us]") for df in items]
    for df, instant in zip(items, instants, strict=True):
        df["created_on"] = instant
    pd.testing.assert_frame_equal(*items)
    for layer in ("clean", "filtered"):
        pd.testing.assert_frame_equal(pairs(ours, layer), pairs(peer, layer))
    counts = [
        pd.read_parquet(folder / "data" / "filtered" / "tags.parquet").set_index("tag")["count"]
        for folder in (ours, peer)
    ]
    counts = [of[of > 0].sort_index().astype("int64") for of in counts]
    pd.testing.assert_series_equal(*counts)


if __name__ == "__main__":
    check_same(Path(sys.argv[1]), Path(sys.argv[2]))
