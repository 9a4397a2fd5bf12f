"""Loads the repository, its versions, their tables and comparisons, each of them once.

The key of each cache has the md5s of a version's outputs, so no cache is stale. Each cache has a
largest size, so that a day of clicking does not fill the memory.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from tagledger import tables
from tagledger import versions as ledger
from tagledger.compare.compare import Comparison
from tagledger.dataset import Dataset, compare_datasets
from tagledger.errors import TagledgerError, os_errors
from tagledger.history.blame import Blame, ItemId
from tagledger.history.blame import blame as blame_item
from tagledger.layers import Layer
from tagledger.measures.recorded import parse_shown_metrics
from tagledger.own_schemas.files import adding, content_key
from tagledger.params import PARAMS
from tagledger.release.check import measure_gates
from tagledger.release.gates import GateResult
from tagledger.reports import QUALITY, parse_quality
from tagledger.versions import (
    DamagedDataError,
    Followed,
    MissingDataError,
    Repository,
    Version,
    followed,
    is_of_source,
)
from tagledger.workspace import MODELS
from tagledger_dashboard.state import Choice, between, chronological, of_these
from tagledger_dashboard.views import blame, quality, recheck
from tagledger_dashboard.views.recheck import Recheck

REPOSITORY = "TAGLEDGER_REPO"  # the variable in which `tagledger dashboard --repo` names it
_DATASETS, _COMPARISONS, _LABELS = 4, 8, 16
_CONTEXT = "context"
# What other tables are checked against. Of the rest, a version has those of the stages of its time.
_ALWAYS = {"clean/items", "clean/labels", "filtered/tags"}


@dataclass(frozen=True)
class Context:
    """The data of a page: the repository, its versions, and the choice of two versions."""

    repository: Repository
    versions: Sequence[Version]
    choice: Choice
    failures: set[str] = field(default_factory=set)  # errors that this run of the page has shown

    @cached_property
    def base(self) -> Version:
        """The version to compare with."""
        return self.version(self.choice.base)

    @cached_property
    def target(self) -> Version:
        """The version that the page is about."""
        return self.version(self.choice.target)

    @property
    def is_same(self) -> bool:
        """Whether both chosen versions have the same data, so that there is nothing to compare."""
        return self.base.data_id == self.target.data_id

    @cached_property
    def path(self) -> list[Version]:
        """The versions from base to target, both included, in chronological order."""
        return between(self.base, self.target, self.versions)

    @cached_property
    def shown(self) -> list[Version]:
        """The versions that charts of all versions show, from the oldest to the newest.

        Those of the two chosen versions' sources: as a rule one.
        """
        return chronological(of_these(self.versions, self.base, self.target))

    @cached_property
    def followed(self) -> Followed:
        """Where the target's source begins, and which versions no chart shows."""
        ordered, shown = chronological(self.versions), {one.name for one in self.shown}
        source = self.target.source
        return followed(
            [one for one in ordered if is_of_source(one, source) or one.name not in shown], source
        )

    def version(self, name: str) -> Version:
        """A version by its name in the list."""
        return next(version for version in self.versions if version.name == name)

    def dataset(self, version: Version) -> Dataset:
        """The tables of a version, each read when it is first used."""
        return _dataset(data_key(self.repository, version), self.repository, version)

    def labels(self, version: Version) -> pd.DataFrame:
        """The labels of a version in the chosen layer: id and tag.

        Raises
        ------
        MissingDataError, DamagedDataError
            Its data is missing or damaged.
        """
        return _labels(data_key(self.repository, version), self.choice.layer, self, version)

    def comparison(self, layer: Layer | None = None) -> Comparison:
        """What changed from base to target, in the chosen layer or another.

        Raises
        ------
        MissingDataError, DamagedDataError
            Data of one of the two is missing or damaged.
        """
        base, target = (data_key(self.repository, one) for one in (self.base, self.target))
        return _comparison(base, target, layer or self.choice.layer, self)

    def changes(self) -> pd.DataFrame:
        """`Comparison.changes` with a further column `version`: the version of each change.

        Where people are behind some of them, also with the columns of `Comparison.behind`.

        Raises
        ------
        MissingDataError, DamagedDataError
            As `comparison`.
        """
        path = tuple(data_key(self.repository, one) for one in self.readable(self.path))
        return _changes(path, self.choice.layer, self.choice.base, self)

    def recheck(self, version: Version) -> Recheck:
        """The results of the current schemas on the tables of a version.

        Raises
        ------
        MissingDataError, DamagedDataError
            Its data is missing or damaged.
        TagledgerError
            The user's own schemas cannot be run.
        """
        own = self.repository.root if self.runs_own(version) else None
        mark = "" if own is None else content_key(own)
        return _recheck(f"{data_key(self.repository, version)} {mark}", self, version, own)

    def runs_own(self, version: Version) -> bool:
        """Whether the user's own checks run on a version.

        They do on the workspace, in a clone whose code may run; other versions may be older.
        """
        return ledger.WORKSPACE in version.names and ledger.trusted(self.repository)

    def not_run(self, versions: Sequence[Version]) -> list[str]:
        """The files of the user's own checks that nobody has agreed to run in this clone."""
        if not any(ledger.WORKSPACE in one.names for one in versions):
            return []
        files = [file.as_posix() for file in adding(self.repository.root)]
        return [] if ledger.trusted(self.repository) else files

    def groups(self) -> pd.DataFrame:
        """The target's groups of items with nearly the same text, as `views.quality.groups`."""
        return _groups(data_key(self.repository, self.target), self)

    def readable(self, versions: Sequence[Version]) -> list[Version]:
        """Base, target, and the newest of `versions` whose data is in the cache."""
        chosen = {self.base.name, self.target.name}
        others = [
            one
            for one in versions
            if one.name not in chosen and ledger.available(self.repository, one) == "cache"
        ]
        kept = {one.name for one in others[-_LABELS + 2 :]} | chosen
        return [one for one in versions if one.name in kept]

    def gates(self) -> list[GateResult]:
        """The target's gates, with the limits that params.yaml has now.

        Raises
        ------
        MissingDataError, DamagedDataError
            As `comparison`.
        """
        limits = self.repository.root / PARAMS
        with os_errors(limits):
            text = limits.read_text("utf-8")
        keys = [data_key(self.repository, one) for one in (self.base, self.target)]
        return _gates("\n".join([*keys, text]), self)

    def stale(self) -> TagledgerError | None:
        """The warning that the workspace is stale, if it is chosen; else None."""
        if not any(ledger.WORKSPACE in one.names for one in (self.base, self.target)):
            return None
        return ledger.staleness(self.repository).problem

    def blame(self, item: str) -> Blame:
        """Where the labels of an item come from, in all versions of the target's source.

        Raises
        ------
        TagledgerError
            No version has the item, or no version's data can be read.
        """
        keys = "\n".join(data_key(self.repository, one) for one in self.shown)
        return _blame(f"{self.target.source}\n{keys}", item, self.choice.layer, self)

    def description(self, item: ItemId) -> str:
        """The description of an item in the target, else in the base; empty if neither has it."""
        for version in (self.target, self.base):
            items = self.dataset(version).items
            texts = items.loc[items["id"] == item, "description"]
            if len(texts):
                return str(texts.iloc[0])
        return ""

    def report(
        self, path: Path, of: Sequence[Version] | None = None
    ) -> list[dict[str, Any] | None]:
        """The metrics or quality reports of some or all versions; None where a version has none."""
        wanted = self.versions if of is None else of
        texts = ledger.texts_at(self.repository, wanted, path.as_posix(), strict=False)
        parse = parse_quality if path == QUALITY else parse_shown_metrics
        return [parse(text) for text in texts]

    def unreadable(self, error: TagledgerError) -> list[Version]:
        """The chosen versions whose data the error is about."""
        if not isinstance(error, MissingDataError | DamagedDataError):
            return []
        # Both versions, if both lack data: one rebuild brings back both.
        return [one for one in dict.fromkeys((self.base, self.target)) if not self._is_whole(one)]

    def _is_whole(self, version: Version) -> bool:
        try:
            for output in version.outputs.values():
                if output.is_folder:
                    for name in ledger.members(self.repository, version, output.path):
                        ledger.locate(self.repository, version, f"{output.path}/{name}")
                elif output.cached:
                    ledger.locate(self.repository, version, output.path)
        except (MissingDataError, DamagedDataError):
            return False
        return True


