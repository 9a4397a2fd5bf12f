"""The files that a reading names: several, by a pattern, in a folder, compressed, in archives."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pydantic import ValidationError

from tagledger.errors import TagledgerError
from tagledger.readers.raw import Raw, read
from tagledger.sources import formats
from tagledger.sources.catalogue import identify, load_catalogue
from tagledger.sources.reading import Reading

CSV = "id,text,tags\n{0},about {0},a|b\n{1},about {1},\n"
LABELS = {"delimited": "tags", "separator": "|"}


def reading(file: Any, **items: Any) -> Reading:
    columns = {"id": "id", "text": "text"}
    return Reading.model_validate(
        {"items": {"file": file, "columns": columns} | items, "labels": LABELS}
    )


def raw(folder: Path, file: Any, **items: Any) -> Raw:
    return read(reading(file, **items), folder)


def places(found: Raw) -> list[tuple[str, int, int]]:
    rows = found.items.select(["file", "row", "id"]).to_pylist()
    return [(row["file"], row["row"], row["id"]) for row in rows]


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    for name, first in (("b.csv", 3), ("a.csv", 1), ("other.txt", 9)):
        (tmp_path / "data" / name).write_text(CSV.format(first, first + 1))
    (tmp_path / "provenance.json").write_text("{}")
    return tmp_path


# ---- Several files -------------------------------------------------------------------------


def test_a_list_of_files_is_read_in_its_order(parts: Path) -> None:
    found = raw(parts, ["data/b.csv", "data/a.csv"])
    assert places(found) == [
        ("data/b.csv", 1, 3),
        ("data/b.csv", 2, 4),
        ("data/a.csv", 1, 1),
        ("data/a.csv", 2, 2),
    ]
    assert found.labels.to_pydict() == {"item": [0, 0, 2, 2], "tag": ["a", "b", "a", "b"]}
    assert found.rows == 4


@pytest.mark.parametrize("pattern", ["data/*.csv", "data/?.csv", "**/*.csv", "*/[ab].csv"])
def test_a_pattern_is_all_files_that_fit_it_by_name(pattern: str, parts: Path) -> None:
    if "[" in pattern:  # brackets are characters like others
        with pytest.raises(TagledgerError, match="there is no file"):
            raw(parts, pattern)
        return
    assert [one[2] for one in places(raw(parts, pattern))] == [1, 2, 3, 4]


def test_a_folder_is_all_files_in_it(parts: Path) -> None:
    assert [one[2] for one in places(raw(parts, "data", format="csv"))] == [1, 2, 3, 4, 9, 10]


def test_a_file_that_two_names_fit_is_read_once(parts: Path) -> None:
    assert len(places(raw(parts, ["data/a.csv", "data/*.csv"]))) == 4


def test_the_record_of_the_fetch_is_no_source(parts: Path) -> None:
    (parts / "x.json").write_text('[{"id": 1, "text": "t", "tags": "a"}]')
    assert places(raw(parts, "*.json")) == [("x.json", 1, 1)]


def test_a_row_that_is_set_aside_has_its_own_files_name(parts: Path) -> None:
    (parts / "data" / "b.csv").write_text("id,text,tags\n3,x,a\n,nobody,a\n")
    aside = raw(parts, "data/*.csv").set_aside
    assert aside[["file", "row", "reason"]].to_numpy().tolist() == [["data/b.csv", 2, "no id"]]


def test_files_of_two_endings_need_a_format() -> None:
    with pytest.raises(ValidationError, match="endings of two formats"):
        reading(["a.csv", "b.json"])


def test_no_file_fits(parts: Path) -> None:
    with pytest.raises(TagledgerError, match=r"there is no file 'data/\*\.tsv'") as caught:
        raw(parts, "data/*.tsv")
    assert "did you mean data/" in caught.value.hint


@pytest.mark.parametrize("broken", [False, True], ids=["whole", "with a row set aside"])
def test_aligned_labels_go_through_all_files_of_the_items(broken: bool, parts: Path) -> None:
    if broken:
        (parts / "data" / "a.csv").write_text("id,text,tags\n1,x,\n,nobody,\n")
    for name, tags in (("y1.csv", "pq"), ("y2.csv", "rs")):
        (parts / name).write_text("tag\n" + "".join(f"{tag}\n" for tag in tags))
    one = Reading.model_validate(
        {
            "items": {"file": ["data/a.csv", "data/b.csv"], "columns": {"id": "id"}},
            "labels": {"file": ["y1.csv", "y2.csv"], "align": "rows"},
        }
    )
    found = read(one, parts)
    of = found.items["id"].to_pylist()
    labels = {(of[row], tag) for row, tag in zip(*found.labels.to_pydict().values(), strict=True)}
    assert labels == {(1, "p"), (3, "r"), (4, "s")} | (set() if broken else {(2, "q")})


def test_a_pattern_has_to_fit_a_file_of_the_snapshot(parts: Path) -> None:
    identity = identify(parts / "data" / "a.csv").model_dump()
    for file, sound in (("*.csv", True), ("a.csv", True), ("*.tsv", False), ("x.zip!a.csv", False)):
        entry = reading(file, format="csv").model_dump(exclude_defaults=True)
        snapshot = {"location": "data", "files": {"a.csv": identity}}
        source = {"description": "d", "reading": entry, "snapshots": {"1": snapshot}}
        catalogue = parts / "sources.yaml"
        catalogue.write_text(__import__("json").dumps({"sources": {"mine": source}}))
        if sound:
            assert load_catalogue(catalogue).sources["mine"]
        else:
            with pytest.raises(TagledgerError, match="is not among the files of snapshot '1'"):
                load_catalogue(catalogue)


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("a.csv", "a.csv", True),
        ("a.csv", "aXcsv", False),
        ("docs", "docs/x/a.txt", True),
        ("docs", "docs2/a.txt", False),
        ("docs/*.txt", "docs/a.txt", True),
        ("docs/*.txt", "docs/x/a.txt", False),
        ("docs/**/*.txt", "docs/x/y/a.txt", True),
        ("docs/**/*.txt", "docs/a.txt", True),
        ("**", "docs/x/a.txt", True),
        ("a?.csv", "a1.csv", True),
        ("a?.csv", "a/.csv", False),
        ("a(1)*.csv", "a(1) b.csv", True),
    ],
)
def test_what_a_pattern_fits(pattern: str, path: str, fits: bool) -> None:
    assert formats.fits(pattern, path) is fits


# ---- Compressed, and in archives -----------------------------------------------------------

Pack = Callable[[bytes], bytes]
PACKS: dict[str, Pack] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": lambda data: pa.compress(data, codec="zstd", asbytes=True),
}


@pytest.mark.parametrize("ending", PACKS)
def test_a_compressed_file_is_read(ending: str, tmp_path: Path) -> None:
    (tmp_path / f"a.csv.{ending}").write_bytes(PACKS[ending](CSV.format(1, 2).encode()))
    assert [one[2] for one in places(raw(tmp_path, f"a.csv.{ending}"))] == [1, 2]


def archive(path: Path, members: dict[str, bytes]) -> str:
    """An archive of these files, of the kind that its endings say."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
            for name, data in members.items():
                made.writestr(name, data)
    else:
        kind = {".tar": "", ".tgz": "gz"}.get(path.suffix, path.suffix.removeprefix("."))
        mode: Any = f"w:{kind}"
        with tarfile.open(path, mode) as made:
            for name, data in members.items():
                info = tarfile.TarInfo(name)
                info.size = len(data)
                made.addfile(info, io.BytesIO(data))
    return path.name


