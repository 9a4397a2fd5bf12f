"""The items files of a reading -> the tables items, labels and blank of `Raw`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tagledger.errors import TagledgerError
from tagledger.readers.blocks import Block, Wanted, blocks, no_row_fits
from tagledger.readers.content_ids import content_ids, numbered
from tagledger.readers.counted import NOBODY, counts, nobody
from tagledger.readers.set_aside import Faults, SetAside, faults_of
from tagledger.readers.tagging.doubts import (
    cut_out,
    header_above_numbers,
    header_as_item,
    repeats,
)
from tagledger.readers.tagging.label_names import Finish, with_codes
from tagledger.readers.tagging.label_tables import Parents, blank_table, labels_table
from tagledger.readers.tagging.labels_file import wanted
from tagledger.readers.tagging.votes import as_words, voted
from tagledger.readers.text_files import with_texts
from tagledger.readers.values.columns import (
    NO_ID_TYPE,
    ROUNDED,
    Ids,
    ids,
    integers_in,
    rounded,
    shown,
    texts,
)
from tagledger.readers.values.date_notations import MOST_LOOKED_AT
from tagledger.readers.values.dates import INSTANT, instants, outside_years
from tagledger.sources.labels import Labels
from tagledger.sources.reading import ItemsReading

Years: TypeAlias = tuple[int, int]

_COLUMNS = ("file", "row", "integers", "texts", "created_on", "title", "description")
_NO_LABELS = (np.zeros(0, np.int64), pa.array([], pa.string()))
UNREADABLE_DATE = "created_on unreadable"
OUTSIDE_YEARS = (
    "created_on is not in the years {} to {} of clean.earliest_year and clean.latest_year"
)


@dataclass
class ItemRows:
    """The rows of the items files, block by block.

    Attributes
    ----------
    source, saying, finish
        How the files, the labels in them and a label are read.
    folder
        The folder that the files' paths are relative to.
    years
        The first and the last year that an item may be made in.
    set_aside
        Takes the rows that cannot be used.
    rows
        How many rows there are, with those set aside.
    """

    source: ItemsReading
    saying: Labels
    finish: Finish
    folder: Path
    years: Years
    set_aside: SetAside
    rows: int = 0
    _readable: int = 0
    _any_counted: bool = False
    _unfitting: Block | None = None  # the first block, while no row's labels count
    _columns: dict[str, list[pa.Array]] = field(
        default_factory=lambda: {name: [] for name in _COLUMNS}
    )
    _label_items: list[Parents] = field(default_factory=list)
    _label_tags: list[pa.Array] = field(default_factory=list)
    _voters: list[str] = field(default_factory=list)

    @property
    def path(self) -> Path:
        """The items file, for messages."""
        return self.folder / self.source.shown

    @property
    def wanted(self) -> Wanted:
        """The columns to read."""
        columns, saying = self.source.columns, self.saying
        names = (columns.id, columns.created_on, columns.title, *columns.text_columns)
        return wanted(saying, (*names, *saying.needed), glanced=saying.glanced)

    def read(self, limit: int) -> None:
        """Read all blocks.

        Raises
        ------
        TagledgerError
            A file cannot be read, or there is no row.
        """
        for block in blocks(self.source, self.folder, self.wanted, limit):
            self._add(block)
        if self.rows and self._unfitting is not None and self.saying.where is not None:
            raise no_row_fits(self.saying.where, self._unfitting, self.path)
        if not self.rows:
            hint = "take a fresh copy of it, or name another file in data/sources.yaml"
            raise TagledgerError("the file has no items", where=self.path, hint=hint)

    def _add(self, block: Block) -> None:
        faults = faults_of(block)
        columns = self.source.columns
        header_as_item(block, self.wanted.needed, self.path)
        titles = _texts(block, columns.title, faults)
        descriptions = _joined(
            [_texts(block, name, faults) for name in columns.text_columns], block
        )
        read = self._ids(block, titles, descriptions, faults)
        created_on = self._created_on(block, faults)
        parents, tags = self._labels(block, read, faults)
        self.set_aside.add(block.file, block, read, faults)

        kept = faults.readable
        file = pa.repeat(pa.scalar(block.file, pa.string()), len(block.rows)).dictionary_encode()
        row = pa.array(block.rows)
        values = (file, row, read.integers, read.texts, created_on, titles, descriptions)
        for name, value in zip(_COLUMNS, values, strict=True):
            self._columns[name].append(value.filter(pa.array(kept)))
        of_kept = kept[parents]
        self._label_items.append((self._readable + np.cumsum(kept) - 1)[parents[of_kept]])
        self._label_tags.append(pc.dictionary_encode(tags.filter(pa.array(of_kept))))
        if self._annotator is not None:
            self._voters += as_words(block.columns[self._annotator], kept)
        self._readable += int(kept.sum())
        self.rows += len(block.rows) + len(block.broken)

    def _ids(self, block: Block, titles: pa.Array, descriptions: pa.Array, faults: Faults) -> Ids:
        columns, id_type = self.source.columns, self.source.id_type
        if columns.id is None:
            text = (titles, descriptions) if columns.title or columns.text_columns else ()
            return content_ids(block, text, self.saying.needed)
        read = ids(block.columns[columns.id], id_type)
        faults.add(read.missing, "no id")
        if self.source.read_as.TEXT_ONLY:
            faults.add(rounded(read), ROUNDED)
        faults.add(read.wrong, "id is not an integer" if id_type == "integer" else NO_ID_TYPE)
        return read

    def _created_on(self, block: Block, faults: Faults) -> pa.Array:
        name = self.source.columns.created_on
        if name is None:
            return pa.nulls(len(block.rows), INSTANT)
        created_on, wrong = instants(block.columns[name], self.source.date_format)
        faults.add(wrong, UNREADABLE_DATE)
        if wrong.any():
            at = np.flatnonzero(wrong)[:MOST_LOOKED_AT]
            self.set_aside.unread_dates.append(shown(block.columns[name], at))
        faults.add(outside_years(created_on, *self.years), OUTSIDE_YEARS.format(*self.years))
        return created_on

    @property
    def _annotator(self) -> str | None:
        """The column of the items files with the person whose votes a row's labels are."""
        voting = self.saying.votes is not None and self.saying.tag_columns
        return self.saying.annotator if voting else None

    def _labels(self, block: Block, read: Ids, faults: Faults) -> tuple[Parents, pa.Array]:
        """The tags in a block of items, and for each the position of its item there."""
        if not self.saying.tag_columns:
            return _NO_LABELS
        if self._annotator is not None:
            faults.add(nobody(block.columns[self._annotator]), NOBODY)
        counted = counts(block, self.saying.where, self.saying.reaches, faults)
        at = np.flatnonzero(counted)
        self._any_counted = self._any_counted or bool(len(at))
        if self._any_counted or self._unfitting is None:
            self._unfitting = None if self._any_counted else block
        some, of_labels = block.taken(at), Faults(len(at))
        path = self.path
        self.set_aside.note(self.saying.doubts(some, path, repeats(read)[at]))
        parents, labels = self.saying.of_block(
            with_codes(some, self.saying), of_labels, path, self.source
        )
        parents, tags = self.finish.tags(parents, labels, of_labels)
        if self.saying.WORDS and self.finish.names is None:
            cut_out(tags, self.saying.tag_columns, path)
        faults.add_of(at, of_labels)
        return at[parents], tags

    def items(self, limit: int) -> pa.Table:
        """The table items of `Raw`."""
        table = {name: pa.chunked_array(self._columns[name]) for name in _COLUMNS}
        integers, spelled = table.pop("integers"), table.pop("texts")
        settled = {"file": table.pop("file").unify_dictionaries(), "row": table.pop("row")}
        if self.source.columns.id is None:
            settled["id"] = numbered(spelled)
        else:
            settled["id"] = _one_type(integers, spelled, settled["row"], self.source, self.path)
        items_table = pa.table(settled | table)
        text_file = self.source.columns.text_file
        if text_file is None:
            return items_table
        return with_texts(items_table, text_file, self.folder, limit, self.set_aside)

    def labels(self, items: pa.Table) -> pa.Table:
        """The table labels of `Raw`, of labels in the items files."""
        table = labels_table(self._label_items, self._label_tags)
        if self.saying.votes is None or not self.saying.tag_columns:
            return table
        return voted(items["id"], table, self.saying.votes, self._voters or None, self.set_aside)

    def blank(self) -> pa.Table | None:
        """The table blank of `Raw`."""
        if not self.saying.LISTS:
            return None
        return blank_table(self._label_items, self._label_tags)


