from __future__ import annotations

import copy
import hashlib
import json
import posixpath
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from tagledger.errors import TagledgerError
from tagledger.readers.labels.aligned import RowLabels
from tagledger.readers.labels.column import ColumnLabels
from tagledger.readers.labels.delimited import DelimitedLabels
from tagledger.readers.labels.joined import FileLabels
from tagledger.readers.labels.listed import ListLabels
from tagledger.sources.catalogue import (
    Catalogue,
    FileIdentity,
    Reading,
    address,
    identify,
    identity_line,
    is_url,
    load_catalogue,
    mirrored,
)
from tagledger.sources.formats import compression_of

REPOSITORY = Path(__file__).resolve().parents[2]
SHA = "0" * 64
IDENTITY = {"bytes": 1, "sha256": SHA}
READING = {"items": {"file": "a.json", "columns": {"id": "id"}}, "labels": {"list": "tags"}}


def catalogue(**changes: Any) -> dict[str, Any]:
    """A small valid catalogue as YAML gives it, its snapshot changed by `changes`."""
    snapshot = {"location": "data/mine", "files": {"a.json": dict(IDENTITY)}} | changes
    source = {"description": "mine", "reading": copy.deepcopy(READING)}
    return {"sources": {"mine": source | {"snapshots": {"v1": snapshot}}}}


def load(data: object, folder: Path) -> Catalogue:
    path = folder / "sources.yaml"
    path.write_text(data if isinstance(data, str) else yaml.safe_dump(data))
    return load_catalogue(path, root=folder)


def failure(data: object, folder: Path) -> tuple[str, str, str]:
    """The dotted key, the message and the hint of a catalogue that is at fault."""
    with pytest.raises(TagledgerError) as caught:
        load(data, folder)
    where = caught.value.where or ""
    assert where.startswith(str(folder / "sources.yaml"))
    return where.rpartition(", key ")[2], caught.value.what, caught.value.hint


def test_find_gives_the_source_the_snapshot_and_the_default_reading(tmp_path: Path) -> None:
    source, snapshot, reading = load(catalogue(), tmp_path).find("mine", "v1")
    assert source.description == "mine"
    assert snapshot.files == {"a.json": FileIdentity(bytes=1, sha256=SHA)}
    assert reading.items.columns.id == "id"
    assert reading.labels == ListLabels(list="tags")


def test_a_snapshots_reading_replaces_its_sources(tmp_path: Path) -> None:
    own = {"items": {"file": "a.json", "columns": {"id": "key"}}, "labels": {"column": "tag"}}
    _, _, reading = load(catalogue(reading=own), tmp_path).find("mine", "v1")
    assert reading.items.columns.id == "key"
    assert reading.labels == ColumnLabels(column="tag")


@pytest.mark.parametrize(
    ("source", "snapshot", "key", "near"),
    [
        ("mien", "v1", "fetch.source", "did you mean mine?"),
        ("zzz", "v1", "fetch.source", "known: mine"),
        ("mine", "v11", "fetch.snapshot", "did you mean v1?"),
        ("mine", "2020", "fetch.snapshot", "known: v1"),
    ],
)
def test_find_names_the_nearest(
    source: str, snapshot: str, key: str, near: str, tmp_path: Path
) -> None:
    known = load(catalogue(), tmp_path)
    with pytest.raises(TagledgerError) as caught:
        known.find(source, snapshot)
    assert caught.value.where == f"params.yaml, key {key}"
    assert near in caught.value.hint


def test_a_snapshot_may_be_named_by_a_year(tmp_path: Path) -> None:
    data = catalogue()
    snapshots = data["sources"]["mine"]["snapshots"]
    snapshots[2024] = snapshots.pop("v1")
    assert load(data, tmp_path).find("mine", "2024")


def at(data: dict[str, Any], place: str, value: object) -> dict[str, Any]:
    """The catalogue with a place in its one source set to a value, or deleted for None."""
    *path, last = place.split("/")
    node = data["sources"]["mine"]
    for part in path:
        node = node[part]
    if value is None:
        del node[last]
    else:
        node[last] = value
    return data


