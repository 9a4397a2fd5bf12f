"""The tables of a version checked again with the current schemas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from tagledger import tables
from tagledger.own_schemas.loading import own_model
from tagledger.validation import CheckResult, find_failures, results
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

MODELS: Mapping[str, tuple[type[Table], str]] = {
    "clean/items": (Items, tables.CLEAN_ITEMS.as_posix()),
    "clean/labels": (Labels, tables.CLEAN_LABELS.as_posix()),
    "clean/taxonomy": (Taxonomy, tables.CLEAN_TAXONOMY.as_posix()),
    "clean/quarantine": (Quarantine, tables.CLEAN_QUARANTINE.as_posix()),
    "annotated/labels": (AnnotatedLabels, tables.ANNOTATED_LABELS.as_posix()),
    "annotated/taxonomy": (AnnotatedTaxonomy, tables.ANNOTATED_TAXONOMY.as_posix()),
    "annotated/verdicts": (Verdicts, tables.VERDICTS.as_posix()),
    "annotated/disputes": (Disputes, tables.DISPUTES.as_posix()),
    "annotated/rejected": (Rejected, tables.REJECTED.as_posix()),
    "annotated/tag_changes": (TagChanges, tables.TAG_CHANGES.as_posix()),
    "filtered/labels": (FilteredLabels, tables.FILTERED_LABELS.as_posix()),
    "filtered/tags": (Tags, tables.FILTERED_TAGS.as_posix()),
    "splits/assignments": (Assignments, tables.ASSIGNMENTS.as_posix()),
}


@dataclass(frozen=True)
class Recheck:
    """The results of the current schemas for a version.

    Attributes
    ----------
    checks
        The results of all checks.
    failures
        Every value that fails one: columns table, id, column, check, value.
    """

    checks: list[CheckResult]
    failures: pd.DataFrame


def recheck(
    read: Callable[[str], pd.DataFrame],
    splits: Mapping[str, str],
    own: Path | None = None,
    *,
    annotated: bool = True,
) -> Recheck:
    """Check each table with its schema, and check that the items and tags of labels exist.

    Parameters
    ----------
    read
        Reads a table by its path.
    splits
        Path of each split's items, by name.
    own
        The folder of the repository whose own schemas hold too; None for Tagledger's alone.
    annotated
        Whether the version has the tables of the annotate stage; older ones do not.

    Raises
    ------
    TagledgerError
        The user's own schemas cannot be run.
    """
    models = {name: one for name, one in MODELS.items() if annotated or not _is_annotated(name)}
    models |= {f"splits/{name}": (SplitItems, path) for name, path in splits.items()}
    frames = {name: read(path) for name, (_, path) in models.items()}
    ids, before = frames["clean/items"]["id"], "annotated/labels" if annotated else "clean/labels"
    related = {
        "clean/labels": relations.labels(ids),
        "annotated/labels": relations.labels(ids),
        "annotated/verdicts": relations.verdicts(ids),
        "annotated/disputes": relations.verdicts(ids),
        "filtered/labels": relations.filtered_labels(frames[before]["id"], frames["filtered/tags"]),
    }
    checks: list[CheckResult] = []
    failures: list[pd.DataFrame] = []
    for name, (packaged, _) in models.items():
        model = own_model(packaged, own)
        checks += results(model, frames[name], name, related.get(name))
        failures.append(find_failures(model, frames[name], name, related.get(name)))
    return Recheck(checks, pd.concat(failures, ignore_index=True))


def _is_annotated(name: str) -> bool:
    return name.startswith("annotated/")
