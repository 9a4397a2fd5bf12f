"""The clean stage: rows in = items + quarantined + merged, one spelling for each tag."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagledger.cleaning import accounts
from tagledger.cleaning.labels import make_pairs
from tagledger.errors import TagledgerError
from tagledger.params import CleanParams
from tagledger.readers.raw import Raw, read
from tagledger.sources.catalogue import Reading
from tagledger.stages import clean as stage
from tagledger.stages.clean import NOTHING_SEEN, Cleaned, clean
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
    # The annotate stage goes by it; where aliases stay, nothing is said.
    assert made.rows.as_json().get("resolve_aliases") == (True if resolve else None)


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
    made = clean(raw(rows, set_aside=[(100, None, "no id")]), CleanParams())
    assert made.quarantine["reason"].tolist() == ["no id"]
    assert (made.rows.rows, made.rows.items, made.rows.quarantined) == (100, 99, 1)


def test_too_many_rows_set_aside_fail_with_their_reasons() -> None:
    bad = [(1, None, "no id"), (2, "5", "created_on unreadable")]
    with pytest.raises(TagledgerError) as caught:
        clean(raw([{"id": 3, "tags": ["x"]}], set_aside=bad), CleanParams())
    for words in ["2 of 3 rows", "no id", "created_on unreadable", "clean.max_quarantined"]:
        assert words in str(caught.value)


def test_a_source_without_usable_rows_is_refused() -> None:
    with pytest.raises(TagledgerError, match="no rows that can be used"):
        clean(raw([]), CleanParams())


def test_a_source_of_which_all_rows_may_be_set_aside_says_why_they_were() -> None:
    bad = [(1, None, "no id"), (2, "5", "created_on unreadable")]
    with pytest.raises(TagledgerError, match=r"no rows that can be used\n  1 x .*\n  1 x "):
        clean(raw([], set_aside=bad), CleanParams(max_quarantined=1.0))


@given(
    st.lists(st.tuples(st.integers(-1, 4), st.integers(0, 4)), max_size=30),
    st.lists(st.sampled_from(["a", "b", "c", ""]), min_size=5, max_size=5),
)
def test_pairs_are_distinct_and_ascending_and_none_is_lost(pairs, names) -> None:
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


# Tags are identifiers, and no label goes uncounted.


def one_each(*tags: str) -> Raw:
    """A source with an item for each tag, from 1 on."""
    return raw([{"id": item, "tags": [tag]} for item, tag in enumerate(tags, 1)])


@pytest.mark.parametrize(
    ("given_tags", "expected"),
    [
        (
            ["-1", "1", "-", "A-", "A", "A+", "__init__"],
            ["-1", "1", "-", "a-", "a", "a+", "__init__"],
        ),
        (["<p>", "<html>", "a<b>c", "&amp;", "&"], ["<p>", "<html>", "a<b>c", "&amp;", "&"]),
        (["Stra\u00dfe", "STRASSE", "strasse"], ["strasse"] * 3),
        (["\ufb01nance", "Finance"], ["finance"] * 2),
        (["Time_Series", "time-series", "TIME  series"], ["time-series"] * 3),
    ],
    ids=["signs", "html", "sharp s", "ligature", "words"],
)
def test_a_tag_is_an_identifier(given_tags: list[str], expected: list[str]) -> None:
    made = clean(one_each(*given_tags), CleanParams())
    assert [tags for (tags,) in tags_of(made).values()] == expected
    assert made.rows.labels["in"] == made.rows.labels["out"] == len(given_tags)


def test_spellings_that_became_one_tag_are_written_down() -> None:
    made = clean(one_each("STRASSE", "Stra\u00dfe", "STRASSE", "A-", "A"), CleanParams())
    assert made.rows.spellings == {
        "tags": 1,
        "spellings": 2,
        "of": {"strasse": {"STRASSE": 2, "Stra\u00dfe": 1}},
    }


def test_only_so_many_merged_spellings_are_written_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "MERGED_TAGS", 1)
    monkeypatch.setattr(accounts, "SPELLINGS", 2)
    made = clean(one_each("a", "A", "b", "B", "b ", "c"), CleanParams())
    assert made.rows.spellings == {
        "tags": 2,
        "spellings": 5,
        "of": {"b": {"B": 1, "b": 1}},
    }


def test_exact_spelling_keeps_tags_to_the_letter() -> None:
    tags = ["Stra\u00dfe", "STRASSE", "Time_Series", "time-series", "A-", "a-", "x  y"]
    made = clean(one_each(*tags), CleanParams(tag_spelling="exact"))
    assert [tag for (tag,) in tags_of(made).values()] == [*tags[:-1], "x y"]
    assert made.rows.tag_spelling == "exact"


def test_exact_spelling_holds_for_the_taxonomy_too() -> None:
    tree = taxonomy({"Cat": {"aliases": ["kitty"]}, "cat": {"parents": ["Cat"]}})
    rows = [{"id": 1, "tags": ["Cat"]}, {"id": 2, "tags": ["cat", "CAT", "kitty", "Kitty"]}]
    rules = CleanParams(tag_spelling="exact", resolve_aliases=True)
    made = clean(raw(rows, entries=tree), rules)
    assert tags_of(made) == {1: ["Cat"], 2: ["CAT", "Cat", "Kitty", "cat"]}
    with pytest.raises(
        TagledgerError, match=r"one tag twice: Cat and cat(.|\n)*tag_spelling to exact"
    ):
        clean(raw(rows, entries=tree), CleanParams())


def test_a_tag_of_which_nothing_is_seen_is_set_aside_and_its_item_is_not() -> None:
    rows = [{"id": 8, "tags": ["\u200b", "x", " "]}, {"id": 3, "tags": ["\u200b"]}]
    made = clean(raw(rows), CleanParams())
    assert tags_of(made) == {3: [], 8: ["x"]}
    assert made.quarantine.to_dict("records") == [
        {
            "file": "projects.json",
            "row": row,
            "id": item,
            "reason": NOTHING_SEEN,
            "record": record,
        }
        for row, item, record in [(1, "8", '[" ", "\\u200b"]'), (2, "3", '["\\u200b"]')]
    ]
    counts = made.rows.labels
    assert (counts["in"], counts["out"], counts["set_aside"]) == (4, 1, 3)
    assert (made.rows.rows, made.rows.items, made.rows.quarantined) == (2, 2, 0)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"in": 8, "out": 4, "duplicates": 1, "merged_spellings": 2, "set_aside": 1}),
        (
            {"tag_spelling": "exact"},
            {"in": 8, "out": 6, "duplicates": 1, "set_aside": 1},
        ),
        (
            {"resolve_aliases": True},
            {"in": 8, "out": 3, "duplicates": 1, "merged_spellings": 3, "set_aside": 1},
        ),
        (
            {"parents": "add"},
            {"in": 8, "out": 5, "duplicates": 1, "merged_spellings": 2, "set_aside": 1, "added": 1},
        ),
        (
            {"parents": "drop", "resolve_aliases": True},
            {
                "in": 8,
                "out": 2,
                "duplicates": 1,
                "merged_spellings": 3,
                "set_aside": 1,
                "dropped": 1,
            },
        ),
        (
            {"duplicate_ids": "last"},
            {"in": 8, "out": 2, "of_left_out_rows": 6},
        ),
    ],
    ids=str,
)
def test_labels_in_are_labels_out_and_what_became_of_the_others(changes, expected) -> None:
    rows = [
        {"id": 1, "tags": ["detection", "Detection", "x", "x", "\u2060", "object_detection"]},
        {"id": 1, "tags": ["X", "cv"]},
    ]
    made = clean(raw(rows, entries=TREE), CleanParams(**changes))
    counts = {name: count for name, count in made.rows.labels.items() if count}
    assert counts == expected
    assert len(made.labels) == counts["out"]


odd_tags = st.lists(
    st.sampled_from(["a", "A", "a-", " a", "b c", "B_c", "-", "", "\u200b", "cv", "GPT-2", "gpt_2"])
)


@given(
    st.lists(st.tuples(st.integers(1, 3), odd_tags), min_size=1, max_size=6),
    st.sampled_from(["first", "last", "union"]),
    st.sampled_from(["keep", "add", "drop"]),
    st.sampled_from(["words", "exact"]),
    st.booleans(),
    st.randoms(),
)
def test_the_books_of_the_labels_balance_in_any_order(
    given_rows, duplicates, parents, spelling, resolve, random
) -> None:
    rules = CleanParams(
        duplicate_ids=duplicates,
        parents=parents,
        tag_spelling=spelling,
        resolve_aliases=resolve,
    )
    rows = [{"id": item, "tags": tags} for item, tags in given_rows]
    made = clean(raw(rows, entries=TREE), rules)
    counts = made.rows.labels
    gone = ("set_aside", "of_left_out_rows", "duplicates", "merged_spellings", "dropped")
    assert min(counts.values()) >= 0
    assert counts["in"] == sum(len(tags) for _, tags in given_rows)
    assert counts["in"] + counts["added"] == counts["out"] + sum(counts[name] for name in gone)
    assert counts["out"] == len(made.labels)
    assert sum(len(json.loads(text)) for text in made.quarantine["record"]) == counts["set_aside"]
    if duplicates == "union":
        random.shuffle(rows)
        again = clean(raw([row | {"tags": row["tags"][::-1]} for row in rows], entries=TREE), rules)
        assert again.labels.equals(made.labels)
        assert asdict(again.rows) == asdict(made.rows)


def test_books_that_do_not_balance_stop_the_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    from tagledger.stages import clean as stage

    def forgetful(named, rules):
        pairs = stage_make_labels(named, rules)
        return replace(pairs, item=pairs.item[1:], tag=pairs.tag[1:])

    stage_make_labels = stage.make_labels
    monkeypatch.setattr(stage, "make_labels", forgetful)
    made = stage.clean(raw([{"id": 1, "tags": ["a", "b"]}]), CleanParams(parents="drop"))
    assert made.rows.labels["dropped"] == 1  # said, for a rule that may drop
    monkeypatch.setattr(accounts.LabelAccounts, "hold", False)
    with pytest.raises(RuntimeError, match="labels were lost"):
        stage.clean(raw([{"id": 1, "tags": ["a", "b"]}]), CleanParams())


# Rows of a labels file.


def labels_file(folder: Path, items: str, labels: str, **reading) -> Raw:
    (folder / "a.csv").write_text(items)
    (folder / "l.csv").write_text(labels)
    about = {
        "items": {"file": "a.csv", "columns": {"id": "id", "title": "t"}} | reading,
        "labels": {"file": "l.csv", "tag": "t"},
    }
    return read(Reading.model_validate(about), folder)


ITEMS = "id,t\n1,x\n2,y\n3,z\n4,w\n"


def test_rows_of_a_labels_file_that_match_no_item_count(tmp_path: Path) -> None:
    source = labels_file(tmp_path, ITEMS, "id,t\n1.0,a\n2.0,b\n3,c\n")
    with pytest.raises(TagledgerError) as caught:
        clean(source, CleanParams())
    for words in [
        "2 of 3 rows of the labels file (66.7 %)",
        "2 x label of an unknown id",
        "its ids are like '1.0', those of the items like '1': the same number",
        "clean.max_quarantined",
    ]:
        assert words in str(caught.value)
    rows = clean(source, CleanParams(max_quarantined=0.7)).rows
    assert (rows.label_rows, rows.label_rows_quarantined) == (3, 2)
    assert rows.label_rows_because == {"label of an unknown id": 2}


@pytest.mark.parametrize(
    ("items", "labels", "words"),
    [
        (ITEMS, "1.0,a\n2.0,b\n", "'1.0', those of the items like '1': the same number"),
        (ITEMS, "001,a\n", "'001', those of the items like '1': the same number"),
        (ITEMS, " 4,a\n", "' 4', those of the items like '4': white space around it"),
        ("id,t\nAb,x\n", "zz,a\nab,b\n", "'ab', those of the items like 'Ab': another case"),
        ("id,t\nAb,x\n", "'Ab',a\n", "those of the items like 'Ab': quotes around it"),
        ("id,t\nq,x\n", "9,a\n", "'9', those of the items like 'q'\n"),
        (ITEMS, ",a\n", "like '"),
    ],
    ids=["float", "zeros", "space", "case", "quotes", "others", "missing"],
)
def test_a_labels_file_of_which_no_row_matches_says_so(tmp_path, items, labels, words) -> None:
    with pytest.raises(TagledgerError, match=r"none of the \d rows of the labels file") as caught:
        clean(labels_file(tmp_path, items, "id,t\n" + labels), CleanParams(max_quarantined=0.5))
    assert words in str(caught.value)


def test_a_tag_that_is_missing_is_no_id_that_does_not_match(tmp_path: Path) -> None:
    with pytest.raises(TagledgerError, match="1 of 1 rows of the labels file") as caught:
        clean(labels_file(tmp_path, ITEMS, "id,t\n1,\n"), CleanParams())
    assert "are like" not in str(caught.value)


def test_a_share_of_the_label_rows_may_be_set_aside(tmp_path: Path) -> None:
    labels = "id,t\n" + "1,a\n" * 99 + "7,b\n"
    rows = clean(labels_file(tmp_path, ITEMS, labels), CleanParams()).rows
    assert (rows.label_rows, rows.label_rows_quarantined, rows.quarantined) == (100, 1, 0)
    assert (rows.labels["in"], rows.labels["out"], rows.labels["duplicates"]) == (99, 1, 98)


def test_blank_tags_of_a_list_are_set_aside_and_of_a_cell_are_none(tmp_path: Path) -> None:
    rows = [{"id": 1, "t": "x", "l": ["a", " ", "", "\u200b"]}, {"id": 2, "t": "y", "l": []}]
    (tmp_path / "a.json").write_text(json.dumps(rows))
    about = {"items": {"file": "a.json", "columns": {"id": "id", "title": "t"}}}
    made = clean(
        read(Reading.model_validate(about | {"labels": {"list": "l"}}), tmp_path), CleanParams()
    )
    assert (made.rows.labels["in"], made.rows.labels["set_aside"]) == (4, 3)
    assert made.quarantine[["file", "row", "id"]].to_numpy().tolist() == [["a.json", 1, "1"]]
    (tmp_path / "a.csv").write_text("id,t,l\n1,x,a|| |b\n2,y,\n")
    about = {
        "items": {"file": "a.csv", "columns": {"id": "id", "title": "t"}},
        "labels": {"delimited": "l", "separator": "|"},
    }
    made = clean(read(Reading.model_validate(about), tmp_path), CleanParams())
    assert (made.rows.labels["in"], made.rows.labels["out"]) == (2, 2)


CHAIN = [f"word{at}" for at in range(12)]


def chained_rows() -> list[dict[str, Any]]:
    """Texts of which each differs from the next by a word, and the first from the last by all."""
    texts = [" ".join([*CHAIN[:at], *(f"other{word}" for word in CHAIN[at:])]) for at in range(13)]
    return [{"id": at, "tags": ["x"], "title": text} for at, text in enumerate(texts)]


def test_the_line_says_how_unlike_the_items_of_a_chained_group_are() -> None:
    made = clean(raw(chained_rows()), CleanParams(near_duplicate_similarity=0.6))
    told = stage.in_words(made, 0.6)
    assert "the largest of 13, in which two items are 0.00 alike" in told


def test_the_line_says_nothing_of_a_group_that_is_no_chain() -> None:
    rows = [{"id": at, "tags": ["x"], "title": "the same text"} for at in range(3)]
    told = stage.in_words(clean(raw(rows), CleanParams()), 0.7)
    assert told.endswith("1 group of near duplicates, the largest of 3")


def test_a_limit_cuts_chains() -> None:
    settings = CleanParams(near_duplicate_similarity=0.6, near_duplicate_chain=0.5)
    sizes = clean(raw(chained_rows()), settings).items["group"].value_counts()
    assert 1 < sizes.max() < 13
