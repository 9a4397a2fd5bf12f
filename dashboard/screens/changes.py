"""Label changes: which labels came and went, why, and who changed them."""

from __future__ import annotations

import streamlit as st

from dashboard import columns, history, sources, ui
from dashboard.views import causes, changes, renames

context, palette = sources.current(), ui.colours()
if context.is_same:
    ui.empty("There is nothing to compare: choose two different versions on the left.")
    st.stop()
found = context.comparison()

first, second, third, fourth = st.columns(4, vertical_alignment="bottom")
wanted = changes.Wanted(
    causes=first.multiselect(
        "Causes",
        list(found.causes["cause"]),
        format_func=lambda cause: causes.NAMES[cause],
        key="cause",
        placeholder="all causes",
    ),
    tags=second.multiselect("Tags", sorted(found.tags["tag"]), key="tag", placeholder="all tags"),
    direction=third.selectbox(
        "Direction", changes.DIRECTIONS, index=None, key="direction", placeholder="both"
    ),
    items=fourth.selectbox(
        "Items",
        list(changes.ITEMS),
        index=None,
        format_func=lambda items: changes.ITEMS[items],
        key="items",
        placeholder="all items",
    ),
)
some = changes.select(context.changes(), wanted)

ui.figure(changes.chart(some, palette), key="by_tag")
with st.expander("All tags as a table"):
    ui.table(changes.by_tag(some), key="tags", name="changes-by-tag", columns=columns.BY_TAG)

st.subheader("Renames, merges and splits")
ui.figure(renames.flows(found.renames, palette), key="flows")
if found.renames:
    with st.expander("As a table"):
        shown = renames.frame(found.renames)
        ui.table(shown, key="renames", name="renames", columns=columns.RENAMES)

st.subheader("Relabelled items")
items = changes.relabelled(found, some)
row = None
if items.empty:
    ui.empty("No item of both versions was relabelled in a way that fits these filters.")
else:
    st.caption(ui.escape(changes.summary(items)))
    shape = columns.relabelled(items)
    row = ui.table(items, key="items_table", name="relabelled", columns=shape, select=True)
history.show(context, None if row is None else items["id"].iloc[row])
