"""A comparison for a terminal of 80 columns, the most important parts first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tagledger.compare import in_words, people_in_words
from tagledger.compare.renames import Rename
from tagledger.compare.result import Comparison
from tagledger.compare.verdict import judge
from tagledger.render.gates import gate_line
from tagledger.render.output import terminal
from tagledger.words import MINUS, capital, number, percent, plain, signed

if TYPE_CHECKING:
    from tagledger.release.gates import GateResult

TAGS = 12
PAIRS = 5
_COLOURS = {"gained": ("+", "green"), "lost": (MINUS, "red")}


def print_comparison(
    comparison: Comparison,
    *,
    items: bool = False,
    gates: Sequence[GateResult] = (),
) -> None:
    """Print a comparison.

    Parameters
    ----------
    comparison
        What changed.
    items
        Whether to list each relabelled item.
    gates
        The gates that were measured.
    """
    console = terminal()
    title = f"{plain(comparison.a)} → {plain(comparison.b)}, {comparison.layer} layer"
    # The answer stands in the first lines, which people read.
    console.print(Text(title, style="bold"))
    if sources := in_words.two_sources(comparison):
        console.print(Text(f"{sources}."))
    console.print(Text(in_words.verdict(comparison)))
    if not in_words.is_unchanged(comparison):
        judged = judge(comparison, gates)
        console.print(Text(f"\n{capital(judged.line())}.", style="bold"))
        if comparison.newer_first:
            console.print(Text(f"{in_words.newer_first(comparison)}."))
    alarm = in_words.alarm(comparison)
    if alarm:
        console.print(Text(f"\nALARM  {alarm}", style="bold red"))
    if advice := in_words.keeping_splits(comparison):
        console.print(Text(f"next: {advice}"))
    for heading, part in _sections(comparison, gates):
        console.print(Text(f"\n{heading}", style="bold cyan"))
        console.print(part)
    if items and len(comparison.relabelled):
        _print_items(console, comparison)
    console.print()


def _sections(
    comparison: Comparison, gates: Sequence[GateResult]
) -> Iterator[tuple[str, RenderableType]]:
    if gates:
        yield "Gates", _gates(gates)
    if in_words.is_unchanged(comparison):
        return
    yield "Overview", _overview(comparison)
    if len(comparison.causes):
        yield "Why labels were gained and lost", _causes(comparison)
    if comparison.renames:
        yield "Renames, merges and splits", _renames(comparison)
    tags, more = in_words.top_tags(comparison, TAGS)
    if len(tags):
        beyond = f"; {number(more)} more changed" if more else ""
        yield f"Tags that changed most by effect size{beyond}", _tags(comparison, tags)
        yield "How much their presence changed, in points", _points(tags)
    yield "Distances between the tag distributions", _distances(comparison)
    yield "Imbalance", _imbalance(comparison)
    if len(comparison.pairs):
        yield "Pairs of tags that changed most", _pairs(comparison)
    if len(comparison.moved):
        yield "Kept items that moved between splits", _moved(comparison)


def _table(*columns: tuple[str, str]) -> Table:
    """A table without lines; columns are (heading, left or right)."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column, (heading, side) in enumerate(columns):
        right = side == "right"
        table.add_column(
            Text(heading),
            justify="right" if right else "left",
            no_wrap=right,
            overflow="fold",
            style="" if column else "cyan",
        )
    return table


def _add(table: Table, *cells: object) -> None:
    table.add_row(*(cell if isinstance(cell, Text) else Text(plain(cell)) for cell in cells))


def _gates(gates: Sequence[GateResult]) -> RenderableType:
    lines = Text()
    for line, gate in enumerate(gates):
        style = "" if gate.holds else "bold red"
        lines.append("\n" if line else "").append(gate_line(gate), style=style)
    return lines


def _overview(comparison: Comparison) -> Table:
    table = _table(("", "left"), ("A", "right"), ("B", "right"), ("", "left"))
    for line in in_words.overview(comparison):
        _add(table, line.name, number(line.a), number(line.b), line.changes)
    return table


