"""The sources of a repository and what was added to them, for a terminal and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from tagledger.render.output import terminal
from tagledger.words import number, plain

if TYPE_CHECKING:
    from tagledger.adding.known import Known
    from tagledger.adding.source_list import SourceRow

_WHERE = {"git": "git", "dvc": "DVC", "git and dvc": "git, DVC", "url": "URL", "folder": "a folder"}


def sources_json(catalogue: Known, rows: list[SourceRow]) -> dict[str, Any]:
    """The sources as one JSON document, described by docs/sources.schema.json."""
    chosen = {"source": catalogue.source, "snapshot": catalogue.snapshot}
    return {"format": 1, "chosen": chosen, "sources": [asdict(row) for row in rows]}


def print_sources(rows: list[SourceRow]) -> None:
    """Print a table of all snapshots, the chosen one marked."""
    console = terminal()
    if not rows:
        console.print(Text("There is no source yet: `tagledger add FILE` brings the first file."))
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("")
    table.add_column("source", overflow="fold", max_width=24, style="cyan")
    table.add_column("snapshot", overflow="fold", max_width=20)
    table.add_column("files", justify="right")
    table.add_column("bytes", justify="right")
    table.add_column("where", no_wrap=True)
    for row in rows:
        for at, one in enumerate(row.snapshots):
            table.add_row(
                "*" if one.chosen else "",
                plain(row.name) if at == 0 else "",
                Text(plain(one.name), style="bold" if one.chosen else ""),
                number(one.files),
                number(one.bytes),
                _WHERE[one.where],
            )
    console.print(table)
    chosen = any(one.chosen for row in rows for one in row.snapshots)
    console.print(
        Text("* what params.yaml chooses" if chosen else "params.yaml chooses none of them")
    )
