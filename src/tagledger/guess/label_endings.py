"""What stands within labels: levels of a path, and words for no label."""

from __future__ import annotations

import re
from dataclasses import replace

from tagledger.guess.candidate import Candidate
from tagledger.guess.facts import parts_of

# Words that stand where there is no label: those that a table has for nothing, and those that
# somebody may want as a tag.
NOTHING = {
    "\\n",
    "none",
    "na",
    "n/a",
    "nan",
    "null",
    "nil",
    "-",
    "--",
    "\u2013",
    "?",
    "untagged",
    "unlabeled",
}
NOTHING |= {"unlabelled", "no tags", "no tag", "no label", "no labels", "keine", "keins", "aucun"}
NOTHING |= {"aucune", "ninguno", "ninguna", "nenhum", "nenhuma", "nessuno", "nessuna", "なし", "无"}
_NOT_ANY = re.compile(
    r"(no|not|without|kein|sans|sin|sem) [\w ]{2,20}|nothing|uncategori[sz]ed|unclassified"
)
LEVELS = (" >> ", " > ", " → ", " » ", " \u203a ", ">>")


def with_levels(candidate: Candidate) -> Candidate:
    """The candidate with `levels`, where labels are paths."""
    labels = [label for one in candidate.cells for label in one]
    for mark in LEVELS:
        if labels and sum(mark in label for label in labels) >= len(labels) / 2:
            if candidate.labels.get("separator") in (mark.strip(), ","):
                return candidate
            keys = {**candidate.labels, "levels": mark}
            return replace(candidate, labels=keys, score=candidate.score + 2)
    return candidate


def with_nothing(candidate: Candidate) -> Candidate:
    """The candidate with `none`, where a word stands for no label."""
    parts = parts_of(candidate.cells)
    if parts is None or "indicators" in candidate.labels or "vector" in candidate.labels:
        return candidate
    nothing = sorted(one for one in parts.alone if one.casefold() in NOTHING)
    maybe = sorted(
        one for one in parts.alone if one not in nothing and _NOT_ANY.fullmatch(one.casefold())
    )
    if not nothing and not maybe:
        return candidate
    if not parts.several:
        maybe = []
    if not nothing and not maybe:
        return candidate
    return replace(candidate, labels={**candidate.labels, "none": [*nothing, *maybe]})
