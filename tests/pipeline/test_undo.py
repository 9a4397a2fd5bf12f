"""Release and rebuild with real git and DVC: interrupted, killed, two at once, in others' way."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tagledger import versions
from tagledger.versions import Repository, committing, take_turn
from tests.own_code import python_path
from tests.pipeline import test_ledger, test_versions_dvc
from tests.pipeline.conftest import Project
from tests.pipeline.test_ledger import RELEASE, everything, head, hook
from tests.pipeline.test_versions_dvc import Toy

# Fixtures of these files, under the names that tests ask for them by.
three_built, three = test_ledger.three_built, test_ledger.three
released_once, changed, laid = test_ledger.released_once, test_ledger.changed, test_ledger.laid
pristine, toy = test_versions_dvc.pristine, test_versions_dvc.toy

PATIENCE = 120


def until(holds: Callable[[], object], seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.05)


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # it ended meanwhile, or no /proc is here
        return not Path("/proc/self").exists()


def names_itself(folder: Path) -> str:
    """Code that says its process and those above it, and waits to be let go."""
    return (
        "import os, pathlib, time\n"
        f"folder = pathlib.Path({str(folder)!r})\n"
        "(folder / 'ids.new').write_text(f'{os.getpid()} {os.getppid()} {os.getpgrp()}')\n"
        "(folder / 'ids.new').replace(folder / 'ids')\n"
        "while not (folder / 'go').exists():\n"
        "    time.sleep(0.05)\n"
    )


@contextmanager
def running(
    root: Path, words: Sequence[str], variables: Mapping[str, str]
) -> Iterator[subprocess.Popen[str]]:
    """A command of Tagledger in a process of its own, which is gone afterwards."""
    with subprocess.Popen(
        [sys.executable, "-m", "tagledger", *words],
        cwd=root,
        env=os.environ | variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def started(
    root: Path, *words: str, **variables: str
) -> AbstractContextManager[subprocess.Popen[str]]:
    """A command that runs the project's own code."""
    return running(root, words, {"PYTHONPATH": python_path(root)} | variables)


# Rebuild


@pytest.fixture
def slow(toy: Toy) -> Path:
    """A rebuild of it waits in a stage; the folder where it says so."""
    toy.forget()
    toy.twist.write_text(names_itself(toy.root.parent))
    return toy.root.parent


def rebuild_words(*names: str) -> list[str]:
    return ["rebuild", *names, "--pass-env", "TOY_TWIST"]


def rebuilding(toy: Toy, *names: str) -> AbstractContextManager[subprocess.Popen[str]]:
    """Today's Tagledger, for the toy has none, on the toy."""
    return running(toy.root, rebuild_words(*names), {})


def test_what_a_killed_rebuild_started_ends_and_the_next_one_clears_up(
    toy: Toy, slow: Path
) -> None:
    with rebuilding(toy, "v1.0.0") as process:
        until((slow / "ids").exists)
        process.kill()
    stage, _, group = map(int, (slow / "ids").read_text().split())
    left = toy.leftovers()
    assert left[0] == "worktree"
    assert left[1].startswith("tagledger-rebuild-")
    until(lambda: not alive(stage), 10)
    with pytest.raises(ProcessLookupError):
        until(lambda: os.killpg(group, 0), 10)
    toy.twist.unlink()
    [result] = toy.rebuild("v1.0.0")
    assert result.identical
    assert toy.leftovers() == []


def test_a_rebuild_waits_until_all_that_a_killed_one_started_has_ended(
    toy: Toy, slow: Path
) -> None:
    toy.twist.write_text(f"import signal; signal.signal(15, signal.SIG_IGN)\n{names_itself(slow)}")
    with rebuilding(toy, "v1.0.0") as process:
        until((slow / "ids").exists)
        process.kill()
    stage = int((slow / "ids").read_text().split()[0])
    lines: list[str] = []
    with take_turn(toy.repo, progress=lines.append):
        assert not alive(stage)
    assert lines == [
        f"waiting for another release or rebuild in this repository (process {process.pid})"
    ]


