"""Names of columns that lead into objects and lists: `meta.tags`, `labels[].name`.

A column of exactly that name comes first, so that a key with a dot in it keeps working; in JSON
each object is asked for itself. Else the name is a path: a dot goes into an object, and `[]` into
each element of a list, the lists in it joined to one. What is missing or null on the way is null,
and an empty list in place of a list; what is of another kind than the path says is a value that no
column takes, and its row is set aside as it would be for such a value in a plain column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tagledger.readers.columns import Column, is_list, plain

_EACH = "[]"
_PATH = re.compile(r"[^.\[\]]+(\[\])*(\.[^.\[\]]+(\[\])*)*")
_STEP = re.compile(r"\[\]|[^.\[\]]+")
_SHOWN_DEPTH = 4  # an object may be as deep as Python cannot go
# Stands where a path meets a value of another kind: no type of column takes it.
_OTHER_KIND = object()


@lru_cache
def steps(name: str) -> tuple[str, ...]:
    """The keys of a path, and `[]` for each element; none for a name that is no path.

    >>> steps("labels[].name")
    ('labels', '[]', 'name')
    >>> steps("labels")
    ()
    """
    if ("." not in name and _EACH not in name) or not _PATH.fullmatch(name):
        return ()
    return tuple(_STEP.findall(name))


# ---- Records of Python values --------------------------------------------------------------


def of_records(records: list[dict[str, Any]], name: str) -> Column:
    """The column of a name, a value for each record."""
    path = steps(name)
    if not path:
        return [record.get(name) for record in records]
    follow = _each if _EACH in path else _one
    return [record[name] if name in record else follow(record, path) for record in records]


def _one(value: Any, path: tuple[str, ...]) -> Any:
    """What a path of keys alone leads to."""
    for key in path:
        if value is None:
            return None
        if type(value) is not dict:
            return _OTHER_KIND
        value = value.get(key)
    return value


def _each(value: Any, path: tuple[str, ...]) -> Any:
    """The list of all that a path leads to; None where its first list is null."""
    before = path.index(_EACH)
    first = _one(value, path[:before])
    if first is None or first is _OTHER_KIND:
        return first
    found = [first]
    for step in path[before:]:
        if step != _EACH:
            found = [_one(one, (step,)) for one in found]
            if any(one is _OTHER_KIND for one in found):
                return _OTHER_KIND
        elif all(type(one) is list or one is None for one in found):
            found = [inner for one in found for inner in one or ()]
        else:
            return _OTHER_KIND
    return found


def holds(record: dict[str, Any], name: str) -> bool:
    """Whether a record has a column of this name; an empty list may have any."""
    if name in record:
        return True
    path = steps(name)
    values: list[Any] = [record]
    for step in path:
        if step == _EACH:
            values = [inner for one in values if type(one) is list for inner in one]
            if not values:
                return True
        else:
            values = [one[step] for one in values if type(one) is dict and step in one]
    return bool(path and values)


def names_in(record: dict[str, Any], depth: int = _SHOWN_DEPTH) -> Iterator[str]:
    """The names of a record's columns, also of those in objects and lists of objects."""
    for key, value in record.items():
        yield key
        prefix, inner = f"{key}.", value
        if type(value) is list and value:
            prefix, inner = f"{key}{_EACH}.", value[0]
        if type(inner) is dict and depth:
            yield from (f"{prefix}{name}" for name in names_in(inner, depth - 1))


# ---- Arrow's structs and lists -------------------------------------------------------------


def names_of(schema: pa.Schema, wanted: tuple[str, ...]) -> list[str]:
    """The names of a table's columns, and all that lead into them; none of the latter twice."""
    nested = [name for name in wanted if _leads(schema, name)]
    nested += [f"{one.name}{name}" for one in schema for name in _inner_names(one.type)]
    return [*schema.names, *(name for name in dict.fromkeys(nested) if name not in schema.names)]


def _inner_names(kind: pa.DataType) -> Iterator[str]:
    """What may follow a column's name."""
    if is_list(kind) and pa.types.is_struct(kind.value_type):
        yield from (f"{_EACH}{name}" for name in _inner_names(kind.value_type))
    elif pa.types.is_struct(kind):
        for one in kind:
            yield from (f".{one.name}{name}" for name in ("", *_inner_names(one.type)))


def _leads(schema: pa.Schema, name: str) -> bool:
    """Whether a path leads to a column of the table."""
    kind: pa.DataType = pa.struct(schema)
    for step in steps(name):
        if step == _EACH:
            if not is_list(kind):
                return False
            kind = kind.value_type
        else:
            if not pa.types.is_struct(kind) or kind.get_field_index(step) < 0:
                return False
            kind = kind.field(step).type
    return bool(steps(name))


def root(schema: pa.Schema, name: str) -> str:
    """The column of the table that a name is of, or leads into."""
    return name if name in schema.names else steps(name)[0]


def of_batch(batch: pa.RecordBatch, name: str) -> pa.Array:
    """The column of a name that `names_of` has."""
    if name in batch.schema.names:
        return batch.column(name)
    first, *path = steps(name)
    values = batch.column(first)
    present: NDArray[np.bool_] | None = None  # whether a row's list is not null
    ends = np.arange(len(batch) + 1)  # where each row's values end
    for step in path:
        values = plain(values)
        if step != _EACH:
            values = pc.struct_field(values, [values.type.get_field_index(step)])
            continue
        if present is None:
            present = np.asarray(values.is_valid().to_numpy(zero_copy_only=False))
        lengths = pc.fill_null(pc.list_value_length(values), 0).to_numpy()
        ends = np.append(0, np.cumsum(lengths, dtype=np.int64))[ends]
        values = pc.list_flatten(values)
    if present is None:
        return values
    mask = None if present.all() else pa.array(~present)
    return pa.LargeListArray.from_arrays(pa.array(ends, pa.int64()), values, mask=mask)
