"""First half of the stratified split: what is to be placed, and a first place for all of it.

`tagledger.stratify` describes the whole algorithm. Everything here works on units: a unit is a
whole group of rows that must stay together, or a single row. Rows are in canonical order (by
keyed hash of their id) and tags are numbered from the rarest, so that every stable sort breaks
ties in a way that depends on ids and tag names alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

HEAVY = 0.02
"""A unit that holds more than this share of the smallest split is placed before all others."""


@dataclass
class Problem:
    """Units to place, and the state of the placement.

    Attributes
    ----------
    matrix
        CSR (units, tags), int32: rows of each unit that have each tag; columns run from the
        rarest tag to the most frequent and ascend within a row.
    weight
        (units,) rows of each unit.
    key
        (units,) keyed hash, ascending: the smallest of the unit's rows.
    total
        (tags,) rows that have each tag, frozen rows included.
    ratio
        (splits,) share of the rows that each split should have; sums to 1.
    goal
        (splits,) rows that each split should have: whole numbers.
    must
        (tags,) whether each split needs at least one row with the tag.
    have, size
        (splits, tags) and (splits,) rows placed so far, frozen rows included.
    split_of
        (units,) split of each unit, -1 while it has none.
    frozen
        (splits, tags) rows that the base has placed for good.
    """

    matrix: sp.csr_array
    weight: NDArray[np.int64]
    key: NDArray[np.uint64]
    total: NDArray[np.int64]
    ratio: NDArray[np.float64]
    goal: NDArray[np.int64]
    must: NDArray[np.bool_]
    have: NDArray[np.int64]
    size: NDArray[np.int64]
    split_of: NDArray[np.int64]
    frozen: NDArray[np.int64]

    @property
    def target(self) -> NDArray[np.float64]:
        """(splits, tags) rows that each split should have of each tag: real numbers."""
        return np.outer(self.goal / max(int(self.goal.sum()), 1), self.total)

    @property
    def rarest(self) -> NDArray[np.int64]:
        """(units,) the rarest tag of each unit; the number of tags for a unit without any."""
        first = np.full(len(self.weight), self.matrix.shape[1], np.int64)
        tagged = np.diff(self.matrix.indptr) > 0
        first[tagged] = self.matrix.indices[self.matrix.indptr[:-1][tagged]]
        return first

    def put(self, units: NDArray[np.int64], splits: NDArray[np.int64]) -> None:
        """Place units that have no place yet."""
        self.split_of[units] = splits
        np.add.at(self.size, splits, self.weight[units])
        at, lengths = entries(self.matrix.indptr, units)
        cell = np.repeat(splits, lengths) * self.matrix.shape[1] + self.matrix.indices[at]
        np.add.at(self.have.reshape(-1), cell, self.matrix.data[at].astype(np.int64))


def entries(indptr: NDArray[Any], rows: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Positions of the stored entries of some rows of a CSR matrix, and how many each row has."""
    lengths = indptr[rows + 1] - indptr[rows]
    before = np.cumsum(lengths) - lengths
    return np.repeat(indptr[rows] - before, lengths) + np.arange(lengths.sum()), lengths


