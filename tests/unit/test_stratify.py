"""Laws of the stratified split, each over random small datasets; and its quality on real data."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn import clone, config_context
from sklearn.model_selection import (
    GridSearchCV,
    ShuffleSplit,
    check_cv,
    cross_val_score,
    cross_validate,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.utils.metadata_routing import get_routing_for_object

from tagledger.stratify import (
    MultilabelStratifiedSplit,
    SplitResult,
    anneal,
    folds,
    label_distribution_error,
    rounding_floor,
    split,
)
from tagledger.stratify.measure import nearest_counts
from tagledger.stratify.repair import exchange

RATIOS = {"train": 0.7, "val": 0.15, "test": 0.15}
TAGS = ["audio", "graphs", "nlp", "speech", "video", "vision"]

labelsets = st.lists(st.lists(st.sampled_from(TAGS), unique=True, max_size=4), max_size=30)
seeds = st.integers(-(2**40), 2**70)


@st.composite
def shares(draw: st.DrawFn) -> dict[str, float]:
    parts = draw(st.lists(st.integers(1, 20), min_size=1, max_size=4))
    return {f"s{j}": part / sum(parts) for j, part in enumerate(parts)}


@st.composite
def grouped(draw: st.DrawFn) -> tuple[list[list[str]], list[int]]:
    rows = draw(labelsets)
    return rows, draw(st.lists(st.integers(0, 12), min_size=len(rows), max_size=len(rows)))


def largest_remainder(ratios: dict[str, float], n: int) -> list[int]:
    parts = [Fraction(share).limit_denominator(100) * n for share in ratios.values()]
    sizes = [int(part) for part in parts]
    by_remainder = sorted(range(len(parts)), key=lambda j: sizes[j] - parts[j])
    for j in by_remainder[: n - sum(sizes)]:
        sizes[j] += 1
    return sizes


def recount(rows: list[list[str]], made: SplitResult) -> list[list[int]]:
    tags = sorted({tag for row in rows for tag in row})
    counts = Counter((made.assignment[i], tag) for i, row in enumerate(rows) for tag in row)
    return [[counts[j, tag] for tag in tags] for j in range(len(made.names))]


def indicator(rows: list[list[str]], tags: list[str]) -> sp.csr_array:
    return sp.csr_array(np.array([[tag in row for tag in tags] for row in rows], np.int8))


# Rows, sizes and counts.


@given(labelsets, shares(), seeds)
def test_every_row_is_in_one_split_and_counted_there(
    rows: list[list[str]], ratios: dict[str, float], seed: int
) -> None:
    made = split(rows, ratios=ratios, seed=seed)
    assert made.names == tuple(ratios)
    assert made.assignment.dtype == np.int16
    assert made.assignment.shape == (len(rows),)
    assert set(made.assignment) <= set(range(len(ratios)))
    assert made.sizes.tolist() == np.bincount(made.assignment, minlength=len(ratios)).tolist()
    assert made.counts.tolist() == recount(rows, made)


@given(labelsets, shares(), seeds)
def test_sizes_are_the_largest_remainder_sizes(
    rows: list[list[str]], ratios: dict[str, float], seed: int
) -> None:
    made = split(rows, ratios=ratios, seed=seed)
    assert made.sizes.tolist() == largest_remainder(ratios, len(rows))


@pytest.mark.parametrize(
    ("rows", "ratios", "sizes"),
    [
        ([], RATIOS, [0, 0, 0]),
        ([[]], RATIOS, [1, 0, 0]),
        ([["nlp"]], RATIOS, [1, 0, 0]),
        ([[], [], [], []], {"a": 0.5, "b": 0.5}, [2, 2]),
        ([["nlp"]] * 20, RATIOS, [14, 3, 3]),
        ([["nlp"], ["vision"]], {"a": 0.25, "b": 0.25, "c": 0.25, "d": 0.25}, [1, 1, 0, 0]),
        ([["nlp"], ["vision"]], {"all": 1.0}, [2]),
    ],
    ids=["no row", "no tag", "one row", "empty labelsets", "one tag", "few rows", "one split"],
)
def test_edges(rows: list[list[str]], ratios: dict[str, float], sizes: list[int]) -> None:
    made = split(rows, ratios=ratios)
    assert made.sizes.tolist() == sizes
    assert made.counts.tolist() == recount(rows, made)


def test_a_tag_that_all_rows_have_does_not_disturb_the_others() -> None:
    rows = [["all", "half"] if i % 2 else ["all"] for i in range(40)]
    assert split(rows, ratios=RATIOS).counts.tolist() == [[28, 14], [6, 3], [6, 3]]


def test_each_tag_is_shared_out_in_proportion() -> None:
    rows = [[TAGS[i % 5]] for i in range(500)]
    assert split(rows, ratios=RATIOS).counts.tolist() == [[70] * 5, [15] * 5, [15] * 5]


# The same result whatever the order.


@given(grouped(), seeds, st.randoms(use_true_random=False), st.booleans())
def test_order_of_rows_columns_and_codes_is_nothing(
    data: tuple[list[list[str]], list[int]], seed: int, random: Any, text: bool
) -> None:
    rows, groups = data
    assume(rows)
    ids = [f"item {i}" if text else 7 * i for i in range(len(rows))]
    rows_order = random.sample(range(len(rows)), len(rows))
    tags_order = random.sample(TAGS, len(TAGS))
    codes = random.sample(range(100), 13)

    def made(matrix: sp.csr_array, tags: list[str], ids: list[Any], groups: list[int]) -> Any:
        result = split(matrix, ratios=RATIOS, ids=ids, tags=tags, seed=seed, groups=groups)
        where = dict(zip(ids, result.assignment.tolist(), strict=True))
        return where, dict(zip(tags, result.counts.T.tolist(), strict=True)), result.moves

    shuffled = [rows[i] for i in rows_order]
    assert made(indicator(rows, TAGS), TAGS, ids, groups) == made(
        indicator(shuffled, tags_order),
        tags_order,
        [ids[i] for i in rows_order],
        [codes[groups[i]] for i in rows_order],
    )


def test_form_of_labels_and_ids_is_nothing() -> None:
    rows = [[TAGS[i % 5], TAGS[i % 3]] for i in range(60)]
    matrix = indicator(rows, TAGS)
    first = split(rows, ratios=RATIOS, ids=range(60)).assignment.tolist()
    forms = [sp.csr_matrix(matrix), sp.csc_array(matrix * 3), matrix.toarray(), matrix > 0]
    for labels in (*forms, [set(row) for row in rows]):
        tags = None if isinstance(labels, list) else TAGS
        for ids in (np.arange(60, dtype=np.int16), np.arange(60).astype(object), list(range(60))):
            made = split(labels, ratios=RATIOS, ids=ids, tags=tags)
            assert made.assignment.tolist() == first


def test_zeros_that_are_stored_and_the_callers_matrix_are_left_alone() -> None:
    stored = sp.csr_array((np.array([1, 0, 1]), np.array([0, 1, 1]), np.array([0, 2, 3])))
    made = split(stored, ratios={"a": 0.5, "b": 0.5})
    assert made.counts.sum(axis=0).tolist() == [1, 1]
    assert stored.nnz == 3


def test_the_hash_seed_of_the_process_is_nothing() -> None:
    code = (
        "from tagledger.stratify import split\n"
        "rows = [{f'tag {i % m}' for m in (3, 5, 7)} for i in range(200)]\n"
        "ratios = {'train': 0.7, 'test': 0.3}\n"
        "made = split(rows, ratios=ratios, ids=[f'id {i}' for i in range(200)])\n"
        "print(made.assignment.tolist(), made.counts.tolist())\n"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    ]
    assert runs[0] == runs[1]
    assert len(runs[0]) > 600


def test_another_seed_is_another_split() -> None:
    rows = [[TAGS[i % 6]] for i in range(200)]
    first, second = (split(rows, ratios=RATIOS, seed=seed).assignment for seed in (1, 2))
    assert (first != second).any()


def test_a_tag_on_no_row_is_nothing() -> None:
    rows = [[TAGS[i % 3], TAGS[i % 2]] for i in range(50)]
    first = split(indicator(rows, TAGS[:3]), ratios=RATIOS, tags=TAGS[:3])
    wider = split(indicator(rows, [*TAGS, "x"]), ratios=RATIOS, tags=[*TAGS, "x"])
    assert wider.assignment.tolist() == first.assignment.tolist()
    assert wider.counts[:, 3:].sum() == 0


# Groups.


@given(grouped(), shares(), st.booleans())
def test_no_group_straddles(
    data: tuple[list[list[str]], list[int]], ratios: dict[str, float], cover: bool
) -> None:
    rows, groups = data
    made = split(rows, ratios=ratios, groups=groups, cover=cover)
    assert len({*zip(groups, made.assignment.tolist(), strict=True)}) == len(set(groups))
    assert made.counts.tolist() == recount(rows, made)
    assert made.straddling.tolist() == []


@given(grouped(), shares())
def test_sizes_are_exact_as_soon_as_there_are_single_rows_enough(
    data: tuple[list[list[str]], list[int]], ratios: dict[str, float]
) -> None:
    rows, groups = data
    largest = max(Counter(groups).values(), default=1)
    single = len(ratios) * largest + len(rows)
    rows = [*rows, *([["nlp"], []] * single)]
    made = split(rows, ratios=ratios, groups=[*groups, *range(100, 100 + 2 * single)])
    assert made.sizes.tolist() == largest_remainder(ratios, len(rows))


def test_sizes_are_exact_where_only_an_exchange_of_groups_makes_them_so() -> None:
    rows: list[list[str]] = [[] for _ in range(24)]
    groups = [0] * 5 + [1] * 5 + [2] * 5 + [3] * 3 + [4] * 3 + [5] * 3
    made = split(rows, ratios={"a": 13 / 24, "b": 11 / 24}, groups=groups)
    assert made.sizes.tolist() == [13, 11]


def test_exchange_takes_the_fewest_units_within_what_there_is() -> None:
    assert exchange(Counter({3: 5}), Counter({2: 5}), 1) == [3, -2]
    assert sorted(exchange(Counter({5: 9}), Counter({3: 9}), 1)) == [-3, -3, -3, 5, 5]
    assert exchange(Counter({5: 9}), Counter({3: 2}), 1) == []
    assert exchange(Counter({6: 9}), Counter({3: 9}), 2) == []
    assert exchange(Counter(), Counter({3: 9}), 2) == []


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_a_missing_group_is_refused(missing: float | None) -> None:
    with pytest.raises(ValueError, match="groups has no value at row 1"):
        split([["nlp"]] * 3, ratios=RATIOS, groups=np.array([1, missing, 2], dtype=object))


# A base.


def test_one_row_in_a_late_split_does_not_tear_its_group() -> None:
    assert split([["nlp"]], ratios=RATIOS, groups=[0], base=[2]).straddling.tolist() == []


@given(grouped(), st.data())
def test_base_rows_never_move_and_new_members_join_their_group(
    data: tuple[list[list[str]], list[int]], more: st.DataObject
) -> None:
    rows, groups = data
    places = st.lists(st.integers(-1, 2), min_size=len(rows), max_size=len(rows))
    base = more.draw(places, label="base")
    made = split(rows, ratios=RATIOS, groups=groups, base=base)
    homes: dict[int, set[int]] = {group: set() for group in groups}
    for group, old in zip(groups, base, strict=True):
        homes[group] |= {old} - {-1}
    for group, old, new in zip(groups, base, made.assignment.tolist(), strict=True):
        if old >= 0:
            assert new == old
        elif len(homes[group]) == 1:
            assert homes[group] == {new}
        elif homes[group]:
            assert new == 0
    assert made.straddling.tolist() == sorted(g for g, home in homes.items() if len(home) > 1)
    new_groups = {group for group, home in homes.items() if not home}
    together = {pair for pair in zip(groups, made.assignment, strict=True) if pair[0] in new_groups}
    assert len(together) == len(new_groups)


@given(labelsets, labelsets, seeds)
def test_adding_rows_moves_no_old_row_and_fills_the_sizes(
    old: list[list[str]], new: list[list[str]], seed: int
) -> None:
    before = split(old, ratios=RATIOS, ids=range(len(old)), seed=seed)
    base = [*before.assignment.tolist(), *[-1] * len(new)]
    rows = [*old, *new]
    after = split(rows, ratios=RATIOS, ids=range(len(rows)), seed=seed, base=base)
    assert after.assignment[: len(old)].tolist() == before.assignment.tolist()
    wanted = largest_remainder(RATIOS, len(rows))
    if all(was <= want for was, want in zip(before.sizes, wanted, strict=True)):
        assert after.sizes.tolist() == wanted
    assert after.counts.tolist() == recount(rows, after)


def test_a_split_that_the_base_overfills_gets_nothing_more() -> None:
    rows = [["nlp"]] * 100
    made = split(rows, ratios=RATIOS, base=[2] * 40 + [-1] * 60)
    assert made.sizes.tolist() == [49, 11, 40]


def test_new_rows_make_up_for_what_the_base_lacks() -> None:
    # The base has all speech in train; with the new rows each split can have its share.
    rows = [["speech"]] * 14 + [["nlp"]] * 26 + [["speech"]] * 6 + [["nlp"]] * 54
    base = [0] * 14 + [0] * 14 + [1] * 6 + [2] * 6 + [-1] * 60
    made = split(rows, ratios=RATIOS, base=base)
    assert made.sizes.tolist() == [70, 15, 15]
    assert made.counts[:, 1].tolist() == [14, 3, 3]


# Cover.


@given(st.lists(st.sampled_from(TAGS), max_size=40), shares())
def test_cover_brings_every_tag_that_can_be_into_each_split(
    tags: list[str], ratios: dict[str, float]
) -> None:
    made = split([[tag] for tag in tags], ratios=ratios, cover=True)
    enough = made.counts.sum(axis=0) >= len(ratios)
    assert (made.counts[:, enough] > 0).all()


@given(st.lists(st.lists(st.sampled_from(TAGS), unique=True), max_size=7))
def test_cover_finds_the_best_there_is_where_tags_share_rows(rows: list[list[str]]) -> None:
    made = split(rows, ratios={"a": 0.6, "b": 0.4}, cover=True)
    matrix = indicator(rows, TAGS).toarray().reshape(len(rows), len(TAGS))
    enough = matrix.sum(axis=0) >= 2

    def missing(first: Any) -> int:
        inside = np.asarray(first, bool)
        counts = [matrix[inside].sum(axis=0), matrix[~inside].sum(axis=0)]
        return sum(int((count[enough] == 0).sum()) for count in counts)

    least = min(missing(first) for first in itertools.product([0, 1], repeat=len(rows)))
    assert missing(made.assignment == 0) == least


def test_cover_outranks_sizes_and_is_off_unless_asked_for() -> None:
    rows = [["nlp"]] * 15 + [["vision"]] * 5
    ratios = {"train": 0.95, "test": 0.05}
    assert split(rows, ratios=ratios).sizes.tolist() == [19, 1]
    covered = split(rows, ratios=ratios, cover=True)
    assert (covered.counts > 0).all()
    assert covered.sizes.tolist() == [18, 2]


def test_cover_moves_whole_groups() -> None:
    rows = [["nlp"]] * 30 + [["rare"]] * 6
    groups = [i // 3 for i in range(36)]
    made = split(rows, ratios={"train": 0.9, "test": 0.1}, groups=groups, cover=True)
    assert made.counts[:, 1].tolist() == [3, 3]


# Folds.


@given(labelsets, st.integers(1, 6))
def test_folds_are_equal_parts(rows: list[list[str]], k: int) -> None:
    made = folds(rows, k=k, seed=3)
    assert made.names == tuple(str(j) for j in range(k))
    assert sorted(made.sizes) == [(len(rows) + j) // k for j in range(k)]
    assert made.counts.tolist() == recount(rows, made)


def test_folds_share_out_each_tag() -> None:
    rows = [[TAGS[i % 4], TAGS[4 + i % 2]] for i in range(200)]
    made = folds(rows, k=10, groups=[i // 2 for i in range(200)])
    assert np.ptp(made.counts, axis=0).max() <= 1


@pytest.mark.parametrize("k", [0, -1, 2.0])
def test_bad_number_of_folds(k: Any) -> None:
    with pytest.raises(ValueError, match="k is"):
        folds([["nlp"]], k=k)


# Arguments.


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"ratios": {}}, "ratios is {}"),
        ({"ratios": [0.5, 0.5]}, "give a mapping"),
        ({"ratios": {"a": 0.7, "b": 0.2}}, "ratios sum to 0.9, not to 1"),
        ({"ratios": {"a": 1.5, "b": -0.5}}, r"ratios\['b'\] is -0.5"),
        ({"ratios": {"a": 1.0, "b": 0}}, r"ratios\['b'\] is 0"),
        ({"ratios": {"a": float("nan")}}, r"ratios\['a'\] is nan"),
        ({"ratios": {"a": "1"}}, r"ratios\['a'\] is '1'"),
        ({"ids": [1, 2]}, r"ids has shape \(2,\); labels has 3 rows"),
        ({"ids": [1, 2, 1]}, "ids are not unique: .*1.* comes twice"),
        ({"ids": ["a", "b", "b"]}, "ids are not unique: .*'b'.* comes twice"),
        ({"tags": ["nlp"]}, "labels has the tag 'vision', which tags does not"),
        ({"tags": ["nlp", "vision", "nlp"]}, "tags names 'nlp' twice"),
        ({"labels": np.ones((3, 2)), "tags": ["nlp"]}, "tags names 1 columns, labels has 2"),
        ({"labels": np.ones(3)}, r"labels has shape \(3,\)"),
        ({"groups": [1]}, r"groups has shape \(1,\)"),
        ({"base": [0, 0, 3]}, r"base\[2\] is 3; there are 3 splits"),
        ({"base": [-2, 0, 0]}, r"base\[0\] is -2"),
        ({"base": [0.0, 0.0, 0.0]}, "base has dtype float64"),
    ],
)
def test_a_bad_argument_is_named(changed: dict[str, Any], message: str) -> None:
    given_: dict[str, Any] = {"labels": [["nlp"], ["vision"], []], "ratios": RATIOS, **changed}
    with pytest.raises(ValueError, match=message):
        split(given_.pop("labels"), **given_)


def test_a_text_is_no_list_of_tags() -> None:
    with pytest.raises(TypeError, match=r"labels\[1\] is 'nlp'"):
        split([["nlp"], "nlp"], ratios=RATIOS)


# The measure and its floor.


def test_label_distribution_error_by_hand() -> None:
    # Odds of the tag: 3 / 3 and 1 / 3 in the splits, 4 / 6 in all.
    error = label_distribution_error([[3], [1]], [6, 4], {"a": 0.6, "b": 0.4})
    assert error == pytest.approx((abs(1 - 4 / 6) + abs(1 / 3 - 4 / 6)) / 2)


def test_a_frequent_tag_is_measured_by_the_rows_that_lack_it() -> None:
    rare = label_distribution_error([[2], [0]], [6, 4], [0.6, 0.4])
    assert label_distribution_error([[4], [4]], [6, 4], [0.6, 0.4]) == rare
    assert label_distribution_error([[6], [4]], [6, 4], [0.6, 0.4]) == 0


def test_what_is_not_there_is_no_error() -> None:
    assert label_distribution_error(np.zeros((2, 0)), [6, 4], [0.6, 0.4]) == 0
    assert label_distribution_error([[0], [0]], [6, 4], [0.6, 0.4]) == 0
    # Of four splits for two rows, two are rightly empty; of two, none is.
    assert label_distribution_error([[0], [1], [0]], [1, 1, 0], [0.4, 0.4, 0.2]) == 0.5
    assert label_distribution_error([[1], [0]], [2, 0], [0.5, 0.5]) == 0.5


def test_measure_refuses_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        label_distribution_error([[1], [2]], [3], [1.0])


@given(st.lists(st.integers(0, 5), min_size=1, max_size=3), st.data())
def test_nearest_counts_are_the_best_there_are(sizes: list[int], data: st.DataObject) -> None:
    n = sum(sizes)
    frozen = [data.draw(st.integers(0, size)) for size in sizes]
    total = data.draw(st.integers(sum(frozen), n))

    def distance(counts: Any) -> float:
        parts = zip(counts, sizes, strict=True)
        return sum(abs(c - m * total / max(n, 1)) / max(m, 1) for c, m in parts)

    ranges = [range(low, high + 1) for low, high in zip(frozen, sizes, strict=True)]
    least = min(distance(c) for c in itertools.product(*ranges) if sum(c) == total)
    found = nearest_counts(np.array([total]), np.array(sizes), np.array(frozen)[:, None])[:, 0]
    assert found.sum() == total
    assert all(c in allowed for c, allowed in zip(found, ranges, strict=True))
    assert distance(found) == pytest.approx(least)


def test_the_floor_is_what_a_perfect_split_has() -> None:
    assert rounding_floor([20, 40], 100, {"a": 0.5, "b": 0.5}) == 0
    assert rounding_floor([3], 100, {"a": 0.5, "b": 0.5}) == pytest.approx(
        label_distribution_error([[2], [1]], [50, 50], [0.5, 0.5])
    )


def test_frozen_rows_raise_the_floor() -> None:
    free = rounding_floor([20], 100, [0.7, 0.3])
    frozen = rounding_floor([20], 100, [0.7, 0.3], frozen_counts=[[0], [12]], frozen_sizes=[0, 12])
    assert free == 0
    assert frozen == pytest.approx(label_distribution_error([[8], [12]], [70, 30], [0.7, 0.3]))


# Quality.


def quality(matrix: sp.csr_array, made: SplitResult, ratios: dict[str, float] = RATIOS) -> float:
    total = np.bincount(matrix.indices, minlength=matrix.shape[1])
    assert made.sizes.tolist() == largest_remainder(ratios, matrix.shape[0])
    floor = rounding_floor(total, matrix.shape[0], ratios)
    return label_distribution_error(made.counts, made.sizes, ratios) / floor


def zipf(items: int, tags: int, seed: int = 0) -> sp.csr_array:
    rng = np.random.default_rng(seed)
    weight = 1 / np.arange(2, tags + 2)
    lengths = 1 + rng.poisson(3, items)
    tag = rng.choice(tags, size=lengths.sum(), p=weight / weight.sum())
    row = np.repeat(np.arange(items), lengths)
    matrix = sp.csr_array((np.ones(len(row), np.int32), (row, tag)), shape=(items, tags))
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix


def groups_of_three(items: int) -> np.ndarray[Any, Any]:
    rng = np.random.default_rng(3)
    groups = np.repeat(np.arange(items), 1 + rng.poisson(2, items))[:items]
    return rng.permutation(groups)


def catalogue(upstream: Path) -> list[list[str]]:
    """The labels of 2,032 projects, those of the taxonomy only."""
    folder = upstream / "GokuMohandas/mlops-course/5d5387042389cb65481110078967812f1176baea"
    known = json.loads((folder / "datasets/tags.json").read_text("utf-8"))
    projects = json.loads((folder / "datasets/projects.json").read_text("utf-8"))
    return [[tag for tag in project["tags"] if tag in known] for project in projects]


def test_real_labels_come_near_to_the_floor(upstream: Path) -> None:
    rows = catalogue(upstream)
    tags = sorted({tag for row in rows for tag in row})
    matrix = indicator(rows, tags)
    assert matrix.shape == (2032, 293)
    assert quality(matrix, split(matrix, ratios=RATIOS, tags=tags)) < 1.1


def test_real_labels_in_groups_come_near_to_the_floor(upstream: Path) -> None:
    rows = catalogue(upstream)
    tags = sorted({tag for row in rows for tag in row})
    matrix = indicator(rows, tags)
    groups = groups_of_three(len(rows))
    assert quality(matrix, split(matrix, ratios=RATIOS, tags=tags, groups=groups)) < 1.5


def test_many_rows_come_near_to_the_floor() -> None:
    matrix = zipf(50_000, 300)
    made = split(matrix, ratios=RATIOS)
    assert quality(matrix, made) < 1.1
    worst = np.abs(made.counts - np.outer(list(RATIOS.values()), made.counts.sum(axis=0)))
    assert worst.max() < 3


def test_more_rows_do_not_mean_more_search() -> None:
    matrix = zipf(30_000, 20)
    assert split(matrix, ratios=RATIOS).moves < 3 * 20 * 40 * 3


def annealed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of all batches that are annealed from here on."""
    sizes = []
    batches = anneal.batches

    def counting(search: Any, size: int, rng: Any) -> Any:
        for batch in batches(search, size, rng):
            sizes.append(size)
            yield batch

    monkeypatch.setattr(anneal, "batches", counting)
    return sizes