def _texts(block: Block, name: str | None, faults: Faults) -> pa.Array:
    if name is None:
        return pa.repeat(pa.scalar("", pa.string()), len(block.rows))
    values, wrong = texts(block.columns[name])
    faults.add(wrong, f"{name} is not text")
    return pc.fill_null(values, "")


def _joined(columns: list[pa.Array], block: Block) -> pa.Array:
    """The texts of several columns with a space between those that are not empty."""
    if not columns:
        return pa.repeat(pa.scalar("", pa.string()), len(block.rows))
    text, *others = columns
    for one in others:
        # Arrow's own way to leave out what is null loses the rows where all of it is.
        both = pc.and_(pc.not_equal(text, ""), pc.not_equal(one, ""))
        text = pc.binary_join_element_wise(text, pc.if_else(both, " ", ""), one, "")
    return text


def _one_type(
    integers: pa.ChunkedArray,
    spelled: pa.ChunkedArray,
    rows: pa.ChunkedArray,
    source: ItemsReading,
    path: Path,
) -> pa.ChunkedArray:
    """The ids as int64 or as string; a file of text alone does not say which."""
    any_integer = integers.null_count < len(integers)
    if spelled.null_count == len(spelled):
        return integers if any_integer or source.id_type == "integer" else spelled
    if any_integer:
        first = {
            kind: rows[pc.index(values.is_valid(), pa.scalar(value=True)).as_py()].as_py()
            for kind, values in (("an integer", integers), ("text", spelled))
        }
        raise TagledgerError(
            "ids are of mixed types: "
            + ", ".join(f"row {row} has {kind}" for kind, row in first.items()),
            where=f"{path}, column {source.columns.id}",
            hint="set `id_type: string` (or integer) in its reading, in data/sources.yaml",
        )
    if source.read_as.TEXT_ONLY and source.id_type is None:
        numbers = integers_in(spelled)
        if not numbers.null_count:
            return numbers
        header_above_numbers(numbers, spelled, rows, path)
    return spelled
