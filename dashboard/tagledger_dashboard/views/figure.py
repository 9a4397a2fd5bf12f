"""A chart with the finding that it shows, and parts that several charts share."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

MAX_MARKS = 5_000
Chart = alt.Chart | alt.LayerChart | alt.HConcatChart | alt.VConcatChart | alt.FacetChart


@dataclass(frozen=True)
class Figure:
    """A chart for a page.

    Attributes
    ----------
    title
        What the chart shows, as a finding: plain text.
    chart
        The chart; None where there is nothing to draw.
    note
        How to read it: plain text.
    data
        The numbers of the chart, for tests.
    """

    title: str
    chart: Chart | None = None
    note: str = ""
    data: pd.DataFrame | None = None


def limited(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame of a chart; ValueError if it has more rows than a browser can draw."""
    if len(frame) > MAX_MARKS:
        raise ValueError(f"{len(frame):,} marks: aggregate before drawing")
    return frame


def latest(names: Sequence[str], most: int, keep: Collection[str] = ()) -> list[int]:
    """Indexes of the last names, at most `most` of them; names of `keep` are always among them.

    >>> latest(["v1", "v2", "v3", "v4"], 2), latest(["v1", "v2", "v3", "v4"], 2, ["v1"])
    ([2, 3], [0, 3])
    """
    kept = [row for row, name in enumerate(names) if name in keep]
    others = [row for row, name in enumerate(names) if name not in keep]
    room = max(most - len(kept), 0)
    return sorted(kept + others[max(len(others) - room, 0) :])


def height(rows: int, step: int = 26, *, axis: bool = True, legend: int = 0) -> int:
    """The height in pixels of a chart with one row for each name.

    Parameters
    ----------
    rows
        Number of names.
    step
        Pixels of a row.
    axis
        Whether there is an axis with a title below.
    legend
        Lines of the legend below that.
    """
    return max(rows, 1) * step + 62 * axis + (28 * legend + 40) * (legend > 0)


def names_axis(**options: Any) -> alt.Axis:
    """An axis of names, which are written in full beside their bars."""
    settings: dict[str, Any] = {
        "labelLimit": 190,
        "labelFontSize": 12,
        "ticks": False,
        "domain": False,
        "title": None,
        "labelOverlap": False,
        "labelBound": False,
        "labelFlush": False,
    }
    return alt.Axis(**(settings | options))


def measure_axis(title: str) -> alt.Axis:
    """An axis below bars with names: where bars are short, its title reaches below the names."""
    return alt.Axis(title=title, titleAnchor="end", tickCount=5)


def counts_axis(title: str, **options: Any) -> alt.Axis:
    """An axis of whole numbers without a sign, to the left and to the right of zero."""
    settings: dict[str, Any] = {"title": title, "labelExpr": "format(abs(datum.value), ',')"}
    return alt.Axis(**(settings | {"tickMinStep": 1, "tickCount": 5} | options))
