from __future__ import annotations

import math
from dataclasses import asdict, fields

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import jensenshannon

from tagledger.measures import correction, distances, null_quantiles, tag_tests

NAMES = [field.name for field in fields(distances.Distances) if field.name != "l_infinity_tag"]

counts = st.lists(st.integers(0, 10**6), min_size=1, max_size=8)
two_counts = st.integers(1, 8).flatmap(
    lambda tags: st.tuples(
        *(st.lists(st.integers(0, 1000), min_size=tags, max_size=tags).filter(any),) * 2
    )
)
proportions = st.floats(0, 1)


def values(found: distances.Distances) -> np.ndarray:
    return np.array([getattr(found, name) for name in NAMES])


def long_tailed(rng: np.random.Generator, items: int, tags: int = 12) -> sp.csr_array:
    """Items whose labels depend on each other: each has the tags of one of forty recipes."""
    chances = 0.8 / np.arange(1, tags + 1) ** 0.7
    recipes = np.random.default_rng(40).random((40, tags)) < chances
    return sp.csr_array(recipes[rng.integers(40, size=items)].astype(np.int8))


def totals(*matrices: sp.csr_array) -> np.ndarray:
    return sum(np.asarray(matrix.sum(axis=0, dtype=np.int64)) for matrix in matrices)


# --- rates --------------------------------------------------------------------------------------


def test_presence_is_per_item_and_share_per_label():
    assert tag_tests.presence([3, 1, 0], 5).tolist() == [0.6, 0.2, 0]
    assert tag_tests.share([3, 1, 0]).tolist() == [0.75, 0.25, 0]


def test_rates_of_nothing_are_nan():
    assert np.isnan(tag_tests.presence([0, 0], 0)).all()
    assert np.isnan(tag_tests.share([0, 0])).all()
    assert tag_tests.share([]).shape == (0,)


# --- the paired test ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lost", "gained", "p"),
    [
        pytest.param(0, 0, 1.0, id="nothing changed"),
        pytest.param(1, 0, 1.0, id="one change"),
        pytest.param(0, 5, 2 / 2**5, id="five gained"),
        pytest.param(1, 9, 22 / 2**10, id="nine against one"),
        pytest.param(4, 4, 1.0, id="even, never above 1"),
        pytest.param(3, 4, 1.0, id="all but even, never above 1"),
    ],
)
def test_mcnemar_by_hand(lost, gained, p):
    assert tag_tests.mcnemar([lost], [gained]) == pytest.approx([p], rel=1e-14)
    assert tag_tests.mcnemar([gained], [lost]) == pytest.approx([p], rel=1e-14)


def test_mcnemar_is_the_exact_binomial_test_for_each_tag():
    rng = np.random.default_rng(0)
    # From 501 changes on the tail is no longer counted.
    edge = [(250, 250), (251, 250), (500, 0), (0, 501), (230, 270), (271, 230)]
    large = [(0, 900), (480_000, 482_500), (10**6, 10**6 + 1), (70, 2000)]
    lost, gained = np.concatenate([rng.integers(0, 30, (60, 2)), edge, large]).T
    expected = [
        stats.binomtest(int(min(b, c)), int(b + c)).pvalue if b + c else 1.0
        for b, c in zip(lost, gained, strict=True)
    ]
    assert tag_tests.mcnemar(lost, gained) == pytest.approx(expected, rel=1e-10, abs=1e-300)


# --- the unpaired test --------------------------------------------------------------------------


def expected_p(a: int, n_a: int, b: int, n_b: int) -> float:
    table = np.array([[a, n_a - a], [b, n_b - b]])
    smallest = min(a + b, n_a + n_b - a - b) * min(n_a, n_b) / (n_a + n_b)
    if smallest < 5:
        return float(stats.fisher_exact(table).pvalue)
    # The square of the pooled z is the chi-square of the table.
    return float(stats.chi2_contingency(table, correction=False).pvalue)


