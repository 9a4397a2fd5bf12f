"""How far annotators agree, for a terminal of 80 columns and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tagledger.agreement import in_words
from tagledger.render.output import terminal
from tagledger.words import count, number, percent, plain, q_value

if TYPE_CHECKING:
    from tagledger.agreement.confused import DisputedItem
    from tagledger.agreement.of_workspace import WorkspaceAgreement
    from tagledger.agreement.people import WithDecided
    from tagledger.agreement.result import Agreement

_MOST = 15  # rows of a table
_MOST_ITEMS = 8
_NAME_WIDTH = 30


def agreement_json(measured: WorkspaceAgreement) -> dict[str, Any]:
    """How far annotators agree as one JSON document."""
    agreement = measured.agreement
    return {
        "format": 1,
        "campaign": agreement.campaign,
        "annotators": [asdict(one) for one in agreement.annotators],
        "alpha": asdict(agreement.alpha),
        "tags": [asdict(tag) for tag in agreement.tags],
        "pairs": [asdict(pair) for pair in agreement.pairs],
        "copies": [[pair.first, pair.second] for pair in agreement.copies],
        "confused": [
            {**asdict(pair), "beyond_chance": pair.beyond_chance} for pair in agreement.confused
        ],
        "disputed": agreement.disputed,
        "items": [
            {**asdict(item), "title": measured.titles.get(item.item, "")}
            for item in agreement.items
        ],
        "gold": [asdict(one) for one in agreement.gold],
        "adjudicated": [asdict(one) for one in agreement.adjudicated],
    }


def print_agreement(measured: WorkspaceAgreement) -> None:
    """Print how far annotators agree, or what is missing."""
    console, agreement = terminal(), measured.agreement
    lacking = in_words.missing(agreement)
    if lacking is not None:
        console.print(Text(plain(lacking.why)))
        console.print(Text(plain(lacking.what)))
        console.print(Text(f"  {lacking.command}", style="bold"))
    else:
        console.print(Text(f"{plain(in_words.finding(agreement))}."))
        console.print(Text(f"{in_words.ALPHA}.", style="dim"))
        for line in in_words.copies(agreement):
            console.print(Text(plain(line), style="yellow"))
        _print_tags(console, agreement)
        _print_pairs(console, agreement)
        _print_confused(console, agreement)
        _print_items(console, measured)
    _print_decided(console, "With gold", agreement.gold)
    _print_decided(console, "With what was adjudicated", agreement.adjudicated)


def _table(*columns: str) -> Table:
    """A table whose columns are numbers but for the first, and for those that end in a colon."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for at, name in enumerate(columns):
        if at and not name.endswith(":"):
            table.add_column(name, justify="right", no_wrap=True)
        else:
            table.add_column(name.rstrip(":"), overflow="fold", max_width=_NAME_WIDTH, style="cyan")
    return table


def _heading(console: Console, text: str, meaning: str = "") -> None:
    console.print()
    console.print(Text(text, style="bold"))
    if meaning:
        console.print(Text(meaning, style="dim"))


def _rows(console: Console, table: Table, every: int) -> None:
    console.print(table)
    if every > table.row_count:
        more = number(every - table.row_count)
        console.print(Text(f"and {more} more: --json has all", style="dim"))


def _print_tags(console: Console, agreement: Agreement) -> None:
    _heading(console, "Tags", "kappa and AC1 are agreement beyond chance; of rare tags believe AC1")
    table = _table("tag", "items", "differ", "agree", "kappa", "AC1", "prevalence")
    shown = sorted(agreement.tags, key=lambda tag: (-tag.differing, tag.tag))[:_MOST]
    for tag in shown:
        table.add_row(
            plain(tag.tag),
            number(tag.items),
            number(tag.differing),
            percent(tag.agreement),
            number(tag.kappa, 2),
            number(tag.ac1, 2),
            percent(tag.prevalence, 1),
        )
    _rows(console, table, len(agreement.tags))


def _print_pairs(console: Console, agreement: Agreement) -> None:
    meaning = "equal, similar: their labelsets; agree, kappa: over all tags together"
    _heading(console, "Annotators", meaning)
    table = _table("annotators", "and:", "items", "equal", "similar", "agree", "kappa")
    shown = sorted(agreement.pairs, key=lambda pair: (-pair.items, pair.first, pair.second))[:_MOST]
    for pair in shown:
        table.add_row(
            plain(pair.first),
            plain(pair.second),
            number(pair.items),
            percent(pair.equal / pair.items),
            number(pair.masi, 2),
            percent(pair.agreement),
            number(pair.kappa, 2),
        )
    _rows(console, table, len(agreement.pairs))


def _print_confused(console: Console, agreement: Agreement) -> None:
    _heading(console, "Tags that stand for each other")
    beyond_chance = [pair for pair in agreement.confused if pair.beyond_chance]
    if not beyond_chance:
        console.print(Text("none more often than by chance", style="dim"))
        return
    table = _table("one gives", "another:", "items", "by chance", "q")
    for pair in beyond_chance[:_MOST]:
        table.add_row(
            plain(pair.first),
            plain(pair.second),
            number(pair.items),
            number(pair.expected, 1),
            q_value(pair.q),
        )
    _rows(console, table, len(beyond_chance))


def _print_items(console: Console, measured: WorkspaceAgreement) -> None:
    agreement = measured.agreement
    if not agreement.items:
        return
    _heading(console, "Items on which they differ most")
    for item in agreement.items[:_MOST_ITEMS]:
        title = plain(measured.titles.get(item.item, ""))
        line = Text.assemble((f"  {plain(item.item)}", "cyan"), f"  {title}" if title else "")
        console.print(line, no_wrap=True, overflow="ellipsis")
        for by, tags in _tags_by_annotator(item):
            console.print(Text(f"    {by}: {tags}"), no_wrap=True, overflow="ellipsis")
    if agreement.disputed > _MOST_ITEMS:
        more = count(agreement.disputed - _MOST_ITEMS, "more item")
        most = (
            "all"
            if agreement.disputed <= len(agreement.items)
            else f"{number(len(agreement.items))}"
        )
        console.print(Text(f"and {more}: --json has {most}", style="dim"))


def _tags_by_annotator(item: DisputedItem) -> list[tuple[str, str]]:
    return [(plain(by), plain(", ".join(tags)) or "none") for by, tags in item.answers.items()]


def _print_decided(console: Console, heading: str, rows: Sequence[WithDecided]) -> None:
    if not rows:
        return
    _heading(console, heading, "missed: labels that were decided and not given; extra: the reverse")
    table = _table("annotator", "items", "agree", "similar", "kappa", "missed", "extra")
    for one in rows[:_MOST]:
        table.add_row(
            plain(one.by),
            number(one.items),
            percent(one.agreement),
            number(one.masi, 2),
            number(one.kappa, 2),
            number(one.missed),
            number(one.extra),
        )
    _rows(console, table, len(rows))
