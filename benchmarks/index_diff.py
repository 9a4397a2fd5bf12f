"""The labels that differ between any two of four versions: from the index, and from the tables.

    python benchmarks/index_diff.py [LABELS]

The index is opened anew each time, its checksum proven, and the labels gained and lost come out as
tables of id and tag. Beside it stand the two tables of labels, read from Parquet and merged with
pandas, as one would without an index. The sides take turns in one process.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd

from tagledger import tables
from tagledger.history.label_index import LabelIndex, read_index, write_index
from tagledger.labels import as_category

NAME = "index_diff"
DESCRIPTION = "the labels that differ between any two of four versions, from the index"

LABELS = 650_000
VERSIONS = 4
TAGS = 400
CHANGED = 0.02  # share of the labels that differ from a version to the next
_SEED = 7


def versions(labels: int) -> list[pd.DataFrame]:
    """Tables of labels, each with a few that the one before lacks, and the other way round."""
    random = np.random.default_rng(_SEED)
    items = labels * 4 // 13
    weights = 1 / (np.arange(TAGS) + 5)
    names = pd.Index([f"tag-{number:03}" for number in range(TAGS)], dtype="str")

    def draw(size: int) -> np.ndarray[Any, np.dtype[np.int64]]:
        tag = random.choice(TAGS, size, p=weights / weights.sum())
        return np.unique(random.integers(0, items, size) * TAGS + tag)

    keys = draw(labels * 11 // 10)
    made = []
    for _ in range(VERSIONS):
        kept = keys[random.random(len(keys)) > CHANGED]
        keys = np.union1d(kept, draw(int(labels * CHANGED)))
        tag = pd.Categorical.from_codes((keys % TAGS).astype(np.int32), categories=names)
        made.append(pd.DataFrame({"id": keys // TAGS, "tag": as_category(pd.Series(tag))}))
    return made


def from_tables(a: Path, b: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Labels gained and lost, from the two tables."""
    merged = tables.read(a).merge(tables.read(b), how="outer", indicator=True)
    return (
        merged.loc[merged["_merge"] == "right_only", ["id", "tag"]],
        merged.loc[merged["_merge"] == "left_only", ["id", "tag"]],
    )


def measure(labels: int, runs: int) -> dict[str, list[float]]:
    """Seconds of each side for each pair of versions, and of making and extending the index."""
    times: dict[str, list[float]] = {"index": [], "tables": [], "open": [], "extended": []}
    with tempfile.TemporaryDirectory() as folder:
        made = versions(labels)
        paths = [Path(folder) / f"{number}.parquet" for number in range(VERSIONS)]
        tables.write(dict(zip(paths, made, strict=True)))
        file = Path(folder) / "filtered.arrays"
        index = LabelIndex().extended({str(at): made[at] for at in range(VERSIONS - 1)})
        last = str(VERSIONS - 1)
        times["extended"] = _seconds(lambda: index.extended({last: made[-1]}))
        write_index(index.extended({last: made[-1]}), file)
        for _ in range(runs):
            for a, b in combinations(range(VERSIONS), 2):
                times["open"] += _seconds(lambda: read_index(file))
                times["index"] += _seconds(lambda a=a, b=b: _diff(file, a, b))  # type: ignore[misc]
                times["tables"] += _seconds(lambda a=a, b=b: from_tables(paths[a], paths[b]))  # type: ignore[misc]
        found, expected = _diff(file, 0, 2), from_tables(paths[0], paths[2])
        for mine, theirs in zip(found, expected, strict=True):
            assert len(mine) == len(theirs)
            assert set(mine["id"]) == set(theirs["id"])
    return times


def _diff(file: Path, a: int, b: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    found = read_index(file).difference(str(a), str(b))
    return found.gained, found.lost


def _seconds(work: Callable[[], object]) -> list[float]:
    start = time.perf_counter()
    work()
    return [time.perf_counter() - start]


def run(*, quick: bool) -> dict[str, Any]:
    """Measure all pairs of four versions of 650,000 labels, or of 20,000."""
    labels = 20_000 if quick else LABELS
    times = measure(labels, runs=1 if quick else 5)
    ratios = [theirs / ours for ours, theirs in zip(times["index"], times["tables"], strict=True)]
    ours, theirs = median(times["index"]), median(times["tables"])
    return {
        "labels": labels,
        "versions": VERSIONS,
        "index_s": round(ours, 5),
        "open_s": round(median(times["open"]), 5),
        "tables_s": round(theirs, 5),
        "extended_s": round(times["extended"][0], 4),
        "ratio": round(median(ratios), 1),
        "table": [
            {
                "what": f"difference of two of {VERSIONS} versions, {labels:,} labels each",
                "ours": f"{ours * 1e3:.1f} ms",
                "beside": f"{theirs * 1e3:.0f} ms, Parquet and a pandas merge",
                "ratio": f"{median(ratios):.0f}",
                "spread": f"{min(ratios):.0f} to {max(ratios):.0f}",
            }
        ],
    }


def main() -> None:
    """Print the times."""
    times = measure(int(sys.argv[1]) if len(sys.argv) > 1 else LABELS, runs=5)
    for name, seconds in times.items():
        print(f"{name}: median {median(seconds) * 1e3:.2f} ms, worst {max(seconds) * 1e3:.2f} ms")


if __name__ == "__main__":
    main()
