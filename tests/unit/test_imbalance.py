from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import orjson
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagledger.errors import TagledgerError
from tagledger.labels import Indicator, indicator
from tagledger.measures import imbalance

DATASETS = ("birds", "emotions", "flags", "genbase")
PUBLISHED = {
    "num.instances": "items",
    "num.labels": "tags",
    "num.labelsets": "labelsets",
    "num.single.labelsets": "single_labelsets",
    "max.frequency": "max_frequency",
    "cardinality": "cardinality",
    "density": "density",
    "meanIR": "mean_ir",
    "cvir": "cvir",
    "scumble": "scumble",
    "scumble.cv": "scumble_cv",
}

labelsets = st.lists(st.frozensets(st.integers(0, 5)), max_size=12)


def of(*items: str | frozenset[int], tags: str = "") -> Indicator:
    """The indicator matrix of labelsets: each character or number of an item is a tag."""
    pairs = [(row, str(tag)) for row, item in enumerate(items) for tag in item]
    labels = pd.DataFrame(pairs, columns=["id", "tag"]).astype({"id": int, "tag": object})
    return indicator(labels, ids=np.arange(len(items)), tags=list(tags) or None)


def reference(folder: Path, name: str) -> Indicator:
    items = pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)
    labels = items.assign(tag=items["labels"].str.split("|")).explode("tag")
    return indicator(labels.loc[labels["tag"] != "", ["id", "tag"]], ids=items["id"])


@pytest.mark.parametrize("name", DATASETS)
def test_measures_are_those_that_mldr_published(mldr, name):
    published = json.loads((mldr / "published.json").read_text())[name]
    measured = imbalance.measure(reference(mldr, name))
    found = {key: getattr(measured, field) for key, field in PUBLISHED.items()}
    # Charte et al., HAIS 2016: ln(inputs x labels x labelsets).
    found["tcs"] = math.log(int(published["num.inputs"]) * measured.tags * measured.labelsets)
    assert found == pytest.approx({key: published[key] for key in found}, rel=1e-12, abs=0)


def test_measures_of_a_dataset_worked_out_by_hand():
    # IRLbl: a 3/3, b 3/1, c 3/0 -> 0. SCUMBLE of "ab": 1 - sqrt(1 x 3) / 2.
    measured = imbalance.measure(of("ab", "a", "a", "", tags="abc"))
    mixed = 1 - math.sqrt(3) / 2
    assert (measured.items, measured.labels, measured.tags) == (4, 4, 3)
    assert measured.cardinality == 1
    assert measured.density == pytest.approx(1 / 3)
    assert (measured.labelsets, measured.single_labelsets, measured.max_frequency) == (3, 2, 2)
    assert measured.mean_ir == pytest.approx(4 / 3)
    assert measured.cvir == pytest.approx(np.std([1, 3, 0], ddof=1) / (4 / 3))
    assert measured.scumble == pytest.approx(mixed / 4)
    assert measured.scumble_cv == pytest.approx(np.std([mixed, 0, 0, 0], ddof=1) / (mixed / 4))


@pytest.mark.parametrize(
    ("items", "tags", "undefined"),
    [
        pytest.param([], "", {"cardinality", "density", "mean_ir", "cvir", "scumble", "scumble_cv"},
                     id="nothing"),
        pytest.param([], "ab", {"cardinality", "density", "cvir", "scumble", "scumble_cv"},
                     id="no items"),
        pytest.param(["", ""], "", {"density", "mean_ir", "cvir", "scumble_cv"}, id="no tags"),
        pytest.param(["", ""], "ab", {"cvir", "scumble_cv"}, id="no labels"),
        pytest.param(["a", ""], "a", {"cvir", "scumble_cv"}, id="one tag"),
        pytest.param(["ab"], "ab", {"scumble_cv"}, id="one item"),
        pytest.param(["ab", "a"], "ab", set(), id="all defined"),
    ],
)  # fmt: skip
def test_measures_that_are_not_defined_are_nan_and_null_in_json(items, tags, undefined):
    measured = imbalance.measure(of(*items, tags=tags))
    as_json = orjson.loads(orjson.dumps(measured))
    assert {name for name, value in as_json.items() if value is None} == undefined
    assert (measured.items, measured.tags) == (len(items), len(tags))


def test_no_items_have_no_labelset_but_items_without_labels_have_the_empty_one():
    assert imbalance.measure(of(tags="ab")).labelsets == 0
    assert imbalance.measure(of(tags="ab")).max_frequency == 0
    assert imbalance.measure(of("", "", tags="ab")).labelsets == 1
    assert imbalance.measure(of("", "", tags="ab")).max_frequency == 2


def test_ir_per_label_is_the_largest_count_over_each():
    assert imbalance.ir_per_label([10, 5, 0, 1]).tolist() == [1, 2, 0, 10]
    assert imbalance.ir_per_label([0, 0]).tolist() == [0, 0]
    assert imbalance.ir_per_label([]).tolist() == []


def test_scumble_is_zero_for_items_whose_labels_are_equally_frequent():
    equal = of("abc", "abc", "", "a", "b", "c", tags="abc")
    assert imbalance.scumble_per_item(equal).tolist() == [0] * 6


