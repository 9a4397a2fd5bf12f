"""Items by the time they were made, for some tags."""

from __future__ import annotations

import math
from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tagledger.compare.compare import Comparison
from tagledger.labels import Indicator
from tagledger_dashboard.theme import Palette
from tagledger_dashboard.views.figure import Chart, Figure, limited
from tagledger_dashboard.views.panels import inside_axis, shared_axis
from tagledger_dashboard.views.words import count, number

TAGS = 8
# How many of each a chart has at most.
_PERIODS = (("M", "month", 48), ("Q", "quarter", 48), ("Y", "year", math.inf))


def periods(created: pd.Series) -> tuple[pd.PeriodIndex, NDArray[np.int64], str]:
    """Divide a span of time so that a chart can show it.

    Parameters
    ----------
    created
        Shape (items,), times in UTC, some or all of them missing.

    Returns
    -------
    bins
        Months, or quarters or years where there would be too many, without gaps.
    place
        Shape (items,): each item's bin, -1 where its time is missing.
    unit
        What a bin is: month, quarter, year.
    """
    known = created.dropna()
    place = np.full(len(created), -1, np.int64)
    if known.empty:
        return pd.PeriodIndex([], freq="M"), place, "month"
    naive = created.dt.tz_localize(None)
    letter, unit = next(
        (letter, unit)
        for letter, unit, most in _PERIODS
        if len(pd.period_range(naive.min(), naive.max(), freq=letter)) <= most
    )
    own = naive.dt.to_period(letter)
    bins = pd.period_range(own.min(), own.max(), freq=letter)
    found = created.notna().to_numpy()
    place[found] = pd.PeriodIndex(own[found]).asi8 - bins.asi8[0]
    return bins, place, unit


def counts(
    matrix: Indicator, items: pd.DataFrame, tags: Sequence[str]
) -> tuple[pd.DataFrame, str, int]:
    """Items of some tags by time.

    Parameters
    ----------
    matrix
        The labels.
    items
        Columns id and created_on.
    tags
        The tags, in the order to show them.

    Returns
    -------
    table
        One row per tag and period: tag, period (its first day), end, name, items, share (of the
        items of the period, nan where it has none).
    unit
        What a period is.
    undated
        Items without a date, which are left out.
    """
    created = items["created_on"].take(pd.Index(items["id"]).get_indexer(pd.Index(matrix.ids)))
    bins, place, unit = periods(created.reset_index(drop=True))
    whole = np.bincount(place[place >= 0], minlength=len(bins))
    per_label = np.repeat(place, matrix.lengths)
    frames = []
    for tag in tags:
        own = per_label[matrix.matrix.indices == np.flatnonzero(matrix.tags == tag)[0]]
        has = np.bincount(own[own >= 0], minlength=len(bins))
        frames.append(
            pd.DataFrame(
                {
                    "tag": tag,
                    "period": bins.to_timestamp(),
                    "end": (bins + 1).to_timestamp(),
                    "name": [str(period) for period in bins],
                    "items": has,
                    "share": np.divide(has, whole, out=np.full(len(bins), np.nan), where=whole > 0),
                }
            )
        )
    table = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    return table, unit, int((place < 0).sum())


def most_moved(found: Comparison, tags: int = 5) -> list[str]:
    """The tags of the target whose number of items changed most; else the most used ones."""
    own = found.tags[found.tags["count_b"] > 0]
    if not (own["change"] != 0).any():
        own = own.sort_values(["count_b", "tag"], ascending=[False, True])
    return [str(tag) for tag in own["tag"].head(tags)]


def lines(matrix: Indicator, items: pd.DataFrame, tags: Sequence[str], palette: Palette) -> Figure:
    """Items over time, one panel for each of at most `TAGS` tags."""
    known = [tag for tag in tags if tag in set(matrix.tags)][:TAGS]
    if not known:
        return Figure("Choose a tag to see its items over time")
    data, unit, undated = counts(matrix, items, known)
    if data.empty:
        return Figure("No item has a date: there is nothing to show over time")
    charts = [
        _panel(data[data["tag"] == tag], tag, unit, palette, last=tag == known[-1]) for tag in known
    ]
    chart = alt.vconcat(*charts, spacing=28).resolve_scale(x="shared")
    note = f"items by the {unit} they were made in"
    if undated:
        note += f"; {count(undated, 'item')} without a date left out"
    return Figure(_finding(data, known, unit), chart, note, data)


def _panel(data: pd.DataFrame, tag: str, unit: str, palette: Palette, *, last: bool) -> Chart:
    chart: Chart = (
        alt.Chart(limited(data))
        .mark_bar(color=palette.target, stroke=palette.ground, strokeWidth=0.5)
        .encode(
            x=alt.X("period:T", axis=shared_axis(unit, last=last, tickCount=6)),
            x2="end:T",
            y=alt.Y("items", axis=inside_axis(f"{tag} (items)", tickMinStep=1)),
            y2=alt.datum(0),
            tooltip=[
                alt.Tooltip("tag"),
                alt.Tooltip("name", title=unit),
                alt.Tooltip("items", format=","),
                alt.Tooltip("share", title=f"of the {unit}'s items", format=".1%"),
            ],
        )
        .properties(height=58, width="container")
    )
    return chart


def _finding(data: pd.DataFrame, tags: Sequence[str], unit: str) -> str:
    """Which of the tags grew most from the first half of the time to the second."""
    bins = data["period"].drop_duplicates().sort_values()
    if len(bins) < 2:
        return f"All items are of one {unit}"
    later = data["period"] >= bins.iloc[len(bins) // 2]
    grown = (
        data[later].groupby("tag")["items"].sum() - data[~later].groupby("tag")["items"].sum()
    ).reindex(tags)
    tag, change = str(grown.idxmax()), int(grown.max())
    middle = data.loc[later, "name"].iloc[0]
    if change <= 0:
        return f"None of these tags has more items from {middle} on than before"
    return f"{tag} grew most: {number(change)} more items from {middle} on than before"
