"""What is suggested for the items of a campaign: by a model, and by the split of a tag.

What a model suggests is a table beside the repository, not in git.
It lies in .git/tagledger/suggestions. In git it would be large and soon out of date; kept by DVC,
no clone could build the dataset without it, though no build reads it. Whoever hands out has it;
the files that are handed out hold it, and `tagledger annotate suggest` brings it to another clone.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tagledger import tables
from tagledger.campaigns.tags_now import TagsNow, read_tags_now
from tagledger.versions import Repository

OF_A_SPLIT = 0.5
"""The score of a part that is suggested because people gave the whole: as likely as not."""

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
    """What is suggested for each item of a campaign, the likeliest tag first.

    That is what a model says of tags, as they are called now, and the parts of a tag that was
    split where people, by the last build, gave the whole.

    Raises
    ------
    TagledgerError
        The table cannot be read.
    """
    now = read_tags_now(repository.root)
    by_item: dict[str, dict[str, float]] = {}
    for item, tag in _parts(repository.root, now):
        by_item.setdefault(item, {})[tag] = OF_A_SPLIT
    for item, of_tags in _scores(path_of(repository, campaign)).items():
        for tag, score in of_tags:
            for end in now.unsplit([tag]):
                by_item.setdefault(item, {})[end] = score
    return {
        item: tuple(sorted(pairs.items(), key=lambda pair: (-pair[1], pair[0])))
        for item, pairs in by_item.items()
    }


def _scores(path: Path) -> dict[str, list[tuple[str, float]]]:
    """What a model suggests for each item; of tags that became one the highest score is last."""
    if not path.is_file():
        return {}
    columns = tables.read_lists(path, ["id", "tag", "score"])
    rows = zip(columns["score"], columns["id"], columns["tag"], strict=True)
    by_item: dict[str, list[tuple[str, float]]] = {}
    for score, item, tag in sorted(rows):
        by_item.setdefault(item, []).append((tag, score))
    return by_item


def _parts(root: Path, now: TagsNow) -> list[tuple[str, str]]:
    """Items and the parts of split tags that answers about the whole suggest for them."""
    if not now.parts or not (root / tables.VERDICTS).is_file():
        return []
    columns = tables.read_lists(root / tables.VERDICTS, ["id", "tag", "state"])
    rows = zip(columns["id"], columns["tag"], columns["state"], strict=True)
    return [
        (str(item), tag) for item, tag, state in rows if state == "suggested" and tag in now.parts
    ]
