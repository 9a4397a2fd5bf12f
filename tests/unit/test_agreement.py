"""Agreement: published values, laws, and what was asked."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations, permutations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagledger.agreement import alpha as alpha_module
from tagledger.agreement.alpha import Alpha, alpha, alpha_of_votes
from tagledger.agreement.answers import answers_of
from tagledger.agreement.coefficients import coefficients, cohen
from tagledger.agreement.pairs import masi, overlap_of
from tagledger.agreement.result import Agreement, agreement, campaigns
from tests.conftest import examples

# Each row is an item, with the answers of the people in their order; * is no answer.

# K. Krippendorff (2011), "Computing Krippendorff's alpha-reliability": three observers, 15 units.
# The values are those of the package `krippendorff` 0.9 on it.
KRIPPENDORFF = """\
*    *    *    *    *    3    4    1    2    1    1    3    3    *    3
1    *    2    1    3    3    4    3    *    *    *    *    *    *    *
*    *    2    1    3    4    4    *    2    1    1    3    3    *    4
"""
# K. L. Gwet (2014), "Handbook of inter-rater reliability", fourth edition, page 120; the values are
# those of the R package irrCAC, whose dataset cac.raw4raters it is.
GWET = """\
1 2 3 3 2 1 4 1 2 * * *
1 2 3 3 2 2 4 1 2 5 * *
* 3 3 3 2 3 4 2 2 5 1 3
1 2 3 3 2 4 4 1 2 5 1 *
"""
# A question of 2019, https://stats.stackexchange.com/questions/407453: eleven items, two coders.
# An answer there has the value of the first three items, by NLTK. NLTK rounded the weights to .67
# and .33 until 2026; with the thirds of the paper it gives the value of all eleven.
CODERS = """\
1,2  1,2  1  3  3    4  2  1,2  1,2    1  1
1    1,2  1  3  1,3  4  4  1    1,2,3  1  1
"""

Labelset = set[str] | None


def answers(table: str, items: int | None = None) -> list[list[Labelset]]:
    """For each item, each person's labelset."""
    rows = [line.split()[:items] for line in table.splitlines()]
    return [
        [None if one == "*" else set(one.split(",")) for one in of]
        for of in zip(*rows, strict=True)
    ]


def votes(
    units: Iterable[Sequence[Labelset]],
    *,
    asked: Callable[[int, int], Iterable[str]] | None = None,
    **more: Any,
) -> pd.DataFrame:
    """Votes of people p0, p1 … on items 0, 1 …; all were asked all tags, or what `asked` says."""
    units = list(units)
    every = sorted({tag for unit in units for given in unit for tag in given or ()})
    rows = [
        (item, tag, f"p{person}", tag in given)
        for item, unit in enumerate(units)
        for person, given in enumerate(unit)
        if given is not None
        for tag in (every if asked is None else asked(item, person))
    ]
    frame = pd.DataFrame(rows, columns=["item", "tag", "by", "yes"])
    frame["yes"] = frame["yes"].astype(bool)
    return frame.assign(**({"act": "label", "campaign": ""} | more))


def measured(units: Iterable[Sequence[Labelset]]) -> Alpha:
    return alpha(overlap_of(answers_of(votes(units))))


def test_masi_alpha_of_the_example_of_three_and_of_eleven_items() -> None:
    assert measured(answers(CODERS, 3)).value == pytest.approx(4 / 9, abs=1e-12)
    found = measured(answers(CODERS))
    assert found.value == pytest.approx(0.540356, abs=1e-6)
    assert (found.items, found.answers) == (11, 22)


def test_alpha_of_krippendorffs_example() -> None:
    found = measured(answers(KRIPPENDORFF))
    assert found.value == pytest.approx(0.691358, abs=1e-6)
    assert found.nominal == pytest.approx(0.691358, abs=1e-6)
    assert (found.items, found.answers) == (12, 26)  # two units have one value, one has none


def test_coefficients_of_gwets_example() -> None:
    units = answers(GWET)
    assert measured(units).nominal == pytest.approx(0.74342, abs=5e-6)
    given = [[tag for one in unit for tag in one or ()] for unit in units]
    found = coefficients([[unit.count(tag) for tag in "12345"] for unit in given])
    assert found.ac1 == pytest.approx(0.77544, abs=5e-6)
    assert found.fleiss == pytest.approx(0.76117, abs=5e-6)
    assert found.agreement == pytest.approx(0.81818, abs=5e-6)


def test_a_rare_tag_has_a_small_kappa_and_a_large_ac1() -> None:
    yes, no = {"rare"}, set[str]()
    units = [(yes, yes)] * 10 + [(yes, no)] * 10 + [(no, yes)] * 10 + [(no, no)] * 970
    (tag,) = agreement(votes(units)).tags
    assert (tag.prevalence, tag.agreement) == (pytest.approx(0.02), pytest.approx(0.98))
    assert (round(tag.kappa, 2), round(tag.ac1, 2), tag.coefficient) == (0.49, 0.98, "cohen")
    assert (tag.items, tag.answers, tag.differing) == (1000, 2000, 20)


