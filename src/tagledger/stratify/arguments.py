"""The arguments of a split, checked and brought into one form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from math import isclose, isfinite
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from tagledger.stratify.units import keys

Labels = sp.csr_array | sp.csr_matrix | NDArray[Any] | Sequence[Iterable[str]]

_NUMBERS = (int, float, np.number, np.bool_)
_WRITTEN = {"-1", "0", "1", "-1.0", "0.0", "1.0"}
_NO_VALUE = "labels has NaN, or another value that is missing; say 0 where a row lacks the tag"


def checked_ratios(ratios: Mapping[str, float]) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """The names of the splits, and their shares as an array."""
    if not isinstance(ratios, Mapping) or not ratios:
        raise ValueError(
            f"ratios is {ratios!r}; give a mapping such as {{'train': 0.8, 'test': 0.2}}"
        )
    for name, value in ratios.items():
        number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
        if not number or not isfinite(value) or value <= 0:
            raise ValueError(f"ratios[{name!r}] is {value!r}; a ratio is a number above 0")
    sum_ = float(sum(ratios.values()))
    if not isclose(sum_, 1, abs_tol=1e-6):
        raise ValueError(f"ratios sum to {sum_:.6g}, not to 1: {dict(ratios)}")
    return tuple(ratios), np.array(list(ratios.values()), float) / sum_


def indicator(labels: Labels, tags: Sequence[str] | None) -> tuple[sp.csr_array, list[str]]:
    """A fresh CSR matrix without zeros or duplicates, and the name of each of its columns."""
    if hasattr(labels, "to_numpy"):
        labels = labels.to_numpy()
    elif not hasattr(labels, "shape"):
        labels = list(labels)  # it is read twice
    given = as_matrix(labels)
    if given is not None:
        matrix = sp.csr_array(given, copy=True)
        matrix.sum_duplicates()
        matrix.eliminate_zeros()
        names = [str(j) for j in range(matrix.shape[1])] if tags is None else list(tags)
        if len(names) != matrix.shape[1]:
            raise ValueError(f"tags names {len(names)} columns, labels has {matrix.shape[1]}")
    else:
        lists = [_labelset(row, tag_list) for row, tag_list in enumerate(labels)]
        _refuse_written_numbers(labels, lists)
        names = sorted(set(chain.from_iterable(lists))) if tags is None else list(tags)
        column = {tag: j for j, tag in enumerate(names)}
        lengths = np.fromiter(map(len, lists), np.int64, len(lists))
        try:
            flat = [column[tag] for tag in chain.from_iterable(lists)]
        except KeyError as error:
            raise ValueError(f"labels has the tag {error.args[0]!r}, which tags does not") from None
        matrix = sp.csr_array(
            (np.ones(len(flat), np.int8), np.array(flat, np.int32), np.r_[0, np.cumsum(lengths)]),
            shape=(len(lists), len(names)),
        )
    if len(set(names)) != len(names):
        twice = next(name for j, name in enumerate(names) if name in names[:j])
        raise ValueError(f"tags names {twice!r} twice")
    return matrix, [str(name) for name in names]


def as_matrix(labels: Any) -> Any:
    """Labels as an indicator matrix, where any value but 0 is a label; None for lists of tags.

    A matrix may be written as nested lists: rows of nothing but 0 and 1 (or -1 and 1) are one, and
    never lists of the tags 0 and 1; so are rows of one length with zeros and a number given twice.
    Where a matrix without zeros has -1, it stands for "no label".

    Raises
    ------
    ValueError
        The matrix has not two axes, rows of one length or a number in each place; or it has a
        number below 0 and is not of -1 and 1 alone.
    """
    if not isinstance(labels, np.ndarray) and not hasattr(labels, "tocoo"):
        return _nested(labels)
    if np.ma.is_masked(labels):
        raise ValueError(_NO_VALUE)
    if labels.dtype.kind in "OUST":
        return _numbers(labels) if labels.ndim == 2 else _nested(labels)
    if labels.ndim != 2:
        raise ValueError(f"labels has shape {labels.shape}; an indicator matrix has two axes")
    return _without_signs(labels)


def _nested(rows: Iterable[Any]) -> NDArray[Any] | None:
    """The indicator matrix that rows of numbers are; None where they are lists of tags."""
    values: set[Any] = set()
    lengths: set[int] = set()
    twice = False
    for row in rows:
        # Tags in text end the search at once; a set has no order, and an iterator is read once.
        if isinstance(row, str) or not isinstance(row, Sequence | np.ndarray):
            return None
        if not all(isinstance(value, _NUMBERS) or is_missing(value) for value in row):
            return None
        lengths.add(len(row))
        values.update(row)
        twice = twice or len(set(row)) < len(row)
    if any(map(is_missing, values)):
        raise ValueError(_NO_VALUE)
    amounts = twice and 0 in values and len(lengths) == 1  # a list has no tag twice
    if not values or not (amounts or values <= {-1, 0, 1}):
        return None  # no labels at all, or tags that are numbers
    if len(lengths) > 1:
        raise ValueError(
            f"labels has rows of {min(lengths)} and of {max(lengths)} numbers; an indicator has one"
            " number for each tag in every row (tags that are called 0 and 1 must be text)"
        )
    table: NDArray[Any] = _without_signs(np.array([list(row) for row in rows]))
    return table


def _numbers(table: NDArray[Any]) -> NDArray[Any] | None:
    """The indicator matrix in a table of objects; None where they are tags."""
    values = table.ravel().tolist()
    if any(map(is_missing, values)):
        raise ValueError(_NO_VALUE)
    if not all(isinstance(value, _NUMBERS) for value in values):
        return None
    numbers: NDArray[Any] = _without_signs(table.astype(float))
    return numbers


def is_missing(value: Any) -> bool:
    """Whether it is None, NaN or the like: what is not equal to itself, or will not say."""
    differs = value != value  # noqa: PLR0124
    return value is None or not isinstance(differs, bool | np.bool_) or bool(differs)


def _without_signs(matrix: Any) -> Any:
    """A matrix of -1 and 1 as one of 0 and 1; NaN and other numbers below 0 are refused."""
    stored = matrix.tocoo().data if hasattr(matrix, "tocoo") else matrix
    if stored.dtype.kind == "f" and not np.isfinite(stored).all():
        raise ValueError(_NO_VALUE)
    if stored.dtype.kind not in "if" or not (stored < 0).any():
        return matrix
    zeros = stored.size < np.prod(matrix.shape) or not stored.all()
    if zeros or not np.isin(stored, (-1, 1)).all():
        raise ValueError(
            f"labels has {stored.min():g}; an indicator holds 0 and 1, or -1 and 1 without any 0"
        )
    return matrix > 0


def _labelset(row: int, tags: Iterable[str]) -> list[str]:
    if isinstance(tags, str) or not isinstance(tags, Iterable):
        raise TypeError(f"labels[{row}] is {tags!r}; a row's labels are a list of tags")
    labelset = list(dict.fromkeys(tags))
    for tag in labelset:
        if is_missing(tag):
            raise ValueError(f"labels[{row}] has the tag {tag!r}; leave it out, or give it a name")
    return labelset


def _refuse_written_numbers(rows: Iterable[Any], labelsets: list[list[str]]) -> None:
    """Refuse an indicator of text: rows of "0" and "1" alone, one of which has a value twice."""
    if not set(chain.from_iterable(labelsets)) <= _WRITTEN:
        return
    for row, (given, tags) in enumerate(zip(rows, labelsets, strict=True)):
        if hasattr(given, "__len__") and len(given) > len(tags):
            raise ValueError(
                f"labels[{row}] has {tags[0]!r} and its like as text, some of it twice: an "
                "indicator holds numbers; convert it, e.g. with numpy.asarray(labels, dtype=float)"
            )


def canonical_order(
    ids: ArrayLike | None, n: int, seed: int
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Sorted keys of the ids, and the row of each."""
    names = np.arange(n) if ids is None else _column("ids", ids, n)
    key = keys(names, seed)
    order = np.argsort(key, kind="stable")
    key = key[order]
    for i in np.flatnonzero(key[1:] == key[:-1]):
        if names[order[i]] == names[order[i + 1]]:
            raise ValueError(f"ids are not unique: {names[order[i]]!r} comes twice")
    return key, order


