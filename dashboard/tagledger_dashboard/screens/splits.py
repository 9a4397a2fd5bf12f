"""Splits: whether each has its share of every tag, what moved, and groups."""

from __future__ import annotations

import streamlit as st

from tagledger.params import SplitParams
from tagledger_dashboard import loading, records, table_columns, tag_columns, tag_panel, ui
from tagledger_dashboard.views import splits

context, palette = loading.current(), ui.colours()
chooser = st.container()
dataset = context.dataset(context.target)
assignments, labels = dataset.assignments, dataset.filtered_labels
settings = records.settings(context, context.target, SplitParams)
ratios = splits.targets(assignments, None if settings is None else settings.ratios)

st.subheader("Shares of tags")
sizes = splits.sizes(assignments, ratios)
st.markdown(ui.escape(splits.sizes_finding(sizes)))
if settings is None:
    st.caption("The version has no ratios on record: the splits' own sizes are taken as targets.")
shares = splits.by_tag(labels, assignments, ratios)
ui.figure(splits.shares(shares, palette), key="shares")
with st.expander("All tags as a table"):
    wide = splits.wide(shares)
    tag_panel.table(wide, key="wide", name="splits", columns=tag_columns.splits(list(ratios)))

if not context.is_same:
    st.subheader("Items that moved")
    before = context.dataset(context.base).assignments
    moved = splits.moved(before, assignments, dataset.items)
    both = int(assignments["id"].isin(before["id"]).sum())
    ui.figure(splits.flows(moved, both, context.base.name, list(ratios), palette), key="flows")
    if len(moved):
        ui.table(moved, key="moved", name="moved", columns=tag_columns.MOVED)

st.subheader("Groups")
groups = context.groups()
torn = splits.torn(groups)
st.markdown(f"**{ui.escape(splits.groups_finding(groups, torn))}**")
if len(groups):
    shown = torn if len(torn) else groups
    ui.table(shown, key="groups", name="groups", columns=table_columns.GROUPS)
tag_panel.show(context, chooser)
