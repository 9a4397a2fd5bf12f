"""What is read of versions besides their tables: decisions of all, settings, sparse labels.

Like `tagledger_dashboard.loading`, with caches that go by what the data is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from tagledger import params, tables
from tagledger import versions as ledger
from tagledger.compare.causes import Layer
from tagledger.errors import TagledgerError, os_errors
from tagledger.files import parse_yaml, read_object
from tagledger.labels import Indicator, indicator
from tagledger.measures.aliases import propose_aliases
from tagledger.measures.what_if import Broadened, Sweep, broaden, sweep_thresholds
from tagledger.params import FetchParams, FilterParams, S
from tagledger.sources.catalogue import PROVENANCE
from tagledger.validation import FAILURES
from tagledger.versions import Repository, Version
from tagledger_dashboard import state
from tagledger_dashboard.loading import METRICS, QUALITY, Context, data_key
from tagledger_dashboard.views import failing
from tagledger_dashboard.views.failing import Stopped
from tagledger_dashboard.views.figure import latest
from tagledger_dashboard.views.tags import Decided
from tagledger_dashboard.views.words import day

LOCK = "dvc.lock"
_VERSIONS = 60
_ENTRIES = 8
_WORDS = 5_000  # tags outside the taxonomy that an alias is looked for, the most used first
# One output of each stage that checks tables; DVC removes a stage's outputs before it runs.
_MADE = (tables.CLEAN_ITEMS, tables.FILTERED_LABELS, tables.ASSIGNMENTS, Path(QUALITY))


def settings(context: Context, version: Version, section: type[S]) -> S | None:
    """The parameters of a stage that a version was made with; None where it has none on record.

    A parameter that this code does not know is left out; one that the version did not have takes
    its default.

    Raises
    ------
    TagledgerError
        What is on record does not fit.
    """
    values = _recorded(data_key(context.repository, version), section.SECTION, context, version)
    if not values:
        return None
    known = {field.name for field in fields(section)}  # type: ignore[arg-type]
    return params.parse(
        section,
        {name: value for name, value in values.items() if name in known},
        Path(f"dvc.lock of {version.name}"),
    )


def decided(context: Context, version: Version) -> Decided:
    """What the filter stage of a version decided."""
    used = settings(context, version, FilterParams)
    tags = context.dataset(version).tags
    return Decided(version.name, tags, None if used is None else used.min_tag_count)


def matrix(context: Context, version: Version, layer: Layer | None = None) -> Indicator:
    """The labels of a version, with a row for every item: of the chosen layer or another."""
    wanted = layer or context.choice.layer
    return _matrix(data_key(context.repository, version), wanted, context, version)


def unfiltered(context: Context) -> Layer:
    """The chosen layer, or the one that it was filtered from."""
    return "clean" if context.choice.layer == "filtered" else context.choice.layer


def broadened(context: Context) -> Broadened:
    """The target's labels before the filter, and the broader tags that they imply."""
    layer = unfiltered(context)
    return _broadened(data_key(context.repository, context.target), layer, context)


def aliases(context: Context) -> pd.DataFrame:
    """Which of the target's tags outside the taxonomy are probably other names of its tags."""
    return _aliases(data_key(context.repository, context.target), context)


def sweep(context: Context) -> Sweep:
    """What every threshold would leave of the target."""
    return _sweep(data_key(context.repository, context.target), context)


def history(context: Context) -> tuple[pd.DataFrame, int]:
    """What every version's filter stage decided.

    Returns
    -------
    table
        From the oldest version to the newest: version, date (text, as `day` has it), items (before
        the filter; nan where it has none on record), source (empty where that is not on record),
        tag, count, decision.
    left_out
        Versions whose data is not at hand.
    """
    every = state.chronological(context.versions)
    shown = latest([one.name for one in every], _VERSIONS, keep=context.choice.names)
    ordered = [every[place] for place in shown]
    at_hand = [one for one in ordered if ledger.available(context.repository, one) == "cache"]
    metrics = context.report(METRICS, at_hand)
    frames = []
    for version, found, source in zip(at_hand, metrics, origins(context, at_hand), strict=True):
        tags = _decisions(data_key(context.repository, version), context.repository, version)
        frames.append(
            tags.assign(
                version=version.name,
                date=day(version),
                items=found["clean_items"] if found else np.nan,
                source=source,
            )
        )
    columns = ["version", "date", "items", "source", "tag", "count", "decision"]
    table = (
        pd.concat(frames, ignore_index=True)[columns]
        if frames
        else pd.DataFrame([], columns=columns)
    )
    return table, len(ordered) - len(at_hand)


def origins(context: Context, versions: Sequence[Version]) -> list[str]:
    """The name of the source that each version was made from; empty where it is not on record."""
    keys = "\n".join(data_key(context.repository, one) for one in versions)
    return _origins(keys, context.repository, versions)


