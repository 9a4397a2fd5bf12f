"""A kept output is printed again only while all that it was made from is as it was."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tagledger import cli, kept_files, tables
from tagledger.errors import TagledgerError
from tagledger.kept import output
from tagledger.kept.output import Printed, print_kept
from tagledger.versions import Repository, find_version, locate
from tests.dashboard import story
from tests.said import event, write

LABELS = tables.FILTERED_LABELS.as_posix()
COMMANDS = [
    ["compare", "v1.0.0", "v1.1.0"],
    ["compare", "v1.1.0", "v1.2.0", "--json", "--items", "--gate"],
    ["compare", "v1.1.0", "--format", "md"],
    ["blame", "1"],
    ["blame", "7", "--json"],
    ["history", "vision"],
    ["history", "nlp", "--json"],
    ["check"],
    ["check", "--json", "--base", "v1.0.0"],
    ["agreement"],
    ["agreement", "--json"],
]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return story.told_once(tmp_path_factory).root


@pytest.fixture
def repository(told: Path) -> Repository:
    found = Repository.find(told)
    for file in kept(found):
        file.unlink()
    return found


def kept(repository: Repository) -> list[Path]:
    return sorted(output.SHELF.folder(repository.git_dir).glob("*"))


class Asked:
    """Prints an output, and counts how often; the output reads the labels of v1.0.0."""

    def __init__(self, repository: Repository, given: Printed | None = None) -> None:
        self.repository = repository
        self.times = 0
        self.given = given or Printed(1)

    def __call__(self) -> Printed:
        self.times += 1
        locate(self.repository, find_version(self.repository, "v1.0.0"), LABELS)
        print("the answer: ä →", flush=True)
        sys.stdout.buffer.write(b"and bytes\n")
        return self.given

    def ask(self, question: str = "what?") -> int:
        return print_kept(self.repository, lambda: {"asked": question}, self)


Ran = tuple[int, bytes, bytes]


@pytest.fixture
def ran(
    repository: Repository,
    capfdbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Ran]:
    """The exit code and all that a command prints. Where a program starts: test_startup.py."""
    monkeypatch.chdir(repository.root)

    def run(*words: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["tagledger", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        code = ended.value.code
        assert isinstance(code, int)
        return code, *capfdbinary.readouterr()

    return run


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_each_command_prints_the_same_again(
    repository: Repository, ran: Callable[..., Ran], words: list[str]
) -> None:
    ran(*words)  # fills the indexes of labels, of which outputs are made
    for file in kept(repository):
        file.unlink()
    first = ran(*words)
    (file,) = kept(repository)
    made = file.stat().st_ino
    assert ran(*words) == first
    assert [one.stat().st_ino for one in kept(repository)] == [made]
    assert first[1]


def test_it_is_printed_again_with_its_exit_code(
    repository: Repository, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    asked = Asked(repository)
    assert (asked.ask(), asked.ask(), asked.times) == (1, 1, 1)
    assert asked.ask("another?") == 1
    assert asked.times == 2
    line = "the answer: ä →\n".encode() + b"and bytes\n"
    assert capfdbinary.readouterr().out == line * 3


def test_no_clone_brings_a_kept_output(repository: Repository) -> None:
    Asked(repository).ask()
    (file,) = kept(repository)
    assert file.is_relative_to(repository.git_dir)


def test_a_table_that_is_gone_or_damaged_is_missed(repository: Repository) -> None:
    asked = Asked(repository)
    asked.ask()
    table = locate(repository, find_version(repository, "v1.0.0"), LABELS)
    data, mode = table.read_bytes(), table.stat().st_mode
    table.chmod(0o644)
    try:
        table.write_bytes(data[:-1] + b"x")
        with pytest.raises(TagledgerError, match="damaged"):
            asked.ask()
        table.unlink()
        with pytest.raises(TagledgerError, match="cache does not have"):
            asked.ask()
    finally:
        table.write_bytes(data)
        table.chmod(mode)
    assert asked.ask() == 1
    assert asked.times == 3


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes(file.read_bytes()[:-3]),
        lambda file: file.write_bytes(file.read_bytes().replace(b"answer", b"ANSWER")),
        lambda file: file.write_bytes(b"\xff\n\n\n"),
        lambda file: (file.unlink(), file.mkdir()),
    ],
    ids=["empty", "short", "changed", "nonsense", "folder"],
)
def test_a_damaged_output_is_made_again(
    repository: Repository,
    damage: Callable[[Path], object],
    capfd: pytest.CaptureFixture[str],
) -> None:
    asked = Asked(repository)
    asked.ask()
    (file,) = kept(repository)
    damage(file)
    asked.ask()
    assert asked.times == 2
    assert "ANSWER" not in capfd.readouterr().out
    if file.is_dir():
        file.rmdir()


@pytest.mark.parametrize("path", output.TEXTS)
def test_what_is_read_of_the_work_tree_is_a_part_of_the_question(
    repository: Repository, path: str
) -> None:
    asked = Asked(repository)
    asked.ask()
    file = repository.root / path
    before = file.read_bytes() if file.exists() else None
    try:
        file.write_bytes((before or b"") + b"\n")
        asked.ask()
    finally:
        if before is None:
            file.unlink()
        else:
            file.write_bytes(before)
    assert asked.times == 2


def test_so_are_code_libraries_and_the_terminal(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = Asked(repository)

    def ask() -> None:
        kept_files.look_again()
        asked.ask()

    ask()
    package = tmp_path / "own_package_of_this_test"
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(kept_files, "PACKAGES", ("own_package_of_this_test",))
    ask()
    (package / "more.py").write_text("1\n")
    ask()
    (package / "more.py").write_text("22\n")
    ask()
    (tmp_path / "pandas-9.9.9.dist-info").mkdir()
    ask()
    monkeypatch.setenv("COLUMNS", "123")
    ask()
    assert asked.times == 6
    ask()
    assert asked.times == 6
    kept_files.look_again()


@pytest.mark.parametrize("name", ["test.arrays", "test.facts"])
def test_an_index_that_was_exchanged_makes_a_new_output(repository: Repository, name: str) -> None:
    asked = Asked(repository)
    asked.ask()
    index = repository.root / ".tagledger" / "index" / name
    index.parent.mkdir(parents=True, exist_ok=True)
    index.write_bytes(b"other")
    try:
        asked.ask()
    finally:
        index.unlink()
    assert asked.times == 2


def test_what_may_change_by_itself_is_not_kept(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    Asked(repository, Printed(whole=False)).ask()
    print_kept(repository, lambda: None, Asked(repository))

    def with_a_problem() -> Printed:
        repository.problems["a commit"] = TagledgerError("odd", hint="look")
        return Printed()

    print_kept(repository, lambda: {"asked": "odd?"}, with_a_problem)
    monkeypatch.setattr(output, "SHELF", replace(output.SHELF, most_bytes=5))
    Asked(repository).ask()
    assert kept(repository) == []


@pytest.mark.parametrize("later", [{"asked": "else"}, None], ids=str)
def test_what_is_made_of_tables_that_changed_meanwhile_is_not_kept(
    repository: Repository, later: dict[str, str] | None
) -> None:
    questions = iter([{"asked": "what?"}, later])
    print_kept(repository, lambda: next(questions), Asked(repository))
    assert kept(repository) == []


def test_only_so_many_are_kept_and_those_that_are_asked_for_stay(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "SHELF", replace(output.SHELF, most=3))
    asked = Asked(repository)
    for number in range(3):
        asked.ask(str(number))
        for file in kept(repository):  # each older than the next, also on a coarse clock
            time = file.stat().st_mtime_ns - 10**9
            os.utime(file, ns=(time, time))
    asked.ask("0")
    asked.ask("3")
    assert len(kept(repository)) == 3
    asked.ask("0")
    assert asked.times == 4
    asked.ask("1")
    assert asked.times == 5


def test_where_nothing_can_be_kept_it_is_printed(repository: Repository) -> None:
    folder = repository.git_dir / kept_files.FOLDER
    moved = folder.with_name("moved")
    if folder.exists():
        folder.rename(moved)
    folder.symlink_to(moved)
    try:
        moved.mkdir(exist_ok=True)
        asked = Asked(repository)
        assert (asked.ask(), asked.ask(), asked.times) == (1, 1, 2)
    finally:
        folder.unlink()
        moved.rename(folder)


def test_a_check_sees_a_table_that_was_edited_since(
    repository: Repository, ran: Callable[..., Ran]
) -> None:
    before = ran("check")
    path = repository.root / LABELS
    data, mode = path.read_bytes(), path.stat().st_mode
    path.chmod(0o644)
    try:
        path.unlink()
        path.write_bytes(data + b"x")
        after = ran("check")
    finally:
        path.write_bytes(data)
        path.chmod(mode)
    assert before[0] != after[0]
    assert b"error" in after[2]


def test_a_check_sees_a_table_of_verdicts_that_was_edited_again(
    repository: Repository, ran: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    root = shutil.copytree(repository.root, tmp_path / "copy")
    monkeypatch.chdir(root)
    path = root / tables.VERDICTS
    whole = pq.read_table(path)
    for column in whole.column_names[-2:]:
        path.unlink()
        pq.write_table(whole.drop_columns(column), path)
        code, printed, _ = ran("check")
        assert code == 1
        assert f"{column}: column_in_dataframe" in printed.decode()


def test_agreement_sees_answers_that_came_since(
    repository: Repository, ran: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    root = shutil.copytree(repository.root, tmp_path / "copy")
    monkeypatch.chdir(root)
    said = [event(by=by, item="1", yes=[tag]) for by, tag in (("ann", "nlp"), ("bob", "cv"))]
    printed = []
    for number in range(3):
        write(root, said[:number])
        printed.append(ran("agreement", "--json"))
    assert len(set(printed)) == 3
