"""Ids for items that have none: made from what an item says, so that they stay with it.

A row's number would be another one for all that follow when a row is put in front of them.
"""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pyarrow as pa

from tagledger.events.new_items import content_id
from tagledger.readers.blocks import Block
from tagledger.readers.values import paths
from tagledger.readers.values.columns import Ids


def content_ids(block: Block, text: tuple[pa.Array, ...], labels: tuple[str, ...]) -> Ids:
    """An id for each row of a block; rows that are alike have the same: see `numbered`.

    Parameters
    ----------
    block
        The rows.
    text
        The columns that the id is made from (string, no nulls); without any it is made from the
        whole row but its labels.
    labels
        The columns that hold labels: an item that is relabelled keeps its id.
    """
    length = len(block.rows)
    if text:
        ids_of_rows = [
            content_id(*parts) for parts in zip(*(x.to_pylist() for x in text), strict=True)
        ]
    else:
        records = block.records(np.arange(length))
        ids_of_rows = [content_id(_without(record, labels)) for record in records]
    spelled = pa.array(ids_of_rows, pa.string())
    nothing = np.zeros(length, np.bool_)
    return Ids(pa.nulls(length, pa.int64()), spelled, nothing, nothing)


def _without(record: str, labels: tuple[str, ...]) -> str:
    row = json.loads(record)
    if not isinstance(row, dict):
        return record
    # A column of just that name comes first, as it does wherever labels are read.
    own = {name if name in row else (paths.steps(name) or (name,))[0] for name in labels}
    return json.dumps({key: value for key, value in row.items() if key not in own})


def numbered(ids: pa.ChunkedArray) -> pa.ChunkedArray:
    """The ids with a number after the second, third, ... of those that are alike."""
    series = ids.to_pandas()
    nth = series.groupby(series, sort=False).cumcount().to_numpy()
    again = np.flatnonzero(nth)
    if not len(again):
        return ids
    values = series.to_numpy(dtype=object)
    values[again] = [f"{values[at]}-{nth[at] + 1}" for at in again]
    return pa.chunked_array([pa.array(pd.Series(values), pa.string())])
