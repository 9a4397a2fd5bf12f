"""A repository with versions of a large dataset: `python -m benchmarks.repository DIR ITEMS`.

Four versions, v1.0.0 to v1.3.0, made by the stages' own functions from the items that `generate`
makes: each has 2 % of the items more than the one before, and relabels a growing share of them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.generate import raw_items, taxonomy
from tagledger.params import CleanParams, FilterParams
from tests.dashboard.ledger import Ledger, State

VERSIONS = 4


def build(root: Path, items: int, first: int = 0) -> None:
    """Make the repository in `root`, which must not exist; `first` leaves earlier versions out."""
    random = np.random.default_rng(0)
    tags = taxonomy(random)
    table = raw_items(random, tags, items)
    ledger = Ledger(root)
    for version in range(first, VERSIONS):
        size = int(len(table) * (1 - 0.02 * (VERSIONS - 1 - version)))
        place = np.arange(len(table))
        edited = random.choice(size, size=version * size // 100, replace=False)
        place[edited] = random.integers(0, size, len(edited))
        column = table.schema.get_field_index("tags")
        relabelled = table["tags"].take(pa.array(place))
        rows = table.set_column(column, table.schema.field(column), relabelled).slice(0, size)
        state = State(
            rows,
            tags,
            clean=CleanParams(near_duplicate_similarity=None),
            filter=FilterParams(min_tag_count=max(2, items // 1000)),
        )
        ledger.release(state, f"v1.{version}.0", f"data: snapshot {version}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("items", type=int)
    parser.add_argument("--first", type=int, default=0, help="the first version to make")
    options = parser.parse_args()
    build(options.root, options.items, options.first)
