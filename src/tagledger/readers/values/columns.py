"""Columns as a source has them -> columns of one type, and where they cannot be read.

A column is an Arrow array (Parquet, CSV) or a list of Python values (JSON, JSON Lines). Every
function is vectorised over Arrow arrays; over Python values it is too as long as all have the
type that is wanted, and looks at each of them only when they have not.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from types import NoneType
from typing import Any, Literal, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

# An Arrow array or a list of Python values; mypy knows nothing of Arrow's types.
Column: TypeAlias = Any
Mask = NDArray[np.bool_]
IdType = Literal["integer", "string"]
# Why a row is set aside.
NO_ID_TYPE = "id is not an integer or a string"
ROUNDED = "id is a number that a program for tables has rounded"

_SHORTEST_VECTOR = 3  # numbers
_INT64 = range(-(2**63), 2**63)
# The largest and the smallest int64, of 19 digits: as text of equal length they order as numbers.
_LARGEST, _SMALLEST = str(_INT64[-1]), str(_INT64[0])


@dataclass(frozen=True)
class Ids:
    """Ids of either type; at each position at most one of them is not null.

    Attributes
    ----------
    integers
        int64.
    texts
        string, none of them blank.
    missing
        Where there is no id: null, NaN or blank text.
    wrong
        Where there is a value that is not an id of the type asked for.
    """

    integers: pa.Array
    texts: pa.Array
    missing: Mask
    wrong: Mask

    def shown(self, at: NDArray[np.int64]) -> list[str | None]:
        """The ids at some positions as text; None where there is none."""
        some = pa.array(at)
        as_text = pc.coalesce(
            self.texts.take(some), self.integers.take(some).cast(pa.string())
        ).to_pylist()
        shown: list[str | None] = as_text
        return shown


def type_of_ids(ids_of_items: pa.ChunkedArray) -> IdType:
    """What the ids of `Raw` are."""
    return "integer" if pa.types.is_int64(ids_of_items.type) else "string"


def mask(values: pa.Array) -> Mask:
    """A boolean Arrow array as numpy's, null as False."""
    return np.asarray(pc.fill_null(values, False).to_numpy(zero_copy_only=False), dtype=np.bool_)  # noqa: FBT003 - the value that null becomes


