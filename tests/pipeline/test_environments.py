"""A full disk, a folder that is read-only, a cache that is gone or elsewhere, a wrong clock."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.hostile.reading import Said, read_all
from tests.once import made_once
from tests.own_code import python_path
from tests.pipeline.conftest import Project
from tests.pipeline.in_process import make_and_record

TAGLEDGER = (sys.executable, "-m", "tagledger")
LIMITED = """
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
sys.argv = sys.argv[2:]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""


@pytest.fixture(scope="session")
def _read(_built: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a release that every command has read, and what they answered."""

    def make(folder: Path) -> None:
        root = folder / "project"
        shutil.copytree(_built.root, root, symlinks=True)
        Project(root).ok("git", "tag", "-a", "v1.0.0", "-m", "first")
        (folder / "answers.json").write_text(json.dumps(answers(read_all(root))))

    return made_once(tmp_path_factory, "read", make)


@pytest.fixture
def released(_read: Path, tmp_path: Path) -> Project:
    root = tmp_path / "project"
    shutil.copytree(_read / "project", root, symlinks=True)
    return Project(root)


@pytest.fixture
def wanted(_read: Path) -> dict[str, tuple[int, str]]:
    """What the commands answered before anything befell the repository."""
    said = json.loads((_read / "answers.json").read_text())
    return {words: (code, out) for words, (code, out) in said.items()}


def answers(said: dict[str, Said]) -> dict[str, tuple[int, str]]:
    """What was printed, without what was complained."""
    return {words: (one.code, one.out) for words, one in said.items()}


def in_own_mounts(script: str, *words: str) -> tuple[str, ...]:
    """Run a program where mounts of its own are seen, which end with it; skip where none may be."""
    tried = ["unshare", "--mount", "sh", "-c", "mount -t tmpfs tmpfs /mnt"]
    try:
        done = subprocess.run(tried, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no unshare")
    if done.returncode:
        pytest.skip(f"mounts are not permitted: {done.stderr.strip()}")
    return ("unshare", "--mount", "sh", "-ec", f'{script}\nexec "$@"', "sh", *words)


# A full disk


@pytest.mark.parametrize(
    ("stage", "folder", "most"),
    [
        ("split", "data/splits", 1024),
        # With each change, test_what_the_disk_refuses has what is refused before a byte is written.
        pytest.param("filter", "data/filtered", 0, marks=pytest.mark.long),
        pytest.param("filter", "data/filtered", 1024, marks=pytest.mark.long),
        pytest.param("split", "data/splits", 0, marks=pytest.mark.long),
    ],
)
def test_a_stage_that_may_write_no_more_leaves_what_was_there(
    built: Project, stage: str, folder: str, most: int
) -> None:
    before = {path.name: path.read_bytes() for path in (built.root / folder).iterdir()}
    built.set(filter__min_tag_count=45, split__seed=7)
    done = built.run(sys.executable, "-c", LIMITED, str(most), f"tagledger.stages.{stage}")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert "file too large" in done.stderr
    assert {path.name: path.read_bytes() for path in (built.root / folder).iterdir()} == before


def test_commands_that_may_write_nothing_answer_or_say_what_they_lack(
    released: Project, wanted: dict[str, tuple[int, str]]
) -> None:
    shutil.rmtree(released.root / ".tagledger")
    limited = read_all(released.root, within=("sh", "-c", 'ulimit -f 0; exec "$@"', "sh"))
    for words, one in limited.items():
        # To read the raw files by their names takes a folder of links to them.
        if one.code == 2 and words.startswith(("compare", "check")):
            assert "`export TMPDIR=...`" in one.err, (words, one)
        else:
            assert (one.code, one.out) == wanted[words]


@pytest.mark.long
def test_a_build_on_a_full_disk_says_so_and_goes_on_when_there_is_room(
    released: Project, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    script = f"""
        mount -t tmpfs -o size=96m tmpfs {disk}
        cp -a {released.root} {disk}/project
        cd {disk}/project
        {sys.executable} -m tests.hostile.reading HEAD > {tmp_path}/before
        rm -rf .tagledger
        sed -i 's/min_tag_count: 30/min_tag_count: 45/' params.yaml
        dd if=/dev/zero of={disk}/full bs=4k 2>/dev/null || true
        dvc repro > {tmp_path}/repro 2>&1 && echo 0 > {tmp_path}/code || echo $? > {tmp_path}/code
        {sys.executable} -m tests.hostile.reading HEAD > {tmp_path}/during
        rm -f {disk}/full .dvc/tmp/rwlock
        dvc repro > {tmp_path}/again 2>&1
        {sys.executable} -m tests.hostile.reading HEAD > {tmp_path}/after
        dvc status > {tmp_path}/status
    """
    repository = Path(__file__).resolve().parents[2]
    path = python_path(repository, released.root)
    done = released.run(*in_own_mounts(script, "true"), PYTHONPATH=path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "code").read_text().strip() != "0"
    # DVC cuts its own list of who reads and writes short there, and names it from then on.
    printed = (tmp_path / "repro").read_text()
    assert "no space left" in printed.lower() or ".dvc/tmp/rwlock" in printed
    during = json.loads((tmp_path / "during").read_text())
    for words, one in during.items():
        assert one["code"] in {0, 2}, (words, one)
    for words in ("blame 2", "history pytorch", "compare HEAD workspace"):
        assert during[words]["code"] == 0 or "disk is full" in during[words]["err"], during[words]
    assert "up to date" in (tmp_path / "status").read_text()
    after = json.loads((tmp_path / "after").read_text())
    assert {one["code"] for one in after.values()} <= {0, 1}


# Read-only


def test_a_repository_and_a_cache_that_are_read_only_are_read(
    released: Project, wanted: dict[str, tuple[int, str]]
) -> None:
    shutil.rmtree(released.root / ".tagledger")
    root = released.root
    script = f"mount --bind {root} {root}; mount -o remount,ro,bind {root}; cd {root}"
    assert answers(read_all(root, within=in_own_mounts(script))) == wanted
    done = released.run(*in_own_mounts(script, *TAGLEDGER, "freeze", "v1.0.0"))
    assert done.returncode == 2, done.stdout
    assert "read-only file system" in done.stderr
    assert "Traceback" not in done.stderr
    assert released.run(*in_own_mounts(script, "dvc", "repro", "--force")).returncode != 0
    assert answers(read_all(root)) == wanted


@pytest.mark.skipif(os.geteuid() == 0, reason="modes mean nothing to root")
def test_a_repository_without_the_right_to_write_is_read(
    released: Project, wanted: dict[str, tuple[int, str]]
) -> None:
    shutil.rmtree(released.root / ".tagledger")
    released.ok("chmod", "-R", "a-w", ".")
    try:
        assert answers(read_all(released.root)) == wanted
    finally:
        released.ok("chmod", "-R", "u+w", ".")


# The cache


@pytest.mark.long
def test_after_dvc_gc_every_command_answers_and_the_hints_mend_it(released: Project) -> None:
    wanted = answers(read_all(released.root, "v1.0.0"))
    released.set(filter__min_tag_count=45)
    released.repro()
    released.ok("git", "commit", "-qam", "data: from 45 items")
    released.ok("dvc", "gc", "--workspace", "--force")
    shutil.rmtree(released.root / ".tagledger")
    said = read_all(released.root, "v1.0.0")
    for words in ("versions", "versions --json", "summary", "history pytorch", "blame 2"):
        assert said[words].code == 0, said[words]
    lacking = said["compare v1.0.0 workspace"]
    assert lacking.code == 2
    command = lacking.err.rpartition("next: ")[2].split("`")[1]
    assert command == "tagledger rebuild v1.0.0"
    listed = json.loads(said["versions --json"].out)["versions"]
    assert {row["name"]: row["data"] for row in listed}["v1.0.0"] == "missing"
    # check compares with the release, and says what is missing.
    assert said["check"].code == 2
    assert f"`{command}`" in said["check"].err
    released.ok(*command.split())
    again = read_all(released.root, "v1.0.0")
    assert again["compare v1.0.0 workspace"].code == 0
    assert again["check"].code in {0, 1}
    released.ok("git", "checkout", "-q", "v1.0.0")
    released.ok("dvc", "checkout")
    assert answers(read_all(released.root, "v1.0.0"))["summary"] == wanted["summary"]


def test_a_cache_that_was_moved_is_found_and_one_that_was_not_is_named(
    released: Project, wanted: dict[str, tuple[int, str]], tmp_path: Path
) -> None:
    shutil.rmtree(released.root / ".tagledger")
    elsewhere = tmp_path / "other disk" / "cache"
    (released.root / ".dvc/config.local").write_text(f"[cache]\n    dir = {elsewhere}\n")
    lost = read_all(released.root)
    assert lost["history pytorch"].code == 2
    assert str(elsewhere) in lost["history pytorch"].err
    elsewhere.parent.mkdir(exist_ok=True)
    if elsewhere.exists():
        shutil.rmtree(elsewhere)
    shutil.move(released.root / ".dvc" / "cache", elsewhere)
    assert answers(read_all(released.root)) == wanted
    released.set(filter__min_tag_count=45)
    make_and_record(released.root, "filter")
    assert not (released.root / ".dvc/cache/files").exists()
    released.answer("compare", "HEAD", "workspace")


# The clock


@pytest.mark.parametrize(
    "years",
    [
        pytest.param(40, id="to-come"),
        pytest.param(-40, id="long-ago", marks=pytest.mark.long),
    ],
)
def test_files_of_another_time_change_no_answer(
    released: Project, wanted: dict[str, tuple[int, str]], years: int
) -> None:
    when = time.time() + years * 365 * 86_400
    for path in released.root.rglob("*"):
        if not path.is_symlink():
            os.utime(path, (when, when))
    assert answers(read_all(released.root)) == wanted
    shutil.rmtree(released.root / ".tagledger")
    assert answers(read_all(released.root)) == wanted
    assert "up to date" in released.ok("dvc", "status")
    released.set(filter__min_tag_count=45)
    assert released.tagledger("check").returncode == 2
    make_and_record(released.root, "filter")
    assert released.tagledger("check").returncode in {0, 1}
