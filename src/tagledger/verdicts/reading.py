"""The events of a repository as columns, and the lines that are set aside because they are none."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from tagledger.errors import os_errors
from tagledger.events.event import ACTS, ANSWERS, OF_ITEMS, Event
from tagledger.events.store import (
    ANNOTATIONS,
    digest_of,
    event_files,
    strays,
    taxonomy_files,
)
from tagledger.verdicts.lines import NO_PARTS, Block, Line, Parts, blocks, cut, judge, parts_of

# What people put beside their data, and nobody takes for answers.
_NOTES = {".md", ".txt", ".rst", ""}
_NO_HASH = b"0" * 16
_NO_TEXT = b"f" * 16
_ACT_CODES = {act.encode(): code for code, act in enumerate(ACTS)}
_HASH = re.compile("[0-9a-f]{16}")


@dataclass
class Answers:
    """Events about items, as columns of one length, in the order of files and lines.

    Attributes
    ----------
    act
        The index in `ACTS`.
    by, campaign
        The index in `names` and in `campaigns`; a campaign of -1 is none.
    second, micro
        When: a number that orders as times do, and the part of the second.
    id, text
        Hashes as numbers; a text of 0 is none.
    item
        The index in `items`, the ids of items as text.
    asked, yes
        The index in `lists`; -1: it does not say.
    tax
        The index in `taxonomies`; -1: none.
    file, line
        The index of the file, and the number of the line, from 1.
    """

    act: NDArray[np.int8]
    by: NDArray[np.int32]
    campaign: NDArray[np.int32]
    second: NDArray[np.int64]
    micro: NDArray[np.int32]
    id: NDArray[np.uint64]
    text: NDArray[np.uint64]
    item: NDArray[np.int32]
    asked: NDArray[np.int32]
    yes: NDArray[np.int32]
    tax: NDArray[np.int32]
    file: NDArray[np.int32]
    line: NDArray[np.int32]

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self.id)

    def take(self, indexes: NDArray[Any]) -> Answers:
        """Those at some indexes, or where a mask is true."""
        return Answers(**{name: column[indexes] for name, column in vars(self).items()})


@dataclass(frozen=True)
class Names:
    """What the numbers in the columns of `Answers` stand for."""

    names: list[str]
    campaigns: list[str]
    items: list[str]
    lists: list[list[str]]
    taxonomies: list[str]


@dataclass(frozen=True)
class Placed:
    """A change of tags, or a withdrawal: the event, and the index of its file and its line."""

    event: Event
    file: int
    line: int


@dataclass(frozen=True)
class SetAside:
    """A line that is no event: the index of its file, its line (0: the file), what is known."""

    file: int
    line: int
    described: Line


@dataclass(frozen=True)
class Read:
    """All that data/annotations says.

    Attributes
    ----------
    files
        The files, from data/annotations.
    answers, names
        Events about items, of equal ones all, and what their numbers stand for.
    replaces
        By the id of an answer, as a number, the ids of those that it replaces.
    others
        Changes of tags and withdrawals; of equal ones all.
    set_aside
        What is no event.
    digest
        The digest of all that was read, as `events.store.digest` makes it.
    """

    files: list[str]
    answers: Answers
    names: Names
    replaces: dict[int, list[int]]
    others: list[Placed]
    set_aside: list[SetAside]
    digest: str


def read(root: Path) -> Read:
    """Read all events of a repository.

    Parameters
    ----------
    root
        The folder of dvc.yaml.

    Raises
    ------
    TagledgerError
        A file cannot be read.
    """
    reader, folder = _Reader(), root / ANNOTATIONS
    digests: dict[Path, str] = {}
    paths = event_files(root)
    for number, path in enumerate(paths):
        digests[path] = _read_file(reader, path, number)
    for path in taxonomy_files(root):
        with os_errors(path), path.open("rb") as stream:
            digests[path] = hashlib.file_digest(stream, "sha256").hexdigest()
    for path in strays(root):
        if path.is_symlink() or path.suffix.lower() not in _NOTES:
            reader.set_aside.append(SetAside(len(paths), 0, Line(_why_stray(path, folder))))
            paths.append(path)
    answers, names, replaces = reader.answers()
    return Read(
        files=[path.relative_to(folder).as_posix() for path in paths],
        answers=answers,
        names=names,
        replaces=replaces,
        others=reader.others,
        set_aside=reader.set_aside,
        digest=digest_of(root, digests),
    )


def _read_file(reader: _Reader, path: Path, number: int) -> str:
    hasher = hashlib.sha256()
    before = 0
    with os_errors(path), path.open("rb") as stream:
        for data in blocks(stream, hasher.update):
            block = cut(data)
            reader.take(block, number, before, path.parent.name)
            before += block.lines
    return hasher.hexdigest()


def _why_stray(path: Path, folder: Path) -> str:
    if path.is_symlink() or any(one.is_symlink() for one in path.parents if one != folder.parent):
        return "not a file of events: it is a link"
    if path.parent == folder:
        return "not a file of events: it is in no annotator's folder"
    if path.parent.parent != folder:
        return "not a file of events: it is in a folder of an annotator's folder"
    if path.suffix == ".jsonl":
        return f"not a file of events: no annotator can be called {path.parent.name}"
    return "not a file of events: its name does not end in .jsonl"


class _Codes:
    """Parts of lines by number, in the order in which they were first seen, and their values.

    Parameters
    ----------
    decode
        Gives the value of a part, and a number that says something of it for `flags`.
    """

    def __init__(self, decode: Callable[[bytes], tuple[Any, int]]) -> None:
        self._codes: dict[bytes, int] = {}
        self._decode = decode
        self.values: list[Any] = []
        self.flags: NDArray[np.int32] = np.empty(0, np.int32)

    def of(self, parts: Sequence[bytes]) -> NDArray[np.int32]:
        """The number of each part, and of new ones the next."""
        try:
            return np.fromiter(map(self._codes.__getitem__, parts), np.int32, len(parts))
        except KeyError:
            new = [part for part in dict.fromkeys(parts) if part not in self._codes]
            self._codes |= {part: code for code, part in enumerate(new, len(self._codes))}
            values, flags = zip(*map(self._decode, new), strict=True)
            self.values += values
            self.flags = np.concatenate([self.flags, np.array(flags, np.int32)])
            return self.of(parts)


# What `flags` say. A part that is not sound makes its line one that is looked at by itself.
_UNSOUND, _PLAIN, _SAYS, _DECIDES, _SAYS_AND_DECIDES = -1, 0, 1, 2, 3


def _list(part: bytes) -> tuple[list[str] | None, int]:
    """A list of tags as events have it; None where it is none."""
    if not part:
        return None, _PLAIN
    try:
        tags = orjson.loads(part)
    except ValueError:
        return None, _UNSOUND
    sound = orjson.dumps(tags) == part and all(isinstance(one, str) and one.strip() for one in tags)
    return (tags, _SAYS) if sound and tags == sorted(set(tags)) else (None, _UNSOUND)


def _what(part: bytes) -> tuple[tuple[int, list[str] | None], int]:
    """The act and the list `asked`: whether it decides, and whether it says what was asked."""
    act, _, asked = part.removeprefix(b'"act":"').partition(b'"')
    tags, flag = _list(asked.removeprefix(b',"asked":'))
    code = _ACT_CODES[act]
    decides = _DECIDES if ACTS[code] in ANSWERS else _PLAIN
    return (code, tags), flag if flag == _UNSOUND else flag | decides


def _more(part: bytes) -> tuple[tuple[list[int], str | None], int]:
    """The ids that it replaces, and the tags that were shown: whether it says these."""
    content = orjson.loads(b"{" + part[1:] + b"}") if part else {}
    tax = content.get("tax")
    return (_ids(content.get("replaces", [])), tax), _PLAIN if tax is None else _SAYS


def _ids(names: list[Any]) -> list[int]:
    """Ids as numbers; what is no id is nobody's."""
    return [int(one, 16) for one in names if isinstance(one, str) and _HASH.fullmatch(one)]


