"""Every table of the work tree, read together, and every check of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from tagledger import documents, params, tables
from tagledger.labels import Indicator, indicator
from tagledger.own_schemas.loading import own_model
from tagledger.params import SplitParams
from tagledger.splitting.base import Base, of_kind, read_base, torn_groups
from tagledger.splitting.quality import split_report
from tagledger.validation import CheckResult, results
from tagledger_schemas import relations
from tagledger_schemas.annotated import (
    AnnotatedLabels,
    AnnotatedTaxonomy,
    Disputes,
    Rejected,
    TagChanges,
    Verdicts,
)
from tagledger_schemas.base import Table
from tagledger_schemas.clean import Items, Labels, Quarantine, Taxonomy
from tagledger_schemas.filtered import FilteredLabels, Tags
from tagledger_schemas.splits import Assignments, SplitItems

_ROWS = ("rows", "quarantined", "merged")
_Checked = tuple[type[Table], pd.DataFrame, str, relations.Related]


@dataclass(frozen=True)
class Annotated:
    """The tables of the annotate stage, and its books."""

    labels: pd.DataFrame
    taxonomy: pd.DataFrame
    verdicts: pd.DataFrame
    disputes: pd.DataFrame
    rejected: pd.DataFrame
    tag_changes: pd.DataFrame
    rows: Mapping[str, Any] = field(default_factory=dict)


def _read_annotated() -> Annotated:
    return Annotated(
        labels=tables.read(tables.ANNOTATED_LABELS),
        taxonomy=tables.read(tables.ANNOTATED_TAXONOMY),
        verdicts=tables.read(tables.VERDICTS),
        disputes=tables.read(tables.DISPUTES),
        rejected=tables.read(tables.REJECTED),
        tag_changes=tables.read(tables.TAG_CHANGES),
        rows=documents.read_object(tables.ANNOTATED_ROWS, hint="`dvc repro` makes it anew"),
    )


@dataclass(frozen=True)
class Tables:
    """Every table of the workspace."""

    items: pd.DataFrame
    labels: pd.DataFrame
    taxonomy: pd.DataFrame
    quarantine: pd.DataFrame
    annotated: Annotated
    filtered: pd.DataFrame
    tags: pd.DataFrame
    assignments: pd.DataFrame
    splits: Mapping[str, pd.DataFrame]
    rows: Mapping[str, Any]
    settings: SplitParams
    base: Base | None = None

    @cached_property
    def matrix(self) -> Indicator:
        """The filtered labels as an indicator matrix."""
        return indicator(self.filtered)

    @cached_property
    def split(self) -> dict[str, Any]:
        """How good the split is."""
        return split_report(self.matrix, self.assignments, self.items, self.settings, self.base)


def read_tables() -> Tables:
    """Read every table of the workspace."""
    settings = params.load(SplitParams)
    items, base = tables.read(tables.CLEAN_ITEMS), read_base(settings)
    return Tables(
        items=items,
        labels=tables.read(tables.CLEAN_LABELS),
        taxonomy=tables.read(tables.CLEAN_TAXONOMY),
        quarantine=tables.read(tables.CLEAN_QUARANTINE),
        annotated=_read_annotated(),
        filtered=tables.read(tables.FILTERED_LABELS),
        tags=tables.read(tables.FILTERED_TAGS),
        assignments=tables.read(tables.ASSIGNMENTS),
        splits={name: tables.read(tables.SPLITS / f"{name}.parquet") for name in settings.ratios},
        rows=documents.read_counts(tables.CLEAN_ROWS, _ROWS, hint="`dvc repro` makes it anew"),
        settings=settings,
        base=None if base is None else of_kind(base, items["id"]),
    )


def check_results(built: Tables, own: Path | None) -> list[CheckResult]:
    """Every check of every table, in the order of the pipeline.

    Parameters
    ----------
    built
        The tables.
    own
        The folder of the repository whose own schemas are run; None for Tagledger's alone.

    Raises
    ------
    TagledgerError
        The user's own schemas cannot be run.
    """
    ids, filtered = built.items["id"], built.filtered["id"]
    tables_and_relations: list[_Checked] = [
        (Items, built.items, "clean/items", {}),
        (Labels, built.labels, "clean/labels", relations.labels(ids)),
        (Taxonomy, built.taxonomy, "clean/taxonomy", {}),
        (Quarantine, built.quarantine, "clean/quarantine", {}),
        *_annotated_tables(built),
        (
            FilteredLabels,
            built.filtered,
            "filtered/labels",
            relations.filtered_labels(built.annotated.labels["id"], built.tags),
        ),
        (Tags, built.tags, "filtered/tags", {}),
        (
            Assignments,
            built.assignments,
            "splits/assignments",
            relations.assignments(
                filtered, built.items, built.splits, torn=torn_groups(built.items, built.base)
            ),
        ),
        *((SplitItems, part, f"splits/{name}", {}) for name, part in built.splits.items()),
    ]
    return [
        result
        for model, df, name, related in tables_and_relations
        for result in results(own_model(model, own), df, name, related)
    ]


def _annotated_tables(built: Tables) -> list[_Checked]:
    annotated, ids = built.annotated, built.items["id"]
    return [
        (AnnotatedLabels, annotated.labels, "annotated/labels", relations.labels(ids)),
        (AnnotatedTaxonomy, annotated.taxonomy, "annotated/taxonomy", {}),
        (Verdicts, annotated.verdicts, "annotated/verdicts", relations.verdicts(ids)),
        (Disputes, annotated.disputes, "annotated/disputes", relations.verdicts(ids)),
        (Rejected, annotated.rejected, "annotated/rejected", {}),
        (TagChanges, annotated.tag_changes, "annotated/tag_changes", {}),
    ]