MEMBERS = {
    "x/b.csv": CSV.format(3, 4).encode(),
    "x/a.csv": CSV.format(1, 2).encode(),
    "__MACOSX/x/._a.csv": b"\0\1",
    "x/.DS_Store": b"\0",
    "notes.txt": b"not data",
}
KINDS = ["a.zip", "a.tar", "a.tgz", "a.tar.gz", "a.tar.bz2", "a.tar.xz"]


@pytest.mark.parametrize("name", KINDS)
def test_a_file_in_an_archive_is_read_in_place(name: str, tmp_path: Path) -> None:
    archive(tmp_path / name, MEMBERS)
    assert places(raw(tmp_path, f"{name}!x/a.csv")) == [
        (f"{name}!x/a.csv", 1, 1),
        (f"{name}!x/a.csv", 2, 2),
    ]
    assert [one[2] for one in places(raw(tmp_path, f"{name}!**/*.csv"))] == [1, 2, 3, 4]
    assert {one.name for one in tmp_path.iterdir()} == {name}


@pytest.mark.parametrize("name", KINDS)
def test_a_file_that_an_archive_lacks_is_named(name: str, tmp_path: Path) -> None:
    archive(tmp_path / name, MEMBERS)
    with pytest.raises(TagledgerError, match=r"'x/c\.csv'") as caught:
        raw(tmp_path, f"{name}!x/c.csv")
    assert "x/a.csv" in caught.value.hint or "x/b.csv" in caught.value.hint


