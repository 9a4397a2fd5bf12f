"""An environment of its own for the release of Tagledger that made a version, installed by uv.

It lies in the user's folder for caches and is kept: the next rebuild of a version of that release
begins at once. Only wheels are installed, so that installing runs no code.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tagledger import own_process
from tagledger.errors import TagledgerError, os_errors
from tagledger.files import write_bytes
from tagledger.pipeline.tool_lock import ToolLock, differences, installed, parse_tool_lock
from tagledger.versions.dvc_process import Progress

_READY = "ready"
_SHOWN = 6
# Printed by the release itself, as its table and its way to make digests are its own.
_ASK = (
    "from tagledger.pipeline.tool_lock import installed, lock_text; print(lock_text(installed()))"
)


def made_here(lock: ToolLock) -> bool:
    """Whether the stages that are installed here are those of a version, digest by digest."""
    return dict(lock.stages) == dict(installed().stages)


def environment_of(lock: ToolLock, *, find_links: Sequence[Path] = (), progress: Progress) -> Path:
    """The Python of an environment with the release that made a version.

    Parameters
    ----------
    lock
        What the version was made with.
    find_links
        Folders with wheels, beside the package index.
    progress
        Is given lines for people.

    Returns
    -------
    Path
        The interpreter, whose folder has the environment's programs.

    Raises
    ------
    TagledgerError
        uv is not there, or cannot install it; or what it installs has other code.
    """
    folder = _cache_folder() / _key(lock)
    python = folder / "bin" / "python"
    with _locked(folder.with_name(f"{folder.name}.lock")):
        if not (folder / _READY).is_file() or not _runs(python):
            _install(lock, folder, python, find_links, progress)
        _refuse_other_digests(lock, python, folder)
        if not (folder / _READY).is_file():
            write_bytes(folder / _READY, b"")
    return python


def _cache_folder() -> Path:
    given = os.environ.get("XDG_CACHE_HOME", "")
    caches = Path(given) if Path(given).is_absolute() else Path.home() / ".cache"
    return caches / "tagledger" / "environments"


def _key(lock: ToolLock) -> str:
    """A name for the environment: the release, and a digest of all that decides what is in it."""
    wanted = "\n".join([lock.python, *lock.requirements, *sorted(lock.stages.values())])
    return f"{lock.tagledger}-{hashlib.sha256(wanted.encode()).hexdigest()[:16]}"


@contextmanager
def _locked(path: Path) -> Iterator[IO[str]]:
    """Keep other processes from making the same environment meanwhile."""
    with os_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+")
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def _runs(python: Path) -> bool:
    """Whether an interpreter starts: the Python that it stands on may be gone."""
    try:
        return subprocess.run([python, "-c", ""], check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def _install(
    lock: ToolLock, folder: Path, python: Path, find_links: Sequence[Path], progress: Progress
) -> None:
    uv = _uv(lock)
    progress(f"installing tagledger {lock.tagledger} in an environment of its own: {folder}")
    with os_errors(folder):
        shutil.rmtree(folder, ignore_errors=True)
    env = _uv_environment()
    wanted = lock.python
    if _minor() != wanted:
        search = _run(uv, "python", "find", wanted, env=env)
        if search.returncode != 0:
            progress(f"there is no Python {wanted} here: Python {_minor()} is taken")
            wanted = _minor()
    base = sys.executable if wanted == _minor() else wanted
    links = [word for one in find_links for word in ("--find-links", str(one.absolute()))]
    for words in (
        ("venv", "--quiet", "--python", base, str(folder)),
        (
            *("pip", "install", "--quiet", "--no-build", "--python", str(python)),
            *("--refresh-package", "tagledger"),  # a wheel may be made anew under its name
            *(*links, *lock.requirements),
        ),
    ):
        done = _run(uv, *words, env=env)
        if done.returncode != 0:
            shutil.rmtree(folder, ignore_errors=True)
            why = "\n".join(f"  | {one}" for one in done.stderr.strip().splitlines()[-_SHOWN:])
            raise TagledgerError(
                f"tagledger {lock.tagledger}, which made this version, cannot be installed\n{why}",
                where=folder,
                hint="`--find-links DIR` names a folder with its wheels; nothing was changed",
            )


def _run(uv: str, *words: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([uv, *words], env=env, check=False, capture_output=True, text=True)


def _uv(lock: ToolLock) -> str:
    """The program uv: beside this interpreter, or on PATH."""
    beside = Path(sys.executable).parent / "uv"
    program = str(beside) if beside.is_file() else shutil.which("uv")
    if program is None:
        raise TagledgerError(
            f"this version was made by tagledger {lock.tagledger}, and uv, which would install "
            "that release in an environment of its own, is not here",
            hint="`pip install uv`, then run it again; nothing was changed",
        )
    return program


def _uv_environment() -> dict[str, str]:
    """The environment for uv, which reads none of pip's settings: its index is passed on."""
    env = {name: value for name, value in own_process.inherited().items() if name != "VIRTUAL_ENV"}
    env.setdefault("UV_PYTHON_DOWNLOADS", "never")
    for ours, pips, key, between in (
        ("UV_DEFAULT_INDEX", "PIP_INDEX_URL", "global.index-url", " "),
        ("UV_INDEX", "PIP_EXTRA_INDEX_URL", "global.extra-index-url", " "),
        ("UV_FIND_LINKS", "PIP_FIND_LINKS", "global.find-links", ","),
    ):
        words = (env.get(pips) or _pip_setting(key)).split()
        if words:
            env.setdefault(ours, between.join(words))
    # pip takes the best of all its indexes; uv would take the first that has the package at all.
    env.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    return env


def _pip_setting(key: str) -> str:
    words = [sys.executable, "-m", "pip", "config", "get", key]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def _minor() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def _refuse_other_digests(lock: ToolLock, python: Path, folder: Path) -> None:
    """Refuse an environment whose stages are not those of the version."""
    words = [str(python), "-I", "-c", _ASK]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        shutil.rmtree(folder, ignore_errors=True)
        raise TagledgerError(
            f"tagledger {lock.tagledger} was installed and does not start",
            where=folder,
            hint=f"look at `{python} -m tagledger --version`; nothing was changed",
        )
    there = parse_tool_lock(done.stdout, folder)
    others = [name for name in lock.stages if there.stages.get(name) != lock.stages[name]]
    if others:
        shutil.rmtree(folder, ignore_errors=True)
        raise TagledgerError(
            f"tagledger {lock.tagledger} was installed, but its code of {', '.join(others)} is not "
            f"that which made this version{_because(lock, there)}",
            where=folder,
            hint="`--find-links DIR` names a folder with the right wheel; nothing was changed",
        )


def _because(lock: ToolLock, there: ToolLock) -> str:
    changes = differences(lock, there)
    return f": {'; '.join(changes)}" if changes else ""
