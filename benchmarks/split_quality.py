"""The split beside its peers: how well it is stratified, and what it takes.

The datasets are the bundled sample, the real catalogue (where TAGLEDGER_UPSTREAM or
../shared/upstream has it) and made-up ones of 1,000 to 10,000,000 items; a quick run stops at
20,000. Every run has a process of its
own; peers run with the interpreter that TAGLEDGER_BENCH_PYTHON names, or with this one. A peer that
is not installed, or takes longer than `LIMIT`, is left out and said so.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from benchmarks.harness import REPOSITORY, own_code
from benchmarks.peers.split_methods import METHODS, RATIOS, SHARES
from benchmarks.split_chart import OURS, PEER, svg
from tagledger.stratify import label_distribution_error, rounding_floor

NAME = "split_quality"
DESCRIPTION = "the stratified split beside other ways to split"
SMALL = 2_000
"""Up to so many items the summary says what CPU time the split takes beside the peer."""
LIMIT = 600.0
"""Seconds that a peer may take for one dataset."""
_SNAPSHOT = "GokuMohandas/mlops-course/5d5387042389cb65481110078967812f1176baea/datasets"
_SAMPLE = "data/sample/2025-06-30/projects.json"
SAMPLE_ITEMS = 1_416
_TIME = "CPU time of the split"
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


def sample() -> Table:
    """The tags of the bundled sample that 30 items have, and its groups of near duplicates."""
    # Loaded here, where data is made: a child's peak is at least what its parent holds.
    import pyarrow as pa

    from tagledger.cleaning.near_duplicates import near_duplicate_groups

    projects = json.loads((REPOSITORY / _SAMPLE).read_text("utf-8"))
    tags = [sorted({tag.lower().replace("_", "-") for tag in p["tags"]}) for p in projects]
    often = Counter(tag for row in tags for tag in row)
    known = {tag: j for j, tag in enumerate(sorted(tag for tag in often if often[tag] >= 30))}
    kept = [i for i, row in enumerate(tags) if any(tag in known for tag in row)]
    labels = [(i, known[tag]) for i, at in enumerate(kept) for tag in tags[at] if tag in known]
    row, tag = np.array(labels).T
    texts = pa.array([f"{projects[i]['title']} {projects[i]['description']}" for i in kept])
    groups = near_duplicate_groups(texts, np.arange(len(kept)), similarity=0.7)
    return _matrix(row, tag, len(kept), len(known)), groups


def few_tags(items: int) -> sp.csr_array:
    """`curated` of 50 tags."""
    return curated(items, tags=50)


KINDS: dict[str, Callable[[int], Table]] = {
    "real catalogue": lambda _: (real(), None),
    "sample": lambda _: sample(),
    "few tags": lambda items: (few_tags(items), None),
    "few tags, groups": lambda items: (few_tags(items), groups_of_three(items)),
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


def datasets(*, quick: bool) -> list[Dataset]:
    """What to split, smallest first."""
    simple = ("tagledger", "random", "hash")
    found = [Dataset("few tags", 1_000), Dataset("sample", SAMPLE_ITEMS)]
    found += [Dataset(kind, 1_700) for kind in ("few tags", "few tags, groups", "curated")]
    found += [Dataset("real catalogue", 2_032)] if catalogue() else []
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
            Dataset("curated", 10_000_000, simple),
        ]
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


def one(method: str, data: Path) -> dict[str, Any]:
    """Run one method on one dataset; {"skipped": why} if a peer cannot do it."""
    ours = method in {"tagledger", "random", "hash"}
    python = sys.executable if ours else os.environ.get("TAGLEDGER_BENCH_PYTHON", sys.executable)
    target = data.with_suffix(f".{method}.json")
    command = [python, str(_CHILD), method, str(data), str(target)]
    variables = {**os.environ, **(own_code() if ours else {})}
    try:
        done = subprocess.run(
            command,
            env=variables,
            capture_output=True,
            text=True,
            timeout=None if ours else LIMIT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"skipped": f"over {LIMIT:.0f} s", "limit_s": LIMIT}
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:]
        why = f"ended with {done.returncode}: {''.join(last)}"
        if ours:
            raise RuntimeError(f"{method} {why}")
        return {"skipped": why}
    found = json.loads(target.read_text())
    counts, sizes = np.array(found.pop("counts")), np.array(found.pop("sizes"))
    return found | quality(counts, sizes)


def run(*, quick: bool) -> dict[str, Any]:
    """Split every dataset by every method."""
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        for number, dataset in enumerate(datasets(quick=quick)):
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
                rows.append(row | one(method, data))
                print(json.dumps(rows[-1]), file=sys.stderr)
            data.unlink()
    for row in rows:
        ours = next(other for other in rows if other["method"] == OURS and _same(other, row))
        for measure in ("cpu_s", "peak_mib"):
            if measure in row:
                row[f"{measure}_ratio"] = row[measure] / ours[measure]
    return {"rows": rows, "table": summary(rows)}


def _same(one_: dict[str, Any], other: dict[str, Any]) -> bool:
    return (one_["data"], one_["items"]) == (other["data"], other["items"])


def summary(rows: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Ours beside the best peer, dataset by dataset; and what ours takes where that is most."""
    table = []
    for ours in (row for row in rows if row["method"] == OURS):
        others = [r for r in rows if _same(r, ours) and r is not ours and "skipped" not in r]
        best = min(others, key=lambda row: row["over_floor"], default=None)
        if best is not None:
            table.append(
                _line(
                    "label distribution error over its floor",
                    ours,
                    f"{ours['over_floor']:.2f} in {_seconds(ours)}",
                    f"{best['over_floor']:.2f} in {_seconds(best)}, {best['method']}",
                    f"{best['over_floor'] / ours['over_floor']:.2f} times ours",
                )
            )
    for ours in (row for row in rows if row["method"] == OURS and row["items"] <= SMALL):
        same = [row for row in rows if _same(row, ours) and row["method"] == PEER]
        for peer in (row for row in same if "skipped" not in row):
            time = f"{peer['cpu_s']:.3f} s, {PEER}"
            ratio = f"{peer['cpu_s_ratio']:.2f} times ours"
            table.append(_line(_TIME, ours, f"{ours['cpu_s']:.3f} s", time, ratio))
    found = {(row["data"], row["items"], row["method"]): row for row in rows}
    million, peer = (found.get(("curated", 1_000_000, method)) for method in (OURS, PEER))
    most, raw = found.get(("curated", 10_000_000, OURS)), found.get(("uncurated", 1_000_000, OURS))
    if million and peer and "skipped" in peer:
        table.append(_line(_TIME, million, _seconds(million), f"{peer['skipped']}, {PEER}", ""))
    elif million and peer:
        time, memory = peer["cpu_s_ratio"], peer["peak_mib_ratio"]
        mib, theirs = f"{million['peak_mib']:,.0f} MiB", f"{peer['peak_mib']:,.0f} MiB, {PEER}"
        table += [
            _line(_TIME, million, _seconds(million), f"{_seconds(peer)}, {PEER}", _times(time)),
            _line("memory of the split", million, mib, theirs, _times(memory)),
        ]
    if million and most:
        cost, least = (1e6 * row["cpu_s"] / row["items"] for row in (most, million))
        beside = f"{least:.2f} µs, of {million['items']:,} items"
        ratio = f"{cost / least:.2f} times that"
        table.append(_line("CPU time of the split per item", most, f"{cost:.2f} µs", beside, ratio))
    if raw:
        table.append(_line(_TIME, raw, _seconds(raw), "", ""))
    return table


