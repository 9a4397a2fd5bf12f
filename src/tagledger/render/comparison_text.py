"""A comparison for a terminal, at its best in 80 columns, most important first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tagledger.compare import in_words
from tagledger.compare.causes import CAUSES
from tagledger.compare.renames import Rename
from tagledger.compare.result import Comparison
from tagledger.release.gates import GateResult
from tagledger.render.gates import gate_line
from tagledger.render.output import terminal
from tagledger.words import decimal, percent, plain, q_value, signed

TAGS = 12
PAIRS = 5
_COLOURS = {"gained": ("+", "green"), "lost": ("-", "red")}


def print_comparison(
    found: Comparison, *, items: bool = False, gates: Sequence[GateResult] = ()
) -> None:
    """Print a comparison.

    Parameters
    ----------
    found
        What changed.
    items
        Whether to list each relabelled item.
    gates
        The gates that were measured.
    """
    console = terminal()
    title = f"{plain(found.a)} → {plain(found.b)}, {found.layer} layer"
    console.print(Text(f"\n{title}", style="bold"))
    console.print(Text(f"\n{in_words.verdict(found)}"))
    alarm = in_words.alarm(found)
    if alarm:
        console.print(Text(f"\nALARM  {alarm}", style="bold red"))
    for heading, part in _sections(found, gates):
        console.print(Text(f"\n{heading}", style="bold cyan"))
        console.print(part)
    if items and len(found.relabelled):
        _print_items(console, found)
    console.print()


def _sections(
    found: Comparison, gates: Sequence[GateResult]
) -> Iterator[tuple[str, RenderableType]]:
    if gates:
        yield "Gates", _gates(gates)
    if in_words.is_unchanged(found):
        return
    yield "Overview", _overview(found)
    if len(found.causes):
        yield "Why labels came and went", _causes(found)
    if found.renames:
        yield "Renames, merges and splits", _renames(found)
    tags, more = in_words.top_tags(found, TAGS)
    if len(tags):
        beyond = f"; {more:,} more changed" if more else ""
        yield f"Tags that changed most by effect size{beyond}", _tags(found, tags)
    yield "Distance of the tag distributions", _distances(found)
    yield "Imbalance", _imbalance(found)
    if len(found.pairs):
        yield "Pairs of tags that changed most", _pairs(found)
    if len(found.moved):
        yield "Kept items that moved between splits", _moved(found)


def _table(*columns: tuple[str, str]) -> Table:
    """A table without lines; columns are (heading, left or right)."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for place, (heading, side) in enumerate(columns):
        right = side == "right"
        table.add_column(
            Text(heading),
            justify="right" if right else "left",
            no_wrap=right,
            overflow="fold",
            style="" if place else "cyan",
        )
    return table


def _add(table: Table, *cells: object) -> None:
    table.add_row(*(cell if isinstance(cell, Text) else Text(plain(cell)) for cell in cells))


def _gates(gates: Sequence[GateResult]) -> RenderableType:
    lines = Text()
    for place, gate in enumerate(gates):
        style = "" if gate.holds else "bold red"
        lines.append("\n" if place else "").append(gate_line(gate), style=style)
    return lines


def _overview(found: Comparison) -> Table:
    table = _table(("", "left"), ("A", "right"), ("B", "right"), ("", "left"))
    for line in in_words.overview(found):
        _add(table, line.name, f"{line.a:,}", f"{line.b:,}", line.how)
    return table


def _causes(found: Comparison) -> Table:
    table = _table(("", "left"), ("gained", "right"), ("lost", "right"), ("", "left"))
    for cause, gained, lost in zip(*(found.causes[name] for name in found.causes), strict=True):
        _add(table, cause, f"{gained:,}", f"{lost:,}", CAUSES[cause])
    return table


