"""The folder of a new repository: whether it can be one, and files that are made whole or not."""

from __future__ import annotations

import fcntl
import glob
import os
import secrets
import shlex
import shutil
import signal
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tagledger.adding.names import source_name
from tagledger.errors import TagledgerError, os_errors
from tagledger.files import write_bytes
from tagledger.pipeline.table import STAGES
from tagledger.versions.git import git
from tagledger.versions.new_repository import Undo, nearest_present

_OURS = (Path("tagledger.lock"), Path("data/sources.yaml"))
_SHOWN = 10


def resolved(path: Path) -> Path:
    """The path without links.

    Raises
    ------
    TagledgerError
        Its links lead in a circle.
    """
    try:
        return path.resolve()
    except RuntimeError as error:  # as Python before 3.13 says it
        raise TagledgerError(
            "this link leads in a circle", where=path, hint="remove the link, or name another path"
        ) from error


def refuse_folder(folder: Path, files: Iterable[Path]) -> None:
    """Refuse a folder that is, or is in, a repository of this kind, or that cannot be written to.

    Parameters
    ----------
    folder
        The folder, which need not be there.
    files
        The files that somebody names for it.

    Raises
    ------
    TagledgerError
        As it says.
    """
    if folder.exists() and not folder.is_dir():
        raise TagledgerError("this is a file", where=folder, hint="name a folder, or a new one")
    _refuse_cut_short(folder)
    for above in (folder, *folder.parents):
        if any((above / one).exists() for one in _OURS):
            inside = "this is" if above == folder else f"this folder is in {above}, which is"
            raise TagledgerError(
                f"{inside} a repository of Tagledger already",
                where=folder,
                hint="`tagledger add FILE` brings it another file; or name a folder outside of it",
            )
    for file in files:
        if folder in {file.parent, file}:
            raise TagledgerError(
                f"the repository would be made around {file.name} itself, which is copied into it",
                where=folder,
                hint="name a new folder for it, such as "
                f"`tagledger init --from {shlex.quote(os.path.relpath(file))} {source_name(file)}`",
            )
    present = nearest_present(folder)
    if not os.access(present, os.W_OK | os.X_OK):
        raise TagledgerError(
            "nothing can be written here",
            where=present,
            hint=f"give yourself the right to it: `chmod u+wx {present}`; or name another folder",
        )


def _refuse_cut_short(folder: Path) -> None:
    """Refuse a folder whose files of this kind are in no commit, as a killed `init` leaves them."""
    if not (folder / ".git").exists() or not (folder / _OURS[0]).is_file():
        return
    if git(folder, "ls-files", "--", str(_OURS[0]), accept=None).out:
        return
    raise TagledgerError(
        "a `tagledger init` was cut short here: its files are in no commit",
        where=folder,
        hint="`git status --short --ignored` lists what it left: remove that, and run it again; "
        "or, if it is all there, `git add --all && git commit`",
    )


def refuse_collisions(folder: Path, wanted: Iterable[str]) -> None:
    """Refuse a folder that has files, or results, where a repository of this kind has its own.

    Raises
    ------
    TagledgerError
        With the list of them.
    """
    outputs = [(*one.outs, *one.metrics, *one.plots, *one.reports) for one in STAGES]
    paths = [*wanted, *(path for paths in outputs for path in paths)]
    collisions = sorted({one for one in (_in_the_way(folder, path) for path in paths) if one})
    if collisions:
        names = ", ".join(collisions[:_SHOWN])
        more = f" and {len(collisions) - _SHOWN} more" if len(collisions) > _SHOWN else ""
        raise TagledgerError(
            f"there are files that the repository has itself: {names}{more}",
            where=folder,
            hint="nothing was written: move them elsewhere, or name a new folder",
        )


