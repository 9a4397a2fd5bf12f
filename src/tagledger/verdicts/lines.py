"""Blocks of lines of data/annotations, cut into the parts of their events.

Nearly every line is an answer in canonical JSON without an escape, which one regular expression
recognises and cuts, a block at a time. Every other line is left to `Event.parse`, whose judgement
is the same: a test holds that.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

import numpy as np
import orjson

from tagledger.events.canonical import canonical
from tagledger.events.event import MOST_BYTES, OF_ITEMS, Event, EventError

_BLOCK = 2**18
_LONGEST_SHOWN = 200  # characters of what a line that is no event says of itself
_NUMBER = rb"-?(?:0|[1-9][0-9]*)(?:\.(?:0|[0-9]*[1-9]))?(?:e[+-][0-9]{2,3})?"
_HASH = rb"[0-9a-f]{16}"
_TIME = rb"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?"


def _perhaps(part: bytes) -> bytes:
    """What may be there or not: with an empty branch, which is faster than a question mark."""
    return b"(?:" + part + b"|)"


def _pattern(text: bytes, tags: bytes) -> re.Pattern[bytes]:
    """A line with its keys in their order; `Parts` has the groups."""
    acts = "|".join(sorted(OF_ITEMS)).encode()
    what = b'"act":"(?:' + acts + b')"' + _perhaps(b',"asked":' + tags)
    who = _perhaps(b',"base":' + text) + b',"by":"[a-z0-9._-]+"' + _perhaps(b',"campaign":' + text)
    more = (
        _perhaps(b',"note":' + text)
        + _perhaps(b',"replaces":' + tags)
        + _perhaps(b',"score":' + _NUMBER)
        + _perhaps(b',"seconds":' + _NUMBER)
        + _perhaps(b',"tax":"' + _HASH + b'"')
    )
    head = rb"\{(" + what + b'),"at":"(' + _TIME + b')Z"(' + who + b")"
    tail = (
        b',"item":('
        + text
        + b")("
        + more
        + b")"
        + _perhaps(b',"text":"(' + _HASH + b')"')
        + _perhaps(b',"tool":' + text)
        + _perhaps(b',"yes":(' + tags + b")")
        + rb"\}"
    )
    line = b"^(" + head + b'),"id":"(' + _HASH + b')"(' + tail + rb")\r?$"
    return re.compile(line, re.MULTILINE)


_LINE = _pattern(rb'"[^"\\\x00-\x1f]*"', rb"\[[^\]\\\n]*\]")
# Quicker, and the same where there is neither a backslash nor a control character but line feeds.
_PLAIN_LINE = _pattern(rb'"[^"]*"', rb"\[[^\]]*\]")


class Parts(NamedTuple):
    """The parts of lines, as columns of one length; what a line does not say is empty.

    Attributes
    ----------
    head, tail
        The lines without their ids.
    what, who, more
        Some keys and values as they stand: act and asked; base, by and campaign; note, replaces,
        score, seconds and tax.
    at
        Times without their Z.
    id, text
        Hashes.
    item, yes
        Values as JSON.
    """

    head: Sequence[bytes]
    what: Sequence[bytes]
    at: Sequence[bytes]
    who: Sequence[bytes]
    id: Sequence[bytes]
    tail: Sequence[bytes]
    item: Sequence[bytes]
    more: Sequence[bytes]
    text: Sequence[bytes]
    yes: Sequence[bytes]

    def line(self, index: int) -> bytes:
        """The line that was cut into the parts at an index."""
        return self.head[index] + b',"id":"' + self.id[index] + b'"' + self.tail[index]

    def take(self, indexes: Sequence[int]) -> Parts:
        """Those at some indexes."""
        return Parts(*([column[index] for index in indexes] for column in self))


_GROUPS = len(Parts._fields)
NO_PARTS = Parts(*[()] * _GROUPS)


@dataclass
class Block:
    """The lines of a block.

    Attributes
    ----------
    answers
        Those that are answers about items, and their numbers from 0.
    others
        The numbers of the other lines that hold anything, and the lines.
    lines
        How many lines the block has.
    """

    answers: Parts = NO_PARTS
    numbers: Sequence[int] = ()
    others: list[tuple[int, bytes]] = field(default_factory=list)
    lines: int = 0


def blocks(stream: BinaryIO, seen: Callable[[bytes], None]) -> Iterator[bytes]:
    """Whole lines, about a megabyte at a time; of a line that is too long, as much as shows that.

    Parameters
    ----------
    stream
        The file.
    seen
        Is given all that is read of it.

    Yields
    ------
    bytes
        Lines; only the last may lack its line feed.
    """
    rest = b""
    while chunk := stream.read(_BLOCK):
        seen(chunk)
        data = rest + chunk
        end = data.rfind(b"\n") + 1
        if end:
            yield data[:end]
        rest = data[end:][: MOST_BYTES + 1]
    if rest:
        yield rest


def cut(data: bytes) -> Block:
    """Cut a block into lines, and those that are answers into their parts.

    An answer's id has been proven: it is the hash of the rest of its line.
    """
    block = _cut_at_once(data) or _cut_by_line(data)
    _prove(block)
    return block


def _cut_at_once(data: bytes) -> Block | None:
    """A block of nothing but answers; None where there may be another line in it."""
    lines = data.count(b"\n") + (not data.endswith(b"\n"))
    if len(data) > MOST_BYTES and _longest(data) > MOST_BYTES:
        return None
    if not _is_composed(data):
        return None
    # What splits the block are its lines, so that a part of each of them stands after the other.
    cut = (_PLAIN_LINE if _is_plain(data, lines) else _LINE).split(data)
    if len(cut) != lines * (_GROUPS + 1) + 1:
        return None
    answers = Parts(*(cut[group :: _GROUPS + 1] for group in range(1, _GROUPS + 1)))
    perhaps = {
        "text": [one or b"" for one in answers.text],
        "yes": [one or b"" for one in answers.yes],
    }
    return Block(answers._replace(**perhaps), range(lines), [], lines)


def _is_plain(data: bytes, lines: int) -> bool:
    """Whether bytes have neither a backslash nor a control character but line feeds."""
    if b"\\" in data:
        return False
    return int(np.count_nonzero(np.frombuffer(data, np.uint8) < ord(" "))) <= lines


def _longest(data: bytes) -> int:
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n"))
    return int(np.diff(np.concatenate([[-1], ends, [len(data)]])).max())


def _cut_by_line(data: bytes) -> Block:
    block = Block()
    answers, numbers = [], []
    lines = data.split(b"\n")
    block.lines = len(lines) - (not lines[-1])
    for number, line in enumerate(lines):
        fits = len(line) <= MOST_BYTES and _is_composed(line)
        match = _LINE.fullmatch(line) if fits else None
        if match is not None:
            answers.append(match.groups(b""))
            numbers.append(number)
        elif line.strip():
            block.others.append((number, line))
    if answers:
        block.answers, block.numbers = Parts(*zip(*answers, strict=True)), numbers
    return block


def _is_composed(data: bytes) -> bool:
    """Whether bytes are UTF-8 in Unicode's form NFC."""
    if data.isascii():
        return True
    try:
        return unicodedata.is_normalized("NFC", data.decode())
    except UnicodeDecodeError:
        return False


