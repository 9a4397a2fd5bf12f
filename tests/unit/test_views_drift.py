"""The views of drift: tags, the whole mix, items over time, and tags outside the taxonomy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tagledger.compare.compare import Comparison, compare
from tagledger.labels import indicator
from tagledger.measures.aliases import propose_aliases
from tagledger.release.gates import DriftLimit
from tagledger_dashboard.theme import DARK, LIGHT
from tagledger_dashboard.views import drift, figure, outside, over_time
from tests import factories, sides

LIMIT = DriftLimit(alpha=0.05, effect=0.2)


def side(**items: int) -> Any:
    """A version from {tag: items}; each item has one tag."""
    tags = [tag for tag, count in items.items() for _ in range(count)]
    return sides.version({number: [tag] for number, tag in enumerate(tags)}).side("clean")


@pytest.fixture(scope="module")
def moved() -> Comparison:
    """Of sixty items forty change from a to b."""
    return compare(side(a=50, b=5, c=5), side(a=10, b=45, c=5), "clean")


@pytest.fixture(scope="module")
def same() -> Comparison:
    return compare(side(a=6, b=4), side(a=6, b=4), "clean")


def test_tags_that_moved_come_first_with_their_smaller_q(moved: Comparison) -> None:
    found = drift.by_tag(moved, LIMIT)
    assert found["tag"].tolist() == ["b", "a", "c"]
    assert found["state"].tolist() == [drift.STATES[0], drift.STATES[0], drift.TOO_FEW]
    # No item came or left: the paired test is the only one.
    assert found["q"].tolist()[:2] == found["q_kept"].tolist()[:2]
    assert np.isnan(found["q"].iloc[2])
    assert found["effect"].iloc[1] < 0 < found["effect"].iloc[0]


def test_certain_but_small_is_a_state_of_its_own(moved: Comparison) -> None:
    found = drift.by_tag(moved, DriftLimit(alpha=0.05, effect=3.0))
    assert found["state"].tolist() == [drift.STATES[1], drift.STATES[1], drift.TOO_FEW]
    made = drift.volcano(moved, DriftLimit(alpha=0.05, effect=3.0), LIGHT)
    assert made.title == "2 of 3 tags changed beyond chance, but none by much (|h| is below 3)"


def test_the_volcano_names_what_moved(moved: Comparison) -> None:
    made = drift.volcano(moved, LIMIT, DARK)
    assert made.title == "2 of 3 tags changed beyond chance and by much; b changed most (h +1.51)"
    assert made.data is not None
    assert dict(zip(made.data["tag"], made.data["named"], strict=True)) == {
        "a": "a",
        "b": "b",
        "c": "",
    }
    assert made.data["certainty"].between(0, 12).all()


def test_a_tag_that_crossed_the_threshold_is_said_to_have_and_not_drawn() -> None:
    tags_of = {item: ["x"] if item < 29 else ["y"] for item in range(90)}
    a, b = (sides.version(tags_of, keep={"min_tag_count": least}) for least in (30, 25))
    crossed = compare(a.side("filtered"), b.side("filtered"), permutations=1)
    found = drift.by_tag(crossed, LIMIT).set_index("tag")
    assert found["state"].to_dict() == {
        "x": "crossed the threshold",
        "y": "too few changes to test",
    }
    made = drift.volcano(crossed, LIMIT, LIGHT)
    assert made.title == "None of 1 tag changed beyond chance"
    assert made.note.endswith(
        "; not tested: 1 tag that crossed the threshold or a list; 1 tag with too few changes, "
        "drawn at 0"
    )
    assert made.data is not None
    assert made.data["tag"].tolist() == ["y"]


def test_only_tags_that_crossed_the_threshold_are_said_to_be() -> None:
    tags_of = {item: ["x"] if item < 5 else ["y"] for item in range(9)}
    keeps = ({"exclude": ["x"]}, {"exclude": []})
    a, b = (sides.version(tags_of, keep=keep).side("filtered") for keep in keeps)
    a = replace(a, labels=a.labels.head(0))
    b = replace(b, labels=b.labels[b.labels["tag"] == "x"])
    crossed = compare(a, b, permutations=1)
    made = drift.volcano(crossed, LIMIT, LIGHT)
    assert made.chart is None
    assert made.title.startswith("No tag was tested: 1 tag crossed")


def test_nothing_beyond_chance_is_said(same: Comparison) -> None:
    made = drift.volcano(same, LIMIT, LIGHT)
    assert made.title == "None of 2 tags changed beyond chance"
    assert made.data is not None
    assert made.data["certainty"].tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("effect", "certainty", "named"),
    [
        pytest.param([0.5, 0.5, 0.5], [9.0, 8.9, 3.0], [0, 2], id="below each other"),
        pytest.param([-0.5, 0.5], [9.0, 9.0], [0, 1], id="on both sides of nought"),
        pytest.param([-0.2, 0.2], [9.0, 9.0], [0], id="towards each other"),
        pytest.param([0.5, 0.4], [9.0, 9.0], [1], id="not across a point"),
        pytest.param([0.5, 0.5], [9.0, 9.0], [0], id="one name for points in one place"),
        pytest.param([-0.5, -0.4], [9.0, 8.0], [0, 1], id="past a point that is lower"),
    ],
)
def test_names_lie_on_no_other_name_and_on_no_point(
    effect: list[float], certainty: list[float], named: list[int]
) -> None:
    points = pd.DataFrame({"tag": "a-tag", "effect": effect, "certainty": certainty})
    assert drift.names_apart(points, points, reach=1.0) == named


def test_a_long_name_needs_more_room_than_a_short_one() -> None:
    points = pd.DataFrame({"tag": ["a", "b"], "effect": [-0.5, 0.0], "certainty": [9.0, 9.0]})
    assert drift.names_apart(points.head(1), points, reach=1.0) == [0]
    long = points.assign(tag="a" * 30)
    assert drift.names_apart(long.head(1), points, reach=1.0) == []


def test_each_distance_stands_beside_what_chance_gives(moved: Comparison) -> None:
    found = drift.distances_table(moved).set_index("distance")
    assert len(found) == 6
    row = found.loc["Total variation"]
    assert row["value"] == pytest.approx(40 / 60)
    assert row["times"] == pytest.approx(row["value"] / row["no_change_95"])
    assert row["beyond"]
    assert found.loc["L-infinity (largest change of a share)", "tag"] in {"a", "b"}
    made = drift.distances(moved, LIGHT)
    assert made.title == "The mix of tags changed beyond chance, by every distance"


def test_chance_is_that_of_the_pairs_unless_no_item_is_in_both(moved: Comparison) -> None:
    assert "no direction" in drift.distances(moved, LIGHT).note
    apart = replace(moved, items=replace(moved.items, kept=0))
    assert "two random samples" in drift.distances(apart, LIGHT).note


def test_no_distance_beyond_chance_is_said(same: Comparison) -> None:
    assert drift.distances(same, LIGHT).title == (
        "The mix of tags changed no more than chance explains"
    )


def test_distances_that_are_not_defined_are_said() -> None:
    some = side(a=2)
    unlabelled = replace(some, labels=some.labels.head(0), all_labels=some.all_labels.head(0))
    nothing = compare(unlabelled, side(a=2), "clean", permutations=1)
    made = drift.distances(nothing, LIGHT)
    assert made.chart is None
    assert "not defined" in made.title


# Items over time


def dated(*dates: str | None) -> pd.DataFrame:
    """Items with the dates given, missing where None."""
    items = factories.items(list(range(len(dates))))
    created = pd.to_datetime(pd.Series(dates, dtype="str"), utc=True)
    return items.assign(created_on=created.astype("datetime64[us, UTC]"))


def labelled(*items: str) -> pd.DataFrame:
    return factories.labels({number: list(tags) for number, tags in enumerate(items)})


@pytest.mark.parametrize(
    ("last", "unit", "bins"),
    [("2020-03-31", "month", 3), ("2024-02-01", "quarter", 17), ("2049-01-01", "year", 30)],
)
def test_periods_are_as_long_as_the_span_asks_for(last: str, unit: str, bins: int) -> None:
    found, place, name = over_time.periods(dated("2020-01-02", None, last)["created_on"])
    assert (name, len(found)) == (unit, bins)
    assert place.tolist() == [0, -1, bins - 1]


def test_items_are_counted_by_tag_and_period() -> None:
    items = dated("2024-01-01", "2024-01-09", "2024-03-05", None)
    matrix = indicator(labelled("a", "ab", "b", "a"), ids=items["id"])
    table, unit, undated = over_time.counts(matrix, items, ["b", "a"])
    assert (unit, undated) == ("month", 1)
    rows = table[["tag", "name", "items"]].values.tolist()
    assert rows == [
        ["b", "2024-01", 1],
        ["b", "2024-02", 0],
        ["b", "2024-03", 1],
        ["a", "2024-01", 2],
        ["a", "2024-02", 0],
        ["a", "2024-03", 0],
    ]
    assert table["share"].tolist()[:3] == pytest.approx([0.5, np.nan, 1.0], nan_ok=True)


def test_the_tag_that_grew_most_is_the_title() -> None:
    items = dated("2024-01-01", "2024-02-01", "2024-02-02")
    matrix = indicator(labelled("a", "ab", "b"), ids=items["id"])
    made = over_time.lines(matrix, items, ["a", "b", "unknown"], LIGHT)
    assert made.title == "b grew most: 2 more items from 2024-02 on than before"
    assert made.note == "items by the month of their date"


def test_items_without_a_date_are_said() -> None:
    items = dated("2024-01-01", None)
    matrix = indicator(labelled("a", "a"), ids=items["id"])
    made = over_time.lines(matrix, items, ["a"], LIGHT)
    assert made.note.endswith("; not shown: 1 item without a date")
    undated = over_time.lines(matrix, dated(None, None), ["a"], LIGHT)
    assert undated.chart is None
    assert undated.title == "No item has a date, so there is nothing to show over time"


def test_no_tag_chosen_is_said() -> None:
    made = over_time.lines(indicator(labelled("a")), dated("2024-01-01"), [], LIGHT)
    assert made.title == "Choose a tag to see its items over time"


def test_the_tags_that_moved_most_are_chosen_first(moved: Comparison, same: Comparison) -> None:
    assert over_time.most_changed(moved, 2) == ["a", "b"]
    assert over_time.most_changed(same, 1) == ["a"]


# Tags outside the taxonomy


def rising(items: pd.DataFrame, labels: pd.DataFrame, **before: int) -> pd.DataFrame:
    """What rises outside a taxonomy of `known-tag` and `a`."""
    counts = labels["tag"].value_counts()
    tags = pd.DataFrame({"tag": counts.index.astype("str"), "count": counts.to_numpy()})
    tags["decision"] = np.where(tags["tag"] == "a", "kept", "not_in_taxonomy")
    base = pd.DataFrame({"tag": pd.Series(list(before), dtype="str"), "count": [*before.values()]})
    taxonomy = factories.taxonomy(["a", "known-tag"])
    words = sorted(set(tags["tag"]) - {"a"})
    aliases = propose_aliases(words, items, labels, taxonomy)
    return outside.rising(labels, items, tags.sort_values("tag"), aliases, base)


def test_the_fastest_rising_tag_comes_first() -> None:
    items = dated("2024-01-01", "2024-01-02", "2024-02-01", "2024-02-02")
    found = rising(items, labelled("xz", "xy", "xz", "xza"), y=3)
    assert found["tag"].tolist() == ["z", "x", "y"]
    assert found[["items", "recent", "earlier", "since_base"]].values.tolist() == [
        [3, 2, 1, 3],
        [4, 2, 2, 4],
        [1, 0, 1, -2],
    ]
    assert found["by_period"].tolist() == [[1, 2], [2, 2], [1, 0]]
    # z of 2 of 2 against 1 of 2: half over sqrt(3/4 x 1/4 x (1/2 + 1/2)).
    assert found["rise"].tolist() == pytest.approx(
        [0.5 / np.sqrt(3 / 16), 0.0, -0.5 / np.sqrt(3 / 16)]
    )


def test_without_dates_the_change_since_the_base_decides() -> None:
    found = rising(dated(None, None, None), labelled("x", "xy", "y"), x=2)
    assert found[["tag", "rise"]].values.tolist() == [["y", 2.0], ["x", 0.0]]
    made = outside.months(labelled("x", "xy", "y"), dated(None, None, None), found, LIGHT)
    assert made.chart is None
    assert (
        made.title == "No item has a date; y gained most items since the version compared with: 2"
    )


def test_a_proposed_alias_is_named_with_its_evidence() -> None:
    items = dated("2024-01-01", "2024-02-01")
    labels = factories.labels({0: ["qqq", "a"], 1: ["known-tag", "known-tags"]})
    found = rising(items, labels)
    shown = found.set_index("tag")[["alias_of", "names", "shared"]]
    assert shown.loc["known-tags"].tolist() == ["known-tag", "the same words", 1]
    assert shown.loc["qqq", ["alias_of", "names"]].tolist() == ["", ""]
    assert np.isnan(shown.loc["qqq", "shared"])
    alone = found[found["tag"] == "known-tags"].reset_index(drop=True)
    assert outside.months(labels, items, alone, DARK).title == (
        "known-tags is outside the taxonomy and rises fastest: 1 item in the last 1 month, 0 in as "
        "many before; probably another name of known-tag (the same words; 1 item carries both)"
    )


def proposals(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["tag", "alias_of", "through", "names"], dtype="str")


@pytest.mark.parametrize(
    ("names", "finding"),
    [
        ([], "No tag outside the taxonomy looks like another name of one of its tags"),
        (
            ["the same words"],
            "Outside the taxonomy 1 tag is probably another name of one of its tags",
        ),
        (
            ["an alias in the taxonomy", "an alias in the taxonomy"],
            "Outside the taxonomy 2 tags are listed as an alias, and not resolved",
        ),
    ],
)
def test_the_finding_of_aliases_tells_listed_ones_apart(names: list[str], finding: str) -> None:
    assert outside.alias_finding(proposals(*(("b", "a", "a", one) for one in names))) == finding


def test_the_alias_that_a_name_is_like_stands_with_the_reason() -> None:
    table = outside.alias_table(
        proposals(
            ("cats", "cat", "cat", "the same words"),
            ("felines", "cat", "feline", "the same words"),
            ("feline", "cat", "feline", "an alias in the taxonomy"),
        )
    )
    assert table["names"].tolist() == [
        "the same words",
        "the same words: feline",
        "an alias in the taxonomy",
    ]


@pytest.mark.parametrize(
    ("start", "end", "unit", "ticks"),
    [
        pytest.param("2023-05", "2025-03", "month", ["2024-01", "2025-01"], id="years of months"),
        pytest.param("2024-02", "2024-04", "month", ["2024-02", "2024-03", "2024-04"], id="months"),
        pytest.param("2023Q2", "2025Q1", "quarter", ["2024Q1", "2025Q1"], id="quarters"),
        pytest.param("1990", "2005", "year", [str(year) for year in range(1990, 2006, 2)], id="y"),
    ],
)
def test_an_axis_names_the_beginnings_of_years(
    start: str, end: str, unit: str, ticks: list[str]
) -> None:
    periods = pd.period_range(start, end, freq=unit[0].upper())
    assert outside.ticks_of([str(period) for period in periods], unit) == ticks


def test_no_tag_that_rises_is_said() -> None:
    items = dated("2024-01-01", "2024-02-01")
    labels = labelled("xy", "x")
    made = outside.months(labels, items, rising(items, labels), LIGHT)
    assert made.title == "No tag outside the taxonomy rises; the most used is x, on 2 items"


def test_all_tags_in_the_taxonomy_is_said() -> None:
    items = dated("2024-01-01")
    found = rising(items, labelled("a"))
    assert found.empty
    assert outside.months(labelled("a"), items, found, LIGHT).chart is None


def test_tiles_of_many_tags_and_periods_stay_within_the_limit_of_marks() -> None:
    days = pd.date_range("2020-01-01", "2023-12-31", periods=3_000, tz="UTC").as_unit("us")
    items = factories.items(list(range(3_000))).assign(created_on=days)
    labels = factories.labels(
        {item: [f"x{item % 97:02d}", f"y{item % 41:02d}"] for item in range(3_000)}
    )
    made = outside.months(labels, items, rising(items, labels), LIGHT)
    assert made.data is not None
    assert made.data["tag"].nunique() == outside.ROWS
    assert len(made.data) <= figure.MAX_MARKS
    assert "the first 25 of 138 tags" in made.note
