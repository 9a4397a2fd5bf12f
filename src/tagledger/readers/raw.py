"""A source's files -> items, labels and taxonomy as the source has them, and rows set aside.

Nothing is cleaned here: texts, tags and repeated ids stay as they are. A row that cannot be read
is set aside with its reason and its whole record; a file that cannot be read is an error.

Files -> blocks of columns (`formats/`) -> columns of one type (`columns`), labels (`labels/`)
-> `Raw`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import ValidationError

from tagledger.documents import read_json
from tagledger.errors import TagledgerError
from tagledger.readers.blocks import MOST_BYTES, Block, Wanted, blocks
from tagledger.readers.columns import NO_ID_TYPE, ids, integers_in, texts
from tagledger.readers.dates import INSTANT, instants, outside_years
from tagledger.readers.label_tables import SourceItems, blank_table, labels_table
from tagledger.readers.set_aside import Faults, SetAside, faults_of
from tagledger.readers.taxonomy import read_taxonomy
from tagledger.sources import formats
from tagledger.sources.reading import PROVENANCE, ItemsReading, Reading

Years: TypeAlias = tuple[int, int]
ALL_YEARS: Years = (1, 9999)

_FOUND = ("row", "integers", "texts", "created_on", "title", "description")
_NO_LABELS = (np.zeros(0, np.int64), pa.array([], pa.string()))
_OUTSIDE_YEARS = (
    "created_on is not in the years {} to {} of clean.earliest_year and clean.latest_year"
)


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
    label_rows_set_aside
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
    set_aside: pd.DataFrame
    rows: int
    label_rows_set_aside: int
    notes: tuple[str, ...] = ()
    label_rows: int = 0
    file: str = ""
    blank: pa.Table | None = None


def read_raw(
    folder: Path,
    years: Years = ALL_YEARS,
    limit: int = MOST_BYTES,
    *,
    same_packages: bool = False,
) -> Raw:
    """Read what the fetch stage wrote: `folder`/provenance.json, and the files it names.

    Parameters
    ----------
    folder
        The folder of the raw files.
    years, limit
        As for `read`.
    same_packages
        Whether packages that bring formats must have the versions that the fetch stage found. A
        build needs them; an old version is explained by today's, as it is by today's own readers.

    Raises
    ------
    TagledgerError
        As for `read`; or there is no readable provenance.json; or a package is not installed, or
        has another version.
    """
    provenance = read_json(folder / PROVENANCE)
    if same_packages:
        _refuse_other_packages(provenance, folder / PROVENANCE)
    try:
        reading = Reading.model_validate(provenance["reading"])
    except (ValidationError, KeyError, TypeError) as error:
        raise TagledgerError(
            f"this is not the record of a fetch: {error}",
            where=folder / PROVENANCE,
            hint="write it anew with `dvc repro --force fetch`",
        ) from error
    return read(reading, folder, years, limit)


def _refuse_other_packages(provenance: object, path: Path) -> None:
    """Refuse to read with another version of a package than the record names."""
    named = provenance.get("packages") if isinstance(provenance, dict) else None
    for name, package in named.items() if isinstance(named, dict) else ():
        asked, recorded = package["package"], package["version"]
        version = formats.version_of(asked)
        if version is None:
            raise formats.not_installed(name, asked, recorded)
        if version != recorded:
            raise TagledgerError(
                f"files of the format {name!r} were fetched to be read by {asked} {recorded}, and "
                f"{asked} {version} is installed",
                where=path,
                hint=f"install that version, `pip install {asked}=={recorded}`; or go on with this "
                "one: `dvc repro --force fetch`, then `dvc repro`",
            )


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
    set_aside = SetAside()
    label_rows = 0
    items, labels, blanks, rows = _read_items(reading, folder, set_aside, years, limit)
    of_items = set_aside.count
    if not reading.labels.columns:
        matched = SourceItems(reading.items.file, items["id"], items["row"])
        labels, label_rows = reading.labels.of_file(folder, matched, set_aside, limit)
    taxonomy = None
    if reading.taxonomy is not None:
        taxonomy = read_taxonomy(reading.taxonomy, folder, limit)
    return Raw(
        items=items,
        labels=labels,
        taxonomy=taxonomy,
        set_aside=set_aside.frame(),
        rows=rows,
        label_rows_set_aside=set_aside.count - of_items,
        notes=tuple(set_aside.notes),
        label_rows=label_rows,
        file=reading.items.file,
        blank=blanks,
    )


def _read_items(
    reading: Reading, folder: Path, set_aside: SetAside, years: Years, limit: int
) -> tuple[pa.Table, pa.Table, pa.Table | None, int]:
    """The tables items, labels and blank of `Raw`, and the number of rows in the file."""
    source, columns = reading.items, reading.items.columns
    path = folder / source.file
    title, description = columns.title, columns.text or columns.description
    names = (columns.id, columns.created_on, title, description, *reading.labels.columns)
    wanted = Wanted(tuple(dict.fromkeys(name for name in names if name is not None)))
    wrong_id = "id is not an integer" if source.id_type == "integer" else NO_ID_TYPE
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
        parents, tags = _NO_LABELS
        if reading.labels.columns:
            parents, tags = reading.labels.of_block(block, faults, path, source)
        set_aside.add(source.file, block, read, faults)

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
    blanks = blank_table(label_items, label_tags) if reading.labels.LISTS else None
    return pa.table(settled | table), labels_table(label_items, label_tags), blanks, rows


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
    return spelled
