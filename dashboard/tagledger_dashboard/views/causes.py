"""Why labels were gained and lost."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from tagledger.compare.cause_table import CAUSES, TABLE
from tagledger.compare.compare import Comparison
from tagledger.words import number, percent
from tagledger_dashboard.theme import Palette
from tagledger_dashboard.views.figure import Figure, counts_axis, height, limited, names_axis

NAMES: dict[str, str] = {cause: entry.title for cause, entry in TABLE.items()}


def frame(comparison: Comparison) -> pd.DataFrame:
    """Columns cause, name, meaning, gained, lost: one row per cause, in pipeline order."""
    causes = comparison.causes
    return pd.DataFrame(
        {
            "cause": causes["cause"],
            "name": causes["cause"].map(NAMES),
            "meaning": causes["cause"].map(CAUSES),
            "gained": causes["gained"],
            "lost": causes["lost"],
        }
    ).reset_index(drop=True)


def bar(comparison: Comparison, palette: Palette) -> Figure:
    """One bar for all labels gained and one for all labels lost, both divided by cause."""
    causes = frame(comparison)
    long = causes.melt(
        id_vars=["cause", "name", "meaning"],
        value_vars=["gained", "lost"],
        var_name="change",
        value_name="labels",
    )
    long = long[long["labels"] > 0].reset_index(drop=True)
    if long.empty:
        return Figure("No label was gained or lost")
    total = int(long["labels"].sum())
    by_cause = causes.assign(total=causes["gained"] + causes["lost"])
    top = by_cause.nlargest(1, "total").iloc[0]
    title = f"{percent(top['total'] / total)} of {number(total)} label changes: {top['meaning']}"
    chart = (
        alt.Chart(limited(long))
        .mark_bar(stroke=palette.ground, strokeWidth=1)
        .encode(
            y=alt.Y("change", sort=["gained", "lost"], axis=names_axis()),
            x=alt.X("labels", stack="zero", axis=counts_axis("labels")),
            color=colour(list(causes["cause"]), palette),
            order=alt.Order("position:Q"),
            tooltip=[
                alt.Tooltip("change"),
                alt.Tooltip("name", title="cause"),
                alt.Tooltip("meaning"),
                alt.Tooltip("labels", format=","),
            ],
        )
        .transform_calculate(position=_position("datum.cause"))
        .properties(height=height(2, 34, legend=len(causes)))
    )
    return Figure(title, chart, data=long)


def colour(causes: Sequence[str], palette: Palette) -> alt.Color:
    """The colour of a cause, the same on every chart; `name` is the field."""
    return alt.Color(
        "name",
        scale=alt.Scale(
            domain=[NAMES[cause] for cause in causes],
            range=[palette.causes[cause] for cause in causes],
        ),
        legend=alt.Legend(
            title=None, orient="bottom", columns=1, labelLimit=260, rowPadding=2, offset=6
        ),
    )


def _position(field: str) -> str:
    """An expression of Vega for the position of a cause in the pipeline."""
    return f"indexof({list(CAUSES)!r}, {field})"
