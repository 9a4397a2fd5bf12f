"""Agreement: how far the annotators of the work tree agree, on what, and with what was decided."""

from __future__ import annotations

import streamlit as st

from tagledger.agreement import in_words
from tagledger_dashboard import agreeing, agreement_columns, loading, ui
from tagledger_dashboard.views import agreement

context, palette = loading.current(), ui.colours()

with ui.failures(context):
    every = agreeing.measure(context.repository, None)
    campaign = agreeing.choose(list(every.campaigns))
    shown = every if campaign is None else agreeing.measure(context.repository, campaign)
    measured = shown.agreement
    missing = in_words.missing(measured)
    if missing is not None:
        agreeing.explain(missing)
    else:
        st.markdown(f"**{ui.escape(in_words.finding(measured))}.**")
        ui.metrics(agreement.counts(measured))
        agreeing.copies(shown)

        ui.heading("On which tags do they agree?", "Kappa and AC1: agreement beyond chance.")
        table = agreement.tags(measured)
        ui.table(table, key="by_tag", name="agreement", columns=agreement_columns.TAGS)

        ui.heading("Who agrees with whom?", "MASI: how similar two labelsets are, from 0 to 1.")
        ui.figure(agreement.annotators(measured, palette), key="annotators")
        with st.expander("All pairs as a table"):
            table = agreement.pairs(measured)
            ui.table(table, key="pairs", name="annotators", columns=agreement_columns.PAIRS)

        ui.heading("Which tags stand for each other?")
        st.markdown(f"**{ui.escape(agreement.confused_finding(measured))}**")
        table = agreement.confused(measured)
        if len(table):
            ui.table(table, key="confused", name="confused", columns=agreement_columns.CONFUSED)

        ui.heading("On which items do they differ most?")
        st.markdown(f"**{ui.escape(agreement.items_finding(measured))}**")
        table = agreement.items(shown)
        if len(table):
            ui.table(table, key="disputed", name="disputed", columns=agreement_columns.ITEMS)
    if measured.gold or measured.adjudicated:
        ui.heading("Do they agree with what was decided?")
        agreeing.decided(shown)
