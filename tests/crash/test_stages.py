"""Every stage, stopped at each of its writing operations, and with each of them refused.

Whatever happens, an output is the old one or the new one, a folder that holds some of each is
refused by its readers, and the next plain run makes all new and leaves nothing behind.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tagledger import files
from tagledger.errors import TagledgerError
from tests.crash.forking import FAULTS, Fault, Forker
from tests.pipeline.conftest import Project

Files = dict[str, bytes]

# What each stage writes, and a parameter by which it writes something else than before.
STAGES = {
    "fetch": ("data/raw", {"fetch__snapshot": "2024-06-30"}),
    "clean": ("data/clean", {"clean__duplicate_ids": "last"}),
    "annotate": ("data/annotated", {"annotate__quorum": 2}),
    "filter": ("data/filtered", {"filter__min_tag_count": 45}),
    "split": ("data/splits", {"split__seed": 7}),
    "report": ("reports", {"filter__min_tag_count": 45}),
}
# Each run is one fork, of which all together take minutes.
EVERY_POINT = [
    pytest.param(1, fault, id=f"{fault}-anywhere", marks=pytest.mark.long) for fault in FAULTS
]
SOME_POINTS = [pytest.param(16, "kill", id="kill-at-times")]
# A full disk with each change, for one that replaces its folder and for one that replaces files
# in it: the others write by the same two ways.
FULL = ["fetch", "clean"]


@dataclass(frozen=True)
class Case:
    """A stage in a folder where its outputs are old, and what they become."""

    stage: str
    folder: str
    root: Path
    old: Files
    new: Files
    points: int


PROGRAMS = [f"tagledger.stages.{stage}" for stage in STAGES]


@pytest.fixture(scope="module", params=STAGES)
def case(
    request: pytest.FixtureRequest,
    _built: Project,
    programs: Forker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Case:
    folder, values = STAGES[request.param]
    root = tmp_path_factory.mktemp("crash") / "before"
    shutil.copytree(_built.root, root, ignore=shutil.ignore_patterns(".git", ".dvc", "src"))
    project = Project(root)
    project.set(**values)
    if request.param == "report":  # its inputs change first
        assert programs.run(root, "tagledger.stages.filter:main").code == 0
        assert programs.run(root, "tagledger.stages.split:main").code == 0
    after = root.with_name("after")
    link_tree(root, after)
    done = programs.run(after, f"tagledger.stages.{request.param}:main")
    assert done.code == 0, done.err
    old, new = (
        contents(root / "data", root / "reports"),
        contents(after / "data", after / "reports"),
    )
    assert old != new
    return Case(request.param, folder, root, old, new, done.seen)


def link_tree(source: Path, target: Path) -> None:
    """A copy whose files are links: a stage replaces files, and never writes into one."""
    shutil.copytree(source, target, copy_function=os.link)


def contents(*folders: Path) -> Files:
    """Every file below some folders, hidden ones too."""
    return {
        f"{folder.name}/{path.relative_to(folder)}": path.read_bytes()
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize(("step", "fault"), SOME_POINTS + EVERY_POINT)
def test_a_fault_at_any_point_leaves_old_or_new(
    case: Case, step: int, fault: Fault, programs: Forker, tmp_path: Path
) -> None:
    check_faults(case, step, fault, programs, tmp_path)


@pytest.mark.parametrize("case", FULL, indirect=True)
def test_a_full_disk_leaves_old_or_new(case: Case, programs: Forker, tmp_path: Path) -> None:
    check_faults(case, case.points, "ENOSPC", programs, tmp_path)


def check_faults(case: Case, step: int, fault: Fault, programs: Forker, tmp_path: Path) -> None:
    """Meet each `step`-th writing operation of a stage with a fault."""
    # Backwards from the last: most of what can go wrong lies between the moves at the end.
    for point in range(case.points, 0, -step):
        root = tmp_path / str(point)
        link_tree(case.root, root)
        done = programs.run(root, f"tagledger.stages.{case.stage}:main", at=point, fault=fault)
        where = f"{case.stage}, {fault} at {point} of {case.points}: {done}"
        if fault == "kill":
            assert done.code == -9, where
        else:
            assert done.code in {0, 2}, where
            assert "Traceback" not in done.err, where
            assert (done.code == 0) == ("next: " not in done.err), where
        check_left_over(case, root, where)
        again = programs.run(root, f"tagledger.stages.{case.stage}:main")
        assert again.code == 0, f"{where}\nafterwards {again}"
        assert contents(root / "data", root / "reports") == case.new, where
        shutil.rmtree(root)


def check_left_over(case: Case, root: Path, where: str) -> None:
    """Outputs are old or new, each whole; readers refuse a folder that has some of each."""
    left = contents(root / "data", root / "reports")
    temporary = {name for name in left if ".part" in name}
    for name in left.keys() - temporary:
        assert left[name] in {case.old.get(name), case.new.get(name)}, f"{where}: {name}"
    differs = {name for name in case.new if case.old.get(name) != case.new[name]}
    moved = {name for name in differs if left.get(name) == case.new[name]}
    if case.folder not in {"data/raw", "data/splits"} and moved and moved != differs:
        assert is_refused(root / next(iter(sorted(differs)))), where


def is_refused(path: Path) -> bool:
    try:
        files.refuse_unfinished(path)
    except TagledgerError:
        return True
    return False


@pytest.mark.long
def test_a_run_killed_between_two_moves_is_refused_by_the_next_stage(
    case: Case, programs: Forker, tmp_path: Path
) -> None:
    following = {"clean": "annotate", "annotate": "filter", "filter": "split"}.get(case.stage)
    if following is None:
        pytest.skip("a folder that is replaced as a whole, or that no stage reads")
    refused = 0
    for point in range(1, case.points + 1):
        root = tmp_path / str(point)
        link_tree(case.root, root)
        programs.run(root, f"tagledger.stages.{case.stage}:main", at=point, fault="kill")
        torn = is_refused(root / case.folder / "any")
        done = programs.run(root, f"tagledger.stages.{following}:main")
        assert (done.code == 2 and "some are new, some old" in done.err) == torn
        refused += torn
    assert refused
