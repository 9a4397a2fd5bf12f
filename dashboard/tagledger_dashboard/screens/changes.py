"""Label changes: which labels came and went, why, and who changed them."""

from __future__ import annotations

import streamlit as st

from tagledger_dashboard import change_filters, item_history, loading, table_columns, tag_panel, ui
from tagledger_dashboard.views import changes, renames

context, palette = loading.current(), ui.colours()
chooser = st.container()
if context.is_same:
    ui.empty("There is nothing to compare: choose two different versions on the left.")
    st.stop()
found = context.comparison()
some = changes.select(context.changes(), change_filters.choose(found))

ui.figure(changes.chart(some, palette), key="by_tag")
with st.expander("All tags as a table"):
    tags = changes.by_tag(some)
    tag_panel.table(tags, key="tags", name="changes-by-tag", columns=table_columns.BY_TAG)

st.subheader("Renames, merges and splits")
ui.figure(renames.flows(found.renames, palette), key="flows")
if found.renames:
    with st.expander("As a table"):
        shown = renames.frame(found.renames)
        ui.table(shown, key="renames", name="renames", columns=table_columns.RENAMES)

st.subheader("Relabelled items")
items = changes.relabelled(found, some)
row = None
if items.empty:
    ui.empty("No kept item was relabelled in a way that fits these filters.")
else:
    st.caption(ui.escape(changes.summary(items)))
    row = ui.table(
        items,
        key="relabelled",
        name="relabelled",
        columns=table_columns.relabelled(items),
        select=True,
    )
item_history.show(context, None if row is None else items["id"].iloc[row])
tag_panel.show(context, chooser)
