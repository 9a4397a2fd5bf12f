"""A file of labels by the id of their item -> the table labels of `Raw`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tagledger.readers.blocks import Block, blocks
from tagledger.readers.counted import NOBODY, counts, nobody
from tagledger.readers.set_aside import Faults, faults_of
from tagledger.readers.tagging import doubts
from tagledger.readers.tagging.label_names import with_codes
from tagledger.readers.tagging.label_tables import Parents, labels_table, runs
from tagledger.readers.tagging.labels_file import FileOfLabels, wanted
from tagledger.readers.tagging.votes import as_words, enough_votes, without_ends
from tagledger.readers.values.columns import NO_ID_TYPE, Ids, IdType, blank, ids, mask, type_of_ids

if TYPE_CHECKING:
    from tagledger.readers.labels.joined import FileLabels

_OR_BY_ROW = "; or, if row N of this file is for row N of the items, say `align: rows` and no `id`"


@dataclass
class JoinedLabels(FileOfLabels):
    """The labels of a file, block by block."""

    reading: FileLabels

    _ids: list[NDArray[np.int64]] = field(default_factory=list)
    _tags: list[pa.Array] = field(default_factory=list)
    _voters: list[NDArray[np.object_]] = field(default_factory=list)

    @property
    def id_type(self) -> IdType:
        """What the items' ids are."""
        return type_of_ids(self.items.ids)

    @cached_property
    def _items_by_id(self) -> tuple[NDArray[np.int64], pd.Index]:
        """For each item the number of its id, and the ids by their numbers."""
        codes, unique = pd.factorize(self.items.ids.to_pandas())
        return codes, pd.Index(unique)

    @cached_property
    def _ids_set_aside(self) -> pa.Array:
        return pa.array(sorted(self.set_aside.ids_of(self.items.files)), pa.string())

    def blocks(self, limit: int) -> Iterator[Block]:
        """The file's rows, with the columns that are needed."""
        one, saying = self.reading, self.reading.of_a_row
        needed = (one.id, *saying.tag_columns, *(one.reaches or ()), self.annotator)
        columns = wanted(saying, needed, instead=_OR_BY_ROW, glanced=self._confidences)
        return blocks(one, self.folder, columns, limit)

    def add(self, block: Block) -> None:
        """Add the labels of a block."""
        one, saying = self.reading, self.reading.of_a_row
        self.rows += len(block.rows) + len(block.broken)
        faults = faults_of(block)
        read = ids(block.columns[one.id], self.id_type)
        item = self._matched(read)
        if one.each is None:
            doubts.header_as_label(block, (one.id, one.tag), item >= 0, self.path)
        counted = counts(block, None, one.reaches, faults)  # `blocks` looks at `where`
        faults.add(read.missing, "no id")
        faults.add(read.wrong & ~mask(read.texts.is_valid()), NO_ID_TYPE)
        parents, labels = saying.of_block(with_codes(block, saying), faults, self.path, one)
        if one.each is None:
            self.set_aside.note(self._doubts(block, counted))
            faults.add(_without_any(parents, labels, len(block.rows)), "no tag")
        if self.annotator is not None:
            faults.add(nobody(block.columns[self.annotator]), NOBODY)
        self._refuse_strangers(read, item, faults)
        of_counted = counted[parents]
        parents, tags = self.finish.tags(
            parents[of_counted], labels.filter(pa.array(of_counted)), faults
        )
        if saying.WORDS and self.finish.names is None:
            doubts.cut_out(tags, saying.tag_columns, self.path)
        self.set_aside.add(block.file, block, read, faults)
        self._keep(block, faults, item, parents, tags)

    def _doubts(self, block: Block, counted: NDArray[np.bool_]) -> list[str]:
        some = block.taken(np.flatnonzero(counted))
        return doubts.denied(some, self._confidences, self.path, None)

    @property
    def _confidences(self) -> tuple[str, ...]:
        """The names of columns that may deny a row's tag, and of which the reading says nothing."""
        one = self.reading
        named = {one.id, one.tag, *(one.where or ()), *(one.reaches or ())}
        return () if one.each is not None else doubts.confidences(named)

    def _matched(self, read: Ids) -> NDArray[np.int64]:
        """The number of each row's id among the items'; -1 where no item has it."""
        _, item_ids = self._items_by_id
        if self.id_type == "string":
            return np.asarray(item_ids.get_indexer(read.texts.to_pandas()), np.int64)
        positions = np.asarray(
            item_ids.get_indexer(read.integers.fill_null(0).to_numpy()), np.int64
        )
        positions[~mask(read.integers.is_valid())] = -1
        return positions

    def _refuse_strangers(self, read: Ids, item: NDArray[np.int64], faults: Faults) -> None:
        shown = pc.coalesce(read.texts, read.integers.cast(pa.string()))
        of_set_aside = mask(pc.is_in(shown, self._ids_set_aside))
        faults.add((item < 0) & of_set_aside, "label of an item that was set aside")
        faults.add(item < 0, "label of an unknown id")

    def _keep(
        self,
        block: Block,
        faults: Faults,
        item: NDArray[np.int64],
        parents: Parents,
        tags: pa.Array,
    ) -> None:
        kept = faults.readable[parents]
        parents = parents[kept]
        self._ids.append(item[parents])
        self._tags.append(pc.dictionary_encode(tags.filter(pa.array(kept))))
        if self.reading.votes is not None:
            self._voters.append(self._voters_of(block)[parents])

    def _voters_of(self, block: Block) -> NDArray[np.object_]:
        """Who votes in each row: the person, or else the row itself."""
        name = self.reading.annotator
        if name is None:
            first = self.rows - len(block.rows)
            return np.arange(first, self.rows).astype(object)
        every = np.ones(len(block.rows), np.bool_)
        return np.array(as_words(block.columns[name], every), dtype=object)

    def table(self) -> pa.Table:
        """The table labels of `Raw`."""
        if self.reading.votes is not None and self._ids:
            self._count_votes(self.reading.votes)
        codes, item_ids = self._items_by_id
        # The items of one id follow one another in by_id, from starts on, as many as times says.
        by_id = np.argsort(codes, kind="stable")
        times = np.bincount(codes, minlength=len(item_ids))
        starts = np.cumsum(times) - times
        items, tags = [], []
        for of, words in zip(self._ids, self._tags, strict=True):
            many = times[of]
            items.append(by_id[runs(starts[of], many)])
            tags.append(words.take(pa.array(np.repeat(np.arange(len(of)), many))))
        return labels_table(items, tags)

    def _count_votes(self, votes: int) -> None:
        """Keep the labels that enough rows or persons say, each once."""
        kind = pa.dictionary(pa.int32(), pa.string())
        tags = without_ends(
            pa.chunked_array(self._tags, kind).unify_dictionaries().combine_chunks()
        )
        of, voters = np.concatenate(self._ids), np.concatenate(self._voters)
        codes = tags.indices.to_numpy()
        given = ~blank(tags.dictionary)[codes]
        kept = enough_votes(of[given], codes[given], voters[given], votes, self.set_aside)
        self._ids = [kept["item"].to_numpy(np.int64)]
        words = pa.array(kept["tag"].to_numpy(), pa.int32())
        self._tags = [pa.DictionaryArray.from_arrays(words, tags.dictionary)]


def _without_any(parents: Parents, labels: pa.Array, rows: int) -> NDArray[np.bool_]:
    """Where a row has no label, or a blank one."""
    nothing = np.ones(rows, np.bool_)
    nothing[parents[~blank(labels)]] = False
    return nothing
