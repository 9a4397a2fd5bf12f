"""A way to read labels from a table, and how its name and its labels speak for it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tagledger.guess import names
from tagledger.guess.facts import Parts, parts_of
from tagledger.guess.table import Column

MOST_WORDS = 3.5
# The last part of a path that says only how its object is called.
_GENERIC = {"name", "title", "value", "text", "label", "term", "nicename", "displayname", "tag"}
_GENERIC |= {
    "slug",
    "id",
    "color",
    "$text",
    "url",
    "description",
    "code",
    "text",
    "href",
    "type",
    "domain",
}
_NAMING = {"name": 1.0, "title": 0.8, "label": 0.8, "term": 0.8, "value": 0.5, "tag": 0.8}
_NAMING |= {"displayname": 0.6, "text": 0.4, "nicename": 0.3, "choices": 0.5}


@dataclass(frozen=True)
class Candidate:
    """A way to read labels from a table.

    Attributes
    ----------
    labels
        What stands under `labels:`.
    columns
        The columns that it takes.
    score
        How likely it is; 2 is likely, 4 and more is nearly sure.
    why
        What speaks for it.
    questions
        What only a person can say.
    cells
        The labels of each row, as they would be read.
    codes
        Whether labels are numbers or addresses that may have names elsewhere.
    named
        How much the name of the column speaks for labels; below 0 it speaks against them.
    """

    labels: dict[str, Any]
    columns: tuple[str, ...]
    score: float
    why: str
    questions: tuple[str, ...] = ()
    cells: Sequence[Sequence[str]] = field(default_factory=list, repr=False)
    codes: bool = False
    named: float = 0.0


# ---- Names ---------------------------------------------------------------------------------


def subject_of(path: str) -> str:
    """The part of a path that says what it is of: `labels` of `labels[].name`."""
    parts = [one for one in re.sub(r"\[\]|\{\}(=value)?", "", path).split(".") if one]
    while len(parts) > 1 and names.last_word(parts[-1]) in _GENERIC:
        parts.pop()
    return parts[-1] if parts else path


def name_score(path: str) -> float:
    """How much the name of a column speaks for labels, and against them if below 0."""
    subject = subject_of(path)
    last = re.sub(r"\[\]|\{\}(=value)?", "", path).split(".")[-1]
    extra = 0.0
    if last != subject:
        extra = _NAMING.get(names.last_word(last), -2.5)
    words = names.parts_of(subject)
    if names.is_exactly(subject, "tags"):
        if len(words) > 1 and names.hints(subject, "id"):
            return 0.5 + extra
        strong = 4.0 if names.last_word(subject) in _TAGS else 3.5
        return strong - 0.3 * (len(words) > 1) + extra
    if names.hints(words[0], "tags") and names.last_word(subject) in {"name", "names", "value"}:
        return 3.2 + extra
    if names.last_word(subject) in {"code", "term", "terms"}:
        return 0.5 + extra
    return _score_of_others(subject) + extra


def _score_of_others(subject: str) -> float:
    """The score of a name that is not exactly one of labels."""
    tags = names.hints(subject, "tags")
    for kind, score in _AGAINST.items():
        if names.hints(subject, kind):
            return score + 3.5 if tags else score
    if tags:
        return 2.5
    return 1.0 if names.hints(subject, "maybe_tags") else 0.0


_TAGS = {"tag", "tags", "label", "labels", "keyword", "keywords", "hashtags", "schlagworte", "タク"}
_TAGS |= {"etiquetas", "etichette", "motscles", "теги", "标签", "schlagworter", "stichworte"}
_AGAINST = {"person": -4.0, "date": -4.0, "property": -2.5, "id": -3.0, "text": -2.0}
_AGAINST |= {"title": -2.0, "score": -2.0}


# ---- Labels --------------------------------------------------------------------------------


def judged(
    labels: dict[str, Any], column: Column, cells: list[list[str]], base: float, what: str
) -> Candidate:
    """A candidate with the score of its name and of its labels."""
    parts = parts_of(cells)
    named = name_score(column.name)
    if column.lists and names.hints(subject_of(column.name), "maybe_tags"):
        named = max(named, 1.0)  # a title is no list
    score = base + named
    reasons = [what]
    codes = "vector" in labels
    if parts is not None:
        more, reason, codes_too = content(parts)
        filled = [tuple(one) for one in cells if one]
        if len(filled) > 2 and len(set(filled)) == 1:
            more -= 2.5
            reason = ["all rows have the same"]
        codes = codes or codes_too
        score += more
        reasons += reason
    if names.is_exactly(subject_of(column.name), "tags"):
        reasons.insert(0, f"its name is {subject_of(column.name)}")
    return Candidate(
        labels,
        (column.name,),
        score,
        "; ".join(reasons),
        cells=cells,
        codes=codes,
        named=named,
    )


def content(parts: Parts) -> tuple[float, list[str], bool]:
    """What the labels themselves speak for."""
    score = 2 * parts.recurring if parts.distinct > 1 else -1.0 - 2.0 * (parts.cells > 2)
    reasons = []
    if parts.recurring > 0.3:
        reasons.append("labels recur")
    if parts.facts.words > MOST_WORDS or parts.facts.most_words > 12:
        return score - 4, ["they are long, as sentences are"], False
    if parts.facts.persons > 0.5:
        return score - 3, ["they look like persons"], False
    if parts.recurring == 0 and parts.cells >= 12:
        score -= 2
        reasons.append("no label is of two rows")
    codes = parts.facts.numbers > 0.9 or parts.facts.addresses > 0.9
    return score - codes, reasons, codes
