"""A source's taxonomy file -> a table of tags with their aliases and parents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from tagledger.errors import TagledgerError
from tagledger.readers.blocks import Wanted, blocks
from tagledger.readers.opening.source_files import MOST_BYTES, source_files
from tagledger.readers.parsing.records import KEY, records_of
from tagledger.readers.values.columns import Column
from tagledger.sources.reading import TaxonomyReading


def read_taxonomy(reading: TaxonomyReading, folder: Path, limit: int = MOST_BYTES) -> pd.DataFrame:
    """Read a taxonomy; what its tags mean to each other is for the clean stage to check.

    Parameters
    ----------
    reading
        The file. JSON: a list of objects with tag, aliases and parents, or a mapping from tag to an
        object with the other two. Other formats: these three columns; where all is text, names
        joined by "|". Aliases and parents may be missing.
    folder
        The folder that its path is relative to.
    limit
        Most bytes that the file may come to when it is decompressed.

    Returns
    -------
    DataFrame
        tag (str), aliases and parents (object: lists of str), in the order of the file.

    Raises
    ------
    TagledgerError
        The file cannot be read, or an entry has another form: with its place.
    """
    path = folder / reading.shown
    files = source_files(reading, folder, limit)
    entries = reading.read_as.entries(files[0]) if len(files) == 1 else None
    if entries is None:
        entries = []
        for block in blocks(reading, folder, Wanted(("tag",), ("aliases", "parents")), limit):
            for one in block.broken:
                raise misshapen(one.reason, f"{path}, row {one.row}")
            for where, reason in block.faults:
                raise misshapen(reason, f"{path}, row {block.rows[where][0]}")
            columns = {name: _values(column) for name, column in block.columns.items()}
            if reading.read_as.TEXT_ONLY:
                for name in columns.keys() & {"aliases", "parents"}:
                    columns[name] = [_split(value) for value in columns[name]]
            for at, row in enumerate(block.rows):
                entries.append(
                    (f"row {row}", {name: values[at] for name, values in columns.items()})
                )
    if not entries:
        raise misshapen("the taxonomy has no tag", path)
    return pd.DataFrame(
        [_taxonomy_entry(entry, f"{path}, {place}") for place, entry in entries],
        columns=["tag", "aliases", "parents"],
    ).astype({"tag": "str", "aliases": "object", "parents": "object"})


def entries_of(content: Any, records: str | None, path: Path) -> list[tuple[str, Any]]:
    """Each entry of a taxonomy in a document, with its place.

    Parameters
    ----------
    content
        A list of entries, or a mapping from tag to entry.
    records
        Where in the content they are; see `records_of`.
    path
        The file, for messages.
    """
    if records is not None:
        return [
            (
                f"entry {number}",
                {"tag": one[KEY], **one} if isinstance(one, dict) and KEY in one else one,
            )
            for number, one in enumerate(records_of(content, records, path), 1)
        ]
    if isinstance(content, dict):
        return [
            (f"tag {tag!r}", {**entry, "tag": tag} if isinstance(entry, dict) else entry)
            for tag, entry in content.items()
        ]
    if isinstance(content, list):
        return [(f"entry {number}", entry) for number, entry in enumerate(content, 1)]
    raise misshapen("a taxonomy is a list of tags, or a mapping from tag to entry", path)


def _values(column: Column) -> list[Any]:
    return column if isinstance(column, list) else list(column.to_pylist())


def _split(value: Any) -> Any:
    if not isinstance(value, str):  # missing, or a list after all
        return value
    return [part for part in value.split("|") if part.strip()]


def _taxonomy_entry(entry: Any, where: str) -> tuple[str, list[str], list[str]]:
    """An entry's tag, aliases and parents.

    Raises
    ------
    TagledgerError
        The entry has another form.
    """
    if not isinstance(entry, dict):
        raise misshapen("the entry is not an object with tag, aliases and parents", where)
    tag = entry.get("tag")
    if not isinstance(tag, str) or not tag.strip():
        raise misshapen("the entry has no `tag` that is text", where)
    names = []
    for key in ("aliases", "parents"):
        value = entry.get(key)
        value = [] if value is None else value
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            raise misshapen(f"the {key} of {tag!r} are not a list of text", where)
        names.append(value)
    return tag, names[0], names[1]


def misshapen(what: str, where: str | Path) -> TagledgerError:
    """The error of an entry, or a whole taxonomy, of another form."""
    hint = "mend the taxonomy file, or its reading in data/sources.yaml"
    return TagledgerError(what, where=where, hint=hint)
