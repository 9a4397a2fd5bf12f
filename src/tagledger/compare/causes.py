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

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tagledger.cleaning.labels import Rules, make_labels, make_pairs, merge_rows, name_labels
from tagledger.cleaning.taxonomy import alias_owners
from tagledger.compare.aligned import among
from tagledger.compare.annotations import (
    Annotations,
    Found,
    by_rule,
    other_names,
    shares_answers,
)
from tagledger.compare.cause_table import CAUSES, Cause
from tagledger.layers import Layer
from tagledger.params import CleanParams
from tagledger.readers.raw import Raw
from tagledger.tables import category

_NAMES = list(CAUSES)


@dataclass(frozen=True)
class Pipeline:
    """The inputs and rules that made the labels of one version.

    Attributes
    ----------
    raw
        The source's rows.
    taxonomy
        The clean taxonomy: tag, aliases, parents.
    params
        The rules of the clean stage.
    annotations
        What people said; without rows in a version from before the annotate stage.
    decisions
        Columns tag and decision of the filter stage.
    """

    raw: Raw
    taxonomy: pd.DataFrame
    params: CleanParams
    annotations: Annotations
    decisions: pd.DataFrame


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
    readable = among(ids, _ids(absent.raw).unique())
    is_set_aside = _more_set_aside(ids, present.raw, absent.raw)
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
        gone[at] = ~_has(step, ids, tags, at)
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


class _Step(NamedTuple):
    """What labels are made from, after one more part was taken from the other version.

    Attributes
    ----------
    cause
        The cause of the labels that are gone by this step.
    raw, rules
        The rows of the source and the rules of the clean stage.
    tags
        The annotations whose changes of tags hold; None in the clean layer.
    decides, says_yes
        Shape (labels,): on which labels people decide, and on which they say yes.
    touches
        Shape (labels,): which labels the step may take away.
    """

    cause: Cause
    raw: Raw
    rules: Rules
    tags: Annotations | None
    decides: NDArray[np.bool_]
    says_yes: NDArray[np.bool_]
    touches: NDArray[np.bool_] | np.bool_ = np.True_


def _exchanges(present: Pipeline, absent: Pipeline, answers: _Answers | None) -> Iterator[_Step]:
    """Yield the steps from the pipeline of `present` to that of `absent`."""
    for cause, raw, rules in _cleaned(present, absent):
        if answers is None:
            nothing = np.zeros(0, bool)
            yield _Step(cause, raw, rules, None, nothing, nothing)
        else:
            mine = answers.mine
            yield _Step(cause, raw, rules, present.annotations, mine.decides, mine.says_yes)
    if answers is None:
        return
    tags, mine, theirs = absent.annotations, answers.mine, answers.theirs
    if present.annotations.targets != tags.targets:
        stays = ~answers.has_other_name
        yield _Step("tag_event", raw, rules, tags, mine.decides & stays, mine.says_yes & stays)
    decides = theirs.decides | answers.parts_decided
    yield _Step("annotated", raw, rules, tags, decides, theirs.says_yes, mine.decides | decides)


def _cleaned(present: Pipeline, absent: Pipeline) -> Iterator[tuple[Cause, Raw, Rules]]:
    """Yield (cause, rows, rules) after taking one more part of the clean stage from `absent`."""
    mine, theirs = _rules(present), _rules(absent)
    # If the current code does not make the label from its own version, other code made it.
    yield "code", present.raw, mine
    yield "source_edited", absent.raw, mine
    rules = mine
    if mine.duplicates != theirs.duplicates:
        rules = replace(rules, duplicates=theirs.duplicates)
        yield "duplicate_rule", absent.raw, rules
    if _naming(mine) != _naming(theirs):
        rules = replace(
            rules,
            spelling=theirs.spelling,
            names=theirs.names,
            resolve_aliases=theirs.resolve_aliases,
        )
        yield "alias_or_spelling", absent.raw, rules
    if _broadening(mine) != _broadening(theirs):
        yield "parents_rule", absent.raw, theirs


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
    is_adjudicated
        Whether somebody who adjudicates, or who says what is gold, decides in either.
    by_rule
        Whether the rule for answers makes the difference, and not an answer.
    """

    mine: Found
    theirs: Found
    has_other_name: NDArray[np.bool_]
    parts_decided: NDArray[np.bool_]
    is_adjudicated: NDArray[np.bool_]
    by_rule: NDArray[np.bool_]

    @classmethod
    def of(cls, present: Pipeline, absent: Pipeline, ids: pd.Index, tags: pd.Series) -> _Answers:
        mine, theirs = (one.annotations for one in (present, absent))
        found, other = mine.look_up(ids, tags), theirs.look_up(ids, tags)
        parts, parts_adjudicated = _decided_parts(theirs, ids, tags)
        return cls(
            mine=found,
            theirs=other,
            has_other_name=_has_other_name(found, theirs, ids, tags),
            parts_decided=parts,
            is_adjudicated=found.is_adjudicated | other.is_adjudicated | parts_adjudicated,
            by_rule=by_rule(found, other),
        )


def _has_other_name(
    mine: Found, theirs: Annotations, ids: pd.Index, tags: pd.Series
) -> NDArray[np.bool_]:
    names = tags.cat.categories.astype("str")
    code = tags.cat.codes.to_numpy()
    found = np.asarray(names.isin(list(theirs.targets)))[code] if len(code) else np.zeros(0, bool)
    for tag, olds in other_names(mine.annotations, theirs).items():
        at = np.flatnonzero(code == names.get_loc(tag)) if tag in names else np.zeros(0, int)
        for old in olds if len(at) else ():
            under_old = theirs.look_up(ids[at], pd.Series([old] * len(at), dtype="category"))
            found[at] |= shares_answers(Found(mine.annotations, mine.row[at]), under_old)
    return found


def _decided_parts(
    annotations: Annotations, ids: pd.Index, tags: pd.Series
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Where a tag was split: whether people decide on all parts, and some adjudicated."""
    decided, adjudicated = np.zeros(len(ids), bool), np.zeros(len(ids), bool)
    code = tags.cat.codes.to_numpy()
    for place, tag in enumerate(tags.cat.categories.astype("str")):
        parts = annotations.parts(tag)
        at = np.flatnonzero(code == place) if parts else np.zeros(0, int)
        if len(at):
            found = [
                annotations.look_up(ids[at], pd.Series([part] * len(at), dtype="category"))
                for part in parts
            ]
            decided[at] = np.all([one.decides for one in found], axis=0)
            adjudicated[at] = np.any([one.is_adjudicated for one in found], axis=0)
    return decided, adjudicated


