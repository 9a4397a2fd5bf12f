"""Who is an item of a comparison: what both clean tables have is kept, in every layer.

An item that loses its last label is still there; what it lost is what tests and gates must see.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagledger.compare.compare import Comparison, compare
from tagledger.dataset import Dataset
from tagledger.labels import indicator
from tagledger.layers import LAYERS
from tagledger.measures import null_quantiles, tag_tests
from tagledger.measures.imbalance import measure
from tagledger.release.gates import DriftLimit, GateResult, Gates, State, evaluate
from tests.conftest import examples
from tests.factories import taxonomy
from tests.sides import version

by_layer = pytest.mark.parametrize("layer", LAYERS)


def compared(a: Dataset, b: Dataset, layer: Any = "filtered", permutations: int = 1) -> Comparison:
    return compare(a.side(layer), b.side(layer), layer, permutations=permutations)


def thirds(*, unlabelled: int = 0, name: str = "v1") -> Dataset:
    """300 items each of a, b and c, of which the first of a have lost their only tag."""
    return version(
        {item: [] if item < unlabelled else ["abc"[item // 300]] for item in range(900)}, name
    )


def gates(found: Comparison, limits: Gates, target: Dataset) -> dict[str, GateResult]:
    state = State(target.tags, measure(indicator(target.filtered_labels)), 900, 0)
    return {gate.name: gate for gate in evaluate(limits, state, found)}


LIMITS = Gates(max_labels_changed=0.1, max_relabelled_unedited=0.0, drift=DriftLimit())


# An item that loses its only tag.


@by_layer
def test_items_that_lose_their_only_tag_are_kept(layer: Any) -> None:
    found = compared(thirds(), thirds(unlabelled=200), layer)
    assert asdict(found.items) == {
        "a": 900,
        "b": 900,
        "added": 0,
        "removed": 0,
        "kept": 900,
        "relabelled": 200,
        "renamed": 0,
        "text_changed": 0,
        "entered": 0,
        "dropped": 200,
        "layer_a": 900,
        "layer_b": 700,
    }
    assert asdict(found.labels) == {
        "a": 900,
        "b": 700,
        "added": 0,
        "removed": 200,
        "renamed": 0,
        "renamed_to": 0,
        "kept": 700,
        "came": 0,
        "left": 0,
    }
    tags = found.tags.set_index("tag")
    assert tags.loc["a", ["lost", "gained"]].tolist() == [200, 0]
    # McNemar of 200 losses and no gain, the only test: nothing happened to b and c.
    assert tags.loc["a", "q_kept"] == pytest.approx(2 * 2.0**-200, rel=1e-9, abs=0)
    assert tags.loc[["b", "c"], "effect"].tolist() == [0, 0]
    assert tags.loc["b", ["presence_a", "presence_b"]].tolist() == [1 / 3, 1 / 3]
    assert set(found.changes["items"]) == {"kept"}


def test_gates_break_on_items_that_lose_their_only_tag() -> None:
    b = thirds(unlabelled=200)
    measured = gates(compared(thirds(), b), LIMITS, b)
    assert measured["max_labels_changed"].value == 200 / 900
    assert not measured["max_labels_changed"].holds
    assert (measured["drift"].holds, measured["drift"].detail) == (False, "a")
    assert measured["max_relabelled_unedited"].value == 0
    for name in ("max_labels_changed", "max_relabelled_unedited"):
        assert "kept items, which both clean tables have" in measured[name].unit
    assert "clean items" in measured["drift"].unit


def test_the_share_of_relabelled_items_is_of_all_kept_ones() -> None:
    tags_of = {item: ["rare"] if item < 3 else ["often"] for item in range(10)}
    b = version(tags_of, keep={"min_tag_count": 4})
    gate = gates(compared(version(tags_of), b), LIMITS, b)["max_relabelled_unedited"]
    assert gate.value == 3 / 10


def test_a_tag_that_no_item_has_any_more_drifts_whether_the_taxonomy_knows_it_or_not() -> None:
    for entries in (None, taxonomy(["a", "b", "c"])):
        tags_of = {item: ["abc"[item // 30]] for item in range(90)}
        a = version(tags_of, entries=entries, keep={"min_tag_count": 5})
        b = version(
            tags_of | dict.fromkeys(range(30), ()), entries=entries, keep={"min_tag_count": 5}
        )
        found = compared(a, b)
        assert found.tags.set_index("tag").loc["a", "q_kept"] < 1e-6
        assert gates(found, LIMITS, b)["drift"].detail == "a"


def test_items_that_get_their_first_tag_enter() -> None:
    found = compared(thirds(unlabelled=200), thirds())
    assert (found.items.entered, found.items.dropped, found.items.removed) == (200, 0, 0)
    assert (found.labels.added, found.labels.came) == (200, 0)


def test_a_dropped_item_has_its_title_of_today_and_no_new_text() -> None:
    rows = [{"id": item, "title": f"Title {item}", "tags": ["t"]} for item in range(60)]
    after = [row | {"tags": ["t"] if row["id"] < 20 else []} for row in rows]
    after[30] = after[30] | {"title": "Another"}
    found = compared(version(rows), version(after))
    assert found.items.dropped == 40
    assert list(found.text_changed) == [30]
    titles = found.relabelled_items().set_index("id")["title"]
    assert titles.loc[[29, 30, 31]].tolist() == ["Title 29", "Another", "Title 31"]
    assert found.relabelled_items()["after"].map(len).sum() == 0


def test_the_text_of_an_item_that_has_no_label_in_either_version_is_compared() -> None:
    rows = [{"id": 1, "title": "One", "tags": []}, {"id": 2, "title": "Two", "tags": ["t"]}]
    found = compared(version(rows), version([rows[0] | {"title": "Uno"}, rows[1]]))
    assert (found.items.kept, list(found.text_changed)) == (2, [1])


def test_an_added_item_without_labels_is_added() -> None:
    found = compared(version({1: ["t"], 2: []}), version({1: ["t"], 3: [], 4: ["t"]}))
    items = found.items
    assert (items.a, items.b, items.added, items.removed) == (2, 3, 2, 1)
    assert (items.layer_a, items.layer_b, items.entered, items.dropped) == (1, 2, 0, 0)
    assert (found.labels.came, found.labels.left) == (1, 0)


def test_items_without_labels_count_in_the_test_on_added_and_removed_items() -> None:
    a = version({item: ["x"] if item < 5 else [] for item in range(10)} | {100: ["x"]})
    b = version({item: ["x"] if item < 22 else [] for item in range(20, 40)} | {100: ["x"]})
    tags = compared(a, b).tags
    assert tags["q_rest"].tolist() == tag_tests.two_proportions(5, 10, 2, 20).tolist()


def test_chance_is_drawn_among_all_clean_items() -> None:
    tags_of = {item: ["x"] if item % 3 else [] for item in range(60)}
    a, b = version(tags_of), version(tags_of | {1: ["y"], 2: ["y"], 4: []})
    matrices = [
        indicator(one.filtered_labels, ids=one.items["id"], tags=["x", "y"]).matrix
        for one in (a, b)
    ]
    none = matrices[0][:0]
    null = null_quantiles.paired_null_quantiles(*matrices, none, none, permutations=39)
    found = compared(a, b, permutations=39).distances
    assert {name: one.no_change_95 for name, one in found.items()} == {
        name: getattr(null, name) for name in found
    }


def test_imbalance_stays_that_of_labelled_items() -> None:
    found = compared(thirds(), thirds(unlabelled=200))
    assert (found.imbalance_a.items, found.imbalance_b.items) == (900, 700)
    assert found.imbalance_b.cardinality == 1


def test_a_label_whose_item_is_in_no_clean_table_is_of_no_version() -> None:
    """As a source's row that was set aside has it in the raw layer."""
    a, b = version({1: ["t"], 2: ["t"]}).side("raw"), version({1: ["t"], 2: ["u"]}).side("raw")
    clean = replace(b, items=b.items[b.items["id"] == 1].reset_index(drop=True))
    found = compare(a, clean, "raw", permutations=1)
    assert (found.items.a, found.items.b, found.items.removed) == (2, 1, 1)
    assert (found.labels.b, found.labels.left) == (1, 1)
    assert found.changes[["id", "tag", "items"]].to_numpy().tolist() == [[2, "t", "left"]]


