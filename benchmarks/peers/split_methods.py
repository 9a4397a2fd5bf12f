"""One split by one method, in a process of its own: `split_methods.py METHOD DATA FOUND`.

DATA is an .npz with a CSR matrix (indptr, indices, shape) and perhaps groups; FOUND is a JSON file
that is written. Needs numpy and scipy, and the method's own package: this file runs in the peers'
environment too, and imports nothing else of the repository.
"""

from __future__ import annotations

import hashlib
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

RATIOS = {"train": 0.7, "val": 0.15, "test": 0.15}
SHARES = np.array(list(RATIOS.values()))


def tagledger(matrix: sp.csr_array, groups: Any) -> Any:
    from tagledger.stratify import split

    return lambda: split(matrix, ratios=RATIOS, groups=groups).assignment


def iterative_stratification(matrix: sp.csr_array, _groups: Any) -> Any:
    # It splits in two: test first, then what is left. It knows no groups.
    from iterstrat.ml_stratifiers import MultilabelStratifiedShuffleSplit

    def run() -> Any:
        labels = matrix.toarray().astype(bool)
        found = np.zeros(len(labels), np.int64)
        rows = np.arange(len(labels))
        for name, size in ((2, SHARES[2]), (1, SHARES[1] / (1 - SHARES[2]))):
            splitter = MultilabelStratifiedShuffleSplit(1, test_size=size, random_state=0)
            rest, part = next(splitter.split(np.zeros(len(rows)), labels[rows]))
            found[rows[part]] = name
            rows = rows[rest]
        return found

    return run


def scikit_multilearn(matrix: sp.csr_array, _groups: Any) -> Any:
    # A random_state would stratify a shuffled copy whose rows are never mapped back.
    from skmultilearn.model_selection import IterativeStratification

    def run() -> Any:
        np.random.seed(0)  # noqa: NPY002 - the generator that it uses
        splitter = IterativeStratification(
            n_splits=3, order=1, sample_distribution_per_fold=SHARES.tolist()
        )
        found = np.zeros(matrix.shape[0], np.int64)
        parts = splitter.split(np.zeros((matrix.shape[0], 1)), matrix.toarray().astype(int))
        for name, (_, part) in enumerate(parts):
            found[part] = name
        return found

    return run


def random(matrix: sp.csr_array, _groups: Any) -> Any:
    def run() -> Any:
        n = matrix.shape[0]
        edges = np.round(np.cumsum(SHARES)[:-1] * n).astype(int)
        found = np.zeros(n, np.int64)
        found[np.random.default_rng(0).permutation(n)] = np.searchsorted(
            edges, np.arange(n), side="right"
        )
        return found

    return run


def hashed(matrix: sp.csr_array, _groups: Any) -> Any:
    def run() -> Any:
        digests = b"".join(
            hashlib.blake2b(str(i).encode(), digest_size=8).digest() for i in range(matrix.shape[0])
        )
        return np.searchsorted(np.cumsum(SHARES)[:-1], np.frombuffer(digests, "<u8") / 2.0**64)

    return run


METHODS: dict[str, Callable[[sp.csr_array, Any], Any]] = {
    "tagledger": tagledger,
    "iterative-stratification": iterative_stratification,
    "scikit-multilearn": scikit_multilearn,
    "random": random,
    "hash": hashed,
}


def main() -> None:
    method, data, target = sys.argv[1:]
    with np.load(data) as stored:
        indices = stored["indices"]
        ones = np.ones(len(indices), np.int8)
        matrix = sp.csr_array((ones, indices, stored["indptr"]), shape=tuple(stored["shape"]))
        groups = stored.get("groups")
    run = METHODS[method](matrix, groups)
    wall, cpu = time.perf_counter(), time.process_time()
    found = run()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    splits, tags = len(SHARES), matrix.shape[1]
    cell = np.repeat(found, np.diff(matrix.indptr)) * tags + matrix.indices
    torn = 0
    if groups is not None:
        pairs = np.unique(groups.astype(np.int64) * splits + found)
        torn = len(pairs) - len(np.unique(groups))
    Path(target).write_text(
        json.dumps(
            {
                "wall_s": wall,
                "cpu_s": cpu,
                "peak_mib": peak / (2**20 if sys.platform == "darwin" else 2**10),
                "sizes": np.bincount(found, minlength=splits).tolist(),
                "counts": np.bincount(cell, minlength=splits * tags).reshape(splits, tags).tolist(),
                "torn_groups": torn,
            }
        )
    )


if __name__ == "__main__":
    main()