def _column(what: str, values: ArrayLike, n: int) -> NDArray[Any]:
    array = np.asarray(values)
    if array.shape != (n,):
        raise ValueError(f"{what} has shape {array.shape}; labels has {n} rows")
    # A column of a table often holds integers or strings as objects: the same ids all the same.
    return np.array(array.tolist()) if array.dtype == object and n else array


def checked_groups(groups: ArrayLike | None, n: int) -> NDArray[Any] | None:
    """The group of each row; no row without one."""
    if groups is None:
        return None
    raw = np.asarray(groups)
    if raw.dtype.kind in "fcOmM":
        missing = np.array([x is None or x != x for x in raw.tolist()], bool)  # noqa: PLR0124 - NaN
        if missing.any():
            raise ValueError(
                f"groups has no value at row {int(missing.argmax())}; "
                "a row without a group needs a value of its own"
            )
    return _column("groups", groups, n)


def checked_base(base: ArrayLike | None, n: int, names: tuple[str, ...]) -> NDArray[np.int64]:
    """The split that the base gives each row, -1 for none; a fresh array."""
    if base is None:
        return np.full(n, -1)
    array = _column("base", base, n)
    if array.dtype.kind not in "iu" and n:
        raise ValueError(f"base has dtype {array.dtype}; it holds positions in ratios, or -1")
    bad = (array < -1) | (array >= len(names))
    if bad.any():
        row = int(bad.argmax())
        raise ValueError(f"base[{row}] is {array[row]}; there are {len(names)} splits, -1 is new")
    return array.astype(np.int64, copy=True)
