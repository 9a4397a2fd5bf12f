"""The files that somebody names: themselves, those of a folder, a pattern or an archive."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tagledger.errors import TagledgerError, os_errors
from tagledger.readers.opening import archives
from tagledger.readers.opening.source_files import MOST_BYTES, SourceFile
from tagledger.sources import formats
from tagledger.sources.formats import MEMBER, archive_of, compression_of

MOST_FILES = 20_000


@dataclass(frozen=True)
class Inputs:
    """Files to inspect.

    Attributes
    ----------
    folder
        What their names are relative to: the snapshot's `location`.
    files
        The files, those in archives one by one.
    """

    folder: Path
    files: list[SourceFile]


def inputs(given: Sequence[str], *, above: bool = False) -> Inputs:
    """The files that some words name.

    Parameters
    ----------
    above
        Whether names begin with the folder that all files are in.

    Raises
    ------
    TagledgerError
        There is no such file, or a folder has none, or too many.
    """
    paths: list[Path] = []
    bases: list[Path] = []
    for word in given:
        for path in _paths(word):
            own = path.resolve()
            bases.append(own if own == Path.cwd() else own.parent)
            paths += _below(own) if own.is_dir() else [own]
    paths = list(dict.fromkeys(paths))
    if len(paths) > MOST_FILES:
        raise TagledgerError(
            f"there are more than {MOST_FILES:,} files",
            where=given[0],
            hint="name some of them; a reading with `*` then reads all",
        )
    folder = Path(os.path.commonpath(bases))
    folder = folder.parent if above else folder
    files: list[SourceFile] = []
    for path in paths:
        files += _files_of(path, folder)
    if not files:
        raise TagledgerError(
            "there is no file in it", where=given[0], hint="name a file with items and labels"
        )
    return Inputs(folder, files)


def _paths(word: str) -> list[Path]:
    path = Path(word)
    if not path.exists() and glob.has_magic(word):
        paths = [Path(one) for one in sorted(glob.glob(word, recursive=True))]  # noqa: PTH207 - it may be absolute
        if paths:
            return paths
    if not path.exists():
        raise TagledgerError(
            "there is no such file",
            where=word,
            hint="check the path: `tagledger inspect FILE…` takes files, folders and archives",
        )
    return [path]


def _below(folder: Path) -> list[Path]:
    """The files below a folder, without hidden ones."""
    paths = []
    with os_errors(folder):
        for at, folders, names in os.walk(folder):
            folders[:] = sorted(
                one for one in folders if not one.startswith(".") and one != "__MACOSX"
            )
            paths += [Path(at) / one for one in sorted(names) if not one.startswith(".")]
            if len(paths) > MOST_FILES:
                break
    return paths


def _files_of(path: Path, folder: Path) -> list[SourceFile]:
    name = path.relative_to(folder).as_posix()
    if archive_of(name) is None or _is_workbook(path):
        return [SourceFile(path, compression_of(name), MOST_BYTES, name)]
    members = archives.names(path, MOST_BYTES)
    names = [f"{name}{MEMBER}{one}" for one in members]
    inner = [one for one in names if archive_of(one.partition(MEMBER)[2]) is not None]
    names = [one for one in names if one not in inner]
    if not names:
        what = "an archive within an archive" if inner else "no file"
        raise TagledgerError(
            f"this archive has {what}", where=path, hint="unpack it, and name the files in it"
        )
    return [SourceFile(folder / one, compression_of(one), MOST_BYTES, one) for one in names]


def _is_workbook(path: Path) -> bool:
    return formats.by_ending(path.name) is not None