# A tag that a parameter shows or hides.


def spacy(threshold: int, **keep: Any) -> Dataset:
    tags_of = {item: ["spacy"] if item < 29 else [f"t{item % 5}"] for item in range(300)}
    return version(tags_of, str(threshold), keep={"min_tag_count": threshold} | keep)


def test_a_tag_that_crosses_the_threshold_does_not_drift() -> None:
    a, b = spacy(30), spacy(25)
    for one, other in ((a, b), (b, a)):
        found = compared(one, other)
        row = found.tags.set_index("tag").loc["spacy"]
        assert {row["count_a"], row["count_b"]} == {0, 29}
        assert row["crossed"] == "threshold"
        assert np.isnan([row["q_kept"], row["q_rest"]]).all()
        assert gates(found, LIMITS, other)["drift"].holds
    assert compared(a, b, "clean").tags["crossed"].eq("").all()


def test_a_tag_that_enters_or_leaves_a_list_does_not_drift() -> None:
    shown, hidden = spacy(20), spacy(20, exclude=["spacy"])
    found = compared(shown, hidden)
    row = found.tags.set_index("tag").loc["spacy"]
    assert (row["crossed"], row["count_b"]) == ("taxonomy_or_list", 0)
    assert np.isnan(row["q_kept"])
    assert gates(found, LIMITS, hidden)["drift"].holds
    outside = version(
        {item: ["spacy"] if item < 29 else [f"t{item % 5}"] for item in range(300)},
        entries=taxonomy([f"t{number}" for number in range(5)]),
        keep={"min_tag_count": 20},
    )
    crossed = compared(shown, outside).tags.set_index("tag")["crossed"]
    assert crossed["spacy"] == "taxonomy_or_list"