def open_repository() -> Repository:
    """The repository that the dashboard shows: that of `--repo`, else of the current folder."""
    named = os.environ.get(REPOSITORY)
    return Repository.find(Path(named) if named else None)


def set_context(context: Context) -> None:
    """Keep the context of this run of the page, for `current`."""
    st.session_state[_CONTEXT] = context


def current() -> Context:
    """The context of this run of the page."""
    context = st.session_state[_CONTEXT]
    assert isinstance(context, Context)
    return context


def data_key(repository: Repository, version: Version) -> str:
    """The key of a version's data in the caches."""
    return f"{repository.root}\n{version.name}\n{version.revision}\n{version.outputs_id}"


# Streamlit makes the key of a cache from the arguments without an underscore.


@st.cache_resource(max_entries=_DATASETS, show_spinner=False)
def _dataset(key: str, _repository: Repository, _version: Version) -> Dataset:  # noqa: ARG001
    return Dataset(_repository, _version)


@st.cache_resource(max_entries=_COMPARISONS, show_spinner=False)
def _gates(key: str, _context: Context) -> list[GateResult]:  # noqa: ARG001
    # Compared with itself, a version would keep every limit.
    comparison = None if _context.is_same else _context.comparison("filtered")
    return measure_gates(_context.dataset(_context.target), comparison)


