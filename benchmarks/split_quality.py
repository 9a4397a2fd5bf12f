"""The split beside its peers: how well it is stratified, and what it takes.

    python -m benchmarks.split_quality [--quick] [--limit SECONDS] [--also-10m]

writes split_quality.json, .md and .svg to benchmarks/results/. The datasets are the real catalogue
(where TAGLEDGER_UPSTREAM or ../shared/upstream has it) and made-up ones of growing size. Every run
has a process of its own; peers run with the interpreter that TAGLEDGER_BENCH_PYTHON names, or with
this one. A peer that is not installed, or takes longer than the limit, is left out and said so.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from benchmarks.harness import REPOSITORY, own_code, surroundings
from benchmarks.peers.split_methods import METHODS, RATIOS, SHARES
from tagledger.stratify import label_distribution_error, rounding_floor

NAME = "split_quality"
DESCRIPTION = "the stratified split beside other ways to split"
LIMIT = 900.0
_SNAPSHOT = "GokuMohandas/mlops-course/5d5387042389cb65481110078967812f1176baea/datasets"
_CHILD = REPOSITORY / "benchmarks" / "peers" / "split_methods.py"

Table = tuple[sp.csr_array, NDArray[np.int64] | None]


@dataclass(frozen=True)
class Dataset:
    """A dataset to split: a key of `KINDS`, how large, and by what methods."""

    kind: str
    items: int
    methods: tuple[str, ...] = tuple(METHODS)


def _matrix(row: NDArray[Any], tag: NDArray[Any], items: int, tags: int) -> sp.csr_array:
    pairs = np.unique(row.astype(np.int64) * tags + tag)
    indptr = np.searchsorted(pairs, np.arange(items + 1, dtype=np.int64) * tags)
    ones = np.ones(len(pairs), np.int8)
    return sp.csr_array((ones, (pairs % tags).astype(np.int32), indptr), shape=(items, tags))


def curated(items: int, tags: int = 500, seed: int = 0) -> sp.csr_array:
    """Four labels an item on average, of tags used as unevenly as tags are (Zipf)."""
    rng = np.random.default_rng(seed)
    weight = 1 / np.arange(2, tags + 2)
    lengths = 1 + rng.poisson(3, items)
    tag = rng.choice(tags, size=int(lengths.sum()), p=weight / weight.sum())
    return _matrix(np.repeat(np.arange(items), lengths), tag, items, tags)


def uncurated(items: int, tags: int = 2500, seed: int = 0) -> sp.csr_array:
    """Raw tags: half of them on one item, the others on two up to a twentieth of the items."""
    rng = np.random.default_rng(seed)
    often = np.exp(rng.uniform(np.log(2), np.log(items / 20), tags - tags // 2)).astype(int)
    counts = np.r_[np.ones(tags // 2, int), often]
    row = rng.integers(0, items, int(counts.sum()))
    return _matrix(row, np.repeat(np.arange(tags), counts), items, tags)


def groups_of_three(items: int, seed: int = 0) -> NDArray[np.int64]:
    """A group for every item, of three on average."""
    rng = np.random.default_rng(seed)
    return rng.permutation(np.repeat(np.arange(items), 1 + rng.poisson(2, items))[:items])


def alike(items: int, seed: int = 0) -> Table:
    """Groups of three on average, whose items share most of their labels."""
    groups = groups_of_three(items, seed)
    shared = curated(int(groups.max()) + 1, seed=seed + 1)[groups]
    both = (shared.astype(np.int32) + curated(items, seed=seed + 2).astype(np.int32)).tocoo()
    keep = np.random.default_rng(seed).random(both.nnz) < 0.7
    row, tag = both.coords
    return _matrix(row[keep], tag[keep], items, 500), groups


def catalogue() -> Path | None:
    """The folder of the catalogue of 2020-12-23, if it is at hand."""
    place = os.environ.get("TAGLEDGER_UPSTREAM") or REPOSITORY.parent / "shared" / "upstream"
    folder = Path(place) / _SNAPSHOT
    return folder if folder.is_dir() else None


def real() -> sp.csr_array:
    """The labels of the catalogue, those of its taxonomy."""
    folder = catalogue()
    assert folder is not None
    known = {tag: j for j, tag in enumerate(json.loads((folder / "tags.json").read_text("utf-8")))}
    projects = json.loads((folder / "projects.json").read_text("utf-8"))
    labels = [(i, known[tag]) for i, p in enumerate(projects) for tag in p["tags"] if tag in known]
    row, tag = np.array(labels).T
    return _matrix(row, tag, len(projects), len(known))


KINDS: dict[str, Callable[[int], Table]] = {
    "real catalogue": lambda _: (real(), None),
    "curated": lambda items: (curated(items), None),
    "groups": lambda items: (curated(items), groups_of_three(items)),
    "groups alike": alike,
    "uncurated": lambda items: (uncurated(items), None),
}


def write(kind: str, items: int, path: str) -> None:
    """Make a dataset and leave it at `path` for the methods."""
    matrix, groups = KINDS[kind](items)
    parts = {"indptr": matrix.indptr, "indices": matrix.indices, "shape": np.array(matrix.shape)}
    np.savez(path, **(parts if groups is None else {**parts, "groups": groups}))


def datasets(*, quick: bool, largest: bool) -> list[Dataset]:
    """What to split, smallest first."""
    simple = ("tagledger", "random", "hash")
    found = [Dataset("real catalogue", 2_032)] if catalogue() else []
    found += [
        Dataset("curated", 20_000),
        Dataset("groups", 20_000, simple[:2]),
        Dataset("groups alike", 20_000, simple[:2]),
    ]
    if not quick:
        found += [
            Dataset("curated", 200_000),
            Dataset("curated", 1_000_000),
            Dataset("uncurated", 1_000_000, simple),
        ]
    if largest:
        found.append(Dataset("curated", 10_000_000, simple))
    return found


def quality(counts: NDArray[np.int64], sizes: NDArray[np.int64]) -> dict[str, float]:
    """How well rows are shared out: error over its floor, worst tag in rows, tags missing."""
    total, n = counts.sum(axis=0), int(sizes.sum())
    counts, total = counts[:, total > 0], total[total > 0]
    error = label_distribution_error(counts, sizes, RATIOS)
    enough = total >= len(SHARES)
    return {
        "error": error,
        "over_floor": error / rounding_floor(total, n, RATIOS),
        "worst_rows": float(np.abs(counts - np.outer(SHARES, total)).max()),
        "missing": int((counts[:, enough] == 0).sum()),
        "size_off": int(np.abs(sizes - SHARES * n).max()),
    }


def one(method: str, data: Path, limit: float) -> dict[str, Any]:
    """Run one method on one dataset; {"skipped": why} if that cannot be."""
    ours = method in {"tagledger", "random", "hash"}
    python = sys.executable if ours else os.environ.get("TAGLEDGER_BENCH_PYTHON", sys.executable)
    target = data.with_suffix(f".{method}.json")
    command = [python, str(_CHILD), method, str(data), str(target)]
    variables = {**os.environ, **(own_code() if ours else {})}
    try:
        done = subprocess.run(
            command, env=variables, capture_output=True, text=True, timeout=limit, check=False
        )
    except subprocess.TimeoutExpired:
        return {"skipped": f"over {limit:.0f} s"}
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:]
        return {"skipped": f"ended with {done.returncode}: {''.join(last)}"}
    found = json.loads(target.read_text())
    counts, sizes = np.array(found.pop("counts")), np.array(found.pop("sizes"))
    return found | quality(counts, sizes)


def run(quick: bool, *, largest: bool = False, limit: float = LIMIT) -> dict[str, Any]:
    """Split every dataset by every method."""
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        for number, dataset in enumerate(datasets(quick=quick, largest=largest)):
            data = Path(temporary) / f"{number}.npz"
            # A process of its own: a child's peak is at least what its parent holds.
            code = "from benchmarks.split_quality import write"
            call = f"write({dataset.kind!r}, {dataset.items}, {str(data)!r})"
            subprocess.run(
                [sys.executable, "-c", f"{code}; {call}"],
                env={**os.environ, **own_code()},
                check=True,
            )
            for method in dataset.methods:
                row = {"data": dataset.kind, "items": dataset.items, "method": method}
                rows.append(row | one(method, data, limit))
                print(json.dumps(rows[-1]), file=sys.stderr)
            data.unlink()
    for row in rows:
        ours = next(r for r in rows if r["method"] == "tagledger" and _same(r, row))
        for measure in ("cpu_s", "peak_mib"):
            if measure in row and measure in ours:
                row[f"{measure}_ratio"] = row[measure] / ours[measure]
    return {"surroundings": surroundings(), "rows": rows, "table": _summary(rows)}


def _same(one_: dict[str, Any], other: dict[str, Any]) -> bool:
    return (one_["data"], one_["items"]) == (other["data"], other["items"])


def _summary(rows: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Ours beside the best peer, dataset by dataset."""
    table = []
    for ours in (row for row in rows if row["method"] == "tagledger" and "skipped" not in row):
        others = [r for r in rows if _same(r, ours) and r is not ours and "skipped" not in r]
        best = min(others, key=lambda row: row["over_floor"], default=None)
        if best is None:
            continue
        table.append(
            {
                "what": f"label distribution error over its floor, {ours['data']}, "
                f"{ours['items']:,} items",
                "ours": f"{ours['over_floor']:.2f} in {ours['cpu_s']:.1f} s",
                "beside": f"{best['over_floor']:.2f} in {best['cpu_s']:.1f} s, {best['method']}",
                "ratio": f"{best['over_floor'] / ours['over_floor']:.2f} times ours",
                "spread": "",
            }
        )
    return table


