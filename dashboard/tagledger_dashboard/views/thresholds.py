"""What another threshold would leave, before anything is run again."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from tagledger.measures.table import Measure, named
from tagledger.measures.what_if import Sweep
from tagledger_dashboard.theme import Palette
from tagledger_dashboard.views.figure import Chart, Figure, limited
from tagledger_dashboard.views.overview import Count, colour_of
from tagledger_dashboard.views.panels import inside_axis, shared_axis
from tagledger_dashboard.views.words import capital, count, number, signed

STEPS = 500
# Those of which `Sweep` knows every threshold's value, and what they say of a threshold.
_MEANINGS = {
    "tags": "tags that would stay",
    "items": "items that would keep a label",
    "cardinality": "the mean, called cardinality",
    "mean_ir": "the most used tag over a tag, on average over tags",
    "scumble": "how much rare tags share items with frequent ones",
}
_MEASURES = tuple(named(name) for name in _MEANINGS)


def counts(sweep: Sweep, chosen: int, used: int | None) -> list[Count]:
    """What would result, with the change from the threshold in use."""
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
        return Figure("No tag could stay at any threshold")
    table = _thinned(sweep.table)
    charts = [_curve(table, measure, (chosen, used), palette) for measure in _MEASURES]
    return Figure(
        _finding(sweep, chosen, used),
        alt.vconcat(*charts, spacing=10).resolve_scale(x="shared"),
        "solid: the threshold chosen; dashed: the one in use",
        table,
    )


def _thinned(table: pd.DataFrame) -> pd.DataFrame:
    if len(table) <= STEPS:
        return table
    return table.iloc[np.unique(np.linspace(0, len(table) - 1, STEPS).round().astype(int))]


def _finding(sweep: Sweep, chosen: int, used: int | None) -> str:
    then = sweep.at(chosen)
    left = f"{count(then.tags, 'tag')} on {count(then.items, 'item')}"
    if used is None:
        return f"A threshold of {number(chosen)} would leave {left}"
    if chosen == used:
        return f"The threshold in use, {number(used)}, keeps {left}"
    now = sweep.at(used)
    instead = f"A threshold of {number(chosen)} instead of {number(used)} would"
    tags, items = then.tags - now.tags, then.items - now.items
    if not tags:  # the same tags are on the same items
        return f"{instead} change nothing"
    on = f"on {_more(items, 'item')}" if items else "on the same items"
    return f"{instead} leave {_more(tags, 'tag')}, {on}"


def _more(change: int, thing: str) -> str:
    return f"{count(abs(change), thing)} {'more' if change > 0 else 'fewer'}"


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
    # The numbers stand at the right, where the curves, which fall, leave room for them.
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