@pytest.mark.parametrize(
    ("n_a", "n_b", "most"),
    [
        pytest.param(40, 40, 0.2, id="equal and small"),
        pytest.param(7, 7, 1.0, id="every table"),
        pytest.param(1, 5, 1.0, id="one item"),
        pytest.param(10, 3000, 0.5, id="very unequal"),
        pytest.param(50, 60, 1.0, id="mostly large"),
        pytest.param(200_000, 900_000, 1e-5, id="rare among many"),
    ],
)
def test_two_proportions_is_fisher_or_pooled_z_for_each_tag(n_a, n_b, most):
    rng = np.random.default_rng(7)
    a = rng.integers(0, int(n_a * most) + 2, 60).clip(max=n_a)
    b = rng.integers(0, int(n_b * most) + 2, 60).clip(max=n_b)
    expected = [expected_p(int(x), n_a, int(y), n_b) for x, y in zip(a, b, strict=True)]
    assert tag_tests.two_proportions(a, n_a, b, n_b) == pytest.approx(expected, rel=1e-7)


def test_two_proportions_of_the_lady_tasting_tea():
    # Fisher, The Design of Experiments (1935): 3 of 4 cups right; two-sided 34 / 70.
    assert tag_tests.two_proportions([3], 4, [1], 4) == pytest.approx([34 / 70])


def test_fishers_test_counts_tables_as_likely_as_the_one_seen():
    # The tables of 2 in 7 have 10, 10 and 1 ways; the two tens differ in the last digit as logs.
    assert tag_tests.two_proportions([0, 1, 2], 2, [2, 1, 0], 5) == pytest.approx([1, 1, 1 / 21])


def test_two_proportions_changes_test_where_an_expected_count_reaches_five():
    fisher, z = tag_tests.two_proportions([2, 2], 20, [7, 8], 20)
    assert fisher == pytest.approx(stats.fisher_exact([[2, 18], [7, 13]]).pvalue)
    pooled = 10 / 40
    score = (8 - 2) / 20 / math.sqrt(pooled * (1 - pooled) * 2 / 20)
    assert z == pytest.approx(2 * stats.norm.sf(score))


def test_two_proportions_tests_nothing_without_items_and_finds_nothing_without_labels():
    found = tag_tests.two_proportions([0, 0, 0, 9], [0, 5, 6, 9], [1, 0, 0, 11], [8, 0, 7, 11])
    assert np.isnan(found).tolist() == [True, True, False, False]
    assert found[2:].tolist() == [1, 1]


@pytest.mark.parametrize(("count", "items"), [(6, 5), (-1, 5)], ids=["too many", "negative"])
def test_two_proportions_refuses_impossible_counts(count, items):
    with pytest.raises(ValueError, match="from 0 to the number of items"):
        tag_tests.two_proportions([count], items, [1], 5)
    with pytest.raises(ValueError, match="from 0 to the number of items"):
        tag_tests.two_proportions([1], 5, [count], items)


# --- many tests, and effects --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "q"),
    [
        pytest.param("bh", [0.04, 0.04, 0.04, 0.5], id="Benjamini-Hochberg"),
        # the same times 1 + 1/2 + 1/3 + 1/4
        pytest.param("by", [1 / 12, 1 / 12, 1 / 12, 1], id="Benjamini-Yekutieli"),
    ],
)
def test_adjust_counts_the_tested_only(method, q):
    p = [0.03, math.nan, 0.01, 0.02, math.nan, 0.5]
    found = correction.adjust(p, method)
    assert np.isnan(found).tolist() == [False, True, False, False, True, False]
    assert found[[0, 2, 3, 5]] == pytest.approx(q)
    assert p[0] == 0.03


@pytest.mark.parametrize("p", [[], [math.nan, math.nan]], ids=["no tag", "none tested"])
def test_adjust_of_no_tests(p):
    assert correction.adjust(p) == pytest.approx(p, nan_ok=True)


@given(st.lists(proportions, min_size=1, max_size=30), st.sampled_from(["bh", "by"]))
def test_adjust_agrees_with_scipy(p, method):
    expected = stats.false_discovery_control(p, method=method)
    assert correction.adjust(p, method) == pytest.approx(expected)


@pytest.mark.parametrize("p", [-0.01, 1.01])
def test_adjust_refuses_what_is_no_p_value(p):
    with pytest.raises(ValueError, match=r"outside \[0, 1\]"):
        correction.adjust([0.5, p])


def test_adjust_refuses_a_method_that_it_does_not_know():
    with pytest.raises(ValueError, match="bh or by"):
        correction.adjust([0.5], "holm")


