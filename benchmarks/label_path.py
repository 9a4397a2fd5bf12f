"""What the stages clean and filter do to labels, in memory, beside plain pandas.

`clean_filter` times whole programs, texts and files included. Here are the label operations alone:
from lists of raw tags to filtered lists (explode, spelling, drop_duplicates, value_counts, isin,
groupby-agg-list in pandas; our stages' own functions, with their validation, in Tagledger). Each
side starts from its own form of the same items in memory and is timed inside its process.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.clean_filter import prepare
from benchmarks.harness import now
from benchmarks.two_sides import rows_of, take_sides, took

NAME = "label_path"
DESCRIPTION = "label operations of clean + filter, 1,000,000 items in memory, beside plain pandas"
ITEMS, QUICK_ITEMS = 1_000_000, 20_000
RUNS, QUICK_RUNS = 3, 1


def ours(folder: Path) -> dict[str, Any]:
    """Time the label part of our stages on a raw snapshot."""
    import pandas as pd

    from tagledger import params
    from tagledger.cleaning.labels import Rules, make_labels, merge_rows, name_labels
    from tagledger.cleaning.taxonomy import clean_taxonomy
    from tagledger.params import CleanParams, FilterParams
    from tagledger.readers.raw import read_raw
    from tagledger.stages.filter import filter_labels
    from tagledger.validation import validate
    from tagledger_schemas.clean import Labels

    raw = read_raw(folder / "data" / "raw")
    settings = params.load(CleanParams, folder / "params.yaml")
    keep = params.load(FilterParams, folder / "params.yaml")
    start = now()
    taxonomy = clean_taxonomy(raw.taxonomy)
    merged = merge_rows(raw.items, settings.duplicate_ids)
    rules = Rules(
        duplicates=settings.duplicate_ids,
        spelling=settings.tag_spelling,
        names=taxonomy,
        resolve_aliases=settings.resolve_aliases,
        broader=taxonomy,
        parents=settings.parents,
    )
    pairs = make_labels(name_labels(raw, merged, rules), rules)
    labels = pd.DataFrame(
        {
            "id": pd.Series(merged.ids).array[pairs.item],
            "tag": pd.Categorical.from_codes(
                pairs.tag.astype("int32"), categories=pd.Index(pairs.names, dtype="str")
            ),
        }
    )
    made = filter_labels(validate(Labels, labels, "clean/labels"), taxonomy, keep)
    return took(start, len(made.labels))


def peer(folder: Path) -> dict[str, Any]:
    """Time the same in plain pandas, from lists to lists."""
    import pandas as pd
    import yaml

    from benchmarks.peers.plain_pandas import as_lists, spell
    from benchmarks.peers.plain_pandas import keep as keep_tags

    data = folder / "data"
    raw = pd.read_parquet(data / "raw" / "items.parquet", columns=["id", "tags"])
    taxonomy = pd.DataFrame(json.loads((data / "raw" / "tags.json").read_text()))
    settings = yaml.safe_load((folder / "params.yaml").read_text())["filter"]
    start = now()
    labels = raw.explode("tags").rename(columns={"tags": "tag"})
    labels["tag"] = spell(labels["tag"].astype("str"), taxonomy)
    labels = labels.dropna(subset="tag").drop_duplicates()
    clean = as_lists(labels.sort_values(["id", "tag"], ignore_index=True))
    again = clean.explode("tags").rename(columns={"tags": "tag"})
    filtered, _ = keep_tags(again, taxonomy, settings)
    as_lists(filtered)
    return took(start, len(filtered))


def run(*, quick: bool) -> dict[str, Any]:
    """Measure both in turn; both must end with the same number of labels."""
    items = QUICK_ITEMS if quick else ITEMS
    with tempfile.TemporaryDirectory() as temporary:
        folder = prepare(Path(temporary), items)[0]
        turns = take_sides("benchmarks.label_path", folder, QUICK_RUNS if quick else RUNS)

    def what(measured: str) -> str:
        return f"{measured} of the label operations, {items:,} items in memory"

    table = rows_of(turns, what, "plain pandas")
    return {"runs": len(turns), "items": items, "turns": turns, "table": table}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("side", choices=["ours", "peer"])
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    print(json.dumps({"ours": ours, "peer": peer}[options.side](options.folder)))
