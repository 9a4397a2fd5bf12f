"""What data/sources.yaml and params.yaml say before a file is added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tagledger.adding.names import refuse_name, same_folder
from tagledger.documents import PARAMS, read_yaml
from tagledger.errors import TagledgerError
from tagledger.sources.catalogue import Catalogue, Snapshot, load_catalogue

SOURCES = Path("data/sources.yaml")


@dataclass(frozen=True)
class Known:
    """The sources that there are.

    Attributes
    ----------
    catalogue
        The sources; None where there is none yet.
    document
        data/sources.yaml as it is written.
    source, snapshot
        What params.yaml chooses; None for nothing.
    """

    catalogue: Catalogue | None
    document: Mapping[str, Any]
    source: str | None
    snapshot: str | None

    @property
    def names(self) -> list[str]:
        """The names of the sources."""
        return [] if self.catalogue is None else list(self.catalogue.sources)

    def snapshots(self, source: str) -> Mapping[str, Snapshot]:
        """The snapshots of a source; none of one that is not there."""
        if self.catalogue is None or source not in self.catalogue.sources:
            return {}
        return self.catalogue.sources[source].snapshots

    def last(self, source: str) -> str | None:
        """The snapshot that a new one follows: the chosen one of the source, or its last."""
        snapshots = self.snapshots(source)
        if source == self.source and self.snapshot in snapshots:
            return self.snapshot
        return next(reversed(list(snapshots)), None)

    def reading(self, source: str, snapshot: str) -> dict[str, Any]:
        """The reading of a snapshot, as it is written."""
        entry = self.document["sources"][source]
        # A snapshot that is called by a year is a number there.
        state = next(one for name, one in entry["snapshots"].items() if str(name) == snapshot)
        return dict(state.get("reading") or entry["reading"])


def read_known(root: Path) -> Known:
    """Read the sources, and what is chosen of them.

    Raises
    ------
    TagledgerError
        data/sources.yaml or params.yaml is missing, or has a fault.
    """
    document = read_yaml(root / SOURCES)
    empty = document is None or (isinstance(document, dict) and not document.get("sources"))
    catalogue = None if empty else load_catalogue(root / SOURCES, root=root)
    params = read_yaml(root / PARAMS)
    chosen = params.get("fetch") if isinstance(params, dict) else None
    chosen = chosen if isinstance(chosen, dict) else {}
    source, snapshot = chosen.get("source"), chosen.get("snapshot")
    return Known(
        catalogue,
        document if isinstance(document, dict) else {},
        None if source is None else str(source),
        None if snapshot is None else str(snapshot),
    )


def refuse_changed(root: Path, known: Known) -> None:
    """Refuse to go on from what was read before, where another process has changed it.

    Raises
    ------
    TagledgerError
        data/sources.yaml, or what params.yaml chooses, is another than it was.
    """
    if read_known(root) != known:
        raise TagledgerError(
            "another process has added a file meanwhile",
            where="data/sources.yaml",
            hint="run it again; `tagledger sources` lists what there is now",
        )


def refuse_names(known: Known, source: str, snapshot: str) -> None:
    """Refuse a snapshot that is there, and names that are no folders.

    Raises
    ------
    TagledgerError
        One of the two cannot be taken.
    """
    if source not in known.names:
        refuse_name(source, option="--source")
        _refuse_alike(source, known.names, "--source")
    snapshots = list(known.snapshots(source))
    if snapshot in snapshots:
        raise TagledgerError(
            f"the source {source} has a snapshot {snapshot!r} already",
            where="data/sources.yaml",
            hint="name another one: --snapshot NAME; `tagledger sources` lists them",
        )
    refuse_name(snapshot, option="--snapshot")
    _refuse_alike(snapshot, snapshots, "--snapshot")


def _refuse_alike(name: str, others: list[str], option: str) -> None:
    other = same_folder(name, others)
    if other is not None:
        raise TagledgerError(
            f"{name!r} and {other!r} differ in case only, and are one folder on many disks",
            where=option,
            hint=f"write it as {other}, or choose another name",
        )
