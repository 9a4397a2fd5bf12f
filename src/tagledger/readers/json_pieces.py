"""A JSON list of any length, some entries at a time.

No more than a piece of the list is parsed at once, so memory depends on the longest entry and not
on the file. A piece ends at a comma between two entries. Which comma is one, the parser says: it
takes the text before the comma, with a bracket added, if and only if that comma stands between
entries. Commas that look like one are tried first; a walk over the tokens finds one for certain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from tagledger.errors import TagledgerError
from tagledger.readers.json_text import STRING, document_of, loads, not_json
from tagledger.readers.source_files import SourceFile

LONGEST_RECORD = 16 * 2**20  # bytes
_TRIED = 4
_TAIL = 2**16  # bytes at the end of a piece in which a comma is looked for
_FIRST_KEY = re.compile(rb"\s*\[\s*\{\s*(" + STRING + rb")", re.DOTALL)
# A lone quote opens a string that the piece does not hold to its end.
_MARK = re.compile(STRING + rb'|[{}\[\],"]', re.DOTALL)


def list_pieces(file: SourceFile) -> Iterator[tuple[Any, bytes]]:
    """The entries of a JSON list, some at a time, each time with the list of them as text.

    What is no list comes whole.

    Raises
    ------
    TagledgerError
        As for `SourceFile.chunks`; or it is not JSON, or an entry is too long: with the line and
        the column.
    """
    path = file.path
    text, place = b"", _Place(path)
    tried = 0  # how long the text was when it was found to have no comma between two entries
    read = file.chunks()
    for chunk in read:
        long_enough = len(text) >= max(2 * tried, 1)
        if long_enough and text.lstrip().startswith(b"["):
            found = _cut(text, place)
            if found is not None:
                entries, end = found
                yield entries, text[:end] + b"]"
                place.pass_by(text[:end])
                text = b"[" + text[end + 1 :]
            tried = 0 if found else len(text)
        if len(text) > LONGEST_RECORD:
            raise too_long(place.of(0), read)
        text += chunk
    if place.begun:
        try:
            entries = loads(text)
        except orjson.JSONDecodeError as error:
            raise place.fault(error) from error
        if not entries:
            shown = text.decode(errors="replace")
            nothing = orjson.JSONDecodeError("nothing follows the comma", shown, shown.index("]"))
            raise place.fault(nothing)
        yield entries, text
    else:
        yield document_of(text, path), text


def too_long(where: str, rest: Iterator[bytes]) -> TagledgerError:
    """The error of a record that no dataset has, and that would fill the memory.

    Raises
    ------
    TagledgerError
        The file with the `rest` of it is too large as a whole, which says more.
    """
    for _ in rest:
        pass
    return TagledgerError(
        f"a record is longer than {LONGEST_RECORD >> 20} MiB",
        where=where,
        hint="is a quote or a bracket never closed? mend the file, or take a fresh copy of it",
    )


class _Place:
    """Where in the file the text at hand begins, in lines and bytes of the line."""

    def __init__(self, path: Path) -> None:
        self.begun = False
        self._path, self._lines, self._bytes = path, 0, 0

    def pass_by(self, text: bytes) -> None:
        """Go on to what comes after `text`."""
        self.begun = True
        breaks = text.count(b"\n")
        self._lines += breaks
        since = len(text) - text.rfind(b"\n") - 1
        self._bytes = since if breaks else self._bytes + since

    def of(self, line: int, column: int = 1) -> str:
        """A place in the text in words; its first line is 0, its first column 1."""
        column += 0 if line else self._bytes
        return f"{self._path}, line {self._lines + line + 1}, column {column}"

    def fault(self, error: orjson.JSONDecodeError) -> TagledgerError:
        """What the parser found, at its place in the file."""
        hint = "mend the file, or take a fresh copy of it"
        return not_json(error, self.of(error.lineno - 1, error.colno), hint)


def _cut(text: bytes, place: _Place) -> tuple[list[Any], int] | None:
    """The entries up to a late comma between two of them, and where it stands; None without one.

    Raises
    ------
    TagledgerError
        The text before the comma is not JSON.
    """
    for comma in _likely(text):
        try:
            return loads(text[:comma] + b"]"), comma
        except orjson.JSONDecodeError:
            continue
    comma = _last_comma(text)
    if comma < 0 or not text[1:comma].strip():  # nothing before it: the whole is no JSON
        return None
    try:
        return loads(text[:comma] + b"]"), comma
    except orjson.JSONDecodeError as error:
        raise place.fault(error) from error


def _likely(text: bytes) -> list[int]:
    """The last commas between objects that begin with the same key as the first of them."""
    first = _FIRST_KEY.match(text)
    if first is None:
        return []
    between = re.compile(rb"\}\s*(,)\s*\{\s*" + re.escape(first[1]))
    start = max(len(text) - _TAIL, 0)
    return [found.start(1) for found in between.finditer(text, start)][: -_TRIED - 1 : -1]


def _last_comma(text: bytes) -> int:
    """Where the last comma between two entries of the list stands; -1 without one."""
    depth, last = 0, -1
    for token in _MARK.finditer(text):
        mark = token[0]
        if mark in {b"{", b"["}:
            depth += 1
        elif mark in {b"}", b"]"}:
            depth -= 1
        elif mark == b"," and depth == 1:
            last = token.start()
        elif mark == b'"':
            break
    return last
