"""The overview: the sentence, the verdict, counts, movers, and all versions in time."""

from __future__ import annotations

import doctest
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MethodType, SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from tagledger.compare.compare import Distance, ItemChanges, LabelChanges
from tagledger.compare.renames import Rename
from tagledger.compare.result import Comparison
from tagledger.compare.shared_imbalance import SharedImbalance
from tagledger.release.gates import GateResult, Gates
from tagledger.versions import WORKSPACE, Version
from tagledger_dashboard import sidebar
from tagledger_dashboard.theme import DARK, LIGHT
from tagledger_dashboard.views import checks, gates, headline, overview
from tagledger_dashboard.views.figure import Figure
from tests.factories import with_kinds

SAME = ItemChanges(
    a=9,
    b=9,
    added=0,
    removed=0,
    kept=9,
    relabelled=0,
    renamed=0,
    text_changed=0,
    entered=0,
    dropped=0,
    layer_a=9,
    layer_b=9,
)
STEADY = LabelChanges(a=9, b=9, added=0, removed=0, renamed=0, renamed_to=0, kept=9, came=0, left=0)


def comparison(
    items: Mapping[str, int] | None = None,
    labels: Mapping[str, int] | None = None,
    tags: Mapping[str, tuple[int, int]] | None = None,
    edited: int = 0,
    renames: tuple[Rename, ...] = (),
    mean_ir: tuple[float, float] = (2.0, 2.0),
    distance: tuple[float, float] = (0.1, 0.2),
    shared: int = 3,
    newer_first: bool | None = None,
) -> Any:
    """A comparison of which only what a test is about is said; tags from {tag: (before, after)}."""
    counts = tags or {"a": (3, 3)}
    found = SimpleNamespace(
        a="v1",
        b="v2",
        layer="filtered",
        items=SimpleNamespace(**(vars(SAME) | dict(items or {}))),
        labels=SimpleNamespace(**(vars(STEADY) | dict(labels or {}))),
        changes=pd.DataFrame({"items": ["kept"] * edited, "cause": ["source_edited"] * edited}),
        tags=pd.DataFrame(
            {
                "tag": list(counts),
                "count_a": [before for before, _ in counts.values()],
                "count_b": [after for _, after in counts.values()],
                "change": [after - before for before, after in counts.values()],
                "q": float("nan"),
                "effect": 0.0,
            }
        ),
        moved=pd.DataFrame({"split_a": [], "split_b": [], "items": []}),
        train_to_test=0,
        newer_first=newer_first,
        sources=(None, None),
        renames=renames,
        distances={"jensen_shannon_distance": Distance(*distance)},
        imbalance_a=_imbalance(mean_ir[0]),
        imbalance_b=_imbalance(mean_ir[1]),
        shared=SharedImbalance(
            shared, 3, 3, a=_imbalance(mean_ir[0] + 1), b=_imbalance(mean_ir[1] + 1)
        ),
        unseen=pd.DataFrame({"tag": [], "kind": [], "count": []}),
        renamed_tags={tag for one in renames for tag in (*one.before, *one.after)},
    )
    found.tags = with_kinds(found.tags, renames)
    found.tags_of_kind = MethodType(Comparison.tags_of_kind, found)
    return found


def _imbalance(mean_ir: float) -> Any:
    return SimpleNamespace(
        items=9, labels=20, tags=3, cardinality=20 / 9, mean_ir=mean_ir, scumble=0.1
    )


GATE = GateResult("max_train_to_test", 2, 0, "items", holds=False)


