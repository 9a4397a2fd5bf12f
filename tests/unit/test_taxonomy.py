"""The taxonomy: spelling, aliases, broader tags."""

from __future__ import annotations

import pandas as pd
import pytest

from tagledger.cleaning.taxonomy import Spelling, alias_owners, ancestors, clean_taxonomy
from tagledger.errors import TagledgerError
from tagledger_schemas.clean import Taxonomy
from tests.factories import taxonomy


def test_the_taxonomy_s_spelling_stands() -> None:
    spelling = Spelling(["GPT-2", "computer-vision"])
    assert spelling.of("gpt_2") == "GPT-2"
    assert spelling.of(" Computer  Vision ") == "computer-vision"
    assert spelling.of("Some New_tag") == "some-new-tag"
    assert spelling.of(" _ ") == "_"
    assert spelling.of(" \u200b") == ""


def test_no_taxonomy_is_an_empty_one() -> None:
    empty = clean_taxonomy(None)
    assert len(empty) == 0
    Taxonomy.validate(empty)


def test_names_are_sorted_and_brought_to_one_spelling() -> None:
    raw = taxonomy(
        {
            "transformers": {"aliases": ["Transformer Model"], "parents": ["Deep Learning"]},
            "deep-learning": {"aliases": ["DL", "deep_learning"]},
        }
    )
    clean = clean_taxonomy(raw)
    Taxonomy.validate(clean)
    assert clean["tag"].tolist() == ["deep-learning", "transformers"]
    assert clean["aliases"].tolist() == [["dl"], ["transformer-model"]]
    assert clean["parents"].tolist() == [[], ["deep-learning"]]
    assert alias_owners(clean) == {"dl": "deep-learning", "transformer-model": "transformers"}


def test_a_parent_given_by_its_alias_is_its_tag() -> None:
    raw = taxonomy({"a": {"aliases": ["first"]}, "b": {"parents": ["First", "unknown"]}})
    assert clean_taxonomy(raw)["parents"].tolist() == [[], ["a", "unknown"]]


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({"a b": {}, "A_B": {}}, "one tag twice"),
        ({"a": {"aliases": ["x"]}, "b": {"aliases": ["X"]}}, "also names a"),
        ({"a": {"aliases": ["b"]}, "b": {}}, "also names b"),
        ({" ": {}}, "blank"),
        (
            {"a": {"parents": ["b"]}, "b": {"parents": ["c"]}, "c": {"parents": ["a"]}},
            "a > b > c > a",
        ),
    ],
    ids=["tag twice", "alias of two", "alias is a tag", "blank", "cycle"],
)
def test_a_taxonomy_that_contradicts_itself_is_refused(entries, words: str) -> None:
    with pytest.raises(TagledgerError, match=words):
        clean_taxonomy(taxonomy(entries))


def test_ancestors_reach_all_the_way_up_and_beyond_the_tags_in_use() -> None:
    tree = taxonomy({"a": {"parents": ["b"]}, "b": {"parents": ["c"]}, "c": {}, "d": {}})
    names, broader = ancestors(tree, ["a", "d"])
    assert names == ["a", "d", "b", "c"]
    assert broader.toarray().tolist() == [[0, 0, 1, 1], [0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]]


def test_ancestors_of_nothing() -> None:
    names, broader = ancestors(pd.DataFrame({"tag": [], "parents": []}), [])
    assert names == []
    assert broader.shape == (0, 0)
