"""The books of the clean stage: where each row, label row and label of the source went.

Each term is counted on its own, so that the sums can fail: a label that a rule loses is an error of
the stage, never a smaller number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagledger.cleaning.labels import Named, Pairs, make_pairs

# So many merged tags, and so many spellings of each, are written down; all are counted.
MERGED_TAGS = 200
SPELLINGS = 20


@dataclass(frozen=True)
class LabelAccounts:
    """Where the source's labels went.

    in + added = out + set_aside + of_left_out_rows + duplicates + merged_spellings + dropped

    Attributes
    ----------
    given
        Labels in the source; `in` in JSON.
    out
        Clean labels.
    set_aside
        Labels whose tag has nothing to be seen; the table `quarantine` has them.
    of_left_out_rows
        Labels of rows that clean.duplicate_ids left out in favour of another row of the same id.
    duplicates
        Labels that repeat another one of their item, spelling and all.
    merged_spellings
        Labels that another spelling, or an alias, of the same tag already gave their item.
    added, dropped
        Labels that clean.parents brought or took.
    """

    given: int
    out: int
    set_aside: int
    of_left_out_rows: int
    duplicates: int
    merged_spellings: int
    added: int
    dropped: int

    @property
    def hold(self) -> bool:
        """Whether no label is unaccounted for."""
        gone = self.set_aside + self.of_left_out_rows + self.duplicates + self.merged_spellings
        return self.given + self.added == self.out + gone + self.dropped

    def as_json(self) -> dict[str, int]:
        """The counts by name."""
        counts = dict(vars(self))
        return {"in": counts.pop("given"), **counts}


def label_accounts(named: Named, pairs: Pairs) -> LabelAccounts:
    """Count where the source's labels went.

    Parameters
    ----------
    named
        The source's labels with their tags.
    pairs
        The clean labels.
    """
    seen = [bool(tag) for tag in named.tags]
    spellings = [name if ok else "" for name, ok in zip(named.spellings, seen, strict=True)]
    as_spelled = len(make_pairs(named.item, named.code, spellings).item)
    as_named = make_pairs(named.item, named.code, named.tags)
    kept, nothing = int((named.item >= 0).sum()), int(unseen(named).sum())
    before, after = _keys(as_named, pairs)
    return LabelAccounts(
        given=len(named.item),
        out=len(pairs.item),
        set_aside=nothing,
        of_left_out_rows=len(named.item) - kept,
        duplicates=kept - nothing - as_spelled,
        merged_spellings=as_spelled - len(as_named.item),
        added=_lacking(before, after),
        dropped=_lacking(after, before),
    )


def unseen(named: Named) -> NDArray[np.bool_]:
    """Shape (labels,): the labels of rows that are kept whose tag has nothing to be seen."""
    empty = np.array([not tag for tag in named.tags], bool)
    return (named.item >= 0) & empty[named.code] if len(empty) else named.item >= 0


def merged_spellings(named: Named) -> dict[str, Mapping[str, int]]:
    """The labels of each spelling, for each tag that the source spells in several ways.

    Returns
    -------
    dict
        By tag, ascending; spellings ascending. Labels of rows that are left out do not count.
    """
    counts = np.bincount(named.code[named.item >= 0], minlength=len(named.tags)).tolist()
    counts_by_tag: dict[str, dict[str, int]] = {}
    for spelling, tag, count in zip(named.spellings, named.tags, counts, strict=True):
        if tag and count:
            counts_by_tag.setdefault(tag, {})[spelling] = count
    return {
        tag: dict(sorted(counts_by_tag[tag].items()))
        for tag in sorted(counts_by_tag)
        if len(counts_by_tag[tag]) > 1
    }


def shown_spellings(merged: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """What is written down of merged spellings: the tags of most spellings, by name."""
    most = sorted(merged, key=lambda tag: (-len(merged[tag]), tag))[:MERGED_TAGS]
    return {
        "tags": len(merged),
        "spellings": sum(map(len, merged.values())),
        "of": {tag: dict(list(merged[tag].items())[:SPELLINGS]) for tag in sorted(most)},
    }


def _keys(*sides: Pairs) -> list[NDArray[np.int64]]:
    """Ascending numbers for the labels of each side: the same for the same item and tag."""
    names = sorted({name for side in sides for name in side.names})
    codes = {name: number for number, name in enumerate(names)}
    return [
        side.item * len(names) + np.array([codes[name] for name in side.names], np.int64)[side.tag]
        for side in sides
    ]


def _lacking(keys: NDArray[np.int64], wanted: NDArray[np.int64]) -> int:
    """How many of some ascending numbers are not among other ascending ones."""
    # np.isin would sort them again, in twenty times the time.
    position = np.searchsorted(keys, wanted)
    present = position < len(keys)
    present[present] = keys[position[present]] == wanted[present]
    return int((~present).sum())
