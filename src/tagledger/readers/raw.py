"""A source's files -> items, labels and taxonomy as the source has them, and rows set aside.

Nothing is cleaned here: texts, tags and repeated ids stay as they are. A row that cannot be read
is set aside with its reason and its whole record; a file that cannot be read is an error.

Files -> blocks of columns (`formats`) -> columns of one type (`columns`) -> `Raw`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pydantic import ValidationError

from tagledger.errors import TagledgerError
from tagledger.files import read_json
from tagledger.readers.blocks import MOST_BYTES, Block, Wanted
from tagledger.readers.columns import (
    Ids,
    IdType,
    blank,
    delimited,
    encode,
    ids,
    integers_in,
    is_text,
    lists,
    mask,
    single,
    texts,
)
from tagledger.readers.dates import INSTANT, instants, outside_years
from tagledger.readers.formats import blocks
from tagledger.readers.literals import REASON, convert_hint, literals, refuse_literals
from tagledger.readers.rejected import Faults, Rejected, faults_of
from tagledger.readers.taxonomy import read_taxonomy
from tagledger.sources.catalogue import (
    PROVENANCE,
    ColumnLabels,
    DelimitedLabels,
    FileLabels,
    ItemsReading,
    Labels,
    ListLabels,
    Reading,
    RowLabels,
)

Years: TypeAlias = tuple[int, int]
ALL_YEARS: Years = (1, 9999)

_FOUND = ("row", "integers", "texts", "created_on", "title", "description")
_NO_ID_TYPE = "id is not an integer or a string"
_OUTSIDE_YEARS = (
    "created_on is not in the years {} to {} of clean.earliest_year and clean.latest_year"
)
_OR_BY_ROW = "; or, if row N of this file is for row N of the items, say `align: rows` and no `id`"


@dataclass(frozen=True)
class Raw:
    """A snapshot as its source has it.

    Attributes
    ----------
    items
        One row per readable item row, in the source's order: row (int64, from 1: the place in a
        JSON list, the line, or the row below a CSV header, blank lines not counted), id (int64 or
        string), created_on (timestamp[us, UTC], null where there is none), title and description
        (string, "" where there is none).
    labels
        item (int64, ascending: a position in `items`) and tag (dictionary<int32, string>, in the
        source's spelling; a tag may repeat). Blank tags are left out.
    taxonomy
        tag (str), aliases and parents (lists of str), in the source's order; None without a file.
    rejected
        Rows that cannot be read: file, row, id (missing where it cannot be read), reason and
        record (the whole row as JSON: an object, or the text of a CSV row with too many or too few
        fields). Those of the items file come first, each file's by row.
    rows
        Item rows in the source: those of `items` and those set aside.
    label_rows_rejected
        How many of the rows set aside are of a labels file.
    notes
        Sentences on what is legal in the files and looks wrong, for people to look at.
    label_rows
        Rows of the labels file, with those set aside; 0 without such a file.
    file
        The items file.
    blank
        The blank tags of lists, left out of `labels` and in the same form; None for none.
    """

    items: pa.Table
    labels: pa.Table
    taxonomy: pd.DataFrame | None
    rejected: pd.DataFrame
    rows: int
    label_rows_rejected: int
    notes: tuple[str, ...] = ()
    label_rows: int = 0
    file: str = ""
    blank: pa.Table | None = None


def read_raw(folder: Path, years: Years = ALL_YEARS, limit: int = MOST_BYTES) -> Raw:
    """Read what the fetch stage wrote: `folder`/provenance.json, and the files it names.

    Parameters
    ----------
    folder
        The folder of the raw files.
    years, limit
        As for `read`.

    Raises
    ------
    TagledgerError
        As for `read`; or there is no readable provenance.json.
    """
    provenance = read_json(folder / PROVENANCE)
    try:
        reading = Reading.model_validate(provenance["reading"])
    except (ValidationError, KeyError, TypeError) as error:
        raise TagledgerError(
            f"this is not the record of a fetch: {error}",
            where=folder / PROVENANCE,
            hint="write it anew with `dvc repro --force fetch`",
        ) from error
    return read(reading, folder, years, limit)


def read(reading: Reading, folder: Path, years: Years = ALL_YEARS, limit: int = MOST_BYTES) -> Raw:
    """Read the files of a snapshot.

    Parameters
    ----------
    reading
        Which files they are, and how to read them.
    folder
        The folder that their paths are relative to.
    years
        The first and the last year that an item may be made in; a row with another date is
        set aside, because a date far off is a slip or stands for none.
    limit
        Most bytes that each compressed file may come to.

    Raises
    ------
    TagledgerError
        A file is missing, empty, not what its format says or not UTF-8, or lacks a column; the
        items have no row, or integers and text for ids; labels are lists written as text, or are
        aligned by row and more or fewer than the items; the taxonomy has an entry of another
        form. The error says where in the file.
    """
    rejected = Rejected()
    label_rows = 0
    items, labels, blanks, rows = _read_items(reading, folder, rejected, years, limit)
    of_items = rejected.count
    if isinstance(reading.labels, FileLabels):
        labels, label_rows = _read_labels(
            reading.labels, folder, items["id"], rejected, reading.items.file, limit=limit
        )
    elif isinstance(reading.labels, RowLabels):
        labels, label_rows = _read_rows(
            reading.labels, folder, items["row"], rejected, reading.items.file, limit=limit
        )
    taxonomy = None
    if reading.taxonomy is not None:
        taxonomy = read_taxonomy(reading.taxonomy, folder, limit)
    return Raw(
        items=items,
        labels=labels,
        taxonomy=taxonomy,
        rejected=rejected.frame(),
        rows=rows,
        label_rows_rejected=rejected.count - of_items,
        notes=tuple(rejected.notes),
        label_rows=label_rows,
        file=reading.items.file,
        blank=blanks,
    )


def _read_items(
    reading: Reading, folder: Path, rejected: Rejected, years: Years, limit: int
) -> tuple[pa.Table, pa.Table, pa.Table | None, int]:
    """The tables items, labels and blank of `Raw`, and the number of rows in the file."""
    source, columns = reading.items, reading.items.columns
    path = folder / source.file
    title, description = columns.title, columns.text or columns.description
    names = (columns.id, columns.created_on, title, description, _label_column(reading.labels))
    wanted = Wanted(tuple(dict.fromkeys(name for name in names if name is not None)))
    wrong_id = "id is not an integer" if source.id_type == "integer" else _NO_ID_TYPE
    found: dict[str, list[pa.Array]] = {name: [] for name in _FOUND}
    label_items, label_tags = [], []
    rows = readable = 0
    for block in blocks(source, folder, wanted, limit):
        length = len(block.rows)
        faults = faults_of(block)
        read = ids(block.columns[columns.id], source.id_type)
        faults.add(read.missing, "no id")
        faults.add(read.wrong, wrong_id)
        created_on = pa.nulls(length, INSTANT)
        if columns.created_on is not None:
            created_on, wrong = instants(block.columns[columns.created_on], source.date_format)
            faults.add(wrong, "created_on unreadable")
            faults.add(outside_years(created_on, *years), _OUTSIDE_YEARS.format(*years))
        titles = _texts(block, title, faults)
        descriptions = _texts(block, description, faults)
        parents, tags = _block_labels(block, reading.labels, faults, path, source)
        rejected.add(source.file, block, read, faults)

        kept = faults.readable
        numbers = pa.array(block.rows)
        values = (numbers, read.integers, read.texts, created_on, titles, descriptions)
        for name, value in zip(_FOUND, values, strict=True):
            found[name].append(value.filter(pa.array(kept)))
        of_kept = kept[parents]
        label_items.append((readable + np.cumsum(kept) - 1)[parents[of_kept]])
        label_tags.append(pc.dictionary_encode(tags.filter(pa.array(of_kept))))
        readable += int(kept.sum())
        rows += length + len(block.broken)
    if not rows:
        hint = "take a fresh copy of it, or name another file in data/sources.yaml"
        raise TagledgerError("the file has no items", where=path, hint=hint)
    table = {name: pa.chunked_array(found[name]) for name in _FOUND}
    integers, spelled = table.pop("integers"), table.pop("texts")
    settled = {"row": table.pop("row")}
    settled["id"] = _one_type(integers, spelled, settled["row"], source, path)
    # In a cell of text, nothing between two separators is no tag; an element of a list is one.
    lists_tags = isinstance(reading.labels, ListLabels)
    blanks = _blank_table(label_items, label_tags) if lists_tags else None
    return pa.table(settled | table), _labels_table(label_items, label_tags), blanks, rows


def _texts(block: Block, name: str | None, faults: Faults) -> pa.Array:
    if name is None:
        return pa.repeat(pa.scalar("", pa.string()), len(block.rows))
    values, wrong = texts(block.columns[name])
    faults.add(wrong, f"{name} is not text")
    return pc.fill_null(values, "")


def _one_type(
    integers: pa.ChunkedArray,
    spelled: pa.ChunkedArray,
    rows: pa.ChunkedArray,
    source: ItemsReading,
    path: Path,
) -> pa.ChunkedArray:
    """The ids as int64 or as string; a CSV file does not say which they are."""
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
    if source.kind == "csv" and source.id_type is None:
        numbers = integers_in(spelled)
        if not numbers.null_count:
            return numbers
    return spelled


def _label_column(labels: Labels) -> str | None:
    """The column of the items file that holds the labels."""
    if isinstance(labels, ListLabels):
        return labels.list
    if isinstance(labels, ColumnLabels):
        return labels.column
    return labels.delimited if isinstance(labels, DelimitedLabels) else None


def _block_labels(
    block: Block, labels: Labels, faults: Faults, path: Path, source: ItemsReading
) -> tuple[NDArray[np.int64], pa.Array]:
    """The tags in a block of items, and for each the position of its item in the block."""
    name = _label_column(labels)
    if name is None:
        return np.zeros(0, np.int64), pa.array([], pa.string())
    column = block.columns[name]
    if isinstance(labels, ListLabels):
        if not isinstance(column, list) and is_text(column.type):
            spelled, _ = texts(column)
            raise TagledgerError(
                f"the column {name!r} holds text, not lists",
                where=path,
                hint=convert_hint(spelled, name, source)
                if literals(spelled).any()
                else f"read it with `labels: {{delimited: {name}, separator: …}}`, "
                f"or with `{{column: {name}}}` if each text is one tag",
            )
        parents, tags, wrong = lists(column)
        faults.add(wrong, "labels are not a list of text")
        return parents, tags
    spelled, wrong = texts(column)
    faults.add(wrong, f"{name} is not text")
    faults.add(refuse_literals(spelled, name, path, source), REASON)
    if isinstance(labels, DelimitedLabels):
        parents, tags, _ = delimited(spelled, labels.separator)
    else:
        parents, tags, _ = single(spelled)
    return parents, tags


def _labels_table(items: list[NDArray[np.int64]], tags: list[pa.Array]) -> pa.Table:
    """The table labels of `Raw`, from pieces that may be in any order."""
    encoded, kept = encode(tags)
    item = np.concatenate([np.zeros(0, np.int64), *items])[kept]
    table = pa.table({"item": pa.array(item), "tag": encoded})
    if np.all(item[1:] >= item[:-1]):
        return table
    return table.take(pa.array(np.argsort(item, kind="stable")))


def _blank_table(items: list[NDArray[np.int64]], tags: list[pa.Array]) -> pa.Table:
    """The table blank of `Raw`: what `_labels_table` leaves out."""
    found = [
        (item[at], tag.take(pa.array(at)).dictionary_decode())
        for item, tag in zip(items, tags, strict=True)
        for at in [np.flatnonzero(blank(tag.dictionary)[tag.indices.to_numpy()])]
        if len(tag)
    ]
    item = np.concatenate([np.zeros(0, np.int64), *(item for item, _ in found)])
    tag = pa.chunked_array([tag for _, tag in found], pa.string())
    return pa.table({"item": pa.array(item), "tag": tag})


def _read_labels(
    reading: FileLabels,
    folder: Path,
    item_ids: pa.ChunkedArray,
    rejected: Rejected,
    items: str,
    *,
    limit: int,
) -> tuple[pa.Table, int]:
    """The table labels of `Raw` from a labels file, and the number of rows in the file.

    Every item with its id has a row's label.
    """
    id_type: IdType = "integer" if pa.types.is_int64(item_ids.type) else "string"
    codes, unique = pd.factorize(item_ids.to_pandas())
    known = pd.Index(unique)
    # The items of one id follow one another in by_id, from starts on, as many as counts says.
    by_id = np.argsort(codes, kind="stable")
    counts = np.bincount(codes, minlength=len(known))
    starts = np.cumsum(counts) - counts
    of_rejected = pa.array(sorted(rejected.ids_of(items)), pa.string())
    label_items, label_tags = [], []
    rows = 0
    wanted = Wanted((reading.id, reading.tag), instead=_OR_BY_ROW)
    for block in blocks(reading, folder, wanted, limit):
        rows += len(block.rows) + len(block.broken)
        faults = faults_of(block)
        read = ids(block.columns[reading.id], id_type)
        faults.add(read.missing, "no id")
        faults.add(read.wrong & ~mask(read.texts.is_valid()), _NO_ID_TYPE)
        tags, wrong = texts(block.columns[reading.tag])
        faults.add(wrong, f"{reading.tag} is not text")
        faults.add(blank(tags), "no tag")
        faults.add(refuse_literals(tags, reading.tag, folder / reading.file, reading), REASON)
        if id_type == "integer":
            found = known.get_indexer(read.integers.fill_null(0).to_numpy())
            found[~mask(read.integers.is_valid())] = -1
        else:
            found = known.get_indexer(read.texts.to_pandas())
        shown = pc.coalesce(read.texts, read.integers.cast(pa.string()))
        faults.add(
            (found < 0) & mask(pc.is_in(shown, of_rejected)), "label of an item that was set aside"
        )
        faults.add(found < 0, "label of an unknown id")
        rejected.add(reading.file, block, read, faults)

        kept = faults.readable
        found = found[kept]
        times = counts[found]
        nth = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
        label_items.append(by_id[np.repeat(starts[found], times) + nth])
        repeated = pa.array(np.repeat(np.flatnonzero(kept), times))
        label_tags.append(pc.dictionary_encode(tags.take(repeated)))
    return _labels_table(label_items, label_tags), rows


def _read_rows(
    reading: RowLabels,
    folder: Path,
    item_rows: pa.ChunkedArray,
    rejected: Rejected,
    items: str,
    *,
    limit: int,
) -> tuple[pa.Table, int]:
    """The table labels of `Raw` from a labels file, and the number of rows in the file.

    It has a row for each row of the items file.
    """
    of_items = np.sort(np.concatenate([item_rows.to_numpy(), rejected.rows_of(items)]))
    # The item that each row of the items file became, -1 for a row set aside.
    item_at = np.full(len(of_items), -1, np.int64)
    item_at[np.searchsorted(of_items, item_rows.to_numpy())] = np.arange(len(item_rows))
    path = folder / reading.file
    found = list(blocks(reading, folder, Wanted((reading.tag,)), limit))
    rows = np.concatenate([block.rows for block in found])
    of_labels = np.sort(np.concatenate([rows, [one.row for b in found for one in b.broken]]))
    if len(of_labels) != len(of_items):
        raise TagledgerError(
            f"there are {len(of_labels):,} rows of labels for {len(of_items):,} rows of items",
            where=path,
            hint="take both files from the same snapshot; or, where the labels name their items, "
            "join them with `id: …` in place of `align: rows`",
        )
    label_items, label_tags = [], []
    for block in found:
        # Rows are matched by their place among all rows, also among those set aside.
        item = item_at[np.searchsorted(of_labels, block.rows)]
        faults = faults_of(block)
        tags, wrong = texts(block.columns[reading.tag])
        faults.add(wrong, f"{reading.tag} is not text")
        faults.add(refuse_literals(tags, reading.tag, path, reading), REASON)
        given = ~blank(tags)
        faults.add(given & (item < 0), "label of an item that was set aside")
        nobody = pa.nulls(len(block.rows), pa.string())
        no_id = np.zeros(len(block.rows), np.bool_)
        read = Ids(pa.nulls(len(block.rows), pa.int64()), nobody, no_id, no_id)
        rejected.add(reading.file, block, read, faults)
        kept = faults.readable & given
        label_items.append(item[kept])
        label_tags.append(pc.dictionary_encode(tags.filter(pa.array(kept))))
    return _labels_table(label_items, label_tags), len(of_labels)
