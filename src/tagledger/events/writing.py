"""Events are only ever added: each session makes a file of its own, which nobody opens again."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import BinaryIO, Self

from tagledger.errors import os_errors
from tagledger.events.canonical import canonical, ordered_tags, taxonomy_hash
from tagledger.events.event import Event, check_name
from tagledger.events.store import ANNOTATIONS, TAXONOMIES, known_ids
from tagledger.files import replacing_all, write_bytes


def utc_now() -> str:
    """The time as events have it, to the microsecond: one may decide twice in a second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def session_file(root: Path, by: str, session: str) -> Path:
    """A new name for the file of a session of an annotator; no other file has it."""
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    return root / ANNOTATIONS / by / f"{day}-{session}-{secrets.token_hex(4)}.jsonl"


def new_events(root: Path, events: Sequence[Event]) -> list[Event]:
    """Those of the events that the repository does not have yet, each once, in their order."""
    # An id is the hash of a line that names its person, so that others cannot have it.
    present_ids = known_ids(root, {event.by for event in events})
    new: dict[str, Event] = {}
    for event in events:
        if event.id not in present_ids:
            new.setdefault(event.id, event)
    return list(new.values())


def write_session(root: Path, events: Sequence[Event], session: str = "session") -> list[Path]:
    """Write the events that are new, a file for each annotator: all of the files or none.

    Parameters
    ----------
    root
        The folder of dvc.yaml.
    events
        Events of any annotators; those that the repository has already are left out.
    session
        A word for the names of the files.

    Returns
    -------
    list of Path
        The new files; none where no event is new.

    Raises
    ------
    TagledgerError
        A folder cannot be written to, or the disk is full.
    """
    by: dict[str, list[Event]] = {}
    for event in new_events(root, events):
        by.setdefault(event.by, []).append(event)
    paths = {session_file(root, name, session): own for name, own in sorted(by.items())}
    if not paths:
        return []
    with replacing_all(paths) as temporary:
        for path, own in paths.items():
            temporary[path].write_bytes(b"".join(_line(event) for event in own))
    return list(paths)


class Session:
    """One annotator's session: a file to which each answer goes at once, and stays.

    Threads may share it. The file is made with the first event.

    Parameters
    ----------
    root
        The folder of dvc.yaml.
    by
        The annotator, whose events these are.
    session
        A word for the name of the file.

    Raises
    ------
    TagledgerError
        The name cannot be an annotator's.
    """

    def __init__(self, root: Path, by: str, session: str = "session") -> None:
        self._root = root
        self._by = check_name(by)
        self._session = session
        self._lock = Lock()
        self._file: BinaryIO | None = None
        self._known: set[str] = set()

    def append(self, event: Event) -> bool:
        """Write an event to the disk; False, and nothing is written, if it is there already.

        Raises
        ------
        TagledgerError
            It cannot be written; the file is then as it was.
        ValueError
            It is an event of somebody else.
        """
        if event.by != self._by:
            raise ValueError(f"{event.by} cannot write in the session of {self._by}")
        with self._lock, os_errors(self._root / ANNOTATIONS / self._by):
            if self._file is None:
                self._known = known_ids(self._root, {self._by})
            if event.id in self._known:
                return False
            if self._file is None:
                self._file = self._open()
            self._write(self._file, _line(event))
            self._known.add(event.id)
        return True

    def _open(self) -> BinaryIO:
        path = session_file(self._root, self._by, self._session)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("xb", buffering=0)

    @staticmethod
    def _write(file: BinaryIO, line: bytes) -> None:
        """Write a line whole, or leave the file as it was."""
        start = file.tell()
        try:
            written = 0
            while written < len(line):
                written += file.write(line[written:])
            os.fsync(file.fileno())
        except BaseException:
            file.truncate(start)
            file.seek(start)
            raise

    def close(self) -> None:
        """Close the file, which is never opened again."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def __enter__(self) -> Self:
        """Return the session."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self.close()


def _line(event: Event) -> bytes:
    return f"{event.line()}\n".encode()


def keep_taxonomy(root: Path, tags: Iterable[str]) -> str:
    """Keep the tags that annotators can choose from, and return their hash.

    Raises
    ------
    TagledgerError
        The folder cannot be written to.
    """
    listed = ordered_tags(tags)
    name = taxonomy_hash(listed)
    path = root / TAXONOMIES / f"{name}.json"
    with os_errors(path):
        there = path.is_file()
    if not there:
        write_bytes(path, f"{canonical(listed)}\n".encode())
    return name
