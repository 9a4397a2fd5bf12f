"""The history of the data: its steps, their labels, and the versions that cannot be read."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from tagledger import versions
from tagledger.errors import TagledgerError
from tagledger.history.kept_tables import Missing, table_of
from tagledger.layers import Layer, beside_data
from tagledger.versions import (
    WORKSPACE,
    Before,
    Lineage,
    Repository,
    Version,
    find_version,
)
from tagledger.words import same_start

# A tag can be followed by facts alone, and by what git has.
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
    lineage
        The history of the data, as `read_steps` has it.
    known_tables
        The keys of the tables whose labels are known.
    missing
        Versions whose labels could not be read, and why.

    Attributes
    ----------
    lineage
        All steps; the index of a step is its index here.
    tables
        The key of each step's labels; empty where a step has no labels.
    known_steps
        Indexes of the steps whose labels are known.
    missing
        Versions that could not be read completely, and why.

    Raises
    ------
    TagledgerError
        The labels of no version can be read.
    """

    def __init__(
        self,
        repository: Repository,
        layer: Layer,
        lineage: Lineage,
        known_tables: Collection[str],
        missing: Sequence[Missing],
    ) -> None:
        self.repository = repository
        self.layer = layer
        self.lineage = lineage
        self.missing = list(missing)
        self.tables = [table_of(step.version, layer) or "" for step in lineage.steps]
        self.known_steps: Collection[int] = {
            at for at, table in enumerate(self.tables) if table in known_tables
        }
        if not self.known_steps:
            raise self.missing[-1].problem
        self._datasets: dict[str, Dataset] = {}

    @cached_property
    def current(self) -> int:
        """The index of the work tree's step, or of the latest known step before it."""
        current = self.lineage.current
        if current is None or current in self.known_steps:
            return max(self.known_steps) if current is None else current
        before = self.lineage.before(current, self.known_steps)
        # If no step of this line is known, the latest known step is better than no answer.
        return next((one.index for one in before if one.index is not None), max(self.known_steps))

    @property
    def no_version(self) -> str:
        """The beginning of what to say of something that no version has."""
        followed = self.lineage.followed
        return f"no version of the source {followed.source}" if followed.left_out else "no version"

    def version(self, step_index: int) -> Version:
        """The version of a step."""
        return self.lineage.steps[step_index].version

    def holds(self, step_index: int, tables: Collection[str]) -> bool:
        """Whether the labels of a step are in one of some tables."""
        return self.tables[step_index] in tables

    def before(self, step_index: int) -> list[Before]:
        """The nearest known steps before a step, those along its first parent first."""
        return self.lineage.before(step_index, self.known_steps)

    def dataset(self, step_index: int) -> Dataset:
        """The tables of a step."""
        from tagledger.dataset import Dataset

        version = self.version(step_index)
        # Two revisions may have the same outputs and different parameters.
        key = f"{version.outputs_id} {version.revision}"
        return self._datasets.setdefault(key, Dataset(self.repository, version))

    def of_workspace(self) -> Dataset:
        """The tables of the work tree, where its data is that of the current step, or else of that.

        Answers that only confirm labels make no version, so a version of the same data may have
        other verdicts than the work tree.
        """
        from tagledger.dataset import Dataset

        if self.current == self.lineage.current:
            now = self.lineage.work_tree
            return Dataset(self.repository, now or find_version(self.repository, WORKSPACE))
        return self.dataset(self.current)

    def lacks(self, step_index: int, problem: TagledgerError) -> None:
        """Add the version of a step to `missing`, with the problem."""
        version = self.version(step_index)
        if all(missing.version.outputs_id != version.outputs_id for missing in self.missing):
            self.missing.append(Missing(version, problem))


def read_steps(
    repository: Repository,
    layer: Layer,
    source: str | None = None,
    lineage: Lineage | None = None,
) -> Lineage:
    """The history of the data with the changes of a layer.

    Parameters
    ----------
    repository
        The repository.
    layer
        The layer.
    source
        The source to follow; by default that of the work tree.
    lineage
        The history, where it was read before.

    Raises
    ------
    TagledgerError
        There is no version.
    """
    lineage = lineage or versions.lineage(repository, beside=beside_data(layer), source=source)
    if not lineage.steps:
        raise TagledgerError(
            "there is no version yet: no dvc.lock with outputs, committed or not",
            where=repository.root,
            hint="`dvc repro` makes the data, `git commit` makes it a version",
        )
    return lineage


def different_versions(lineage: Lineage) -> list[Version]:
    """A version for all steps with the same outputs; that of the work tree comes last.

    It decides which kind of ids an index has.
    """
    by_outputs = {step.version.outputs_id: step.version for step in lineage.steps}
    if lineage.current is not None:
        workspace = lineage.steps[lineage.current].version
        by_outputs[workspace.outputs_id] = by_outputs.pop(workspace.outputs_id)
    return list(by_outputs.values())


def nearest_of_many(word: str, words: Iterable[str]) -> str:
    """A short text that names the known words most similar to `word`.

    >>> nearest_of_many("atention", ["attention", "retention", "vision"])
    'did you mean attention or retention?'
    >>> nearest_of_many("x", ["a", "b", "c", "d"])
    'known: a, b, c and 1 more'
    """
    import difflib

    names = sorted(words)
    # A full comparison takes long, so of very many words only those with a similar start are used.
    likely = names
    if len(names) > _MANY:
        start = word.lower()
        likely = heapq.nlargest(_MANY, names, key=lambda name: same_start(name.lower(), start))
    folded = {name.lower(): name for name in reversed(likely)}
    close = [folded[name] for name in difflib.get_close_matches(word.lower(), folded, n=_NAMED)]
    if close:
        return f"did you mean {' or '.join(close)}?"
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return f"known: {', '.join(names[:_NAMED])}{more}" if names else "none is known"
