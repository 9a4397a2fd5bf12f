"""Gates: each is measured as its unit says, holds at its limit and breaks beyond it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from tagledger import params
from tagledger.compare.compare import ItemChanges, LabelChanges
from tagledger.compare.renames import Rename
from tagledger.errors import TagledgerError
from tagledger.labels import indicator
from tagledger.measures.annotations import Annotations, count_annotations, from_metrics, in_metrics
from tagledger.measures.imbalance import measure
from tagledger.measures.recorded import parse_tags
from tagledger.release.gates import (
    DriftLimit,
    GateResult,
    Gates,
    State,
    evaluate,
    judge,
    load_gates,
    parse_gates,
)
from tagledger.render.gates import gate_line
from tests.factories import labels

TAGS = pd.DataFrame(
    {
        "tag": ["a", "b", "c", "stray"],
        "count": [6, 3, 1, 2],
        "decision": ["kept", "kept", "below_threshold", "not_in_taxonomy"],
    }
)
STATE = State(
    tags=TAGS,
    imbalance=measure(indicator(labels({1: ["a", "b"], 2: ["a"], 3: ["a"]}))),
    rows=200,
    quarantined=3,
    parts={"train": 5, "test": 0, "val": 2, "fold 0": 1},
    annotations=Annotations(
        items=10, answered=5, disputed=2, decided=4, alpha=0.7, disputed_tags=["b", "a"]
    ),
)


HOLDS = GateResult("max_scumble", 0.1, 0.2, "SCUMBLE", holds=True)
BROKEN = GateResult("max_scumble", 0.3, 0.2, "SCUMBLE", holds=False)
OPEN = GateResult("max_train_to_test", float("nan"), 0, "", holds=False, compared=False)


def comparison(**changes):
    """What `evaluate` reads of a comparison: 10 kept items with 20 labels, 3 lost and 1 gained."""
    base = {
        "items": ItemChanges(
            a=12,
            b=11,
            added=1,
            removed=2,
            kept=10,
            relabelled=3,
            renamed=1,
            text_changed=0,
            entered=0,
            dropped=0,
            layer_a=12,
            layer_b=11,
        ),
        "labels": LabelChanges(
            a=29, b=25, added=1, removed=3, renamed=5, renamed_to=5, kept=17, came=2, left=4
        ),
        "train_to_test": 2,
        "changes": pd.DataFrame(
            {
                "id": [1, 1, 2, 3, 4, 9],
                "tag": ["a", "b", "a", "a", "new", "a"],
                "change": ["lost", "gained", "lost", "lost", "gained", "gained"],
                "items": ["kept", "kept", "kept", "kept", "kept", "came"],
                "cause": [
                    *("source_edited", "threshold", "threshold", "parents_rule"),
                    *("renamed", "item_added"),
                ],
            }
        ),
        "tags": pd.DataFrame(
            {
                "tag": ["a", "b", "gone", "renamed"],
                "count_a": [9, 1, 3, 4],
                "count_b": [6, 3, 0, 0],
                "q_kept": [0.01, 0.01, 0.2, float("nan")],
                "q_rest": [0.9, float("nan"), 0.2, float("nan")],
                "q": [0.02, 0.02, 0.4, float("nan")],
                "effect": [-0.3, 0.1, -0.9, -1.0],
            }
        ),
        "tags_of_kind": lambda kind: {"gone": ["gone"], "left": ["pytorch", "keras"]}.get(kind, []),
        "renames": [Rename("rename", ("renamed",), ("new",), items=4, overlap=1.0)],
    }
    return SimpleNamespace(**(base | changes))


def only(gates: Gates, against=None):
    off = replace(gates, max_train_to_test=None) if gates.max_train_to_test == 0 else gates
    off = replace(off, max_renamed=None) if gates.max_renamed == 0.1 else off
    (found,) = evaluate(off, STATE, against)
    return found


@pytest.mark.parametrize(
    ("gate", "value", "breaking"),
    [
        ("max_labels_changed", 4 / 25, 0.15),
        ("max_renamed", 5 / 25, 0.19),
        ("max_relabelled_unedited", 2 / 10, 0.19),
        ("max_tags_vanished", 3, 2),
        ("max_train_to_test", 2, 1),
        ("max_scumble", STATE.imbalance.scumble, 0.0),
        ("max_mean_ir", 2.0, 1.9),
        ("max_quarantined", 3 / 200, 0.014),
        ("max_out_of_taxonomy", 2 / 12, 0.16),
        ("max_disputed", 2 / 5, 0.39),
    ],
)
def test_a_gate_holds_at_its_limit_and_breaks_below_it(gate, value, breaking) -> None:
    limit = int(value) if gate.endswith(("vanished", "test")) else value
    at = only(Gates(**{gate: limit}), comparison())
    assert at.value == pytest.approx(value)
    assert at.holds
    assert at.unit
    assert not only(Gates(**{gate: breaking}), comparison()).holds


def test_the_rarest_tag() -> None:
    assert only(Gates(min_tag_count=3)).holds
    broken = only(Gates(min_tag_count=4))
    assert (broken.value, broken.holds, broken.detail) == (3, False, "b")


def test_the_smallest_split() -> None:
    assert only(Gates(min_split_items=0)).holds
    broken = only(Gates(min_split_items=2))
    assert (broken.value, broken.holds, broken.detail) == (0, False, "test, fold 0")
    assert not evaluate(Gates(min_split_items=1), replace(STATE, parts={}))[0].holds


def test_drift_needs_both_a_small_q_and_a_large_effect() -> None:
    broken = only(Gates(drift=DriftLimit(alpha=0.05, effect=0.2)), comparison())
    assert (broken.value, broken.holds, broken.detail) == (1, False, "a")
    assert only(Gates(drift=DriftLimit(alpha=0.05, effect=0.31)), comparison()).holds
    assert only(Gates(drift=DriftLimit(alpha=0.005, effect=0.2)), comparison()).holds


def test_tags_that_are_no_longer_kept_are_named_by_what_happened_to_them() -> None:
    found = only(Gates(max_tags_vanished=0), comparison())
    assert found.detail == (
        "1 is gone from the source: gone, 2 left the taxonomy or a list: pytorch, keras"
    )
    assert "vanished" not in found.unit
    assert only(Gates(max_tags_vanished=3), comparison()).detail == ""


def test_a_tenth_of_the_labels_may_be_renamed_unless_params_say_so() -> None:
    (found,) = evaluate(Gates(max_train_to_test=None), STATE, comparison())
    assert (found.name, found.limit, found.holds) == ("max_renamed", 0.1, False)
    assert found.detail == "renamed → new"
    assert evaluate(Gates(max_train_to_test=None, max_renamed=None), STATE, comparison()) == []


def test_the_smaller_of_two_families_is_not_enough_to_drift() -> None:
    """Each has a half of the 5 %: q = .01 in one of them is .02 in both."""
    assert not only(Gates(drift=DriftLimit(alpha=0.021)), comparison()).holds
    assert only(Gates(drift=DriftLimit(alpha=0.019)), comparison()).holds


def test_no_item_may_go_from_train_to_test_unless_params_say_so() -> None:
    (found,) = evaluate(Gates(max_renamed=None), STATE, comparison())
    assert (found.name, found.limit, found.holds) == ("max_train_to_test", 0, False)


def test_without_a_comparison_the_gates_that_need_one_are_not_compared() -> None:
    every = Gates(
        max_labels_changed=0.1,
        max_relabelled_unedited=0.1,
        min_tag_count=1,
        min_split_items=1,
        max_scumble=0.5,
        max_mean_ir=50.0,
        drift=DriftLimit(),
        max_tags_vanished=0,
        max_quarantined=0.1,
        max_out_of_taxonomy=0.1,
    )
    found = evaluate(every, STATE)
    assert [gate.name for gate in found] == [gate.name for gate, _ in every.on()]
    assert [gate.name for gate in found if gate.compared] == [
        "min_tag_count",
        "min_split_items",
        "max_scumble",
        "max_mean_ir",
        "max_quarantined",
        "max_out_of_taxonomy",
    ]
    assert not any(gate.holds or gate.broken for gate in found if not gate.compared)
    assert len(evaluate(every, STATE, comparison())) == 12


def test_params_yaml_is_read(tmp_path: Path) -> None:
    file = tmp_path / "params.yaml"
    file.write_text("gates:\n  max_quarantined: 0.02\n  drift: {alpha: 0.01}\n")
    assert load_gates(file) == Gates(max_quarantined=0.02, drift=DriftLimit(alpha=0.01))
    file.write_text("filter: {}\n")
    assert load_gates(file) == Gates()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("gates: {max_quarantind: 0.1}", ["gates.max_quarantind", "max_quarantined?"]),
        ("gates: {max_quarantined: 2}", ["gates.max_quarantined", "less than or equal to 1"]),
        ("gates: {drift: {alfa: 0.1}}", ["gates.drift.alfa", "alpha?"]),
        ("gates: [1]", ["section gates"]),
    ],
)
def test_an_unknown_gate_or_limit_is_an_error(tmp_path: Path, text, words) -> None:
    file = tmp_path / "params.yaml"
    file.write_text(text)
    with pytest.raises(TagledgerError) as caught:
        load_gates(file)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("gates", "failed_checks", "state"),
    [
        ([], False, "hold"),
        ([], True, "broken"),
        ([HOLDS], False, "hold"),
        ([HOLDS, OPEN], False, "not compared"),
        ([HOLDS, OPEN], True, "broken"),
        ([OPEN, BROKEN], False, "broken"),
    ],
)
def test_a_gate_that_compared_nothing_does_not_hold(gates, failed_checks, state) -> None:
    assert judge(gates, failed_checks=failed_checks) == state


# What is plainly a limit is taken without pydantic: both must say the same.


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"max_scumble": 0},
        {"max_scumble": 1},
        {"max_scumble": 1.5},
        {"max_scumble": "0.5"},
        {"max_scumble": math.nan},
        {"max_scumble": None},
        {"max_mean_ir": 20},
        {"max_mean_ir": 0.5},
        {"max_mean_ir": math.inf},
        {"max_mean_ir": 10**400},
        {"min_tag_count": 10**9},
        {"min_tag_count": 10**9 + 1},
        {"min_tag_count": 30.0},
        {"min_tag_count": True},
        {"max_train_to_test": None, "max_renamed": None},
        {"drift": {}},
        {"drift": None},
        {"drift": {"alpha": 0.01}},
        {"drift": {"alpha": 0}},
        {"drift": {"alpha": 1}},
        {"drift": {"effect": math.pi}},
        {"drift": {"effect": 4}},
        {"drift": {"alpha": None}},
        {"drift": {"size": 1}},
        {"drift": 0.05},
        {"max_scumbel": 0.5},
        {1: 2},
        {"drift": {"effect": 1}, "max_scumble": 0.1, "min_tag_count": 3},
        [],
        "off",
        0,
    ],
    ids=str,
)
def test_a_limit_is_taken_or_refused_as_pydantic_does(values: object) -> None:
    def found(parse: Callable[[], object]) -> object:
        try:
            return repr(parse())
        except TagledgerError as error:
            return str(error)

    where = Path("params.yaml")

    def by_pydantic() -> object:
        checked = dict(values) if isinstance(values, dict) else values
        if isinstance(checked, dict) and isinstance(checked.get("drift"), dict):
            checked["drift"] = params.parse_by_pydantic(DriftLimit, checked["drift"], where)
        return params.parse_by_pydantic(Gates, checked, where)

    assert found(lambda: parse_gates({"gates": values}, where)) == found(by_pydantic)


def test_the_table_of_tags_is_lists_as_well_as_a_frame() -> None:
    limits = Gates(
        min_tag_count=4, max_out_of_taxonomy=0.1, max_train_to_test=None, max_renamed=None
    )
    lists = parse_tags(TAGS.assign(threshold=5).to_csv(index=False, lineterminator="\n"))
    assert lists == TAGS.to_dict("list")
    found = evaluate(limits, replace(STATE, tags=lists))
    assert found == evaluate(limits, STATE)
    assert [(gate.value, gate.detail) for gate in found] == [(3, "b"), (1 / 6, "")]


@pytest.mark.parametrize(
    "text",
    [
        *("", "tag,count\n", "tag,count,decision\na,1\n", "tag,count,decision\na,1,kept,2\n"),
        *("tag,count,decision\na,-1,kept\n", "tag,count,decision\na,many,kept\n"),
        *("tag,count,decision\na,1.5,kept\n", 'tag,count,decision\n"a,1,kept\n'),
    ],
)
def test_what_is_no_table_of_tags_is_refused(text: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        parse_tags(text)


def test_a_tag_may_be_any_text() -> None:
    tags = ["null", "007", "a, b", 'say "no"', "NA"]
    frame = pd.DataFrame({"tag": tags, "count": 1, "decision": "kept"})
    assert parse_tags(frame.to_csv(index=False, lineterminator="\n"))["tag"] == tags


def test_items_on_which_annotators_differ() -> None:
    broken = only(Gates(max_disputed=0.1))
    assert (broken.value, broken.detail) == (0.4, "b, a")
    nobody = replace(STATE, annotations=Annotations(items=10))
    off = Gates(max_disputed=0.0, max_train_to_test=None, max_renamed=None)
    assert evaluate(off, nobody)[0].holds


@pytest.mark.parametrize(("gate", "value"), [("min_alpha", 0.7), ("min_annotated", 4 / 10)])
def test_a_gate_on_annotators_holds_at_its_limit_and_breaks_above_it(
    gate: str, value: float
) -> None:
    at = only(Gates(**{gate: value}))
    assert (at.value, at.holds) == (pytest.approx(value), True)
    assert not only(Gates(**{gate: value + 0.01})).holds


def test_where_no_two_answered_the_same_item_there_is_no_alpha_to_hold() -> None:
    (found,) = evaluate(
        Gates(min_alpha=0.0, max_train_to_test=None, max_renamed=None),
        replace(STATE, annotations=Annotations(items=10, answered=3, decided=3)),
    )
    assert math.isnan(found.value)
    assert found.broken
    assert found.detail == "no two annotators answered the same item"
    assert gate_line(found) == (
        "BROKEN  min_alpha \u2013, limit 0 (Krippendorff's alpha (MASI) over items that several "
        "annotators answered): no two annotators answered the same item"
    )


@pytest.mark.parametrize(
    ("name", "value", "limit", "shown"),
    [
        pytest.param("max_renamed", 0.0605867, 0.1, "6.1 %, limit 10.0 %", id="share"),
        pytest.param("max_renamed", 0.10004, 0.1, "10.004 %, limit 10.000 %", id="near"),
        pytest.param("max_renamed", 0.1 + 2e-17, 0.1, "10.0 %, limit 10.0 %", id="equal"),
        pytest.param("max_renamed", 0.1 + 2e-16, 0.1, "10.0 %, limit 10.0 %", id="sums"),
        pytest.param("min_tag_count", 1234567, 30, "1,234,567, limit 30", id="count"),
        pytest.param("max_mean_ir", 20.5, 20.0, "20.500, limit 20", id="measure"),
    ],
)
def test_a_gate_is_printed_in_the_one_form_of_numbers(
    name: str, value: float, limit: float, shown: str
) -> None:
    assert gate_line(GateResult(name, value, limit, "x", holds=True)) == (
        f"holds   {name} {shown} (x)"
    )


def test_the_limit_of_a_gate_that_was_not_compared_is_in_per_cent_too() -> None:
    result = GateResult("max_renamed", math.nan, 0.1, "", holds=False, compared=False)
    assert gate_line(result) == "not compared  max_renamed, limit 10.0 %"


VERDICTS = pd.DataFrame(
    [
        (1, "a", "labelled"),
        (1, "b", "disputed"),
        (2, "b", "disputed"),
        (2, "c", "disputed"),
        (3, "a", "adjudicated"),
        (4, "a", "gold"),
        (5, "a", "suggested"),
    ],
    columns=["id", "tag", "state"],
).astype({"tag": "category", "state": "category"})


def test_items_are_counted_by_what_annotators_said_of_them() -> None:
    found = count_annotations(VERDICTS, 8, {"alpha": {"value": 0.5, "items": 3}})
    assert found == Annotations(
        items=8, answered=4, disputed=2, decided=3, alpha=0.5, disputed_tags=["b", "c"]
    )
    empty = count_annotations(VERDICTS.iloc[:0], 8, None)
    assert (empty.answered, empty.disputed, empty.decided) == (0, 0, 0)
    assert math.isnan(empty.alpha)


@pytest.mark.parametrize("alpha", [0.5, 1, -0.25, math.nan])
def test_what_metrics_say_of_annotators_is_read_back(alpha: float) -> None:
    found = count_annotations(VERDICTS, 8, {"alpha": {"value": alpha}})
    again = from_metrics(in_metrics(found), 8)
    assert repr(again) == repr(replace(found, disputed_tags=()))
    assert repr(from_metrics(None, 8)) == repr(Annotations(8))


@pytest.mark.parametrize("said", [[], 3, {"answered": 1}, {"answered": -1}, {"disputed": "2"}])
def test_metrics_that_are_none_are_refused(said: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        from_metrics(said, 8)


@pytest.mark.parametrize("recorded", [None, {}, {"alpha": 0.5}, {"alpha": {"value": "high"}}])
def test_an_alpha_that_is_no_number_is_none(recorded: dict[str, object] | None) -> None:
    assert math.isnan(count_annotations(VERDICTS, 8, recorded).alpha)
