"""People on the page of label changes: who is behind a change, and changes of one person."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dashboard.conftest import Open
from tests.dashboard.ledger import Ledger
from tests.dashboard.test_pages_more import assert_sound, tables_with
from tests.unit.test_answers_blamed import told

__all__ = ["told"]

PAIR = {"base": "v1.0.0", "target": "v1.1.0", "layer": "annotated"}


@pytest.fixture(scope="module")
def answered(told: Path) -> Path:
    return Ledger.at(told).root


def ids(app: object) -> set[int]:
    (table,) = tables_with(app, "kept")  # type: ignore[arg-type]
    return set(table["id"])


def test_changes_of_a_person_are_chosen(answered: Path, open_page: Open) -> None:
    app = open_page(answered, "changes", **PAIR)
    assert_sound(app)
    assert ids(app) == {2, 3}  # that dora renamed a tag is a rename, and has a chart of its own
    (table,) = tables_with(app, "kept")
    assert dict(zip(table["id"], table["people"], strict=True)) == {2: "bob", 3: "carl"}
    person = app.multiselect(key="person")
    assert person.options == ["bob", "carl", "dora"]
    person.set_value(["carl"]).run()
    assert_sound(app)
    assert ids(app) == {3}
    app.multiselect(key="person").set_value([]).run()
    app.multiselect(key="campaign").set_value(["summer"]).run()
    assert ids(app) == {3}


def test_the_history_of_an_item_names_people(answered: Path, open_page: Open) -> None:
    app = open_page(answered, "changes", **PAIR, item="1")
    assert_sound(app)
    (table,) = tables_with(app, "subject")
    people = dict(zip(table["tag"], table["people"], strict=True))
    assert people == {"cat": "confirmed by ann (spring)", "dog": ""}


@pytest.mark.parametrize("page", ["overview", "tags", "drift", "imbalance", "quality", "splits"])
def test_every_page_shows_a_version_with_answers(
    page: str, answered: Path, open_page: Open
) -> None:
    assert_sound(open_page(answered, page, **PAIR))


def test_without_people_there_is_no_filter_by_person(answered: Path, open_page: Open) -> None:
    app = open_page(answered, "changes", base="v1.0.0", target="v1.1.0", layer="clean")
    assert [one for one in app.multiselect if one.key == "person"] == []