COLUMNS, LABELS, TAXONOMY = "reading/items/columns", "reading/labels", "reading/taxonomy"
LOCATION, FILES = "snapshots/v1/location", "snapshots/v1/files"
A_JSON = f"{FILES}/a.json"
TWO_TEXTS = {"id": "id", "text": "t", "title": "t"}
FAULTS: dict[str, tuple[str, object, str, str]] = {
    # id: (the place to change, its new value or None to delete it, the key below it, the message)
    "unknown key": ("licnce", "MIT", "", "there is no such key; did you mean licence?"),
    "unknown column": (COLUMNS, {"idd": "id"}, "/idd", "did you mean id?"),
    "number for a name": (f"{COLUMNS}/id", 3, "", "text, not 3"),
    "two kinds of text": (COLUMNS, TWO_TEXTS, "/text", "not both"),
    "text for a mapping": ("reading/items", "a.json", "", "a mapping"),
    "unknown format": ("reading/items/format", "jsn", "", "'jsn' is not one of 'json'"),
    "no format": ("reading/items/file", "a.dat", "/../format", "tells no format"),
    "delimiter of json": ("reading/items/delimiter", ";", "", "only a csv"),
    "long quote": ("reading/items/quote", "||", "", "one character"),
    "no date format": ("reading/items/date_format", "milisecs", "", "%d/%m/%Y"),
    "undeclared items": ("reading/items/file", "b.json", "", "did you mean a.json?"),
    "undeclared labels": (LABELS, {"file": "t.csv"}, "/file", "not among the files"),
    "undeclared taxonomy": (TAXONOMY, {"file": "t.json"}, "/file", "not among the files"),
    "aligned and joined": (
        LABELS,
        {"file": "a.json", "align": "rows", "id": "id"},
        "/id",
        "joined on `id` or aligned by rows",
    ),
    "aligned how": (LABELS, {"file": "a.json", "align": "id"}, "/align", "'id' is not"),
    "aligned with nothing": (LABELS, {"align": "rows"}, "/file", "missing"),
    "undeclared aligned labels": (
        LABELS,
        {"file": "t.csv", "align": "rows"},
        "/file",
        "not among the files",
    ),
    "unknown labels": (LABELS, {"lst": "tags"}, "", "rest; did you mean list?"),
    "no labels": (LABELS, {}, "", "one of the keys list, column, delimited, "),
    "number for labels": (LABELS, {"list": 3}, "/list", "text"),
    "no separator": (LABELS, {"delimited": "tags"}, "/separator", "missing"),
    "two kinds of labels": (LABELS, {"list": "a", "column": "b"}, "/column", "no such key"),
    "no reading": ("reading", None, "", "neither the snapshot nor its source"),
    "no snapshots": ("snapshots", {}, "", "not be empty"),
    "no location": (LOCATION, None, "", "missing"),
    "query": (LOCATION, "https://h/x?token=1", "", "?"),
    "password": (LOCATION, "https://me:pw@h/x", "", "password"),
    "url that climbs": (LOCATION, "https://h/../x", "", ".."),
    "chain of urls": (LOCATION, "zip://a::https://h/x.zip", "", "chain"),
    "bad sha256": (f"{A_JSON}/sha256", "AB", "", "64 hexadecimal"),
    "bytes as text": (f"{A_JSON}/bytes", "12", "", "whole number, not '12'"),
    "negative bytes": (f"{A_JSON}/bytes", -1, "", "0 or more"),
    "no files": (FILES, {}, "", "not be empty"),
}


@pytest.mark.parametrize(("place", "value", "below", "says"), FAULTS.values(), ids=FAULTS)
def test_a_fault_names_its_key(
    place: str, value: object, below: str, says: str, tmp_path: Path
) -> None:
    key, what, hint = failure(at(catalogue(), place, value), tmp_path)
    expected = posixpath.normpath(f"sources/mine/{place}{below}").replace("/", ".")
    assert key == expected
    assert says in what
    assert hint


PATHS_OUT = [
    *("../x.json", "a/../../x.json", "/etc/passwd", "a//b.json", "./a.json", "a/"),
    *("a\\b.json", "C:/x.json", "provenance.json", "a\0.json"),
]


@pytest.mark.parametrize("path", PATHS_OUT)
def test_a_path_that_leaves_its_folder_is_refused(path: str, tmp_path: Path) -> None:
    key, what, _ = failure(catalogue(files={"a.json": IDENTITY, path: IDENTITY}), tmp_path)
    assert key.startswith("sources.mine.snapshots.v1.files.")
    assert repr(path) in what
    with pytest.raises(ValidationError):
        Reading.model_validate({**READING, "items": {"file": path, "columns": {"id": "id"}}})


def test_a_file_cannot_be_a_folder_too(tmp_path: Path) -> None:
    _, what, _ = failure(catalogue(files={"a.json": IDENTITY, "a.json/b": IDENTITY}), tmp_path)
    assert what == "'a.json' is a file and a folder"


def test_other_faults_are_named_in_the_hint(tmp_path: Path) -> None:
    data = at(at(catalogue(), "snapshots/v1/location", None), "description", None)
    _, _, hint = failure(data, tmp_path)
    assert "at fault too: sources.mine.snapshots.v1.location" in hint


@pytest.mark.parametrize("text", ["", "3", "- a", "sources:", "sources: {}"])
def test_a_catalogue_without_sources_is_an_error(text: str, tmp_path: Path) -> None:
    failure(text, tmp_path)


