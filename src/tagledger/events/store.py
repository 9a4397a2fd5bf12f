"""The events of a repository: where they lie, and the reading of them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from tagledger.errors import TagledgerError, os_errors
from tagledger.events.canonical import short_hash
from tagledger.events.event import Event, EventError, is_name

ANNOTATIONS = Path("data/annotations")
TAXONOMIES = ANNOTATIONS / "taxonomies"
_ENDING = ".jsonl"


def event_files(root: Path) -> list[Path]:
    """The files of events below the folder of dvc.yaml, by annotator and then name.

    Folders whose name no annotator can have, and links, have none: see `strays`.
    """
    folder = root / ANNOTATIONS
    return [file for file in _files(folder) if _is_event_file(file, folder)]


def strays(root: Path) -> list[Path]:
    """Files in data/annotations that are neither events nor taxonomies, in order.

    Hidden files, such as the placeholder that keeps the folder in git, are no strays.
    """
    folder, taxonomies = root / ANNOTATIONS, root / TAXONOMIES
    return [
        file
        for file in _files(folder)
        if not _is_event_file(file, folder) and file.parent != taxonomies
    ]


def _is_event_file(file: Path, folder: Path) -> bool:
    annotator = file.parent
    if annotator.parent != folder or file.suffix != _ENDING or not is_name(annotator.name):
        return False
    return file.is_file() and not file.is_symlink() and not annotator.is_symlink()


def _files(folder: Path) -> list[Path]:
    """Every file below a folder that is not hidden; links to folders are not followed."""
    with os_errors(folder):
        paths = [path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()]
    return sorted(
        path
        for path in paths
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def digest(root: Path) -> str:
    """The digest of the events and taxonomies that a repository has.

    Two folders have the same exactly if their files have the same names and bytes.

    Raises
    ------
    TagledgerError
        A file cannot be read.
    """
    digests = {}
    for path in [*event_files(root), *taxonomy_files(root)]:
        with os_errors(path), path.open("rb") as stream:
            digests[path] = hashlib.file_digest(stream, "sha256").hexdigest()
    return digest_of(root, digests)


def digest_of(root: Path, digests: Mapping[Path, str]) -> str:
    """The digest of events and taxonomies whose files have been read.

    Parameters
    ----------
    root
        The folder of dvc.yaml.
    digests
        The SHA-256 of each file, those of events before those of taxonomies, each in order.
    """
    hasher = hashlib.sha256()
    for path, digest in digests.items():
        name = path.relative_to(root / ANNOTATIONS).as_posix()
        hasher.update(f"{name}\0{digest}\n".encode())
    return f"sha256:{hasher.hexdigest()}"


def taxonomy_files(root: Path) -> list[Path]:
    """The files of taxonomies that annotators were shown, in order."""
    folder = root / TAXONOMIES
    return [
        file
        for file in _files(folder)
        if file.suffix == ".json" and file.is_file() and not file.is_symlink()
    ]


def read_events(root: Path) -> Iterator[tuple[Path, int, Event | EventError]]:
    """Each line of the events: its file, its number from 1, and the event or what is wrong.

    Raises
    ------
    TagledgerError
        A file cannot be read.
    """
    for path in event_files(root):
        with os_errors(path), path.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                yield path, number, _parse(line, path.parent.name)


def _parse(line: bytes, by: str) -> Event | EventError:
    try:
        event = Event.parse(line)
    except EventError as error:
        return error
    if event.by != by:
        return EventError(f"its by is {event.by}, not the name of its folder")
    return event


def known_ids(root: Path, people: Collection[str] | None = None) -> set[str]:
    """The ids of the events of some people, or of all; lines that are no events have none.

    Raises
    ------
    TagledgerError
        A file cannot be read.
    """
    ids: set[str] = set()
    for path in event_files(root):
        if people is not None and path.parent.name not in people:
            continue
        with os_errors(path), path.open("rb") as stream:
            ids.update(name for line in stream if (name := _id(line)))
    return ids


def _id(line: bytes) -> str | None:
    try:
        content = orjson.loads(line)
    except ValueError:
        return None
    name = content.get("id") if isinstance(content, dict) else None
    return name if isinstance(name, str) else None


def read_taxonomy(root: Path, name: str) -> list[str] | None:
    """The tags of a hash that an event has; None where they are not kept.

    Raises
    ------
    TagledgerError
        The file cannot be read, or holds other tags than its name says.
    """
    path = root / TAXONOMIES / f"{name}.json"
    if not path.is_file() or path.is_symlink():
        return None
    with os_errors(path):
        data = path.read_bytes()
    try:
        tags: Any = orjson.loads(data)
    except ValueError:
        tags = None
    fits = isinstance(tags, list) and all(isinstance(tag, str) for tag in tags)
    if not fits or short_hash(tags) != name:
        raise TagledgerError(
            "these are not the tags that were shown: the name is not the hash of the content",
            where=path,
            hint=f"`git checkout HEAD -- {(TAXONOMIES / path.name).as_posix()}` brings them back",
        )
    return [str(tag) for tag in tags]
