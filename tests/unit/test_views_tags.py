"""The views of tags: distribution, thresholds, taxonomy, and one tag."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tagledger.labels import indicator
from tagledger.measures.what_if import broaden, missing_parents, sweep_thresholds
from tagledger_dashboard.theme import DARK, LIGHT
from tagledger_dashboard.views import figure, one_tag, tags, taxonomy, thresholds
from tagledger_dashboard.views.tags import Decided
from tests import factories


def decided(name: str = "v1", threshold: int | None = None, **counts: int) -> Decided:
    """Tags with their counts; those below the threshold are dropped, `out_…` are outside."""
    frame = pd.DataFrame({"tag": pd.Series(list(counts), dtype="str"), "count": [*counts.values()]})
    frame["count"] = frame["count"].astype("int64")
    kept = np.where(frame["count"] >= (threshold or 1), "kept", "below_threshold")
    outside = frame["tag"].str.startswith("out_")
    frame["decision"] = np.where(outside, "not_in_taxonomy", kept)
    return Decided(name, frame.astype({"decision": "str"}), threshold)


def labels_of(*items: str) -> pd.DataFrame:
    return factories.labels({number: list(tags) for number, tags in enumerate(items)})


def marks(chart: Any) -> int:
    """How many rows of data a chart draws, over all of its layers."""
    return sum(len(rows) for rows in chart.to_dict()["datasets"].values())


# The distribution


def test_ranks_go_by_use_and_leave_out_what_the_threshold_does_not_decide() -> None:
    ranks = tags.ranking(decided(b=3, a=3, c=5, out_x=9, unused=0))
    assert ranks[["rank", "tag", "items"]].values.tolist() == [
        [1, "c", 5],
        [2, "a", 3],
        [3, "b", 3],
    ]


def test_the_title_says_what_the_threshold_keeps_and_costs() -> None:
    made = tags.distribution(decided(a=9), decided("v2", 3, a=6, b=3, c=1), LIGHT, log=False)
    assert (
        made.title == "2 of 3 tags in v2 have at least 3 items; the others have 10 % of the labels"
    )


def test_without_a_threshold_on_record_the_title_says_where_half_of_the_labels_are() -> None:
    made = tags.distribution(decided(a=1), decided("v2", a=6, b=3, c=1), LIGHT, log=False)
    assert made.title == "Half of the labels of v2 are on 1 of 3 tags"


def test_both_versions_are_drawn_and_one_version_once() -> None:
    first, second = decided("v1", a=1), decided("v2", a=2, b=1)
    both = tags.distribution(first, second, LIGHT, log=False).data
    assert both is not None
    assert both.groupby("version")["rank"].max().to_dict() == {"v1": 1, "v2": 2}
    alone = tags.distribution(second, second, LIGHT, log=False).data
    assert alone is not None
    assert len(alone) == 2


@pytest.mark.parametrize("log", [True, False])
def test_thousands_of_tags_stay_within_the_limit_of_marks(log: bool) -> None:
    many = {f"t{number}": 20_000 // (number + 1) + 1 for number in range(12_000)}
    made = tags.distribution(decided("v1", 5, **many), decided("v2", 7, **many), DARK, log=log)
    assert made.chart is not None
    assert marks(made.chart) <= figure.MAX_MARKS
    assert made.data is not None
    target = made.data[made.data["version"] == "v2"]
    assert [target["rank"].min(), target["rank"].max()] == [1, 12_000]
    assert made.chart.to_dict()["layer"][0]["encoding"]["y"]["scale"].get("type") == (
        "log" if log else None
    )


def test_each_threshold_is_drawn_once_where_it_is_known() -> None:
    def drawn(first: Decided, second: Decided) -> list[str]:
        made = tags.distribution(first, second, LIGHT, log=False)
        assert made.chart is not None
        rows = [row for data in made.chart.to_dict()["datasets"].values() for row in data]
        return sorted(row["text"] for row in rows if "text" in row)

    assert drawn(decided("v1", 2, a=3), decided("v2", 3, a=3)) == [
        "threshold of v1: 2",
        "threshold of v2: 3",
    ]
    assert drawn(decided("v1", 2, a=3), decided("v2", 2, a=3)) == ["threshold of v2: 2"]
    assert drawn(decided("v1", a=3), decided("v2", a=3)) == []


def test_no_tag_that_may_stay_is_said() -> None:
    made = tags.distribution(decided(), decided("v2", out_x=1), LIGHT, log=False)
    assert made.chart is None
    assert made.title == "The lists and the taxonomy allow no tag of v2"


def test_the_ends_of_the_distribution() -> None:
    base = decided("v1", 3, a=4, b=3)
    ends = tags.extremes(base, decided("v2", 3, a=9, b=3, c=4, d=2, e=1), rows=2)
    assert ends["most_used"].values.tolist() == [["a", 9, 5], ["c", 4, 4]]
    assert ends["just_made_it"].values.tolist() == [["b", 3, 0], ["c", 4, 4]]
    assert ends["just_missed_it"].values.tolist() == [["d", 2, 1], ["e", 1, 2]]
    assert list(ends["just_missed_it"]) == ["tag", "items", "needs"]


# Other thresholds


@pytest.fixture
def sweep() -> Any:
    labels = labels_of("ab", "ab", "a", "c")
    counts = labels["tag"].value_counts()
    frame = pd.DataFrame({"tag": counts.index.astype("str"), "decision": "kept"})
    return sweep_thresholds(labels, frame)


def test_the_outcome_stands_beside_that_of_the_threshold_in_use(sweep: Any) -> None:
    counts = {one.name: (one.value, one.change) for one in thresholds.counts(sweep, 2, 1)}
    assert counts["Tags"] == ("2", "\u22121")
    assert counts["Items"] == ("3", "\u22121")
    assert counts["Labels per item"] == ("1.67", "+0.17")
    assert all(one.change == "" for one in thresholds.counts(sweep, 1, 1))
    assert all(one.change == "" for one in thresholds.counts(sweep, 2, None))


@pytest.mark.parametrize(
    ("chosen", "used", "title"),
    [
        (1, 1, "The threshold in use, 1, keeps 3 tags on 4 items"),
        (2, 1, "A threshold of 2 instead of 1 would keep 1 fewer tag, on 1 fewer item"),
        (1, 3, "A threshold of 1 instead of 3 would keep 2 more tags, on 1 more item"),
        (3, 2, "A threshold of 3 instead of 2 would keep 1 fewer tag, on the same items"),
        (9, 8, "A threshold of 9 instead of 8 would change nothing"),
        (2, None, "A threshold of 2 would keep 2 tags on 3 items"),
    ],
)
def test_the_title_says_what_another_threshold_would_do(
    sweep: Any, chosen: int, used: int | None, title: str
) -> None:
    assert thresholds.curves(sweep, chosen, used, LIGHT).title == title


def test_curves_of_a_thousand_thresholds_are_thinned() -> None:
    ids = np.repeat(np.arange(1, 1_501), np.arange(1, 1_501))
    items = np.concatenate([np.arange(count) for count in range(1, 1_501)])
    labels = pd.DataFrame({"id": items, "tag": pd.Categorical([f"t{tag:04d}" for tag in ids])})
    frame = pd.DataFrame({"tag": labels["tag"].cat.categories.astype("str"), "decision": "kept"})
    made = thresholds.curves(sweep_thresholds(labels, frame), 40, 30, LIGHT)
    assert made.chart is not None
    assert marks(made.chart) <= figure.MAX_MARKS
    assert made.data is not None
    assert [made.data["min_tag_count"].min(), made.data["min_tag_count"].max()] == [1, 1_500]


# The taxonomy


def grown(labels: pd.DataFrame, **parents: list[str]) -> taxonomy.Tree:
    entries = factories.taxonomy({tag: {"parents": above} for tag, above in parents.items()})
    return taxonomy.tree(entries, broaden(indicator(labels), entries))


def test_the_tree_counts_items_with_a_tag_and_with_a_narrower_one() -> None:
    found = grown(labels_of("pc", "c", "d", "x"), p=[], c=["p"], d=["c"], x=[])
    rows = found.rows[["tag", "depth", "items", "with_narrower", "narrower"]]
    assert rows.values.tolist() == [
        ["p", 0, 1, 3, 1],
        ["c", 1, 2, 3, 1],
        ["d", 2, 1, 1, 0],
        ["x", 0, 1, 1, 0],
    ]
    assert found.rows["name"].iloc[2] == "\u2003\u2003└ d"
    assert found.title == (
        "1 family of tags; the largest is p, on 3 items, 2 of them only through narrower tags"
    )


def test_a_tag_with_two_parents_stands_under_both_and_opens_once() -> None:
    found = grown(labels_of("k"), p=[], q=[], c=["p", "q"], k=["c"])
    assert found.rows["tag"].tolist() == ["p", "c", "k", "q", "c"]


def test_a_parent_that_is_no_tag_of_the_taxonomy_is_a_root() -> None:
    assert grown(labels_of("c"), c=["p"]).rows["tag"].tolist() == ["p", "c"]


def test_a_version_without_a_taxonomy_says_so() -> None:
    found = grown(labels_of("a"))
    assert found.rows.empty
    assert found.title == "This version has no taxonomy"


def test_missing_parents_in_words_and_the_items_that_lack_them() -> None:
    labels = labels_of("cp", "c", "c", "p")
    entries = factories.taxonomy({"c": {"parents": ["p"]}, "p": {}})
    matrix = indicator(labels)
    missing = missing_parents(broaden(matrix, entries))
    assert taxonomy.missing_finding(missing, layer="clean") == (
        "2 items lack 2 broader tags; most often p is missing: 67 % of the items with c lack it"
    )
    assert taxonomy.missing_table(missing).iloc[0].tolist() == [
        "c",
        "p",
        2,
        3,
        pytest.approx(2 / 3),
    ]
    assert matrix.ids[taxonomy.lacking(matrix, "c", "p")].tolist() == [1, 2]
    assert matrix.ids[taxonomy.lacking(matrix, "c", "elsewhere")].tolist() == [0, 1, 2]


def test_nothing_missing_is_said() -> None:
    missing = missing_parents(broaden(indicator(labels_of("a")), factories.taxonomy(["a"])))
    assert taxonomy.missing_finding(missing, layer="raw") == (
        "Every item of the raw layer has the broader tags of its tags"
    )


# One tag


def versions(*rows: tuple[str, str, int, str]) -> pd.DataFrame:
    """Rows of version, tag, count, decision; each version has ten items."""
    frame = pd.DataFrame(rows, columns=["version", "tag", "count", "decision"])
    return frame.assign(date="2024-01-01", items=10)


def test_a_history_counts_nought_where_a_version_lacks_the_tag() -> None:
    made = one_tag.history(
        versions(("v1", "b", 1, "kept"), ("v2", "a", 2, "below_threshold"), ("v3", "a", 5, "kept")),
        "a",
        LIGHT,
    )
    assert made.data is not None
    assert made.data[["version", "count", "is_kept"]].values.tolist() == [
        ["v1", 0, False],
        ["v2", 2, False],
        ["v3", 5, True],
    ]
    assert made.data["share"].tolist() == [0.0, 0.2, 0.5]
    assert made.title == "a is on 5 items of v3; it was on 2 of v2"


@pytest.mark.parametrize(
    ("rows", "title"),
    [
        ([("v1", "a", 3, "kept")], "a is on 3 items of v1"),
        (
            [("v1", "b", 3, "kept"), ("v2", "a", 1, "excluded")],
            "a is on 1 item of v2, excluded by a list; no earlier version has it",
        ),
        (
            [("v1", "a", 3, "kept"), ("v2", "b", 1, "kept")],
            "a is on 0 items of v2, not used; it was on 3 of v1",
        ),
        ([("v1", "b", 3, "kept")], "No version here has a"),
    ],
)
def test_the_story_of_a_tag(rows: list[tuple[str, str, int, str]], title: str) -> None:
    assert one_tag.history(versions(*rows), "a", LIGHT).title == title


def test_the_story_of_a_tag_is_of_the_version_that_is_chosen() -> None:
    rows = [("v1", "a", 3, "kept"), ("v2", "a", 5, "kept"), ("v3", "a", 9, "kept")]
    told = one_tag.history(versions(*rows), "a", LIGHT, "v2").title
    assert told == "a is on 5 items of v2; it was on 3 of v1"
    assert one_tag.history(versions(*rows), "a", LIGHT, "v1").title == "a is on 3 items of v1"


def test_a_tag_has_a_line_for_each_source() -> None:
    rows = [("v1", "a", 3, "kept"), ("v2", "a", 90, "kept"), ("v3", "a", 4, "kept")]
    decided = versions(*rows).assign(source=["mine", "theirs", "mine"])
    made = one_tag.history(decided, "a", LIGHT, "v3")
    assert made.title == "a is on 4 items of v3; it was on 3 of v1"
    assert made.chart is not None
    colour = made.chart.to_dict()["layer"][0]["encoding"]["color"]
    assert colour["scale"]["domain"] == ["mine", "theirs"]


def test_partners_are_counted_on_items_with_the_tag_and_on_all() -> None:
    found = one_tag.partners(indicator(labels_of("ab", "ab", "ac", "b", "c")), "a")
    assert found[["tag", "items"]].values.tolist() == [["b", 2], ["c", 1]]
    assert found["share"].tolist() == pytest.approx([2 / 3, 1 / 3])
    assert found["overall"].tolist() == pytest.approx([3 / 5, 2 / 5])
    assert found["lift"].tolist() == pytest.approx([10 / 9, 5 / 6])
    made = one_tag.together(indicator(labels_of("ab", "ab", "ac", "b", "c")), "a", DARK)
    assert made.title == "67 % of the items with a have b too"


@pytest.mark.parametrize("tag", ["a", "unknown"])
def test_a_tag_without_partners_is_said(tag: str) -> None:
    made = one_tag.together(indicator(labels_of("a", "b")), tag, LIGHT)
    assert made.chart is None
    assert made.title == f"No item with {tag} has another tag"


def test_items_are_listed_with_their_tags_and_split() -> None:
    matrix = indicator(labels_of("ab", "b", "a"))
    items = factories.items({2: "two", 0: "nought", 1: "one"})
    assignments = pd.DataFrame({"id": [0], "split": ["test"]})
    found = one_tag.listing(items, matrix, one_tag.rows_with(matrix, "a"), assignments)
    assert found.values.tolist() == [[0, "nought", ["a", "b"], "test"], [2, "two", ["a"], ""]]
    undivided = one_tag.listing(items, matrix, np.array([1]), assignments.head(0))
    assert list(undivided) == ["id", "title", "tags"]
