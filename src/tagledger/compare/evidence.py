"""What names say of two tags: whether one may have become the other.

Labels alone cannot tell a merge from a campaign that relabelled every item of one tag with another:
in both cases one tag is gone, and its items have a tag that was there before. Taxonomies can, for
they say which tags there are; and names that are alike can.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_LETTERS = 4
_LIKE = 0.8


@dataclass(frozen=True)
class Names:
    """The taxonomies of A and of B, and the events of tags, as evidence.

    Attributes
    ----------
    a, b
        The aliases of each tag; empty where a version has no taxonomy.
    events
        Pairs of a tag of A and a tag of B of which events say that the first is the second, or a
        part of it: see `annotations.said_pairs`.
    """

    a: Mapping[str, Sequence[str]]
    b: Mapping[str, Sequence[str]]
    events: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def of(cls, a: pd.DataFrame, b: pd.DataFrame) -> Names:
        """From the clean taxonomies: columns tag and aliases."""
        return cls(_aliases(a), _aliases(b))

    def swapped(self) -> Names:
        """The evidence from B to A."""
        return Names(self.b, self.a, frozenset((after, before) for before, after in self.events))

    def became(self, before: str, after: str) -> bool:
        """Whether a tag that is gone may have gone into one that was there before.

        So it is if the tag left the taxonomy, or if the two names belong together.
        """
        left = before in self.a and bool(self.b) and before not in self.b
        return left or self.belong(before, after)

    def was(self, before: str, after: str) -> bool:
        """Whether a new tag may be a part of one that stays: `became` from B to A."""
        return self.swapped().became(after, before)

    def belong(self, one: str, other: str) -> bool:
        """Whether an event says so, one is an alias of the other, or their names are alike."""
        if {(one, other), (other, one)} & self.events:
            return True
        return self.is_alias(one, other) or alike(one, other)

    def is_alias(self, one: str, other: str) -> bool:
        """Whether a taxonomy has one of them as an alias of the other."""
        return any(
            one in names.get(other, ()) or other in names.get(one, ()) for names in (self.a, self.b)
        )


def alike(one: str, other: str) -> bool:
    """Whether two names are alike: each word of one has its like in the other, or its initials.

    Words are alike if they are the same but for a plural s, or if they begin with the same letters:
    four at least, and four fifths of the shorter word.

    >>> alike("unit-tests", "testing"), alike("GNN", "graph neural networks")
    (True, True)
    >>> alike("bert", "transformers"), alike("dog", "cat")
    (False, False)
    """
    words, others = sorted((_words(one), _words(other)), key=len)
    if not words:
        return False
    if words == ["".join(word[0] for word in others)]:
        return True
    return all(any(_word_alike(word, each) for each in others) for word in words)


def _words(name: str) -> list[str]:
    return re.findall(r"[^\W_]+", name.casefold())


def _word_alike(one: str, other: str) -> bool:
    if one.removesuffix("s") == other.removesuffix("s"):
        return True
    same = next((i for i, (x, y) in enumerate(zip(one, other, strict=False)) if x != y), None)
    shorter = min(len(one), len(other))
    begins = shorter if same is None else same
    return begins >= max(_LETTERS, _LIKE * shorter)


def _aliases(taxonomy: pd.DataFrame) -> Mapping[str, Sequence[str]]:
    return dict(zip(taxonomy["tag"], map(list, taxonomy["aliases"]), strict=True))