@pytest.mark.parametrize(
    "written",
    [
        pytest.param({"a.json": None, "sub/b c.json": None}, id="nothing"),
        pytest.param({"a.json": {}, "sub/b c.json": {"bytes": 2}}, id="half"),
        pytest.param(["a.json", "sub/b c.json"], id="list-of-names"),
    ],
)
def test_a_missing_identity_comes_with_the_lines_to_paste(written: Any, tmp_path: Path) -> None:
    (tmp_path / "data/mine/sub").mkdir(parents=True)
    (tmp_path / "data/mine/a.json").write_bytes(b"[]")
    (tmp_path / "data/mine/sub/b c.json").write_bytes(b"[1]")
    key, what, hint = failure(catalogue(files=written), tmp_path)
    assert key == "sources.mine.snapshots.v1.files"
    assert "a.json, sub/b c.json" in what
    pasted = yaml.safe_load("\n".join(line.strip() for line in hint.splitlines()[1:]))
    assert pasted == {
        "a.json": {"bytes": 2, "sha256": hashlib.sha256(b"[]").hexdigest()},
        "sub/b c.json": {"bytes": 3, "sha256": hashlib.sha256(b"[1]").hexdigest()},
    }
    assert load(catalogue(files=pasted), tmp_path).find("mine", "v1")


@pytest.mark.parametrize("named", ["posts/*.md", "posts"])
def test_a_folder_or_pattern_comes_with_the_lines_of_its_files(named: str, tmp_path: Path) -> None:
    (tmp_path / "data/mine/posts").mkdir(parents=True)
    for name in ("a.md", "b.md"):
        (tmp_path / "data/mine/posts" / name).write_bytes(b"x")
    _, _, hint = failure(catalogue(files={named: None}), tmp_path)
    head, *lines = hint.splitlines()
    assert head.endswith(f"under `files:` in place of {named}")
    pasted = yaml.safe_load("\n".join(line.strip() for line in lines))
    assert list(pasted) == ["posts/a.md", "posts/b.md"]
    for number in range(30):
        (tmp_path / f"data/mine/posts/{number}.md").write_bytes(b"x")
    assert "all.zip" in failure(catalogue(files={named: {}}), tmp_path)[2]


def test_a_missing_identity_elsewhere_says_how_to_take_it(tmp_path: Path) -> None:
    hint = failure(catalogue(location="https://h/x", files={"a.json": None}), tmp_path)[2]
    assert "https://h/x/a.json" in hint
    assert "sha256sum" in hint
    hint = failure(catalogue(files={"a.json": None}), tmp_path)[2]
    assert str(tmp_path / "data/mine") in hint


@pytest.mark.parametrize(
    ("file", "given", "kind", "compression"),
    [
        ("a.json", None, "json", None),
        ("a.v2.JSONL.gz", None, "jsonl", "gz"),
        ("a.ndjson", None, "jsonl", None),
        ("a.csv.zst", None, "csv", "zst"),
        ("a.parquet", None, "parquet", None),
        ("a.txt.gz", "csv", "csv", "gz"),
        ("a", "json", "json", None),
        ("dir.csv/a.json", None, "json", None),
    ],
)
def test_format_by_ending(file: str, given: str | None, kind: str, compression: str | None) -> None:
    items = {"file": file, "columns": {"id": "id"}} | ({"format": given} if given else {})
    reading = Reading.model_validate({"items": items, "labels": {"list": "tags"}})
    assert (reading.items.kind, compression_of(reading.items.paths[0])) == (kind, compression)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"list": "tags"}, ListLabels),
        ({"column": "tag"}, ColumnLabels),
        ({"delimited": "tags", "separator": "|"}, DelimitedLabels),
        ({"file": "t.csv", "id": "item", "tag": "label", "delimiter": ";"}, FileLabels),
        ({"file": "t.csv", "align": "rows", "tag": "label"}, RowLabels),
    ],
)
def test_a_reading_survives_being_written_and_read(labels: dict[str, str], expected: type) -> None:
    data = {**READING, "labels": labels, "taxonomy": {"file": "x.json"}}
    reading = Reading.model_validate(data)
    assert isinstance(reading.labels, expected)
    dumped = json.loads(json.dumps(reading.model_dump(exclude_defaults=True)))
    assert dumped == data
    assert Reading.model_validate(dumped) == reading


@pytest.mark.parametrize("text", ["%d/%m/%Y", "seconds", "milliseconds"])
def test_date_formats(text: str, tmp_path: Path) -> None:
    data = at(catalogue(), "reading/items/date_format", text)
    assert load(data, tmp_path).find("mine", "v1")[2].items.date_format == text


