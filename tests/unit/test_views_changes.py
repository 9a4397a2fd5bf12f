"""Label changes: filters, sums by tag, items, and the version that brought a change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagledger.compare.cause_table import CAUSES, Cause
from tagledger.compare.renames import Flow, Rename
from tagledger.history.blame import Blame, Change, LabelBlame
from tagledger.versions import Followed
from tagledger_dashboard.theme import DARK, LIGHT
from tagledger_dashboard.views import blame, causes, changes, renames
from tagledger_dashboard.views.changes import Wanted
from tagledger_dashboard.views.figure import MAX_MARKS
from tests.factories import labels

Row = tuple[int, str, str, str, str]


def table(rows: Sequence[Row], version: str = "v2") -> pd.DataFrame:
    """Changes from (id, tag, change, items, cause)."""
    made = pd.DataFrame(rows, columns=["id", "tag", "change", "items", "cause"])
    named = made.astype(dict.fromkeys(("tag", "change", "items", "cause"), "category"))
    return named.assign(version=pd.Categorical([version] * len(rows)))


ROWS: list[Row] = [
    (1, "a", "gained", "kept", "source_edited"),
    (1, "b", "lost", "kept", "threshold"),
    (2, "b", "lost", "kept", "threshold"),
    (2, "c", "lost", "kept", "source_edited"),
    (3, "b", "gained", "came", "item_added"),
    (4, "a", "lost", "left", "item_removed"),
    (5, "old", "lost", "kept", "renamed"),
]


@pytest.mark.parametrize(
    ("wanted", "places"),
    [
        pytest.param(Wanted(), [0, 1, 2, 3, 4, 5], id="all but renames"),
        pytest.param(Wanted(causes=["renamed"]), [6], id="renames"),
        pytest.param(Wanted(causes=["threshold"]), [1, 2], id="cause"),
        pytest.param(Wanted(tags=["a", "c"]), [0, 3, 5], id="tags"),
        pytest.param(Wanted(direction="gained"), [0, 4], id="direction"),
        pytest.param(Wanted(items="left"), [5], id="items"),
        pytest.param(Wanted(tags=["b"], direction="lost", items="kept"), [1, 2], id="several"),
    ],
)
def test_only_the_changes_that_are_wanted_stay(wanted: Wanted, places: list[int]) -> None:
    found = changes.select(table(ROWS), wanted)
    assert list(zip(found["id"], found["tag"], strict=True)) == [ROWS[n][:2] for n in places]


def test_changes_are_summed_by_tag_with_the_most_frequent_cause() -> None:
    found = changes.by_tag(table(ROWS[:6]))
    assert found.to_dict("list") == {
        "tag": ["b", "a", "c"],
        "gained": [1, 1, 0],
        "lost": [2, 1, 1],
        "net": [-1, 0, -1],
        "cause": ["threshold", "item removed", "edited in the source"],
    }


@given(
    st.lists(
        st.tuples(
            st.integers(1, 9),
            st.sampled_from("abcde"),
            st.sampled_from(["gained", "lost"]),
            st.sampled_from(["kept", "came", "left"]),
            st.sampled_from(list(CAUSES)),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_the_chart_shows_every_change_once(rows: list[Row]) -> None:
    data = changes.chart(table(rows), LIGHT).data
    assert data is not None
    assert data["labels"].sum() == len(rows)
    lost = sum(change == "lost" for _, _, change, _, _ in rows)
    assert data.loc[data["signed"] < 0, "signed"].sum() == -lost


def test_the_chart_shows_the_most_changed_tags_and_says_how_many_there_are() -> None:
    rows: list[Row] = [
        (item, f"tag-{tag:02d}", "gained", "kept", "source_edited")
        for tag in range(30)
        for item in range(tag + 1)
    ]
    figure = changes.chart(table(rows), DARK, rows=5)
    assert figure.data is not None
    assert set(figure.data["tag"]) == {f"tag-{tag}" for tag in range(25, 30)}
    assert figure.title == "tag-29 changed most: 30 gained, 0 lost"
    assert figure.note == "the 5 most changed of 30 tags"


def test_no_changes_make_no_chart() -> None:
    assert changes.chart(table([]), LIGHT).chart is None


def comparison(rows: Sequence[Row], kept: dict[int, list[str]]) -> SimpleNamespace:
    ids = sorted({item for item, _, _, on, why in rows if on == "kept" and why != "renamed"})
    return SimpleNamespace(
        changes=table(rows),
        relabelled=pd.DataFrame({"id": ids, "title": [f"title {item}" for item in ids]}),
        kept_labels=labels(kept),
    )


def test_a_relabelled_item_has_what_it_lost_gained_and_kept() -> None:
    found = comparison(ROWS, {1: ["x", "y"], 2: []})
    items = changes.relabelled(found, found.changes).set_index("id")  # type: ignore[arg-type]
    assert list(items.index) == [1, 2]
    assert items.loc[1].to_dict() == {
        "title": "title 1",
        "lost": ["b"],
        "gained": ["a"],
        "kept": ["x", "y"],
        "causes": "edited in the source, threshold",
        "version": "v2",
    }
    assert items.loc[2, "lost"] == ["b", "c"]
    assert items.loc[2, "kept"] == []


def test_items_are_those_of_the_changes_that_are_asked_for() -> None:
    found = comparison(ROWS, {1: ["x"], 2: ["x"]})
    some = changes.select(found.changes, Wanted(tags=["c"]))
    items = changes.relabelled(found, some)  # type: ignore[arg-type]
    assert items["id"].tolist() == [2]
    assert items["lost"].tolist() == [["c"]]


def test_no_relabelled_item_is_an_empty_table() -> None:
    rows = ROWS[4:]
    found = comparison(rows, {})
    found.kept_labels = labels({1: ["x"]}).iloc[:0]
    assert changes.relabelled(found, found.changes).empty  # type: ignore[arg-type]


def test_the_summary_counts_items_by_version() -> None:
    items = pd.DataFrame({"version": ["v2", "v2", "v3"]})
    assert changes.summary(items).startswith("3 items: 2 in v2 and 1 in v3.")
    both = pd.DataFrame({"version": ["v2", "v2, v3", "v3, v4"]})
    assert changes.summary(both).startswith("3 items: 1 in v2 and 2 in more than one version.")


# The version that brought a change


def test_the_last_change_counts() -> None:
    present = np.array([[0, 1, 1, 0], [1, 1, 0, 0], [1, 1, 1, 0]], dtype=bool)
    assert blame.last_change(present).tolist() == [1, 0, 2, 0]


@given(st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=1, max_size=6))
def test_after_its_last_change_a_label_stays_as_it_is(states: list[list[bool]]) -> None:
    present = np.array(states, dtype=bool)
    for label, place in enumerate(blame.last_change(present)):
        assert (present[place:, label] == present[-1, label]).all()
        assert place == 0 or present[place - 1, label] != present[place, label]


def test_presence_is_by_item_and_tag_whatever_the_categories() -> None:
    pairs = labels({1: ["a"], 2: ["b"]})
    versions = [labels({1: ["a", "z"]}), labels({2: ["b"], 3: ["a"]}), labels({1: ["b"], 2: ["a"]})]
    assert blame.presence(pairs, versions).tolist() == [
        [True, False],
        [False, True],
        [False, False],
    ]


def change(name: str, cause: Cause | None = "source_edited") -> Change:
    return Change(
        version=name,
        commit=f"{name}0123456789",
        date=datetime(2024, 1, 2, tzinfo=UTC),
        author="ada",
        subject=f"data: {name}",
        cause=cause,
        after=None,
        between=(),
    )


def test_the_history_of_an_item_names_who_brought_and_who_took_a_label() -> None:
    found = Blame(
        id=1,
        title="",
        layer="clean",
        version="v2",
        exists=True,
        labels=[
            LabelBlame("a", brought=change("v1", None), taken=None),
            LabelBlame("b", brought=change("v1", None), taken=change("v2")),
        ],
        no_labels=[],
        missing=[],
        shallow=False,
        followed=Followed("sample", "v1", {}, before=True),
    )
    table = blame.frame(found).set_index("tag")
    assert table.loc["a", ["state", "version", "cause"]].tolist() == ["has", "v1", ""]
    assert table.loc["b"].tolist() == [
        "lost",
        "v2",
        "v201234",
        "ada",
        "2024-01-02",
        "edited in the source",
        "data: v2",
    ]


# Causes and renames


def test_every_cause_has_a_name_and_a_colour_of_its_own() -> None:
    assert set(causes.NAMES) == set(CAUSES)
    assert len(set(causes.NAMES.values())) == len(CAUSES)
    for palette in (LIGHT, DARK):
        assert len(set(palette.causes.values())) == len(CAUSES)


def test_the_causes_bar_names_the_largest_cause() -> None:
    found = SimpleNamespace(
        causes=pd.DataFrame(
            {"cause": ["source_edited", "threshold"], "gained": [1, 0], "lost": [0, 3]}
        )
    )
    figure = causes.bar(found, LIGHT)  # type: ignore[arg-type]
    assert figure.title == "75 % of 4 label changes: the tag crossed filter.min_tag_count"
    assert figure.data is not None
    assert figure.data["labels"].tolist() == [1, 3]


def test_no_change_has_no_causes() -> None:
    found = SimpleNamespace(causes=pd.DataFrame({"cause": [], "gained": [], "lost": []}))
    assert causes.bar(found, LIGHT).chart is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rename", "title"),
    [
        pytest.param(
            Rename("rename", ("a",), ("b",), 1, 1.0, (Flow("a", "b", 1),)),
            "a became b on 1 item",
            id="rename",
        ),
        pytest.param(
            Rename("merge", ("a", "b"), ("c",), 5, 0.9, (Flow("a", "c", 4), Flow("b", "c", 2))),
            "a and b went into c on 5 items",
            id="merge",
        ),
        pytest.param(
            Rename("split", ("a",), ("b", "c"), 5, 0.9, (Flow("a", "b", 4), Flow("a", "c", 1))),
            "a was divided into b and c on 5 items",
            id="split",
        ),
    ],
)
def test_a_flow_says_what_became_of_the_tags(rename: Rename, title: str) -> None:
    figure = renames.flows([rename], LIGHT)
    assert figure.title == title
    assert figure.data is not None
    bands = figure.data.drop_duplicates("flow")
    assert [Flow(*each) for each in bands[["from", "to", "items"]].to_numpy().tolist()] == [
        *rename.flows
    ]


def test_the_width_of_a_band_is_in_proportion_to_its_items() -> None:
    rename = [Rename("rename", (a,), (b,), n, 1.0, (Flow(a, b, n),)) for a, b, n in _MOVED]
    chart = renames.flows(rename, LIGHT).chart
    assert chart is not None
    scale = chart.to_dict()["layer"][0]["encoding"]["strokeWidth"]["scale"]
    (low, high), (thin, thick) = scale["domain"], scale["range"]
    assert (low, high) == (0, 26)
    assert thin + (thick - thin) * 22 / 26 > 0.8 * thick


_MOVED = [("crash", "bug", 26), ("slow", "speed", 22)]


def test_many_renames_are_not_all_drawn_but_all_listed() -> None:
    many = [
        Rename("rename", (f"a{n}",), (f"b{n}",), 9, 1.0, (Flow(f"a{n}", f"b{n}", 9),))
        for n in range(100)
    ]
    figure = renames.flows(many, LIGHT)
    assert figure.data is not None
    assert len(figure.data) <= MAX_MARKS
    assert "of 100" in figure.note
    assert len(renames.frame(many)) == 100
