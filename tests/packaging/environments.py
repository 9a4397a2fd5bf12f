"""Wheels of this tree, and new environments with nothing but Tagledger and the tests' libraries."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests import warm
from tests.once import made_once

REPOSITORY = Path(__file__).resolve().parents[2]
TICKETS = "id,opened,subject,body,labels\n" + "".join(
    f"{number},2024-03-01,Ticket {number},It is {number:b},{'login|web' if number % 3 else 'tax'}\n"
    for number in range(100, 160)
)

RIVALS = ("schemas", "dashboard")
RIVAL = 'raise ImportError("this package is the user\'s own")\n'


def run(python: Path, *words: str, cwd: Path, **variables: str) -> str:
    """Run `python` as a user does who knows no checkout; it must work; what it printed."""
    return program_of(python, cwd, str(python), *words, **variables)


def surroundings(python: Path) -> dict[str, str]:
    """The environment variables of somebody who works in a new environment.

    It has no DVC of its own: the one on PATH is loaded already, the stages that it runs are not.
    """
    path = os.pathsep.join([str(python.parent), warm.environment(os.environ)["PATH"]])
    return os.environ | {"PATH": path, "PYTHONPATH": ""}


def copy_tree(root: Path) -> None:
    """Copy all that git has or would add of this repository, but for its data."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        source = REPOSITORY / name
        if source.is_file() and not name.startswith("data/"):
            target = root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())


def build(root: Path, kind: str, ending: str) -> Path:
    """What the build backend makes of a tree."""
    run(Path(sys.executable), "-m", "hatchling", "build", "-t", kind, cwd=root)
    (made,) = (root / "dist").glob(f"*{ending}")
    return made


def new_environment(folder: Path) -> Path:
    """The interpreter of an environment that has this one's libraries, and not its Tagledger.

    A .pth names a folder to look in last; those that lie in that folder are not followed, so the
    editable install of the tests' own environment is not found.
    """
    run(Path(sys.executable), "-m", "venv", "--without-pip", str(folder), cwd=folder.parent)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin" / "python"


def install(python: Path, *what: str) -> None:
    """Install without looking for anything elsewhere."""
    quiet = ("--quiet", "--offline", "--no-deps", "--no-build-isolation")
    uv = ("-m", "uv", "pip", "install", *quiet, "--python", str(python))
    run(Path(sys.executable), *uv, *what, cwd=python.parent)


def made_tree(factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository with its wheel in dist/, which nothing may change."""

    def make(root: Path) -> None:
        copy_tree(root)
        build(root, "wheel", ".whl")

    return made_once(factory, "tree-with-wheel", make)


def made_wheel(factory: pytest.TempPathFactory) -> Path:
    """The wheel of this repository."""
    (wheel,) = (made_tree(factory) / "dist").glob("*.whl")
    return wheel


def made_environment(factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with the wheel, which nothing may change."""
    wheel = made_wheel(factory)
    made = made_once(factory, "installed", lambda env: install(new_environment(env), str(wheel)))
    return made / "bin" / "python"


def add_rivals(folder: Path) -> None:
    """Packages that a user may well have where they work."""
    for name in RIVALS:
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "__init__.py").write_text(RIVAL)


def made_repository(factory: pytest.TempPathFactory) -> Path:
    """A folder with `mine`, a repository that the wheel made and built as it said.

    What it said is in said.txt; the dataset is in no commit. While it was built, packages of the
    user's own lay beside it, which must not be run.
    """
    python = made_environment(factory)

    def make(folder: Path) -> None:
        folder.mkdir()
        (folder / "tickets.csv").write_text(TICKETS)
        program = str(python.with_name("tagledger"))
        said = program_of(python, folder, program, "init", "--from", "tickets.csv", "mine")
        (folder / "said.txt").write_text(said)
        (next_line,) = re.findall(r"^Next: (.*)", said, re.MULTILINE)
        add_rivals(folder / "mine")
        built = program_of(python, folder, "bash", "-e", "-c", next_line)
        for name in RIVALS:
            (folder / "mine" / name / "__init__.py").unlink()
            shutil.rmtree(folder / "mine" / name / "__pycache__", ignore_errors=True)
        (folder / "mine" / "dashboard").rmdir()
        (folder / "built.txt").write_text(built)

    return made_once(factory, "made-by-the-wheel", make)


def program_of(python: Path, folder: Path, *words: str, **variables: str) -> str:
    """Run a program of an environment, which must work; what it printed."""
    done = subprocess.run(
        words,
        cwd=folder,
        env=surroundings(python) | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout
