"""Versions on real git and real DVC, with a pipeline of two stages that takes no time."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tagledger import versions
from tagledger.errors import TagledgerError
from tagledger.versions import (
    Repository,
    available,
    find_version,
    list_versions,
    locate,
    rebuild,
    rebuilding,
)
from tagledger.versions.repository import object_path
from tests import warm
from tests.once import made_once
from tests.pipeline.conftest import Project

PYTHON = sys.executable
SPLIT = "split: {ratios: {train: 0.5, test: 0.5}}\n"  # without one, nothing is released
PIPELINE = """\
stages:
  numbers:
    cmd: python -m toy.numbers
    deps: [src/toy/numbers.py]
    params: [count]
    outs: [data/numbers.txt]
  parts:
    cmd: python -m toy.parts
    deps: [data/numbers.txt, src/toy/parts.py]
    outs: [data/parts]
    metrics:
      - reports/metrics.json:
          cache: false
"""
# The code reads a file outside of the repository, so that a test can make it fail or differ.
NUMBERS = """\
import os, pathlib, time
count = int(pathlib.Path("params.yaml").read_text().split()[1])
text = "\\n".join(str(n * {factor}) for n in range(count))
twist = pathlib.Path(os.environ["TOY_TWIST"])
if twist.exists():
    print("a twist is found", flush=True)
    exec(twist.read_text())
pathlib.Path("data").mkdir(exist_ok=True)
pathlib.Path("data/numbers.txt").write_text(text)
"""
PARTS = """\
import json, pathlib
numbers = pathlib.Path("data/numbers.txt").read_text().split()
for name, part in {"even": numbers[::2], "odd": numbers[1::2]}.items():
    path = pathlib.Path("data/parts") / f"{name}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\\n".join(part))
