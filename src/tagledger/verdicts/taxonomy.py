"""The taxonomy after people's changes of tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from tagledger.verdicts.tag_changes import Change


@dataclass
class _Entry:
    """The other names and the broader tags of a tag."""

    aliases: set[str] = field(default_factory=set)
    parents: set[str] = field(default_factory=set)


def changed_taxonomy(taxonomy: pd.DataFrame, changes: Mapping[str, Change]) -> pd.DataFrame:
    """The taxonomy with changes of tags applied.

    A tag that was renamed or merged is an alias of what it is now, the parts of a split stand
    beside it and have its broader tags, and a retired tag is gone.

    Parameters
    ----------
    taxonomy
        Columns tag, aliases, parents; no rows where the source has no taxonomy, which stays so.
    changes
        What becomes of each tag that was changed.
    """
    if not changes or not len(taxonomy):
        return taxonomy
    entries: dict[str, _Entry] = {}
    for tag, aliases, parents in taxonomy[["tag", "aliases", "parents"]].itertuples(index=False):
        for name in _names(tag, changes.get(tag)):
            entry = entries.setdefault(name, _Entry())
            entry.parents |= {_now(parent, changes) for parent in parents} - {"", name}
            if name == _now(tag, changes):
                entry.aliases |= {tag, *aliases}
    for tag in changes:
        now = _now(tag, changes)
        if now in entries:
            entries[now].aliases.add(tag)
    _drop_circles(entries)
    return _frame(entries)


def _names(tag: str, change: Change | None) -> list[str]:
    """The tags that a tag's entry goes into."""
    if change is None:
        return [tag]
    return [change.split, *change.ends] if change.split is not None else list(change.ends)


def _now(tag: str, changes: Mapping[str, Change]) -> str:
    """What a tag is called now; empty where it was retired. One that was split keeps its name."""
    change = changes.get(tag)
    if change is None:
        return tag
    if change.split is not None:
        return change.split
    return change.ends[0] if change.ends else ""


def _drop_circles(entries: Mapping[str, _Entry]) -> None:
    """Drop broader tags that a merge made narrower than themselves, the last by the alphabet."""
    parents: dict[str, set[str]] = {}
    for tag in sorted(entries):
        for parent in sorted(entries[tag].parents):
            if tag in _above(parent, parents):
                entries[tag].parents.remove(parent)
            else:
                parents.setdefault(tag, set()).add(parent)


def _above(tag: str, parents: Mapping[str, Iterable[str]]) -> set[str]:
    """A tag and all tags that are broader."""
    above: set[str] = set()
    ahead = [tag]
    while ahead:
        one = ahead.pop()
        if one not in above:
            above.add(one)
            ahead += parents.get(one, ())
    return above


def _frame(entries: Mapping[str, _Entry]) -> pd.DataFrame:
    """The taxonomy as a table; an alias that is a tag now, or another tag's, is none."""
    order = sorted(entries)
    taken = set(order)
    aliases = []
    for tag in order:
        own = sorted(entries[tag].aliases - taken)
        taken.update(own)
        aliases.append(own)
    return pd.DataFrame(
        {
            "tag": pd.Series(order, dtype="str"),
            "aliases": _lists(aliases),
            "parents": _lists([sorted(entries[tag].parents) for tag in order]),
        }
    )


def _lists(values: list[list[str]]) -> pd.Series:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return pd.Series(column)
