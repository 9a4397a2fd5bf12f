"""What there is to label for an annotator: campaigns, items of a query, and disputes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from tagledger.events.event import Event

Kind = Literal["label", "adjudicate"]
FIXED = 9  # as many tags have a key each, and always the same one


@dataclass(frozen=True)
class Text:
    """The text of an item as it is shown, and what events call it by."""

    title: str
    description: str
    hash: str


@dataclass(frozen=True)
class Side:
    """What one person said of the disputed tags of an item."""

    by: str
    yes: tuple[str, ...]
    no: tuple[str, ...]


@dataclass(frozen=True)
class Job:
    """Items that one annotator is to answer, one by one.

    Attributes
    ----------
    key
        Its name on the page: no other job has it.
    kind
        Whether items are labelled or disputes decided.
    items
        The ids of the items, in order.
    texts
        The text of each; items that are there no more have none.
    tags
        The tags that are asked, ascending.
    tax
        The hash of these tags.
    listed
        Whether each event lists the tags that were asked, because they are not all tags.
    campaign, started, base
        The campaign, when it was started, and the data id of the version that is shown.
    source
        The labels that the source has for each item.
    suggested
        The tags that a model suggests for each item, with a score or None.
    aliases
        Other names of each tag, with spaces between them.
    sides, built
        Of disputes, by item: what was said, and the events that left it disputed.
    """

    key: str
    kind: Kind
    items: tuple[str, ...]
    texts: Mapping[str, Text]
    tags: tuple[str, ...]
    tax: str
    listed: bool = False
    campaign: str | None = None
    started: str | None = None
    base: str | None = None
    source: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    suggested: Mapping[str, tuple[tuple[str, float | None], ...]] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    sides: Mapping[str, tuple[Side, ...]] = field(default_factory=dict)
    built: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @cached_property
    def here(self) -> frozenset[str]:
        """The items that are in the dataset now."""
        return frozenset(item for item in self.items if item in self.texts)

    @property
    def fixed(self) -> bool:
        """Whether every tag is a chip of its own, at the same place for every item."""
        return len(self.tags) <= FIXED

    def asked(self, item: str) -> tuple[str, ...] | None:
        """The tags that are asked of one item alone: those that are disputed."""
        if self.kind == "label":
            return None
        sides = self.sides.get(item, ())
        return tuple(sorted({tag for side in sides for tag in (*side.yes, *side.no)}))

    def settles(self, item: str, event: Event) -> bool:
        """Whether an answer that stands is about the text and about all that is asked now.

        What a build has taken in, and left disputed, settles nothing.
        """
        text, asked = self.texts.get(item), self.asked(item)
        if text is not None and event.text not in {None, text.hash}:
            return False
        if asked is None or event.act == "skip":
            return True
        return set(asked) <= set(event.asked or ()) and event.id not in self.built.get(item, ())

    def counts(self, by_campaign: str | None, at: str) -> bool:
        """Whether an answer of a campaign, or of none, is one of this job.

        An answer without a campaign is one of a campaign from the day on which it was started.
        """
        if by_campaign == self.campaign:
            return True
        return (
            self.kind == "label"
            and by_campaign is None
            and self.started is not None
            and at[:10] >= self.started[:10]
        )
