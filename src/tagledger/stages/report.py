"""The report stage: metrics, plots and the state of every check, small enough for git."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tagledger import documents, errors, files, params, reports, tables
from tagledger.kept.check_results import READ, keep_results, results_key
from tagledger.kept_files import git_folder
from tagledger.labels import Indicator
from tagledger.measures.annotations import count_annotations, in_metrics
from tagledger.measures.imbalance import ir_per_label, measure
from tagledger.measures.table import measures
from tagledger.params import FilterParams
from tagledger.reports import CheckResult
from tagledger.splitting.sizes import part_sizes
from tagledger.workspace import Tables, check_results, read_tables


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


def metrics(version: Tables) -> dict[str, Any]:
    """The numbers of a version: of the filtered items, unless the name says otherwise."""
    matrix = version.matrix
    imbalance = measure(matrix)
    divided = version.split
    return {
        "rows": version.rows["rows"],
        "quarantined": version.rows["quarantined"],
        "merged": version.rows["merged"],
        "clean_items": len(version.items),
        "clean_labels": len(version.labels),
        "kept_share": imbalance.items / len(version.items) if len(version.items) else 0.0,
        **{one.name: one.of(imbalance) for one in measures("report")},
        "split": divided["sizes"],
        "split_error": divided["error"],
        **({} if version.settings.folds is None else {"folds": _folds(version)}),
        "split_lineage": {name: divided["lineage"][name] for name in ("kept", "new", "moved")},
        "annotations": in_metrics(
            count_annotations(version.verdicts, len(version.items), version.annotated_rows)
        ),
        "worst_tag_share_error": tag_share_error(matrix, version.assignments["split"]),
    }


def _folds(version: Tables) -> dict[str, int]:
    """Items of each fold."""
    return part_sizes(version.assignments, (), version.settings.folds)


def plots(version: Tables, threshold: int) -> dict[str, pd.DataFrame]:
    """The tables behind the plots, by file name."""
    matrix = version.matrix
    seen = version.tags[version.tags["count"] > 0].sort_values(
        ["count", "tag"], ascending=[False, True], kind="stable"
    )
    per_item = np.bincount(matrix.lengths)
    month = version.items["created_on"].dropna().dt.strftime("%Y-%m")
    by_month = month.value_counts().sort_index().rename_axis("month").reset_index(name="items")
    worst = pd.DataFrame(version.split["tags"]["worst"], columns=["tag", "split", "wanted", "got"])
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


def quality(version: Tables, results: Sequence[CheckResult]) -> dict[str, Any]:
    """What reports/quality.json says.

    Parameters
    ----------
    version
        The tables.
    results
        The results of every check of them.

    Returns
    -------
    dict
        Every check with rows checked, rows failed and first failures; quarantine; groups.
    """
    sizes = version.items["group"].value_counts()
    return {
        "format": 1,
        "checks": [asdict(result) for result in results],
        "failed": sum(1 for result in results if result.failed),
        "split": {name: version.split[name] for name in ("empty", "tags", "groups", "lineage")},
        "quarantine": dict(sorted(Counter(version.quarantine["reason"]).items())),
        "suspicious": version.rows.get("suspicious", []),
        "groups": {
            "of_several_items": int((sizes > 1).sum()),
            "items_in_them": int(sizes[sizes > 1].sum()),
            "largest": int(sizes.max()) if len(sizes) else 0,
        },
    }


def main() -> None:
    """Read every table, write the reports."""
    settings = params.load(FilterParams)
    # DVC runs this stage, too, where nothing changed but that a killed one left something there.
    for folder in READ:
        files.sweep(folder)
    root = Path()
    git_dir = git_folder(root)
    key = None if git_dir is None else results_key(root)
    version = read_tables()
    results = check_results(version, root)
    numbers, state = metrics(version), quality(version, results)
    charts = plots(version, settings.min_tag_count)
    tables.write(
        {
            **{reports.FOLDER / name: tables.csv_bytes(df) for name, df in charts.items()},
            reports.QUALITY: documents.json_bytes(state),
            reports.METRICS: documents.json_bytes(numbers),
        }
    )
    if git_dir is not None:
        keep_results(git_dir, root, key, results)
    errors.say(
        f"report: {len(state['checks'])} checks, {state['failed']} failed; "
        f"MeanIR {numbers['mean_ir']:.2f}, SCUMBLE {numbers['scumble']:.3f}"
    )


if __name__ == "__main__":
    errors.run(main)
