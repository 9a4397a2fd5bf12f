"""Which rows failed a check: of a build that stopped, of what git keeps, of what is on record."""

from __future__ import annotations

from collections.abc import Callable

import orjson
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from tagledger import tables
from tagledger.errors import TagledgerError
from tagledger.reports import FAILURES, QUALITY
from tagledger.stages import report
from tagledger.workspace import check_results, read_tables
from tagledger_dashboard.views import thresholds
from tests.dashboard.conftest import PATIENCE
from tests.dashboard.ledger import Ledger
from tests.dashboard.pages import said

Open = Callable[..., AppTest]
PAIR = {"base": "v1.1.0", "target": "v1.2.0"}
ROWS = pd.DataFrame(
    {
        "table": ["clean/items", "clean/items"],
        "id": ["7", "8"],
        "column": ["title", "title"],
        "check": ["no_space_around", "no_space_around"],
        "value": [" seven", "<b>*eight* "],
    }
)


def values(app: AppTest) -> pd.DataFrame:
    (found,) = (table.value for table in app.dataframe if "value" in table.value)
    return found


def stop(ledger: Ledger) -> None:
    """Leave what a clean stage leaves that a check stopped."""
    tables.write_csv(ROWS, ledger.root / FAILURES)
    (ledger.root / tables.CLEAN_ITEMS).unlink()


def test_versions_whose_checks_hold_say_so(told: Ledger, open_page: Open) -> None:
    app = open_page(told.root, "quality", **PAIR)
    assert "No value of v1.2.0 or v1.1.0 fails a check." in said(app)


