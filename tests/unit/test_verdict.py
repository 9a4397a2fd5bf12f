"""The verdict: the word follows the rule, whatever the versions are, and cannot flatter."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tagledger.compare.compare import Comparison, compare
from tagledger.compare.verdict import Reason, Verdict, judge, word
from tagledger.dataset import Dataset
from tagledger.measures.table import named
from tagledger.release.gates import GateResult
from tagledger.render.comparison_json import comparison_document
from tagledger.render.comparison_markdown import comparison_markdown
from tagledger.render.comparison_text import print_comparison
from tagledger.versions import Version, is_newer
from tests.conftest import examples
from tests.sides import version

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/compare.schema.json").read_text())
BROKEN = GateResult("max_scumble", 0.3, 0.2, "SCUMBLE", holds=False)
MIRROR = {"better": "worse", "worse": "better"}


def compared(a: Dataset, b: Dataset) -> Comparison:
    return compare(a.side("filtered"), b.side("filtered"), permutations=1)


def judged(before: Any, after: Any, **options: Any) -> Verdict:
    return judge(compared(version(before), version(after)), **options)


def reason(weight: float, *, side: bool = False) -> Reason:
    return Reason("something", 1, weight, "tags", "tags", "something", side=side)


def whats(found: Verdict) -> set[str]:
    return {one.what for one in found.reasons}


ITEMS = {item: ["often", f"t{item % 4}"] for item in range(40)}

# The rule


@pytest.mark.parametrize(
    ("first", "side", "expected"),
    [
        pytest.param([], [], "same", id="nothing"),
        pytest.param([0.1], [], "better", id="gained"),
        pytest.param([-0.1], [], "worse", id="lost"),
        pytest.param([0.4, -0.1], [], "better", id="four times as much gained"),
        pytest.param([0.39, -0.1], [], "mixed", id="less than four times as much"),
        pytest.param([0.1, -0.1], [0.5], "mixed", id="drift decides no draw"),
        pytest.param([], [0.2], "better", id="drift alone"),
        pytest.param([0.1], [-0.2], "mixed", id="a gain with more drift"),
        pytest.param([0.3], [-0.2], "better", id="a gain with less drift"),
        pytest.param([-0.1], [0.2], "mixed", id="a loss is not turned round"),
        pytest.param([-0.9], [0.25], "worse", id="a great loss in spite of balance"),
        pytest.param([-1, 0.9, 0.9, 0.9], [0.5, 0.25], "mixed", id="an alarm beside every gain"),
    ],
)
def test_the_word_follows_the_rule(first: list[float], side: list[float], expected: str) -> None:
    reasons = [reason(weight) for weight in first] + [reason(one, side=True) for one in side]
    assert {word(list(order)) for order in list(permutations(reasons))[:24]} == {expected}


weights = st.lists(st.tuples(st.floats(-1, 1), st.booleans()), max_size=6)


@given(weights)
def test_reasons_that_turn_round_turn_the_word_round(found: list[tuple[float, bool]]) -> None:
    there = word([reason(weight, side=side) for weight, side in found])
    back = word([reason(-weight, side=side) for weight, side in found])
    assert back == MIRROR.get(there, there)


# Laws of whole comparisons

TAGS = ["a", "b", "c", "d", "e"]
# Three items more, so that a label always stays.
contents = st.dictionaries(
    st.integers(1, 14), st.lists(st.sampled_from(TAGS), unique=True, max_size=3), min_size=1
).map(lambda found: found | {item: ["z"] for item in (20, 21, 22)})


@examples(25)
@given(contents, contents)
def test_swapping_the_versions_swaps_better_and_worse(before: Any, after: Any) -> None:
    there, back = judged(before, after), judged(after, before)
    assert back.word == MIRROR.get(there.word, there.word)
    weighed = [sorted(one.weight for one in found.reasons if one.weight) for found in (there, back)]
    assert [-weight for weight in reversed(weighed[1])] == pytest.approx(weighed[0])


@examples(25)
@given(contents, st.data())
def test_a_loss_of_items_alone_is_never_better(before: Any, data: st.DataObject) -> None:
    gone = data.draw(st.sets(st.sampled_from(sorted(before)[:-1]), min_size=1))
    after = {item: tags for item, tags in before.items() if item not in gone}
    assert judged(before, after).word in {"worse", "mixed"}


@examples(25)
@given(contents, st.sets(st.sampled_from(TAGS), min_size=1))
def test_a_loss_of_tags_alone_is_never_better(before: Any, gone: set[str]) -> None:
    after = {item: [tag for tag in tags if tag not in gone] for item, tags in before.items()}
    assume(after != before)
    assert judged(before, after).word in {"worse", "mixed"}


@examples(25)
@given(contents)
def test_equal_versions_are_the_same_whatever_the_gates_say(content: Any) -> None:
    found = judged(content, content, gates=[BROKEN], failed=3)
    assert (found.word, found.reasons) == ("same", [])


@examples(25)
@given(contents, contents)
def test_an_alarm_is_never_better_and_never_makes_better(before: Any, after: Any) -> None:
    calm = judged(before, after)
    for options in ({"gates": [BROKEN]}, {"failed": 1}):
        alarmed = judged(before, after, **options)
        assert alarmed.word != "better"
        if calm.word == "worse":
            assert alarmed.word == "worse"


# Examples


def test_a_version_that_lost_most_of_it_is_worse_however_even_the_rest_is() -> None:
    """As 817 of 1,014 items and 20 of 23 tags lost, where MeanIR fell."""
    before = {
        item: ["often", *([f"rare-{item % 20}"] if item < 100 else ["second"])]
        for item in range(1_014)
    }
    after = {item: ["often", "second"] for item in range(200, 397)}
    found = compared(version(before), version(after))
    assert found.imbalance_b.mean_ir < found.imbalance_a.mean_ir
    verdict = judge(found)
    assert verdict.word == "worse"
    assert {"items lost", "tags lost"} <= whats(verdict)
    assert all(one.weight <= 0 for one in verdict.reasons)
    assert not found.shared.comparable
    assert pd.isna(found.shared.change(named("mean_ir")))
    assert any("imbalance is not comparable" in one.text for one in verdict.reasons)


def test_versions_without_an_item_in_common_are_not_comparable() -> None:
    found = judged({1: ["a"], 2: ["b"]}, {3: ["a"], 4: ["b"]})
    assert found.word == "not comparable"
    assert [one.where for one in found.reasons] == ["items.kept"]


def test_a_version_that_only_grew_is_better() -> None:
    found = judged(ITEMS, ITEMS | {item: ["often", f"t{item % 4}"] for item in range(40, 60)})
    assert found.word == "better"
    assert found.line() == "better: 20 of 60 items new"


def test_a_version_that_only_got_new_texts_is_the_same() -> None:
    rows = [{"id": 1, "tags": ["a"], "title": "One"}, {"id": 2, "tags": ["a"], "title": "Two"}]
    assert judged(rows, [rows[0] | {"title": "Uno"}, rows[1]]).word == "same"


def test_a_renamed_tag_is_neither_lost_nor_new_and_is_one_of_the_shared() -> None:
    after = {item: ["usual", *tags[1:]] for item, tags in ITEMS.items()}
    found = compared(version(ITEMS), version(after))
    assert len(found.renames) == 1
    assert not {"tags lost", "tags new"} & whats(judge(found))
    assert (found.shared.tags, found.shared.comparable) == (5, True)
    assert found.shared.a.mean_ir == found.shared.b.mean_ir == found.imbalance_a.mean_ir


def test_imbalance_is_measured_over_the_tags_of_both_versions() -> None:
    before = ITEMS | {item: ["rare"] for item in range(50, 52)}
    after = {item: tags for item, tags in before.items() if item < 30}
    found = compared(version(before), version(after))
    assert (found.shared.tags, found.shared.tags_a, found.shared.tags_b) == (5, 6, 5)
    assert found.shared.b == found.imbalance_b
    # Of 40 items of the most used tag ten have each of four others; then 30 and 7 or 8.
    assert found.shared.a.mean_ir == (1 + 4 * 4) / 5
    assert found.shared.b.mean_ir == pytest.approx((1 + 2 * 30 / 8 + 2 * 30 / 7) / 5)
    assert found.imbalance_a.mean_ir == pytest.approx((1 + 4 * 4 + 20) / 6)


def test_items_that_moved_from_train_to_test_are_an_alarm_once() -> None:
    found = compared(version(ITEMS), version(ITEMS | {50: ["often"]}))
    moved = pd.DataFrame({"split_a": ["train"], "split_b": ["test"], "items": [2]})
    moved = replace(found, moved=moved)
    assert judge(found).word == "better"
    assert judge(moved).word == "worse"
    gate = GateResult("max_train_to_test", 2, 0, "items", holds=False)
    of_gate = [one.weight for one in judge(moved, [gate]).reasons if one.where == "moved"]
    assert of_gate == [0]


def test_a_tag_that_drifted_down_speaks_against_the_version() -> None:
    after = ITEMS | {item: ["often"] for item in ITEMS if item % 4 == 0}
    found = judged(ITEMS, after | {0: ["often", "t0"]})
    assert found.word == "worse"
    assert "tags that drifted, rarer" in whats(found)


# Where it leads


def test_each_reason_leads_to_its_rows() -> None:
    a = version(ITEMS | {50: ["gone"], 51: ["gone", "often"]})
    b = version({item: tags[: 1 + item % 3 % 2] for item, tags in ITEMS.items()} | {60: ["new"]})
    found = compared(a, b)
    told = json.loads(
        json.dumps(comparison_document(found, gates=[BROKEN]), default=str).replace("NaN", "null")
    )
    reasons = told["verdict"]["reasons"]
    assert len(reasons) > 6
    for one in reasons:
        part: Any = told
        for key in one["where"].split("."):
            part = part[key]
        assert part not in (None, [], {}, 0)
        assert set(one) == {"what", "value", "weight", "where"}
    validator = jsonschema.Draft202012Validator(SCHEMA["properties"]["verdict"] | SCHEMA)
    assert not list(validator.descend(told["verdict"], SCHEMA["properties"]["verdict"]))


def dated(name: str, day: int | None, kind: Any = "release") -> Version:
    date = None if day is None else datetime(2024, 1, day, tzinfo=UTC)
    revision = None if kind == "workspace" else name
    return Version(name, (name,), revision, revision, date, None, None, kind, {})


@pytest.mark.parametrize(
    ("a", "b", "newer"),
    [
        pytest.param(dated("v1", 2), dated("v2", 1), True, id="by date"),
        pytest.param(dated("v1", 1), dated("v2", 2), False, id="older by date"),
        pytest.param(dated("v1.10", 1), dated("v1.9", 1), True, id="of one second, by name"),
        pytest.param(dated("v1", None), dated("v2", 1), False, id="without a date, by name"),
        pytest.param(dated("workspace", None, "workspace"), dated("v2", 1), True, id="work tree"),
        pytest.param(dated("abc", 1, "commit"), dated("def", 1, "commit"), None, id="not known"),
    ],
)
def test_the_later_version_is_known(a: Version, b: Version, newer: bool | None) -> None:
    assert is_newer(a, b) is newer
    assert is_newer(b, a) is (None if newer is None else not newer)


def test_newer_against_older_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    found = compared(version(ITEMS, "v2"), version({1: ["often"]}, "v1"))
    said = "Newer against older: {} is the later version, and this is what {} is beside it."
    for newer_first in (True, False, None):
        found = replace(found, newer_first=newer_first)
        print_comparison(found)
        text = " ".join(capsys.readouterr().out.split())
        assert (said.format("v2", "v1") in text) == (newer_first is True)
        markdown = comparison_markdown(found)
        names = ("<code>v2</code>", "<code>v1</code>")
        assert (said.format(*names) in markdown) == (newer_first is True)
        document = comparison_document(found)
        assert document["verdict"]["newer_first"] is newer_first


def test_the_word_and_its_reasons_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    found = compared(version(ITEMS), version({item: ITEMS[item] for item in range(4, 40)}))
    print_comparison(found)
    assert "Worse: 4 of 40 items lost" in capsys.readouterr().out
    assert "**Worse**: 4 of 40 items lost" in comparison_markdown(found)
