"""A version of the dataset, and the order of the names of versions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from hashlib import blake2b
from typing import Literal

from tagledger.versions.dvc_lock import Output

WORKSPACE = "workspace"

Kind = Literal["release", "commit", "experiment", "workspace"]

# A version is its items, labels, tags and assignments. The paths are those of tagledger.tables,
# which takes a while to import. Recorded data ids are made of these: they stay for ever.
DATA_TABLES = (
    "data/clean/items.parquet",
    "data/clean/labels.parquet",
    "data/filtered/labels.parquet",
    "data/filtered/tags.parquet",
    "data/splits/assignments.parquet",
)

# People's answers make a version where they change a label: a table that is equal to the clean one
# says nothing new, so versions from before the annotate stage keep their ids.
CLEAN_LABELS = "data/clean/labels.parquet"
ANNOTATED_LABELS = "data/annotated/labels.parquet"

Data = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Version:
    """A state of the data, and the revisions that record it.

    Attributes
    ----------
    name
        What to call it: a release, else an abbreviated commit, an experiment's name, or
        "workspace".
    names
        All its names: releases, lightweight tags, commits, experiments, "workspace".
    commit
        Full id of the commit that brought this data: of those that record it, the oldest on the
        line of history. None for the workspace.
    revision
        Full id of the commit that `name` means, whose other files are this version's: for a
        release in data/releases.yaml the first commit that has both its record and its data, for
        a tag the tagged commit. None for the workspace.
    date, author, subject
        Of `commit`: when it was written, with its time zone, by whom, and its first line.
    kind
        What `name` is.
    outputs
        The pipeline's outputs by their paths, as `revision` records them. Other revisions of the
        same version may have other raw files, reports, or tables that are no part of the data.
    source
        The source that it was made from: where several revisions record its data, the source of
        the work tree or else of the latest. None where dvc.lock does not say.
    """

    name: str
    names: tuple[str, ...]
    commit: str | None
    revision: str | None
    date: datetime | None
    author: str | None
    subject: str | None
    kind: Kind
    outputs: Mapping[str, Output] = field(hash=False, repr=False)
    source: str | None = None

    @cached_property
    def data_id(self) -> str:
        """32 hexadecimal digits that two versions share if and only if their data is the same."""
        return id_of(data_of(self.outputs))

    @cached_property
    def outputs_id(self) -> str:
        """32 hexadecimal digits that two revisions share if and only if all outputs are the same.

        Revisions with one data id may differ in what is no part of the data, such as raw files.
        """
        return _digest((out.path, out.md5) for out in self.outputs.values())

    def has(self, path: str) -> bool:
        """Whether one of its outputs is the file `path`, or the folder that it lies in."""
        return _holder(self.outputs, path) is not None


def data_of(outputs: Mapping[str, Output]) -> Data:
    """What makes two revisions one version: the paths and md5s of its items, labels and tags.

    Each of `DATA_TABLES` counts by the output that is it or, where the pipeline makes its folder
    in one piece, by the folder. Tables that a lock does not have are left out. The labels after
    people's answers count where they differ from the clean ones. Where it has no
    table of items, labels or tags, as in another pipeline, all that DVC keeps counts; reports,
    which git keeps, count only where there is nothing else.
    """
    holders = [_holder(outputs, path) for path in DATA_TABLES]
    if any(holders[:-1]):  # a folder data/splits alone may hold anything
        holders.append(_annotated(outputs))
        return frozenset((out.path, out.md5) for out in holders if out is not None)
    data = frozenset((out.path, out.md5) for out in outputs.values() if out.cached)
    return data or frozenset((out.path, out.md5) for out in outputs.values())


def id_of(data: Data) -> str:
    """The name that follows from the data alone: 32 hexadecimal digits.

    BLAKE2b of 16 bytes over lines of path, tab and md5, sorted, joined by line feeds, in UTF-8.
    """
    return _digest(data)


def _holder(outputs: Mapping[str, Output], path: str) -> Output | None:
    """The output that is a file, or the folder that it lies in; None for neither."""
    if path in outputs:
        return outputs[path]
    folder = outputs.get(path.rpartition("/")[0])
    return folder if folder is not None and folder.is_folder else None


def _annotated(outputs: Mapping[str, Output]) -> Output | None:
    """The labels after people's answers; None where they are the clean ones."""
    annotated, clean = outputs.get(ANNOTATED_LABELS), outputs.get(CLEAN_LABELS)
    if annotated is None or (clean is not None and clean.md5 == annotated.md5):
        return None
    return annotated


def _digest(pairs: Iterable[tuple[str, str]]) -> str:
    text = "\n".join(f"{path}\t{md5}" for path, md5 in sorted(pairs))
    return blake2b(text.encode(), digest_size=16).hexdigest()


def is_of_source(version: Version, source: str | None) -> bool:
    """Whether a version belongs to the lineage of a source.

    One whose dvc.lock does not say where it is from belongs to each, and where the source that
    people follow is not known, all versions do.
    """
    return source is None or version.source in {None, source}


def of_source(versions: Iterable[Version], source: str | None) -> list[Version]:
    """The versions that belong to the lineage of a source, in their order."""
    return [one for one in versions if is_of_source(one, source)]


def version_order(name: str) -> tuple[bool, tuple[int, ...], bool, tuple[tuple[int, str], ...]]:
    """A key that sorts names of releases: v1.9 before v1.10-rc1 before v1.10; others first."""
    match = re.fullmatch(r"v?(\d+(?:\.\d+)*)(.*)", name, re.DOTALL)
    numbers = tuple(int(number) for number in match[1].split(".")) if match else ()
    rest = match[2] if match else name
    parts = tuple(
        (int(part) if part.isdecimal() else -1, part) for part in re.findall(r"\d+|\D+", rest)
    )
    return bool(match), numbers, rest == "", parts


def is_newer(a: Version, b: Version) -> bool | None:
    """Whether `a` is the later of two versions; None where neither dates nor names say.

    The work tree is later than any commit. Releases of one second are in the order of their names.
    """
    if a.revision is None or b.revision is None:
        return None if a.revision == b.revision else a.revision is None
    if a.date is not None and b.date is not None and a.date != b.date:
        return a.date > b.date
    orders = [version_order(one.name) for one in (a, b)]
    if a.kind == b.kind == "release" and orders[0] != orders[1]:
        return bool(orders[0] > orders[1])
    return None