def test_adjust_holds_the_false_discovery_rate_of_kept_items():
    # 40 tags change by chance, 10 in one direction: no more than about 5 % of the finds are false.
    rng = np.random.default_rng(3)
    false, found = 0, 0
    for _ in range(100):
        changes = rng.integers(20, 60, 50)
        lost = rng.binomial(changes, np.where(np.arange(50) < 40, 0.5, 0.05))
        hits = correction.adjust(tag_tests.mcnemar(lost, changes - lost)) < 0.05
        false += hits[:40].sum()
        found += hits.sum()
        assert hits[40:].all()
    assert 0 < false / found < 0.06


def test_cohens_h_in_the_textbook():
    # Cohen (1988), table 6.2.2: phi(0.65) = 1.875, phi(0.45) = 1.471.
    assert tag_tests.cohens_h([0.65], [0.45]) == pytest.approx([0.404], abs=1e-3)
    assert tag_tests.cohens_h(1, 0) == pytest.approx(math.pi)


@given(proportions, proportions)
def test_cohens_h_is_bounded_and_changes_sign_with_its_arguments(p1, p2):
    h = float(tag_tests.cohens_h(p1, p2))
    assert abs(h) <= math.pi
    assert h == -float(tag_tests.cohens_h(p2, p1))
    assert h >= 0 if p1 >= p2 else h <= 0


# --- distances ----------------------------------------------------------------------------------


def test_distances_worked_out_by_hand():
    found = distances.distances([2, 2, 0], [1, 1, 2])
    # p = (1/2, 1/2, 0), q = (1/4, 1/4, 1/2); in bits:
    divergence = (2 * 0.5 * math.log2(4 / 3) + 2 * 0.25 * math.log2(2 / 3) + 0.5) / 2
    with_half = ((2.5 - 1.5) / 5.5 * math.log(2.5 / 1.5)) * 2 + (0.5 - 2.5) / 5.5 * math.log(1 / 5)
    assert asdict(found) == pytest.approx(
        {
            "jensen_shannon_divergence": divergence,
            "jensen_shannon_distance": math.sqrt(divergence),
            "l_infinity": 0.5,
            "l_infinity_tag": 2,
            "hellinger": math.sqrt((2 * (math.sqrt(0.5) - 0.5) ** 2 + 0.5) / 2),
            "total_variation": 0.5,
            "psi": with_half,
        }
    )


@given(two_counts)
def test_jensen_shannon_is_scipys(pair):
    a, b = pair
    found = distances.distances(a, b).jensen_shannon_distance
    # scipy does not guard against a sum that rounds to just below 0
    with np.errstate(invalid="ignore"):
        expected = jensenshannon(a, b, base=2)
    assert found == pytest.approx(0 if math.isnan(expected) else expected, abs=2e-8)


@given(two_counts)
def test_distances_keep_their_bounds_and_order(pair):
    found = distances.distances(*pair)
    assert np.all(values(found) >= 0)
    assert np.all(values(found)[:-1] <= 1)
    slack = 1e-12
    assert found.jensen_shannon_divergence <= found.total_variation + slack  # Lin (1991)
    assert found.hellinger**2 <= found.total_variation + slack
    assert found.total_variation <= math.sqrt(2) * found.hellinger + slack
    assert found.l_infinity <= found.total_variation + slack


def test_distances_of_several_pairs_are_those_of_each():
    pairs = [
        ([2, 2, 0], [1, 1, 2]),
        ([0, 5, 0], [0, 0, 1]),
        ([0, 0, 0], [1, 0, 0]),
        ([1, 1, 1],) * 2,
    ]
    together = distances.of_pairs(*zip(*pairs, strict=True))
    for place, (a, b) in enumerate(pairs):
        alone = [getattr(distances.distances(a, b), name) for name in distances.DISTANCES]
        assert [together[name][place] for name in distances.DISTANCES] == pytest.approx(
            alone, rel=1e-15, abs=0, nan_ok=True
        )


@given(two_counts)
def test_distances_are_symmetric(pair):
    assert distances.distances(*pair) == distances.distances(*reversed(pair))


@given(counts.filter(any), st.integers(1, 9))
def test_distance_to_oneself_is_zero_and_size_matters_to_psi_only(a, times):
    assert not values(distances.distances(a, a)).any()
    scaled = values(distances.distances(a, np.multiply(a, times)))
    assert scaled[:-1] == pytest.approx(0, abs=1e-7)


