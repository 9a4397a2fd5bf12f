"""Events by their ids, wherever they are: who said what, when, with which tool.

An id is the hash of what the event says, so an event that is found is the one that was meant,
whether it stands in the work tree or in a commit.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from tagledger import versions
from tagledger.errors import os_errors
from tagledger.events.event import Event, EventError
from tagledger.events.store import ANNOTATIONS, event_files
from tagledger.versions import Repository, Version

# Inside a text of JSON, quotes stand behind a backslash: this is the key of a line.
_ID = re.compile(rb'"id":"([0-9a-f]{16})"')


def find_events(
    repository: Repository, ids: Collection[str], among: Sequence[Version]
) -> dict[str, Event]:
    """The events of some ids.

    Parameters
    ----------
    repository
        The repository.
    ids
        The ids.
    among
        Versions whose commits are searched for what the work tree lacks.

    Returns
    -------
    dict
        By id; an event that is nowhere is left out.

    Raises
    ------
    TagledgerError
        A file cannot be read, or git fails.
    """
    wanted = {name.encode() for name in ids}
    events: dict[str, Event] = {}
    for data in _files(repository, among):
        if not wanted:
            break
        for event in _events(data, wanted):
            events[event.id] = event
            wanted.discard(event.id.encode())
    return events


def _files(repository: Repository, among: Sequence[Version]) -> Iterator[bytes]:
    for path in event_files(repository.root):
        with os_errors(path):
            data = path.read_bytes()
        yield data
    # One revision is searched once, though several versions may be named by it.
    for version in {one.revision: one for one in among}.values():
        for _, data in versions.files_below(repository, version, ANNOTATIONS.as_posix()):
            yield data


def _events(data: bytes, wanted: Collection[bytes]) -> Iterator[Event]:
    """The wanted events of a file; only their lines are parsed."""
    for match in _ID.finditer(data):
        if match[1] in wanted:
            start = data.rfind(b"\n", 0, match.start()) + 1
            end = data.find(b"\n", match.end())
            try:
                event = Event.parse(data[start : end if end >= 0 else len(data)])
            except EventError:  # changed by hand
                continue
            if event.id.encode() == match[1]:
                yield event
