"""Groups of equal texts, which is what is left when near duplicates are not looked for."""

from __future__ import annotations

import re
import sys
from collections import defaultdict

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagledger.cleaning import near_duplicates
from tagledger.cleaning.grams import WORD
from tagledger.cleaning.near_duplicates import near_duplicate_groups

# Short words of few letters, so that equal texts and anagrams both come up.
WORDS = st.text(alphabet="abAB_1é\u00df\u017fs\u212ak中— .", max_size=5)


def groups_of(texts: list[str | None]) -> list[int]:
    found = near_duplicate_groups(
        pa.array(texts, pa.string()), np.arange(len(texts)), similarity=None
    )
    return list(map(int, found))


def by_words(texts: list[str | None]) -> list[int]:
    """The same from the definition: the first text of the same words; alone without a word."""
    places: dict[str | int, list[int]] = defaultdict(list)
    for place, text in enumerate(texts):
        words = WORD.findall((text or "").casefold())
        places[" ".join(words) or place].append(place)
    first = {place: same[0] for same in places.values() for place in same}
    return [first[place] for place in range(len(texts))]


@given(st.lists(st.none() | WORDS, max_size=12))
def test_texts_of_the_same_words_share_a_group_and_no_others_do(texts: list[str | None]) -> None:
    assert groups_of(texts) == by_words(texts)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param("Deep  learning!", "deep LEARNING", True, id="case-and-punctuation"),
        pytest.param("Straße", "STRASSE", True, id="a-letter-that-folds-to-two"),
        pytest.param("ﬁne \u212aelvin", "fine kelvin", True, id="letters-that-fold-to-ascii"),
        pytest.param("a — b", "a b", True, id="a-dash-beyond-ascii"),
        pytest.param("a b", "b a", False, id="another-order"),
        pytest.param("a b a b", "a b a b a b", False, id="equal-sets-of-grams"),
        pytest.param("", "!?", False, id="without-a-word"),
    ],
)
def test_two_texts(one: str, other: str, same: bool) -> None:
    assert groups_of([one, other]) == [0, 0 if same else 1]


def test_every_character_that_folds_to_ascii_is_known() -> None:
    folding = {
        chr(code)
        for code in range(128, sys.maxunicode + 1)
        if any(letter.isascii() for letter in chr(code).casefold())
    }
    known = re.compile(near_duplicates.FOLDS_TO_ASCII)
    assert {letter for letter in folding if not known.match(letter)} == set()


def test_many_texts_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_duplicates, "_TEXTS_AT_ONCE", 3)
    texts = ["x", "one two", None, "y", "One, two", "z", "", "ONE TWO"]
    chunked = pa.chunked_array([texts[:4], texts[4:5], texts[5:]], pa.string())
    keys = np.array([7, 6, 5, 4, 3, 2, 1, 0])
    found = near_duplicate_groups(chunked, keys, similarity=None)
    assert list(map(int, found)) == [0, 7, 2, 3, 7, 5, 6, 7]


def test_nothing() -> None:
    assert groups_of([]) == []