@given(two_counts)
def test_a_tag_that_neither_version_has_changes_nothing(pair):
    a, b = pair
    assert values(distances.distances([0, *a, 0], [0, *b, 0])) == pytest.approx(
        values(distances.distances(a, b)), abs=1e-7
    )


def test_versions_without_a_tag_in_common_are_as_far_apart_as_can_be():
    found = values(distances.distances([3, 5, 0], [0, 0, 1]))
    assert found[[NAMES.index(name) for name in NAMES if name not in {"l_infinity", "psi"}]] == (
        pytest.approx(1)
    )
    assert math.isfinite(found[-1])


@pytest.mark.parametrize("pair", [([0, 0], [1, 2]), ([1, 2], [0, 0]), ([], [])], ids=str)
def test_without_labels_there_is_no_distance(pair):
    found = distances.distances(*pair)
    assert np.isnan(values(found)).all()
    assert found.l_infinity_tag is None


def test_counts_over_different_tags_are_refused():
    with pytest.raises(ValueError, match="2 tags in A and 3 in B"):
        distances.distances([1, 2], [1, 2, 3])


def test_psi_under_no_change_is_about_what_theory_says():
    rng = np.random.default_rng(5)
    n, m, tags = 3000, 5000, 20
    shares = rng.dirichlet(np.full(tags, 5.0))
    drawn = [
        distances.distances(rng.multinomial(n, shares), rng.multinomial(m, shares)).psi
        for _ in range(300)
    ]
    assert np.mean(drawn) == pytest.approx((tags - 1) * (1 / n + 1 / m), rel=0.1)


# --- what chance alone would do -----------------------------------------------------------------


def test_two_halves_of_one_dataset_stay_below_the_bound_95_times_in_100():
    rng = np.random.default_rng(11)
    trials = 240
    below = np.zeros(len(NAMES))
    dataset = long_tailed(rng, 240)
    for seed in range(trials):
        order = rng.permutation(240)
        a, b = dataset[order[:90]], dataset[order[90:]]
        bound = null_quantiles.null_quantiles(a, b, permutations=39, seed=seed)
        below += values(distances.distances(totals(a), totals(b))) <= values(bound)
    # Four standard errors about 0.95: a method that were off by 6 points would show.
    assert np.all(np.abs(below / trials - 0.95) < 4 * math.sqrt(0.95 * 0.05 / trials))


def test_a_planted_change_exceeds_the_bound():
    rng = np.random.default_rng(1)
    a, b = long_tailed(rng, 600), long_tailed(rng, 500).tolil()
    b[:150, 11] = 1
    b = sp.csr_array(b)
    bound = null_quantiles.null_quantiles(a, b)
    found = distances.distances(totals(a), totals(b))
    assert np.all(values(found) > values(bound))
    assert found.l_infinity_tag == 11
    assert bound.l_infinity_tag is None


def test_the_bound_shrinks_with_size_and_grows_with_the_quantile():
    rng = np.random.default_rng(2)
    a, b = long_tailed(rng, 200), long_tailed(rng, 300)
    bound = values(null_quantiles.null_quantiles(a, b))
    larger = values(null_quantiles.null_quantiles(sp.vstack([a] * 9), sp.vstack([b] * 9)))
    median = values(null_quantiles.null_quantiles(a, b, quantile=0.5))
    assert np.all(median < bound)
    # With nine times the items a distance is a third, a squared distance a ninth.
    squared = np.array([name in {"jensen_shannon_divergence", "psi"} for name in NAMES])
    assert bound / larger == pytest.approx(np.where(squared, 9, 3), rel=0.35)


def test_the_bound_is_that_of_the_two_sizes_not_of_their_sum():
    items = long_tailed(np.random.default_rng(2), 500)
    unequal = null_quantiles.null_quantiles(items[:25], items[25:]).jensen_shannon_divergence
    equal = null_quantiles.null_quantiles(items[:250], items[250:]).jensen_shannon_divergence
    assert unequal / equal == pytest.approx((1 / 25 + 1 / 475) / (2 / 250), rel=0.35)


def test_items_are_dealt_whole():
    # Two tags that always come together: no deal of whole items changes their shares.
    together = sp.csr_array(np.ones((30, 2), np.int8))
    assert not values(null_quantiles.null_quantiles(together[:10], together[10:])).any()


