"""Labels by `file` and `align`: a file whose row N is for row N of the items."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import model_validator

from tagledger.errors import TagledgerError
from tagledger.sources.file_reading import FileReading
from tagledger.sources.labels import Labels
from tagledger.sources.models import Name, problem

if TYPE_CHECKING:
    import pyarrow as pa

    from tagledger.readers.label_names import Finish
    from tagledger.readers.label_tables import SourceItems
    from tagledger.readers.set_aside import SetAside


class RowLabels(Labels, FileReading):
    """Labels are in a file of their own whose row N holds the one tag of item row N.

    Attributes
    ----------
    align
        How its rows are matched: by their number.
    tag
        The column with the tag; null or empty means none.
    """

    KEY = "align"
    BESIDE = "file"
    RANK = 5

    align: Literal["rows"]
    tag: Name = "tag"

    @model_validator(mode="before")
    @classmethod
    def _no_id(cls, data: Any) -> Any:
        if isinstance(data, dict) and "id" in data:
            raise problem("labels are joined on `id` or aligned by rows: give one", key="id")
        return data

    def of_file(
        self, folder: Path, items: SourceItems, set_aside: SetAside, limit: int, finish: Finish
    ) -> tuple[pa.Table, int]:
        """The labels of the file, as `Labels` says; it has a row for each row of the items file."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        from tagledger.readers.blocks import Wanted, blocks
        from tagledger.readers.columns import Ids, blank
        from tagledger.readers.label_tables import labels_table, row_numbers
        from tagledger.readers.literals import text_without_literals
        from tagledger.readers.set_aside import faults_of

        item_rows = items.rows
        apart = [row_numbers(at, set_aside.rows_of(one)) for at, one in enumerate(items.files)]
        of_items = np.sort(np.concatenate([item_rows, *apart]))
        # The item that each row of the items file became, -1 for one set aside.
        item_at = np.full(len(of_items), -1, np.int64)
        item_at[np.searchsorted(of_items, item_rows)] = np.arange(len(item_rows))
        path = folder / self.shown
        found = list(blocks(self, folder, Wanted((self.tag,), every_row=True), limit))
        files = list(dict.fromkeys(block.file for block in found))
        rows_of = {id(block): row_numbers(files.index(block.file), block.rows) for block in found}
        broken = [
            row_numbers(files.index(b.file), np.array([one.row for one in b.broken], np.int64))
            for b in found
        ]
        of_labels = np.sort(np.concatenate([*rows_of.values(), *broken]))
        if len(of_labels) != len(of_items):
            raise TagledgerError(
                f"there are {len(of_labels):,} rows of labels for {len(of_items):,} rows of items",
                where=path,
                hint="take both files from the same snapshot; or, where the labels name their "
                "items, join them with `id: …` in place of `align: rows`",
            )
        label_items, label_tags = [], []
        for block in found:
            # Rows are matched by their place among all rows, also among those that are set_aside.
            item = item_at[np.searchsorted(of_labels, rows_of[id(block)])]
            faults = faults_of(block)
            tags = text_without_literals(block, self.tag, faults, path, self)
            given = ~blank(tags)
            faults.add(given & (item < 0), "label of an item that was set aside")
            nobody = pa.nulls(len(block.rows), pa.string())
            no_id = np.zeros(len(block.rows), np.bool_)
            read = Ids(pa.nulls(len(block.rows), pa.int64()), nobody, no_id, no_id)
            parents, words = finish.tags(
                np.flatnonzero(given), tags.filter(pa.array(given)), faults
            )
            set_aside.add(block.file, block, read, faults)
            kept = faults.readable[parents]
            label_items.append(item[parents[kept]])
            label_tags.append(pc.dictionary_encode(words.filter(pa.array(kept))))
        return labels_table(label_items, label_tags), len(of_labels)
