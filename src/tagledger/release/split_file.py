"""A file of people's own that says which split each item is in, read to be frozen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from tagledger import tables
from tagledger.errors import TagledgerError
from tagledger.readers.blocks import Broken, Wanted, blocks
from tagledger.readers.labels.joined import FileLabels
from tagledger.readers.values.columns import IdType, ids, integers_in, texts
from tagledger.splitting.base import faults

FORM = (
    "give a CSV file with a header line, commas and UTF-8 (NAME.csv), or a Parquet file "
    "(NAME.parquet): columns id and split"
)

_WRONG: dict[IdType | None, str] = {
    "integer": "have an id that is not an integer, unlike the ids of the items",
    "string": "have an id that is neither text nor an integer",
    None: "have an id that is neither text nor an integer",
}
_SHOWN = 5


def read_split_file(path: Path, splits: Mapping[str, float], root: Path) -> pd.DataFrame:
    """Columns id and split of a file, by ascending id.

    Parameters
    ----------
    path
        A CSV or Parquet file. Ids are taken as they are written: NA, null, 001 and True are text.
    splits
        The splits that there are, by name.
    root
        The folder of dvc.yaml. Ids are of the kind of its items; where it has none yet, they are
        integers if all are.
    """
    kind = _kind_of_ids(root)
    reading = FileLabels(file=path.name, id="id", tag="split")
    frames: list[pd.DataFrame] = []
    broken: list[Broken] = []
    try:
        for block in blocks(reading, path.parent, Wanted(("id", "split"))):
            broken += block.broken
            read, (names, _) = ids(block.columns["id"], kind), texts(block.columns["split"])
            frames.append(
                pd.DataFrame(
                    {
                        "row": block.rows,
                        "id": pd.Series(read.shown(np.arange(len(block.rows))), dtype="str"),
                        "wrong": read.wrong,
                        "missing": read.missing,
                        "split": names.to_pandas().astype("str"),
                    }
                )
            )
    except TagledgerError as error:
        hint = FORM if re.search(r"sources\.yaml|its reading", error.hint) else error.hint
        raise TagledgerError(error.what, where=error.where or path, hint=hint) from error
    if broken:
        first = broken[0]
        raise TagledgerError(first.reason, where=f"{path}, row {first.row}", hint=FORM)
    if not sum(map(len, frames)):
        raise TagledgerError("the file has no rows", where=path, hint=FORM)
    held = pd.concat(frames, ignore_index=True)
    # A cell of white space is a missing id; an id of the wrong kind is not missing.
    held["id"] = held["id"].mask(held["missing"])
    _refuse(held, path, held["wrong"].to_numpy(bool), _WRONG[kind])
    if kind is None and integers_in(pa.array(held["id"], pa.string())).null_count == 0:
        kind = "integer"
    for words, where in faults(held, splits).items():
        _refuse(held, path, where, words)
    if kind == "integer":
        held["id"] = held["id"].map(int).astype(np.int64)
    return held[["id", "split"]].sort_values("id", ignore_index=True)


def _refuse(held: pd.DataFrame, path: Path, where: NDArray[np.bool_], words: str) -> None:
    """Raise an error that names the first rows with a fault, if there are any."""
    rows = held.loc[where, ["row", "id", "split"]]
    if rows.empty:
        return
    shown = "\n".join(
        f"  row {row}: id {_shown(item)}, split {_shown(split)}"
        for row, item, split in rows.head(_SHOWN).itertuples(index=False)
    )
    more = f"\n  and {len(rows) - _SHOWN:,} more" if len(rows) > _SHOWN else ""
    raise TagledgerError(
        f"{len(rows):,} of {len(held):,} rows {words}\n{shown}{more}",
        where=path,
        hint="mend these rows: each id once, as the items have it, with a split of split.ratios",
    )


def _shown(value: object) -> str:
    return repr(value) if isinstance(value, str) else "missing"


def _kind_of_ids(root: Path) -> IdType | None:
    """The kind of the ids in the work tree's items; None where there are none yet."""
    if not (root / tables.CLEAN_ITEMS).exists():
        return None
    held = tables.read(root / tables.CLEAN_ITEMS, ["id"])["id"]
    return "integer" if pd.api.types.is_integer_dtype(held) else "string"
