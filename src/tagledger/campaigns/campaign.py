"""A campaign: which items are handed out to whom, and which tags are asked.

It is data/campaigns/NAME/campaign.json, which git tracks, with guideline.md beside it. No stage
depends on it: it says who is asked what, and never an answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tagledger import documents
from tagledger.campaigns.tags_now import TagsNow, read_tags_now
from tagledger.errors import TagledgerError, nearest
from tagledger.events.canonical import taxonomy_hash
from tagledger.events.event import check_name, is_name, is_time

CAMPAIGNS = Path("data/campaigns")
FILE = "campaign.json"
GUIDELINE = "guideline.md"
FORMAT = 1


@dataclass(frozen=True)
class Campaign:
    """Items that were handed out together.

    Attributes
    ----------
    name
        Its name, which is that of its folder.
    query
        What was asked for: a query, or the name of a file.
    tags
        The tags that are asked, ascending, as they are called now.
    tax
        The hash of the tags, whose list data/annotations/taxonomies keeps once an answer names it.
    items
        The ids of the items of each annotator, as text, in the order in which they are shown.
    overlap
        How many annotators answer an item.
    gold
        How many items with a gold verdict are among those of each annotator.
    seed
        Chooses one of the equally good ways to hand out.
    started, finished
        When, in UTC; None while it is not finished.
    base
        The data id of the version whose items are shown; None where none was built.
    first
        The tags that were asked at its start, and their hash, where some of them were renamed,
        merged, split or retired since; else None.
    """

    name: str
    query: str
    tags: tuple[str, ...]
    tax: str
    items: Mapping[str, tuple[str, ...]]
    overlap: int
    gold: int
    seed: int
    started: str
    finished: str | None = None
    base: str | None = None
    first: tuple[tuple[str, ...], str] | None = None

    @property
    def lists(self) -> tuple[tuple[tuple[str, ...], str], ...]:
        """The lists of tags that were shown, each with its hash: that of its start, that of now."""
        now = self.tags, self.tax
        return (now,) if self.first is None else (self.first, now)

    @property
    def annotators(self) -> list[str]:
        """The annotators, ascending."""
        return sorted(self.items)

    @property
    def item_ids(self) -> list[str]:
        """Its items, each once, in the order of the first annotator who has it."""
        return list(dict.fromkeys(item for name in self.annotators for item in self.items[name]))

    def content(self) -> bytes:
        """The bytes of its file."""
        return documents.json_bytes(
            {
                "format": FORMAT,
                "name": self.name,
                "query": self.query,
                "tags": list(self.lists[0][0]),
                "tax": self.lists[0][1],
                "items": {name: list(own) for name, own in self.items.items()},
                "overlap": self.overlap,
                "gold": self.gold,
                "seed": self.seed,
                "started": self.started,
                "finished": self.finished,
                "base": self.base,
            }
        )


def folder_of(name: str) -> Path:
    """The folder of a campaign, from the folder of dvc.yaml."""
    return CAMPAIGNS / name


def campaign_names(root: Path) -> list[str]:
    """The names of all campaigns of a repository, ascending."""
    return sorted(
        file.parent.name
        for file in (root / CAMPAIGNS).glob(f"*/{FILE}")
        if is_name(file.parent.name) and not file.parent.is_symlink()
    )


def read_campaigns(root: Path) -> list[Campaign]:
    """All campaigns of a repository, by their names.

    Raises
    ------
    TagledgerError
        One cannot be read.
    """
    names = campaign_names(root)
    now = read_tags_now(root) if names else TagsNow()
    return [_read(root, name, now) for name in names]


def read_campaign(root: Path, name: str) -> Campaign:
    """A campaign by its name.

    Raises
    ------
    TagledgerError
        There is none of that name, or its file cannot be read.
    """
    check_name(name, "campaign")
    names = campaign_names(root)
    if name not in names:
        near = f"{nearest(name, names)} " if names else ""
        near = near if near.endswith("? ") or not near else f"{near.rstrip()}. "
        raise TagledgerError(
            f"there is no campaign {name}",
            where=root / CAMPAIGNS,
            hint=f"{near}`tagledger annotate start {name} --items all --annotators ann,bob` "
            "starts one",
        )
    return _read(root, name, read_tags_now(root))


def _read(root: Path, name: str, now: TagsNow) -> Campaign:
    path = root / folder_of(name) / FILE
    back = f"`git checkout HEAD -- {(folder_of(name) / FILE).as_posix()}` brings it back"
    content = documents.read_object(path, hint=back)
    if problem := _problem(content, name):
        raise TagledgerError(f"this is no campaign: {problem}", where=path, hint=back)
    lists = {who: tuple(own) for who, own in sorted(content["items"].items())}
    keys = ("query", "tax", "overlap", "gold", "seed", "started", "finished", "base")
    campaign = Campaign(
        name=name,
        tags=tuple(content["tags"]),
        items=lists,
        **{key: content[key] for key in keys},
    )
    tags = now.of(campaign.tags)
    if tags == campaign.tags:
        return campaign
    return replace(
        campaign, tags=tags, tax=taxonomy_hash(tags), first=(campaign.tags, campaign.tax)
    )


def guideline(root: Path, name: str) -> str | None:
    """The guideline of a campaign; None where it has none."""
    path = root / folder_of(name) / GUIDELINE
    if not path.is_file() or path.is_symlink():
        return None
    return path.read_text("utf-8", errors="replace")


def _problem(content: Mapping[str, Any], name: str) -> str | None:
    """What is wrong with what a file says; None where nothing is."""
    if content.get("format") != FORMAT:
        return f"its format is {content.get('format')!r:.20}, and this Tagledger reads {FORMAT}"
    if content.get("name") != name:
        return f"its name is {content.get('name')!r:.60}"
    if not _is_texts(content.get("tags")) or not isinstance(content.get("tax"), str):
        return "`tags` is no list of tags"
    handed = content.get("items")
    if not isinstance(handed, dict) or not all(
        is_name(who) and _is_texts(own) for who, own in handed.items()
    ):
        return "`items` does not have a list of ids for each annotator"
    return _problem_of_values(content)


def _problem_of_values(content: Mapping[str, Any]) -> str | None:
    for key in ("overlap", "gold"):
        if not documents.is_count(content.get(key)):
            return f"`{key}` is no number"
    if type(content.get("seed")) is not int or not isinstance(content.get("query"), str):
        return "`seed` or `query` is missing"
    if not is_time(content.get("started")):
        return "`started` is no time"
    if content.get("finished") is not None and not is_time(content["finished"]):
        return "`finished` is no time"
    if not isinstance(content.get("base"), str | None):
        return "`base` is no version"
    return None


def _is_texts(value: object) -> bool:
    return isinstance(value, Sequence) and all(isinstance(one, str) for one in value)
