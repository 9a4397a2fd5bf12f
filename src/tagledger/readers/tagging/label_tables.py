"""Labels as every reading of them gives them, made into the tables of `Raw`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tagledger.readers.values.columns import blank, encode

# For each tag the position of its item: in a block, or among all items.
Parents: TypeAlias = NDArray[np.int64]
_ROW_BITS = 40  # more rows than a file has


@dataclass(frozen=True)
class SourceItems:
    """What a file of labels is matched with.

    Attributes
    ----------
    ids
        The id of each item.
    rows
        The file and the row in it of each item: see `file_rows`.
    files
        The items files in their order.
    """

    ids: pa.ChunkedArray
    rows: NDArray[np.int64]
    files: list[str]


def file_rows(items: pa.Table) -> NDArray[np.int64]:
    """A number for each item of `Raw` that orders them by file and row."""
    file = items["file"].combine_chunks()
    files = file.indices.to_numpy() if len(items) else np.zeros(0, np.int32)
    return row_numbers(files.astype(np.int64), items["row"].to_numpy())


def row_numbers(file: NDArray[np.int64] | int, row: NDArray[np.int64]) -> NDArray[np.int64]:
    """The number of a row in the file at a place among all files."""
    return np.asarray((np.int64(file) << _ROW_BITS) + row, np.int64)


def runs(starts: NDArray[np.int64], times: NDArray[np.int64]) -> NDArray[np.int64]:
    """Runs of whole numbers, one after the other, from each start on as many as `times` says.

    >>> runs(np.array([5, 0]), np.array([2, 3])).tolist()
    [5, 6, 0, 1, 2]
    """
    nth = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
    return np.asarray(np.repeat(starts, times) + nth, np.int64)


def joined(parts: list[tuple[Parents, pa.Array]]) -> tuple[Parents, pa.Array]:
    """The labels of several columns, those of one row together and in the columns' order."""
    parents = np.concatenate([np.zeros(0, np.int64), *(of for of, _ in parts)])
    labels = pa.chunked_array([words for _, words in parts], pa.string()).combine_chunks()
    order = np.argsort(parents, kind="stable")
    return parents[order], labels.take(pa.array(order))


def labels_table(items: list[Parents], tags: list[pa.Array]) -> pa.Table:
    """The table labels of `Raw`, from pieces that may be in any order."""
    encoded, kept = encode(tags)
    item = np.concatenate([np.zeros(0, np.int64), *items])[kept]
    table = pa.table({"item": pa.array(item), "tag": encoded})
    if np.all(item[1:] >= item[:-1]):
        return table
    return table.take(pa.array(np.argsort(item, kind="stable")))


def blank_table(items: list[Parents], tags: list[pa.Array]) -> pa.Table:
    """The table blank of `Raw`: what `labels_table` leaves out."""
    pairs = [
        (item[at], tag.take(pa.array(at)).dictionary_decode())
        for item, tag in zip(items, tags, strict=True)
        for at in [np.flatnonzero(blank(tag.dictionary)[tag.indices.to_numpy()])]
        if len(tag)
    ]
    item = np.concatenate([np.zeros(0, np.int64), *(item for item, _ in pairs)])
    tag = pa.chunked_array([tag for _, tag in pairs], pa.string())
    return pa.table({"item": pa.array(item), "tag": tag})
