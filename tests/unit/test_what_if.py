from __future__ import annotations

import math
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagledger.labels import indicator
from tagledger.measures.imbalance import measure
from tagledger.measures.what_if import broaden, missing_parents, sweep_thresholds
from tagledger.params import FilterParams
from tagledger.stages.filter import filter_labels
from tests import factories

TAGS = "abcdefgh"
labelsets = st.lists(st.frozensets(st.sampled_from(TAGS), max_size=5), min_size=1, max_size=14)


def filtered(labels, threshold, *, known=TAGS, exclude=()):
    params = FilterParams(min_tag_count=threshold, exclude=list(exclude))
    return filter_labels(labels, factories.taxonomy(list(known)), params)


def labels_of(*items):
    return factories.labels({number: list(tags) for number, tags in enumerate(items)})


@given(items=labelsets, known=st.sets(st.sampled_from(TAGS), min_size=3), excluded=st.booleans())
def test_every_threshold_is_what_the_filter_stage_would_leave(items, known, excluded):
    labels = labels_of(*items)
    exclude = sorted(known)[:1] if excluded else []
    counts = labels.loc[~labels["tag"].isin(exclude) & labels["tag"].isin(known), "tag"]
    if counts.empty:
        return
    decided = filtered(labels, 1, known=known, exclude=exclude).tags
    sweep = sweep_thresholds(labels, decided)
    assert sweep.largest == counts.value_counts().max()
    for threshold in range(1, sweep.largest + 1):
        left = filtered(labels, threshold, known=known, exclude=exclude).labels
        measured = asdict(measure(indicator(left)))
        found = asdict(sweep.at(threshold))
        assert found == pytest.approx({name: measured[name] for name in found}, abs=1e-12)


def test_thresholds_above_the_most_used_tag_leave_nothing():
    labels = labels_of("ab", "a")
    sweep = sweep_thresholds(labels, filtered(labels, 1).tags)
    assert sweep.at(2).tags == 1
    nothing = sweep.at(3)
    assert (nothing.tags, nothing.items, nothing.labels) == (0, 0, 0)
    assert math.isnan(nothing.cardinality)


def test_the_threshold_that_was_used_changes_nothing():
    labels = labels_of("abc", "ab", "a", "d")
    sweeps = [sweep_thresholds(labels, filtered(labels, used).tags) for used in (1, 3)]
    np.testing.assert_array_equal(sweeps[0].table, sweeps[1].table)


def test_a_sweep_without_tags_that_could_stay_is_empty():
    labels = labels_of("ab")
    decided = filtered(labels, 1).tags.assign(decision="not_in_taxonomy")
    sweep = sweep_thresholds(labels, decided)
    assert sweep.largest == 0
    assert sweep.at(1).items == 0


def parents_of(labels, **parents):
    taxonomy = factories.taxonomy({tag: {"parents": above} for tag, above in parents.items()})
    return missing_parents(broaden(indicator(labels), taxonomy))


def test_missing_parents_are_counted_on_items_that_have_the_child():
    found = parents_of(labels_of("cp", "c", "c", "p", "x"), c=["p"], p=[], x=[])
    assert found.pairs.to_dict("records") == [{"tag": "c", "parent": "p", "items": 3, "missing": 2}]
    assert (found.labels, found.items) == (2, 2)


def test_all_broader_tags_count_even_those_that_no_item_has():
    found = parents_of(labels_of("c", "cp"), c=["p"], p=["g"], g=[])
    pairs = found.pairs.set_index(["tag", "parent"])["missing"].to_dict()
    assert pairs == {("c", "g"): 2, ("c", "p"): 1, ("p", "g"): 1}
    # The second item lacks g for both of its tags, which is one label.
    assert (found.labels, found.items) == (3, 2)


def test_more_items_than_a_small_integer_holds():
    found = parents_of(labels_of(*["c"] * 300), c=["p"], p=[])
    assert found.pairs["missing"].tolist() == [300]


def test_no_parent_is_missing_without_a_taxonomy():
    found = missing_parents(broaden(indicator(labels_of("ab")), factories.taxonomy([])))
    assert found.pairs.empty
    assert found.labels == 0
