"""Columns that are lists of a row's fields: of one name, or from a field on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tagledger.readers.values.columns import blank


def of_one_name(columns: list[pa.Array]) -> pa.Array:
    """A list<string> for each row: its fields of some columns of text that are not blank."""
    length, count = len(columns[0]), len(columns)
    by_row = np.arange(length * count).reshape(count, length).T.ravel()
    fields = pa.concat_arrays(columns).take(pa.array(by_row))
    return _without_blank(fields, np.repeat(np.arange(length), count), length)


def from_field(rows: pa.Array, first: int, meant: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """A list<string> for each row: its fields from one on that are not blank.

    Parameters
    ----------
    rows
        list<string>; no nulls.
    first
        The position of the field.
    meant
        From fields as they stand in the file to what they mean.
    """
    lengths = pc.list_value_length(rows).to_numpy()
    fields = pc.list_flatten(rows)
    parents = np.repeat(np.arange(len(rows)), lengths)
    starts = np.cumsum(lengths, dtype=np.int64) - lengths
    later = np.arange(len(fields)) - starts[parents] >= first
    return _without_blank(meant(fields.filter(pa.array(later))), parents[later], len(rows))


def _without_blank(fields: pa.Array, parents: NDArray[np.int64], length: int) -> pa.Array:
    """The fields that are not blank as a list for each of `length` parents."""
    kept = ~blank(fields)
    counts = np.bincount(parents[kept], minlength=length)
    ends = pa.array(np.append(0, np.cumsum(counts)), pa.int32())
    return pa.ListArray.from_arrays(ends, fields.filter(pa.array(kept)))