def test_models_are_frozen(tmp_path: Path) -> None:
    source, _, _ = load(catalogue(), tmp_path).find("mine", "v1")
    with pytest.raises(ValidationError):
        source.description = "other"


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("data/sample", False), ("/data", False), ("../data", False), ("C:/data", False),
        ("https://h/x", True), ("s3://bucket/x", True), ("memory://x", True), ("file:///x", True),
    ],
)  # fmt: skip
def test_is_url(location: str, url: bool) -> None:
    assert is_url(location) is url


def test_address_and_mirror_of_a_file() -> None:
    location = "https://raw.githubusercontent.com/team/repo/0123/"
    assert address(location, "d/a b#1.json") == f"{location}d/a%20b%231.json"
    assert address("s3://bucket/x", "a b.json") == "s3://bucket/x/a b.json"
    assert mirrored(Path("m"), location, "d/a b.json") == Path("m/team/repo/0123/d/a b.json")
    assert mirrored(Path("m"), "https://h", "a.json") == Path("m/a.json")


def test_identify_and_its_line(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"abc" * 100_000)
    identity = identify(path)
    assert identity.bytes == 300_000
    assert identity.sha256 == hashlib.sha256(b"abc" * 100_000).hexdigest()
    for name in ("a/b.json", "a: b.json", "#a", "2024", "1e3", "null/x"):
        assert yaml.safe_load(identity_line(name, identity)) == {name: identity.model_dump()}


class TestTheCatalogueOfThisRepository:
    published = load_catalogue(REPOSITORY / "data/sources.yaml", root=REPOSITORY)

    def test_agrees_with_the_published_list(self, upstream: Path) -> None:
        listed = yaml.safe_load((upstream / "snapshots.yaml").read_text())["snapshots"]
        ours = {
            name: {
                "location": snapshot.location,
                "files": {path: file.model_dump() for path, file in snapshot.files.items()},
            }
            for name, snapshot in self.published.sources["madewithml"].snapshots.items()
        }
        assert ours == {
            name: {
                "location": f"https://raw.githubusercontent.com/{entry['repo']}/{entry['commit']}",
                "files": entry["files"],
            }
            for name, entry in listed.items()
        }

    def test_each_reading_names_columns_that_the_files_have(self, upstream: Path) -> None:
        seen = 0
        for name, snapshot in self.published.sources["madewithml"].snapshots.items():
            _, _, reading = self.published.find("madewithml", name)
            path = mirrored(upstream, snapshot.location, reading.items.file)
            if not path.is_file():
                continue
            seen += 1
            assert identify(path) == snapshot.files[reading.items.file]
            text = path.read_text()
            if reading.items.kind == "json":
                columns = {key for record in json.loads(text) for key in record}
            else:
                columns = set(text.splitlines()[0].split(","))
            named = set(reading.items.columns.model_dump(exclude_none=True).values())
            if isinstance(reading.labels, ListLabels):
                named.add(reading.labels.list)
            assert named == columns
        assert seen == 5

    def test_the_sample_is_what_it_should_be(self) -> None:
        sample = self.published.sources["sample"]
        assert list(sample.snapshots) == ["2023-06-30", "2024-06-30", "2025-06-30"]
        for snapshot in sample.snapshots.values():
            for path, identity in snapshot.files.items():
                assert identify(REPOSITORY / snapshot.location / path) == identity


def test_files_that_differ_in_case_only_are_one_file_on_many_disks(tmp_path: Path) -> None:
    key, what, _ = failure(catalogue(files={"a.json": IDENTITY, "A.json": IDENTITY}), tmp_path)
    what = what.replace("'A.json' and 'a.json'", "'a.json' and 'A.json'")  # YAML sorts them
    assert key.lower() == "sources.mine.snapshots.v1.files.a.json"
    assert "'a.json' and 'A.json' differ in case only" in what
    _, what, _ = failure(catalogue(files={"a.json": IDENTITY, "A.json/b": IDENTITY}), tmp_path)
    assert what == "'A.json' is a file and a folder"
    _, what, _ = failure(catalogue(files={"Provenance.JSON": IDENTITY}), tmp_path)
    assert "is the name of a file that the fetch stage writes" in what


@pytest.mark.parametrize(
    "spelled",
    ["true", "1.5", ".nan", ".inf", str(2**63), hex(16**5000), "'1'", "[1]", "null"],
    ids=lambda spelled: spelled[:20],
)
def test_a_size_is_a_whole_number_that_a_file_can_have(spelled: str, tmp_path: Path) -> None:
    path = tmp_path / "sources.yaml"
    text = yaml.safe_dump(catalogue(files={"a.json": {"bytes": "SIZE", "sha256": SHA}}))
    path.write_text(text.replace("SIZE", spelled))
    with pytest.raises(TagledgerError) as caught:
        load_catalogue(path)
    assert str(caught.value.where).endswith("key sources.mine.snapshots.v1.files.a.json.bytes")
