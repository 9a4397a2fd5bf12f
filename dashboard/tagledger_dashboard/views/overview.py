"""The first page: counts with their change, the tags that moved most, all versions in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt
import pandas as pd

from tagledger.compare.compare import Comparison
from tagledger.measures.table import Measure, measures
from tagledger.versions import Version
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
from tagledger_dashboard.views.words import capital, count, day, number, signed

MOVERS = 5
_TIMELINE = 60
_LEVEL_NAMES = 3  # as many names stand side by side on the narrowest chart
_ALL_NAMES = 8  # and as many aslant
Colour = Literal["normal", "inverse", "off"]


@dataclass(frozen=True)
class Count:
    """A number with its change.

    Attributes
    ----------
    name, value, change
        Ready to be shown; the change is empty where there is nothing to compare with.
    meaning
        What the number says, for those who do not know it.
    colour
        How the change is coloured: normal where growth is good news, inverse where it is bad.
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


def counts(found: Comparison, *, compared: bool) -> list[Count]:
    """The size and the imbalance of the target, with the change since the base."""
    made = []
    for measure in measures("overview"):
        before, after = measure.of(found.imbalance_a), measure.of(found.imbalance_b)
        explained = compared and measure.name == "items"
        made.append(
            Count(
                name=capital(measure.title),
                value=number(after, measure.digits),
                change=signed(after - before, measure.digits) if compared else "",
                meaning=_why_items(found, measure.meaning) if explained else measure.meaning,
                colour=colour_of(measure),
            )
        )
    return made


def _why_items(found: Comparison, meaning: str) -> str:
    """What the number of items means, and the kept ones that came into the layer or left it."""
    moves = ((found.items.entered, "entered"), (found.items.dropped, "dropped"))
    said = [f"{count(number, 'kept item')} {verb}" for number, verb in moves if number]
    return "; ".join([meaning, *said])


def movers(found: Comparison, palette: Palette, rows: int = MOVERS) -> Figure:
    """The tags whose number of items changed most."""
    tags = found.tags[found.tags["change"] != 0].head(rows)
    if tags.empty:
        return Figure("No tag has more or fewer items than before")
    top = tags.iloc[0]
    title = f"{top['tag']} moved most: {signed(top['change'])} items, to {number(top['count_b'])}"
    data = tags[["tag", "count_a", "count_b", "change"]].assign(
        direction=["more" if change > 0 else "fewer" for change in tags["change"]],
        label=[f"{signed(change)}" for change in tags["change"]],
    )
    tooltip = [
        alt.Tooltip("tag", title="tag"),
        alt.Tooltip("count_a", title=found.a, format=","),
        alt.Tooltip("count_b", title=found.b, format=","),
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
    return Figure(title, chart, "hollow: items before; filled: items now", data)


def timeline(
    versions: Sequence[Version],
    metrics: Sequence[Mapping[str, Any] | None],
    chosen: Sequence[str],
    palette: Palette,
    sources: Sequence[str] | None = None,
) -> list[Figure]:
    """Items, labels, tags and MeanIR of the filtered layer over all versions, each a figure.

    Where versions come from several sources, each source is a line, and the titles are about the
    target's.

    Parameters
    ----------
    versions
        From the oldest to the newest.
    metrics
        Each version's metrics as git keeps them, None where it has none.
    chosen
        Names of the base and the target, which are marked.
    palette
        Colours.
    sources
        The source of each version, empty where it is not on record; by default one of them all.
    """
    origin = [""] * len(versions) if sources is None else sources
    known = [
        (version, found, origins.named(source))
        for version, found, source in zip(versions, metrics, origin, strict=True)
        if found is not None
    ]
    if not known:
        return [Figure("No version has its metrics in git yet")]
    shown = latest([version.name for version, _, _ in known], _TIMELINE, keep=chosen)
    known = [known[place] for place in shown]
    # The target is the last of the two that were chosen.
    of_name = {version.name: source for version, _, source in known}
    about = next((of_name[name] for name in reversed(chosen) if name in of_name), known[-1][2])
    return [
        _line(
            pd.DataFrame(
                {
                    "version": [version.name for version, _, _ in known],
                    "date": [day(version) for version, _, _ in known],
                    "value": [found.get(measure.name) for _, found, _ in known],
                    "chosen": [version.name in chosen for version, _, _ in known],
                    "source": [source for _, _, source in known],
                }
            ).dropna(subset="value"),
            capital(measure.title),
            measure.digits,
            palette,
            about,
        )
        for measure in measures("timeline")
    ]


def _line(data: pd.DataFrame, title: str, digits: int, palette: Palette, about: str) -> Figure:
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
                labelAngle=0 if len(names) <= _LEVEL_NAMES else -40,
                labelOverlap=False if len(names) <= _ALL_NAMES else "greedy",
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


def _trend(data: pd.DataFrame, title: str, about: str) -> str:
    """From what to what a measure went, of one source where there are several."""
    own = data[data["source"] == about]
    of_source = f" of {about}" if len(own) < len(data) else ""
    if own.empty:
        return f"No version of {about} has {title} on record"
    first, last = own.iloc[0], own.iloc[-1]
    if first["shown"] == last["shown"]:
        return f"{title}{of_source} stayed at {last['shown']}"
    how = "rose" if last["value"] > first["value"] else "fell"
    return f"{title}{of_source} {how} from {first['shown']} to {last['shown']}"
