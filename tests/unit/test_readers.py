from __future__ import annotations

import csv
import datetime as dt
import decimal
import gzip
import io
import json
import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tagledger.errors import TagledgerError
from tagledger.readers.formats import parquet as parquet_format
from tagledger.readers.opening import source_files
from tagledger.readers.parsing import csv_rows, json_records, quotes
from tagledger.readers.raw import Raw, read, read_raw
from tagledger.readers.values import json_text
from tagledger.sources.catalogue import Reading
from tests.conftest import examples
from tests.readings import labels_of

COLUMNS = {"id": "id", "created_on": "created_on", "title": "title", "description": "description"}
LIST = {"list": "tags"}
DELIMITED = {"delimited": "tags", "separator": "|"}
RECORD = {
    "id": 1,
    "created_on": "2020-02-17 06:30:41",
    "title": "One",
    "description": "The first.",
    "tags": ["a", "b"],
}
UTC = dt.UTC


# ---- writing sources -----------------------------------------------------------------------


def as_json(records: list[Any]) -> bytes:
    return json.dumps(records).encode()


def as_lines(records: list[Any]) -> bytes:
    return b"\n".join(map(orjson.dumps, records))


def as_csv(rows: list[dict[str, Any]], delimiter: str = ",") -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, rows[0], delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def as_parquet(table: pa.Table, **options: Any) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, **options)
    return bytes(sink.getvalue())


def compressed(data: bytes, ending: str) -> bytes:
    if ending == ".gz":
        return gzip.compress(data, 1)
    return bytes(pa.compress(data, "zstd")) if ending == ".zst" else data


def reading(
    file: str,
    labels: dict[str, Any] = LIST,
    columns: dict[str, str] = COLUMNS,
    taxonomy: str | None = None,
    **items: Any,
) -> Reading:
    whole: dict[str, Any] = {"items": {"file": file, "columns": columns, **items}, "labels": labels}
    return Reading.model_validate(whole | ({"taxonomy": {"file": taxonomy}} if taxonomy else {}))


def raw_of(folder: Path, file: str, data: bytes, *args: Any, **options: Any) -> Raw:
    (folder / file).write_bytes(data)
    return read(reading(file, *args, **options), folder)


# ---- looking at what was read --------------------------------------------------------------


def items_of(raw: Raw) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = raw.items.to_pylist()
    return rows


def reasons_of(raw: Raw) -> list[tuple[int, str]]:
    return list(zip(raw.set_aside["row"], raw.set_aside["reason"], strict=True))


def assert_sound(raw: Raw) -> None:
    """What holds of every result, whatever the source."""
    items, labels = raw.items, raw.labels
    assert raw.rows == len(items) + len(raw.set_aside) - raw.label_rows_set_aside
    assert items.schema.names == ["file", "row", "id", "created_on", "title", "description"]
    assert items.schema.field("row").type == pa.int64()
    assert items.schema.field("id").type in (pa.int64(), pa.string())
    assert items.schema.field("created_on").type == pa.timestamp("us", "UTC")
    assert all(items[name].type == pa.string() for name in ("title", "description"))
    assert all(items[name].null_count == 0 for name in items.schema.names if name != "created_on")
    rows = items["row"].to_pylist()
    assert rows == sorted(set(rows))
    assert labels.schema.names == ["item", "tag"]
    assert labels["item"].type == pa.int64()
    assert labels["tag"].type == pa.dictionary(pa.int32(), pa.string())
    assert labels["item"].to_pylist() == sorted(labels["item"].to_pylist())
    words = labels["tag"].combine_chunks().dictionary.to_pylist()
    assert words == sorted(set(labels["tag"].to_pylist()))
    assert list(raw.set_aside.columns) == ["file", "row", "id", "reason", "record"]
    for record in raw.set_aside["record"]:
        json.loads(record)


# ---- every format gives the same -----------------------------------------------------------

plain_text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
tag_text = plain_text.filter(lambda text: text.strip() != "" and "|" not in text)
bodies = st.fixed_dictionaries(
    {
        "created_on": st.none() | st.datetimes(),
        "title": st.none() | plain_text,
        "description": plain_text,
        "tags": st.lists(tag_text, max_size=3),
    }
)
record_lists = st.one_of(
    st.lists(st.tuples(ids, bodies), min_size=1, max_size=5)
    for ids in (st.integers(-(2**63), 2**63 - 1), plain_text.map(lambda text: f"n{text}"))
).map(lambda pairs: [{"id": one, **body} for one, body in pairs])

WRITERS: dict[str, Callable[[list[dict[str, Any]]], bytes]] = {
    "json": lambda records: as_json([with_iso_date(record) for record in records]),
    "jsonl": lambda records: as_lines([with_iso_date(record) for record in records]),
    "csv": lambda records: as_csv(
        [with_iso_date(record) | {"tags": "|".join(record["tags"])} for record in records]
    ),
    "parquet": lambda records: as_parquet(
        pa.table(
            {
                "id": [record["id"] for record in records],
                "created_on": pa.array([r["created_on"] for r in records], pa.timestamp("us")),
                "title": pa.array([record["title"] for record in records], pa.string()),
                "description": pa.array([r["description"] for r in records], pa.large_string()),
                "tags": pa.array([r["tags"] for r in records], pa.list_(pa.string())),
            }
        )
    ),
}


def with_iso_date(record: dict[str, Any]) -> dict[str, Any]:
    date = record["created_on"]
    return record | {"created_on": date and date.isoformat()}


@pytest.mark.parametrize("kind", WRITERS)
@given(records=record_lists, ending=st.sampled_from(["", ".gz", ".zst"]))
@examples(60)
def test_each_format_reads_to_the_records_that_were_written(
    tmp_path_factory: pytest.TempPathFactory, kind: str, records: list[dict[str, Any]], ending: str
) -> None:
    folder = tmp_path_factory.mktemp("source")
    labels = DELIMITED if kind == "csv" else LIST
    data = compressed(WRITERS[kind](records), ending)
    raw = raw_of(folder, f"items.{kind}{ending}", data, labels)
    assert_sound(raw)
    assert items_of(raw) == [
        {
            "file": f"items.{kind}{ending}",
            "row": row,
            "id": record["id"],
            "created_on": record["created_on"] and record["created_on"].replace(tzinfo=UTC),
            "title": record["title"] or "",
            "description": record["description"],
        }
        for row, record in enumerate(records, 1)
    ]
    assert raw.labels.to_pylist() == [
        {"item": item, "tag": tag} for item, record in enumerate(records) for tag in record["tags"]
    ]
    assert raw.set_aside.empty
    assert raw.taxonomy is None


@pytest.mark.parametrize("kind", ["json", "jsonl", "csv", "parquet"])
@given(data=st.data())
@examples(40)
def test_a_labels_file_gives_its_labels_to_every_item_with_the_id(
    tmp_path_factory: pytest.TempPathFactory, kind: str, data: st.DataObject
) -> None:
    ids = data.draw(st.lists(st.sampled_from([3, 1, 2, 40]), min_size=1, max_size=6))
    pairs = data.draw(st.lists(st.tuples(st.sampled_from([1, 2, 3, 9]), tag_text), min_size=1))
    folder = tmp_path_factory.mktemp("source")
    rows = [{"id": one, "tag": tag} for one, tag in pairs]
    writers = {"json": as_json, "jsonl": as_lines, "csv": as_csv}
    write = writers.get(kind, lambda rows: as_parquet(pa.Table.from_pylist(rows)))
    (folder / f"tags.{kind}").write_bytes(write(rows))
    raw = raw_of(
        folder, "a.json", as_json([{"id": i} for i in ids]), {"file": f"tags.{kind}"}, {"id": "id"}
    )
    assert_sound(raw)
    assert raw.labels.to_pylist() == [
        {"item": item, "tag": tag}
        for item, one in enumerate(ids)
        for owner, tag in pairs
        if owner == one
    ]
    unknown = [row for row, (owner, _) in enumerate(pairs, 1) if owner not in ids]
    assert reasons_of(raw) == [(row, "label of an unknown id") for row in unknown]
    assert raw.label_rows_set_aside == len(unknown)
    assert raw.label_rows == len(pairs)
    assert raw.rows == len(ids)


def test_small_chunks_and_blocks_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [RECORD | {"id": n, "title": "é" * (n % 7), "tags": [f"t{n % 3}"]} for n in range(60)]
    records[17]["id"], records[40]["tags"] = None, "x"
    records[5]["title"] = "two\nlines"
    table = pa.Table.from_pylist([record | {"tags": ["t"]} for record in records])
    rows = [record | {"tags": "t"} for record in records]
    broken = as_csv(rows).replace(b"\r\n3,", b"\r\n\r\n3,,").replace(b"\r\n44,", b"\r\n")
    sources = {
        "a.json": (as_json(records), LIST),
        "a.jsonl": (as_lines(records), LIST),
        "a.parquet": (as_parquet(table, row_group_size=13), LIST),
        "a.csv": (broken, DELIMITED),
    }
    whole = {file: raw_of(tmp_path, file, *source) for file, source in sources.items()}
    monkeypatch.setattr(source_files, "_CHUNK_BYTES", 7)
    monkeypatch.setattr(json_records, "_BLOCK_ROWS", 4)
    monkeypatch.setattr(parquet_format, "_PARQUET_ROWS", 8)
    monkeypatch.setattr(csv_rows, "_CSV_BYTES", 200)
    for file, (_, labels) in sources.items():
        raw = read(reading(file, labels), tmp_path)
        assert_sound(raw)
        assert raw.items.equals(whole[file].items), file
        assert raw.labels.equals(whole[file].labels), file
        pd.testing.assert_frame_equal(raw.set_aside, whole[file].set_aside)
    assert reasons_of(whole["a.json"]) == [(18, "no id"), (41, "labels are not a list of text")]
    assert reasons_of(whole["a.csv"]) == [
        (4, "wrong number of fields: 6, not 5"),
        (18, "no id"),
        (45, "wrong number of fields: 4, not 5"),
    ]
    assert whole["a.parquet"].set_aside["record"].tolist() == [
        orjson.dumps(records[17] | {"tags": ["t"]}).decode()
    ]


# ---- rows that cannot be read --------------------------------------------------------------