def apart(one: set[str], other: set[str], asked: set[str]) -> float:
    """MASI distance over what was asked, from its definition."""
    one, other = one & asked, other & asked
    if one == other:
        return 0.0
    weight = 2 / 3 if one <= other or other <= one else 1 / 3
    return 1 - weight * len(one & other) / len(one | other)


def by_hand(units: Sequence[Sequence[tuple[set[str], set[str]] | None]]) -> float:
    """Alpha by its definition, each answer beside each: pairs of a labelset and what was asked."""
    kept = []
    for unit in units:
        given = [one for one in unit if one is not None]
        alone = [
            one
            for at, one in enumerate(given)
            if not any(one[1] & other[1] for place, other in enumerate(given) if place != at)
        ]
        kept.append([one for one in given if not any(one is lonely for lonely in alone)])
    kept = [unit for unit in kept if unit]
    if not kept:
        return math.nan

    def distances(found: Sequence[tuple[set[str], set[str]]]) -> list[float]:
        return [apart(a[0], b[0], a[1] & b[1]) for a, b in permutations(found, 2) if a[1] & b[1]]

    number = sum(map(len, kept))
    observed = sum(len(unit) * float(np.mean(distances(unit))) for unit in kept) / number
    expected = float(np.mean(distances([one for unit in kept for one in unit])))
    return 1 - observed / expected if expected else 1.0


TAGS = "abcde"
labelsets = st.one_of(st.none(), st.sets(st.sampled_from(TAGS), max_size=3))
tables_of_answers = st.lists(st.lists(labelsets, min_size=3, max_size=3), min_size=1, max_size=8)


@given(tables_of_answers)
def test_alpha_is_what_its_definition_says(units: list[list[Labelset]]) -> None:
    frame = votes(units, asked=lambda *_: TAGS)
    unlimited = [[None if one is None else (one, set(TAGS)) for one in unit] for unit in units]
    assert alpha_of_votes(frame).value == pytest.approx(by_hand(unlimited), nan_ok=True, abs=1e-12)


@given(tables_of_answers, st.randoms(use_true_random=False))
def test_what_was_not_asked_is_missing(units: list[list[Labelset]], random: Any) -> None:
    sets = [[set(random.sample(TAGS, random.randint(1, 5))) for _ in range(3)] for _ in units]
    frame = votes(
        [[one and one & sets[i][p] for p, one in enumerate(unit)] for i, unit in enumerate(units)],
        asked=lambda item, person: sets[item][person],
    )
    limited = [
        [None if one is None else (one & sets[i][p], sets[i][p]) for p, one in enumerate(unit)]
        for i, unit in enumerate(units)
    ]
    assert alpha_of_votes(frame).value == pytest.approx(by_hand(limited), nan_ok=True, abs=1e-12)


@examples(40)
@given(tables_of_answers, st.randoms(use_true_random=False))
def test_neither_names_nor_the_order_of_rows_matter(
    units: list[list[Labelset]], random: Any
) -> None:
    frame = votes(units)
    names = ["p0", "p1", "p2"]
    random.shuffle(names)
    other = frame.sample(frac=1, random_state=random.randint(0, 2**31))
    one = agreement(frame)
    assert repr(agreement(other)) == repr(one)
    renamed = other.assign(by=other["by"].map(dict(zip(("p0", "p1", "p2"), names, strict=True))))
    two = agreement(renamed.astype({"by": "category", "tag": "category"}))
    for first, second in zip([one.alpha, *one.tags], [two.alpha, *two.tags], strict=True):
        numbers = [value for value in vars(first).values() if not isinstance(value, str)]
        others = [value for value in vars(second).values() if not isinstance(value, str)]
        assert numbers == pytest.approx(others, nan_ok=True, abs=1e-9)


@given(st.lists(st.sets(st.sampled_from(TAGS), max_size=3), min_size=1, max_size=8))
def test_equal_answers_have_an_alpha_of_1(sets: list[set[str]]) -> None:
    found = alpha_of_votes(votes([[one] * 3 for one in sets], asked=lambda *_: TAGS))
    assert (found.value, found.nominal) == (1, 1)


def random_answers(items: int, people: int, seed: int = 0) -> list[list[Labelset]]:
    """Answers by chance: two or three of a hundred tags, some much more often than others."""
    random = np.random.default_rng(seed)
    chance = 0.5 / np.arange(1, 101)
    return [
        [set(map(str, np.flatnonzero(random.random(100) < chance))) for _ in range(people)]
        for _ in range(items)
    ]


