"""Files in git's own folder that keep what was computed, until the data or the software differs.

No commit and so no clone brings files there: what somebody else wrote is never taken for one. A
file is found by a digest of all that decides its content; one that is damaged is none.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

from tagledger.errors import TagledgerError, os_errors
from tagledger.files import own_folder, write_bytes

T = TypeVar("T")

FOLDER = "tagledger"
PACKAGES = ("tagledger", "tagledger_schemas")


def named(key: Mapping[str, Any]) -> str:
    """The name of the file for a key, which is JSON; the software is a part of every key.

    Names of files that are not UTF-8 may stand in it.
    """
    # orjson would refuse what stands for their bytes.
    return _digest(json.dumps({**key, "software": _software()}, sort_keys=True).encode()).decode()


@dataclass(frozen=True)
class Shelf:
    """A folder in git's own that keeps results of one kind.

    Attributes
    ----------
    kind
        The name of the folder, below `tagledger`.
    most
        The most files in it; the latest stay, and those that are asked for are among them.
    most_bytes
        A longer content is not kept.
    """

    kind: str
    most: int
    most_bytes: int

    def folder(self, git_dir: Path) -> Path:
        """Where it is in the folder of git's own data."""
        return git_dir / FOLDER / self.kind

    def take(self, git_dir: Path, name: str, parse: Callable[[bytes], T]) -> T | None:
        """What is kept under a name, which is by `named`.

        None where there is nothing, or nothing that is whole and that `parse` can read.
        """
        file = self.folder(git_dir) / name
        try:
            digest, content = file.read_bytes().split(b"\n", 1)
            if digest != _digest(content):
                return None
            parsed = parse(content)
        except (OSError, LookupError, TypeError, ValueError, AttributeError):
            return None
        with suppress(OSError):
            os.utime(file)
        return parsed

    def keep(self, git_dir: Path, name: str, content: bytes) -> None:
        """Keep a content under a name, which is by `named`.

        Where nothing can be kept, the next command computes it again.
        """
        if len(content) > self.most_bytes:
            return
        with suppress(OSError, TagledgerError):
            folder = own_folder(git_dir, FOLDER, self.kind)
            write_bytes(folder / name, _digest(content) + b"\n" + content)
            kept = sorted(folder.iterdir(), key=lambda one: one.stat().st_mtime_ns)
            for one in kept[: -self.most]:
                one.unlink(missing_ok=True)


def git_folder(start: Path) -> Path | None:
    """The folder of git's own data for a folder; None where it is not the `.git` above it.

    That is so outside of git, in a linked work tree and in a submodule.

    git itself is not asked: a stage of the pipeline follows from what it reads alone, and keeps
    for later commands what it computed.
    """
    folder = start.resolve()
    for above in (folder, *folder.parents):
        if os.path.lexists(above / ".git"):
            return above / ".git" if (above / ".git").is_dir() else None
    return None


def contents(root: Path, paths: Iterable[Path]) -> dict[str, str]:
    """A digest of each file among some paths of a work tree and below them, as a part of a key.

    Raises
    ------
    TagledgerError
        A file cannot be read.
    """
    digests: dict[str, str] = {}
    for start in paths:
        with os_errors(root / start):
            below = [root / start, *(root / start).rglob("*")]
        for path in below:
            if path.is_file():
                with os_errors(path), path.open("rb") as file:
                    digest = hashlib.file_digest(file, blake2b).hexdigest()
                digests[path.relative_to(root).as_posix()] = digest
    return digests


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=16).hexdigest().encode()


@cache
def _software() -> dict[str, Any]:
    """What computes, as it was when this process looked for it first."""
    return {
        "code": [_code(package) for package in PACKAGES],
        "python": sys.version,
        "libraries": _libraries(),
    }


def look_again() -> None:
    """Forget which software there is: for tests, which change it."""
    _software.cache_clear()


def _code(package: str) -> list[Any]:
    """The files of a package with the size and the time of each."""
    spec = find_spec(package)
    tops = list(spec.submodule_search_locations or ()) if spec is not None else []
    files: list[Any] = []
    folders = [(top, "") for top in tops]
    while folders:
        folder, inside = folders.pop()
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith(".py"):
                    stat = entry.stat()
                    files.append([f"{inside}{entry.name}", stat.st_size, stat.st_mtime_ns])
                elif entry.name != "__pycache__" and entry.is_dir():
                    folders.append((entry.path, f"{inside}{entry.name}/"))
    return sorted(files)


def _libraries() -> list[str]:
    """What is installed: the names of these folders end in the version of each library."""
    libraries: list[str] = []
    for folder in filter(None, sys.path):
        with suppress(OSError), os.scandir(folder) as entries:
            names = (entry.name for entry in entries)
            libraries += (name for name in names if name.endswith((".dist-info", ".egg-info")))
    return sorted(libraries)