NO_ID = "no id"
WRONG_ID = "id is not an integer or a string"
NO_LIST = "labels are not a list of text"
NO_DATE = "created_on unreadable"


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        pytest.param(7, "not an object", id="number"),
        pytest.param([1, "a"], "not an object", id="list"),
        pytest.param(None, "not an object", id="null"),
        pytest.param({"title": "x"}, NO_ID, id="id missing"),
        pytest.param(RECORD | {"id": None}, NO_ID, id="id null"),
        pytest.param(RECORD | {"id": " "}, NO_ID, id="id blank"),
        pytest.param(RECORD | {"id": 3.0}, WRONG_ID, id="id float"),
        pytest.param(RECORD | {"id": True}, WRONG_ID, id="id true"),
        pytest.param(RECORD | {"id": [1]}, WRONG_ID, id="id list"),
        pytest.param(RECORD | {"id": 2**63}, WRONG_ID, id="id over int64"),
        pytest.param(RECORD | {"id": -(2**63) - 1}, WRONG_ID, id="id under int64"),
        pytest.param(RECORD | {"created_on": "soon"}, NO_DATE, id="date word"),
        pytest.param(RECORD | {"created_on": 1581921041}, NO_DATE, id="date number"),
        pytest.param(RECORD | {"title": 5}, "title is not text", id="title number"),
        pytest.param(RECORD | {"description": ["x"]}, "description is not text", id="description"),
        pytest.param(RECORD | {"tags": "a"}, NO_LIST, id="tags text"),
        pytest.param(RECORD | {"tags": {"a": 1}}, NO_LIST, id="tags object"),
        pytest.param(RECORD | {"tags": ["a", None]}, NO_LIST, id="tag null"),
        pytest.param(RECORD | {"tags": ["a", 5]}, NO_LIST, id="tag number"),
        pytest.param(RECORD | {"tags": [["a"]]}, NO_LIST, id="tag list"),
    ],
)
@pytest.mark.parametrize("kind", ["json", "jsonl"])
def test_a_faulty_row_is_set_aside_whole_and_alone(
    tmp_path: Path, kind: str, record: Any, reason: str
) -> None:
    records = [RECORD, record, RECORD | {"id": 2}]
    data = b"\n".join(json.dumps(one).encode() for one in records)
    if kind == "json":
        data = as_json(records)
    raw = raw_of(tmp_path, f"a.{kind}", data)
    assert_sound(raw)
    assert raw.items["row"].to_pylist() == [1, 3]
    assert labels_of(raw) == [(1, "a"), (1, "b"), (2, "a"), (2, "b")]
    (set_aside,) = raw.set_aside.to_dict("records")
    assert (set_aside["file"], set_aside["row"], set_aside["reason"]) == (f"a.{kind}", 2, reason)
    # Beyond 64 bits, and only there, a number of JSON loses digits.
    assert json.loads(set_aside["record"]) == orjson.loads(json.dumps(record))
    known = isinstance(record, dict) and record.get("id") == 1 and record["id"] is not True
    assert set_aside["id"] == "1" if known else pd.isna(set_aside["id"])


def test_a_row_with_two_faults_is_set_aside_once(tmp_path: Path) -> None:
    raw = raw_of(tmp_path, "a.json", as_json([RECORD, {"id": 5, "title": 5, "tags": "x"}]))
    assert reasons_of(raw) == [(2, "title is not text")]
    assert raw.set_aside["id"].tolist() == ["5"]


def test_a_record_keeps_its_keys_in_their_order(tmp_path: Path) -> None:
    record = {"z": 1, "id": None, "a": {"y": [1.5, None], "b": "é"}}
    raw = raw_of(tmp_path, "a.json", as_json([RECORD, record]))
    assert raw.set_aside["record"].tolist() == ['{"z":1,"id":null,"a":{"y":[1.5,null],"b":"é"}}']


def test_csv_rows_with_another_number_of_fields_are_set_aside(tmp_path: Path) -> None:
    data = b'id,title,tags\n1,"two\nlines",a\n\n2,few\n3,"a, b",c,d\n,no id,a\n4,"say ""hi""",a|b\n'
    raw = raw_of(tmp_path, "a.csv", data, DELIMITED, {"id": "id", "title": "title"})
    assert_sound(raw)
    assert [(row["row"], row["title"]) for row in items_of(raw)] == [
        (1, "two\nlines"),
        (5, 'say "hi"'),
    ]
    assert labels_of(raw) == [(1, "a"), (4, "a"), (4, "b")]
    assert raw.set_aside[["row", "reason", "record"]].to_numpy().tolist() == [
        [2, "wrong number of fields: 2, not 3", '"2,few"'],
        [3, "wrong number of fields: 4, not 3", json.dumps('3,"a, b",c,d')],
        [4, "no id", '{"id":"","title":"no id","tags":"a"}'],
    ]


def test_a_set_aside_parquet_row_shows_its_timestamps(tmp_path: Path) -> None:
    instants = {
        f"{unit} {zone}": pa.array([1_500_000_000], pa.timestamp(unit, zone))
        for unit, zone in (("s", None), ("ns", None), ("us", "Asia/Tokyo"))
    }
    table = pa.table({"id": pa.array([None], pa.int64()), "tags": [["a"]], **instants})
    raw = raw_of(tmp_path, "a.parquet", as_parquet(table), LIST, {"id": "id"})
    (record,) = map(json.loads, raw.set_aside["record"])
    assert record == {
        "id": None,
        "tags": ["a"],
        "s None": "2017-07-14 02:40:00.000",  # Parquet has no whole seconds
        "ns None": "1970-01-01 00:00:01.500000000",
        "us Asia/Tokyo": "1970-01-01 00:25:00.000000Z",
    }


def test_a_set_aside_parquet_row_has_all_its_columns(tmp_path: Path) -> None:
    table = pa.table(
        {
            "price": [decimal.Decimal("1.50")] * 4,
            "id": pa.array([1, None, 3, 4]),
            "created_on": pa.array([0, 1000, 10**15, 2], pa.timestamp("ms", "Europe/Paris")),
            "raw": [b"ok", b"\xff", None, b""],
            "tags": [["a"], [], ["b"], None],
            "more": [{"x": [n]} for n in range(4)],
        }
    )
    columns = {"id": "id", "created_on": "created_on"}
    raw = raw_of(tmp_path, "a.parquet", as_parquet(table, row_group_size=2), LIST, columns)
    assert_sound(raw)
    assert labels_of(raw) == [(1, "a")]
    first, second = map(json.loads, raw.set_aside["record"])
    assert list(first) == table.column_names
    assert first == {
        "price": "1.50",
        "id": None,
        "created_on": "1970-01-01 00:00:01.000Z",
        "raw": "\\xff",
        "tags": [],
        "more": {"x": [1]},
    }
    assert second["created_on"] == 10**15
    assert second["more"] == {"x": [2]}


@pytest.mark.parametrize(
    ("column", "values", "kept", "reason"),
    [
        pytest.param("id", pa.array([None, 1.0]), [], WRONG_ID, id="float ids"),
        pytest.param("id", pa.array([True, False]), [], WRONG_ID, id="boolean ids"),
        pytest.param("id", pa.array([1, 2**63], pa.uint64()), [1], WRONG_ID, id="id over int64"),
        pytest.param("title", pa.array([None, 5]), [1], "title is not text", id="number as text"),
        pytest.param("title", pa.array([None, float("nan")]), [1, 2], None, id="NaN as text"),
        pytest.param("tags", pa.array([[], [5.0]]), [1], NO_LIST, id="list of numbers"),
        pytest.param("tags", pa.array([None, 5]), [1], NO_LIST, id="number as list"),
        pytest.param("tags", pa.array([["a"], ["b", None]]), [1], NO_LIST, id="null tag"),
        pytest.param("created_on", pa.array([None, 5]), [1], NO_DATE, id="number as date"),
        pytest.param(
            "created_on", pa.array([0, 2**53], pa.timestamp("ms")), [1], NO_DATE, id="far date"
        ),
    ],
)
def test_faults_of_parquet_rows(
    tmp_path: Path, column: str, values: pa.Array, kept: list[int], reason: str | None
) -> None:
    table = pa.Table.from_pylist([RECORD, RECORD | {"id": 2}])
    table = table.set_column(table.column_names.index(column), column, values)
    raw = raw_of(tmp_path, "a.parquet", as_parquet(table))
    assert_sound(raw)
    assert raw.items["row"].to_pylist() == kept
    assert reason is None or reasons_of(raw)[-1] == (2, reason)


# ---- ids -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "id_type", "ids", "set_aside"),
    [
        pytest.param(["1", "-2", "0"], None, [1, -2, 0], [], id="integers"),
        pytest.param(["1", "007"], None, ["1", "007"], [], id="leading zero"),
        pytest.param(["1", "+7"], None, ["1", "+7"], [], id="plus"),
        pytest.param(["1", "-0"], None, ["1", "-0"], [], id="minus zero"),
        pytest.param(["1", "7.0"], None, ["1", "7.0"], [], id="point"),
        pytest.param(["1", " 7"], None, ["1", " 7"], [], id="space"),
        pytest.param([str(2**63 - 1)], None, [2**63 - 1], [], id="largest"),
        pytest.param([str(-(2**63))], None, [-(2**63)], [], id="smallest"),
        pytest.param([str(2**63)], None, [str(2**63)], [], id="over int64"),
        pytest.param([str(-(2**63) - 1)], None, [str(-(2**63) - 1)], [], id="under int64"),
        pytest.param(["1", ""], None, [1], [(2, NO_ID)], id="missing"),
        pytest.param(["1", "2"], "string", ["1", "2"], [], id="asked for text"),
        pytest.param(
            ["1", "007", "x", str(2**63)],
            "integer",
            [1],
            [(row, "id is not an integer") for row in (2, 3, 4)],
            id="asked for integers",
        ),
    ],
)
def test_ids_of_csv(
    tmp_path: Path, texts: list[str], id_type: str | None, ids: list[Any], set_aside: list[Any]
) -> None:
    data = as_csv([{"id": text, "tag": "a"} for text in texts])
    raw = raw_of(tmp_path, "a.csv", data, {"column": "tag"}, {"id": "id"}, id_type=id_type)
    assert_sound(raw)
    assert raw.items["id"].to_pylist() == ids
    assert reasons_of(raw) == set_aside
    assert not set_aside or texts[1] == "" or raw.set_aside["id"].tolist() == texts[1:]