def test_the_checks_on_record_are_those_of_the_tables(
    told: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(told.root)
    built = read_tables()
    assert orjson.loads(QUALITY.read_bytes()) == orjson.loads(
        orjson.dumps(report.quality(built, check_results(built, None)))
    )


@pytest.mark.parametrize("page", ["overview", "quality"])
def test_a_build_that_a_check_stopped_is_told_of(page: str, copy: Ledger, open_page: Open) -> None:
    stop(copy)
    app = open_page(copy.root, page, **PAIR)
    assert not app.exception
    (box,) = app.error
    assert "A check stopped the last build in this folder: 2 values of clean/items" in said(app)
    assert "`dvc repro`" in box.value


def test_every_value_that_stopped_a_build_is_listed(copy: Ledger, open_page: Open) -> None:
    stop(copy)
    app = open_page(copy.root, "quality", **PAIR)
    assert "2 values fail 1 check: 2 in the last build" in said(app)
    found = values(app)
    assert found["version"].tolist() == ["last build", "last build"]
    assert found["value"].tolist() == [" seven", "<b>*eight* "]
    assert found["check"].tolist() == ["no space around", "no space around"]


def test_a_build_that_went_on_since_is_history(copy: Ledger, open_page: Open) -> None:
    tables.write_csv(ROWS, copy.root / FAILURES)
    app = open_page(copy.root, "quality", **PAIR)
    assert not app.error
    assert "No value of v1.2.0 or v1.1.0 fails a check." in said(app)
    (past,) = (
        box for box in app.expander if "A later build has finished" in box.label.replace("\\", "")
    )
    assert past.dataframe[0].value["id"].tolist() == ["7", "8"]
    assert not open_page(copy.root, **PAIR).error


def test_a_list_that_is_not_one_is_named(copy: Ledger, open_page: Open) -> None:
    (copy.root / FAILURES).write_text("a,b\n1,2\n")
    app = open_page(copy.root, "quality", **PAIR)
    assert not app.exception
    (box,) = app.error
    assert "not a list of values that fail a check" in box.value
    assert "failures" in box.value
    assert "Which rows were set aside?" in {one.value for one in app.subheader}


def test_a_list_that_git_keeps_is_of_its_version(copy: Ledger, open_page: Open) -> None:
    tables.write_csv(ROWS, copy.root / FAILURES)
    copy.commit("data: with its failures", "v1.3.0")
    (copy.root / FAILURES).unlink()
    app = open_page(copy.root, "quality", base="v1.2.0", target="v1.3.0")
    assert not app.exception
    assert "2 values fail 1 check: 2 in v1.3.0" in said(app)
    assert set(values(app)["version"]) == {"v1.3.0"}
    turned = open_page(copy.root, "quality", base="v1.3.0", target="v1.2.0")
    assert set(values(turned)["version"]) == {"v1.3.0"}


def test_what_is_on_record_is_shown_until_it_is_checked_again(
    copy: Ledger, open_page: Open
) -> None:
    path = copy.root / "reports" / "quality.json"
    report = orjson.loads(path.read_bytes())
    report["checks"][0] |= {"failed": 12, "first": ["7: seven"]}
    path.write_bytes(orjson.dumps(report | {"failed": 1}))
    copy.commit("data: with a check that fails", "v1.3.0")
    app = open_page(copy.root, "quality", base="v1.2.0", target="v1.3.0")
    assert "12 values fail 1 check: 12 in v1.3.0" in said(app)
    assert "first five values of each check" in said(app)
    assert values(app)[["version", "id", "value"]].to_numpy().tolist() == [["v1.3.0", "7", "seven"]]
    (checks,) = (table.value for table in app.dataframe if "first" in table.value)
    assert checks.loc[0, ["failed", "before"]].tolist() == [12, 0]
    app.toggle(key="again").set_value(True).run()
    assert "No value of v1.3.0 or v1.2.0 fails a check of the current schemas" in said(app)


# Parts that are drawn by themselves


def _fail(*_: object) -> None:
    raise TagledgerError("the curves are gone", where="here", hint="find them")


def test_a_failure_within_a_fragment_says_what_and_what_to_do(
    told: Ledger, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thresholds, "curves", _fail)
    app = open_page(told.root, "tags", **PAIR)
    assert not app.exception
    (box,) = app.error
    assert "The curves are gone" in box.value
    assert "Next: find them" in box.value
    assert "How often is each tag of the taxonomy used?" in {one.value for one in app.subheader}


def test_a_failure_within_the_panel_of_a_tag_says_what_and_what_to_do(
    told: Ledger, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tagledger_dashboard.views.one_tag.together", _fail)
    app = open_page(told.root, "tags", about="nlp", **PAIR)
    assert not app.exception
    assert [box.value for box in app.error if "The curves are gone" in box.value]


def _twice() -> None:
    """A page that fails twice, and then draws its second part by itself."""
    import os
    from pathlib import Path

    import streamlit as st

    from tagledger.errors import TagledgerError
    from tagledger.versions import Repository, list_versions
    from tagledger_dashboard import loading, ui
    from tagledger_dashboard.state import Choice

    def draw() -> None:
        raise TagledgerError(f"{st.session_state['part']} is gone", hint="find it")

    repository = Repository.find(Path(os.environ["TAGLEDGER_REPO"]))
    context = loading.Context(
        repository, list_versions(repository), Choice("v1.1.0", "v1.2.0", "clean")
    )
    loading.set_context(context)
    with ui.failures(context):
        raise TagledgerError("the first is gone", hint="find it")
    part = ui.by_itself(draw)
    part()
    st.markdown("by itself")
    part()


@pytest.mark.parametrize(
    ("part", "boxes"),
    [
        pytest.param("the second", ["The first", "The second", "The second"], id="its own"),
        pytest.param("the first", ["The first"], id="what the page has told"),
    ],
)
def test_a_part_tells_its_own_failures_whenever_it_is_drawn(
    part: str, boxes: list[str], told: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAGLEDGER_REPO", str(told.root))
    app = AppTest.from_function(_twice, default_timeout=PATIENCE)
    app.session_state["part"] = part
    app.run()
    assert not app.exception
    assert [box.value.split(" is gone")[0].strip("*") for box in app.error] == boxes
