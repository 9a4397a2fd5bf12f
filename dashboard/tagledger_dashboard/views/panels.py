"""Small charts above each other that share their horizontal axis."""

from __future__ import annotations

from typing import Any

import altair as alt

# Streamlit makes each of several charts as wide as the page, so an axis beside them would not fit.
# Its numbers are inside the chart, except for 0, which bars would hide.
_INSIDE: dict[str, Any] = {
    "labelAlign": "left",
    "labelBaseline": "bottom",
    "labelPadding": -2,
    "labelOffset": -2,
    "labelExpr": ("datum.value ? format(datum.value, abs(datum.value) < 10 ? '~f' : '~s') : ''"),
    "ticks": False,
    "domain": False,
    "minExtent": 0,
    "maxExtent": 0,
    "titleAngle": 0,
    "titleAlign": "left",
    "titleX": 0,
    "titleY": -18,
    "titleFontWeight": 600,
    "titleLimit": 280,
}


def inside_axis(title: str | None, **options: Any) -> alt.Axis:
    """A vertical axis with its numbers inside the chart and its title above the chart."""
    return alt.Axis(**(_INSIDE | {"title": title, "tickCount": 2} | options))


def shared_axis(title: str, *, last: bool, **options: Any) -> alt.Axis:
    """A horizontal axis that only the last chart shows."""
    settings: dict[str, Any] = {
        "title": title if last else None,
        "labels": last,
        "ticks": last,
        "labelFlush": True,
        "labelOverlap": True,
    }
    return alt.Axis(**(settings | options))
