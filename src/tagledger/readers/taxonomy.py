"""A source's taxonomy file -> a table of tags with their aliases and parents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from tagledger.errors import TagledgerError
from tagledger.readers.blocks import MOST_BYTES, Wanted
from tagledger.readers.columns import Column
from tagledger.readers.formats import blocks
from tagledger.readers.json_text import document, repeated
from tagledger.sources.catalogue import TaxonomyReading


def read_taxonomy(reading: TaxonomyReading, folder: Path, limit: int = MOST_BYTES) -> pd.DataFrame:
    """Read a taxonomy; what its tags mean to each other is for the clean stage to check.

    Parameters
    ----------
    reading
        The file. JSON: a list of objects with tag, aliases and parents, or a mapping from tag to an
        object with the other two. JSON Lines, CSV, Parquet: these three columns; in CSV, names
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
    path = folder / reading.file
    entries: list[tuple[str, Any]] = []
    if reading.kind == "json":
        entries = _json_entries(path, reading, limit)
    else:
        for block in blocks(reading, folder, Wanted(("tag",), ("aliases", "parents")), limit):
            for one in block.broken:
                raise _shape(one.reason, f"{path}, row {one.row}")
            for where, reason in block.faults:
                raise _shape(reason, f"{path}, row {block.rows[where][0]}")
            columns = {name: _values(column) for name, column in block.columns.items()}
            if reading.kind == "csv":
                for name in columns.keys() & {"aliases", "parents"}:
                    columns[name] = [_split(value) for value in columns[name]]
            for at, row in enumerate(block.rows):
                entries.append(
                    (f"row {row}", {name: values[at] for name, values in columns.items()})
                )
    if not entries:
        raise _shape("the taxonomy has no tag", path)
    return pd.DataFrame(
        [_taxonomy_entry(entry, f"{path}, {place}") for place, entry in entries],
        columns=["tag", "aliases", "parents"],
    ).astype({"tag": "str", "aliases": "object", "parents": "object"})


def _json_entries(path: Path, reading: TaxonomyReading, limit: int) -> list[tuple[str, Any]]:
    """The entries of one JSON document, each with its place."""
    content, text = document(path, reading.compression, limit)
    for one in repeated(text, content):
        line = text.count(b"\n", 0, one.offset) + 1
        raise _shape(one.reason, f"{path}, line {line}")
    if isinstance(content, dict):
        return [
            (f"tag {tag!r}", {**entry, "tag": tag} if isinstance(entry, dict) else entry)
            for tag, entry in content.items()
        ]
    if isinstance(content, list):
        return [(f"entry {place}", entry) for place, entry in enumerate(content, 1)]
    raise _shape("a taxonomy is a list of tags, or a mapping from tag to entry", path)


def _values(column: Column) -> list[Any]:
    return column if isinstance(column, list) else list(column.to_pylist())


def _split(value: str) -> list[str]:
    return [part for part in value.split("|") if part.strip()]


def _taxonomy_entry(entry: Any, where: str) -> tuple[str, list[str], list[str]]:
    """An entry's tag, aliases and parents.

    Raises
    ------
    TagledgerError
        The entry has another form.
    """
    if not isinstance(entry, dict):
        raise _shape("the entry is not an object with tag, aliases and parents", where)
    tag = entry.get("tag")
    if not isinstance(tag, str) or not tag.strip():
        raise _shape("the entry has no `tag` that is text", where)
    names = []
    for key in ("aliases", "parents"):
        value = entry.get(key)
        value = [] if value is None else value
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            raise _shape(f"the {key} of {tag!r} are not a list of text", where)
        names.append(value)
    return tag, names[0], names[1]


def _shape(what: str, where: str | Path) -> TagledgerError:
    hint = "mend the taxonomy file, or its reading in data/sources.yaml"
    return TagledgerError(what, where=where, hint=hint)