pathlib.Path("reports").mkdir(exist_ok=True)
pathlib.Path("reports/metrics.json").write_text(json.dumps({"count": len(numbers)}))
"""


class Toy:
    """The pipeline's repository."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.twist = root.parent / "twist.py"

    @property
    def repo(self) -> Repository:
        return Repository.find(self.root)

    @property
    def cache(self) -> Path:
        return self.repo.settings.cache

    def run(self, *words: str) -> str:
        done = subprocess.run(words, cwd=self.root, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def dvc(self, *words: str) -> str:
        return self.run(warm.python(), "-m", "dvc", *words)

    def write(self, files: Mapping[str, str]) -> None:
        for path, text in files.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(text)

    def record(self, tag: str) -> None:
        versions.repro(self.repo)
        self.run("git", "add", "--all")
        self.run("git", "commit", "--quiet", "-m", f"data: {tag}")
        self.run("git", "tag", "-a", tag, "-m", tag)

    def text(self, version: str, path: str = "data/numbers.txt") -> str:
        return locate(self.repo, find_version(self.repo, version), path).read_text()

    def object(self, version: str, path: str = "data/numbers.txt") -> Path:
        return object_path(self.cache, find_version(self.repo, version).outputs[path].md5)

    def forget(self) -> None:
        """Empty the cache, run cache and all."""
        shutil.rmtree(self.cache)

    def configure(self, sections: Mapping[str, str]) -> None:
        """Write the configuration of this clone."""
        text = "".join(f"[{name}]\n    {line}\n" for name, line in sections.items())
        self.write({".dvc/config.local": text})

    def rebuild(self, *names: str, **options: float) -> list[versions.RebuildResult]:
        asked = [find_version(self.repo, name) for name in names]
        self.lines: list[str] = []
        return rebuild(
            self.repo, asked, progress=self.lines.append, pass_env=["TOY_TWIST"], **options
        )

    def leftovers(self) -> list[str]:
        """Worktrees that git knows beside the main one, and what is in the temporary folder."""
        known = self.run("git", "worktree", "list", "--porcelain").count("worktree ") - 1
        left = sorted(path.name for path in Path(os.environ["TMPDIR"]).iterdir())
        return ["worktree"] * known + left


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with two releases, whose code differs, and data in its cache."""
    return made_once(tmp_path_factory, "pristine", _record_two) / "repo"


def _record_two(folder: Path) -> None:
    root = folder / "repo"
    root.mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TOY_TWIST", str(root.parent / "twist.py"))
        patch.setenv("PYTHONPATH", str(root / "src"))
        patch.setattr(sys, "executable", warm.python())  # of the DVC that is run
        toy = Toy(root)
        toy.run("git", "init", "--quiet")
        toy.dvc("init", "--quiet")
        toy.write({"dvc.yaml": PIPELINE, "params.yaml": f"count: 3\n{SPLIT}"})
        toy.write({".gitignore": ".tagledger/\n__pycache__/\n/data/numbers.txt\n/data/parts\n"})
        toy.write({"src/toy/numbers.py": NUMBERS.format(factor=1), "src/toy/parts.py": PARTS})
        toy.record("v1.0.0")
        toy.write({"params.yaml": f"count: 4\n{SPLIT}"})
        toy.write({"src/toy/numbers.py": NUMBERS.format(factor=10)})
        toy.record("v2.0.0")


@pytest.fixture
def toy(pristine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Toy:
    root = tmp_path / "repo"
    shutil.copytree(pristine, root, symlinks=True)
    monkeypatch.setattr(sys, "executable", warm.python())  # of the DVC that is run
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setenv("TOY_TWIST", str(tmp_path / "twist.py"))
    # As an editable install does: today's code is what the interpreter finds.
    monkeypatch.setenv("PYTHONPATH", str(root / "src"))
    return Toy(root)


@pytest.fixture
def stopped(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> Toy:
    """One whose DVC is a child of this process, which a forked one is not."""
    monkeypatch.setattr(sys, "executable", PYTHON)
    toy.forget()
    return toy


V1 = "0\n1\n2"
V2 = "0\n10\n20\n30"


def test_what_dvc_made_is_read_without_dvc(toy: Toy) -> None:
    assert [version.name for version in list_versions(toy.repo)] == ["v2.0.0", "v1.0.0"]
    assert (toy.text("v1.0.0"), toy.text("v2.0.0")) == (V1, V2)
    assert toy.text("v1.0.0", "data/parts/even.txt") == "0\n2"
    version = find_version(toy.repo, "v1.0.0")
    assert versions.members(toy.repo, version, "data/parts") == ["even.txt", "odd.txt"]
    assert versions.text_at(toy.repo, version, "reports/metrics.json") == '{"count": 3}'
    assert not version.outputs["reports/metrics.json"].cached
    assert version.outputs["data/parts"].files == 2
    assert available(toy.repo, version) == "cache"


def test_a_rebuild_brings_versions_back_with_their_own_code(toy: Toy) -> None:
    toy.forget()
    toy.write({"data/numbers.txt": "edited", "src/toy/numbers.py": "raise SystemExit('today')"})
    assert available(toy.repo, find_version(toy.repo, "v1.0.0")) == "missing"
    first, second = toy.rebuild("v1.0.0", "v2.0.0")
    for result in (first, second):
        assert (result.identical, result.differing, result.problem) == (True, (), None)
        assert available(toy.repo, result.version) == "cache"
    assert (toy.text("v1.0.0"), toy.text("v2.0.0")) == (V1, V2)
    assert toy.leftovers() == []
    assert (toy.root / "data/numbers.txt").read_text() == "edited"
    assert versions.dirty_files(toy.repo) == ["src/toy/numbers.py"]
    assert any(line.startswith("v1.0.0: Running stage 'numbers'") for line in toy.lines)


def test_a_difference_is_found_though_git_shows_differences_its_own_way(toy: Toy) -> None:
    toy.forget()
    toy.write({".git/info/attributes": "dvc.lock diff=labels\n"})
    toy.run("git", "config", "diff.labels.command", "true")
    toy.twist.write_text("text += 'twist'")
    [result] = toy.rebuild("v1.0.0")
    assert not result.identical
    assert result.differing == ("data/numbers.txt", "data/parts")
    assert toy.leftovers() == []


def test_a_stage_that_fails_is_told_and_the_next_version_is_rebuilt(toy: Toy) -> None:
    toy.forget()
    toy.twist.write_text("if count == 3: raise SystemExit('no such luck')")
    first, second = toy.rebuild("v1.0.0", "v2.0.0")
    assert first.problem is not None
    assert "no such luck" in first.problem.what
    assert not first.identical
    assert second.identical
    assert toy.leftovers() == []


def test_a_stage_that_hangs_is_stopped_with_all_it_started(
    stopped: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    beats = stopped.twist.with_name("beats")
    stopped.twist.write_text(
        "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"while True:\n    open({str(beats)!r}, 'a').write('.'); time.sleep(0.02)"
    )
    passed, clock = [0.0], time.monotonic
    monkeypatch.setattr("time.monotonic", lambda: clock() + passed[0])

    def end_the_hour(line: str) -> None:
        if "Running stage" in line:
            while not beats.exists():
                time.sleep(0.02)
            passed[0] = 3600

    version = find_version(stopped.repo, "v1.0.0")
    [result] = rebuild(
        stopped.repo, [version], progress=end_the_hour, timeout=1800, pass_env=["TOY_TWIST"]
    )
    assert result.problem is not None
    assert "was stopped after 1800 s" in result.problem.what
    assert stopped.leftovers() == []
    count = beats.stat().st_size
    time.sleep(0.3)
    assert beats.stat().st_size == count


def test_an_interrupt_leaves_nothing_behind(stopped: Toy) -> None:
    stopped.twist.write_text("time.sleep(600)")

    def interrupt(line: str) -> None:
        if "a twist is found" in line:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(
            stopped.repo,
            [find_version(stopped.repo, "v1.0.0")],
            progress=interrupt,
            pass_env=["TOY_TWIST"],
        )
    assert stopped.leftovers() == []


def test_neither_hooks_nor_the_environment_disturb(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy.forget()
    toy.write({".git/hooks/post-checkout": '#!/bin/sh\necho ran >> "$TMPDIR/hook"\n'})
    (toy.root / ".git/hooks/post-checkout").chmod(0o755)
    monkeypatch.setenv("GIT_DIR", str(toy.root / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(toy.root / ".git/index"))
    monkeypatch.chdir(toy.root.parent)
    monkeypatch.setenv("TAGLEDGER_MIRROR", "mirror")
    toy.twist.write_text("print('mirror at', os.environ['TAGLEDGER_MIRROR'], flush=True)")
    [result] = toy.rebuild("v1.0.0")
    assert result.identical
    assert f"v1.0.0: mirror at {toy.root.parent / 'mirror'}" in toy.lines
    assert toy.leftovers() == []


def test_a_rebuild_takes_the_cache_that_the_repository_uses(toy: Toy, tmp_path: Path) -> None:
    toy.forget()
    toy.configure({"cache": f'dir = "{tmp_path / "shared, and large"}"'})
    [result] = toy.rebuild("v1.0.0")
    assert result.identical
    assert toy.object("v1.0.0").is_relative_to(tmp_path / "shared, and large")
    assert toy.text("v1.0.0") == V1


def test_the_workspace_is_not_rebuilt(toy: Toy) -> None:
    with pytest.raises(TagledgerError, match="no commit") as caught:
        toy.rebuild("workspace")
    assert "dvc repro" in caught.value.hint


@pytest.mark.parametrize(
    "path", ["data/numbers.txt", pytest.param("data/parts", marks=pytest.mark.long)]
)
def test_the_command_that_an_error_names_mends_a_damaged_cache(toy: Toy, path: str) -> None:
    file = toy.object("v1.0.0", path)
    file.chmod(0o644)
    file.write_text("damaged")
    file.chmod(0o444)  # what DVC takes for a sign that it need not look
    asked = path if path.endswith(".txt") else f"{path}/even.txt"
    with pytest.raises(versions.DamagedDataError) as caught:
        toy.text("v1.0.0", asked)
    assert caught.value.where == str(file)
    assert "tagledger rebuild v1.0.0" in caught.value.hint
    [result] = toy.rebuild("v1.0.0")
    assert result.identical
    assert f"v1.0.0: deleted the damaged file of {path} from the cache" in toy.lines
    assert toy.text("v1.0.0", asked) in {V1, "0\n2"}


def test_a_rebuild_without_names_brings_what_is_missing(toy: Toy) -> None:
    project = Project(toy.root)

    def rebuilt() -> str:
        return project.answer("rebuild", "--json", "--pass-env", "TOY_TWIST")

    def data() -> set[str]:
        listed = json.loads(project.answer("versions", "--json"))["versions"]
        return {f"{row['name']} {row['data']}" for row in listed}

    toy.object("v1.0.0").unlink()
    assert data() == {"v1.0.0 missing", "v2.0.0 cache"}
    (result,) = json.loads(rebuilt())["versions"]
    assert (result["version"], result["identical"], result["problem"]) == ("v1.0.0", True, None)
    assert data() == {"v1.0.0 cache", "v2.0.0 cache"}
    said = project.answer("rebuild")
    assert said.startswith("The data of all versions is here")


def rot(file: Path) -> None:
    """Change a file's content, and nothing else that can be seen of it."""
    stat, data = file.stat(), file.read_bytes()
    file.chmod(0o644)
    with file.open("r+b") as stream:
        stream.write(bytes([data[0] ^ 1]))
    file.chmod(stat.st_mode)
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))


