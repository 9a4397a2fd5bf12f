"""The labels of many tables in one index: a row for each label, a bit for each table that has it.

A label is an (id, tag) pair. The key of a table is the md5 of its content. So a git tag that moves
or a commit that is rebased needs no new index, and versions with the same labels share a bit.
`tagledger.history.indexing` keeps an index of each layer's versions.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tagledger.errors import TagledgerError, os_errors
from tagledger.history import array_file
from tagledger.history.kept_tables import IdKind

# An import of pandas takes longer than an answer, so functions import it when they need it.
if TYPE_CHECKING:
    import pandas as pd

FORMAT = 1
_TAG_BITS = 32
_TAG_MASK = 2**_TAG_BITS - 1


@dataclass(frozen=True)
class Difference:
    """Labels that one table has and the other lacks: id and tag (category), by id and then tag."""

    gained: pd.DataFrame
    lost: pd.DataFrame


@dataclass(frozen=True)
class LabelIndex:
    """The labels of many tables.

    Attributes
    ----------
    tables
        The md5s of the tables, in the order of their bits.
    ids
        Arrow array of int64 or large_string: the items, ascending.
    tags
        Arrow array of large_string: the tags, ascending.
    keys
        Shape (labels,), int64, ascending: the item's index times 2**32, plus the tag's.
    present
        Shape (bytes, labels), uint8: bit k % 8 of row k // 8 says whether table k has the label.
    """

    tables: tuple[str, ...] = ()
    ids: pa.Array = field(default_factory=lambda: pa.array([], pa.int64()))
    tags: pa.Array = field(default_factory=lambda: pa.array([], pa.large_string()))
    keys: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    present: NDArray[np.uint8] = field(default_factory=lambda: np.zeros((0, 0), np.uint8))

    @property
    def id_kind(self) -> IdKind:
        """Whether ids are integers or text."""
        return "integer" if pa.types.is_integer(self.ids.type) else "text"

    @cached_property
    def bits(self) -> dict[str, int]:
        """The bit of each table."""
        return {table: bit for bit, table in enumerate(self.tables)}

    def has(self, table: str) -> NDArray[np.bool_]:
        """Shape (labels,): whether a table has each label."""
        bit = self.bits[table]
        having: NDArray[np.bool_] = (self.present[bit // 8] & np.uint8(1 << bit % 8)) != 0
        return having

    @cached_property
    def items_and_tags(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Shape (labels,) each: the index of each label's item and of its tag."""
        return self.keys >> _TAG_BITS, self.keys & _TAG_MASK

    def difference(self, a: str, b: str) -> Difference:
        """The labels that table `b` has and `a` lacks, and the reverse."""
        in_a, in_b = self.has(a), self.has(b)
        changed = np.flatnonzero(in_a != in_b)
        gained = in_b[changed]
        return Difference(gained=self._labels(changed[gained]), lost=self._labels(changed[~gained]))

    def _labels(self, chosen: NDArray[np.int64]) -> pd.DataFrame:
        from tagledger import tables

        keys = self.keys[chosen]
        ids = self.ids.take(pa.array(keys >> _TAG_BITS)).to_pandas()
        return tables.label_frame(ids, keys & _TAG_MASK, self._tag_names)

    @cached_property
    def _tag_names(self) -> pd.Index:
        import pandas as pd

        names: pd.Index = pd.Index(self.tags.to_pandas(), dtype="str")
        return names

    def exchanges(self, a: str, b: str) -> dict[str, int]:
        """Number of items that lost a tag and gained another from table `a` to table `b`, by tag.

        Or of items that gained it and lost another, if these are more. Items that are in one of
        the tables only are none of either; tags without such items are left out.
        """
        in_a, in_b = self.has(a), self.has(b)
        changed = np.flatnonzero(in_a != in_b)
        gained = in_b[changed]
        items, tags = self.keys[changed] >> _TAG_BITS, self.keys[changed] & _TAG_MASK

        def both(its: NDArray[np.bool_]) -> NDArray[np.int64]:
            return self._count(tags[its][np.isin(items[its], items[~its])])

        return self._by_tag(np.maximum(both(gained), both(~gained)))

    def tables_of(self, item: int | str) -> dict[str, set[str]]:
        """Each label that an item has or had, and the tables that have it."""
        row = _find(self.ids, item)
        if row is None:
            return {}
        start, end = np.searchsorted(self.keys, [row << _TAG_BITS, (row + 1) << _TAG_BITS])
        by_tag: dict[str, set[str]] = {}
        for at in range(start, end):
            having = {
                table
                for bit, table in enumerate(self.tables)
                if self.present[bit // 8, at] >> (bit % 8) & 1
            }
            if having:
                by_tag[self.tags[int(self.keys[at]) & _TAG_MASK].as_py()] = having
        return by_tag

    def counts(self, table: str) -> dict[str, int]:
        """Number of items with a tag in a table, by tag; tags without items are left out."""
        return self._by_tag(self._count(self.keys[self.has(table)] & _TAG_MASK))

    def _count(self, tags: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.bincount(tags, minlength=len(self.tags))

    def _by_tag(self, counts: NDArray[np.int64]) -> dict[str, int]:
        return {self.tags[int(at)].as_py(): int(counts[at]) for at in np.flatnonzero(counts)}

    def extended(self, added: Mapping[str, pd.DataFrame]) -> LabelIndex:
        """The index with more tables.

        Parameters
        ----------
        added
            Columns id and tag, each pair once, by the md5 of the table; the ids are of
            the index's kind, unless it is empty.
        """
        import pandas as pd

        added = {table: df for table, df in added.items() if table not in self.bits}
        if not added:
            return self
        ids: pd.Index = pd.Index(self.ids.to_pandas()) if self.tables else pd.Index([])
        tags = set(self._tag_names)
        for labels in added.values():
            new_ids = pd.Index(labels["id"].unique())
            ids = new_ids if not len(ids) else ids.append(new_ids[~new_ids.isin(ids)])
            tags |= set(labels["tag"].astype("str").unique())
        ids, names = ids.sort_values(), pd.Index(sorted(tags), dtype="str")

        def key(item: pd.Index | pd.Series, tag: NDArray[Any]) -> NDArray[np.int64]:
            rows: NDArray[np.int64] = ids.get_indexer(pd.Index(item)).astype(np.int64)
            keys: NDArray[np.int64] = rows << _TAG_BITS | tag
            return keys

        pieces = []
        if len(self.keys):
            item = ids.get_indexer(pd.Index(self.ids.to_pandas()))
            tag = names.get_indexer(self._tag_names)
            code = self.keys & _TAG_MASK
            pieces.append(item[self.keys >> _TAG_BITS] << _TAG_BITS | tag[code])
        for labels in added.values():
            category = labels["tag"].astype("category").cat
            codes = names.get_indexer(category.categories.astype("str"))[category.codes]
            pieces.append(np.sort(key(labels["id"], codes)))
        keys = np.sort(np.concatenate(pieces))
        keys = keys[np.diff(keys, prepend=-1) > 0]  # np.unique hashes, in ten times the time
        order = (*self.tables, *added)
        present = np.zeros((-(-len(order) // 8), len(keys)), np.uint8)
        if len(self.keys):
            present[: len(self.present), np.searchsorted(keys, pieces.pop(0))] = self.present
        for bit, piece in enumerate(pieces, start=len(self.tables)):
            present[bit // 8, np.searchsorted(keys, piece)] |= np.uint8(1 << bit % 8)
        return LabelIndex(order, _as_arrow(ids), _as_arrow(names), keys, present)

    def only(self, kept: Collection[str]) -> LabelIndex:
        """The index with only some of its tables."""
        chosen = [table for table in self.tables if table in kept]
        present = np.zeros((-(-len(chosen) // 8), len(self.keys)), np.uint8)
        for bit, table in enumerate(chosen):
            present[bit // 8] |= self.has(table).astype(np.uint8) << np.uint8(bit % 8)
        stays = present.any(axis=0)
        return LabelIndex(tuple(chosen), self.ids, self.tags, self.keys[stays], present[:, stays])


def _find(values: pa.Array, wanted: int | str) -> int | None:
    index = bisect_left(range(len(values)), wanted, key=lambda at: values[at].as_py())
    return index if index < len(values) and values[index].as_py() == wanted else None


def _as_arrow(values: pd.Index) -> pa.Array:
    import pandas as pd

    kind = pa.large_string() if isinstance(values.dtype, pd.StringDtype) else pa.int64()
    array = pa.array(values, type=kind)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def write_index(index: LabelIndex, path: Path) -> None:
    """Write an index, whole or not at all."""
    parts: dict[str, NDArray[Any]] = {"keys": index.keys, "present": index.present}
    for name, values in (("ids", index.ids), ("tags", index.tags)):
        if pa.types.is_integer(values.type):
            parts[name] = values.to_numpy()
        else:
            whole = pa.concat_arrays([values])
            _, offsets, text = whole.buffers()
            parts[f"{name}.offsets"] = np.frombuffer(offsets, np.int64, len(whole) + 1)
            parts[f"{name}.text"] = np.frombuffer(text or b"", np.uint8)
    array_file.write(path, {"format": FORMAT, "tables": index.tables}, parts)


def read_index(path: Path) -> LabelIndex:
    """Map an index; an empty index if there is none or it cannot be used.

    Raises
    ------
    TagledgerError
        It cannot be read, or is not a file.
    """
    if path.is_dir():
        raise TagledgerError(
            "cannot read the index: there is a folder at its path",
            where=path,
            hint=f"`rm -r {path}`; the next command makes a new index",
        )
    with os_errors(path):
        try:
            about, parts = array_file.read(path)
        except (FileNotFoundError, NotADirectoryError, array_file.DamagedError):
            return LabelIndex()
    if about.get("format") != FORMAT:
        return LabelIndex()
    try:
        index = LabelIndex(
            tuple(about["tables"]),
            _values(parts, "ids"),
            _values(parts, "tags"),
            parts["keys"],
            parts["present"],
        )
    except (KeyError, TypeError, ValueError, pa.ArrowException):
        return LabelIndex()
    return index if _fits(index) else LabelIndex()


def _values(parts: Mapping[str, NDArray[Any]], name: str) -> pa.Array:
    """The ids or the tags; ValueError if the file has something else under their name."""
    if name in parts:
        whole = _as_column(parts[name], np.int64)
        return pa.Array.from_buffers(pa.int64(), len(whole), [None, pa.py_buffer(whole)])
    offsets = _as_column(parts[f"{name}.offsets"], np.int64)
    text = _as_column(parts[f"{name}.text"], np.uint8)
    # Arrow believes offsets, wherever they lead.
    if not len(offsets) or offsets[0] < 0 or offsets[-1] > len(text) or _falls(offsets):
        raise ValueError(f"offsets of {name} that are none")
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(text)]
    values = pa.Array.from_buffers(pa.large_string(), len(offsets) - 1, buffers)
    values.validate(full=True)
    return values


def _as_column(values: NDArray[Any], dtype: type[np.generic]) -> NDArray[Any]:
    if values.dtype != dtype or values.ndim != 1:
        raise ValueError(f"not a column of {dtype}: {values.dtype}, {values.shape}")
    return values


def _falls(values: NDArray[Any]) -> bool:
    return bool((values[1:] < values[:-1]).any())


def _fits(index: LabelIndex) -> bool:
    """Whether the parts of an index fit each other, so that reading it raises no error."""
    keys, present = index.keys, index.present
    rows = -(-len(index.tables) // 8)
    if keys.dtype != np.int64 or keys.ndim != 1 or _falls(keys):
        return False
    if present.dtype != np.uint8 or present.shape != (rows, len(keys)):
        return False
    if not all(isinstance(table, str) for table in index.tables):
        return False
    if not pa.types.is_large_string(index.tags.type) or not len(keys):
        return not len(keys)
    items, tags = index.items_and_tags
    return bool(items[0] >= 0 and items[-1] < len(index.ids) and tags.max() < len(index.tags))