def _renames(found: Comparison) -> Table:
    table = _table(("", "left"), ("tags", "left"), ("items", "right"), ("overlap", "right"))
    for rename in found.renames:
        _add(
            table,
            rename.kind,
            _arrow(rename, found.hidden),
            f"{rename.items:,}",
            percent(rename.overlap),
        )
    return table


def _arrow(rename: Rename, hidden: dict[str, str]) -> str:
    after = [f"{tag} ({hidden[tag]})" if tag in hidden else tag for tag in rename.after]
    part = "a part of " if in_words.is_partial(rename) else ""
    return f"{part}{', '.join(rename.before)} → {', '.join(after)}"


def _tags(found: Comparison, tags: Any) -> RenderableType:
    table = _table(
        ("", "left"),
        ("A", "right"),
        ("B", "right"),
        ("change", "right"),
        ("q", "right"),
        ("h", "right"),
        ("mostly", "left"),
    )
    for row in tags.itertuples():
        _add(
            table,
            row.tag,
            f"{row.count_a:,}",
            f"{row.count_b:,}",
            signed(int(row.change)),
            "crossed" if row.crossed else q_value(row.q),
            signed(row.effect, 2),
            row.cause,
        )
    grid = Table.grid()
    grid.add_row(table)
    grid.add_row(Text(f"{in_words.tag_note(found)}.", style="dim"))
    return grid


def _distances(found: Comparison) -> Table:
    table = _table(("", "left"), ("value", "right"), ("95% by chance", "right"), ("", "left"))
    for name, distance in in_words.distances(found):
        beyond = Text("beyond chance", style="yellow") if distance.beyond_chance else Text("")
        where = f" ({plain(distance.tag)})" if distance.tag and distance.value else ""
        _add(
            table,
            f"{name}{where}",
            decimal(distance.value, 4),
            decimal(distance.no_change_95, 4),
            beyond,
        )
    return table


def _imbalance(found: Comparison) -> Table:
    table = _table(("", "left"), ("A", "right"), ("B", "right"), ("change", "right"))
    for name, a, b, digits in in_words.imbalance(found):
        _add(table, name, decimal(a, digits), decimal(b, digits), signed(b - a, digits))
    return table


def _pairs(found: Comparison) -> Table:
    table = _table(("", "left"), ("A", "right"), ("B", "right"), ("change", "right"))
    for one, two, a, b, change in in_words.top_pairs(found, PAIRS):
        _add(table, f"{one} + {two}", f"{a:,}", f"{b:,}", signed(change))
    return table


def _moved(found: Comparison) -> Table:
    table = _table(("", "left"), ("items", "right"), ("", "left"))
    for row in found.moved.itertuples():
        is_alarm = (row.split_a, row.split_b) == ("train", "test")
        mark = Text("ALARM" if is_alarm else "", style="bold red")
        _add(table, f"{row.split_a} → {row.split_b}", f"{row.items:,}", mark)
    return table


def _print_items(console: Console, found: Comparison) -> None:
    relabelled = found.relabelled_items()
    console.print(Text(f"\nRelabelled items: {len(relabelled):,}", style="bold cyan"))
    for row in relabelled.itertuples():
        console.print(Text.assemble((plain(row.id), "cyan"), "  ", plain(row.title)))
        console.print(Padding(_before_and_after(row), (0, 0, 0, 4)))


def _before_and_after(item: Any) -> Text:
    """The tags that stayed, those that went and came, and why."""
    causes = {cause for _, _, cause in item.changes}
    line = Text()
    for tag in sorted({*item.before} & {*item.after}):
        line.append(f"{plain(tag)}  ", style="dim")
    for tag, change, cause in in_words.edits(item):
        sign, colour = _COLOURS[change]
        why = f" ({cause})" if len(causes) > 1 else ""
        line.append(f"{sign}{plain(tag)}{why}  ", style=colour)
    if len(causes) == 1:
        line.append(f"({causes.pop()})", style="dim")
    line.rstrip()
    return line
