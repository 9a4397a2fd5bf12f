"""What the workspace holds, for a terminal of 80 columns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from tagledger.render.output import terminal
from tagledger.words import count, number, percent

# Imported for types only: other commands need not wait for pandas.
if TYPE_CHECKING:
    from tagledger.summary import Summary


def print_summary(summary: Summary, *, unfinished: bool = False, own_code: bool = True) -> None:
    """Print the dataset of the workspace, and what to do next.

    Of an `unfinished` build the source may be another one than that of the numbers. A repository
    with its `own_code` has a Makefile and an environment; any other one runs the installed tool.
    """
    console = terminal()
    # JSON has null for what is not defined, such as the labels per item of no items.
    metrics = summary.metrics.items()
    numbers: dict[str, Any] = {name: math.nan if at is None else at for name, at in metrics}
    rows = (
        f"{count(numbers['rows'], 'row')} = {count(numbers['clean_items'], 'item')} + "
        f"{number(numbers['quarantined'])} set aside + {number(numbers['merged'])} merged by id"
    )
    kept = (
        f"{count(numbers['items'], 'item')}, {count(numbers['labels'], 'label')}; "
        f"{number(numbers['tags'])} of {count(summary.tags_seen, 'tag')} stay"
    )
    splits = ", ".join(
        f"{name} {number(split['items'])}{_share(split['share'])}"
        for name, split in numbers["split"].items()
    )
    balance = (
        f"{number(numbers['cardinality'], 2)} labels per item; "
        f"MeanIR {number(numbers['mean_ir'], 2)}, SCUMBLE {number(numbers['scumble'], 3)}"
    )
    console.print()
    title = f"Dataset {summary.source} {summary.snapshot}"
    if unfinished:
        title = "The dataset before the build that is unfinished"
    console.print(Text(title, style="bold"))
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="cyan")
    grid.add_column()
    for name, line in (
        ("source", rows),
        ("filtered", kept),
        ("splits", splits),
        ("balance", balance),
    ):
        grid.add_row(name, line)
    console.print(grid)
    console.print()
    threshold = "" if summary.threshold is None else f" (≥ {summary.threshold})"
    columns = (
        ("Most used", summary.most_used),
        (f"Just above{threshold}", summary.just_made_it),
        ("Just below", summary.just_missed_it),
    )
    console.print(_side_by_side(columns))
    console.print(
        Text.assemble(
            "Next: ",
            ("make dashboard" if own_code else "tagledger dashboard", "bold"),
            " opens it in the browser. To make the next version,\n",
            "      change a number in params.yaml",
            "" if own_code else ", or bring a file by tagledger add,",
            " and run " if own_code else "\n      and run ",
            (".venv/bin/dvc repro" if own_code else "dvc repro", "bold"),
            ".",
        )
    )


def _share(share: float | None) -> str:
    return "" if share is None else f" ({percent(share, 1)})"


def _side_by_side(columns: Sequence[tuple[str, Sequence[tuple[str, int]]]]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title, _ in columns:
        table.add_column(title, overflow="ellipsis", no_wrap=True, max_width=20)
        table.add_column("", justify="right")
    for row in range(max((len(entries) for _, entries in columns), default=0)):
        cells: list[str] = []
        for _, entries in columns:
            tag, items = entries[row] if row < len(entries) else ("", None)
            cells += [tag, "" if items is None else number(items)]
        table.add_row(*map(Text, cells))
    return table
