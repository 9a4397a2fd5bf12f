"""What tags are called now: what the events that rename, merge, split and retire tags say of them.

The events are asked, not the table `tag_changes`: a change holds from the moment at which it is
written, whether a build has taken it in or not.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from tagledger import tables
from tagledger.errors import os_errors
from tagledger.events.event import OF_TAGS, Event, EventError
from tagledger.events.store import event_files
from tagledger.verdicts.tag_changes import Change, why_not, work_out

DONE = {"rename": "renamed", "merge": "merged", "split": "split", "retire": "retired"}
_ACTS = tuple(f'"act":"{act}"'.encode() for act in sorted(OF_TAGS))


@dataclass(frozen=True)
class TagsNow:
    """What became of tags.

    Attributes
    ----------
    changes
        By tag; a tag that nobody changed is not in it.
    spell
        Gives the one spelling of a tag.
    """

    changes: Mapping[str, Change] = field(default_factory=dict)
    spell: Callable[[str], str] = str

    def of(self, tags: Iterable[str]) -> tuple[str, ...]:
        """What some tags are now, ascending: a tag that was split is its parts."""
        return tuple(sorted({end for tag in tags for end in self._ends(tag)}))

    def unsplit(self, tags: Iterable[str]) -> tuple[str, ...]:
        """As `of`, but a tag that was split stays: a label of it is not yet one of a part."""
        ends: set[str] = set()
        for tag in tags:
            change = self._change(tag)
            split = None if change is None else change.split
            ends.update(self._ends(tag) if split is None else (split,))
        return tuple(sorted(ends))

    def values_of_tags(self, asked: Iterable[str], yes: Collection[str]) -> dict[str, bool]:
        """What an answer says of tags as they are now; it says nothing of parts of a split tag."""
        values: dict[str, bool] = {}
        for tag in asked:
            change = self._change(tag)
            if change is None or change.split is None:
                for end in self._ends(tag):
                    values[end] = values.get(end, False) or tag in yes
        return values

    @property
    def made(self) -> frozenset[str]:
        """The tags that come of changes."""
        return frozenset(end for change in self.changes.values() for end in change.ends)

    @property
    def parts(self) -> frozenset[str]:
        """The tags that are parts of one that was split."""
        return frozenset(
            end
            for change in self.changes.values()
            if change.split is not None
            for end in change.ends
        )

    def became(self, tag: str) -> str | None:
        """What became of a tag, such as `slow was merged into technical`; None: nothing."""
        change = self._change(tag)
        if change is None:
            return None
        into = f" into {', '.join(change.ends)}" if change.ends else ""
        return f"{tag} was {DONE[change.event.act]}{into} on {change.event.at[:10]}"

    def _ends(self, tag: str) -> tuple[str, ...]:
        change = self._change(tag)
        return (tag,) if change is None else change.ends

    def _change(self, tag: str) -> Change | None:
        return self.changes.get(tag) or (
            self.changes.get(self.spell(tag)) if self.changes else None
        )


def read_tags_now(root: Path) -> TagsNow:
    """What became of the tags of a repository.

    Raises
    ------
    TagledgerError
        A file of events, or a table, cannot be read.
    """
    events = {event.id: event for event, _ in tag_events(root)}
    if not events:
        return TagsNow()
    spell = _spelling(root)
    counted = [event for event in events.values() if why_not(event, spell) is None]
    return TagsNow(work_out(counted, spell).of, spell)


def tag_events(root: Path) -> Iterator[tuple[Event, Path]]:
    """The events that change tags, each with its file.

    Raises
    ------
    TagledgerError
        A file cannot be read.
    """
    for path in event_files(root):
        with os_errors(path):
            about = path.stat()
            events = _of_file(path, about.st_size, about.st_mtime_ns)
        for event in events:
            yield event, path


@lru_cache(maxsize=4096)
def _of_file(path: Path, size: int, changed: int) -> tuple[Event, ...]:  # noqa: ARG001
    """The changes of tags in a file, which is read again once its size or its time is another."""
    data = path.read_bytes()
    if not any(act in data for act in _ACTS):
        return ()
    lines = (line for line in data.splitlines() if any(act in line for act in _ACTS))
    events = (read_event(line) for line in lines)
    return tuple(event for event in events if event is not None and event.act in OF_TAGS)


def read_event(line: bytes) -> Event | None:
    """The event of a line; None for what is none."""
    try:
        return Event.parse(line)
    except EventError:
        return None


def _spelling(root: Path) -> Callable[[str], str]:
    from tagledger.cleaning.taxonomy import Spelling

    paths = (root / tables.ANNOTATED_TAXONOMY, root / tables.CLEAN_TAXONOMY)
    path = next((one for one in paths if one.is_file()), None)
    tags = [] if path is None else tables.read_lists(path, ["tag"])["tag"]
    return Spelling(tags, spelling_rule(root)).of


def spelling_rule(root: Path) -> Any:
    """When two spellings are one tag, as the clean stage had it; where nothing was built, words."""
    from tagledger import documents

    path = root / tables.CLEAN_ROWS
    if not path.is_file():
        return "words"
    about = documents.read_object(path, hint="`dvc repro` makes it anew")
    return str(about.get("tag_spelling", "words"))
