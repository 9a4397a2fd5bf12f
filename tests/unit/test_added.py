"""Files that `dvc add` keeps: what a .dvc file may say, and what is brought to a work tree."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import pytest
import yaml

from tagledger.errors import TagledgerError
from tagledger.versions import Repository, added, restore_added
from tagledger.versions.added import is_added, pointers_in, read_pointer

MD5 = hashlib.md5(b"content").hexdigest()
OUT = {"md5": MD5, "size": 7, "hash": "md5", "path": "a.parquet"}


def write(pointer: Path, *outs: object, **more: object) -> Path:
    pointer.parent.mkdir(parents=True, exist_ok=True)
    pointer.write_text(yaml.safe_dump({"outs": list(outs), **more}))
    return pointer


def test_a_file_that_dvc_keeps_is_named_by_its_dvc_file(tmp_path: Path) -> None:
    out = read_pointer(write(tmp_path / "a.parquet.dvc", OUT))
    assert out is not None
    assert (out.path, out.md5, out.size) == ("a.parquet", MD5, 7)
    assert list(pointers_in(tmp_path)) == [tmp_path / "a.parquet"]
    assert not is_added(tmp_path / "a.parquet")
    (tmp_path / "a.parquet").write_bytes(b"content")
    assert is_added(tmp_path / "a.parquet")
    (tmp_path / "a.parquet").write_bytes(b"another")
    assert not is_added(tmp_path / "a.parquet")


@pytest.mark.parametrize(
    "out",
    [
        OUT | {"path": "../a.parquet"},
        OUT | {"path": "/etc/passwd"},
        OUT | {"path": 7},
        OUT | {"md5": f"{MD5}.dir"},
        OUT | {"md5": "../../x"},
        OUT | {"size": "7"},
        {key: value for key, value in OUT.items() if key != "hash"},
        {},
        "a.parquet",
    ],
    ids=str,
)
def test_what_dvc_would_not_write_names_nothing(tmp_path: Path, out: object) -> None:
    assert read_pointer(write(tmp_path / "a.parquet.dvc", out)) is None
    assert pointers_in(tmp_path) == {}


def test_what_is_no_dvc_file_of_one_file_names_nothing(tmp_path: Path) -> None:
    pointer = tmp_path / "a.parquet.dvc"
    assert read_pointer(write(pointer, OUT, OUT)) is None
    assert read_pointer(write(pointer, OUT, wdir="..")) is None
    for text in (b"", b"[", b"outs: 1", b"7", bytes(range(128, 256))):
        pointer.write_bytes(text)
        assert read_pointer(pointer) is None
    pointer.unlink()
    os.mkfifo(pointer)  # reading it would never end
    assert read_pointer(pointer) is None


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A repository with a .dvc file in a folder, whose file is in the cache alone."""
    top = tmp_path / "repo"
    write(top / "data/a.parquet.dvc", OUT)
    (top / "dvc.yaml").write_text("stages: {}\n")
    (top / ".dvc").mkdir()
    (top / ".gitignore").write_text("/.dvc\na.parquet\n")
    subprocess.run(["git", "init", "--quiet"], cwd=top, check=True)
    subprocess.run(["git", "add", "--all"], cwd=top, check=True)
    place = top / ".dvc/cache/files/md5" / MD5[:2] / MD5[2:]
    place.parent.mkdir(parents=True)
    place.write_bytes(b"content")
    return top


def cached(top: Path) -> Path:
    return top / ".dvc/cache/files/md5" / MD5[:2] / MD5[2:]


def test_what_a_work_tree_lacks_comes_from_the_cache(top: Path) -> None:
    restore_added(Repository.find(top), top)
    file = top / "data/a.parquet"
    assert file.read_bytes() == b"content"
    assert file.stat().st_ino != cached(top).stat().st_ino  # the cache is not written through it
    file.write_bytes(b"mine")
    restore_added(Repository.find(top), top)
    assert file.read_bytes() == b"mine"


def test_a_file_that_dvc_would_not_find_again_is_not_added(
    top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(added, "run_dvc", lambda _, *words, **__: asked.append(words))
    (top / "data/b.parquet").write_bytes(b"b")
    ignore = top / ".dvcignore"
    ignore.write_text("/data/*\n!/data/*.parquet\n")
    with pytest.raises(TagledgerError, match=r"would not find data/b.parquet.dvc") as caught:
        added.add_file(Repository.find(top), "data/b.parquet", hint="")
    assert asked == []
    ignore.write_text(f"{ignore.read_text()}{caught.value.hint.split('`')[1]}\n")
    added.add_file(Repository.find(top), "data/b.parquet", hint="")
    assert asked == [("add", "--quiet", "data/b.parquet")]


def test_only_what_was_asked_for_comes(top: Path) -> None:
    restore_added(Repository.find(top), top, [])
    assert not (top / "data/a.parquet").exists()
    restore_added(Repository.find(top), top, ["data/a.parquet.dvc", "data/b.parquet.dvc"])
    assert (top / "data/a.parquet").exists()


def test_what_nobody_has_or_is_damaged_is_named(top: Path) -> None:
    cached(top).write_bytes(b"CONTENT")
    with pytest.raises(TagledgerError, match=r"cache's file for data/a.parquet is damaged"):
        restore_added(Repository.find(top), top)
    cached(top).unlink()
    with pytest.raises(TagledgerError, match=r"DVC keeps data/a.parquet, and neither") as caught:
        restore_added(Repository.find(top), top)
    assert "dvc push --all-commits" in caught.value.hint
    assert not (top / "data/a.parquet").exists()


def test_nothing_is_brought_through_a_link(top: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (top / "data/a.parquet.dvc").rename(tmp_path / "elsewhere/a.parquet.dvc")
    (top / "data").rmdir()
    (top / "data").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(TagledgerError, match="this is a link"):
        restore_added(Repository.find(top), top)
    assert not (tmp_path / "elsewhere/a.parquet").exists()
