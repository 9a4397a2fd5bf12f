"""Texts that are in a file of their own -> the description of the items that they are of."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from tagledger.errors import TagledgerError
from tagledger.readers.blocks import Wanted, blocks
from tagledger.readers.set_aside import SetAside, faults_of
from tagledger.readers.values.columns import NO_ID_TYPE, ids, mask, texts, type_of_ids
from tagledger.sources.reading import TextFile


def with_texts(
    items: pa.Table, reading: TextFile, folder: Path, limit: int, set_aside: SetAside
) -> pa.Table:
    """The items with their descriptions from a file; one that is not in it has none.

    Parameters
    ----------
    items
        The table items of `Raw`.
    reading
        The file: its rows have an id and a text; of two rows of one id the first counts.
    folder, limit
        As for `read`.
    set_aside
        Takes the rows that cannot be read, and a note on texts that are of no item.

    Raises
    ------
    TagledgerError
        The file cannot be read, or has no item's id.
    """
    id_type = type_of_ids(items["id"])
    parts: list[pd.Series] = []
    misfits = 0  # rows whose id is text, where items have integers
    for block in blocks(reading, folder, Wanted((reading.id, reading.text)), limit):
        faults = faults_of(block)
        read = ids(block.columns[reading.id], id_type)
        faults.add(read.missing, "no id")
        faults.add(read.wrong & ~mask(read.texts.is_valid()), NO_ID_TYPE)
        spelled, wrong = texts(block.columns[reading.text])
        faults.add(wrong, f"{reading.text} is not text")
        set_aside.add(block.file, block, read, faults)
        of = read.integers if id_type == "integer" else read.texts
        given = faults.readable & mask(spelled.is_valid())
        misfits += int((given & ~mask(of.is_valid())).sum())
        kept = pa.array(given & mask(of.is_valid()))
        parts.append(
            pd.Series(
                spelled.filter(kept).to_pylist(), index=of.filter(kept).to_pandas(), dtype=object
            )
        )
    text_by_id = pd.concat(parts) if parts else pd.Series(dtype=object)
    again = text_by_id.index.duplicated()
    own = items["id"].to_pandas()
    strangers = int((~text_by_id.index.isin(own)).sum()) + misfits
    without = int((~own.isin(text_by_id.index)).sum())
    if without == len(own) > 0:
        raise TagledgerError(
            f"no row has the id of an item: the first item's is {str(own[0])!r}",
            where=folder / reading.shown,
            hint="correct `id` in `text` or `description` of the reading, or set `id_type: string` "
            "there beside `columns`, in data/sources.yaml",
        )
    for count, what in (
        (int(again.sum()), "rows are of an id that had a text before: the first one counts"),
        (strangers, "rows are of an id that no item has"),
        (without, "items have no text in it"),
    ):
        if count:
            set_aside.notes.append(f"{reading.shown}: {count:,} {what}")
    values = text_by_id[~again].reindex(own)
    described = pa.array(values.to_numpy(dtype=object), pa.string(), from_pandas=True)
    at = items.schema.get_field_index("description")
    return items.set_column(at, "description", pc.fill_null(described, ""))