def test_answers_by_chance_have_an_alpha_near_0() -> None:
    found = measured(random_answers(400, 3))
    assert abs(found.value) < 0.02
    assert found.low < 0 < found.high


def resampled(units: list[list[Labelset]], draws: int) -> tuple[float, float]:
    """The interval by drawing the items themselves again."""
    random = np.random.default_rng(1)
    given = votes(units)
    of_item = len(given) // len(units)  # everybody was asked all tags
    found = []
    for _ in range(draws):
        items = random.integers(len(units), size=len(units))
        rows = np.add.outer(items * of_item, np.arange(of_item)).ravel()
        drawn = given.take(rows).assign(item=np.repeat(np.arange(len(units)), of_item))
        found.append(alpha_of_votes(drawn.reset_index(drop=True)).value)
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)


def noisy(items: int, seed: int = 3) -> list[list[Labelset]]:
    """Three people who agree on most of their tags."""
    random = np.random.default_rng(seed)
    truth = random_answers(items, 1, seed)
    return [
        [{tag for tag in unit[0] or () if random.random() < 0.8} for _ in range(3)]
        for unit in truth
    ]


def test_the_interval_is_that_of_drawing_items_again() -> None:
    units = noisy(40)
    found = measured(units)
    low, high = resampled(units, 300)
    assert found.low == pytest.approx(low, abs=0.04)
    assert found.high == pytest.approx(high, abs=0.04)
    assert found.low < found.value < found.high
    assert measured(units) == found  # the draws hang on the data alone


def test_of_many_answers_a_sample_stands_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    units = noisy(1000)
    whole = measured(units)
    monkeypatch.setattr(alpha_module, "MOST_ANSWERS", 900)
    sampled = measured(units)
    assert sampled != whole
    assert (sampled.items, sampled.answers) == (1000, 3000)
    assert sampled.value == pytest.approx(whole.value, abs=0.01)
    assert sampled.high - sampled.low == pytest.approx(whole.high - whole.low, rel=0.3)


@pytest.mark.parametrize(
    "units", [[], [[{"a"}, None]], [[{"a"}, None], [None, {"a"}]]], ids=["none", "one", "apart"]
)
def test_without_an_item_of_two_people_there_is_nothing_to_measure(
    units: list[list[Labelset]],
) -> None:
    found = agreement(votes(units))
    assert math.isnan(found.alpha.value)
    assert math.isnan(found.alpha.low)
    assert found.alpha.items == 0
    assert (found.tags, found.pairs, found.confused, found.items) == ([], [], [], [])
    assert len(found.annotators) == len({p for unit in units for p, one in enumerate(unit) if one})


def test_of_one_item_there_is_no_interval() -> None:
    found = measured([[{"a"}, {"a", "b"}]])
    assert math.isnan(found.low)
    assert found.value == pytest.approx(0)


def test_two_who_were_asked_no_tag_in_common_are_not_compared() -> None:
    units = [[{"a"}, {"b"}], [{"a"}, {"b"}]]
    found = agreement(votes(units, asked=lambda _, person: "ab"[person]))
    assert math.isnan(found.alpha.value)
    assert not found.pairs


def test_two_empty_labelsets_are_equal() -> None:
    zero, one, two = np.array([0]), np.array([1]), np.array([2])
    assert masi(zero, zero, zero).tolist() == [1]
    assert masi(zero, one, zero).tolist() == [0]
    assert masi(one, two, one) == pytest.approx(1 / 3)  # one of two, and one within the other
    assert masi(two, two, one) == pytest.approx(1 / 9)


def test_the_kappa_of_a_tag_is_cohens_for_two_people_and_fleiss_for_more() -> None:
    units = [[{"a", "b"}, {"a"}, None], [{"a"}, set(), {"b"}], [set(), set(), None]] * 4
    found = {
        tag.tag: tag
        for tag in agreement(
            votes(units, asked=lambda _, person: "b" if person == 2 else "ab")
        ).tags
    }
    assert found["a"].coefficient == "cohen"
    assert found["a"].kappa == pytest.approx(cohen(12, 8, 4, 4))
    assert found["b"].coefficient == "fleiss"
    assert found["b"].kappa == pytest.approx(coefficients([[1, 1], [2, 1], [2, 0]] * 4).fleiss)
    assert (found["a"].items, found["a"].answers, found["b"].answers) == (12, 24, 28)


