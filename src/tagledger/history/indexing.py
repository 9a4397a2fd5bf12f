"""Indexes of the versions' labels: one file per layer under .tagledger/index, beside a lock.

A fourth index has each version's clean items, each as if it had one label: an index of labels
knows no item without any.

What they hold can be had from DVC's cache at any time: a table that an index lacks is read and
added; an index that is damaged, or of another format, is made anew.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tagledger.errors import TagledgerError
from tagledger.history.label_index import IdKind, LabelIndex, read_index, write_index
from tagledger.layers import ITEMS, LABELS, Layer
from tagledger.versions import LOCK, WORKSPACE, Progress, Repository, Version
from tagledger.versions.data_files import bring
from tagledger.versions.dvc_process import silent
from tagledger.versions.repository import own_folder

if TYPE_CHECKING:
    import pandas as pd

Content = Literal[Layer, "items"]

FOLDER = Path(".tagledger", "index")
# Tables that no version asked for has any more are dropped from this number on.
MOST_TABLES = 256


@dataclass(frozen=True)
class Missing:
    """A version that could not be read, and why."""

    version: Version
    problem: TagledgerError


def _path(content: Content) -> str:
    return ITEMS if content == "items" else LABELS[content]


def _called(content: Content) -> str:
    return "clean items" if content == "items" else f"{content} labels"


def table_of(version: Version, content: Content) -> str | None:
    """What the labels or items of a version are known by; None where its dvc.lock has none."""
    path = _path(content)
    direct = version.outputs.get(path)
    if direct is not None:
        return direct.md5
    folder, _, name = path.rpartition("/")
    above = version.outputs.get(folder)
    return f"{above.md5}/{name}" if above is not None and above.is_folder else None


def open_index(
    repository: Repository,
    versions: Sequence[Version],
    content: Content,
    *,
    progress: Progress = silent,
) -> tuple[LabelIndex, list[Missing]]:
    """The index of some content with that of `versions`, extended by what it lacks.

    Two processes may do so at once: one waits for the other, and reads what that one added.

    Parameters
    ----------
    repository
        The repository.
    versions
        The versions to have; the last decides whether ids are integers or text.
    content
        The layer whose labels are asked for, or the clean items.
    progress
        Is given a line for each version that is read.

    Returns
    -------
    index
        It may have more tables than were asked for.
    missing
        The versions whose labels could not be read, and why.
    """
    path = repository.root / FOLDER / f"{content}.arrays"
    index = read_index(path)
    asked = {table for version in versions if (table := table_of(version, content)) is not None}
    if asked <= index.bits.keys():
        without = [version for version in versions if table_of(version, content) is None]
        return index, [Missing(version, _not_there(version, content)) for version in without]
    with _lock(repository, path) as writable:
        before = read_index(path)
        index, missing = _extend(repository, before, versions, content, progress)
        if len(index.tables) > MOST_TABLES:
            index = index.only(asked)
        if writable and index is not before:
            # What a full disk does not keep is read again the next time.
            with suppress(TagledgerError):
                write_index(index, path)
    return index, missing


@contextmanager
def _lock(repository: Repository, path: Path) -> Iterator[bool]:
    """Wait for other processes that write; False where nobody can write."""
    try:
        own_folder(repository.root, *FOLDER.parts)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        lock = os.open(path.with_suffix(".lock"), flags, 0o666)
    # A repository that cannot be written to, or whose folder is a link to elsewhere, can be read,
    # only more slowly.
    except (OSError, TagledgerError):
        yield False
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield True
    finally:
        os.close(lock)


def _extend(
    repository: Repository,
    index: LabelIndex,
    versions: Sequence[Version],
    content: Content,
    progress: Progress,
) -> tuple[LabelIndex, list[Missing]]:
    """The index with the labels of the versions that can be read."""
    # The rest of the library takes longer to import than an index to answer.
    from tagledger.dataset import Dataset

    missing: list[Missing] = []
    added: dict[str, pd.DataFrame] = {}
    beyond_reach = _fetch(repository, versions, content)
    kind = index.id_kind if index.tables else None
    # Newest first: it has the kind of ids that people name today.
    for version in reversed(versions):
        try:
            table = table_of(version, content)
            if table is None:
                raise _not_there(version, content)
            if table in added or table in index.bits:
                continue
            if table in beyond_reach:
                raise beyond_reach[table]
            progress(f"reading the {_called(content)} of {version.name}")
            dataset = Dataset(repository, version)
            labels = dataset.clean_ids() if content == "items" else dataset.labels(content)
            found: IdKind = "integer" if labels["id"].dtype.kind == "i" else "text"
            if kind not in {None, found}:
                if version is not versions[-1]:
                    raise _other_ids(version, found)
                index = LabelIndex()
            kind = found
            added[table] = labels
        except TagledgerError as error:
            missing.append(Missing(version, error))
    return index.extended(added), missing[::-1]


def _fetch(
    repository: Repository, versions: Sequence[Version], content: Content
) -> dict[str, TagledgerError]:
    """Ask the remote once for all that the cache lacks; what it lacks too, and why."""
    wanted = {
        output.md5: (version, output.path)
        for version in versions
        if (output := version.outputs.get(_path(content))) is not None
        and not output.is_folder
        and version.kind != WORKSPACE
    }
    return bring(repository, wanted)


def _not_there(version: Version, content: Content) -> TagledgerError:
    return TagledgerError(
        f"{version.name} has no {_path(content)} among its outputs",
        where=LOCK,
        hint="ask for another layer",
    )


def _other_ids(version: Version, kind: IdKind) -> TagledgerError:
    return TagledgerError(
        f"the ids of {version.name} are {kind}, those of later versions are not",
        hint="give the sources one kind: `id_type: string` in their readings, then rebuild",
    )
