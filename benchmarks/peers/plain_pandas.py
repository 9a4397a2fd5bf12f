"""Clean and filter with plain pandas, the way a good practitioner writes it.

A table of items has a list of tags per row, on the disk and between the two steps; within a step
the lists are exploded. Each step is a program of its own, as the stages are:

    python -m benchmarks.peers.plain_pandas {clean,filter} DIR [--pairs]

With --pairs the tables hold a row per label, as ours do, which spares the peer its lists.
"""

from __future__ import annotations

import argparse
import html
import json
from pathlib import Path
from typing import Any

import pandas as pd
import yaml


def clean_text(texts: pd.Series) -> pd.Series:
    """Entities, tags, Unicode's composed form, white space."""
    return (
        texts.map(html.unescape)
        .str.replace(r"</?[a-z][^>]*>", "", regex=True)
        .str.normalize("NFC")
        .str.replace(r"[\s\u00a0]+", " ", regex=True)
        .str.strip()
    )


def spell(tags: pd.Series, taxonomy: pd.DataFrame) -> pd.Series:
    """One spelling a tag, aliases resolved; missing where nothing is left."""
    spelled = tags.str.strip().str.lower().str.replace(r"[\s_-]+", "-", regex=True)
    alias = taxonomy.explode("aliases").dropna(subset="aliases").set_index("aliases")["tag"]
    spelled = spelled.map(alias).fillna(spelled)
    return spelled.mask(spelled == "")


def equal_texts(items: pd.DataFrame) -> pd.Series:
    """The smallest id among the items whose words are the same."""
    words = (
        (items["title"] + " " + items["description"])
        .str.casefold()
        .str.replace(r"\W+", " ", regex=True)
        .str.strip()
    )
    return items.groupby(words, sort=False)["id"].transform("min")


def clean(raw: pd.DataFrame, taxonomy: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The items, and their labels: a row a label."""
    labels = raw[["id", "tags"]].explode("tags").rename(columns={"tags": "tag"})
    labels["tag"] = spell(labels["tag"].astype("str"), taxonomy)
    labels = (
        labels.dropna(subset="tag").drop_duplicates().sort_values(["id", "tag"], ignore_index=True)
    )
    items = (
        raw.drop(columns="tags")
        .sort_values("created_on")
        .drop_duplicates("id", keep="last")
        .sort_values("id", ignore_index=True)
    )
    items["title"] = clean_text(items["title"])
    items["description"] = clean_text(items["description"])
    items["group"] = equal_texts(items)
    return items, labels


def keep(
    labels: pd.DataFrame, taxonomy: pd.DataFrame, params: dict[str, Any]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The labels of the tags that stay, and the count of every tag."""
    counts = labels["tag"].value_counts()
    frequent = counts.index[counts >= params["min_tag_count"]]
    stays = (
        labels["tag"].isin(frequent)
        & labels["tag"].isin(taxonomy["tag"])
        & ~labels["tag"].isin(params["exclude"])
    )
    return labels[stays], counts.rename_axis("tag").reset_index(name="count")


def as_lists(labels: pd.DataFrame) -> pd.DataFrame:
    """A row an item, its tags in a list."""
    return labels.groupby("id")["tag"].agg(list).rename("tags").reset_index()


def run_clean(folder: Path, *, pairs: bool) -> None:
    """Read data/raw below `folder`, write data/clean."""
    raw = pd.read_parquet(folder / "raw" / "items.parquet")
    items, labels = clean(raw, _taxonomy(folder))
    out = folder / "clean"
    out.mkdir(exist_ok=True)
    if pairs:
        labels.to_parquet(out / "labels.parquet", compression="zstd", index=False)
    else:
        items = items.merge(as_lists(labels), on="id", how="left")
    items.to_parquet(out / "items.parquet", compression="zstd", index=False)


def run_filter(folder: Path, *, pairs: bool) -> None:
    """Read data/clean and params.yaml below `folder`, write data/filtered."""
    if pairs:
        labels = pd.read_parquet(folder / "clean" / "labels.parquet")
    else:
        items = pd.read_parquet(folder / "clean" / "items.parquet", columns=["id", "tags"])
        labels = items.explode("tags").rename(columns={"tags": "tag"}).dropna(subset="tag")
    params = yaml.safe_load((folder.parent / "params.yaml").read_text())["filter"]
    filtered, counts = keep(labels, _taxonomy(folder), params)
    out = folder / "filtered"
    out.mkdir(exist_ok=True)
    if not pairs:
        filtered = as_lists(filtered)
    filtered.to_parquet(out / "labels.parquet", compression="zstd", index=False)
    counts.to_parquet(out / "tags.parquet", compression="zstd", index=False)


def _taxonomy(folder: Path) -> pd.DataFrame:
    return pd.DataFrame(json.loads((folder / "raw" / "tags.json").read_text()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", choices=["clean", "filter"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pairs", action="store_true", help="write labels as pairs, not as lists")
    arguments = parser.parse_args()
    step = run_clean if arguments.step == "clean" else run_filter
    step(arguments.folder / "data", pairs=arguments.pairs)


if __name__ == "__main__":
    main()
