"""Files in git's own folder that keep what was computed, until the data or the software differs.

No commit and so no clone brings files there: what somebody else wrote is never taken for one. A
file is found by a digest of all that decides its content; one that is damaged is none.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson

from tagledger.errors import TagledgerError
from tagledger.files import write_bytes
from tagledger.versions.repository import Repository, own_folder

PACKAGES = ("tagledger", "tagledger_schemas")


def named(key: Mapping[str, Any]) -> str:
    """The name of the file for a key, which is JSON; the software is a part of every key."""
    text = orjson.dumps({**key, "software": _software()}, option=orjson.OPT_SORT_KEYS)
    return _digest(text).decode()


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


def keep(
    repository: Repository,
    folder: Sequence[str],
    name: str,
    about: object,
    content: bytes,
    *,
    most: int,
) -> None:
    """Keep a file, and as many of the latest others in its folder as there may be.

    Where nothing can be kept, the next command computes it again.

    Parameters
    ----------
    repository
        The repository.
    folder
        The folder, in git's own.
    name
        By `named`.
    about
        What the file is about, as JSON can have it.
    content
        What it keeps.
    most
        The most files of the folder.
    """
    rest = orjson.dumps(about) + b"\n" + content
    with suppress(OSError, TagledgerError):
        path = own_folder(repository.git_dir, *folder)
        write_bytes(path / name, _digest(rest) + b"\n" + rest)
        kept = sorted(path.iterdir(), key=lambda one: one.stat().st_mtime_ns)
        for one in kept[:-most]:
            one.unlink(missing_ok=True)


def was_asked_for(file: Path) -> None:
    """Count a file among the latest: those that are asked for stay."""
    with suppress(OSError):
        os.utime(file)


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
    folders = list(spec.submodule_search_locations or ()) if spec is not None else []
    files: list[Any] = []
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.name.endswith(".py"):
                    stat = entry.stat()
                    files.append([entry.path, stat.st_size, stat.st_mtime_ns])
                elif entry.name != "__pycache__" and entry.is_dir():
                    folders.append(entry.path)
    return sorted(files)


def _libraries() -> list[str]:
    """What is installed: the names of these folders end in the version of each library."""
    libraries: list[str] = []
    for folder in filter(None, sys.path):
        with suppress(OSError), os.scandir(folder) as entries:
            names = (entry.name for entry in entries)
            libraries += (name for name in names if name.endswith((".dist-info", ".egg-info")))
    return sorted(libraries)