@pytest.mark.parametrize("seed", range(3))
def test_few_rows_that_reach_the_floor_are_not_annealed(
    monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    sizes = annealed(monkeypatch)
    matrix = zipf(1_300, 20)
    assert quality(matrix, split(matrix, ratios=RATIOS, seed=seed)) < 1.01
    assert sizes == []


def test_few_rows_of_few_tags_are_annealed_in_few_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = annealed(monkeypatch)
    matrix, groups = zipf(1_300, 20), groups_of_three(1_300)
    made = split(matrix, ratios=RATIOS, groups=groups)
    units = len(np.unique(groups))
    assert 0 < sum(sizes) <= 80 * units
    assert len(sizes) < 2_000
    total = np.bincount(matrix.indices, minlength=20)
    floor = rounding_floor(total, 1_300, RATIOS)
    assert label_distribution_error(made.counts, made.sizes, RATIOS) < 1.4 * floor


def test_many_splits_stay_within_bounds() -> None:
    matrix = zipf(5_000, 50)
    made = folds(matrix, k=40)
    assert made.sizes.tolist() == [125] * 40
    target = made.counts.sum(axis=0) / 40
    assert np.abs(made.counts - target).mean() < 0.6


# scikit-learn.

SIZES = [
    (None, None),
    (0.3, None),
    (None, 0.55),
    (0.25, 0.5),
    (7, None),
    (7, 11),
    (0.21, 30),
    (None, 13),
]
IMPOSSIBLE = [(0.9, 0.9), (40, 20), (1.0, None), (0, None), (-3, None), (59, 1.5), (0.0, None)]


@pytest.fixture
def data() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(59, 3)), (rng.random((59, 4)) < 0.4).astype(int)


