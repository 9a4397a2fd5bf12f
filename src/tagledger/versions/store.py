"""The files that hold a version's data, found by their md5: in DVC's cache, or in its remote.

DVC itself, which takes a second to start, is asked only when the cache lacks something. Each
file's md5 is checked once; a stamp of its size, time and inode under .tagledger/verified says so
to later processes.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

import orjson

from tagledger.errors import TagledgerError, nearest, os_errors
from tagledger.versions.locks import Output
from tagledger.versions.pull import pull
from tagledger.versions.repository import Repository, object_path
from tagledger.versions.version import WORKSPACE, Version

Availability = Literal["cache", "remote", "unknown", "missing"]

_STAMPS = Path(".tagledger", "verified")


class MissingDataError(TagledgerError):
    """Data of a version is neither in the cache nor in the remote."""


class DamagedDataError(TagledgerError):
    """A file of the cache is not what its name says."""


def locate(repo: Repository, version: Version, path: str) -> Path:
    """The file on this machine that holds `path` of a version. It must not be written to.

    Parameters
    ----------
    repo
        The repository.
    version
        The version.
    path
        An output that is a file, or a file in an output that is a folder, from the folder of
        dvc.yaml: data/splits/train.parquet.

    Raises
    ------
    MissingDataError
        Neither the cache nor the remote has it.
    DamagedDataError
        The file in the cache has another md5 than it should have.
    TagledgerError
        The version has no such file, or the remote cannot be asked.
    """
    return _object(repo, version, _md5_of(repo, version, path), path)


def members(repo: Repository, version: Version, folder: str) -> list[str]:
    """The paths of the files in an output that is a folder, relative to it, sorted.

    Raises
    ------
    TagledgerError
        As `locate`; or the version has no such folder.
    """
    output = version.outputs.get(folder.rstrip("/"))
    if output is None or not output.is_folder:
        folders = [out.path for out in version.outputs.values() if out.is_folder]
        raise TagledgerError(
            f"{version.name} has no folder {folder} among its outputs",
            where=repo.root,
            hint=nearest(folder, folders),
        )
    return sorted(_listing(repo, version, output))


def available(repo: Repository, version: Version) -> Availability:
    """Where all data of a version can be had from, found out without the network.

    Returns
    -------
    str
        cache: all of it is here. remote: the rest is in a remote that is a folder of this machine.
        unknown: the rest may be in a remote that would have to be asked. missing: nobody has
        the rest; `tagledger rebuild` makes it.

    Notes
    -----
    Contents are not checked: a damaged file counts as there until it is read.
    """
    lacking = _lacking(repo, [out for out in version.outputs.values() if out.cached])
    settings = repo.settings
    if not lacking:
        return "cache"
    if settings.remote is None:
        return "missing"
    if settings.remote_folder is None:
        return "unknown"
    stores = [*repo.caches, settings.remote_folder]
    return "missing" if _lacking(repo, version.outputs.values(), stores) else "remote"


def fetch(repo: Repository, version: Version, paths: Sequence[str] | None = None) -> None:
    """Bring data of a version from the remote to the cache, all in one go; what is there stays.

    Parameters
    ----------
    repo
        The repository.
    version
        The version.
    paths
        Outputs or files in outputs; all outputs by default.

    Raises
    ------
    TagledgerError
        As `locate`.
    """
    if paths is None:
        paths = [out.path for out in version.outputs.values() if out.cached]
    wanted: dict[str, str] = {}
    folders = {}
    for path in paths:
        output, inner = _output_of(repo, version, path)
        wanted[output.md5] = output.path
        if output.is_folder:
            folders[output.path, inner] = output
    _bring(repo, version, wanted)
    wanted = {}
    for (_, inner), output in folders.items():
        for name, md5 in _listing(repo, version, output).items():
            if inner in {"", name}:
                wanted[md5] = f"{output.path}/{name}"
    _bring(repo, version, wanted)


def drop_damaged(repo: Repository, version: Version) -> list[str]:
    """Check all data of a version that is in the cache, and delete what is damaged.

    Returns
    -------
    list
        The paths whose files were deleted.
    """
    dropped: list[str] = []

    def drop(md5: str, path: str) -> bool:
        for cache in repo.caches:
            file = object_path(cache, md5)
            if file.is_file() and not _is_sound(repo, file, md5):
                with os_errors(file):
                    file.unlink()
                dropped.append(path)
        return repo.find_object(md5) is not None

    for output in version.outputs.values():
        if drop(output.md5, output.path) and output.is_folder:
            for name, md5 in _listing(repo, version, output).items():
                drop(md5, f"{output.path}/{name}")
    return dropped


def _output_of(repo: Repository, version: Version, path: str) -> tuple[Output, str]:
    """The output that is `path` or holds it, and the rest of the path."""
    parts = path.rstrip("/").split("/")
    for end in range(len(parts), 0, -1):
        output = version.outputs.get("/".join(parts[:end]))
        inner = "/".join(parts[end:])
        if output is not None and (output.is_folder or not inner):
            if not output.cached:
                raise TagledgerError(
                    f"{path} is kept in git, not by DVC",
                    where=version.name,
                    hint=f"`git show {version.revision or 'HEAD'}:{path}` shows it",
                )
            return output, inner
    raise TagledgerError(
        f"{version.name} has no data called {path}",
        where=repo.root,
        hint=nearest(path, [out.path for out in version.outputs.values() if out.cached]),
    )


def _md5_of(repo: Repository, version: Version, path: str) -> str:
    output, inner = _output_of(repo, version, path)
    if not output.is_folder:
        return output.md5
    listing = _listing(repo, version, output)
    if inner not in listing:
        what = f"is no file of {output.path}" if inner else "is a folder"
        raise TagledgerError(
            f"{path} {what} in {version.name}",
            where=repo.root,
            hint=nearest(path, [f"{output.path}/{name}" for name in listing]),
        )
    return listing[inner]


def _listing(repo: Repository, version: Version, output: Output) -> dict[str, str]:
    """The md5s of a folder's files by their paths in it."""
    file = _object(repo, version, output.md5, output.path)
    with os_errors(file):
        entries = orjson.loads(file.read_bytes())
    return {entry["relpath"]: entry["md5"] for entry in entries}


