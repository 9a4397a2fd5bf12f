"""Our own component: it shows the items, takes keys without waiting, and sends answers.

Its parts are in `browser/`, JavaScript without a library. Streamlit takes one text of it, so the
files are put together here, in an order in which each needs those before it only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

_BROWSER = Path(__file__).with_name("browser")
_SCRIPTS = ("texts", "queue", "searching", "drawing", "answering", "keys", "desk")
_NAME = "tagledger.labelling"
KEY = "labelling_desk"


@cache
def _component() -> Callable[..., Any]:
    script = "\n".join(_read(f"{name}.js") for name in _SCRIPTS)
    return st.components.v2.component(
        _NAME, html=_read("desk.html"), css=_read("desk.css"), js=script
    )


def _read(name: str) -> str:
    return (_BROWSER / name).read_text("utf-8")


def draw(data: Mapping[str, Any], on_message: Callable[[], None], *, key: str) -> None:
    """Draw the desk.

    Parameters
    ----------
    data
        What `tagledger_dashboard.labelling.deck.Deck.message` gives.
    on_message
        Called before the page is drawn again because of what the desk said: `desk_message` has it.
    key
        A name that no other widget has.
    """
    _component()(data=dict(data), key=key, on_said_change=on_message)


def desk_message(key: str) -> object:
    """What the desk said in this run of the page; None where it said nothing."""
    state = st.session_state.get(key)
    return None if state is None else state.get("said")
