"""Changes of tags by events, worked out to the end: chains, merges, splits, tags that are gone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tagledger.events.event import Event

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Change:
    """What becomes of a tag.

    Attributes
    ----------
    ends
        What it is now: one tag, several parts, or none where it was retired.
    split
        Where a split is on the way, the tag that was split; else None. An answer about it is none
        about its parts, and a label of the source stays until all of them are decided.
    event
        The first event on the way.
    """

    ends: tuple[str, ...]
    split: str | None
    event: Event


@dataclass(frozen=True)
class Changes:
    """What becomes of all tags that events change.

    Attributes
    ----------
    of
        By tag.
    counted
        The ids of the events that something follows from.
    """

    of: Mapping[str, Change]
    counted: frozenset[str]


def in_time(event: Event) -> tuple[str, str]:
    """A key that sorts the events of one person: by time, and then by id."""
    whole, _, fraction = event.at.removesuffix("Z").partition(".")
    return f"{whole}.{fraction:0<6}", event.id


def work_out(events: Iterable[Event], spell: Callable[[str], str]) -> Changes:
    """What becomes of each tag, in whatever order the events are.

    Of two events that change one tag, and of those that lead in a circle, the latest stands.

    Parameters
    ----------
    events
        Events that rename, merge, split or retire tags.
    spell
        Gives the one spelling of a tag; empty where nothing is to be seen of it.
    """
    edges: dict[str, tuple[tuple[str, ...], Event]] = {}
    ends = _Ends(edges)
    for event in sorted(events, key=in_time, reverse=True):
        to = tuple(sorted({spell(tag) for tag in event.to} - {""}))
        for tag in sorted({spell(tag) for tag in event.sources} - {""}):
            # Nothing leads on from `tag` yet: a circle closes if and only if it is an end of `to`.
            if tag not in edges and tag not in to and tag not in ends.of_all(to):
                edges[tag] = (to, event)
    changes = {
        tag: Change(tuple(sorted(ends.of_all(to))), ends.split_of(tag), event)
        for tag, (to, event) in edges.items()
    }
    return Changes(changes, frozenset(event.id for _, event in edges.values()))


class _Ends:
    """Where tags end up; a chain is walked once, and then shortened."""

    def __init__(self, edges: Mapping[str, tuple[tuple[str, ...], Event]]) -> None:
        self._edges = edges
        self._short: dict[str, str] = {}  # a tag further down the same chain

    def of_all(self, tags: Iterable[str]) -> set[str]:
        """All ends of some tags."""
        ends: set[str] = set()
        seen: set[str] = set()
        ahead = list(tags)
        while ahead:
            tag = self._along(ahead.pop())
            if tag in seen:
                continue
            seen.add(tag)
            if tag in self._edges:
                ahead += self._edges[tag][0]
            else:
                ends.add(tag)
        return ends

    def split_of(self, tag: str) -> str | None:
        """The first tag on the way of another one that was split."""
        end = self._along(tag)
        return end if end in self._edges and self._edges[end][0] else None

    def _along(self, tag: str) -> str:
        """The end of the chain of renames and merges that begins with a tag."""
        passed = []
        while True:
            if tag in self._short:
                following = self._short[tag]
            elif tag in self._edges and len(self._edges[tag][0]) == 1:
                following = self._edges[tag][0][0]
            else:
                break
            passed.append(tag)
            tag = following
        self._short.update(dict.fromkeys(passed, tag))
        return tag


def why_not(event: Event, spell: Callable[[str], str]) -> str | None:
    """Why a change of tags is none; None where it is one."""
    before, after = ({spell(tag) for tag in tags} for tags in (event.sources, event.to))
    if "" in before | after:
        return "not an event: nothing is to be seen of a tag"
    if event.act == "split" and before & after:
        return "a tag is no part of itself"
    if event.act in {"rename", "merge"} and before == after:
        return "the names are one tag"
    return None


def changes_frame(changes: Mapping[str, Change]) -> pd.DataFrame:
    """The changes as the table `tag_changes`."""
    import pandas as pd

    rows = [
        (tag, end, change.event)
        for tag, change in sorted(changes.items())
        for end in change.ends or ("",)
    ]
    columns = {
        "tag": [tag for tag, _, _ in rows],
        "to": [end for _, end, _ in rows],
        "act": [event.act for _, _, event in rows],
        "by": [event.by for _, _, event in rows],
        "event": [event.id for _, _, event in rows],
    }
    return pd.DataFrame({name: pd.Series(one, dtype="str") for name, one in columns.items()})