def markdown(rows: list[dict[str, Any]]) -> str:
    """The rows as a table for people."""
    head = ["data", "items", "method", "error over its floor", "worst tag, rows off"]
    head += ["tags missing", "CPU s", "over ours", "peak MiB", "over ours"]
    lines = [f"| {' | '.join(head)} |", "|---|--:|---|--:|--:|--:|--:|--:|--:|--:|"]
    for row in rows:
        start = f"| {row['data']} | {row['items']:,} | {row['method']} |"
        if "skipped" in row:
            lines.append(f"{start} {row['skipped']} |" + " |" * 6)
            continue
        lines.append(
            f"{start} {row['over_floor']:.2f} | {row['worst_rows']:.1f} | {row['missing']} "
            f"| {row['cpu_s']:.2f} | {row['cpu_s_ratio']:.2f} "
            f"| {row['peak_mib']:,.0f} | {row['peak_mib_ratio']:.2f} |"
        )
    return "\n".join(lines) + "\n"


_COLOURS = dict(zip(METHODS, ("#0072b2", "#d55e00", "#cc79a7", "#7f7f7f", "#e69f00"), strict=True))


def svg(rows: list[dict[str, Any]]) -> str:
    """Error and CPU time by number of items, without groups and raw tags; both axes logarithmic."""
    shown = [r for r in rows if r["data"] in {"real catalogue", "curated"} and "skipped" not in r]
    parts = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 360" ']
    parts.append('font-family="sans-serif" font-size="13"><rect width="900" height="360" ')
    parts.append('fill="white"/>')
    panels = [("over_floor", "error over its floor"), ("cpu_s", "CPU seconds")]
    for left, (measure, title) in zip((60, 500), panels, strict=True):
        parts += _panel(shown, measure, title, left)
    for place, (method, colour) in enumerate(_COLOURS.items()):
        parts.append(f'<text x="{60 + 170 * place}" y="350" fill="{colour}">● {method}</text>')
    return "".join([*parts, "</svg>\n"])


