"""The cause of each label that was gained or lost: every such label has exactly one cause.

Take a label that one version has and the other lacks. Start with the pipeline of the version that
has it, and replace one part at a time with the part of the other version, in the order of the
pipeline: the rows of the source, the rule for repeated ids, spelling and aliases, the rule for
broader tags, the changes of tags and the verdicts of the annotate stage, and last the decision of
the filter. The first part whose replacement makes the label
disappear is its cause. A part that is equal in both versions is never a cause.

The result is symmetric: if the versions are swapped, each label keeps its cause. As a label has
exactly one cause, the causes of a tag add up to its change, and those of all tags to the total.

The last cause is none of the walk's, which looks at one label at a time: that a label lost and a
label gained are one rename is laid over it (`tagledger.compare.overlay`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tagledger.cleaning.labels import Rules
from tagledger.cleaning.taxonomy import alias_owners
from tagledger.compare.aligned import among
from tagledger.compare.annotations import (
    Annotations,
    LabelVerdicts,
    by_rule,
    shares_answers,
)
from tagledger.compare.cause_table import CAUSES, Cause
from tagledger.compare.new_answers import explained_by_answers, under_other_names
from tagledger.compare.source_rows import SourceRows
from tagledger.compare.steps import Pipeline, Step, has_labels, rules_of
from tagledger.layers import Layer
from tagledger.tables import category

_NAMES = list(CAUSES)


def attribute(
    pairs: pd.DataFrame,
    *,
    present: Pipeline,
    absent: Pipeline,
    gained: bool,
    layer: Layer,
) -> pd.Categorical:
    """The cause of each label that one version has and the other lacks.

    Parameters
    ----------
    pairs
        Columns id and tag: labels of `layer` that the version of `present` has and the
        version of `absent` lacks.
    present, absent
        The two versions' pipelines.
    gained
        Whether `present` is the later version; decides between item_added and item_removed.
    layer
        The layer that `pairs` were compared in.

    Returns
    -------
    Categorical
        Shape (labels,), with the names of `CAUSES` in their order as categories.
    """
    causes = _Causes(len(pairs))
    ids, tags = pd.Index(pairs["id"]), pairs["tag"].astype("category")
    readable = among(ids, absent.rows.ids.unique())
    is_set_aside = _more_set_aside(ids, present.rows, absent.rows)
    causes.settle(~readable & is_set_aside, "set_aside")
    causes.settle(~readable, "item_added" if gained else "item_removed")
    if layer == "raw":
        causes.settle(is_set_aside, "set_aside")
        causes.settle(np.ones(len(pairs), bool), "source_edited")
        return causes.named()

    answers = _Answers.of(present, absent, ids, tags) if layer != "clean" else None
    for step in _exchanges(present, absent, answers):
        if not causes.open.any():
            break
        gone = np.zeros(len(pairs), bool)
        at = np.flatnonzero(causes.open & step.touches)
        gone[at] = ~has_labels(step, ids, tags, at)
        if step.cause == "source_edited":
            causes.settle(gone & is_set_aside, "set_aside")
        if answers is not None and step.cause == "annotated":
            causes.settle(gone & answers.by_rule, "annotate_rule")
            causes.settle(gone & answers.is_adjudicated, "adjudicated")
        causes.settle(gone, step.cause)
    if layer == "filtered":
        decision = _decisions(absent, tags)
        causes.settle(np.isin(decision, ["excluded", "not_in_taxonomy"]), "taxonomy_or_list")
        causes.settle(decision == "below_threshold", "threshold")
    return causes.named()


class _Causes:
    """The causes so far; a label that no other part explains has the cause `code`."""

    def __init__(self, size: int) -> None:
        self.open: NDArray[np.bool_] = np.ones(size, bool)
        self._codes = np.full(size, _NAMES.index("code"), np.int8)

    def settle(self, where: NDArray[np.bool_], cause: Cause) -> None:
        """Give a cause to the labels of `where` that have none yet."""
        where = where & self.open
        self._codes[where] = _NAMES.index(cause)
        self.open[where] = False

    def named(self) -> pd.Categorical:
        return category(self._codes, _NAMES)


def _exchanges(present: Pipeline, absent: Pipeline, answers: _Answers | None) -> Iterator[Step]:
    """Yield the steps from the pipeline of `present` to that of `absent`."""
    for cause, rows, rules in _cleaned(present, absent):
        if answers is None:
            nothing = np.zeros(0, bool)
            yield Step(cause, rows, rules, None, nothing, nothing)
        else:
            mine = answers.mine
            yield Step(cause, rows, rules, present.annotations, mine.decides, mine.says_yes)
    if answers is None:
        return
    tags, mine, theirs = absent.annotations, answers.mine, answers.theirs
    if present.annotations.targets != tags.targets:
        stays, goes = ~answers.has_other_name, answers.parts_were_decided
        says_yes, touches = mine.says_yes & stays & ~goes, ~answers.are_new
        yield Step("tag_event", rows, rules, tags, mine.decides & stays | goes, says_yes, touches)
    decides = theirs.decides | answers.parts_decided
    touches = mine.decides | decides | answers.are_new
    yield Step("annotated", rows, rules, tags, decides, theirs.says_yes, touches)


def _cleaned(present: Pipeline, absent: Pipeline) -> Iterator[tuple[Cause, SourceRows, Rules]]:
    """Yield (cause, rows, rules) after taking one more part of the clean stage from `absent`."""
    mine, theirs = rules_of(present), rules_of(absent)
    # If the current code does not make the label from its own version, other code made it.
    yield "code", present.rows, mine
    yield "source_edited", absent.rows, mine
    rules = mine
    if mine.duplicates != theirs.duplicates:
        rules = replace(rules, duplicates=theirs.duplicates)
        yield "duplicate_rule", absent.rows, rules
    if _naming(mine) != _naming(theirs):
        rules = replace(
            rules,
            spelling=theirs.spelling,
            names=theirs.names,
            resolve_aliases=theirs.resolve_aliases,
        )
        yield "alias_or_spelling", absent.rows, rules
    if _broadening(mine) != _broadening(theirs):
        yield "parents_rule", absent.rows, theirs


@dataclass(frozen=True)
class _Answers:
    """What people say in both versions of labels that one of them has; shape (labels,) each.

    Attributes
    ----------
    mine, theirs
        The verdicts of the version that has the labels, and of the other.
    has_other_name
        Whether what people say of the label holds for another tag where the other version's
        changes of tags hold.
    parts_decided
        Whether the tag was split in the other version, and people decide on all of its parts.
    parts_were_decided
        Whether they decide on all of them by the same answers in both versions: then the split
        takes the label away, and no answer.
    are_new
        Whether answers of one version alone explain the label, under whichever name of its tag.
    is_adjudicated
        Whether somebody who adjudicates, or who says what is gold, decides in either.
    by_rule
        Whether the rule for answers makes the difference, and not an answer.
    """

    mine: LabelVerdicts
    theirs: LabelVerdicts
    has_other_name: NDArray[np.bool_]
    parts_decided: NDArray[np.bool_]
    parts_were_decided: NDArray[np.bool_]
    are_new: NDArray[np.bool_]
    is_adjudicated: NDArray[np.bool_]
    by_rule: NDArray[np.bool_]

    @classmethod
    def of(cls, present: Pipeline, absent: Pipeline, ids: pd.Index, tags: pd.Series) -> _Answers:
        mine, theirs = (one.annotations for one in (present, absent))
        own, other = mine.look_up(ids, tags), theirs.look_up(ids, tags)
        parts, parts_adjudicated = _decided_parts(theirs, ids, tags)
        new, new_adjudicated = _new_answers(absent, own, other, ids, tags)
        adjudicated = own.is_adjudicated | other.is_adjudicated | new_adjudicated
        return cls(
            mine=own,
            theirs=other,
            has_other_name=_has_other_name(own, theirs, ids, tags),
            parts_decided=parts,
            parts_were_decided=_parts_were_decided(mine, theirs, ids, tags),
            are_new=new,
            is_adjudicated=adjudicated | parts_adjudicated,
            by_rule=by_rule(own, other),
        )


def _has_other_name(
    mine: LabelVerdicts, theirs: Annotations, ids: pd.Index, tags: pd.Series
) -> NDArray[np.bool_]:
    names = tags.cat.categories.astype("str")
    code = tags.cat.codes.to_numpy()
    renamed = np.array(theirs.is_renamed(list(names)), bool)
    has_other = renamed[code] if len(code) else np.zeros(0, bool)
    for at, name in under_other_names(mine.annotations, theirs, tags):
        has_other[at] |= shares_answers(
            mine.at(at), theirs.look_up(ids[at], _all_of(name, len(at)))
        )
    return has_other


def _all_of(tag: str, count: int) -> pd.Series:
    return pd.Series([tag] * count, dtype="category")


def _new_answers(
    absent: Pipeline, mine: LabelVerdicts, theirs: LabelVerdicts, ids: pd.Index, tags: pd.Series
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Where answers of one version alone explain the label, and where such adjudicate."""
    named = list(under_other_names(mine.annotations, theirs.annotations, tags))
    verdicts = [
        (
            at,
            mine.annotations.look_up(ids[at], _all_of(name, len(at))),
            theirs.annotations.look_up(ids[at], _all_of(name, len(at))),
        )
        for at, name in named
    ]
    new, adjudicated = explained_by_answers(mine, theirs, verdicts)
    for where, name in named:
        at = where[new[where]]
        if len(at):
            new[at] &= ~_stands(absent, ids[at], _all_of(name, len(at)))
    return new, adjudicated & new


