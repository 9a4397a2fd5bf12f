"""The records within a JSON document: `articles[]`, `data.articles[]`, `*`, `data.*`."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tagledger.errors import TagledgerError
from tagledger.readers.opening import source_files
from tagledger.readers.parsing import json_list, json_within, records
from tagledger.readers.raw import Raw, read
from tagledger.sources.reading import Reading
from tests.conftest import examples
from tests.readings import labels_of

POEMS = [{"n": 1, "kinds": ["ode"]}, {"n": 2, "kinds": []}, {"n": 3, "kinds": ["hymn", "ode"]}]
BY_NAME = {"ant": {"kinds": ["ode"]}, "bee": {"kinds": ["hymn"]}, "cow": {"kinds": []}}


def raw_of(
    folder: Path, data: Any, path: str | None, labels: dict[str, Any] | None = None, **columns: str
) -> Raw:
    """What is read of a document; bytes are written as they are."""
    text = data if isinstance(data, bytes) else json.dumps(data).encode()
    (folder / "a.json").write_bytes(text)
    items: dict[str, Any] = {"file": "a.json", "columns": {"id": "n"} | columns}
    if path is not None:
        items["records"] = path
    labels = labels or {"list": "kinds"}
    return read(Reading.model_validate({"items": items, "labels": labels}), folder)


OF_POEMS = [(1, "ode"), (3, "hymn"), (3, "ode")]
PAGES = {"pages": [{"poems": POEMS[:1]}, {"poems": None}, {}, {"poems": POEMS[1:]}]}


@pytest.mark.parametrize(
    ("document", "path"),
    [
        (POEMS, "[]"),
        ({"poems": POEMS}, "poems[]"),
        ({"a": 1, "poems": POEMS, "z": [{"n": 9}]}, "poems[]"),
        ({"data": {"more": {"x": {}}, "poems": POEMS, "y": "]"}, "b": 2}, "data.poems[]"),
        ({"poems": {str(one["n"]): one for one in POEMS}}, "poems.*"),
        ({str(one["n"]): one for one in POEMS}, "*"),
        (PAGES, "pages[].poems[]"),
        ({"a": POEMS[:2], "b": POEMS[2:]}, "*[]"),
        ({"hits": [{"_source": one} for one in POEMS]}, "hits[]._source"),
        ([POEMS[:1], POEMS[1:]], "[][]"),
        ({"x": {"in": {"a": POEMS[0]}}, "y": {"in": {"b": POEMS[1], "c": POEMS[2]}}}, "*.in.*"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_records_are_read_where_they_are(document: Any, path: str, tmp_path: Path) -> None:
    raw = raw_of(tmp_path, document, path)
    assert raw.items["id"].to_pylist() == [1, 2, 3]
    assert raw.items["row"].to_pylist() == [1, 2, 3]
    assert labels_of(raw) == OF_POEMS


def test_the_key_of_a_mapping_is_a_column(tmp_path: Path) -> None:
    raw = raw_of(tmp_path, BY_NAME, "*", id="$key", title="$key")
    assert labels_of(raw) == [("ant", "ode"), ("bee", "hymn")]
    assert raw.items["title"].to_pylist() == ["ant", "bee", "cow"]
    raw = raw_of(tmp_path, {"ant": {"$key": "own", "kinds": ["a"]}}, "*", id="$key")
    assert labels_of(raw) == [("ant", "a")]


def test_a_value_that_is_no_object_is_a_column(tmp_path: Path) -> None:
    document = {"ant": ["small", "red"], "bee": [], "cow": None, "dog": "big", "elk": {"a": 1}}
    raw = raw_of(tmp_path, document, "*", {"list": "$value"}, id="$key")
    assert labels_of(raw) == [("ant", "small"), ("ant", "red")]
    assert raw.items["id"].to_pylist() == ["ant", "bee", "cow"]
    assert raw.set_aside["id"].tolist() == ["dog", "elk"]
    assert json.loads(raw.set_aside["record"][1]) == {"$key": "elk", "$value": {"a": 1}}


def test_elements_that_are_no_objects_are_set_aside(tmp_path: Path) -> None:
    raw = raw_of(tmp_path, {"poems": [*POEMS, 7]}, "poems[]")
    assert labels_of(raw) == OF_POEMS
    assert raw.set_aside[["row", "reason"]].values.tolist() == [[4, "not an object"]]


@pytest.mark.parametrize("document", [{"poems": []}, {"poems": None}, {"d": 1, "poems": []}])
def test_no_records(document: Any, tmp_path: Path) -> None:
    with pytest.raises(TagledgerError, match="the file has no items"):
        raw_of(tmp_path, document, "poems[]")


@pytest.mark.parametrize(
    ("document", "path", "what", "hint"),
    [
        ({"poems": POEMS, "n": 2}, None, "one object with the keys poems, n", "poems[]`"),
        ({"a": {"b": POEMS}, "c": POEMS}, None, "the keys a, c", "a.b[]` or `records: c[]`"),
        (BY_NAME, None, "the keys ant, bee, cow", '`records: "*"`'),
        ({"d": BY_NAME}, None, "the keys d", "`records: d.*`"),
        ({"ant": ["x"], "bee": []}, None, "the keys ant, bee", '`records: "*"`'),
        ({"id": 1}, None, "the keys id", "list of objects"),
        ({"poems": POEMS, "n": 2}, "poem[]", "no key 'poem': this is an object", "poems[]`"),
        ({"d": {"poems": POEMS}}, "d.p[]", "no key 'p' in d: this is", ""),
        ({"poems": POEMS}, "[]", "the file holds an object with the keys poems", "poems[]`"),
        (POEMS, "poems[]", "the file holds a list, not an object", '`records: "[]"`'),
        ({"poems": POEMS}, "poems.*", "poems holds a list, not an object", ""),
        ({"d": BY_NAME}, "d[]", "d holds an object with the keys ant, bee, cow", ""),
        ({"d": "x"}, "d[]", "d holds text, not a list", ""),
        ({"p": [{"q": 1}]}, "p[].r[]", "no key 'r' in p[]: this is an object with the keys q", ""),
        ({"p": [{"q": 1}]}, "p[].q[]", "p[].q holds a number, not a list", ""),
        ({f"k{n:02}": 1 for n in range(20)}, "p[]", "k10, k11 and 8 more", ""),
        ({}, "p[]", "with the keys (none)", ""),
    ],
)
def test_errors_name_the_keys_that_are_there(
    document: Any, path: str | None, what: str, hint: str, tmp_path: Path
) -> None:
    with pytest.raises(TagledgerError) as caught:
        raw_of(tmp_path, document, path)
    assert what in caught.value.what
    assert hint in caught.value.hint
    assert str(caught.value.where).endswith("a.json")


@pytest.mark.parametrize(
    ("path", "hint"),
    [("poems", r"write poems\[\]"), ("a..b[]", "no path"), ("", "empty"), ("a[", "no path")],
)
def test_a_path_that_is_none_is_refused(path: str, hint: str, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=hint):
        raw_of(tmp_path, POEMS, path)


@pytest.mark.parametrize("path", [None, "poems[]"])
def test_json_lines_in_a_json_file_keep_their_hint(path: str | None, tmp_path: Path) -> None:
    lines = b"\n".join(json.dumps(one).encode() for one in POEMS)
    with pytest.raises(TagledgerError, match="not JSON") as caught:
        raw_of(tmp_path, lines, path)
    assert "format: jsonl" in caught.value.hint


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read a few bytes at a time, and none is checked as a whole."""
    monkeypatch.setattr(source_files, "_CHUNK_BYTES", 7)
    monkeypatch.setattr(json_within, "_WHOLE", 0)


