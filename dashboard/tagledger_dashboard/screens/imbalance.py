"""Imbalance: which tags starve, how labels gather on items, and what to collect."""

from __future__ import annotations

import streamlit as st

from tagledger_dashboard import collecting, loading, records, tag_columns, tag_panel, ui
from tagledger_dashboard.views import cooccurrence, imbalance, versus

context, palette = loading.current(), ui.colours()
chooser = st.container()
found = context.comparison()
base, target = (records.matrix(context, one) for one in (context.base, context.target))
names = versus.names(context.base.name, context.target.name)
tags = imbalance.by_tag(found)

left, right = st.columns(2, gap="large")
with left:
    st.subheader("IRLbl by tag")
    ui.figure(imbalance.irlbl(found, palette), key="irlbl")
with right:
    st.subheader("SCUMBLE by tag")
    ui.figure(imbalance.scumble(target, found.imbalance_b.scumble, palette), key="scumble")
with st.expander("IRLbl of all tags as a table"):
    tag_panel.table(tags, key="irlbl_table", name="irlbl", columns=tag_columns.IRLBL)

left, right = st.columns(2, gap="large")
with left:
    st.subheader("Labels per item")
    ui.figure(imbalance.labels_per_item(base, target, names, palette), key="per_item")
with right:
    st.subheader("Labelsets")
    ui.figure(imbalance.labelset_sizes(base, target, names, palette), key="labelsets")

st.subheader("What to collect")
collecting.show(target, palette)

st.subheader("Tags that stand together")
most = st.slider("Most frequent tags", 5, cooccurrence.MOST_TAGS, 30, 5, key="most")
ui.figure(cooccurrence.heat_map(target, most, palette), key="heat")
tag_panel.show(context, chooser)
