"""Values that fail a check: as a stage lists them, as a report has them, and in words."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest

from tagledger.errors import TagledgerError
from tagledger_dashboard.views import failing
from tagledger_dashboard.views.failing import Stopped, Values

WHEN = datetime(2025, 3, 4, 5, 6, tzinfo=UTC)
TEXT = (
    "table,id,column,check,value\n"
    'clean/items,7,title,"str_length(None, 85)",1e5\n'
    "clean/labels,8,tag,not_nullable,\n"
)


def test_a_list_is_read_as_text() -> None:
    found = failing.parse(TEXT, "here")
    assert found.to_dict("list") == {
        "table": ["clean/items", "clean/labels"],
        "id": ["7", "8"],
        "column": ["title", "tag"],
        "check": ["str_length(None, 85)", "not_nullable"],
        "value": ["1e5", ""],
    }


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", TEXT + '"'], ids=["empty", "other", "torn"])
def test_what_is_no_such_list_is_said(text: str) -> None:
    with pytest.raises(TagledgerError, match="not a list of values") as caught:
        failing.parse(text, "reports/failures.csv")
    assert caught.value.where == "reports/failures.csv"


def test_a_report_has_the_first_values_and_the_number_of_all() -> None:
    def check(failed: int, *first: str) -> dict[str, object]:
        return {"table": "t", "column": "c", "check": "k", "failed": failed, "first": list(first)}

    found = failing.on_record({"checks": [check(9, "1: a: b", "2: "), check(0)]})
    assert found.total == 9
    assert found.rows[["id", "value"]].to_numpy().tolist() == [["1", "a: b"], ["2", ""]]


def test_values_of_several_versions_stand_together_in_words() -> None:
    one = Values.all(failing.parse(TEXT, "here"))
    both = failing.together({"v2": one, "v1": Values.all(one.rows.head(1))})
    assert list(both.columns) == ["version", "table", "id", "column", "check", "value"]
    assert both["version"].tolist() == ["v2", "v2", "v1"]
    assert both["check"].tolist()[:2] == ["at most 85 characters", "no value is missing"]
    assert failing.together({}).empty


@pytest.mark.parametrize(
    ("totals", "text"),
    [
        pytest.param({}, "", id="nothing was looked at"),
        pytest.param({"v2": 0, "v1": 0}, "No value of v2 or v1 fails a check", id="none"),
        pytest.param({"v2": 2, "v1": 0}, "2 values fail 2 checks: 2 in v2", id="in one"),
        pytest.param(
            {failing.STOPPED: 2, "v1": 40},
            "42 values fail 2 checks: 2 in the last build and 40 in v1",
            id="more than are listed",
        ),
    ],
)
def test_how_many_fail_is_said(totals: dict[str, int], text: str) -> None:
    rows = failing.parse(TEXT, "here")
    lists = {name: Values(rows.head(total), total) for name, total in totals.items()}
    assert failing.finding(lists) == text


def test_a_build_that_stopped_says_what_to_do() -> None:
    rows = pd.DataFrame({"table": ["clean/items", "clean/items"]})
    told = failing.sentence(Stopped(rows, WHEN, mended=False))
    assert told.startswith(
        "A check stopped the last build in this folder: 2 values of clean/items failed"
    )
    assert "2025-03-04 05:06" in told
    assert "`dvc repro`" in told
    mended = failing.sentence(Stopped(rows, WHEN, mended=True))
    assert "A later build has finished" in mended
    assert "dvc" not in mended
