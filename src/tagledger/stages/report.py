"""The report stage: metrics, plots and the state of every check, small enough for git."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from tagledger import errors, files, params, tables
from tagledger.labels import Indicator, indicator
from tagledger.measures.imbalance import ir_per_label, measure
from tagledger.measures.table import measures
from tagledger.params import FilterParams, SplitParams
from tagledger.splitting.base import Base, of_kind, read_base, torn_groups
from tagledger.splitting.quality import split_report
from tagledger.splitting.sizes import part_sizes
from tagledger.validation import CheckResult, results
from tagledger_schemas import relations
from tagledger_schemas.base import Table
from tagledger_schemas.clean import Items, Labels, Quarantine, Taxonomy
from tagledger_schemas.filtered import FilteredLabels, Tags
from tagledger_schemas.splits import Assignments, SplitItems

METRICS = tables.REPORTS / "metrics.json"
QUALITY = tables.REPORTS / "quality.json"
_ROWS = ("rows", "quarantined", "merged")


@dataclass(frozen=True)
class Tables:
    """Every table of the workspace."""

    items: pd.DataFrame
    labels: pd.DataFrame
    taxonomy: pd.DataFrame
    quarantine: pd.DataFrame
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


def tag_share_error(matrix: Indicator, split: pd.Series) -> float:
    """Largest difference between a tag's share of a split's items and its share of all items.

    Parameters
    ----------
    matrix
        The filtered labels.
    split
        Shape (items,): the split of each row of `matrix`.

    Returns
    -------
    float
        In shares of items, from 0 to 1; 0 where there is no item or no tag.
    """
    if not len(matrix.ids) or not len(matrix.tags):
        return 0.0
    overall = matrix.counts / len(matrix.ids)
    worst = 0.0
    for name in sorted(split.unique()):
        rows = np.flatnonzero(split == name)
        here = np.bincount(matrix.matrix[rows].indices, minlength=len(matrix.tags)) / len(rows)
        worst = max(worst, float(np.abs(here - overall).max()))
    return worst


def metrics(made: Tables) -> dict[str, Any]:
    """The numbers of a version: of the filtered items, unless the name says otherwise."""
    matrix = made.matrix
    imbalance = measure(matrix)
    divided = made.split
    return {
        "rows": made.rows["rows"],
        "quarantined": made.rows["quarantined"],
        "merged": made.rows["merged"],
        "clean_items": len(made.items),
        "clean_labels": len(made.labels),
        "kept_share": imbalance.items / len(made.items) if len(made.items) else 0.0,
        **{one.name: one.of(imbalance) for one in measures("report")},
        "split": divided["sizes"],
        "split_error": divided["error"],
        **({} if made.settings.folds is None else {"folds": _folds(made)}),
        "split_lineage": {name: divided["lineage"][name] for name in ("kept", "new", "moved")},
        "worst_tag_share_error": tag_share_error(matrix, made.assignments["split"]),
    }


def _folds(made: Tables) -> dict[str, int]:
    """Items of each fold."""
    return part_sizes(made.assignments, (), made.settings.folds)


def plots(made: Tables, threshold: int) -> dict[str, pd.DataFrame]:
    """The tables behind the plots, by file name."""
    matrix = made.matrix
    seen = made.tags[made.tags["count"] > 0].sort_values(
        ["count", "tag"], ascending=[False, True], kind="stable"
    )
    per_item = np.bincount(matrix.lengths)
    month = made.items["created_on"].dropna().dt.strftime("%Y-%m")
    by_month = month.value_counts().sort_index().rename_axis("month").reset_index(name="items")
    worst = pd.DataFrame(made.split["tags"]["worst"], columns=["tag", "split", "wanted", "got"])
    imbalance = pd.DataFrame({"tag": matrix.tags, "irlbl": ir_per_label(matrix.counts)})
    return {
        "tags.csv": seen.assign(threshold=threshold),
        "labels_per_item.csv": pd.DataFrame(
            {"labels": np.arange(len(per_item)), "items": per_item}
        ),
        "irlbl.csv": imbalance.sort_values(["irlbl", "tag"], ignore_index=True),
        "items_over_time.csv": by_month,
        "split_tags.csv": worst.assign(gap=worst["got"] - worst["wanted"]),
    }


def check_results(made: Tables) -> list[CheckResult]:
    """Every check of every table, in the order of the pipeline."""
    ids, filtered = made.items["id"], made.filtered["id"]
    tables_and_relations: list[tuple[type[Table], pd.DataFrame, str, relations.Related]] = [
        (Items, made.items, "clean/items", {}),
        (Labels, made.labels, "clean/labels", relations.labels(ids)),
        (Taxonomy, made.taxonomy, "clean/taxonomy", {}),
        (Quarantine, made.quarantine, "clean/quarantine", {}),
        (
            FilteredLabels,
            made.filtered,
            "filtered/labels",
            relations.filtered_labels(made.labels["id"], made.tags),
        ),
        (Tags, made.tags, "filtered/tags", {}),
        (
            Assignments,
            made.assignments,
            "splits/assignments",
            relations.assignments(
                filtered, made.items, made.splits, torn=torn_groups(made.items, made.base)
            ),
        ),
        *((SplitItems, part, f"splits/{name}", {}) for name, part in made.splits.items()),
    ]
    return [
        result
        for model, df, name, related in tables_and_relations
        for result in results(model, df, name, related)
    ]


def quality(made: Tables) -> dict[str, Any]:
    """Every check with rows checked, rows failed and first failures; quarantine; groups."""
    found = check_results(made)
    sizes = made.items["group"].value_counts()
    return {
        "format": 1,
        "checks": [asdict(result) for result in found],
        "failed": sum(1 for result in found if result.failed),
        "split": {name: made.split[name] for name in ("empty", "tags", "groups", "lineage")},
        "quarantine": dict(sorted(Counter(made.quarantine["reason"]).items())),
        "suspicious": made.rows.get("suspicious", []),
        "groups": {
            "of_several_items": int((sizes > 1).sum()),
            "items_in_them": int(sizes[sizes > 1].sum()),
            "largest": int(sizes.max()) if len(sizes) else 0,
        },
    }


def read_tables() -> Tables:
    """Read every table of the workspace."""
    settings = params.load(SplitParams)
    items, base = tables.read(tables.CLEAN_ITEMS), read_base(settings)
    return Tables(
        items=items,
        labels=tables.read(tables.CLEAN_LABELS),
        taxonomy=tables.read(tables.CLEAN_TAXONOMY),
        quarantine=tables.read(tables.CLEAN_QUARANTINE),
        filtered=tables.read(tables.FILTERED_LABELS),
        tags=tables.read(tables.FILTERED_TAGS),
        assignments=tables.read(tables.ASSIGNMENTS),
        splits={name: tables.read(tables.SPLITS / f"{name}.parquet") for name in settings.ratios},
        rows=files.read_counts(tables.CLEAN_ROWS, _ROWS, hint="`dvc repro` makes it anew"),
        settings=settings,
        base=None if base is None else of_kind(base, items["id"]),
    )


def main() -> None:
    """Read every table, write the reports."""
    settings = params.load(FilterParams)
    # DVC runs this stage, too, where nothing changed but that a killed one left something there.
    for folder in (tables.CLEAN_ROWS.parent, tables.FILTERED_TAGS.parent, tables.SPLITS):
        files.sweep(folder)
    made = read_tables()
    numbers, state = metrics(made), quality(made)
    charts = plots(made, settings.min_tag_count)
    tables.write(
        {
            **{tables.REPORTS / name: tables.csv_bytes(df) for name, df in charts.items()},
            QUALITY: files.json_bytes(state),
            METRICS: files.json_bytes(numbers),
        }
    )
    errors.say(
        f"report: {len(state['checks'])} checks, {state['failed']} failed; "
        f"MeanIR {numbers['mean_ir']:.2f}, SCUMBLE {numbers['scumble']:.3f}"
    )


if __name__ == "__main__":
    errors.run(main)
