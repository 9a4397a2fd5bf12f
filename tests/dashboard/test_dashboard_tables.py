"""Tables: small ones in the browser, large ones on the server with their own search."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from tests.dashboard.conftest import PATIENCE


def _page() -> None:
    import pandas as pd
    import streamlit as st

    from tagledger_dashboard import ui

    rows = st.session_state["rows"]
    frame = pd.DataFrame({"id": range(rows), "tags": [["a", f"b{n}"] for n in range(rows)]})
    ui.table(frame, key="table", name="things")


def page(rows: int) -> AppTest:
    app = AppTest.from_function(_page, default_timeout=PATIENCE)
    app.session_state["rows"] = rows
    return app.run()


def test_a_small_table_has_its_search_in_the_browser() -> None:
    app = page(5000)
    assert not app.exception
    assert not app.text_input
    assert len(app.dataframe[0].value) == 5000


def test_a_large_table_is_searched_on_the_server() -> None:
    app = page(6000)
    assert not app.exception
    app.text_input(key="table_search").set_value("B599").run()
    assert not app.exception
    assert list(app.dataframe[0].value["id"]) == [599, *range(5990, 6000)]


def test_a_large_table_can_be_downloaded_whole() -> None:
    app = page(6000)
    (button,) = app.get("download_button")
    assert button.label == "Download 6,000 rows as CSV"
