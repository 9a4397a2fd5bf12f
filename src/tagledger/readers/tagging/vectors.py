"""Columns of lists of numbers, also of such lists written as text."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tagledger.readers.numbers import numbers
from tagledger.readers.values.columns import Column, Mask, blank, is_list, is_text, mask, plain

# [0, 1], (0, 1), c(0, 1), [0 1] as NumPy writes it, and numbers alone: 0 1 or 0,1.
_WRITTEN = r"^\s*c?[\[(]\s*(?P<inner>(?s:.*?))\s*,?\s*[\])]\s*$"
_BARE = r"^\s*(?P<inner>-?[0-9.]+(?:[\s,;|]+-?[0-9.]+)+)\s*$"
_BETWEEN = r"\s*[,;|]\s*|\s+"


@dataclass(frozen=True)
class Vectors:
    """Lists of numbers, one for each row.

    Attributes
    ----------
    values
        float64: the numbers of all lists; NaN for null.
    parents
        int64: for each of them the position of its row.
    starts, lengths
        int64: where each row's numbers begin, and how many there are.
    given, wrong
        Where there is a list, and where there is something else, or one with no numbers in it.
    """

    values: NDArray[np.float64]
    parents: NDArray[np.int64]
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    given: Mask
    wrong: Mask


def vectors(column: Column) -> Vectors:
    """A column of lists of numbers; a blank cell is no list."""
    if isinstance(column, list):
        if any(type(value) is str for value in column):
            column = [_parsed(value) if type(value) is str else value for value in column]
        return _of_python(column)
    column = plain(column)
    if is_text(column.type):
        return _of_text(column.cast(pa.string()))
    if not is_list(column.type):
        given = mask(column.is_valid())
        return _made([], np.zeros(len(column), np.int64), np.zeros_like(given), given)
    lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy().astype(np.int64)
    given = mask(column.is_valid())
    return _made(pc.list_flatten(column), lengths, given, np.zeros_like(given))


def _of_python(column: list[Any]) -> Vectors:
    given = np.array([type(value) is list for value in column], np.bool_)
    wrong = ~given & np.array([value is not None for value in column], np.bool_)
    lists = [value if type(value) is list else () for value in column]
    lengths = np.fromiter(map(len, lists), np.int64, len(lists))
    return _made(list(chain.from_iterable(lists)), lengths, given, wrong)


def _parsed(text: str) -> Any:
    """The list that a text spells; the text itself where it spells none, and None for blank."""
    spelled = _of_text(pa.array([text]))
    if spelled.wrong[0]:
        return text
    return spelled.values.tolist() if spelled.given[0] else None


def _of_text(column: pa.Array) -> Vectors:
    inner = pc.coalesce(
        *(pc.struct_field(pc.extract_regex(column, form), "inner") for form in (_WRITTEN, _BARE))
    )
    given = mask(inner.is_valid())
    wrong = ~given & ~blank(column)
    split = pc.split_pattern_regex(pc.fill_null(inner, ""), _BETWEEN)
    lengths = np.where(given, pc.list_value_length(split).to_numpy(), 0)
    empty = mask(pc.equal(inner, ""))
    parents = pc.list_parent_indices(split).to_numpy()
    kept = given[parents] & ~empty[parents]
    lengths[empty] = 0
    return _made(pc.list_flatten(split).filter(pa.array(kept)), lengths, given, wrong)


def _made(elements: Column, lengths: NDArray[np.int64], given: Mask, wrong: Mask) -> Vectors:
    values, others = numbers(elements)
    parents = np.repeat(np.arange(len(lengths)), lengths)
    wrong = wrong.copy()
    wrong[parents[others]] = True
    return Vectors(values, parents, np.cumsum(lengths) - lengths, lengths, given, wrong)
