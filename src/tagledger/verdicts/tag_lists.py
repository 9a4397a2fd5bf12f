"""The lists of tags that events have, as numbers, and what becomes of each tag."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from tagledger.verdicts.tag_changes import Change


@dataclass(frozen=True)
class TagLists:
    """Lists of tags, each as the numbers of its tags.

    Attributes
    ----------
    flat, starts
        The numbers of the tags of all lists, one list after the other, and where each begins; one
        more for the end.
    tags
        The tags as events have them, ascending.
    """

    flat: NDArray[np.int32]
    starts: NDArray[np.int64]
    tags: list[str]

    @classmethod
    def of(cls, lists: Sequence[Sequence[str]]) -> TagLists:
        """The lists as numbers."""
        every = list(chain.from_iterable(lists))
        tags = sorted(set(every))
        codes = {tag: code for code, tag in enumerate(tags)}
        lengths = np.fromiter(map(len, lists), np.int64, len(lists))
        return cls(
            flat=np.fromiter(map(codes.__getitem__, every), np.int32, len(every)),
            starts=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            tags=tags,
        )

    def lengths(self, lists: NDArray[np.int32]) -> NDArray[np.int64]:
        """How many tags some lists have; a list of -1 has none."""
        return np.where(lists >= 0, np.diff(self.starts, append=0)[lists], 0)

    def members(self, lists: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """The tags of some lists: the index of the list among those given, and the tag."""
        lengths = self.lengths(lists)
        of = np.repeat(np.arange(len(lists)), lengths)
        first = np.cumsum(lengths) - lengths
        within = np.arange(len(of)) - np.repeat(first, lengths)
        return of, self.flat[self.starts[lists][of] + within] if len(of) else self.flat[:0]

    def where_all(self, tags: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """The lists that hold something, and nothing but tags for which `tags` is true."""
        others = np.concatenate([[0], np.cumsum(~tags[self.flat])])
        none_other: NDArray[np.bool_] = np.diff(others[self.starts]) == 0
        return none_other & (np.diff(self.starts) > 0)


@dataclass(frozen=True)
class Targets:
    """What tags as events have them are now.

    Attributes
    ----------
    flat, starts
        The indexes in the dataset's tags of each, as in `TagLists`; the parts of a tag that was
        split stand behind the tag itself.
    split
        Of each whether it was split.
    """

    flat: NDArray[np.int32]
    starts: NDArray[np.int64]
    split: NDArray[np.bool_]

    @property
    def count(self) -> NDArray[np.int64]:
        """How many tags each is now; 0 for one that was retired, or whose parts all were."""
        return np.diff(self.starts)

    @property
    def gone(self) -> NDArray[np.bool_]:
        """Which were retired."""
        retired: NDArray[np.bool_] = self.count == 0
        return retired

    @property
    def are_single(self) -> bool:
        """Whether each is one tag, as it is where no tag was split or retired."""
        return bool((self.count == 1).all())


def ends_of(
    tags: Sequence[str], spell: Callable[[str], str], changes: Mapping[str, Change]
) -> list[tuple[tuple[str, ...], bool]]:
    """What each of some tags is now, and whether it was split: then itself before its parts."""
    ends: list[tuple[tuple[str, ...], bool]] = []
    for tag in tags:
        spelled = spell(tag)
        change = changes.get(spelled)
        if change is not None and change.split is not None and change.ends:
            ends.append(((change.split, *change.ends), True))
        elif change is not None:
            ends.append((change.ends, False))
        else:
            ends.append(((spelled,) if spelled else (), False))
    return ends


def targets(ends: Sequence[tuple[tuple[str, ...], bool]], names: Sequence[str]) -> Targets:
    """What tags are now, as indexes in the dataset's tags.

    Parameters
    ----------
    ends
        As `ends_of` gives them.
    names
        The dataset's tags, ascending; they hold all of the ends.
    """
    codes = {name: code for code, name in enumerate(names)}
    lengths = np.array([len(one) for one, _ in ends], np.int64)
    flat = [codes[name] for one, _ in ends for name in one]
    return Targets(
        flat=np.array(flat, np.int32),
        starts=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        split=np.array([split for _, split in ends], bool),
    )
