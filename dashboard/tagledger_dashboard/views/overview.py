"""The first page: numbers with their changes, the tags that changed most, all versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import altair as alt
import pandas as pd

from tagledger.compare.compare import Comparison
from tagledger.compare.in_words import entered_and_dropped, measure_change
from tagledger.measures.table import Measure, measures
from tagledger.versions import Version
from tagledger.words import capital, number, signed
from tagledger_dashboard.state import day
from tagledger_dashboard.theme import Palette
from tagledger_dashboard.views import origins
from tagledger_dashboard.views.figure import (
    Figure,
    counts_axis,
    height,
    latest,
    limited,
    names_axis,
)

MOVERS = 5
_TIMELINE = 60
_LEVEL_NAMES = 3  # as many names fit side by side on the narrowest chart
Colour = Literal["normal", "inverse", "off"]


@dataclass(frozen=True)
class Count:
    """A number with its change.

    Attributes
    ----------
    name, value, change
        As text; the change is empty where there is nothing to compare with.
    meaning
        An explanation of the number.
    colour
        The colour of the change: normal where growth is good, inverse where it is bad, else off.
    """

    name: str
    value: str
    change: str
    meaning: str
    colour: Colour


_COLOURS: dict[str, Colour] = {"higher": "normal", "lower": "inverse", "neither": "off"}


def colour_of(measure: Measure) -> Colour:
    """How a change of a measure is coloured."""
    return _COLOURS[measure.better]


def counts(comparison: Comparison, *, compared: bool) -> list[Count]:
    """The size and the imbalance of the target, with the change since the base."""
    numbers = []
    for measure in measures("overview"):
        after = measure.of(comparison.imbalance_b)
        explained = compared and measure.name == "items"
        numbers.append(
            Count(
                name=capital(measure.title),
                value=number(after, measure.digits),
                change=measure_change(comparison, measure) if compared else "",
                meaning=_why_items(comparison, measure.meaning) if explained else measure.meaning,
                colour=_colour(comparison, measure),
            )
        )
    return numbers


def _colour(comparison: Comparison, measure: Measure) -> Colour:
    """No colour for what cannot be compared: a version that lost its rare tags is not more even."""
    return colour_of(measure) if comparison.shared.comparable else "off"


def _why_items(comparison: Comparison, meaning: str) -> str:
    """What the number of items means, and which kept items entered the layer or dropped out."""
    moves = entered_and_dropped(comparison)
    return f"{meaning} {moves}." if moves else meaning


def movers(comparison: Comparison, palette: Palette, rows: int = MOVERS) -> Figure:
    """The tags whose number of items changed most; renamed ones have a chart of their own."""
    tags = comparison.tags
    tags = tags[(tags["change"] != 0) & ~tags["tag"].isin(comparison.renamed_tags)].head(rows)
    if tags.empty:
        other = "other " if comparison.renames else ""
        return Figure(f"No {other}tag has more or fewer items than before")
    top = tags.iloc[0]
    title = f"{top['tag']} changed most: {signed(top['change'])} items, to {number(top['count_b'])}"
    data = tags[["tag", "count_a", "count_b", "change"]].assign(
        direction=["more" if change > 0 else "fewer" for change in tags["change"]],
        label=[signed(change) for change in tags["change"]],
    )
    tooltip = [
        alt.Tooltip("tag", title="tag"),
        alt.Tooltip("count_a", title=comparison.a, format=","),
        alt.Tooltip("count_b", title=comparison.b, format=","),
        alt.Tooltip("label", title="change"),
    ]
    order = alt.Y("tag", sort=list(data["tag"]), axis=names_axis())
    base = alt.Chart(limited(data)).encode(y=order, tooltip=tooltip)
    colour = alt.Color(
        "direction",
        scale=alt.Scale(domain=["more", "fewer"], range=[palette.gained, palette.lost]),
        legend=None,
    )
    rule = base.mark_rule(strokeWidth=3, opacity=0.6).encode(
        x=alt.X("count_a", axis=counts_axis("items"), scale=alt.Scale(zero=True)),
        x2="count_b",
        color=colour,
    )
    before = base.mark_point(size=70, filled=False, strokeWidth=2).encode(
        x="count_a", color=alt.value(palette.base)
    )
    after = base.mark_point(size=110, filled=True, opacity=1).encode(x="count_b", color=colour)
    words = base.mark_text(dy=-11, fontSize=11, fontWeight=600).encode(
        x="count_b", text="label", color=alt.value(palette.text)
    )
    chart = alt.layer(rule, before, after, words).properties(height=height(len(data), 38))
    return Figure(title, chart, "hollow dot: items before; filled dot: items now", data)


def timeline(
    versions: Sequence[Version],
    metrics: Sequence[Mapping[str, Any] | None],
    chosen: Sequence[str],
    palette: Palette,
    sources: Sequence[str] | None = None,
    *,
    named: bool = False,
) -> list[Figure]:
    """Items, labels, tags and MeanIR of the filtered layer over all versions, each a figure.

    Each source has a line of its own. With several sources, the titles are about the source of the
    target.

    Parameters
    ----------
    versions
        From the oldest to the newest.
    metrics
        Each version's metrics as git keeps them, None where it has none.
    chosen
        Names of the base and the target, whose dots are filled.
    palette
        Colours.
    sources
        The source of each version, empty where it is not on record; by default one for all.
    named
        Whether titles name the source, though all versions here are of one.
    """
    origin = [""] * len(versions) if sources is None else sources
    measured = [
        (version, metrics_of_version, origins.named(source))
        for version, metrics_of_version, source in zip(versions, metrics, origin, strict=True)
        if metrics_of_version is not None
    ]
    if not measured:
        return [Figure("git has no metrics of any version yet")]
    shown = latest([version.name for version, _, _ in measured], _TIMELINE, keep=chosen)
    measured = [measured[row] for row in shown]
    # The target is the second of the two chosen versions.
    of_name = {version.name: source for version, _, source in measured}
    about = next((of_name[name] for name in reversed(chosen) if name in of_name), measured[-1][2])
    return [
        _line(
            pd.DataFrame(
                {
                    "version": [version.name for version, _, _ in measured],
                    "date": [day(version) for version, _, _ in measured],
                    "value": [recorded.get(measure.name) for _, recorded, _ in measured],
                    "chosen": [version.name in chosen for version, _, _ in measured],
                    "source": [source for _, _, source in measured],
                }
            ).dropna(subset="value"),
            capital(measure.title),
            measure.digits,
            palette,
            _About(about, named=named),
        )
        for measure in measures("timeline")
    ]


class _About(NamedTuple):
    """The source that a title is about, and whether it names it."""

    source: str
    named: bool


def _line(data: pd.DataFrame, title: str, digits: int, palette: Palette, about: _About) -> Figure:
    if data.empty:
        return Figure(f"No version has {title} on record")
    data = data.assign(shown=[number(value, digits) for value in data["value"]])
    names = list(data["version"])
    base = alt.Chart(limited(data)).encode(
        x=alt.X(
            "version",
            sort=names,
            axis=alt.Axis(
                title=None,
                labelAngle=0 if len(names) <= _LEVEL_NAMES else -90,
                labelOverlap=False if len(names) <= _LEVEL_NAMES else "greedy",
                labelFontSize=11,
                labelSeparation=-1,  # the boxes of letters are higher than letters
                labelFlush=False,
                labelLimit=70,
            ),
        ),
        y=alt.Y(
            "value",
            scale=alt.Scale(zero=False, nice=True, padding=8),
            axis=alt.Axis(
                title=title, tickCount=4, tickMinStep=10.0**-digits, format=f",.{digits}f"
            ),
        ),
        tooltip=[
            alt.Tooltip("version"),
            alt.Tooltip("date"),
            alt.Tooltip("source"),
            alt.Tooltip("shown", title=title),
        ],
    )
    drawn = origins.lines(base, data["source"].tolist(), "chosen", palette)
    several = data["source"].nunique()
    high = 210 + (several > 1) * 24 * several
    return Figure(_trend(data, title, about), alt.layer(*drawn).properties(height=high), data=data)


def _trend(data: pd.DataFrame, title: str, about: _About) -> str:
    """The first and the last value of a measure, in the versions of one source."""
    own = data[data["source"] == about.source]
    of_source = f" of {about.source}" if about.named or len(own) < len(data) else ""
    if own.empty:
        return f"No version of {about.source} has {title} on record"
    first, last = own.iloc[0], own.iloc[-1]
    if first["shown"] == last["shown"]:
        return f"{title}{of_source} stayed at {last['shown']}"
    how = "rose" if last["value"] > first["value"] else "fell"
    return f"{title}{of_source} {how} from {first['shown']} to {last['shown']}"
