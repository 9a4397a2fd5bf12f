"""Formats of plain text, a row a line: lines, fasttext and svmlight."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tagledger.errors import TagledgerError
from tagledger.readers.blocks import Block, Wanted, blocks
from tagledger.readers.parsing import text_lines
from tagledger.readers.raw import Raw, read
from tagledger.sources.file_reading import FileReading
from tagledger.sources.reading import Reading
from tests.conftest import examples

# What no format of lines can hold: a surrogate, a line break, and blanks that are white space.
LETTERS = st.characters(codec="utf-8", exclude_characters="\r\n\0")
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Z", "C"]), min_size=1)


def found(folder: Path, name: str, text: str | bytes, *columns: str, **options: Any) -> list[Block]:
    """The blocks of a file with this text."""
    every_row = options.pop("every_row", False)
    data = text.encode() if isinstance(text, str) else text
    (folder / name).write_bytes(data)
    reading = FileReading.model_validate({"file": name, **options})
    return list(blocks(reading, folder, Wanted(columns, every_row=every_row)))


def column(read: list[Block], name: str) -> list[Any]:
    return [value for block in read for value in block.columns[name].to_pylist()]


def rows(read: list[Block]) -> list[int]:
    return [row for block in read for row in block.rows.tolist()]


def broken(read: list[Block]) -> list[tuple[int, str]]:
    return [(one.row, json.loads(one.record)) for block in read for one in block.broken]


def items(folder: Path, name: str, text: str, labels: dict[str, Any], **more: Any) -> Raw:
    (folder / name).write_text(text, encoding="utf-8")
    reading = {"items": {"file": name, **more}, "labels": labels}
    return read(Reading.model_validate(reading), folder)


def labelled(raw: Raw) -> list[tuple[int, str]]:
    return list(zip(raw.labels["item"].to_pylist(), raw.labels["tag"].to_pylist(), strict=True))


# ---- lines ---------------------------------------------------------------------------------


def test_a_line_is_a_value_and_blank_lines_are_passed_over(tmp_path: Path) -> None:
    text = "pool\r\n\n two words \n   \nlast"
    read = found(tmp_path, "a.txt", text, "line")
    assert column(read, "line") == ["pool", " two words ", "last"]
    assert rows(read) == [1, 3, 5]
    assert json.loads(read[0].records(read[0].rows[:1] - 1)[0]) == {"line": "pool"}


def test_a_blank_line_is_a_row_where_rows_belong_to_something_else(tmp_path: Path) -> None:
    read = found(tmp_path, "a.txt", "a\n\n \nb\n", "line", every_row=True)
    assert column(read, "line") == ["a", "", " ", "b"]


@given(st.lists(st.text(LETTERS)), st.sampled_from(["\n", "\r\n"]), st.booleans())
@examples(60)
def test_lines_are_read_back(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], end: str, last: bool
) -> None:
    lines = [line.removeprefix("\ufeff") for line in [*lines, "end"]]
    folder = tmp_path_factory.mktemp("lines")
    text = end.join(lines) + end * last
    assert column(found(folder, "a.txt", text, "line", every_row=True), "line") == lines
    given_lines = [line for line in lines if line.strip()]
    read = found(folder, "a.txt.gz", gzip.compress(text.encode()), "line")
    # Python's white space is more than that of Unicode: it has four control characters too.
    assert [line for line in column(read, "line") if line.strip()] == given_lines


def test_lines_come_in_blocks_across_chunks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tagledger.readers.opening.source_files._CHUNK_BYTES", 7)
    monkeypatch.setattr(text_lines, "_BLOCK_ROWS", 2)
    lines = [f"number {number}\u00e9" for number in range(20)]
    read = found(tmp_path, "a.txt", "\r\n".join(lines), "line")
    assert column(read, "line") == lines
    assert rows(read) == list(range(1, 21))
    assert max(len(block.rows) for block in read) <= 2


def test_lines_of_another_encoding(tmp_path: Path) -> None:
    for encoding in ("cp1252", "utf-16"):
        data = "50 \u20ac\ncaf\u00e9\n".encode(encoding)
        read = found(tmp_path, "a.txt", data, "line", encoding=encoding)
        assert column(read, "line") == ["50 \u20ac", "caf\u00e9"]


def test_no_encoding_of_text_is_refused() -> None:
    for name in ("utf-99", "hex", "idna\0"):
        with pytest.raises(ValidationError, match="is no encoding of text"):
            FileReading.model_validate({"file": "a.txt", "encoding": name})


def test_names_of_classes_are_lines(tmp_path: Path) -> None:
    names = tmp_path / "classes.txt"
    names.write_text("sea\nrope\nknots\n\n")
    labels = {"delimited": "t", "separator": ",", "names": {"file": "classes.txt"}}
    raw = items(tmp_path, "a.csv", 'id,t\n1,"2,0"\n', labels, columns={"id": "id"})
    assert labelled(raw) == [(0, "knots"), (0, "sea")]
    names.write_text("sea\n\nknots\n")
    with pytest.raises(TagledgerError, match="there is no name") as caught:
        items(tmp_path, "a.csv", 'id,t\n1,"2,0"\n', labels, columns={"id": "id"})
    assert str(caught.value.where).endswith("classes.txt, row 2")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "the file is empty"),
        ("one\rtwo\r", "carriage returns alone"),
        (b"a\nb\xff", "not UTF-8"),
    ],
)
def test_lines_that_cannot_be_read(tmp_path: Path, text: str | bytes, what: str) -> None:
    with pytest.raises(TagledgerError, match=what):
        found(tmp_path, "a.txt", text, "line")


def test_a_line_without_an_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_lines, "LONGEST_RECORD", 10)
    monkeypatch.setattr("tagledger.readers.opening.source_files._CHUNK_BYTES", 4)
    with pytest.raises(TagledgerError, match="longer than") as caught:
        found(tmp_path, "a.txt", "short\n" + "long" * 10, "line")
    assert "line 2" in str(caught.value.where)


def test_a_file_of_lines_has_one_column(tmp_path: Path) -> None:
    with pytest.raises(TagledgerError, match="no column 'name'") as caught:
        found(tmp_path, "a.txt", "a\n", "name")
    assert "line" in caught.value.hint


# ---- fasttext ------------------------------------------------------------------------------


def fasttext(folder: Path, text: str, **options: Any) -> list[tuple[list[str], str]]:
    read = found(folder, "a.txt", text, "labels", "text", format="fasttext", **options)
    return list(zip(column(read, "labels"), column(read, "text"), strict=True))


def test_labels_and_text_of_fasttext(tmp_path: Path) -> None:
    text = "__label__tea __label__tall-mugs Milk  first?\n\nNo label\r\n__label__tea\n"
    assert fasttext(tmp_path, text) == [
        (["tea", "tall-mugs"], "Milk  first?"),
        ([], "No label"),
        (["tea"], ""),
    ]


def test_a_word_with_the_prefix_is_a_label_wherever_it_stands(tmp_path: Path) -> None:
    text = "__label__a\tone __label__b two x__label__c __label__d\n"
    assert fasttext(tmp_path, text) == [(["a", "b", "d"], "one two x__label__c")]


def test_another_prefix(tmp_path: Path) -> None:
    assert fasttext(tmp_path, "#a.b #c __label__x\n", prefix="#") == [(["a.b", "c"], "__label__x")]
    assert fasttext(tmp_path, "$(a b$(\n", prefix="$(") == [(["a"], "b$(")]
    with pytest.raises(ValidationError, match="white space"):
        fasttext(tmp_path, "a", prefix="label :")


def test_a_file_without_a_label_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TagledgerError, match="begins with '__label__'") as caught:
        fasttext(tmp_path, "__tag__a text\n")
    assert "__tag__a text" in caught.value.hint
    assert "`prefix`" in caught.value.hint


@given(st.lists(st.tuples(st.lists(WORDS), st.lists(WORDS)), min_size=1))
@examples(60)
def test_what_is_written_for_fasttext_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, lines: list[tuple[list[str], list[str]]]
) -> None:
    lines.append((["a"], ["b"]))
    lines = [(labels, words) for labels, words in lines if labels or words]
    text = "".join(
        " ".join([*(f"__label__{label}" for label in labels), *words]) + "\n"
        for labels, words in lines
    )
    expected = [(labels, " ".join(words)) for labels, words in lines]
    assert fasttext(tmp_path_factory.mktemp("fasttext"), text) == expected


def test_items_of_fasttext(tmp_path: Path) -> None:
    text = "__label__a __label__b One\n__label__b Two\n__label__ Three\n"
    raw = items(
        tmp_path, "a.txt", text, {"list": "labels"}, format="fasttext", columns={"text": "text"}
    )
    assert raw.items["description"].to_pylist() == ["One", "Two", "Three"]
    assert labelled(raw) == [(0, "a"), (0, "b"), (1, "b")]


# ---- svmlight ------------------------------------------------------------------------------


def svmlight(folder: Path, text: str, **options: Any) -> list[tuple[list[str], str]]:
    read = found(folder, "a.svm", text, "labels", "features", **options)
    assert not broken(read)
    return list(zip(column(read, "labels"), column(read, "features"), strict=True))


def test_labels_and_features(tmp_path: Path) -> None:
    text = "# made by hand\n0,2 1:0.5 3:1.0\n 2:0.7\r\n\n+1 qid:3 1:.5 # first\n4:1e-3 5:nan\n-1\n"
    assert svmlight(tmp_path, text) == [
        (["0", "2"], "1:0.5 3:1.0"),
        ([], "2:0.7"),
        (["+1"], "qid:3 1:.5"),
        ([], "4:1e-3 5:nan"),
        (["-1"], ""),
    ]


def test_a_header_of_points_features_and_labels(tmp_path: Path) -> None:
    text = "4 6 3\n0,2 1:0.5\n\n 2:0.7\n1 0:1\n\n\n"
    assert svmlight(tmp_path, text) == [
        (["0", "2"], "1:0.5"),
        ([], ""),
        ([], "2:0.7"),
        (["1"], "0:1"),
    ]
    read = found(tmp_path, "a.svm", text, "labels")
    assert rows(read) == [2, 3, 4, 5]


@pytest.mark.parametrize(
    ("text", "points", "count"),
    [
        ("3 6 3\n0 1:1\n1 1:1", "3 points", 2),
        ("1 6 3\n0 1:1\n1 1:1\n", "1 point", 2),
        ("1 2 3\n", "1 point", 0),
    ],
)
def test_a_header_that_counts_other_rows_is_refused(
    tmp_path: Path, text: str, points: str, count: int
) -> None:
    with pytest.raises(TagledgerError, match=rf"says {points}, .* {count} rows"):
        svmlight(tmp_path, text)


def test_lines_of_another_form_are_set_aside(tmp_path: Path) -> None:
    others = ["a,b 1:1", "0 word", "0, 2 1:1", " 0,2 1:1", "0 1:x", "0 1 2:1", "0,,2 1:1"]
    text = "\n".join(["1 1:1", *others, "2 1:1"])
    read = found(tmp_path, "a.svm", text, "labels")
    assert broken(read) == list(enumerate(others, 2))
    assert rows(read) == [1, 9]


def test_rows_are_counted_across_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tagledger.readers.opening.source_files._CHUNK_BYTES", 5)
    text = "\n# one\n6 9 9\n1 1:1\n\n2 1:1\n\n3 1:1\n4 1:1\n\n"
    assert [labels for labels, _ in svmlight(tmp_path, text)] == [
        ["1"],
        [],
        ["2"],
        [],
        ["3"],
        ["4"],
    ]


FEATURES = st.dictionaries(
    st.integers(0, 10**6), st.floats(allow_nan=False, allow_infinity=False), max_size=5
)


@given(st.lists(st.tuples(st.lists(st.integers(0, 10**6)), FEATURES), min_size=1), st.booleans())
@examples(60)
def test_what_is_written_for_svmlight_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    points: list[tuple[list[int], dict[int, float]]],
    header: bool,
) -> None:
    if not header:  # nothing says then that a blank line is a point
        points = [(labels, features) for labels, features in points if labels or features]
        points.append(([1], {}))
    expected = [
        ([*map(str, labels)], " ".join(f"{at}:{value!r}" for at, value in features.items()))
        for labels, features in points
    ]
    lines = [f"{','.join(labels)} {features}" for labels, features in expected]
    text = "\n".join([f"{len(points)} 9 9"] * header + lines) + "\n"
    assert svmlight(tmp_path_factory.mktemp("svmlight"), text) == expected


def test_items_of_svmlight_have_ids_of_their_features(tmp_path: Path) -> None:
    text = "2 9 9\n0,2 1:0.5\n 1:0.7\n"
    reading: dict[str, Any] = {"labels": {"list": "labels"}, "columns": {}}
    raw = items(tmp_path, "a.svm", text, **reading)
    ids = raw.items["id"].to_pylist()
    again = items(tmp_path, "b.svm", "1,2 3:1\n0 1:0.5\n", **reading)
    assert again.items["id"].to_pylist()[1] == ids[0]
    assert len(set(ids)) == 2
    assert labelled(raw) == [(0, "0"), (0, "2")]
