"""Data of versions that is not a table: settings, decisions of the filter, label matrices.

As in `tagledger_dashboard.loading`, the key of each cache names the data, so no cache is stale.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from tagledger import layers, params, tables
from tagledger import versions as ledger
from tagledger.documents import read_object
from tagledger.errors import TagledgerError, os_errors
from tagledger.labels import Indicator, indicator
from tagledger.layers import Layer
from tagledger.measures.aliases import propose_aliases
from tagledger.measures.what_if import Broadened, Sweep, broaden, sweep_thresholds
from tagledger.params import FilterParams, S
from tagledger.reports import FAILURES, METRICS, QUALITY
from tagledger.sources.catalogue import PROVENANCE
from tagledger.versions import LOCK, Repository, Version
from tagledger_dashboard import state
from tagledger_dashboard.loading import Context, data_key
from tagledger_dashboard.views import failing
from tagledger_dashboard.views.failing import Stopped
from tagledger_dashboard.views.figure import latest
from tagledger_dashboard.views.tags import Decided

_VERSIONS = 60
_ENTRIES = 8
_WORDS = 5_000  # tags outside the taxonomy that an alias is looked for, the most used first
# One output of each stage that checks tables. DVC removes them before the stage runs, so if all
# exist, every stage has run since.
_OUTPUTS = (tables.CLEAN_ITEMS, tables.FILTERED_LABELS, tables.ASSIGNMENTS, QUALITY)


def settings(context: Context, version: Version, section: type[S]) -> S | None:
    """The parameters of a stage that made a version; None where its dvc.lock records none.

    A parameter that this code does not know is left out; one that the version did not have takes
    its default.

    Raises
    ------
    TagledgerError
        The recorded parameters do not fit.
    """
    values = _recorded(data_key(context.repository, version), section.SECTION, context, version)
    if not values:
        return None
    return params.parse_recorded(section, values, Path(f"{LOCK} of {version.name}"))


def decided(context: Context, version: Version) -> Decided:
    """What the filter stage of a version decided."""
    used = settings(context, version, FilterParams)
    tags = context.dataset(version).tags
    return Decided(version.name, tags, None if used is None else used.min_tag_count)


def matrix(context: Context, version: Version, layer: Layer | None = None) -> Indicator:
    """The labels of a version in the chosen layer or another, with a row for every item."""
    wanted = layer or context.choice.layer
    return _matrix(data_key(context.repository, version), wanted, context, version)


def unfiltered(context: Context) -> Layer:
    """The chosen layer; for the filtered layer the one that it was filtered from."""
    return layers.unfiltered(context.choice.layer)


def broadened(context: Context) -> Broadened:
    """The target's labels before the filter, and the broader tags that they imply."""
    layer = unfiltered(context)
    return _broadened(data_key(context.repository, context.target), layer, context)


def aliases(context: Context) -> pd.DataFrame:
    """Which of the target's tags outside the taxonomy are probably other names of its tags."""
    return _aliases(data_key(context.repository, context.target), context)


def sweep(context: Context) -> Sweep:
    """What every threshold would keep of the target."""
    return _sweep(data_key(context.repository, context.target), context)


def history(context: Context) -> tuple[pd.DataFrame, int]:
    """What the filter stage of every version decided.

    Returns
    -------
    table
        From the oldest version to the newest: version, date (text, as `day` has it), items (before
        the filter; nan where they are not on record), source (empty where it is not on record),
        tag, count, decision. Of the sources of the two chosen versions.
    left_out
        Number of versions whose data is not in the cache.
    """
    versions = context.shown
    shown = latest([one.name for one in versions], _VERSIONS, keep=context.choice.names)
    ordered = [versions[row] for row in shown]
    cached = [one for one in ordered if ledger.available(context.repository, one) == "cache"]
    reports = context.report(METRICS, cached)
    frames = []
    for version, metrics, source in zip(cached, reports, origins(context, cached), strict=True):
        tags = _decisions(data_key(context.repository, version), context.repository, version)
        frames.append(
            tags.assign(
                version=version.name,
                date=state.day(version),
                items=metrics["clean_items"] if metrics else np.nan,
                source=source,
            )
        )
    columns = ["version", "date", "items", "source", "tag", "count", "decision"]
    table = (
        pd.concat(frames, ignore_index=True)[columns]
        if frames
        else pd.DataFrame([], columns=columns)
    )
    return table, len(ordered) - len(cached)


