"""Drift: which tags moved beyond chance, items over time, and what the taxonomy lacks."""

from __future__ import annotations

import streamlit as st

from tagledger.release.gates import DriftLimit
from tagledger_dashboard import loading, records, tag_columns, tag_panel, ui
from tagledger_dashboard.views import drift, outside, over_time

context, palette = loading.current(), ui.colours()
chooser = st.container()
found = context.comparison()
labels = records.matrix(context, context.target)
dataset = context.dataset(context.target)

if context.is_same:
    ui.empty("There is nothing to compare: choose two different versions on the left.")
else:
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Tags")
        ui.figure(drift.volcano(found, DriftLimit(), palette), key="volcano")
    with right:
        st.subheader("The whole mix")
        ui.figure(drift.distances(found, palette), key="distances")
        with st.expander("As a table"):
            shown = drift.distances_table(found)
            ui.table(shown, key="dist_table", name="distances", columns=tag_columns.DISTANCES)
    with st.expander("All tags as a table"):
        tested = drift.by_tag(found, DriftLimit())
        tag_panel.table(tested, key="tested", name="drift", columns=tag_columns.DRIFT)

rising = outside.rising(
    dataset.clean_labels,
    dataset.items,
    dataset.tags,
    records.aliases(context),
    context.dataset(context.base).tags,
)
st.subheader("Tags outside the taxonomy")
ui.figure(outside.months(dataset.clean_labels, dataset.items, rising, palette), key="outside")
if len(rising):
    tag_panel.table(rising, key="rising", name="outside", columns=tag_columns.OUTSIDE)
    st.caption(
        "Choose a tag to see its items: should it be in the taxonomy, or be an alias? The page "
        "Tags lists all that are probably other names, and why."
    )

st.subheader("Items over time")
chosen = st.multiselect(
    "Tags",
    sorted(str(tag) for tag in labels.tags),
    over_time.most_moved(found),
    key="over_time_tags",
    max_selections=over_time.TAGS,
)
ui.figure(over_time.lines(labels, dataset.items, chosen, palette), key="over_time")
tag_panel.show(context, chooser)