@pytest.mark.parametrize(
    ("found", "text"),
    [
        pytest.param(
            comparison(),
            "v2 has the same 9 items as v1; no label of a kept item changed; no gate is broken.",
            id="nothing",
        ),
        pytest.param(
            comparison(items={"a": 9, "b": 12, "added": 4, "removed": 1}),
            "v2 has 3 items more than v1 (4 added, 1 removed); no label of a kept item changed; "
            "no gate is broken.",
            id="items added and removed",
        ),
        pytest.param(
            comparison(items={"a": 9, "b": 9, "added": 2, "removed": 2}),
            "v2 has as many items as v1 (2 added, 2 removed); no label of a kept item changed; "
            "no gate is broken.",
            id="as many added as removed",
        ),
        pytest.param(
            comparison(items={"relabelled": 1}, labels={"added": 1, "removed": 2}, edited=2),
            "v2 has the same 9 items as v1; 1 kept item gained 1 label and lost 2, 2 by edits "
            "in the source; no gate is broken.",
            id="labels changed",
        ),
        pytest.param(
            comparison(items={"relabelled": 2, "dropped": 2}, labels={"removed": 2}, edited=2),
            "v2 has the same 9 items as v1; 2 kept items dropped out of the filtered layer; 2 kept "
            "items gained 0 labels and lost 2, all by edits in the source; no gate is broken.",
            id="items dropped",
        ),
        pytest.param(
            comparison(items={"entered": 1, "dropped": 3}),
            "v2 has the same 9 items as v1; 1 kept item entered the filtered layer and 3 dropped "
            "out of it; no label of a kept item changed; no gate is broken.",
            id="items entered and dropped",
        ),
        pytest.param(
            comparison(
                tags={"a": (3, 0), "b": (0, 3), "c": (2, 0), "d": (0, 1)},
                renames=(Rename("rename", ("a",), ("b",), 3, 1.0),),
            ),
            "v2 has the same 9 items as v1; no label of a kept item changed; 1 tag was renamed; "
            "1 tag is new in the source: d; 1 tag is gone from the source: c; no gate is broken.",
            id="a renamed tag is neither new nor gone",
        ),
        pytest.param(
            comparison(items={"text_changed": 2}),
            "v2 has the same 9 items as v1; no label of a kept item changed; 2 texts were "
            "edited; no gate is broken.",
            id="texts",
        ),
    ],
)
def test_the_sentence_says_what_changed(found: Any, text: str) -> None:
    assert headline.sentence(found, "v1", "v2") == text


def test_the_sentence_counts_broken_gates() -> None:
    text = headline.sentence(comparison(), "v1", "v2", [GATE])
    assert text.endswith("; 1 gate is broken.")


def levels(findings: list[headline.Finding]) -> dict[str, str]:
    return {finding.text: finding.level for finding in findings}


def quality(failed: int = 0) -> dict[str, Any]:
    return {"checks": [{}] * 10, "failed": failed}


def test_what_is_broken_comes_first() -> None:
    gone = comparison(items={"relabelled": 3}, tags={"a": (3, 0)})
    found = headline.verdict(gone, quality(2), [GATE])
    assert [finding.level for finding in found] == ["bad", "bad", "bad", "watch", "watch", "good"]
    assert found[0].text == (
        "v2 is worse than v1: 1 of 1 tag lost; 1 gate broken: max_train_to_test; "
        "2 schema checks fail"
    )
    assert found[1].text == "gate broken: items moved from train to test: 2, at most 0"
    assert found[2].text == "2 of 10 schema checks fail"
    assert {found[3].text, found[4].text} == {
        "1 tag is gone from the source: a",
        "1 of 1 tag lost",
    }


def test_a_version_without_faults_is_good_throughout() -> None:
    holds = GateResult("max_train_to_test", 0, 0, "items", holds=True)
    found = headline.verdict(comparison(), quality(), [holds])
    assert {finding.level for finding in found} == {"good"}
    assert any("1 gate holds" in finding.text for finding in found)


def test_a_version_without_a_record_of_its_checks_is_to_be_watched() -> None:
    assert levels(headline.verdict(None, None)) == {
        "git has no check results of this version": "watch"
    }


@pytest.mark.parametrize(
    ("mean_ir", "level", "word"),
    [
        pytest.param((2.0, 3.0), "watch", "+1.00", id="worse"),
        pytest.param((3.0, 2.0), "good", "\u22121.00", id="better"),
    ],
)
def test_a_change_of_balance_is_judged(mean_ir: tuple[float, float], level: str, word: str) -> None:
    found = headline.verdict(comparison(items={"relabelled": 1}, mean_ir=mean_ir), quality())
    text = f"MeanIR over the 3 tags of both versions {word}"
    assert levels(found[1:])[text] == level
    assert [finding.page for finding in found if finding.text == text] == ["imbalance"]


def test_a_balance_that_does_not_change_is_not_spoken_of() -> None:
    found = headline.verdict(comparison(items={"relabelled": 1}, mean_ir=(2.0, 2.0)), quality())
    assert not any("MeanIR" in finding.text for finding in found)


def test_a_balance_over_few_shared_tags_gets_no_green_tick_and_no_colour() -> None:
    lost = comparison(items={"removed": 8, "b": 1, "kept": 1}, mean_ir=(9.0, 2.0), shared=1)
    found = headline.verdict(lost, quality())
    assert found[0].level == "bad"
    assert found[0].text.startswith("v2 is worse than v1: 8 of 9 items lost")
    said = [finding for finding in found[1:] if "imbalance is not comparable" in finding.text]
    assert [finding.level for finding in said] == ["watch"]
    (mean_ir,) = (one for one in overview.counts(lost, compared=True) if one.name == "MeanIR")
    assert (mean_ir.change, mean_ir.colour) == ("not comparable", "off")


