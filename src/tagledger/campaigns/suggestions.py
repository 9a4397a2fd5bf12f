"""What a model suggests for the items of a campaign: a table beside the repository, not in git.

It lies in .git/tagledger/suggestions. In git it would be large and soon out of date; kept by DVC,
no clone could build the dataset without it, though no build reads it. Whoever hands out has it;
the files that are handed out hold it, and `tagledger annotate suggest` brings it to another clone.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tagledger import tables
from tagledger.versions import Repository

Scores = Mapping[str, Mapping[str, float]]


def path_of(repository: Repository, campaign: str) -> Path:
    """The table of the suggestions of a campaign."""
    return repository.git_dir / "tagledger" / "suggestions" / f"{campaign}.parquet"


def write_suggestions(repository: Repository, campaign: str, scores: Scores) -> None:
    """Keep what a model suggests, in place of what was kept: scores of tags by item.

    Raises
    ------
    TagledgerError
        The table cannot be written.
    """
    import pandas as pd

    rows = [
        (item, tag, score)
        for item, of_tags in sorted(scores.items())
        for tag, score in sorted(of_tags.items())
    ]
    frame = pd.DataFrame(
        {
            "id": pd.Series([item for item, _, _ in rows], dtype="str"),
            "tag": pd.Series([tag for _, tag, _ in rows], dtype="str"),
            "score": pd.Series([score for _, _, score in rows], dtype="float64"),
        }
    )
    tables.write({path_of(repository, campaign): frame})


def read_suggestions(
    repository: Repository, campaign: str
) -> dict[str, tuple[tuple[str, float], ...]]:
    """What a model suggests for each item of a campaign, the likeliest tag first.

    Raises
    ------
    TagledgerError
        The table cannot be read.
    """
    path = path_of(repository, campaign)
    if not path.is_file():
        return {}
    columns = tables.read_lists(path, ["id", "tag", "score"])
    found: dict[str, list[tuple[str, float]]] = {}
    for item, tag, score in zip(columns["id"], columns["tag"], columns["score"], strict=True):
        found.setdefault(item, []).append((tag, score))
    return {
        item: tuple(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))
        for item, pairs in found.items()
    }
