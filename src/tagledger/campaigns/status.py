"""How far a campaign is."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tagledger.campaigns.answered import Answered, asked_of, is_answer_in, read_answered
from tagledger.campaigns.campaign import Campaign
from tagledger.campaigns.items import Items
from tagledger.campaigns.tags_now import TagsNow, read_tags_now
from tagledger.events.event import Event


@dataclass(frozen=True)
class Progress:
    """How far an annotator is.

    Attributes
    ----------
    handed_out, answered, skipped, left
        Items: handed out = answered + skipped + left.
    withdrawn
        Whether the annotator's answers are set aside.
    """

    annotator: str
    handed_out: int
    answered: int
    skipped: int
    left: int
    withdrawn: bool = False


@dataclass(frozen=True)
class Status:
    """How far a campaign is.

    Attributes
    ----------
    items
        Items of the campaign, each once.
    answered, complete
        Those that somebody answered, and those that all answered who have them.
    disputed
        Items about which two annotators differ in a tag that both were asked, and which nobody has
        decided, ascending.
    agreement
        Krippendorff's alpha with MASI distance; None where no two answered one item.
    compared
        Items that `agreement` is of.
    """

    campaign: Campaign
    people: tuple[Progress, ...]
    items: int
    answered: int
    complete: int
    disputed: tuple[str, ...]
    agreement: float | None
    compared: int

    @property
    def left(self) -> int:
        """Answers that are still to come."""
        return sum(one.left for one in self.people)


def status_of(root: Path, campaign: Campaign, items: Items) -> Status:
    """How far a campaign is, by the events that are there.

    Raises
    ------
    TagledgerError
        A file of events cannot be read.
    """
    answered = read_answered(root, campaign.items.keys())
    answers = answers_in(campaign, answered, items)
    people = tuple(_progress(campaign, who, answers[who], answered) for who in campaign.annotators)
    now = read_tags_now(root)
    votes = _votes(root, answers, now)
    who_has: dict[str, int] = {}
    for own in campaign.items.values():
        for item in own:
            who_has[item] = who_has.get(item, 0) + 1
    have_answered: dict[str, int] = {}
    for own_answers in answers.values():
        for item, events in own_answers.items():
            have_answered[item] = have_answered.get(item, 0) + has_label(events)
    alpha, compared = _agreement(votes)
    return Status(
        campaign=campaign,
        people=people,
        items=len(who_has),
        answered=sum(many > 0 for many in have_answered.values()),
        complete=sum(have_answered.get(item, 0) == many for item, many in who_has.items()),
        disputed=disputed_items(votes, _decided(root, answered, now)),
        agreement=alpha,
        compared=compared,
    )


Answers = Mapping[str, Mapping[str, Sequence[Event]]]


def answers_in(campaign: Campaign, answered: Answered, items: Items) -> Answers:
    """By annotator and item: the answers and skips that count in a campaign, the last one last."""
    return {
        who: {
            item: events
            for item in own
            if (
                events := [
                    event
                    for event in answered.of(who).get(item, ())
                    if is_answer_in(campaign, event, items)
                ]
            )
        }
        for who, own in campaign.items.items()
    }


def has_label(events: Sequence[Event]) -> bool:
    """Whether one of them is an answer, not a skip."""
    return any(event.act == "label" for event in events)


def _progress(
    campaign: Campaign, who: str, answers: Mapping[str, Sequence[Event]], answered: Answered
) -> Progress:
    labelled = sum(map(has_label, answers.values()))
    handed_out = len(campaign.items[who])
    return Progress(
        annotator=who,
        handed_out=handed_out,
        answered=labelled,
        skipped=len(answers) - labelled,
        left=handed_out - len(answers),
        withdrawn=bool({(who, None), (who, campaign.name)} & answered.withdrawn),
    )


Cell = tuple[str, str]
Vote = tuple[str, str, str, bool]


def _votes(root: Path, answers: Answers, now: TagsNow) -> list[Vote]:
    """Item, tag, annotator, and whether the item has the tag, by the last answer about both."""
    kept: dict[str, tuple[str, ...]] = {}
    by_cell = {
        (item, tag, who): yes
        for who, own in answers.items()
        for item, events in own.items()
        for event in events
        if event.act == "label"
        for tag, yes in now.values_of_tags(asked_of(root, event, kept), event.yes or ()).items()
    }
    return [(item, tag, who, yes) for (item, tag, who), yes in by_cell.items()]


def disputed_items(votes: list[Vote], decided: Collection[Cell] = ()) -> tuple[str, ...]:
    """The items about which annotators differ in a tag, but for tags that are decided, ascending.

    Only what both were asked counts.
    """
    by_cell: dict[Cell, set[bool]] = {}
    for item, tag, _, yes in votes:
        by_cell.setdefault((item, tag), set()).add(yes)
    differ = {cell for cell, values in by_cell.items() if len(values) == 2}
    return tuple(sorted({item for item, _ in differ.difference(decided)}))


def _decided(root: Path, answered: Answered, now: TagsNow) -> set[Cell]:
    """The items and tags that adjudicators have decided, all of them alike."""
    kept: dict[str, tuple[str, ...]] = {}
    last = {
        (event.item or "", tag, event.by): yes
        for event in answered.decisions
        for tag, yes in now.values_of_tags(asked_of(root, event, kept), event.yes or ()).items()
    }
    by_cell: dict[Cell, set[bool]] = {}
    for (item, tag, _), yes in last.items():
        by_cell.setdefault((item, tag), set()).add(yes)
    return {cell for cell, values in by_cell.items() if len(values) == 1}


def _agreement(votes: list[Vote]) -> tuple[float | None, int]:
    """Alpha, and the number of items that it is of."""
    if len({who for _, _, who, _ in votes}) < 2:
        return None, 0
    import pandas as pd

    from tagledger.agreement.alpha import alpha_of_votes

    alpha = alpha_of_votes(pd.DataFrame(votes, columns=["item", "tag", "by", "yes"]))
    return (None if math.isnan(alpha.value) else float(alpha.value)), alpha.items
