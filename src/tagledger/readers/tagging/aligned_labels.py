"""A file of labels whose row N is for row N of the items -> the table labels of `Raw`."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tagledger.errors import TagledgerError
from tagledger.readers.blocks import Block, blocks
from tagledger.readers.counted import NOBODY, counts, nobody
from tagledger.readers.set_aside import Faults, faults_of
from tagledger.readers.tagging import doubts
from tagledger.readers.tagging.label_names import with_codes
from tagledger.readers.tagging.label_tables import Parents, labels_table, row_numbers
from tagledger.readers.tagging.labels_file import FileOfLabels, wanted
from tagledger.readers.tagging.votes import as_words, voted
from tagledger.readers.values.columns import Ids, blank
from tagledger.words import count


class AlignedLabels(FileOfLabels):
    """The labels of a file by the place of their row."""

    def table(self, limit: int) -> pa.Table:
        """The table labels of `Raw`.

        Raises
        ------
        TagledgerError
            The file has more rows than the items, or fewer; or it cannot be read.
        """
        one, saying = self.reading, self.reading.of_a_row
        others = (*(one.where or ()), *(one.reaches or ()), self.annotator)
        columns = wanted(saying, (*saying.tag_columns, *others), every_row=True)
        # A row that does not count is a row of its item all the same.
        every = one.model_copy(update={"where": None})
        all_blocks = list(blocks(every, self.folder, columns, limit))
        items, tags, voters = [], [], np.full(len(self.items.ids), None, object)
        for block, item in zip(all_blocks, self._matched(all_blocks), strict=True):
            parents, words = self._labels(block, item)
            items.append(item[parents])
            tags.append(pc.dictionary_encode(words))
            if self.annotator is not None:
                matched = np.flatnonzero(item >= 0)
                persons = as_words(block.columns[self.annotator], item >= 0)
                voters[item[matched]] = persons
        table = labels_table(items, tags)
        if one.votes is None:
            return table
        given = list(voters) if self.annotator is not None else None
        return voted(self.items.ids, table, one.votes, given, self.set_aside)

    def _matched(self, all_blocks: list[Block]) -> list[NDArray[np.int64]]:
        """For each row of each block the position of its item, -1 for one that was set aside.

        Rows are matched by their place among all rows, also among those that are set aside.
        """
        rows = self.items.rows
        apart = [
            row_numbers(at, self.set_aside.rows_of(one)) for at, one in enumerate(self.items.files)
        ]
        of_items = np.sort(np.concatenate([rows, *apart]))
        item_at = np.full(len(of_items), -1, np.int64)
        item_at[np.searchsorted(of_items, rows)] = np.arange(len(rows))
        files = list(dict.fromkeys(block.file for block in all_blocks))
        own = [row_numbers(files.index(block.file), block.rows) for block in all_blocks]
        broken = [
            row_numbers(files.index(b.file), np.array([one.row for one in b.broken], np.int64))
            for b in all_blocks
        ]
        of_labels = np.sort(np.concatenate([*own, *broken]))
        self.rows = len(of_labels)
        if len(of_labels) != len(of_items):
            labels, items = (count(len(rows), "row") for rows in (of_labels, of_items))
            raise TagledgerError(
                f"{labels} of labels for {items} of items",
                where=self.path,
                hint="take both files from the same snapshot; or, where the labels name their "
                "items, join them with `id: …` in place of `align: rows`",
            )
        return [item_at[np.searchsorted(of_labels, one)] for one in own]

    def _labels(self, block: Block, item: NDArray[np.int64]) -> tuple[Parents, pa.Array]:
        """The tags of a block's rows that can be used, and the position of each one's row."""
        one, saying = self.reading, self.reading.of_a_row
        faults = faults_of(block)
        counted = np.flatnonzero(counts(block, one.where, one.reaches, faults))
        some, of_labels = block.taken(counted), Faults(len(counted))
        parents, labels = saying.of_block(with_codes(some, saying), of_labels, self.path, one)
        faults.add_of(counted, of_labels)
        given = ~blank(labels)
        parents, labels = counted[parents[given]], labels.filter(pa.array(given))
        strangers = np.zeros(len(block.rows), np.bool_)
        strangers[parents] = item[parents] < 0
        faults.add(strangers, "label of an item that was set aside")
        if self.annotator is not None:
            faults.add(nobody(block.columns[self.annotator]), NOBODY)
        parents, tags = self.finish.tags(parents, labels, faults)
        if saying.WORDS and self.finish.names is None:
            doubts.cut_out(tags, saying.tag_columns, self.path)
        unknown = pa.nulls(len(block.rows), pa.string())
        no_id = np.zeros(len(block.rows), np.bool_)
        read = Ids(pa.nulls(len(block.rows), pa.int64()), unknown, no_id, no_id)
        self.set_aside.add(block.file, block, read, faults)
        kept = faults.readable[parents]
        return parents[kept], tags.filter(pa.array(kept))
