"""Quality: which checks hold, which rows were set aside and why, which items are alike."""

from __future__ import annotations

import streamlit as st

from tagledger.reports import METRICS
from tagledger_dashboard import loading, schema_checks, table_columns, ui
from tagledger_dashboard.views import quality

context, palette = loading.current(), ui.colours()
base, target = context.base, context.target

ui.heading("Do all schema checks hold?")
with ui.failures(context):
    schema_checks.show(context)

with ui.failures(context):
    now, before = context.dataset(target), context.dataset(base)
    ui.heading("Which rows were set aside?")
    (metrics,) = context.report(METRICS, [target])
    rows = metrics["rows"] if metrics else 0
    ui.figure(quality.set_aside(before.quarantine, now.quarantine, rows, palette), key="aside")
    if len(now.quarantine):
        aside = now.quarantine[["reason", "file", "row", "id", "record"]]
        row = ui.table(
            aside, key="rows", name="set-aside", columns=table_columns.QUARANTINE, select=True
        )
        st.caption("Choose a row to see it as it is in the source.")
        if row is not None:
            st.code(quality.record(aside["record"].iloc[row]), language=None)

    ui.heading("Which items have nearly the same text?")
    groups = context.groups()
    st.markdown(f"**{ui.escape(quality.groups_finding(groups, len(now.items)))}**")
    if len(groups):
        row = ui.table(
            groups, key="groups", name="groups", columns=table_columns.GROUPS, select=True
        )
        st.caption("Choose a group to see its items.")
        if row is not None:
            same = quality.members(groups["group"].iloc[row], now.items, now.annotated_labels)
            ui.table(same, key="same", name="group", columns=table_columns.MEMBERS)
