"""Releases and rebuilds, stopped at each of their writing operations, and with each refused.

Whatever happens, branch, tag and files are those of before or those of the release with the commit
after it, and the next plain command makes one release of it and leaves nothing behind.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tagledger.kept.check_results import SHELF
from tests.crash.forking import Fault, Forker
from tests.crash.releasing import BUILT
from tests.crash.test_stages import EVERY_POINT
from tests.pipeline.conftest import Project

CALL = "tests.crash.releasing:main"
COMMANDS = {
    "release": ["release", "v1.0.0", "-m", "The first one."],
    "rebuild": ["rebuild", "HEAD"],
}
SOME_POINTS = [pytest.param(64, "kill", id="kill-at-times")]


@dataclass(frozen=True)
class Case:
    """A command in a repository, and how many writing operations it has."""

    words: list[str]
    root: Path
    points: int


PROGRAMS = ["tests.crash.releasing", "tagledger.release.release", "tagledger.release.check"]


@pytest.fixture(scope="module", autouse=True)
def _environment(_built: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What the programs find when they start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(BUILT, str(_built.root))
        patch.setenv("TMPDIR", str(tmp_path_factory.mktemp("temporary")))
        yield


@pytest.fixture(scope="module")
def before(_built: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository as each command finds it."""
    root = tmp_path_factory.mktemp("releases") / "before"
    copy_tree(_built.root, root)
    Project(root).ok("git", "gc", "--quiet")  # few files: each run has a copy, which is removed
    return root


@pytest.fixture(
    scope="module",
    params=[
        # With each change, tests/unit/test_publishing.py kills one at each step of its end.
        pytest.param("release", marks=pytest.mark.long),
        "rebuild",
    ],
)
def case(request: pytest.FixtureRequest, before: Path, programs: Forker) -> Case:
    once = before.with_name(f"once-{request.param}")
    copy_tree(before, once)
    done = programs.run(once, CALL, *COMMANDS[request.param])
    assert done.code == 0, done.err
    return Case(COMMANDS[request.param], before, done.seen)


def copy_tree(source: Path, target: Path) -> None:
    """A copy; objects of the cache, which nobody writes into, are links."""

    def copy(one: str, other: str) -> None:
        os.link(one, other) if "/cache/files/" in one else shutil.copy2(one, other)

    shutil.copytree(source, target, symlinks=True, copy_function=copy)


@pytest.mark.parametrize(("step", "fault"), SOME_POINTS + EVERY_POINT)
def test_a_fault_at_any_point_is_made_whole_by_the_next_run(
    case: Case, step: int, fault: Fault, programs: Forker, tmp_path: Path
) -> None:
    for point in range(case.points, 0, -step):
        project = Project(tmp_path / str(point))
        copy_tree(case.root, project.root)
        before = project.ok("git", "rev-parse", "HEAD").strip()
        done = programs.run(project.root, CALL, *case.words, at=point, fault=fault)
        where = f"{case.words}, {fault} at {point} of {case.points}: {done}"
        if fault == "kill":
            assert done.code == -9 or done.seen < point, where
        else:
            assert done.code in {0, 2}, where
            assert "Traceback" not in done.err, where
        again = programs.run(project.root, CALL, *case.words)
        # The fault may have come when the release was made: what is said is checked below.
        made = "there is already a version v1.0.0" in again.err
        assert again.code == 0 or made, f"{where}\nafterwards {again}"
        check(project, before, where, is_release=case.words[0] == "release")
        shutil.rmtree(project.root)


def check(project: Project, before: str, where: str, *, is_release: bool) -> None:
    """One release and nothing else, or for a rebuild nothing at all."""
    commits = project.ok("git", "rev-list", f"{before}..HEAD").split()
    assert len(commits) == 2 * is_release, where
    assert project.ok("git", "tag").split() == ["v1.0.0"] * is_release, where
    if is_release:
        assert project.ok("git", "rev-parse", "v1.0.0^{commit}").strip() == commits[1], where
        assert json.loads((project.root / "data/base/base.json").read_text())["base"] == "v1.0.0"
        assert (project.root / "CHANGELOG-DATA.md").read_text().count("## v1.0.0") == 1, where
        assert (project.root / "data/releases.yaml").read_text().count("name: v1.0.0") == 1, where
    assert project.ok("git", "status", "--porcelain") == "", where
    assert len(project.ok("git", "worktree", "list").splitlines()) == 1, where
    assert not list(Path(os.environ["TMPDIR"]).glob("tagledger-*")), where
    kept = project.root / ".git" / "tagledger"
    assert {path.name for path in kept.iterdir()} <= {"lock", SHELF.kind}, where
    assert not list(kept.rglob("*.part")), where
