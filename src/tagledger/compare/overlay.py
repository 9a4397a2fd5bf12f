"""Which labels renames explain: laid over the causes that the walk found.

A rename is one change, however many labels it touches. So a label that a kept item lost, and whose
successor the same item gained, is `renamed`, and so is the successor's label; both are decided from
the labels before the filter, and each label keeps one cause. Swapping A and B swaps lost and
gained, and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tagledger.compare.aligned import Aligned
from tagledger.compare.cause_table import CAUSES
from tagledger.compare.renames import Rename

_NAMES = list(CAUSES)
RENAMED = _NAMES.index("renamed")
HIDES = {
    "excluded": "taxonomy_or_list",
    "not_in_taxonomy": "taxonomy_or_list",
    "below_threshold": "threshold",
}

_Marks = NDArray[np.bool_]
_Indexes = NDArray[np.int64]


class Explained(NamedTuple):
    """Shape (labels,): positions in a layer's `edit.data`, and codes of causes, as in `CAUSES`."""

    positions: _Indexes
    codes: NDArray[np.int8]


def overlay(
    both: Aligned,
    clean: Aligned,
    renames: Sequence[Rename],
    decisions_a: pd.DataFrame,
    decisions_b: pd.DataFrame,
) -> Explained:
    """The labels whose cause a rename decides.

    Parameters
    ----------
    both
        The labels of the layer.
    clean
        The labels before the filter, over the same items; in the other layers `both` itself.
    renames
        Renames in `clean`, on the kept items.
    decisions_a, decisions_b
        Columns tag and decision of the filter.

    Returns
    -------
    Explained

    Notes
    -----
    A lost label of one of a rename's old tags is `renamed` if its item gained one of the new tags,
    and the layer shows both changes. If the filter hides all new tags that the item gained, the
    label would have been there under its new name, so the cause is the filter's decision. A gained
    label of a new tag is treated alike, with the decisions of A. An item that had the new tag
    already has lost a label, for the cause that the walk found.
    """
    if not renames:
        return Explained(np.zeros(0, np.int64), np.zeros(0, np.int8))
    old, new = _groups(clean.tags, renames)
    row, tag, is_gain = _coordinates(clean)
    group = np.where(is_gain, new[tag], old[tag])
    chosen = np.flatnonzero(clean.kept[row] & (group >= 0))
    row, tag, group, is_gain = row[chosen], tag[chosen], group[chosen], is_gain[chosen]
    position = chosen if both is clean else _positions(both, clean.tags, row, tag, is_gain)
    # One key for each rename on each item.
    keys, key = np.unique(row * len(renames) + group, return_inverse=True)
    visible = position >= 0
    has = [_any(key[visible & (is_gain == side)], len(keys)) for side in (False, True)]
    codes = np.full(len(key), -1, np.int8)
    codes[visible & (has[0] & has[1])[key]] = RENAMED

    for side, decisions in ((True, decisions_b), (False, decisions_a)):
        hidden = ~visible & (is_gain == side)
        code = _hiding(clean.tags, decisions)[tag[hidden]]
        first = np.full(len(keys), len(CAUSES), np.int8)
        np.minimum.at(first, key[hidden], code)
        decided = visible & (is_gain != side) & (codes < 0) & (first[key] < len(CAUSES))
        codes[decided] = first[key[decided]]
    decided = codes >= 0
    return Explained(position[decided], codes[decided])


def _groups(tags: Sequence[str], renames: Sequence[Rename]) -> tuple[_Indexes, _Indexes]:
    """The rename that each tag is an old tag of, and a new one; -1 for none."""
    column = {tag: at for at, tag in enumerate(tags)}
    old, new = np.full(len(tags), -1), np.full(len(tags), -1)
    for at, rename in enumerate(renames):
        old[[column[tag] for tag in rename.before if tag in column]] = at
        new[[column[tag] for tag in rename.after if tag in column]] = at
    return old, new


def _positions(
    layer: Aligned, tags: Sequence[str], row: _Indexes, tag: _Indexes, is_gain: _Marks
) -> _Indexes:
    """Where each change of a label is in the layer's `edit.data`; -1 where it does not show it."""
    rows, columns, gains = _coordinates(layer)
    columns = pd.Index(tags).get_indexer(pd.Index(layer.tags))[columns]
    shared = np.flatnonzero(columns >= 0)
    width = 2 * len(tags)
    shown = pd.Index(rows[shared] * width + 2 * columns[shared] + gains[shared])
    match = shown.get_indexer(pd.Index(row * width + 2 * tag + is_gain))
    return np.where(match >= 0, np.append(shared, -1)[match], -1)


def _coordinates(labels: Aligned) -> tuple[_Indexes, _Indexes, _Marks]:
    edit = labels.edit
    row = np.repeat(np.arange(edit.shape[0]), np.diff(edit.indptr))
    return row, edit.indices.astype(np.int64), edit.data > 0


def _any(positions: _Indexes, size: int) -> _Marks:
    marks = np.zeros(size, bool)
    marks[positions] = True
    return marks


def _hiding(tags: Sequence[str], decisions: pd.DataFrame) -> NDArray[np.int8]:
    """The code of the cause by which the filter hides each tag; beyond all causes for none."""
    decided: dict[str, Any] = dict(zip(decisions["tag"], decisions["decision"], strict=True))
    causes = [HIDES.get(decided.get(tag, "")) for tag in tags]
    return np.array(
        [len(CAUSES) if cause is None else _NAMES.index(cause) for cause in causes], np.int8
    )
