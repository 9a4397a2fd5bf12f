"""Readings that fit a file and would give wrong labels are refused; sound ones are not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tagledger.errors import TagledgerError
from tagledger.readers.tagging import doubts
from tests.readings import csv_text, read_files, refused, tags_of

SENTENCES = [
    "A small boat went out at dawn, and nobody saw it again",
    "The tea was cold when the guests came in from the rain",
    "He tied the rope twice, since the first knot did not hold",
    "We walked along the harbour until the lamps were lit",
    "Nobody had told her about the letter, or the map",
]

# ---- labels that are denied ----------------------------------------------------------------

LONG = [["id", "tag", "Confidence"], [1, "a", 1], [1, "b", 0], [2, "a", 1], [2, "c", 1]]
WAYS = [{"column": "tag"}, {"file": "a.csv"}]


@pytest.mark.parametrize("labels", WAYS, ids=str)
@pytest.mark.parametrize("name", ["Confidence", "score", "VALUE", "label", "Present"])
@pytest.mark.parametrize("low", ["0", "0.2", "false"])
def test_a_label_that_another_column_denies(
    labels: dict[str, str], name: str, low: str, tmp_path: Path
) -> None:
    table = [["id", "tag", name], [1, "a", 1], [1, "b", low], [2, "a", 1], [2, "c", 1]]
    error = refused(tmp_path, {"a.csv": csv_text(table)}, labels)
    assert f"the column {name!r} holds" in error.what
    wanted = f"`at_least: {{{name}: 0.5}}`" if low == "0.2" else f"`where: {{{name}: 1}}`"
    assert wanted in error.hint


@pytest.mark.parametrize("labels", WAYS, ids=str)
@pytest.mark.parametrize(
    ("said", "tags"),
    [
        ({"where": {"Confidence": 1}}, {1: {"a"}, 2: {"a", "c"}}),
        ({"at_least": {"Confidence": 0.5}}, {1: {"a"}, 2: {"a", "c"}}),
        ({"at_least": {"Confidence": 0}}, {1: {"a", "b"}, 2: {"a", "c"}}),
    ],
    ids=["one-value", "a-limit", "the-lowest-limit"],  # the text of a set is in no order
)
def test_a_reading_that_says_what_counts(
    labels: dict[str, str], said: dict[str, Any], tags: dict[int, set[str]], tmp_path: Path
) -> None:
    raw = read_files(tmp_path, {"a.csv": csv_text(LONG)}, labels | said)
    assert (tags_of(raw), raw.notes) == (tags, ())


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("Confidence", ["1", "1", "1", "1"]),
        ("Confidence", ["", "", "", ""]),
        ("score", ["0", "7", "1", "3"]),
        ("value", ["0", "w", "1", "1"]),
        ("score", ["0", "-1", "1", "1"]),
        ("height", ["0", "1", "0", "1"]),
    ],
)
def test_columns_that_deny_nothing(name: str, values: list[str], tmp_path: Path) -> None:
    rows = [[1, "a"], [1, "b"], [2, "a"], [2, "c"]]
    table = [["id", "tag", name], *([*row, one] for row, one in zip(rows, values, strict=True))]
    for labels in WAYS:
        raw = read_files(tmp_path, {"a.csv": csv_text(table)}, labels)
        assert tags_of(raw) == {1: {"a", "b"}, 2: {"a", "c"}}


def test_an_items_own_score_denies_no_label(tmp_path: Path) -> None:
    text = "id,tag,score,label\n1,a,0.1,0\n2,b,0.9,1\n3,a,0.0,0\n"
    assert len(read_files(tmp_path, {"a.csv": text}, {"column": "tag"}).labels) == 3


def test_labels_more_sure_than_not_are_noted(tmp_path: Path) -> None:
    text = "id,tag,score\n1,a,0.9\n1,b,0.625\n2,a,0.75\n"
    for labels in WAYS:
        raw = read_files(tmp_path, {"a.csv": text}, labels)
        (note,) = raw.notes
        assert "labels count whatever 'score' says, from 0.625 to 0.9" in note
        assert "`at_least: {score: ...}`" in note


def test_a_confidence_that_stands_twice_is_not_looked_at(tmp_path: Path) -> None:
    text = "id,tag,label,label\n1,a,0,1\n1,b,0,1\n"
    assert len(read_files(tmp_path, {"a.csv": text}, {"column": "tag"}).labels) == 2


# ---- one column of several -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "other"),
    [
        ("Type 1", "Type 2"),
        ("genre_2", "genre_1"),
        ("tag0", "tag1"),
        ("genre", "genre_2"),
        ("genre", "genre.1"),
        ("t09", "t10"),
    ],
)
def test_a_column_beside_with_the_same_tags_is_noted(
    column: str, other: str, tmp_path: Path
) -> None:
    files = {"a.csv": csv_text([["id", column, other], [1, "a", "b"], [2, "b", ""]])}
    (note,) = read_files(tmp_path, files, {"column": column}).notes
    both = ", ".join(sorted([column, other]))
    assert f"`columns: [{both}]` reads both" in note
    (note,) = read_files(tmp_path, files, {"delimited": column, "separator": ";"}).notes
    assert f"`delimited: [{both}]` reads both" in note
    assert read_files(tmp_path, files, {"columns": [column, other]}).notes == ()


def test_a_column_beside_with_other_words_is_not(tmp_path: Path) -> None:
    text = "id,tag,tag_2,tag 2\n1,a,x,3\n2,b,y,4\n"
    assert read_files(tmp_path, {"a.csv": text}, {"column": "tag"}).notes == ()


# ---- prose ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "labels", [{"column": "t"}, {"delimited": "t", "separator": ","}, {"columns": ["t"]}], ids=str
)
def test_prose_is_no_tag(labels: dict[str, Any], tmp_path: Path) -> None:
    files = {"a.csv": csv_text([["id", "t"], *enumerate(SENTENCES)])}
    error = refused(tmp_path, files, labels)
    assert error.what.startswith("'t' seems to hold prose, not tags: ")
    assert "words on average, e.g. 'A small boat went out at dawn" in error.what


def test_prose_in_a_file_of_labels(tmp_path: Path) -> None:
    table = csv_text([["id", "tag"], *enumerate(SENTENCES)])
    for labels in ({"file": "a.csv"}, {"file": "a.csv", "align": "rows"}):
        assert "prose" in refused(tmp_path, {"a.csv": table}, labels).what


@pytest.mark.parametrize(
    "cells",
    [
        SENTENCES[:3],
        SENTENCES * 2,
        [f"{one} > {one} again" for one in SENTENCES],
        [f"a long name of kind number {at}" for at in (1, 1, 1, 2, 2)],
        [f"2008-07-31T21:42:52.66{at}" for at in range(9)],
        ["deep learning", "rock 'n' roll music", "science fiction", "sci-fi", "state of the art"],
    ],
    ids=["few", "recur", "paths", "long names that recur", "dates", "phrases"],
)
def test_tags_that_are_no_prose(cells: list[str], tmp_path: Path) -> None:
    files = {"a.csv": csv_text([["id", "t"], *enumerate(cells)])}
    assert len(read_files(tmp_path, files, {"column": "t"}).labels) == len(cells)


def test_names_of_codes_may_be_long(tmp_path: Path) -> None:
    files = {"a.csv": csv_text([["id", "t"], *((at, at) for at in range(5))])}
    raw = read_files(tmp_path, files, {"column": "t", "names": SENTENCES})
    assert len(raw.labels) == 5


# ---- indicators as tags --------------------------------------------------------------------


@pytest.mark.parametrize("words", ["0 1 1 0", "True False False", "yes no Yes NO", "1.0 0.0 0.0"])
def test_indicators_are_no_tags(words: str, tmp_path: Path) -> None:
    cells = [*words.split(), words.split(maxsplit=1)[0]]
    files = {"a.csv": csv_text([["id", "sea"], *enumerate(cells)])}
    for labels in ({"column": "sea"}, {"columns": ["sea"]}, {"file": "a.csv", "tag": "sea"}):
        error = refused(tmp_path, files, labels)
        assert "it seems to say whether an item has the tag" in error.what
        assert "`labels: {indicators: [sea]}`" in error.hint
    numbers = {word: word.upper() for word in cells}
    raw = read_files(tmp_path, files, {"column": "sea", "names": numbers})
    assert len(raw.labels) == len(cells)


@pytest.mark.parametrize("words", ["1 1 1 1 1", "no no no no", "0 1 2 1 0", "-1 1 1 -1", "0 1 0"])
def test_tags_that_are_no_indicators(words: str, tmp_path: Path) -> None:
    files = {"a.csv": csv_text([["id", "sea"], *enumerate(words.split())])}
    raw = read_files(tmp_path, files, {"column": "sea"})
    assert len(raw.labels) == len(words.split())


@pytest.mark.parametrize("lists", [[[0, 1, 0], [1, 1, 0]], [[0, 0, 0]]], ids=str)
def test_a_vector_is_no_list_of_codes(lists: list[list[int]], tmp_path: Path) -> None:
    rows = [{"id": at, "v": one} for at, one in enumerate(lists)]
    for labels in ({"list": "v"}, {"list": "v", "names": ["a", "b", "c"]}):
        assert (
            "`labels: {vector: v, names: [...]}`"
            in refused(tmp_path, {"a.json": rows}, labels).hint
        )


@pytest.mark.parametrize(
    "lists", [[[0], [1]], [[0, 1], [1, 0]], [[0, 1], [1]], [[0, 2, 0]], [[]], [[0, 0]]], ids=str
)
def test_a_list_of_codes_is_no_vector(lists: list[list[int]], tmp_path: Path) -> None:
    rows = [{"id": at, "v": one} for at, one in enumerate(lists)]
    raw = read_files(tmp_path, {"a.json": rows}, {"list": "v", "names": ["a", "b", "c"]})
    assert len(raw.set_aside) == 0


# ---- a header as a row ---------------------------------------------------------------------


def test_a_header_that_is_a_row_of_items(tmp_path: Path) -> None:
    rows = [{"id": "ID", "text": "Text", "t": "t"}, {"id": "1", "text": "x", "t": "a"}]
    labels = {"column": "t"}
    error = refused(tmp_path, {"a.json": rows}, labels, columns={"id": "id", "text": "text"})
    assert error.what == "the first row seems to be the header: it says 'id' and 'text' and 't'"
    assert "`skip: 1`" in error.hint
    rows[0]["text"] = "y"
    raw = read_files(tmp_path, {"a.json": rows}, labels, columns={"id": "id", "text": "text"})
    assert len(raw.items) == 2


@pytest.mark.parametrize(
    ("of", "tag"), [("id", "tag"), ("item_id", "Labels"), ("movieId", "genre")]
)
def test_a_header_that_is_a_row_of_labels(of: str, tag: str, tmp_path: Path) -> None:
    files = {"a.csv": "id\n1\n", "l.csv": csv_text([["a", "b"], [of, tag], [1, "x"]])}
    labels = {"file": "l.csv", "id": "a", "tag": "b"}
    if tag == "genre":  # no heading that is sure
        assert tags_of(read_files(tmp_path, files, labels)) == {1: {"x"}}
        return
    assert f"it says '{of}' and '{tag}'" in refused(tmp_path, files, labels).what


def test_an_item_may_be_called_like_a_header(tmp_path: Path) -> None:
    files = {"a.csv": "id\nid\n2\n", "l.csv": "a,b\nid,tag\n2,x\n"}
    labels = {"file": "l.csv", "id": "a", "tag": "b"}
    assert tags_of(read_files(tmp_path, files, labels)) == {"id": {"tag"}, "2": {"x"}}


def test_a_header_that_is_a_name_of_a_code(tmp_path: Path) -> None:
    files = {"a.csv": "id,t\n1,0\n", "n.csv": "n\nlabel\nsea\n"}
    labels: dict[str, Any] = {"column": "t", "names": {"file": "n.csv", "name": "n"}}
    assert "it says 'label'" in refused(tmp_path, files, labels).what
    files["n.csv"] = "n,c\nlabel,0\nsea,1\n"
    labels["names"]["code"] = "c"
    assert tags_of(read_files(tmp_path, files, labels)) == {1: {"label"}}


def test_no_doubt_about_nothing() -> None:
    doubts.prose(pa.array([], pa.string()), ("t",), Path("a.csv"))
    doubts.prose(pa.array(["", None] * 9, pa.string()), ("t",), Path("a.csv"))
    with pytest.raises(TagledgerError):
        doubts.prose(pa.array(SENTENCES), ("t",), Path("a.csv"))
