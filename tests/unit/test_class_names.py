"""The names of classes in the schema of a Parquet file of Hugging Face's datasets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tagledger.errors import TagledgerError
from tagledger.readers.raw import Raw, read
from tagledger.sources.reading import Reading
from tests.readings import labels_of

CLASS = {"_type": "ClassLabel", "names": ["ode", "hymn"]}
LABELS = [[1, 0], [], [0], [-1]]


def raw_of(folder: Path, features: Any, name: str = "kinds", column: Any = None) -> Raw:
    """What is read of a file with such features; bytes are the metadata as they are."""
    table = pa.table(
        {
            "n": [1, 2, 3, 4],
            "kinds": pa.array(LABELS) if column is None else column,
            "marks": pa.array([{"kind": one} for one in LABELS]),
            "each": pa.array([[{"kind": code} for code in one] for one in LABELS]),
        }
    )
    data = features
    if not isinstance(features, bytes):
        data = json.dumps({"info": {"features": features}}).encode()
    table = table.replace_schema_metadata({"huggingface": data} if features is not None else None)
    pq.write_table(table, folder / "a.parquet")
    items = {"file": "a.parquet", "columns": {"id": "n"}}
    labels = {"list": name, "names": "schema"}
    return read(Reading.model_validate({"items": items, "labels": labels}), folder)


@pytest.mark.parametrize(
    ("feature", "name"),
    [
        ({"kinds": {"_type": "Sequence", "feature": CLASS, "length": -1}}, "kinds"),
        ({"kinds": {"_type": "List", "feature": CLASS}}, "kinds"),
        ({"kinds": {"_type": "LargeList", "feature": CLASS}}, "kinds"),
        ({"kinds": [CLASS]}, "kinds"),
        ({"kinds": {"feature": {**CLASS, "num_classes": 2, "id": None}}}, "kinds"),
        ({"kinds": [{"_type": "ClassLabel", "names": {"0": "ode", "1": "hymn"}}]}, "kinds"),
        ({"marks": {"kind": {"_type": "Sequence", "feature": CLASS}}}, "marks.kind"),
        ({"marks": {"_type": "Sequence", "feature": {"kind": CLASS}}}, "marks.kind"),
        ({"each": [{"kind": CLASS}]}, "each[].kind"),
        ({"each": {"_type": "List", "feature": {"kind": CLASS}}}, "each[].kind"),
    ],
)
def test_each_form_of_a_list_of_classes(feature: Any, name: str, tmp_path: Path) -> None:
    raw = raw_of(tmp_path, feature, name)
    assert labels_of(raw) == [(1, "hymn"), (1, "ode"), (3, "ode")]
    assert raw.set_aside.empty
    assert raw.notes == ("labels of the class -1 stand for no label, and are left out",)


@pytest.mark.parametrize(
    "features",
    [
        None,
        b"no JSON",
        b"[]",
        b'{"info": []}',
        {},
        {"other": CLASS},
        {"kinds": {"_type": "Value", "dtype": "int64"}},
        {"kinds": {"_type": "Sequence", "feature": {"_type": "Value", "dtype": "int64"}}},
        {"kinds": {"_type": "ClassLabel", "names": [1, 2]}},
        {"kinds": {"_type": "ClassLabel", "names": {"0": "ode", "7": "hymn"}}},
        {"kinds": {"_type": "ClassLabel", "names": []}},
        {"kinds": []},
        {"kinds": "x"},
    ],
)
def test_a_file_without_names_is_an_error(features: Any, tmp_path: Path) -> None:
    with pytest.raises(TagledgerError, match="no names of classes for kinds"):
        raw_of(tmp_path, features)


def test_a_code_without_a_name_is_set_aside(tmp_path: Path) -> None:
    feature = {"kinds": [{"_type": "ClassLabel", "names": ["ode"]}]}
    raw = raw_of(tmp_path, feature)
    assert labels_of(raw) == [(3, "ode")]
    assert raw.set_aside["row"].tolist() == [1]


def test_a_dictionary_of_arrow_holds_names(tmp_path: Path) -> None:
    words = pa.array(["ode", "hymn", "ode"]).dictionary_encode()
    column = pa.ListArray.from_arrays(pa.array([0, 2, 2, 3, 3], pa.int32()), words)
    with pytest.raises(TagledgerError, match="holds the names of classes, not their codes"):
        raw_of(tmp_path, {}, column=column)
    items = {"file": "a.parquet", "columns": {"id": "n"}}
    raw = read(Reading.model_validate({"items": items, "labels": {"list": "kinds"}}), tmp_path)
    assert labels_of(raw) == [(1, "ode"), (1, "hymn"), (3, "ode")]


def test_files_of_one_reading_have_the_same_names(tmp_path: Path) -> None:
    for name, names in (("a", ["ode", "hymn"]), ("b", ["hymn", "ode"])):
        features = {"kinds": [{"_type": "ClassLabel", "names": names}]}
        table = pa.table({"n": [name], "kinds": [[0]]}).replace_schema_metadata(
            {"huggingface": json.dumps({"info": {"features": features}})}
        )
        pq.write_table(table, tmp_path / f"{name}.parquet")
    items = {"file": ["a.parquet", "b.parquet"], "columns": {"id": "n"}}
    labels = {"list": "kinds", "names": "schema"}
    with pytest.raises(TagledgerError, match="other names of classes"):
        read(Reading.model_validate({"items": items, "labels": labels}), tmp_path)


def of_codes(folder: Path, column: Any, features: Any) -> Raw:
    table = pa.table({"n": [1, 2], "kinds": column})
    meta = {"huggingface": json.dumps({"info": {"features": features}})}
    pq.write_table(table.replace_schema_metadata(meta), folder / "a.parquet")
    items = {"file": "a.parquet", "columns": {"id": "n"}}
    return read(Reading.model_validate({"items": items, "labels": {"list": "kinds"}}), folder)


def test_codes_whose_names_the_file_has_are_no_tags(tmp_path: Path) -> None:
    with pytest.raises(TagledgerError, match="0 is 'ode', 1 is 'hymn'") as found:
        of_codes(tmp_path, [[0], [1, 0]], {"kinds": {"_type": "Sequence", "feature": CLASS}})
    assert "`names: schema`" in str(found.value)


def test_numbers_without_names_are_tags(tmp_path: Path) -> None:
    value = {"_type": "Sequence", "feature": {"_type": "Value", "dtype": "int64"}}
    assert labels_of(of_codes(tmp_path, [[0], [1]], {"kinds": value})) == [(1, "0"), (2, "1")]
    words = pa.array(["1990", "2001"]).dictionary_encode()
    column = pa.ListArray.from_arrays(pa.array([0, 1, 2], pa.int32()), words)
    assert labels_of(of_codes(tmp_path, column, {})) == [(1, "1990"), (2, "2001")]


def test_names_are_tags_though_the_file_speaks_of_classes(tmp_path: Path) -> None:
    found = of_codes(tmp_path, [["ode"], ["hymn"]], {"kinds": [CLASS]})
    assert labels_of(found) == [(1, "ode"), (2, "hymn")]
