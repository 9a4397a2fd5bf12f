"""A campaign at its end: it is marked, and what people said is committed, if that is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tagledger.campaigns.campaign import FILE, Campaign, folder_of
from tagledger.campaigns.status import Status
from tagledger.events.new_items import NEW_ITEMS
from tagledger.events.store import ANNOTATIONS
from tagledger.events.writing import utc_now
from tagledger.files import write_bytes
from tagledger.versions import Repository
from tagledger.words import count, listed

NOBODY = "annotator.invalid"
"""The host of the addresses of people in trailers: `.invalid` is kept for what leads nowhere. A
pseudonym has no address, and an invented one at a real host may be somebody's."""


@dataclass(frozen=True)
class Finished:
    """A campaign that is finished.

    Attributes
    ----------
    again
        Whether it was finished before.
    commit
        Full id of the commit; None where none was asked for, or all was committed before.
    """

    campaign: Campaign
    status: Status
    again: bool
    commit: str | None = None


def finish(
    repository: Repository, status: Status, *, commit: bool = False, co_authors: bool = False
) -> Finished:
    """Mark a campaign as finished, and commit the events, the campaign and its new items.

    Nothing else is committed, whatever is staged. If git refuses, the campaign is open as before.

    Raises
    ------
    TagledgerError
        The file cannot be written, or git refuses.
    """
    campaign, root = status.campaign, repository.root
    path = root / folder_of(campaign.name) / FILE
    again = campaign.finished is not None
    finished = campaign if again else replace(campaign, finished=utc_now())
    if not again:
        write_bytes(path, finished.content())
    commit_id = None
    if commit:
        try:
            commit_id = _commit(repository, finished, status, co_authors=co_authors)
        except BaseException:
            if not again:
                write_bytes(path, campaign.content())
            raise
    return Finished(finished, replace(status, campaign=finished), again, commit_id)


def _commit(
    repository: Repository, campaign: Campaign, status: Status, *, co_authors: bool
) -> str | None:
    from tagledger.versions import commit_only, refuse_ignored

    new_items = (repository.root / NEW_ITEMS).glob(f"{campaign.name}-*.jsonl")
    paths = [
        ANNOTATIONS,
        folder_of(campaign.name),
        *(path.relative_to(repository.root) for path in new_items),
    ]
    names = [path.as_posix() for path in paths if (repository.root / path).exists()]
    for name in names:
        refuse_ignored(repository, name)
    return commit_only(repository, names, message(campaign, status, co_authors=co_authors))


def message(campaign: Campaign, status: Status, *, co_authors: bool) -> str:
    """The message of the commit: how much was answered by whom."""
    people = [one.annotator for one in status.people if one.answered]
    answers = count(sum(one.answered for one in status.people), "answer")
    by = f" by {listed(people, len(people))}" if people else ""
    lines = [f"Annotate {campaign.name}: {answers}", "", *_body(status, by)]
    if co_authors and people:
        lines += ["", *trailers(people)]
    return "\n".join(lines) + "\n"


def _body(status: Status, by: str) -> list[str]:
    lines = [f"{status.answered:,} of {count(status.items, 'item')} answered{by}."]
    if status.disputed:
        lines.append(f"{count(len(status.disputed), 'item is', 'items are')} disputed.")
    return lines


def trailers(people: Sequence[str]) -> list[str]:
    """Who shares in a commit, as git and its hosts read it."""
    return [f"Co-authored-by: {name} <{name}@{NOBODY}>" for name in people]


def to_commit(repository: Repository, campaign: Campaign) -> list[Path]:
    """The folders that hold what a campaign brought, from the folder of dvc.yaml."""
    folders = [ANNOTATIONS, folder_of(campaign.name)]
    if any((repository.root / NEW_ITEMS).glob(f"{campaign.name}-*.jsonl")):
        folders.append(NEW_ITEMS)
    return folders
