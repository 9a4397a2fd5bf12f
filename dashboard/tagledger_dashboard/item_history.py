"""One item: its text, its labels, and the version and commit that brought or removed each."""

from __future__ import annotations

from typing import Any

import streamlit as st

from tagledger_dashboard import table_columns, ui
from tagledger_dashboard.loading import Context
from tagledger_dashboard.views import blame

KEY = "item"  # of the widget, and so the parameter in the page's address
_ROW = "item_of_row"


def show(context: Context, chosen: Any | None) -> None:
    """Draw the history of the item that somebody chose in a table or typed in.

    Parameters
    ----------
    context
        The versions.
    chosen
        The id of the item in the chosen row of a table; None where no row is chosen.
    """
    session = st.session_state
    if chosen is not None and session.get(_ROW) != chosen:
        session[KEY] = str(chosen)
    session[_ROW] = chosen
    ui.heading("Where do the labels of an item come from?")
    with ui.failures(context):
        _search(context)


def _search(context: Context) -> None:
    typed = st.text_input(
        "Item id", key=KEY, bind="query-params", placeholder="type an id, or choose a row above"
    )
    if not typed:
        return
    history = context.blame(typed.strip())
    with st.container(border=True):
        st.markdown(f"**{ui.escape(history.title or 'no title')}**")
        st.caption(f"item {ui.escape(str(history.id))}")
        text = context.description(history.id)
        if text != history.title:
            st.markdown(ui.escape(text or "no description"))
    if not history.labels:
        ui.empty(f"The item never had a label in the {history.layer} layer.")
        return
    name = f"history-of-{typed.strip()}"
    ui.table(blame.frame(history), key="blame", name=name, columns=table_columns.BLAME)
    if not history.exists:
        st.caption(ui.escape(f"{history.version} no longer has this item."))
    if line := history.followed.line():
        st.caption(f"{ui.escape(line)}.")
    if history.missing:
        names = ", ".join(one.version.name for one in history.missing)
        st.caption(ui.escape(f"Not read, because the data is not in the cache: {names}."))
