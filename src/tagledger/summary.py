"""What the workspace holds, in the few lines that a newcomer reads first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tagledger import documents, tables, versions
from tagledger.dataset import Dataset
from tagledger.documents import is_count
from tagledger.errors import TagledgerError
from tagledger.measures.recorded import read_metrics
from tagledger.reports import METRICS
from tagledger.sources.catalogue import PROVENANCE
from tagledger.versions import Repository

# The summary itself needs no frame.
if TYPE_CHECKING:
    import pandas as pd

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
    tags: pd.DataFrame | Mapping[str, Sequence[Any]], rows: int = _ROWS
) -> tuple[list[tuple[str, int]], list[tuple[str, int]], list[tuple[str, int]]]:
    """Most used tags, tags that just made the threshold, and tags that just missed it.

    Parameters
    ----------
    tags
        A frame or lists: columns tag, count, decision.
    rows
        Number of tags in each list.

    Returns
    -------
    most_used, just_made_it, just_missed_it
        Each by descending count; equal counts by tag.
    """

    def counted(decision: str) -> list[tuple[str, int]]:
        every = zip(tags["tag"], tags["count"], tags["decision"], strict=True)
        pairs = [(str(tag), int(count)) for tag, count, own in every if own == decision]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))

    kept = counted("kept")
    return kept[:rows], kept[max(len(kept) - rows, 0) :], counted("below_threshold")[:rows]


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
    file = versions.locate(repository, workspace, tables.FILTERED_TAGS.as_posix())
    tags = tables.read_lists(file, ["tag", "count", "decision"])
    most, above, below = tag_extremes(tags)
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
        tags_seen=sum(count > 0 for count in tags["count"]),
        most_used=most,
        just_made_it=above,
        just_missed_it=below,
    )