@dataclass
class _Reader:
    """What was read so far."""

    what: _Codes = field(default_factory=lambda: _Codes(_what))
    who: _Codes = field(default_factory=lambda: _Codes(lambda part: (part, _PLAIN)))
    item: _Codes = field(default_factory=lambda: _Codes(lambda part: (part, _PLAIN)))
    more: _Codes = field(default_factory=lambda: _Codes(_more))
    yes: _Codes = field(default_factory=lambda: _Codes(_list))
    parts: list[dict[str, NDArray[Any]]] = field(default_factory=list)
    others: list[Placed] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)

    def take(self, block: Block, file: int, before: int, folder: str) -> None:
        """Take in a block of a file that has `before` lines before it."""
        others = list(block.others)
        if block.answers.id:
            columns, sound = self._columns(block.answers, folder)
            columns["line"] = np.asarray(block.numbers, np.int32) + (before + 1)
            columns["file"] = np.full(len(sound), file, np.int32)
            if not sound.all():
                wrong = np.flatnonzero(~sound).tolist()
                others += [(block.numbers[index], block.answers.line(index)) for index in wrong]
                columns = {name: column[sound] for name, column in columns.items()}
            self.parts.append(columns)
        for number, line in others:
            self._judge(line, file, number + before + 1, folder)

    def _judge(self, line: bytes, file: int, number: int, folder: str) -> None:
        """Take in a line that is not read in blocks."""
        judged = judge(line, folder)
        if isinstance(judged, Line):
            self.set_aside.append(SetAside(file, number, judged))
        elif judged.act in OF_ITEMS:
            columns, sound = self._columns(parts_of(judged), folder)
            assert sound.all()  # `Event.parse` has looked at more
            one = {"line": np.array([number], np.int32), "file": np.array([file], np.int32)}
            self.parts.append(columns | one)
        else:
            self.others.append(Placed(judged, file, number))

    def _columns(
        self, parts: Parts, folder: str
    ) -> tuple[dict[str, NDArray[Any]], NDArray[np.bool_]]:
        """Columns of the parts of some answers, and which of these are sound as far as is seen."""
        second, micro = times(parts.at)
        coded = {name: getattr(self, name).of(getattr(parts, name)) for name in _CODED}
        columns = coded | {
            "second": second,
            "micro": micro,
            "id": hashes(parts.id),
            "text": hashes(_given(parts.text)),
        }
        what, yes = self.what.flags[coded["what"]], self.yes.flags[coded["yes"]]
        asked = (what & _SAYS) | self.more.flags[coded["more"]]
        says_all = (what & _DECIDES == 0) | ((yes == _SAYS) & (asked == _SAYS))
        sound = (what != _UNSOUND) & (yes != _UNSOUND) & says_all
        by = b',"by":"' + folder.encode() + b'"'
        if not all(by in one for one in set(parts.who)):
            sound &= np.array([by in one for one in parts.who], bool)
        return columns, sound

    def answers(self) -> tuple[Answers, Names, dict[int, list[int]]]:
        """All answers, what their numbers stand for, and which ids are replaced by which."""
        empty, _ = self._columns(NO_PARTS, "")
        empty |= {"line": np.empty(0, np.int32), "file": np.empty(0, np.int32)}
        parts = [*self.parts, empty]
        columns = {name: np.concatenate([one[name] for one in parts]) for name in empty}
        self.parts.clear()
        return _decoded(self, columns)


