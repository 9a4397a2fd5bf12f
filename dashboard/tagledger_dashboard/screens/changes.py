"""Label changes: which labels were gained and lost, why, and who changed them."""

from __future__ import annotations

import streamlit as st

from tagledger_dashboard import change_filters, item_history, loading, table_columns, tag_panel, ui
from tagledger_dashboard.views import changes, renames

context, palette = loading.current(), ui.colours()
chooser = st.container()
if context.is_same:
    ui.empty("There is nothing to compare. Choose two different versions on the left.")
    st.stop()
comparison = context.comparison()
selected = changes.select(context.changes(), change_filters.choose(comparison))

ui.heading("Which tags gained and lost labels?")
ui.figure(changes.chart(selected, palette), key="by_tag")
with st.expander("All tags as a table"):
    tags = changes.by_tag(selected)
    tag_panel.table(tags, key="tags", name="changes-by-tag", columns=table_columns.BY_TAG)

ui.heading("Which tags were renamed, merged or split?")
ui.figure(renames.flows(comparison.renames, palette), key="flows")
if comparison.renames:
    with st.expander("As a table"):
        shown = renames.frame(comparison.renames)
        ui.table(shown, key="renames", name="renames", columns=table_columns.RENAMES)

ui.heading("Which items were relabelled?")
items = changes.relabelled(comparison, selected)
row = None
if items.empty:
    ui.empty("No relabelled item fits these filters.")
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
