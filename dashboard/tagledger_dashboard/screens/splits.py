"""Splits: whether each has its share of every tag, which items moved, and groups."""

from __future__ import annotations

import streamlit as st

from tagledger.params import SplitParams
from tagledger_dashboard import loading, table_columns, tag_columns, tag_panel, ui, version_facts
from tagledger_dashboard.views import splits

context, palette = loading.current(), ui.colours()
chooser = st.container()
dataset = context.dataset(context.target)
assignments, labels = dataset.assignments, dataset.filtered_labels
settings = version_facts.settings(context, context.target, SplitParams)
ratios = splits.targets(assignments, None if settings is None else settings.ratios)

ui.heading("Does each split have its share of every tag?")
sizes = splits.sizes(assignments, ratios)
st.markdown(ui.escape(splits.sizes_finding(sizes)))
if settings is None:
    st.caption("The ratios of this version are not on record. Its split sizes are used as targets.")
shares = splits.by_tag(labels, assignments, ratios)
ui.figure(splits.shares(shares, palette), key="shares")
with st.expander("All tags as a table"):
    wide = splits.wide(shares)
    tag_panel.table(wide, key="wide", name="splits", columns=tag_columns.splits(list(ratios)))

if not context.is_same:
    ui.heading("Which items moved between splits?")
    before = context.dataset(context.base).assignments
    moved = splits.moved(before, assignments, dataset.items)
    both = int(assignments["id"].isin(before["id"]).sum())
    ui.figure(splits.flows(moved, both, context.base.name, list(ratios), palette), key="flows")
    if len(moved):
        ui.table(moved, key="moved", name="moved", columns=tag_columns.MOVED)

ui.heading(
    "Are items of nearly the same text in one split?",
    "Group: items of equal or nearly equal text, which a split should not separate.",
)
groups = context.groups()
separated = splits.separated(groups)
st.markdown(f"**{ui.escape(splits.groups_finding(groups, separated))}**")
if len(groups):
    shown = separated if len(separated) else groups
    ui.table(shown, key="groups", name="groups", columns=table_columns.GROUPS)
tag_panel.show(context, chooser)
