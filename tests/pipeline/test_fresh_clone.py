"""A fresh clone builds what its commit records, whatever machine it is on: git sees nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tagledger.versions import Repository, staleness
from tests.pipeline.conftest import REPOSITORY, Project
from tests.pipeline.in_process import ALL_STAGES, NAMES

PLAIN: dict[str, str] = {}
# The time zone of the date line, a comma for a point, no home to write to.
ELSEWHERE = {
    "TZ": "Pacific/Kiritimati",
    "LC_ALL": "de_DE.UTF-8",
    "PYTHONHASHSEED": "7",
    "HOME": "/dev/null",
}
BARE = {"TZ": "America/St_Johns", "LC_ALL": "C", "PYTHONUTF8": "0", "OMP_NUM_THREADS": "1"}
NO_BYTECODE = {"PYTHONDONTWRITEBYTECODE": "1"}
STRAYS = (
    "src/tagledger/readers/.DS_Store",
    "src/tagledger/readers/formats.py~",
    "src/tagledger/readers/._formats.py",
    "src/tagledger/readers/notes",
    "src/tagledger/readers/notes.txt",
    "src/tagledger/stratify/4913",
    "src/tagledger/stratify/__pycache__/units.cpython-39.pyc",
    "src/tagledger/stratify/.#units.py",
    "src/tagledger/stratify/units.py.orig",
    "data/base/.base.json.swp",
    "data/clean/.items.parquet.x1.part",
    "data/clean/items.csv",
    "data/filtered/#tags#",
    "data/splits/._val.parquet",
    "data/splits/Thumbs.db",
)


@pytest.fixture
def clone(tmp_path: Path) -> Project:
    """The files of the next commit with its dvc.lock, and nothing else: no cache, no bytecode."""
    root = tmp_path / "clone"
    listed = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    found = subprocess.run(listed, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    for name in filter(None, found.stdout.split("\0")):
        if (REPOSITORY / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, root / name)
    project = Project(root)
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "start")):
        project.ok("git", *command)
    return project


# With each change its stages run one after the other in one program; then DVC takes down what is
# there, and finds that dvc.lock says so already. At night it runs them, as users let it.
@pytest.mark.parametrize(
    "by_dvc", [False, pytest.param(True, marks=pytest.mark.long)], ids=["recorded", "run"]
)
@pytest.mark.parametrize(
    ("machine", "umask", "strays"),
    [
        pytest.param(PLAIN, 0o022, (), id="plain", marks=pytest.mark.long),
        pytest.param(ELSEWHERE, 0o077, STRAYS, id="elsewhere-with-stray-files"),
        pytest.param(
            BARE | NO_BYTECODE, 0o002, (), id="bare-without-bytecode", marks=pytest.mark.long
        ),
    ],
)
def test_a_fresh_clone_builds_what_its_commit_records(
    clone: Project, machine: dict[str, str], umask: int, strays: tuple[str, ...], by_dvc: bool
) -> None:
    for name in strays:
        (clone.root / name).parent.mkdir(parents=True, exist_ok=True)
        (clone.root / name).write_text("left by something else\n")
    before = os.umask(umask)
    try:
        if by_dvc:
            clone.repro(**machine)
        else:
            clone.ok(sys.executable, "-c", ALL_STAGES, *NAMES, **machine)
            clone.ok("dvc", "commit", "--force", **machine)
    finally:
        os.umask(before)
    assert clone.ok("git", "status", "--porcelain", "--untracked-files=no") == ""
    new = clone.ok("git", "ls-files", "--others", "--exclude-standard").split()
    assert set(new) <= set(strays)
    assert "up to date" in clone.ok("dvc", "status")
    assert staleness(Repository.find(clone.root)).changes == ()
    wrote_bytecode = any((clone.root / "src/tagledger/readers").glob("__pycache__/*.pyc"))
    assert wrote_bytecode == ("PYTHONDONTWRITEBYTECODE" not in machine)


@pytest.mark.long  # the first versions of the sample, which the README's tests rebuild, are such
def test_a_version_that_lets_dvc_see_bytecode_is_rebuilt_identical(fresh: Project) -> None:
    # Versions from before the repository told DVC to ignore bytecode were recorded without any.
    fresh.ok("git", "rm", "-q", ".dvcignore")
    fresh.repro(PYTHONDONTWRITEBYTECODE="1")
    fresh.ok("git", "add", "-A")
    fresh.ok("git", "commit", "-q", "-m", "data: first version")
    shutil.rmtree(fresh.root / ".dvc" / "cache")
    assert "identical" in fresh.answer("rebuild", "HEAD")