FAULTS = [
    (b'{"poems": [{"n": 1}', "ends before"),
    (b'{"poems": [{"n": 1},]}', ""),
    (b'{"poems": [{"n": 1}]', "the end of the file in place of"),
    (b'{"poems": [{"n": 1}] "x": 1}', "in place of"),
    (b'{"poems" [{"n": 1}]}', "in place of ':'"),
    (b'{"a": , "poems": [{"n": 1}]}', "there is no value"),
    (b'{"poems": [{"n": 1}], "b": {"c": [1}', "ends before"),
    (b'{"poems": [{"n": 1 2}]}', ""),
    (b'{"poems": [{"n": 1}]}x', "more after the end"),
    (b'{"a": "\\q", "poems": [{"n": 1}]}', ""),
    (b'{"po', "ends before"),
    (b'{"poems": [{"n": 1}]}\n{"poems": []}', "another object follows"),
]


@pytest.mark.parametrize(("text", "what"), FAULTS)
@pytest.mark.usefixtures("small_pieces")
def test_what_is_no_json_is_an_error_of_a_long_document_too(
    text: bytes, what: str, tmp_path: Path
) -> None:
    with pytest.raises(TagledgerError, match=f"not JSON.*{what}") as caught:
        raw_of(tmp_path, text, "poems[]", {"column": "n"})
    assert ", line " in str(caught.value.where)


