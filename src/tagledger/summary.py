"""What the workspace holds, in the few lines that a newcomer reads first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from tagledger import files, params, tables
from tagledger.errors import TagledgerError
from tagledger.params import FilterParams, SplitParams
from tagledger.reports import read_metrics
from tagledger.sources import PROVENANCE

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
        Fewest items that a tag must have.
    tags_seen
        Number of tags on at least one item, before the filter.
    most_used, just_made_it, just_missed_it
        Tags and their counts: the most used that stay, the rarest that stay, and the most used
        of those that the threshold drops.
    """

    source: str
    snapshot: str
    metrics: dict[str, Any]
    threshold: int
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


def summarise() -> Summary:
    """Read the summary of the workspace.

    Raises
    ------
    TagledgerError
        The pipeline has not run here yet.
    """
    hint = "write it anew with `dvc repro --force fetch`"
    provenance = files.read_object(tables.RAW / PROVENANCE, hint=hint)
    source, snapshot = provenance.get("source"), provenance.get("snapshot")
    if not isinstance(source, str) or not isinstance(snapshot, str):
        raise TagledgerError(
            "this is not the record of a fetch", where=tables.RAW / PROVENANCE, hint=hint
        )
    tags = tables.read(tables.FILTERED_TAGS)
    most, made, missed = tag_extremes(tags)
    metrics = read_metrics(tables.REPORTS / "metrics.json")
    # JSON sorts names; people mean train first.
    order = list(params.load(SplitParams).ratios)
    metrics["split"] = {name: metrics["split"][name] for name in order if name in metrics["split"]}
    return Summary(
        source=source,
        snapshot=snapshot,
        metrics=metrics,
        threshold=params.load(FilterParams).min_tag_count,
        tags_seen=int((tags["count"] > 0).sum()),
        most_used=most,
        just_made_it=made,
        just_missed_it=missed,
    )