def origins(context: Context, versions: Sequence[Version]) -> list[str]:
    """The name of the source that each version was made from; empty where it is not on record."""
    keys = "\n".join(data_key(context.repository, one) for one in versions)
    return _origins(keys, context.repository, versions)


def stopped(repository: Repository) -> Stopped | None:
    """The failures of the last build that a check stopped in this folder; None where none was.

    Raises
    ------
    TagledgerError
        The list of failures cannot be read.
    """
    path = repository.root / FAILURES
    with os_errors(path):
        if not path.exists():
            return None
        status = path.stat()
    when = datetime.fromtimestamp(status.st_mtime).astimezone()
    mended = all((repository.root / output).exists() for output in _OUTPUTS)
    return Stopped(_listed(str(path), status.st_mtime_ns), when, mended)


def failures(context: Context) -> dict[str, pd.DataFrame]:
    """The lists of values that fail a check, of the chosen versions whose list git keeps."""
    chosen = [one for one in (context.target, context.base) if one.revision is not None]
    lists = {}
    for version in chosen:
        values = _kept(data_key(context.repository, version), context.repository, version)
        if values is not None:
            lists[version.name] = values
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
    taxonomy = _context.dataset(_context.target).annotated_taxonomy
    return broaden(matrix(_context, _context.target, layer), taxonomy)


@st.cache_resource(max_entries=_ENTRIES, show_spinner=False)
def _aliases(key: str, _context: Context) -> pd.DataFrame:  # noqa: ARG001
    dataset = _context.dataset(_context.target)
    counts = dataset.tags.set_index("tag")["count"].astype("int64")
    outside = counts[(counts > 0) & ~counts.index.isin(dataset.annotated_taxonomy["tag"])]
    ordered = outside.sort_index().sort_values(ascending=False, kind="stable")
    words = [str(tag) for tag in ordered.index[:_WORDS]]
    return propose_aliases(
        words, dataset.items, dataset.annotated_labels, dataset.annotated_taxonomy
    )


@st.cache_resource(max_entries=_ENTRIES, show_spinner=False)
def _sweep(key: str, _context: Context) -> Sweep:  # noqa: ARG001
    dataset = _context.dataset(_context.target)
    return sweep_thresholds(dataset.annotated_labels, dataset.tags)


@st.cache_resource(max_entries=2 * _VERSIONS, show_spinner=False)
def _decisions(key: str, _repository: Repository, _version: Version) -> pd.DataFrame:  # noqa: ARG001
    return tables.read(ledger.locate(_repository, _version, tables.FILTERED_TAGS.as_posix()))


@st.cache_resource(max_entries=_ENTRIES, show_spinner=False)
def _origins(keys: str, _repository: Repository, _versions: Sequence[Version]) -> list[str]:  # noqa: ARG001
    return [version.source or _source_of_raw(_repository, version) for version in _versions]


def _source_of_raw(repository: Repository, version: Version) -> str:
    """The source that the raw data names; empty where that data is not in the cache."""
    if ledger.available(repository, version) != "cache":
        return ""
    try:
        path = ledger.locate(repository, version, (tables.RAW / PROVENANCE).as_posix())
        return str(read_object(path, hint="name another version").get("source") or "")
    except TagledgerError:
        return ""  # a page that asks for this version's tables shows the error


@st.cache_resource(max_entries=2, show_spinner=False)
def _listed(path: str, written: int) -> pd.DataFrame:  # noqa: ARG001 - the time is a part of the key
    with os_errors(Path(path)):
        return failing.parse(Path(path).read_text("utf-8", errors="replace"), path)


@st.cache_resource(max_entries=_ENTRIES, show_spinner=False)
def _kept(key: str, _repository: Repository, _version: Version) -> pd.DataFrame | None:  # noqa: ARG001
    text = ledger.text_at(_repository, _version, FAILURES.as_posix())
    return None if text is None else failing.parse(text, f"{FAILURES} of {_version.name}")
