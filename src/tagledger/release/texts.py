"""What a release says of itself: the lines of what changed, in the changelog and in its tag."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

from tagledger.compare import in_words
from tagledger.errors import os_errors
from tagledger.measures.recorded import read_metrics
from tagledger.release.level import Proposal
from tagledger.reports import METRICS
from tagledger.versions import Repository, Version
from tagledger.words import count, number, shortened

if TYPE_CHECKING:
    from tagledger.compare.compare import Comparison

_HEAD = """\
# Changes of the data

What changed from release to release; `tagledger release` writes it.
"""
_TOP = "\n## "
_NAMED = 8
_WIDTH = 78


def summarise(comparison: Comparison, proposal: Proposal) -> list[tuple[str, str]]:
    """What changed, as (what, how) lines for people."""
    from tagledger.compare.tag_kinds import KINDS

    lines = [
        (line.name, f"{line.a:,} → {line.b:,}: {line.changes}")
        for line in in_words.overview(comparison)
    ]
    for kind, (_, many) in KINDS.items():
        tags = comparison.tags_of_kind(kind)
        if tags and kind != "renamed":
            what = many.removeprefix("are ")
            lines.append((f"tags {what}", shortened(sorted(tags), _NAMED)))
    for rename in comparison.renames:
        change = f"{', '.join(rename.before)} → {', '.join(rename.after)}"
        lines.append((rename.kind, f"{change}, {count(rename.items, 'item')}"))
    causes = comparison.causes
    sizes = (causes["gained"] + causes["lost"]).tolist()
    for size, cause in sorted(zip(sizes, causes["cause"], strict=True), reverse=True):
        lines.append(("cause", f"{count(size, 'label')}: {in_words.BECAUSE[cause]}"))
    moved = int(comparison.moved["items"].sum())
    if moved:
        train = f"{number(comparison.train_to_test)} of them from train to test"
        lines.append(("splits", f"{count(moved, 'item')} moved, {train}"))
    return [*lines, ("level", f"{proposal.level}, {'; '.join(proposal.reasons)}")]


def first_summary(repository: Repository, source: str | None) -> list[tuple[str, str]]:
    """What there is, as (what, how) lines for people; it may be the first of its source alone."""
    metrics = read_metrics(repository.root / METRICS)
    first = [] if source is None else [("release", f"the first release of the source {source}")]
    return first + [(name, f"{metrics[name]:,}") for name in ("items", "labels", "tags")]


def changelog_section(name: str, text: str, day: date, summary: Sequence[tuple[str, str]]) -> str:
    """The release in the changelog."""
    points = "\n".join(f"- {what}: {how}" for what, how in summary)
    return f"## {name} ({day.isoformat()})\n\n{text.strip()}\n\n{points}\n"


def with_section(file: Path, section: str) -> str:
    """The changelog with a section on top of the others."""
    with os_errors(file):
        old = file.read_text("utf-8") if file.is_file() else _HEAD
    head, mark, rest = old.partition(_TOP)
    return f"{head.rstrip()}\n\n{section}{mark}{rest}"


def tag_message(text: str, last: Version | None, summary: Sequence[tuple[str, str]]) -> str:
    """What the tag says of the release."""
    title = "The first release." if last is None else f"Since {last.name}, after the filter:"
    lines = [
        fill(how, _WIDTH, initial_indent=f"{what:<9}  ", subsequent_indent=" " * 11)
        for what, how in summary
    ]
    return "\n".join([text.strip(), "", title, "", *lines, ""])