_CODED = ("what", "who", "item", "more", "yes")


def _decoded(
    reader: _Reader, columns: dict[str, NDArray[Any]]
) -> tuple[Answers, Names, dict[int, list[int]]]:
    """Numbers of parts become those of names, tags and the like."""
    who = [orjson.loads(b"{" + part[1:] + b"}") for part in reader.who.values]
    names, by = _numbered([one["by"] for one in who])
    campaigns, campaign = _numbered([one.get("campaign") for one in who])
    taxonomies, tax = _numbered([tax for _, tax in reader.more.values])
    asked = [tags for _, tags in reader.what.values]
    lists = [tags or [] for tags in (*asked, *reader.yes.values)]
    in_lists = np.array([index if tags is not None else -1 for index, tags in enumerate(asked)])
    yes = np.array(
        [-1 if tags is None else index for index, tags in enumerate(reader.yes.values, len(asked))]
    )
    acts = np.array([act for act, _ in reader.what.values], np.int8)
    what, more = columns["what"], columns["more"]
    replacing = np.array([bool(ids) for ids, _ in reader.more.values], bool)
    replaces = {
        int(columns["id"][index]): reader.more.values[more[index]][0]
        for index in np.flatnonzero(_of(replacing, more)).tolist()
    }
    answers = Answers(
        act=_of(acts, what),
        by=_of(by, columns["who"]),
        campaign=_of(campaign, columns["who"]),
        second=columns["second"],
        micro=columns["micro"],
        id=columns["id"],
        text=columns["text"],
        item=columns["item"],
        asked=_of(in_lists.astype(np.int32), what),
        yes=_of(yes.astype(np.int32), columns["yes"]),
        tax=_of(tax, more),
        file=columns["file"],
        line=columns["line"],
    )
    items = orjson.loads(b"[" + b",".join(reader.item.values) + b"]")
    return answers, Names(names, campaigns, items, lists, taxonomies), replaces