def test_newer_against_older_is_said_after_the_word() -> None:
    newer, older = (
        comparison(items={"added": 1, "b": 10}, newer_first=first) for first in (True, False)
    )
    texts = [one.text for one in headline.verdict(newer, quality())]
    assert texts[0] == "v2 is better than v1: 1 of 10 items new"
    assert texts[1].startswith("Newer against older: v1 is the later version")
    later = headline.verdict(older, quality())
    assert not any("Newer" in one.text for one in later)


@pytest.mark.parametrize(
    ("distance", "level"),
    [
        pytest.param((0.3, 0.2), "watch", id="beyond chance"),
        pytest.param((0.1, 0.2), "good", id="within chance"),
    ],
)
def test_drift_is_judged_beside_chance(distance: tuple[float, float], level: str) -> None:
    found = headline.verdict(comparison(distance=distance), quality())
    assert [finding.level for finding in found if "Jensen" in finding.text] == [level]


def test_every_gate_has_a_title() -> None:
    for name in set(Gates.__dataclass_fields__) - {"SECTION"}:
        said = gates.describe(GateResult(name, 1, 1, "", holds=True))
        assert not said.startswith(name)


def test_the_limit_of_a_share_is_said_in_per_cent_where_nothing_was_compared() -> None:
    result = GateResult("max_labels_changed", float("nan"), 0.2, "", holds=False, compared=False)
    assert gates.describe(result) == "labels changed on kept items, at most 20.0 %"


@pytest.mark.parametrize(
    ("result", "text"),
    [
        pytest.param(
            GateResult("max_labels_changed", 0.123, 0.1, "share of labels", holds=False),
            "labels changed on kept items: 12.3 %, at most 10.0 %",
            id="share",
        ),
        pytest.param(
            GateResult("min_tag_count", 3, 5, "items", holds=False, detail="a, b"),
            "items of the rarest tag: 3, at least 5 (a, b)",
            id="at least",
        ),
        pytest.param(
            GateResult("max_mean_ir", 5.6789, 4.5, "MeanIR", holds=False),
            "MeanIR: 5.679, at most 4.500",
            id="measure",
        ),
    ],
)
def test_a_gate_is_said_with_its_value_and_its_limit(result: GateResult, text: str) -> None:
    assert gates.describe(result) == text


def test_counts_have_their_change_over_the_tags_of_both() -> None:
    found = {one.name: one for one in overview.counts(comparison(mean_ir=(2, 3)), compared=True)}
    assert (found["MeanIR"].value, found["MeanIR"].change) == ("3.00", "+1.00")
    assert found["MeanIR"].colour == "inverse"
    assert (found["Items"].value, found["Items"].change) == ("9", "±0")


def test_the_number_of_items_says_which_kept_ones_entered_and_dropped() -> None:
    found = comparison(items={"entered": 1, "dropped": 2})
    (items, labels, *_) = overview.counts(found, compared=True)
    assert (
        items.meaning
        == "Items of this layer. 1 kept item entered the filtered layer and 2 dropped out of it."
    )
    assert "dropped" not in labels.meaning
    assert overview.counts(comparison(), compared=True)[0].meaning == "Items of this layer."


def test_counts_of_a_lone_version_have_none() -> None:
    assert {one.change for one in overview.counts(comparison(), compared=False)} == {""}


def test_movers_are_the_tags_that_changed_most() -> None:
    found = comparison(tags={"a": (10, 30), "b": (9, 2), "c": (4, 4)})
    figure = overview.movers(found, LIGHT)
    assert figure.title == "a changed most: +20 items, to 30"
    assert figure.data is not None
    assert figure.data["tag"].tolist() == ["a", "b"]
    assert figure.data["direction"].tolist() == ["more", "fewer"]


def test_no_movers_is_said() -> None:
    assert overview.movers(comparison(), LIGHT).chart is None


def version(name: str, day: int | None) -> Version:
    date = None if day is None else datetime(2024, 1, day, tzinfo=UTC)
    if name == WORKSPACE:
        return Version(name, (name,), None, None, None, None, None, "workspace", {})
    return Version(name, (name,), name, name, date, "ada", "subject", "release", {})


METRICS = {"items": 10, "labels": 20, "tags": 3, "mean_ir": 1.5}


