"""The ways to say labels by columns: indicators, vectors, several columns, a label file's rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet
from pydantic import ValidationError

from tagledger.readers.blocks import Block
from tagledger.readers.labels.rest import RestLabels
from tagledger.readers.labels.vector import VectorLabels
from tagledger.readers.numbers import numbers
from tagledger.readers.set_aside import Faults
from tagledger.readers.tagging.vectors import vectors
from tagledger.sources.labels import labels_of
from tagledger.sources.models import in_words, key_of
from tagledger.sources.reading import ItemsReading, Reading
from tests.readings import csv_text, read_files, reasons, refused, tags_of

WORDS = st.text(st.sampled_from("abcxyz"), min_size=1, max_size=4)
ITEMS = ItemsReading.model_validate({"file": "a.csv", "columns": {"id": "id"}})


def fault(labels: dict[str, Any]) -> tuple[str, str]:
    """The key and the message of a reading that is at fault."""
    items = {"file": "a.csv", "columns": {"id": "id"}}
    with pytest.raises(ValidationError) as caught:
        Reading.model_validate({"items": items, "labels": labels})
    first = caught.value.errors(include_url=False)[0]
    return key_of(first), in_words(first)


# ---- indicators ----------------------------------------------------------------------------


def test_indicators_of_every_spelling(tmp_path: Path) -> None:
    text = """id,sea,tea,rope
