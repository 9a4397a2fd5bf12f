"""Indexes of the labels of all versions: one file for each layer in .tagledger/index, and a lock.

A further index has the clean items of each version, each item as if it had one label, because an
index of labels has no items without labels.

The indexes can be made from DVC's cache at any time. A table that an index lacks is read and added.
An index that is damaged or has another format is made again.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from tagledger.errors import TagledgerError
from tagledger.history.kept_tables import (
    FOLDER,
    MOST_TABLES,
    Content,
    IdKind,
    Missing,
    not_there,
    path_of,
    table_of,
    without_table,
    write_lock,
)
from tagledger.history.label_index import LabelIndex, read_index, write_index
from tagledger.versions import WORKSPACE, Progress, Repository, Version
from tagledger.versions.data_files import bring
from tagledger.versions.dvc_process import silent

if TYPE_CHECKING:
    import pandas as pd


def _called(content: Content) -> str:
    return "clean items" if content == "items" else f"{content} labels"


def open_index(
    repository: Repository,
    versions: Sequence[Version],
    content: Content,
    *,
    progress: Progress = silent,
) -> tuple[LabelIndex, list[Missing]]:
    """The index of some content, extended by the tables of `versions` that it lacks.

    If two processes extend it at once, one waits for the other, and reads what that one added.

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
        The index; it may have more tables than those of `versions`.
    missing
        The versions whose labels could not be read, and why.
    """
    path = repository.root / FOLDER / f"{content}.arrays"
    index = read_index(path)
    wanted = {table for version in versions if (table := table_of(version, content)) is not None}
    if wanted <= index.bits.keys():
        return index, without_table(versions, content)
    with write_lock(repository, path) as writable:
        before = read_index(path)
        index, missing = _extend(repository, before, versions, content, progress)
        if len(index.tables) > MOST_TABLES:
            index = index.only(wanted)
        if writable and index is not before:
            # If the disk is full, the next command reads the tables again.
            with suppress(TagledgerError):
                write_index(index, path)
    return index, missing


def _extend(
    repository: Repository,
    index: LabelIndex,
    versions: Sequence[Version],
    content: Content,
    progress: Progress,
) -> tuple[LabelIndex, list[Missing]]:
    """The index with the labels of the versions that can be read."""
    # An import of the rest of the library takes longer than an answer from an index.
    from tagledger.dataset import Dataset

    missing: list[Missing] = []
    added: dict[str, pd.DataFrame] = {}
    unavailable = _pull(repository, versions, content)
    kind = index.id_kind if index.tables else None
    # The newest version comes first: it decides which kind of ids the index has.
    for version in reversed(versions):
        try:
            table = table_of(version, content)
            if table is None:
                raise not_there(version, content)
            if table in added or table in index.bits:
                continue
            if table in unavailable:
                raise unavailable[table]
            progress(f"reading the {_called(content)} of {version.name}")
            dataset = Dataset(repository, version)
            labels = dataset.clean_ids() if content == "items" else dataset.labels(content)
            new_kind: IdKind = "integer" if labels["id"].dtype.kind == "i" else "text"
            if kind not in {None, new_kind}:
                if version is not versions[-1]:
                    raise _other_ids(version, new_kind)
                index = LabelIndex()
            kind = new_kind
            added[table] = labels
        except TagledgerError as error:
            missing.append(Missing(version, error))
    return index.extended(added), missing[::-1]


def _pull(
    repository: Repository, versions: Sequence[Version], content: Content
) -> dict[str, TagledgerError]:
    """Ask the remote once for all that the cache lacks; return what it lacks too, and why."""
    wanted = {
        output.md5: (version, output.path)
        for version in versions
        if (output := version.outputs.get(path_of(version, content))) is not None
        and not output.is_folder
        and version.kind != WORKSPACE
    }
    return bring(repository, wanted)


def _other_ids(version: Version, kind: IdKind) -> TagledgerError:
    return TagledgerError(
        f"the ids of {version.name} are {kind}, those of later versions are not",
        hint="give the sources one kind: `id_type: string` in their readings, then rebuild",
    )
