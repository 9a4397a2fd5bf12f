"""Tags outside the taxonomy that are probably other names of its tags, on a page."""

from __future__ import annotations

import streamlit as st

from tagledger_dashboard import tag_columns, tag_panel, ui, version_facts
from tagledger_dashboard.loading import Context
from tagledger_dashboard.views import outside


def show(context: Context) -> None:
    """Draw the proposals for the target, with the evidence for each."""
    proposals = version_facts.aliases(context)
    st.markdown(f"**{ui.escape(outside.alias_finding(proposals))}**")
    if len(proposals):
        table = outside.alias_table(proposals)
        tag_panel.table(table, key="aliases", name="aliases", columns=tag_columns.ALIASES)
        st.caption(outside.HOW_TO_READ)
