"""Events become labels: read, sift, judge, and account for each of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from tagledger.params import AnnotateParams
from tagledger.verdicts.accounts import account, rejected_frame
from tagledger.verdicts.cells import VOTES
from tagledger.verdicts.frames import disputes_frame, labels_frame, verdicts_frame
from tagledger.verdicts.gathering import Gathered, Source, gather
from tagledger.verdicts.judging import judge
from tagledger.verdicts.tag_changes import changes_frame
from tagledger.verdicts.taxonomy import changed_taxonomy


@dataclass(frozen=True)
class Folded:
    """The tables of the annotate stage.

    Attributes
    ----------
    labels, taxonomy
        What the filter reads; None where they are those of the clean stage.
    verdicts, disputes, rejected, tag_changes
        As their schemas have them.
    rows
        What became of the events, for rows.json.
    votes
        What each person says of each tag of each item, the latest: columns item, tag, by (numbers)
        and yes. Neither adjudications nor gold.
    """

    labels: pd.DataFrame | None
    taxonomy: pd.DataFrame | None
    verdicts: pd.DataFrame
    disputes: pd.DataFrame
    rejected: pd.DataFrame
    tag_changes: pd.DataFrame
    rows: dict[str, Any]
    votes: pd.DataFrame


def fold(root: Path, source: Source, settings: AnnotateParams) -> Folded:
    """Work out what all events of a repository come to.

    Parameters
    ----------
    root
        The folder of dvc.yaml.
    source
        What the clean stage made.
    settings
        The policy.

    Raises
    ------
    TagledgerError
        A file cannot be read.
    """
    gathered = gather(root, source, settings.adjudicators)
    judged = judge(gathered, settings)
    ids = source.items["id"]
    labels = labels_frame(gathered, judged, ids)
    verdicts = verdicts_frame(gathered, judged, ids)
    states = verdicts["state"].value_counts()
    taxonomy = changed_taxonomy(source.taxonomy, gathered.changes.of)
    rows = asdict(account(gathered)) | {
        "states": {str(name): int(states[name]) for name in sorted(states.index)},
        "policy": settings.policy,
        "quorum": settings.quorum,
    }
    return Folded(
        labels=None if _are_same(labels, source.labels) else labels,
        taxonomy=None if taxonomy is source.taxonomy else taxonomy,
        verdicts=verdicts,
        disputes=disputes_frame(gathered, judged, ids),
        rejected=rejected_frame(gathered),
        tag_changes=changes_frame(gathered.changes.of),
        rows=rows,
        votes=_votes(gathered),
    )


def _votes(gathered: Gathered) -> pd.DataFrame:
    labels = gathered.cells.kind == VOTES
    cells = gathered.cells.take(labels)
    by = gathered.by[labels]
    return pd.DataFrame({"item": cells.item, "tag": cells.tag, "by": by, "yes": cells.yes})


def _are_same(labels: pd.DataFrame, before: pd.DataFrame) -> bool:
    """Whether two tables have the same labels."""
    if not len(labels) and not len(before):
        return True
    before_tags = before["tag"].cat.remove_unused_categories()
    return (
        len(labels) == len(before)
        and list(labels["tag"].cat.categories) == list(before_tags.cat.categories)
        and bool((labels["tag"].cat.codes == before_tags.cat.codes).all())
        and labels["id"].equals(before["id"])
    )
