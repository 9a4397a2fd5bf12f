"""A campaign at its start: items are chosen and handed out, and its files written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tagledger import tables
from tagledger.campaigns.campaign import (
    FILE,
    GUIDELINE,
    Campaign,
    campaign_names,
    folder_of,
    read_campaign,
)
from tagledger.campaigns.choosing import Dataset, choose, is_query, parse
from tagledger.campaigns.handing_out import hand_out, mix_in, shuffled, together
from tagledger.campaigns.items import Items, TagNames, read_items, read_tags
from tagledger.campaigns.listed import Listed, read_listed
from tagledger.campaigns.people import pseudonym
from tagledger.campaigns.suggestions import write_suggestions
from tagledger.campaigns.tags_now import TagsNow, read_tags_now
from tagledger.errors import TagledgerError, nearest, os_errors
from tagledger.events.canonical import ordered_tags, taxonomy_hash
from tagledger.events.event import check_name
from tagledger.events.writing import utc_now
from tagledger.files import replacing_all
from tagledger.versions import Repository
from tagledger.words import count

_MOST_GUIDELINE_BYTES = 2**20


@dataclass(frozen=True)
class Wanted:
    """What somebody asks for, by the options of `annotate start`."""

    name: str
    items: str
    annotators: Sequence[str]
    tags: Sequence[str] = ()
    overlap: int | None = None
    guideline: Path | None = None
    gold: int = 0
    limit: int | None = None
    seed: int = 0
    new_tags: bool = False


@dataclass(frozen=True)
class Started:
    """A campaign that was started, and what to say of it.

    Attributes
    ----------
    new_items
        How many items are new to the dataset.
    files
        What was written, from the folder of dvc.yaml.
    notes
        Sentences on what a person may not expect.
    """

    campaign: Campaign
    new_items: int
    files: list[Path]
    notes: list[str] = field(default_factory=list)


def start(repository: Repository, wanted: Wanted) -> Started:
    """Choose items, hand them out, and write the files of a campaign: all of them or none.

    Raises
    ------
    TagledgerError
        What is wanted cannot be had: see the messages.
    """
    root = repository.root
    _refuse_name(root, wanted.name)
    people = _people(wanted.annotators)
    overlap = _overlap(wanted.overlap, people)
    text = None if wanted.guideline is None else _guideline(wanted.guideline)
    items, names = read_items(root), read_tags(root)
    tags = _tags(names, read_tags_now(root), wanted)
    chosen = _chosen(repository, wanted, items, names)
    gold = _gold(root, wanted)
    ids = [item for item in chosen.ids if item not in set(gold)][: wanted.limit]
    units = together(ids, items.group_of)
    handed = hand_out(units, people, overlap, wanted.seed)
    campaign = Campaign(
        name=wanted.name,
        query=wanted.items,
        tags=tuple(tags),
        tax=taxonomy_hash(tags),
        items={
            who: tuple(mix_in(own, gold, wanted.seed, who)) for who, own in sorted(handed.items())
        },
        overlap=overlap,
        gold=len(gold),
        seed=wanted.seed,
        started=utc_now(),
        base=_base(repository),
    )
    new = chosen if wanted.limit is None else chosen.only(set(ids))
    files = _write(repository, campaign, text, new)
    scores = _spelled(new.scores, names)
    if scores:
        write_suggestions(repository, campaign.name, scores)
    return Started(campaign, len(new.new), files, _notes(campaign, new, scores))


def _spelled(
    scores: Mapping[str, Mapping[str, float]], names: TagNames
) -> dict[str, dict[str, float]]:
    """Scores of tags as the dataset spells them."""
    return {
        item: {names.spelled(tag): score for tag, score in of.items()}
        for item, of in scores.items()
    }


def _refuse_name(root: Path, name: str) -> None:
    check_name(name, "campaign")
    if name in campaign_names(root):
        raise TagledgerError(
            f"there is a campaign {name} already",
            where=root / folder_of(name),
            hint=f"choose another name; `tagledger annotate status {name}` shows how far it is",
        )


def _people(words: Sequence[str]) -> list[str]:
    people = list(dict.fromkeys(pseudonym(word) for word in words))
    if not people:
        raise TagledgerError(
            "there is nobody to hand items to", hint="name them: --annotators ann,bob"
        )
    return people


def _overlap(wanted: int | None, people: Sequence[str]) -> int:
    if wanted is None:
        return min(2, len(people))
    if wanted > len(people):
        raise TagledgerError(
            f"each item is to have {wanted} annotators, and there "
            f"{'is' if len(people) == 1 else 'are'} {len(people)}",
            where="--overlap",
            hint=f"name more of them, or `--overlap {len(people)}`",
        )
    return wanted


def _guideline(path: Path) -> bytes:
    with os_errors(path):
        data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TagledgerError(
            "the guideline is no text in UTF-8", where=path, hint="save it as Markdown, in UTF-8"
        ) from error
    if len(data) > _MOST_GUIDELINE_BYTES:
        raise TagledgerError(
            "the guideline is longer than a megabyte",
            where=path,
            hint="give the part that annotators read",
        )
    return text.encode()


def _tags(names: TagNames, now: TagsNow, wanted: Wanted) -> list[str]:
    """The tags that are asked, in the spelling of the dataset."""
    if not wanted.tags or list(wanted.tags) == ["all"]:
        if not names.tags:
            raise TagledgerError(
                "the dataset has no tag yet, so it must be said which are asked",
                where="--tags",
                hint="name them, such as --tags cv,nlp",
            )
        return ordered_tags(now.of(names.tags))
    tags: list[str] = []
    for tag in wanted.tags:
        spelled = names.spelled(tag)
        _refuse_changed(spelled, now)
        spelled = names.aliases.get(spelled, spelled)
        existing = names.known | now.made
        if names.known and spelled not in existing and not wanted.new_tags:
            near = nearest(spelled, existing)
            look = f"{near} " if near.startswith("did you mean") else ""
            raise TagledgerError(
                f"the dataset has no tag {tag!r}",
                where="--tags",
                hint=f"{look}If it is new, add `--new-tags`",
            )
        tags.append(spelled)
    return ordered_tags(tags)


def _refuse_changed(tag: str, now: TagsNow) -> None:
    """Refuse a tag that is none any more, and name what it is now."""
    became = now.became(tag)
    if became is not None:
        ends = now.of([tag])
        raise TagledgerError(
            became,
            where="--tags",
            hint=f"ask {', '.join(ends)} instead" if ends else "leave it out",
        )


def _chosen(repository: Repository, wanted: Wanted, items: Items, names: TagNames) -> Listed:
    path = Path(wanted.items)
    if path.is_file():
        return read_listed(path, items)
    if not is_query(wanted.items) and path.suffix and " " not in wanted.items.strip():
        raise TagledgerError(
            f"there is no file {wanted.items}, and it is no query either",
            where="--items",
            hint="name a file that is there, or ask by `all`, `untagged`, `tag:nlp`, `random:100`",
        )
    parse(wanted.items)
    return Listed(choose(Dataset(repository, items, names), wanted.items, wanted.seed))


def _gold(root: Path, wanted: Wanted) -> list[str]:
    """Items with a gold verdict, which every annotator gets among the others."""
    if not wanted.gold:
        return []
    items = gold_items(root)
    if len(items) < wanted.gold:
        have = count(len(items), "item has", "items have")
        raise TagledgerError(
            f"{have} a gold verdict in the last build, fewer than the {wanted.gold} that are "
            "to be mixed in",
            where="--gold",
            hint="`tagledger annotate gold ID --yes TAG --by NAME` makes one, and `dvc repro` "
            "takes it in",
        )
    return shuffled(items, wanted.seed)[: wanted.gold]


def gold_items(root: Path) -> list[str]:
    """The items that have a gold verdict in the last build."""
    if not (root / tables.VERDICTS).is_file():
        return []
    columns = tables.read_lists(root / tables.VERDICTS, ["id", "state"])
    pairs = zip(columns["id"], columns["state"], strict=True)
    return list(dict.fromkeys(str(item) for item, state in pairs if state == "gold"))


def _base(repository: Repository) -> str | None:
    """The data id of what was last built; None where nothing was."""
    from tagledger import versions

    try:
        return versions.find_version(repository, versions.WORKSPACE).data_id
    except TagledgerError:
        return None


def _write(
    repository: Repository, campaign: Campaign, text: bytes | None, chosen: Listed
) -> list[Path]:
    root, folder = repository.root, folder_of(campaign.name)
    contents: dict[Path, bytes] = {folder / FILE: campaign.content()}
    if text is not None:
        contents[folder / GUIDELINE] = text
    new = chosen.file(campaign.name)
    if new is not None:
        contents[new[0]] = new[1]
    _refuse_ignored(repository, contents)
    with replacing_all([root / path for path in contents]) as temporary:
        for path, content in contents.items():
            temporary[root / path].write_bytes(content)
    return sorted(contents)


def _refuse_ignored(repository: Repository, contents: Mapping[Path, bytes]) -> None:
    from tagledger.versions import refuse_ignored

    for path in contents:
        refuse_ignored(repository, path.as_posix())


def _notes(
    campaign: Campaign, chosen: Listed, scores: Mapping[str, Mapping[str, float]]
) -> list[str]:
    notes = []
    if chosen.others:
        some = count(chosen.others, "item has", "items have")
        notes.append(f"{some} another text in the file; the dataset's is shown")
    strange = {tag for of in scores.values() for tag in of} - set(campaign.tags)
    if strange:
        named = ", ".join(sorted(strange)[:3])
        notes.append(f"scores of tags that are not asked are not shown: {named}")
    least = min(map(len, campaign.items.values()))
    if least == 0:
        empty = [who for who, own in campaign.items.items() if not own]
        notes.append(f"there are fewer items than annotators: nothing for {', '.join(empty)}")
    return notes


def suggest(repository: Repository, name: str, path: Path) -> int:
    """Keep the scores of a file as suggestions for a campaign; how many items have some.

    Raises
    ------
    TagledgerError
        There is no such campaign, the file cannot be read, or has no score of one of its items.
    """
    root = repository.root
    campaign = read_campaign(root, name)
    listed = read_listed(path, read_items(root))
    ids = set(campaign.item_ids)
    chosen = {item: of for item, of in listed.scores.items() if item in ids}
    scores = _spelled(chosen, read_tags(root))
    if not scores:
        raise TagledgerError(
            f"no item of {name} has a score in this file",
            where=path,
            hint='write a line for each item, such as {"id": "p-1", "scores": {"nlp": 0.9}}',
        )
    write_suggestions(repository, name, scores)
    return len(scores)
