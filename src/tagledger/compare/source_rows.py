"""What causes read of a source's rows: their ids and labels, and whose rows were set aside.

To read a source takes longer than to compare two versions, and what is read of it stays the same.
So it is kept, as `tagledger.kept_files` has it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pandas as pd
from numpy.typing import NDArray

from tagledger.compare.aligned import among
from tagledger.kept_files import Shelf, named

# The readers take as long to load as a comparison takes.
if TYPE_CHECKING:
    from tagledger.readers.raw import Raw
    from tagledger.versions import Repository

SHELF = Shelf("rows", most=16, most_bytes=16 * 2**20)


@dataclass(frozen=True)
class SourceRows:
    """The rows of a source, without their texts.

    Attributes
    ----------
    ids
        Shape (rows,): the id of each readable row, in the source's order.
    row, code
        Shape (labels,), int64: the place of each label's row in `ids`, and of its tag in
        `spellings`.
    spellings
        The source's distinct spellings of tags.
    set_aside
        Number of rows of the items file that were set aside, by their id as text.
    """

    ids: pd.Index
    row: NDArray[np.int64]
    code: NDArray[np.int64]
    spellings: list[str]
    set_aside: Mapping[str, int]

    @classmethod
    def of(cls, raw: Raw) -> SourceRows:
        """What a source as it was read has of them."""
        tag = raw.labels["tag"].combine_chunks()
        # Rows of the items file come first. A row of a labels file is not a row of the item.
        own = raw.set_aside["id"].iloc[: len(raw.set_aside) - raw.label_rows_set_aside]
        return cls(
            ids=pd.Index(raw.items["id"].to_pandas().array),
            row=raw.labels["item"].to_numpy(),
            code=tag.indices.to_numpy(zero_copy_only=False).astype(np.int64),
            spellings=tag.dictionary.to_pylist(),
            set_aside=Counter(own.dropna()),
        )

    def of_items(self, ids: pd.Index) -> SourceRows:
        """The rows and labels of some ids, in the same order."""
        wanted = among(self.ids, ids.unique())
        chosen = wanted[self.row]
        code = self.code[chosen]
        # Spelling takes most of the time, so names that no chosen row has are left out.
        used = np.bincount(code, minlength=len(self.spellings)) > 0
        return SourceRows(
            ids=self.ids[wanted],
            row=(np.cumsum(wanted) - 1)[self.row[chosen]],
            code=(np.cumsum(used) - 1)[code],
            spellings=[self.spellings[at] for at in np.flatnonzero(used)],
            set_aside=self.set_aside,
        )

    def to_bytes(self) -> bytes:
        """The rows as `parse` reads them."""
        document = {
            "ids": self.ids.tolist(),
            "are_text": isinstance(self.ids.dtype, pd.StringDtype),
            "row": self.row,
            "code": self.code,
            "spellings": self.spellings,
            "set_aside": self.set_aside,
        }
        return orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)

    @classmethod
    def parse(cls, data: bytes) -> SourceRows:
        """The rows of which `to_bytes` made this."""
        document = orjson.loads(data)
        return cls(
            ids=pd.Index(document["ids"], dtype="str" if document["are_text"] else "int64"),
            row=np.array(document["row"], np.int64),
            code=np.array(document["code"], np.int64),
            spellings=document["spellings"],
            set_aside=document["set_aside"],
        )


def kept_rows(
    repository: Repository, key: Mapping[str, Any], read: Callable[[], Raw]
) -> SourceRows:
    """The rows of a source, as they are kept; else as they are read, to be kept.

    Parameters
    ----------
    repository
        The repository.
    key
        What decides the rows besides the software.
    read
        Reads the source.
    """
    name = named({"rows": key})
    rows = SHELF.take(repository.git_dir, name, SourceRows.parse)
    if rows is None:
        rows = SourceRows.of(read())
        SHELF.keep(repository.git_dir, name, rows.to_bytes())
    return rows
