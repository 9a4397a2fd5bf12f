"""A dashboard on two sources: the work tree's comes first, and charts follow it alone."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tagledger import versions
from tagledger.versions import Version
from tagledger_dashboard import version_facts, warm
from tagledger_dashboard.loading import Context
from tagledger_dashboard.sidebar import with_date
from tagledger_dashboard.state import Choice, base_for, between, default_choice, from_params
from tests.dashboard.ledger import Ledger, told_once
from tests.unit.test_one_source import SAMPLE, TICKETS, state

Open = Callable[..., AppTest]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two releases of the sample, then the first version of the tickets, in the work tree."""
    return told_once(tmp_path_factory, "two-sources", _tell).root


def _tell(root: Path) -> None:
    ledger = Ledger(root)
    ledger.release(state("sample", dict(list(SAMPLE.items())[:16]), "amber"), "v1.0.0", "sample 1")
    ledger.release(state("sample", SAMPLE, "amber"), "v2.0.0", "sample 2")
    ledger.release(state("tickets", dict(list(TICKETS.items())[:9]), "birch"), "v3.0.0", "mine 1")


@pytest.fixture(scope="module")
def second(first: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second version of the tickets after them."""

    def make(root: Path) -> None:
        shutil.copytree(first, root)
        Ledger.at(root).release(state("tickets", TICKETS, "birch"), "v4.0.0", "mine 2")

    return told_once(tmp_path_factory, "two-sources-second", make).root


def said(app: AppTest) -> str:
    assert not app.exception
    texts = [*app.title, *app.markdown, *app.caption, *app.info, *app.warning, *app.error]
    return "\n".join(one.value for one in texts).replace("\\", "")


LINE = "The source tickets begins with v3.0.0; 2 versions of the source sample came before."


def test_the_own_versions_are_chosen_and_come_first(second: Path, open_page: Open) -> None:
    app = open_page(second)
    target, base = app.selectbox(key="target"), app.selectbox(key="base")
    assert (base.value, target.value) == ("v3.0.0", "v4.0.0")
    assert [option.split(" · ")[0] for option in target.options] == [
        *("v4.0.0", "v3.0.0"),
        *("v2.0.0", "v1.0.0"),
    ]
    assert [option.endswith("source sample") for option in target.options] == [
        *(False, False),
        *(True, True),
    ]


def test_charts_of_all_versions_say_where_they_begin(second: Path, open_page: Open) -> None:
    text = said(open_page(second))
    assert LINE in text
    assert "Items of tickets rose from 9 to 15" in text


def test_a_version_of_another_source_brings_its_line_along(second: Path, open_page: Open) -> None:
    text = said(open_page(second, base="v2.0.0", target="v4.0.0"))
    assert LINE not in text
    assert "Two sources: v2.0.0 is of sample, v4.0.0 of tickets" in text
    assert "not comparable with v2.0.0" in text
    other = said(open_page(second, base="v1.0.0", target="v2.0.0"))
    assert "Items of sample rose from 16 to 20" in other
    assert "The source sample begins with v1.0.0; 2 versions of the source tickets" in other


def test_the_first_version_of_a_source_says_so(first: Path, open_page: Open) -> None:
    app = open_page(first)
    assert app.selectbox(key="base").value == app.selectbox(key="target").value == "v3.0.0"
    assert f"{LINE} Choose one of them to compare with it all the same." in said(app)


def test_an_item_is_followed_in_the_source_of_the_version(second: Path, open_page: Open) -> None:
    own = open_page(second, "changes", item="3")
    assert "birch 3" in said(own)
    assert LINE in said(own)
    other = open_page(second, "changes", base="v1.0.0", target="v2.0.0", item="18")
    assert "amber 18" in said(other)


@pytest.mark.parametrize("page", ["tags", "quality"])
def test_other_pages_say_what_they_leave_out(page: str, second: Path, open_page: Open) -> None:
    assert LINE in said(open_page(second, page, **({"about": "login"} if page == "tags" else {})))


def context(root: Path, base: str, target: str) -> Context:
    repository = versions.Repository.find(root)
    return Context(repository, versions.list_versions(repository), Choice(base, target))


def test_a_tag_has_the_versions_of_the_chosen_sources(second: Path) -> None:
    decided, _ = version_facts.history(context(second, "v3.0.0", "v4.0.0"))
    assert list(dict.fromkeys(decided["version"])) == ["v3.0.0", "v4.0.0"]
    decided, _ = version_facts.history(context(second, "v2.0.0", "v4.0.0"))
    assert decided["version"].nunique() == 4


def test_what_is_prepared_is_of_the_chosen_source(second: Path) -> None:
    likely = warm.likely(context(second, "v3.0.0", "v4.0.0"))
    assert {name for choice in likely for name in choice.names} <= {"v3.0.0", "v4.0.0"}


# The choice


def version(name: str, day: int, source: str | None) -> Version:
    date = datetime(2024, 1, day, tzinfo=UTC)
    return Version(name, (name,), name, name, date, None, None, "release", {}, source)


A1, A2, B1 = version("a1", 1, "shop"), version("a2", 2, "shop"), version("b1", 3, "forum")
A3, B2 = version("a3", 4, "shop"), version("b2", 5, "forum")
ALL = [B2, A3, B1, A2, A1]


def test_the_base_is_of_the_same_source() -> None:
    assert base_for("a3", ALL) == "a2"
    assert base_for("b1", ALL) == "b1"
    assert base_for("b2", ALL) == "b1"
    assert base_for("b2", [*ALL, version("old", 4, None)]) == "old"


def test_the_newest_of_the_followed_source_is_the_default() -> None:
    assert default_choice(ALL) == Choice("b1", "b2")
    assert default_choice(ALL, "shop") == Choice("a2", "a3")
    assert default_choice([B1], "gone") == Choice("b1", "b1")
    assert from_params({}, ALL, lambda _: None, "shop") == (Choice("a2", "a3"), [])
    assert from_params({"target": "b2"}, ALL, lambda _: None, "shop")[0] == Choice("b1", "b2")


def test_a_third_source_is_not_on_the_way() -> None:
    assert between(A2, A3, ALL) == [A2, A3]
    assert between(A2, B2, ALL) == [A2, B1, A3, B2]
    third = version("c1", 3, "other")
    assert third not in between(A1, B2, [*ALL, third])


def test_a_version_of_another_source_has_it_beside_its_name() -> None:
    assert with_date(A1, "shop") == "a1 · 2024-01-01"
    assert with_date(A1, "forum") == "a1 · 2024-01-01 · source shop"
    assert with_date(replace(A1, date=None, source="a\nb"), "forum") == "a1 · source a b"
