"""The difference of the labels between two dvc.lock files, in place of a difference of lines.

git runs it for `git diff v1.0.0 v1.1.0 -- dvc.lock` and `git log -p --ext-diff -- dvc.lock`. It
reads only the indexes of labels and items, so that a long log is quick.
`tagledger compare` shows the causes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tagledger import versions
from tagledger.errors import os_errors
from tagledger.history.indexing import open_index
from tagledger.history.kept_tables import table_of
from tagledger.history.label_index import LabelIndex
from tagledger.layers import Layer, unfiltered
from tagledger.versions import Repository, Version

if TYPE_CHECKING:
    from tagledger.compare.renames import Rename

LAYER: Layer = "filtered"
_ABSENT = Path("/dev/null")


@dataclass(frozen=True)
class TagChange:
    """A tag, and the items that have it in A and in B."""

    tag: str
    count_a: int
    count_b: int


@dataclass(frozen=True)
class LockDiff:
    """What changed from the data of one dvc.lock to that of another, after the filter.

    Attributes
    ----------
    a, b
        The versions; None where there is no dvc.lock.
    items_a, items_b, items_added, items_removed, relabelled, entered, dropped, layer_a, layer_b
        Numbers of items, as in `tagledger.compare.result.ItemChanges`; but items with renamed
        labels only are relabelled here, for what renames explain is looked for by `compare` alone.
    labels_a, labels_b, added, removed, came, left
        Numbers of labels, as in `tagledger.compare.result.LabelChanges`, renamed ones included.
    tags_a, tags_b
        Numbers of tags.
    tags
        All tags whose number of items changed, most changed first.
    renames
        Renames, merges and splits of tags on kept items, in the labels before the filter; none
        where those labels are missing.
    outputs
        Paths of the pipeline's outputs that differ.
    """

    a: Version | None
    b: Version | None
    items_a: int
    items_b: int
    items_added: int
    items_removed: int
    relabelled: int
    entered: int
    dropped: int
    layer_a: int
    layer_b: int
    labels_a: int
    labels_b: int
    added: int
    removed: int
    came: int
    left: int
    tags_a: int
    tags_b: int
    tags: Sequence[TagChange]
    renames: Sequence[Rename]
    outputs: Sequence[str]

    @property
    def labels_changed(self) -> bool:
        """Whether any label was gained or lost."""
        return bool(self.added or self.removed or self.came or self.left)


def diff_locks(
    path: str,
    old: Path,
    new: Path,
    names: tuple[str, str],
    *,
    repository: Repository | None = None,
) -> LockDiff:
    """The difference of two files with the text of a dvc.lock.

    Parameters
    ----------
    path
        The path of dvc.lock, from the current folder.
    old, new
        The files; /dev/null stands for none.
    names
        Names for the two, where no commit has their data.
    repository
        By default the one that `path` lies in.

    Raises
    ------
    TagledgerError
        Data is missing, or a file is no dvc.lock.
    """
    # Two commits can be compared in the middle of a merge too.
    repository = repository or Repository.find(folder_of(path), unmerged=True)
    a, b = (_version(repository, *side) for side in zip((old, new), names, strict=True))
    sides = [one for one in (a, b) if one is not None]
    index, missing = open_index(repository, sides, LAYER)
    items, missing_items = open_index(repository, sides, "items")
    for one in (*missing, *missing_items):
        raise one.problem
    clean = _Clean(items.ids, *(_items_of(items, one) for one in (a, b)))
    return _compare(index, clean, a, b, _renames(repository, clean, a, b))


def folder_of(path: str) -> Path:
    """The folder of a dvc.lock that git names from the current folder."""
    return Path(path).absolute().parent


@dataclass(frozen=True)
class _Clean:
    """The clean items: their ids, ascending, and shape (items,): which of them A and B have."""

    ids: pa.Array
    in_a: NDArray[np.bool_]
    in_b: NDArray[np.bool_]

    def has(self, ids: pa.Array) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Whether A and B have each of some ids, which are ascending."""
        if ids.equals(self.ids):
            return self.in_a, self.in_b
        index = _indexes_among(self.ids, ids)
        return np.append(self.in_a, [False])[index], np.append(self.in_b, [False])[index]


def _indexes_among(all_ids: pa.Array, ids: pa.Array) -> NDArray[np.int64]:
    """The index of each id among all ids, -1 for an unknown id; both are ascending."""
    if not len(ids):
        return np.zeros(0, np.int64)
    if pa.types.is_integer(ids.type):
        indexes: NDArray[np.int64] = np.searchsorted(all_ids.to_numpy(), ids.to_numpy())
        indexes[~np.isin(ids.to_numpy(), all_ids.to_numpy(), assume_unique=True)] = -1
        return indexes
    # Imported here: it takes as long as all the rest, and in most cases the ids are equal.
    import pyarrow.compute as pc

    positions: NDArray[np.int64] = pc.index_in(ids, value_set=all_ids).fill_null(-1).to_numpy()
    return positions


