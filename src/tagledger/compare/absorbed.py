"""Tags that may have gone into another, where labels cannot show it: possible, never more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from tagledger.compare.aligned import Aligned
from tagledger.compare.evidence import Names, alike
from tagledger.compare.renames import MIN_ITEMS, MIN_SHARE, STRAY, Rename

MOST = 0.9
MUTUAL = 0.8


@dataclass(frozen=True)
class Absorbed:
    """A tag that items lost, and a tag that they have: perhaps one went into the other.

    Attributes
    ----------
    tag
        The tag that the items lost.
    into
        The tag that they have in B.
    items
        Kept items that lost `tag` and have `into` in B.
    had
        Those of `items` that had `into` in A already.
    """

    tag: str
    into: str
    items: int
    had: int


def find_absorbed(clean: Aligned, renames: Sequence[Rename], names: Names) -> list[Absorbed]:
    """Tags that may have gone into another.

    Parameters
    ----------
    clean
        The labels before the filter.
    renames
        Renames in them.
    names
        The taxonomies.

    Returns
    -------
    list of Absorbed
        Most items first, then by name.

    Notes
    -----
    Many a tag has a companion on all of its items, a broader tag more often than not. If such a tag
    is deleted, its companion has not absorbed it. So three kinds are named, and no other:

    - a tag of a rename, merge or split, for the items that had its successor already;
    - a tag that is gone, whose items, nine in ten of them and three at least, have the other tag
      in B, if one is an alias of the other in a taxonomy, or if their names are alike and in A four
      fifths of the items with either had both;
    - a tag that is gone and half of whose items gained a tag that was there before: a merge that no
      name bears witness to (see `find_renames`), or a relabelling.
    """
    labels = _Labels(clean)
    absorbed = []
    for rename in renames:
        after = [labels.column[tag] for tag in rename.after]
        for flow in rename.flows:
            into = labels.column[flow.after]
            lost = labels.lost(labels.column[flow.before])
            open_ = lost[~labels.gained_any(after)[lost]]
            had = int((labels.has_a(into) & labels.has_b(into))[open_].sum())
            if had:
                absorbed.append(Absorbed(flow.before, flow.after, had, had))
    explained = {labels.column[tag] for rename in renames for tag in rename.before}
    alone = (_companion(labels, tag, names) for tag in labels.gone() if tag not in explained)
    absorbed += [one for one in alone if one is not None]
    return sorted(absorbed, key=lambda each: (-each.items, each.tag, each.into))


class _Labels:
    """The labels of kept items, by item and by tag."""

    def __init__(self, clean: Aligned) -> None:
        kept = clean.kept
        self.tags = clean.tags
        self.column = {tag: at for at, tag in enumerate(clean.tags)}
        self.a, self.b = clean.a[kept], clean.b[kept]
        self.count_a, self.count_b = (self._sizes(matrix.indices) for matrix in (self.a, self.b))

    @cached_property
    def _columns(self) -> tuple[sp.csc_array, sp.csc_array]:
        return self.a.tocsc(), self.b.tocsc()

    def _sizes(self, tags: NDArray[Any]) -> NDArray[np.int64]:
        return np.bincount(tags, minlength=len(self.tags))

    def _has(self, version: int, tag: int) -> NDArray[np.bool_]:
        matrix = self._columns[version]
        has = np.zeros(matrix.shape[0], bool)
        has[matrix.indices[matrix.indptr[tag] : matrix.indptr[tag + 1]]] = True
        return has

    def has_a(self, tag: int) -> NDArray[np.bool_]:
        return self._has(0, tag)

    def has_b(self, tag: int) -> NDArray[np.bool_]:
        return self._has(1, tag)

    def lost(self, tag: int) -> NDArray[np.int64]:
        return np.flatnonzero(self.has_a(tag) & ~self.has_b(tag))

    def gained_any(self, tags: Sequence[int]) -> NDArray[np.bool_]:
        gained = np.zeros(self.a.shape[0], bool)
        for tag in tags:
            gained |= self.has_b(tag) & ~self.has_a(tag)
        return gained

    def gone(self) -> list[int]:
        enough = self.count_a >= MIN_ITEMS
        return np.flatnonzero(enough & (self.count_b <= STRAY * self.count_a)).tolist()

    def beside(self, items: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """For each tag: how many of some items have it in B, and have it in both versions."""
        a, b = self.a[items], self.b[items]
        return self._sizes(b.indices), self._sizes(sp.csr_array(a.multiply(b)).indices)


def _companion(labels: _Labels, tag: int, names: Names) -> Absorbed | None:
    """The tag that a gone tag may have gone into: that of most of its items."""
    items = labels.lost(tag)
    after, had = labels.beside(items)
    name = labels.tags[tag]
    for into in np.argsort(-after, kind="stable").tolist():
        if after[into] < max(MIN_ITEMS, MIN_SHARE * len(items)):
            return None
        other = labels.tags[into]
        gained = after[into] - had[into] >= max(MIN_ITEMS, MIN_SHARE * len(items))
        if gained or (
            after[into] >= MOST * len(items)
            and (
                names.is_alias(name, other)
                or (alike(name, other) and _mutual(labels, tag, into) >= MUTUAL)
            )
        ):
            return Absorbed(name, other, int(after[into]), int(had[into]))
    return None


def _mutual(labels: _Labels, one: int, other: int) -> float:
    """The share of the items with either tag in A that had both."""
    first, second = labels.has_a(one), labels.has_a(other)
    return float((first & second).sum() / (first | second).sum())
