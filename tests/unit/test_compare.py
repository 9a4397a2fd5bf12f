"""What changed between two versions: counts, causes, tags, splits, distances, items."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagledger.compare.cause_table import CAUSES
from tagledger.compare.compare import DISTANCES, Comparison, compare
from tagledger.dataset import Dataset
from tagledger.errors import TagledgerError
from tagledger.labels import indicator
from tagledger.layers import LAYERS
from tagledger.measures import distances, null_quantiles
from tagledger.measures.imbalance import measure
from tagledger.params import SplitParams
from tests.conftest import examples
from tests.factories import taxonomy
from tests.sides import version


def compared(a: Dataset, b: Dataset, layer: Any = "filtered", permutations: int = 1) -> Comparison:
    return compare(a.side(layer), b.side(layer), layer, permutations=permutations)


def rows(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in frame.astype(object).to_numpy().tolist()]


# An example of each part.

OLD = version(
    [
        {"id": 1, "tags": ["nlp", "bert"], "title": "One"},
        {"id": 2, "tags": ["nlp"], "title": "Two", "description": "old"},
        {"id": 3, "tags": ["vision"], "title": "Three"},
        {"id": 4, "tags": ["vision", "bert"], "title": "Four"},
    ],
    "v1",
)
NEW = version(
    [
        {"id": 1, "tags": ["nlp", "bert"], "title": "One"},
        {"id": 2, "tags": ["nlp", "bert"], "title": "Two", "description": "new"},
        {"id": 3, "tags": ["gans", "art"], "title": "Three again"},
        {"id": 5, "tags": ["nlp", "gans"], "title": "Five"},
    ],
    "v2",
)


def test_items_and_labels_are_counted() -> None:
    found = compared(OLD, NEW)
    assert (found.a, found.b, found.layer) == ("v1", "v2", "filtered")
    items, labels = found.items, found.labels
    assert (items.a, items.b, items.added, items.removed, items.kept) == (4, 4, 1, 1, 3)
    assert (items.relabelled, items.text_changed) == (2, 2)
    assert list(found.text_changed) == [2, 3]
    assert (labels.a, labels.b, labels.kept) == (6, 8, 3)
    assert (labels.added, labels.removed, labels.came, labels.left) == (3, 1, 2, 2)


def test_each_change_is_listed_by_id_and_tag() -> None:
    changes = compared(OLD, NEW).changes
    assert rows(changes) == [
        (2, "bert", "gained", "kept", "source_edited"),
        (3, "art", "gained", "kept", "source_edited"),
        (3, "gans", "gained", "kept", "source_edited"),
        (3, "vision", "lost", "kept", "source_edited"),
        (4, "bert", "lost", "left", "item_removed"),
        (4, "vision", "lost", "left", "item_removed"),
        (5, "gans", "gained", "came", "item_added"),
        (5, "nlp", "gained", "came", "item_added"),
    ]
    assert rows(compared(OLD, NEW).causes) == [
        ("item_added", 2, 0),
        ("item_removed", 0, 2),
        ("source_edited", 3, 1),
    ]


def test_relabelled_items_have_their_tags_before_and_after() -> None:
    assert rows(compared(OLD, NEW).relabelled_items()) == [
        (2, "Two", ["nlp"], ["bert", "nlp"], [("bert", "gained", "source_edited")]),
        (
            3,
            "Three again",
            ["vision"],
            ["art", "gans"],
            [
                ("art", "gained", "source_edited"),
                ("gans", "gained", "source_edited"),
                ("vision", "lost", "source_edited"),
            ],
        ),
    ]


def test_a_tag_has_its_counts_tests_and_effect() -> None:
    tags = compared(OLD, NEW).tags
    assert tags["tag"].tolist() == ["gans", "vision", "art", "nlp", "bert"]
    columns = ["count_a", "count_b", "change", "lost", "gained", "decision_a", "decision_b"]
    by_tag = tags.set_index("tag")
    assert rows(by_tag[columns]) == [
        (0, 2, 2, 0, 1, "absent", "kept"),
        (2, 0, -2, 1, 0, "kept", "absent"),
        (0, 1, 1, 0, 1, "absent", "kept"),
        (2, 3, 1, 0, 0, "kept", "kept"),
        (2, 2, 0, 0, 1, "kept", "kept"),
    ]
    assert by_tag.loc["gans", ["presence_a", "presence_b"]].tolist() == [0, 2 / 4]
    assert by_tag.loc["gans", ["share_a", "share_b"]].tolist() == [0, 2 / 8]
    assert by_tag.loc["gans", "effect"] == pytest.approx(np.pi / 2)
    # No tag has six changes, and one item left and one came: nothing can be shown.
    assert tags[["q_kept", "q_rest", "q"]].isna().all(axis=None)
    assert set(tags["untested"]) == {"too_few_changes"}


def test_pairs_that_changed_most_have_their_counts() -> None:
    assert rows(compared(OLD, NEW).pairs) == [
        ("art", "gans", 0, 1, 1),
        ("bert", "nlp", 1, 2, 1),
        ("bert", "vision", 1, 0, -1),
        ("gans", "nlp", 0, 1, 1),
    ]


def test_imbalance_is_that_of_each_version_alone() -> None:
    found = compared(OLD, NEW)
    assert found.imbalance_a == measure(indicator(OLD.filtered_labels))
    assert found.imbalance_b == measure(indicator(NEW.filtered_labels))
    assert (found.imbalance_a.tags, found.imbalance_b.tags) == (3, 4)


def test_distances_stand_beside_what_chance_makes_of_them() -> None:
    found = compared(OLD, NEW, permutations=19)
    tags = sorted({*OLD.filtered_labels["tag"], *NEW.filtered_labels["tag"]})
    a, b = (indicator(one.filtered_labels, tags=tags) for one in (OLD, NEW))
    values = distances.distances(a.counts, b.counts)
    # Items 1 to 3 are kept; 4 left and 5 came.
    null = null_quantiles.paired_null_quantiles(
        a.matrix[:3], b.matrix[:3], a.matrix[3:], b.matrix[3:], permutations=19
    )
    assert tuple(found.distances) == DISTANCES
    for name, distance in found.distances.items():
        assert distance.value == getattr(values, name)
        assert distance.no_change_95 == getattr(null, name)
        assert distance.beyond_chance == (distance.value > distance.no_change_95)
        assert (distance.tag is not None) == (name == "l_infinity")
    assert found.distances["l_infinity"].tag == "vision"


def test_items_that_moved_between_splits_are_counted_and_train_to_test_is_an_alarm() -> None:
    a, b = version({item: ["t"] for item in range(8)}), version({item: ["t"] for item in range(9)})
    a.assignments = pd.DataFrame({"id": range(8), "split": ["train"] * 5 + ["val"] * 2 + ["test"]})
    b.assignments = pd.DataFrame(
        {"id": range(9), "split": ["test"] * 2 + ["val"] + ["train"] * 4 + ["test", "test"]}
    )
    found = compared(a, b)
    assert rows(found.moved) == [("train", "test", 2), ("train", "val", 1), ("val", "train", 2)]
    assert found.train_to_test == 2
    assert compared(b, a).train_to_test == 0


def test_a_version_without_splits_moves_nothing() -> None:
    a, b = version({1: ["t"]}), version({1: ["t"]}, "v2")
    a.assignments = pd.DataFrame({"id": [1], "split": ["train"]})
    assert compared(a, b).moved.empty
    assert compared(b, a).train_to_test == 0


def test_the_splits_of_the_pipeline_itself_are_compared() -> None:
    tags_of = {item: [f"t{item % 3}"] for item in range(60)}
    ratios = {"train": 0.6, "test": 0.4}
    a, b = (
        version(tags_of, str(seed), split=SplitParams(ratios=ratios, seed=seed)) for seed in (1, 2)
    )
    both = a.assignments.merge(b.assignments, on="id")
    expected = Counter(zip(both["split_x"], both["split_y"], strict=True))
    found = {(old, new): count for old, new, count in rows(compared(a, b).moved)}
    assert found == {pair: n for pair, n in expected.items() if pair[0] != pair[1]}
    assert found


def test_ids_of_two_kinds_cannot_be_compared() -> None:
    with pytest.raises(TagledgerError, match="ids of v1 and v2 are of two kinds") as caught:
        compared(version({1: ["t"]}), version({"1": ["t"]}, "v2"))
    assert "id_type" in caught.value.hint


@pytest.mark.parametrize("layer", LAYERS)
def test_ids_may_be_text(layer: Any) -> None:
    found = compared(version({"x": ["t"], "y": ["t"]}), version({"x": ["t", "u"]}), layer)
    assert rows(found.changes[["id", "tag", "cause"]]) == [
        ("x", "u", "source_edited"),
        ("y", "t", "item_removed"),
    ]
    assert found.relabelled_items()["after"].tolist() == [["t", "u"]]


def test_a_rename_is_found_behind_the_filter_that_hides_its_new_name() -> None:
    entries = taxonomy(["recommender-systems", "nlp"])
    a = version({item: ["recommender-systems", "nlp"] for item in range(9)}, entries=entries)
    b = version({item: ["recommendation-systems", "nlp"] for item in range(9)}, entries=entries)
    for layer in LAYERS:
        (rename,) = compared(a, b, layer).renames
        assert (rename.before, rename.after) == (
            ("recommender-systems",),
            ("recommendation-systems",),
        )
        assert rename.items == 9
    assert compared(a, b).not_kept == {"recommendation-systems": "not_in_taxonomy"}
    assert compared(b, a).not_kept == compared(a, b, "clean").not_kept == {}


def test_a_rename_of_tags_that_neither_version_s_filter_lets_through_is_left_out() -> None:
    entries = taxonomy(["nlp"])
    a = version({item: ["old", "nlp"] for item in range(9)}, entries=entries)
    b = version({item: ["new", "nlp"] for item in range(9)}, entries=entries)
    assert len(compared(a, b, "clean").renames) == 1
    assert compared(a, b).renames == []


def test_tags_that_the_threshold_hides_and_shows_are_no_rename() -> None:
    tags_of = {item: ["x"] * (item < 9) + ["y"] * (item < 10) + ["z"] for item in range(20)}
    a = version(tags_of, keep={"exclude": ["y"], "min_tag_count": 5})
    b = version(tags_of, keep={"min_tag_count": 10})
    found = compared(a, b)
    assert {(tag, cause) for _, tag, _, _, cause in rows(found.changes)} == {
        ("x", "threshold"),
        ("y", "taxonomy_or_list"),
    }
    assert found.renames == []


def test_an_item_whose_last_tag_the_filter_takes_drops_out_of_the_layer_by_that_cause() -> None:
    a = version({1: ["nlp"], 2: ["nlp"], 3: ["rare"]})
    b = version({1: ["nlp"], 2: ["nlp"], 3: ["rare"]}, keep={"min_tag_count": 2})
    found = compared(a, b)
    assert (found.items.removed, found.items.dropped) == (0, 1)
    assert rows(found.changes) == [(3, "rare", "lost", "kept", "threshold")]
    assert compared(a, b, "clean").changes.empty


# Laws.

TAGS = ["a", "b", "c", "d"]
items = st.dictionaries(
    st.integers(1, 12), st.lists(st.sampled_from(TAGS), unique=True, max_size=4), min_size=1
)
keep = st.fixed_dictionaries(
    {"min_tag_count": st.integers(1, 2), "exclude": st.lists(st.sampled_from("ab"), max_size=1)}
)


@st.composite
def datasets(draw: st.DrawFn) -> Dataset:
    tags_of = draw(items)
    # Enough items of one tag that a tag always stays.
    return version(tags_of | {20: ["d"], 21: ["d"]}, keep=draw(keep))


def pairs_of(dataset: Dataset, layer: Any) -> set[tuple[Any, str]]:
    return set(rows(dataset.labels(layer)))


@examples(30)
@given(datasets(), datasets(), st.sampled_from(LAYERS))
def test_changes_are_the_difference_of_the_two_sets_of_labels(
    a: Dataset, b: Dataset, layer: Any
) -> None:
    found = compared(a, b, layer)
    pairs_a, pairs_b = pairs_of(a, layer), pairs_of(b, layer)
    ids_a, ids_b = set(a.items["id"]), set(b.items["id"])
    changes = rows(found.changes)
    assert changes == sorted(changes, key=lambda row: row[:2])
    assert {row[:2] for row in changes if row[2] == "gained"} == pairs_b - pairs_a
    assert {row[:2] for row in changes if row[2] == "lost"} == pairs_a - pairs_b
    assert len(changes) == len(pairs_a ^ pairs_b)
    for id_, _, change, standing, _ in changes:
        other = "came" if change == "gained" else "left"
        assert standing == ("kept" if id_ in ids_a & ids_b else other)

    counted = Counter((row[3], row[2]) for row in changes)
    labels, kept = found.labels, ids_a & ids_b
    assert (labels.a, labels.b) == (len(pairs_a), len(pairs_b))
    assert (labels.added, labels.removed) == (counted["kept", "gained"], counted["kept", "lost"])
    assert (labels.came, labels.left) == (counted["came", "gained"], counted["left", "lost"])
    assert labels.kept == len({pair for pair in pairs_a & pairs_b if pair[0] in kept})
    assert labels.b - labels.a == labels.added - labels.removed + labels.came - labels.left
    numbers = found.items
    assert (numbers.a, numbers.b, numbers.kept) == (len(ids_a), len(ids_b), len(kept))
    assert (numbers.added, numbers.removed) == (len(ids_b - ids_a), len(ids_a - ids_b))
    assert numbers.relabelled == len({row[0] for row in changes if row[3] == "kept"})


@examples(30)
@given(datasets(), datasets(), st.sampled_from(LAYERS))
def test_causes_add_up_to_the_change_of_each_tag_and_of_all(
    a: Dataset, b: Dataset, layer: Any
) -> None:
    found = compared(a, b, layer)
    change = dict(rows(found.tags[["tag", "change"]]))
    by_tag: Counter[str] = Counter()
    expected: Counter[tuple[str, ...]] = Counter()
    for _, tag, direction, _, cause in rows(found.changes):
        by_tag[tag] += 1 if direction == "gained" else -1
        expected[tag, cause, direction] += 1
    assert {tag: by_tag[tag] for tag in change} == change
    assert by_tag.keys() <= change.keys()
    assert sum(change.values()) == found.labels.b - found.labels.a

    counted: Counter[tuple[str, ...]] = Counter()
    for tag, cause, gained, lost in rows(found.tag_causes()):
        counted[tag, cause, "gained"] += gained
        counted[tag, cause, "lost"] += lost
    assert +counted == expected

    causes = rows(found.causes)
    names = [cause for cause, _, _ in causes]
    assert names == [cause for cause in CAUSES if cause in {key[1] for key in expected}]
    for cause, gained, lost in causes:
        assert gained == sum(n for key, n in expected.items() if key[1:] == (cause, "gained"))
        assert lost == sum(n for key, n in expected.items() if key[1:] == (cause, "lost"))


@examples(20)
@given(datasets(), datasets(), st.sampled_from(LAYERS))
def test_relabelled_items_and_pairs_agree_with_the_labels(
    a: Dataset, b: Dataset, layer: Any
) -> None:
    found = compared(a, b, layer)
    tags_of = [{}, {}]
    for dataset, has in zip((a, b), tags_of, strict=True):
        for item, tag in sorted(pairs_of(dataset, layer)):
            has.setdefault(item, []).append(tag)
    relabelled = rows(found.relabelled_items())
    assert [row[0] for row in relabelled] == sorted(
        {row[0] for row in rows(found.changes) if row[3] == "kept"}
    )
    for item, _, before, after, changes in relabelled:
        assert before == tags_of[0].get(item, [])
        assert after == tags_of[1].get(item, [])
        assert {tag for tag, change, _ in changes if change == "gained"} == {*after} - {*before}
        assert {tag for tag, change, _ in changes if change == "lost"} == {*before} - {*after}
    for one, two, count_a, count_b, change in rows(found.pairs):
        assert one < two
        assert count_a == sum({one, two} <= {*tags} for tags in tags_of[0].values())
        assert count_b == sum({one, two} <= {*tags} for tags in tags_of[1].values())
        assert change == count_b - count_a != 0


@examples(20)
@given(datasets(), st.sampled_from(LAYERS))
def test_a_version_compared_with_itself_has_not_changed(a: Dataset, layer: Any) -> None:
    found = compared(a, a, layer)
    assert found.changes.empty
    assert found.causes.empty
    assert found.renames == []
    assert found.moved.empty
    assert found.pairs.empty
    assert found.relabelled_items().empty
    assert not found.text_changed
    assert found.items.kept == found.items.a == found.items.b
    assert found.labels.kept == found.labels.a == found.labels.b
    assert not found.tags["change"].any()
    assert found.imbalance_a == found.imbalance_b
    assert all(
        distance.value == 0 or np.isnan(distance.value) for distance in found.distances.values()
    )
    assert not any(distance.beyond_chance for distance in found.distances.values())