def _line(what: str, row: dict[str, Any], ours: str, beside: str, ratio: str) -> dict[str, str]:
    what = f"{what}, {row['data']}, {row['items']:,} items"
    return {"what": what, "ours": ours, "beside": beside, "ratio": ratio, "spread": ""}


def _seconds(row: dict[str, Any]) -> str:
    return f"{row['cpu_s']:.{0 if row['cpu_s'] >= 100 else 1}f} s"


def _times(ratio: float) -> str:
    return f"{ratio:.{0 if ratio >= 100 else 1}f} times ours"


def markdown(rows: list[dict[str, Any]]) -> str:
    """All that was measured, for people."""
    shares = " / ".join(f"{share:.0%}" for share in RATIOS.values())
    head = ["data", "items", "method", "error over its floor", "worst tag, rows off"]
    head += ["tags missing", "CPU s", "over ours", "peak MiB", "over ours"]
    lines = [
        f"# Splits of {shares}",
        "",
        "![Error and CPU time by number of items](split_quality.svg)",
        "",
        "*error over its floor*: label distribution error over the least that whole rows allow.",
        "*worst tag*: how many rows the tag and split that are furthest off have too many or few.",
        "*tags missing*: (tag, split) pairs without a row, of tags that have one for each split.",
        f"A peer is given up after {LIMIT:.0f} s. Groups are kept whole by ours alone.",
        "",
        f"| {' | '.join(head)} |",
        "|---|--:|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
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


def pages(found: dict[str, Any]) -> dict[str, str]:
    """All rows as a table, and their chart."""
    rows = found["rows"]
    return {f"{NAME}.md": markdown(rows), f"{NAME}.svg": svg(rows)}