@pytest.mark.parametrize(
    ("id_type", "ids", "set_aside"),
    [
        pytest.param("string", ["5", "b", "7"], [], id="string"),
        pytest.param("integer", [5, 7], [(2, "id is not an integer")], id="integer"),
    ],
)
def test_id_type_settles_ids_of_mixed_types(
    tmp_path: Path, id_type: str, ids: list[Any], set_aside: list[Any]
) -> None:
    records = [RECORD | {"id": one} for one in (5, "b", "7")]
    raw = raw_of(tmp_path, "a.json", as_json(records), id_type=id_type)
    assert_sound(raw)
    assert raw.items["id"].to_pylist() == ids
    assert reasons_of(raw) == set_aside


def test_ids_of_mixed_types_are_an_error(tmp_path: Path) -> None:
    records = [RECORD | {"id": one} for one in (5, 6, "b")]
    with pytest.raises(TagledgerError, match=r"row 1 has an integer, row 3 has text") as caught:
        raw_of(tmp_path, "a.json", as_json(records))
    assert "id_type" in caught.value.hint


def test_json_text_that_spells_an_integer_stays_text(tmp_path: Path) -> None:
    raw = raw_of(tmp_path, "a.json", as_json([RECORD | {"id": "7"}]))
    assert raw.items["id"].to_pylist() == ["7"]


@pytest.mark.parametrize("id_type", ["integer", "string"])
def test_ids_have_the_type_asked_for_when_no_row_is_readable(tmp_path: Path, id_type: str) -> None:
    raw = raw_of(tmp_path, "a.json", as_json([RECORD | {"id": None}]), id_type=id_type)
    assert_sound(raw)
    assert raw.items["id"].type == (pa.int64() if id_type == "integer" else pa.string())


@pytest.mark.parametrize(
    "ids",
    [
        pa.array([1, 2], pa.int8()),
        pa.array([1, 2], pa.uint32()),
        pa.array([1, 2], pa.uint64()),
        pa.array([1, 2], pa.int64()).dictionary_encode(),
    ],
    ids=lambda ids: str(ids.type),
)
def test_integers_of_parquet_are_int64(tmp_path: Path, ids: pa.Array) -> None:
    table = pa.table({"id": ids, "tags": [["a"], []]})
    raw = raw_of(tmp_path, "a.parquet", as_parquet(table), LIST, {"id": "id"})
    assert_sound(raw)
    assert raw.items["id"].to_pylist() == [1, 2]
    assert raw.items["id"].type == pa.int64()


UUIDS = ["00112233-4455-6677-8899-aabbccddeeff", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"]
SIXTEEN = [uuid.UUID(text).bytes for text in UUIDS]


@pytest.mark.parametrize(
    "ids",
    [
        pa.array([SIXTEEN[0], None, SIXTEEN[1]], pa.uuid()),
        pa.array([SIXTEEN[0], None, SIXTEEN[1]], pa.binary(16)),
    ],
    ids=["uuid", "16 bytes"],
)
def test_uuids_are_ids(tmp_path: Path, ids: pa.Array) -> None:
    (tmp_path / "t.csv").write_bytes(as_csv([{"id": UUIDS[1], "tag": "a"}]))
    data = as_parquet(pa.table({"id": ids, "title": ["x"] * 3}))
    raw = raw_of(tmp_path, "a.parquet", data, {"file": "t.csv"}, {"id": "id"})
    assert_sound(raw)
    assert raw.items["id"].to_pylist() == UUIDS
    assert labels_of(raw) == [(UUIDS[1], "a")]
    assert reasons_of(raw) == [(2, NO_ID)]


D = decimal.Decimal


@pytest.mark.parametrize(
    ("values", "id_type", "ids", "wrong"),
    [
        ([D("1.00"), D("-7.00"), D("2.50"), None], None, [1, -7], [3, 4]),
        ([D(10**20), D(5)], "string", [str(10**20), "5"], []),
        ([D(10**20)], None, [str(10**20)], []),
        ([D(10**20), D(5)], "integer", [5], [1]),
        ([D(2**63 - 1), D(-(2**63))], None, [2**63 - 1, -(2**63)], []),
    ],
)
@pytest.mark.parametrize("kind", [pa.decimal128(38, 2), pa.decimal256(76, 2)], ids=str)
def test_whole_decimals_are_ids(
    tmp_path: Path, kind: pa.DataType, values: Any, id_type: Any, ids: list[Any], wrong: list[int]
) -> None:
    table = pa.table({"id": pa.array(values, kind), "tags": [["a"]] * len(values)})
    raw = raw_of(tmp_path, "a.parquet", as_parquet(table), LIST, {"id": "id"}, id_type=id_type)
    assert_sound(raw)
    assert raw.items["id"].to_pylist() == ids
    assert [row for row, _ in reasons_of(raw)] == wrong


# ---- dates ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2020-02-17", "2020-02-17T00:00:00"),
        ("2020-02-17 06:30:41", "2020-02-17T06:30:41"),
        ("2020-02-17T06:30:41", "2020-02-17T06:30:41"),
        (" 2020-02-17t06:30:41z\n", "2020-02-17T06:30:41"),
        ("2020-02-17 06:30", "2020-02-17T06:30:00"),
        ("2020-02-17T06:30:41.5", "2020-02-17T06:30:41.500000"),
        ("2020-02-17T06:30:41,25Z", "2020-02-17T06:30:41.250000"),
        ("2020-02-17T06:30:41.123456789Z", "2020-02-17T06:30:41.123456"),
        ("2020-02-17T06:30:41+05:30", "2020-02-17T01:00:41"),
        ("2020-02-17 06:30:41 -0700", "2020-02-17T13:30:41"),
        ("2020-02-17 06:30:41+01", "2020-02-17T05:30:41"),
        ("0001-01-01", "0001-01-01T00:00:00"),
        ("9999-12-31T23:59:59.999999", "9999-12-31T23:59:59.999999"),
        ("", None),
        ("  ", None),
    ],
)
def test_iso_dates(tmp_path: Path, text: str, instant: str | None) -> None:
    records = [RECORD | {"created_on": text}, RECORD | {"created_on": None}]
    raw = raw_of(tmp_path, "a.json", as_json(records))
    expected = instant and dt.datetime.fromisoformat(instant).replace(tzinfo=UTC)
    assert raw.items["created_on"].to_pylist() == [expected, None]
    assert raw.set_aside.empty


@pytest.mark.parametrize(
    "text",
    ["now", "today", "NaT", "nan", "null", "2020-13", "2020-00", "0000", "202", "2020-2",
     "2020-02-30", "2020-13-01",
     "17/02/2020", "2020-02-17 24:01", "2020-02-17 06:30:41 PST", "2020-02-17 06:30+99:00",
     "1581921041", "0000-01-01", "9999-12-31T23:59:59-01:00", "2020-02-17 06"],
)  # fmt: skip
def test_unreadable_dates(tmp_path: Path, text: str) -> None:
    raw = raw_of(tmp_path, "a.json", as_json([RECORD | {"created_on": text}]))
    assert reasons_of(raw) == [(1, NO_DATE)]


def test_one_far_date_does_not_spoil_a_fine_one(tmp_path: Path) -> None:
    texts = ["2020-02-17T06:30:41.123456789", "0001-01-01"]
    raw = raw_of(tmp_path, "a.json", as_json([RECORD | {"created_on": text} for text in texts]))
    assert [date.year for date in raw.items["created_on"].to_pylist()] == [2020, 1]


def test_a_date_format(tmp_path: Path) -> None:
    texts = ["17/02/2020 06:30 +0100", "17/02/2020", "", "now", "32/01/2020 00:00 +0000", None]
    raw = raw_of(
        tmp_path,
        "a.json",
        as_json([RECORD | {"created_on": text} for text in texts]),
        date_format="%d/%m/%Y %H:%M %z",
    )
    first = dt.datetime(2020, 2, 17, 5, 30, tzinfo=UTC)
    assert raw.items["created_on"].to_pylist() == [first, None, None]
    assert reasons_of(raw) == [(2, NO_DATE), (4, NO_DATE), (5, NO_DATE)]


FIRST_MOMENT = dt.datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("date_format", "number", "microseconds"),
    [
        ("seconds", 1_700_000_000, 0),
        ("seconds", 1_700_000_000.123456, 123_456),
        ("milliseconds", 1_700_000_000_123, 123_000),
        ("milliseconds", 1_700_000_000_123.25, 123_250),
    ],
)
@pytest.mark.parametrize("kind", ["json", "jsonl", "csv", "parquet", "text", "decimal"])
def test_numbers_since_1970_are_dates(
    tmp_path: Path, kind: str, date_format: str, number: float, microseconds: int
) -> None:
    value: Any = {"text": f" {number}", "decimal": decimal.Decimal(str(number))}.get(kind, number)
    rows = [{"id": 1, "created_on": value, "tag": "a"}, {"id": 2, "created_on": None, "tag": "a"}]
    file = {"text": "a.json", "decimal": "a.parquet"}.get(kind, f"a.{kind}")
    write = {"json": as_json, "jsonl": as_lines, "csv": as_csv}.get(
        file.partition(".")[2], lambda rows: as_parquet(pa.Table.from_pylist(rows))
    )
    columns = {"id": "id", "created_on": "created_on"}
    raw = raw_of(tmp_path, file, write(rows), {"column": "tag"}, columns, date_format=date_format)
    assert_sound(raw)
    expected = FIRST_MOMENT + dt.timedelta(microseconds=microseconds)
    assert raw.items["created_on"].to_pylist() == [expected, None]


@pytest.mark.parametrize(
    ("value", "year"),
    [
        (253_402_300_799_999, 9999), (-62_135_596_800_000, 1), (-1, 1969), (0, 1970),
        ("1.7e12", 2023), ("1700000000123.0", 2023), ("", None), (None, None),
    ],
)  # fmt: skip
def test_milliseconds_of_every_year(tmp_path: Path, value: Any, year: int | None) -> None:
    records = [RECORD | {"created_on": value}]
    raw = raw_of(tmp_path, "a.json", as_json(records), date_format="milliseconds")
    assert [date and date.year for date in raw.items["created_on"].to_pylist()] == [year]