def _prove(block: Block) -> None:
    """Move answers whose id is not the hash of their rest to the other lines."""
    answers, numbers, sha = block.answers, block.numbers, hashlib.sha256
    pairs = zip(answers.head, answers.tail, strict=True)
    digests = b"".join([sha(head + tail).digest()[:8] for head, tail in pairs])
    ids = bytes.fromhex(b"".join(answers.id).decode())
    if digests == ids:
        return
    sound = np.frombuffer(digests, np.uint64) == np.frombuffer(ids, np.uint64)
    for index in np.flatnonzero(~sound).tolist():
        block.others.append((numbers[index], answers.line(index)))
    keep = np.flatnonzero(sound).tolist()
    block.answers = answers.take(keep)
    block.numbers = [numbers[index] for index in keep]


def parts_of(event: Event) -> Parts:
    """The parts of an answer that was read as an event, as columns of one."""
    content = event.content

    def keys(*names: str) -> bytes:
        return canonical({name: content[name] for name in names if name in content}).encode()[1:-1]

    def key(name: str) -> bytes:
        return canonical(content[name]).encode() if name in content else b""

    return Parts(
        head=[b""],
        what=[keys("act", "asked")],
        at=[event.at.removesuffix("Z").encode()],
        who=[b"," + keys("base", "by", "campaign")],
        id=[event.id.encode()],
        tail=[b""],
        item=[key("item")],
        more=[b"," + keys("note", "replaces", "score", "seconds", "tax")],
        text=[(event.text or "").encode()],
        yes=[key("yes")],
    )


@dataclass(frozen=True)
class Line:
    """A line that is no event, or no event of this annotator: what can be said of it.

    Attributes
    ----------
    reason
        Why it is set aside.
    event, by, act, item
        What it says itself, as far as that can be shown; else empty.
    """

    reason: str
    event: str = ""
    by: str = ""
    act: str = ""
    item: str = ""


def judge(line: bytes, folder: str) -> Event | Line:
    """The event of a line that is not read in blocks, or why it is none.

    Parameters
    ----------
    line
        The line, without its line feed.
    folder
        The name of its folder, which is that of the annotator.
    """
    try:
        event = Event.parse(line)
    except EventError as error:
        return _described(line, _reason(str(error)))
    except ValueError:
        return _described(line, "not an event: it has half of a character")
    if event.by == folder:
        return event
    return Line(other_folder(event.by, folder), event.id, event.by, event.act, event.item or "")


def other_folder(by: str, folder: str) -> str:
    """Why an event is set aside that stands in the folder of another annotator."""
    return f"in the folder of another: it is by {by}, and stands in {folder}"


def _reason(message: str) -> str:
    return message if message.startswith("changed by hand") else f"not an event: {message}"


def _described(line: bytes, reason: str) -> Line:
    """What a line says of itself that is short enough to be shown."""
    try:
        content = orjson.loads(line[: MOST_BYTES + 1])
    except ValueError:
        content = None
    if not isinstance(content, dict):
        return Line(reason)
    event, by, act, item = (_shown(content.get(name)) for name in ("id", "by", "act", "item"))
    return Line(reason, event, by, act, item)


def _shown(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= _LONGEST_SHOWN else ""
