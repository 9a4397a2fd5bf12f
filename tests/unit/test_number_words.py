"""The one form of numbers, changes, shares and plurals in text for people."""

from __future__ import annotations

import ast
import doctest
import re
from pathlib import Path

import pytest

from tagledger import words

ROOT = Path(__file__).parents[2]
NAN = float("nan")


def test_the_examples_in_the_docstrings_hold() -> None:
    found = doctest.testmod(words)
    assert found.attempted >= 9
    assert found.failed == 0


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        pytest.param(-0.004, 2, "±0.00", id="too small to be seen"),
        pytest.param(-0.006, 2, "\u22120.01", id="just to be seen"),
        pytest.param(-1234.5, 1, "\u22121,234.5", id="thousands"),
        pytest.param(NAN, 0, "\u2013", id="not defined"),
    ],
)
def test_a_change_that_cannot_be_seen_has_no_sign(value: float, digits: int, text: str) -> None:
    assert words.signed(value, digits) == text


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        pytest.param(0, 0, "0", id="none"),
        pytest.param(1_234_567, 0, "1,234,567", id="thousands"),
        pytest.param(-1.25, 1, "\u22121.2", id="a minus"),
        pytest.param(NAN, 2, "\u2013", id="not defined"),
    ],
)
def test_a_number_has_a_comma_at_thousands_and_a_true_minus(
    value: float, digits: int, text: str
) -> None:
    assert words.number(value, digits) == text


@pytest.mark.parametrize(
    ("share", "digits", "text"),
    [
        pytest.param(0.0, 0, "0 %", id="none"),
        pytest.param(0.0, 1, "0.0 %", id="none, with a digit"),
        pytest.param(0.0001, 0, "<1 %", id="hardly any"),
        pytest.param(0.0004, 1, "<0.1 %", id="hardly any, with a digit"),
        pytest.param(0.0321, 1, "3.2 %", id="with a digit"),
        pytest.param(0.9999, 0, ">99 %", id="nearly all"),
        pytest.param(0.9999, 1, ">99.9 %", id="nearly all, with a digit"),
        pytest.param(1.0, 0, "100 %", id="all"),
        pytest.param(12.5, 0, "1,250 %", id="more than all"),
        pytest.param(NAN, 1, "\u2013", id="not defined"),
    ],
)
def test_a_share_never_rounds_to_none_or_all(share: float, digits: int, text: str) -> None:
    assert words.percent(share, digits) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "<0.001"), (0.00099, "<0.001"), (0.001, "0.001"), (0.9996, "1"), (NAN, "\u2013")],
)
def test_a_q_value_is_never_written_as_nought(value: float, text: str) -> None:
    assert words.q_value(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0 items"), (1, "1 item"), (2, "2 items"), (1000, "1,000 items")]
)
def test_one_thing_is_singular_and_all_other_numbers_are_plural(value: int, text: str) -> None:
    assert words.count(value, "item") == text


@pytest.mark.parametrize(
    ("names", "listed", "shortened"),
    [
        ([], "", ""),
        (["a"], "a", "a"),
        (["a", "b", "c"], "a, b and c", "a, b, c"),
        (["a", "b", "c", "d"], "a, b, c and 1 more", "a, b, c and 1 more"),
    ],
)
def test_names_beyond_the_first_few_are_counted(
    names: list[str], listed: str, shortened: str
) -> None:
    assert words.listed(names, 3) == listed
    assert words.shortened(names, 3) == shortened


def _own_forms(code: str) -> list[str]:
    """Numbers that an f-string formats itself as a percentage, or nouns with an s of its own."""
    found: list[str] = []
    if not re.search(r"%|[\"']s[\"']", code):  # parsing all modules takes a second
        return found
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            form = ast.unparse(node.format_spec)
            if "%'" in form and "%Y" not in form:
                found.append(ast.unparse(node))
        if isinstance(node, ast.IfExp) and {"s", ""} == {
            part.value for part in (node.body, node.orelse) if isinstance(part, ast.Constant)
        }:
            found.append(ast.unparse(node))
    return found


def test_no_module_has_a_form_of_its_own() -> None:
    paths = [*(ROOT / "src").rglob("*.py"), *(ROOT / "dashboard").rglob("*.py")]
    own = {str(path.relative_to(ROOT)): _own_forms(path.read_text("utf-8")) for path in paths}
    assert {path: forms for path, forms in own.items() if forms} == {}


@pytest.mark.parametrize("code", ["f'{share:.1%}'", 'f\'{n} tag{"" if n == 1 else "s"}\''])
def test_a_form_of_its_own_is_found(code: str) -> None:
    assert len(_own_forms(code)) == 1
