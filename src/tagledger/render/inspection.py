"""The guess of how files are to be read, for a terminal of 80 columns and as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tagledger.render.output import terminal
from tagledger.words import count, listed, plain

if TYPE_CHECKING:
    from tagledger.guess.columns import Described
    from tagledger.guess.guess import Guess

_SHOWN_COLUMNS = 40
_SHOWN_ITEMS = 3
_SHOWN_TAGS = 8
_SHOWN_TEXT = 200
_SHOWN_FILES = 12


def guess_json(found: Guess) -> dict[str, Any]:
    """The guess as one JSON document."""
    from tagledger.guess.columns import described

    return {
        "format": 1,
        "location": str(found.folder),
        "reading": found.reading,
        "certain": found.certain,
        "alternatives": [{"reading": one.reading, "why": one.why} for one in found.alternatives],
        "questions": found.questions,
        "files": found.files,
        "columns": [
            {"name": one.name, "kind": one.kind, "why": one.why, "used": one.used}
            for one in described(found.proposal)
        ],
        "rows": found.table.rows,
        "sampled": found.proof.sampled or not found.table.whole,
    }


def print_guess(found: Guess) -> None:
    """Print the files, the columns and the first items."""
    from tagledger.guess.columns import described

    console = terminal()
    _print_files(console, found)
    console.print()
    _print_columns(console, described(found.proposal))
    console.print()
    _print_items(console, found)


def _print_files(console: Console, found: Guess) -> None:
    table = found.table
    written = [
        table.format,
        *([table.encoding] if table.encoding else []),
        *filter(None, table.why),
    ]
    rows = f"{count(table.rows, 'row')}{'' if table.whole else ' looked at, of more'}"
    console.print(Text(plain(table.file), style="bold"))
    _line(console, f"{', '.join(written)}; {rows}")
    others = {name: role for name, role in found.files.items() if name != table.file}
    for name, role in list(others.items())[:_SHOWN_FILES]:
        console.print(Text.assemble((plain(name), "bold"), f": {role}"))
    if len(others) > _SHOWN_FILES:
        _line(console, f"and {count(len(others) - _SHOWN_FILES, 'file')} more")


def _print_columns(console: Console, columns: list[Described]) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("column", overflow="fold", max_width=30, style="cyan")
    table.add_column("kind", no_wrap=True)
    table.add_column("why", overflow="fold")
    some = columns
    if len(columns) > _SHOWN_COLUMNS:
        some = [one for one in columns if one.used][:_SHOWN_COLUMNS]
    for one in some:
        style = "" if one.used else "dim"
        table.add_row(
            plain(one.name), Text(one.kind, style=style), Text(plain(one.why), style=style)
        )
    console.print(table)
    if len(some) < len(columns):
        _line(console, f"and {count(len(columns) - len(some), 'column')} more")


def _print_items(console: Console, found: Guess) -> None:
    raw = found.proof.raw
    assert raw is not None  # a reading that gives nothing is no guess
    items = raw.items.slice(0, _SHOWN_ITEMS).to_pylist()
    tags: dict[int, list[str]] = {}
    rows = raw.labels["item"].to_pylist()
    for row, tag in zip(rows, raw.labels["tag"].to_pylist(), strict=True):
        if row >= len(items):
            break
        tags.setdefault(row, []).append(tag)
    console.print(Text(f"The first {count(len(items), 'item')} as read", style="bold"))
    for row, item in enumerate(items):
        day = item["created_on"]
        head = [str(item["id"]), *([day.date().isoformat()] if day else [])]
        text = plain(f"{item['title']} {item['description']}")
        if len(text) > _SHOWN_TEXT:
            text = f"{text[:_SHOWN_TEXT]}..."
        _line(console, f"{plain('  '.join(head))}  {text}".rstrip())
        labels = listed([plain(tag) for tag in tags.get(row, [])], _SHOWN_TAGS) or "no label"
        console.print(Padding(Text(labels, style="green"), (0, 0, 0, 4), expand=False))


def print_choices(found: Guess) -> None:
    """Print what only a person can say, and the readings that come near the likeliest."""
    console = terminal()
    for question in found.questions:
        console.print()
        console.print(Text.assemble(("Question: ", "yellow"), plain(question)))
    if not found.alternatives:
        return
    console.print()
    console.print(Text("Readings that come near each other", style="bold"))
    readings = [
        (found.reading, found.proposal.why),
        *((x.reading, x.why) for x in found.alternatives),
    ]
    for number, (reading, why) in enumerate(readings, 1):
        _line(console, f"{number}. labels: {_short(reading['labels'])}")
        console.print(Padding(Text(plain(why), style="dim"), (0, 0, 0, 5), expand=False))


def _short(labels: dict[str, Any]) -> str:
    parts = [f"{key}: {value}" for key, value in labels.items()]
    return plain("{" + ", ".join(parts) + "}")


def print_reading(reading: dict[str, Any], folder: Path) -> None:
    """Print a reading as YAML, to be pasted into data/sources.yaml."""
    import yaml

    console = terminal()
    console.print()
    console.print(Text("For data/sources.yaml", style="bold"))
    _line(console, f"location: {plain(folder)}")
    text = yaml.safe_dump({"reading": reading}, sort_keys=False, allow_unicode=True, width=74)
    for line in text.rstrip().splitlines():
        console.print(Text(f"  {line}"), soft_wrap=True)


def _line(console: Console, text: str) -> None:
    console.print(Padding(Text(text), (0, 0, 0, 2), expand=False))