def test_the_bound_is_one_of_the_distances_drawn_and_takes_the_rank_of_an_exact_test():
    drawn = [float(value) for value in range(1, 200)]
    assert null_quantiles.exact_bound(drawn[::-1], 0.95) == 190
    assert null_quantiles.exact_bound([*drawn, math.nan], 0.95) == 190
    assert null_quantiles.exact_bound(drawn[:10], 0.95) == 10
    assert math.isnan(null_quantiles.exact_bound([math.nan], 0.95))


def test_the_seed_alone_decides(monkeypatch):
    rng = np.random.default_rng(4)
    a, b = long_tailed(rng, 100), long_tailed(rng, 120)
    bound = null_quantiles.null_quantiles(a, b, seed=1)
    assert bound != null_quantiles.null_quantiles(a, b, seed=2)
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    assert bound == null_quantiles.null_quantiles(a, b, seed=1)


def test_sums_of_rows_do_not_depend_on_their_blocks(monkeypatch):
    rng = np.random.default_rng(9)
    a, b = long_tailed(rng, 10), -long_tailed(rng, 13)
    marks = [rng.random(23) < share for share in (0.2, 0.5, 0.8)]
    everything = np.vstack([a.toarray(), b.toarray()])
    expected = [everything[mark].sum(axis=0).tolist() for mark in marks]
    for size in (4, 23, 100):
        monkeypatch.setattr(null_quantiles.RowSums, "BLOCK", size)
        rows = null_quantiles.RowSums(a, b)
        assert [found.tolist() for found in rows.sums(marks)] == expected
        assert rows.total().tolist() == everything.sum(axis=0).tolist()


@pytest.mark.parametrize("sign", [1, -1], ids=["gained", "lost"])
def test_sums_of_a_full_block_keep_to_their_bits(sign):
    ones = sp.csr_array(np.full((null_quantiles.RowSums.BLOCK, 1), sign, dtype=np.int8))
    rows = null_quantiles.RowSums(ones, ones)
    every, none = np.ones(rows.number, bool), np.zeros(rows.number, bool)
    assert [int(found[0]) for found in rows.sums([every, none, every])] == [
        sign * rows.number,
        0,
        sign * rows.number,
    ]


@pytest.mark.parametrize(
    ("items", "size"),
    [(0, 0), (1, 0), (1, 1), (7, 3), (1000, 1000), (1000, 999), (1000, 1), (5000, 1777)],
    ids=str,
)
def test_a_random_subset_has_its_size_and_only_marks(items, size):
    chosen = null_quantiles.random_subset(np.random.default_rng(0), items, size)
    assert chosen.shape == (items,)
    assert chosen.sum() == size
    assert set(chosen.tolist()) <= {0, 1}


def test_every_random_subset_is_equally_likely():
    rng = np.random.default_rng(8)
    seen = [null_quantiles.random_subset(rng, 5, 2) @ (1 << np.arange(5)) for _ in range(5000)]
    _, times = np.unique(seen, return_counts=True)
    assert len(times) == 10
    assert stats.chisquare(times).pvalue > 0.001


def test_threads_change_no_bound(monkeypatch):
    rng = np.random.default_rng(3)
    a, b = (sp.csr_array(rng.random((40, 6)) < 0.3) for _ in range(2))
    alone = null_quantiles.null_quantiles(a, b), null_quantiles.paired_null_quantiles(a, b, a, b)
    monkeypatch.setattr(null_quantiles, "FEW_ITEMS", 0)
    assert alone == (
        null_quantiles.null_quantiles(a, b),
        null_quantiles.paired_null_quantiles(a, b, a, b),
    )


def test_an_empty_version_has_no_bound():
    a = long_tailed(np.random.default_rng(0), 20)
    assert np.isnan(values(null_quantiles.null_quantiles(a, a[:0], permutations=9))).all()
    assert np.isnan(values(null_quantiles.null_quantiles(a[:0], a[:0], permutations=9))).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"permutations": 0}, "0 permutations: at least 1"),
        ({"quantile": 1.0}, "quantile 1.0 is not between"),
        ({"quantile": 0.0}, "quantile 0.0 is not between"),
    ],
    ids=str,
)
def test_options_that_make_no_sense_are_refused(options, message):
    a = long_tailed(np.random.default_rng(0), 20)
    with pytest.raises(ValueError, match=message):
        null_quantiles.null_quantiles(a, a, **options)


