"""The sources and snapshots of a repository, for people to look at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tagledger.adding.known import Known
from tagledger.sources.catalogue import Snapshot, is_url
from tagledger.versions import is_kept_by_dvc

Where = Literal["url", "folder", "git", "dvc", "git and dvc"]


@dataclass(frozen=True)
class SnapshotRow:
    """A snapshot.

    Attributes
    ----------
    name
        Its name.
    chosen
        Whether params.yaml chooses it.
    location
        Where its files are.
    files, bytes
        How many files it has, and their size.
    where
        What keeps the files: git, dvc, or both; url where they are downloaded, folder where they
        lie outside of the repository.
    own_reading
        Whether it is read in another way than the other snapshots.
    """

    name: str
    chosen: bool
    location: str
    files: int
    bytes: int
    where: Where
    own_reading: bool


@dataclass(frozen=True)
class SourceRow:
    """A source and its snapshots, in the order of data/sources.yaml."""

    name: str
    description: str
    licence: str | None
    snapshots: list[SnapshotRow]


def overview(known: Known, root: Path) -> list[SourceRow]:
    """The sources, in the order of data/sources.yaml."""
    if known.catalogue is None:
        return []
    return [
        SourceRow(
            name,
            source.description,
            source.licence,
            [
                SnapshotRow(
                    snapshot,
                    chosen=(name, snapshot) == (known.source, known.snapshot),
                    location=state.location,
                    files=len(state.files),
                    bytes=sum(one.bytes for one in state.files.values()),
                    where=_where(state, root),
                    own_reading=state.reading is not None,
                )
                for snapshot, state in source.snapshots.items()
            ],
        )
        for name, source in known.catalogue.sources.items()
    ]


def _where(state: Snapshot, root: Path) -> Where:
    """What keeps the files of a snapshot."""
    if is_url(state.location):
        return "url"
    folder = root / state.location
    if not folder.resolve().is_relative_to(root.resolve()):
        return "folder"
    kept = [is_kept_by_dvc(folder / path) for path in state.files]
    if all(kept):
        return "dvc"
    return "git and dvc" if any(kept) else "git"
