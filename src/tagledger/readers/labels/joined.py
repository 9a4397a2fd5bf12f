"""Labels by `file`: a file with one (id, tag) a row."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tagledger.sources.file_reading import FileReading
from tagledger.sources.labels import Labels
from tagledger.sources.models import Name

if TYPE_CHECKING:
    import pyarrow as pa

    from tagledger.readers.columns import IdType
    from tagledger.readers.label_names import Finish
    from tagledger.readers.label_tables import SourceItems
    from tagledger.readers.set_aside import SetAside

_OR_BY_ROW = "; or, if row N of this file is for row N of the items, say `align: rows` and no `id`"


class FileLabels(Labels, FileReading):
    """Labels are in a file of their own with one (id, tag) a row, joined on id.

    Attributes
    ----------
    id
        The column with the id of the item.
    tag
        The column with the tag.
    """

    KEY = "file"
    RANK = 4

    id: Name = "id"
    tag: Name = "tag"

    def of_file(
        self, folder: Path, items: SourceItems, set_aside: SetAside, limit: int, finish: Finish
    ) -> tuple[pa.Table, int]:
        """The labels of the file, as `Labels` says; every item with its id has a row's label."""
        import numpy as np
        import pandas as pd
        import pyarrow as pa
        import pyarrow.compute as pc

        from tagledger.readers.blocks import Wanted, blocks
        from tagledger.readers.columns import NO_ID_TYPE, blank, ids, mask, texts
        from tagledger.readers.label_tables import labels_table
        from tagledger.readers.literals import REASON, refuse_literals
        from tagledger.readers.set_aside import faults_of

        id_type: IdType = "integer" if pa.types.is_int64(items.ids.type) else "string"
        codes, unique = pd.factorize(items.ids.to_pandas())
        known = pd.Index(unique)
        # The items of one id follow one another in by_id, from starts on, as many as counts says.
        by_id = np.argsort(codes, kind="stable")
        counts = np.bincount(codes, minlength=len(known))
        starts = np.cumsum(counts) - counts
        of_set_aside = pa.array(sorted(set_aside.ids_of(items.files)), pa.string())
        label_items, label_tags = [], []
        rows = 0
        wanted = Wanted((self.id, self.tag), instead=_OR_BY_ROW)
        for block in blocks(self, folder, wanted, limit):
            rows += len(block.rows) + len(block.broken)
            faults = faults_of(block)
            read = ids(block.columns[self.id], id_type)
            faults.add(read.missing, "no id")
            faults.add(read.wrong & ~mask(read.texts.is_valid()), NO_ID_TYPE)
            tags, wrong = texts(block.columns[self.tag])
            faults.add(wrong, f"{self.tag} is not text")
            faults.add(blank(tags), "no tag")
            faults.add(refuse_literals(tags, self.tag, folder / self.shown, self), REASON)
            if id_type == "integer":
                found = known.get_indexer(read.integers.fill_null(0).to_numpy())
                found[~mask(read.integers.is_valid())] = -1
            else:
                found = known.get_indexer(read.texts.to_pandas())
            shown = pc.coalesce(read.texts, read.integers.cast(pa.string()))
            faults.add(
                (found < 0) & mask(pc.is_in(shown, of_set_aside)),
                "label of an item that was set aside",
            )
            faults.add(found < 0, "label of an unknown id")
            parents, words = finish.tags(np.arange(len(block.rows)), tags.fill_null(""), faults)
            set_aside.add(block.file, block, read, faults)

            kept = faults.readable[parents]
            found = found[parents[kept]]
            times = counts[found]
            nth = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
            label_items.append(by_id[np.repeat(starts[found], times) + nth])
            repeated = pa.array(np.repeat(np.flatnonzero(kept), times))
            label_tags.append(pc.dictionary_encode(words.take(repeated)))
        return labels_table(label_items, label_tags), rows