@pytest.mark.parametrize(("test_size", "train_size"), SIZES)
def test_splitter_sizes_are_scikit_learns(data: Any, test_size: Any, train_size: Any) -> None:
    options = {"n_splits": 3, "test_size": test_size, "train_size": train_size, "random_state": 1}
    ours = list(MultilabelStratifiedSplit(**options).split(*data))
    theirs = list(ShuffleSplit(**options).split(*data))
    assert [(len(a), len(b)) for a, b in ours] == [(len(a), len(b)) for a, b in theirs]
    for train, test in ours:
        assert train.dtype.kind == test.dtype.kind == "i"
        assert not set(train) & set(test)
        assert set(train) | set(test) <= set(range(59))


@pytest.mark.parametrize(("test_size", "train_size"), IMPOSSIBLE)
def test_splitter_refuses_the_sizes_that_scikit_learn_does(
    data: Any, test_size: Any, train_size: Any
) -> None:
    for splitter in (ShuffleSplit, MultilabelStratifiedSplit):
        with pytest.raises(ValueError, match=r"size|cannot be"):
            next(splitter(test_size=test_size, train_size=train_size).split(*data))


def test_splitter_keeps_to_its_random_state(data: Any) -> None:
    def tests(splitter: MultilabelStratifiedSplit) -> list[list[int]]:
        return [test.tolist() for _, test in splitter.split(*data)]

    fixed = MultilabelStratifiedSplit(4, random_state=5)
    assert tests(fixed) == tests(fixed)
    assert len({tuple(test) for test in tests(fixed)}) == 4
    for state in (np.random.RandomState(5), np.random.default_rng(5), None, np.random):
        moving = MultilabelStratifiedSplit(4, random_state=state)
        assert tests(moving) != tests(moving)


