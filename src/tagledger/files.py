"""Files: written whole or not at all, and paths that stay inside.

A file is written beside its place under a temporary name, flushed to the disk and renamed; a
reader or a killed process finds the earlier file or the new one, never a part of one. A name that
comes from anybody is no path until `is_inside` says so.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import orjson

from tagledger.errors import TagledgerError, os_errors

# A drive of Windows, its slashes, a path from the root, characters that cannot be seen.
_NO_PATH = re.compile(r"^[A-Za-z]:|^/|[\\\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_GITS_OWN = ".git"


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path; on leaving, move it to `path` in one step.

    When the block raises, the temporary file goes and `path` stays as it was.

    Raises
    ------
    TagledgerError
        The folder cannot be written to, or the disk is full.
    """
    with replacing_all([path]) as temporary:
        yield temporary[path]


@contextmanager
def replacing_all(paths: Iterable[Path]) -> Iterator[Mapping[Path, Path]]:
    """Yield a temporary path for each path; on leaving, move all of them in.

    Nothing moves before all are on the disk. A process that is killed between the first move and
    the last leaves a note in the folder, by which readers know that its files do not belong
    together: see `refuse_unfinished`.

    Raises
    ------
    TagledgerError
        A folder cannot be written to, or the disk is full.
    """
    wanted = list(paths)
    folders = list(dict.fromkeys(path.parent for path in wanted))
    with ExitStack() as stack, os_errors(wanted[0] if len(wanted) == 1 else folders[0]):
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
            sweep(folder)
        temporaries = {path: stack.enter_context(_temporary_file(path)) for path in wanted}
        yield {path: temporary for path, (temporary, _) in temporaries.items()}
        for _, handle in temporaries.values():
            os.fsync(handle)
            os.fchmod(handle, 0o666 & ~_umask())
        moves = {path: temporary for path, (temporary, _) in temporaries.items()}
        notes = [_write_note(folder, moves) for folder in folders] if len(moves) > 1 else []
        for path, temporary in moves.items():
            temporary.replace(path)
        for note in notes:
            note.unlink(missing_ok=True)  # another process that writes here may have taken it away


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """Yield an empty temporary folder; on leaving, it takes the place of the folder `path`.

    Between two renames `path` is missing for an instant; a process killed there leaves the
    earlier folder beside it, and the next call brings it back first.

    Raises
    ------
    TagledgerError
        The parent folder cannot be written to, or the disk is full.
    """
    earlier = path.with_name(f".{path.name}.earlier.part")
    with os_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep(path.parent)
        if earlier.exists():
            if path.exists():
                _remove(earlier)
            else:
                earlier.rename(path)
        with _held(lambda: _new_folder(path)) as (temporary, _):
            yield temporary
            temporary.chmod(0o777 & ~_umask())
            if path.exists():
                path.rename(earlier)
            try:
                temporary.rename(path)
            except BaseException:
                if earlier.exists():
                    earlier.rename(path)
                raise
        if earlier.exists():
            _remove(earlier)


def sweep(folder: Path) -> None:
    """Remove the temporary files and folders that killed processes left in a folder.

    What a living process writes to is locked, and stays.
    """
    for entry in folder.glob(".*.part"):
        if entry.name == _NOTE:
            if not _is_unfinished(entry):
                entry.unlink(missing_ok=True)
        elif _TEMPORARY.fullmatch(entry.name):
            with suppress(OSError), _locked(entry):
                _remove(entry)


def refuse_unfinished(path: Path) -> None:
    """Refuse a file of a folder whose files were replaced in part when the process was killed.

    Raises
    ------
    TagledgerError
        The folder holds new files beside old ones.
    """
    note = path.parent / _NOTE
    if note.exists() and _is_unfinished(note):
        raise TagledgerError(
            "a run was stopped while it replaced the files of this folder: some are new, some old",
            where=path.parent,
            hint="`dvc repro` makes them again; `dvc checkout --force` brings back the recorded",
        )


_NOTE = ".unfinished.part"
# As `tempfile` names what is made with the prefix and the suffix of this module.
_TEMPORARY = re.compile(r"\..+\.[a-z0-9_]{8}\.part")


@contextmanager
def _temporary_file(path: Path) -> Iterator[tuple[Path, int]]:
    """A new file beside `path` and its open handle; when the block raises, it goes."""

    def make() -> Path:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        os.close(handle)
        return Path(name)

    with _held(make) as held:
        yield held


def _new_folder(path: Path) -> Path:
    return Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent))


@contextmanager
def _held(make: Callable[[], Path]) -> Iterator[tuple[Path, int]]:
    """A temporary file or folder, locked as long as this process lives; it goes on an error."""
    while True:
        path = make()
        handle = os.open(path, os.O_RDONLY)
        # Where the file system knows no locks, nothing is swept either.
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if path.exists():
            break
        os.close(handle)  # another process took it for a leftover before it was locked
    try:
        yield path, handle
    except BaseException:
        _remove(path)
        raise
    finally:
        os.close(handle)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Lock a leftover.

    Raises
    ------
    OSError
        A living process holds it, or the file system knows no locks.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


def _write_note(folder: Path, moves: Mapping[Path, Path]) -> Path:
    """Write down how the new files of a folder are known: by what a rename does not change."""
    note = folder / _NOTE
    new = {
        path.name: _identity(temporary)
        for path, temporary in moves.items()
        if path.parent == folder
    }
    note.write_bytes(orjson.dumps(new))
    return note


def _is_unfinished(note: Path) -> bool:
    """Whether some of the files that a note speaks of are the new ones, and some are not."""
    try:
        new = orjson.loads(note.read_bytes())
        moved = [_identity(note.parent / name) == identity for name, identity in new.items()]
    except (OSError, ValueError, AttributeError):
        return False  # cut short before the first move
    return any(moved) and not all(moved)


def _identity(path: Path) -> list[int]:
    try:
        stat = path.stat()
    except FileNotFoundError:
        return []
    return [stat.st_ino, stat.st_size, stat.st_mtime_ns]


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data` to `path`, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def is_inside(path: object) -> bool:
    """Whether a text from data is a path to something below the folder that it is joined to.

    Such as data/raw/items.csv: relative, with forward slashes, no part that is empty, a dot or
    two, nothing of git's own, no control characters, and no longer than a disk can hold.
    """
    if not isinstance(path, str) or len(path) > 1024 or _NO_PATH.search(path):
        return False
    parts = path.split("/")
    return all(
        part not in {"", ".", ".."}
        and part.lower() != _GITS_OWN
        and len(part.encode("utf-8", "replace")) <= 255
        for part in parts
    )


def own_folder(start: Path, *names: str) -> Path:
    """A folder below `start` to write to, made as needed; none on the way to it may be a link.

    What is cloned may hold links, and what is written through them lands anywhere.

    Raises
    ------
    TagledgerError
        A folder on the way is a link or a file, or cannot be made.
    """
    folder = start
    for name in names:
        folder /= name
        with os_errors(folder), suppress(FileExistsError):
            folder.mkdir()
        if folder.is_symlink() or not folder.is_dir():
            raise TagledgerError(
                "nothing is written here: this is a link, or no folder",
                where=folder,
                hint=f"`rm {folder}`: a folder is made in its place",
            )
    return folder
