"""What changed between two versions of 200,000 items, beside tools that find differing rows.

Each side runs in a process of its own, in turn, and is timed inside of it, so that importing
libraries does not count. The comparison is the whole of `tagledger compare`: items, labels, text,
the cause of each label, renames, tests per tag, distances with 199 permutations, imbalance. The
peers say which rows are added, removed or changed, with the tags of an item as one cell (a list, or
a text), or which pairs of item and tag there are. What all of them can say must be the same.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.harness import REPOSITORY, now, own_code_environment, peak_mib, run_module

if TYPE_CHECKING:
    import pandas as pd

NAME = "compare"
DESCRIPTION = "what changed between two versions, beside datacompy, daff and Oxen"

A, B = "v1.2.0", "v1.3.0"
ITEMS, MANY_ITEMS, QUICK_ITEMS = 200_000, 2_600_000, 5_000
RUNS, QUICK_RUNS = 5, 1
OURS, LABELS, FILES = "tagledger", "tagledger, labels", "files"
PEERS = {
    "datacompy, lists": "datacompy, items with lists of tags",
    "datacompy, texts": "datacompy, items with their tags as one text",
    "daff": "daff, items with their tags as one text",
    "oxen": "Oxen, items with their tags as one text",
}
PAIRS = "datacompy, pairs"


def write(root: Path, folder: Path) -> None:
    """Write both versions as the peers read them: all clean items, with their filtered tags."""
    for name, version in (("a", A), ("b", B)):
        items = filtered(root, version)
        items.to_parquet(folder / f"{name}.parquet", index=False)
        items["tags"] = items["tags"].map(", ".join)
        items.to_parquet(folder / f"{name}.text.parquet", index=False)
        items.to_csv(folder / f"{name}.csv", index=False)


def filtered(root: Path, version: str) -> pd.DataFrame:
    """All clean items of a version with their filtered tags: id, title, description, tags."""
    import pandas as pd

    from tagledger import load

    items = load(version, layer="clean", repo=root)[["id", "title", "description"]]
    tags = load(version, repo=root).set_index("id")["tags"]
    cells = [tags.get(item, []) for item in items["id"]]
    return items.assign(tags=pd.Series(cells, dtype=object))


def ours(root: Path, *, labels_only: bool) -> dict[str, Any]:
    """Compare both versions; with `labels_only`, only say which labels differ."""
    from tagledger.compare.aligned import align
    from tagledger.compare.compare import compare
    from tagledger.dataset import open_dataset, read_sides

    start = now()
    datasets = [open_dataset(name, root) for name in (A, B)]
    if labels_only:
        layers = [(one.items["id"], one.labels("filtered")) for one in datasets]
        read = now()
        both = align(*layers[0], *layers[1])
        found = {"changed": len(both.pairs(both.edit))}
    else:
        sides = read_sides(datasets[0], datasets[1], "filtered")
        read = now()
        result = compare(*sides)
        changed = {*result.relabelled["id"], *result.text_changed}
        found = {
            "labels": result.labels.b,
            "added": result.items.added,
            "removed": result.items.removed,
            "changed": len(changed),
        }
    done = now()
    return {
        "read_s": read[0] - start[0],
        "read_cpu_s": read[1] - start[1],
        "wall_s": done[0] - read[0],
        "cpu_s": done[1] - read[1],
        "peak_mib": peak_mib(),
        **found,
    }


def _alone(method: str, root: Path, folder: Path) -> dict[str, Any]:
    """One side in a process of its own; {"skipped": why} where a peer is not installed."""
    target = folder / "found.json"
    own = method in {OURS, LABELS}
    python = sys.executable if own else os.environ.get("TAGLEDGER_BENCH_PYTHON", sys.executable)
    words = (
        ["-m", "benchmarks.compare", method, str(root), str(target)]
        if own
        else [str(REPOSITORY / "benchmarks/peers/differences.py"), method, str(folder), str(target)]
    )
    done = subprocess.run(
        [python, *words],
        cwd=REPOSITORY,
        env=own_code_environment() if own else None,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = "".join(done.stderr.strip().splitlines()[-1:])
        if own or "ModuleNotFoundError" not in last:
            raise RuntimeError(f"{method} ended with {done.returncode}\n{done.stderr[-2000:]}")
        return {"skipped": last}
    found: dict[str, Any] = json.loads(target.read_text("utf-8"))
    print(f"  {method}: {found}", file=sys.stderr)
    return found


def _turns(root: Path, folder: Path, methods: Sequence[str], runs: int) -> list[dict[str, Any]]:
    return [{method: _alone(method, root, folder) for method in methods} for _ in range(runs)]


def _repository(folder: Path, items: int, first: int) -> Path:
    root = folder / f"repository-{items}"
    run_module("benchmarks.repository", str(root), str(items), "--first", str(first))
    return root


def run(*, quick: bool) -> dict[str, Any]:
    """Measure all sides in turn, then ours on about ten million labels."""
    items = QUICK_ITEMS if quick else ITEMS
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        root = _repository(folder, items, 2)
        run_module("benchmarks.compare", FILES, str(root), temporary)
        methods = [OURS, *PEERS, LABELS, PAIRS]
        turns = _turns(root, folder, methods, QUICK_RUNS if quick else RUNS)
        many = [] if quick else _turns(_repository(folder, MANY_ITEMS, 2), folder, [OURS], 1)
    for turn in turns:
        check_same(turn)
    return {
        "items": items,
        "turns": turns,
        "many": many,
        "table": [*measured_rows(turns, items), *_scale(turns, many)],
    }


def check_same(turn: dict[str, dict[str, Any]]) -> None:
    """Raise RuntimeError unless all sides of a turn found the same."""
    for method in PEERS:
        for count in ("added", "removed", "changed"):
            if "skipped" not in turn[method] and turn[method][count] != turn[OURS][count]:
                raise RuntimeError(f"{method} found another number of {count} items: {turn}")
    if "skipped" not in turn[PAIRS]:
        pairs = turn[PAIRS]["added"] + turn[PAIRS]["removed"]
        if pairs != turn[LABELS]["changed"]:
            raise RuntimeError(f"the two sides found other labels: {turn}")


def _seconds(found: dict[str, Any], *, whole: bool) -> float:
    return float(found["cpu_s"] + (found["read_cpu_s"] if whole else 0.0))


def measured_rows(turns: Sequence[dict[str, Any]], items: int) -> list[dict[str, str]]:
    """CPU seconds of ours beside each peer's: in memory, and with reading."""
    labels = turns[0][OURS]["labels"]
    data = f"{items:,} items, {labels:,} labels"
    rows = []
    for mine, peer, title in [
        *((OURS, method, title) for method, title in PEERS.items()),
        (LABELS, PAIRS, "datacompy, a row for each label"),
    ]:
        if any("skipped" in turn[peer] for turn in turns):
            continue
        what = "comparison of two versions" if mine == OURS else "labels that differ"
        # Oxen reads the files itself.
        for whole in (True,) if peer == "oxen" else (False, True):
            here = [_seconds(turn[mine], whole=whole) for turn in turns]
            there = [_seconds(turn[peer], whole=whole) for turn in turns]
            found = [theirs / ours_ for ours_, theirs in zip(here, there, strict=True)]
            rows.append(
                {
                    "what": f"{what}, {'read and compared' if whole else 'in memory'}, {data}",
                    "ours": f"{median(here):.2f} s",
                    "beside": f"{median(there):.2f} s, {title}",
                    "ratio": f"{median(found):.1f} times ours",
                    "spread": f"{min(found):.1f} to {max(found):.1f}",
                }
            )
    return rows


def _scale(turns: Sequence[dict[str, Any]], many: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    """The cost of a label in the largest comparison over that in the small one."""
    rows = []
    for found in (turn[OURS] for turn in many):
        for whole in (False, True):
            here = _seconds(found, whole=whole)
            there = median(_seconds(turn[OURS], whole=whole) for turn in turns)
            over = (here / found["labels"]) / (there / turns[0][OURS]["labels"])
            how = "read and compared" if whole else "in memory"
            rows.append(
                {
                    "what": f"comparison of two versions, {how}, {found['labels']:,} labels",
                    "ours": f"{here:.1f} s, {found['peak_mib']:,.0f} MiB",
                    "beside": f"{there:.2f} s, {turns[0][OURS]['labels']:,} labels",
                    "ratio": f"{over:.2f} times as much for a label",
                    "spread": "",
                }
            )
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=[OURS, LABELS, FILES])
    parser.add_argument("root", type=Path)
    parser.add_argument("target", type=Path)
    options = parser.parse_args()
    if options.what == FILES:
        write(options.root, options.target)
    else:
        measured = ours(options.root, labels_only=options.what == LABELS)
        options.target.write_text(json.dumps(measured))
