"""What to collect: how many more items rare tags need."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from tagledger.measures.imbalance import ir_per_label, items_needed
from tagledger.words import count, number
from tagledger_dashboard.theme import Palette
from tagledger_dashboard.views.figure import Figure, counts_axis, height, limited, names_axis

BARS = 30


def frame(tags: pd.DataFrame, target_ir: float) -> pd.DataFrame:
    """How many more items each tag needs to reach an IRLbl, the most useful tags first.

    Parameters
    ----------
    tags
        Columns tag and items, as `tagledger_dashboard.views.imbalance.by_tag` has them.
    target_ir
        The largest IRLbl wanted.

    Returns
    -------
    DataFrame
        One row per tag that needs items: tag, items, irlbl, needed, mean_ir_after (if only this
        tag gets its items), per_item (how much each of these items lowers MeanIR). Ordered by
        per_item, the largest first.
    """
    items = tags["items"].to_numpy(np.int64)
    needed = items_needed(items, target_ir)
    irlbl = ir_per_label(items)
    after = items.max(initial=0) / np.maximum(items + needed, 1)
    fall = np.where(needed > 0, irlbl - after, 0.0) / max(len(items), 1)
    table = pd.DataFrame(
        {
            "tag": tags["tag"],
            "items": items,
            "irlbl": irlbl,
            "needed": needed,
            "mean_ir_after": (irlbl.mean() if len(irlbl) else np.nan) - fall,
            "per_item": fall / np.maximum(needed, 1),
        }
    )
    table = table[table["needed"] > 0]
    return table.sort_values(["per_item", "tag"], ascending=[False, True], ignore_index=True)


def figure(tags: pd.DataFrame, target_ir: float, palette: Palette) -> Figure:
    """The items that rare tags have and the items that they need."""
    wanted = frame(tags, target_ir)
    if wanted.empty:
        return Figure(
            f"Every tag has an IRLbl of {number(target_ir, 1)} or less: no tag needs more items"
        )
    shown = wanted.head(BARS)
    data = shown.melt(
        id_vars=["tag", "irlbl", "mean_ir_after"],
        value_vars=["items", "needed"],
        var_name="part",
        value_name="count",
    ).replace({"part": {"items": "has", "needed": "needs"}})
    chart = (
        alt.Chart(limited(data))
        .mark_bar(stroke=palette.ground, strokeWidth=1)
        .encode(
            y=alt.Y("tag", sort=list(shown["tag"]), axis=names_axis()),
            x=alt.X("count", stack="zero", axis=counts_axis("items")),
            color=alt.Color(
                "part",
                scale=alt.Scale(domain=["has", "needs"], range=[palette.base, palette.lost]),
                legend=alt.Legend(title=None, orient="bottom"),
            ),
            order=alt.Order("position:Q"),
            tooltip=[
                alt.Tooltip("tag"),
                alt.Tooltip("part"),
                alt.Tooltip("count", title="items", format=","),
                alt.Tooltip("irlbl", title="IRLbl now", format=",.2f"),
                alt.Tooltip("mean_ir_after", title="MeanIR after", format=",.2f"),
            ],
        )
        .transform_calculate(position="datum.part == 'has' ? 0 : 1")
        .properties(height=height(len(shown), 22, legend=1))
    )
    few = (
        "" if len(wanted) <= BARS else f"; the first {number(BARS)} of {count(len(wanted), 'tag')}"
    )
    return Figure(
        _finding(tags, wanted, target_ir),
        chart,
        f"the tags at the top lower MeanIR most with each new item{few}",
        data,
    )


def _finding(tags: pd.DataFrame, wanted: pd.DataFrame, target_ir: float) -> str:
    items = tags["items"].to_numpy(np.int64)
    before = float(ir_per_label(items).mean())
    after = float(ir_per_label(items + items_needed(items, target_ir)).mean())
    total = int(wanted["needed"].sum())
    return (
        f"{count(total, 'more label')} on {count(len(wanted), 'tag')} would bring every IRLbl to "
        f"{number(target_ir, 1)} or less, and MeanIR from {number(before, 2)} to {number(after, 2)}"
    )