def _stands(pipeline: Pipeline, ids: pd.Index, tags: pd.Series) -> NDArray[np.bool_]:
    """Whether a version has each of some labels."""
    of_people = pipeline.annotations
    verdicts = of_people.look_up(ids, tags)
    decides = verdicts.decides | _decided_parts(of_people, ids, tags)[0]
    step = Step(
        "annotated", pipeline.rows, rules_of(pipeline), of_people, decides, verdicts.says_yes
    )
    return has_labels(step, ids, tags, np.arange(len(ids)))


def _decided_parts(
    annotations: Annotations, ids: pd.Index, tags: pd.Series
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Where a tag was split: whether people decide on all parts, and some adjudicated."""
    decided, adjudicated = np.zeros(len(ids), bool), np.zeros(len(ids), bool)
    for at, parts in _split_tags(tags, annotations.parts):
        verdicts = [annotations.look_up(ids[at], _all_of(part, len(at))) for part in parts]
        decided[at] = np.all([one.decides for one in verdicts], axis=0)
        adjudicated[at] = np.any([one.is_adjudicated for one in verdicts], axis=0)
    return decided, adjudicated


def _parts_were_decided(
    mine: Annotations, theirs: Annotations, ids: pd.Index, tags: pd.Series
) -> NDArray[np.bool_]:
    """Where the second version alone split a tag: whether the same answers decide all parts."""
    decided = np.zeros(len(ids), bool)
    for at, parts in _split_tags(tags, lambda tag: () if mine.parts(tag) else theirs.parts(tag)):
        decided[at] = True
        for part in parts:
            one, other = (each.look_up(ids[at], _all_of(part, len(at))) for each in (mine, theirs))
            same = one.texts("events") == other.texts("events")
            decided[at] &= one.decides & other.decides & same
    return decided


def _split_tags(
    tags: pd.Series, parts_of: Callable[[str], Sequence[str]]
) -> Iterator[tuple[NDArray[np.intp], Sequence[str]]]:
    """The rows of each tag that was split, and its parts."""
    code = tags.cat.codes.to_numpy()
    for column, tag in enumerate(tags.cat.categories.astype("str")):
        parts = parts_of(tag)
        if parts and len(at := np.flatnonzero(code == column)):
            yield at, parts


def _naming(rules: Rules) -> tuple[Any, ...]:
    """The rules that decide the name of a raw tag."""
    aliases = alias_owners(rules.names) if rules.resolve_aliases else None
    return rules.spelling, list(rules.names["tag"]), aliases


def _broadening(rules: Rules) -> tuple[Any, ...]:
    """The rules that decide which broader tags are added to an item or dropped."""
    if rules.parents == "keep":
        return ("keep",)
    broader = zip(rules.broader["tag"], rules.broader["parents"], strict=True)
    return rules.parents, {tag: list(parents) for tag, parents in broader if len(parents)}


def _more_set_aside(ids: pd.Index, present: SourceRows, absent: SourceRows) -> NDArray[np.bool_]:
    """Whether the second source has more rows of an item that were set aside than the first."""
    mine, theirs = present.set_aside, absent.set_aside
    names = [name for name, rows in theirs.items() if rows > mine.get(name, 0)]
    if not names:
        return np.zeros(len(ids), bool)
    return np.asarray(ids.astype("str").isin(names), bool)


def _decisions(pipeline: Pipeline, tags: pd.Series) -> NDArray[np.object_]:
    """The decision of the filter on each tag; "absent" if no item had the tag."""
    decisions = pipeline.decisions.set_index("tag")["decision"]
    of_category = decisions.reindex(tags.cat.categories.astype("str")).fillna("absent")
    return of_category.to_numpy(object)[tags.cat.codes.to_numpy()]
