from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tagledger.cleaning import near_duplicates
from tagledger.cleaning.grams import GramSets
from tagledger.cleaning.near_duplicates import bands_and_rows, near_duplicate_groups
from tagledger.errors import TagledgerError

PROJECTS = (
    "GokuMohandas/Made-With-ML/118ae2237b635410626b82670157588a691791e0/datasets/projects.json"
)

sentences = st.lists(
    st.sampled_from(["a", "b", "c", "d", "e", "F", "G", "!", "é"]), max_size=7
).map(" ".join)
corpora = st.lists(sentences, max_size=12)


def groups_of(texts: list[str | None], similarity: float = 0.7) -> list[int]:
    keys = np.arange(len(texts))
    return near_duplicate_groups(
        pa.array(texts, pa.large_string()), keys, similarity=similarity
    ).tolist()


def grams(text: str) -> frozenset[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return frozenset([(word,) for word in words] + list(pairwise(words)))


def jaccard_pairs(texts: list[str], similarity: float) -> NDArray[np.int64]:
    """All pairs of near duplicates by the definition: every text against every other."""
    number: defaultdict[tuple[str, ...], int] = defaultdict(lambda: len(number))
    sets = [[number[gram] for gram in grams(text)] for text in texts]
    ends = np.cumsum([0, *map(len, sets)])
    columns = [column for row in sets for column in row]
    shape = (len(texts), len(number))
    matrix = sp.csr_array((np.ones(len(columns), np.int64), columns, ends), shape=shape)
    shared = sp.triu(matrix @ matrix.T, k=1).tocoo()
    sizes = np.diff(ends)
    jaccard = shared.data / (sizes[shared.row] + sizes[shared.col] - shared.data)
    return np.c_[shared.row, shared.col][jaccard >= similarity]


def smallest_of_component(pairs: NDArray[np.int64], count: int) -> list[int]:
    graph = sp.coo_array((np.ones(len(pairs)), pairs.T), shape=(count, count))
    _, component = sp.csgraph.connected_components(graph, directed=False)
    return np.unique(component, return_index=True)[1][component].tolist()


def planted_corpus(count: int, seed: int) -> list[str]:
    """Texts of which every fourth is an earlier one with up to four words changed."""
    chance = random.Random(seed)
    vocabulary = [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in "aeiou" for c in "lmnrstx"]
    texts: list[list[str]] = []
    for place in range(count):
        if place % 4 == 3:
            words = list(chance.choice(texts))
            for _ in range(chance.randint(0, 4)):
                at = chance.randrange(len(words))
                words[at : at + chance.randint(0, 1)] = [chance.choice(vocabulary)]
        else:
            words = [chance.choice(vocabulary) for _ in range(chance.randint(3, 40))]
        texts.append(words)
    return [" ".join(words) for words in texts]


def test_a_group_is_named_by_the_member_with_the_smallest_key() -> None:
    texts = pa.array(["red green blue", "else", "Red, green: BLUE!", "red  green\tblue"])
    numbers = near_duplicate_groups(texts, np.array([9, 1, 5, 7]), similarity=0.7)
    assert numbers.tolist() == [2, 1, 2, 2]
    assert numbers.dtype == np.int64
    words = near_duplicate_groups(
        texts, np.array(["m", "n", "z", "a"], dtype=object), similarity=0.7
    )
    assert words.tolist() == [3, 1, 3, 3]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()], ids=str)
def test_reads_any_string_array(kind: pa.DataType) -> None:
    texts = pa.array(["skip me", "a b", "b", None, "a  b"], kind).slice(1)
    chunks = pa.chunked_array([texts.slice(0, 1), texts.slice(1)])
    for form in (texts, chunks):
        groups = near_duplicate_groups(form, np.arange(4), similarity=1)
        assert groups.tolist() == [0, 1, 2, 0]


def test_texts_without_a_word_are_alone() -> None:
    assert groups_of(["", None, "!?", "\U0001f600", "", None, "a", "A"]) == [0, 1, 2, 3, 4, 5, 6, 6]
    assert groups_of(["", None, "..."]) == [0, 1, 2]
    assert groups_of([]) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("Gro\u00dfe STRASSE", "GROSSE stra\u00dfe", id="case folding"),
        pytest.param("snake_case", "SNAKE_CASE", id="underscore is part of a word"),
        pytest.param("don't stop", "don t: stop", id="punctuation parts words"),
        pytest.param("\u00c9T\u00c9 2020", "\u00e9t\u00e9 2020", id="letters beyond ASCII"),
    ],
)
def test_same_words(one: str, other: str) -> None:
    assert groups_of([one, other], similarity=1) == [0, 0]


