"""What to collect, for a goal that is chosen on the page and kept in its address."""

from __future__ import annotations

import math

import streamlit as st

from tagledger.labels import Indicator
from tagledger.measures.collecting import Plan, plan_for_count, plan_for_ir
from tagledger.measures.imbalance import ir_per_label, least_count
from tagledger.words import count, number
from tagledger_dashboard import tag_columns, tag_panel, ui
from tagledger_dashboard.theme import Palette
from tagledger_dashboard.views import collect

IR, ITEMS = "Largest IRLbl", "Items per tag"


def show(labels: Indicator, palette: Palette) -> None:
    """Draw the choice of a goal, and what to collect for it."""
    used = labels.counts[labels.counts > 0]
    if not len(used):
        ui.empty("There are no labels in this layer: choose another on the left.")
        return
    plan, goal = _chosen(labels)
    ui.figure(collect.figure(plan, goal, palette), key="collect")
    if plan.table.empty:
        return
    st.caption(collect.HOW_TO_READ)
    with st.expander("As a table"):
        table = collect.frame(plan)
        tag_panel.table(table, key="wanted", name="collect", columns=tag_columns.COLLECT)


def _chosen(labels: Indicator) -> tuple[Plan, str]:
    """The plan for the goal that the page's widgets hold, and the goal in words."""
    used = labels.counts[labels.counts > 0]
    ratios = ir_per_label(used)
    highest = float(math.ceil(max(ratios.max(), 2)))
    usual = min(float(math.ceil(ratios.mean())), highest)
    left, right = st.columns([1, 2])
    kind = left.radio("Goal", [IR, ITEMS], key="goal_kind", bind="query-params", horizontal=True)
    if kind == ITEMS:
        wanted = right.number_input(
            "Items wanted for each tag",
            1,
            value=least_count(float(used.max()), usual),
            key="wanted_items",
            bind="query-params",
        )
        return plan_for_count(labels, int(wanted)), f"{count(int(wanted), 'item')} or more"
    target = right.slider(
        "Largest IRLbl wanted",
        1.0,
        highest,
        usual,
        0.5,
        key="goal",
        bind="query-params",
        help="A tag with an IRLbl of 5 has a fifth of the most used tag's items.",
    )
    return plan_for_ir(labels, target), f"an IRLbl of {number(target, 1)} or less"