@pytest.mark.parametrize(
    "value",
    [253_402_300_800_000, -62_135_596_800_001, 2**63 - 1, 2**70, -(2**70), 1e300, True, False, "x",
     "NaN", "inf", "0x10", "2020-02-17", "1 700", "1e999", [1], {}],
    ids=str,
)  # fmt: skip
def test_what_is_no_number_of_milliseconds_is_set_aside(tmp_path: Path, value: Any) -> None:
    records = [RECORD | {"created_on": value}, RECORD | {"id": 2, "created_on": 0}]
    raw = raw_of(tmp_path, "a.json", as_json(records), date_format="milliseconds")
    assert_sound(raw)
    assert reasons_of(raw) == [(1, NO_DATE)]
    assert raw.items["created_on"].to_pylist() == [dt.datetime(1970, 1, 1, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        (pa.array([2**63 - 1, 0]), [1]),
        (pa.array([2**64 - 1, 0], pa.uint64()), [1]),
        (pa.array([float("inf"), float("-inf")]), [1, 2]),
        (pa.array([float("nan"), 0.0]), []),  # what Parquet files have for null
        (pa.array([True, False]), [1, 2]),
        (pa.array([0, 10**14], pa.timestamp("ms")), []),  # these are dates already
    ],
    ids=str,
)
def test_milliseconds_of_parquet_never_wrap(
    tmp_path: Path, values: pa.Array, wrong: list[int]
) -> None:
    table = pa.table({"id": [1, 2], "created_on": values, "tags": [["a"], ["a"]]})
    columns = {"id": "id", "created_on": "created_on"}
    raw = raw_of(
        tmp_path, "a.parquet", as_parquet(table), LIST, columns, date_format="milliseconds"
    )
    assert reasons_of(raw) == [(row, NO_DATE) for row in wrong]


@pytest.mark.parametrize(
    ("years", "kept"),
    [
        ((1900, 2099), [1, 2, 3]),
        ((1990, 2024), [2]),
        ((1987, 1987), [1]),
        ((1, 9999), [1, 2, 3, 4]),
    ],
)
def test_a_date_outside_the_years_sets_its_row_aside(
    tmp_path: Path, years: tuple[int, int], kept: list[int]
) -> None:
    dates = ["1987-02-26", "2024-12-31T23:59:59", "2024-12-31T23:30:00-01:00", "0001-01-01", None]
    records = [RECORD | {"id": n, "created_on": date} for n, date in enumerate(dates, 1)]
    (tmp_path / "a.json").write_bytes(as_json(records))
    raw = read(reading("a.json"), tmp_path, years)
    assert_sound(raw)
    assert raw.items["id"].to_pylist() == [*kept, 5]
    for reason in raw.set_aside["reason"]:
        assert f"{years[0]} to {years[1]} of clean.earliest_year and clean.latest_year" in reason


@pytest.mark.parametrize("year", [1, 1500, 2600, 9999])
def test_old_timestamps_of_parquet_have_any_year(tmp_path: Path, year: int) -> None:
    date = dt.datetime(year, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)
    table = pa.table({"id": [1], "created_on": pa.array([date], pa.timestamp("us")), "tags": [[]]})
    data = as_parquet(table, use_deprecated_int96_timestamps=True)
    columns = {"id": "id", "created_on": "created_on"}
    raw = raw_of(tmp_path, "a.parquet", data, LIST, columns)
    assert raw.items["created_on"].to_pylist() == [date]


def test_old_timestamps_beyond_microseconds_are_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_format, "_PARQUET_ROWS", 2)
    far = pa.array([0, 10**13, 1, None, -(10**13)], pa.timestamp("s"))
    table = pa.table({"id": range(5), "created_on": far, "tags": [["a"]] * 5})
    data = as_parquet(table, use_deprecated_int96_timestamps=True, row_group_size=3)
    columns = {"id": "id", "created_on": "created_on"}
    raw = raw_of(tmp_path, "a.parquet", data, LIST, columns)
    assert_sound(raw)
    assert raw.items["id"].to_pylist() == [0, 2, 3]
    assert reasons_of(raw) == [(row, "created_on is too far a date") for row in (2, 5)]


@pytest.mark.parametrize("kind", [pa.date32(), pa.date64(), pa.timestamp("s")], ids=str)
def test_a_far_date_of_parquet_is_set_aside_with_its_record(
    tmp_path: Path, kind: pa.DataType
) -> None:
    days = 10**7 if pa.types.is_date32(kind) else 10**7 * 86_400
    days = days * 1000 if pa.types.is_date64(kind) else days
    table = pa.table({"id": [1, 2], "created_on": pa.array([days, 0], kind), "tags": [[], []]})
    columns = {"id": "id", "created_on": "created_on"}
    raw = raw_of(tmp_path, "a.parquet", as_parquet(table), LIST, columns)
    assert_sound(raw)
    assert reasons_of(raw) == [(1, NO_DATE)]


def test_a_date_format_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(TagledgerError, match="bad directive") as caught:
        raw_of(tmp_path, "a.json", as_json([RECORD]), date_format="%Q")
    assert "date_format" in str(caught.value.where)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array([0], pa.timestamp("s")), "1970-01-01"),
        (pa.array([1], pa.timestamp("ms", "UTC")), "1970-01-01T00:00:00.001"),
        (pa.array([0], pa.timestamp("us", "Asia/Tokyo")), "1970-01-01"),
        (pa.array([1999], pa.timestamp("ns")), "1970-01-01T00:00:00.000001"),
        (pa.array([-1], pa.date32()), "1969-12-31"),
        (pa.array([86_400_000], pa.date64()), "1970-01-02"),
        (pa.array(["1970-01-02"]).dictionary_encode(), "1970-01-02"),
        (pa.array([None], pa.null()), None),
        (pa.array([float("nan")]), None),
    ],
    ids=lambda value: str(getattr(value, "type", value)),
)
def test_native_dates(tmp_path: Path, values: pa.Array, expected: str | None) -> None:
    table = pa.table({"id": [1], "created_on": values, "tags": [["a"]]})
    columns = {"id": "id", "created_on": "created_on"}
    raw = raw_of(tmp_path, "a.parquet", as_parquet(table), LIST, columns)
    assert_sound(raw)
    instant = expected and dt.datetime.fromisoformat(expected).replace(tzinfo=UTC)
    assert raw.items["created_on"].to_pylist() == [instant]


# ---- texts and labels ----------------------------------------------------------------------


def test_one_text_column_is_the_description(tmp_path: Path) -> None:
    raw = raw_of(
        tmp_path, "a.json", as_json([{"id": 1, "body": "x", "tags": []}]), LIST,
        {"id": "id", "text": "body"},
    )  # fmt: skip
    assert_sound(raw)
    assert items_of(raw) == [
        {"file": "a.json", "row": 1, "id": 1, "created_on": None, "title": "", "description": "x"}
    ]


def test_json_that_python_writes_with_nan(tmp_path: Path) -> None:
    text = 'NaN, "NaN" and \\ -Infinity'
    records = [
        RECORD | {"title": float("nan"), "description": text},
        RECORD | {"title": float("-inf"), "description": float("inf")},
    ]
    lines = b"\n".join(json.dumps(record).encode() for record in records)
    for kind, data in (("json", as_json(records)), ("jsonl", lines)):
        read_items = items_of(raw_of(tmp_path, f"a.{kind}", data))
        texts = [(item["title"], item["description"]) for item in read_items]
        assert texts == [("", text), ("", "")]


TAGS = ["B b", "", "a", "  ", "a", " é"]


def test_a_list_of_tags_keeps_spelling_order_and_repeats(tmp_path: Path) -> None:
    records = [RECORD | {"tags": TAGS}, RECORD | {"id": 2, "tags": None}, {"id": 3}]
    raw = raw_of(tmp_path, "a.json", as_json(records))
    assert_sound(raw)
    assert labels_of(raw) == [(1, "B b"), (1, "a"), (1, "a"), (1, " é")]
    assert raw.rows == 3


def test_tags_joined_by_a_separator(tmp_path: Path) -> None:
    records = [{"id": 1, "tags": "::".join(TAGS)}, {"id": 2, "tags": None}, {"id": 3, "tags": 5}]
    labels = {"delimited": "tags", "separator": "::"}
    raw = raw_of(tmp_path, "a.json", as_json(records), labels, {"id": "id"})
    assert_sound(raw)
    assert labels_of(raw) == [(1, "B b"), (1, "a"), (1, "a"), (1, " é")]
    assert reasons_of(raw) == [(3, "tags is not text")]


def test_one_tag_in_a_column(tmp_path: Path) -> None:
    records = [{"id": n, "tag": tag} for n, tag in enumerate(["a|b", None, "", " ", 5, " a"])]
    raw = raw_of(tmp_path, "a.json", as_json(records), {"column": "tag"}, {"id": "id"})
    assert_sound(raw)
    assert labels_of(raw) == [(0, "a|b"), (5, " a")]
    assert reasons_of(raw) == [(5, "tag is not text")]


@pytest.mark.parametrize(
    "kind",
    [
        pa.list_(pa.string()),
        pa.large_list(pa.large_string()),
        pa.list_(pa.dictionary(pa.int8(), pa.string())),
        pa.list_(pa.string(), 2),
        pa.list_view(pa.string_view()),
    ],
    ids=str,
)
def test_lists_of_parquet(tmp_path: Path, kind: pa.DataType) -> None:
    lists = pa.array([["b", "a"], None, ["a", " "]]).cast(pa.list_(pa.string()))
    lists = pa.array(lists.to_pylist(), kind)
    table = pa.table({"id": [1, 2, 3], "tags": lists})
    raw = raw_of(tmp_path, "a.parquet", as_parquet(table), LIST, {"id": "id"})
    assert_sound(raw)
    assert labels_of(raw) == [(1, "b"), (1, "a"), (3, "a")]


@pytest.mark.parametrize(
    ("file", "data"),
    [
        ("a.csv", as_csv([{"id": 1, "tags": "a"}])),
        ("a.parquet", as_parquet(pa.table({"id": [1], "tags": ["a"]}))),
    ],
)
def test_a_text_column_is_no_list_column(tmp_path: Path, file: str, data: bytes) -> None:
    with pytest.raises(TagledgerError, match="holds text, not lists") as caught:
        raw_of(tmp_path, file, data, LIST, {"id": "id"})
    assert "delimited: tags" in caught.value.hint


