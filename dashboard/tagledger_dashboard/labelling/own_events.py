"""What an annotator has said so far, also in other windows and programs."""

from __future__ import annotations

from collections.abc import KeysView
from dataclasses import dataclass, field
from pathlib import Path

from tagledger.errors import os_errors
from tagledger.events.event import Event, EventError
from tagledger.events.store import event_files

_ANSWERS = frozenset({"label", "skip", "adjudicate"})


@dataclass
class OwnEvents:
    """The events of one annotator, read as their files grow.

    Attributes
    ----------
    root
        The folder of dvc.yaml.
    by
        The annotator.
    """

    root: Path
    by: str
    _read: dict[Path, int] = field(default_factory=dict)
    _ids: set[str] = field(default_factory=set)
    _replaced: set[str] = field(default_factory=set)
    _by_item: dict[str, list[Event]] = field(default_factory=dict)

    def refresh(self) -> None:
        """Read what was written since the last time.

        Raises
        ------
        TagledgerError
            A file cannot be read.
        """
        paths = [path for path in event_files(self.root) if path.parent.name == self.by]
        sizes = {path: _size(path) for path in paths}
        if any(path not in sizes or sizes[path] < end for path, end in self._read.items()):
            self._forget()  # a file is gone, as after a change of branches
        for path, size in sizes.items():
            if size > self._read.get(path, 0):
                self._read_on(path)

    def add(self, event: Event) -> None:
        """Take in an event that was just written."""
        if event.id in self._ids:
            return
        self._ids.add(event.id)
        self._replaced.update(event.replaces)
        if event.item is not None:
            self._by_item.setdefault(event.item, []).append(event)

    def of(self, item: str) -> list[Event]:
        """All events about an item, in the order in which they were read."""
        return self._by_item.get(item, [])

    def standing(self, item: str) -> list[Event]:
        """The answers about an item that no later event replaces, the latest last."""
        events = [
            event
            for event in self.of(item)
            if event.act in _ANSWERS and event.id not in self._replaced
        ]
        return sorted(events, key=lambda event: (event.at, event.id))

    def items(self) -> KeysView[str]:
        """The items that there are events about."""
        return self._by_item.keys()

    def _forget(self) -> None:
        for held in (self._read, self._ids, self._replaced, self._by_item):
            held.clear()

    def _read_on(self, path: Path) -> None:
        start = self._read.get(path, 0)
        with os_errors(path), path.open("rb") as stream:
            stream.seek(start)
            data = stream.read()
        whole = data[: data.rfind(b"\n") + 1]  # a line that is being written has no end yet
        self._read[path] = start + len(whole)
        for line in whole.splitlines():
            try:
                event = Event.parse(line)
            except EventError:
                continue  # the stage sets it aside, with its reason
            if event.by == self.by:
                self.add(event)


def _size(path: Path) -> int:
    with os_errors(path):
        return path.stat().st_size
