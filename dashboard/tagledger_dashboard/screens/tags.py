"""Tags: how often each is used, what another threshold would leave, and the taxonomy."""

from __future__ import annotations

import streamlit as st

from tagledger.measures.what_if import missing_parents
from tagledger_dashboard import loading, other_names, records, tag_columns, tag_panel, threshold, ui
from tagledger_dashboard.views import one_tag, tags, taxonomy

EXTREMES = {
    "most_used": "Most used",
    "just_made_it": "Just made it",
    "just_missed_it": "Just missed it",
}

context, palette = loading.current(), ui.colours()
chooser = st.container()
base, target = (records.decided(context, one) for one in (context.base, context.target))

st.subheader("How often tags are used")
log = st.toggle("Logarithmic scale", key="log")
ui.figure(tags.distribution(base, target, palette, log=log), key="distribution")
found = tags.extremes(base, target)
for place, (name, title) in zip(st.columns(3), EXTREMES.items(), strict=True):
    with place:
        st.markdown(f"**{title}**")
        tag_panel.table(found[name], key=name, name=name, columns=tag_columns.EXTREMES)

st.subheader("What another threshold would leave")
threshold.show(records.sweep(context), target.threshold, target.name)

st.subheader("Taxonomy")
dataset, broad, layer = (
    context.dataset(context.target),
    records.broadened(context),
    records.unfiltered(context),
)
tree = taxonomy.tree(dataset.taxonomy, broad)
st.markdown(f"**{ui.escape(tree.title)}**")
if len(tree.rows):
    shown, rows = tree.rows.drop(columns=["tag", "depth"]), tree.rows["tag"]
    tag_panel.table(shown, key="tree", name="taxonomy", columns=tag_columns.TREE, tags=rows)

st.subheader("Other names of the taxonomy's tags")
other_names.show(context)

st.subheader("Broader tags that items lack")
missing = missing_parents(broad)
st.markdown(f"**{ui.escape(taxonomy.missing_finding(missing, layer=layer))}**")
if missing.labels:
    pairs = taxonomy.missing_table(missing)
    row = ui.table(pairs, key="missing", name="missing", columns=tag_columns.MISSING, select=True)
    st.caption("Choose a row to see its items. `clean.parents: add` would add all of them.")
    if row is not None:
        labels = records.matrix(context, context.target, layer)
        lacking = taxonomy.lacking(labels, pairs["tag"].iloc[row], pairs["parent"].iloc[row])
        items = one_tag.listing(dataset.layer_items(layer), labels, lacking, dataset.assignments)
        ui.table(items, key="lacking", name="lacking", columns=tag_columns.ITEMS)
tag_panel.show(context, chooser)
