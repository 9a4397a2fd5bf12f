"""What to collect: plans that count the tags which usually come along."""

from __future__ import annotations

import math

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from scipy.optimize import linprog

from tagledger.errors import TagledgerError
from tagledger.labels import Indicator, indicator
from tagledger.measures.collecting import Plan, plan_for_count, plan_for_ir
from tests import factories

TAGS = "abcdef"
MATRICES = st.lists(st.sets(st.sampled_from(TAGS), min_size=1), min_size=1, max_size=25)


def matrix_of(rows: list[set[str]], tags: str = TAGS) -> Indicator:
    labels = factories.labels({number: sorted(row) for number, row in enumerate(rows)})
    return indicator(labels, ids=np.arange(len(rows)), tags=list(tags))


def spread(text: str) -> Indicator:
    """Items separated by spaces, tags are characters; `3ab` is three items of a and b."""
    rows = []
    for word in text.split():
        times = int(word.rstrip(TAGS) or 1)
        rows += [set(word.lstrip("0123456789"))] * times
    return matrix_of(rows, "".join(sorted(set().union(*rows))))


def expected_after(matrix: Indicator, plan: Plan) -> dict[str, float]:
    """The expected counts, worked out tag by tag from the definition."""
    collect = dict(zip(plan.table["tag"], plan.table["collect"], strict=True))
    dense = matrix.matrix.toarray().astype(bool)
    after = {}
    for column, tag in enumerate(matrix.tags):
        total = float(dense[:, column].sum())
        for other, more in collect.items():
            place = list(matrix.tags).index(other)
            items = dense[:, place].sum()
            both = (dense[:, place] & dense[:, column]).sum()
            total += more * (both / items if items else float(other == tag))
        after[str(tag)] = total
    return after


def test_a_new_item_brings_the_tags_that_stand_with_its_own() -> None:
    # Each c has b, half of the b have c: 4 items of c are 4 of b as well.
    plan = plan_for_count(spread("10a 2bc 2b"), 6)
    assert plan.table[["tag", "items", "collect", "along", "after"]].values.tolist() == [
        ["c", 2, 4, 0.0, 6.0],
        ["b", 4, 0, 4.0, 8.0],
    ]
    assert plan.table["company"].tolist() == [1.0, 0.5]
    assert plan.collect == 4  # tag by tag it would have been 4 + 2


def test_what_others_make_superfluous_is_taken_back() -> None:
    # a is rarest and planned first; all of b, which lacks more for each item, bring a.
    plan = plan_for_count(spread("2ab b 9c"), 9)
    assert expected_after(spread("2ab b 9c"), plan)["a"] >= 9
    assert (plan.table["after"] >= 9 - 1e-6).all()
    table = plan.table.set_index("tag")
    assert table.loc["a", "collect"] + table.loc["b", "collect"] == plan.collect


def test_the_bar_of_irlbl_rises_with_the_most_used_tag() -> None:
    # Half of b's items have a, so new items of b make a grow: 40 / 4 = 10, and then more.
    matrix = spread("38a 2ab 2b")
    plan = plan_for_ir(matrix, 4.0)
    assert (plan.most, plan.wanted_at_first) == (40, 10)
    assert plan.most_after > 40
    assert plan.wanted == math.ceil(plan.most_after / 4) > 10
    after = expected_after(matrix, plan)
    assert max(after.values()) / after["b"] <= 4 + 1e-9
    assert plan.reached


def test_an_irlbl_that_the_company_keeps_out_of_reach_is_said() -> None:
    plan = plan_for_ir(spread("9a 1ab 1ac"), 1.0)  # b and c never come without a
    assert not plan.reached
    assert plan.table.empty
    assert plan.collect == 0
    assert plan.most_after == plan.most == 11


def test_nothing_is_asked_for_when_all_have_enough() -> None:
    for plan in (plan_for_count(spread("2ab"), 2), plan_for_ir(spread("2ab a"), 2.0)):
        assert plan.table.empty
        assert plan.collect == 0
        assert plan.reached


def test_a_tag_that_no_item_has_is_collected_by_itself() -> None:
    plan = plan_for_count(matrix_of([{"a"}, {"a"}], "ab"), 2)
    assert plan.table[["tag", "collect", "company"]].values.tolist() == [["b", 2, 0.0]]


def test_without_tags_there_is_nothing_to_plan() -> None:
    empty = matrix_of([], "")
    for plan in (plan_for_count(empty, 3), plan_for_ir(empty, 2.0)):
        assert plan.table.empty
        assert math.isnan(plan.mean_ir)


