"""ARFF: dense and sparse rows, and the labels that Mulan and MEKA name beside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from tagledger.errors import TagledgerError
from tagledger.readers.blocks import Block, Wanted
from tagledger.readers.formats.arff import Arff
from tagledger.readers.opening.source_files import SourceFile
from tagledger.readers.parsing import arff_rows
from tagledger.readers.parsing.mulan import label_names, meka_names
from tagledger.readers.raw import read
from tagledger.sources.reading import Reading
from tests.conftest import examples

HEADER = """% two pictures
@RELATION 'Sea and sky: -C 2'

@attribute Sea {0,1}
@Attribute 'blue sky'\t{ '0', "1" }
@attribute hue NUMERIC
@attribute note string
@attribute taken date "yyyy-MM-dd"
@attribute size { 'very small', big }
@data
"""
DENSE = r"""
1,0,0.5,'it\'s, 100% sea',"2020-01-02",'very small'
% a comment
 0 , ? , -1e3 , ? , ? , big
1,1,0,"a \"b\"",2021-02-03,big, {0.5}
"""
SPARSE = """
{0 1, 2 0.5, 3 'a, b'}
{}
{5 big,1 ?}, {3}
"""


def save(folder: Path, text: str, name: str = "a.arff") -> SourceFile:
    (folder / name).write_text(text, encoding="utf-8")
    return SourceFile(folder / name, name=name)


def block_of(folder: Path, text: str, *names: str) -> Block:
    (block,) = Arff().blocks(save(folder, text), Wanted(names))
    return block


def columns_of(folder: Path, text: str, *names: str) -> dict[str, list[Any]]:
    found = block_of(folder, text, *names).columns
    return {name: column.to_pylist() for name, column in found.items()}


ALL = ("Sea", "blue sky", "hue", "note", "taken", "size")


def test_dense_rows(tmp_path: Path) -> None:
    assert columns_of(tmp_path, HEADER + DENSE, *ALL) == {
        "Sea": ["1", "0", "1"],
        "blue sky": ["0", None, "1"],
        "hue": ["0.5", "-1e3", "0"],
        "note": ["it's, 100% sea", None, 'a "b"'],
        "taken": ["2020-01-02", None, "2021-02-03"],
        "size": ["very small", "big", "big"],
    }


def test_sparse_rows_have_what_they_leave_out(tmp_path: Path) -> None:
    assert columns_of(tmp_path, HEADER + SPARSE, *ALL) == {
        "Sea": ["1", "0", "0"],
        "blue sky": ["0", "0", None],
        "hue": ["0.5", "0", "0"],
        "note": ["a, b", None, None],
        "taken": [None, None, None],
        "size": ["very small", "very small", "big"],
    }


def test_records_hold_the_whole_row(tmp_path: Path) -> None:
    dense = block_of(tmp_path, HEADER + DENSE, "Sea").records(np.array([1]))
    missing = dict.fromkeys(("blue sky", "note", "taken"))
    assert json.loads(dense[0]) == {"Sea": "0", "hue": "-1e3", "size": "big"} | missing
    sparse = block_of(tmp_path, HEADER + SPARSE, "Sea").records(np.array([2, 0]))
    assert json.loads(sparse[0]) == {"blue sky": None, "size": "big"}
    assert json.loads(sparse[1]) == {"Sea": "1", "hue": "0.5", "note": "a, b"}


def test_values_between_tabs(tmp_path: Path) -> None:
    text = "@relation r\n@attribute a string\n@attribute b {x,y}\n@data\none\tx\n'two\t2'\ty\n"
    assert columns_of(tmp_path, text, "a", "b") == {"a": ["one", "two\t2"], "b": ["x", "y"]}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,0,0.5", "wrong number of values: 3, not 6"),
        ("1,0,0.5,'a,b',2020-01-02,big,more", "wrong number of values: 7, not 6"),
        ("1,0,0.5,'a'b,2020-01-02,big", "a value is not written as ARFF has it"),
        ("1,0,0.5,'a,2020-01-02,big", "a value is not written as ARFF has it"),
        ("{0 1,6 1}", "there is no attribute 6: the last is 5"),
        ("{0 1,0 0}", "an attribute has two values"),
        ("{0 1", "a sparse row does not end with }"),
        ("{0=1}", "a value is not written as ARFF has it"),
    ],
)
def test_a_row_of_another_form_is_set_aside(row: str, reason: str, tmp_path: Path) -> None:
    block = block_of(tmp_path, f"{HEADER}{{}}\n{row}\n{{}}\n", "Sea")
    assert block.rows.tolist() == [1, 3]
    (broken,) = block.broken
    assert (broken.row, broken.reason, json.loads(broken.record)) == (2, reason, row)


def test_a_value_that_an_attribute_does_not_declare_is_a_fault(tmp_path: Path) -> None:
    block = block_of(tmp_path, HEADER + "{}\n{0 2}\n{0 ?}\n", "Sea", "hue")
    assert [(where.tolist(), why) for where, why in block.faults] == [
        ([False, True, False], "Sea has a value that it does not declare")
    ]


def test_rows_come_in_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arff_rows, "BLOCK_ROWS", 2)
    blocks = list(Arff().blocks(save(tmp_path, HEADER + DENSE), Wanted(("hue",))))
    assert [block.rows.tolist() for block in blocks] == [[1, 2], [3]]
    assert [json.loads(block.records(np.array([0]))[0])["hue"] for block in blocks] == ["0.5", "0"]


@pytest.mark.parametrize(
    ("text", "what", "where"),
    [
        ("id,title\n1,a\n", "its header has the line 'id,title'", "line 1"),
        ("@relation r\n@attribute a string\n", "there is no line @data", "a.arff"),
        ("@relation r\n@data\n1\n", "its header has the line '@data'", "line 2"),
        ("@relation r\n@attribute a strin\n", "'a strin' is of no kind", "line 2"),
        ("@relation r\n@attribute b relational\n", "'b' is relational", "line 2"),
        (
            "@attribute a string\n@attribute 'a' real\n@data\n",
            "2 attributes with the name 'a'",
            "3",
        ),
        ("<html><p>log in", "not ARFF but a web page", "line 1"),
        ("PAR1\x15", "not UTF-8 text but a Parquet file", "a.arff"),
        ("", "is empty", "a.arff"),
    ],
)
def test_what_is_no_arff_is_refused(text: str, what: str, where: str, tmp_path: Path) -> None:
    with pytest.raises(TagledgerError, match=what) as caught:
        columns_of(tmp_path, text, "a")
    assert where in str(caught.value.where)


def test_a_missing_attribute_is_named(tmp_path: Path) -> None:
    with pytest.raises(TagledgerError, match="no column 'hues'") as caught:
        columns_of(tmp_path, HEADER + DENSE, "hues")
    assert "did you mean hue?" in caught.value.hint


def test_ids_are_integers_where_all_spell_one(tmp_path: Path) -> None:
    save(tmp_path, "@relation r\n@attribute n numeric\n@attribute tag string\n@data\n7,a\n8,b\n")
    items = {"file": "a.arff", "columns": {"id": "n"}}
    raw = read(Reading.model_validate({"items": items, "labels": {"column": "tag"}}), tmp_path)
    assert raw.items["id"].to_pylist() == [7, 8]


XML = """<?xml version="1.0" encoding="utf-8"?>
<labels xmlns="http://mulan.sourceforge.net/labels">
<label name="Sea"><label name="deep sea"></label></label>
<label name="blue &amp; sky"/>
</labels>"""


def test_labels_that_mulan_names(tmp_path: Path) -> None:
    assert label_names(save(tmp_path, XML, "a.xml")) == ["Sea", "deep sea", "blue & sky"]


@pytest.mark.parametrize(
    ("number", "names"),
    [("2", ["Sea", "blue sky"]), ("-2", ["taken", "size"]), ("-1", ["size"]), ("6", list(ALL))],
)
def test_labels_that_meka_names(number: str, names: list[str], tmp_path: Path) -> None:
    file = save(tmp_path, HEADER.replace("-C 2", f"-C {number}"))
    assert meka_names(file) == names
    assert label_names(file) == names


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("<labels/>", "names no labels"),
        ("<other><label name='a'/></other>", "names no labels"),
        ("<labels><label/></labels>", "a label has no name"),
        ("<labels><label name='a'/><label name='a'/></labels>", "'a' is named twice"),
        (HEADER.replace("-C 2", ""), "names no labels"),
        ("a\nb\n", "not XML"),
    ],
)
def test_a_file_that_names_no_labels_is_refused(text: str, what: str, tmp_path: Path) -> None:
    with pytest.raises(TagledgerError, match=what):
        label_names(save(tmp_path, text, "labels.txt"))


CHARACTERS = st.characters(exclude_categories=["Cs", "Cc"])
TEXT = st.text(CHARACTERS, max_size=6)
NUMBERS = st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False), st.integers())


def quoted(word: str | None) -> str:
    if word is None:
        return "?"
    return "'" + word.replace("\\", "\\\\").replace("'", "\\'") + "'"


@examples(60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), sparse=st.booleans())
def test_what_rows_hold_is_read_back(data: Any, sparse: bool, tmp_path: Path) -> None:
    names = data.draw(st.lists(TEXT, min_size=3, max_size=3, unique=True))
    kinds = data.draw(st.lists(TEXT, min_size=1, max_size=4, unique=True))
    row = st.tuples(
        st.one_of(st.none(), TEXT), NUMBERS, st.one_of(st.none(), st.sampled_from(kinds))
    )
    rows = data.draw(st.lists(row, min_size=1, max_size=5))
    number = lambda value: None if value is None else str(value)  # noqa: E731
    words = [(quoted(a), quoted(number(b)).strip("'"), quoted(c)) for a, b, c in rows]
    lines = [
        "{" + ", ".join(f"{n} {word}" for n, word in enumerate(line)) + "}"
        if sparse
        else ",".join(line)
        for line in words
    ]
    text = (
        f"@relation r\n@attribute {quoted(names[0])} string\n@attribute {quoted(names[1])} real\n"
        f"@attribute {quoted(names[2])} {{{','.join(map(quoted, kinds))}}}\n@data\n"
    )
    block = block_of(tmp_path, text + "\n".join(lines), *names)
    assert not block.broken
    assert not block.faults
    assert [column.to_pylist() for column in block.columns.values()] == [
        [one[0] for one in rows],
        [number(one[1]) for one in rows],
        [one[2] for one in rows],
    ]


@pytest.mark.parametrize("rows", ["1,0,5,a,?,big\n0,0,6,b,?,big\n", "{0 1,2 5,3 a}\n{2 6,3 b}\n"])
def test_items_have_the_labels_that_mulan_names(rows: str, tmp_path: Path) -> None:
    save(tmp_path, HEADER + rows)
    save(tmp_path, "<labels><label name='Sea'/><label name='blue sky'/></labels>", "a.xml")
    items = {"file": "a.arff", "columns": {"title": "note"}}
    reading = Reading.model_validate({"items": items, "labels": {"indicators": {"file": "a.xml"}}})
    raw = read(reading, tmp_path)
    assert raw.items["title"].to_pylist() == ["a", "b"]
    assert raw.labels.to_pylist() == [{"item": 0, "tag": "Sea"}]
