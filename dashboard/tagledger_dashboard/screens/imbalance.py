"""Imbalance: how rare each tag is, how labels are spread over items, and what to collect."""

from __future__ import annotations

import streamlit as st

from tagledger_dashboard import collecting, loading, tag_columns, tag_panel, ui, version_facts
from tagledger_dashboard.views import cooccurrence, imbalance, versus

context, palette = loading.current(), ui.colours()
chooser = st.container()
comparison = context.comparison()
base, target = (version_facts.matrix(context, one) for one in (context.base, context.target))
names = versus.names(context.base.name, context.target.name)
tags = imbalance.by_tag(comparison)

left, right = st.columns(2, gap="large")
with left:
    ui.heading(
        "How rare is each tag?",
        "IRLbl: how many times more items the most used tag has. MeanIR: the mean over all tags.",
    )
    ui.figure(imbalance.irlbl(comparison, palette), key="irlbl")
with right:
    ui.heading(
        "Which rare and frequent tags occur together?",
        "SCUMBLE, from 0 to 1: how far the items of a tag mix rare and frequent tags.",
    )
    ui.figure(imbalance.scumble(target, comparison.imbalance_b.scumble, palette), key="scumble")
with st.expander("All tags as a table"):
    tag_panel.table(tags, key="irlbl_table", name="irlbl", columns=tag_columns.IRLBL)

left, right = st.columns(2, gap="large")
with left:
    ui.heading("How many labels does an item have?")
    ui.figure(imbalance.labels_per_item(base, target, names, palette), key="per_item")
with right:
    ui.heading("How many items share a labelset?", "Labelset: all tags of one item.")
    ui.figure(imbalance.labelset_sizes(base, target, names, palette), key="labelsets")

ui.heading("Which tags need more items?")
collecting.show(target, palette)

ui.heading("Which tags occur together?")
most = st.slider(
    "Number of tags, the most used first", 5, cooccurrence.MOST_TAGS, 30, 5, key="most"
)
ui.figure(cooccurrence.heat_map(target, most, palette), key="heat")
tag_panel.show(context, chooser)
