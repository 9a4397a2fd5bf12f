"""Results of checks are kept while the tables are the same, and run again when they are not."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tagledger import kept_files, tables
from tagledger.errors import TagledgerError
from tagledger.kept import check_results
from tagledger.kept.check_results import SHELF, keep_results, kept_results, results_key
from tagledger.reports import CheckResult
from tests.dashboard import story

RESULTS = [
    CheckResult("clean/items", "id", "not_nullable", 3, 0),
    CheckResult("clean/items", "", "own: ä →", 3, 2, ("1: \U0001f600", "2: ")),
]


class Checks:
    """Runs the checks, and counts how often."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.times = 0
        self.meanwhile: Callable[[], object] = lambda: None

    def run(self) -> list[CheckResult]:
        self.times += 1
        self.meanwhile()
        return list(RESULTS)

    def ask(self) -> None:
        assert kept_results(self.root / ".git", self.root, self.run) == RESULTS


@pytest.fixture
def checks(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Checks:
    root = tmp_path / "ledger"
    shutil.copytree(story.told_once(tmp_path_factory).root, root, symlinks=True)
    shutil.rmtree(root / ".git" / "tagledger", ignore_errors=True)
    return Checks(root)


def kept(checks: Checks) -> list[Path]:
    return sorted(SHELF.folder(checks.root / ".git").glob("*"))


def replace(path: Path, data: bytes) -> None:
    """Write a file anew: what DVC linked from its cache stays there as it is."""
    path.unlink()
    path.write_bytes(data)


def test_checks_of_the_same_tables_run_once(checks: Checks) -> None:
    checks.ask()
    checks.ask()
    assert checks.times == 1
    assert len(kept(checks)) == 1


@pytest.mark.parametrize(
    "path",
    [
        tables.CLEAN_ITEMS,
        tables.CLEAN_QUARANTINE,
        tables.CLEAN_ROWS,
        tables.VERDICTS,
        tables.ANNOTATED_ROWS,
        tables.FILTERED_TAGS,
        tables.ASSIGNMENTS,
        tables.SPLITS / "train.parquet",
    ],
    ids=str,
)
def test_an_edited_file_is_checked(checks: Checks, path: Path) -> None:
    checks.ask()
    file = checks.root / path
    before = file.read_bytes()
    time = file.stat().st_mtime_ns
    replace(file, bytes([before[0] ^ 1]) + before[1:])
    os.utime(file, ns=(time, time))
    checks.ask()
    assert checks.times == 2
    replace(file, before)
    checks.ask()
    assert checks.times == 2


def change_settings(root: Path) -> None:
    params = root / "params.yaml"
    text = params.read_text()
    assert "seed: " in text
    params.write_text(text.replace("seed: ", "seed: 1", 1))


def add_base(root: Path) -> None:
    base = root / "data" / "base"
    base.mkdir(parents=True, exist_ok=True)
    (base / "base.json").write_text("{}")


def add_misnamed(root: Path) -> None:
    (root / "schemas").mkdir(exist_ok=True)
    (root / "schemas" / "split.py").write_text("")


def add_a_file_without_checks(root: Path) -> None:
    (root / "schemas").mkdir(exist_ok=True)
    (root / "schemas" / "clean.py").write_text("import pandas\n")


@pytest.mark.parametrize(
    "change",
    [change_settings, add_base, add_misnamed, add_a_file_without_checks],
    ids=lambda one: one.__name__,
)
def test_what_else_decides_is_asked_about(checks: Checks, change: Callable[[Path], None]) -> None:
    checks.ask()
    change(checks.root)
    checks.ask()
    assert checks.times == 2


def test_other_software_checks_anew(checks: Checks, monkeypatch: pytest.MonkeyPatch) -> None:
    checks.ask()
    monkeypatch.setattr(kept_files, "PACKAGES", ("tagledger",))
    kept_files.look_again()
    try:
        checks.ask()
    finally:
        kept_files.look_again()
    assert checks.times == 2


def test_checks_of_ones_own_run_each_time(checks: Checks) -> None:
    schemas = checks.root / "schemas"
    schemas.mkdir(exist_ok=True)
    (schemas / "clean.py").write_text("print('anything')\n")
    assert results_key(checks.root) is None
    checks.ask()
    checks.ask()
    assert checks.times == 2
    assert kept(checks) == []


def test_nothing_is_kept_while_a_table_is_replaced(checks: Checks) -> None:
    (checks.root / tables.SPLITS / ".train.parquet.abcd1234.part").write_bytes(b"PAR1")
    checks.ask()
    checks.ask()
    assert checks.times == 2
    assert kept(checks) == []


def test_nothing_is_kept_of_tables_that_changed_meanwhile(checks: Checks) -> None:
    file = checks.root / tables.FILTERED_TAGS
    checks.meanwhile = lambda: replace(file, file.read_bytes() + b"x")
    checks.ask()
    assert kept(checks) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda root: (root / "params.yaml").write_text("split: ["),
        lambda root: (root / "params.yaml").unlink(),
    ],
    ids=["broken", "gone"],
)
def test_results_are_given_where_they_cannot_be_kept(
    checks: Checks, spoil: Callable[[Path], object]
) -> None:
    checks.meanwhile = lambda: spoil(checks.root)
    checks.ask()
    assert kept(checks) == []


