"""The views of agreement: numbers, findings, and a heat map of annotators."""

from __future__ import annotations

import pandas as pd
import pytest

from tagledger.agreement.of_workspace import WorkspaceAgreement
from tagledger.agreement.result import Agreement
from tagledger.agreement.result import agreement as measure
from tagledger_dashboard import agreement_columns, table_columns
from tagledger_dashboard.theme import LIGHT
from tagledger_dashboard.views import agreement
from tests.unit.test_agreement import votes

UNITS = [[{"cv"}, {"nlp"}, None]] * 10 + [[{"cv"}, {"cv"}, {"cv", "x"}]] * 40


def measured(frame: pd.DataFrame | None = None) -> Agreement:
    return measure(votes(UNITS) if frame is None else frame)


def test_the_numbers_at_the_top_are_those_of_alpha() -> None:
    found = measured()
    shown = {one.name: one.value for one in agreement.counts(found)}
    assert shown["Alpha"] == f"{found.alpha.value:.2f}".replace("-", "\u2212")
    assert shown["Items"] == "50"
    assert shown["Differ on"] == "50"
    one_item = measured(votes([[{"a"}, {"b"}]]))
    assert {one.name: one.value for one in agreement.counts(one_item)}["95 % interval"] == "\u2013"


def test_tags_on_which_people_differ_most_come_first() -> None:
    found = agreement.tags(measured())
    assert list(found["tag"]) == ["x", "cv", "nlp"]
    assert list(found["differing"]) == [40, 10, 10]


def test_the_heat_map_has_each_two_annotators_twice() -> None:
    made = agreement.annotators(measured(), LIGHT)
    assert made.chart is not None
    assert made.data is not None
    tiles = set(zip(made.data["first"], made.data["second"], strict=True))
    names = ("p0", "p1", "p2")
    assert tiles == {(a, b) for a in names for b in names if a != b}
    assert made.title == (
        "The labelsets of p0 and p2 are the least similar: 0.33 of 1, on 40 items"
    )
    assert agreement.annotators(measured(votes([])), LIGHT).chart is None


def test_two_annotators_are_not_the_least_similar() -> None:
    made = agreement.annotators(measured(votes([[{"a"}, {"a"}]] * 3)), LIGHT)
    assert made.title == "The labelsets of p0 and p1 are similar: 1.00 of 1, on 3 items"


def test_tags_that_stand_for_each_other_are_the_finding() -> None:
    found = measured()
    assert list(agreement.confused(found)["first"]) == ["cv"]
    assert agreement.confused_finding(found) == (
        "On 10 items one annotator gives cv and another nlp, where chance would have it on 1.0"
    )
    alike = measured(votes([[{"a"}, {"a"}]] * 3))
    assert agreement.confused(alike).empty
    assert agreement.confused_finding(alike).startswith("No two tags")


def test_each_item_says_who_says_what() -> None:
    made = WorkspaceAgreement(measured(), {0: "Title"}, [])
    row = agreement.items(made).iloc[0]
    assert (row["id"], row["title"], row["differing"]) == ("0", "Title", ["cv", "nlp"])
    assert row["answers"] == "p0: cv; p1: nlp"
    assert agreement.items_finding(made.agreement) == (
        "They differ on 50 items, 100 % of those they share"
    )
    assert agreement.items_finding(measured(votes([[{"a"}, {"a"}]]))) == "They agree on every item"


def test_the_annotator_who_agrees_least_with_gold_is_named() -> None:
    gold = votes([[{"cv"}]] * 10, asked=lambda *_: ["cv", "nlp"]).assign(by="lead", act="gold")
    found = measured(pd.concat([votes(UNITS), gold], ignore_index=True))
    assert list(agreement.decided(found.gold)["by"]) == ["p0", "p1"]
    assert agreement.decided_finding(found.gold, "gold") == (
        "p1 agrees least: on 0 % of 20 answers with gold"
    )


def test_nobody_agrees_least_where_all_agree_alike() -> None:
    both = votes([[{"cv"}, {"cv"}]] * 3, asked=lambda *_: ["cv"])
    gold = votes([[{"cv"}]] * 3, asked=lambda *_: ["cv"]).assign(by="lead", act="gold")
    found = measured(pd.concat([both, gold], ignore_index=True)).gold
    assert agreement.decided_finding(found, "gold") == (
        "each of p0 and p1 agrees on 100 % of their answers with gold"
    )
    assert agreement.decided_finding(found[:1], "gold") == (
        "p0 agrees on 100 % of their answers with gold"
    )


def test_shares_are_percent_with_one_digit() -> None:
    table = agreement.tags(measured())
    shown = table_columns.in_percent(table, agreement_columns.TAGS)
    assert list(shown["agreement"]) == pytest.approx([100 * one for one in table["agreement"]])
    assert list(shown["kappa"]) == pytest.approx(list(table["kappa"]), nan_ok=True)
    assert table_columns.PERCENT % 84.62 == "84.6 %"
