"""Overview: did this version get better or worse, and why."""

from __future__ import annotations

import streamlit as st

from tagledger.reports import METRICS, QUALITY
from tagledger_dashboard import loading, records, schema_checks, state, tag_panel, ui
from tagledger_dashboard.views import causes, checks, headline, overview, words

ICONS = {
    "bad": ":red[:material/cancel:]",
    "watch": ":orange[:material/warning:]",
    "good": ":green[:material/check_circle:]",
}

context, palette = loading.current(), ui.colours()
ordered = state.chronological(context.versions)
reports = context.report(QUALITY, ordered)
quality = reports[ordered.index(context.target)]

with ui.failures(context):
    schema_checks.tell_stopped(context)
with ui.failures(context):
    found = context.comparison()
    compared = not context.is_same
    with st.container(border=True):
        for finding in headline.verdict(found if compared else None, quality, ui.gates(context)):
            st.markdown(f"{ICONS[finding.level]} {ui.escape(words.capital(finding.text))}")
    with st.container(horizontal=True):
        for one in overview.counts(found, compared=compared):
            st.metric(
                one.name,
                one.value,
                words.plain(one.change) or None,
                delta_color=one.colour,
                delta_arrow="off" if one.colour == "off" else "auto",
                help=one.meaning,
                border=True,
            )
    if compared:
        left, right = st.columns(2, gap="large")
        with left:
            st.subheader("Why labels changed")
            ui.figure(causes.bar(found, palette), key="causes")
        with right:
            st.subheader("Tags that moved most")
            ui.figure(overview.movers(found, palette), key="movers")
    tag_panel.show(context, st.container())

st.subheader("All versions")
metrics = context.report(METRICS, ordered)
origins = records.origins(context, ordered)
figures = overview.timeline(ordered, metrics, context.choice.names, palette, origins)
for column, made in zip(st.columns(len(figures)), figures, strict=True):
    with column:
        ui.figure(made, key=made.title)
st.caption("In the filtered layer; the two versions that are compared are filled.")

st.subheader("Schema checks")
names = [one.name for one in ordered]
ui.figure(checks.glance(names, reports, palette, context.target.name), key="checks")