def test_what_software_checked_is_decided_before_it_checks(
    checks: Checks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def install() -> None:
        monkeypatch.setattr(kept_files, "PACKAGES", ("tagledger",))
        kept_files.look_again()

    checks.meanwhile = install
    try:
        checks.ask()
        assert kept(checks) == []
    finally:
        kept_files.look_again()


def test_a_name_that_is_not_utf8_is_a_name(checks: Checks) -> None:
    (checks.root / os.fsdecode(b"data/clean/\xff.txt")).write_text("x")
    checks.ask()
    checks.ask()
    assert checks.times == 1


def test_settings_of_pandera_are_asked_about(
    checks: Checks, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks.ask()
    monkeypatch.setenv("PANDERA_VALIDATION_ENABLED", "False")
    checks.ask()
    assert checks.times == 2


@pytest.mark.parametrize("content", [b"[]", b"null", b'[{"a":1}]', b"xx"])
def test_what_is_whole_and_no_results_is_none(checks: Checks, content: bytes) -> None:
    checks.ask()
    (file,) = kept(checks)
    SHELF.keep(checks.root / ".git", file.name, content)
    checks.ask()
    assert checks.times == 2


def test_checks_that_cannot_run_are_not_kept(checks: Checks) -> None:
    def refuse() -> None:
        raise TagledgerError("no table", hint="make it")

    checks.meanwhile = refuse
    with pytest.raises(TagledgerError, match="no table"):
        checks.ask()
    assert kept(checks) == []


@pytest.mark.parametrize(
    "damage",
    [lambda data: b"", lambda data: data[:-3], lambda data: data.replace(b"not_null", b"NOT_NULL")],
    ids=["empty", "short", "changed"],
)
def test_damaged_results_are_none(checks: Checks, damage: Callable[[bytes], bytes]) -> None:
    checks.ask()
    (file,) = kept(checks)
    file.write_bytes(damage(file.read_bytes()))
    checks.ask()
    assert checks.times == 2


def test_so_many_results_are_not_kept(checks: Checks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_results, "SHELF", dataclasses.replace(SHELF, most_bytes=10))
    checks.ask()
    assert kept(checks) == []


def test_the_order_of_the_splits_decides_that_of_the_results(checks: Checks) -> None:
    params = checks.root / "params.yaml"
    text = params.read_text()
    before = results_key(checks.root)
    train, val = "train: 0.6", "val: 0.2"
    assert train in text
    assert val in text
    params.write_text(text.replace(train, "?").replace(val, train).replace("?", val))
    assert results_key(checks.root) != before


def test_the_folder_of_git_is_found_from_below_and_no_link_leads_there(tmp_path: Path) -> None:
    below = tmp_path / "main" / "sub" / "set"
    below.mkdir(parents=True)
    (tmp_path / "main" / ".git").mkdir()
    assert kept_files.git_folder(below) == tmp_path / "main" / ".git"
    linked = tmp_path / "main" / "linked"
    linked.mkdir()
    (linked / ".git").write_text("gitdir: ../.git/worktrees/linked")
    assert kept_files.git_folder(linked) is None


def test_what_was_kept_by_hand_is_found(checks: Checks) -> None:
    """As the report stage keeps them, for the command `check`."""
    keep_results(checks.root / ".git", checks.root, results_key(checks.root), RESULTS)
    checks.ask()
    assert checks.times == 0
