"""The records within a JSON document of any length, some entries at a time.

A walk over the tokens finds the list or the mapping that the path's keys lead to; its entries are
then cut and parsed as those of a list that is the whole file (`json_pieces`). What else the
document holds is passed over: its brackets are counted, and a key of the path that is given again
is an error, for nobody knows which of the two is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import orjson

from tagledger.errors import TagledgerError
from tagledger.readers.opening.source_files import SourceFile
from tagledger.readers.parsing import records
from tagledger.readers.parsing.json_pieces import LONGEST_RECORD, Place, cut_within, too_long
from tagledger.readers.parsing.records_path import ALL, EACH
from tagledger.readers.values.json_text import LINES, STRING, document_of, not_json

_SPACE = re.compile(rb"\s*")
_TEXT = re.compile(STRING, re.DOTALL)
_SCALAR = re.compile(rb"[^\s,\]}\"]+")
# All that is no bracket, up to one; strings whole.
_TO_BRACKET = re.compile(rb'[^"{}\[\]]*+(?:' + STRING + rb'[^"{}\[\]]*+)*+', re.DOTALL)
_WHOLE = 8 * 2**20  # bytes: a shorter document is checked as a whole
_TAIL = 2**16  # bytes that are worth to be looked at before more is read
_LOOKED_AT = 4096  # bytes
_AGAIN = "take out the one that is not meant"


def pieces_within(file: SourceFile, path: tuple[str, ...]) -> Iterator[tuple[Any, bytes]]:
    """The entries of a list or a mapping within a document, some at a time, with their text.

    Parameters
    ----------
    file
        One JSON document.
    path
        Keys, and last what they lead to: `[]`, a list, or `*`, a mapping.

    Raises
    ------
    TagledgerError
        As for `SourceFile.chunks`; or it is not JSON, or the path does not fit it, or an entry is
        too long: with the line and the column, or the keys that are there.
    """
    text = _Text(file)
    if text.whole():
        document_of(text.data, file.path)  # its errors say more than those of a walk
    *keys, last = path
    for depth, key in enumerate(keys):
        if not _find(text, key, tuple(keys[:depth])):
            return
    opening = b"[" if last == EACH else b"{"
    byte = text.peek()
    if byte == b"n":
        text.skip()
    elif byte != opening:
        raise _other_kind(text, last, tuple(keys))
    else:
        yield from _entries(text, mapping=last == ALL)
    for key in reversed(keys):
        _rest_of_object(text, key)
    text.after()


def keys_of(file: SourceFile) -> dict[str, Any]:
    """What a document that is one object may be in short: its keys, with a value of each kind."""
    text = _Text(file)
    if text.whole():
        document = document_of(text.data, file.path)
        return document if isinstance(document, dict) else {}
    if text.peek() != b"{":
        return {}
    keys = _in_short(text)
    text.after()
    return keys


class _Text:
    """A text that is read on as it is needed, and dropped when it is passed."""

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        self.data = b""
        self.at = 0  # what comes next
        self._place = Place(file.path)
        self.rest = file.chunks()
        self._ended = False

    @property
    def place(self) -> Place:
        """Where the data begins, once what was passed is dropped."""
        if self.at:
            self._place.pass_by(self.data[: self.at])
            self.data, self.at = self.data[self.at :], 0
        return self._place

    def whole(self) -> bool:
        """Whether all of it is at hand, if it is short."""
        while len(self.data) < _WHOLE and self.more():
            pass
        return self._ended

    def more(self) -> bool:
        """Read on; whether there was more."""
        chunk = b"" if self._ended else next(self.rest, b"")
        assert self.place is self._place  # drops what was passed
        self.data += chunk
        self._ended = not chunk
        return not self._ended

    def peek(self) -> bytes:
        """The next byte that is no white space; nothing at the end."""
        while True:
            space = _SPACE.match(self.data, self.at)
            self.at = space.end() if space else self.at
            if self.at < len(self.data) or not self.more():
                return self.data[self.at : self.at + 1]

    def take(self, expected: bytes) -> bytes:
        """Pass one byte, which must be one of these."""
        byte = self.peek()
        if not byte or byte not in expected:
            names = " or ".join(repr(chr(one)) for one in expected)
            what = repr(byte.decode(errors="replace")) if byte else "the end of the file"
            raise self.fault(f"{what} in place of {names}")
        self.at += 1
        return byte

    def string(self) -> str:
        """Pass a string; gives it."""
        if self.peek() != b'"':
            self.take(b'"')
        while (match := _TEXT.match(self.data, self.at)) is None:
            self._grow()
        try:
            word = str(orjson.loads(match[0]))
        except orjson.JSONDecodeError as error:
            raise self.fault(error.msg) from error
        self.at = match.end()
        return word

    def skip(self) -> None:
        """Pass a value."""
        byte = self.peek()
        if byte == b'"':
            self.string()
        elif byte and byte in b"{[":
            self._skip_nested()
        else:
            self._skip_scalar()

    def _skip_scalar(self) -> None:
        while (match := _SCALAR.match(self.data, self.at)) is not None:
            if match.end() < len(self.data) or not self.more():
                self.at = match.end()
                return
        raise self.fault("there is no value")

    def _skip_nested(self) -> None:
        depth = 0
        while True:
            end = _TO_BRACKET.match(self.data, self.at)
            assert end is not None  # it fits nothing as well
            self.at = end.end()
            mark = self.data[self.at : self.at + 1]
            if not mark or mark == b'"':  # the end of what is at hand, maybe within a string
                self._grow()
                continue
            self.at += 1
            depth += 1 if mark in b"{[" else -1
            if not depth:
                return

    def _grow(self) -> None:
        """Read on within a value."""
        if len(self.data) - self.at > LONGEST_RECORD:
            raise too_long(self.place.of(0), self.rest)
        if not self.more():
            raise self.fault("the file ends before the document does")

    def fault(self, what: str) -> TagledgerError:
        """The error of a text that is not JSON here."""
        hint = "mend the file, or take a fresh copy of it"
        return not_json(orjson.JSONDecodeError(what, "", 0), self.place.of(0), hint)

    def after(self) -> None:
        """Check that the document ends here.

        Raises
        ------
        TagledgerError
            There is more; another object is one of JSON Lines.
        """
        byte = self.peek()
        if byte == b"{":
            problem = orjson.JSONDecodeError("another object follows the first one", "", 0)
            raise not_json(problem, self.place.of(0), LINES)
        if byte:
            raise self.fault("there is more after the end of the document")


def _find(text: _Text, wanted: str, before: tuple[str, ...]) -> bool:
    """Go to the value of a key of the object that comes next; False if that is null."""
    byte = text.peek()
    if byte == b"n" and before:
        text.skip()
        return False
    if byte != b"{":
        raise _other_kind(text, wanted, before)
    text.at += 1
    keys = []
    for key in _keys(text):
        keys.append(key)
        if key == wanted:
            return True
        text.skip()
    raise records.missing_key(
        wanted, keys, before, text.file.path, keys_of(text.file) if not before else None
    )


def _keys(text: _Text) -> Iterator[str]:
    """The keys of an object that has begun; the value of each is passed in between."""
    if text.peek() == b"}":
        text.at += 1
        return
    while True:
        key = text.string()
        text.take(b":")
        yield key
        if text.peek() == b"}":
            text.at += 1
            return
        text.take(b",}")


def _rest_of_object(text: _Text, own: str) -> None:
    """Pass the keys that follow one; it is not given again."""
    if text.peek() == b"}":
        text.at += 1
        return
    text.take(b",}")
    for key in _keys(text):
        if key == own:
            raise TagledgerError(
                f"the key {own!r} is given twice", where=text.place.of(0), hint=_AGAIN
            )
        text.skip()


def _other_kind(text: _Text, step: str, before: tuple[str, ...]) -> TagledgerError:
    """The error of a path that leads into a value of another kind, which comes next."""
    value: Any = {b"[": [], b'"': "", b"t": True, b"f": False, b"n": None}.get(text.peek(), 0)
    if text.peek() == b"{":
        value = _in_short(text)
    elif text.peek() == b"[" and not before:
        value = [{}]
    return records.wrong_kind(value, step, before, text.file.path)


def _in_short(text: _Text) -> dict[str, Any]:
    """The keys of an object that comes next, each with a value that stands for its kind."""
    text.take(b"{")
    values: dict[str, Any] = {}
    for key in _keys(text):
        kind = text.peek()
        values[key] = _kind_of_list(text) if kind == b"[" else {} if kind == b"{" else None
        text.skip()
    return values


def _kind_of_list(text: _Text) -> list[Any]:
    start = text.data[text.at + 1 : text.at + _LOOKED_AT].lstrip()
    return [{}] if start.startswith(b"{") else []


def _entries(text: _Text, *, mapping: bool) -> Iterator[tuple[Any, bytes]]:
    """The entries of a list or a mapping that comes next, some at a time, until its end."""
    opening, closing = (b"{", b"}") if mapping else (b"[", b"]")
    tried, begun = 0, False
    while True:
        at_hand = not begun and not tried and len(text.data) - text.at > _TAIL
        grew = at_hand or text.more()
        if grew and len(text.data) < max(2 * tried, 1):
            continue
        place = text.place  # drops what was passed
        cut = cut_within(text.data, place, closing)
        if cut is None:
            tried = len(text.data)
            if not grew:
                raise text.fault("the file ends before the document does")
            if tried > LONGEST_RECORD:
                raise too_long(text.place.of(0), text.rest)
            continue
        entries, end, ended = cut
        if begun and not entries:
            raise text.fault("nothing follows the comma")
        yield entries, text.data[:end] + closing
        text.at = end + ended
        if ended:
            return
        assert text.place  # drops what was passed; the comma is next
        text.data = opening + text.data[1:]
        tried, begun = 0, True