LITERALS = [
    "['Drama', 'Sci-Fi']", '["a","b"]', "c('a','b')", 'c("a", "b")', "{a,b}", '{"a","b"}',
    "[a, b]", "['a' 'b']", "('a',)", "{'a'}", "array(['a'], dtype=object)", "[['a']]", "list('a')",
    "[{'id': 18, 'name': 'Drama'}, {'id': 8, 'name': 'War'}]", '{"Drama": 1, "War": 0}', "{a: 1}",
]  # fmt: skip


@pytest.mark.parametrize("text", LITERALS)
@pytest.mark.parametrize(
    "labels",
    [{"column": "tags"}, *({"delimited": "tags", "separator": one} for one in ", |")],
    ids=str,
)
def test_lists_written_as_text_are_refused(
    tmp_path: Path, labels: dict[str, str], text: str
) -> None:
    data = as_csv([{"id": 1, "tags": text}, {"id": 2, "tags": ""}, {"id": 3, "tags": " []"}])
    with pytest.raises(TagledgerError, match="lists written as text") as caught:
        raw_of(tmp_path, "a.csv", data, labels, {"id": "id"})
    assert "`labels: {list: tags}`" in caught.value.hint


def test_tags_of_a_labels_file_are_no_lists(tmp_path: Path) -> None:
    (tmp_path / "tags.csv").write_bytes(as_csv([{"id": 1, "tag": "['a', 'b']"}]))
    with pytest.raises(TagledgerError, match="lists written as text") as caught:
        raw_of(tmp_path, "a.json", as_json([{"id": 1}]), {"file": "tags.csv"}, {"id": "id"})
    assert str(caught.value.where).endswith("tags.csv")
    assert "`each: {list: tag}`" in caught.value.hint


def test_a_few_lists_written_as_text_are_set_aside(tmp_path: Path) -> None:
    texts = ["a|b", "['a', 'b']", "c", ""]
    data = as_csv([{"id": n, "tags": text} for n, text in enumerate(texts)])
    raw = raw_of(tmp_path, "a.csv", data, DELIMITED, {"id": "id"})
    assert_sound(raw)
    assert labels_of(raw) == [(0, "a"), (0, "b"), (2, "c")]
    assert reasons_of(raw) == [(2, "labels are a list written as text")]


def test_tags_with_brackets_are_tags(tmp_path: Path) -> None:
    tags = ["[draft]", "{x}", "a<b>c", "<p>", "__init__", "[]b", "f(x, y)", "it's ['x']", "(r)"]
    tags += ["{x}: y", "[a:b]", "std::{x}", "[{x}]"]
    data = as_csv([{"id": n, "tags": tag} for n, tag in enumerate(tags)])
    raw = raw_of(tmp_path, "a.csv", data, DELIMITED, {"id": "id"})
    assert labels_of(raw) == list(enumerate(tags))
    data = as_csv([{"id": 1, "tags": "[a],[b]"}])
    raw = raw_of(tmp_path, "a.csv", data, {"delimited": "tags", "separator": ","}, {"id": "id"})
    assert labels_of(raw) == [(1, "[a]"), (1, "[b]")]


def command_of(error: TagledgerError) -> str:
    """The command that a hint names."""
    return error.hint.split("`")[-2]


def run_in(folder: Path, command: str) -> None:
    subprocess.run(["/bin/sh", "-ec", command], cwd=folder, check=True)


# ---- labels aligned by rows ----------------------------------------------------------------

BY_ROW = {"file": "tags.csv", "align": "rows"}
OF_SET_ASIDE, TOO_MANY = "label of an item that was set aside", "wrong number of fields: 2, not 1"
BARE = "a quote in a field that is not in quotes"
FIVE = b"id,title\n1,a\n,no id\n3,c\n4,d,e\n5,e\n"


@pytest.mark.parametrize(
    ("tags", "labels", "set_aside"),
    [
        pytest.param(
            b"tag\nA\nB\nC\nD\nE\n", "ACE", dict.fromkeys((2, 4), OF_SET_ASIDE),
            id="items set aside",
        ),
        pytest.param(
            b'tag\r\nA\r\n\r\nC\r\n""\r\nE', "ACE", {}, id="blank lines are rows"
        ),
        pytest.param(b"tag\nA\n\n\n\nE", "A-E", {}, id="an item without a tag"),
        pytest.param(
            b"tag\nA\n\nC,c\n\nE", "A-E", {3: TOO_MANY}, id="too many fields"
        ),
        pytest.param(
            b'tag\nA\n\nC"c\n\nE', "A-E", {3: BARE}, id="quote"
        ),
    ],
)  # fmt: skip
def test_labels_aligned_by_rows_never_shift(
    tmp_path: Path, tags: bytes, labels: str, set_aside: dict[int, str]
) -> None:
    (tmp_path / "tags.csv").write_bytes(tags)
    raw = raw_of(tmp_path, "a.csv", FIVE, BY_ROW, {"id": "id", "title": "title"})
    assert_sound(raw)
    assert raw.items["id"].to_pylist() == [1, 3, 5]
    expected = zip([1, 3, 5], labels, strict=True)
    assert labels_of(raw) == [(one, tag) for one, tag in expected if tag != "-"]
    own = raw.set_aside[raw.set_aside["file"] == "tags.csv"]
    assert dict(zip(own["row"], own["reason"], strict=True)) == set_aside
    assert raw.label_rows_set_aside == len(set_aside)


@pytest.mark.parametrize("kind", ["json", "jsonl", "parquet"])
def test_labels_aligned_by_rows_in_every_format(tmp_path: Path, kind: str) -> None:
    rows: list[Any] = [{"name": "A"}, {"name": None}, {"name": " "}, {"name": "D"}]
    if kind == "parquet":
        data = as_parquet(pa.Table.from_pylist(rows))
    else:
        rows[1], rows[2] = 7, {"name": 5}
        data = as_json(rows) if kind == "json" else b"\n\n".join(map(orjson.dumps, rows))
    (tmp_path / f"t.{kind}").write_bytes(data)
    labels = {"file": f"t.{kind}", "align": "rows", "tag": "name"}
    records = [{"id": one} for one in (9, 8, 9, 7)]
    raw = raw_of(tmp_path, "a.json", as_json(records), labels, {"id": "id"})
    assert_sound(raw)
    assert raw.labels.to_pylist() == [{"item": 0, "tag": "A"}, {"item": 3, "tag": "D"}]
    assert raw.label_rows_set_aside == (0 if kind == "parquet" else 2)


@pytest.mark.parametrize("tags", [b"tag\nA\nB\nC\nD\n", b"tag\nA\nB\nC\nD\nE\n\n"])
def test_labels_aligned_by_rows_must_be_as_many_as_the_items(tmp_path: Path, tags: bytes) -> None:
    (tmp_path / "tags.csv").write_bytes(tags)
    count = tags.count(b"\n") - 1
    with pytest.raises(
        TagledgerError, match=f"{count} rows of labels for 5 rows of items"
    ) as error:
        raw_of(tmp_path, "a.csv", FIVE, BY_ROW, {"id": "id", "title": "title"})
    assert str(error.value.where).endswith("tags.csv")


def test_a_labels_file_without_ids_is_told_of_the_reading_by_rows(tmp_path: Path) -> None:
    (tmp_path / "tags.csv").write_bytes(b"tag\nA\n")
    with pytest.raises(TagledgerError, match="no column 'id'") as caught:
        raw_of(tmp_path, "a.json", as_json([{"id": 1}]), {"file": "tags.csv"}, {"id": "id"})
    assert "align: rows" in caught.value.hint


def test_faults_of_a_labels_file(tmp_path: Path) -> None:
    rows: list[Any] = [
        {"id": 1, "tag": " A"},
        {"id": 9, "tag": "a"},
        {"id": 2, "tag": "a"},
        {"id": None, "tag": "a"},
        {"id": 1.5, "tag": "a"},
        {"id": 1, "tag": 5},
        {"id": 1, "tag": ""},
        {"id": "x", "tag": "a"},
        {"id": "1", "tag": "b"},
        "a",
        {"id": 1, "tag": " A"},
    ]
    (tmp_path / "tags.jsonl").write_bytes(as_lines(rows))
    records = [{"id": 1}, {"id": 2, "title": 5}, {"id": 0}]
    columns = {"id": "id", "title": "title"}
    raw = raw_of(tmp_path, "a.json", as_json(records), {"file": "tags.jsonl"}, columns)
    assert_sound(raw)
    assert labels_of(raw) == [(1, " A"), (1, "b"), (1, " A")]
    assert raw.set_aside[["file", "row", "reason"]].to_numpy().tolist() == [
        ["a.json", 2, "title is not text"],
        ["tags.jsonl", 2, "label of an unknown id"],
        ["tags.jsonl", 3, "label of an item that was set aside"],
        ["tags.jsonl", 4, NO_ID],
        ["tags.jsonl", 5, WRONG_ID],
        ["tags.jsonl", 6, "tag is not text"],
        ["tags.jsonl", 7, "no tag"],
        ["tags.jsonl", 8, "label of an unknown id"],
        ["tags.jsonl", 10, "not an object"],
    ]
    assert raw.set_aside["id"].fillna("-").tolist() == ["2", "9", "2", "-", "-", "1", "1", "x", "-"]
    assert (raw.rows, raw.label_rows_set_aside) == (3, 8)


@pytest.mark.parametrize("ids", [["007", "x"], ["1", "x"]], ids=["zeros", "digits"])
def test_a_labels_file_takes_the_type_of_the_items_ids(tmp_path: Path, ids: list[str]) -> None:
    (tmp_path / "t.csv").write_bytes(as_csv([{"key": ids[0], "name": "a"}], ";"))
    labels = {"file": "t.csv", "id": "key", "tag": "name", "delimiter": ";"}
    raw = raw_of(tmp_path, "a.json", as_json([{"id": one} for one in ids]), labels, {"id": "id"})
    assert labels_of(raw) == [(ids[0], "a")]


# ---- a key given twice ---------------------------------------------------------------------

