"""Versions made in memory by the stages themselves, for tests of what changed between two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pandas as pd

from tagledger.dataset import Dataset
from tagledger.params import CleanParams, FilterParams, SplitParams
from tagledger.readers.raw import Raw
from tagledger.stages.clean import clean
from tagledger.stages.filter import filter_labels
from tagledger.stages.split import divide
from tagledger.versions import Repository, Version
from tests import factories

UNDIVIDED = pd.DataFrame({"id": pd.Series(dtype="int64"), "split": pd.Series(dtype="str")})


def made_from(
    raw: Raw,
    name: str = "v1",
    *,
    clean_params: CleanParams | None = None,
    filter_params: FilterParams | None = None,
    split_params: SplitParams | None = None,
) -> Dataset:
    """Run the stages on a source, as `dvc repro` would; the split stage only if asked to."""
    rules = clean_params or CleanParams(max_quarantined=1)
    with _unvalidated():
        cleaned = clean(raw, rules)
        filtered = filter_labels(
            cleaned.labels, cleaned.taxonomy, filter_params or FilterParams(min_tag_count=1)
        )
    assignments = UNDIVIDED.astype({"id": cleaned.items["id"].dtype})
    if split_params is not None:
        assignments = divide(cleaned.items, filtered.labels, split_params).assignments
    nowhere = Path("/nonexistent")
    dataset = Dataset(
        Repository(nowhere, nowhere, nowhere),
        Version(name, (name,), None, None, None, None, None, "tag", {}),
    )
    # What a dataset has read once it does not read again.
    vars(dataset).update(
        raw=raw,
        items=cleaned.items,
        clean_labels=cleaned.labels,
        taxonomy=cleaned.taxonomy,
        quarantine=cleaned.quarantine,
        filtered_labels=filtered.labels,
        tags=filtered.tags,
        assignments=assignments,
        clean_params=rules,
    )
    return dataset


@contextmanager
def _unvalidated() -> Iterator[None]:
    """Leave out the schemas, which have tests of their own and take most of the time."""

    def validate(_: object, df: pd.DataFrame, *__: object) -> pd.DataFrame:
        return df

    with (
        patch("tagledger.stages.clean.validate", validate),
        patch("tagledger.stages.filter.validate", validate),
    ):
        yield


def version(
    tags_of: Mapping[Any, Sequence[str]] | Sequence[Mapping[str, Any]],
    name: str = "v1",
    *,
    entries: pd.DataFrame | None = None,
    set_aside: Sequence[tuple[int, str | None, str]] = (),
    keep: Mapping[str, Any] | None = None,
    split: SplitParams | None = None,
    **rules: Any,
) -> Dataset:
    """A version from {id: [tag, …]} or from rows; `rules` of clean, `keep` of filter."""
    rows = (
        [{"id": item, "tags": tags} for item, tags in tags_of.items()]
        if isinstance(tags_of, Mapping)
        else tags_of
    )
    return made_from(
        factories.raw(rows, entries=entries, set_aside=set_aside),
        name,
        clean_params=CleanParams(**({"max_quarantined": 1.0} | rules)),
        filter_params=FilterParams(**({"min_tag_count": 1} | dict(keep or {}))),
        split_params=split,
    )
