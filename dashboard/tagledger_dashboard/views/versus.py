"""Two versions on one chart: the base in grey, the target in colour."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from tagledger_dashboard.theme import Palette


def colour(names: Sequence[str], palette: Palette, *, field: str = "version") -> alt.Color:
    """The colour of a version, with a legend where there are two.

    Parameters
    ----------
    names
        The base and the target; or the target alone.
    palette
        Colours.
    field
        The column that has the names.
    """
    colours = [palette.base, palette.target][-len(names) :]
    legend = alt.Legend(title=None, orient="bottom") if len(names) > 1 else None
    return alt.Color(
        f"{field}:N", scale=alt.Scale(domain=list(names), range=colours), legend=legend
    )


def names(base: str, target: str) -> list[str]:
    """The versions to draw: one version if both are the same."""
    return [target] if base == target else [base, target]


def shares_axis(title: str) -> alt.Axis:
    """An axis of shares, in per cent."""
    return alt.Axis(title=title, format="~%", tickCount=5)
