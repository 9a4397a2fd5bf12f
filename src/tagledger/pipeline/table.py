"""The stages of the pipeline: what each reads, runs and writes.

From this table `tagledger init` writes dvc.yaml, and each stage's digest is made of the code and
the packages that stand here. `tests/unit/test_pipeline_table.py` holds that this repository's own
dvc.yaml says the same, file by file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

TOOL_LOCK = Path("tagledger.lock")  # of a repository of one's own, beside dvc.yaml

_GROUND = ("tagledger/documents.py", "tagledger/errors.py", "tagledger/files.py")
_TABLES = (
    "tagledger/own_schemas/files.py",
    "tagledger/own_schemas/loading.py",
    "tagledger/own_schemas/rules.py",
    "tagledger/reports.py",
    "tagledger/tables.py",
    "tagledger/validation.py",
)
_BASE_SCHEMAS = (
    "tagledger_schemas/base.py",
    "tagledger_schemas/checks.py",
    "tagledger_schemas/clean.py",
    "tagledger_schemas/relations.py",
)
_NEW_ITEMS = (
    "tagledger/events/canonical.py",
    "tagledger/events/event.py",
    "tagledger/events/new_items.py",
)
_COLUMNS = ("numpy", "pandas", "pyarrow")


@dataclass(frozen=True)
class Stage:
    """A stage of the pipeline.

    Attributes
    ----------
    name
        Its name; `tagledger.stages` has a module of that name.
    desc
        What it does, in a line.
    data
        What it reads: paths from the folder of dvc.yaml.
    code
        Modules and folders of this distribution that it runs, from the folder of their package.
    schemas
        Those of clean, annotated, filtered and splits in `tagledger_schemas` that it imports,
        directly or not. In a repository of one's own, `schemas/` may have a file of that name with
        checks of one's own.
    params
        The keys of params.yaml that it reads.
    packages
        The libraries whose release may decide a byte of what it writes.
    outs
        What it writes and DVC keeps.
    reports
        What it writes and git keeps.
    metrics
        Those of the reports that `dvc metrics` shows.
    plots
        Those of the reports that `dvc plots` draws, each with its settings.
    """

    name: str
    desc: str
    data: tuple[str, ...]
    code: tuple[str, ...]
    params: tuple[str, ...]
    schemas: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    outs: tuple[str, ...] = ()
    reports: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    plots: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def _plot(template: str, title: str, x: tuple[str, str], y: tuple[str, str]) -> dict[str, str]:
    """The settings of a plot; an axis is a column and its label."""
    settings = {"template": template, "title": title, "x": x[0], "y": y[0]}
    return settings | {"x_label": x[1], "y_label": y[1]}


STAGES = (
    Stage(
        name="fetch",
        desc="Copy the files of the chosen snapshot to data/raw, and prove them by their sha256",
        data=("data/items", "data/sources.yaml"),
        code=(
            *_GROUND,
            *_NEW_ITEMS,
            "tagledger/bounds.py",
            "tagledger/params.py",
            "tagledger/sources",
            "tagledger/stages/fetch.py",
            "tagledger/words.py",
        ),
        params=("fetch",),
        outs=("data/raw",),
    ),
    Stage(
        name="clean",
        desc="Turn the source's rows into items, labels and a taxonomy; set aside what cannot be "
        "repaired",
        data=("data/raw",),
        code=(
            *_GROUND,
            *_TABLES,
            *_BASE_SCHEMAS,
            *_NEW_ITEMS,
            "tagledger/bounds.py",
            "tagledger/cleaning",
            "tagledger/params.py",
            "tagledger/readers",
            "tagledger/sources/file_reading.py",
            "tagledger/sources/formats.py",
            "tagledger/sources/labels.py",
            "tagledger/sources/models.py",
            "tagledger/sources/reading.py",
            "tagledger/stages/clean.py",
            "tagledger/words.py",
        ),
        schemas=("clean",),
        params=("clean",),
        packages=(*_COLUMNS, "orjson", "python-calamine", "rensa", "scipy"),
        outs=(
            "data/clean/items.parquet",
            "data/clean/labels.parquet",
            "data/clean/quarantine.parquet",
            "data/clean/rows.json",
            "data/clean/taxonomy.parquet",
        ),
    ),
    Stage(
        name="annotate",
        desc="Fold what people answered into labels; set aside what cannot be used, with its "
        "reason",
        data=(
            "data/annotations",
            "data/clean/items.parquet",
            "data/clean/labels.parquet",
            "data/clean/rows.json",
            "data/clean/taxonomy.parquet",
        ),
        code=(
            *_GROUND,
            *_TABLES,
            *_BASE_SCHEMAS,
            "tagledger_schemas/annotated.py",
            "tagledger/bounds.py",
            "tagledger/agreement/alpha.py",
            "tagledger/agreement/answers.py",
            "tagledger/agreement/between.py",
            "tagledger/agreement/pairs.py",
            "tagledger/cleaning/taxonomy.py",
            "tagledger/cleaning/text.py",
            "tagledger/events/canonical.py",
            "tagledger/events/event.py",
            "tagledger/events/store.py",
            "tagledger/labels.py",
            "tagledger/measures/imbalance.py",
            "tagledger/params.py",
            "tagledger/stages/annotate.py",
            "tagledger/verdicts/accounts.py",
            "tagledger/verdicts/cells.py",
            "tagledger/verdicts/dawid_skene.py",
            "tagledger/verdicts/fold.py",
            "tagledger/verdicts/frames.py",
            "tagledger/verdicts/gathering.py",
            "tagledger/verdicts/judging.py",
            "tagledger/verdicts/lines.py",
            "tagledger/verdicts/policies.py",
            "tagledger/verdicts/reading.py",
            "tagledger/verdicts/sifting.py",
            "tagledger/verdicts/tag_changes.py",
            "tagledger/verdicts/tag_lists.py",
            "tagledger/verdicts/taxonomy.py",
        ),
        schemas=("clean", "annotated"),
        params=("annotate",),
        packages=(*_COLUMNS, "scipy"),
        outs=(
            "data/annotated/disputes.parquet",
            "data/annotated/labels.parquet",
            "data/annotated/rejected.parquet",
            "data/annotated/rows.json",
            "data/annotated/tag_changes.parquet",
            "data/annotated/taxonomy.parquet",
            "data/annotated/verdicts.parquet",
        ),
    ),
    Stage(
        name="filter",
        desc="Decide on each tag (taxonomy, exclusions, threshold) and keep the labels of kept "
        "tags",
        data=(
            "data/annotated/labels.parquet",
            "data/annotated/taxonomy.parquet",
            "data/clean/rows.json",
        ),
        code=(
            *_GROUND,
            *_TABLES,
            *_BASE_SCHEMAS,
            "tagledger_schemas/annotated.py",
            "tagledger_schemas/filtered.py",
            "tagledger/bounds.py",
            "tagledger/cleaning/taxonomy.py",
            "tagledger/cleaning/text.py",
            "tagledger/params.py",
            "tagledger/stages/filter.py",
            "tagledger/words.py",
        ),
        schemas=("clean", "annotated", "filtered"),
        params=("filter",),
        packages=(*_COLUMNS, "scipy"),
        outs=("data/filtered/labels.parquet", "data/filtered/tags.parquet"),
    ),
    Stage(
        name="split",
        desc="Divide the filtered items, stratified by tag, with near duplicates in one split",
        data=("data/base", "data/clean/items.parquet", "data/filtered/labels.parquet"),
        code=(
            *_GROUND,
            *_TABLES,
            *_BASE_SCHEMAS,
            "tagledger_schemas/filtered.py",
            "tagledger_schemas/splits.py",
            "tagledger/bounds.py",
            "tagledger/labels.py",
            "tagledger/params.py",
            "tagledger/splitting/base.py",
            "tagledger/splitting/sizes.py",
            "tagledger/stages/split.py",
            "tagledger/stratify",
        ),
        schemas=("clean", "filtered", "splits"),
        params=("split",),
        packages=(*_COLUMNS, "scipy"),
        outs=("data/splits",),
    ),
    Stage(
        name="report",
        desc="Write the measures and check results of the version, small enough for git",
        data=("data/annotated", "data/base", "data/clean", "data/filtered", "data/splits"),
        code=(
            *_GROUND,
            *_TABLES,
            *_BASE_SCHEMAS,
            "tagledger_schemas/annotated.py",
            "tagledger_schemas/filtered.py",
            "tagledger_schemas/splits.py",
            "tagledger/bounds.py",
            "tagledger/kept/check_results.py",
            "tagledger/kept_files.py",
            "tagledger/labels.py",
            "tagledger/measures/annotations.py",
            "tagledger/measures/imbalance.py",
            "tagledger/measures/table.py",
            "tagledger/params.py",
            "tagledger/pipeline/table.py",
            "tagledger/splitting/base.py",
            "tagledger/splitting/quality.py",
            "tagledger/splitting/sizes.py",
            "tagledger/stages/report.py",
            "tagledger/stratify",
            "tagledger/workspace.py",
        ),
        schemas=("clean", "annotated", "filtered", "splits"),
        params=("filter.min_tag_count", "split"),
        packages=(*_COLUMNS, "orjson", "scipy"),
        metrics=("reports/metrics.json",),
        plots={
            "reports/tags.csv": _plot(
                "tags",
                "Items per tag, and the threshold",
                ("count", "items"),
                ("tag", "tag"),
            ),
            "reports/labels_per_item.csv": _plot(
                "bars", "Labels per item", ("labels", "labels of an item"), ("items", "items")
            ),
            "reports/irlbl.csv": _plot(
                "bar_horizontal_sorted",
                "Imbalance of each tag (IRLbl, most used tag over this one)",
                ("irlbl", "IRLbl"),
                ("tag", "tag"),
            ),
            "reports/items_over_time.csv": _plot(
                "linear", "Items per month", ("month", "month"), ("items", "items")
            ),
            "reports/split_tags.csv": _plot(
                "bar_horizontal_sorted",
                "Tags furthest from their share of a split",
                ("gap", "items more (or fewer) than the split's share"),
                ("tag", "tag"),
            ),
        },
        reports=("reports/quality.json",),
    ),
)

PACKAGES = tuple(sorted({package for stage in STAGES for package in stage.packages}))
