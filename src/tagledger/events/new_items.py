"""Items that a campaign brought: data/items, of which the fetch stage makes a part of data/raw.

A file has an item a line, as canonical JSON, and is written once: its name has the hash of what is
in it, so that two branches that bring items never write to one file.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import orjson

from tagledger.errors import TagledgerError, os_errors
from tagledger.events.canonical import canonical
from tagledger.events.event import check_name, is_time

NEW_ITEMS = Path("data/items")
MOST_BYTES = 2**24  # of a line
_ENDING = ".jsonl"
_KEYS = ("id", "title", "description", "created_on")
_BYTES = 8  # of a content id
_PREFIX = "t"  # an id of digits alone would be a number, and 1e55 one as well
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_INTEGER = re.compile(r"0|-?[1-9]\d{0,18}")
_INT64 = range(-(2**63), 2**63)


class ItemError(ValueError):
    """A line is no item; the message says why, for people."""


@dataclass(frozen=True)
class NewItem:
    """An item that no file of the source has, or not yet.

    Attributes
    ----------
    id
        Its id as text, also where the dataset's ids are integers. None where the file that it is
        from has none: then the id follows from its text, as that of a source without ids does.
    title, description
        What it says; one of the two has something to be seen.
    created_on
        When it was made, such as 2026-11-25T10:00:00Z or 2026-11-25; None for unknown.
    """

    id: str | None
    title: str = ""
    description: str = ""
    created_on: str | None = None

    @property
    def name(self) -> str:
        """Its id, or that which follows from its text."""
        return content_id(self.title, self.description) if self.id is None else self.id

    @property
    def content(self) -> dict[str, str]:
        """What its line says."""
        content = {"id": self.name, "title": self.title, "description": self.description}
        return content if self.created_on is None else {**content, "created_on": self.created_on}

    def line(self) -> str:
        """Its line in data/items, without the line feed.

        Raises
        ------
        ItemError
            It cannot be an item.
        """
        try:
            line = canonical(self.content)
            line.encode()
        except ValueError as error:
            raise ItemError("a text has half of a character") from error
        _refuse(self)
        return line

    @staticmethod
    def of(content: object) -> NewItem:
        """The item that a line's JSON says.

        Raises
        ------
        ItemError
            It is none.
        """
        if not isinstance(content, Mapping):
            raise ItemError("not an item: it is no JSON object")
        for key, value in content.items():
            if key not in _KEYS:
                raise ItemError(f"not an item: it has the unknown key {key}")
            if not isinstance(value, str | None):
                raise ItemError(f"not an item: {key} is no text")
        if content.get("id") is None:
            raise ItemError("not an item: it has no id")
        item = NewItem(**{key: value for key, value in content.items() if value is not None})
        _refuse(item)
        return item


def _refuse(item: NewItem) -> None:
    if not item.name.strip() or item.name != item.name.strip():
        raise ItemError("not an item: its id is blank, or has blanks around it")
    if not item.title.strip() and not item.description.strip():
        raise ItemError("not an item: it has neither title nor description")
    at = item.created_on
    if at is not None and not is_time(at) and not _DAY.fullmatch(at):
        raise ItemError(f"not an item: {at!r} is no time, such as 2026-11-25T10:00:00Z")


def content_id(*content: str) -> str:
    """The id of an item that has none: it follows from what the item says, so that it stays.

    >>> content_id("A title", "and a text")
    't7896c27a8f8d580f'
    """
    return _PREFIX + blake2b("\0".join(content).encode(), digest_size=_BYTES).hexdigest()


def as_integer(name: str) -> int | None:
    """The number that an id spells as a dataset of integers has it; None if it spells none."""
    if not _INTEGER.fullmatch(name):
        return None
    number = int(name)
    return number if number in _INT64 else None


def item_file(
    campaign: str, items: Sequence[NewItem], *, integers: bool = False
) -> tuple[Path, bytes]:
    """The file of a campaign's items: its path from the folder of dvc.yaml, and its content.

    The same items again are the same file. Of items that are alike in all they say, it has one.

    Parameters
    ----------
    campaign
        The name of the campaign.
    items
        The items.
    integers
        Whether the ids of the dataset are integers.

    Raises
    ------
    TagledgerError
        There is none; one cannot be an item; an id stands for two of them; or the dataset's ids are
        integers and one is none.
    """
    check_name(campaign, "campaign")
    if not items:
        raise TagledgerError(
            "there is no item to bring", hint="name a file with at least one item in it"
        )
    lines: dict[str, str] = {}
    for number, item in enumerate(items, 1):
        line = _line(item, number, integers=integers)
        if lines.setdefault(item.name, line) != line:
            raise TagledgerError(
                f"item {number}: the id {item.name} stands for two different items",
                hint="give each item an id of its own",
            )
    content = "".join(f"{lines[name]}\n" for name in sorted(lines)).encode()
    name = f"{campaign}-{hashlib.sha256(content).hexdigest()[:8]}{_ENDING}"
    return NEW_ITEMS / name, content


def _line(item: NewItem, number: int, *, integers: bool) -> str:
    try:
        line = item.line()
    except ItemError as error:
        raise TagledgerError(
            f"item {number}: {error}", hint="mend it in the file that it is from"
        ) from error
    if len(line.encode()) > MOST_BYTES:
        raise TagledgerError(
            f"item {number}: its text is longer than {MOST_BYTES // 2**20} MiB",
            hint="leave it out of the file that it is from",
        )
    if integers and as_integer(item.name) is None:
        what = "it has no id" if item.id is None else f"its id {item.id} is none"
        raise TagledgerError(
            f"item {number}: the ids of the dataset are integers, and {what}",
            hint="give each item a whole number for its id, that no item of the dataset has; or, "
            "for ids of text, set `id_type: string` in the source's reading, in data/sources.yaml, "
            "then `dvc repro`",
        )
    return line


# ---- Reading -------------------------------------------------------------------------------


@dataclass(frozen=True)
class ItemFile:
    """A file of data/items.

    Attributes
    ----------
    name
        Its name in the folder.
    data
        All of it.
    """

    name: str
    data: bytes

    @property
    def identity(self) -> dict[str, Any]:
        """Its size and SHA-256, as provenance.json has them."""
        return {"bytes": len(self.data), "sha256": hashlib.sha256(self.data).hexdigest()}


def item_files(root: Path) -> tuple[list[ItemFile], list[str]]:
    """The files of data/items by name, and the names of what else is there and not hidden.

    Raises
    ------
    TagledgerError
        A file cannot be read.
    """
    folder = root / NEW_ITEMS
    files: list[ItemFile] = []
    others: list[str] = []
    with os_errors(folder):
        paths = sorted(folder.iterdir()) if folder.is_dir() else []
    for path in paths:
        if path.name.startswith("."):
            continue
        if path.suffix != _ENDING or path.is_symlink() or not path.is_file():
            others.append(path.name)
            continue
        with os_errors(path):
            files.append(ItemFile(path.name, path.read_bytes()))
    return files, others


def raw_lines(files: Sequence[ItemFile]) -> list[str]:
    """The lines of some files as data/raw has them: each with its file and row, sorted.

    Items come first, by id; of lines that say the same, one is kept. A line that is no item is kept
    as `record`, with the reason.
    """
    items: dict[str, tuple[str, dict[str, Any]]] = {}
    broken: list[dict[str, Any]] = []
    for file in sorted(files, key=lambda one: one.name):
        for row, line in _lines(file.data):
            place = {"file": (NEW_ITEMS / file.name).as_posix(), "row": row}
            try:
                item = NewItem.of(_parsed(line))
                items.setdefault(item.line(), (item.name, {**place, "item": item.content}))
            except ItemError as error:
                record = line[:MOST_BYTES].decode("utf-8", "replace")
                broken.append({**place, "reason": str(error), "record": record})
    good = [entry for _, entry in sorted(items.values(), key=lambda one: one[0])]
    return [f"{canonical(one)}\n" for one in [*good, *broken]]


def _lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    for row, line in enumerate(data.split(b"\n"), 1):
        if line.strip():
            yield row, line.removesuffix(b"\r")


def _parsed(line: bytes) -> Any:
    if len(line) > MOST_BYTES:
        raise ItemError("not an item: the line is too long")
    try:
        return orjson.loads(line)
    except ValueError as error:
        raise ItemError("not an item: it is no JSON") from error
