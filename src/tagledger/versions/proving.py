"""Proofs: every byte of a version's data in the cache is hashed, whatever was found out before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tagledger.errors import os_errors
from tagledger.versions.data_files import DamagedDataError, mending_command, parse_listing
from tagledger.versions.dvc_process import Progress, silent
from tagledger.versions.objects import holds, refuse_links
from tagledger.versions.repository import Repository, is_plain_file, object_path
from tagledger.versions.version import Version

_SHOWN = 20


@dataclass(frozen=True)
class Damage:
    """A file of the cache that is not what its name says.

    Attributes
    ----------
    version
        The first of the versions that need it.
    path
        What it is there.
    file
        The file.
    """

    version: Version
    path: str
    file: Path


@dataclass(frozen=True)
class Proof:
    """What came of hashing the data of versions.

    Attributes
    ----------
    objects, size
        How many objects of the cache were hashed, and their bytes.
    damaged
        Those that are not what their names say.
    missing
        The paths of what the cache lacks.
    """

    objects: int
    size: int
    damaged: Sequence[Damage]
    missing: Sequence[str]


def prove(repo: Repository, versions: Sequence[Version], *, progress: Progress = silent) -> Proof:
    """Hash all data of `versions` that the cache has: an object that several share once.

    Parameters
    ----------
    repo
        The repository.
    versions
        The versions.
    progress
        Is given a line for each version.
    """
    refuse_links(repo)
    seen: dict[str, list[Damage]] = {}
    damaged: list[Damage] = []
    missing: list[str] = []
    size = 0
    for version in versions:
        progress(f"hashing the data of {version.name}")
        for md5, path in _objects(repo, version):
            if md5 in seen:
                continue
            files = [object_path(cache, md5) for cache in repo.caches]
            files = [file for file in files if file.is_symlink() or file.exists()]
            if not files:
                missing.append(path)
                continue
            seen[md5] = [Damage(version, path, file) for file in files if not _is_whole(file, md5)]
            damaged += seen[md5]
            size += sum(file.stat().st_size for file in files if is_plain_file(file))
    return Proof(len(seen), size, damaged, missing)


def check_all(
    repo: Repository, versions: Sequence[Version], *, progress: Progress = silent
) -> Proof:
    """Prove the data of `versions`, as `prove` does; what they lack is no damage.

    Raises
    ------
    DamagedDataError
        With each damaged file, and the commands that mend them.
    """
    proof = prove(repo, versions, progress=progress)
    if proof.damaged:
        lines = [
            f"  {one.file}: {one.path} of {one.version.name}" for one in proof.damaged[:_SHOWN]
        ]
        more = len(proof.damaged) - _SHOWN
        lines += [f"  and {more} more"] if more > 0 else []
        commands = dict.fromkeys(mending_command(one.version, one.file) for one in proof.damaged)
        raise DamagedDataError(
            f"{len(proof.damaged)} of the {proof.objects} files in the cache are damaged:\n"
            + "\n".join(lines),
            where=repo.settings.cache,
            hint=f"{', '.join(f'`{command}`' for command in commands)} makes them anew",
        )
    return proof


def drop_damaged(repo: Repository, version: Version) -> list[str]:
    """Hash all data of a version that is in the cache, and delete what is damaged.

    Returns
    -------
    list
        The paths whose files were deleted.
    """
    damaged = prove(repo, [version]).damaged
    for one in damaged:
        with os_errors(one.file):
            one.file.unlink()
    return list(dict.fromkeys(one.path for one in damaged))


def _objects(repo: Repository, version: Version) -> Iterator[tuple[str, str]]:
    """The md5s and paths of a version's data; the files of a folder where its list is sound."""
    for output in version.outputs.values():
        if output.cached:
            yield output.md5, output.path
            file = repo.find_object(output.md5) if output.is_folder else None
            if file is not None and holds(file, output.md5):
                for name, md5 in parse_listing(file, output.path).items():
                    yield md5, f"{output.path}/{name}"


def _is_whole(file: Path, md5: str) -> bool:
    # A link is none of DVC's making: to delete it deletes nothing elsewhere.
    return is_plain_file(file) and holds(file, md5)
