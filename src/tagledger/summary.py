"""What the workspace holds, in the few lines that a newcomer reads first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from tagledger import documents, tables, versions
from tagledger.dataset import Dataset
from tagledger.documents import is_count
from tagledger.errors import TagledgerError
from tagledger.measures.recorded import read_metrics
from tagledger.reports import METRICS
from tagledger.sources.catalogue import PROVENANCE
from tagledger.versions import Repository

_ROWS = 5


@dataclass(frozen=True)
class Summary:
    """The dataset in the workspace.

    Attributes
    ----------
    source, snapshot
        Where it comes from.
    metrics
        The numbers of reports/metrics.json.
    threshold
        Fewest items that a tag had to have when the data was built; None where dvc.lock does not
        say.
    tags_seen
        Number of tags on at least one item, before the filter.
    most_used, just_made_it, just_missed_it
        Tags and their counts: the most used that stay, the rarest that stay, and the most used
        of those that the threshold drops.
    """

    source: str
    snapshot: str
    metrics: dict[str, Any]
    threshold: int | None
    tags_seen: int
    most_used: Sequence[tuple[str, int]]
    just_made_it: Sequence[tuple[str, int]]
    just_missed_it: Sequence[tuple[str, int]]


def tag_extremes(
    tags: pd.DataFrame, rows: int = _ROWS
) -> tuple[list[tuple[str, int]], list[tuple[str, int]], list[tuple[str, int]]]:
    """Most used tags, tags that just made the threshold, and tags that just missed it.

    Parameters
    ----------
    tags
        Columns tag, count, decision.
    rows
        Number of tags in each list.

    Returns
    -------
    most_used, just_made_it, just_missed_it
        Each by descending count; equal counts by tag.
    """
    order = tags.sort_values(["count", "tag"], ascending=[False, True], kind="stable")
    kept = order[order["decision"] == "kept"]
    missed = order[order["decision"] == "below_threshold"]

    def pairs(df: pd.DataFrame) -> list[tuple[str, int]]:
        return [(str(row.tag), int(str(row.count))) for row in df.itertuples(index=False)]

    return pairs(kept.head(rows)), pairs(kept.tail(rows)), pairs(missed.head(rows))


def summarise(repository: Repository) -> Summary:
    """Read the summary of the workspace, from DVC's cache or remote where it is not built here.

    Raises
    ------
    TagledgerError
        The pipeline has never run, or its data is not at hand.
    """
    workspace = versions.find_version(repository, versions.WORKSPACE)
    dataset = Dataset(repository, workspace)
    hint = "write it anew with `dvc repro --force fetch`"
    path = versions.locate(repository, workspace, (tables.RAW / PROVENANCE).as_posix())
    provenance = documents.read_object(path, hint=hint)
    source, snapshot = provenance.get("source"), provenance.get("snapshot")
    if not isinstance(source, str) or not isinstance(snapshot, str):
        raise TagledgerError("this is not the record of a fetch", where=path, hint=hint)
    tags = dataset.tags
    most, made, missed = tag_extremes(tags)
    metrics = read_metrics(repository.root / METRICS)
    # JSON sorts names; people mean train first.
    ratios = dataset.recorded_params("split").get("ratios")
    order = ratios if isinstance(ratios, dict) else metrics["split"]
    metrics["split"] = {name: metrics["split"][name] for name in order if name in metrics["split"]}
    threshold = dataset.recorded_params("filter").get("min_tag_count")
    return Summary(
        source=source,
        snapshot=snapshot,
        metrics=metrics,
        threshold=threshold if is_count(threshold) else None,
        tags_seen=int((tags["count"] > 0).sum()),
        most_used=most,
        just_made_it=made,
        just_missed_it=missed,
    )
