"""The split itself: from checked arguments to units, and from placed units to rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from tagledger.stratify.arguments import (
    Labels,
    canonical_order,
    checked_base,
    checked_groups,
    checked_ratios,
    indicator,
)
from tagledger.stratify.repair import repair
from tagledger.stratify.units import Problem, goals, place_heavy, place_rest, text_keys


@dataclass(frozen=True)
class SplitResult:
    """A split, and what it holds.

    Attributes
    ----------
    assignment
        Shape (items,), int16: the split of each row, as a position in `names`.
    names
        The splits, in the order of the ratios.
    counts
        Shape (splits, tags), int64: rows of each split that have each tag, in the order of `tags`.
    sizes
        Shape (splits,), int64: rows of each split.
    straddling
        The values of `groups`, ascending, of the groups that the base had already torn apart.
    moves
        Units that the local search moved.
    """

    assignment: NDArray[np.int16]
    names: tuple[str, ...]
    counts: NDArray[np.int64]
    sizes: NDArray[np.int64]
    straddling: NDArray[Any]
    moves: int


def split(
    labels: Labels,
    *,
    ratios: Mapping[str, float],
    ids: ArrayLike | None = None,
    tags: Sequence[str] | None = None,
    seed: int = 0,
    groups: ArrayLike | None = None,
    base: ArrayLike | None = None,
    cover: bool = False,
) -> SplitResult:
    """Split rows so that each split has its share of the rows and of each tag's rows.

    The result depends on the ratios, the seed, and for each row its id, tags, group and base
    split; not on the order of rows, of tag columns or of labels within a row.

    Sizes are the largest-remainder sizes exactly, unless groups, the base or `cover` forbid it;
    then they are as near to them as can be. (Where no single moves and exchanges of groups reach
    that, a bounded search decides: `packing` says how far it sees.)

    Parameters
    ----------
    labels
        An indicator matrix of shape (items, tags), sparse, dense or as nested lists, where any
        value but 0 means that the item has the tag (of -1 and 1, -1 that it has not); or one list
        of tags per item.
    ratios
        Name of each split -> its share of the rows; shares are positive and sum to 1.
    ids
        Shape (items,), unique integers or strings. By default row numbers: the result then
        depends on the order of the rows.
    tags
        Name of each column. By default column numbers, and for lists of tags all tags, ascending.
    seed
        Another seed, another split.
    groups
        Shape (items,): rows with equal values stay together. None, NaN and the like are refused:
        a row without a group needs a value of its own.
    base
        Shape (items,), integer: the split that a row must keep, as a position in `ratios`, or -1
        for a new row. New rows join the split of their group; where the base tore the group
        apart, the first split.
    cover
        Bring a tag that at least as many rows have as there are splits into each split. This
        outranks exact sizes. Where several tags on one row, groups or the base stand against
        it, as many (tag, split) pairs as the local search finds.

    Returns
    -------
    SplitResult

    Raises
    ------
    ValueError
        An argument has a wrong shape, dtype or value; ids are not unique.
    TypeError
        `labels` holds something else than a list of tags.
    """
    names, ratio = checked_ratios(ratios)
    matrix, tag_names = indicator(labels, tags)
    n, splits = matrix.shape[0], len(names)
    if splits > np.iinfo(np.int16).max:
        raise ValueError(f"{splits} splits are too many: at most {np.iinfo(np.int16).max}")
    key, order = canonical_order(ids, n, seed)
    total = np.bincount(matrix.indices, minlength=matrix.shape[1]).astype(np.int64)
    rank = np.lexsort((text_keys(tag_names, seed), total))
    rank = rank[total[rank] > 0]  # a tag on no row is no part of the split
    matrix = _reorder(matrix, order, rank)
    owner = checked_base(base, n, names)[order]
    unit, straddling = _units(checked_groups(groups, n), order, owner)
    problem = _problem(matrix, owner, unit, key=key, total=total[rank], ratio=ratio, cover=cover)
    place_heavy(problem)
    place_rest(problem, seed)
    moves = repair(problem, seed) if len(problem.weight) and splits > 1 else 0

    owner[unit >= 0] = problem.split_of[unit[unit >= 0]]
    assignment = np.empty(n, np.int16)
    assignment[order] = owner
    counts = np.zeros((splits, len(total)), np.int64)
    counts[:, rank] = problem.have
    return SplitResult(assignment, names, counts, problem.size, straddling, moves)


def folds(
    labels: Labels,
    *,
    k: int,
    ids: ArrayLike | None = None,
    tags: Sequence[str] | None = None,
    seed: int = 0,
    groups: ArrayLike | None = None,
    cover: bool = False,
) -> SplitResult:
    """Split rows into `k` equal parts named "0" to "k - 1", for cross-validation.

    See `split` for the other parameters and the result.
    """
    if not isinstance(k, int | np.integer) or k < 1:
        raise ValueError(f"k is {k!r}; the number of folds is an integer of at least 1")
    ratios = {str(fold): 1 / k for fold in range(k)}
    return split(labels, ratios=ratios, ids=ids, tags=tags, seed=seed, groups=groups, cover=cover)


def _reorder(
    matrix: sp.csr_array, rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> sp.csr_array:
    """Rows and non-empty columns in a new order, all values 1, columns ascending within a row."""
    position = np.zeros(matrix.shape[1], np.int32)
    position[columns] = np.arange(len(columns), dtype=np.int32)
    renamed = sp.csr_array(
        (np.ones(matrix.nnz, np.int32), position[matrix.indices], matrix.indptr),
        shape=(matrix.shape[0], len(columns)),
    )
    moved = renamed[rows]
    moved.sort_indices()
    return moved


def _units(
    groups: NDArray[Any] | None, order: NDArray[np.int64], owner: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """The unit of each row in canonical order, -1 for a placed row; and the torn groups.

    `owner` holds the base split of each row, and is filled in for rows whose group has one.
    """
    n = len(order)
    if groups is None:
        unit = np.full(n, -1)
        unit[owner < 0] = np.arange(np.count_nonzero(owner < 0))
        return unit, np.empty(0, np.int64)
    values, code = np.unique(groups, return_inverse=True)
    code, placed = code[order], owner >= 0
    nowhere = np.iinfo(np.int64).max
    lowest, highest = np.full(len(values), nowhere), np.full(len(values), -1)
    np.minimum.at(lowest, code[placed], owner[placed])
    np.maximum.at(highest, code[placed], owner[placed])
    torn, bound = lowest < highest, highest >= 0
    joins = ~placed & bound[code]
    owner[joins] = np.where(torn, 0, highest)[code[joins]]
    # Units are numbered by their first row, not by the group's value.
    free = np.flatnonzero(owner < 0)
    _, first, inverse = np.unique(code[free], return_index=True, return_inverse=True)
    number = np.empty(len(first), np.int64)
    number[np.argsort(first)] = np.arange(len(first))
    unit = np.full(n, -1)
    unit[free] = number[inverse]
    return unit, values[torn]


def _problem(
    matrix: sp.csr_array,
    owner: NDArray[np.int64],
    unit: NDArray[np.int64],
    *,
    key: NDArray[np.uint64],
    total: NDArray[np.int64],
    ratio: NDArray[np.float64],
    cover: bool,
) -> Problem:
    """Frozen rows become counts, all others units."""
    splits, (n, tags) = len(ratio), matrix.shape
    frozen, free = np.flatnonzero(owner >= 0), np.flatnonzero(owner < 0)
    size = np.bincount(owner[frozen], minlength=splits).astype(np.int64)
    have = np.zeros((splits, tags), np.int64)
    if len(frozen):
        old = matrix[frozen]
        cell = np.repeat(owner[frozen], np.diff(old.indptr)) * tags + old.indices
        have += np.bincount(cell, minlength=splits * tags).reshape(splits, tags)
    weight = np.bincount(unit[free]).astype(np.int64)
    if len(weight) == n:
        units = matrix
    elif len(weight) == len(free):
        units = matrix[free]
    else:
        member = sp.csr_array(
            (np.ones(len(free), np.int32), (unit[free], free)), shape=(len(weight), n)
        )
        units = member @ matrix
        units.sort_indices()
    first = np.full(len(weight), n)
    np.minimum.at(first, unit[free], free)
    return Problem(
        matrix=units,
        weight=weight,
        key=key[first],
        total=total,
        ratio=ratio,
        goal=goals(ratio, n, size),
        must=(total >= splits) & cover,
        have=have.copy(),
        size=size,
        split_of=np.full(len(weight), -1),
        frozen=have,
    )
