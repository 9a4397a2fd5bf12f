"""Names of columns that lead into objects and lists."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagledger.errors import TagledgerError
from tagledger.readers.formats import parquet
from tagledger.readers.raw import Raw, read
from tagledger.readers.values import paths
from tagledger.sources.reading import Reading
from tests.readings import labels_of

X, DAY = {"out": ["x"]}, "2020-01-02"
FORMS = ["json", "jsonl", "parquet"]
in_each_form = pytest.mark.parametrize("form", FORMS)


def write(path: Path, rows: list[Any]) -> Path:
    """Write rows in the form that the ending tells."""
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        one_list = path.suffix == ".json"
        path.write_text(json.dumps(rows) if one_list else "\n".join(map(json.dumps, rows)))
    return path


def raw_of(folder: Path, form: str, rows: list[Any], labels: dict[str, str], **columns: str) -> Raw:
    """What is read of rows that are written in a form."""
    path = write(folder / f"a.{form}", rows)
    items = {"file": path.name, "columns": {"id": "id"} | columns}
    return read(Reading.model_validate({"items": items, "labels": labels}), folder)


@in_each_form
def test_labels_and_columns_lead_into_objects(form: str, tmp_path: Path) -> None:
    rows = [
        {"id": 1, "result": {"choices": ["a", "b"]}, "meta": {"head": {"t": "One"}, "at": DAY}},
        {"id": 2, "result": {"choices": []}, "meta": {"head": None, "at": None}},
        {"id": 3, "result": None, "meta": None},
    ]
    names = {"title": "meta.head.t", "created_on": "meta.at"}
    raw = raw_of(tmp_path, form, rows, {"list": "result.choices"}, **names)
    assert labels_of(raw) == [(1, "a"), (1, "b")]
    assert raw.items["title"].to_pylist() == ["One", "", ""]
    assert [None if at is None else at.day for at in raw.items["created_on"].to_pylist()] == [
        *(2, None, None)
    ]
    assert raw.set_aside.empty


@in_each_form
@pytest.mark.parametrize(
    "labels", [{"column": "meta.tags"}, {"delimited": "meta.tags", "separator": "|"}], ids=str
)
def test_other_label_readings_and_ids_take_paths_too(
    form: str, labels: dict[str, str], tmp_path: Path
) -> None:
    rows = [{"meta": {"id": 7, "tags": "a|b"}}, {"meta": {"id": 8, "tags": None}}]
    raw = raw_of(tmp_path, form, rows, labels, id="meta.id")
    tags = ["a|b"] if "column" in labels else ["a", "b"]
    assert labels_of(raw) == [(7, tag) for tag in tags]


@in_each_form
def test_a_labels_file_takes_paths(form: str, tmp_path: Path) -> None:
    (tmp_path / "items.json").write_text(json.dumps([{"id": 1}, {"id": 2}]))
    rows = [{"of": {"item": 2}, "is": {"tag": "x"}}, {"of": {"item": 1}, "is": {"tag": "y"}}]
    path = write(tmp_path / f"tags.{form}", rows)
    labels = {"file": path.name, "id": "of.item", "tag": "is.tag"}
    items = {"file": "items.json", "columns": {"id": "id"}}
    raw = read(Reading.model_validate({"items": items, "labels": labels}), tmp_path)
    assert labels_of(raw) == [(1, "y"), (2, "x")]


@in_each_form
def test_lists_of_objects_and_lists_of_lists(form: str, tmp_path: Path) -> None:
    rows = [
        {"id": 1, "labels": [{"name": "a"}, {"name": "b"}], "runs": [X, {"out": ["y", "z"]}]},
        {"id": 2, "labels": [], "runs": [{"out": []}, {"out": None}, None]},
        {"id": 3, "labels": None, "runs": None},
        {"id": 4, "labels": [{"name": "c"}], "runs": [{"out": ["w"]}]},
    ]
    raw = raw_of(tmp_path, form, rows, {"list": "labels[].name"})
    assert labels_of(raw) == [(1, "a"), (1, "b"), (4, "c")]
    raw = raw_of(tmp_path, form, rows, {"list": "runs[].out[]"})
    assert labels_of(raw) == [(1, "x"), (1, "y"), (1, "z"), (4, "w")]
    assert raw.set_aside.empty


@in_each_form
def test_a_key_with_a_dot_comes_before_a_path(form: str, tmp_path: Path) -> None:
    rows = [{"id": 1, "meta.tags": ["literal"], "meta": {"tags": ["path"]}, "a[]": "x"}]
    raw = raw_of(tmp_path, form, rows, {"list": "meta.tags"}, title="a[]")
    assert labels_of(raw) == [(1, "literal")]
    assert raw.items["title"].to_pylist() == ["x"]


def test_each_object_of_json_is_asked_for_the_key_itself(tmp_path: Path) -> None:
    rows = [{"id": 1, "m.t": ["a"]}, {"id": 2, "m": {"t": ["b"]}}, {"id": 3, "m.t": None}]
    assert labels_of(raw_of(tmp_path, "jsonl", rows, {"list": "m.t"})) == [(1, "a"), (2, "b")]


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_another_kind_on_the_way_sets_the_row_aside(form: str, tmp_path: Path) -> None:
    rows = [
        {"id": 1, "m": {"t": ["a"]}},
        {"id": 2, "m": "text"},
        {"id": 3, "m": [{"t": ["a"]}]},
        {"id": 4, "m": {"t": "text"}},
    ]
    raw = raw_of(tmp_path, form, rows, {"list": "m.t"})
    assert labels_of(raw) == [(1, "a")]
    assert raw.set_aside["row"].tolist() == [2, 3, 4]
    assert set(raw.set_aside["reason"]) == {"labels are not a list of text"}
    assert json.loads(raw.set_aside["record"][0]) == rows[1]


@pytest.mark.parametrize(
    ("labels", "wrong"),
    [
        ([{"name": "a"}, "b"], True),  # an element of another kind
        ({"name": "a"}, True),  # no list
        ([{"name": 3}], False),  # a code
        ([{"name": 3.5}], True),
        ([{}], True),  # a tag that is null, as in a plain list
        ([None], True),
        ([], False),
    ],
)
def test_elements_of_another_kind(labels: Any, wrong: bool, tmp_path: Path) -> None:
    rows = [{"id": 1, "labels": [{"name": "a"}]}, {"id": 2, "labels": labels}]
    raw = raw_of(tmp_path, "json", rows, {"list": "labels[].name"})
    assert raw.set_aside["row"].tolist() == ([2] if wrong else [])


@in_each_form
@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("result.chioces", "did you mean result.choices?"),
        ("choices", "did you mean result.choices?"),
        ("labels[].nam", "did you mean labels[].name?"),
        ("id.tags", ""),
        ("result[].choices", ""),
        ("result..choices", ""),
        ("result.", ""),
    ],
)
def test_a_path_that_leads_nowhere_is_named(
    form: str, name: str, near: str, tmp_path: Path
) -> None:
    rows = [{"id": 1, "result": {"choices": ["a"]}, "labels": [{"name": "b"}]}]
    if form != "parquet" and name == "result[].choices":
        raw = raw_of(tmp_path, form, rows, {"list": name})
        assert raw.set_aside["reason"].tolist() == ["labels are not a list of text"]
        return
    with pytest.raises(TagledgerError) as caught:
        raw_of(tmp_path, form, rows, {"list": name})
    assert caught.value.what == f"there is no column {name!r}"
    assert near in caught.value.hint


def test_csv_has_no_paths(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,meta.tags,meta\n1,a,b\n")
    items = {"file": "a.csv", "columns": {"id": "id"}}
    for name, tag in (("meta.tags", "a"), ("meta", "b")):
        reading = Reading.model_validate({"items": items, "labels": {"column": name}})
        assert labels_of(read(reading, tmp_path)) == [(1, tag)]
    reading = Reading.model_validate({"items": items, "labels": {"column": "meta.tag"}})
    with pytest.raises(TagledgerError, match="there is no column"):
        read(reading, tmp_path)


def test_old_timestamps_in_a_struct_are_not_turned_into_others(tmp_path: Path) -> None:
    far = pa.array([0, 10**13], pa.timestamp("s"))
    table = pa.table(
        {"id": [1, 2], "m": pa.StructArray.from_arrays([far], ["at"]), "t": ["a", "b"]}
    )
    pq.write_table(table, tmp_path / "a.parquet", use_deprecated_int96_timestamps=True)
    items = {"file": "a.parquet", "columns": {"id": "id", "created_on": "m.at"}}
    raw = read(Reading.model_validate({"items": items, "labels": {"column": "t"}}), tmp_path)
    assert raw.set_aside["row"].tolist() == [2]
    assert json.loads(raw.set_aside["record"][0])["t"] == "b"


def test_a_record_with_dates_in_structs_and_lists_is_shown(tmp_path: Path) -> None:
    days = pa.array([0, 10**7, 1], pa.date32())
    at = pa.array([0, 10**13, None], pa.timestamp("s"))
    gone = pa.array([False, False, True])
    struct = pa.StructArray.from_arrays([days, at], ["day", "at"], mask=gone)
    lists = pa.ListArray.from_arrays(pa.array([0, 1, 3, 3], pa.int32()), days)
    table = pa.table({"id": pa.nulls(3, pa.int64()), "m": struct, "l": lists, "t": ["a"] * 3})
    good = pa.table({"id": [1], "m": [None], "l": [None], "t": ["b"]}, schema=table.schema)
    pq.write_table(pa.concat_tables([table, good]), tmp_path / "a.parquet")
    items = {"file": "a.parquet", "columns": {"id": "id"}}
    raw = read(Reading.model_validate({"items": items, "labels": {"column": "t"}}), tmp_path)
    first, far, none = map(json.loads, raw.set_aside["record"])
    assert first["l"] == ["1970-01-01"]
    assert first["m"]["day"] == "1970-01-01"
    assert far["m"]["at"] == 10**16  # Parquet has no seconds
    assert len(far["l"]) == 2
    assert (none["m"], none["l"]) == (None, [])


def test_a_deep_object_is_no_trouble(tmp_path: Path) -> None:
    deep = json.loads('{"a":' * 900 + "1" + "}" * 900)
    rows = [{"id": 1, "deep": deep, "t": ["a"]}]
    assert labels_of(raw_of(tmp_path, "json", rows, {"list": "t"})) == [(1, "a")]


# ---- mappings ------------------------------------------------------------------------------

COUNTED = [
    {"id": 1, "tags": {"sea": 12, "salt": 3}, "genres": {"/s/1": "Sea"}},
    {"id": 2, "tags": {}, "genres": None},
    {"id": 3, "tags": [], "genres": []},  # as PHP writes an empty mapping
    {"id": 4},
    {"id": 5, "tags": {"sea": None}, "genres": {"/s/1": "Sea", "/s/2": "Salt"}},
]
KEYS_OF = [(1, "sea"), (1, "salt"), (5, "sea")]
VALUES_OF = [(1, "Sea"), (5, "Sea"), (5, "Salt")]


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_the_keys_and_the_values_of_a_mapping_are_labels(form: str, tmp_path: Path) -> None:
    raw = raw_of(tmp_path, form, COUNTED, {"list": "tags{}"})
    assert labels_of(raw) == KEYS_OF
    assert raw.set_aside.empty
    raw = raw_of(tmp_path, form, COUNTED, {"list": "genres{}=value"})
    assert labels_of(raw) == VALUES_OF
    assert raw.set_aside.empty


def test_paths_go_on_from_the_values_of_a_mapping(tmp_path: Path) -> None:
    rows = [
        {"id": 1, "runs": [{"by": {"x": {"t": ["a"]}, "y": {"t": ["b", "c"]}}}, {"by": {}}]},
        {"id": 2, "runs": [{"by": {"x": None}}]},
        {"id": 3, "runs": [{"by": ["x"]}]},
        {"id": 4, "runs": [{"by": "x"}]},
    ]
    raw = raw_of(tmp_path, "json", rows, {"list": "runs[].by{}=value.t[]"})
    assert labels_of(raw) == [(1, "a"), (1, "b"), (1, "c")]
    assert raw.set_aside["row"].tolist() == [3, 4]
    raw = raw_of(tmp_path, "json", rows, {"list": "runs[].by{}"})
    assert labels_of(raw) == [(1, "x"), (1, "y"), (2, "x")]


MAPS = pa.map_(pa.string(), pa.int64())


def test_maps_and_structs_of_parquet(tmp_path: Path) -> None:
    kind = pa.map_(pa.string(), pa.string())
    tags = [[("sea", 12), ("salt", 3)], [], None, None, [("sea", None)]]
    genres = [[("/s/1", "Sea")], None, [], None, [("/s/1", "Sea"), ("/s/2", "Salt")]]
    table = pa.table(
        {
            "id": [1, 2, 3, 4, 5],
            "tags": pa.array(tags, MAPS),
            "genres": pa.array(genres, kind),
            "flat": pa.array([dict(one or []) or None for one in genres]),
            "in": pa.array([[{"m": one}] for one in genres], pa.list_(pa.struct({"m": kind}))),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    items = {"file": "a.parquet", "columns": {"id": "id"}}

    def read_of(name: str) -> list[tuple[Any, str]]:
        reading = Reading.model_validate({"items": items, "labels": {"list": name}})
        return labels_of(read(reading, tmp_path))

    assert read_of("tags{}") == KEYS_OF
    assert read_of("genres{}=value") == VALUES_OF
    assert read_of("flat{}=value") == VALUES_OF  # what pandas makes of mappings
    assert read_of("flat{}") == [(1, "/s/1"), (5, "/s/1"), (5, "/s/2")]
    assert read_of("in[].m{}=value") == VALUES_OF
    with pytest.raises(TagledgerError, match=r"no column 'id\{\}'"):
        read_of("id{}")
    with pytest.raises(TagledgerError, match="holds objects, not lists") as caught:
        read_of("genres")
    assert "genres{}=value" in caught.value.hint


PAIRS = st.lists(st.tuples(st.sampled_from("abc"), st.none() | st.integers(0, 9)), max_size=3)
MAPPINGS = st.lists(st.none() | PAIRS.map(dict).map(dict.items).map(list), min_size=1, max_size=6)


@given(rows=MAPPINGS, nested=st.booleans(), step=st.sampled_from(["{}", "{}=value"]))
def test_mappings_of_python_and_maps_of_arrow_agree(rows: Any, nested: bool, step: str) -> None:
    records = [{"r": None if row is None else dict(row)} for row in rows]
    kind, name = MAPS, f"r{step}"
    if nested:
        records, rows = [{"r": [one]} for one in records], [[{"r": row}] for row in rows]
        kind, name = pa.list_(pa.struct({"r": MAPS})), f"r[].r{step}"
    batch = pa.RecordBatch.from_arrays([pa.array(rows, kind)], ["r"])
    for part in (batch, batch.slice(len(rows) // 2)):
        found = paths.of_batch(part, name).to_pylist()
        assert found == paths.of_records(records[-len(part) :], name)[-len(part) :]


@given(st.lists(st.none() | PAIRS.map(dict), min_size=1, max_size=6))
def test_mappings_of_python_and_structs_of_arrow_agree(rows: list[Any]) -> None:
    kind = pa.struct(dict.fromkeys("abc", pa.int64()))
    batch = pa.RecordBatch.from_arrays([pa.array(rows, kind)], ["r"])
    given = [row and {key: row[key] for key in "abc" if row.get(key) is not None} for row in rows]
    records = [{"r": row} for row in given]
    for part in (batch, batch.slice(len(rows) // 2)):
        for name in ("r{}", "r{}=value"):
            found = paths.of_batch(part, name).to_pylist()
            assert found == paths.of_records(records[-len(part) :], name)[-len(part) :]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("tags{}", ("tags", "{}")),
        ("genres{}=value", ("genres", "{}=value")),
        ("a[].b{}=value.c[]", ("a", "[]", "b", "{}=value", "c", "[]")),
        ("x[][]", ("x", "[]", "[]")),
        ("{}", ()),
        ("a{}[]", ()),
        ("a{}=values", ()),
        ("a{b}.c", ("a{b}", "c")),
    ],
)
def test_steps(name: str, expected: tuple[str, ...]) -> None:
    assert paths.steps(name) == expected


TEXTS = st.lists(st.sampled_from("abc"), max_size=3)
ROWS = st.lists(
    st.none() | st.lists(st.none() | st.fixed_dictionaries({"n": st.none() | TEXTS}), max_size=3),
    min_size=1,
    max_size=6,
)


@given(rows=ROWS)
def test_python_values_and_arrow_agree(rows: list[Any]) -> None:
    kind = pa.list_(pa.struct({"n": pa.list_(pa.string())}))
    batch = pa.RecordBatch.from_arrays([pa.array(rows, kind)], ["r"])
    records = [{"r": row} for row in rows]
    for part in (batch, batch.slice(len(rows) // 2)):
        found = paths.of_batch(part, "r[].n[]").to_pylist()
        assert found == paths.of_records(records[-len(part) :], "r[].n[]")[-len(part) :]


def test_blocks_of_a_parquet_file_with_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "_PARQUET_ROWS", 2)
    rows = [{"id": n, "labels": [{"name": f"t{n % 3}"}] * (n % 4)} for n in range(9)]
    raw = raw_of(tmp_path, "parquet", rows, {"list": "labels[].name"})
    assert labels_of(raw) == [(n, f"t{n % 3}") for n in range(9) for _ in range(n % 4)]