def _panel(rows: list[dict[str, Any]], measure: str, title: str, left: int) -> list[str]:
    wide, high, top = 360, 240, 40
    xs = [math.log10(row["items"]) for row in rows]
    ys = [math.log10(max(row[measure], 1e-3)) for row in rows]
    low, x_span = math.floor(min(ys)), max(max(xs) - min(xs), 1)
    y_span = max(math.ceil(max(ys)) - low, 1)

    def at(row: dict[str, Any]) -> tuple[float, float]:
        x = (math.log10(row["items"]) - min(xs)) / x_span
        y = (math.log10(max(row[measure], 1e-3)) - low) / y_span
        return left + wide * x, top + high * (1 - y)

    parts = [f'<text x="{left}" y="24" font-weight="bold">{title}, by number of items</text>']
    for step in range(y_span + 1):
        y = top + high * (1 - step / y_span)
        parts.append(
            f'<path d="M{left} {y:.1f}h{wide}" stroke="#ddd"/>'
            f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">'
            f"{10.0 ** (low + step):g}</text>"
        )
    for items in sorted({row["items"] for row in rows}):
        x = at({"items": items, measure: 1})[0]
        parts.append(f'<text x="{x:.1f}" y="300" text-anchor="middle">{items:,}</text>')
    for method, colour in _COLOURS.items():
        points = sorted(at(row) for row in rows if row["method"] == method)
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>' for x, y in points]
    return parts


def main() -> None:
    parser = argparse.ArgumentParser(description=DESCRIPTION)
    parser.add_argument("--quick", action="store_true", help="2,000 and 20,000 items only")
    parser.add_argument("--also-10m", action="store_true", help="10,000,000 items too")
    parser.add_argument("--limit", type=float, default=LIMIT, help="seconds that a run may take")
    chosen = parser.parse_args()
    found = run(chosen.quick, largest=chosen.also_10m, limit=chosen.limit)
    folder = REPOSITORY / "benchmarks" / "results"
    folder.mkdir(exist_ok=True)
    (folder / f"{NAME}.json").write_text(json.dumps(found, indent=2) + "\n")
    (folder / f"{NAME}.md").write_text(markdown(found["rows"]))
    (folder / f"{NAME}.svg").write_text(svg(found["rows"]))
    print(markdown(found["rows"]))


if __name__ == "__main__":
    main()
