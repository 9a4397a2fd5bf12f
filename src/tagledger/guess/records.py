"""Records of JSON, XML or YAML: where they are in a document, and their columns as paths."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tagledger.guess.table import Column

_DEPTH = 6
_KEY = re.compile(r"[^.\[\]{}=]+")
_LITERAL = re.compile(r"\s*([\[{(](?s:.*)[\])}]|c\((?s:.*)\)|character\(0\))\s*")
_R_LIST = re.compile(r"\s*(?:c\((?s:.*)\)|character\(0\))\s*")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"|\'((?:[^\'\\]|\\.)*)\'')
_SIDE_BY_SIDE = re.compile(r"^\s*\[\s*(['\"]).*?\1\s+['\"]")
_BARE = re.compile(r"\s*[\[{]([^\[\]{}:'\"]*)[\]}]\s*")
_NUMBERS = re.compile(r"[\d\s.,+-]*")
_MOST = 0.6
_FEW = 4  # records that may be no items but groups of them
_MOST_NAMES = 5000
_MOST_FEATURES = 100


def tables_of(document: Any, depth: int = 3) -> Iterator[tuple[str | None, list[dict[str, Any]]]]:
    """The lists of records in a document, each with what `records` calls it; None for itself."""
    if isinstance(document, list):
        if document and all(isinstance(one, dict) for one in document):
            yield None, document
    elif isinstance(document, dict):
        if (rows := _mapping(document)) is not None:
            yield "*", rows
        yield from _below(document, "", depth)


def _mapping(document: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The records of a mapping: each is an object with its key, or a value with its key."""
    values = list(document.values())
    if len(values) < 2 or _is_by_column(values):
        return None
    if all(isinstance(one, dict) for one in values):
        return [{"$key": k, **one} for k, one in document.items()] if _are_alike(values) else None
    inner = [x for one in values for x in (one if isinstance(one, list) else [])]
    plain = bool(inner) and not any(isinstance(x, dict | list) for x in inner)
    if all(isinstance(one, str) for one in values) or (
        plain and all(isinstance(one, list) for one in values)
    ):
        return [{"$key": key, "$value": one} for key, one in document.items()]
    return None


def _are_alike(objects: list[dict[str, Any]]) -> bool:
    """Whether objects have many of their keys in common."""
    keys = [set(one) for one in objects if one]
    shared = set.intersection(*keys) if keys else set()
    return bool(keys) and len(shared) >= len(set().union(*keys)) / 3


def _is_by_column(values: list[Any]) -> bool:
    """Whether the values of an object are columns of a table, as pandas writes them."""
    if not values or not all(isinstance(one, dict) and len(one) > 1 for one in values):
        return False
    first = list(values[0])
    return first == [str(at) for at in range(len(first))] and all(
        list(one) == first for one in values
    )


def is_by_column(document: Any) -> bool:
    """Whether a document is a table written column by column, which there is no reading for."""
    return isinstance(document, dict) and (
        _is_by_column(list(document.values())) or _is_lists_of_one_length(document)
    )


def _is_lists_of_one_length(document: dict[str, Any]) -> bool:
    values = list(document.values())
    return (
        len(values) > 1
        and all(isinstance(one, list) and len(one) > 1 for one in values)
        and not any(isinstance(item, dict) for one in values for item in one)
        and len({len(one) for one in values}) == 1
        and {"text", "id", "label", "labels", "title", "tags"} & {key.lower() for key in document}
        != set()
    )


def class_names(document: Any, depth: int = 8) -> Iterator[list[str] | dict[str, str]]:
    """The names of classes in a document: lists of text, and mappings from number to text.

    Such are a model's `id2label`, and the features of a dataset as Hugging Face describes them.
    """
    values = list(document.values() if isinstance(document, dict) else document or ())
    if 1 < len(values) <= _MOST_NAMES and all(isinstance(one, str) for one in values):
        if isinstance(document, list):
            yield document
        elif all(str(key).isdigit() for key in document):
            yield {str(key): one for key, one in document.items()}
    elif depth and len(values) <= _MOST_FEATURES:
        for one in values:
            is_feature = isinstance(one, dict) and bool({"name", "dtype", "names"} & set(one))
            if is_feature or (isinstance(document, dict) and isinstance(one, dict | list)):
                yield from class_names(one, depth - 1)


def _below(
    document: dict[str, Any], prefix: str, depth: int
) -> Iterator[tuple[str | None, list[dict[str, Any]]]]:
    for key, value in document.items():
        if not _KEY.fullmatch(key):
            continue
        if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
            yield f"{prefix}{key}[]", value
            yield from _further_in(value, f"{prefix}{key}[]")
        elif isinstance(value, dict) and depth:
            if (rows := _mapping(value)) is not None:
                yield f"{prefix}{key}.*", rows
            yield from _below(value, f"{prefix}{key}.", depth - 1)