def test_order_of_words_counts() -> None:
    assert groups_of(["a b c", "c b a"], similarity=1) == [0, 1]


def test_scripts_without_spaces_are_compared_by_character() -> None:
    one = "\u673a\u5668\u5b66\u4e60\u5b9e\u6218\u6559\u7a0b\u4e0e\u4ee3\u7801"
    assert groups_of([one, one + "\u5e93"]) == [0, 0]
    assert groups_of([one, one[::-1]]) == [0, 1]


def test_the_threshold_itself_is_near_enough() -> None:
    # {a .. g} and 6 pairs, 13 in all, are within {a .. h} and 7 pairs, 15 in all.
    texts = ["a b c d e f g", "a b c d e f g h"]
    assert groups_of(texts, similarity=13 / 15) == [0, 0]
    assert groups_of(texts, similarity=np.nextafter(13 / 15, 1)) == [0, 1]


def test_repeated_words_count_once() -> None:
    assert groups_of(["a a a a a", "a a"], similarity=1) == [0, 0]


def test_groups_are_chains() -> None:
    words = [f"w{number}" for number in range(60)]
    chain = [" ".join(words[start : start + 40]) for start in range(0, 20, 4)]
    assert len(jaccard_pairs(chain, 0.7)) == 4
    assert groups_of(chain) == [0] * 5
    assert groups_of([chain[0], chain[4]]) == [0, 1]


@given(corpora, st.sampled_from([0.3, 0.5, 0.7, 0.9]))
def test_a_group_never_rests_on_an_estimate(texts: list[str], similarity: float) -> None:
    groups = groups_of(texts, similarity)
    truth = smallest_of_component(jaccard_pairs(texts, similarity), len(texts))
    assert [truth[group] for group in groups] == truth


@given(corpora)
def test_at_one_groups_are_equal_sets(texts: list[str]) -> None:
    first: dict[object, int] = {}
    expected = [first.setdefault(grams(text) or place, place) for place, text in enumerate(texts)]
    assert groups_of(texts, similarity=1) == expected


@given(corpora)
def test_a_representative_is_the_first_of_its_group(texts: list[str]) -> None:
    groups = groups_of(texts)
    assert all(group <= place for place, group in enumerate(groups))
    assert all(groups[group] == group for group in groups)


