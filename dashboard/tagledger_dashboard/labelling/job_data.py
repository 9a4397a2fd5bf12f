"""Reads what there is to label: texts, tags and labels of the work tree, and campaigns.

What people say of items is not among it: the page must not show what others answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import streamlit as st

from tagledger import tables
from tagledger.campaigns.campaign import CAMPAIGNS, Campaign, read_campaigns
from tagledger.campaigns.choosing import Dataset, choose
from tagledger.campaigns.items import (
    TagNames,
    labels_of,
    read_items,
    read_tags,
)
from tagledger.campaigns.suggestions import path_of, read_suggestions
from tagledger.errors import TagledgerError
from tagledger.events.canonical import short_hash, taxonomy_hash
from tagledger.events.new_items import NEW_ITEMS
from tagledger.versions import Repository
from tagledger_dashboard.labelling.jobs import Job, Side, Text

_READ = 4


def version_of(repository: Repository, campaign: str = "") -> str:
    """What the texts, tags and labels are made from, as they lie there now."""
    root = repository.root
    paths = [
        root / tables.CLEAN_ITEMS,
        root / tables.CLEAN_LABELS,
        root / tables.CLEAN_TAXONOMY,
        root / tables.ANNOTATED_TAXONOMY,
        root / tables.TAG_CHANGES,
        root / tables.DISPUTES,
        *sorted((root / NEW_ITEMS).glob("*.jsonl")),
        *((root / CAMPAIGNS).glob("*/campaign.json")),
        path_of(repository, campaign),
    ]
    return "\n".join([str(root), *map(_stamp, paths)])


def _stamp(path: Path) -> str:
    try:
        stat = path.stat()
    except OSError:
        return f"{path} -"
    return f"{path} {stat.st_size} {stat.st_mtime_ns} {stat.st_ino}"


@st.cache_resource(max_entries=_READ, show_spinner="Reading the items …")
def _dataset(version: str, _repository: Repository) -> Dataset:  # noqa: ARG001
    return Dataset(_repository, read_items(_repository.root), read_tags(_repository.root))


def campaigns_of(repository: Repository, annotator: str) -> list[Campaign]:
    """The campaigns in which an annotator has items, those that are not finished first.

    Raises
    ------
    TagledgerError
        A campaign cannot be read.
    """
    own = [one for one in read_campaigns(repository.root) if one.items.get(annotator)]
    return sorted(own, key=lambda one: (one.finished is not None, one.name))


def campaign_job(repository: Repository, campaign: Campaign, annotator: str) -> Job:
    """The items of a campaign that an annotator was given.

    Raises
    ------
    TagledgerError
        Nothing was built, or a table cannot be read.
    """
    version = version_of(repository, campaign.name)
    return _campaign_job(f"{campaign.name} {annotator}\n{version}", repository, campaign, annotator)


@st.cache_resource(max_entries=_READ, show_spinner="Reading the items …")
def _campaign_job(key: str, _repository: Repository, _campaign: Campaign, _annotator: str) -> Job:
    of = _dataset(key.partition("\n")[2], _repository)
    suggested = read_suggestions(_repository, _campaign.name)
    ids = _campaign.items[_annotator]
    now = _names_now(of)
    job = _job(of, f"label:{_campaign.name}", ids, _campaign.tags)
    return replace(
        job,
        campaign=_campaign.name,
        started=_campaign.started,
        base=_campaign.base,
        suggested={
            item: _first_of_each((now(of.names.spelled(tag)), score) for tag, score in pairs)
            for item, pairs in suggested.items()
        },
    )


def query_job(repository: Repository, query: str) -> Job:
    """The items of a query, of which all tags are asked.

    Raises
    ------
    TagledgerError
        Nothing was built, the query means nothing, or no item fits.
    """
    version = version_of(repository)
    return _query_job(f"{query}\n{version}", repository, query)


@st.cache_resource(max_entries=_READ, show_spinner="Looking for the items …")
def _query_job(key: str, _repository: Repository, _query: str) -> Job:
    of = _dataset(key.partition("\n")[2], _repository)
    return _job(of, f"label::{_query}", choose(of, _query, seed=0), of.names.tags)


def _job(of: Dataset, key: str, ids: Sequence[str], tags: Sequence[str]) -> Job:
    sorted_tags = tuple(sorted(tags))
    return Job(
        key=key,
        kind="label",
        items=tuple(dict.fromkeys(ids)),
        texts=_texts(of, ids),
        tags=sorted_tags,
        tax=taxonomy_hash(sorted_tags),
        listed=set(sorted_tags) != set(of.names.tags),
        source=_source(of, ids),
        aliases=_aliases(of.names),
    )


def _texts(of: Dataset, ids: Iterable[str]) -> dict[str, Text]:
    return {
        item: Text(text.title, text.description, text.hash)
        for item in ids
        if (text := of.items.texts.get(item)) is not None
    }


def _source(of: Dataset, ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The source's labels of items, by the names that the tags have now."""
    now = _names_now(of)
    return {
        item: tuple(sorted(set(map(now, tags))))
        for item, tags in labels_of(of.root, ids, source=True).items()
    }