def _further_in(
    outer: list[dict[str, Any]], path: str
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The records within a few records, such as the documents of projects."""
    if len(outer) > _FEW:
        return
    for key in dict.fromkeys(key for one in outer for key in one):
        inner = [x for one in outer if isinstance(one.get(key), list) for x in one[key]]
        objects = [x for x in inner if isinstance(x, dict) and len(x) > 1]
        if _KEY.fullmatch(key) and len(objects) == len(inner) > 2 * len(outer):
            yield f"{path}.{key}[]", objects


# ---- Columns -------------------------------------------------------------------------------


def columns_of(rows: list[dict[str, Any]]) -> list[Column]:
    """The columns of records, those within objects and lists as paths."""
    keys = dict.fromkeys(key for row in rows for key in row)
    columns: list[Column] = []
    for key in keys:
        columns += _leaves([row.get(key) for row in rows], key, _Way())
    return columns


@dataclass(frozen=True)
class _Way:
    """How far a path has led: through how many lists, how deep it may go, within a literal."""

    many: int = 0
    depth: int = _DEPTH
    literal: bool = False

    def on(self, lists: int = 0) -> _Way:
        return _Way(self.many + lists, self.depth - 1, self.literal)


def _leaves(values: list[Any], path: str, way: _Way) -> list[Column]:
    """The columns that a path leads to.

    Parameters
    ----------
    values
        For each row its value, or the list of its values where `many` lists were gone through.
    """
    many, depth, literal = way.many, way.depth, way.literal
    flat = [item for one in values for item in (one or [] if many else [one])]
    flat = [one for one in flat if one is not None and one != []]
    if flat and all(isinstance(one, dict) for one in flat) and depth:
        return _of_objects(flat, values, path, way)
    if flat and all(isinstance(one, list) for one in flat) and depth:
        within = [
            [x for inner in (one or []) for x in (inner or [])] if many else one for one in values
        ]
        return _leaves(within, f"{path}[]", way.on(1))
    if any(isinstance(one, dict | list) for one in flat):
        return []
    name = path.removesuffix("[]") if path.count("[]") == 1 and path.endswith("[]") else path
    return [Column(name, values, literal=literal)]


def _of_objects(
    flat: list[dict[str, Any]], values: list[Any], path: str, way: _Way
) -> list[Column]:
    many, literal = way.many, way.literal
    if is_mapping(flat):
        keys = [_keys(one, many) for one in values]
        given = {x for one in flat for x in one.values()}
        counted = len(given) > 1 and not any(isinstance(x, str) for x in given)
        columns = [Column(f"{path}{{}}", keys, literal=literal, counted=counted)]
        if all(isinstance(x, str) for one in flat for x in one.values()):
            inner = [_keys(one, many, of_values=True) for one in values]
            columns.append(Column(f"{path}{{}}=value", inner, literal=literal))
        return columns
    columns = []
    for key in dict.fromkeys(key for one in flat for key in one):
        if not _KEY.fullmatch(key):
            continue
        within = [_get(one, key, many) for one in values]
        columns += _leaves(within, f"{path}.{key}", way.on())
    return columns


def _get(value: Any, key: str, many: int) -> Any:
    if many:
        return [one.get(key) for one in value or [] if isinstance(one, dict)]
    return value.get(key) if isinstance(value, dict) else None


def _keys(value: Any, many: int, *, of_values: bool = False) -> list[Any]:
    objects = (value or []) if many else [value]
    return [
        x for one in objects if isinstance(one, dict) for x in (one.values() if of_values else one)
    ]


def is_mapping(objects: list[dict[str, Any]]) -> bool:
    """Whether the keys of objects are values themselves, such as tags with their counts."""
    filled = [one for one in objects if one]
    union = {key for one in filled for key in one}
    kinds = {type(x) for one in filled for x in one.values()}
    if len(filled) < 2 or (not kinds <= {int, float} and not kinds <= {str}):
        return False
    return len(union) > 1.7 * sum(map(len, filled)) / len(filled)


def with_literals(columns: list[Column]) -> list[Column]:
    """The columns with lists and objects that stand as text in place of that text."""
    parsed: list[Column] = []
    for column in columns:
        texts = column.texts
        written = [one for one in texts if _LITERAL.fullmatch(one)]
        if column.lists or not written or len(written) < _MOST * len(texts):
            parsed.append(column)
            continue
        values = [literal_of(one) for one in column.values]
        read = [one for one in values if isinstance(one, list | dict)]
        if len(read) < _MOST * len(texts):
            parsed.append(column)
            continue
        kept = [one if isinstance(one, list | dict) and one else None for one in values]
        parsed += _leaves(kept, column.name, _Way(literal=True)) or [column]
    return parsed


def literal_of(value: Any) -> Any:
    """The list or the object that a text is; None if it is none."""
    if not isinstance(value, str) or not _LITERAL.fullmatch(value):
        return None
    if _R_LIST.fullmatch(value) or _SIDE_BY_SIDE.search(value):
        return [one or other for one, other in _QUOTED.findall(value)]
    if (bare := _BARE.fullmatch(value)) and not _NUMBERS.fullmatch(bare[1]):
        return [one.strip() for one in bare[1].split(",") if one.strip()]
    try:
        return json.loads(value)
    except ValueError:
        pass
    try:
        read = ast.literal_eval(value.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return list(read) if isinstance(read, list | tuple | set) else read