@given(corpora, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(texts: list[str], chance: random.Random) -> None:
    order = list(range(len(texts)))
    chance.shuffle(order)
    shuffled = near_duplicate_groups(
        pa.array([texts[place] for place in order], pa.string()), np.array(order), similarity=0.5
    )
    by_key = {order[place]: order[group] for place, group in enumerate(shuffled)}
    assert [by_key[key] for key in range(len(texts))] == groups_of(texts, 0.5)


def test_a_higher_similarity_refines() -> None:
    texts = planted_corpus(1500, seed=3)
    fine = groups_of(texts, 1)
    for similarity in (0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4):
        coarse = groups_of(texts, similarity)
        assert [coarse[group] for group in fine] == coarse
        assert len(set(coarse)) < len(set(fine))
        fine = coarse


@pytest.mark.parametrize("similarity", [0.5, 0.7, 0.9])
def test_finds_planted_near_duplicates(similarity: float) -> None:
    texts = planted_corpus(3000, seed=5)
    pairs = jaccard_pairs(texts, similarity)
    assert len(pairs) > 200
    groups = np.array(groups_of(texts, similarity))
    together = groups[pairs[:, 0]] == groups[pairs[:, 1]]
    assert together.mean() >= 0.999


def test_finds_pairs_right_at_the_threshold() -> None:
    # 34 words and their 33 pairs are 67 of the 75 grams of these and four words more.
    chance = random.Random(1)
    texts = []
    for number in range(2000):
        words = [f"x{chance.getrandbits(64)}" for _ in range(34)]
        texts += [" ".join(words), " ".join([*words, *(f"y{number}x{k}" for k in range(4))])]
    groups = np.array(groups_of(texts, 67 / 75))
    assert (groups[::2] == groups[1::2]).mean() >= 0.998
    assert (np.array(groups_of(texts, 68 / 75)) == np.arange(len(texts))).all()


def test_the_published_catalogue(upstream: Path) -> None:
    projects = json.loads((upstream / PROJECTS).read_text())
    texts = [f"{project['title']} {project['description']}" for project in projects]
    for similarity in (0.5, 0.7):
        pairs = jaccard_pairs(texts, similarity)
        assert len(pairs)
        assert groups_of(texts, similarity) == smallest_of_component(pairs, len(texts))


def test_a_boilerplate_makes_one_group_with_few_comparisons(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared = []
    shared = GramSets.count_shared

    def counting(
        self: GramSets, left: NDArray[np.int64], right: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        compared.append(len(left))
        return shared(self, left, right)

    monkeypatch.setattr(GramSets, "count_shared", counting)
    boilerplate = "a project about machine learning from the catalogue of all the projects, number"
    count = 3000
    assert groups_of([f"{boilerplate} {number}" for number in range(count)]) == [0] * count
    assert sum(compared) < 3 * count


def test_a_large_bucket_yields_few_pairs() -> None:
    count = 500
    pairs = list(near_duplicates.candidates(np.zeros((count, 1), np.uint64)))
    left, right = np.concatenate(pairs, axis=1)
    assert len(left) < count * near_duplicates.NEIGHBOURS
    assert (left < right).all()
    assert {(place, place + 1) for place in range(count - 1)} <= set(zip(left, right, strict=True))


def test_the_order_of_rows_does_not_matter_where_buckets_are_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # With one neighbour each, which pairs are compared hangs on the order within a bucket.
    monkeypatch.setattr(near_duplicates, "NEIGHBOURS", 1)
    chance = random.Random(2)
    texts = [" ".join(chance.choices("abcdef", k=6)) for _ in range(400)]
    expected = groups_of(texts, 0.6)
    assert 10 < len(set(expected)) < 390
    order = chance.sample(range(len(texts)), len(texts))
    shuffled = near_duplicate_groups(
        pa.array([texts[place] for place in order]), np.array(order), similarity=0.6
    )
    by_key = {order[place]: order[group] for place, group in enumerate(shuffled)}
    assert [by_key[key] for key in range(len(texts))] == expected


def test_the_same_under_another_hash_seed_and_number_of_threads() -> None:
    code = (
        "import sys, json, numpy as np, pyarrow as pa\n"
        "from tagledger.cleaning.near_duplicates import near_duplicate_groups as groups\n"
        "texts = json.load(sys.stdin)\n"
        "keys = np.arange(len(texts))\n"
        "print(json.dumps(groups(pa.array(texts), keys, similarity=0.5).tolist()))\n"
    )
    texts = planted_corpus(400, seed=7)
    one_thread = {"PYTHONHASHSEED": "11", "RAYON_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    run = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(texts),
        env=os.environ | one_thread,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(run.stdout) == groups_of(texts, 0.5)


@pytest.mark.parametrize("similarity", np.linspace(0.1, 1, 19), ids="{:.2f}".format)
def test_bands_and_rows_reach_the_recall(similarity: float) -> None:
    bands, rows = bands_and_rows(similarity)
    assert 1 - (1 - similarity**rows) ** bands >= 0.999
    assert bands * rows <= 256
    longer = rows + 1  # as selective as the signature allows
    needed = near_duplicates.bands_needed(similarity, longer)
    assert needed * longer > 256


def test_bands_and_rows_of_the_default() -> None:
    assert bands_and_rows(0.7) == (38, 5)
    assert bands_and_rows(1) == (1, 256)


@pytest.mark.parametrize("similarity", [0, 0.05, -1, 1.01, 70, float("nan")])
def test_a_similarity_out_of_range(similarity: float) -> None:
    with pytest.raises(TagledgerError, match=re.escape(str(similarity))) as error:
        groups_of(["a"], similarity)
    assert "0.7" in error.value.hint


def test_keys_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="2 texts have 3 keys"):
        near_duplicate_groups(pa.array(["a", "b"]), np.arange(3), similarity=0.7)
    with pytest.raises(ValueError, match="not unique"):
        near_duplicate_groups(pa.array(["a", "b"]), np.array([4, 4]), similarity=0.7)