def test_two_rebuilds_at_once_take_turns(toy: Toy, slow: Path) -> None:
    with rebuilding(toy, "v1.0.0") as first:
        until((slow / "ids").exists)
        with rebuilding(toy, "v2.0.0") as second:
            assert second.stderr is not None
            assert second.stderr.readline() == (
                f"waiting for another release or rebuild in this repository (process {first.pid})\n"
            )
            (slow / "go").touch()
            for process in (first, second):
                out, err = process.communicate(timeout=PATIENCE)
                assert process.returncode == 0, err
                assert out.count("identical") == 1
    assert toy.leftovers() == []


def test_a_revision_is_told_no_secret_and_where_to_write(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy.forget()
    told = toy.root.parent / "told"
    toy.twist.write_text(
        "import json, tempfile; tempfile.mkstemp(); pathlib.Path('~/note').expanduser().touch()\n"
        f"pathlib.Path({str(told)!r}).write_text(json.dumps(dict(os.environ)))"
    )
    secrets = {
        "GITHUB_TOKEN": "1",
        "AWS_SECRET_ACCESS_KEY": "2",
        "HF_TOKEN": "3",
        "MY_PASSWORD": "4",
        "DVC_STUDIO_TOKEN": "5",
        "GIT_CONFIG_PARAMETERS": "'user.token=6'",
        "ANYTHING": "7",
    }
    passed = {"https_proxy": "http://localhost:9", "LC_TIME": "C", "TZ": "UTC", "SSL_CERT_FILE": ""}
    for name, value in {**secrets, **passed, "PYTHONPATH": "/elsewhere"}.items():
        monkeypatch.setenv(name, value)
    [result] = toy.rebuild("v1.0.0")
    assert result.problem is None
    found: dict[str, str] = json.loads(told.read_text())
    assert set(found).isdisjoint(secrets)
    assert passed.items() <= found.items()
    root = Path(found["PYTHONPATH"].split(os.pathsep)[0]).parent
    assert list(map(Path, found["PYTHONPATH"].split(os.pathsep))) == [
        root / "src",
        root / "schemas",
        root / "dashboard",
        root,
    ]
    for name in ("HOME", "TMPDIR", "DVC_SITE_CACHE_DIR"):
        assert Path(found[name]).parent == root.parent
    assert toy.leftovers() == []
    for name in ("LC_TIME", "TZ"):  # with them, DVC cannot be forked
        monkeypatch.delenv(name)
    [result] = versions.rebuild(
        toy.repo,
        [versions.find_version(toy.repo, "v2.0.0")],
        pass_env=["TOY_TWIST", "HF_TOKEN", "HOME"],
    )
    found = json.loads(told.read_text())
    assert (found["HF_TOKEN"], found["HOME"]) == ("3", os.environ["HOME"])
    assert "GITHUB_TOKEN" not in found


def test_a_failing_rebuild_says_how_a_variable_is_passed_on(toy: Toy) -> None:
    toy.forget()
    [result] = versions.rebuild(toy.repo, [versions.find_version(toy.repo, "v1.0.0")])
    assert result.problem is not None
    assert "KeyError: 'TOY_TWIST'" in result.problem.what
    assert "--pass-env NAME" in result.problem.hint


def test_a_clone_runs_the_code_of_its_versions_once_that_was_agreed_to(toy: Toy) -> None:
    toy.forget()
    toy.run("git", "remote", "add", "origin", "https://example.org/data.git")

    def say(*words: str) -> tuple[int, str]:
        done = Project(toy.root).tagledger(*rebuild_words("v1.0.0"), *words)
        return done.returncode, done.stderr

    toy.twist.write_text(f"pathlib.Path({str(toy.root.parent / 'ran')!r}).touch()")
    code, err = say()
    assert code == 2
    assert "runs the code of v1.0.0" in err
    assert "https://example.org/data.git" in err
    assert "tagledger rebuild --yes" in err
    assert not (toy.root.parent / "ran").exists()
    assert say("--yes")[0] == 0
    assert (toy.root.parent / "ran").exists()
    assert say()[0] == 0
    assert toy.run("git", "status", "--short") == ""


def test_on_a_terminal_it_is_asked_and_a_yes_is_remembered(toy: Toy) -> None:
    toy.run("git", "remote", "add", "origin", "https://example.org/data.git")

    def answer(text: bytes) -> tuple[int, bytes]:
        ours, theirs = pty.openpty()
        with subprocess.Popen(
            [sys.executable, "-m", "tagledger", *rebuild_words("v1.0.0")],
            cwd=toy.root,
            stdin=theirs,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        ) as process:
            os.write(ours, text)
            _, err = process.communicate(timeout=PATIENCE)
        os.close(ours)
        os.close(theirs)
        return process.returncode, err

    code, err = answer(b"n\n")
    assert code == 2
    assert b"runs the code of v1.0.0 with your rights" in err
    assert b"do not ask again in this clone? [y/N]" in err
    code, err = answer(b"y\n")
    assert code == 0, err
    # Where nobody can be asked, only what was agreed to is done.
    done = Project(toy.root).tagledger(*rebuild_words("v1.0.0"))
    assert done.returncode == 0, done.stderr
    assert "[y/N]" not in done.stderr


# A release of the toy fails in its pipeline, or is cut short there: the toy has nothing to check.

TOY_RELEASE = (
    *("release", "v3.0.0", "-m", "Next", "--no-keep-splits"),
    *("--pass-env", "TOY_TWIST"),
)


def releasing(toy: Toy) -> AbstractContextManager[subprocess.Popen[str]]:
    return running(toy.root, TOY_RELEASE, {})


def test_a_stage_that_fails_leaves_everything_as_it_was(toy: Toy) -> None:
    toy.forget()
    toy.twist.write_text("raise SystemExit('no such luck')")
    project = Project(toy.root)
    before = everything(project)
    done = project.tagledger(*TOY_RELEASE)
    assert done.returncode == 2
    assert "no such luck" in done.stderr
    assert everything(project) == before
    assert toy.leftovers() == []


def test_what_others_did_while_a_release_was_interrupted_stays(toy: Toy, slow: Path) -> None:
    project = Project(toy.root)
    with releasing(toy) as process:
        until((slow / "ids").exists)
        toy.write({"theirs.txt": "x"})
        project.ok("git", "add", "theirs.txt")
        project.ok("git", "commit", "--quiet", "-m", "theirs")
        project.ok("git", "tag", "-a", "theirs", "-m", "x")
        toy.write({"reports/notes.csv": "mine", "reports/metrics.json": "mine"})
        before = everything(project)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
        assert process.returncode == 130
    assert everything(project) == before
    assert (toy.root / "reports/notes.csv").read_text() == "mine"
    assert (toy.root / "reports/metrics.json").read_text() == "mine"
    assert not (toy.root / ".git" / "index.lock").exists()
    assert toy.leftovers() == []


def test_what_a_killed_release_started_ends_and_the_next_command_clears_up(
    toy: Toy, slow: Path
) -> None:
    toy.twist.write_text(f"import signal; signal.signal(15, signal.SIG_IGN)\n{names_itself(slow)}")
    project = Project(toy.root)
    before = everything(project)
    with releasing(toy) as process:
        until((slow / "ids").exists)
        process.kill()
    stage, _, group = map(int, (slow / "ids").read_text().split())
    assert everything(project) == before
    left = toy.leftovers()
    assert left[0] == "worktree"
    assert left[1].startswith("tagledger-release-")
    with take_turn(toy.repo):  # it waits until the stage has ended
        assert not alive(stage)
    with pytest.raises(ProcessLookupError):
        until(lambda: os.killpg(group, 0), 10)
    assert toy.leftovers() == []
    assert everything(project) == before


# Release


@pytest.fixture
def waiting(changed: Project) -> Path:
    """Its split stage says that it runs, and waits; the folder where it says so."""
    folder = changed.root.parent
    stage = changed.root / "src/tagledger/stages/split.py"
    code = "\n".join(f"    {line}" for line in names_itself(folder).splitlines())
    text = stage.read_text().replace("def main() -> None:", "def main() -> None:\n    _wait()")
    stage.write_text(
        text.replace("\nif __name__", f"\ndef _wait() -> None:\n{code}\n\n\nif __name__")
    )
    changed.ok("git", "commit", "--quiet", "-am", "a slow stage")
    return folder


def assert_released_once(project: Project, before: str) -> None:
    """The release, and the commit after it that keeps its splits; both or none."""
    made = project.ok("git", "rev-parse", "HEAD~1", "HEAD~2").split()
    assert made == [project.ok("git", "rev-parse", "v1.3.0^{commit}").strip(), before]
    assert project.ok("git", "cat-file", "-t", "v1.3.0").strip() == "tag"
    assert (project.root / "CHANGELOG-DATA.md").read_text().count("\n## v") == 1
    assert (project.root / "data/releases.yaml").read_text().count("name:") == 1
    assert project.ok("git", "status", "--short") == ""
    assert project.ok("git", "worktree", "list").count("\n") == 1
    assert project.ok("dvc", "status", "--quiet") == ""
    assert [path.name for path in (project.root / ".git/tagledger").iterdir()] == ["lock"]


@pytest.mark.long  # with each change, above, one of the toy
def test_a_release_that_is_killed_in_a_stage_is_made_by_the_next_one(
    changed: Project, waiting: Path
) -> None:
    before, at = everything(changed), head(changed)
    with started(changed.root, *RELEASE) as process:
        until((waiting / "ids").exists)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        stage, _, group = map(int, (waiting / "ids").read_text().split())
        until(lambda: not alive(stage), 10)
        with pytest.raises(ProcessLookupError):
            until(lambda: os.killpg(group, 0), 10)
    assert everything(changed) == before
    (waiting / "go").touch()
    changed.answer(*RELEASE)
    assert_released_once(changed, at)


def at_ref(moment: str, refs: str) -> tuple[str, ...]:
    """Kill the release when git has prepared, or made, a change of tags or of branches."""
    return f'[ "$1" = {moment} ] && grep -q {refs} && {KILL}', "exit 0"


KILL = "kill -9 $(cat {pid})"


# What each step leaves is in the tests of publishing. Those of crashes kill releases whose pipeline
# takes no time; real ones are killed at night.
@pytest.mark.parametrize(
    ("name", "lines"),
    [
        pytest.param("pre-commit", (KILL,), id="pre-commit", marks=pytest.mark.long),
        pytest.param("post-commit", (KILL,), id="post-commit", marks=pytest.mark.long),
        pytest.param(
            *("reference-transaction", at_ref("prepared", "refs/tags/")),
            id="tag", marks=pytest.mark.long,
        ),
        pytest.param(
            *("reference-transaction", at_ref("committed", "refs/tags/")),
            id="tagged", marks=pytest.mark.long,
        ),
        pytest.param(
            *("reference-transaction", at_ref("prepared", "refs/heads/")),
            id="branch", marks=pytest.mark.long,
        ),
        pytest.param(
            *("reference-transaction", at_ref("committed", "refs/heads/")),
            id="moved", marks=pytest.mark.long,
        ),
    ],
)  # fmt: skip
def test_a_release_that_is_killed_while_git_works_is_made_once(
    changed: Project, name: str, lines: tuple[str, ...]
) -> None:
    at, pid = head(changed), changed.root.parent / "pid"
    hook(changed, name, *(line.replace("{pid}", str(pid)) for line in lines))
    with started(changed.root, *RELEASE) as process:
        pid.write_text(str(process.pid))
        process.communicate(timeout=PATIENCE)
        assert process.returncode == -signal.SIGKILL
    (changed.root / ".git/hooks" / name).unlink()
    time.sleep(1)  # git ends by itself
    changed.answer(*RELEASE)
    assert_released_once(changed, at)


@pytest.mark.long  # with each change, below, in a release whose pipeline takes no time
def test_a_branch_that_was_switched_to_is_not_released_on(changed: Project, waiting: Path) -> None:
    with started(changed.root, *RELEASE) as process:
        until((waiting / "ids").exists)
        changed.ok("git", "switch", "--quiet", "--create", "other")
        (changed.root / "reports/notes.csv").write_text("mine")
        before = everything(changed)
        (waiting / "go").touch()
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert "meanwhile the work tree went from main at" in err
    assert "to other at" in err
    assert everything(changed) == before
    assert (changed.root / "reports/notes.csv").read_text() == "mine"


def test_a_branch_that_is_switched_to_in_the_pipeline_is_not_released_on(
    laid: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay, before = committing.run_dvc, []

    def lay_and_switch(*words: Any, **options: Any) -> None:
        lay(*words, **options)
        laid.ok("git", "switch", "--quiet", "--create", "other")
        before.append(everything(laid))

    monkeypatch.setattr(committing, "run_dvc", lay_and_switch)
    done = laid.tagledger(*RELEASE, "--no-keep-splits")
    assert done.returncode == 2
    assert "meanwhile the work tree went from main at" in done.stderr
    assert "to other at" in done.stderr
    assert [everything(laid)] == before


def test_a_release_that_waited_finds_what_was_released_meanwhile(toy: Toy) -> None:
    project = Project(toy.root)
    with ExitStack() as turn:
        turn.enter_context(take_turn(toy.repo))
        with releasing(toy) as process:
            assert process.stderr is not None
            assert f"(process {os.getpid()})" in process.stderr.readline()
            project.ok("git", "tag", "-a", "v3.0.0", "-m", "somebody else's", "HEAD~1")
            before = everything(project)
            turn.close()
            _, err = process.communicate(timeout=PATIENCE)
            assert process.returncode == 2
    assert "there is already a version v3.0.0" in err
    assert everything(project) == before


@pytest.mark.long  # with each change, above, it finds a tag that was made meanwhile
def test_a_second_release_waits_and_finds_the_first_one(changed: Project, waiting: Path) -> None:
    at = head(changed)
    with started(changed.root, *RELEASE) as first:
        until((waiting / "ids").exists)
        with started(changed.root, *RELEASE) as second:
            assert second.stderr is not None
            assert (
                f"waiting for another release or rebuild in this repository (process {first.pid})"
                in (second.stderr.readline())
            )
            (waiting / "go").touch()
            _, err = first.communicate(timeout=PATIENCE)
            assert first.returncode == 0, err
            _, err = second.communicate(timeout=PATIENCE)
            assert second.returncode == 2
            assert "there is already a version v1.3.0" in err
    assert_released_once(changed, at)


@pytest.mark.long  # that it waits for a release, and a rebuild for another, is seen above
def test_a_release_waits_for_a_rebuild(changed: Project) -> None:
    at = head(changed)
    with ExitStack() as rebuilding:
        rebuilding.enter_context(take_turn(Repository.find(changed.root)))
        with started(changed.root, *RELEASE) as process:
            assert process.stderr is not None
            assert f"(process {os.getpid()})" in process.stderr.readline()
            rebuilding.close()
            _, err = process.communicate(timeout=PATIENCE)
            assert process.returncode == 0, err
    assert_released_once(changed, at)


HOLD = """\
import time
from dvc.repo import Repo
with Repo(".").lock:
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.mark.long
def test_a_release_beside_a_build_by_hand_says_that_the_data_waits(changed: Project) -> None:
    at = head(changed)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD], cwd=changed.root, stdout=subprocess.PIPE
    ) as build:
        assert build.stdout is not None
        assert build.stdout.readline() == b"held\n"
        try:
            done = changed.run("tagledger", *RELEASE)
        finally:
            build.kill()
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "Unable to acquire lock" in done.stderr
    assert "released, but the work tree does not have the data of the release" in done.stderr
    assert "next: `dvc checkout` brings it there" in done.stderr
    changed.ok("dvc", "checkout", "--quiet")
    assert_released_once(changed, at)