@pytest.mark.parametrize(
    "path", [pytest.param("data/numbers.txt", marks=pytest.mark.long), "data/parts"]
)
def test_a_rebuild_hashes_what_seems_untouched(toy: Toy, path: str) -> None:
    asked = path if path.endswith(".txt") else f"{path}/even.txt"
    toy.text("v1.0.0", asked)
    rot(toy.object("v1.0.0", path))
    [result] = toy.rebuild("v1.0.0")
    assert result.identical
    assert f"v1.0.0: deleted the damaged file of {path} from the cache" in toy.lines
    assert toy.text("v1.0.0", asked) in {V1, "0\n2"}


def test_a_rebuild_is_not_called_identical_before_it_is_hashed(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = rebuilding.run_dvc

    def run_and_rot(*words: Any, **options: Any) -> None:
        run(*words, **options)
        rot(toy.object("v1.0.0"))

    monkeypatch.setattr(rebuilding, "run_dvc", run_and_rot)
    [result] = toy.rebuild("v1.0.0")
    assert not result.identical
    assert "data/numbers.txt" in str(result.problem)
    monkeypatch.setattr(rebuilding, "run_dvc", run)
    [result] = toy.rebuild("v1.0.0")
    assert result.identical


def test_a_rebuild_writes_through_no_link(toy: Toy) -> None:
    folder = toy.object("v1.0.0").parent
    elsewhere = toy.root.parent / "elsewhere"
    elsewhere.mkdir()
    shutil.rmtree(folder)
    folder.symlink_to(elsewhere)
    [result] = toy.rebuild("v1.0.0")
    assert "is a link" in str(result.problem)
    assert list(elsewhere.iterdir()) == []
    folder.unlink()  # as the error says
    [result] = toy.rebuild("v1.0.0")
    assert result.identical


def test_the_command_that_an_error_names_mends_data_of_no_commit(toy: Toy) -> None:
    toy.write({"params.yaml": "count: 5\n"})
    versions.repro(toy.repo)
    rot(toy.object("workspace"))
    with pytest.raises(versions.DamagedDataError) as caught:
        toy.text("workspace")
    command = caught.value.hint.split("`")[1]
    assert "dvc repro --force" in command
    python = Path(sys.executable).parent
    toy.run("sh", "-c", f"PATH={python}:$PATH; {command}")
    assert toy.text("workspace") == "0\n10\n20\n30\n40"


def test_the_command_that_an_error_names_mends_data_of_the_workspace(toy: Toy) -> None:
    rot(toy.object("workspace"))
    with pytest.raises(versions.DamagedDataError) as caught:
        toy.text("workspace")
    assert "`tagledger rebuild v2.0.0`" in caught.value.hint
    [result] = toy.rebuild("v2.0.0")
    assert result.identical
    assert toy.text("workspace") == V2


def test_a_linked_worktree_reads_the_main_cache(toy: Toy) -> None:
    linked = toy.root.parent / "linked"
    toy.run("git", "worktree", "add", "--quiet", "--detach", str(linked), "HEAD")
    assert Toy(linked).text("v1.0.0") == V1


# The remote


@pytest.fixture
def remote(toy: Toy) -> Path:
    """A remote that was configured after the versions were made, and has all their data."""
    folder = toy.root.parent / "remote"
    toy.configure({"core": "remote = store", "'remote \"store\"'": f"url = {folder}"})
    toy.cache.rename(folder)
    return folder


def test_what_the_cache_lacks_comes_from_the_remote_once(toy: Toy, remote: Path) -> None:
    version = find_version(toy.repo, "v1.0.0")
    assert available(toy.repo, version) == "remote"
    assert toy.text("v1.0.0") == V1
    assert toy.text("v1.0.0", "data/parts/odd.txt") == "1"
    assert available(toy.repo, version) == "remote"  # even.txt: nobody asked for it
    shutil.rmtree(remote)
    assert toy.text("v1.0.0") == V1


def test_a_version_is_fetched_in_one_go(toy: Toy, remote: Path) -> None:
    version = find_version(toy.repo, "v1.0.0")
    versions.fetch(toy.repo, version)
    assert available(toy.repo, version) == "cache"
    shutil.rmtree(remote)
    versions.fetch(toy.repo, version)
    assert toy.text("v1.0.0", "data/parts/even.txt") == "0\n2"
    # DVC takes them for its own.
    toy.run("git", "checkout", "--quiet", "v1.0.0")
    shutil.rmtree(toy.root / "data")
    toy.dvc("checkout", "--quiet")
    assert (toy.root / "data/numbers.txt").read_text() == V1


def test_what_the_remote_lacks_as_well_has_to_be_rebuilt(toy: Toy, remote: Path) -> None:
    object_path(remote, find_version(toy.repo, "v1.0.0").outputs["data/numbers.txt"].md5).unlink()
    with pytest.raises(versions.MissingDataError, match="nor the remote store has") as caught:
        toy.text("v1.0.0")
    assert "tagledger rebuild v1.0.0" in caught.value.hint
    assert toy.text("v1.0.0", "data/parts/odd.txt") == "1"


def test_what_the_remote_sent_damaged_does_not_stay(toy: Toy, remote: Path) -> None:
    file = object_path(remote, find_version(toy.repo, "v1.0.0").outputs["data/numbers.txt"].md5)
    file.chmod(0o644)
    file.write_text("damaged")
    with pytest.raises(versions.DamagedDataError, match="remote's file") as caught:
        toy.text("v1.0.0")
    assert not toy.object("v1.0.0").exists()
    # What the hint says mends it, here and there.
    assert "`tagledger rebuild v1.0.0`; delete it there, then" in caught.value.hint
    [result] = toy.rebuild("v1.0.0")
    assert result.identical
    file.unlink()
    toy.dvc(*caught.value.hint.split("`")[3].split()[1:])
    toy.forget()
    assert toy.text("v1.0.0") == V1


def test_asking_the_remote_runs_no_code_of_the_repository(
    toy: Toy, remote: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = tmp_path / "trace"
    for path in ("tagledger/versions/remote_process.py", "dvc/repo.py", "inspect.py"):
        module = toy.root / path
        module.parent.mkdir(parents=True, exist_ok=True)
        for folder in module.parents[: len(Path(path).parents) - 1]:
            (folder / "__init__.py").touch()
        module.write_text(f"open({str(trace)!r}, 'w').close()\n")
    monkeypatch.chdir(toy.root)
    assert toy.text("v1.0.0") == V1
    assert not trace.exists()


def test_a_remote_that_cannot_be_asked_is_an_error(toy: Toy, remote: Path) -> None:
    toy.configure({"core": "remote = store", "'remote \"store\"'": "url = nosuch://place"})
    assert available(toy.repo, find_version(toy.repo, "v1.0.0")) == "unknown"
    with pytest.raises(TagledgerError, match="cannot be asked") as caught:
        toy.text("v1.0.0")
    assert caught.value.where == "remote store"


# Experiments and releases


def test_an_experiment_of_dvc_is_a_version(toy: Toy) -> None:
    toy.dvc("exp", "run", "--quiet", "--temp", "--name", "five", "--set-param", "count=5")
    assert toy.run("git", "status", "--porcelain") == ""
    listed = list_versions(toy.repo, experiments=True)
    assert [version.name for version in listed if version.kind == "experiment"] == ["five"]
    assert toy.text("five") == f"{V2}\n40"
    assert "five" not in [version.name for version in list_versions(toy.repo)]
    toy.dvc("exp", "apply", "--quiet", "five")
    assert toy.text("workspace") == f"{V2}\n40"


def test_a_run_that_fails_shows_what_the_stage_said(toy: Toy) -> None:
    toy.twist.write_text("raise SystemExit('no such luck')")
    toy.write({"params.yaml": "count: 2\n"})
    with pytest.raises(TagledgerError, match="no such luck"):
        versions.repro(toy.repo)
