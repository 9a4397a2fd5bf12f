"""Wheels of this tree, and new environments with nothing but Tagledger and the tests' libraries."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def run(python: Path, *words: str, cwd: Path, **variables: str) -> str:
    """Run `python` as a user does who knows no checkout; it must work; what it printed."""
    done = subprocess.run(
        [python, *words],
        cwd=cwd,
        env=surroundings(python) | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def surroundings(python: Path) -> dict[str, str]:
    """The environment variables of somebody who works in a new environment."""
    path = os.pathsep.join([str(python.parent), os.environ["PATH"]])
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
