"""The annotate stage once more, as plainly as its rules are said: for tests to compare with.

It takes events that are all sound, and knows no files, columns or bits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from tagledger.events.canonical import text_hash
from tagledger.events.event import ANSWERS, OF_TAGS, Event
from tagledger.params import AnnotateParams

RANK = {"suggest": 0, "label": 1, "adjudicate": 2, "gold": 3}
STATE = {1: "labelled", 2: "adjudicated", 3: "gold"}

Pair = tuple[str, str]


@dataclass
class Plain:
    """What follows: labels, (value, state, names, events) by pair, counts, reasons by event."""

    labels: set[Pair] = field(default_factory=set)
    verdicts: dict[Pair, tuple[bool, str, str, str]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    superseded: set[str] = field(default_factory=set)
    rejected: dict[str, str] = field(default_factory=dict)
    edges: dict[str, tuple[frozenset[str], Event]] = field(default_factory=dict)


def time_of(event: Event) -> tuple[str, str]:
    whole, _, part = event.at[:-1].partition(".")
    return whole + part.ljust(6, "0"), event.id


def ends(tag: str, edges: Mapping[str, tuple[frozenset[str], Event]]) -> set[str]:
    if tag not in edges:
        return {tag}
    return set().union(*(ends(to, edges) for to in edges[tag][0]))


def split_on_way(tag: str, edges: Mapping[str, tuple[frozenset[str], Event]]) -> str | None:
    while tag in edges:
        to = edges[tag][0]
        if len(to) > 1:
            return tag
        if not to:
            return None
        (tag,) = to
    return None


def tag_edges(events: Iterable[Event]) -> dict[str, tuple[frozenset[str], Event]]:
    edges: dict[str, tuple[frozenset[str], Event]] = {}
    for event in sorted(events, key=time_of, reverse=True):
        for tag in event.sources:
            to = frozenset(event.to)
            if tag in edges or tag in to:
                continue
            if any(tag in ends(one, edges) for one in to):
                continue  # it would lead in a circle
            edges[tag] = (to, event)
    return edges


def decide(yes: int, no: int, kind: int, settings: AnnotateParams) -> bool | None:
    enough, policy = yes + no >= settings.quorum, settings.policy
    if kind == 0:
        return None
    if kind > 1:
        enough, policy = True, "majority" if policy == "majority" else "unanimous"
    if policy == "unanimous":
        return None if not enough or (yes and no) else bool(yes)
    if policy == "majority":
        return None if not enough or yes == no else yes > no
    if policy == "quorum":
        most = max(yes, no)
        return None if yes == no or most < settings.quorum else yes > no
    return None


def plain_fold(
    events: Iterable[Event],
    items: Mapping[str, tuple[str, str]],
    labels: set[Pair],
    settings: AnnotateParams,
    taxonomies: Mapping[str, list[str]],
    aliases: Mapping[str, str] | None = None,
) -> Plain:
    """Fold events, whose tags are all in their one spelling, over source labels.

    `aliases` has the tag of each name that answers may give it.
    """
    aliases = aliases or {}
    taxonomies = {key: [aliases.get(tag, tag) for tag in one] for key, one in taxonomies.items()}
    once = {event.id: event for event in events}
    made = Plain()
    gone = {
        name
        for event in once.values()
        for name in event.replaces
        if name in once and once[name].by == event.by
    }
    made.superseded |= gone
    standing = [event for name, event in once.items() if name not in gone]
    made.edges = edges = tag_edges(event for event in standing if event.act in OF_TAGS)
    counted = {event.id for _, event in edges.values()}
    withdrawals = [event for event in standing if event.act == "withdraw"]
    latest: dict[tuple[str, str, int, str], tuple[tuple[str, str], bool, str]] = {}
    for event in standing:
        if event.act == "withdraw" or event.id in counted:
            made.used.add(event.id)
        elif event.act in OF_TAGS:
            made.superseded.add(event.id)
        elif (
            reason := why_not(
                named(event, aliases), items, settings, taxonomies, withdrawals, edges
            )
        ) is not None:
            made.rejected[event.id] = reason
        else:
            for tag, kind, yes in cells(named(event, aliases), taxonomies, edges):
                key = (str(event.item), tag, kind, event.by)
                said = (time_of(event), yes, event.id)
                latest[key] = max(latest.get(key, said), said)
    kept = {said[2] for said in latest.values()}
    for event in standing:
        if event.id in made.rejected or event.act in OF_TAGS or event.act == "withdraw":
            continue
        (made.used if event.act not in ANSWERS or event.id in kept else made.superseded).add(
            event.id
        )
    judge(made, latest, labels, settings)
    return made


def named(event: Event, aliases: Mapping[str, str]) -> Event:
    def tags(some):
        return None if some is None else tuple(aliases.get(tag, tag) for tag in some)

    return replace(event, asked=tags(event.asked), yes=tags(event.yes))


def why_not(event, items, settings, taxonomies, withdrawals, edges) -> str | None:
    for one in withdrawals:
        if one.of == event.by and one.campaign in {None, event.campaign}:
            return "withdrawn"
    if event.item not in items:
        return "unknown item"
    if event.text is not None and event.text != text_hash(*items[event.item]):
        return "text changed"
    if event.act in ANSWERS and event.asked is None and event.tax not in taxonomies:
        return "taxonomy unknown"
    may = settings.adjudicators == "anyone" or event.by in settings.adjudicators
    if event.act in {"adjudicate", "gold"} and not may:
        return "may not adjudicate"
    if event.act in ANSWERS or event.act == "suggest":
        about = set(event.yes or ())
        if event.act in ANSWERS:
            about |= set(taxonomies[event.tax] if event.asked is None else event.asked)
        if about and not any(ends(tag, edges) for tag in about):
            return "tag retired"
    return None


def cells(event, taxonomies, edges) -> set[tuple[str, int, bool]]:
    yes = set(event.yes or ())
    asked = set()
    if event.act in ANSWERS:
        asked = set(taxonomies[event.tax] if event.asked is None else event.asked) | yes
    elif event.act != "suggest":
        return set()
    kind = RANK[event.act]
    found: dict[tuple[str, int], bool] = {}
    for tag in asked | yes:
        split, now = split_on_way(tag, edges), ends(tag, edges)
        about = {(end, kind) for end in now}
        if split is not None and now:
            about = {(split, kind)} | ({(end, 0) for end in now} if tag in yes else set())
        for key in about:
            found[key] = found.get(key, False) or tag in yes
    return {(tag, kind, answer) for (tag, kind), answer in found.items()}


def judge(made: Plain, latest, labels: set[Pair], settings: AnnotateParams) -> None:
    said: dict[Pair, dict[int, list[tuple[str, bool, str]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for (item, tag, kind, by), (_, yes, event) in latest.items():
        said[item, tag][kind].append((by, yes, event))
    source: set[Pair] = set()
    for item, tag in labels:
        split = split_on_way(tag, made.edges)
        if split is not None:
            source.add((item, split))
        else:
            source |= {(item, end) for end in ends(tag, made.edges)}
    decided: dict[Pair, bool] = {}
    outcomes = {}
    for pair, kinds in said.items():
        kind = max(kinds)
        votes = sorted(kinds[kind])
        yes = sum(answer for _, answer, _ in votes)
        outcome = decide(yes, len(votes) - yes, kind, settings)
        if outcome is not None:
            decided[pair] = outcome
            votes = [one for one in votes if one[1] == outcome]
            state = STATE[kind]
        else:
            state = "disputed" if kind and 0 < yes < len(votes) else "suggested"
        outcomes[pair] = state, votes
    divided = {
        (item, tag)
        for item, tag in source | set(outcomes)
        if split_on_way(tag, made.edges) == tag
        and all((item, part) in decided for part in ends(tag, made.edges))
    }
    made.labels = {pair for pair in source if decided.get(pair, True)}
    made.labels |= {pair for pair, yes in decided.items() if yes}
    made.labels -= divided
    for pair, (state, votes) in outcomes.items():
        if pair in divided:
            continue
        names = " ".join(by for by, _, _ in votes)
        made.verdicts[pair] = (pair in made.labels, state, names, " ".join(e for _, _, e in votes))
