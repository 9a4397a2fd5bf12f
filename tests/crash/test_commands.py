"""Commands that write, stopped at each of their writing operations, and with each refused."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tagledger.kept.output import SHELF
from tests.crash.forking import Fault, Forker
from tests.crash.test_stages import EVERY_POINT, Files, contents, link_tree
from tests.pipeline.conftest import Project

CLI = "tagledger.cli:main"
# What a command writes to, from the folder of the repository.
COMMANDS = {
    "freeze": (["freeze", "mine.csv"], ["data/base", "params.yaml"]),
    "history": (["history", "pytorch"], [".tagledger"]),
    "blame": (["blame", "2"], [".tagledger"]),
    "compare": (["compare", "HEAD", "--csv", "tables"], [".tagledger", "tables"]),
}
SOME_POINTS = [pytest.param(None, "kill", id="kill-at-times")]  # at the last one and half-way


@dataclass(frozen=True)
class Case:
    """A command in a repository, how many operations it has, and what it leaves."""

    words: list[str]
    written: list[str]
    root: Path
    old: Files
    new: Files
    points: int


PROGRAMS = [
    "tagledger.cli",
    "tagledger.release.freeze",
    "tagledger.release.check",
    "tagledger.history.tag_history",
    "tagledger.history.blame",
    "tagledger.dataset",
    "tagledger.render.comparison_csv",
]


@pytest.fixture(scope="module")
def before(_built: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository as each command finds it."""
    root = tmp_path_factory.mktemp("crash") / "before"
    shutil.copytree(_built.root, root, ignore=shutil.ignore_patterns("src", "sample", ".tagledger"))
    Project(root).ok("git", "gc", "--quiet")  # few files: each run has a copy, which is removed
    (root / "mine.csv").write_text("id,split\n1,train\n2,test\n3,val\n")
    return root


@pytest.fixture(scope="module", params=COMMANDS)
def case(request: pytest.FixtureRequest, before: Path, programs: Forker) -> Case:
    words, written = COMMANDS[request.param]
    after = before.with_name(f"after-{request.param}")
    link_tree(before, after)
    done = programs.run(after, CLI, *words)
    assert done.code == 0, done.err
    old, new = seen_in(before, written), seen_in(after, written)
    return Case(words, written, before, old, new, done.seen)


def seen_in(root: Path, written: list[str]) -> Files:
    """What a command wrote: every file, or its bytes where they do not tell the time."""
    found: Files = {}
    for name in written:
        path = root / name
        if path.is_file():
            found[name] = path.read_bytes()
        elif path.is_dir():
            found |= contents(path)
    # When a file was found sound is another moment each time.
    return {name: b"" if "/verified/" in name else data for name, data in found.items()}


@pytest.mark.parametrize(("step", "fault"), SOME_POINTS + EVERY_POINT)
def test_a_fault_at_any_point_leaves_what_the_next_run_makes_whole(
    case: Case, step: int | None, fault: Fault, programs: Forker, tmp_path: Path
) -> None:
    for point in range(case.points, 0, -(step or (case.points + 1) // 2)):
        root = tmp_path / str(point)
        link_tree(case.root, root)
        done = programs.run(root, CLI, *case.words, at=point, fault=fault)
        where = f"{case.words}, {fault} at {point} of {case.points}: {done}"
        if fault == "kill":
            assert done.code == -9 or done.seen < point, where
        else:
            assert done.code in {0, 2}, where
            assert "Traceback" not in done.err, where
        left = seen_in(root, case.written)
        for name, data in left.items():
            if ".part" not in name:
                assert data in {case.old.get(name), case.new.get(name)}, f"{where}: {name}"
        # An answer that was kept is printed again, and needs no index.
        shutil.rmtree(SHELF.folder(root / ".git"), ignore_errors=True)
        again = programs.run(root, CLI, *case.words)
        assert again.code == 0, f"{where}\nafterwards {again}"
        assert seen_in(root, case.written) == case.new, where
        assert not list(root.rglob("*.part")), where
        shutil.rmtree(root)