@pytest.mark.parametrize("wanted", [0, -3])
def test_less_than_one_item_is_no_goal(wanted: int) -> None:
    with pytest.raises(TagledgerError, match="is no goal"):
        plan_for_count(spread("a"), wanted)


@pytest.mark.parametrize("target", [0.5, math.nan, math.inf])
def test_an_irlbl_below_one_is_no_goal(target: float) -> None:
    with pytest.raises(TagledgerError, match="no dataset can have"):
        plan_for_ir(spread("a"), target)


@given(MATRICES, st.integers(1, 40))
def test_after_the_plan_every_tag_is_expected_to_have_enough(
    rows: list[set[str]], wanted: int
) -> None:
    matrix = matrix_of(rows)
    plan = plan_for_count(matrix, wanted)
    after = expected_after(matrix, plan)
    assert min(after.values()) >= wanted - 1e-6
    table = plan.table.set_index("tag")
    assert table["after"].to_dict() == pytest.approx({tag: after[tag] for tag in table.index})
    assert set(table.index) == {
        tag for tag, have in zip(matrix.tags, matrix.counts, strict=True) if have < wanted
    }


@given(MATRICES, st.integers(1, 40))
def test_company_never_costs_items(rows: list[set[str]], wanted: int) -> None:
    matrix = matrix_of(rows)
    tag_by_tag = np.maximum(0, wanted - matrix.counts)
    plan = plan_for_count(matrix, wanted)
    collect = dict(zip(plan.table["tag"], plan.table["collect"], strict=True))
    for tag, lacks in zip(matrix.tags, tag_by_tag, strict=True):
        assert collect.get(tag, 0) <= lacks


def test_a_plan_is_near_the_least_that_can_be() -> None:
    rng = np.random.default_rng(5)
    often = 0.6 / np.arange(1, 31)
    rows = [set(np.flatnonzero(rng.random(30) < often)) for _ in range(600)]
    labels = factories.labels({n: [f"t{tag:02d}" for tag in row] for n, row in enumerate(rows)})
    matrix = indicator(labels)
    plan = plan_for_count(matrix, 60)
    dense = matrix.matrix.toarray().astype(float)
    share = dense.T @ dense / dense.sum(axis=0)[:, None]
    lacks = 60 - dense.sum(axis=0)
    scarce = lacks > 0
    least = linprog(
        np.ones(scarce.sum()), A_ub=-share.T[np.ix_(scarce, scarce)], b_ub=-lacks[scarce]
    )
    assert least.fun <= plan.collect <= 1.05 * least.fun
    assert plan.table.loc[plan.table["collect"] > 0, "after"].max() < 62


@given(MATRICES, st.integers(1, 40))
def test_no_tag_can_do_with_one_item_less(rows: list[set[str]], wanted: int) -> None:
    matrix = matrix_of(rows)
    plan = plan_for_count(matrix, wanted)
    for row, more in enumerate(plan.table["collect"]):
        if more:
            fewer = plan.table.assign(
                collect=plan.table["collect"].where(lambda x, r=row: x.index != r, more - 1)
            )
            short = Plan(**{**plan.__dict__, "table": fewer})
            assert min(expected_after(matrix, short).values()) < wanted - 1e-9


@given(MATRICES, st.floats(1, 10))
def test_after_the_plan_every_irlbl_is_low_enough(rows: list[set[str]], target: float) -> None:
    matrix = matrix_of(rows)
    plan = plan_for_ir(matrix, target)
    after = expected_after(matrix, plan)
    if plan.reached:
        assert max(after.values()) <= target * min(after.values()) * (1 + 1e-9)
        assert plan.most_after == pytest.approx(max(after.values()))
    else:
        assert plan.collect == 0


@given(MATRICES, st.integers(1, 40), st.randoms(use_true_random=False))
def test_the_order_of_items_and_tags_changes_nothing(rows, wanted, random) -> None:
    first = plan_for_count(matrix_of(rows), wanted)
    shuffled, tags = list(rows), list(TAGS)
    random.shuffle(shuffled)
    random.shuffle(tags)
    again = plan_for_count(matrix_of(shuffled, "".join(tags)), wanted)
    names = ["tag", "items", "collect"]
    assert first.table[names].values.tolist() == again.table[names].values.tolist()
    assert first.table["after"].tolist() == pytest.approx(again.table["after"].tolist())