def salt(seed: int) -> int:
    """64 bits that depend on the seed."""
    digest = hashlib.blake2b(str(int(seed)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def keys(names: NDArray[Any], seed: int) -> NDArray[np.uint64]:
    """A 64-bit hash of each name, keyed with the seed: the random order of the whole split.

    Integers go through the finaliser of SplitMix64 (Steele, Lea & Flood, OOPSLA 2014), which is
    a bijection: different ids never share a key. Anything else is hashed as text by BLAKE2b.
    """
    if names.dtype.kind in "iu":
        with np.errstate(over="ignore"):
            x = names.astype(np.uint64) + np.uint64(salt(seed))
            x += np.uint64(0x9E3779B97F4A7C15)
            x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            return x ^ (x >> np.uint64(31))
    return text_keys(map(str, names.tolist()), seed)


def text_keys(texts: Iterable[str], seed: int) -> NDArray[np.uint64]:
    """A 64-bit BLAKE2b hash of each text, keyed with the seed."""
    keyed = hashlib.blake2b(key=salt(seed).to_bytes(8, "little"), digest_size=8)
    digests = []
    for text in texts:
        state = keyed.copy()
        state.update(text.encode())
        digests.append(state.digest())
    return np.frombuffer(b"".join(digests), "<u8").astype(np.uint64)


def round_to(
    wanted: NDArray[np.float64], total: int, nudge: NDArray[np.float64] | float = 0.0
) -> NDArray[np.int64]:
    """Whole numbers that sum to `total`, near `wanted` scaled to that sum (largest remainder).

    Spare units go where remainder plus `nudge` is largest, ties to the earlier entry.
    """
    wanted = np.maximum(wanted, 0.0)
    sum_ = wanted.sum()
    wanted = wanted * (total / sum_) if sum_ > 0 else np.full(len(wanted), total / len(wanted))
    # An exact share such as 0.7 * 10 may come out a hair under the whole number.
    whole = np.floor(wanted + 1e-9).astype(np.int64)
    spare = total - int(whole.sum())
    remainder = np.round(wanted - whole + nudge, 9)
    whole[np.argsort(-remainder, kind="stable")[:spare]] += 1
    return whole


def goals(ratio: NDArray[np.float64], n: int, taken: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows that each split should have: largest-remainder sizes, but never under `taken`.

    Splits that frozen rows overfill keep what they have; the others share the rest by ratio.
    """
    full = np.zeros(len(ratio), bool)
    while True:
        goal = np.where(full, taken, 0)
        goal[~full] = round_to(ratio[~full], n - int(goal.sum()))
        over = ~full & (goal < taken)
        if not over.any():
            return goal
        full |= over


def deal(counts: NDArray[np.int64], phase: NDArray[np.float64]) -> NDArray[np.int64]:
    """Split numbers, `counts[j]` times j, each spread evenly over the sequence.

    Systematic sampling: the i-th of m copies stands at (i + phase) / m, phases in [0, 1).
    """
    splits = np.repeat(np.arange(len(counts)), counts)
    start = np.repeat(np.cumsum(counts) - counts, counts)
    position = (np.arange(len(splits)) - start + phase[splits]) / counts[splits]
    return splits[np.argsort(position, kind="stable")]


def place_heavy(problem: Problem) -> None:
    """Step 3: place the units that are large beside the smallest split, largest first.

    A unit goes where it adds least to sum over tags of (1 / r_j) (have_jt)^2 / N_t, rows counting
    as a tag that all have: the split that lacks most of what the unit brings.
    """
    goal, weight = problem.goal, problem.weight
    smallest = goal[goal > 0].min(initial=problem.goal.sum())
    heavy = np.flatnonzero(weight > HEAVY * smallest)
    heavy = heavy[np.lexsort((problem.rarest[heavy], -weight[heavy]))]
    matrix, rows = problem.matrix, max(int(goal.sum()), 1)
    for unit in heavy:
        at = slice(matrix.indptr[unit], matrix.indptr[unit + 1])
        tag, count, w = matrix.indices[at], matrix.data[at], int(weight[unit])
        fill = ((2 * problem.have[:, tag] + count) * (count / problem.total[tag])).sum(axis=1)
        fill += (2 * problem.size + w) * (w / rows)
        split = np.argmin(np.where(goal > 0, fill / problem.ratio, np.inf))
        problem.put(np.array([unit]), np.array([split]))


def place_rest(problem: Problem, seed: int) -> None:
    """Step 4: place all other units, one rarest tag after the other.

    The units sort by labelset, rarest tags first, so that the units of one rarest tag lie
    together and like labelsets side by side. Each such segment brings every split as near to
    its target of that tag as whole rows allow; within the segment the splits are dealt out
    evenly, which spreads the tags that it shares with later segments.
    """
    matrix, tags = problem.matrix, problem.matrix.shape[1]
    units = np.flatnonzero(problem.split_of < 0)
    if not len(units):
        return
    units = units[np.argsort(_labelset_key(matrix, units), kind="stable")]
    rarest = problem.rarest[units]
    # All tags that one row has make one segment: no such tag can be balanced.
    once = int(np.count_nonzero(problem.total <= 1))
    rarest[rarest < once] = once - 1
    edge = np.flatnonzero(np.r_[True, np.diff(rarest) != 0, True])
    phases = np.random.default_rng(salt(seed)).random((tags + 1, len(problem.goal)))
    share, target = problem.goal / max(int(problem.goal.sum()), 1), problem.target
    for start, stop in pairwise(edge):
        segment, tag = units[start:stop], int(rarest[start])
        if tag == tags:
            weight = problem.weight[segment]
            wanted = (problem.goal - problem.size).astype(float)
        else:
            weight = matrix.data[matrix.indptr[segment]].astype(np.int64)
            wanted = target[:, tag] - problem.have[:, tag]
            if problem.total[tag] == 1:
                wanted = share * len(segment)
        behind = share * problem.size.sum() - problem.size
        end = np.cumsum(weight)
        sequence = deal(round_to(wanted, int(end[-1]), behind), phases[tag])
        problem.put(segment, sequence[end - (weight + 1) // 2])


def _labelset_key(matrix: sp.csr_array, units: NDArray[np.int64]) -> NDArray[np.uint64]:
    """The rarest tags of each unit, as many as fit into 64 bits, the rarest in the highest bits."""
    tags = matrix.shape[1]
    bits = max(tags.bit_length(), 1)
    key = np.zeros(len(units), np.uint64)
    first, lengths = matrix.indptr[units], np.diff(matrix.indptr)[units]
    for slot in range(64 // bits):
        tag = np.full(len(units), tags, np.uint64)
        longer = lengths > slot
        tag[longer] = matrix.indices[first[longer] + slot]
        key = (key << np.uint64(bits)) | tag
    return key