@st.cache_resource(max_entries=_LABELS, show_spinner="Looking for the item in all versions …")
def _blame(key: str, item: str, layer: Layer, _context: Context) -> Blame:  # noqa: ARG001
    return blame_item(_context.repository, item, layer, source=_context.target.source)


@st.cache_resource(max_entries=_LABELS, show_spinner="Reading labels …")
def _labels(key: str, layer: Layer, _context: Context, _version: Version) -> pd.DataFrame:  # noqa: ARG001
    if _version.name in _context.choice.names:
        return _context.dataset(_version).labels(layer)
    # The cache keeps only the labels of the versions between base and target, not their tables.
    return Dataset(_context.repository, _version).labels(layer)


@st.cache_resource(max_entries=_DATASETS, show_spinner=False)
def _groups(key: str, _context: Context) -> pd.DataFrame:  # noqa: ARG001
    dataset = _context.dataset(_context.target)
    return quality.groups(dataset.items, dataset.annotated_labels, dataset.assignments)


@st.cache_resource(max_entries=_DATASETS, show_spinner="Checking every table …")
def _recheck(key: str, _context: Context, _version: Version, _own: Path | None) -> Recheck:  # noqa: ARG001
    folder = tables.SPLITS
    files = ledger.members(_context.repository, _version, folder.as_posix())
    paths = {
        name: path
        for name, (_, path) in MODELS.items()
        if name in _ALWAYS or _version.has(path.as_posix())
    }
    paths |= {
        f"splits/{Path(file).stem}": folder / file
        for file in files
        if folder / file != tables.ASSIGNMENTS
    }
    frames = {
        name: tables.read(ledger.locate(_context.repository, _version, path.as_posix()))
        for name, path in paths.items()
    }
    return recheck.recheck(frames, _own)


@st.cache_resource(
    max_entries=_COMPARISONS, show_spinner="Looking for the version of each change …"
)
def _changes(path: tuple[str, ...], layer: Layer, base: str, _context: Context) -> pd.DataFrame:  # noqa: ARG001
    comparison = _context.comparison()
    changes = comparison.changes
    if len(comparison.people):
        changes = changes.join(comparison.behind())
    versions = _context.readable(_context.path)
    if len(versions) == 2:
        last = np.ones(len(changes), np.int64)
    else:
        labels = [_context.labels(version) for version in versions]
        last = blame.last_change(blame.presence(changes, labels))
    names = tables.category(last, [version.name for version in versions])
    return changes.assign(version=names)


@st.cache_resource(max_entries=_COMPARISONS, show_spinner=False)
def _comparison(base: str, target: str, layer: Layer, _context: Context) -> Comparison:  # noqa: ARG001
    a, b = (_context.dataset(version) for version in (_context.base, _context.target))
    return compare_datasets(a, b, layer)
