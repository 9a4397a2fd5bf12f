"""A column that `labels: {list: …}` names -> lists of text, or what it holds in place of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tagledger.errors import TagledgerError
from tagledger.readers.blocks import Block
from tagledger.readers.parsing.records import listed
from tagledger.readers.set_aside import Faults
from tagledger.readers.tagging.label_tables import Parents
from tagledger.readers.values import columns
from tagledger.readers.values.columns import Column
from tagledger.readers.values.literal_values import NO_LITERAL, Unread, cells, refuse_prose

NO_CLASS = "-1"  # as Hugging Face's datasets write that a label is not known
_NO_CLASS_NOTE = f"labels of the class {NO_CLASS} stand for no label, and are left out"
_NAMES = ("name", "label", "tag", "title", "value", "text")  # of a key that holds a tag


def lists_of(block: Block, name: str, faults: Faults, path: Path) -> Column:
    """A column of lists; texts that hold a literal are read.

    Raises
    ------
    TagledgerError
        At least half of the texts are no literals; or most lists hold objects or lists; or they
        are vectors of 0 and 1.
    """
    column = block.columns[name]
    if columns.is_text_column(column):
        spelled, _ = columns.texts(column)
        read = cells(spelled)
        if block.tells:
            refuse_prose(spelled, read, name, path)
        column = read.values
    elif isinstance(column, list) and str in set(map(type, column)):
        column = _with_literals(column)
    if isinstance(column, list):
        _add_reasons(column, faults)
    if block.tells:
        _refuse_objects(column, name, path)
    if columns.is_vector(column):
        raise TagledgerError(
            f"the lists in {name!r} hold nothing but 0 and 1, and all are of one length: each "
            "number says whether the tag at its place is given",
            where=path,
            hint=f"read it with `labels: {{vector: {name}, names: [...]}}`",
        )
    return column


def _with_literals(values: list[Any]) -> list[Any]:
    """Values with the texts among them read; a text that is no literal stays."""
    at = [position for position, value in enumerate(values) if type(value) is str]
    literals = cells(pa.array([values[position] for position in at], pa.string())).values
    read = list(values)
    for position, value in zip(at, literals, strict=True):
        read[position] = value
    return read


def _add_reasons(values: list[Any], faults: Faults) -> None:
    """Give the rows whose text is no literal the reason, where that is not the usual one."""
    unread = [value.reason if type(value) is Unread else None for value in values]
    for reason in {one for one in unread if one not in {None, NO_LITERAL}}:
        faults.add(np.array([one == reason for one in unread], np.bool_), str(reason))


def _refuse_objects(column: Column, name: str, path: Path) -> None:
    """Raise an error if most of a column's lists hold objects or lists, or it holds objects."""
    form, keys = _arrow_form(column) if not isinstance(column, list) else _python_form(column)
    if form is None:
        return
    what, advice = _FORMS[form]
    named = f" with the keys {listed(keys)}" if keys else ""
    raise TagledgerError(
        f"{what.format(name=repr(name))}{named}", where=path, hint=advice(name, keys)
    )


def _arrow_form(column: pa.Array) -> tuple[str | None, list[str]]:
    kind = columns.plain(column).type
    inner = kind.value_type if columns.is_list(kind) else None
    if inner is not None and pa.types.is_struct(inner):
        return "objects", [one.name for one in inner]
    if inner is not None and columns.is_list(inner):
        return "lists", []
    if pa.types.is_map(kind):
        return "mapping", []
    return ("mapping", [one.name for one in kind]) if pa.types.is_struct(kind) else (None, [])


def _python_form(column: list[Any]) -> tuple[str | None, list[str]]:
    given = [value for value in column if value is not None and value != []]
    firsts = [value[0] if type(value) is list else None for value in given]
    for form, candidates in (("objects", firsts), ("mapping", given)):
        dicts = [one for one in candidates if type(one) is dict]
        if dicts and 2 * len(dicts) > len(given):
            return form, list(dicts[0])
    return ("lists" if 2 * sum(type(one) is list for one in firsts) > len(given) else None), []


def _of_objects(name: str, keys: list[str]) -> str:
    key = next((one for one in _NAMES if one in keys), keys[0] if keys else "name")
    return f"name the key that holds the tag: `labels: {{list: {name}[].{key}}}`"


def _of_mapping(name: str, keys: list[str]) -> str:
    key = f", and `{{list: {name}.{keys[0]}}}` one of them" if keys else ""
    return (
        f"`labels: {{list: {name}{{}}}}` reads the keys as tags, "
        f"`{{list: {name}{{}}=value}}` their values{key}"
    )


def _of_lists(name: str, _keys: list[str]) -> str:
    return f"`labels: {{list: {name}[][]}}` reads the elements of the inner lists as tags"


_FORMS: dict[str, tuple[str, Callable[[str, list[str]], str]]] = {
    "objects": ("the lists in {name} hold objects", _of_objects),
    "mapping": ("the column {name} holds objects, not lists,", _of_mapping),
    "lists": ("the lists in {name} hold lists", _of_lists),
}


def without_no_class(parents: Parents, tags: pa.Array, block: Block) -> tuple[Parents, pa.Array]:
    """Labels without those that stand for no class, which a note says."""
    kept = columns.mask(pc.not_equal(tags, NO_CLASS))
    if kept.all():
        return parents, tags
    block.notes.append(_NO_CLASS_NOTE)
    return parents[kept], tags.filter(pa.array(kept))
