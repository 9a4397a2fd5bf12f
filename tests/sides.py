"""Versions made in memory by the stages themselves, for tests of what changed between two."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import pandas as pd
from hypothesis import reject

from tagledger.compare.annotations import DECIDED, Annotations
from tagledger.compare.compare import compare
from tagledger.compare.result import Comparison
from tagledger.dataset import Dataset
from tagledger.errors import TagledgerError
from tagledger.events.event import Event
from tagledger.events.writing import write_session
from tagledger.layers import Layer
from tagledger.params import AnnotateParams, CleanParams, FilterParams, SplitParams
from tagledger.readers.raw import Raw
from tagledger.stages.clean import Cleaned, clean
from tagledger.stages.filter import filter_labels
from tagledger.stages.split import divide
from tagledger.verdicts.fold import fold
from tagledger.verdicts.gathering import Source
from tagledger.versions import Repository, Version
from tests import factories
from tests.factories import Annotated


@dataclass(frozen=True)
class Said:
    """What people said, as the annotate stage's tables have it.

    Attributes
    ----------
    verdicts
        {(id, tag): (state, value, names, ids of events)}; the value counts where people decide.
    changes
        {tag: [what it is now]}; an empty list where it was retired.
    by, event
        Who changed tags, by which event.
    params
        The rule.
    """

    verdicts: Mapping[tuple[Any, str], tuple[str, bool, str, str]] = field(default_factory=dict)
    changes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    by: str = "ann"
    event: str = "e" * 16
    params: AnnotateParams = field(default_factory=AnnotateParams)

    def labels(self, clean: Iterable[tuple[Any, str]]) -> set[tuple[Any, str]]:
        """The labels that follow, one by one as the rules say it."""
        found = set()
        for item, tag in clean:
            now = self.changes.get(tag, [tag])
            found |= {(item, tag)} if len(now) > 1 else {(item, one) for one in now}
        decided = {key for key, (state, *_) in self.verdicts.items() if state in DECIDED}
        for tag, parts in self.changes.items():
            if len(parts) > 1:
                items = {item for item, _ in decided}
                found -= {(one, tag) for one in items if {(one, p) for p in parts} <= decided}
        for key in decided:
            found = found | {key} if self.verdicts[key][1] else found - {key}
        return found

    def _act(self, tag: str) -> str:
        now = self.changes[tag]
        return "split" if len(now) > 1 else "rename" if now else "retire"

    def annotate(self, cleaned: Cleaned, _: CleanParams) -> Annotated:
        """What the annotate stage would have made."""
        clean, ids = cleaned.labels, cleaned.items["id"].dtype
        labels = self.labels(zip(clean["id"], clean["tag"].astype("str"), strict=True))
        keys = sorted(self.verdicts)
        rows = [self.verdicts[key] for key in keys]
        verdicts = pd.DataFrame(
            {
                "id": pd.Series([item for item, _ in keys], dtype=ids),
                "tag": pd.Series([tag for _, tag in keys], dtype="str").astype("category"),
                "value": pd.Series([key in labels for key in keys], dtype="bool"),
                "state": pd.Series([row[0] for row in rows], dtype="str").astype("category"),
                "by": pd.Series([row[2] for row in rows], dtype="str").astype("category"),
                "events": pd.Series([row[3] for row in rows], dtype="str"),
            }
        )
        changes = sorted((tag, to) for tag, now in self.changes.items() for to in now or [""])
        of_tags = pd.DataFrame(
            {
                "tag": pd.Series([tag for tag, _ in changes], dtype="str"),
                "to": pd.Series([to for _, to in changes], dtype="str"),
                "act": pd.Series([self._act(tag) for tag, _ in changes], dtype="str"),
                "by": pd.Series([self.by] * len(changes), dtype="str"),
                "event": pd.Series([self.event] * len(changes), dtype="str"),
            }
        )
        ordered = sorted(labels)
        frame = pd.DataFrame(
            {
                "id": pd.Series([item for item, _ in ordered], dtype=ids),
                "tag": pd.Series([tag for _, tag in ordered], dtype="str").astype("category"),
            }
        )
        nothing = factories.unannotated(frame, cleaned.taxonomy)
        return replace(nothing, verdicts=verdicts, tag_changes=of_tags)


@dataclass(frozen=True)
class Events:
    """Events, which the annotate stage's own functions fold."""

    events: Sequence[Event]
    params: AnnotateParams = field(default_factory=AnnotateParams)

    def annotate(self, cleaned: Cleaned, rules: CleanParams) -> Annotated:
        """What the annotate stage makes of them."""
        source = Source(
            cleaned.items,
            cleaned.labels,
            cleaned.taxonomy,
            rules.tag_spelling,
            rules.resolve_aliases,
        )
        with TemporaryDirectory() as folder:
            write_session(Path(folder), self.events)
            made = fold(Path(folder), source, self.params)
        return Annotated(
            labels=cleaned.labels if made.labels is None else made.labels,
            taxonomy=cleaned.taxonomy if made.taxonomy is None else made.taxonomy,
            verdicts=made.verdicts,
            disputes=made.disputes,
            rejected=made.rejected,
            tag_changes=made.tag_changes,
        )


UNDIVIDED = pd.DataFrame({"id": pd.Series(dtype="int64"), "split": pd.Series(dtype="str")})


def made_from(
    raw: Raw,
    name: str = "v1",
    *,
    clean_params: CleanParams | None = None,
    filter_params: FilterParams | None = None,
    split_params: SplitParams | None = None,
    said: Said | Events | None = None,
) -> Dataset:
    """Run the stages on a source, as `dvc repro` would; the split stage only if asked to."""
    rules = clean_params or CleanParams(max_quarantined=1)
    with _unvalidated():
        cleaned = clean(raw, rules)
        annotated = (
            factories.unannotated(cleaned.labels, cleaned.taxonomy)
            if said is None
            else said.annotate(cleaned, rules)
        )
        filtered = filter_labels(
            annotated.labels, annotated.taxonomy, filter_params or FilterParams(min_tag_count=1)
        )
    people = AnnotateParams() if said is None else said.params
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
        annotated_labels=annotated.labels,
        annotated_taxonomy=annotated.taxonomy,
        verdicts=annotated.verdicts,
        tag_changes=annotated.tag_changes,
        annotations=Annotations(annotated.verdicts, annotated.tag_changes, people),
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
    said: Said | Events | None = None,
    **rules: Any,
) -> Dataset:
    """A version from {id: [tag, …]} or from rows; `rules` of clean, `keep` of filter.

    Nothing was `said` in a version from before the annotate stage.
    """
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
        said=said,
    )


def labelled_version(rows: Any, *, keep: Mapping[str, Any], **rest: Any) -> Dataset:
    """A version by drawn rules, in which a label is left: `keep` yields if it leaves none.

    An example that has to be thrown away costs as much as one that is looked at. One where no item
    had a label in the first place still is.
    """
    try:
        return version(rows, keep=keep, **rest)
    except TagledgerError:
        pass
    try:
        return version(rows, **rest)
    except TagledgerError:
        reject()


def compared(
    a: Dataset, b: Dataset, layer: Layer = "filtered", permutations: int = 1
) -> Comparison:
    """A comparison whose distances have a bound of one draw: 199 take half of the time."""
    return compare(a.side(layer), b.side(layer), layer, permutations=permutations)
