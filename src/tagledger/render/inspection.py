"""The guess of how files are to be read, for a terminal of 80 columns and as JSON."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tagledger.render.console import print_indented
from tagledger.render.output import terminal
from tagledger.words import count, listed, plain

if TYPE_CHECKING:
    from tagledger.guess.columns import Described
    from tagledger.guess.guess import Alternative, Guess
    from tagledger.guess.proving import Proof

_SHOWN_COLUMNS = 40
_SHOWN_ITEMS = 3
_SHOWN_TAGS = 8
_SHOWN_TEXT = 200
_SHOWN_FILES = 12


def guess_json(guess: Guess) -> dict[str, Any]:
    """The guess as one JSON document."""
    from tagledger.guess.columns import described

    return {
        "format": 1,
        "location": location(guess.folder),
        "reading": guess.reading,
        "certain": guess.certain,
        "alternatives": [
            {"reading": one.reading, "why": one.why}
            | ({"question": one.question} if one.question else {})
            for one in guess.alternatives
        ],
        "questions": guess.questions,
        "files": guess.files,
        "columns": [
            {"name": one.name, "kind": one.kind, "why": one.why, "used": one.used}
            for one in described(guess.proposal)
        ],
        "rows": guess.table.rows,
        "sampled": guess.proof.sampled or not guess.table.whole,
    }


def location(folder: Path) -> str:
    """A folder as data/sources.yaml names it: from here on, if it is below."""
    own = Path.cwd().resolve()
    folder = folder.resolve()
    return folder.relative_to(own).as_posix() if folder.is_relative_to(own) else str(folder)


def print_guess(guess: Guess) -> None:
    """Print the files, the columns and the first items."""
    from tagledger.guess.columns import described

    console = terminal()
    _print_files(console, guess)
    console.print()
    _print_columns(console, described(guess.proposal))
    console.print()
    print_items(guess.proof)


def _print_files(console: Console, guess: Guess) -> None:
    table = guess.table
    written = [
        table.format,
        *([table.encoding] if table.encoding else []),
        *filter(None, table.why),
    ]
    rows = f"{count(table.rows, 'row')}{'' if table.whole else ' looked at, of more'}"
    console.print(Text(plain(table.file), style="bold"))
    print_indented(console, f"{', '.join(written)}; {rows}")
    others = {name: role for name, role in guess.files.items() if name != table.file}
    for name, role in list(others.items())[:_SHOWN_FILES]:
        console.print(Text.assemble((plain(name), "bold"), f": {role}"))
    if len(others) > _SHOWN_FILES:
        print_indented(console, f"and {count(len(others) - _SHOWN_FILES, 'file')} more")


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
        print_indented(console, f"and {count(len(columns) - len(some), 'column')} more")


def print_items(proof: Proof) -> None:
    """Print the first items that a reading gives, with their labels."""
    console = terminal()
    raw = proof.raw
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
        print_indented(console, f"{plain('  '.join(head))}  {text}".rstrip())
        labels = listed([plain(tag) for tag in tags.get(row, [])], _SHOWN_TAGS) or "no label"
        console.print(Padding(Text(labels, style="green"), (0, 0, 0, 4), expand=False))


def print_choices(guess: Guess) -> None:
    """Print what only a person can say, with the other answers, and readings that come near.

    Readings have numbers; each but the first, the likeliest, says what it has in place of that.
    """
    console = terminal()
    numbered = list(enumerate(guess.alternatives, 2))
    for number, question in enumerate(guess.questions, 1):
        console.print()
        shown = Text.assemble((f"Question {number}: ", "yellow"), plain(question))
        console.print(shown)
        answers = [(at, one) for at, one in numbered if one.question == number]
        for at, one in answers:
            _print_other(console, guess, at, one)
    near = [(at, one) for at, one in numbered if not one.question]
    if near:
        console.print()
        console.print(Text("Readings that come near reading 1", style="bold"))
    for at, one in near:
        _print_other(console, guess, at, one)
    if numbered:
        console.print()
        print_indented(
            console, "Reading 1 is the likeliest. To take another, put its lines into the reading."
        )


def _print_other(console: Console, guess: Guess, number: int, other: Alternative) -> None:
    """Print a reading by what it has in place of what the likeliest has."""
    print_indented(console, f"Reading {number}: {plain(other.why)}")
    for line in _other_lines(guess.reading, other.reading):
        console.print(Text(f"      {line}", style="green"), soft_wrap=True)


def _other_lines(likeliest: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """What to write in place of what the likeliest reading has, a line for each key.

    >>> _other_lines({"labels": {"list": "a", "levels": "/"}}, {"labels": {"list": "b"}})
    ['labels: {list: b}']
    >>> _other_lines({"items": {"file": "a"}}, {"items": {"file": "a", "where": {"draft": False}}})
    ['items.where: {draft: false}']
    """
    lines = []
    for part in dict.fromkeys([*likeliest, *other]):
        old, new = likeliest.get(part, {}), other.get(part, {})
        if old == new:
            continue
        if part != "items":
            lines.append(f"{part}: {_flow(new)}")
            continue
        for key in dict.fromkeys([*old, *new]):
            if key in new and old.get(key) != new[key]:
                lines.append(f"{part}.{key}: {_flow(new[key])}")
            elif key not in new:
                lines.append(f"without {part}.{key}")
    return lines


def _flow(value: Any) -> str:
    """A value as YAML on one line."""
    import yaml

    text = yaml.safe_dump(
        value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10**6
    )
    return plain(text.removesuffix("...\n"))


def print_reading(reading: dict[str, Any], folder: Path) -> None:
    """Print a reading as YAML, in an entry to be pasted into data/sources.yaml."""
    import yaml

    console = terminal()
    console.print()
    console.print(Text("For data/sources.yaml, under sources:", style="bold"))
    entry = yaml.safe_dump(
        source_entry(reading, folder), sort_keys=False, allow_unicode=True, width=74
    )
    for line in entry.rstrip().splitlines():
        text = line.lstrip(" ")
        indent = " " * (2 + len(line) - len(text))
        console.print(Text(f"{indent}{plain(text)}"), soft_wrap=True)


def source_entry(reading: dict[str, Any], folder: Path) -> dict[str, Any]:
    """A source with one snapshot; `dvc repro` says the size and sha256 of its files."""
    from tagledger.adding.matching import wanted_files

    name = re.sub(r"\W+", "-", folder.resolve().name).strip("-").lower() or "mine"
    snapshot = {"location": location(folder), "files": {path: {} for path in wanted_files(reading)}}
    return {name: {"description": name, "reading": reading, "snapshots": {"1": snapshot}}}
