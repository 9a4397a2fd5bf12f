"""What changed between two versions, in a sentence and in findings: better or worse."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tagledger.compare.compare import Comparison
from tagledger.release.gates import GateResult
from tagledger_dashboard.views.gates import describe
from tagledger_dashboard.views.words import count, joined, listed, number, visible

Level = Literal["bad", "watch", "good"]
_LEVELS: tuple[Level, ...] = ("bad", "watch", "good")


@dataclass(frozen=True)
class Finding:
    """One answer to "did it get better or worse": plain text."""

    level: Level
    text: str


def sentence(found: Comparison, base: str, target: str, gates: Sequence[GateResult] = ()) -> str:
    """What changed, in words.

    Parameters
    ----------
    found
        The comparison.
    base, target
        What people call the two versions.
    gates
        The target's gates, measured.
    """
    broken = sum(gate.broken for gate in gates)
    return joined(
        [
            _items(found, base, target),
            _entered_and_dropped(found),
            _labels(found),
            _tags(found),
            _edited_texts(found),
            f"{count(broken, 'gate is', 'gates are')} broken" if broken else "no gate is broken",
        ]
    )


def _items(found: Comparison, base: str, target: str) -> str:
    items = found.items
    change = items.b - items.a
    if not items.added and not items.removed:
        return f"{target} has the same {count(items.b, 'item')} as {base}"
    both = (
        f" ({items.added:,} added, {items.removed:,} removed)"
        if items.added and items.removed
        else ""
    )
    if change == 0:
        return f"{target} has as many items as {base}{both}"
    return (
        f"{target} has {count(abs(change), 'item')} {'more' if change > 0 else 'fewer'} than "
        f"{base}{both}"
    )


def _entered_and_dropped(found: Comparison) -> str:
    """Kept items that came into the layer or left it, in words; empty where there are none."""
    items = found.items
    entered, dropped = items.entered, items.dropped
    if not entered and not dropped:
        return ""
    first = f"{count(entered, 'kept item')} entered" if entered else ""
    noun = "" if entered else (" kept item" if dropped == 1 else " kept items")
    second = f"{dropped:,}{noun} dropped out of" if dropped else ""
    return f"{' and '.join(part for part in (first, second) if part)} the {found.layer} layer"


def _labels(found: Comparison) -> str:
    labels = found.labels
    if not labels.added and not labels.removed:
        return "no label of a kept item changed"
    kept = found.changes[found.changes["items"] == "kept"]
    edited = int((kept["cause"] == "source_edited").sum())
    total = labels.added + labels.removed
    text = (
        f"{count(found.items.relabelled, 'kept item')} gained {count(labels.added, 'label')} and "
        f"lost {labels.removed:,}"
    )
    if edited == total:
        return f"{text}, all by edits in the source"
    return f"{text}, {edited:,} by edits in the source" if edited else text


def _tags(found: Comparison) -> str:
    renamed = sum(rename.kind == "rename" for rename in found.renames)
    others = len(found.renames) - renamed
    new, gone = new_tags(found), gone_tags(found)
    parts = [
        f"{count(renamed, 'tag was', 'tags were')} renamed" if renamed else "",
        f"{count(others, 'group of tags was', 'groups of tags were')} merged or split"
        if others
        else "",
        f"{count(len(new), 'tag is', 'tags are')} new" if new else "",
        f"{count(len(gone), 'tag is', 'tags are')} gone" if gone else "",
    ]
    return ", ".join(part for part in parts if part)


def _edited_texts(found: Comparison) -> str:
    edited = found.items.text_changed
    return f"{count(edited, 'text was', 'texts were')} edited" if edited else ""


def new_tags(found: Comparison) -> list[str]:
    """Tags that only the target has and that no rename explains, most used first."""
    explained = {tag for rename in found.renames for tag in rename.after}
    tags = found.tags[(found.tags["count_a"] == 0) & ~found.tags["tag"].isin(explained)]
    return list(tags.sort_values("count_b", ascending=False)["tag"])


def gone_tags(found: Comparison) -> list[str]:
    """Tags that only the base has and that no rename explains, most used first."""
    explained = {tag for rename in found.renames for tag in rename.before}
    tags = found.tags[(found.tags["count_b"] == 0) & ~found.tags["tag"].isin(explained)]
    return list(tags.sort_values("count_a", ascending=False)["tag"])


def verdict(
    found: Comparison | None,
    quality: Mapping[str, Any] | None,
    gates: Sequence[GateResult] = (),
) -> list[Finding]:
    """Whether the target got better or worse, the worst first.

    Parameters
    ----------
    found
        The comparison; None where there is nothing to compare with.
    quality
        The target's quality report; None where git has none.
    gates
        The target's gates, measured.
    """
    findings = [*_gates(gates), _checks(quality)]
    if found is not None:
        if not any(gate.name == "max_tags_vanished" for gate in gates):
            findings += _vanished(found)
        findings += [*_balance(found), *_drift(found)]
    return sorted(findings, key=lambda finding: _LEVELS.index(finding.level))


def _checks(quality: Mapping[str, Any] | None) -> Finding:
    if quality is None:
        return Finding("watch", "this version has no record of its checks in git")
    total, failed = len(quality["checks"]), int(quality["failed"])
    if failed:
        return Finding("bad", f"{failed:,} of {count(total, 'schema check')} fail")
    return Finding("good", f"all {count(total, 'schema check')} hold")


def _gates(gates: Sequence[GateResult]) -> list[Finding]:
    found = [Finding("bad", f"gate broken: {describe(gate)}") for gate in gates if gate.broken]
    open_ = [describe(gate) for gate in gates if not gate.compared]
    if open_:
        several = count(len(open_), "gate is", "gates are")
        found.append(Finding("watch", f"{several} not compared: {'; '.join(open_)}"))
    kept = [describe(gate) for gate in gates if gate.holds]
    if kept:
        several = f"{count(len(kept), 'gate holds', 'gates hold')}: {'; '.join(kept)}"
        found.append(Finding("good", several))
    return found


def _vanished(found: Comparison) -> list[Finding]:
    gone = gone_tags(found)
    if not gone:
        return []
    text = f"{count(len(gone), 'tag')} vanished without a rename: {listed(visible(gone))}"
    return [Finding("watch", text)]


def _balance(found: Comparison) -> list[Finding]:
    before, after = found.imbalance_a.mean_ir, found.imbalance_b.mean_ir
    if math.isnan(before) or math.isnan(after) or number(before, 2) == number(after, 2):
        return []
    grew = after > before
    text = (
        f"rare tags fell {'further behind' if grew else 'less far behind'} the most used: MeanIR "
        f"{'rose' if grew else 'fell'} from {number(before, 2)} to {number(after, 2)}"
    )
    return [Finding("watch" if grew else "good", text)]


def _drift(found: Comparison) -> list[Finding]:
    distance = found.distances["jensen_shannon_distance"]
    if math.isnan(distance.value) or math.isnan(distance.no_change_95):
        return []
    size = (
        f"(Jensen-Shannon distance {number(distance.value, 3)}; chance alone gives up to "
        f"{number(distance.no_change_95, 3)})"
    )
    if distance.beyond_chance:
        return [Finding("watch", f"the mix of tags moved more than chance would move it {size}")]
    return [Finding("good", f"the mix of tags moved no more than chance would move it {size}")]
