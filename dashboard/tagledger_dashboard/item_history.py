"""One item: its text, its labels in every version, and who brought or took each."""

from __future__ import annotations

from typing import Any

import streamlit as st

from tagledger_dashboard import table_columns, ui
from tagledger_dashboard.loading import Context
from tagledger_dashboard.views import blame

KEY = "item"  # of the widget, and so the parameter in the page's address
_ROW = "item_of_row"


def show(context: Context, chosen: Any | None) -> None:
    """Draw the history of the item that was chosen in a table, or that is typed in.

    Parameters
    ----------
    context
        The versions.
    chosen
        The id of the item that a table's row is about.
    """
    session = st.session_state
    if chosen is not None and session.get(_ROW) != chosen:
        session[KEY] = str(chosen)
    session[_ROW] = chosen
    st.subheader("History of an item")
    with ui.failures(context):
        _search(context)


def _search(context: Context) -> None:
    typed = st.text_input(
        "Item id", key=KEY, bind="query-params", placeholder="type an id, or choose a row above"
    )
    if not typed:
        return
    found = context.blame(typed.strip())
    with st.container(border=True):
        st.markdown(f"**{ui.escape(found.title or 'no title')}**")
        st.caption(f"item {ui.escape(str(found.id))}")
        text = context.description(found.id)
        if text != found.title:
            st.markdown(ui.escape(text or "no description"))
    if not found.labels:
        ui.empty(f"The item never had a label in the {found.layer} layer.")
        return
    name = f"history-of-{typed.strip()}"
    ui.table(blame.frame(found), key="blame", name=name, columns=table_columns.BLAME)
    if not found.exists:
        st.caption(ui.escape(f"{found.version} does not have this item any more."))
    if found.missing:
        names = ", ".join(missing.version.name for missing in found.missing)
        st.caption(ui.escape(f"Not read, as their data is not at hand: {names}."))
