"""The tables of versions by their keys, and the folder that keeps what was read of them.

The key of a table is the md5 of its content: what follows from a table alone is kept under it, and
is right for every version that has the table.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tagledger.errors import TagledgerError
from tagledger.files import own_folder
from tagledger.layers import ITEMS, Layer, labels_path
from tagledger.versions import LOCK, Repository, Version

Content = Literal[Layer, "items"]
IdKind = Literal["integer", "text"]

FOLDER = Path(".tagledger", "index")
# What is kept of more tables loses those that no version needs.
MOST_TABLES = 256


@dataclass(frozen=True)
class Missing:
    """A version that could not be read, and why."""

    version: Version
    problem: TagledgerError


def path_of(version: Version, content: Content) -> str:
    """Where the labels or items of a version lie."""
    return ITEMS if content == "items" else labels_path(content, version.outputs)


def table_of(version: Version, content: Content) -> str | None:
    """The key of the labels or items of a version; None where its dvc.lock has none."""
    return table_at(version, path_of(version, content))


def table_at(version: Version, path: str) -> str | None:
    """The key of the table at a path of a version; None where its dvc.lock has none."""
    direct = version.outputs.get(path)
    if direct is not None:
        return direct.md5
    folder, _, name = path.rpartition("/")
    above = version.outputs.get(folder)
    return f"{above.md5}/{name}" if above is not None and above.is_folder else None


def not_there(version: Version, content: Content) -> TagledgerError:
    """What to say of a version without such labels or items."""
    return TagledgerError(
        f"{version.name} has no {path_of(version, content)} among its outputs",
        where=LOCK,
        hint="ask for another layer",
    )


def without_table(versions: Iterable[Version], content: Content) -> list[Missing]:
    """Those of some versions whose dvc.lock has no such labels or items."""
    lacking = [version for version in versions if table_of(version, content) is None]
    return [Missing(version, not_there(version, content)) for version in lacking]


@contextmanager
def write_lock(repository: Repository, path: Path) -> Iterator[bool]:
    """Wait for other processes that write a file of the folder; yield False where nobody can."""
    try:
        own_folder(repository.root, *FOLDER.parts)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        lock = os.open(path.with_suffix(".lock"), flags, 0o666)
    # Without a writable folder of its own, the repository can still be read, only more slowly.
    except (OSError, TagledgerError):
        yield False
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield True
    finally:
        os.close(lock)
