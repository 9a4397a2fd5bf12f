"""Laws of the limit on chains of near duplicates, each over random small corpora."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations, pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagledger.cleaning import chains
from tagledger.cleaning.chains import least_similarities
from tagledger.cleaning.near_duplicates import near_duplicate_groups

texts_of = st.lists(
    st.lists(st.sampled_from("abcde"), min_size=1, max_size=6).map(" ".join), max_size=14
)
limits = st.sampled_from([0.1, 0.3, 0.5, 0.8, 1.0])


def jaccard(one: str, other: str) -> float:
    a, b = ({*text.split(), *pairwise(text.split())} for text in (one, other))
    return len(a & b) / len(a | b)


def grouped(
    texts: list[str], keys: list[int] | None = None, chain: float | None = None
) -> list[list[str]]:
    """The texts of each group, sorted."""
    names = near_duplicate_groups(
        pa.array(texts, pa.large_string()),
        np.array(range(len(texts)) if keys is None else keys, np.int64),
        similarity=0.4,
        chain=chain,
    )
    found = defaultdict(list)
    for text, name in zip(texts, names.tolist(), strict=True):
        found[name].append(text)
    return sorted(sorted(group) for group in found.values())


@given(texts_of, limits)
def test_no_two_of_a_group_are_less_alike_than_the_limit(texts: list[str], chain: float) -> None:
    for group in grouped(texts, chain=chain):
        assert all(jaccard(*pair) >= chain for pair in combinations(group, 2))


@given(texts_of, limits, st.randoms(use_true_random=False))
def test_order_of_rows_is_nothing(texts: list[str], chain: float, chance: object) -> None:
    order = list(range(len(texts)))
    chance.shuffle(order)  # type: ignore[attr-defined]
    shuffled = [texts[at] for at in order]
    assert grouped(shuffled, order, chain) == grouped(texts, None, chain)


@given(texts_of, limits)
def test_a_limit_only_divides_groups_and_leaves_those_that_keep_to_it(
    texts: list[str], chain: float
) -> None:
    whole, cut = grouped(texts), grouped(texts, chain=chain)
    for group in whole:
        inside = [part for part in cut if set(part) <= set(group)]
        assert sorted(text for part in inside for text in part) == group
        if all(jaccard(*pair) >= chain for pair in combinations(group, 2)):
            assert inside == [group]


@given(texts_of)
def test_without_a_limit_groups_are_unions_of_similar_pairs(texts: list[str]) -> None:
    pairs = [pair for pair in combinations(texts, 2) if jaccard(*pair) >= 0.4]
    groups = [{text} for text in set(texts)]
    for one, other in pairs:
        together = [group for group in groups if group & {one, other}]
        groups = [group for group in groups if group not in together]
        groups.append(set().union(*together))
    assert sorted(sorted(set(group)) for group in grouped(texts)) == sorted(map(sorted, groups))


@given(texts_of, limits)
def test_large_groups_keep_to_the_limit_too(texts: list[str], chain: float) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chains, "ALL_PAIRS", 3)
        for group in grouped(texts, chain=chain):
            assert all(jaccard(*pair) >= chain for pair in combinations(group, 2))


def test_the_most_alike_are_joined_first() -> None:
    chain = ["a b c d e", "a b c d f", "a b c g f", "a b h g f"]
    assert grouped(chain) == [chain]
    assert [len(group) for group in grouped(chain, chain=0.4)] == [2, 2]


@given(texts_of, st.data())
def test_the_least_similarity_is_that_of_the_least_alike_pair(
    texts: list[str], data: st.DataObject
) -> None:
    groups = data.draw(st.lists(st.integers(-2, 3), min_size=len(texts), max_size=len(texts)))
    least = least_similarities(pa.array(texts, pa.large_string()), np.array(groups, np.int64))
    for name, found in zip(sorted(set(groups)), least.tolist(), strict=True):
        own = [text for text, group in zip(texts, groups, strict=True) if group == name]
        assert found == min([jaccard(*pair) for pair in combinations(own, 2)], default=1.0)


def test_of_a_large_group_the_least_is_never_told_too_low(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chains, "ALL_PAIRS", 2)
    texts = ["a b", "a c", "c d"]
    (least,) = least_similarities(pa.array(texts), np.zeros(3, np.int64))
    assert least >= min(jaccard(*pair) for pair in combinations(texts, 2))