SOUND = [
    b'{"id": 1, "title": "a", "tags": ["a"]}',
    b'{"id": 2, "title": "\\":\\" : :", "tags": [":", "b"], "more": [{"x": 1}, {"x": {"x": 2}}]}',
    b'{"id" :3,"title"\t:NaN,"tags":["id"],"tags ":["x"]}',
]
REPEATED = {
    "labels": (b'{"id": 9, "tags": ["a"], "tags": ["b"]}', "tags", "9"),
    "escaped": (b'{"id": 9, "tags": ["a"], "ta\\u0067s": ["b"]}', "tags", "9"),
    "spaces": (b'{"id":9,"tags" :["a"],"tags"\t:["a"]}', "tags", "9"),
    "id": (b'{"id": 9, "id": 10, "tags": ["b"]}', "id", None),
    "within": (b'{"id": 9, "tags": ["b"], "more": {"x": [{"y": 1, "y": 1}]}}', "y", "9"),
    "NaN": (b'{"id": 9, "x": NaN, "tags": ["b"], "x": NaN}', "x", "9"),
    "colons": (b'{"id": 9, "tags": [":", " : "], "title": ":", "title": "\\":"}', "title", "9"),
}


@pytest.mark.parametrize(("text", "key", "known"), REPEATED.values(), ids=REPEATED)
@pytest.mark.parametrize("kind", ["json", "jsonl", "indented"])
def test_a_key_given_twice_sets_its_row_aside(
    tmp_path: Path, kind: str, text: bytes, key: str, known: str | None
) -> None:
    lines = [*SOUND, text, b"7", SOUND[0].replace(b"1", b"4")]
    data = b"\n".join(lines) if kind == "jsonl" else b"[" + b",".join(lines) + b"]"
    if kind == "indented":
        data = data.replace(b"{", b"{\n ").replace(b",", b"\n,")
    raw = raw_of(tmp_path, f"a.{kind.replace('indented', 'json')}", data, LIST, {"id": "id"})
    assert_sound(raw)
    assert raw.items["id"].to_pylist() == [1, 2, 3, 4]
    assert labels_of(raw) == [(1, "a"), (2, ":"), (2, "b"), (3, "id"), (4, "a")]
    assert reasons_of(raw) == [(4, f"the key {key!r} is given twice"), (5, "not an object")]
    set_aside = raw.set_aside.iloc[0]
    assert set_aside["id"] == known if known else pd.isna(set_aside["id"])
    assert set_aside["record"].replace(" ", "") == text.decode().replace(" ", "").replace("\t", "")


json_texts = st.recursive(
    st.sampled_from(["1", "null", '":"', '"a : \\"b\\":"', '"\\\\"', "true"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: "[" + " , ".join(parts) + "]"),
        st.lists(
            st.tuples(
                st.sampled_from(['"a"', '"b"', '"\\u0061"', '":"', '"\\":"']),
                st.sampled_from([":", " : ", "\n:", "\t: "]),
                inner,
            ),
            max_size=4,
        ).map(lambda pairs: "{" + ",".join(map("".join, pairs)) + "}"),
    ),
    max_leaves=12,
)


@given(text=json_texts)
@examples(300)
def test_no_repeated_key_slips_through(text: str) -> None:
    keys: list[str] = []

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in found]
        keys.extend(name for name in set(names) if names.count(name) > 1)
        return dict(found)

    json.loads(text, object_pairs_hook=pairs)
    data = text.encode()
    value = json_text.loads(data)
    assert {one.key for one in json_text.repeated(data, value)} == set(keys)
    entries = value if isinstance(value, list) else [value]
    assert json_text.may_repeat(data, entries) or not keys


@pytest.mark.parametrize(
    ("file", "data", "where"),
    [
        ("t.json", b'{"a": {},\n "b": {},\n "a": {"parents": ["b"]}}', "t.json, line 3"),
        ("t.json", b'[{"tag": "a",\n "aliases": ["x"], "aliases": ["y"]}]', "t.json, line 2"),
        ("t.jsonl", b'{"tag": "a"}\n{"tag": "b", "tag": "c"}', "t.jsonl, row 2"),
    ],
)
def test_a_key_given_twice_in_a_taxonomy(
    tmp_path: Path, file: str, data: bytes, where: str
) -> None:
    (tmp_path / file).write_bytes(data)
    with pytest.raises(TagledgerError, match="given twice") as caught:
        raw_of(tmp_path, "a.json", as_json([RECORD]), taxonomy=file)
    assert str(caught.value.where).endswith(where)


def test_a_key_given_twice_in_a_labels_file(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_bytes(b'{"id":1,"tag":"a"}\n{"id":1,"tag":"b","tag":"c"}')
    raw = raw_of(tmp_path, "a.json", as_json([{"id": 1}]), {"file": "t.jsonl"}, {"id": "id"})
    assert labels_of(raw) == [(1, "a")]
    assert (raw.rows, raw.label_rows_set_aside) == (1, 1)


# ---- quotes of CSV -------------------------------------------------------------------------

TITLES = {"id": "id", "title": "title"}
AFTER = "characters after a closing quote"


def csv_of(folder: Path, rows: str, line_break: str = "\n") -> Raw:
    text = ("id,title,tags\n" + rows).replace("\n", line_break)
    return raw_of(folder, "a.csv", text.encode(), DELIMITED, TITLES)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ('2,5" pipe,b', BARE),
        ('2,a "b" c,b', BARE),
        ('2, "a, b",b', BARE),
        ('2,x,b"', BARE),
        ('2,"a" ,b', AFTER),
        ('2,"5" pipe",b', AFTER),
        ('2,"say "hi", x",b', AFTER),
        ('2,"say \\"hi\\", x",b', AFTER),
    ],
)
@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
def test_a_row_with_a_quote_out_of_place_is_set_aside(
    tmp_path: Path, row: str, reason: str, line_break: str
) -> None:
    raw = csv_of(tmp_path, f'1,"x, y",a\n{row}\n3,"z",c\n4,few\n{row}', line_break)
    assert_sound(raw)
    assert labels_of(raw) == [(1, "a"), (3, "c")]
    few = "wrong number of fields: 2, not 3"
    assert reasons_of(raw) == [(2, reason), (4, few), (5, reason)]
    assert json.loads(raw.set_aside["record"][0]) == row


@pytest.mark.parametrize(
    ("rows", "what", "where", "hint"),
    [
        ('1,"size 5\\"",a|b\n2,"z",c\n3,"q",d\n', AFTER, "line 3, in the row that begins on line 2",
         "backslash"),
        ('1,"abc"def,a\n2,x,b\n', AFTER, "line 2", "double it"),
        ('1,a,b\n2,"5 pipe,a\n3,"x",b\n', AFTER, "line 4, in the row that begins on line 3",
         "double it"),
        ('1,"say \\"hi\\"\nthere",a\n2,x,b\n', AFTER, "line 2", "backslash"),
        ('1, "a\nb",a\n2,x,b\n', BARE, "line 2", "double it"),
        ('1,a"b,"c\nd",e\n2,x,y\n', BARE, "line 2", "double it"),
        ('1,"two\nlines"x,a\n', AFTER, "line 3, in the row that begins on line 2", "double it"),
        ('1,"5\\"",a\n2,x,b\n3,y,c\n', "never closed", "row 1", "backslash"),
    ],
)  # fmt: skip
def test_a_row_that_may_end_at_several_places_is_refused(
    tmp_path: Path, rows: str, what: str, where: str, hint: str
) -> None:
    with pytest.raises(TagledgerError, match=what) as caught:
        csv_of(tmp_path, rows)
    assert str(caught.value.where).endswith(where)
    assert hint in caught.value.hint


@pytest.mark.parametrize("order", [1, -1])
def test_a_backslash_beside_a_quote_out_of_place_makes_every_row_doubtful(
    tmp_path: Path, order: int
) -> None:
    rows = ['1,"\\", aa', '2,"a\nb",c', '3,x"y,d'][::order]
    with pytest.raises(TagledgerError, match="nobody can tell where rows end") as caught:
        csv_of(tmp_path, "\n".join(rows))
    assert "backslash" in caught.value.hint
    raw = csv_of(tmp_path, "\n".join(row for row in rows if row[0] != "3"))
    assert sorted(labels_of(raw)) == [(1, " aa"), (2, "c")]  # legal where no quote is out of place


def test_a_quote_out_of_place_in_the_header(tmp_path: Path) -> None:
    with pytest.raises(TagledgerError, match=f"the header has {AFTER}"):
        raw_of(tmp_path, "a.csv", b'id,"title"x,tags\n1,a,b\n', DELIMITED, TITLES)


@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_the_command_that_takes_out_backslashes(tmp_path: Path, delimiter: str) -> None:
    rows = ["id,title,tags", '1,"size 5\\"",a|b', '2,"z, y",c']
    text = "\n".join(row.replace(",", delimiter) for row in rows)
    with pytest.raises(TagledgerError) as caught:
        raw_of(tmp_path, "a.csv", text.encode(), DELIMITED, TITLES, delimiter=delimiter)
    run_in(tmp_path, command_of(caught.value).replace("python3", sys.executable, 1))
    raw = read(reading("comma-a.csv", DELIMITED, TITLES), tmp_path)
    titles = [(row["id"], row["title"]) for row in items_of(raw)]
    assert titles == [(1, 'size 5"'), (2, f"z{delimiter} y")]
    assert labels_of(raw) == [(1, "a"), (1, "b"), (2, "c")]


csv_fields = st.text(st.sampled_from('ab",\n\r\\ '), max_size=6)


@given(
    rows=st.lists(st.tuples(csv_fields, csv_fields), min_size=1, max_size=8),
    size=st.sampled_from([1, 7, 64, 4096]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
@examples(200)
def test_sound_csv_reads_to_what_was_written_at_any_size_of_piece(
    tmp_path_factory: pytest.TempPathFactory, rows: Any, size: int, quoting: Any
) -> None:
    folder = tmp_path_factory.mktemp("source")
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=quoting)
    writer.writerows([("id", "title", "tags"), *((n, *row) for n, row in enumerate(rows))])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quotes, "_LARGEST_PIECE", size)
        patch.setattr(source_files, "_CHUNK_BYTES", size)
        raw = raw_of(folder, "a.csv", text.getvalue().encode(), {"column": "tags"}, TITLES)
    assert_sound(raw)
    assert raw.items["title"].to_pylist() == [title for title, _ in rows]
    assert labels_of(raw) == [(n, tag) for n, (_, tag) in enumerate(rows) if tag.strip()]
    assert raw.set_aside.empty


