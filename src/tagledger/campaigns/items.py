"""The items that can be handed out and answered, and the tags that can be asked.

Items are those of the clean stage, and those of data/items that no build has taken yet. Their ids
are text here, whatever they are in the tables.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Hashable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson

from tagledger import tables
from tagledger.campaigns.tags_now import read_tags_now
from tagledger.errors import TagledgerError, nearest
from tagledger.events.canonical import text_hash
from tagledger.events.new_items import NewItem, item_files

_LABELS = (tables.ANNOTATED_LABELS, tables.CLEAN_LABELS)
_TAXONOMY = (tables.ANNOTATED_TAXONOMY, tables.CLEAN_TAXONOMY)


@dataclass(frozen=True)
class Text:
    """The text of an item as it is shown."""

    title: str
    description: str

    @property
    def hash(self) -> str:
        """What events call this text by."""
        return text_hash(self.title, self.description)

    @property
    def whole(self) -> str:
        """Title and description as one text."""
        return " ".join(filter(None, (self.title, self.description)))


@dataclass(frozen=True)
class Items:
    """Every item that there is.

    Attributes
    ----------
    texts
        The text of each item, by its id as events have it, in the order of the table.
    group_of
        The group of near duplicates of each item that was built.
    are_numbers
        Whether the dataset's ids are integers.
    not_built
        The ids of items of data/items that no build has taken yet.
    """

    texts: Mapping[str, Text]
    group_of: Mapping[str, Hashable] = field(default_factory=dict)
    are_numbers: bool = False
    not_built: frozenset[str] = frozenset()

    @cached_property
    def by_text(self) -> dict[str, str]:
        """The first item of each text, by `key_of` its title, its description and both."""
        by_key: dict[str, str] = {}
        for item, text in self.texts.items():
            by_key.setdefault(key_of(text.whole), item)
        for item, text in self.texts.items():
            for part in filter(None, (text.description, text.title)):
                by_key.setdefault(key_of(part), item)
        by_key.pop("", None)
        return by_key

    def is_text_of(self, shown: str, item: str) -> bool:
        """Whether a text that was shown is what an item says, or its title or description alone."""
        text, key = self.texts[item], key_of(shown)
        parts = (text.whole, text.description, text.title)
        return any(key == key_of(part) for part in parts if part)

    def id_of(self, given: str) -> str:
        """An id as the dataset spells it: `007` and `7.0` are 7 where ids are integers."""
        word = unicodedata.normalize("NFC", given.strip())
        if word in self.texts or not self.are_numbers:
            return word if word in self.texts else given
        whole = word.removesuffix(".0")
        return str(int(whole)) if whole.lstrip("-").isdecimal() else given


def key_of(text: str) -> str:
    """The form in which a text as a file has it equals the text of an item: cleaned, in one line.

    Which tool breaks a line, or writes `&amp;`, is not the annotator's doing.
    """
    from tagledger.cleaning.text import clean_once, until_stable

    return " ".join(until_stable(clean_once, text).split())


def read_items(root: Path) -> Items:
    """The items of a repository.

    Raises
    ------
    TagledgerError
        Nothing was built yet, or a table or a file of data/items cannot be read.
    """
    path = root / tables.CLEAN_ITEMS
    if not path.is_file():
        raise TagledgerError(
            "there are no items yet: nothing was built",
            where=path,
            hint="`dvc pull` brings them, or `dvc repro` builds them; if a stage after clean fails "
            "then, as where no item has a label yet, the items are there all the same",
        )
    columns = tables.read_lists(path, ["id", "title", "description", "group"])
    ids = columns["id"]
    names = [unicodedata.normalize("NFC", str(one)) for one in ids]  # as events name them
    pairs = zip(columns["title"], columns["description"], strict=True)
    texts = {name: Text(*pair) for name, pair in zip(names, pairs, strict=True)}
    new = {name: text for name, text in _not_built(root).items() if name not in texts}
    return Items(
        texts={**texts, **new},
        group_of=dict(zip(names, columns["group"], strict=True)),
        are_numbers=bool(ids) and isinstance(ids[0], int),
        not_built=frozenset(new),
    )


def items_if_built(root: Path) -> Items:
    """The items of a repository; none where their table is not here, as in a new clone."""
    return read_items(root) if (root / tables.CLEAN_ITEMS).is_file() else Items({})


def _not_built(root: Path) -> dict[str, Text]:
    """The items of data/items, which the next build reads, with the texts that it will make."""
    texts: dict[str, Text] = {}
    for file in item_files(root)[0]:
        for line in file.data.split(b"\n"):
            # Of what is no item the build complains.
            with suppress(ValueError):
                item = NewItem.of(orjson.loads(line))
                text = Text(key_of(item.title), key_of(item.description))
                texts.setdefault(item.name, text)
    return texts


@dataclass(frozen=True)
class TagNames:
    """The tags of a dataset, and how they are spelled.

    Attributes
    ----------
    tags
        Those of the taxonomy, or of the labels where there is no taxonomy, ascending.
    used
        Those that a label has, ascending.
    aliases
        The tag that each alias names.
    rule
        When two spellings are one tag: `words` or `exact`.
    source_aliases
        The tag that each alias of the source's taxonomy names, whatever people changed since.
    resolve_aliases
        Whether answers by such an alias count for its tag.
    """

    tags: tuple[str, ...]
    used: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    rule: Any = "words"
    source_aliases: Mapping[str, str] = field(default_factory=dict)
    resolve_aliases: bool = False

    @cached_property
    def known(self) -> frozenset[str]:
        """Every tag of the taxonomy or of a label."""
        return frozenset({*self.tags, *self.used})

    @cached_property
    def _spelling(self) -> Any:
        from tagledger.cleaning.taxonomy import Spelling

        return Spelling([*self.tags, *self.used], self.rule)

    def spelled(self, tag: str) -> str:
        """A tag as the dataset spells it; an alias stays, for reading events maps it."""
        return str(self._spelling.of(tag)) or tag

    def find(self, tag: str) -> str:
        """The tag that a person means.

        Raises
        ------
        TagledgerError
            There is none of that name.
        """
        name = self.spelled(tag)
        if name in self.known:
            return name
        if name in self.aliases:
            return self.aliases[name]
        names = sorted(self.known) if self.known else []
        near = nearest(name, names) if len(names) <= _MOST_NAMED or _is_near(name, names) else ""
        raise TagledgerError(
            f"no item has the tag {tag!r}, and no taxonomy names it",
            hint=near
            or "`tagledger summary` counts the tags, and `tagledger dashboard` lists them",
        )


_MOST_NAMED = 30


def _is_near(name: str, names: Sequence[str]) -> bool:
    return nearest(name, names).startswith("did you mean")


def read_tags(root: Path) -> TagNames:
    """The tags of a repository.

    Raises
    ------
    TagledgerError
        A table cannot be read.
    """
    from tagledger import documents

    taxonomy = tables.read_lists(_first(root, _TAXONOMY), ["tag", "aliases"])
    used = tuple(sorted(labels_by_tag(root)))
    of_source = tables.read_lists(root / tables.CLEAN_TAXONOMY, ["tag", "aliases"])
    about = documents.read_object(root / tables.CLEAN_ROWS, hint="`dvc repro` makes it anew")
    return TagNames(
        tags=tuple(taxonomy["tag"]) or used,
        used=used,
        aliases=_aliases(taxonomy),
        rule=about.get("tag_spelling", "words"),
        source_aliases=_aliases(of_source),
        resolve_aliases=about.get("resolve_aliases") is True,
    )


def _aliases(taxonomy: Mapping[str, Sequence[Any]]) -> dict[str, str]:
    """The tag that each alias of a taxonomy names."""
    return {
        alias: tag
        for tag, names in zip(taxonomy["tag"], taxonomy["aliases"], strict=True)
        for alias in names
    }


def labels_by_tag(root: Path, *, source: bool = False) -> dict[str, list[str]]:
    """The items of each tag, by their ids as text.

    Parameters
    ----------
    root
        The folder of dvc.yaml.
    source
        Whether the labels are those of the source, without what people said of them.
    """
    path = root / tables.CLEAN_LABELS if source else _first(root, _LABELS)
    columns = tables.read_lists(path, ["id", "tag"])
    by_tag: dict[str, list[str]] = {}
    for item, tag in zip(columns["id"], columns["tag"], strict=True):
        by_tag.setdefault(tag, []).append(str(item))
    return by_tag


def labels_of(root: Path, wanted: Iterable[str], *, source: bool) -> dict[str, tuple[str, ...]]:
    """The tags of some items, ascending, by their ids as text, as the tags are called now."""
    among = set(wanted)
    now = read_tags_now(root)
    by_item: dict[str, list[str]] = {}
    for tag, items in labels_by_tag(root, source=source).items():
        for item in items:
            if item in among:
                by_item.setdefault(item, []).append(tag)
    called_now = {item: now.unsplit(tags) for item, tags in by_item.items()}
    return {item: tags for item, tags in called_now.items() if tags}


def _first(root: Path, paths: Sequence[Path]) -> Path:
    """The first of some tables that is there, from the folder of dvc.yaml; else the last."""
    return next((root / path for path in paths if (root / path).is_file()), root / paths[-1])
