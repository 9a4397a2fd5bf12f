"""The history of the data as far as it can be read: its steps, their labels, what is missing."""

from __future__ import annotations

import difflib
import heapq
from collections.abc import Collection, Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from tagledger import versions
from tagledger.errors import TagledgerError
from tagledger.history.indexing import Missing, open_index, table_of
from tagledger.layers import LABELS, Layer
from tagledger.versions import Before, Progress, Repository, Version

# A tag can be followed by the index alone, and by what git has.
if TYPE_CHECKING:
    from tagledger.dataset import Dataset

_MANY = 2000
_NAMED = 3


class Timeline:
    """The steps of history with the labels of one layer.

    Parameters
    ----------
    repository
        The repository.
    layer
        The layer.
    progress
        Is given a line for each version that is read.

    Attributes
    ----------
    lineage
        All steps; a place below is a place among them.
    index
        The labels.
    tables
        What the index knows each step's labels by; empty where a step has none.
    known
        Places of the steps whose labels are known.
    missing
        Versions of which something that was asked for could not be read, and why.

    Raises
    ------
    TagledgerError
        There is no version, or the labels of none can be read.
    """

    def __init__(self, repository: Repository, layer: Layer, progress: Progress) -> None:
        self.repository = repository
        self.layer = layer
        # The raw files are no part of a version's data: two revisions of one may differ in them.
        self.lineage = versions.lineage(repository, beside=LABELS[layer])
        steps = self.lineage.steps
        if not steps:
            raise TagledgerError(
                "there is no version yet: no dvc.lock with outputs, committed or not",
                where=repository.root,
                hint="`dvc repro` makes the data, `git commit` makes it a version",
            )
        asked = {step.version.outputs_id: step.version for step in steps}
        if self.lineage.today is not None:
            # Last, as it decides of which kind ids are, whatever other branches have.
            now = steps[self.lineage.today].version
            asked[now.outputs_id] = asked.pop(now.outputs_id)
        self.index, self.missing = open_index(
            repository, list(asked.values()), layer, progress=progress
        )
        self.tables = [table_of(step.version, layer) or "" for step in steps]
        self.known: Collection[int] = {
            at for at, table in enumerate(self.tables) if table in self.index.bits
        }
        if not self.known:
            raise self.missing[-1].problem
        self._datasets: dict[str, Dataset] = {}

    @cached_property
    def today(self) -> int:
        """Place of the step of the work tree, or of the latest known one before it."""
        today = self.lineage.today
        if today is None or today in self.known:
            return max(self.known) if today is None else today
        before = self.lineage.before(today, self.known)
        # Where none of this line is known, the latest of all is better than no answer.
        return next((one.place for one in before if one.place is not None), max(self.known))

    def version(self, place: int) -> Version:
        """The version of a step."""
        return self.lineage.steps[place].version

    def holds(self, place: int, tables: Collection[str]) -> bool:
        """Whether the labels of a step are one of some tables."""
        return self.tables[place] in tables

    def before(self, place: int) -> list[Before]:
        """The nearest known steps before one, those along its first parent first."""
        return self.lineage.before(place, self.known)

    def dataset(self, place: int) -> Dataset:
        """The tables of a step."""
        from tagledger.dataset import Dataset

        version = self.version(place)
        # Its parameters are those of its revision, whatever else has the same outputs.
        key = f"{version.outputs_id} {version.revision}"
        return self._datasets.setdefault(key, Dataset(self.repository, version))

    def lacks(self, place: int, problem: TagledgerError) -> None:
        """Note that something of a step cannot be read."""
        version = self.version(place)
        if all(missing.version.outputs_id != version.outputs_id for missing in self.missing):
            self.missing.append(Missing(version, problem))


def nearest_of_many(word: str, known: Iterable[str]) -> str:
    """A short text that names the known words most like `word`, however many are known.

    >>> nearest_of_many("atention", ["attention", "retention", "vision"])
    'did you mean attention or retention?'
    >>> nearest_of_many("x", ["a", "b", "c", "d"])
    'known: a, b, c and 1 more'
    """
    names = sorted(known)
    # Comparing takes long: of very many, those that begin most like it.
    likely = names
    if len(names) > _MANY:
        likely = heapq.nlargest(_MANY, names, key=lambda name: _alike(name.lower(), word.lower()))
    folded = {name.lower(): name for name in reversed(likely)}
    close = [folded[name] for name in difflib.get_close_matches(word.lower(), folded, n=_NAMED)]
    if close:
        return f"did you mean {' or '.join(close)}?"
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return f"known: {', '.join(names[:_NAMED])}{more}" if names else "none is known"


def _alike(a: str, b: str) -> int:
    """With how many equal characters two words begin."""
    pairs = enumerate(zip(a, b, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(a), len(b)))
