"""What an item is called: its title, or else the start of its text."""

from __future__ import annotations

import doctest

import numpy as np
import pandas as pd
import pytest

from tagledger import titles
from tagledger.titles import LONGEST, shortened, shown_titles


def items(*rows: tuple[str | None, str | None]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["title", "description"], dtype="str")


@pytest.mark.parametrize(
    ("title", "text", "shown"),
    [
        pytest.param("A title", "A text", "A title", id="a title"),
        pytest.param("", "A text", "A text", id="a text"),
        pytest.param(None, "A text", "A text", id="no title at all"),
        pytest.param("  ", "A\n text", "A text", id="a title of spaces"),
        pytest.param("", "", "", id="neither"),
        pytest.param(None, None, "", id="nothing at all"),
    ],
)
def test_the_text_stands_where_there_is_no_title(
    title: str | None, text: str | None, shown: str
) -> None:
    assert shown_titles(items((title, text))).tolist() == [shown]


def test_rows_are_chosen_in_their_order() -> None:
    of = items(("a", ""), ("", "b"), ("", "c"))
    assert shown_titles(of, np.array([2, 0])).tolist() == ["c", "a"]


@pytest.mark.parametrize("text", ["word " * 99, "x" * 500, "\u6587" * 500])
def test_a_long_text_is_cut(text: str) -> None:
    shown = shortened(text)
    assert len(shown) <= LONGEST
    assert shown.endswith("…")
    assert len(shown) > LONGEST // 2


def test_the_examples_hold() -> None:
    assert doctest.testmod(titles).failed == 0
    assert doctest.testmod(titles).attempted >= 2
