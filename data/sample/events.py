"""What happens to tags and items between snapshots, and how an item looks in each of them.

An item knows its true tags by the names of the last snapshot, called concepts here. What a
snapshot shows follows from the events (a concept had another name before) and from the faults
(a label is missing, or wrong, until it is corrected).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from compose import Draft

SNAPSHOTS = ("2023-06-30", "2024-06-30", "2025-06-30")
NEVER = len(SNAPSHOTS)


@dataclass(frozen=True)
class Rename:
    """From snapshot `at` on, `old` is called `new`."""

    at: int
    old: str
    new: str


@dataclass(frozen=True)
class Merge:
    """Before snapshot `at`, a share of the items of `tag` carry `alias` instead."""

    at: int
    alias: str
    tag: str
    share: float


@dataclass(frozen=True)
class Split:
    """Before snapshot `at`, the tags `into` are one tag, `old`."""

    at: int
    old: str
    into: tuple[str, ...]


RENAMES = (
    Rename(1, "recommender-systems", "recommendation-systems"),
    Rename(2, "explainability", "interpretability"),
)
MERGES = (
    Merge(1, "gans", "generative-adversarial-networks", 0.6),
    Merge(2, "ner", "named-entity-recognition", 0.5),
)
SPLITS = (Split(2, "image-segmentation", ("semantic-segmentation", "instance-segmentation")),)
NEW_IN_TAXONOMY = {"diffusion-models": 1, "quantum-machine-learning": 2}
RISING = "large-language-models"  # outside the taxonomy
RISING_EARLY = 1  # labels of it in the first snapshot; the other old items are labeled a year later
SINKING = "word-embeddings"
SINKING_REMOVED = 11
SINKING_CORRECTED = 2


@dataclass
class Item:
    """One project of the catalogue over all snapshots.

    Attributes
    ----------
    first, gone
        It is in the snapshots first <= k < gone.
    tags
        Concepts in the order in which the annotator gave them, free tags last.
    missing, wrong
        Concept -> the snapshot that corrects the fault (NEVER: none does).
    late
        Concept -> the snapshot from which on annotators knew it.
    aliased
        Concepts that this item carries under their alias until the merge.
    spelled
        Concept -> the raw tag that stands for it.
    doubled
        Concept -> a second raw tag for the same concept.
    rows
        What each row of a repeated id leaves out; one empty set for other items.
    edits
        (snapshot, kind, title, description): the text from that snapshot on.
    """

    draft: Draft
    first: int
    title: str
    description: str
    gone: int = NEVER
    id: int = 0
    created_on: str = ""
    tags: list[str] = field(default_factory=list)
    free: tuple[str, ...] = ()
    missing: dict[str, int] = field(default_factory=dict)
    wrong: dict[str, int] = field(default_factory=dict)
    late: dict[str, int] = field(default_factory=dict)
    aliased: frozenset[str] = frozenset()
    spelled: dict[str, str] = field(default_factory=dict)
    alias_faults: frozenset[str] = frozenset()
    doubled: dict[str, str] = field(default_factory=dict)
    rows: tuple[frozenset[str], ...] = (frozenset(),)
    edits: list[tuple[int, str, str, str]] = field(default_factory=list)
    text_fault: str = ""
    group: int = 0
    exact_copy: bool = False
    unreadable_date: str = ""
    date_mended: int = NEVER

    def alive(self, *snapshots: int) -> bool:
        """Whether it is in all these snapshots."""
        return all(self.first <= each < self.gone for each in snapshots)

    def concepts(self, snapshot: int) -> list[str]:
        """Return the concepts that it is labeled with in a snapshot, rightly or wrongly."""
        known = [
            tag
            for tag in self.tags
            if self.late.get(tag, 0) <= snapshot
            and not (tag in self.missing and snapshot < self.missing[tag])
        ]
        return known + [tag for tag, until in self.wrong.items() if snapshot < until]

    def name(self, concept: str, snapshot: int) -> str:
        """Return the tag that stands for a concept in a snapshot."""
        return concept_name(concept, snapshot, aliased=concept in self.aliased)

    def labels(self, snapshot: int) -> set[str]:
        """Return its tags in a snapshot, spelled right."""
        return {self.name(concept, snapshot) for concept in self.concepts(snapshot)}

    def text(self, snapshot: int) -> tuple[str, str]:
        """Return title and description in a snapshot."""
        text = (self.title, self.description)
        for at, _, title, description in self.edits:
            if at <= snapshot:
                text = (title, description)
        return text


def concept_name(concept: str, snapshot: int, *, aliased: bool) -> str:
    """Return the tag that stands for a concept in a snapshot."""
    for rename in RENAMES:
        if concept == rename.new and snapshot < rename.at:
            return rename.old
    for split in SPLITS:
        if concept in split.into and snapshot < split.at:
            return split.old
    for merge in MERGES:
        if concept == merge.tag and aliased and snapshot < merge.at:
            return merge.alias
    return concept


CHANGING = (
    {rename.new for rename in RENAMES}
    | {merge.tag for merge in MERGES}
    | {tag for split in SPLITS for tag in split.into}
)
