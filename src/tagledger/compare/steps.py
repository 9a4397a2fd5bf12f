"""The labels that a version's parts make, or parts of two versions together, for some items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tagledger.cleaning.labels import Named, Rules, items_of_rows, make_labels, make_pairs, spell
from tagledger.compare.annotations import Annotations
from tagledger.compare.cause_table import Cause
from tagledger.compare.source_rows import SourceRows

if TYPE_CHECKING:
    from tagledger.params import CleanParams


@dataclass(frozen=True)
class Pipeline:
    """The inputs and rules that made the labels of one version.

    Attributes
    ----------
    rows
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

    rows: SourceRows
    taxonomy: pd.DataFrame
    params: CleanParams
    annotations: Annotations
    decisions: pd.DataFrame


class Step(NamedTuple):
    """What labels are made from, after one more part was taken from the other version.

    Attributes
    ----------
    cause
        The cause of the labels that are gone by this step.
    rows, rules
        The rows of the source and the rules of the clean stage.
    tags
        The annotations whose changes of tags hold; None in the clean layer.
    decides, says_yes
        Shape (labels,): on which labels people decide, and on which they say yes.
    touches
        Shape (labels,): which labels the step may take away.
    """

    cause: Cause
    rows: SourceRows
    rules: Rules
    tags: Annotations | None
    decides: NDArray[np.bool_]
    says_yes: NDArray[np.bool_]
    touches: NDArray[np.bool_] | np.bool_ = np.True_


def rules_of(pipeline: Pipeline) -> Rules:
    """The rules of the clean stage of a version."""
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


def has_labels(
    step: Step, ids: pd.Index, tags: pd.Series, at: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Whether what a step makes has each of the labels at some positions."""
    if step.tags is None:
        return _makes(step, ids[at], tags.iloc[at])
    has = step.says_yes[at]
    undecided = at[~step.decides[at]]
    if len(undecided):
        has[~step.decides[at]] = _makes(step, ids[undecided], tags.iloc[undecided])
    return has


def _makes(step: Step, ids: pd.Index, tags: pd.Series) -> NDArray[np.bool_]:
    """Whether a step makes each of the labels from the rows of the source."""
    rows, rules = step.rows.of_items(ids), step.rules
    items, item_of_row = items_of_rows(rows.ids, rules.duplicates)
    tags_of_rows = spell(rows.spellings, rules)
    named = Named(rows.row, item_of_row[rows.row], rows.code, rows.spellings, tags_of_rows)
    pairs = make_labels(named, rules)
    if step.tags is not None and step.tags.targets:
        pairs = make_pairs(pairs.item, pairs.tag, step.tags.renamed(pairs.names))
    width = max(len(pairs.names), 1)
    item = items.get_indexer(ids)
    names = pd.Index(pairs.names, dtype=object)
    tag = names.get_indexer(tags.cat.categories.astype(object))[tags.cat.codes.to_numpy()]
    keys, wanted = pairs.item * width + pairs.tag, item * width + tag
    # Both are in ascending order, so the search is as quick as a merge.
    position = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
    has = (item >= 0) & (tag >= 0) & bool(len(keys))
    has[has] = keys[position[has]] == wanted[has]
    return np.asarray(has, bool)
