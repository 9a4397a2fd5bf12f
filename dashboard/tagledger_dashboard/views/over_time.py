"""The items of some tags by the date of the items."""

from __future__ import annotations

import math
from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tagledger.compare.compare import Comparison
from tagledger.labels import Indicator
from tagledger.words import count
from tagledger_dashboard.theme import Palette
from tagledger_dashboard.views.figure import Chart, Figure, limited
from tagledger_dashboard.views.panels import inside_axis, shared_axis

TAGS = 8
# The largest number of periods of each unit in a chart.
_PERIODS = (("M", "month", 48), ("Q", "quarter", 48), ("Y", "year", math.inf))


def periods(created: pd.Series) -> tuple[pd.PeriodIndex, NDArray[np.int64], str]:
    """Divide the time of some items into periods that a chart can show.

    Parameters
    ----------
    created
        Shape (items,), times in UTC, some or all of them missing.

    Returns
    -------
    bins
        Months without gaps; quarters or years where there would be too many months.
    bin_of_item
        Shape (items,): the bin of each item, -1 where its time is missing.
    unit
        The unit of a bin: month, quarter or year.
    """
    times = created.dropna()
    bin_of_item = np.full(len(created), -1, np.int64)
    if times.empty:
        return pd.PeriodIndex([], freq="M"), bin_of_item, "month"
    naive = created.dt.tz_localize(None)
    letter, unit = next(
        (letter, unit)
        for letter, unit, most in _PERIODS
        if len(pd.period_range(naive.min(), naive.max(), freq=letter)) <= most
    )
    own = naive.dt.to_period(letter)
    bins = pd.period_range(own.min(), own.max(), freq=letter)
    dated = created.notna().to_numpy()
    bin_of_item[dated] = pd.PeriodIndex(own[dated]).asi8 - bins.asi8[0]
    return bins, bin_of_item, unit


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
        The unit of a period.
    undated
        Number of items without a date, which are left out.
    """
    created = items["created_on"].take(pd.Index(items["id"]).get_indexer(pd.Index(matrix.ids)))
    bins, bin_of_item, unit = periods(created.reset_index(drop=True))
    all_items = np.bincount(bin_of_item[bin_of_item >= 0], minlength=len(bins))
    per_label = np.repeat(bin_of_item, matrix.lengths)
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
                    "share": np.divide(
                        has, all_items, out=np.full(len(bins), np.nan), where=all_items > 0
                    ),
                }
            )
        )
    table = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    return table, unit, int((bin_of_item < 0).sum())


def most_changed(comparison: Comparison, tags: int = 5) -> list[str]:
    """The tags whose number of items changed most; the most used tags if none changed."""
    own = comparison.tags[comparison.tags["count_b"] > 0]
    if not (own["change"] != 0).any():
        own = own.sort_values(["count_b", "tag"], ascending=[False, True])
    return [str(tag) for tag in own["tag"].head(tags)]


def lines(matrix: Indicator, items: pd.DataFrame, tags: Sequence[str], palette: Palette) -> Figure:
    """Items over time, one panel for each of at most `TAGS` tags."""
    shown = [tag for tag in tags if tag in set(matrix.tags)][:TAGS]
    if not shown:
        return Figure("Choose a tag to see its items over time")
    data, unit, undated = counts(matrix, items, shown)
    if data.empty:
        return Figure("No item has a date, so there is nothing to show over time")
    charts = [
        _panel(data[data["tag"] == tag], tag, unit, palette, last=tag == shown[-1]) for tag in shown
    ]
    chart = alt.vconcat(*charts, spacing=28).resolve_scale(x="shared")
    note = f"items by the {unit} of their date"
    if undated:
        note += f"; not shown: {count(undated, 'item')} without a date"
    return Figure(_finding(data, shown, unit), chart, note, data)


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
    """The tag that grew most from the first half of the time to the second half."""
    bins = data["period"].drop_duplicates().sort_values()
    if len(bins) < 2:
        return f"All items are from one {unit}"
    later = data["period"] >= bins.iloc[len(bins) // 2]
    grown = (
        data[later].groupby("tag")["items"].sum() - data[~later].groupby("tag")["items"].sum()
    ).reindex(tags)
    tag, change = str(grown.idxmax()), int(grown.max())
    middle = data.loc[later, "name"].iloc[0]
    if change <= 0:
        return f"None of these tags has more items from {middle} on than before"
    return f"{tag} grew most: {count(change, 'more item')} from {middle} on than before"
