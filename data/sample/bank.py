"""The phrase bank: fragments of text and the tags that each of them implies.

The bank lies in phrases/*.toml. README.md explains its notation.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PHRASES = Path(__file__).parent / "phrases"
AREAS = ("nlp", "vision", "tabular", "agents", "graphs", "audio", "operations", "learning")

_MARKS = re.compile(
    r"^(?P<text>.*?)(?: \[(?P<tags>[a-z0-9, -]+)\])?"
    r"(?P<free>(?: #[a-z0-9-]+)*)(?: @(?P<eras>[ABC]+))?$"
)
_RANGE = re.compile(r"\{(\d+)\.\.(\d+)(?::(\d+))?\}")
_VERB = re.compile(r"\*([a-z-]+)")
# Verbs of the bank that double their last consonant.
_DOUBLING = frozenset(
    {
        "cut",
        "flag",
        "get",
        "infer",
        "log",
        "map",
        "program",
        "put",
        "run",
        "set",
        "spot",
        "tag",
        "win",
    }
)
_SMALL_WORDS = frozenset(
    {
        "a",
        "an",
        "and",
        "as",
        "at",
        "but",
        "by",
        "for",
        "from",
        "in",
        "into",
        "nor",
        "of",
        "on",
        "or",
        "over",
        "per",
        "so",
        "than",
        "that",
        "the",
        "to",
        "until",
        "while",
        "with",
        "without",
    }
)
_KEEPS_ITS_CASE = frozenset({"spaCy", "fastai", "scikit-learn", "pandas", "item2vec", "pix2pix"})


@dataclass(frozen=True)
class Fragment:
    """A piece of text with what it implies.

    Attributes
    ----------
    text
        The text, perhaps with {slots}.
    tags
        Tags of the taxonomy that hold for every item that uses it.
    free
        Tags outside the taxonomy that an annotator might add.
    eras
        The years, as indices of snapshots, in which it may come up.
    product
        For a model: a product rather than the subject of a paper.
    """

    text: str
    tags: tuple[str, ...] = ()
    free: tuple[str, ...] = ()
    eras: tuple[int, ...] = (0, 1, 2)
    product: bool = False

    @property
    def named(self) -> bool:
        """Whether a paper may be known by this name."""
        words = self.text.split()
        generic = {"a", "an", "the", "on", "with", "for", "over", "in", "of", "after", "under"}
        has_capital = self.text != self.text.lower()
        return has_capital and not self.product and len(words) <= 4 and not generic & set(words)


def fragment(marked: str) -> Fragment:
    """Read one marked phrase, such as "Tacotron 2 [attention] #voice @AB"."""
    product = marked.startswith("*") and marked[1:2] != marked[1:2].lower()
    if product:
        marked = marked[1:]
    found = _MARKS.match(marked)
    assert found is not None
    tags = tuple(tag.strip() for tag in (found["tags"] or "").split(",") if tag.strip())
    eras = tuple("ABC".index(letter) for letter in found["eras"] or "ABC")
    free = tuple(found["free"].replace("#", "").split())
    return Fragment(found["text"], tags, free, eras, product)


@dataclass(frozen=True)
class Task:
    """What an item is about: the tag that it has in any case, and the phrases for it."""

    tag: str
    area: str
    general: str
    stack: str
    quota: tuple[int, int, int]
    nouns: tuple[Fragment, ...]
    acts: tuple[Fragment, ...]
    subjects: tuple[Fragment, ...]
    models: tuple[Fragment, ...]
    details: tuple[Fragment, ...]


@dataclass(frozen=True)
class Aspect:
    """A tool or a side aspect of an item, with its odds by place and year."""

    tag: str
    name: str
    group: str
    odds: dict[str, list[float]]
    sentences: tuple[Fragment, ...]

    def chance(self, places: set[str], era: int) -> float:
        """Return the chance that an item in these places, of this year, has it."""
        return sum(by_era[era] for place, by_era in sorted(self.odds.items()) if place in places)


@dataclass(frozen=True)
class Bank:
    """All phrases."""

    tasks: tuple[Task, ...]
    kinds: dict[str, dict[str, Any]]
    tools: tuple[Aspect, ...]
    extras: tuple[Aspect, ...]
    closers: tuple[Fragment, ...]
    names: tuple[str, ...]
    edits: tuple[str, ...]
    since: tuple[tuple[str, str], ...]
    taxonomy: dict[str, dict[str, list[str]]]
    general_tags: tuple[str, ...]


def _toml(name: str) -> dict[str, Any]:
    with (PHRASES / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)


def _fragments(marked: list[str]) -> tuple[Fragment, ...]:
    return tuple(fragment(each) for each in marked)


def _tasks() -> tuple[Task, ...]:
    phrases = ("nouns", "acts", "subjects", "models", "details")
    return tuple(
        Task(
            tag=entry["tag"],
            area=area,
            general=table["general"],
            stack=table["stack"],
            quota=tuple(entry["quota"]),
            **{key: _fragments(entry[key]) for key in phrases},
        )
        for area in AREAS
        for table in [_toml(area)]
        for entry in table["task"]
    )


def _aspects(name: str, key: str) -> tuple[Aspect, ...]:
    return tuple(
        Aspect(
            tag=entry["tag"],
            name=entry.get("name", entry["tag"]),
            group=entry.get("group", entry["tag"]),
            odds=entry["odds"],
            sentences=_fragments(entry["sentences"]),
        )
        for entry in _toml(name)[key]
    )


def load() -> Bank:
    """Read the whole bank."""
    closers = _toml("closers")
    sections = _toml("taxonomy")
    return Bank(
        tasks=_tasks(),
        kinds=_toml("frames"),
        tools=_aspects("tools", "tool"),
        extras=_aspects("extras", "extra"),
        closers=_fragments(closers["closers"]),
        names=tuple(closers["names"]),
        edits=tuple(closers["edits"]),
        since=tuple(
            (month, phrase) for month, phrases in _toml("since").items() for phrase in phrases
        ),
        taxonomy={
            tag: {"aliases": entry.get("aliases", []), "parents": entry.get("parents", [])}
            for section in sections.values()
            for tag, entry in section.items()
        },
        general_tags=tuple(sections["general"]),
    )


def _gerund(verb: str) -> str:
    if verb in _DOUBLING:
        return verb + verb[-1] + "ing"
    if verb.endswith("e") and not verb.endswith("ee"):
        return verb[:-1] + "ing"
    return verb + "ing"


def _third_person(verb: str) -> str:
    if verb.endswith(("s", "x", "z", "ch", "sh")):
        return verb + "es"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ies"
    return verb + "s"


def inflected(act: str) -> dict[str, str]:
    """Return an act, whose verbs are starred, as do, doing and does."""
    return {
        "do": _VERB.sub(lambda verb: verb[1], act),
        "doing": _VERB.sub(lambda verb: _gerund(verb[1]), act),
        "does": _VERB.sub(lambda verb: _third_person(verb[1]), act),
    }


def ranges(text: str) -> list[tuple[str, int, int, int]]:
    """Return each "{low..high:step}" in the text with its numbers."""
    return [
        (found[0], int(found[1]), int(found[2]), int(found[3] or 1))
        for found in _RANGE.finditer(text)
    ]


def capitalized(text: str) -> str:
    """Return the text with a capital first letter, unless its first word has its own spelling."""
    first = text.split(" ", 1)[0].split("'", 1)[0].rstrip(":,.")
    own_spelling = first in _KEEPS_ITS_CASE or first[1:] != first[1:].lower()
    return text if own_spelling else text[:1].upper() + text[1:]


def title_case(text: str) -> str:
    """Return the text with a capital for each word but the small ones."""
    words = text.split(" ")
    out = []
    for at, word in enumerate(words):
        inner = 0 < at < len(words) - 1 and not words[at - 1].endswith((":", "?"))
        if word in _KEEPS_ITS_CASE or (inner and word in _SMALL_WORDS):
            out.append(word)
        else:
            out.append("-".join(_title_part(part, at) for at, part in enumerate(word.split("-"))))
    return " ".join(out)


def _title_part(part: str, at: int) -> str:
    if at > 0 and part in _SMALL_WORDS:
        return part
    return part if part != part.lower() else part[:1].upper() + part[1:]