def _first_of_each(pairs: Iterable[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    """Suggestions, the likeliest first, without what is the same tag again."""
    scores: dict[str, float] = {}
    for tag, score in pairs:
        scores.setdefault(tag, score)
    return tuple(scores.items())


def _names_now(of: Dataset) -> Callable[[str], str]:
    """Gives the name that a tag has now; a tag that was split or retired keeps its own."""
    changes: dict[str, list[str]] = {}
    path = of.root / tables.TAG_CHANGES
    if path.is_file():  # a repository of before has none
        columns = tables.read_lists(path, ["tag", "to"])
        for tag, to in zip(columns["tag"], columns["to"], strict=True):
            changes.setdefault(tag, []).append(to)
    renamed = {tag: ends[0] for tag, ends in changes.items() if len(ends) == 1 and ends[0]}
    tags_now, aliases = set(of.names.tags), of.names.aliases

    def now(tag: str) -> str:
        if tag in renamed:
            return renamed[tag]
        return tag if tag in tags_now else aliases.get(tag, tag)

    return now


def _aliases(names: TagNames) -> dict[str, str]:
    by_tag: dict[str, str] = {}
    for alias, tag in names.aliases.items():
        by_tag[tag] = f"{by_tag[tag]} {alias}" if tag in by_tag else alias
    return by_tag


def disputes_job(repository: Repository, campaign: Campaign | None) -> Job:
    """The items of which people differ, as the last build has them; of a campaign, or all.

    Raises
    ------
    TagledgerError
        Nothing was built, or a table cannot be read.
    """
    name = campaign.name if campaign else ""
    version = version_of(repository, name)
    return _disputes_job(f"{name}\n{version}", repository, campaign)


@st.cache_resource(max_entries=_READ, show_spinner="Reading what people differ in …")
def _disputes_job(key: str, _repository: Repository, _campaign: Campaign | None) -> Job:
    of = _dataset(key.partition("\n")[2], _repository)
    among = None if _campaign is None else set(_campaign.item_ids)
    sides = _sides(of.root)
    ids = [item for item in of.items.texts if item in sides and (among is None or item in among)]
    name = _campaign.name if _campaign else ""
    # Stable: items that equally many people differ about stay in the order of the table.
    ids.sort(key=lambda item: -len(sides[item]))
    job = _job(of, f"adjudicate:{name}", ids, of.names.tags)
    return replace(
        job,
        kind="adjudicate",
        campaign=name or None,
        listed=True,
        sides=sides,
        built=_built(of.root),
    )


def _sides(root: Path) -> dict[str, tuple[Side, ...]]:
    """By item, what each person said of the disputed tags; people in an order by chance."""
    path = root / tables.DISPUTES
    if not path.is_file():
        raise TagledgerError(
            "no build has taken in what people said of items",
            where=path,
            hint="`dvc repro` does; then look here again",
        )
    columns = tables.read_lists(path, ["id", "tag", "among", "yes", "no"])
    by_item: dict[str, dict[str, tuple[list[str], list[str]]]] = {}
    rows = zip(*(columns[name] for name in ("id", "tag", "among", "yes", "no")), strict=True)
    for item, tag, among, yes, no in rows:
        if among == "gold":
            continue
        for names, side in ((yes, 0), (no, 1)):
            for who in names.split():
                by_item.setdefault(str(item), {}).setdefault(who, ([], []))[side].append(tag)
    return {
        item: tuple(
            Side(who, tuple(sorted(yes)), tuple(sorted(no)))
            for who, (yes, no) in sorted(people.items(), key=lambda one: _hidden(item, one[0]))
        )
        for item, people in by_item.items()
    }


def _built(root: Path) -> dict[str, frozenset[str]]:
    """By item, the events that a build has taken in and that left it disputed."""
    columns = tables.read_lists(root / tables.VERDICTS, ["id", "state", "events"])
    by_item: dict[str, set[str]] = {}
    for item, state, events in zip(*columns.values(), strict=True):
        if state == "disputed":
            by_item.setdefault(str(item), set()).update(events.split())
    return {item: frozenset(events) for item, events in by_item.items()}


def _hidden(item: str, who: str) -> str:
    """An order of people that differs from item to item, so that A is not always the same one."""
    return short_hash([item, who])