def test_tags_that_crossed_are_not_of_the_family() -> None:
    """Fifty tags that the threshold lets in make no test of another tag weaker."""
    tags_of = {
        item: [f"rare-{item % 50}", *(["moved"] * (item < 12)), "often"] for item in range(400)
    }
    after = {item: [tag for tag in tags if tag != "moved"] for item, tags in tags_of.items()}
    after |= {399: [*after[399], "moved"]}
    after |= {item: [*after[item], "new"] for item in range(20, 40)}
    a = version(tags_of, keep={"min_tag_count": 9})
    found = compared(a, version(after, keep={"min_tag_count": 1}))
    tags = found.tags.set_index("tag")
    assert (tags["crossed"] == "threshold").sum() == 50
    # Two tests: those of `moved` and of `new`, which is on 20 items that had it not.
    q, p = tags.loc["moved", "q_kept"], float(tag_tests.mcnemar(12, 1))
    assert q == pytest.approx(p)
    assert tags.loc["new", "q_kept"] == pytest.approx(2 * 2.0 * 2.0**-20)


def test_a_version_that_has_no_decisions_crosses_nothing() -> None:
    a, b = spacy(30), spacy(25)
    older = replace(a.side("filtered"), decisions=a.tags.head(0))
    assert compare(older, b.side("filtered"), permutations=1).tags["crossed"].eq("").all()


# Laws.

TAGS = ["a", "b", "c", "d"]
sources = st.dictionaries(
    st.integers(1, 12), st.lists(st.sampled_from(TAGS), unique=True, max_size=3), min_size=1
)
keep = st.fixed_dictionaries(
    {"min_tag_count": st.integers(1, 3), "exclude": st.lists(st.sampled_from("ab"), max_size=1)}
)


