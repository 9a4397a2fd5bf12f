"""Whether two names of tags are written like one name, and in what way.

The ways are those in which people write one name twice. That one name has the words of another and
some more is none of them: `music-generation` is not `music`, and `graph-embedding` is narrower than
`embeddings`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from tagledger.cleaning.text import tag_key
from tagledger.words import same_start

_NUMBER = re.compile(r"-?v?\d{1,2}(?:[-.]\d+)*$")  # a version; four digits are a year
_LEAST_INITIALS = 3  # two initials of a name that people made up mean little
_FORM = (5, 0.6)  # letters that two forms of a word begin with, and of the longer's letters
_SLIPS = ((9, 2), (6, 1))  # letters of a word, and how many slips it may have
_ENDING = 4  # letters that two words end with


class Way(IntEnum):
    """What two names have in common, the surest first."""

    LISTED = 0
    SAME = 1
    VERSION = 2
    INITIALS = 3
    FORM = 4
    SLIP = 5
    ENDING = 6


IN_WORDS = {
    Way.LISTED: "an alias in the taxonomy",
    Way.SAME: "the same words",
    Way.VERSION: "the same but for a version",
    Way.INITIALS: "initials",
    Way.FORM: "one word in another form",
    Way.SLIP: "a misspelling",
    Way.ENDING: "the same ending",
}


@dataclass(frozen=True)
class Match:
    """A word that is written like a name of a tag; both are indexes in the lists they came in."""

    word: int
    tag: int
    through: str
    way: Way


def matches(words: Sequence[str], names: Sequence[tuple[str, int, bool]]) -> Iterator[Match]:
    """Find the names that each word is written like.

    Parameters
    ----------
    words
        Tags outside the taxonomy.
    names
        (name, index of its tag, whether it is an alias).
    """
    parsed = [(_Name.of(name), name, tag, alias) for name, tag, alias in names]
    of_taxonomy = {stem for one, *_ in parsed for stem in one.stems}
    by_sign: dict[tuple[object, ...], list[int]] = {}
    for at, (name, *_) in enumerate(parsed):
        for key in set(name.signs()):
            by_sign.setdefault(key, []).append(at)
    for index, word in enumerate(words):
        own = _Name.of(word)
        for at in sorted({at for key in own.signs() for at in by_sign.get(key, ())}):
            name, through, tag, alias = parsed[at]
            way = _way(own, name, of_taxonomy)
            if way is not None:
                listed = alias and own.key == name.key
                yield Match(index, tag, through, Way.LISTED if listed else way)


@dataclass(frozen=True)
class _Name:
    key: str
    words: tuple[str, ...]
    stems: tuple[str, ...]
    joined: str
    initials: str

    @classmethod
    def of(cls, name: str) -> _Name:
        key = tag_key(name)
        words = tuple(word for word in key.split("-") if word)
        stems = tuple(_singular(word) for word in words)
        joined = _singular("".join(words))  # ml-ops is mlops
        return cls(key, words, stems, joined, "".join(word[0] for word in words))

    def signs(self) -> Iterator[tuple[object, ...]]:
        """What two names that are alike in any way have at least one of in common."""
        yield "joined", self.joined
        yield "stems", *sorted(self.stems)
        yield "whole", self.key
        yield "whole", _NUMBER.sub("", self.key)
        yield "short", self.key
        yield "short", self.initials
        # Two forms of a word begin alike, and so does a word with a slip.
        yield "begins", *(stem[0] for stem in self.stems)
        if len(self.words) == 1:
            yield "ends", self.key[-_ENDING:]


def _way(word: _Name, name: _Name, of_taxonomy: set[str]) -> Way | None:
    if word.joined == name.joined or sorted(word.stems) == sorted(name.stems):
        # A name without words, such as --, is like itself alone.
        return Way.SAME if word.words or word.key == name.key else None
    bare = _NUMBER.sub("", word.key)
    if bare != word.key and len(bare) > 1 and bare == name.key:
        return Way.VERSION
    if _is_initials(word, name) or _is_initials(name, word):
        return Way.INITIALS
    if len(word.words) == len(name.words):
        return _way_of_words(word, name, of_taxonomy)
    return None


def _way_of_words(word: _Name, name: _Name, of_taxonomy: set[str]) -> Way | None:
    """What names of equally many words have in common, word by word."""
    differ = [pair for pair in zip(word.stems, name.stems, strict=True) if pair[0] != pair[1]]
    if len(differ) == 1 and len(word.words) > 1 and _same_beginning(*differ[0]):
        return Way.FORM
    # A word that names of the taxonomy have is spelled as it is meant: supervised, unsupervised.
    if all(one not in of_taxonomy and _is_slip(one, other) for one, other in differ):
        return Way.SLIP
    if len(word.words) == 1 and _same_ending(word.key, name.key, of_taxonomy):
        return Way.ENDING
    return None


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _is_initials(short: _Name, long: _Name) -> bool:
    return (
        len(short.words) == 1
        and len(long.words) >= _LEAST_INITIALS
        and short.words[0] == long.initials
    )


def _same_beginning(one: str, other: str) -> bool:
    """Whether two words are forms of one: recommender and recommendation."""
    least, share = _FORM
    same = same_start(one, other)
    return same >= max(least, share * max(len(one), len(other)))


def _same_ending(one: str, other: str, of_taxonomy: set[str]) -> bool:
    """Whether two words end alike, in what is no word: explainability, but not libtorch."""
    same = same_start(one[::-1], other[::-1])
    within = one in other or other in one
    return same >= _ENDING and not within and one[-same:] not in of_taxonomy


def _is_slip(one: str, other: str) -> bool:
    """Whether one long word is another with few letters wrong, left out, added or exchanged."""
    length = min(len(one), len(other))
    allowed = next((slips for letters, slips in _SLIPS if length >= letters), 0)
    if not allowed or one[0] != other[0] or abs(len(one) - len(other)) > allowed:
        return False
    return _slips(one, other) <= allowed


def _slips(one: str, other: str) -> int:
    """Letters to change, add, drop or exchange with their neighbour (Damerau, 1964)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        two_before, before, row = before, row, [i]
        for j, theirs in enumerate(other, 1):
            least = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != theirs))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == theirs:
                least = min(least, two_before[j - 2] + 1)
            row.append(least)
    return row[-1]
