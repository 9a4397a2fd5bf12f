"""Columns of XML elements: their attributes and the elements within, by name or by path."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pyarrow as pa

from tagledger.readers.blocks import Wanted
from tagledger.readers.parsing.xml_elements import Element
from tagledger.readers.values import paths
from tagledger.readers.values.columns import Column

OWN_TEXT = "$text"
_EACH = "[]"
# Stands for an element that holds elements and no text: no type of column takes it.
_NO_TEXT = ()


def column(elements: list[Element], name: str, wanted: Wanted) -> Column:
    """The column of a name: a value for each element."""
    if name in wanted.several:
        return [[value for value in values(one, name) if value != ""] for one in elements]
    if name in wanted.lists or _EACH in name:
        return [values(one, name) or None for one in elements]
    single = [
        _one(values(one, name)) if one.content else one.attributes.get(name) for one in elements
    ]
    if all(value is None or type(value) is str for value in single):
        return pa.array(single, pa.string())
    return single


def _one(contents: list[Any]) -> Any:
    """The only value; a list of several is one that no column of text takes."""
    return contents[0] if len(contents) == 1 else contents or None


def values(element: Element, name: str) -> list[Any]:
    """All that a name leads to: texts, and what no column takes where there is no text."""
    named = _named(element, name)
    if named or not (path := _path(name)):
        return named
    within = [element]
    for step in path[:-1]:
        within = [child for one in within for child in one.children if child.name == step]
    return [value for one in within for value in _named(one, path[-1])]


@lru_cache
def _path(name: str) -> tuple[str, ...]:
    """The names of a path, without marks of lists: any element may be there more than once."""
    return tuple(step for step in paths.steps(name) if step != _EACH)


def _named(element: Element, name: str) -> list[Any]:
    contents: list[Any] = []
    if name in element.attributes:
        contents.append(element.attributes[name])
    if name == OWN_TEXT and (text := element.text()):
        contents.append(text)
    for one in element.content:
        if type(one) is Element and one.name == name:
            text = one.text()
            contents.append(_NO_TEXT if text is None else text)
    return contents


def record(element: Element) -> dict[str, Any]:
    """An element as a JSON object."""
    members: dict[str, Any] = dict(element.attributes)
    of_name: dict[str, list[Any]] = {}
    for child in element.children:
        bare = not child.attributes and (text := child.text()) is not None
        of_name.setdefault(child.name, []).append(text if bare else record(child))
    for name, within in of_name.items():
        if name in members:
            within.insert(0, members[name])
        members[name] = within[0] if len(within) == 1 else within
    if text := element.text():
        members[OWN_TEXT] = text
    return members
