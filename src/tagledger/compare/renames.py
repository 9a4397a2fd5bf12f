"""Renames, merges and splits of tags, found through items that lost one tag and gained another.

If a tag vanished and another tag took its place on the same items, that is one change and not
hundreds: a rename of 300 labels is one line. For each pair of tags there are two questions: is one
of them new or gone as a whole, and do most of its items have the other tag in the other version?

Use the labels before the filter: a tag below the threshold is not gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

# Most ask only what a rename is.
if TYPE_CHECKING:
    import scipy.sparse as sp

    from tagledger.compare.evidence import Names

Kind = Literal["rename", "merge", "split", "regroup"]

MIN_ITEMS = 3
MIN_SHARE = 0.5
STRAY = 0.1

_Rows = NDArray[np.signedinteger[Any]]


@dataclass(frozen=True)
class Flow:
    """Kept items that lost `before` and have `after` in B, or gained it and had `before` in A."""

    before: str
    after: str
    items: int


@dataclass(frozen=True)
class Rename:
    """One change of tags.

    Attributes
    ----------
    kind
        rename: one tag became one new tag. merge: tags became one tag that existed before, or
        several tags became one new tag. split: one tag became several, or a part of a tag that
        still exists became a new tag. regroup: several tags became several others.
    before, after
        Tags that items of A lost, and tags that the same items gained in B.
    items
        Kept items on which the tags changed: they lost one of `before` and have one of `after` in
        B, or gained one of `after` and had one of `before` in A.
    overlap
        `items` as a share of the kept items that lost one of `before` or gained one of `after`.
    flows
        How many items went from which tag to which, by name: one entry for each pair of which the
        first became the second. They add up to more than `items` where an item has several.
    """

    kind: Kind
    before: tuple[str, ...]
    after: tuple[str, ...]
    items: int
    overlap: float
    flows: tuple[Flow, ...] = field(default=(), compare=False)


def find_renames(
    a: sp.csr_array, b: sp.csr_array, tags: Sequence[str], names: Names | None = None
) -> list[Rename]:
    """Find renames, merges and splits.

    Parameters
    ----------
    a, b
        Shape (kept items, tags): the labels of the same items in A and in B, before the filter.
    tags
        The tags of the columns, ascending.
    names
        The taxonomies, as evidence; without them, labels alone decide.

    Returns
    -------
    list of Rename
        Most items first, then by name.

    Notes
    -----
    A tag is gone if at most a tenth of its items in A still have it in B. A tag is new if at most a
    tenth of its items in B had it in A; on other items its name may mean something else. A gone
    tag x became y if at least half of the items that lost x gained y; a new tag y was x if at least
    half of the items that gained y lost x. Both need at least three items and a tenth of the items
    of the tag, so a few corrections are not a rename. An item that lost x and had y already is no
    evidence: tags often stand beside each other, so where 12 of 15 had y, the other 3 are a
    correction.

    If x is gone and y is new, nothing is lost by calling it a rename. If y was there before, on
    other items, then whoever relabels 100 items from `dog` to `cat` leaves the same labels as
    whoever merges the two tags, and the former is a change that people must see. So a merge into a
    tag that was there needs a witness: x left the taxonomy, or one is an alias of the other, or
    their names are alike (`evidence.alike`). The same holds for a split of a part from a tag that
    stays: y joined the taxonomy, or its name goes with x. Without a witness the labels are edits
    like others.

    Where an event says that x became y, nothing is guessed: one item is enough, if x is gone or y
    is new.

    Pairs are tried in the order of their Jaccard index, those that events name first. A loss that
    one pair explains cannot make a second pair a merge, and a gain that one pair explains cannot
    make it a split. Otherwise two renames of tags that often occur together would look like one
    regrouping.

    Swapping A and B swaps `before` and `after`, and merge and split.
    """
    edits = _Edits(a, b)
    number = len(tags)
    links = np.array(list(edits.links(tags, names)), np.int64).reshape(-1, 2)
    if not len(links):
        return []
    # A tag may be the old tag of one change and the new tag of another, so it has two numbers.
    group = _groups(np.column_stack([links[:, 0], links[:, 1] + number]))
    renames = []
    for one in np.unique(group):
        pairs = np.unique(links[group == one], axis=0)
        sources, targets = np.unique(pairs[:, 0]), np.unique(pairs[:, 1])
        moved, touched = edits.moved(sources, targets)
        renames.append(
            Rename(
                kind=_kind(edits.gone[sources], edits.new[targets]),
                before=tuple(tags[tag] for tag in sources),
                after=tuple(tags[tag] for tag in targets),
                items=moved,
                overlap=moved / touched,
                flows=tuple(
                    Flow(tags[old], tags[new], edits.moved(pairs[at, :1], pairs[at, 1:])[0])
                    for at, (old, new) in enumerate(pairs)
                ),
            )
        )
    return sorted(renames, key=lambda rename: (-rename.items, rename.before, rename.after))


def _groups(links: NDArray[np.int64]) -> NDArray[np.int64]:
    """The group of each link: links that share an end, directly or by others, are of one.

    scipy.sparse.csgraph does the same, but takes longer to import than many a comparison.
    """
    group = np.arange(len(links))
    ends = np.unique(links, return_inverse=True)[1].reshape(-1)
    while True:
        lowest = np.full(len(ends), len(links))
        np.minimum.at(lowest, ends, np.repeat(group, 2))
        lower = lowest[ends].reshape(-1, 2).min(axis=1)
        if (lower == group).all():
            return group
        group = lower


def tag_classes(tags: Sequence[str], renames: Sequence[Rename]) -> NDArray[np.int64]:
    """The class of each tag, in the order of their first tags: tags of a rename are of one class.

    So are those of two renames that share a tag.
    """
    classes = np.arange(len(tags))
    column = {tag: at for at, tag in enumerate(tags)}
    for rename in renames:
        members = [column[tag] for tag in (*rename.before, *rename.after) if tag in column]
        classes[np.isin(classes, classes[members])] = classes[members].min(initial=len(tags))
    numbered: NDArray[np.int64] = np.unique(classes, return_inverse=True)[1]
    return numbered


def _kind(gone: NDArray[np.bool_], new: NDArray[np.bool_]) -> Kind:
    if len(gone) > 1 and len(new) > 1:
        return "regroup"
    if len(gone) > 1 or (len(new) == 1 and not new.all()):
        return "merge"
    if len(new) > 1 or not gone.all():
        return "split"
    return "rename"


class _Edits:
    """Which items lost and gained each tag."""

    def __init__(self, a: sp.csr_array, b: sp.csr_array) -> None:
        import scipy.sparse as sp

        edit = sp.csr_array(b - a)
        edit.eliminate_zeros()
        rows = np.flatnonzero(np.diff(edit.indptr))
        edit = edit[rows]
        self._lost, self._gained = sp.csc_array(edit < 0), sp.csc_array(edit > 0)
        self._in_a, self._in_b = sp.csc_array(a[rows]), sp.csc_array(b[rows])
        self._count_a = np.bincount(a.indices, minlength=a.shape[1])
        self._count_b = np.bincount(b.indices, minlength=b.shape[1])
        left = self._count_a - np.diff(self._lost.indptr)
        self.gone = (self._count_a > 0) & (left <= STRAY * self._count_a)
        self.new = (self._count_b > 0) & (left <= STRAY * self._count_b)

    def moved(self, sources: _Rows, targets: _Rows) -> tuple[int, int]:
        """Items on which the tags changed, and items that lost a source or gained a target."""
        lost, gained = _any(self._lost, sources), _any(self._gained, targets)
        over = (lost & _any(self._in_b, targets)) | (gained & _any(self._in_a, sources))
        return int(over.sum()), int((lost | gained).sum())

    def links(self, tags: Sequence[str], names: Names | None) -> Iterator[tuple[int, int]]:
        """Pairs of tags of which the first became the second."""
        event_pairs = _event_pairs(tags, names)
        unexplained_loss: dict[int, _Rows] = {}
        unexplained_gain: dict[int, _Rows] = {}
        for before, after in self._candidates(event_pairs):
            lost, gained = _column(self._lost, before), _column(self._gained, after)
            losses = unexplained_loss.get(before, lost)
            gains = unexplained_gain.get(after, gained)
            became = self.gone[before] and _mostly(losses, gained, of=self._count_a[before])
            was = self.new[after] and _mostly(gains, lost, of=self._count_b[after])
            guessed = (became or was) and self._is_likely(before, after, tags, names)
            if guessed or (before, after) in event_pairs:
                unexplained_loss[before] = np.setdiff1d(losses, gained, assume_unique=True)
                unexplained_gain[after] = np.setdiff1d(gains, lost, assume_unique=True)
                yield before, after

    def _is_likely(self, before: int, after: int, tags: Sequence[str], names: Names | None) -> bool:
        """Whether a witness speaks for it, where one is needed."""
        if names is None or (self.gone[before] and self.new[after]):
            return True
        if self.gone[before]:
            return names.became(tags[before], tags[after])
        return names.was(tags[before], tags[after])

    def _candidates(self, event_pairs: AbstractSet[tuple[int, int]]) -> list[tuple[int, int]]:
        """Pairs that enough items support: those that events name first, then most alike first."""
        import scipy.sparse as sp

        flow = sp.coo_array(self._lost.astype(np.int64).T @ self._gained.astype(np.int64))
        before, after = flow.coords
        items = flow.data
        enough = (self.gone[before] & (items >= _least(self._count_a[before]))) | (
            self.new[after] & (items >= _least(self._count_b[after]))
        )
        pairs = zip(before.tolist(), after.tolist(), strict=True)
        named = np.array([pair in event_pairs for pair in pairs], bool)
        enough |= named & (self.gone[before] | self.new[after])
        before, after, items = before[enough], after[enough], items[enough]
        losses, gains = np.diff(self._lost.indptr)[before], np.diff(self._gained.indptr)[after]
        jaccard = items / (losses + gains - items)
        order = np.lexsort((after, before, -items, -jaccard, ~named[enough]))
        return list(zip(before[order].tolist(), after[order].tolist(), strict=True))


def _event_pairs(tags: Sequence[str], names: Names | None) -> set[tuple[int, int]]:
    """The columns of the pairs that events name."""
    column = {tag: at for at, tag in enumerate(tags)}
    events = names.events if names is not None else ()
    return {(column[x], column[y]) for x, y in events if x in column and y in column}


def _column(matrix: sp.csc_array, tag: int) -> _Rows:
    """The rows of a column, each once."""
    return matrix.indices[matrix.indptr[tag] : matrix.indptr[tag + 1]]


def _any(matrix: sp.csc_array, tags: _Rows) -> NDArray[np.bool_]:
    """Whether each row has one of the columns."""
    has = np.zeros(matrix.shape[0], bool)
    for tag in tags:
        has[_column(matrix, tag)] = True
    return has


def _least(count: NDArray[np.int64]) -> NDArray[np.float64]:
    return (STRAY * count).clip(min=MIN_ITEMS)


def _mostly(changed: _Rows, other: _Rows, *, of: int) -> bool:
    """Whether most items of `changed` are in `other`, and enough for a tag of this size."""
    items = int(np.isin(changed, other).sum())
    return items >= max(MIN_ITEMS, STRAY * of, MIN_SHARE * len(changed))
