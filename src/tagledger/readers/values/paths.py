"""Names of columns that lead into objects and lists: `meta.tags`, `labels[].name`, `tags{}`.

A column of exactly that name comes first, so that a key with a dot in it keeps working; in JSON
each object is asked for itself. Else the name is a path: a dot goes into an object, `[]` into
each element of a list, `{}` to each key of a mapping and `{}=value` to each of its values, the
lists in it joined to one. What is missing or null on the way is null, and an empty list in place
of a list or a mapping; what is of another kind than the path says is a value that no column takes,
and its row is set aside as it would be for such a value in a plain column. A path may begin with a
text that holds a list or an object as JSON, Python or R write it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tagledger.readers.values.columns import Column, is_list, is_text, mask, plain
from tagledger.readers.values.literal_values import NO_LITERAL, NoLiteral, Unread
from tagledger.readers.values.literal_values import value as literal

_EACH, _KEYS, _VALUES = "[]", "{}", "{}=value"
_MANY = frozenset({_EACH, _KEYS, _VALUES})
_WORD = r"(?:(?!\{\})[^.\[\]])+"
_PART = rf"{_WORD}(?:\[\]|\{{\}}=value)*(?:\{{\}})?"
_PATH = re.compile(rf"{_PART}(?:\.{_PART})*")
_STEP = re.compile(rf"\[\]|\{{\}}=value|\{{\}}|{_WORD}")
_SHOWN_DEPTH = 4  # an object may be as deep as Python cannot go
# Stands where a path meets a value of another kind: no type of column takes it.
_OTHER_KIND = Unread(NO_LITERAL)


@lru_cache
def steps(name: str) -> tuple[str, ...]:
    """The keys of a path, and `[]`, `{}` or `{}=value`; none for a name that is no path.

    >>> steps("labels[].name"), steps("tags{}")
    (('labels', '[]', 'name'), ('tags', '{}'))
    >>> steps("labels")
    ()
    """
    if not any(mark in name for mark in (".", _EACH, _KEYS)) or not _PATH.fullmatch(name):
        return ()
    return tuple(_STEP.findall(name))


# ---- Records of Python values --------------------------------------------------------------


def of_records(records: list[dict[str, Any]], name: str) -> Column:
    """The column of a name, a value for each record."""
    path = steps(name)
    if not path:
        return [record.get(name) for record in records]
    return [
        record[name] if name in record else _followed(record.get(path[0]), path[1:])
        for record in records
    ]


def of_values(values: list[Any], path: tuple[str, ...]) -> Column:
    """What a path leads to from each value; the path is that of `steps` without its first key."""
    return [_followed(value, path) for value in values]


def _followed(value: Any, path: tuple[str, ...]) -> Any:
    if type(value) is str:
        try:
            value = literal(value)
        except NoLiteral as error:
            return Unread(str(error))
    return value if type(value) is Unread else _follow(path)(value, path)


@lru_cache
def _follow(path: tuple[str, ...]) -> Callable[[Any, tuple[str, ...]], Any]:
    return _each if _MANY & set(path) else _one


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
    """The list of all that a path leads to; None where its first list or mapping is null."""
    before = next(at for at, step in enumerate(path) if step in _MANY)
    first = _one(value, path[:before])
    if first is None or first is _OTHER_KIND:
        return first
    values = [first]
    for step in path[before:]:
        if step in _MANY:
            inner = [_inner(one, step) for one in values]
            if None in inner:
                return _OTHER_KIND
            values = [one for some in inner for one in some or ()]
        else:
            values = [_one(one, (step,)) for one in values]
            if any(one is _OTHER_KIND for one in values):
                return _OTHER_KIND
    return values


def _inner(value: Any, step: str) -> Iterable[Any] | None:
    """What is in a list or a mapping; None of a value of another kind."""
    if value is None or value == []:
        return ()
    if step == _EACH:
        return value if type(value) is list else None
    if type(value) is not dict:
        return None
    return value.values() if step == _VALUES else value


def holds(record: dict[str, Any], name: str) -> bool:
    """Whether a record has a column of this name; an empty list or mapping may have any."""
    if name in record:
        return True
    path = steps(name)
    values: list[Any] = [record]
    for at, step in enumerate(path):
        if at == 1 and type(values[0]) is str:
            return values[0].lstrip()[:1] in {"[", "{", "c"}  # a literal may have any as well
        if step in _MANY:
            values = [inner for one in values for inner in _inner(one, step) or ()]
            if not values:
                return True
        else:
            values = [one[step] for one in values if type(one) is dict and step in one]
            if not values:
                return False
    return bool(path)


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
    elif pa.types.is_map(kind):
        yield from (_KEYS, _VALUES)
    elif pa.types.is_struct(kind):
        for one in kind:
            yield from (f".{one.name}{name}" for name in ("", *_inner_names(one.type)))


def _leads(schema: pa.Schema, name: str) -> bool:
    """Whether a path leads to a column of the table."""
    kind: pa.DataType | None = pa.struct(schema)
    for step in steps(name):
        kind = _after(kind, step)
        if kind is None:
            return False
    return bool(steps(name))


def _after(kind: pa.DataType, step: str) -> pa.DataType | None:
    """The type of what a step leads to; None if it leads nowhere."""
    if step == _EACH:
        return kind.value_type if is_list(kind) else None
    if step in _MANY and pa.types.is_map(kind):
        return kind.key_type if step == _KEYS else kind.item_type
    if not pa.types.is_struct(kind):
        return None
    if step in _MANY:  # a mapping that became a struct: its keys are those that are not null
        of_fields = {one.type for one in kind}
        if step == _KEYS or not of_fields:
            return pa.string() if of_fields else None
        return of_fields.pop() if len(of_fields) == 1 else None
    return kind.field(step).type if kind.get_field_index(step) >= 0 else None


def of_text(schema: pa.Schema, wanted: tuple[str, ...]) -> list[str]:
    """The names that lead into a column of text, whose cells may hold literals."""
    return [
        name
        for name in wanted
        if name not in schema.names
        and steps(name)[:1]
        and schema.names.count(steps(name)[0]) == 1
        and is_text(schema.field(steps(name)[0]).type)
    ]


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
        if step not in _MANY:
            values = pc.struct_field(values, [values.type.get_field_index(step)])
            continue
        if present is None:
            present = np.asarray(values.is_valid().to_numpy(zero_copy_only=False))
        lengths, values = _flattened(values, step)
        ends = np.append(0, np.cumsum(lengths, dtype=np.int64))[ends]
    if present is None:
        return values
    gone = None if present.all() else pa.array(~present)
    return pa.LargeListArray.from_arrays(pa.array(ends, pa.int64()), values, mask=gone)


def _flattened(values: pa.Array, step: str) -> tuple[NDArray[np.int64], pa.Array]:
    """How many values are in each list or mapping, and all of them."""
    if pa.types.is_struct(values.type):
        return _of_structs(values, step)
    if pa.types.is_map(values.type):
        kind = values.type
        pair = pa.struct([pa.field("key", kind.key_type), pa.field("value", kind.item_type)])
        values = values.cast(pa.list_(pair))
    lengths = pc.fill_null(pc.list_value_length(values), 0).to_numpy()
    flat = pc.list_flatten(values)
    if step != _EACH:
        flat = pc.struct_field(flat, [0 if step == _KEYS else 1])
    return lengths, flat


def _of_structs(values: pa.Array, step: str) -> tuple[NDArray[np.int64], pa.Array]:
    """The names or the values of the fields that are not null, of each struct."""
    fields = values.flatten()
    given = np.array([mask(one.is_valid()) for one in fields]).T
    rows, at = np.nonzero(given)
    lengths = np.bincount(rows, minlength=len(values))
    if step == _KEYS:
        return lengths, pa.array([one.name for one in values.type], pa.string()).take(pa.array(at))
    whole = pa.concat_arrays(fields)
    return lengths, whole.take(pa.array(at * len(values) + rows))