@pytest.mark.parametrize("state", [None, np.random], ids=["None", "numpy.random"])
def test_no_random_state_is_numpys_global_one_as_in_scikit_learn(data: Any, state: Any) -> None:
    def tests(splitter: Any) -> list[list[int]]:
        np.random.seed(3)  # noqa: NPY002 - what users of scikit-learn do
        return [test.tolist() for _, test in splitter.split(*data)]

    for kind in (ShuffleSplit, MultilabelStratifiedSplit):
        assert tests(kind(2, random_state=state)) == tests(kind(2, random_state=state))


@pytest.mark.parametrize(
    "state", ["seed", 1.5, [1, 2], object()], ids=lambda one: type(one).__name__
)
def test_another_random_state_is_refused_as_scikit_learn_does(data: Any, state: Any) -> None:
    for kind in (ShuffleSplit, MultilabelStratifiedSplit):
        with pytest.raises(ValueError, match=r"cannot be used to seed|random_state is"):
            next(kind(2, random_state=state).split(*data))


def test_a_random_state_below_zero_is_refused_by_its_name(data: Any) -> None:
    with pytest.raises(ValueError, match="random_state is -1"):
        next(MultilabelStratifiedSplit(2, random_state=-1).split(*data))


INDICATOR = np.random.default_rng(1).random((203, 10)) < np.linspace(0.05, 0.5, 10)
FORMS = {
    "nested lists": INDICATOR.astype(int).tolist(),
    "tuples": [tuple(row) for row in INDICATOR.astype(int).tolist()],
    "nested floats": INDICATOR.astype(float).tolist(),
    "nested booleans": INDICATOR.tolist(),
    "rows of arrays": list(INDICATOR.astype(int)),
    "booleans": INDICATOR,
    "floats": INDICATOR.astype(float),
    "objects": INDICATOR.astype(object),
    "data frame": pd.DataFrame(INDICATOR),
    "nullable": pd.DataFrame(INDICATOR).astype("boolean"),
    "csr": sp.csr_array(INDICATOR),
    "coo": sp.coo_matrix(INDICATOR.astype(int)),
    "signs": np.where(INDICATOR, 1, -1),
    "nested signs": np.where(INDICATOR, 1, -1).tolist(),
    "nested amounts": np.where(INDICATOR, 2.5, 0).tolist(),
    "sparse signs": sp.csr_array(np.where(INDICATOR, 1.0, -1.0)),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_an_indicator_in_any_form_is_split_as_the_array_is(form: Any) -> None:
    def parts(y: Any) -> list[np.ndarray[Any, Any]]:
        splitter = MultilabelStratifiedSplit(2, test_size=0.25, random_state=4)
        return [test for _, test in splitter.split(np.zeros(203), y)]

    found = parts(form)
    assert [part.tolist() for part in found] == [
        part.tolist() for part in parts(INDICATOR.astype(int))
    ]
    for part in found:
        gap = np.abs(INDICATOR[part].sum(axis=0) - INDICATOR.sum(axis=0) * len(part) / 203)
        assert gap.max() <= 1


def test_lists_of_tags_that_are_numbers_are_lists_of_tags() -> None:
    made = split([[3, 17], [5], [3, 17], [5]], ratios={"a": 0.5, "b": 0.5})
    assert made.counts.tolist() == [[1, 1, 1], [1, 1, 1]]
    made = split([[0, 3], [4, 5]] * 2, ratios={"a": 0.5, "b": 0.5})  # of one length, none twice
    assert made.counts.shape == (2, 4)
    made = split([["0", "1"], ["1", "0"]], ratios={"a": 0.5, "b": 0.5})
    assert made.counts.tolist() == [[1, 1], [1, 1]]
    assert split([{0, 1}, {1}] * 2, ratios={"a": 0.5, "b": 0.5}).counts.tolist() == [[1, 2]] * 2
    table = np.array([["x", "y"], ["z", "y"]] * 2)
    assert split(table, ratios={"a": 0.5, "b": 0.5}).counts.tolist() == [[1, 2, 1]] * 2


NAN = float("nan")
UNFIT = {
    "NaN": np.array([[0, NAN], [1, 0]]),
    "infinite": np.array([[0, np.inf], [1, 0]]),
    "nested NaN": [[0, NAN], [1, 0]],
    "nested None": [[0, None], [1, 0]],
    "objects": np.array([[0, None], [1, 0]], dtype=object),
    "nullable": pd.DataFrame({"a": [0, 1], "b": [0, None]}, dtype="Int64"),
    "sparse NaN": sp.csr_array(np.array([[0, NAN], [1, 0]])),
    "-1 and 0": np.array([[0, -1], [1, 0]]),
    "nested -1 and 0": [[0, -1], [1, 0]],
    "sparse -1 and 0": sp.csr_array(np.array([[0, -1], [1, 0]])),
    "-2": np.array([[-2, 1], [1, 1]]),
    "rows of two lengths": [[0, 1], [1]],
    "three axes": np.zeros((2, 2, 2), int),
    "class NaN": [1.0, NAN],
    "class None": ["a", None],
    "class NA": pd.Series(["a", None], dtype="string"),
    "tag None": [["a"], [None]],
    "tag NaN": [["a", NAN], ["b"]],
    "masked": np.ma.masked_array([[0, 1], [1, 0]], [[False, True], [False, False]]),
    "numbers as text": [["0", "0"], ["1", "0"]],
    "a table of numbers as text": np.array([["1.0", "0.0"], ["0.0", "0.0"]]),
}


@pytest.mark.parametrize("y", UNFIT.values(), ids=UNFIT.keys())
def test_labels_that_are_none_are_refused(y: Any) -> None:
    with pytest.raises(ValueError, match=r"labels (has|\[)|labels\[|no class at row 1"):
        next(MultilabelStratifiedSplit(2, test_size=1).split([[0], [1]], y))


def test_splitter_stratifies_and_keeps_groups() -> None:
    y = np.repeat([[1, 0], [0, 1]], [60, 40], axis=0)
    groups = np.arange(100) // 2
    splitter = MultilabelStratifiedSplit(2, test_size=0.2, random_state=0)
    for train, test in splitter.split(y, y, groups):
        assert y[test].sum(axis=0).tolist() == [12, 8]
        assert not set(groups[train]) & set(groups[test])


@pytest.mark.parametrize("size", [1, 2], ids=["one group", "two groups"])
def test_groups_that_leave_no_row_for_a_part_are_refused(size: int) -> None:
    y = np.tile([[1, 0], [0, 1]], (20, 1))
    with pytest.raises(ValueError, match="no row is left for testing"):
        next(MultilabelStratifiedSplit(2, random_state=0).split(y, y, np.arange(40) % size))


@pytest.mark.parametrize(
    "labels",
    [
        ["a", "b"] * 10,
        np.array([0, 1] * 10),
        [["a"], ["b"]] * 10,
        np.array([[1, 0], [0, 1]] * 10),
        sp.csc_array(np.array([[1, 0], [0, 1]] * 10)),
    ],
    ids=["classes", "integers", "lists", "dense", "sparse"],
)
def test_splitter_takes_labels_in_any_form(labels: Any) -> None:
    for train, test in MultilabelStratifiedSplit(2, test_size=0.5).split(np.zeros(20), labels):
        assert [int((part % 2).sum()) for part in (train, test)] == [5, 5]


def test_splitter_wants_labels_that_fit(data: Any) -> None:
    with pytest.raises(ValueError, match="y is None"):
        next(MultilabelStratifiedSplit().split(data[0]))
    with pytest.raises(ValueError, match="X has 58 rows, y has 59"):
        next(MultilabelStratifiedSplit().split(data[0][1:], data[1]))
    with pytest.raises(ValueError, match="n_splits is 0"):
        MultilabelStratifiedSplit(0)


def test_scikit_learn_takes_the_splitter(data: Any) -> None:
    splitter = MultilabelStratifiedSplit(3, test_size=0.3, random_state=0)
    assert check_cv(splitter) is splitter
    assert splitter.get_n_splits(*data, None) == 3
    scores = cross_val_score(KNeighborsClassifier(3), *data, cv=splitter, groups=range(59))
    assert scores.shape == (3,)
    search = GridSearchCV(KNeighborsClassifier(), {"n_neighbors": [1, 3]}, cv=splitter).fit(*data)
    assert search.n_splits_ == 3


def test_scikit_learn_routes_groups_to_the_splitter(data: Any) -> None:
    splitter = MultilabelStratifiedSplit(3, test_size=0.3, random_state=0)
    groups = np.arange(59) // 2
    with config_context(enable_metadata_routing=True):
        assert get_routing_for_object(splitter).consumes("split", ["groups", "other"]) == {"groups"}
        routed = cross_validate(
            KNeighborsClassifier(3),
            *data,
            cv=splitter,
            params={"groups": groups},
            return_indices=True,
        )["indices"]["test"]
        search = GridSearchCV(KNeighborsClassifier(), {"n_neighbors": [1, 3]}, cv=splitter)
        assert clone(search).fit(*data, groups=groups).n_splits_ == 3
        assert cross_validate(KNeighborsClassifier(3), *data, cv=splitter)["test_score"].size == 3
    expected = [test.tolist() for _, test in splitter.split(*data, groups)]
    assert [test.tolist() for test in routed] == expected


def test_splitter_says_what_it_is() -> None:
    assert repr(MultilabelStratifiedSplit(3, test_size=0.3)) == (
        "MultilabelStratifiedSplit(cover=False, n_splits=3, random_state=None, test_size=0.3, "
        "train_size=None)"
    )


def test_the_split_needs_no_scikit_learn() -> None:
    code = "import sys, tagledger.stratify; print('sklearn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