@given(
    texts=st.lists(st.text(st.sampled_from('ab",\\ '), max_size=12), min_size=1, max_size=6),
    size=st.sampled_from([3, 4096]),
)
@examples(300)
def test_no_row_of_broken_csv_has_the_label_of_another(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], size: int
) -> None:
    """Each line is a row: what is read of it stands on its own line, or the file is refused."""
    folder = tmp_path_factory.mktemp("source")
    lines = [f"{n},{text},t{n}" for n, text in enumerate(texts)]
    data = "\n".join(["id,title,tags", *lines]).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quotes, "_LARGEST_PIECE", size)
        patch.setattr(quotes, "_SMALLEST_PIECE", size)
        try:
            raw = raw_of(folder, "a.csv", data, {"column": "tags"}, TITLES)
        except TagledgerError:
            return
    if raw.notes:
        return  # legal, and named
    assert_sound(raw)
    assert raw.rows == len(texts)
    assert all(tag == f"t{one}" for one, tag in labels_of(raw))


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        ('1,a,b\n2,"x,a\n3,y,b\n4,z",c\n5,w,d\n', "line 3: a field in quotes holds 2 line breaks"),
        ('1,"id,title,tags\n1,a,b",c\n', "line 2: a field in quotes holds 1 line break "),
        ('1,a,b\r2,"x,a\r3,y,b\r4,z",c\r', "line 3: a field in quotes holds 2 line breaks"),
        ('1,a,b\r\n2,"x,a\r\n3,y,b\r\n4,z",c\r\n', "line 3: a field in quotes holds 2 line br"),
    ],
)
def test_a_field_that_seems_to_have_swallowed_rows_is_named(
    tmp_path: Path, rows: str, place: str
) -> None:
    raw = csv_of(tmp_path, rows)
    assert_sound(raw)
    assert raw.set_aside.empty
    (note,) = raw.notes
    assert f"a.csv, {place}" in note


def test_fields_with_fewer_delimiters_than_rows_are_not_named(tmp_path: Path) -> None:
    raw = csv_of(tmp_path, '1,"two\nlines, no more",a\n2,"a, b, c, d",b\n3,"x ""\n"" y",c\n')
    assert raw.notes == ()


def test_of_many_suspicious_fields_the_first_are_named(tmp_path: Path) -> None:
    raw = csv_of(tmp_path, "".join(f'{n},"a,b\nc,d",e\n' for n in range(1200)))
    assert len(raw.notes) == 6
    assert raw.notes[-1] == "and 1,195 more such fields"


# ---- encodings -----------------------------------------------------------------------------

COSTS = "id,title,tags\n1,“10 €” café,a\n"


@pytest.mark.parametrize(
    ("text", "written", "advised"),
    [
        (COSTS, "cp1252", "cp1252"),
        (COSTS.replace("“10 €” ", ""), "latin1", "cp1252"),
        ("id,title,tags\n1,10 € café,a\n", "iso-8859-15", "iso-8859-15"),
        (COSTS, "utf-16", "utf-16"),
        (COSTS, "utf-16-be", "utf-16be"),
        (COSTS, "utf-16-le", "utf-16le"),
        ("id,title,tags\n1,plain,a\n", "utf-16-le", "utf-16le"),
        ("id,title,tags\n1,plain,a\n", "utf-16-be", "utf-16be"),
        (COSTS, "utf-32", "utf-32"),
    ],
)
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_the_command_that_makes_utf8(
    tmp_path: Path, text: str, written: str, advised: str, ending: str
) -> None:
    data = compressed(text.encode(written), ending)
    with pytest.raises(TagledgerError, match="not UTF-8") as caught:
        raw_of(tmp_path, f"a.csv{ending}", data, DELIMITED, TITLES)
    command = command_of(caught.value)
    assert f"iconv -f {advised} " in command
    run_in(tmp_path, command)
    raw = read(reading("utf8-a.csv", DELIMITED, TITLES), tmp_path)
    assert raw.items["title"].to_pylist() == [text.splitlines()[1].split(",")[1]]
    assert labels_of(raw) == [(1, "a")]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("1,Привет,a\n".encode("cp1251"), "once you know the encoding"),
        ("1,日本語テキスト,a\n".encode("shift-jis"), "once you know the encoding"),
        ("1,café naïve,a\n".encode() + b"2,caf\xe9,b\n", "most of the file is UTF-8"),
    ],
)
def test_no_encoding_is_guessed_that_would_spoil_the_text(
    tmp_path: Path, data: bytes, says: str
) -> None:
    with pytest.raises(TagledgerError, match="not UTF-8") as caught:
        raw_of(tmp_path, "a.csv", b"id,title,tags\n" + data, DELIMITED, TITLES)
    assert says in caught.value.hint


def test_a_delimiter_that_is_a_tab_is_advised_as_yaml_reads_it(tmp_path: Path) -> None:
    data = b"id\ttitle\ttags\n1\tx\ta\n"
    with pytest.raises(TagledgerError) as caught:
        raw_of(tmp_path, "a.csv", data, DELIMITED, TITLES)
    advised = yaml.safe_load(caught.value.hint.partition("set `")[2].partition("`")[0])
    raw = raw_of(tmp_path, "a.csv", data, DELIMITED, TITLES, **advised)
    assert labels_of(raw) == [(1, "a")]


# ---- files that cannot be read -------------------------------------------------------------

TRUNCATED = compressed(as_json([RECORD] * 50), ".gz")[:-9]