def stopped(repository: Repository) -> Stopped | None:
    """What the last build in the folder that a check stopped left; None where none was stopped.

    Raises
    ------
    TagledgerError
        Its list cannot be read.
    """
    path = repository.root / FAILURES
    with os_errors(path):
        if not path.exists():
            return None
        found = path.stat()
    when = datetime.fromtimestamp(found.st_mtime).astimezone()
    mended = all((repository.root / made).exists() for made in _MADE)
    return Stopped(_listed(str(path), found.st_mtime_ns), when, mended)


def failures(context: Context) -> dict[str, pd.DataFrame]:
    """The lists of values that fail a check, of the chosen versions whose list git keeps."""
    chosen = [one for one in (context.target, context.base) if one.revision is not None]
    lists = {}
    for version in chosen:
        found = _kept(data_key(context.repository, version), context.repository, version)
        if found is not None:
            lists[version.name] = found
    return lists


@st.cache_resource(max_entries=_VERSIONS, show_spinner=False)
def _recorded(key: str, stage: str, _context: Context, _version: Version) -> dict[str, Any]:  # noqa: ARG001
    return _context.dataset(_version).recorded_params(stage)


@st.cache_resource(max_entries=_ENTRIES, show_spinner=False)
def _matrix(key: str, layer: Layer, _context: Context, _version: Version) -> Indicator:  # noqa: ARG001
    dataset = _context.dataset(_version)
    return indicator(dataset.labels(layer), ids=dataset.layer_items(layer)["id"])


@st.cache_resource(max_entries=_ENTRIES, show_spinner=False)
def _broadened(key: str, layer: Layer, _context: Context) -> Broadened:  # noqa: ARG001
    taxonomy = _context.dataset(_context.target).taxonomy
    return broaden(matrix(_context, _context.target, layer), taxonomy)


@st.cache_resource(max_entries=_ENTRIES, show_spinner=False)
def _aliases(key: str, _context: Context) -> pd.DataFrame:  # noqa: ARG001
    dataset = _context.dataset(_context.target)
    counts = dataset.tags.set_index("tag")["count"].astype("int64")
    outside = counts[(counts > 0) & ~counts.index.isin(dataset.taxonomy["tag"])]
    ordered = outside.sort_index().sort_values(ascending=False, kind="stable")
    words = [str(tag) for tag in ordered.index[:_WORDS]]
    return propose_aliases(words, dataset.items, dataset.clean_labels, dataset.taxonomy)


@st.cache_resource(max_entries=_ENTRIES, show_spinner=False)
def _sweep(key: str, _context: Context) -> Sweep:  # noqa: ARG001
    dataset = _context.dataset(_context.target)
    return sweep_thresholds(dataset.clean_labels, dataset.tags)


@st.cache_resource(max_entries=2 * _VERSIONS, show_spinner=False)
def _decisions(key: str, _repository: Repository, _version: Version) -> pd.DataFrame:  # noqa: ARG001
    return tables.read(ledger.locate(_repository, _version, tables.FILTERED_TAGS.as_posix()))


@st.cache_resource(max_entries=_ENTRIES, show_spinner=False)
def _origins(keys: str, _repository: Repository, _versions: Sequence[Version]) -> list[str]:  # noqa: ARG001
    locks = ledger.texts_at(_repository, _versions, LOCK, strict=False)
    return [
        _recorded_source(lock) or _source_of_raw(_repository, version)
        for version, lock in zip(_versions, locks, strict=True)
    ]


def _recorded_source(lock: str | None) -> str:
    """The source of the fetch stage's parameters in a dvc.lock."""
    found = parse_yaml(lock or "", Path(LOCK))
    for key in ("stages", "fetch", "params", params.PARAMS.name, FetchParams.SECTION, "source"):
        found = found.get(key) if isinstance(found, dict) else None
    return str(found or "")


def _source_of_raw(repository: Repository, version: Version) -> str:
    """The source that the raw data says it is of, where that is at hand."""
    if ledger.available(repository, version) != "cache":
        return ""
    try:
        path = ledger.locate(repository, version, (tables.RAW / PROVENANCE).as_posix())
        return str(read_object(path, hint="name another version").get("source") or "")
    except TagledgerError:
        return ""  # whoever asks for this version's tables is told


@st.cache_resource(max_entries=2, show_spinner=False)
def _listed(path: str, written: int) -> pd.DataFrame:  # noqa: ARG001 - when it was is of the key
    with os_errors(Path(path)):
        return failing.parse(Path(path).read_text("utf-8", errors="replace"), path)


@st.cache_resource(max_entries=_ENTRIES, show_spinner=False)
def _kept(key: str, _repository: Repository, _version: Version) -> pd.DataFrame | None:  # noqa: ARG001
    text = ledger.text_at(_repository, _version, FAILURES.as_posix())
    return None if text is None else failing.parse(text, f"{FAILURES} of {_version.name}")
