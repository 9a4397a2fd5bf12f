"""What changed between two versions: in one sentence, and as findings that judge it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tagledger.compare.compare import Comparison
from tagledger.compare.in_words import entered_and_dropped, tag_changes, two_sources
from tagledger.compare.in_words import newer_first as newer_first_in_words
from tagledger.compare.people import BY_ANSWERS
from tagledger.compare.tag_kinds import GONE, KINDS
from tagledger.compare.verdict import Page, Verdict, Word, judge
from tagledger.release.gates import GateResult
from tagledger.words import count, listed, number, plural
from tagledger_dashboard.views.gates import describe

Level = Literal["bad", "watch", "good"]
_LEVELS: tuple[Level, ...] = ("bad", "watch", "good")


@dataclass(frozen=True)
class Finding:
    """One answer to "Did it get better or worse?": plain text.

    Attributes
    ----------
    level, text
        How good the news is, and what it is.
    page
        The page that has its rows; None where there is none.
    """

    level: Level
    text: str
    page: Page | None = None


def sentence(
    comparison: Comparison, base: str, target: str, gates: Sequence[GateResult] = ()
) -> str:
    """What changed, in one sentence.

    Parameters
    ----------
    comparison
        The comparison.
    base, target
        The names of the two versions.
    gates
        The target's gates, measured.
    """
    broken = sum(gate.broken for gate in gates)
    sources = two_sources(comparison)
    return (f"{sources}. " if sources else "") + _joined(
        [
            _items(comparison, base, target),
            entered_and_dropped(comparison),
            _labels(comparison),
            _tags(comparison),
            _edited_texts(comparison),
            f"{count(broken, 'gate is', 'gates are')} broken" if broken else "no gate is broken",
        ]
    )


def _joined(parts: Sequence[str]) -> str:
    """Parts of a sentence, joined by semicolons, with a full stop; without the empty parts."""
    text = "; ".join(part for part in parts if part)
    return f"{text}." if text else ""


def _visible(names: Sequence[str]) -> list[str]:
    """The names; a name with a space at its start or end is in quotes, so that people see it."""
    return [name if name == name.strip() else f'"{name}"' for name in names]


def _items(comparison: Comparison, base: str, target: str) -> str:
    items = comparison.items
    change = items.b - items.a
    if not items.added and not items.removed:
        return f"{target} has the same {count(items.b, 'item')} as {base}"
    both = (
        f" ({number(items.added)} added, {number(items.removed)} removed)"
        if items.added and items.removed
        else ""
    )
    if change == 0:
        return f"{target} has as many items as {base}{both}"
    return (
        f"{target} has {count(abs(change), 'item')} {'more' if change > 0 else 'fewer'} than "
        f"{base}{both}"
    )


def _labels(comparison: Comparison) -> str:
    labels = comparison.labels
    if not labels.added and not labels.removed:
        other = " but by renames" if labels.renamed else ""
        return f"no label of a kept item changed{other}"
    kept = comparison.changes[comparison.changes["items"] == "kept"]
    ways = {
        "edits in the source": int((kept["cause"] == "source_edited").sum()),
        "people's answers": int(kept["cause"].isin(BY_ANSWERS).sum()),
    }
    total = labels.added + labels.removed
    text = (
        f"{count(comparison.items.relabelled, 'kept item')} gained "
        f"{count(labels.added, 'label')} and lost {number(labels.removed)}"
    )
    shown = [f"{number(size)} by {way}" for way, size in ways.items() if size]
    for way, size in ways.items():
        if size == total:
            return f"{text}, all by {way}"
    return f"{text}, {' and '.join(shown)}" if shown else text


def _tags(comparison: Comparison) -> str:
    renamed = sum(rename.kind == "rename" for rename in comparison.renames)
    others = len(comparison.renames) - renamed
    parts = [
        f"{count(renamed, 'tag was', 'tags were')} renamed" if renamed else "",
        f"{count(others, 'group of tags was', 'groups of tags were')} merged or split"
        if others
        else "",
    ]
    text = ", ".join(part for part in parts if part)
    return "; ".join(part for part in (text, *tag_changes(comparison)) if part)


def _edited_texts(comparison: Comparison) -> str:
    edited = comparison.items.text_changed
    return f"{count(edited, 'text was', 'texts were')} edited" if edited else ""


def verdict(
    comparison: Comparison | None,
    quality: Mapping[str, Any] | None,
    gates: Sequence[GateResult] = (),
) -> list[Finding]:
    """Whether the target is better or worse, in a word, and the findings, the worst first.

    Parameters
    ----------
    comparison
        The comparison; None where there is nothing to compare with.
    quality
        The target's quality report; None where git has none.
    gates
        The target's gates, measured.
    """
    findings = [*_gates(gates), _checks(quality)]
    first: list[Finding] = []
    if comparison is not None:
        failed = 0 if quality is None else int(quality["failed"])
        judged = judge(comparison, gates, failed=failed)
        first = _word(comparison, judged)
        if not any(gate.name == "max_tags_vanished" for gate in gates):
            findings += _vanished(comparison)
        findings += [*_reasons(judged, gates), *_drift(comparison)]
    return [*first, *sorted(findings, key=lambda finding: _LEVELS.index(finding.level))]


_OF_WORD: dict[Word, Level] = {
    "better": "good",
    "same": "good",
    "mixed": "watch",
    "not comparable": "watch",
    "worse": "bad",
}


def _word(comparison: Comparison, judged: Verdict) -> list[Finding]:
    findings = [Finding(_OF_WORD[judged.word], f"{comparison.b} is {_beside(comparison, judged)}")]
    if judged.newer_first:
        findings.append(Finding("watch", newer_first_in_words(comparison)))
    return findings


def _beside(comparison: Comparison, judged: Verdict) -> str:
    """The word as a part of a sentence, with the reasons that weigh most."""
    beside = {
        "better": f"better than {comparison.a}",
        "worse": f"worse than {comparison.a}",
        "same": f"the same as {comparison.a}",
        "mixed": f"better than {comparison.a} in some ways and worse in others",
        "not comparable": f"not comparable with {comparison.a}",
    }
    return f"{beside[judged.word]}{judged.line().removeprefix(judged.word)}"


# Said by findings of their own; so are the rows of a gate, by the gate that measures them.
_SAID = {"gates", "checks", "distance.jensen_shannon_distance"}
_SAID_BY_GATE = {"max_train_to_test": "moved"}


def _reasons(judged: Verdict, gates: Sequence[GateResult]) -> list[Finding]:
    """What was lost or gained, drift and imbalance, each with the page that has its rows."""
    by_gates = {_SAID_BY_GATE.get(gate.name) for gate in gates if gate.broken}
    return [
        Finding("watch" if reason.weight <= 0 else "good", reason.text, reason.page)
        for reason in judged.reasons
        if reason.where not in _SAID | by_gates
    ]


def _checks(quality: Mapping[str, Any] | None) -> Finding:
    if quality is None:
        return Finding("watch", "git has no check results of this version")
    total, failed = len(quality["checks"]), int(quality["failed"])
    if failed:
        return Finding(
            "bad",
            f"{number(failed)} of {count(total, 'schema check')} {plural(failed, 'fails', 'fail')}",
            "quality",
        )
    return Finding("good", f"all {count(total, 'schema check')} hold")


def _gates(gates: Sequence[GateResult]) -> list[Finding]:
    findings = [Finding("bad", f"gate broken: {describe(gate)}") for gate in gates if gate.broken]
    uncompared = [describe(gate) for gate in gates if not gate.compared]
    if uncompared:
        several = count(len(uncompared), "gate is", "gates are")
        findings.append(Finding("watch", f"{several} not compared: {'; '.join(uncompared)}"))
    kept = [describe(gate) for gate in gates if gate.holds]
    if kept:
        several = f"{count(len(kept), 'gate holds', 'gates hold')}: {'; '.join(kept)}"
        findings.append(Finding("good", several))
    return findings


def _vanished(comparison: Comparison) -> list[Finding]:
    """Tags that the filter no longer keeps and that no rename explains, in a line for each kind."""
    findings = []
    for kind in GONE:
        if gone := comparison.tags_of_kind(kind):
            verb = KINDS[kind][len(gone) > 1]
            text = f"{count(len(gone), 'tag')} {verb}: {listed(_visible(gone))}"
            findings.append(Finding("watch", text, "tags"))
    return findings


def _drift(comparison: Comparison) -> list[Finding]:
    distance = comparison.distances["jensen_shannon_distance"]
    if math.isnan(distance.value) or math.isnan(distance.no_change_95):
        return []
    size = (
        f"(Jensen-Shannon distance {number(distance.value, 3)}; by chance it is at most "
        f"{number(distance.no_change_95, 3)}, 19 times in 20)"
    )
    if distance.beyond_chance:
        text = f"the mix of tags changed more than chance explains {size}"
        return [Finding("watch", text, "drift")]
    return [Finding("good", f"the mix of tags changed no more than chance explains {size}")]