def _of(values: NDArray[Any], codes: NDArray[np.int32]) -> NDArray[Any]:
    """The value of each code; there may be none of either."""
    chosen: NDArray[Any] = values[codes] if len(values) else np.empty(0, values.dtype)
    return chosen


def _numbered(values: Sequence[str | None]) -> tuple[list[str], NDArray[np.int32]]:
    """The distinct texts, ascending, and the index of each value among them; -1 for None."""
    names = sorted({value for value in values if value is not None})
    codes: dict[str | None, int] = {name: code for code, name in enumerate(names)}
    return names, np.array([codes.get(value, -1) for value in values], np.int32)


def hashes(parts: Sequence[bytes]) -> NDArray[np.uint64]:
    """Hashes of 16 hexadecimal digits as numbers; 0 for an empty part."""
    joined = b"".join(parts)
    if len(joined) != 16 * len(parts):
        joined = b"".join([one or _NO_HASH for one in parts])
    return np.frombuffer(bytes.fromhex(joined.decode()), ">u8").astype(np.uint64)


def _given(parts: Sequence[bytes]) -> Sequence[bytes]:
    """Hashes of texts, with another one in place of that whose number would say that none is."""
    if _NO_HASH not in parts:
        return parts
    return [_NO_TEXT if one == _NO_HASH else one for one in parts]


def times(parts: Sequence[bytes]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Times without their Z as numbers that order as they do, and parts of the second.

    A time is only compared: days that no calendar has are no error.
    """
    if not parts:
        return np.empty(0, np.int64), np.empty(0, np.int32)
    text = np.array(parts, dtype="S26").view(np.uint8).reshape(len(parts), 26)

    def number(start: int, length: int) -> NDArray[np.int64]:
        numbers = np.zeros(len(parts), np.int64)
        for column in range(start, start + length):
            digit = text[:, column].astype(np.int64) - ord("0")
            numbers = numbers * 10 + np.maximum(digit, 0)  # what ends the text counts as 0
        return numbers

    day = number(0, 4) * 10_000 + number(5, 2) * 100 + number(8, 2)
    second = number(11, 2) * 3600 + number(14, 2) * 60 + number(17, 2)
    micro = number(20, 6) if text[:, 20].any() else np.zeros(len(parts))
    return day * 400_000 + second, micro.astype(np.int32)
