"""Drift: which tags changed beyond chance, items over time, and tags outside the taxonomy."""

from __future__ import annotations

import streamlit as st

from tagledger.release.gates import DriftLimit
from tagledger_dashboard import loading, tag_columns, tag_panel, ui, version_facts
from tagledger_dashboard.views import drift, outside, over_time

context, palette = loading.current(), ui.colours()
chooser = st.container()
comparison = context.comparison()
labels = version_facts.matrix(context, context.target)
dataset = context.dataset(context.target)

if context.is_same:
    ui.empty("There is nothing to compare. Choose two different versions on the left.")
else:
    left, right = st.columns(2, gap="large")
    with left:
        ui.heading(
            "Which tags drifted?",
            "Cohen's h: the size of the change. q: a p-value, corrected for the number of tags.",
        )
        ui.figure(drift.volcano(comparison, DriftLimit(), palette), key="volcano")
    with right:
        ui.heading(
            "Did the mix of tags change?",
            "Distances between the tag distributions of the two versions.",
        )
        ui.figure(drift.distances(comparison, palette), key="distances")
        with st.expander("As a table"):
            shown = drift.distances_table(comparison)
            ui.table(shown, key="dist_table", name="distances", columns=tag_columns.DISTANCES)
    with st.expander("All tags as a table"):
        tested = drift.by_tag(comparison, DriftLimit())
        tag_panel.table(tested, key="tested", name="drift", columns=tag_columns.DRIFT)

rising = outside.rising(
    dataset.annotated_labels,
    dataset.items,
    dataset.tags,
    version_facts.aliases(context),
    context.dataset(context.base).tags,
)
ui.heading("Which tags are missing from the taxonomy?")
ui.figure(outside.months(dataset.annotated_labels, dataset.items, rising, palette), key="outside")
if len(rising):
    tag_panel.table(rising, key="rising", name="outside", columns=tag_columns.OUTSIDE)
    st.caption(
        "Choose a tag to see its items. It may belong in the taxonomy, or be another name of a "
        "tag: the page Tags lists the names that are probably such, and why."
    )

ui.heading("How many items does a tag have over time?")
chosen = st.multiselect(
    "Tags",
    sorted(str(tag) for tag in labels.tags),
    over_time.most_changed(comparison),
    key="over_time_tags",
    max_selections=over_time.TAGS,
)
ui.figure(over_time.lines(labels, dataset.items, chosen, palette), key="over_time")
tag_panel.show(context, chooser)
