"""Adjudicate: the items of which people differ, one by one, decided by keyboard."""

from __future__ import annotations

import streamlit as st

from tagledger_dashboard import annotators, loading, ui
from tagledger_dashboard.labelling import adjudicating, page

context = loading.current()
with ui.failures(context):
    name = annotators.named()
    if name is None:
        page.turned_off()
    elif (refusal := adjudicating.may_adjudicate(context.repository.root, name)) is not None:
        ui.failed(refusal)
    else:
        st.caption(
            "Only the tags in which people differ are asked. Once you have decided, the next item "
            "comes; ← goes back, and then shows who said what."
        )
        page.desk(context.repository, name, adjudicating.job(context.repository))
