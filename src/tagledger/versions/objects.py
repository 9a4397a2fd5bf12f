"""Objects: files of DVC's cache under the md5 of their content. The one way in, which verifies.

A name is not believed. A reader hashes what it reads, at 500 MB/s on a laptop: a table of 2 MB in
4 ms. A file from 16 MB on is hashed once a day; in between, a stamp of its size, time and inode
under .tagledger/verified vouches for it. What proves (`rebuild`, `check --deep`) takes no stamp.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tagledger.errors import TagledgerError, os_errors
from tagledger.files import own_folder
from tagledger.versions.repository import Repository, is_plain_file, object_path

# Smaller files are hashed at every reading; 16 MB take 30 ms.
TRUSTED_BYTES = 16 * 2**20
TRUSTED_SECONDS = 86_400

_STAMPS = (".tagledger", "verified")
_ARRIVALS = ".tagledger-"


def holds(file: Path, md5: str) -> bool:
    """Whether the content of a file has an md5, found out by reading all of it."""
    with os_errors(file), file.open("rb") as stream:
        digest = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False))
    return digest.hexdigest() == md5.removesuffix(".dir")


def is_sound(repo: Repository, file: Path, md5: str) -> bool:
    """Whether a file that is to be read has the md5; a large one is hashed once a day."""
    with os_errors(file):
        stat = file.stat()
    if stat.st_size < TRUSTED_BYTES:
        return holds(file, md5)
    identity = f"{stat.st_size} {stat.st_mtime_ns} {stat.st_dev} {stat.st_ino}"
    mark = repo.root.joinpath(*_STAMPS, md5[:2], md5[2:])
    if _vouches(mark, identity):
        return True
    if not holds(file, md5):
        return False
    # A stamp that cannot be written, or only in part, costs another check and nothing else.
    with contextlib.suppress(OSError, TagledgerError):
        folder = own_folder(repo.root, *_STAMPS, md5[:2])
        new = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        handle = os.open(folder / mark.name, new, 0o666)
        try:
            os.write(handle, f"{identity} {int(time.time())}\n".encode("ascii"))
        finally:
            os.close(handle)
    return True


def _vouches(mark: Path, identity: str) -> bool:
    """Whether a stamp is of the same file, and of the last day; one of the future says nothing."""
    try:
        before, _, then = mark.read_text("ascii", errors="replace").rstrip("\n").rpartition(" ")
        return before == identity and 0 <= time.time() - int(then) < TRUSTED_SECONDS
    except (OSError, ValueError):
        return False


@contextmanager
def arrivals(repo: Repository) -> Iterator[Path]:
    """A folder, beside the objects of the cache, for files that nobody has verified yet."""
    cache = repo.settings.cache
    with os_errors(cache):
        cache.mkdir(parents=True, exist_ok=True)
        for left in cache.glob(f"{_ARRIVALS}*.part"):  # by a process that was killed
            if not left.is_symlink() and time.time() - left.stat().st_mtime > TRUSTED_SECONDS:
                shutil.rmtree(left, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=_ARRIVALS, suffix=".part", dir=cache))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def admit(repo: Repository, file: Path, md5: str) -> bool:
    """Move a file into the cache as an object, if it has the md5 that it shall be known by.

    Parameters
    ----------
    repo
        The repository.
    file
        A file in a folder from `arrivals`.
    md5
        The object.

    Returns
    -------
    bool
        Whether it had, and is there now, protected as DVC does it.

    Raises
    ------
    TagledgerError
        A folder of the cache is a link, or cannot be written to.
    """
    if not is_plain_file(file) or not holds(file, md5):
        return False
    target = object_path(repo.settings.cache, md5)
    own_folder(repo.settings.cache, *target.parent.relative_to(repo.settings.cache).parts)
    with os_errors(target):
        file.chmod(0o444)
        file.replace(target)
    return True


def refuse_links(repo: Repository) -> None:
    """Refuse a cache in which a folder is a link: DVC would follow it, and write elsewhere.

    Raises
    ------
    TagledgerError
        There is one, in the objects or in the records of runs.
    """
    for cache in repo.caches:
        for part in ("files", "runs"):
            for folder, names, _ in os.walk(cache / part):
                for path in (Path(folder), *(Path(folder, name) for name in names)):
                    if path.is_symlink():
                        raise TagledgerError(
                            "a folder of the cache is a link to somewhere else",
                            where=path,
                            hint=f"`rm {path}`: DVC makes a folder in its place",
                        )
