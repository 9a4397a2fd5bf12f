"""Overview: whether this version got better or worse, and why."""

from __future__ import annotations

import streamlit as st

from tagledger.reports import METRICS, QUALITY
from tagledger_dashboard import loading, schema_checks, tag_panel, ui, version_facts
from tagledger_dashboard.views import causes, checks, headline, overview

ICONS = {
    "bad": ":red[:material/cancel:]",
    "watch": ":orange[:material/warning:]",
    "good": ":green[:material/check_circle:]",
}

context, palette = loading.current(), ui.colours()
ordered = context.shown
reports = context.report(QUALITY, ordered)
quality = reports[ordered.index(context.target)]

with ui.failures(context):
    schema_checks.warn_if_stopped(context)
with ui.failures(context):
    comparison = context.comparison()
    compared = not context.is_same
    with st.container(border=True):
        for finding in headline.verdict(
            comparison if compared else None, quality, ui.gates(context)
        ):
            st.markdown(f"{ICONS[finding.level]} {ui.finding(context, finding)}")
    ui.metrics(overview.counts(comparison, compared=compared))
    if compared:
        left, right = st.columns(2, gap="large")
        with left:
            ui.heading("Why did labels change?")
            ui.figure(causes.bar(comparison, palette), key="causes")
        with right:
            ui.heading("Which tags changed most?")
            ui.figure(overview.movers(comparison, palette), key="movers")
    tag_panel.show(context, st.container())

ui.heading("How did the dataset grow over all versions?")
ui.lineage(context)
metrics = context.report(METRICS, ordered)
origins = version_facts.origins(context, ordered)
several = bool(context.followed.left_out)
figures = overview.timeline(ordered, metrics, context.choice.names, palette, origins, named=several)
for column, one in zip(st.columns(len(figures)), figures, strict=True):
    with column:
        ui.figure(one, key=one.title)
st.caption("All numbers are of the filtered layer. The dots of the two chosen versions are filled.")

ui.heading("Do all schema checks hold?")
names = [one.name for one in ordered]
ui.figure(checks.glance(names, reports, palette, context.target.name), key="checks")
