"""What people said, as the tables of the annotate stage have it, beside labels of a comparison.

Nothing is folded here: a version's verdicts are what its own stage made of the events of its day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tagledger.params import AnnotateParams

DECIDED = ("labelled", "adjudicated", "gold")
ADJUDICATED = ("adjudicated", "gold")
_OVERRULE = frozenset({"majority", "quorum", "dawid-skene"})

Rows = NDArray[np.int64]
Marks = NDArray[np.bool_]


@dataclass(frozen=True)
class Annotations:
    """The tables that made the annotated labels of one version out of the clean ones.

    Attributes
    ----------
    verdicts
        Columns id, tag, value, state, by, events, as `tagledger_schemas.annotated.Verdicts`.
    tag_changes
        Columns tag, to, act, by, event, as `tagledger_schemas.annotated.TagChanges`.
    params
        The rule that the verdicts follow.
    """

    verdicts: pd.DataFrame
    tag_changes: pd.DataFrame
    params: AnnotateParams

    @cached_property
    def targets(self) -> Mapping[str, tuple[str, ...]]:
        """What each changed tag is now: its new name, its parts, or none where it was retired."""
        targets: dict[str, tuple[str, ...]] = {}
        for tag, to in zip(self.tag_changes["tag"], self.tag_changes["to"], strict=True):
            targets[tag] = (*targets.get(tag, ()), *([to] if to else []))
        return targets

    @cached_property
    def _split(self) -> Mapping[str, tuple[str, ...]]:
        """The parts of each tag that was split and still has parts."""
        changes = self.tag_changes
        tags = changes.loc[changes["act"] == "split", "tag"]
        return {tag: self.targets[tag] for tag in tags if self.targets[tag]}

    def renamed(self, names: Sequence[str]) -> list[str]:
        """The names after the changes of tags; empty where a tag was retired.

        A tag that was split stays until people have decided on each of its parts.
        """
        return [self._renamed(name) for name in names]

    def _renamed(self, name: str) -> str:
        if name in self._split:
            return name
        targets = self.targets.get(name, (name,))
        if len(targets) > 1:
            # It was renamed or merged into a tag, which was then split.
            return next((tag for tag, parts in self._split.items() if parts == targets), name)
        return targets[0] if targets else ""

    def names(self, tag: str) -> set[str]:
        """The names that labels of a tag may have after the changes of tags; none if retired."""
        return {self._renamed(tag), *self.targets.get(tag, ())} - {""}

    def is_renamed(self, names: Sequence[str]) -> list[bool]:
        """Whether each tag has another name now, or was retired."""
        return [now != name for name, now in zip(names, self.renamed(names), strict=True)]

    def parts(self, tag: str) -> tuple[str, ...]:
        """The parts of a tag that was split; none for other tags."""
        return self._split.get(tag, ())

    @cached_property
    def row_decides(self) -> Marks:
        """Shape (rows,): whether people decide by a row of the verdicts."""
        state = self.verdicts["state"].astype("category").cat
        return np.asarray(state.categories.isin(DECIDED))[state.codes.to_numpy()]

    @cached_property
    def row_is_adjudicated(self) -> Marks:
        """Shape (rows,): whether who adjudicates, or says what is gold, decides by the row."""
        state = self.verdicts["state"].astype("category").cat
        return np.asarray(state.categories.isin(ADJUDICATED))[state.codes.to_numpy()]

    def look_up(self, ids: pd.Index, tags: pd.Series) -> LabelVerdicts:
        """What the verdicts say of some labels.

        Parameters
        ----------
        ids
            Shape (labels,): the item of each.
        tags
            Shape (labels,), category: the tag of each.
        """
        items = ids.unique()
        table = self.verdicts
        tag = table["tag"].astype("category").cat
        item = items.get_indexer(pd.Index(table["id"])) if len(table) else np.zeros(0, np.int64)
        rows = np.flatnonzero(item >= 0)
        column = tags.cat.categories.astype("str").get_indexer(tag.categories.astype("str"))
        width = len(tags.cat.categories) + 1
        # -1, for other tags, is the last column.
        key = item[rows] * width + column[tag.codes.to_numpy()[rows]] % width
        order = np.argsort(key, kind="stable")
        wanted = items.get_indexer(ids) * width + tags.cat.codes.to_numpy(np.int64)
        row = np.full(len(wanted), -1)
        if len(key):
            position = np.minimum(np.searchsorted(key[order], wanted), len(key) - 1)
            same = key[order][position] == wanted
            row[same] = rows[order][position[same]]
        return LabelVerdicts(self, row)


@dataclass(frozen=True)
class LabelVerdicts:
    """The verdict on each of some labels.

    Attributes
    ----------
    annotations
        The version's annotations.
    row
        Shape (labels,): the row of each label in `annotations.verdicts`, -1 for none.
    """

    annotations: Annotations
    row: Rows

    @cached_property
    def decides(self) -> Marks:
        """Whether people decide on the label, so that what the source says does not count."""
        return self._marks(self.annotations.row_decides)

    @cached_property
    def says_yes(self) -> Marks:
        """Whether people decide that the item has the tag."""
        yes = self.annotations.verdicts["value"].to_numpy(bool)
        return np.logical_and(self.decides, self._marks(yes))

    @cached_property
    def is_adjudicated(self) -> Marks:
        """Whether somebody who adjudicates, or who says what is gold, decides."""
        return self._marks(self.annotations.row_is_adjudicated)

    @cached_property
    def overrules(self) -> Marks:
        """Whether people decide by a rule that lets most of them decide against others."""
        return self.decides & (self.annotations.params.policy in _OVERRULE)

    def at(self, positions: Rows) -> LabelVerdicts:
        """The verdicts on the labels at some positions."""
        return LabelVerdicts(self.annotations, self.row[positions])

    def barred(self, params: AnnotateParams) -> Marks:
        """Whether those who adjudicated may not by another rule."""
        allowed = params.adjudicators
        if allowed == "anyone":
            return np.zeros(len(self.row), bool)
        names = [set(text.split()) for text in self.texts("by").tolist()]
        others = np.array([not one <= {*allowed} for one in names], bool)
        return np.asarray(self.is_adjudicated & others, bool)

    def _marks(self, of_rows: Marks) -> Marks:
        return np.asarray((self.row >= 0) & np.append(of_rows, [False])[self.row], bool)

    def texts(self, column: str) -> NDArray[np.object_]:
        """Names or ids in a column of the verdicts, with spaces between; empty for no verdict."""
        with_verdict = np.flatnonzero(self.row >= 0)
        values = self.annotations.verdicts[column].take(self.row[with_verdict])
        texts = np.full(len(self.row), "", object)
        texts[with_verdict] = values.astype("str").to_numpy(object)
        return texts


def by_rule(one: LabelVerdicts, other: LabelVerdicts) -> Marks:
    """Whether two versions judge each label differently though nobody answered anew.

    So it is if both have a verdict by the same events. A rule that decides against those who differ
    names only those who agree with it: then the events of both, of which the other rule could not
    decide, are more. And so it is if the other rule does not let them adjudicate who did.
    """
    if one.annotations.params == other.annotations.params:
        return np.zeros(len(one.row), bool)
    events = [
        [set(text.split()) for text in verdicts.texts("events").tolist()]
        for verdicts in (one, other)
    ]
    marks = [
        bool(mine and theirs)
        and (mine == theirs or (mine < theirs and overrules) or (theirs < mine and overruled))
        for mine, theirs, overrules, overruled in zip(
            *events, one.overrules.tolist(), other.overrules.tolist(), strict=True
        )
    ]
    barred = one.barred(other.annotations.params) | other.barred(one.annotations.params)
    return np.array(marks, bool) | barred


def shares_answers(one: LabelVerdicts, other: LabelVerdicts) -> Marks:
    """Whether an event stands behind the verdicts of both, of this label or that."""
    both = np.flatnonzero((one.row >= 0) & (other.row >= 0))
    shared = np.zeros(len(one.row), bool)
    texts = zip(one.texts("events")[both], other.texts("events")[both], strict=True)
    shared[both] = [not set(mine.split()).isdisjoint(theirs.split()) for mine, theirs in texts]
    return shared


def other_names(present: Annotations, absent: Annotations) -> dict[str, list[str]]:
    """The names that tags of one version have in the other, as the changes of tags differ.

    A tag that was split keeps its name, and what people say of it is nothing they say of its parts.
    """
    by_tag: dict[str, set[str]] = {}
    olds = sorted({*present.targets, *absent.targets})
    for mine, theirs in zip(present.renamed(olds), absent.renamed(olds), strict=True):
        if mine and theirs and mine != theirs:
            by_tag.setdefault(mine, set()).add(theirs)
    for old, now in zip(olds, absent.renamed(olds), strict=True):
        if now not in ("", old):
            by_tag.setdefault(old, set()).add(now)
    return {tag: sorted(names) for tag, names in by_tag.items()}


def said_pairs(a: Annotations, b: Annotations) -> frozenset[tuple[str, str]]:
    """Tags of A and of B of which events say that the first is the second, or a part of it."""
    pairs = set()
    for tag in differing_changes(a, b)["tag"].unique():
        mine, theirs = a.names(tag), b.names(tag)
        both = mine & theirs
        pairs |= {(x, y) for x in mine for y in theirs if x != y and not {x, y} <= both}
    return frozenset(pairs)


def differing_changes(a: Annotations, b: Annotations) -> pd.DataFrame:
    """The changes of tags that one version alone has: the columns of `tag_changes`."""
    both = pd.concat([a.tag_changes, b.tag_changes], ignore_index=True)
    return both[~both.duplicated(["tag", "to"], keep=False)].reset_index(drop=True)
