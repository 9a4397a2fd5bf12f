"""One more entry, or another value, in a YAML document: every other byte stays as it is.

Where to write is known from the marks of the document's nodes. What was made is parsed again, and
if it is not the document that was wanted, nothing is made of it: whoever calls says what to write.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from tagledger.documents import compose_yaml, parse_yaml
from tagledger.errors import TagledgerError
from tagledger.yaml_edits.text import STEP, block, flow, scalar

_BOM = "\ufeff"
_ALIAS = re.compile(r"\s*:\s*\*[^\s,\]}]+")


class _CannotEdit(Exception):  # noqa: N818 - it is no error before somebody says what to write
    """The document is written in a way that this module does not write to."""


def with_value(data: bytes, path: Path, keys: Sequence[str], value: Any) -> bytes:
    """The document with a single value set; the key, and what it stands in, may be new.

    Parameters
    ----------
    data
        The document.
    path
        Where errors say that it is.
    keys
        The keys that lead to the value.
    value
        A text, a number, a truth value or None.

    Raises
    ------
    TagledgerError
        It is no YAML; or the value cannot be set without a change to the rest: the hint has the
        lines to write.
    """
    before = parse_yaml(data, path)
    if _value_at(before, keys) == (True, value):
        return data
    return _edited(data, path, keys, value)


def with_entry(data: bytes, path: Path, keys: Sequence[str], entry: Mapping[str, Any]) -> bytes:
    """The document with one more entry, after those that the mapping has: its last key is new.

    Parameters
    ----------
    data, path
        As in `with_value`.
    keys
        The keys that lead to the entry. It must not be there; what it stands in may be missing.
    entry
        The entry.

    Raises
    ------
    TagledgerError
        It is no YAML; or the entry cannot be written without a change to the rest: the hint has
        the lines to write.
    """
    if _value_at(parse_yaml(data, path), keys)[0]:
        raise TagledgerError(
            f"there is an entry {keys[-1]!r} already",
            where=f"{path}, {'.'.join(keys[:-1])}",
            hint="choose another name",
        )
    return _edited(data, path, keys, entry)


def with_lines_before(data: bytes, path: Path, before: Sequence[str], lines: str) -> bytes:
    """The document with further lines, which are a mapping of its own with comments.

    Parameters
    ----------
    data, path
        As in `with_value`.
    before
        Top keys: the lines stand before the first of these that there is, and before the comments
        right above it; where none is there, at the end.
    lines
        The lines, each with its line feed.

    Raises
    ------
    TagledgerError
        It is no YAML; or the lines cannot be put there without a change to the rest: the hint has
        them.
    """
    added, document = parse_yaml(lines.encode(), path), parse_yaml(data, path)
    try:
        text = data.decode("utf-8")
        edited = _Document(text.removeprefix(_BOM), path).with_block(before, lines).encode()
        edited = (_BOM.encode() if text.startswith(_BOM) else b"") + edited
        if parse_yaml(edited, path) == {**(document or {}), **added}:
            return edited
    except (_CannotEdit, UnicodeDecodeError, TypeError):
        pass
    except TagledgerError as error:
        if not error.what.startswith("this is not YAML"):
            raise
    shown = lines.rstrip().replace("\n", "\n       ")
    raise TagledgerError(
        f"the file is written in a way that takes no further lines: {', '.join(added)}",
        where=path,
        hint=f"write this there yourself, at its end, then run this again:\n       {shown}",
    )


def _edited(data: bytes, path: Path, keys: Sequence[str], value: Any) -> bytes:
    wanted = _set(parse_yaml(data, path), keys, value)
    try:
        mark = _BOM if data.startswith(_BOM.encode()) else ""
        text = data.decode("utf-8").removeprefix(_BOM)
        edited = f"{mark}{_Document(text, path).edited(keys, value)}".encode()
        if parse_yaml(edited, path) == wanted:
            return edited
    except (_CannotEdit, UnicodeDecodeError):
        pass
    except TagledgerError as error:
        if not error.what.startswith("this is not YAML"):
            raise
    lines = block({keys[-1]: value}).rstrip().replace("\n", "\n       ")
    raise TagledgerError(
        "the file is written in a way that cannot be changed line by line, such as with an anchor",
        where=f"{path}, {'.'.join(keys)}",
        hint=f"write it there yourself, then run this again:\n       {lines}"
        if not isinstance(value, Mapping)
        else f"write `{keys[0]}:` without anchors and aliases; what was to be written is\n"
        f"       {lines}",
    )


def _value_at(document: Any, keys: Sequence[str]) -> tuple[bool, Any]:
    """Whether there is such a key, and its value."""
    for key in keys:
        if not isinstance(document, Mapping) or key not in document:
            return False, None
        document = document[key]
    return True, document


def _set(document: Any, keys: Sequence[str], value: Any) -> Any:
    """A copy of a document with the value there."""
    if not keys:
        return deepcopy(value)
    if document is None:
        document = {}
    if not isinstance(document, Mapping):
        return None  # which no edit makes
    inner = _set(document.get(keys[0]), keys[1:], value)
    return {**document, keys[0]: inner}


class _Document:
    """A document as its text and nodes."""

    def __init__(self, text: str, path: Path) -> None:
        self._text = text
        self._newline = "\r\n" if "\r\n" in text else "\n"
        self._root = compose_yaml(text, path)

    def edited(self, keys: Sequence[str], value: Any) -> str:
        """The text with a value or an entry set."""
        if self._root is None:
            return self._with_lines(len(self._text), _nested(keys, value), 0)
        node, key = self._root, None
        for number, name in enumerate(keys):
            if not isinstance(node, yaml.MappingNode):
                if key is None or not _is_null(node):
                    raise _CannotEdit
                return self._filled(key, node, _nested(keys[number:], value))
            pair = next((one for one in self._pairs(node) if one[0].value == name), None)
            if pair is None:
                added = _nested(keys[number:], value)
                if not self._pairs(node):
                    return self._filled(key, node, added)
                return self._appended(node, added)
            key, node = pair
            self._refuse_alias(key, node)
        return self._replaced(key, node, value)

    def with_block(self, before: Sequence[str], lines: str) -> str:
        """The text with lines before a top key, and a blank line between the two."""
        lines = lines.replace("\n", self._newline)
        pairs = self._root.value if isinstance(self._root, yaml.MappingNode) else []
        starts = [key.start_mark.index for key, _ in pairs if key.value in before]
        if not starts or self._root is None:
            end = "" if not self._text or self._text.endswith("\n") else self._newline
            return f"{self._text}{end}{self._newline if self._text else ''}{lines}"
        at = min(starts)
        if at and self._text[at - 1] != "\n":
            raise _CannotEdit
        above = self._text[:at].splitlines(keepends=True)
        while above and above[-1].startswith("#"):
            at -= len(above.pop())
        return f"{self._text[:at]}{lines}{self._newline}{self._text[at:]}"

    def _pairs(self, node: yaml.MappingNode) -> list[tuple[yaml.Node, yaml.Node]]:
        """The pairs that are written there, without those that a merge key brings."""
        start, end = node.start_mark.index, node.end_mark.index
        own = [pair for pair in node.value if start <= pair[0].start_mark.index <= end]
        if len(own) != len(node.value) or any(one[0].value == "<<" for one in own):
            raise _CannotEdit
        return own

    def _refuse_alias(self, key: yaml.Node, node: yaml.Node) -> None:
        start = node.start_mark.index
        if start < key.end_mark.index or self._text[start : start + 1] in {"&", "!", "*"}:
            raise _CannotEdit

    def _replaced(self, key: yaml.Node | None, node: yaml.Node, value: Any) -> str:
        """The text with another single value."""
        if key is None or not isinstance(node, yaml.ScalarNode) or isinstance(value, Mapping):
            raise _CannotEdit
        start, end = node.start_mark.index, node.end_mark.index
        space = " " if start == end and self._text[start - 1 : start] == ":" else ""
        return f"{self._text[:start]}{space}{scalar(value)}{self._text[end:]}"

    def _filled(self, key: yaml.Node | None, node: yaml.Node, added: Mapping[str, Any]) -> str:
        """The text with entries in place of null or {}."""
        start, end = node.start_mark.index, node.end_mark.index
        if key is None:  # the whole document is {} or null
            return self._text[:start] + self._lines(added, 0).rstrip() + self._text[end:]
        if self._is_in_flow(key):
            space = "" if self._text[start - 1 : start].isspace() else " "
            return f"{self._text[:start]}{space}{flow(added)}{self._text[end:]}"
        before = self._text[:start].rstrip(" ") if start != end else self._text[:start]
        self._text = before + self._text[end:]
        return self._with_lines(len(before), added, key.start_mark.column + STEP)

    def _appended(self, node: yaml.MappingNode, added: Mapping[str, Any]) -> str:
        """The text with entries after the last one of a mapping."""
        end = self._end(node.value[-1])
        if node.flow_style:
            inner = flow(added)[1:-1]
            return f"{self._text[:end]}, {inner}{self._text[end:]}"
        return self._with_lines(end, added, node.value[0][0].start_mark.column)

    def _end(self, pair: tuple[yaml.Node, yaml.Node]) -> int:
        """Where a pair ends: a block ends with the last thing in it, not with comments below."""
        key, node = pair
        if node.start_mark.index < key.end_mark.index:
            alias = _ALIAS.match(self._text, key.end_mark.index)
            if alias is None:
                raise _CannotEdit
            return alias.end()
        if isinstance(node, yaml.MappingNode) and not node.flow_style and node.value:
            written = [one for one in node.value if one[0].start_mark.index >= key.end_mark.index]
            return self._end(max(written, key=lambda one: one[0].start_mark.index))
        if isinstance(node, yaml.SequenceNode) and not node.flow_style and node.value:
            last = node.value[-1]
            if last.start_mark.index < node.start_mark.index:
                raise _CannotEdit
            return self._end((key, last))
        return int(node.end_mark.index)

    def _is_in_flow(self, key: yaml.Node) -> bool:
        """Whether a key stands in a mapping in braces."""
        return any(
            isinstance(node, yaml.MappingNode)
            and node.flow_style
            and node.start_mark.index < key.start_mark.index < node.end_mark.index
            for node in _all_nodes(self._root)
        )

    def _with_lines(self, at: int, added: Mapping[str, Any], indent: int) -> str:
        """The text with lines below the line that a position is in, or at it where one begins."""
        text, newline = self._text, self._newline
        if at and text[at - 1] != "\n":
            line_end = text.find("\n", at)
            at = len(text) if line_end < 0 else line_end + 1
        gap = newline if at and text[at - 1] != "\n" else ""
        return f"{text[:at]}{gap}{self._lines(added, indent)}{text[at:]}"

    def _lines(self, added: Mapping[str, Any], indent: int) -> str:
        return block(added, indent).replace("\n", self._newline)


def _nested(keys: Sequence[str], value: Any) -> dict[str, Any]:
    for key in reversed(keys):
        value = {key: value}
    assert isinstance(value, dict)  # there is a key
    return value


def _is_null(node: yaml.Node) -> bool:
    return node.tag == "tag:yaml.org,2002:null"


def _all_nodes(root: yaml.Node | None) -> list[yaml.Node]:
    """A node and all below it, each once."""
    nodes: dict[int, yaml.Node] = {}
    waiting = [] if root is None else [root]
    while waiting:
        node = waiting.pop()
        if id(node) in nodes:
            continue
        nodes[id(node)] = node
        if isinstance(node, yaml.MappingNode):
            waiting += [one for pair in node.value for one in pair]
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value
    return list(nodes.values())