def _rules(pipeline: Pipeline) -> Rules:
    params, taxonomy = pipeline.params, pipeline.taxonomy
    return Rules(
        # "error" describes a source without repeated ids, for which all rules agree.
        duplicates="union" if params.duplicate_ids == "error" else params.duplicate_ids,
        spelling=params.tag_spelling,
        names=taxonomy,
        resolve_aliases=params.resolve_aliases,
        broader=taxonomy,
        parents=params.parents,
    )


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


def _ids(raw: Raw) -> pd.Index:
    ids: pd.Index = pd.Index(raw.items["id"].to_pandas())
    return ids


def _more_set_aside(ids: pd.Index, present: Raw, absent: Raw) -> NDArray[np.bool_]:
    """Whether the second source has more rows of an item that were set aside than the first."""
    mine, theirs = _rows_set_aside(present), _rows_set_aside(absent)
    more = theirs.sub(mine, fill_value=0)
    names = more.index[more > 0]
    if not len(names):
        return np.zeros(len(ids), bool)
    return np.asarray(ids.astype("str").isin(names), bool)


def _rows_set_aside(raw: Raw) -> pd.Series:
    # Rows of the items file come first. A row of a labels file is not a row of the item.
    own = raw.set_aside["id"].iloc[: len(raw.set_aside) - raw.label_rows_set_aside]
    return own.dropna().value_counts()


def _decisions(pipeline: Pipeline, tags: pd.Series) -> NDArray[np.object_]:
    """The decision of the filter on each tag; "absent" if no item had the tag."""
    known = pipeline.decisions.set_index("tag")["decision"]
    of_category = known.reindex(tags.cat.categories.astype("str")).fillna("absent")
    return of_category.to_numpy(object)[tags.cat.codes.to_numpy()]


def _has(step: _Step, ids: pd.Index, tags: pd.Series, at: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether what a step makes has each of the labels at some places."""
    if step.tags is None:
        return _makes(step, ids[at], tags.iloc[at])
    has = step.says_yes[at]
    asked = at[~step.decides[at]]
    if len(asked):
        has[~step.decides[at]] = _makes(step, ids[asked], tags.iloc[asked])
    return has


def _makes(step: _Step, ids: pd.Index, tags: pd.Series) -> NDArray[np.bool_]:
    """Whether a step makes each of the labels from the rows of the source."""
    rows, rules = _rows_of(step.raw, ids), step.rules
    merged = merge_rows(rows.items, rules.duplicates)
    pairs = make_labels(name_labels(rows, merged, rules), rules)
    if step.tags is not None and step.tags.targets:
        pairs = make_pairs(pairs.item, pairs.tag, step.tags.renamed(pairs.names))
    width = max(len(pairs.names), 1)
    item = pd.Index(merged.ids).get_indexer(ids)
    names = pd.Index(pairs.names, dtype=object)
    tag = names.get_indexer(tags.cat.categories.astype(object))[tags.cat.codes.to_numpy()]
    made, asked = pairs.item * width + pairs.tag, item * width + tag
    # Both are in ascending order, so the search is as quick as a merge.
    position = np.minimum(np.searchsorted(made, asked), max(len(made) - 1, 0))
    known = (item >= 0) & (tag >= 0) & bool(len(made))
    known[known] = made[position[known]] == asked[known]
    return np.asarray(known, bool)


def _rows_of(raw: Raw, ids: pd.Index) -> Raw:
    """The rows and labels of some ids, in the same order."""
    wanted = among(_ids(raw), ids.unique())
    row = np.cumsum(wanted) - 1
    item = raw.labels["item"].to_numpy()
    chosen = wanted[item]
    tag = raw.labels["tag"].combine_chunks()
    codes = pc.cast(tag.indices, pa.int64()).to_numpy(zero_copy_only=False)[chosen]
    # Spelling takes most of the time, so names that no chosen row has are left out.
    used = np.bincount(codes, minlength=len(tag.dictionary)) > 0
    tags = pa.DictionaryArray.from_arrays(
        pa.array((np.cumsum(used) - 1)[codes].astype(np.int32)),
        tag.dictionary.filter(pa.array(used)),
    )
    return replace(
        raw,
        items=raw.items.filter(pa.array(wanted)),
        labels=pa.table({"item": pa.array(row[item[chosen]]), "tag": pa.chunked_array([tags])}),
        blank=None,
    )
