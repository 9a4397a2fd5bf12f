"""What `dvc repro` makes, without the programs that it starts: for tests of what comes after it."""

from __future__ import annotations

from pathlib import Path

from tagledger.pipeline.table import STAGES
from tests.pipeline.conftest import Folder, Project

NAMES = tuple(one.name for one in STAGES)
# The code of one program that does what those of the stages in its words do.
ALL_STAGES = """
import runpy, sys
for stage in sys.argv[1:]:
    runpy.run_module(f"tagledger.stages.{stage}", run_name="__main__")
"""


def make(root: Path, first: str = "fetch", last: str = "report") -> str:
    """Run stages in this process, which has this repository's code: that of `root` must be it.

    What they print comes back.
    """
    folder, said = Folder(root), []
    for name in NAMES[NAMES.index(first) : NAMES.index(last) + 1]:
        done = folder.stage(name)
        assert done.returncode == 0, done.stderr
        said.append(done.stdout)
    return "".join(said)


def make_and_record(root: Path, first: str = "fetch") -> str:
    """Run the stages from `first` on; then DVC takes all as it is, and writes dvc.lock."""
    said = make(root, first)
    Project(root).ok("dvc", "commit", "--force", "--quiet")
    return said