@pytest.mark.parametrize(("text", "_what"), FAULTS)
def test_what_is_no_json_is_an_error_of_a_short_document(
    text: bytes, _what: str, tmp_path: Path
) -> None:
    with pytest.raises(TagledgerError, match="not JSON"):
        raw_of(tmp_path, text, "poems[]", {"column": "n"})


@pytest.mark.usefixtures("small_pieces")
def test_the_place_of_a_fault_in_a_later_piece(tmp_path: Path) -> None:
    lines = b'{"a": [],\n "poems": [\n' + b'{"n": 1, "kinds": []},\n' * 50 + b'{"n": 2 "k": 1}]}'
    with pytest.raises(TagledgerError) as caught:
        raw_of(tmp_path, lines, "poems[]")
    assert str(caught.value.where).endswith("line 53, column 9")


@pytest.mark.parametrize("small", [False, True])
@pytest.mark.parametrize(
    ("text", "path", "what"),
    [
        ('{"poems": [{"n": 1}], "b": 1, "poems": []}', "poems[]", "'poems' is given twice"),
        ('{"1": {"n": 1}, "2": {"n": 2}, "1": {"n": 3}}', "*", "'1' of the mapping"),
        ('{"d": {"p": [{"n": 1}], "p": 2}}', "d.p[]", "'p' is given twice"),
        ('{"d": {"p": [{"n": 1}]}, "d": 2}', "d.p[]", "'d' is given twice"),
    ],
)
def test_a_key_on_the_way_that_is_given_twice_is_an_error(
    text: str, path: str, what: str, small: bool, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if small:
        request.getfixturevalue("small_pieces")
    with pytest.raises(TagledgerError, match=what):
        raw_of(tmp_path, text.encode(), path, {"column": "n"})


@pytest.mark.parametrize("small", [False, True])
@pytest.mark.parametrize(
    ("text", "path", "record"),
    [
        ('{"p": [{"n": 1}, {"n": 2, "n": 3}]}', "p[]", '{"n":2,"n":3}'),
        ('{"a": {"n": 1}, "b": {"n": 2, "n": 3}}', "*", '{"b":{"n":2,"n":3}}'),
        ('{"a": {"n": 1}, "b": {"n": 2, "m": {"x": 1, "x": 2}}}', "*", None),
        ('{"p": [{"q": [{"n": 1}]}, {"q": [{"n": 2}], "z": 1, "z": 2}]}', "p[].q[]", None),
    ],
)
def test_a_record_with_a_key_that_is_given_twice_is_set_aside(
    text: str,
    path: str,
    record: str | None,
    small: bool,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    if small:
        request.getfixturevalue("small_pieces")
    labels = {"file": "tags.csv"}
    (tmp_path / "tags.csv").write_text("id,tag\n1,a\n")
    raw = raw_of(tmp_path, text.encode(), path, labels)
    assert raw.items["id"].to_pylist() == [1]
    assert raw.set_aside["row"].tolist() == [2]
    assert "given twice" in raw.set_aside["reason"][0]
    if record is not None:
        assert raw.set_aside["record"][0] == record


def test_a_taxonomy_may_be_within_a_document(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(json.dumps({"kinds": {"ode": {"aliases": ["odes"]}}}))
    (tmp_path / "a.json").write_text(json.dumps(POEMS))
    items = {"file": "a.json", "columns": {"id": "n"}}
    taxonomy = {"file": "t.json", "records": "kinds.*"}
    reading = {"items": items, "labels": {"list": "kinds"}, "taxonomy": taxonomy}
    raw = read(Reading.model_validate(reading), tmp_path)
    assert labels_of(raw) == OF_POEMS


def test_one_document_may_hold_items_labels_and_names(tmp_path: Path) -> None:
    document = {
        "pictures": [{"n": 1}, {"n": 2}],
        "marks": [{"of": 2, "kind": "k1"}, {"of": 1, "kind": "k2"}],
        "kinds": [{"code": "k1", "word": "ode"}, {"code": "k2", "word": "hymn"}],
    }
    names = {"file": "a.json", "records": "kinds[]", "code": "code", "name": "word"}
    labels = {"file": "a.json", "records": "marks[]", "id": "of", "tag": "kind", "names": names}
    raw = raw_of(tmp_path, document, "pictures[]", labels)
    assert labels_of(raw) == [(1, "hymn"), (2, "ode")]


# ---- what is nested is read ----------------------------------------------------------------

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
OBJECTS = st.fixed_dictionaries({"n": st.integers(0, 99), "x": VALUES})
KEYS = st.lists(st.sampled_from(["a", "bc", "d e", "ü", "$"]), max_size=3)


@examples(150)
@given(
    keys=KEYS,
    found=st.lists(OBJECTS, max_size=5) | st.dictionaries(st.text(max_size=4), OBJECTS),
    before=st.dictionaries(st.sampled_from(["p", "q"]), VALUES),
    after=st.dictionaries(st.sampled_from(["y", "z"]), VALUES),
    indent=st.sampled_from([None, 1]),
    chunk=st.integers(1, 60),
)
def test_what_is_nested_is_read(
    keys: list[str],
    found: Any,
    before: dict[str, Any],
    after: dict[str, Any],
    indent: int | None,
    chunk: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    document: Any = found
    for key in reversed(keys):
        document = {**before, key: document, **after}
    path = tmp_path_factory.mktemp("nested") / "a.json"
    text = json.dumps(document, indent=indent, ensure_ascii=chunk % 2 == 0).encode()
    path.write_bytes(text)
    mark = "[]" if isinstance(found, list) else "*"
    entries: list[Any] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source_files, "_CHUNK_BYTES", chunk)
        patch.setattr(json_within, "_WHOLE", 0)
        file = source_files.SourceFile(path, name="a.json")
        for piece, piece_text in json_within.pieces_within(file, (*keys, mark)):
            assert json.loads(piece_text) == piece
            entries += piece if isinstance(piece, list) else piece.items()
    assert entries == (found if isinstance(found, list) else list(found.items()))
    where = ".".join([*keys, mark]).replace(".[]", "[]")
    expected = found if isinstance(found, list) else [{"$key": k, **v} for k, v in found.items()]
    assert records.records_of(document, where, path) == expected


@pytest.mark.parametrize("mapping", [False, True])
def test_a_long_document_is_read_in_pieces(
    mapping: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_files, "_CHUNK_BYTES", 2**20)
    monkeypatch.setattr(json_within, "_WHOLE", 2**20)
    count = 60_000
    tail = "x" * 300
    with gzip.open(tmp_path / "a.json.gz", "wt", compresslevel=1) as file:
        file.write('{"first": [1, 2], "poems": ' + ("{" if mapping else "["))
        for n in range(count):
            key = f'"k{n}": ' if mapping else ""
            comma = ", " if n else ""
            file.write(f'{comma}{key}{{"n": {n}, "kinds": ["k{n % 7}"], "tail": "{tail}"}}')
        file.write(("}" if mapping else "]") + ', "last": {"n": 1}}')
    file = source_files.SourceFile(tmp_path / "a.json.gz", "gz", name="a.json.gz")
    tracemalloc.start()
    pieces = json_within.pieces_within(file, ("poems", "*" if mapping else "[]"))
    lengths = [len(piece) for piece, _ in pieces]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(lengths) == count
    assert len(lengths) > 15
    assert peak < 30 * 2**20  # of a document of 20 MB


def test_a_long_object_without_records_names_its_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_files, "_CHUNK_BYTES", 16)
    monkeypatch.setattr(json_within, "_WHOLE", 0)
    monkeypatch.setattr(json_list, "LONGEST_RECORD", 64)
    document = {"a": {"b": 1}, "poems": POEMS * 3, "z": 1}
    with pytest.raises(TagledgerError, match="the keys a, poems, z") as caught:
        raw_of(tmp_path, document, None)
    assert "records: poems[]" in caught.value.hint
