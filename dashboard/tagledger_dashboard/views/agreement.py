"""How far annotators agree: the numbers, a heat map of annotators, and tables."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from tagledger.agreement.in_words import ALPHA
from tagledger.agreement.of_workspace import WorkspaceAgreement
from tagledger.agreement.people import WithDecided
from tagledger.agreement.result import Agreement
from tagledger.words import UNDEFINED, count, listed, number, percent
from tagledger_dashboard.theme import Palette
from tagledger_dashboard.views.figure import Figure, height, limited, names_axis
from tagledger_dashboard.views.overview import Count

MOST_PEOPLE = 40
_WITH_VALUES = 12  # annotators for whose numbers the tiles are wide enough


def counts(agreement: Agreement) -> list[Count]:
    """The numbers at the top of the page."""
    alpha = agreement.alpha
    interval = UNDEFINED
    if alpha.low == alpha.low:  # nan is not
        interval = f"{number(alpha.low, 2)} to {number(alpha.high, 2)}"
    return [
        Count("Alpha", number(alpha.value, 2), "", f"{ALPHA}.", "off"),
        Count("95 % interval", interval, "", "Of alpha, by drawing the items again.", "off"),
        Count(
            "Equal or not",
            number(alpha.nominal, 2),
            "",
            "Alpha where two labelsets are equal or not, with nothing between.",
            "off",
        ),
        Count("Items", number(alpha.items), "", "Items that several annotators answered.", "off"),
        Count("Differ on", number(agreement.disputed), "", "Items on which they differ.", "off"),
    ]


def tags(agreement: Agreement) -> pd.DataFrame:
    """A row for each tag, those on which people differ on most items first."""
    rows = sorted(agreement.tags, key=lambda tag: (-tag.differing, tag.tag))
    return pd.DataFrame(
        [
            (one.tag, one.items, one.differing, one.agreement, one.kappa, one.ac1, one.prevalence)
            for one in rows
        ],
        columns=["tag", "items", "differing", "agreement", "kappa", "ac1", "prevalence"],
    )


def pairs(agreement: Agreement) -> pd.DataFrame:
    """A row for each two annotators, those with most items in common first."""
    rows = sorted(agreement.pairs, key=lambda pair: (-pair.items, pair.first, pair.second))
    return pd.DataFrame(
        [
            (
                one.first,
                one.second,
                one.items,
                one.equal / one.items,
                one.masi,
                one.agreement,
                one.kappa,
            )
            for one in rows
        ],
        columns=["first", "second", "items", "equal", "masi", "agreement", "kappa"],
    )


def annotators(agreement: Agreement, palette: Palette) -> Figure:
    """How similar the labelsets of each two annotators are."""
    shared = sorted(agreement.annotators, key=lambda one: (-one.shared, one.by))
    names = [one.by for one in shared if one.shared][:MOST_PEOPLE]
    data = pairs(agreement)
    data = data[data["first"].isin(names) & data["second"].isin(names)]
    mirrored = data.rename(columns={"first": "second", "second": "first"})
    both = pd.concat([data, mirrored], ignore_index=True)[list(data.columns)]
    if both.empty:
        return Figure("No two annotators answered the same item")
    worst = data.sort_values(["masi", "first", "second"], kind="stable").iloc[0]
    similar = number(float(worst["masi"]), 2)
    grid = alt.Chart(limited(both)).encode(
        x=alt.X("second:N", sort=names, axis=names_axis(labelAngle=-90, labelLimit=160)),
        y=alt.Y("first:N", sort=names, axis=names_axis()),
        tooltip=[
            alt.Tooltip("first", title="annotator"),
            alt.Tooltip("second", title="and"),
            alt.Tooltip("items", title="items of both", format=","),
            alt.Tooltip("equal", title="equal labelsets", format=".0%"),
            alt.Tooltip("masi", title="similar", format=".2f"),
            alt.Tooltip("kappa", title="kappa, all tags", format=".2f"),
        ],
    )
    colour = alt.Color(
        "masi",
        scale=alt.Scale(range=[palette.ground, palette.target], domain=[0, 1], interpolate="lab"),
        legend=alt.Legend(
            title="how similar their labelsets are (MASI)",
            orient="bottom",
            gradientLength=200,
            titleLimit=260,
        ),
    )
    on_dark = alt.condition("datum.masi > 0.5", alt.value(palette.ground), alt.value(palette.text))
    chart = grid.mark_rect(stroke=palette.ground, strokeWidth=1).encode(color=colour)
    values = grid.mark_text(fontSize=12).encode(text=alt.Text("masi", format=".2f"), color=on_dark)
    chart = (chart + values if len(names) <= _WITH_VALUES else chart).properties(
        height=height(len(names), 34, legend=1) + 60  # names of annotators stand upright below
    )
    of, on = f"{worst['first']} and {worst['second']}", count(int(worst["items"]), "item")
    least = "are the least similar" if len(data) > 1 else "are similar"
    return Figure(
        f"The labelsets of {of} {least}: {similar} of 1, on {on}",
        chart,
        "tile: the mean over the items that both answered; 1 is equal",
        both,
    )


def confused(agreement: Agreement) -> pd.DataFrame:
    """A row for each two tags of which one stands for the other beyond chance, surest first."""
    return pd.DataFrame(
        [
            (one.first, one.second, one.items, one.expected, one.q)
            for one in agreement.confused
            if one.beyond_chance
        ],
        columns=["first", "second", "items", "expected", "q"],
    )


def confused_finding(agreement: Agreement) -> str:
    """Which two tags stand for each other most surely."""
    sure = [one for one in agreement.confused if one.beyond_chance]
    if not sure:
        return "No two tags stand for each other more often than by chance"
    first = sure[0]
    return (
        f"On {count(first.items, 'item')} one annotator gives {first.first} and another "
        f"{first.second}, where chance would have it on {number(first.expected, 1)}"
    )


def items(measured: WorkspaceAgreement) -> pd.DataFrame:
    """A row for each item on which people differ, and what each of them says; the worst first."""
    return pd.DataFrame(
        [
            (
                str(one.item),
                measured.titles.get(one.item, ""),
                one.distance,
                one.differing,
                "; ".join(
                    f"{by}: {', '.join(given) or 'none'}" for by, given in one.answers.items()
                ),
            )
            for one in measured.agreement.items
        ],
        columns=["id", "title", "distance", "differing", "answers"],
    )


def items_finding(agreement: Agreement) -> str:
    """On how many items they differ."""
    if not agreement.disputed:
        return "They agree on every item"
    share = percent(agreement.disputed / agreement.alpha.items)
    shown = len(agreement.items)
    first = f"; the first {number(shown)} are shown" if agreement.disputed > shown else ""
    return f"They differ on {count(agreement.disputed, 'item')}, {share} of those they share{first}"


def decided(rows: Sequence[WithDecided]) -> pd.DataFrame:
    """A row for each annotator beside what others decided."""
    return pd.DataFrame(
        [
            (one.by, one.items, one.agreement, one.masi, one.kappa, one.missed, one.extra)
            for one in rows
        ],
        columns=["by", "items", "agreement", "masi", "kappa", "missed", "extra"],
    )


def decided_finding(rows: Sequence[WithDecided], what: str) -> str:
    """Who agrees least with what others decided."""
    worst = min(rows, key=lambda one: (one.agreement, one.by))
    if all(one.agreement == worst.agreement for one in rows):
        who = worst.by if len(rows) == 1 else f"each of {listed(sorted(one.by for one in rows))}"
        return f"{who} agrees on {percent(worst.agreement)} of their answers with {what}"
    return (
        f"{worst.by} agrees least: on {percent(worst.agreement)} of "
        f"{count(worst.answers, 'answer')} with {what}"
    )
