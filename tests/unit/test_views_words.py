"""Words of the dashboard: numbers, lists, and what is said of two versions."""

from __future__ import annotations

import doctest

import pytest

from tagledger_dashboard.views import words


def test_the_examples_in_the_docstrings_hold() -> None:
    found = doctest.testmod(words)
    assert found.attempted >= 5
    assert found.failed == 0


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        pytest.param(-0.004, 2, "±0.00", id="too small to be seen"),
        pytest.param(-0.006, 2, "\u22120.01", id="just to be seen"),
        pytest.param(float("nan"), 0, "\u2013", id="not defined"),
    ],
)
def test_a_change_that_cannot_be_seen_has_no_sign(value: float, digits: int, text: str) -> None:
    assert words.signed(value, digits) == text


def test_programs_get_hyphens() -> None:
    assert words.plain(words.signed(-3)) == "-3"


@pytest.mark.parametrize(
    ("share", "text"),
    [
        pytest.param(0.0, "0 %", id="none"),
        pytest.param(0.0001, "<1 %", id="hardly any"),
        pytest.param(0.9999, ">99 %", id="nearly all"),
        pytest.param(1.0, "100 %", id="all"),
    ],
)
def test_a_share_never_rounds_to_none_or_all(share: float, text: str) -> None:
    assert words.percent(share) == text


def test_a_sentence_leaves_out_what_there_is_nothing_to_say_of() -> None:
    assert words.joined(["one", "", "two"]) == "one; two."
    assert words.joined(["", ""]) == ""
