"""How tables are encoded: seconds, bytes, and how much of a changed table a chunking store has.

Our encoding beside Arrow's default, which is a dictionary for every column, and beside our own with
content-defined chunking. A store that keeps chunks of files, as some remotes and backups do, keeps
each chunk once; DVC's cache and remotes keep whole files. All sides write and read the same tables.
"""

from __future__ import annotations

import hashlib
import io
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.clean_filter import prepare, run_ours

NAME = "table_encoding"
DESCRIPTION = (
    "encoding of tables, 500,000 items: seconds, bytes, and what a chunking store has again"
)
ITEMS, QUICK_ITEMS = 500_000, 5_000
RUNS, QUICK_RUNS = 5, 1
_CHUNKED = "in content-defined chunks"
_TITLES = {"write_s": "writing", "read_s": "reading"}
TABLES = ("data/clean/items.parquet", "data/clean/labels.parquet")
# Chunks of 64 kB on average, as such stores cut: where a rolling hash of 48 bytes ends in 16 zeros.
_WINDOW, _BITS, _LEAST, _MOST = 48, 16, 2**14, 2**18

Write = Callable[[Any, io.BytesIO], None]


def _sides() -> dict[str, Write]:
    import pyarrow.parquet as pq

    from tagledger import tables

    def ours(table: Any, sink: io.BytesIO, **options: Any) -> None:
        pq.write_table(table, sink, **tables.encoding(table.schema), **options)

    return {
        "ours": ours,
        "dictionaries": lambda table, sink: pq.write_table(table, sink, compression="zstd"),
        _CHUNKED: lambda table, sink: ours(table, sink, use_content_defined_chunking=True),
    }


def chunks(content: bytes) -> dict[bytes, int]:
    """The chunks that a store would cut a file into: their hashes, and their bytes."""
    import numpy as np

    random = np.random.default_rng(0).integers(0, 2**63, 256, dtype=np.uint64)
    each = random[np.frombuffer(content, np.uint8)]
    rolling = np.zeros(len(each), np.uint64)
    for back in range(_WINDOW):
        rolling[back:] += each[: len(each) - back] << np.uint64(back)
    seams = np.flatnonzero(rolling >> np.uint64(40) & np.uint64(2**_BITS - 1) == 0)
    edges = [0]
    for seam in [*seams.tolist(), len(content)]:
        while seam - edges[-1] > _MOST:
            edges.append(edges[-1] + _MOST)
        if seam - edges[-1] >= _LEAST or seam == len(content):
            edges.append(seam)
    cut = [content[start:end] for start, end in pairwise(edges)]
    return {hashlib.blake2b(part).digest(): len(part) for part in cut}


def known_again(before: bytes, after: bytes) -> float:
    """The share of the second file that a store has of the first."""
    have, parts = chunks(before), chunks(after)
    return sum(size for name, size in parts.items() if name in have) / sum(parts.values())


def _edited(frame: Any) -> dict[str, Any]:
    """A table as it was before 2 % were appended, without a block of 1 %, without 50 rows."""
    import numpy as np
    import pandas as pd

    rows = len(frame)
    block = [frame.iloc[: rows // 2], frame.iloc[rows // 2 + rows // 100 :]]
    some = np.random.default_rng(0).choice(rows, 50, replace=False)
    return {
        "2 % appended": frame.iloc[: rows * 98 // 100],
        "a block of 1 % gone": pd.concat(block, ignore_index=True),
        "50 rows gone": frame.drop(some).reset_index(drop=True),
    }


def _seconds(action: Callable[[], object]) -> float:
    start = time.process_time()
    action()
    return time.process_time() - start


def _measure(frame: Any, runs: int) -> dict[str, dict[str, Any]]:
    import pyarrow.parquet as pq

    from tagledger.tables import to_arrow

    def written(side: Write, table: Any) -> bytes:
        sink = io.BytesIO()
        side(table, sink)
        return sink.getvalue()

    sides, table = _sides(), to_arrow(frame)
    found: dict[str, dict[str, Any]] = {name: {"write_s": [], "read_s": []} for name in sides}
    made: Mapping[str, bytes] = {name: written(side, table) for name, side in sides.items()}
    for _ in range(runs):
        for name, side in sides.items():
            found[name]["write_s"].append(_seconds(lambda side=side: written(side, table)))
            read = io.BytesIO(made[name])
            found[name]["read_s"].append(
                _seconds(lambda read=read: pq.read_table(read).to_pandas())
            )
    edited = {what: to_arrow(one) for what, one in _edited(frame).items()}
    for name, side in sides.items():
        found[name]["bytes"] = len(made[name])
        found[name]["known_again"] = {
            what: round(known_again(written(side, one), made[name]), 3)
            for what, one in edited.items()
        }
    return found


def run(*, quick: bool) -> dict[str, Any]:
    """Write and read the clean tables of a generated dataset in each encoding, in turn."""
    from tagledger import tables

    items = QUICK_ITEMS if quick else ITEMS
    found = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = prepare(Path(temporary), items)[0]
        run_ours(folder)
        for path in TABLES:
            found[path] = _measure(tables.read(folder / path), QUICK_RUNS if quick else RUNS)
            print(f"  {path}: {found[path]}", file=sys.stderr)
    return {"items": items, "tables": found, "table": [*_rows(found, items)]}


def _rows(found: dict[str, Any], items: int) -> Iterator[dict[str, str]]:
    for path, sides in found.items():
        ours = sides["ours"]
        for name, measures in (("dictionaries", ("write_s", "read_s")), (_CHUNKED, ("write_s",))):
            other = sides[name]
            for key in measures:
                ratios = [b / a for a, b in zip(ours[key], other[key], strict=True)]
                yield {
                    "what": f"CPU time of {_TITLES[key]} {path}, {items:,} items",
                    "ours": f"{median(ours[key]):.3f} s",
                    "beside": f"{median(other[key]):.3f} s, {name}",
                    "ratio": f"{median(ratios):.2f} times ours",
                    "spread": f"{min(ratios):.2f} to {max(ratios):.2f}",
                }
            yield {
                "what": f"size of {path}, {items:,} items",
                "ours": f"{ours['bytes'] / 1e6:.2f} MB",
                "beside": f"{other['bytes'] / 1e6:.2f} MB, {name}",
                "ratio": f"{other['bytes'] / ours['bytes']:.2f} times ours",
            }
        for what, share in ours["known_again"].items():
            yield {
                "what": f"share of {path} that a chunking store has already: {what}",
                "ours": f"{share:.0%}",
                "beside": f"{sides[_CHUNKED]['known_again'][what]:.0%}, {_CHUNKED}",
            }
