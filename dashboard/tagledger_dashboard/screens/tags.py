"""Tags: how often each is used, what another threshold would keep, and the taxonomy."""

from __future__ import annotations

import streamlit as st

from tagledger.measures.what_if import missing_parents
from tagledger_dashboard import (
    loading,
    other_names,
    tag_columns,
    tag_panel,
    threshold,
    ui,
    version_facts,
)
from tagledger_dashboard.views import one_tag, tags, taxonomy

EXTREMES = {
    "most_used": "Most used",
    "just_made_it": "Just above the threshold",
    "just_missed_it": "Just below the threshold",
}

context, palette = loading.current(), ui.colours()
chooser = st.container()
base, target = (version_facts.decided(context, one) for one in (context.base, context.target))

ui.heading("How often is each tag used?")
log = st.toggle("Logarithmic scale", key="log")
ui.figure(tags.distribution(base, target, palette, log=log), key="distribution")
extremes = tags.extremes(base, target)
with st.container(horizontal=True):
    for name, title in EXTREMES.items():
        with st.container(width=tag_columns.EXTREMES_WIDTH):
            st.markdown(f"**{title}**")
            tag_panel.table(extremes[name], key=name, name=name, columns=tag_columns.EXTREMES)

ui.heading(
    "What would another threshold keep?",
    "The threshold, `filter.min_tag_count`, is the fewest items that a tag must have.",
)
threshold.show(version_facts.sweep(context), target.threshold, target.name)

ui.heading("How often is each tag of the taxonomy used?")
dataset, broadened, layer = (
    context.dataset(context.target),
    version_facts.broadened(context),
    version_facts.unfiltered(context),
)
tree = taxonomy.tree(dataset.taxonomy, broadened)
st.markdown(f"**{ui.escape(tree.title)}**")
if len(tree.rows):
    shown, rows = tree.rows.drop(columns=["tag", "depth"]), tree.rows["tag"]
    tag_panel.table(shown, key="tree", name="taxonomy", columns=tag_columns.TREE, tags=rows)

ui.heading("Which tags are other names of the taxonomy's tags?")
other_names.show(context)

ui.heading("Which items lack a broader tag?")
missing = missing_parents(broadened)
st.markdown(f"**{ui.escape(taxonomy.missing_finding(missing, layer=layer))}**")
if missing.labels:
    pairs = taxonomy.missing_table(missing)
    row = ui.table(pairs, key="missing", name="missing", columns=tag_columns.MISSING, select=True)
    st.caption(
        "Choose a row to see its items. `clean.parents: add` would add all these broader tags."
    )
    if row is not None:
        labels = version_facts.matrix(context, context.target, layer)
        lacking = taxonomy.lacking(labels, pairs["tag"].iloc[row], pairs["parent"].iloc[row])
        items = one_tag.listing(dataset.layer_items(layer), labels, lacking, dataset.assignments)
        ui.table(items, key="lacking", name="lacking", columns=tag_columns.ITEMS)
tag_panel.show(context, chooser)
