"""The cause of each label that was gained or lost: every such label has exactly one cause.

Take a label that one version has and the other lacks. Start with the pipeline of the version that
has it, and replace one part at a time with the part of the other version, in the order of the
pipeline: the rows of the source, the rule for repeated ids, spelling and aliases, the rule for
broader tags, and last the decision of the filter. The first part whose replacement makes the label
disappear is its cause. A part that is equal in both versions is never a cause.

The result is symmetric: if the versions are swapped, each label keeps its cause. As a label has
exactly one cause, the causes of a tag add up to its change, and those of all tags to the total.

The last cause is none of the walk's, which looks at one label at a time: that a label lost and a
label gained are one rename is laid over it (`tagledger.compare.overlay`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tagledger.cleaning.labels import Rules, make_labels, merge_rows, name_labels
from tagledger.cleaning.taxonomy import alias_owners
from tagledger.compare.aligned import among
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
    decisions
        Columns tag and decision of the filter stage.
    """

    raw: Raw
    taxonomy: pd.DataFrame
    params: CleanParams
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

    for cause, raw, rules in _exchanges(present, absent):
        if not causes.open.any():
            break
        gone = np.zeros(len(pairs), bool)
        at = np.flatnonzero(causes.open)
        gone[at] = ~_has(raw, rules, ids[at], tags.iloc[at])
        if cause == "source_edited":
            causes.settle(gone & is_set_aside, "set_aside")
        causes.settle(gone, cause)
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


def _exchanges(present: Pipeline, absent: Pipeline) -> Iterator[tuple[Cause, Raw, Rules]]:
    """Yield (cause, rows, rules) after taking one more part of the pipeline from `absent`."""
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


def _has(raw: Raw, rules: Rules, ids: pd.Index, tags: pd.Series) -> NDArray[np.bool_]:
    """Whether these rules make each of the labels from the rows."""
    rows = _rows_of(raw, ids)
    merged = merge_rows(rows.items, rules.duplicates)
    pairs = make_labels(name_labels(rows, merged, rules), rules)
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
