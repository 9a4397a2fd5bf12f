"""One rebuild or release at a time, in a temporary worktree, of which a killed one leaves nothing.

What a run needs to be cleared up after is written down under .git/tagledger before it is made.
Whoever has the lock there knows that the run before has ended, and clears up what it left.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tagledger.errors import TagledgerError, os_errors
from tagledger.files import write_bytes
from tagledger.versions.dvc_process import Progress, silent
from tagledger.versions.git import git
from tagledger.versions.publishing import Publication, settle
from tagledger.versions.repository import Repository

_PREFIX = "tagledger-"
_NO_HOOKS = ("-c", "core.hooksPath=/dev/null")


@dataclass(frozen=True)
class Turn:
    """The right to rebuild and to release, which one process at a time has.

    Attributes
    ----------
    repository
        The repository.
    lock
        The file descriptor of the lock: whoever keeps it open keeps the right.
    finished
        A release that was cut short earlier, and that this turn began with finishing.
    """

    repository: Repository
    lock: int
    finished: Publication | None


@dataclass(frozen=True)
class Worktree:
    """A temporary worktree of a commit.

    Attributes
    ----------
    repository
        The worktree as a repository of its own, with the data in the cache of the user's.
    folder
        A folder for what else is written, gone with the worktree.
    """

    repository: Repository
    folder: Path


@contextmanager
def take_turn(repo: Repository, *, progress: Progress = silent) -> Iterator[Turn]:
    """Wait until no other rebuild or release runs in this repository, and keep others waiting.

    What a killed one left is cleared up: its worktree, and a release that it was publishing.

    Raises
    ------
    TagledgerError
        .git cannot be written to.
    """
    path = _own_folder(repo) / "lock"
    with os_errors(path):
        path.parent.mkdir(exist_ok=True)
        lock = path.open("a+")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress(
                "waiting for another release or rebuild in this repository "
                f"(process {_holder(lock)})"
            )
            fcntl.flock(lock, fcntl.LOCK_EX)
        with os_errors(path):
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
        _sweep(repo)
        yield Turn(repo, lock.fileno(), settle(repo, progress=progress))


def finish_or_take_back(repo: Repository, *, progress: Progress = silent) -> None:
    """Deal with a release that was cut short while it was published, if there is one.

    A release that is at it right now is left alone.
    """
    path = _own_folder(repo) / "lock"
    if not path.exists():
        return
    with os_errors(path), path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        settle(repo, progress=progress)


def _own_folder(repo: Repository) -> Path:
    return repo.git_dir / "tagledger"


def _holder(lock: IO[str]) -> str:
    lock.seek(0)
    return lock.read(20).strip() or "unknown"


@contextmanager
def temporary_worktree(turn: Turn, commit: str, kind: str) -> Iterator[Worktree]:
    """A git worktree of a commit that keeps its data in this repository's cache.

    Parameters
    ----------
    turn
        The turn in which it is used.
    commit
        Full id of the commit.
    kind
        A word for the folder's name, such as rebuild.

    Raises
    ------
    TagledgerError
        The commit has no configuration of DVC, or there is no place for the folder.
    """
    repo, note = turn.repository, _note(turn.repository)
    # The system may call its folder for temporary files by a link; git and DVC see through it.
    parent = Path(tempfile.gettempdir()).resolve()
    folder = parent / f"{_PREFIX}{kind}-{secrets.token_hex(6)}"
    write_bytes(note, os.fsencode(folder))
    try:
        with os_errors(folder):
            folder.mkdir(mode=0o700)
        top = folder / "worktree"
        # A hook of DVC would check data out of a cache that is not set up yet.
        git(repo.top, *_NO_HOOKS, "worktree", "add", "--quiet", "--detach", str(top), commit)
        dvc_dir = top / repo.dvc_dir.relative_to(repo.top)
        if not (dvc_dir / "config").is_file():
            raise TagledgerError(
                "this revision has no configuration of DVC, so its pipeline cannot run",
                where=commit,
                hint="take a later one; `git add --force .dvc/config` adds it to the next commit",
            )
        with os_errors(dvc_dir):
            (dvc_dir / "config.local").write_text(
                f'[cache]\n    dir = "{repo.settings.cache}"\n    type = "hardlink,symlink,copy"\n'
            )
        yield Worktree(Repository(top / repo.root.relative_to(repo.top), top, repo.git_dir), folder)
    finally:
        _sweep(repo)


def _note(repo: Repository) -> Path:
    """The file that names the folder of the worktree that is in use."""
    return _own_folder(repo) / "worktree"


def _sweep(repo: Repository) -> None:
    """Remove the worktree that is noted, with its folder; nobody uses it any more."""
    note = _note(repo)
    with os_errors(note):
        for half_written in note.parent.glob(".*.part"):
            half_written.unlink()
        if not note.exists():
            return
        folder = Path(os.fsdecode(note.read_bytes()))
    if folder.is_absolute() and folder.name.startswith(_PREFIX):
        top = str(folder / "worktree")
        removed = git(repo.top, "worktree", "remove", "--force", "--force", top, accept=None)
        shutil.rmtree(folder, ignore_errors=True)
        if removed.code != 0:  # git was killed while it added it, and keeps it locked
            git(repo.top, "worktree", "unlock", top, accept=None)
        git(repo.top, "worktree", "prune", accept=None)
        if folder.exists():
            return  # the next turn tries again; what a stage locked away is the system's to clear
    with os_errors(note):
        note.unlink()
