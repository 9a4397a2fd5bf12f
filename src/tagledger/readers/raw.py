"""A source's files -> items, labels and taxonomy as the source has them, and rows set aside.

Nothing is cleaned here: texts, tags and repeated ids stay as they are. A row that cannot be read
is set aside with its reason and its whole record; a file that cannot be read is an error.

Files -> blocks of columns (`formats/`) -> columns of one type (`columns`), labels (`labels/`)
-> `Raw`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
from pydantic import ValidationError

from tagledger.documents import read_json
from tagledger.errors import TagledgerError
from tagledger.readers.added_items import read_added
from tagledger.readers.item_rows import ItemRows, Years
from tagledger.readers.opening.source_files import MOST_BYTES
from tagledger.readers.set_aside import SetAside
from tagledger.readers.tagging.doubts import refuse_most
from tagledger.readers.tagging.label_names import finish_of, refuse_codes
from tagledger.readers.tagging.label_tables import SourceItems, file_rows
from tagledger.readers.taxonomy import read_taxonomy
from tagledger.readers.values.date_notations import advice
from tagledger.sources import formats
from tagledger.sources.file_reading import ADDED_ITEMS, PROVENANCE
from tagledger.sources.labels import LabelsFile, NoLabels
from tagledger.sources.reading import Reading

ALL_YEARS: Years = (1, 9999)


@dataclass(frozen=True)
class Raw:
    """A snapshot as its source has it.

    Attributes
    ----------
    items
        One row per readable item row, in the source's order, then those of data/items: file
        (dictionary<int32, string>: its name in the snapshot, or its path), row (int64, from 1: the
        place in a JSON list, the line, or the row below a CSV header, blank lines not counted), id
        (int64 or string), created_on (timestamp[us, UTC], null where there is none), title and
        description (string, "" where there is none).
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
    blank
        The blank tags of lists, left out of `labels` and in the same form; None for none.
    unread_dates
        Dates that cannot be read: some of each block that has any.
    added
        How many rows are of data/items, and not of the source; they are the last of `items`.
    known
        How many of these have the id of an item of the source, whose row counts: `items` has them
        not.
    unlabelled
        Whether the reading says that nothing is labelled yet.
    """

    items: pa.Table
    labels: pa.Table
    taxonomy: pd.DataFrame | None
    set_aside: pd.DataFrame
    rows: int
    label_rows_set_aside: int
    notes: tuple[str, ...] = ()
    label_rows: int = 0
    blank: pa.Table | None = None
    unread_dates: Sequence[Sequence[str]] = ()
    added: int = 0
    known: int = 0
    unlabelled: bool = False

    @property
    def hint(self) -> str:
        """What to change in the reading, where too many rows are set aside; it takes a while."""
        return next(filter(None, map(advice, self.unread_dates)), "")


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
    raw = read(reading, folder, years, limit)
    if "added_items" not in provenance:
        return raw
    return _with_added(raw, folder / ADDED_ITEMS, years)


def _with_added(raw: Raw, path: Path, years: Years) -> Raw:
    """What was read of the source, and the items that were added to it."""
    more = read_added(path, raw.items, years)
    of_items = len(raw.set_aside) - raw.label_rows_set_aside
    aside = [raw.set_aside.iloc[:of_items], more.set_aside, raw.set_aside.iloc[of_items:]]
    items = pa.concat_tables([raw.items, more.items]).unify_dictionaries()
    return replace(
        raw,
        items=items,
        set_aside=pd.concat(aside, ignore_index=True),
        rows=raw.rows + more.rows,
        added=more.rows,
        known=more.known,
    )


def _refuse_other_packages(provenance: object, path: Path) -> None:
    """Refuse to read with another version of a package than the record names."""
    named = provenance.get("packages") if isinstance(provenance, dict) else None
    for name, package in named.items() if isinstance(named, dict) else ():
        wanted, recorded = package["package"], package["version"]
        version = formats.version_of(wanted)
        if version is None:
            raise formats.not_installed(name, wanted, recorded)
        if version != recorded:
            raise TagledgerError(
                f"files of the format {name!r} were fetched to be read by {wanted} {recorded}, and "
                f"{wanted} {version} is installed",
                where=path,
                hint=f"install that version, `pip install {wanted}=={recorded}`; or go on with "
                "this one: `dvc repro --force fetch`, then `dvc repro`",
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
    source = reading.labels if isinstance(reading.labels, LabelsFile) else reading.items
    saying = reading.labels.prepared(folder, limit, source)
    finish = finish_of(saying.of_a_row, source, folder, limit)
    item_rows = ItemRows(reading.items, saying, finish, folder, years, set_aside)
    item_rows.read(limit)
    items = item_rows.items(limit)
    labels = item_rows.labels(items)
    of_items = set_aside.count
    unlabelled = isinstance(saying, NoLabels)
    if not saying.tag_columns and not unlabelled:
        matched = SourceItems(items["id"], file_rows(items), set_aside.files)
        labels, label_rows = saying.of_file(folder, matched, set_aside, limit, finish)
    finish.refuse_unnamed(folder / source.shown)
    refuse_codes(saying.of_a_row, labels["tag"], source, folder, limit)
    refuse_most(set_aside, max(item_rows.rows, label_rows), folder / source.shown)
    taxonomy = None
    if reading.taxonomy is not None:
        taxonomy = read_taxonomy(reading.taxonomy, folder, limit)
    return Raw(
        items=items,
        labels=labels,
        taxonomy=taxonomy,
        set_aside=set_aside.frame(),
        rows=item_rows.rows,
        label_rows_set_aside=set_aside.count - of_items,
        notes=tuple(set_aside.notes),
        label_rows=label_rows,
        blank=item_rows.blank(),
        unread_dates=set_aside.unread_dates,
        unlabelled=unlabelled,
    )