def test_the_timeline_has_each_measure_of_each_version_that_has_metrics() -> None:
    versions = [version("v1", 1), version("v2", 2), version(WORKSPACE, None)]
    figures = overview.timeline(
        versions, [METRICS, None, METRICS | {"items": 14}], ("v1", "workspace"), DARK
    )
    assert [figure.title for figure in figures] == [
        "Items rose from 10 to 14",
        "Labels stayed at 20",
        "Tags stayed at 3",
        "MeanIR stayed at 1.50",
    ]
    data = figures[0].data
    assert data is not None
    assert data["version"].tolist() == ["v1", "workspace"]
    assert data["date"].tolist() == ["2024-01-01", "now"]
    assert data["chosen"].all()


def test_a_commit_whose_date_is_on_no_calendar_has_none() -> None:
    versions = [version("v1", None), version(WORKSPACE, None)]
    data = overview.timeline(versions, [METRICS, METRICS], (), LIGHT)[0].data
    assert data is not None
    assert data["date"].tolist() == ["", "now"]
    dated = [sidebar.with_date(one) for one in (*versions, version("v2", 2))]
    assert dated == ["v1", "workspace · as it is now", "v2 · 2024-01-02"]


def test_a_long_history_keeps_its_newest_versions() -> None:
    versions = [version(f"v{n}", 1 + n % 28) for n in range(300)]
    data = overview.timeline(versions, [METRICS] * 300, (), LIGHT)[0].data
    assert data is not None
    assert data["version"].iloc[-1] == "v299"
    assert len(data) < 300


def test_a_measure_that_older_metrics_lack_is_left_out() -> None:
    older = {"items": 10, "labels": 20, "tags": 3}
    figures = overview.timeline([version("v1", 1)], [older], (), LIGHT)
    assert figures[3].chart is None


def test_two_sources_are_two_lines_and_the_title_is_of_the_targets() -> None:
    versions = [version(f"v{n}", n) for n in range(1, 6)]
    sizes = [METRICS | {"items": size} for size in (10, 500, 14, 600, 7)]
    sources = ["mine", "theirs", "mine", "theirs", ""]

    def items(*chosen: str) -> Figure:
        return overview.timeline(versions, sizes, chosen, LIGHT, sources)[0]

    assert items("v1", "v3").title == "Items of mine rose from 10 to 14"
    assert items("v1", "v4").title == "Items of theirs rose from 500 to 600"
    chart = items("v1", "v3").chart
    assert chart is not None
    line = chart.to_dict()["layer"][0]["encoding"]["color"]
    assert line["field"] == "source"
    assert line["scale"]["domain"] == ["mine", "theirs", "source not on record"]
    assert len(set(line["scale"]["range"])) == 3


def test_one_source_is_one_line_without_a_legend() -> None:
    versions = [version("v1", 1), version("v2", 2)]
    figure = overview.timeline(versions, [METRICS] * 2, ("v1", "v2"), LIGHT, ["mine"] * 2)[0]
    assert figure.title == "Items stayed at 10"
    assert figure.chart is not None
    assert "field" not in figure.chart.to_dict()["layer"][0]["encoding"]["color"]


def test_versions_that_were_chosen_are_kept_in_a_long_history() -> None:
    versions = [version(f"v{n}", 1 + n % 28) for n in range(300)]
    data = overview.timeline(versions, [METRICS] * 300, ("v3", "v7"), LIGHT)[0].data
    assert data is not None
    assert data.loc[data["chosen"], "version"].tolist() == ["v3", "v7"]
    assert data["version"].iloc[-1] == "v299"


def test_a_history_without_metrics_is_said() -> None:
    (figure,) = overview.timeline([version("v1", 1)], [None], (), LIGHT)
    assert figure.chart is None


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_charts_are_valid_and_carry_no_markup(palette: Any) -> None:
    nasty = "<b>bold</b>"
    figure = overview.movers(comparison(tags={nasty: (1, 5)}), palette)
    assert figure.chart is not None
    assert nasty in json.dumps(figure.chart.to_dict())


# Checks


def check(table: str, failed: int = 0, name: str = "not_nullable") -> dict[str, Any]:
    first = ["7: None"] if failed else []
    return {
        "table": table,
        "column": "id",
        "check": name,
        "rows": 9,
        "failed": failed,
        "first": first,
    }


def report(*found: dict[str, Any]) -> dict[str, Any]:
    return {"checks": list(found), "failed": sum(bool(one["failed"]) for one in found)}


