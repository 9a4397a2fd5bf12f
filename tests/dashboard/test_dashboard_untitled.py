"""Data that was read with one column of text, of long ids, from two sources."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from tagledger_dashboard import table_columns
from tests.dashboard import untitled
from tests.dashboard.ledger import Ledger, told_once

Open = Callable[..., AppTest]
PAIR = {"base": "a2", "target": "a3"}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    return told_once(tmp_path_factory, "untitled", untitled.tell)


def titled(app: AppTest) -> Sequence[pd.DataFrame]:
    assert not app.exception
    return [one.value for one in app.dataframe if "title" in one.value]


@pytest.mark.parametrize(
    ("page", "more"),
    [("changes", {}), ("tags", {"about": "invoice"}), ("quality", {}), ("splits", {})],
)
def test_the_text_stands_where_a_title_would(
    page: str, more: dict[str, str], told: Ledger, open_page: Open
) -> None:
    shown = titled(open_page(told.root, page, **PAIR, **more))
    assert shown
    for table in shown:
        assert (table["title"] != "").all()
    assert any(f"{untitled.START}…" in set(table["title"]) for table in shown)


def test_an_item_is_called_by_its_text_and_its_whole_id(told: Ledger, open_page: Open) -> None:
    item = untitled.item_id(1)
    app = open_page(told.root, "changes", item=item, **PAIR)
    said = "\n".join(one.value for one in [*app.markdown, *app.caption]).replace("\\", "")
    assert f"**{untitled.START}…**" in said
    assert untitled.LONG in said
    assert f"item {item}" in said


def test_each_source_is_a_line_of_its_own(told: Ledger, open_page: Open) -> None:
    app = open_page(told.root, **PAIR)
    assert not app.exception
    said = [one.value for one in app.markdown]
    assert "**Items of shop rose from 12 to 30**" in said
    assert any(re.fullmatch(r"\*\*a3\\: all \d{3} checks hold\*\*", one) for one in said)
    other = open_page(told.root, base="a1", target="b1")
    assert "**Items of forum stayed at 5**" in [one.value for one in other.markdown]
    said = [one.value for one in other.markdown]
    assert any(re.fullmatch(r"\*\*b1\\: all \d{3} checks hold\*\*", one) for one in said)


def test_a_column_of_ids_has_room_for_the_longest() -> None:
    long = pd.DataFrame({"id": ["a" * 64, "b"], "title": ["", ""]})
    made = table_columns.fitted(table_columns.MEMBERS, long)
    assert made["id"]["width"] >= 64 * 8
    assert made["title"] == table_columns.MEMBERS["title"]
    short = table_columns.fitted(table_columns.MEMBERS, pd.DataFrame({"id": [1, 2]}))
    assert short["id"]["width"] == 75