def _items_of(items: LabelIndex, version: Version | None) -> NDArray[np.bool_]:
    has = np.zeros(len(items.ids), bool)
    if version is not None:
        has[items.items_and_tags[0][items.has(table_of(version, "items") or "")]] = True
    return has


def _version(repository: Repository, file: Path, name: str) -> Version | None:
    if file == _ABSENT:
        return None
    with os_errors(file):
        return versions.version_of_lock(repository, file.read_bytes(), name)


def _renames(
    repository: Repository, clean: _Clean, a: Version | None, b: Version | None
) -> list[Rename]:
    if a is None or b is None:
        return []
    layer = unfiltered(LAYER)
    index, missing = open_index(repository, [a, b], layer)
    tables = table_of(a, layer), table_of(b, layer)
    if missing or tables[0] == tables[1]:
        return []
    # scipy takes longer to import than all the rest.
    from scipy.sparse import csr_array

    from tagledger.compare.renames import find_renames

    item, tag = index.items_and_tags
    labels_a, labels_b = (index.has(table or "") for table in tables)
    in_a, in_b = clean.has(index.ids)
    kept = in_a & in_b
    row = np.cumsum(kept) - 1

    def matrix(labels: NDArray[np.bool_]) -> csr_array:
        chosen = labels & kept[item]
        coordinates = (row[item[chosen]], tag[chosen])
        ones = np.ones(len(coordinates[0]), np.int8)
        return csr_array((ones, coordinates), shape=(int(kept.sum()), len(index.tags)))

    return find_renames(matrix(labels_a), matrix(labels_b), index.tags.to_pylist())


def _compare(
    index: LabelIndex,
    clean: _Clean,
    a: Version | None,
    b: Version | None,
    renames: Sequence[Rename],
) -> LockDiff:
    in_a, in_b = _labels_of(index, a), _labels_of(index, b)
    item, tag = index.items_and_tags
    layer_a, layer_b = _mask(item[in_a], index.ids), _mask(item[in_b], index.ids)
    clean_a, clean_b = clean.has(index.ids)
    kept_items = clean_a & clean_b
    kept = kept_items[item]
    only_a, only_b = in_a & ~in_b, in_b & ~in_a
    count_a = np.bincount(tag[in_a], minlength=len(index.tags))
    count_b = np.bincount(tag[in_b], minlength=len(index.tags))
    change = np.abs(count_b - count_a)
    order = np.argsort(-change, kind="stable")[: np.count_nonzero(change)]
    return LockDiff(
        a=a,
        b=b,
        items_a=int(clean.in_a.sum()),
        items_b=int(clean.in_b.sum()),
        items_added=int((clean.in_b & ~clean.in_a).sum()),
        items_removed=int((clean.in_a & ~clean.in_b).sum()),
        relabelled=int(_mask(item[(only_a | only_b) & kept], index.ids).sum()),
        entered=int((kept_items & layer_b & ~layer_a).sum()),
        dropped=int((kept_items & layer_a & ~layer_b).sum()),
        layer_a=int(layer_a.sum()),
        layer_b=int(layer_b.sum()),
        labels_a=int(in_a.sum()),
        labels_b=int(in_b.sum()),
        added=int((only_b & kept).sum()),
        removed=int((only_a & kept).sum()),
        came=int((only_b & ~kept).sum()),
        left=int((only_a & ~kept).sum()),
        tags_a=int(np.count_nonzero(count_a)),
        tags_b=int(np.count_nonzero(count_b)),
        tags=[
            TagChange(index.tags[int(at)].as_py(), int(count_a[at]), int(count_b[at]))
            for at in order
        ],
        renames=renames,
        outputs=_outputs(a, b),
    )


def _labels_of(index: LabelIndex, version: Version | None) -> NDArray[np.bool_]:
    table = None if version is None else table_of(version, LAYER)
    return np.zeros(len(index.keys), bool) if table is None else index.has(table)


def _mask(items: NDArray[np.int64], ids: pa.Array) -> NDArray[np.bool_]:
    mask = np.zeros(len(ids), bool)
    mask[items] = True
    return mask


def _outputs(a: Version | None, b: Version | None) -> list[str]:
    mine = {} if a is None else a.outputs
    theirs = {} if b is None else b.outputs
    both = mine.keys() | theirs.keys()
    return sorted(path for path in both if mine.get(path) != theirs.get(path))
