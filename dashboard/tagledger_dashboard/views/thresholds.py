"""What another threshold would keep, computed without a new build."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from tagledger.measures.table import Measure, named
from tagledger.measures.what_if import Sweep
from tagledger.words import capital, count, number, signed
from tagledger_dashboard.theme import Palette
from tagledger_dashboard.views.figure import Chart, Figure, limited
from tagledger_dashboard.views.overview import Count, colour_of
from tagledger_dashboard.views.panels import inside_axis, shared_axis

STEPS = 500
# The measures of which `Sweep` knows the value for every threshold, and what they mean there.
_MEANINGS = {
    "tags": "Tags that the filter would keep.",
    "items": "Items that would have a label.",
    "cardinality": "The mean, called cardinality.",
    "mean_ir": "How many times rarer the tags are than the most used one, on average.",
    "scumble": "How far items mix rare and frequent tags, from 0 to 1.",
}
_MEASURES = tuple(named(name) for name in _MEANINGS)


def counts(sweep: Sweep, chosen: int, used: int | None) -> list[Count]:
    """The numbers of a threshold, with their change from the threshold in use."""
    then, now = sweep.at(chosen), None if used is None else sweep.at(used)
    return [
        Count(
            name=capital(one.title),
            value=number(getattr(then, one.name), one.digits),
            change=""
            if now is None or chosen == used
            else signed(getattr(then, one.name) - getattr(now, one.name), one.digits),
            meaning=_MEANINGS[one.name],
            colour=colour_of(one),
        )
        for one in _MEASURES
    ]


def curves(sweep: Sweep, chosen: int, used: int | None, palette: Palette) -> Figure:
    """Each measure over all thresholds, with the one in use and the one chosen."""
    if not sweep.largest:
        return Figure("No threshold would keep a tag")
    table = _thinned(sweep.table)
    charts = [_curve(table, measure, (chosen, used), palette) for measure in _MEASURES]
    return Figure(
        _finding(sweep, chosen, used),
        alt.vconcat(*charts, spacing=10).resolve_scale(x="shared"),
        "solid line: the chosen threshold; dashed line: the threshold in use",
        table,
    )


def _thinned(table: pd.DataFrame) -> pd.DataFrame:
    if len(table) <= STEPS:
        return table
    return table.iloc[np.unique(np.linspace(0, len(table) - 1, STEPS).round().astype(int))]


def _finding(sweep: Sweep, chosen: int, used: int | None) -> str:
    then = sweep.at(chosen)
    kept = f"{count(then.tags, 'tag')} on {count(then.items, 'item')}"
    if used is None:
        return f"A threshold of {number(chosen)} would keep {kept}"
    if chosen == used:
        return f"The threshold in use, {number(used)}, keeps {kept}"
    now = sweep.at(used)
    instead = f"A threshold of {number(chosen)} instead of {number(used)} would"
    tags, items = then.tags - now.tags, then.items - now.items
    if not tags:  # the same tags are on the same items
        return f"{instead} change nothing"
    on = f"on {_more(items, 'item')}" if items else "on the same items"
    return f"{instead} keep {_more(tags, 'tag')}, {on}"


def _more(change: int, thing: str) -> str:
    return count(abs(change), f"{'more' if change > 0 else 'fewer'} {thing}")


def _curve(
    table: pd.DataFrame, measure: Measure, thresholds: tuple[int, int | None], palette: Palette
) -> Chart:
    field, name, digits = measure.name, capital(measure.title), measure.digits
    chosen, used = thresholds
    last = measure is _MEASURES[-1]
    most = int(table["min_tag_count"].max()) + 1
    x = alt.X(
        "min_tag_count",
        scale=alt.Scale(type="log", nice=False, domain=[1, most]),
        axis=shared_axis("min_tag_count (items)", last=last, format=",d"),
    )
    # The numbers are at the right, where the falling curves leave room.
    axis = inside_axis(None, orient="right", labelAlign="right")
    line = (
        alt.Chart(limited(table))
        .mark_line(interpolate="step-before", strokeWidth=2, color=palette.target)
        .encode(x=x, y=alt.Y(field, scale=alt.Scale(zero=False), axis=axis))
    )
    points = line.mark_point(size=50, opacity=0, filled=True).encode(
        tooltip=[
            alt.Tooltip("min_tag_count", title="up to", format=","),
            alt.Tooltip(field, title=name, format=f",.{digits}f"),
        ]
    )
    layers: list[Chart] = [line, points]
    for value, dash, colour in ((used, [4, 4], palette.base), (chosen, [1, 0], palette.lost)):
        if value is not None:
            rule = alt.Chart(pd.DataFrame({"min_tag_count": [value]}))
            layers.append(rule.mark_rule(strokeDash=dash, strokeWidth=2, color=colour).encode(x=x))
    title = alt.Title(name, anchor="start", fontSize=12, offset=6)
    return alt.layer(*layers).properties(height=66, width="container", title=title)