@pytest.mark.parametrize(
    ("file", "data", "what", "where", "hint"),
    [
        ("a.json", b"", "empty", "a.json", "fresh copy"),
        ("a.json", b"\xef\xbb\xbf", "empty", "a.json", "fresh copy"),
        ("a.json.gz", b"", "empty", "a.json.gz", "fresh copy"),
        ("a.json.zst", compressed(b"", ".zst"), "empty", "a.json.zst", "fresh copy"),
        ("a.jsonl", b"", "empty", "a.jsonl", "fresh copy"),
        ("a.jsonl", b"\n\n", "no items", "a.jsonl", "fresh copy"),
        ("a.csv", b" \n\n", "empty", "a.csv", "fresh copy"),
        ("a.csv", b"id,title,tags\n", "no items", "a.csv", "fresh copy"),
        ("a.parquet", b"", "empty", "a.parquet", "fresh copy"),
        ("a.json", b"[]", "no items", "a.json", "fresh copy"),
        ("a.json", b'[{"id": 1,\n "title', "not JSON", "line 2, column", "fresh copy"),
        ("a.json", b'{"id": 1}\n{"id": 2}', "not JSON", "line 2, column 1", "format: jsonl"),
        ("a.json", b'{"id": 1}', "not a list of objects", "a.json", "list of objects"),
        ("a.json", b"[1, 2]", "not a list of objects", "a.json", "list of objects"),
        ("a.jsonl", b"[\n{}]", "not JSON", "line 1, column", "format: json`"),
        ("a.jsonl", b"[{}]", "not one object a line", "a.jsonl", "format"),
        ("a.jsonl", b'\n{"id": 1}\n\n{"id": 2, "t', "not JSON", "line 4, column", "mend the line"),
        ("a.json", b'[{"id": 1,\n "title": "\xff"}]', "not UTF-8", "line 2, byte 12", "iconv"),
        ("a.jsonl", b'{"id": 1}\n\xe9\n', "not UTF-8", "line 2, byte 1", "iconv"),
        ("a.csv", b"id,title,tags\n1,\xe9t\xe9,a\n", "not UTF-8", "line 2, byte 3", "iconv"),
        ("a.csv", b"id,title,tags\n1,t,a\xc3", "not UTF-8", "line 2, byte 6", "iconv"),
        ("a.csv", b"id,title,tags\n\xff,a\n", "not UTF-8", "line 2, byte 1", "iconv"),
        ("a.json", b'[{"id": 1, "titel": "", "tags": []}]', "'title'", "a.json", "mean titel"),
        ("a.csv", b"id,Title,tags\n1,a,b\n", "'title'", "a.csv", "mean Title"),
        ("a.csv", b"id;title;tags\n1;a;b\n", "'id'", "a.csv", "delimiter: ';'"),
        ("a.csv", b"id,title,tags,id\n1,a,b,2\n", "2 columns", "a.csv", "own name"),
        ("a.csv", b'id,title,tags\n1,a,b\n2,"a,b\n3,a,b\n', "quote", "row 2", "close the quote"),
        ("a.csv", b'id,title,tags\n1,a,b\n2,a,"b\n', "quote", "row 2", "close the quote"),
        ("a.parquet", b"id,title", "Parquet", "a.parquet", "fresh copy"),
        ("a.parquet", as_parquet(pa.table({"id": [1]}))[:-9], "Parquet", "a.parquet", "fresh copy"),
        ("a.parquet", as_parquet(pa.table({"id": [1]})), "'title'", "a.parquet", "known: id"),
        ("a.json.gz", TRUNCATED, "not decompress", "a.json.gz", "fresh copy"),
        ("a.json.gz", b"[]", "not decompress", "a.json.gz", "its name is wrong"),
        ("a.json.zst", b"[]", "not decompress", "a.json.zst", "its name is wrong"),
        ("a.parquet.gz", TRUNCATED, "not decompress", "a.parquet.gz", "fresh copy"),
        ("missing.json", None, "no such file", "missing.json", "check"),
        ("missing.csv.gz", None, "no such file", "missing.csv.gz", "check"),
        ("missing.parquet", None, "no such file", "missing.parquet", "check"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read(
    tmp_path: Path, file: str, data: bytes | None, what: str, where: str, hint: str
) -> None:
    if data is not None:
        (tmp_path / file).write_bytes(data)
    labels = {"column": "tags"}
    with pytest.raises(TagledgerError) as caught:
        read(reading(file, labels, {"id": "id", "title": "title"}), tmp_path)
    assert what in caught.value.what
    assert str(tmp_path / file.removesuffix("x")) in str(caught.value.where)
    assert where in str(caught.value.where)
    assert hint in caught.value.hint


def test_parquet_text_that_is_not_utf8(tmp_path: Path) -> None:
    bad = pa.Array.from_buffers(pa.string(), 1, pa.array([b"\xff"]).buffers())
    table = pa.table({"id": [1], "title": bad, "tags": [["a"]]})
    with pytest.raises(TagledgerError, match="Invalid UTF8"):
        raw_of(tmp_path, "a.parquet", as_parquet(table), LIST, {"id": "id", "title": "title"})


def test_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.json").mkdir()
    with pytest.raises(TagledgerError, match="there is no file"):
        read(reading("a.json"), tmp_path)


@pytest.mark.parametrize("delimiter", ["\n", "\r", '"', 'a"', ""])
def test_a_delimiter_that_cannot_be_one(delimiter: str) -> None:
    with pytest.raises(ValidationError):
        reading("a.csv", {"column": "id"}, delimiter=delimiter)


def test_a_row_longer_than_a_block_is_taken_for_an_open_quote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_rows, "_CSV_BYTES", 2**20)
    monkeypatch.setattr(source_files, "_CHUNK_BYTES", 2**19)
    rows = as_csv([{"id": n, "tag": "a" * 100} for n in range(30_000)])
    with pytest.raises(TagledgerError, match="longer than 1 MiB: is a quote never closed"):
        raw_of(
            tmp_path, "a.csv", rows.replace(b"\r\n9,", b'\r\n9,"'), {"column": "tag"}, {"id": "id"}
        )


@given(before=st.text(st.sampled_from("aé日🙂\n"), max_size=40), size=st.integers(1, 9))
def test_the_place_of_a_byte_that_is_not_utf8(
    tmp_path_factory: pytest.TempPathFactory, before: str, size: int
) -> None:
    path = tmp_path_factory.mktemp("source") / "a.txt"
    path.write_bytes(before.encode() + b"\xffrest\n")
    line = before.count("\n") + 1
    byte = len(before.rpartition("\n")[2].encode()) + 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source_files, "_CHUNK_BYTES", size)
        with pytest.raises(TagledgerError) as caught:
            list(source_files.SourceFile(path).chunks())
    assert caught.value.where == f"{path}, line {line}, byte {byte}"


def test_a_byte_order_mark_and_windows_lines_are_taken_off(tmp_path: Path) -> None:
    mark = b"\xef\xbb\xbf"
    lines = as_lines([RECORD, RECORD | {"id": 2}]).replace(b"\n", b"\r\n\r\n")
    rows = as_csv([RECORD | {"tags": "a"}, RECORD | {"id": 2, "tags": "a"}])
    for raw in (
        raw_of(tmp_path, "a.json", mark + as_json([RECORD, RECORD | {"id": 2}])),
        raw_of(tmp_path, "a.jsonl", mark + lines + b"\r\n"),
        raw_of(tmp_path, "a.csv", mark + rows, DELIMITED),
    ):
        assert raw.items["id"].to_pylist() == [1, 2]
    assert raw_of(tmp_path, "a.jsonl", mark + lines).items["row"].to_pylist() == [1, 3]


def test_an_ending_of_its_own_needs_a_format(tmp_path: Path) -> None:
    raw = raw_of(tmp_path, "a.txt", as_lines([RECORD]), format="jsonl")
    assert raw.items["id"].to_pylist() == [1]


# ---- taxonomy ------------------------------------------------------------------------------

TAXONOMY = [
    {"tag": "Vision", "aliases": ["cv", "sight"], "parents": []},
    {"tag": "a|b", "aliases": [], "parents": ["Vision", "x"]},
]
TAXONOMY_FILES = {
    "t.json": as_json(TAXONOMY),
    "m.json": as_json([{one.pop("tag"): one for one in map(dict, TAXONOMY)}])[1:-1],
    "t.jsonl.gz": compressed(as_lines(TAXONOMY), ".gz"),
    "t.csv": b"tag,aliases,parents\nVision,cv| |sight,\na|b,,Vision|x\n",
    "t.parquet": as_parquet(pa.Table.from_pylist(TAXONOMY)),
}


@pytest.mark.parametrize("file", TAXONOMY_FILES)
def test_a_taxonomy_in_every_form(tmp_path: Path, file: str) -> None:
    (tmp_path / file).write_bytes(TAXONOMY_FILES[file])
    taxonomy = raw_of(tmp_path, "a.json", as_json([RECORD]), taxonomy=file).taxonomy
    assert taxonomy is not None
    assert taxonomy.to_dict("records") == TAXONOMY
    assert taxonomy.dtypes.map(str).tolist() == ["str", "object", "object"]


@pytest.mark.parametrize(
    ("file", "data"),
    [
        ("t.json", b'[{"tag": "a"}, {"tag": "b", "aliases": null}]'),
        ("t.json", b'{"a": {}, "b": {"other": 1}}'),
        ("t.csv", b"other,tag\n,a\n,b\n"),
        ("t.csv", b"tag\na\nb\n"),
        ("t.parquet", as_parquet(pa.table({"tag": ["a", "b"]}))),
    ],
)
def test_aliases_and_parents_may_be_missing(tmp_path: Path, file: str, data: bytes) -> None:
    (tmp_path / file).write_bytes(data)
    taxonomy = raw_of(tmp_path, "a.json", as_json([RECORD]), taxonomy=file).taxonomy
    assert taxonomy is not None
    assert taxonomy.to_numpy().tolist() == [["a", [], []], ["b", [], []]]


@pytest.mark.parametrize(
    ("file", "data", "what", "where"),
    [
        ("t.json", b'"x"', "a list of tags", "t.json"),
        ("t.json", b"[]", "no tag", "t.json"),
        ("t.json", b'[{"tag": "a"}, "b"]', "not an object", "entry 2"),
        ("t.json", b'[{"tag": "a"}, {"aliases": []}]', "no `tag`", "entry 2"),
        ("t.json", b'[{"tag": 5}]', "no `tag`", "entry 1"),
        ("t.json", b'[{"tag": " "}]', "no `tag`", "entry 1"),
        ("t.json", b'{"a": ["b"]}', "not an object", "tag 'a'"),
        ("t.json", b'{"a": {"parents": "b"}}', "parents of 'a' are not a list", "tag 'a'"),
        ("t.json", b'[{"tag": "a", "aliases": ["b", 5]}]', "aliases of 'a'", "entry 1"),
        ("t.jsonl", b'\n{"tag": "a"}\n7', "not an object", "row 3"),
        ("t.csv", b"tag,aliases\na,b\nc\n", "number of fields", "row 2"),
        ("t.csv", b"name,aliases\na,b\n", "'tag'", "t.csv"),
        ("t.parquet", as_parquet(pa.table({"tag": ["a"], "aliases": ["b"]})), "aliases", "row 1"),
    ],
)
def test_a_taxonomy_of_another_form(
    tmp_path: Path, file: str, data: bytes, what: str, where: str
) -> None:
    (tmp_path / file).write_bytes(data)
    with pytest.raises(TagledgerError) as caught:
        raw_of(tmp_path, "a.json", as_json([RECORD]), taxonomy=file)
    assert what in caught.value.what
    assert where in str(caught.value.where)


# ---- what the fetch stage wrote ------------------------------------------------------------


def test_the_record_of_a_fetch_says_how_to_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(as_json([RECORD]))
    provenance = {"format": 1, "reading": reading("a.json").model_dump()}
    (tmp_path / "provenance.json").write_bytes(orjson.dumps(provenance))
    assert labels_of(read_raw(tmp_path)) == [(1, "a"), (1, "b")]


@pytest.mark.parametrize("content", ["[]", "{}", '{"reading": {"items": 1}}'])
def test_a_damaged_record_of_a_fetch(tmp_path: Path, content: str) -> None:
    (tmp_path / "provenance.json").write_text(content)
    with pytest.raises(TagledgerError, match="record of a fetch") as caught:
        read_raw(tmp_path)
    assert "dvc repro" in caught.value.hint


# ---- the real catalogue --------------------------------------------------------------------

PUBLISHED = {
    "2020-12-23": "mlops-course/5d5387042389cb65481110078967812f1176baea",
    "2021-05-10": "Made-With-ML/48d009b86c06f32bd67386df7e425a2a52761c56",
    "2022-04-08": "Made-With-ML/118ae2237b635410626b82670157588a691791e0",
    "2022-05-03": "Made-With-ML/fc2323d69ae23811bfbfcd310829fc7c1c0253e7",
    "2022-08-17": "Made-With-ML/e8dfdbe98f55cba8befaf8409e16e48fac2d26d8",
}


@pytest.mark.parametrize("snapshot", ["2020-12-23", "2021-05-10", "2022-04-08", "2022-05-03"])
def test_published_json(upstream: Path, snapshot: str) -> None:
    folder = upstream / "GokuMohandas" / PUBLISHED[snapshot] / "datasets"
    projects = json.loads((folder / "projects.json").read_text())
    tags = json.loads((folder / "tags.json").read_text())
    dated = "created_on" in projects[0]
    columns = {key: value for key, value in COLUMNS.items() if dated or key != "created_on"}
    raw = read(reading("projects.json", columns=columns, taxonomy="tags.json"), folder)
    assert_sound(raw)
    assert raw.set_aside.empty
    assert raw.items["id"].to_pylist() == [project["id"] for project in projects]
    for text in ("title", "description"):
        assert raw.items[text].to_pylist() == [project[text] for project in projects]
    assert raw.items["created_on"].to_pylist() == [
        dt.datetime.fromisoformat(project["created_on"]).replace(tzinfo=UTC) if dated else None
        for project in projects
    ]
    expected = Counter((project["id"], tag) for project in projects for tag in project["tags"])
    assert Counter(labels_of(raw)) == expected
    entries = (
        [{"tag": tag, **entry} for tag, entry in tags.items()] if isinstance(tags, dict) else tags
    )
    assert raw.taxonomy is not None
    assert raw.taxonomy.to_dict("records") == [
        {"tag": one["tag"], "aliases": one.get("aliases", []), "parents": one.get("parents", [])}
        for one in entries
    ]


def test_published_csv(upstream: Path) -> None:
    folder = upstream / "GokuMohandas" / PUBLISHED["2022-08-17"] / "datasets"
    with (folder / "projects.csv").open(newline="") as file:
        projects = list(csv.DictReader(file))
    with (folder / "tags.csv").open(newline="") as file:
        pairs = Counter((int(row["id"]), row["tag"]) for row in csv.DictReader(file))
    raw = read(reading("projects.csv", {"file": "tags.csv"}), folder)
    assert_sound(raw)
    assert (len(projects), sum(pairs.values())) == (raw.rows, len(raw.labels))
    assert raw.items["id"].to_pylist() == [int(project["id"]) for project in projects]
    for text in ("title", "description"):
        assert raw.items[text].to_pylist() == [project[text] for project in projects]
    assert Counter(labels_of(raw)) == pairs
    assert raw.set_aside.empty