def test_rounding_never_takes_scumble_below_zero():
    # Three tags of IRLbl 6: the two means differ in the last digit, and to the wrong side.
    found = imbalance.scumble_per_item(of("bcd", *"aaaaaa", tags="abcd"))
    assert found.min() == 0
    assert found == pytest.approx(0, abs=1e-15)


def test_scumble_per_tag_is_the_mean_over_the_items_that_have_it():
    data = of("ab", "a", "a", "ac", "c", tags="abcd")
    per_item = imbalance.scumble_per_item(data)
    a, b, c, unused = imbalance.scumble_per_tag(data)
    assert a == pytest.approx(per_item[[0, 1, 2, 3]].mean())
    assert b == pytest.approx(per_item[0])
    assert c == pytest.approx(per_item[[3, 4]].mean())
    assert 0 < c < b
    assert math.isnan(unused)


@given(labelsets)
def test_scumble_of_each_item_follows_the_definition(items):
    data = of(*items, tags="012345")
    ratio = imbalance.ir_per_label(data.counts)
    expected = []
    for item in items:
        own = [ratio[tag] for tag in item]
        means = (math.prod(own) ** (1 / len(own)), sum(own) / len(own)) if own else (1, 1)
        expected.append(1 - means[0] / means[1])
    found = imbalance.scumble_per_item(data)
    assert found == pytest.approx(expected, abs=1e-12)
    assert np.all((found >= 0) & (found < 1))


@given(labelsets, st.randoms(use_true_random=False))
def test_measures_do_not_depend_on_the_order_of_items_or_tags(items, random):
    before = imbalance.measure(of(*items, tags="012345"))
    shuffled = random.sample(items, len(items))
    tags = "".join(random.sample("012345", 6))
    after = imbalance.measure(of(*shuffled, tags=tags))
    assert vars(after) == pytest.approx(vars(before), rel=1e-12, abs=1e-12, nan_ok=True)


@given(labelsets)
def test_labelset_codes_are_equal_just_where_the_labelsets_are(items):
    codes = imbalance.labelset_codes(of(*items, tags="012345")).tolist()
    first_seen = list(dict.fromkeys(items))
    assert codes == [first_seen.index(item) for item in items]


@pytest.mark.parametrize(
    ("keys", "items", "codes"),
    [
        pytest.param([0, 0, 0], ["a", "ab", "", "a"], [0, 1, 2, 0], id="all alike"),
        pytest.param([1, 1, 2], ["a", "b", "a"], [0, 1, 0], id="same length"),
        pytest.param([3, 1, 2], ["a", "bc", "a"], [0, 1, 0], id="other length"),
        # Laid end to end, the labels of these four read as those of two of them, twice.
        pytest.param([1, 0, 2], ["a", "bc", "ab", "c"], [0, 1, 2, 3], id="other cut"),
    ],
)
def test_labelset_codes_survive_a_collision_of_hashes(monkeypatch, keys, items, codes):
    drawn = []

    def hash_keys(tags, attempt):
        drawn.append(attempt)
        return np.array(keys if attempt == 0 else [1, 2, 4], np.uint64)

    monkeypatch.setattr(imbalance, "_hash_keys", hash_keys)
    assert imbalance.labelset_codes(of(*items, tags="abc")).tolist() == codes
    assert drawn == [0, 1]


def items_needed(counts, target: float) -> np.ndarray:
    """How many more items each tag needs, if the most used tag gets none."""
    have = np.asarray(counts, dtype=np.int64)
    return np.maximum(0, imbalance.least_count(float(have.max(initial=0)), target) - have)


@pytest.mark.parametrize(
    ("counts", "target", "needed"),
    [
        pytest.param([100, 10, 60, 0], 2.0, [0, 40, 0, 50], id="half of the largest"),
        pytest.param([100, 10, 60, 0], 1.0, [0, 90, 40, 100], id="as many as the largest"),
        pytest.param([100, 33, 34], 3.0, [0, 1, 0], id="rounds up"),
        pytest.param([115, 100, 99], 1.15, [0, 0, 1], id="quotient rounds above"),
        pytest.param(
            [4_276_581, 611_721],
            math.nextafter(4_276_581 / 611_721, 0),
            [0, 1],
            id="quotient rounds below",
        ),
        pytest.param([5, 0], 1000.0, [0, 1], id="an unused tag needs one"),
        pytest.param([0, 0], 2.0, [0, 0], id="no labels"),
        pytest.param([], 2.0, [], id="no tags"),
    ],
)
def test_items_needed(counts, target, needed):
    assert items_needed(counts, target).tolist() == needed


@given(
    st.lists(st.integers(0, 10**6), min_size=1).filter(any),
    st.floats(1, 1e4, allow_nan=False),
)
def test_items_needed_are_the_fewest_that_reach_the_target(counts, target):
    needed = items_needed(counts, target)
    most = max(counts)
    for count, more in zip(counts, needed.tolist(), strict=True):
        assert most / (count + more) <= target
        assert more == 0 or count + more == 1 or most / (count + more - 1) > target


@pytest.mark.parametrize("target", [0.99, 0.0, -3.0, math.nan, math.inf])
def test_a_target_that_no_dataset_reaches_is_refused(target):
    with pytest.raises(TagledgerError, match=r"IRLbl") as caught:
        items_needed([3, 1], target)
    assert "1 or more" in caught.value.hint