def _causes(comparison: Comparison) -> Table:
    table = _table(("", "left"), ("gained", "right"), ("lost", "right"), ("", "left"))
    for cause, gained, lost in zip(
        *(comparison.causes[name] for name in comparison.causes), strict=True
    ):
        who = people_in_words.behind(comparison, cause)
        why = f"{people_in_words.meaning(comparison, cause)}{who and f': {who}'}"
        _add(table, cause, number(gained), number(lost), why)
    return table


def _renames(comparison: Comparison) -> Table:
    table = _table(("", "left"), ("tags", "left"), ("items", "right"), ("overlap", "right"))
    for rename in comparison.renames:
        _add(
            table,
            rename.kind,
            _arrow(rename, comparison),
            number(rename.items),
            percent(rename.overlap, 1),
        )
    return table


def _arrow(rename: Rename, comparison: Comparison) -> str:
    not_kept = comparison.not_kept
    after = [f"{tag} ({not_kept[tag]})" if tag in not_kept else tag for tag in rename.after]
    part = "a part of " if in_words.is_partial(rename) else ""
    who = people_in_words.renamed_by(comparison, rename)
    return f"{part}{', '.join(rename.before)} → {', '.join(after)}{who and f' ({who})'}"


def _tags(comparison: Comparison, tags: Any) -> RenderableType:
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
            number(row.count_a),
            number(row.count_b),
            signed(int(row.change)),
            in_words.q_in_words(row, short=True),
            signed(row.effect, 2),
            row.cause,
        )
    return _with_note(table, in_words.tag_note(comparison))


def _points(tags: pd.DataFrame) -> RenderableType:
    table = _table(
        ("", "left"), ("kept items", "right"), ("other items", "right"), ("smallest loss", "right")
    )
    for line in in_words.presence_changes(tags):
        _add(table, *line)
    return _with_note(table, in_words.POINTS_NOTE)


def _with_note(table: Table, note: str) -> Table:
    """A table with a sentence below; the table alone where the sentence is empty."""
    if not note:
        return table
    grid = Table.grid()
    grid.add_row(table)
    grid.add_row(Text(f"{note}.", style="dim"))
    return grid


def _distances(comparison: Comparison) -> Table:
    table = _table(("", "left"), ("value", "right"), ("95 % by chance", "right"), ("", "left"))
    for name, distance in in_words.distances(comparison):
        beyond = Text("beyond chance", style="yellow") if distance.beyond_chance else Text("")
        where = f" ({plain(distance.tag)})" if distance.tag and distance.value else ""
        _add(
            table,
            f"{name}{where}",
            number(distance.value, 4),
            number(distance.no_change_95, 4),
            beyond,
        )
    return table


def _imbalance(comparison: Comparison) -> Table:
    table = _table(("", "left"), ("A", "right"), ("B", "right"), ("change", "right"))
    for line in in_words.imbalance(comparison):
        _add(table, *line)
    return _with_note(table, in_words.imbalance_note(comparison))


def _pairs(comparison: Comparison) -> Table:
    table = _table(("", "left"), ("A", "right"), ("B", "right"), ("change", "right"))
    for one, two, a, b, change in in_words.top_pairs(comparison, PAIRS):
        _add(table, f"{one} + {two}", number(a), number(b), signed(change))
    return table


def _moved(comparison: Comparison) -> Table:
    table = _table(("", "left"), ("items", "right"), ("", "left"))
    columns = (comparison.moved[name] for name in ("split_a", "split_b", "items"))
    for before, after, items in zip(*columns, strict=True):
        is_alarm = (before, after) == ("train", "test") and in_words.alarm(comparison) is not None
        mark = Text("ALARM" if is_alarm else "", style="bold red")
        _add(table, f"{before} → {after}", number(items), mark)
    return table


def _print_items(console: Console, comparison: Comparison) -> None:
    relabelled = comparison.relabelled_items()
    console.print(Text(f"\nRelabelled items: {number(len(relabelled))}", style="bold cyan"))
    for row in relabelled.itertuples():
        console.print(Text.assemble((plain(row.id), "cyan"), "  ", plain(row.title)))
        console.print(Padding(_before_and_after(row), (0, 0, 0, 4)))


def _before_and_after(item: Any) -> Text:
    """The tags that the item has in both versions, then those it lost and gained, with causes."""
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