def test_a_compressed_file_in_an_archive_is_read(tmp_path: Path) -> None:
    archive(tmp_path / "a.zip", {"a.csv.gz": gzip.compress(CSV.format(1, 2).encode())})
    assert len(places(raw(tmp_path, "a.zip!a.csv.gz"))) == 2


@pytest.mark.parametrize("name", KINDS)
def test_what_an_archive_comes_to_is_limited(name: str, tmp_path: Path) -> None:
    rows = "id,text,tags\n" + "".join(f"{at},{'x' * 200},a\n" for at in range(5_000))
    archive(tmp_path / name, {"a.csv": rows.encode()})
    one = reading(f"{name}!a.csv")
    assert len(read(one, tmp_path, limit=2_000_000).items) == 5_000
    with pytest.raises(TagledgerError, match=r"more than 100,000 bytes") as caught:
        read(one, tmp_path, limit=100_000)
    assert "clean.max_decompressed_bytes" in caught.value.hint


@pytest.mark.parametrize("name", KINDS)
def test_a_damaged_archive_is_an_error(name: str, tmp_path: Path) -> None:
    archive(tmp_path / name, MEMBERS)
    data = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(b"not an archive at all")
    with pytest.raises(TagledgerError) as caught:
        raw(tmp_path, f"{name}!x/a.csv")
    assert caught.value.hint
    (tmp_path / name).write_bytes(data[: len(data) // 3])
    with pytest.raises(TagledgerError):
        raw(tmp_path, f"{name}!x/b.csv")


@pytest.mark.parametrize(
    "file", ["a.csv!b.csv", "a.zip!../b.csv", "a.zip!/b.csv", "a.zip!b.zip!c.csv", "../a.zip!b.csv"]
)
def test_a_name_that_leads_elsewhere_is_none(file: str) -> None:
    with pytest.raises(ValidationError):
        reading(file)


# ---- Rows that count, and texts of several columns -----------------------------------------


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ({"kind": "question"}, [1, 3]),
        ({"kind": ["answer", "note"]}, [2, 4]),
        ({"score": 1}, [1, 2]),
        ({"score": "1"}, [1]),
        ({"kind": "question", "score": 1}, [1]),
        ({"kind": ""}, [5]),
    ],
    ids=str,
)
def test_rows_that_do_not_count_are_no_items(
    where: dict[str, Any], ids: list[int], tmp_path: Path
) -> None:
    rows = ("1,x,question,1", "2,x,answer,1.0", "3,x,question,0", "4,x,note,", "5,x,,7")
    (tmp_path / "a.csv").write_text("\n".join(["id,tags,kind,score", *rows]) + "\n")
    found = raw(tmp_path, "a.csv", columns={"id": "id"}, where=where)
    assert found.items["id"].to_pylist() == ids
    assert found.rows == len(ids)
    assert found.set_aside.empty
    assert found.labels["item"].to_pylist() == list(range(len(ids)))


def test_texts_of_several_columns_are_joined_without_those_that_are_empty(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,a,b,c,tags\n1,x,,y,t\n2,,,,t\n3,,z,,t\n")
    found = raw(tmp_path, "a.csv", columns={"id": "id", "text": ["a", "b", "c"]})
    assert found.items["description"].to_pylist() == ["x y", "", "z"]
