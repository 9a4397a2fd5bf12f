"""Changes of the taxonomy by events: a tag is renamed, merged, split or retired."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tagledger.campaigns.items import TagNames, labels_by_tag, read_tags
from tagledger.campaigns.people import pseudonym
from tagledger.campaigns.tags_now import DONE, tag_events
from tagledger.errors import TagledgerError
from tagledger.events.event import Act, Event, EventError
from tagledger.events.writing import utc_now, write_session
from tagledger.verdicts.tag_changes import in_time


@dataclass(frozen=True)
class Change:
    """A change that somebody asks for."""

    act: Act
    sources: Sequence[str]
    to: Sequence[str]
    by: str
    note: str | None = None


@dataclass(frozen=True)
class Changed:
    """A change that was written down.

    Attributes
    ----------
    labels
        How many labels have one of the tags before, in the last build.
    items
        On how many items.
    """

    event: Event
    path: Path
    labels: int
    items: int


def change_tags(root: Path, change: Change) -> Changed:
    """Write a change of tags as an event.

    Raises
    ------
    TagledgerError
        A tag is unknown or went over into another already, or a tag would come to be itself.
    """
    names, earlier = read_tags(root), _earlier(root)
    by = pseudonym(change.by)
    sources = [_source(names, earlier, tag) for tag in change.sources]
    to = [_spelled(names, tag) for tag in change.to]
    if change.act == "split" and len(to) < 2:
        raise TagledgerError(
            f"a split makes two parts or more of a tag, and {sources[0]} is to have {len(to)}",
            hint=f"name all parts; `tagledger taxonomy rename {sources[0]} {(*to, 'NEW')[0]} --by "
            f"{by}` gives it another name",
        )
    _refuse(change.act, sources, to, names, earlier)
    try:
        event = Event(
            act=change.act,
            by=by,
            at=utc_now(),
            sources=tuple(sources),
            to=tuple(to),
            note=change.note,
        )
    except EventError as error:
        raise TagledgerError(
            f"this cannot be written down: {error}", hint="name each tag once, on one line"
        ) from error
    by_tag = labels_by_tag(root)
    touched = [item for tag in sources if tag not in to for item in by_tag.get(tag, ())]
    (path,) = write_session(root, [event], change.act)
    return Changed(event, path.relative_to(root), len(touched), len(set(touched)))


def _spelled(names: TagNames, tag: str) -> str:
    spelled = names.spelled(tag)
    if not spelled.strip():
        raise TagledgerError(f"{tag!r} cannot be a tag", hint="name it by letters or digits")
    return spelled


Earlier = Mapping[str, tuple[Event, Path]]


def _earlier(root: Path) -> dict[str, tuple[Event, Path]]:
    """The last change of each tag that was changed."""
    last: dict[str, tuple[Event, Path]] = {}
    for event, path in sorted(tag_events(root), key=lambda pair: in_time(pair[0])):
        for tag in event.sources:
            if tag not in event.to:
                last[tag] = event, path.relative_to(root)
    return last


def _source(names: TagNames, earlier: Earlier, tag: str) -> str:
    """A tag that is to be changed, as the dataset spells it."""
    name = names.spelled(tag)
    if name in earlier:
        event, path = earlier[name]
        into = f" into {', '.join(event.to)}" if event.to else ""
        raise TagledgerError(
            f"{name} was {DONE[event.act]}{into} by {event.by} on {event.at[:10]}",
            where=path,
            hint=f"change {event.to[0]} instead" if event.to else "name a tag that is in use",
        )
    results = {one for event, _ in earlier.values() for one in event.to}
    return name if name in results else names.find(tag)


def _refuse(
    act: Act, sources: Sequence[str], to: Sequence[str], names: TagNames, earlier: Earlier
) -> None:
    if len(set(sources)) < len(sources) or len(set(to)) < len(to):
        raise TagledgerError("a tag is named twice", hint="name each tag once")
    if act == "merge":
        if len(sources) < 2 or set(sources) == set(to):
            raise TagledgerError(
                f"{sources[0]} would be merged into itself",
                hint="name two tags or more, and the one that they become by --into",
            )
    elif again := sorted(set(sources) & set(to)):
        raise TagledgerError(
            f"{again[0]} would be {DONE[act]} into itself",
            hint="name another tag for what comes of it",
        )
    there = {*names.known, *(one for event, _ in earlier.values() for one in event.to)}
    if act == "rename" and to[0] in there - set(earlier):
        raise TagledgerError(
            f"there is a tag {to[0]} already",
            hint=f"`tagledger taxonomy merge {sources[0]} {to[0]} --into {to[0]} --by NAME` makes "
            "them one",
        )
    _refuse_aliases(sources, to, names)
    for tag in to:
        if tag not in sources:
            _refuse_cycle(tag, sources, earlier)


def _refuse_aliases(sources: Sequence[str], to: Sequence[str], names: TagNames) -> None:
    for tag in to:
        owner = names.aliases.get(tag)
        if owner is not None and owner not in sources:
            raise TagledgerError(
                f"{tag} is an alias of {owner}",
                hint=f"name {owner}, or a tag that is no other's alias",
            )


def _refuse_cycle(tag: str, sources: Sequence[str], earlier: Earlier) -> None:
    """Refuse a tag that has gone over into another: it would come back, and go over again."""
    if tag in earlier:
        event, path = earlier[tag]
        into = f" into {', '.join(event.to)}" if event.to else ""
        raise TagledgerError(
            f"{tag} was {DONE[event.act]}{into} by {event.by} on {event.at[:10]}, so "
            f"{sources[0]} cannot become it: what people answered under that name would go "
            "round in a circle",
            where=path,
            hint="take a name that no tag had; to undo a change that is in no commit yet, "
            f"delete {path}",
        )