@st.composite
def datasets(draw: st.DrawFn) -> Dataset:
    # Enough items of one tag that a tag always stays.
    return version(draw(sources) | {number: ["d"] for number in (20, 21, 22)}, keep=draw(keep))


def labelled(dataset: Dataset, layer: Any) -> set[Any]:
    return set(dataset.labels(layer)["id"])


@examples(40)
@given(datasets(), datasets(), st.sampled_from(LAYERS))
def test_items_are_those_of_the_clean_tables_and_add_up(a: Dataset, b: Dataset, layer: Any) -> None:
    items = compared(a, b, layer).items
    clean_a, clean_b = set(a.items["id"]), set(b.items["id"])
    assert (items.a, items.b) == (len(clean_a), len(clean_b))
    assert (items.added, items.removed) == (len(clean_b - clean_a), len(clean_a - clean_b))
    assert items.kept == len(clean_a & clean_b)
    assert items.b == items.a + items.added - items.removed
    in_a, in_b = labelled(a, layer), labelled(b, layer)
    assert (items.layer_a, items.layer_b) == (len(in_a), len(in_b))
    assert items.entered == len((in_b - in_a) & clean_a)
    assert items.dropped == len((in_a - in_b) & clean_b)
    added, removed = len(in_b - clean_a), len(in_a - clean_b)
    assert items.layer_b == items.layer_a + items.entered - items.dropped + added - removed


@examples(40)
@given(datasets(), datasets(), st.sampled_from(LAYERS))
def test_the_other_way_round_everything_is_mirrored(a: Dataset, b: Dataset, layer: Any) -> None:
    there, back = compared(a, b, layer), compared(b, a, layer)
    names = {"a": "b", "added": "removed", "entered": "dropped", "layer_a": "layer_b"}
    names |= {"came": "left", "renamed_to": "renamed"}
    names |= {other: one for one, other in names.items()}
    for part in ("items", "labels"):
        forth, mirrored = asdict(getattr(there, part)), asdict(getattr(back, part))
        if part == "items":
            forth["renamed_to"] = forth["renamed"]
            mirrored["renamed_to"] = mirrored["renamed"]
        assert forth == {names.get(name, name): number for name, number in mirrored.items()}
    one, other = (found.tags.sort_values("tag", ignore_index=True) for found in (there, back))
    pairs = {"count_a": "count_b", "presence_a": "presence_b", "lost": "gained"}
    pairs |= {"decision_a": "decision_b", "crossed": "crossed", "q_kept": "q_kept"}
    for mine, theirs in pairs.items():
        pd.testing.assert_series_equal(one[mine], other[theirs], check_names=False)
    assert np.allclose(one["effect"], -other["effect"], equal_nan=True)


@examples(40)
@given(datasets(), datasets(), st.sampled_from(LAYERS))
def test_causes_add_up_to_the_change_of_all_labels(a: Dataset, b: Dataset, layer: Any) -> None:
    found = compared(a, b, layer)
    labels, causes = found.labels, found.causes
    change = labels.added - labels.removed + labels.came - labels.left
    assert labels.b - labels.a == change == causes["gained"].sum() - causes["lost"].sum()
    kept = found.changes[found.changes["items"] == "kept"]
    assert labels.added + labels.removed == len(kept)
    assert found.items.relabelled == kept["id"].nunique() >= found.items.dropped


@examples(40)
@given(datasets(), datasets())
def test_only_what_a_parameter_hides_is_left_untested(a: Dataset, b: Dataset) -> None:
    tags = compared(a, b).tags.set_index("tag")
    hides = [side.tags.set_index("tag") for side in (a, b)]
    for tag, row in tags.iterrows():
        decisions = {row["decision_a"], row["decision_b"]}
        clean = [one["count"].get(tag, 0) for one in hides]
        crossed = len(decisions) == 2 and "kept" in decisions and min(clean) > 0
        assert (row["crossed"] != "") == crossed
        assert (row["untested"] == "crossed") == crossed
