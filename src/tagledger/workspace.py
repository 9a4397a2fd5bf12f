"""Every table of the work tree, read together, and every check of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from tagledger import documents, params, tables
from tagledger.labels import Indicator, indicator
from tagledger.own_schemas.loading import own_model
from tagledger.params import SplitParams
from tagledger.reports import CheckResult
from tagledger.splitting.base import Base, of_kind, read_base, torn_groups
from tagledger.splitting.quality import split_report
from tagledger.validation import results
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

MODELS: Mapping[str, tuple[type[Table], Path]] = {
    "clean/items": (Items, tables.CLEAN_ITEMS),
    "clean/labels": (Labels, tables.CLEAN_LABELS),
    "clean/taxonomy": (Taxonomy, tables.CLEAN_TAXONOMY),
    "clean/quarantine": (Quarantine, tables.CLEAN_QUARANTINE),
    "annotated/labels": (AnnotatedLabels, tables.ANNOTATED_LABELS),
    "annotated/taxonomy": (AnnotatedTaxonomy, tables.ANNOTATED_TAXONOMY),
    "annotated/verdicts": (Verdicts, tables.VERDICTS),
    "annotated/disputes": (Disputes, tables.DISPUTES),
    "annotated/rejected": (Rejected, tables.REJECTED),
    "annotated/tag_changes": (TagChanges, tables.TAG_CHANGES),
    "filtered/labels": (FilteredLabels, tables.FILTERED_LABELS),
    "filtered/tags": (Tags, tables.FILTERED_TAGS),
    "splits/assignments": (Assignments, tables.ASSIGNMENTS),
}
"""The tables that are checked, but for the items of each split: their models, and where they lie.

The order is that of reports.
"""

_SPLITS = "splits/"
_ROWS = ("rows", "quarantined", "merged")


@dataclass(frozen=True)
class Tables:
    """Every table of the workspace.

    Attributes
    ----------
    frames
        The tables by their names in reports: those of `MODELS`, and `splits/NAME` for each split.
    rows, annotated_rows
        The books of the stages clean and annotate.
    settings
        How items were divided.
    base
        The split base; None without one.
    """

    frames: Mapping[str, pd.DataFrame]
    rows: Mapping[str, Any]
    annotated_rows: Mapping[str, Any]
    settings: SplitParams
    base: Base | None = None

    @property
    def items(self) -> pd.DataFrame:
        """The clean items."""
        return self.frames["clean/items"]

    @property
    def labels(self) -> pd.DataFrame:
        """The clean labels."""
        return self.frames["clean/labels"]

    @property
    def quarantine(self) -> pd.DataFrame:
        """The rows and labels that were set aside."""
        return self.frames["clean/quarantine"]

    @property
    def verdicts(self) -> pd.DataFrame:
        """What people's answers say of an item and a tag."""
        return self.frames["annotated/verdicts"]

    @property
    def filtered(self) -> pd.DataFrame:
        """The filtered labels."""
        return self.frames["filtered/labels"]

    @property
    def tags(self) -> pd.DataFrame:
        """The decision on each tag."""
        return self.frames["filtered/tags"]

    @property
    def assignments(self) -> pd.DataFrame:
        """Which split each item is in."""
        return self.frames["splits/assignments"]

    @property
    def splits(self) -> dict[str, pd.DataFrame]:
        """The items of each split."""
        return {
            name.removeprefix(_SPLITS): df for name, df in self.frames.items() if name not in MODELS
        }

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
    base = read_base(settings)
    frames = {name: tables.read(path) for name, (_, path) in MODELS.items()}
    for name in settings.ratios:
        frames[f"{_SPLITS}{name}"] = tables.read(tables.SPLITS / f"{name}.parquet")
    hint = "`dvc repro` makes it anew"
    return Tables(
        frames=frames,
        rows=documents.read_counts(tables.CLEAN_ROWS, _ROWS, hint=hint),
        annotated_rows=documents.read_object(tables.ANNOTATED_ROWS, hint=hint),
        settings=settings,
        base=None if base is None else of_kind(base, frames["clean/items"]["id"]),
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
    beside = related(built.frames)
    beside["splits/assignments"] = relations.assignments(
        built.filtered["id"], built.items, built.splits, torn=torn_groups(built.items, built.base)
    )
    return [
        result
        for name, df in built.frames.items()
        for result in results(own_model(model_of(name), own), df, name, beside.get(name))
    ]


def model_of(name: str) -> type[Table]:
    """The model of a table by its name in reports."""
    return MODELS[name][0] if name in MODELS else SplitItems


def related(frames: Mapping[str, pd.DataFrame]) -> dict[str, relations.Related]:
    """The checks of tables of a version against others of it, by the tables' names in reports.

    Parameters
    ----------
    frames
        The tables by their names in reports. A version from before the annotate stage has none of
        its tables: its filter read the clean labels.
    """
    ids = frames["clean/items"]["id"]
    before = frames.get("annotated/labels", frames["clean/labels"])["id"]
    return {
        "clean/labels": relations.labels(ids),
        "annotated/labels": relations.labels(ids),
        "annotated/verdicts": relations.verdicts(ids),
        "annotated/disputes": relations.verdicts(ids),
        "filtered/labels": relations.filtered_labels(before, frames["filtered/tags"]),
    }
