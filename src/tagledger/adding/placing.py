"""Files of a snapshot are copied to a folder of their own: data/files/SOURCE/SNAPSHOT."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from tagledger.errors import TagledgerError, os_errors
from tagledger.files import replacing_folder
from tagledger.release.freeze import GIT_LIMIT
from tagledger.sources.catalogue import FileIdentity, identify
from tagledger.sources.formats import MEMBER
from tagledger.sources.reading import Reading

FILES = PurePosixPath("data/files")
# Names that git or DVC reads as its own, or that a killed process leaves.
_NOT_FOR_DATA = re.compile(
    r"(^|/)(\.git[^/]*|\.dvcignore|dvc\.yaml|dvc\.lock|[^/]*\.(dvc|part))$", re.IGNORECASE
)
MOST_FILES = 500  # of a snapshot, as each has an entry in data/sources.yaml


def location_of(source: str, snapshot: str) -> PurePosixPath:
    """The folder of a snapshot's files, from the folder of dvc.yaml."""
    return FILES / source / snapshot


def files_of_reading(reading: Mapping[str, Any], folder: Path) -> dict[str, Path]:
    """The files that a reading reads, by their names below a folder; an archive is one file.

    Raises
    ------
    TagledgerError
        One is not there; or there are too many for an entry of data/sources.yaml.
    """
    from tagledger.readers.opening.source_files import source_files

    checked = Reading.model_validate(reading)
    paths: dict[str, Path] = {}
    for one in checked.file_readings.values():
        for file in source_files(one, folder):
            name = file.name.partition(MEMBER)[0]
            paths[name] = folder / name
    if len(paths) > MOST_FILES:
        raise TagledgerError(
            f"there are {len(paths):,} files, and data/sources.yaml takes {MOST_FILES} at most",
            where=folder,
            hint="put them into an archive, and name that: `zip -r all.zip FOLDER`",
        )
    return paths


def place_files(
    root: Path, source: str, snapshot: str, files: Mapping[str, Path]
) -> dict[str, FileIdentity]:
    """Copy files to the folder of a snapshot, all of them or none.

    Parameters
    ----------
    root
        The folder of dvc.yaml.
    source, snapshot
        Their names.
    files
        The files, by their names in the snapshot.

    Returns
    -------
    dict
        What each copy is.

    Raises
    ------
    TagledgerError
        The folder is there already, a file cannot be read, or the disk is full.
    """
    folder = root / location_of(source, snapshot)
    refuse_present(root, source, snapshot)
    for name, path in files.items():
        if _NOT_FOR_DATA.search(name):
            raise TagledgerError(
                f"git or DVC would read a file called {PurePosixPath(name).name} as its own",
                where=path,
                hint="give it another name, such as items.csv, and run it again",
            )
    with _folders_of_its_own(folder.parent, root), replacing_folder(folder) as temporary:
        for name, path in files.items():
            target = temporary / name
            with os_errors(path):
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
        return {name: identify(temporary / name) for name in files}


def placed_already(
    root: Path, source: str, snapshot: str, files: Mapping[str, Path]
) -> dict[str, FileIdentity] | None:
    """What the files are, if exactly they are in their folder, as after a run that was killed."""
    folder = root / location_of(source, snapshot)
    pointers = {f"{name}.dvc" for name in files}
    if folder.is_symlink() or not folder.is_dir():
        return None
    held = {one.relative_to(folder).as_posix() for one in folder.rglob("*") if not one.is_dir()}
    held = {one for one in held if one in files or PurePosixPath(one).name != ".gitignore"}
    if held - pointers != set(files):
        return None
    there = {name: identify(folder / name) for name in files}
    same = all(there[name].sha256 == identify(path).sha256 for name, path in files.items())
    return there if same else None


def refuse_present(root: Path, source: str, snapshot: str) -> None:
    """Refuse a snapshot whose folder is there: what is in it is somebody's.

    Raises
    ------
    TagledgerError
        It is there, be it a folder, a file or a link.
    """
    if os.path.lexists(root / location_of(source, snapshot)):
        raise TagledgerError(
            "there is such a folder already",
            where=location_of(source, snapshot).as_posix(),
            hint="name another snapshot: --snapshot NAME; or remove the folder if nothing needs it",
        )


def take_back(root: Path, source: str, snapshot: str) -> None:
    """Remove the folder of a snapshot, and those above it that are empty then."""
    folder = root / location_of(source, snapshot)
    shutil.rmtree(folder, ignore_errors=True)
    remove_empty(_above(folder, root))


@contextmanager
def _folders_of_its_own(folder: Path, root: Path) -> Iterator[None]:
    """Where the block raises, folders that are empty are no longer there."""
    try:
        yield
    except BaseException:
        remove_empty([folder, *_above(folder, root)])
        raise


def _above(folder: Path, root: Path) -> list[Path]:
    """The folders above one that are this module's, the lowest first."""
    return [one for one in folder.parents if one.is_relative_to(root / FILES)]


def remove_empty(folders: Sequence[Path]) -> None:
    """Remove folders that hold nothing, up to the first that does."""
    for folder in folders:
        try:
            folder.rmdir()
        except OSError:
            return


def kept_by_dvc(root: Path, source: str, snapshot: str, names: Iterable[str]) -> list[str]:
    """The files of a snapshot that are too large for git: their paths from the folder of dvc.yaml.

    `versions.add_file` lets DVC keep each of them.
    """
    paths = [location_of(source, snapshot) / name for name in sorted(names)]
    return [path.as_posix() for path in paths if (root / path).stat().st_size > GIT_LIMIT]
