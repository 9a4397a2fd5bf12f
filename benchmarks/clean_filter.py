"""Clean and filter of a million generated items, beside plain pandas.

Both sides are two programs, one after the other: Parquet in, Parquet between them, Parquet out,
with the same items, labels, groups of equal texts and tag counts, which is checked. The search for
near duplicates is off on both. Ours validates every table with Pandera; the peer validates nothing.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from benchmarks.harness import (
    Usage,
    measure,
    medians,
    own_code,
    ratios,
    run_module,
    take_turns,
)

NAME = "clean_filter"
DESCRIPTION = "clean + filter of 1,000,000 generated items, beside plain pandas"
ITEMS, QUICK_ITEMS = 1_000_000, 20_000
RUNS, QUICK_RUNS = 3, 1
PEER = "benchmarks.peers.plain_pandas"
_MEASURES = [
    ("time", "wall", "wall_s", "s"),
    ("CPU time", "cpu", "cpu_s", "s"),
    ("memory", "peak", "peak_mib", "MiB"),
]


def prepare(folder: Path, items: int) -> list[Path]:
    """Generate a raw snapshot, and three folders to work on it: ours, the peer's, its pairs'."""
    run_module("benchmarks.generate", str(folder), str(items))
    tags = [entry["tag"] for entry in json.loads((folder / "data/raw/tags.json").read_text())]
    params = {
        "clean": {
            "resolve_aliases": True,
            "duplicate_ids": "union",
            "parents": "keep",
            "near_duplicate_similarity": None,
        },
        "filter": {
            "include": "taxonomy",
            "exclude": tags[:5],
            "min_tag_count": max(1, 3 * items // 1000),
        },
    }
    sides = [folder / name for name in ("ours", "lists", "pairs")]
    for side in sides:
        (side / "data").mkdir(parents=True)
        (side / "data" / "raw").symlink_to(folder / "data" / "raw")
        (side / "params.yaml").write_text(yaml.safe_dump(params))
    return sides


def run_ours(folder: Path) -> Usage:
    """Our two stages, as the pipeline runs them."""
    cleaned = _stage(folder, "clean")
    pass_on(folder)
    return cleaned + _stage(folder, "filter")


def pass_on(folder: Path) -> None:
    """Let clean's labels and taxonomy be the annotated ones, as they are while nobody answered."""
    (folder / "data" / "annotated").mkdir(exist_ok=True)
    for name in ("labels.parquet", "taxonomy.parquet"):
        shutil.copyfile(folder / "data" / "clean" / name, folder / "data" / "annotated" / name)


def _stage(folder: Path, name: str) -> Usage:
    command = [sys.executable, "-m", f"tagledger.stages.{name}"]
    return measure(command, cwd=folder, variables=own_code())


def run_peer(folder: Path, *options: str) -> Usage:
    """The peer's two steps."""
    return _step(folder, "clean", *options) + _step(folder, "filter", *options)


def _step(folder: Path, name: str, *options: str) -> Usage:
    command = [sys.executable, "-m", PEER, name, str(folder), *options]
    return measure(command, cwd=folder, variables=own_code())


def run(*, quick: bool) -> dict[str, Any]:
    """Measure ours and both forms of the peer in turn, and check that all made the same."""
    items = QUICK_ITEMS if quick else ITEMS
    with tempfile.TemporaryDirectory() as temporary:
        ours, lists, pairs = prepare(Path(temporary), items)
        sides = {
            "ours": lambda: run_ours(ours),
            "plain pandas": lambda: run_peer(lists),
            "plain pandas, pairs": lambda: run_peer(pairs, "--pairs"),
        }
        usages = take_turns(sides, QUICK_RUNS if quick else RUNS)
        for peer in (lists, pairs):
            run_module("benchmarks.agree", str(ours), str(peer))
    found = {side: medians(of) for side, of in usages.items()}
    peers = [side for side in sides if side != "ours"]
    over = {peer: ratios(usages[peer], usages["ours"]) for peer in peers}
    return {
        "runs": len(usages["ours"]),
        "items": items,
        "aim": "a tenth of plain pandas' time and half of its memory",
        "outputs": "the same on all sides",
        "sides": found,
        "ratios": {f"{peer} / ours": ratio for peer, ratio in over.items()},
        "table": [
            {
                "what": f"{measured} of clean + filter, {items:,} items",
                "ours": _shown(found["ours"][key], unit),
                "beside": f"{_shown(found[peer][key], unit)}, {peer}",
                "ratio": f"{over[peer][name]['median']:.1f} times ours",
                "spread": f"{over[peer][name]['least']:.1f} to {over[peer][name]['most']:.1f}",
            }
            for peer in peers
            for measured, name, key, unit in _MEASURES
        ],
    }


def _shown(value: float, unit: str) -> str:
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:,.1f} {unit}"
