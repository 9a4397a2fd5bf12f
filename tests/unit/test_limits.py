"""A small file that holds a huge one: it is found out while it is read, and fills no memory."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagledger.errors import TagledgerError
from tagledger.readers import set_aside
from tagledger.readers.opening import source_files
from tagledger.readers.opening.source_files import MOST_BYTES, SourceFile
from tagledger.readers.parsing import json_pieces
from tagledger.readers.parsing.json_list import list_pieces
from tagledger.readers.raw import read, read_raw
from tagledger.readers.values.json_text import document
from tagledger.sources.catalogue import Reading

ROWS = [{"id": n, "title": "a title", "tags": "a"} for n in range(200)]
LISTS = [row | {"tags": ["a"]} for row in ROWS]


def _csv() -> bytes:
    return "".join(["id,title,tags\n", *(f"{row['id']},a title,a\n" for row in ROWS)]).encode()


def _parquet() -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(LISTS), sink)
    return bytes(sink.getvalue())


WRITERS: dict[str, Callable[[], bytes]] = {
    "json": lambda: json.dumps(LISTS).encode(),
    "jsonl": lambda: "\n".join(map(json.dumps, LISTS)).encode(),
    "csv": _csv,
    "parquet": _parquet,
}


def _zst(data: bytes) -> bytes:
    return bytes(pa.compress(data, "zstd"))


def _members(data: bytes) -> bytes:
    """Several gzip files one after another, which are one."""
    return b"".join(gzip.compress(data[at : at + 100]) for at in range(0, len(data), 100))


def _reading(file: str, **more: Any) -> Reading:
    labels = {"column" if ".csv" in file else "list": "tags"}
    columns = {"id": "id", "title": "title"}
    return Reading.model_validate(
        {"items": {"file": file, "columns": columns}, "labels": labels} | more
    )


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize(
    ("ending", "compress"),
    [(".gz", gzip.compress), (".gz", _members), (".zst", _zst)],
    ids=["gz", "gz of many members", "zst"],
)
def test_a_file_may_hold_as_much_as_it_may_and_no_byte_more(
    kind: str, ending: str, compress: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    data = WRITERS[kind]()
    path = tmp_path / f"a.{kind}{ending}"
    path.write_bytes(compress(data))
    # Of Parquet the columns count too, and are more than the file when it is this small.
    most = 20_000 if kind == "parquet" else len(data)
    assert read(_reading(path.name), tmp_path, limit=most).rows == len(ROWS)
    with pytest.raises(TagledgerError) as caught:
        read(_reading(path.name), tmp_path, limit=len(data) - 1)
    assert (
        caught.value.what
        == f"the file holds more than {len(data) - 1:,} bytes when it is decompressed"
    )
    assert caught.value.where == str(path)
    assert "clean.max_decompressed_bytes in params.yaml" in caught.value.hint


@pytest.mark.parametrize("kind", ["json", "jsonl", "csv"])
def test_a_file_that_is_not_compressed_is_as_long_as_it_looks(kind: str, tmp_path: Path) -> None:
    (tmp_path / f"a.{kind}").write_bytes(WRITERS[kind]())
    assert read(_reading(f"a.{kind}"), tmp_path, limit=1).rows == len(ROWS)


def test_a_value_that_parquet_writes_once_counts_each_time(tmp_path: Path) -> None:
    rows = 100_000
    table = pa.table({"id": range(rows), "title": ["a" * 1000] * rows, "tags": [["a"]] * rows})
    pq.write_table(table, tmp_path / "a.parquet")
    assert (tmp_path / "a.parquet").stat().st_size < 10**6
    with pytest.raises(TagledgerError, match="more than 10,000,000 bytes when it is decompressed"):
        read(_reading("a.parquet"), tmp_path, limit=10**7)


@pytest.mark.parametrize(
    "labels", [{"file": "l.csv.gz"}, {"file": "l.csv.gz", "align": "rows"}], ids=["ids", "rows"]
)
def test_a_labels_file_has_the_same_limit(labels: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(WRITERS["json"]())
    rows = "".join(f"{n},a\n" for n in range(200))
    (tmp_path / "l.csv.gz").write_bytes(gzip.compress(f"id,tag\n{rows}".encode()))
    found = read(_reading("a.json", labels=labels), tmp_path, limit=10_000)
    assert found.label_rows == 200 or "align" in labels
    with pytest.raises(TagledgerError, match="more than 100 bytes when it is decompressed"):
        read(_reading("a.json", labels=labels), tmp_path, limit=100)


@pytest.mark.parametrize("kind", ["json", "jsonl"])
def test_a_taxonomy_has_the_same_limit(kind: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(WRITERS["json"]())
    tags = [{"tag": f"t{n}"} for n in range(99)]
    text = json.dumps(tags) if kind == "json" else "\n".join(map(json.dumps, tags))
    (tmp_path / f"t.{kind}.gz").write_bytes(gzip.compress(text.encode()))
    reading = _reading("a.json", taxonomy={"file": f"t.{kind}.gz"})
    assert read(reading, tmp_path, limit=10_000).taxonomy is not None
    with pytest.raises(TagledgerError, match="more than 100 bytes when it is decompressed"):
        read(reading, tmp_path, limit=100)


def test_the_record_of_a_fetch_is_read_under_the_limit(tmp_path: Path) -> None:
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(WRITERS["json"]()))
    record = {"reading": _reading("a.json.gz").model_dump(exclude_none=True)}
    (tmp_path / "provenance.json").write_text(json.dumps(record))
    assert read_raw(tmp_path).rows == len(ROWS)
    with pytest.raises(TagledgerError, match="more than 100 bytes when it is decompressed"):
        read_raw(tmp_path, limit=100)


FILLED = {
    "space": ("a.json.gz", b"[", b" ", b"]"),
    "text": ("a.json.gz", b'[{"id": 1, "title": "', b"a", b'", "tags": []}]'),
    "numbers": ("a.json.gz", b"[0", b",0", b"]"),
    "line": ("a.jsonl.gz", b'{"id": 1, "title": "', b"a", b'", "tags": []}'),
    "quote": ("a.csv.gz", b'id,title,tags\n1,"', b"a\n", b'",b\n'),
}
# What reading each takes, by a process of its own that has the libraries already.
MEASURED = """
import json, os, resource, sys, time
from pathlib import Path
from tagledger.errors import TagledgerError
from tagledger.readers.raw import read
from tagledger.sources.catalogue import Reading
for name, reading in json.loads(sys.argv[1]).items():
    if os.fork():
        assert os.wait()[1] == 0
        continue
    reading, before = Reading.model_validate(reading), resource.getrusage(0).ru_maxrss
    try:
        read(reading, Path(sys.argv[2], name), limit=2**25)
    except TagledgerError as error:
        unit = 2**20 if sys.platform == "darwin" else 2**10
        print(name, (resource.getrusage(0).ru_maxrss - before) // unit, flush=True)
    time.sleep(0.1)  # Arrow's thread that read has to end before the program: else that is aborted
    os._exit(0)
"""


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """The MiB that reading each of `FILLED` took until it was refused."""
    folder = tmp_path_factory.mktemp("filled")
    readings = {}
    for name, (file, start, filling, end) in FILLED.items():
        (folder / name).mkdir()
        with gzip.open(folder / name / file, "wb", compresslevel=1) as out:
            out.write(start)
            for _ in range(2**28 // 2**22):
                out.write(filling * (2**22 // len(filling)))
            out.write(end)
        readings[name] = _reading(file).model_dump(exclude_none=True)
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, json.dumps(readings), str(folder)],
        check=True,
        capture_output=True,
        text=True,
    )
    pairs = (line.split() for line in done.stdout.splitlines())
    return {name: int(size) for name, size in pairs}


@pytest.mark.parametrize("name", FILLED)
def test_memory_is_not_filled(name: str, taken: dict[str, int]) -> None:
    assert taken[name] < 400, "MiB; whole, the text and what it is parsed to are 512"


@pytest.mark.parametrize("file", ["a.json", "a.jsonl", "a.csv"])
def test_rows_that_cannot_be_used_are_not_kept_without_end(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(set_aside, "MOST_SET_ASIDE", 30)
    wrong = [{"id": None if n < 31 else n, "title": "t", "tags": ["a"]} for n in range(60)]
    csv = "id,title,tags\n" + "".join(f"{row['id'] or ''},t,a\n" for row in wrong)
    lines = "\n".join(map(json.dumps, wrong))
    text = {"a.json": json.dumps(wrong), "a.jsonl": lines, "a.csv": csv}[file]
    (tmp_path / file).write_text(text)
    with pytest.raises(TagledgerError) as caught:
        read(_reading(file), tmp_path)
    assert caught.value.what == "more than 30 rows cannot be used, the first of them: no id"
    assert caught.value.where == f"{file}, row 1"
    monkeypatch.setattr(set_aside, "MOST_SET_ASIDE", 31)
    assert len(read(_reading(file), tmp_path).set_aside) == 31


def test_the_default_is_the_parameter_s() -> None:
    assert MOST_BYTES == 500_000_000


# ---- a list, some entries at a time ----------------------------------------------------------

TEXTS = st.text(st.sampled_from('ab"\\,{}[] \n:é'), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
ENTRIES = st.lists(st.fixed_dictionaries({"id": VALUES, "tags": VALUES}) | VALUES, max_size=12)


@given(ENTRIES, st.sampled_from([None, 1]), st.integers(1, 60))
def test_pieces_make_the_list(
    tmp_path_factory: pytest.TempPathFactory, entries: list[Any], indent: int | None, size: int
) -> None:
    path = tmp_path_factory.mktemp("list") / "a.json"
    path.write_text(json.dumps(entries, indent=indent, ensure_ascii=False))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source_files, "_CHUNK_BYTES", size)
        found = list(list_pieces(SourceFile(path)))
    assert [entry for records, _ in found for entry in records] == entries
    for records, text in found:
        assert json.loads(text) == records


def test_a_long_list_comes_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_files, "_CHUNK_BYTES", 1000)
    path = tmp_path / "a.json"
    nested = [{"id": n, "of": [{"id": n}, {"id": -n}]} for n in range(500)]
    for entries in (LISTS, nested, [[n] for n in range(2000)]):
        path.write_text(json.dumps(entries))
        sizes = [len(text) for _, text in list_pieces(SourceFile(path))]
        assert max(sizes) < 3000
        assert len(sizes) > 3


@pytest.mark.parametrize("size", [1, 2, 3, 100])
@pytest.mark.parametrize("text", ["[,]", "[ , ]", "[1,]", "[1 , ]", "[,1]", "[1,,2]", "[\n,\n]"])
def test_a_comma_without_an_entry_is_no_json(
    text: str, size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_files, "_CHUNK_BYTES", size)
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(TagledgerError, match="not JSON"):
        list(list_pieces(SourceFile(tmp_path / "a.json")))


@given(ENTRIES, st.data(), st.integers(1, 60))
def test_what_is_not_json_is_said_of_the_same_place(
    tmp_path_factory: pytest.TempPathFactory, entries: list[Any], data: st.DataObject, size: int
) -> None:
    path = tmp_path_factory.mktemp("list") / "a.json"
    text = json.dumps(entries, indent=1).encode()
    at = data.draw(st.integers(1, len(text) - 1))
    broken = text[:at] + data.draw(st.sampled_from([b"", b"}", b"]", b'"', b",", b"x"]))
    if data.draw(st.booleans()):
        broken += text[at:]
    path.write_bytes(broken)
    try:
        whole, _ = document(SourceFile(path))
    except TagledgerError as error:
        expected = error.where
    else:
        expected, entries = None, whole
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source_files, "_CHUNK_BYTES", size)
        if expected is None:
            found = list(list_pieces(SourceFile(path)))
            if isinstance(entries, list):
                assert [entry for records, _ in found for entry in records] == entries
            return
        with pytest.raises(TagledgerError) as caught:
            list(list_pieces(SourceFile(path)))
    assert caught.value.where is not None
    assert expected is not None
    line = int(expected.partition(", line ")[2].partition(",")[0])
    assert abs(int(caught.value.where.partition(", line ")[2].partition(",")[0]) - line) <= 1


@pytest.mark.parametrize("kind", ["json", "jsonl"])
def test_a_record_without_an_end_is_refused(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_files, "_CHUNK_BYTES", 2**20)
    record = json.dumps({"id": 1, "title": "a" * (json_pieces.LONGEST_RECORD + 2**22), "tags": []})
    (tmp_path / f"a.{kind}").write_text(f"[{record}]" if kind == "json" else f"\n{record}")
    with pytest.raises(TagledgerError, match="a record is longer than 16 MiB") as caught:
        read(_reading(f"a.{kind}"), tmp_path)
    line = 1 if kind == "json" else 2
    assert str(caught.value.where).startswith(f"{tmp_path}/a.{kind}, line {line}")