def _object(repo: Repository, version: Version, md5: str, path: str) -> Path:
    """The sound file of an object, brought from the remote when the cache lacks it."""
    file = repo.find_object(md5)
    if file is None and version.kind == WORKSPACE:
        # `dvc repro --no-commit` leaves the data in the work tree alone.
        own = repo.root / path
        if own.is_file() and _is_sound(repo, own, md5):
            return own
    if file is None:
        _bring(repo, version, {md5: path})
        file = repo.find_object(md5)
        if file is None:
            raise _missing(repo, version, path)
    if not _is_sound(repo, file, md5):
        raise DamagedDataError(
            f"the cache's file for {path} of {version.name} is damaged: its md5 is not {md5}",
            where=file,
            hint=f"`{_rebuild_command(version)}` deletes it and makes it anew",
        )
    return file


def _bring(repo: Repository, version: Version, wanted: dict[str, str]) -> None:
    """Bring what the caches lack of `wanted`, paths by md5, from the remote; all of it or raise."""
    lacking = {md5: path for md5, path in wanted.items() if repo.find_object(md5) is None}
    if not lacking:
        return
    first = next(iter(lacking.values()))
    if repo.settings.remote is None:
        raise _missing(repo, version, first)
    pull(repo, list(lacking), hint=f"mend it, or `{_rebuild_command(version)}`")
    for md5, path in lacking.items():
        file = repo.find_object(md5)
        if file is None:
            raise _missing(repo, version, path)
        if not _is_sound(repo, file, md5):
            # Nothing in the cache may be wrong for what a remote sent.
            with os_errors(file):
                file.unlink()
            raise DamagedDataError(
                f"the remote's file for {path} of {version.name} is damaged: its md5 is not {md5}",
                where=f"remote {repo.settings.remote}",
                hint=f"`{_rebuild_command(version)}`, then `dvc push`, once it is deleted there",
            )


def _missing(repo: Repository, version: Version, path: str) -> MissingDataError:
    what, remote = f"{path} of {version.name}", repo.settings.remote
    return MissingDataError(
        f"neither the cache nor the remote {remote} has {what}"
        if remote
        else f"the cache does not have {what}, and no default remote is configured",
        where=repo.caches[0],
        hint=f"`{_rebuild_command(version)}`",
    )


def _rebuild_command(version: Version) -> str:
    return "dvc repro" if version.revision is None else f"tagledger rebuild {version.name}"


def _lacking(
    repo: Repository, outputs: Iterable[Output], stores: Sequence[Path] | None = None
) -> bool:
    """Whether some data of `outputs` is in none of `stores`, by default the caches."""
    stores = repo.caches if stores is None else stores

    def find(md5: str) -> Path | None:
        paths = (object_path(store, md5) for store in stores)
        return next((path for path in paths if path.is_file()), None)

    for output in outputs:
        if not output.cached:
            continue
        file = find(output.md5)
        if file is None:
            return True
        if output.is_folder:
            with os_errors(file):
                text = file.read_bytes()
            try:
                listed = [entry["md5"] for entry in orjson.loads(text)]
            except (orjson.JSONDecodeError, TypeError, KeyError):
                return True  # a damaged list: `locate` says so
            if any(find(md5) is None for md5 in listed):
                return True
    return False


def _is_sound(repo: Repository, file: Path, md5: str) -> bool:
    """Whether a file has the md5; the answer yes is remembered as long as the file stays."""
    with os_errors(file):
        stat = file.stat()
    stamp = f"{stat.st_size} {stat.st_mtime_ns} {stat.st_dev} {stat.st_ino}\n"
    mark = repo.root / _STAMPS / md5[:2] / md5[2:]
    with contextlib.suppress(OSError):
        if mark.read_text("ascii", errors="replace") == stamp:
            return True
    with os_errors(file), file.open("rb") as stream:
        digest = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False))
    if digest.hexdigest() != md5.removesuffix(".dir"):
        return False
    # A stamp that cannot be written, or only in part, costs another check and nothing else.
    with contextlib.suppress(OSError):
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.write_text(stamp, "ascii")
    return True
