"""Columns of indicators and scores -> numbers; words such as yes and no, and marks, are ones too.

Vectorised over Arrow arrays; of text that Arrow takes for no number, each word is looked at once.
"""

from __future__ import annotations

import math
from types import NoneType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tagledger.readers.blocks import Block
from tagledger.readers.set_aside import Faults
from tagledger.readers.values.columns import Column, Mask, is_text, plain

_YES = ("true", "yes", "t", "y", "x", "✓", "✔", "☑")
_NO = ("false", "no", "f", "n", "✗", "✘", "☐")
_WORDS = dict.fromkeys(_YES, 1.0) | dict.fromkeys(_NO, 0.0)
_WRONG = math.inf  # stands for what is no number; infinity itself is none that counts
_DIGITS = 15  # as many as a shown number has


def numbers(column: Column) -> tuple[NDArray[np.float64], Mask]:
    """A column of numbers, of booleans or of words for them.

    Returns
    -------
    values
        float64; NaN where there is nothing: null, NaN or blank text.
    wrong
        Where there is something that is no number.
    """
    values = _of_python(column) if isinstance(column, list) else _of_arrow(plain(column))
    wrong = np.isinf(values)
    values[wrong] = np.nan
    return values, wrong


def _of_python(column: list[Any]) -> NDArray[np.float64]:
    if set(map(type, column)) <= {int, float, bool, NoneType}:
        try:
            return np.array(column, np.float64)
        except OverflowError:
            pass
    return np.array([_number(value) for value in column], np.float64)


def _of_arrow(column: pa.Array) -> NDArray[np.float64]:
    kind = column.type
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if is_text(kind):
        return _of_text(column)
    if pa.types.is_boolean(kind):
        column = column.cast(pa.int8())
    elif not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        nothing = np.asarray(column.is_null().to_numpy(zero_copy_only=False), np.bool_)
        return np.where(nothing, np.nan, _WRONG)
    return _floats(column)


def _floats(column: pa.Array) -> NDArray[np.float64]:
    values = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return np.array(values, np.float64)


def _of_text(column: pa.Array) -> NDArray[np.float64]:
    trimmed = pc.utf8_trim_whitespace(column.cast(pa.string()))
    given = pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)
    try:
        return _floats(given)
    except pa.ArrowInvalid:  # a word, or no number at all
        words = given.dictionary_encode()
    values = np.array([_number(word) for word in words.dictionary.to_pylist()], np.float64)
    codes = words.indices.fill_null(len(values)).to_numpy()
    return np.asarray(np.append(values, np.nan)[codes], np.float64)


def _number(value: Any) -> float:
    """The number that a value is or spells; NaN for nothing, infinity for what is none."""
    if isinstance(value, str):
        word = value.strip().casefold()
        if not word:
            return math.nan
        if word in _WORDS:
            return _WORDS[word]
        value = None if "_" in word else word
    elif value is None:
        return math.nan
    try:
        return _WRONG if value is None or isinstance(value, list | dict) else float(value)
    except (TypeError, ValueError, OverflowError):
        return _WRONG


def shown(value: float) -> str:
    """A number as a person writes it.

    >>> shown(1.0), shown(0.25)
    ('1', '0.25')
    """
    return f"{value:.{_DIGITS}g}"


def reaching(block: Block, least: dict[str, float], faults: Faults) -> Mask:
    """Where the rows of a block have as much in each column as they need at least."""
    reach = np.ones(len(block.rows), np.bool_)
    for name, smallest in least.items():
        values, wrong = numbers(block.columns[name])
        faults.add(wrong, f"{name} is not a number")
        reach &= values >= smallest
    return reach
