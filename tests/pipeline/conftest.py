"""A copy of the repository in a folder of its own, with git and DVC that are really run."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from tagledger import cli, errors
from tests import warm
from tests.once import made_once
from tests.own_code import python_path

REPOSITORY = Path(__file__).resolve().parents[2]
CARRIED = (
    "src",
    "schemas",
    "data",
    ".dvc",
    "dvc.yaml",
    "params.yaml",
    "reports",
    ".dvcignore",
    ".gitignore",
)


Say = Callable[..., tuple[int, str, str]]


@dataclass
class Project:
    """A repository in a temporary folder: runs its own code, as a fresh clone would."""

    root: Path
    extra: Mapping[str, str] = field(default_factory=dict)

    def run(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the project; the caller looks at how it ended.

        Programs have their libraries loaded (see `tests.warm`), but not those named by a path.
        """
        env = self.environment() | variables
        if command[0] in {*warm.PROGRAMS, "bash"} and env["PATH"] == os.environ["PATH"]:
            env = warm.environment(env)
        return subprocess.run(
            command,
            cwd=self.root,
            env=env,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def environment(self) -> dict[str, str]:
        """The environment of its programs: they run the project's own code."""
        return os.environ | {"PYTHONPATH": python_path(self.root)} | dict(self.extra)

    def ok(self, *command: str, **variables: str) -> str:
        """Run a command that must work; its standard output."""
        done = self.run(*command, **variables)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def tagledger(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command of Tagledger as its program does, without the time of its start.

        It is this repository's: a test that changes the project's own code needs `run`.
        """
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
        code: object = 0
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.chdir(self.root)
            for name, value in (self.environment() | variables).items():
                patch.setenv(name, value)
            patch.setattr(sys, "executable", warm.python())  # of the DVC that it runs
            patch.setattr(sys, "argv", ["tagledger", *words])
            try:
                cli.main()
            except SystemExit as ended:
                code = ended.code or 0
        assert isinstance(code, int)
        return subprocess.CompletedProcess(words, code, read_back(out), read_back(err))

    def answer(self, *words: str, **variables: str) -> str:
        """Run a command of Tagledger that must work; its standard output."""
        done = self.tagledger(*words, **variables)
        assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def stage(self, name: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run one stage without DVC."""
        env = warm.environment(os.environ | variables)
        return self.run("python", "-m", f"tagledger.stages.{name}", **variables, PATH=env["PATH"])

    def repro(self, *arguments: str, **variables: str) -> str:
        """Run `dvc repro`, which must work."""
        return self.ok("dvc", "repro", *arguments, **variables)

    def set(self, **values: Any) -> None:
        """Change parameters: set(filter__min_tag_count=3)."""
        file = self.root / "params.yaml"
        document = yaml.safe_load(file.read_text())
        for name, value in values.items():
            section, key = name.split("__")
            document[section][key] = value
        file.write_text(yaml.safe_dump(document, sort_keys=False))

    def hashes(self) -> dict[str, str]:
        """The md5 of each output in dvc.lock, by path."""
        lock = yaml.safe_load((self.root / "dvc.lock").read_text())
        return {
            out["path"]: out["md5"] for stage in lock["stages"].values() for out in stage["outs"]
        }

    def failed(self, name: str, **variables: str) -> str:
        """Run a stage that must fail as a user's mistake does; what it printed."""
        done = self.stage(name, **variables)
        assert done.returncode == 2, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        assert "error: " in done.stderr
        assert " next: " in done.stderr
        return done.stderr


def read_back(stream: io.TextIOWrapper) -> str:
    """What was written to a stream of bytes in memory."""
    stream.flush()
    stream.seek(0)
    return stream.read()


class Folder(Project):
    """A folder whose stages are this repository's: they run in this process, which has them."""

    def stage(self, name: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run one stage as its program does, without the second that a program takes to start."""
        if variables:
            return super().stage(name, **variables)
        module = import_module(f"tagledger.stages.{name}")
        out, err, code = io.StringIO(), io.StringIO(), 0
        with chdir(self.root), redirect_stdout(out), redirect_stderr(err):
            try:
                errors.run(module.main)
            except SystemExit as ended:
                code = int(ended.code or 0)
        return subprocess.CompletedProcess([name], code, out.getvalue(), err.getvalue())


def copy_repository(root: Path, carried: Sequence[str] = CARRIED) -> Project:
    """A repository of its own, of one commit, with some folders and files of this one."""
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *carried],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    for name in filter(None, names):
        if (REPOSITORY / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, root / name)
    for of_this_history in ("dvc.lock", "data/releases.yaml"):
        (root / of_this_history).unlink(missing_ok=True)
    # Whatever version this commit of the repository holds: tests speak of the last snapshot, and
    # of items that no release has placed yet.
    params = root / "params.yaml"
    text = re.sub(r'(snapshot: )"[^"]+"', r'\1"2025-06-30"', params.read_text(), count=1)
    params.write_text(re.sub(r"(\n  base: )\S+", r"\1null", text, count=1))
    shutil.rmtree(root / "data/base")
    (root / "data/base").mkdir()
    (root / "data/base/base.json").write_text('{\n  "base": null,\n  "format": 1\n}\n')
    project = Project(root)
    project.ok("git", "init", "-q")
    project.ok("git", "add", "-A")
    project.ok("git", "commit", "-q", "-m", "start")
    return project


@contextmanager
def speaker(
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    project: Project | None = None,
) -> Iterator[Say]:
    """Commands of Tagledger in this process: exit code, standard output, standard error.

    In a project, its own code is what its stages run, as with an editable install.
    """
    monkeypatch.setenv("COLUMNS", "80")
    if project is not None:
        monkeypatch.chdir(project.root)
        monkeypatch.setenv("PYTHONPATH", python_path(project.root))

    def say(*words: str) -> tuple[int, str, str]:
        capfd.readouterr()
        monkeypatch.setattr(sys, "executable", warm.python())  # of the DVC that it runs
        monkeypatch.setattr(sys, "argv", ["tagledger", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return int(ended.value.code or 0), out, err

    yield say


@pytest.fixture(scope="session", autouse=True)
def _programs() -> Iterator[None]:
    yield
    warm.end()


@pytest.fixture
def fresh(tmp_path: Path) -> Project:
    """The repository as cloned: nothing has been built."""
    root = tmp_path / "project"
    root.mkdir()
    return copy_repository(root)


@pytest.fixture(scope="session")
def _built(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(made_once(tmp_path_factory, "built", _build))


def _build(root: Path) -> None:
    root.mkdir()
    project = copy_repository(root)
    project.repro()  # by programs that have just started, test_two_at_once builds again
    project.ok("git", "add", "-A")
    project.ok("git", "commit", "-q", "-m", "data: first version")
    project.ok("git", "gc", "--quiet")  # copies of it have few files


@pytest.fixture
def built(_built: Project, tmp_path: Path) -> Project:
    """The repository with its dataset built and committed; a copy for this test alone."""
    root = tmp_path / "project"
    shutil.copytree(_built.root, root, symlinks=True)
    return Project(root)


@pytest.fixture
def empty(tmp_path: Path) -> Callable[..., Project]:
    """Make a project with data of its own, without DVC: a folder that a stage can run in."""

    def make(
        files: Mapping[str, bytes | str], reading: Mapping[str, Any], **params: Any
    ) -> Project:
        import hashlib

        root = tmp_path / "own"
        (root / "mine").mkdir(parents=True)
        identities = {}
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            (root / "mine" / name).write_bytes(data)
            identities[name] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        catalogue = {
            "sources": {
                "mine": {
                    "description": "A test's own data",
                    "licence": "none",
                    "reading": reading,
                    "snapshots": {"1": {"location": "mine", "files": identities}},
                }
            }
        }
        (root / "data").mkdir()
        (root / "data" / "sources.yaml").write_text(yaml.safe_dump(catalogue))
        shutil.copy(REPOSITORY / "params.yaml", root / "params.yaml")
        project = Folder(root, {"PYTHONPATH": python_path(REPOSITORY)})
        project.set(fetch__source="mine", fetch__snapshot="1", filter__min_tag_count=1)
        project.set(**{"split__base": None} | params)
        return project

    return make
