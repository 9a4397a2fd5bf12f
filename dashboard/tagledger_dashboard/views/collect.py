"""What to collect: the items that scarce tags lack, and the labels that come along with them."""

from __future__ import annotations

import altair as alt
import pandas as pd

from tagledger.measures.collecting import Plan
from tagledger.words import count, number
from tagledger_dashboard.theme import Palette
from tagledger_dashboard.views.figure import Figure, counts_axis, height, limited, names_axis

BARS = 30
HOW_TO_READ = (
    "How to read it: a new item of a tag usually carries other tags too, and counts for those as "
    "often as they stand on that tag's items now; so collect from the first line down, and what "
    "comes along with the new items of other tags need not be collected."
)
_PARTS = {"items": "has", "along": "comes along", "collect": "to collect"}


def frame(plan: Plan) -> pd.DataFrame:
    """The plan as a table: tag, items, wanted, collect, along, after, company."""
    table = plan.table.assign(wanted=plan.wanted)
    return table[["tag", "items", "wanted", "collect", "along", "after", "company"]]


def figure(plan: Plan, goal: str, palette: Palette) -> Figure:
    """What scarce tags have, what comes along, and what is to be collected.

    Parameters
    ----------
    plan
        What to collect.
    goal
        What each tag is to have, after "every tag has": "an IRLbl of 5.0 or less".
    palette
        Colours.
    """
    if not plan.reached:
        return Figure(
            f"No number of items gives every tag {goal}: they bring the most used tag along, "
            "which stays ahead. Choose a larger IRLbl, or a number of items"
        )
    if plan.table.empty:
        return Figure(f"Every tag has {goal}: none is scarce")
    shown = plan.table.head(BARS)
    data = shown.melt(
        id_vars=["tag", "after"],
        value_vars=list(_PARTS),
        var_name="part",
        value_name="count",
    ).replace({"part": _PARTS})
    bars = (
        alt.Chart(limited(data))
        .mark_bar(stroke=palette.ground, strokeWidth=1)
        .encode(
            y=alt.Y("tag", sort=list(shown["tag"]), axis=names_axis()),
            x=alt.X("count", stack="zero", axis=counts_axis("items")),
            color=alt.Color(
                "part",
                scale=alt.Scale(
                    domain=list(_PARTS.values()),
                    range=[palette.base, palette.target, palette.lost],
                ),
                legend=alt.Legend(title=None, orient="bottom"),
            ),
            order=alt.Order("position:Q"),
            tooltip=[
                alt.Tooltip("tag"),
                alt.Tooltip("part"),
                alt.Tooltip("count", title="items", format=",.0f"),
                alt.Tooltip("after", title="items then", format=",.0f"),
            ],
        )
        .transform_calculate(
            position="datum.part == 'has' ? 0 : datum.part == 'comes along' ? 1 : 2"
        )
    )
    rule = alt.Chart(pd.DataFrame({"wanted": [plan.wanted]})).encode(x="wanted")
    dashed = rule.mark_rule(color=palette.text, strokeWidth=2, strokeDash=[5, 4])
    tags = len(plan.table)
    few = "" if tags <= BARS else f"; the first {BARS} of {count(tags, 'tag')}"
    return Figure(
        _finding(plan, goal),
        alt.layer(bars, dashed).properties(height=height(len(shown), 22, legend=1)),
        f"rarest first; dashed: wanted, {count(plan.wanted, 'item')}; what comes along is "
        f"expected, not certain{few}",
        data,
    )


def _finding(plan: Plan, goal: str) -> str:
    needed = int((plan.table["collect"] > 0).sum())
    text = f"{count(plan.collect, 'new item')}, for {count(needed, 'tag')}, give every tag {goal}"
    alone = len(plan.table) - needed
    if alone:
        text += f"; {count(alone, 'scarce tag')} {'gets' if alone == 1 else 'get'} enough along"
    return text + _bar(plan)


def _bar(plan: Plan) -> str:
    """Whether the most used tag's growth raises the bar, in words."""
    most = f"the most used tag grows from {number(plan.most)} to {number(plan.most_after)} items"
    if plan.wanted > plan.wanted_at_first:
        moved = f"from {number(plan.wanted_at_first)} to {number(plan.wanted)}"
        return f". With these {most}, which raises the bar {moved} items a tag"
    return ""
