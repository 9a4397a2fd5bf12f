"""The server that Streamlit runs: the dashboard's pages, shown to nobody but themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from streamlit import cli_util
from streamlit.web.server import server_util

from tagledger_dashboard import visitors


@asynccontextmanager
async def _browser(_: st.App) -> AsyncIterator[dict[str, object]]:
    """Open the browser, which Streamlit does for scripts and leaves out for servers like this."""
    if not st.get_option("server.headless"):
        address = st.get_option("server.address") or "localhost"
        cli_util.open_browser(server_util.get_url(server_util.get_display_address(address)))
    yield {}


app = st.App(
    Path(__file__).with_name("app.py"),
    lifespan=_browser,
    middleware=[Middleware(visitors.OwnPagesOnly, others=visitors.declared_origins())],
)
