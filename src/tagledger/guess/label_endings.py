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


def with_levels(found: Candidate) -> Candidate:
    """The candidate with `levels`, where labels are paths."""
    labels = [label for one in found.cells for label in one]
    for mark in LEVELS:
        if labels and sum(mark in label for label in labels) >= len(labels) / 2:
            if found.labels.get("separator") in (mark.strip(), ","):
                return found
            said = {**found.labels, "levels": mark}
            return replace(found, labels=said, score=found.score + 2)
    return found


def with_nothing(found: Candidate) -> Candidate:
    """The candidate with `none`, where a word stands for no label."""
    parts = parts_of(found.cells)
    if parts is None or "indicators" in found.labels or "vector" in found.labels:
        return found
    nothing = sorted(one for one in parts.alone if one.casefold() in NOTHING)
    maybe = sorted(
        one for one in parts.alone if one not in nothing and _NOT_ANY.fullmatch(one.casefold())
    )
    if not nothing and not maybe:
        return found
    if not parts.several:
        maybe = []
    if not nothing and not maybe:
        return found
    return replace(found, labels={**found.labels, "none": [*nothing, *maybe]})
