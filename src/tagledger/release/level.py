"""The name that the next release should have, by what changed since the last release."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tagledger.errors import TagledgerError
from tagledger.words import count, shortened

if TYPE_CHECKING:
    from tagledger.compare.compare import Comparison

Level = Literal["patch", "minor", "major"]
LEVELS: tuple[Level, ...] = ("patch", "minor", "major")

_NAME = re.compile(r"(v?)(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
_NAMED = 5


@dataclass(frozen=True, order=True)
class ReleaseName:
    """vX.Y.Z as three numbers, which order releases."""

    major: int
    minor: int
    patch: int
    prefix: str = "v"

    def __str__(self) -> str:
        return f"{self.prefix}{self.major}.{self.minor}.{self.patch}"

    def next(self, level: Level) -> ReleaseName:
        """The next name of a level."""
        return {
            "major": ReleaseName(self.major + 1, 0, 0, self.prefix),
            "minor": ReleaseName(self.major, self.minor + 1, 0, self.prefix),
            "patch": ReleaseName(self.major, self.minor, self.patch + 1, self.prefix),
        }[level]

    def level_after(self, last: ReleaseName) -> Level:
        """The first of its three numbers that is not the one of `last`."""
        if self.major != last.major:
            return "major"
        return "minor" if self.minor != last.minor else "patch"


def parse_name(name: str) -> ReleaseName | None:
    """The numbers of vX.Y.Z; None for another text."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    return ReleaseName(int(match[2]), int(match[3]), int(match[4]), match[1])


def check_name(name: str, taken: Sequence[str]) -> ReleaseName:
    """Check that a name is vX.Y.Z, not taken, and higher than all releases.

    Raises
    ------
    TagledgerError
        It is not; the hint gives names that are possible.
    """
    releases = [parsed for one in taken if (parsed := parse_name(one)) is not None]
    last = max(releases, key=lambda one: (one.major, one.minor, one.patch), default=None)
    free = (
        "the first is usually v1.0.0"
        if last is None
        else f"after {last} come {', '.join(str(last.next(level)) for level in LEVELS)}"
    )
    release_name = parse_name(name)
    if release_name is None:
        raise TagledgerError(f"{name!r} is not a name for a release, which is vX.Y.Z", hint=free)
    if name in taken:
        raise TagledgerError(f"there is already a version {name}", hint=free)
    numbers = (release_name.major, release_name.minor, release_name.patch)
    if last is not None and numbers <= (last.major, last.minor, last.patch):
        raise TagledgerError(f"{name} is out of order: the last release is {last}", hint=free)
    return release_name


@dataclass(frozen=True)
class Proposal:
    """The level that a release should have.

    Attributes
    ----------
    level
        major: a tag is gone or renamed, so the tags that a model predicts change. minor:
        items were added or removed, entered the filtered layer or dropped out of it, or moved
        between splits, or tags are new, so results change. patch: corrections.
    reasons
        The reasons for the level, at least one.
    """

    level: Level
    reasons: tuple[str, ...]

    def allows(self, name: ReleaseName, last: ReleaseName) -> bool:
        """Whether a name's level is at least this one.

        Before 1.0.0 the second number stands for the first, as in semantic versioning.
        """
        level = "minor" if self.level == "major" and last.major == 0 else self.level
        return LEVELS.index(name.level_after(last)) >= LEVELS.index(level)


def propose(comparison: Comparison) -> Proposal:
    """The level of a release that changes this, in the filtered layer."""
    from tagledger.compare.renames import STRAY
    from tagledger.compare.tag_kinds import COME, GONE

    tags = comparison.tags
    was, now = tags["count_a"].to_numpy(), tags["count_b"].to_numpy()
    before = set(tags.loc[was > 0, "tag"])
    # A renamed tag may still have a few items.
    left = set(tags.loc[now > STRAY * was, "tag"])
    major = []
    renamed: set[str] = set()
    for rename in comparison.renames:
        if gone := [tag for tag in rename.before if tag in before and tag not in left]:
            renamed.update(gone)
            major.append(f"{', '.join(gone)} became {', '.join(rename.after)}")
    for kind in GONE:
        gone = [tag for tag in comparison.tags_of_kind(kind) if tag not in renamed]
        major += _of_kind(kind, gone)
    if major:
        return Proposal("major", tuple(major))
    items = comparison.items
    new = [reason for kind in COME for reason in _of_kind(kind, comparison.tags_of_kind(kind))]
    # What was split off from a tag that stays: a rename that takes a tag is major.
    new += _of_kind("renamed", comparison.tags_of_kind("renamed"))
    moved = int(comparison.moved["items"].sum())
    minor = [
        *new,
        *([f"{count(items.added, 'item')} added"] if items.added else []),
        *([f"{count(items.removed, 'item')} removed"] if items.removed else []),
        *([f"{count(items.entered, 'item')} entered"] if items.entered else []),
        *([f"{count(items.dropped, 'item')} dropped"] if items.dropped else []),
        *([f"{count(moved, 'item')} moved between splits"] if moved else []),
    ]
    if minor:
        return Proposal("minor", tuple(minor))
    patch = [
        *([f"{count(items.relabelled, 'item')} relabelled"] if items.relabelled else []),
        *(
            [f"the text of {count(items.text_changed, 'item')} changed"]
            if items.text_changed
            else []
        ),
    ]
    return Proposal("patch", tuple(patch or ["no item, label or text changed after the filter"]))


def _of_kind(kind: str, tags: Sequence[str]) -> list[str]:
    """That there are tags of a kind, as a reason; nothing where there are none."""
    from tagledger.compare.tag_kinds import KINDS

    verb = KINDS[kind][len(tags) > 1]
    return [f"{count(len(tags), 'tag')} {verb}: {_names(tags)}"] if tags else []


def _names(names: Sequence[str]) -> str:
    return shortened(sorted(names), _NAMED)
