"""The entries of data/sources.yaml that are written for somebody."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import PurePath
from typing import Any

from tagledger.sources.catalogue import FileIdentity

_NAMED = 3


def snapshot_entry(
    location: PurePath | str,
    files: Mapping[str, FileIdentity],
    reading: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The entry of a snapshot; `reading` if it is not read as its source's others are."""
    where = location.as_posix() if isinstance(location, PurePath) else location
    identities = {path: identity.model_dump() for path, identity in sorted(files.items())}
    entry: dict[str, Any] = {"location": where, "files": identities}
    return entry if reading is None else entry | {"reading": dict(reading)}


def description_of(names: Collection[str]) -> str:
    """The description of a source that nobody has described: the names of its first files.

    >>> description_of(["d.csv", "c.csv", "b.csv", "a.csv"])
    'a.csv, b.csv, c.csv, ...'
    """
    first, more = sorted(names)[:_NAMED], sorted(names)[_NAMED:]
    return ", ".join([*first, *(["..."] if more else [])])


def source_entry(
    description: str, reading: Mapping[str, Any], snapshots: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """The entry of a source whose snapshots are read in one way."""
    return {
        "description": description,
        "reading": dict(reading),
        "snapshots": {name: dict(entry) for name, entry in snapshots.items()},
    }
