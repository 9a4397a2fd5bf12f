"""The clean stage: rows in = items + quarantined + merged, one spelling for each tag."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagledger.cleaning import make_pairs
from tagledger.errors import TagledgerError
from tagledger.params import CleanParams
from tagledger.stages.clean import Cleaned, clean
from tests.factories import raw, taxonomy

TREE = taxonomy(
    {
        "computer-vision": {"aliases": ["cv"]},
        "object-detection": {"aliases": ["detection"], "parents": ["computer-vision"]},
        "GPT-2": {},
    }
)


def tags_of(made: Cleaned) -> dict:
    grouped = made.labels.groupby("id", observed=True)["tag"].agg(list)
    return {item: grouped.get(item, []) for item in made.items["id"]}


def test_tags_are_brought_to_the_taxonomy_s_spelling() -> None:
    rows = [{"id": 1, "tags": ["Computer_Vision", " computer vision ", "gpt-2", "My Tag", " "]}]
    assert tags_of(clean(raw(rows, entries=TREE), CleanParams())) == {
        1: ["GPT-2", "computer-vision", "my-tag"]
    }


@pytest.mark.parametrize(
    ("resolve", "expected"),
    [(False, ["CV".lower(), "detection"]), (True, ["computer-vision", "object-detection"])],
)
def test_aliases_become_their_tag_only_when_asked(resolve: bool, expected: list[str]) -> None:
    rows = [{"id": 1, "tags": ["CV", "detection"]}]
    made = clean(raw(rows, entries=TREE), CleanParams(resolve_aliases=resolve))
    assert tags_of(made) == {1: expected}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("keep", {1: ["object-detection"], 2: ["computer-vision", "object-detection"]}),
        (
            "add",
            {
                1: ["computer-vision", "object-detection"],
                2: ["computer-vision", "object-detection"],
            },
        ),
        ("drop", {1: ["object-detection"], 2: ["object-detection"]}),
    ],
)
def test_broader_tags(rule, expected) -> None:
    rows = [
        {"id": 1, "tags": ["object-detection"]},
        {"id": 2, "tags": ["computer-vision", "object-detection"]},
    ]
    assert tags_of(clean(raw(rows, entries=TREE), CleanParams(parents=rule))) == expected


REPEATS = [
    {"id": 7, "tags": ["a"], "title": "old", "created_on": "2020-01-01"},
    {"id": 3, "tags": ["b"], "title": "other"},
    {"id": 7, "tags": ["c"], "title": "new", "created_on": "2021-01-01"},
    {"id": 7, "tags": ["d"], "title": "undated"},
]


@pytest.mark.parametrize(
    ("rule", "tags", "title"),
    [("first", ["a"], "old"), ("last", ["d"], "undated"), ("union", ["a", "c", "d"], "new")],
)
def test_repeated_ids(rule, tags, title) -> None:
    made = clean(raw(REPEATS), CleanParams(duplicate_ids=rule))
    assert tags_of(made) == {3: ["b"], 7: tags}
    assert made.items["title"].tolist() == ["other", title]
    assert (made.rows.rows, made.rows.items, made.rows.merged) == (4, 2, 2)


def test_repeated_ids_can_be_an_error_that_names_the_rows() -> None:
    with pytest.raises(TagledgerError, match="1 ids repeat, the first of them 7") as caught:
        clean(raw(REPEATS), CleanParams(duplicate_ids="error"))
    assert "rows 1, 3, 4" in str(caught.value)


def test_ids_of_text_stay_text() -> None:
    made = clean(raw([{"id": "b", "tags": ["x"]}, {"id": "a", "tags": []}]), CleanParams())
    assert made.items["id"].tolist() == ["a", "b"]
    assert tags_of(made) == {"a": [], "b": ["x"]}


def test_near_duplicates_share_the_smallest_id_as_group() -> None:
    text = "fine tuning a transformer for question answering on customer mail with pytorch"
    rows = [
        {"id": 9, "tags": ["x"], "title": text},
        {"id": 4, "tags": ["x"], "title": f"{text} now"},
        {"id": 5, "tags": ["x"], "title": "a survey of graph networks for molecules"},
        {"id": 6, "tags": ["x"]},
        {"id": 8, "tags": ["x"]},
    ]
    made = clean(raw(rows), CleanParams())
    assert made.items.set_index("id")["group"].to_dict() == {4: 4, 5: 5, 6: 6, 8: 8, 9: 4}
    alone = clean(raw(rows), CleanParams(near_duplicate_similarity=None))
    assert alone.items["group"].tolist() == alone.items["id"].tolist()


def test_text_is_cleaned() -> None:
    rows = [{"id": 1, "tags": ["x"], "title": " A &amp; B\r\n", "description": "<b>bold</b>\ttext"}]
    made = clean(raw(rows), CleanParams()).items
    assert (made["title"][0], made["description"][0]) == ("A & B", "bold text")


def test_rows_set_aside_are_kept_and_counted() -> None:
    rows = [{"id": n, "tags": ["x"]} for n in range(1, 100)]
    made = clean(raw(rows, rejected=[(100, None, "no id")]), CleanParams())
    assert made.quarantine["reason"].tolist() == ["no id"]
    assert (made.rows.rows, made.rows.items, made.rows.quarantined) == (100, 99, 1)


def test_too_many_rows_set_aside_fail_with_their_reasons() -> None:
    bad = [(1, None, "no id"), (2, "5", "created_on unreadable")]
    with pytest.raises(TagledgerError) as caught:
        clean(raw([{"id": 3, "tags": ["x"]}], rejected=bad), CleanParams())
    for words in ["2 of 3 rows", "no id", "created_on unreadable", "clean.max_quarantined"]:
        assert words in str(caught.value)


def test_a_source_without_usable_rows_is_refused() -> None:
    with pytest.raises(TagledgerError, match="no rows that can be used"):
        clean(raw([]), CleanParams())


@given(
    st.lists(st.tuples(st.integers(-1, 4), st.integers(0, 4)), max_size=30),
    st.lists(st.sampled_from(["a", "b", "c", ""]), min_size=5, max_size=5),
)
def test_pairs_are_distinct_and_ascending_and_none_is_lost(pairs, names) -> None:
    import numpy as np

    made = make_pairs(
        np.array([item for item, _ in pairs], np.int64),
        np.array([tag for _, tag in pairs], np.int64),
        names,
    )
    got = [(int(item), made.names[tag]) for item, tag in zip(made.item, made.tag, strict=True)]
    assert got == sorted({(item, names[tag]) for item, tag in pairs if item >= 0 and names[tag]})


@given(st.permutations(REPEATS + [{"id": n, "tags": ["e"], "title": "t"} for n in range(20, 25)]))
def test_the_order_of_the_source_s_rows_does_not_matter(rows) -> None:
    expected = clean(
        raw(REPEATS + [{"id": n, "tags": ["e"], "title": "t"} for n in range(20, 25)]),
        CleanParams(),
    )
    made = clean(raw(rows), CleanParams())
    assert made.items.equals(expected.items)
    assert made.labels.equals(expected.labels)
