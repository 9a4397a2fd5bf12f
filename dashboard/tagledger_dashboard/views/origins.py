"""Lines over versions, one for each source: versions of two sources are two histories."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from tagledger_dashboard.theme import Palette
from tagledger_dashboard.views.figure import Chart

UNKNOWN = "source not on record"


def lines(base: alt.Chart, sources: Sequence[str], filled: str, palette: Palette) -> list[Chart]:
    """A line for each source, with a dot for each version.

    Parameters
    ----------
    base
        A chart with its axes and tooltips, whose data has a column source.
    sources
        The source of each version. Several sources have different colours and a legend.
    filled
        The column that says which dots are filled.
    palette
        Colours.
    """
    names = list(dict.fromkeys(sources))
    own: alt.Color | alt.Value = alt.value(palette.target)
    if len(names) > 1:
        colours = [palette.series[row % len(palette.series)] for row in range(len(names))]
        own = alt.Color(
            "source:N",
            scale=alt.Scale(domain=names, range=colours),
            legend=alt.Legend(title=None, orient="bottom", columns=1, labelLimit=220),
        )
    line = base.mark_line(strokeWidth=2).encode(color=own)
    dots = base.mark_point(size=70, strokeWidth=2, opacity=1).encode(
        color=own, fill=alt.condition(f"datum.{filled}", own, alt.value(palette.ground))
    )
    return [line, dots]


def named(source: str | None) -> str:
    """The name of a source on a chart."""
    return source or UNKNOWN
