"""JSON text -> Python values, and the keys that an object has twice.

A parser keeps one value of a key that is given twice, and says nothing. Each key has a colon
after it, so an object of N keys stands in a text with N such colons, or with more if a key was
given again. The count by `bytes.count` may be too large, never too small: a text with as many keys
as it says has none twice, and the costly looks are for the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from tagledger.errors import TagledgerError
from tagledger.readers.opening.source_files import SourceFile

STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
# JSON has no NaN; Python's json and others write it. Strings are matched to be left alone.
_CONSTANT = re.compile(STRING + rb"|-?\b(?:NaN|Infinity)\b", re.DOTALL)
_KEYS = re.compile(STRING + rb"(\s*+:)?", re.DOTALL)
_TOKEN = re.compile(rb"(" + STRING + rb")(\s*+:)?|[{}\[\],]", re.DOTALL)
_SPACE = re.compile(rb"(" + STRING + rb")|\s++", re.DOTALL)
LINES = "if each line is an object of its own, set `format: jsonl`"
_COLONS = (b'":', b" :", b"\t:", b"\n:", b"\r:")


@dataclass(frozen=True)
class Twice:
    """A key that one object has twice.

    Attributes
    ----------
    key
        The key.
    offset
        Where in the text it is given again, in bytes.
    entry
        Which entry of the outermost list or mapping the object is in, from 0; -1 for the mapping
        itself.
    record
        The text of that entry, without white space between its parts.
    outer
        Whether the object is the entry itself, not one within it.
    """

    key: str
    offset: int
    entry: int
    record: str
    outer: bool

    @property
    def reason(self) -> str:
        """The fault in words."""
        return f"the key {self.key!r} is given twice"


def loads(data: bytes) -> Any:
    """Parse JSON; NaN and Infinity in it are null."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        if b"NaN" not in data and b"Infinity" not in data:
            raise
        return orjson.loads(
            _CONSTANT.sub(lambda m: m[0] if m[0].startswith(b'"') else b"null", data)
        )


def document(file: SourceFile) -> tuple[Any, bytes]:
    """One JSON document, parsed whole, and its text; NaN and Infinity in it are null.

    Raises
    ------
    TagledgerError
        As for `SourceFile.chunks`; or it is not JSON: with the line and the column.
    """
    data = b"".join(file.chunks())
    return document_of(data, file.path), data


def document_of(data: bytes, path: Path) -> Any:
    """Parse the whole text of the file `path`.

    Raises
    ------
    TagledgerError
        It is not JSON: with the line and the column.
    """
    try:
        return loads(data)
    except orjson.JSONDecodeError as error:
        hint = "mend the file, or take a fresh copy of it"
        if _is_object(data.partition(b"\n")[0]):
            hint = LINES
        raise not_json(error, f"{path}, line {error.lineno}, column {error.colno}", hint) from error


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(loads(line), dict)
    except orjson.JSONDecodeError:
        return False


def not_json(error: orjson.JSONDecodeError, where: str, hint: str) -> TagledgerError:
    """The error of a text that is not JSON."""
    return TagledgerError(f"this is not JSON: {error.msg}", where=where, hint=hint)


def may_repeat(text: bytes, values: Iterable[Any]) -> bool:
    """Whether an object in a text may have a key twice; cheap, and never wrongly no.

    Parameters
    ----------
    text
        JSON, or several JSON texts.
    values
        The outermost values in it, as they were parsed; of a list its entries, of a mapping itself
        and its values.
    """
    most = sum(map(text.count, _COLONS))
    return most != sum(len(value) for value in values if type(value) is dict)


def repeated(text: bytes, value: Any, *, mapping: bool = False) -> list[Twice]:
    """Every key that an object of a JSON text has twice, the first one of each object.

    Parameters
    ----------
    text
        A JSON text.
    value
        What it was parsed to.
    mapping
        Whether its values are entries as the elements of a list are.
    """
    if sum(map(bool, _KEYS.findall(text))) == _number_of_keys(value):
        return []
    return _repeats(text, mapping=mapping)


def _number_of_keys(value: Any) -> int:
    """How many keys all objects in a value have."""
    count, left = 0, [value]
    while left:
        one = left.pop()
        if type(one) is dict:
            count += len(one)
            left += [part for part in one.values() if type(part) in {dict, list}]
        elif type(one) is list:
            left += [part for part in one if type(part) in {dict, list}]
    return count


def _repeats(text: bytes, *, mapping: bool) -> list[Twice]:
    """The keys given twice, by a walk over the tokens of a JSON text."""
    in_list = mapping or text.lstrip()[:1] == b"["
    of_entry = int(in_list)  # how many brackets are open around an entry
    open_keys: list[set[str] | None] = []
    again: list[tuple[str, int, int]] = []  # the key, its offset, and how deep in its entry
    repeats: list[Twice] = []
    entry = 0
    start = len(text) - len(text.lstrip()) + 1 if in_list else 0

    def entry_ends(end: int) -> None:
        if not again:
            return
        record = _SPACE.sub(lambda m: m[1] or b"", text[start:end]).decode()
        record = f"{{{record}}}" if mapping else record
        repeats.extend(
            Twice(key, at, entry if depth else -1, record, depth == 1) for key, at, depth in again
        )
        again.clear()

    for token in _TOKEN.finditer(text):
        mark = token[0]
        if mark == b"{":
            open_keys.append(set())
        elif mark == b"[":
            open_keys.append(None)
        elif mark in {b"}", b"]"}:
            open_keys.pop()
        elif mark != b"," and token[2] is not None:
            key, keys = orjson.loads(token[1]), open_keys[-1]
            assert keys is not None  # a colon in a list is not JSON
            if key in keys:
                again.append((key, token.start(), len(open_keys) - of_entry))
            keys.add(key)
        if in_list and mark == b"," and len(open_keys) == 1:
            entry_ends(token.start())
            entry, start = entry + 1, token.end()
    entry_ends(len(text.rstrip()) - 1 if in_list else len(text))
    return repeats
