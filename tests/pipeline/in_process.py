"""What `dvc repro` makes, without the programs that it starts: for tests of what comes after it."""

from __future__ import annotations

from pathlib import Path

from tagledger.pipeline.table import STAGES
from tests.pipeline.conftest import Folder, Project

NAMES = tuple(one.name for one in STAGES)


def make(root: Path, first: str = "fetch", last: str = "report") -> None:
    """Run stages in this process, which has this repository's code: that of `root` must be it."""
    folder = Folder(root)
    for name in NAMES[NAMES.index(first) : NAMES.index(last) + 1]:
        done = folder.stage(name)
        assert done.returncode == 0, done.stderr


def make_and_record(root: Path, first: str = "fetch") -> None:
    """Run the stages from `first` on; then DVC takes all as it is, and writes dvc.lock."""
    make(root, first)
    Project(root).ok("dvc", "commit", "--force", "--quiet")