def is_text(kind: pa.DataType) -> bool:
    """Whether an Arrow type holds text."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def is_text_column(column: Column) -> bool:
    """Whether a column is an Arrow array of text; a list of Python values may hold anything."""
    return not isinstance(column, list) and is_text(column.type)


def plain(column: pa.Array) -> pa.Array:
    """An Arrow array without its extension type or dictionary."""
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return column


def _present(column: pa.Array) -> Mask:
    """Where an Arrow array holds a value: neither null nor NaN."""
    return ~mask(pc.is_null(column, nan_is_null=pa.types.is_floating(column.type)))


def _typed(values: list[Any], wanted: type, kind: pa.DataType) -> tuple[pa.Array, Mask]:
    """The values of one Python type as Arrow, and where there were others that are not None."""
    if set(map(type, values)) <= {wanted, NoneType}:
        return pa.array(values, kind), np.zeros(len(values), np.bool_)
    fits = [type(value) is wanted for value in values]
    wanted_only = [value if fit else None for value, fit in zip(values, fits, strict=True)]
    array = pa.array(wanted_only, kind)
    others = [not fit and value is not None for value, fit in zip(values, fits, strict=True)]
    return array, np.array(others, dtype=np.bool_)


def _nulls(length: int, kind: pa.DataType) -> pa.Array:
    return pa.nulls(length, kind)


def texts(column: Column) -> tuple[pa.Array, Mask]:
    """A column of text.

    Returns
    -------
    texts
        string; null where there is none, or NaN.
    wrong
        Where the column has a value that is not text.
    """
    if isinstance(column, list):
        return _typed(column, str, pa.string())
    column = plain(column)
    if is_text(column.type):
        return column.cast(pa.string()), np.zeros(len(column), np.bool_)
    return _nulls(len(column), pa.string()), _present(column)


def shown(column: Column, at: NDArray[np.int64]) -> list[str]:
    """Some values of a column as text; none of one with dates, of which Python has no far ones."""
    if isinstance(column, list):
        return [str(column[one]) for one in at]
    if pa.types.is_temporal(column.type):
        return []
    return [str(one) for one in column.take(pa.array(at)).to_pylist()]


def blank(values: pa.Array) -> Mask:
    """Where a string array is null, empty or white space alone."""
    return ~mask(pc.not_equal(pc.utf8_trim_whitespace(values), ""))


def integers_in(values: pa.Array) -> pa.Array:
    """The int64 that each text spells, or null.

    Only the spelling that the number itself has counts, so that no two texts become one number:
    not "007", "+7", "-0" or "7.0".
    """
    short = pc.match_substring_regex(values, r"^(0|-?[1-9][0-9]{0,17})$")
    long = pc.match_substring_regex(values, r"^-?[1-9][0-9]{18}$")
    negative = pc.starts_with(values, "-")
    within = pc.if_else(negative, pc.less_equal(values, _SMALLEST), pc.less_equal(values, _LARGEST))
    fits = pc.or_(short, pc.and_(long, within))
    return pc.if_else(fits, values, pa.scalar(None, pa.string())).cast(pa.int64())


def ids(column: Column, id_type: IdType | None = None) -> Ids:
    """A column of ids.

    Parameters
    ----------
    column
        Integers, text or both; from Parquet also decimals without a fraction, and UUIDs (16 bytes),
        which become their text in lower case. A float is no id, even 3.0: it may have been rounded.
    id_type
        "string" spells integers as text; "integer" takes text that spells an integer for one, and
        calls other text wrong; None leaves both as they are.
    """
    if isinstance(column, list):
        kinds = set(map(type, column))
        if int in kinds:
            whole = [v if type(v) is int and v in _INT64 else None for v in column]
            integers = pa.array(whole, pa.int64())
        else:
            integers = _nulls(len(column), pa.int64())
        spelled = _nulls(len(column), pa.string())
        if str in kinds:
            spelled, _ = _typed(column, str, pa.string())
        missing = np.zeros(len(column), np.bool_)
        if NoneType in kinds:
            missing |= np.array([value is None for value in column], np.bool_)
    else:
        column = plain(column)
        integers = _nulls(len(column), pa.int64())
        if pa.types.is_integer(column.type):
            if pa.types.is_uint64(column.type):
                within = pc.less_equal(column, pa.scalar(_INT64[-1], pa.uint64()))
                integers = pc.if_else(within, column, pa.scalar(None, pa.uint64())).cast(pa.int64())
            else:
                integers = column.cast(pa.int64())
        spelled, _ = texts(_without_uuids(column))
        if pa.types.is_decimal(column.type):
            spelled = _whole_decimals(column)
            integers = integers_in(spelled)
            spelled = pc.if_else(pc.is_valid(integers), pa.scalar(None, pa.string()), spelled)
        missing = ~_present(column)
    is_blank = blank(spelled) & mask(spelled.is_valid())
    if is_blank.any():
        spelled = pc.if_else(is_blank, pa.scalar(None, pa.string()), spelled)
        missing |= is_blank
    read = Ids(integers, spelled, missing, _neither(integers, spelled) & ~missing)
    return read if id_type is None else _of_type(read, id_type)


def rounded(read: Ids) -> Mask:
    """Where an id is written as such programs write long numbers: 1.23E+15."""
    return mask(pc.match_substring_regex(read.texts, r"^-?[1-9][.,][0-9]+E\+[0-9]{2,3}$"))


def _without_uuids(column: pa.Array) -> pa.Array:
    """A column of UUIDs as their text; any other column as it is."""
    if column.type != pa.binary(16):
        return column
    present = column.is_valid()
    raw = b"".join(column.drop_null().to_pylist())
    digits = np.frombuffer(raw.hex().encode(), np.uint8).reshape(-1, 32)
    text = np.insert(digits, [8, 12, 16, 20], ord("-"), axis=1)
    ends = np.cumsum(np.asarray(present.cast(pa.int32()))) * text.shape[1]
    offsets = pa.array(np.concatenate([[0], ends]), pa.int64())
    spelled = pa.LargeStringArray.from_buffers(
        len(column), offsets.buffers()[1], pa.py_buffer(text.tobytes())
    )
    return pc.if_else(present, spelled, pa.scalar(None, pa.large_string()))


def _whole_decimals(column: pa.Array) -> pa.Array:
    """The digits of each decimal that is a whole number; null for another."""
    wide = column.cast(pa.decimal256(76, column.type.scale))  # the narrow ones cannot be cut off
    whole = pc.equal(pc.trunc(wide), wide)
    kept = pc.if_else(whole, wide, pa.scalar(None, wide.type))
    return kept.cast(pa.decimal256(max(76 - wide.type.scale, 1), 0)).cast(pa.string())


def _of_type(read: Ids, id_type: IdType) -> Ids:
    """Turn ids of both types into ids of one."""
    length = len(read.missing)
    integers, spelled = read.integers, read.texts
    if id_type == "string":
        spelled = pc.coalesce(spelled, integers.cast(pa.string()))
        return Ids(_nulls(length, pa.int64()), spelled, read.missing, read.wrong)
    integers = pc.coalesce(integers, integers_in(spelled))
    # Text that is not an integer stays, for the report of the rows that are left out.
    spelled = pc.if_else(pc.is_valid(integers), pa.scalar(None, pa.string()), spelled)
    return Ids(integers, spelled, read.missing, ~mask(integers.is_valid()) & ~read.missing)


def _neither(integers: pa.Array, spelled: pa.Array) -> Mask:
    return mask(pc.and_(integers.is_null(), spelled.is_null()))


def lists(column: Column) -> tuple[NDArray[np.int64], pa.Array, Mask]:
    """A column of lists of text; in a list of integers, they are codes, and become their digits.

    Returns
    -------
    parents
        int64, ascending: for each element its position in the column.
    elements
        string, of the same length.
    wrong
        Where the column has a value that is not a list, or a list with an element that is not
        text; such lists have no elements in the result.
    """
    if isinstance(column, list):
        wrong = np.zeros(len(column), np.bool_)
        if not set(map(type, column)) <= {list, NoneType}:
            wrong[:] = [not isinstance(value, list | NoneType) for value in column]
        spelled = _codes_spelled([value if type(value) is list else () for value in column])
        parents = np.repeat(np.arange(len(spelled)), np.fromiter(map(len, spelled), np.int64))
        elements, others = _typed(list(chain.from_iterable(spelled)), str, pa.string())
    else:
        column = plain(column)
        if not is_list(column.type):
            return np.zeros(0, np.int64), _nulls(0, pa.string()), _present(column)
        wrong = np.zeros(len(column), np.bool_)
        parents = pc.list_parent_indices(column).to_numpy().astype(np.int64)
        flat = plain(pc.list_flatten(column))
        elements, others = texts(flat.cast(pa.string()) if pa.types.is_integer(flat.type) else flat)
    others = others | ~mask(elements.is_valid())
    if others.any():
        wrong[parents[others]] = True
        kept = ~wrong[parents]
        parents, elements = parents[kept], elements.filter(pa.array(kept))
    return parents, elements, wrong


def _codes_spelled(values: list[Any]) -> list[Any]:
    """Lists with the integers of those that hold nothing else as text."""
    if int not in set(map(type, chain.from_iterable(values))):
        return values
    return [list(map(str, one)) if set(map(type, one)) == {int} else one for one in values]


def is_vector(column: Column) -> bool:
    """Whether the lists of a column are all of one length, 3 or more, and of 0 and 1 alone.

    No list of codes is: one of them would be in it twice.
    """
    if isinstance(column, list):
        given = [value for value in column if value is not None]
        if {list} != set(map(type, given)) or len(set(map(len, given))) > 1:
            return False
        return len(given[0]) >= _SHORTEST_VECTOR and all(
            type(one) is int and one in {0, 1} for value in given for one in value
        )
    column = plain(column)
    if not is_list(column.type) or not pa.types.is_integer(column.type.value_type):
        return False
    lengths, flat = pc.list_value_length(column).drop_null(), pc.list_flatten(column)
    return bool(
        len(lengths)
        and len(pc.unique(lengths)) == 1
        and lengths[0].as_py() >= _SHORTEST_VECTOR
        and set(pc.unique(flat).to_pylist()) <= {0, 1}
    )


def is_list(kind: pa.DataType) -> bool:
    """Whether an Arrow type holds lists."""
    return bool(
        pa.types.is_list(kind)
        or pa.types.is_large_list(kind)
        or pa.types.is_fixed_size_list(kind)
        or pa.types.is_list_view(kind)
        or pa.types.is_large_list_view(kind)
    )


def single(column: Column) -> tuple[NDArray[np.int64], pa.Array, Mask]:
    """A column with at most one text a row, in the form that `lists` returns."""
    spelled, wrong = texts(column)
    present = mask(spelled.is_valid())
    return np.flatnonzero(present), spelled.filter(pa.array(present)), wrong


def codes(column: Column) -> Column:
    """A column with its whole numbers as text, also those in lists; other values stay."""
    if isinstance(column, list):
        if set(map(type, column)) <= {str, NoneType}:
            return column
        return [
            [_code(one) for one in value] if type(value) is list else _code(value)
            for value in column
        ]
    column = plain(column)
    if is_list(column.type) and _is_number(column.type.value_type):
        column = column.cast(pa.large_list(column.type.value_type))
        nothing = pc.is_null(column) if column.null_count else None
        values = _whole_as_text(column.values)
        return pa.LargeListArray.from_arrays(column.offsets, values, mask=nothing)
    return _whole_as_text(column) if _is_number(column.type) else column


def _whole_as_text(column: pa.Array) -> pa.Array:
    """Numbers as text; as they are if one of them is not whole."""
    if pa.types.is_integer(column.type):
        return column.cast(pa.string())
    nothing = pc.is_null(column, nan_is_null=True)
    whole = pc.and_(pc.equal(pc.trunc(column), column), pc.less(pc.abs(column), 2.0**53))
    if not (mask(nothing) | mask(whole)).all():
        return column
    given = pc.if_else(nothing, pa.scalar(None, column.type), column)
    return given.cast(pa.int64()).cast(pa.string())


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _code(value: Any) -> Any:
    if type(value) is float and value.is_integer():
        value = int(value)
    return str(value) if type(value) is int else value


def delimited(column: Column, separator: str) -> tuple[NDArray[np.int64], pa.Array, Mask]:
    """A column of texts joined by `separator`, in the form that `lists` returns."""
    spelled, wrong = texts(column)
    parents, elements, _ = lists(pc.split_pattern(spelled, separator))
    return parents, elements, wrong


def encode(words: list[pa.Array]) -> tuple[pa.Array, Mask]:
    """Dictionary-encode string arrays that follow one another.

    Parameters
    ----------
    words
        Dictionary arrays of strings, as `pc.dictionary_encode` makes them; no nulls.

    Returns
    -------
    encoded
        dictionary<int32, string>, without the blank words; its dictionary is sorted and all in
        use, so that it does not depend on the order of the words.
    kept
        Where a word was not blank.
    """
    kind = pa.dictionary(pa.int32(), pa.string())
    chunks = pa.chunked_array(words, type=kind).unify_dictionaries().chunks
    if not chunks:
        return pa.array([], kind), np.zeros(0, np.bool_)
    dictionary = chunks[0].dictionary
    codes = np.concatenate([chunk.indices.to_numpy() for chunk in chunks])
    kept = ~blank(dictionary)[codes] if len(dictionary) else np.zeros(0, np.bool_)
    codes = codes[kept]
    used = np.zeros(len(dictionary), np.bool_)
    used[codes] = True
    order = pc.array_sort_indices(dictionary).to_numpy()
    order = order[used[order]]
    rank = np.full(len(dictionary), -1, np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    encoded = pa.DictionaryArray.from_arrays(
        pa.array(rank[codes]), dictionary.take(pa.array(order))
    )
    return encoded, kept