def test_checks_at_a_glance_count_what_fails_in_each_table_and_version() -> None:
    good = report(check("items"), check("labels"))
    bad = report(check("items", 2), check("items", name="unique"), check("labels"))
    figure = checks.glance(["v1", "v2"], [good, bad], LIGHT)
    assert figure.title == "v2: 1 check fails in items"
    assert figure.data is not None
    assert figure.data["text"].tolist() == ["✓ 1", "✓ 1", "1 of 2 fail", "✓ 1"]


@pytest.mark.parametrize("target", ["v1", "v2", "v12"])
def test_the_title_of_the_checks_is_of_the_version_that_is_chosen(target: str) -> None:
    names = [f"v{n}" for n in range(1, 13)]
    reports = [report(check("items", int(name == "v2"))) for name in names]
    figure = checks.glance(names, reports, LIGHT, target)
    told = "1 check fails in items" if target == "v2" else "all 1 check hold"
    assert figure.title == f"{target}: {told}"
    assert figure.data is not None
    assert target in set(figure.data["version"])
    assert f'=== \\"{target}\\"' in json.dumps(figure.chart.to_dict() if figure.chart else {})


def test_a_chosen_version_without_a_record_of_its_checks_is_said() -> None:
    known = report(check("items"))
    figure = checks.glance(["v1", "v2"], [None, known], LIGHT, "v1")
    assert figure.title == "git has no check results of v1"


def test_tables_stand_in_the_order_of_the_newest_version() -> None:
    old = report(check("items"), check("splits"), check("gone"))
    new = report(check("items"), check("verdicts"), check("splits"))
    figure = checks.glance(["v1", "v2"], [old, new], LIGHT)
    assert figure.chart is not None
    drawn = figure.chart.to_dict()["layer"][0]["encoding"]["y"]["sort"]
    assert drawn == ["items", "verdicts", "splits", "gone"]


def test_versions_without_a_record_are_left_out() -> None:
    known = report(check("items"), check("labels"))
    figure = checks.glance(["v1", "v2"], [known, None], LIGHT)
    assert figure.title == "v1: all 2 checks hold"
    assert checks.glance(["v1"], [None], LIGHT).chart is None


def test_failed_checks_come_first_beside_what_failed_before() -> None:
    before = report(check("items", 5), check("labels"))
    now = report(check("items"), check("labels", 3), check("labels", name="new"))
    found = checks.beside(now, before)
    assert found["table"].tolist() == ["labels", "items", "labels"]
    assert found["first"].tolist() == ["7: None", "", ""]
    assert found["before"].fillna(-1).tolist() == [0, 5, -1]


def test_a_check_that_only_the_base_has_is_kept() -> None:
    found = checks.beside(report(check("items")), report(check("gone", 4), check("items")))
    assert found["table"].tolist() == ["gone", "items"]
    assert found["failed"].fillna(-1).tolist() == [-1, 0]
    assert found["before"].tolist() == [4, 0]
    assert found["first"].tolist() == ["", ""]


def test_the_examples_of_checks_in_words_hold() -> None:
    assert doctest.testmod(checks).attempted >= 2
    assert doctest.testmod(checks).failed == 0


@pytest.mark.parametrize(
    ("name", "words"),
    [
        pytest.param("column_in_dataframe", "the column exists", id="column"),
        pytest.param("dtype('datetime64[us, UTC]')", "type: time", id="time"),
        pytest.param("dtype('string[pyarrow]')", "type: text", id="text"),
        pytest.param("dtype('complex128')", "type: complex128", id="other type"),
        pytest.param("less_than(2100-01-01 00:00:00+00:00)", "below 2100-01-01", id="date"),
        pytest.param("isin(['a', 'b'])", "one of 'a', 'b'", id="names"),
        pytest.param("str_length(1, None)", "not empty", id="not empty"),
        pytest.param("str_length(2, None)", "at least 2 characters", id="shortest"),
        pytest.param("str_length(None, 85)", "at most 85 characters", id="longest"),
        pytest.param("str_length(2, 3)", "2 to 3 characters", id="between"),
        pytest.param("str_startswith(a)", "str_startswith(a)", id="unknown"),
    ],
)
def test_a_check_is_named_in_words(name: str, words: str) -> None:
    assert checks.in_words(name) == words


def test_a_gate_that_was_not_compared_is_neither_broken_nor_kept() -> None:
    gate = GateResult("drift", float("nan"), 0, "", holds=False, compared=False)
    (finding,) = [one for one in headline.verdict(None, None, [gate]) if "gate" in one.text]
    assert finding.level == "watch"
    assert finding.text == "1 gate is not compared: tags that drifted beyond chance, at most 0"
    assert "no gate is broken" in headline.sentence(comparison(), "v1", "v2", [gate])
