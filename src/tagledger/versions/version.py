"""A version of the dataset, and the order of the names of versions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from hashlib import blake2b
from typing import Literal

from tagledger.versions.locks import Output

WORKSPACE = "workspace"

Kind = Literal["tag", "commit", "experiment", "workspace"]


@dataclass(frozen=True)
class Version:
    """A state of the data, and the revisions that record it.

    Attributes
    ----------
    name
        What to call it: an annotated tag, else an abbreviated commit, an experiment's name, or
        "workspace".
    names
        All its names: annotated tags, other tags, commits, experiments, "workspace".
    commit
        Full id of the commit that brought this data: of those that record it, the oldest on the
        line of history. None for the workspace.
    revision
        Full id of the commit that `name` means, whose other files are this version's: for a tag
        the tagged commit. None for the workspace.
    date, author, subject
        Of `commit`: when it was written, with its time zone, by whom, and its first line.
    kind
        What `name` is.
    outputs
        The pipeline's outputs by their paths.
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

    @cached_property
    def data_id(self) -> str:
        """32 hexadecimal digits that two versions share if and only if their data is the same."""
        text = "\n".join(f"{path}\t{md5}" for path, md5 in sorted(data_of(self.outputs)))
        return blake2b(text.encode(), digest_size=16).hexdigest()


def data_of(outputs: Mapping[str, Output]) -> frozenset[tuple[str, str]]:
    """What makes two revisions one version: the paths and md5s of the data.

    Reports, which git keeps, count only where there is nothing else: better code for a report
    makes no new data.
    """
    data = frozenset((out.path, out.md5) for out in outputs.values() if out.cached)
    return data or frozenset((out.path, out.md5) for out in outputs.values())


def version_order(name: str) -> tuple[bool, tuple[int, ...], bool, tuple[tuple[int, str], ...]]:
    """A key that sorts names of releases: v1.9 before v1.10-rc1 before v1.10; others first."""
    match = re.fullmatch(r"v?(\d+(?:\.\d+)*)(.*)", name, re.DOTALL)
    numbers = tuple(int(number) for number in match[1].split(".")) if match else ()
    rest = match[2] if match else name
    parts = tuple(
        (int(part) if part.isdecimal() else -1, part) for part in re.findall(r"\d+|\D+", rest)
    )
    return bool(match), numbers, rest == "", parts
