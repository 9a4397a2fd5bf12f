"""What causes read of a source is kept, and read anew when anything that decides it differs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tagledger import dataset as dataset_module
from tagledger import kept_files
from tagledger.cleaning.labels import items_of_rows, merge_rows
from tagledger.compare import source_rows
from tagledger.compare.source_rows import SourceRows, kept_rows
from tagledger.dataset import Dataset
from tagledger.errors import TagledgerError
from tagledger.params import CleanParams
from tagledger.readers.raw import Raw
from tagledger.versions import Repository, Version
from tagledger.versions.dvc_lock import Output
from tests import factories

KEY = {"md5": "a" * 32}


def raw(ids: list[Any]) -> Raw:
    tags = [["nlp", "CV"], [], ["cv"]]
    rows = [{"id": one, "tags": tags[n % 3]} for n, one in enumerate(ids)]
    return factories.raw(rows, set_aside=[(9, "5", "no title"), (10, None, "cut off")])


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path, tmp_path, tmp_path / ".git")


@pytest.fixture
def git_dir(repository: Repository) -> Path:
    repository.git_dir.mkdir()
    return repository.git_dir


def kept(git_dir: Path) -> list[Path]:
    return sorted(source_rows.SHELF.folder(git_dir).glob("*"))


def never() -> Raw:
    raise AssertionError("the source is read again")


def assert_equal(one: SourceRows, other: SourceRows) -> None:
    pd.testing.assert_index_equal(one.ids, other.ids)
    assert one.row.tolist() == other.row.tolist()
    assert one.code.tolist() == other.code.tolist()
    assert (one.spellings, one.set_aside) == (other.spellings, other.set_aside)


@pytest.mark.parametrize("ids", [[3, 1, 3, 2], ["b", "a", "ä", "\n"], []], ids=str)
def test_rows_that_were_kept_are_those_that_were_read(
    repository: Repository, git_dir: Path, ids: list[Any]
) -> None:
    first = kept_rows(repository, KEY, lambda: raw(ids))
    assert_equal(first, SourceRows.of(raw(ids)))
    assert first.set_aside == {"5": 1}
    assert_equal(kept_rows(repository, KEY, never), first)


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes(file.read_bytes()[:-1]),
        lambda file: file.write_bytes(file.read_bytes().replace(b"nlp", b"NLP")),
    ],
    ids=["empty", "short", "changed"],
)
def test_rows_that_are_damaged_are_read_again(
    repository: Repository, git_dir: Path, damage: Callable[[Path], object]
) -> None:
    first = kept_rows(repository, KEY, lambda: raw([1, 2]))
    (file,) = kept(git_dir)
    damage(file)
    assert_equal(kept_rows(repository, KEY, lambda: raw([1, 2])), first)
    assert_equal(kept_rows(repository, KEY, never), first)


def test_only_so_many_are_kept_and_none_that_is_large(
    repository: Repository, git_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_rows, "SHELF", replace(source_rows.SHELF, most=2))
    for md5 in "abc":
        kept_rows(repository, {"md5": md5}, lambda: raw([1]))
    assert len(kept(git_dir)) == 2
    monkeypatch.setattr(source_rows, "SHELF", replace(source_rows.SHELF, most_bytes=10))
    for file in kept(git_dir):
        file.unlink()
    kept_rows(repository, KEY, lambda: raw([1]))
    assert kept(git_dir) == []


class Read:
    """A dataset whose source is read by a function that counts."""

    def __init__(self, repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
        self.repository = repository
        self.times = 0
        self.missing = False
        monkeypatch.setattr(dataset_module.versions, "members", lambda *_: ["a", "provenance.json"])
        monkeypatch.setattr(dataset_module.versions, "locate", self.locate)
        monkeypatch.setattr("tagledger.readers.raw.read_raw", self.read)

    def locate(self, *_: object) -> Path:
        if self.missing:
            raise TagledgerError("it is gone", hint="look elsewhere")
        return self.repository.git_dir

    def read(self, *_: object) -> Raw:
        self.times += 1
        return raw([1, 2])

    def rows(self, md5: str = "a", **rules: Any) -> SourceRows:
        outputs = {"data/raw": Output("data/raw", f"{md5 * 32}.dir", 1, 2)}
        version = Version("v1", ("v1",), None, None, None, None, None, "tag", outputs)
        dataset = Dataset(self.repository, version)
        vars(dataset)["clean_params"] = CleanParams(**rules)
        return dataset.source_rows


def test_a_source_is_read_once_for_each_content_rule_and_software(
    repository: Repository, git_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Read(repository, monkeypatch)
    assert_equal(read.rows(), read.rows())
    assert read.times == 1
    read.rows(tag_spelling="exact")  # which is a rule on what was read
    assert read.times == 1
    read.rows("b")
    read.rows(latest_year=2030)
    read.rows(max_decompressed_bytes=10**6)
    assert read.times == 4
    monkeypatch.setattr(kept_files, "PACKAGES", ("tagledger",))
    kept_files.look_again()
    read.rows()
    assert read.times == 5
    kept_files.look_again()


def test_a_source_that_is_gone_is_missed_though_its_rows_are_kept(
    repository: Repository, git_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Read(repository, monkeypatch)
    read.rows()
    read.missing = True
    with pytest.raises(TagledgerError, match="it is gone"):
        read.rows()


@pytest.mark.parametrize("rule", ["first", "last", "union"])
@pytest.mark.parametrize("ids", [[3, 1, 3, 2, 3], ["b", "a", "b"], [2, 1]], ids=str)
def test_items_of_rows_are_those_of_merged_rows(ids: list[Any], rule: str) -> None:
    read = raw(ids)
    merged = merge_rows(read.items, rule)
    items, item = items_of_rows(SourceRows.of(read).ids, rule)
    assert items.tolist() == list(merged.ids)
    assert item.tolist() == merged.item.tolist()