@given(tables_of_answers)
def test_agreement_of_two_is_that_of_their_tags(units: list[list[Labelset]]) -> None:
    frame = votes(units, asked=lambda *_: TAGS)
    for pair in agreement(frame).pairs:
        one, two = int(pair.first[1]), int(pair.second[1])
        both = [(unit[one], unit[two]) for unit in units if None not in (unit[one], unit[two])]
        same = [(tag in a) == (tag in b) for a, b in both for tag in TAGS]
        assert pair.items == len(both)
        assert pair.equal == sum(a == b for a, b in both)
        assert pair.agreement == pytest.approx(np.mean(same))
        similar = [1 - apart(a, b, set(TAGS)) for a, b in both]
        assert pair.masi == pytest.approx(np.mean(similar))


def test_two_who_agree_everywhere_are_named_from_ten_items_on() -> None:
    units = [[{"a"}, {"a"}, {"b"}], [{"b"}, {"b"}, {"b"}]] * 5
    (copy,) = agreement(votes(units)).copies
    assert (copy.first, copy.second, copy.items) == ("p0", "p1", 10)
    assert not agreement(votes(units[:9])).copies
    assert not agreement(votes([*units, [{"a"}, {"b"}, None]])).copies


def test_tags_that_stand_for_each_other_are_found() -> None:
    swapped = [[{"cv"}, {"nlp"}], [{"nlp"}, {"cv"}]] * 5
    units = [*swapped, *([[{"cv"}, {"cv"}]] * 40), *([[{"x"}, set()]] * 3)]
    found = agreement(votes(units)).confused
    assert [(pair.first, pair.second) for pair in found] == [("cv", "nlp")]
    assert found[0].items == 10
    assert found[0].expected == pytest.approx(10 * 10 / (2 * 53))
    assert found[0].beyond_chance


def test_tags_that_stand_for_each_other_now_and_then_are_not_beyond_chance() -> None:
    found = agreement(votes([[{"cv"}, {"nlp"}], *([[{"cv"}, {"cv"}]] * 5)])).confused
    assert [(pair.items, pair.beyond_chance) for pair in found] == [(1, False)]


def test_items_are_named_by_how_far_people_differ() -> None:
    units = [[{"a"}, {"a"}], [{"a"}, {"b"}], [{"a", "b"}, {"a"}], [{"c"}, {"d"}]]
    found = agreement(votes(units))
    assert [(one.item, one.differing) for one in found.items] == [
        (1, ["a", "b"]),
        (3, ["c", "d"]),
        (2, ["b"]),
    ]
    assert found.disputed == 3
    assert found.items[2].answers == {"p0": ["a", "b"], "p1": ["a"]}
    assert found.items[2].distance == pytest.approx(2 / 3)


def test_an_annotator_is_compared_with_what_others_decided() -> None:
    labels = votes([[{"a"}, {"b"}], [{"a", "b"}, set()]])
    gold = pd.DataFrame(
        [
            (0, "a", "lead", True, "gold"),
            (0, "b", "lead", False, "gold"),
            (1, "b", "lead", True, "gold"),
            (1, "a", "lead", True, "gold"),
            (1, "a", "p0", False, "gold"),  # the two differ: nothing is gold here
            (0, "a", "p1", True, "adjudicate"),  # p1 is not compared with p1
        ],
        columns=["item", "tag", "by", "yes", "act"],
    ).assign(campaign="")
    found = agreement(pd.concat([labels, gold], ignore_index=True))
    p0, p1 = found.gold
    assert (p0.by, p0.items, p0.answers, p0.agreement, p0.missed, p0.extra) == ("p0", 2, 3, 1, 0, 0)
    assert (p1.answers, p1.agreement, p1.missed, p1.extra) == (3, 0, 2, 1)
    assert p1.masi == 0
    assert [(one.by, one.agreement) for one in found.adjudicated] == [("p0", 1.0)]


def test_a_campaign_has_its_own_labels_and_the_gold_of_all() -> None:
    first = votes([[{"a"}, {"a"}]], campaign="first")
    second = votes([[{"a"}, {"b"}]], campaign="second").assign(item=7)
    gold = votes([[{"a"}]], act="gold").assign(by="lead", item=7)
    frame = pd.concat([first, second, gold], ignore_index=True)
    assert campaigns(frame) == ["first", "second"]
    assert agreement(frame, "first").alpha.value == 1
    assert agreement(frame, "first").gold == []
    assert [one.by for one in agreement(frame, "second").gold] == ["p0", "p1"]
    assert agreement(frame).alpha.items == 2


def test_every_two_people_and_every_tag_of_many_are_measured() -> None:
    units = random_answers(30, 6)
    found: Agreement = agreement(votes(units))
    assert [(pair.first, pair.second) for pair in found.pairs] == list(
        combinations([f"p{n}" for n in range(6)], 2)
    )
    every: Mapping[str, int] = {tag.tag: tag.items for tag in found.tags}
    assert set(every.values()) == {30}
    assert [(one.by, one.items, one.shared) for one in found.annotators] == [
        (f"p{n}", 30, 30) for n in range(6)
    ]