# --- the paired bound ---------------------------------------------------------------------------


def edited(
    rng: np.random.Generator, matrix: sp.csr_array, items: int, *, gains: float
) -> sp.csr_array:
    """The matrix after `items` of its rows lost or gained a tag; a share of `gains` gained it."""
    dense = matrix.toarray()
    rows = rng.choice(len(dense), items, replace=False)
    for row in rows:
        new = int(rng.random() < gains)
        other = np.flatnonzero(dense[row] != new)
        if len(other):
            dense[row, rng.choice(other)] = new
    return sp.csr_array(dense)


def test_paired_bound_holds_95_times_in_100_for_changes_without_direction():
    trials = 240
    below = np.zeros(len(NAMES))
    rng = np.random.default_rng(21)
    dataset = long_tailed(rng, 300)
    for seed in range(trials):
        before = dataset[rng.permutation(300)]
        after = edited(rng, before, 40, gains=0.5)
        # Which of the two was first is a toss: no direction, whatever the edits were like.
        swap = rng.random(300) < 0.5
        kept = slice(0, 250)
        pair = [
            sp.csr_array(np.where(swap[:, None], one.toarray(), two.toarray()))
            for one, two in ((before, after), (after, before))
        ]
        only_a, only_b = before[250:270], before[270:]
        a, b = pair[0][kept], pair[1][kept]
        bound = null_quantiles.paired_null_quantiles(
            a, b, only_a, only_b, permutations=39, seed=seed
        )
        found = distances.distances(totals(a, only_a), totals(b, only_b))
        below += values(found) <= values(bound)
    assert np.all(np.abs(below / trials - 0.95) < 4 * math.sqrt(0.95 * 0.05 / trials))


def test_corrections_in_one_direction_exceed_the_paired_bound_but_not_that_of_two_samples():
    rng = np.random.default_rng(3)
    before = long_tailed(rng, 1000)
    after = before.toarray()
    after[np.flatnonzero(after[:, 0])[:30], 0] = 0
    after = sp.csr_array(after)
    none = before[:0]
    found = values(distances.distances(totals(before), totals(after)))
    assert np.all(found > values(null_quantiles.paired_null_quantiles(before, after, none, none)))
    assert np.all(found < values(null_quantiles.null_quantiles(before, after)))


def test_a_version_that_only_grew_exceeds_the_paired_bound_when_the_new_items_differ():
    rng = np.random.default_rng(6)
    kept = long_tailed(rng, 400)
    alike, unlike = long_tailed(rng, 60), sp.csr_array(np.eye(12, dtype=np.int8)[[11] * 60])
    for new, differs in ((alike, False), (unlike, True)):
        bound = null_quantiles.paired_null_quantiles(kept, kept, kept[:0], new)
        found = distances.distances(totals(kept), totals(kept, new))
        assert np.all((values(found) > values(bound)) == differs)


def test_without_a_change_the_paired_bound_is_zero():
    kept = long_tailed(np.random.default_rng(0), 50)
    bound = null_quantiles.paired_null_quantiles(kept, kept, kept[:0], kept[:0])
    assert not values(bound).any()


def test_paired_draws_swap_or_keep_a_whole_labelset():
    # One item goes from tag 0 to tag 1, beside one that stays: two outcomes, equally far apart.
    before = sp.csr_array(np.array([[1, 0, 0], [0, 0, 1]], np.int8))
    after = sp.csr_array(np.array([[0, 1, 0], [0, 0, 1]], np.int8))
    bound = null_quantiles.paired_null_quantiles(before, after, before[:0], before[:0])
    expected = distances.distances([1, 0, 1], [0, 1, 1])
    assert values(bound) == pytest.approx(values(expected))


def test_kept_items_that_do_not_match_are_refused():
    kept = long_tailed(np.random.default_rng(0), 5)
    with pytest.raises(ValueError, match=r"shape \(5, 12\) in A and \(4, 12\) in B"):
        null_quantiles.paired_null_quantiles(kept, kept[:4], kept[:0], kept[:0])


def test_matrices_over_different_tags_are_refused():
    kept = long_tailed(np.random.default_rng(0), 5)
    with pytest.raises(ValueError, match="dimension"):
        null_quantiles.null_quantiles(kept, kept[:, :3])