1,1,TRUE,x
2,0,yes,
3,1.0,f,✓
4,,No,
5,2x,t,x
"""
    raw = read_files(tmp_path, {"a.csv": text}, {"indicators": ["sea", "tea", "rope"]})
    assert tags_of(raw) == {1: {"sea", "tea", "rope"}, 2: {"tea"}, 3: {"sea", "rope"}, 4: set()}
    assert reasons(raw) == [(5, "sea says neither yes nor no")]


@pytest.mark.parametrize(
    ("column", "values", "wrong"),
    [
        ([1, 0, None, True, False, 0.5], [1, 0, None, 1, 0, 0.5], []),
        (["1", " yes ", "", "N", "x"], [1, 1, None, 0, 1], []),
        ([1, [0], {}, "1_0", 10**400], [1, None, None, None, None], [1, 2, 3, 4]),
        (pa.array([True, None, False]), [1, None, 0], []),
        (pa.array(["0.25", " 1 ", " ", None]), [0.25, 1, None, None], []),
        (pa.array(["0.25", "t", "what", None, "inf"]), [0.25, 1, None, None, None], [2, 4]),
        (pa.array([1.0, float("nan"), float("inf")]), [1, None, None], [2]),
        (pa.array([[1], None]), [None, None], [0]),
        (pa.array(["1", None]).dictionary_encode(), [1, None], []),
        (pa.array([1, 0], pa.int8()).cast(pa.decimal128(3, 0)), [1, 0], []),
    ],
    ids=str,
)
def test_numbers_of_any_column(column: Any, values: list[float | None], wrong: list[int]) -> None:
    found, others = numbers(column)
    np.testing.assert_array_equal(found, np.array(values, float))
    assert np.flatnonzero(others).tolist() == wrong


@pytest.mark.parametrize(
    ("value", "shown", "advice"),
    [
        ("0.3", "0.3", "`at_least: 0.5`"),
        ("-1", "-1", "`uncertain`, is no label"),
        ("12", "12", "every count but 0"),
    ],
)
def test_what_is_neither_0_nor_1_needs_at_least(
    value: str, shown: str, advice: str, tmp_path: Path
) -> None:
    files = {"a.csv": f"id,sea\n1,1\n2,{value}\n"}
    error = refused(tmp_path, files, {"indicators": ["sea"]})
    assert f"the column 'sea' holds {shown}, which say neither yes" in error.what
    assert advice in error.hint
    assert tags_of(read_files(tmp_path, files, {"indicators": ["sea"], "at_least": 1}))[1] == {
        "sea"
    }


@given(
    names=st.lists(WORDS, min_size=1, max_size=4, unique=True),
    rows=st.lists(st.lists(st.sampled_from([0, 0.25, 0.5, 1]), min_size=4, max_size=4), max_size=5),
    data=st.data(),
)
def test_indicators_read_to_what_was_written(
    tmp_path_factory: pytest.TempPathFactory,
    names: list[str],
    rows: list[list[float]],
    data: st.DataObject,
) -> None:
    rows = [*rows, [1, 0, 1, 0]]
    header = ["id", *(f"t-{name}" for name in names)]
    table = [[str(at), *row[: len(names)]] for at, row in enumerate(rows)]
    kind = data.draw(st.sampled_from(["csv", "json", "parquet"]))
    folder = tmp_path_factory.mktemp("a")
    labels = {"indicators": header[1:], "at_least": 0.5}
    files: dict[str, Any] = {f"a.{kind}": [dict(zip(header, row, strict=True)) for row in table]}
    if kind == "csv":
        files = {"a.csv": csv_text([header, *table])}
    elif kind == "parquet":
        parquet.write_table(pa.Table.from_pylist(files["a.parquet"]), folder / "a.parquet")
        files = {}
    raw = read_files(folder, files, labels, file=f"a.{kind}", id_type="string")
    assert tags_of(raw) == {
        row[0]: {name for name, value in zip(header[1:], row[1:], strict=True) if value >= 0.5}
        for row in table
    }


def test_the_columns_of_indicators_from_a_file(tmp_path: Path) -> None:
    files = {"a.csv": "id,sea,tea,n\n1,1,0,7\n2,1,1,8\n", "n.csv": "nr,name\n1,sea\n2,tea\n"}
    raw = read_files(tmp_path, files, {"indicators": {"file": "n.csv"}})
    assert tags_of(raw) == {1: {"sea"}, 2: {"sea", "tea"}}
    reading = Reading.model_validate(
        {
            "items": {"file": "a.csv", "columns": {}},
            "labels": {"indicators": {"file": "n.csv", "name": "x"}},
        }
    )
    assert reading.files["labels.indicators.file"] == ["n.csv"]
    error = refused(tmp_path, files | {"n.csv": "name\nsea\nsea\n"}, reading_of("n.csv"))
    assert error.what == "the name 'sea' is there twice"


def reading_of(file: str) -> dict[str, Any]:
    return {"indicators": {"file": file}}


def test_the_columns_of_indicators_as_mulan_and_meka_name_them(tmp_path: Path) -> None:
    mulan = '<labels xmlns="http://mulan.sourceforge.net/labels"><label name="sea"/></labels>'
    files = {"a.csv": "id,sea,tea\n1,1,0\n2,0,1\n", "n.xml": mulan}
    assert tags_of(read_files(tmp_path, files, reading_of("n.xml"))) == {1: {"sea"}, 2: set()}
    meka = "@relation 'x: -C 1'\n@attribute tea {0,1}\n@attribute id numeric\n@data\n1,1\n0,2\n"
    raw = read_files(tmp_path, {"a.arff": meka}, reading_of("a.arff"))
    assert list(tags_of(raw).values()) == [{"tea"}, set()]


def test_indicators_that_are_no_list_of_columns() -> None:
    assert fault({"indicators": "sea"})[0] == "labels.indicators"
    assert "is in the list twice" in fault({"indicators": ["sea", "sea"]})[1]
    assert fault({"indicators": []}) == ("labels.indicators", "this must not be empty")
    assert fault({"indicators": ["a"], "at_least": 0})[0] == "labels.at_least"


# ---- vector --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "column",
    [
        [[0, 1, 0], [1, 1, 1], [], None, "x", [0, "maybe", 1], "[1, 0, 0]"],
        pa.array(["[0, 1, 0]", "c(1,1,1)", "[]", "", "x", "[0 maybe 1]", "1. 0 0"]),
    ],
    ids=["python", "text"],
)
def test_vectors_of_any_column(column: Any) -> None:
    found = vectors(column)
    assert found.lengths.tolist() == [3, 3, 0, 0, 0, 3, 3]
    assert found.given.tolist() == [True, True, True, False, False, True, True]
    assert np.flatnonzero(found.wrong).tolist() == [4, 5]
    assert found.values[found.parents == 6].tolist() == [1, 0, 0]
    assert found.starts.tolist() == [0, 3, 6, 6, 6, 6, 9]


@given(
    names=st.lists(WORDS, min_size=1, max_size=5, unique=True),
    rows=st.lists(st.lists(st.booleans(), min_size=5, max_size=5), min_size=1, max_size=5),
    spelled=st.sampled_from(["list", "text", "bool", "parquet", "numpy"]),
)
def test_vectors_read_to_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], rows: list[list[bool]], spelled: str
) -> None:
    folder = tmp_path_factory.mktemp("a")
    cut = [[int(one) for one in row[: len(names)]] for row in rows]
    files: dict[str, Any] = {"a.json": [{"id": at, "v": row} for at, row in enumerate(cut)]}
    if spelled == "bool":
        files["a.json"] = [{"id": at, "v": list(map(bool, row))} for at, row in enumerate(cut)]
    elif spelled in {"text", "numpy"}:
        cells = [json.dumps(row).replace(",", "" if spelled == "numpy" else ",") for row in cut]
        files = {"a.csv": csv_text([["id", "v"], *enumerate(cells)])}
    elif spelled == "parquet":
        kind = pa.list_(pa.int8(), len(names))
        table = pa.table({"id": range(len(cut)), "v": pa.array(cut, kind)})
        parquet.write_table(table, folder / "a.parquet")
        files = {}
    file = next(iter(files), "a.parquet")
    raw = read_files(folder, files, {"vector": "v", "names": names}, file=file)
    assert tags_of(raw) == {
        at: {name for name, one in zip(names, row, strict=True) if one}
        for at, row in enumerate(cut)
    }


def test_a_vector_of_another_length_is_set_aside_and_most_are_an_error(tmp_path: Path) -> None:
    rows = [{"id": 1, "v": [0, 1]}, {"id": 2, "v": [1, 0]}, {"id": 3, "v": [1]}]
    labels = {"vector": "v", "names": ["a", "b"]}
    raw = read_files(tmp_path, {"a.json": rows}, labels)
    assert tags_of(raw) == {1: {"b"}, 2: {"a"}}
    assert reasons(raw) == [(3, "the list is not 2 long, as many as there are names")]
    error = refused(tmp_path, {"a.json": rows}, labels | {"names": ["a", "b", "c"]})
    assert error.what == "the list is not 3 long, as many as there are names, in 3 of 3 rows"
    assert "name for each place" in error.hint


def test_the_names_of_a_vector(tmp_path: Path) -> None:
    files = {
        "a.json": [{"id": 1, "v": [0, 1, 0.5]}],
        "n.csv": "code,name\n1,tea\n0,sea\n2,rope\n",
    }
    labels = {
        "vector": "v",
        "at_least": 0.5,
        "names": {"file": "n.csv", "code": "code", "name": "name"},
    }
    assert tags_of(read_files(tmp_path, files, labels)) == {1: {"tea", "rope"}}
    files["n.csv"] = "code,name\n1,tea\n2,sea\n3,rope\n"
    error = refused(tmp_path, files, labels)
    assert "are not 0 to 2, the places of a list: 1, 2, 3" in error.what
    assert (
        "which say neither yes"
        in refused(tmp_path, files, {"vector": "v", "names": ["a", "b", "c"]}).what
    )
    assert fault({"vector": "v"})[0] == "labels.names"
    assert fault({"vector": "v", "names": {"0": "a"}})[0] == "labels.names"


def test_a_vector_does_not_read_a_list_of_codes(tmp_path: Path) -> None:
    rows = [{"id": 1, "v": [0, 2]}, {"id": 2, "v": [1, 2]}]
    error = refused(tmp_path, {"a.json": rows}, {"vector": "v", "names": ["a", "b"]})
    assert "holds 2, which say neither yes" in error.what


# ---- columns and delimited -----------------------------------------------------------------


@given(
    rows=st.lists(st.lists(WORDS | st.just(""), min_size=3, max_size=3), min_size=1, max_size=5),
    prefix=st.booleans(),
)
def test_columns_read_to_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], prefix: bool
) -> None:
    header = ["a", "b", "c c"]
    table = [["id", *header], *([at, *row] for at, row in enumerate(rows))]
    labels = {"columns": header, "prefix": prefix}
    raw = read_files(tmp_path_factory.mktemp("a"), {"a.csv": csv_text(table)}, labels)
    assert tags_of(raw) == {
        at: {f"{name}::{tag}" if prefix else tag for name, tag in zip(header, row, strict=True)
             if tag}
        for at, row in enumerate(rows)
    }  # fmt: skip


@given(
    rows=st.lists(
        st.lists(st.lists(WORDS, max_size=3), min_size=2, max_size=2), min_size=1, max_size=5
    ),
    prefix=st.booleans(),
    trailing=st.booleans(),
)
def test_delimited_columns_read_to_what_was_written(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[list[str]]],
    prefix: bool,
    trailing: bool,
) -> None:
    header = ["a", "b"]
    cells = [["; ".join(tags) + ";" * trailing for tags in row] for row in rows]
    table = [["id", *header], *([at, *row] for at, row in enumerate(cells))]
    labels = {"delimited": header, "separator": ";", "prefix": prefix}
    raw = read_files(tmp_path_factory.mktemp("a"), {"a.csv": csv_text(table)}, labels)
    assert tags_of(raw) == {
        at: {f"{name}::{tag}" if prefix else tag
             for name, tags in zip(header, row, strict=True) for tag in tags}
        for at, row in enumerate(rows)
    }  # fmt: skip
    assert raw.blank is None or not len(raw.blank)


def test_the_tags_of_a_row_stand_together_in_the_order_of_columns(tmp_path: Path) -> None:
    text = "id,a,b\n1,x,y\n2,,z\n3,u,\n"
    raw = read_files(tmp_path, {"a.csv": text}, {"columns": ["b", "a"]})
    assert raw.labels["item"].to_pylist() == [0, 0, 1, 2]
    assert raw.labels["tag"].to_pylist() == ["y", "x", "z", "u"]


def test_what_becomes_of_a_tag_does_not_hang_on_its_prefix(tmp_path: Path) -> None:
    text = "id,a,b\n1,<1>,<9>\n2,<2>,none\n"
    labels = {"columns": ["a", "b"], "prefix": True, "strip": "<>", "none": ["none", "nought"]}
    labels |= {"names": {"1": "sea > blue", "2": "tea", "9": "nought"}, "levels": " > "}
    raw = read_files(tmp_path, {"a.csv": text}, labels)
    assert tags_of(raw) == {1: {"a::sea", "a::blue"}, 2: {"a::tea"}}


def test_columns_hold_numbers_only_as_codes(tmp_path: Path) -> None:
    files = {"a.json": [{"id": 1, "a": 1, "b": "x"}, {"id": 2, "a": None, "b": "x"}]}
    raw = read_files(tmp_path, files, {"columns": ["a", "b"]})
    assert (tags_of(raw), reasons(raw)) == ({2: {"x"}}, [(1, "a is not text")])
    raw = read_files(tmp_path, files, {"columns": ["a", "b"], "names": {1: "one", "x": "ex"}})
    assert tags_of(raw) == {1: {"one", "ex"}, 2: {"ex"}}


def test_lists_written_as_text_are_refused_in_columns(tmp_path: Path) -> None:
    files = {"a.csv": csv_text([["id", "a", "b"], [1, "x", "['u', 'v']"], [2, "y", "['u']"]])}
    assert "lists written as text" in refused(tmp_path, files, {"columns": ["a", "b"]}).what


def test_a_header_that_repeats_is_refused_where_one_column_is_meant(tmp_path: Path) -> None:
    files = {"a.csv": "id,T,T\n1,a,b\n"}
    error = refused(tmp_path, files, {"column": "T"})
    assert "`labels: {columns: [T]}`" in error.hint


# ---- rest ----------------------------------------------------------------------------------


def block_of(column: Any, name: str = "TAGS") -> Block:
    return Block(np.arange(1, len(column) + 1), {name: column}, lambda at: [""] * len(at))


def test_the_rest_of_a_row(tmp_path: Path) -> None:
    column = pa.array([["a", "b"], [], ["c", ""], None])
    faults = Faults(4)
    parents, tags = RestLabels(rest="TAGS").of_block(block_of(column), faults, tmp_path, ITEMS)
    assert (parents.tolist(), tags.to_pylist()) == ([0, 0, 2, 2], ["a", "b", "c", ""])
    assert faults.readable.all()


def test_a_vector_without_rows(tmp_path: Path) -> None:
    reading = VectorLabels(vector="v", names=["a"])
    for column in ([], pa.array([], pa.string()), pa.array([], pa.list_(pa.int8()))):
        parents, tags = reading.of_block(block_of(column, "v"), Faults(0), tmp_path, ITEMS)
        assert (len(parents), len(tags)) == (0, 0)


# ---- each row of a file of labels ----------------------------------------------------------

ITEM_FILE = {"a.csv": "id,t\n1,x\n2,y\n3,z\n"}
EACH = {
    "list": ({"list": "tags"}, [{"tags": ["a", "b"]}, {"tags": []}, {"tags": ["b"]}]),
    "delimited": (
        {"delimited": "tags", "separator": ","},
        [{"tags": "a, b"}, {"tags": ""}, {"tags": "b,"}],
    ),
    "indicators": ({"indicators": ["a", "b"]}, [{"a": 1, "b": 1}, {"a": 0, "b": 0}, {"b": True}]),
    "vector": (
        {"vector": "v", "names": ["a", "b"]},
        [{"v": [1, 1]}, {"v": [0, 0]}, {"v": [0, 1]}],
    ),
    "columns": ({"columns": ["p", "q"]}, [{"p": "b", "q": "a"}, {"p": None}, {"p": "b"}]),
    "codes": ({"list": "c", "names": ["a", "b"]}, [{"c": [0, 1]}, {"c": []}, {"c": [1]}]),
}


@pytest.mark.parametrize(("each", "rows"), EACH.values(), ids=EACH)
@pytest.mark.parametrize("aligned", [True, False], ids=["aligned", "joined"])
def test_a_row_of_a_label_file_says_labels_in_any_way(
    each: dict[str, Any], rows: list[dict[str, Any]], aligned: bool, tmp_path: Path
) -> None:
    places = [0, 1, 2] if aligned else [2, 0, 1]
    content = [{"item": at + 1} | rows[at] for at in places]
    labels = {"file": "l.json", "each": each} | ({"align": "rows"} if aligned else {"id": "item"})
    raw = read_files(tmp_path, ITEM_FILE | {"l.json": content}, labels)
    assert tags_of(raw) == {1: {"a", "b"}, 2: set(), 3: {"b"}}
    assert (raw.label_rows, reasons(raw)) == (3, [])
    model = labels_of(labels)
    dumped = json.loads(json.dumps(model.model_dump(exclude_defaults=True)))
    assert dumped == labels
    assert labels_of(dumped) == model


def test_what_is_of_a_label_may_stand_beside_each(tmp_path: Path) -> None:
    rows = "id,tags,ok\n1,<0>|<9>,y\n2,<1>,n\n3,-|<1>,y\n"
    own = {"strip": "<>", "none": ["-"], "names": {0: "sea > blue", 1: "tea", 9: "-"}}
    own["levels"] = " > "
    each = {"delimited": "tags", "separator": "|"}
    for labels in ({"each": each} | own, {"each": each | own}):
        file = {"file": "l.csv", "where": {"ok": "y"}}
        raw = read_files(tmp_path, ITEM_FILE | {"l.csv": rows}, file | labels)
        assert tags_of(raw) == {1: {"sea", "blue"}, 2: set(), 3: {"tea"}}
    assert labels_of({"file": "l.csv", "each": each} | own) == labels_of(
        {"file": "l.csv", "each": each | own}
    )


def test_rows_that_do_not_count_are_rows_of_aligned_labels(tmp_path: Path) -> None:
    rows = "tag,ok,sure\na,y,0.9\nb,n,0.9\nc,y,0.1\n"
    labels = {"file": "l.csv", "align": "rows", "where": {"ok": "y"}, "at_least": {"sure": 0.5}}
    raw = read_files(tmp_path, ITEM_FILE | {"l.csv": rows}, labels)
    assert tags_of(raw) == {1: {"a"}, 2: set(), 3: set()}


@pytest.mark.parametrize(
    ("labels", "key", "says"),
    [
        ({"each": {"file": "b.csv"}}, "labels.each.file", "by columns of its own"),
        ({"each": {"list": "t", "votes": 2}}, "labels.each.votes", "beside `each`"),
        ({"each": {"list": "t"}, "tag": "t"}, "labels.tag", "give one"),
        ({"each": {"list": "t", "strip": "x"}, "strip": "y"}, "labels.strip", "give one"),
        ({"each": {"lst": "t"}}, "labels.each", "did you mean list?"),
    ],
)
def test_each_at_fault(labels: dict[str, Any], key: str, says: str) -> None:
    found = fault({"file": "l.csv"} | labels)
    assert found[0] == key
    assert says in found[1]


def test_a_files_names_and_indicators_are_files_of_the_reading() -> None:
    each = {"vector": "v", "names": {"file": "n.csv"}}
    items = {"file": "a.csv", "columns": {"id": "id"}}
    reading = Reading.model_validate({"items": items, "labels": {"file": "l.csv", "each": each}})
    assert reading.files == {
        "items.file": ["a.csv"],
        "labels.file": ["l.csv"],
        "labels.each.names.file": ["n.csv"],
    }
