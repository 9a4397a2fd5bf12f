"""Which items a campaign is about: a query, such as `tag:nlp and untouched, disputed`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tagledger import tables
from tagledger.campaigns.handing_out import shuffled
from tagledger.campaigns.items import Items, TagNames, labels_by_tag
from tagledger.errors import TagledgerError, nearest
from tagledger.versions import Repository

STATES = ("suggested", "labelled", "disputed", "adjudicated", "gold")
_QUOTES_CLOSED = r'(?=(?:[^"]*"[^"]*")*[^"]*$)'
_OR = re.compile(rf",{_QUOTES_CLOSED}")
_AND = re.compile(rf"\s+and\s+{_QUOTES_CLOSED}")
_RANDOM = "random"


@dataclass(frozen=True)
class Term:
    """One word of a query: its kind, and what stands behind the colon."""

    kind: str
    value: str | None = None

    def __str__(self) -> str:
        """As it stands in a query."""
        return self.kind if self.value is None else f"{self.kind}:{self.value}"


@dataclass(frozen=True)
class Dataset:
    """What the words of a query are about."""

    repository: Repository
    items: Items
    names: TagNames

    @property
    def root(self) -> Path:
        """The folder of dvc.yaml."""
        return self.repository.root

    @cached_property
    def by_tag(self) -> dict[str, list[str]]:
        """The items of each tag."""
        return labels_by_tag(self.root)

    @cached_property
    def last_release(self) -> _Release:
        """The items of the last release and their labels.

        Raises
        ------
        TagledgerError
            There is none, or its data is not here.
        """
        return _read_release(self.repository)


@dataclass(frozen=True)
class _Release:
    texts: dict[str, tuple[str, str]]
    tags: dict[str, frozenset[str]]


def _all(of: Dataset) -> Iterable[str]:
    return of.items.texts


def _untagged(of: Dataset) -> Iterable[str]:
    has_some = {item for items in of.by_tag.values() for item in items}
    return (item for item in of.items.texts if item not in has_some)


def _new(of: Dataset) -> Iterable[str]:
    before = of.last_release.texts
    return (item for item in of.items.texts if item not in before)


def _changed(of: Dataset) -> Iterable[str]:
    before, now = of.last_release, _tags_by_item(of.by_tag)
    return (
        item
        for item, text in of.items.texts.items()
        if item in before.texts
        and (
            before.texts[item] != (text.title, text.description)
            or before.tags.get(item, frozenset()) != now.get(item, frozenset())
        )
    )


def _aside(of: Dataset) -> Iterable[str]:
    columns = _annotated(of, tables.REJECTED, ["item", "reason"])
    pairs = zip(columns["item"], columns["reason"], strict=True)
    return {item for item, reason in pairs if reason == "text changed"} & set(of.items.texts)


def _unanswered(of: Dataset) -> Iterable[str]:
    answered = set(map(str, _annotated(of, tables.VERDICTS, ["id"])["id"]))
    return (item for item in of.items.texts if item not in answered)


def _in_state(state: str) -> Callable[[Dataset], Iterable[str]]:
    def of_state(of: Dataset) -> Iterable[str]:
        columns = _annotated(of, tables.VERDICTS, ["id", "state"])
        pairs = zip(columns["id"], columns["state"], strict=True)
        return {str(item) for item, one in pairs if one == state}

    return of_state


def _disputed(of: Dataset) -> Iterable[str]:
    return set(map(str, _annotated(of, tables.DISPUTES, ["id"])["id"]))


def _of_tag(of: Dataset, tag: str) -> Iterable[str]:
    return of.by_tag.get(of.names.find(tag), [])


def _with_text(of: Dataset, word: str) -> Iterable[str]:
    wanted = word.casefold()
    return (item for item, text in of.items.texts.items() if wanted in text.whole.casefold())


def _of_id(of: Dataset, name: str) -> Iterable[str]:
    item = of.items.id_of(name)
    if item not in of.items.texts:
        raise unknown_item(of.items, name)
    return [item]


WORDS: dict[str, Callable[[Dataset], Iterable[str]]] = {
    "all": _all,
    "untagged": _untagged,
    "new": _new,
    "changed": _changed,
    "disputed": _disputed,
    "aside": _aside,
    "unanswered": _unanswered,
    **{state: _in_state(state) for state in STATES if state != "disputed"},
}
VALUED: dict[str, Callable[[Dataset, str], Iterable[str]]] = {
    "tag": _of_tag,
    "text": _with_text,
    "id": _of_id,
}


def unknown_item(items: Items, name: str) -> TagledgerError:
    """The error of an id that no item has."""
    near = nearest(name, items.texts) if len(items.texts) < _MOST_COMPARED else ""
    some = ", ".join(list(items.texts)[:3])
    hint = near if near.startswith("did you mean") else f"ids look like {some}"
    return TagledgerError(f"there is no item {name!r}", where=tables.CLEAN_ITEMS, hint=hint)


_MOST_COMPARED = 20_000  # ids in a search for the one that was meant


def is_query(what: str) -> bool:
    """Whether a text is a query by its first word, be the rest right or not."""
    kind = re.split(r"[\s,:]", what.strip(), maxsplit=1)[0]
    return kind in {*WORDS, *VALUED, _RANDOM}


def parse(query: str) -> list[list[Term]]:
    """A query: items that one of the lists fits, all of whose terms an item must fit.

    Raises
    ------
    TagledgerError
        It has a word that means nothing here.
    """
    return [[_term(word) for word in _AND.split(part.strip())] for part in _OR.split(query)]


def _term(word: str) -> Term:
    kind, colon, value = word.strip().partition(":")
    value = value.strip().removeprefix('"').removesuffix('"')
    valued = {*VALUED, _RANDOM}
    if not colon and kind in WORDS:
        return Term(kind)
    if colon and kind in valued and value:
        if kind == _RANDOM and (not value.isdecimal() or int(value) < 1):
            raise TagledgerError(
                f"{word!r} does not say how many items", where="--items", hint="such as random:100"
            )
        return Term(kind, value)
    possible = [*WORDS, *(f"{one}:" for one in sorted(valued))]
    if kind in valued:
        hint = f"say which, as in {kind}:{_EXAMPLES[kind]}"
    elif kind in WORDS:
        hint = f"{kind} stands alone: nothing follows it"
    else:
        hint = nearest(f"{kind}{colon}", possible)
    raise TagledgerError(
        f"{word.strip()!r} is neither a query nor a file", where="--items", hint=hint
    )


_EXAMPLES = {"tag": "nlp", "text": "graph", "id": "17", _RANDOM: "100"}


def choose(of: Dataset, query: str, seed: int) -> list[str]:
    """The items that a query means, each once, in an order that looks like chance.

    `random:100` takes so many of those that fit the other terms beside it.

    Raises
    ------
    TagledgerError
        The query is none, it asks for what is not there, or no item fits.
    """
    items: set[str] = set()
    for terms in parse(query):
        items |= _fitting(of, terms, seed)
    if not items:
        raise TagledgerError(
            f"no item fits `{query}`", where="--items", hint=_hint_for_none(parse(query))
        )
    return shuffled(items, seed)


def _fitting(of: Dataset, terms: Sequence[Term], seed: int) -> set[str]:
    items: set[str] | None = None
    for term in terms:
        if term.kind != _RANDOM:
            fitting = set(
                WORDS[term.kind](of) if term.value is None else VALUED[term.kind](of, term.value)
            )
            items = fitting if items is None else items & fitting
    rest = set(of.items.texts) if items is None else items
    for term in terms:
        if term.kind == _RANDOM:
            rest = set(shuffled(rest, seed)[: int(term.value or 0)])
    return rest


def _hint_for_none(parts: Sequence[Sequence[Term]]) -> str:
    kinds = {term.kind for terms in parts for term in terms}
    if kinds & {"disputed", "aside", *STATES}:
        return "`dvc repro` takes in what people said since; `--items all` takes every item"
    return "ask for less at once, or for `--items all`"


def _tags_by_item(by_tag: dict[str, list[str]]) -> dict[str, frozenset[str]]:
    by_item: dict[str, set[str]] = {}
    for tag, items in by_tag.items():
        for item in items:
            by_item.setdefault(item, set()).add(tag)
    return {item: frozenset(tags) for item, tags in by_item.items()}


def _annotated(of: Dataset, path: Path, columns: list[str]) -> dict[str, list[str]]:
    if not (of.root / path).is_file():
        raise TagledgerError(
            "no build has taken in what people said of items",
            where=path,
            hint="`dvc repro` does; then ask again",
        )
    return tables.read_lists(of.root / path, columns)


def _read_release(repository: Repository) -> _Release:
    from tagledger import versions

    # That of the workspace's data too: then nothing is new, and nothing changed.
    own = versions.read_listing(repository).own
    last = next((version for version in own if version.kind == "release"), None)
    if last is None:
        raise TagledgerError(
            "there is no release yet since which something could be new or changed",
            where=repository.root,
            hint="ask for other items, such as `--items untagged`; `tagledger release` makes one",
        )

    def columns(path: Path, names: list[str]) -> dict[str, list[str]]:
        return tables.read_lists(versions.locate(repository, last, path.as_posix()), names)

    items = columns(tables.CLEAN_ITEMS, ["id", "title", "description"])
    annotated = any(path.startswith(tables.ANNOTATED.as_posix()) for path in last.outputs)
    labels = columns(tables.ANNOTATED_LABELS if annotated else tables.CLEAN_LABELS, ["id", "tag"])
    by_tag: dict[str, list[str]] = {}
    for item, tag in zip(labels["id"], labels["tag"], strict=True):
        by_tag.setdefault(tag, []).append(str(item))
    texts = zip(items["id"], items["title"], items["description"], strict=True)
    return _Release(
        texts={str(item): (title, description) for item, title, description in texts},
        tags=_tags_by_item(by_tag),
    )