def _in_the_way(folder: Path, path: str) -> str | None:
    """What is there in place of a path, or of a folder on the way to it."""
    target = Path(os.path.normpath(folder / path))
    if os.path.lexists(target):
        return path
    above = next(one for one in target.parents if os.path.lexists(one))
    return None if above.is_dir() and not _is_link_below(above, folder) else above.name


def _is_link_below(path: Path, folder: Path) -> bool:
    inside = [path, *path.parents]
    return any(one.is_symlink() for one in inside if one.is_relative_to(folder) and one != folder)


@dataclass
class Changes:
    """What was changed, and how each of it is taken back, the last first."""

    undo: list[Undo] = field(default_factory=list)

    def take_back(self) -> None:
        """Take back all; a Ctrl-C meanwhile waits for nobody."""
        with _uninterrupted():
            for one in reversed(self.undo):
                with suppress(OSError, TagledgerError):
                    one()
            self.undo.clear()

    def write(self, file: Path, content: bytes) -> None:
        """Write a file; what it replaces comes back with `take_back`."""
        before = file.read_bytes() if file.is_file() else None
        self.make_folder(file.parent)
        if before is None:
            self.undo.append(lambda: file.unlink(missing_ok=True))
        else:
            self.undo.append(lambda: write_bytes(file, before))
        write_bytes(file, content)

    def make_folder(self, folder: Path) -> None:
        """Make a folder and those above it."""
        for one in reversed([folder, *folder.parents]):
            if not one.is_dir():
                with os_errors(one):
                    one.mkdir()
                self.undo.append(one.rmdir)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    try:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:  # not in the main thread, which alone is interrupted
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep others from making a repository in the same folder, or in one below the same.

    Raises
    ------
    TagledgerError
        Another process is at it: each would take back what the other made.
    """
    present = nearest_present(folder)
    with os_errors(present):
        handle = os.open(present, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise TagledgerError(
            "another `tagledger init` is at work here",
            where=present,
            hint="wait until it has ended, then look at what it made",
        ) from error
    finally:
        os.close(handle)


@contextmanager
def all_or_nothing() -> Iterator[Changes]:
    """Changes that are taken back if the block raises, or is interrupted."""
    changes = Changes()
    try:
        yield changes
    except BaseException:
        changes.take_back()
        raise


@contextmanager
def new_folder(folder: Path, changes: Changes) -> Iterator[Path]:
    """Yield a temporary folder beside `folder`, which is not there; on leaving, it is `folder`."""
    changes.make_folder(folder.parent)
    with os_errors(folder):
        for left in folder.parent.glob(f".{glob.escape(folder.name)}.????????.part"):
            shutil.rmtree(left, ignore_errors=True)  # of a killed process: `alone` lets no other be
        temporary = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.part")
        temporary.mkdir()
        try:
            yield temporary
            temporary.rename(folder)
        except BaseException:
            with _uninterrupted():
                shutil.rmtree(temporary, ignore_errors=True)
            raise


def with_lines(present: bytes | None, wanted: str, title: str) -> bytes:
    r"""A file of lines with those of `wanted` that it lacks at its end, under a comment.

    >>> with_lines(b"a\n", "# x\na\nb\n", "more").decode()
    'a\n\n# more\nb\n'
    """
    if present is None:
        return wanted.encode()
    existing = {line.strip() for line in present.decode("utf-8", "replace").splitlines()}
    lines = [one for one in wanted.splitlines() if one and one[0] != "#" and one not in existing]
    if not lines:
        return present
    end = b"" if not present or present.endswith(b"\n") else b"\n"
    return present + end + "\n".join(["", f"# {title}", *lines, ""]).encode()


def merged(folder: Path, texts: Mapping[str, str]) -> dict[str, bytes]:
    """The files of lines that a folder may have already, with the lines that they lack."""
    files = {}
    for name, text in texts.items():
        file = folder / name
        present = file.read_bytes() if file.is_file() else None
        files[name] = with_lines(present, text, "added by `tagledger init`")
    return files
