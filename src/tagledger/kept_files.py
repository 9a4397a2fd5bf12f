"""Files in git's own folder that keep what was computed, until the data or the software differs.

No commit and so no clone brings files there: what somebody else wrote is never taken for one. A
file is found by a digest of all that decides its content; one that is damaged is none.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import orjson

from tagledger.errors import TagledgerError, os_errors
from tagledger.files import own_folder, write_bytes

T = TypeVar("T")

PACKAGES = ("tagledger", "tagledger_schemas")


def named(key: Mapping[str, Any]) -> str:
    """The name of the file for a key, which is JSON; the software is a part of every key.

    Names of files that are not UTF-8 may stand in it.
    """
    # orjson refuses what stands for their bytes.
    return _digest(json.dumps({**key, "software": _software()}, sort_keys=True).encode()).decode()


def read_kept(file: Path) -> tuple[Any, bytes] | None:
    """What a file is about, and its content; None where there is none, or none that is whole."""
    try:
        digest, rest = file.read_bytes().split(b"\n", 1)
        if digest != _digest(rest):
            return None
        about, content = rest.split(b"\n", 1)
        return orjson.loads(about), content
    except (OSError, ValueError):
        return None


def take(file: Path, parse: Callable[[bytes], T]) -> T | None:
    """What a file keeps; None where there is none, or none that `parse` can read."""
    kept = read_kept(file)
    if kept is None:
        return None
    try:
        content = parse(kept[1])
    except (LookupError, TypeError, ValueError, AttributeError):
        return None
    was_asked_for(file)
    return content


def keep(
    git_dir: Path,
    folder: Sequence[str],
    name: str,
    about: object,
    content: bytes,
    *,
    most: int,
    most_bytes: int,
) -> None:
    """Keep a file, and as many of the latest others in its folder as there may be.

    Where nothing can be kept, the next command computes it again.

    Parameters
    ----------
    git_dir
        The folder of git's own data.
    folder
        The folder in it.
    name
        By `named`.
    about
        What the file is about, as JSON can have it.
    content
        What it keeps.
    most
        The most files of the folder.
    most_bytes
        A longer content is not kept.
    """
    if len(content) > most_bytes:
        return
    rest = orjson.dumps(about) + b"\n" + content
    with suppress(OSError, TagledgerError):
        path = own_folder(git_dir, *folder)
        write_bytes(path / name, _digest(rest) + b"\n" + rest)
        kept = sorted(path.iterdir(), key=lambda one: one.stat().st_mtime_ns)
        for one in kept[:-most]:
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


def was_asked_for(file: Path) -> None:
    """Count a file among the latest: those that are asked for stay."""
    with suppress(OSError):
        os.utime(file)


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
