"""Whether the later of two versions is better or worse: a word, by a rule that is written here.

The rule, for whoever answers for the labels:

1. Two versions without a difference are the *same*. Two that have no item in common are *not
   comparable*; nor are two of different sources, if most items that share an id differ in text,
   since then the ids do not mean the same items.
2. Else each reason has a weight: below 0 it speaks against the later version, above 0 for it, and
   1 or -1 is the most. What weighs:

   - Items, tags and labels that were lost, as a share of what the earlier version had; and those
     that are new, as a share of what the later version has. Labels are those of items that both
     versions have. A renamed tag is neither lost nor new.
   - Alarms of the later version: gates that it breaks, -1 together; schema checks that fail, -1;
     items that moved from train to test, -1.
   - Tags that drifted, as a half of their share of the tags: against the version if it has them
     less often, for it if more often. A tag drifts when its q-value is below .05 and Cohen's h is
     at least .2. Only tags that both versions have count here.
   - Imbalance, as a quarter of the change of MeanIR over the tags that both versions have; where
     they share too few tags it is not comparable, and weighs nothing.

3. What is for the version and what is against it are added up. Losses, gains and alarms come first:
   four times as much for it makes it *better*, four times as much against it makes it *worse*, and
   anything between is *mixed*. If there is nothing of either, drift and imbalance decide in the
   same way; if there is nothing at all, the two are the *same*.
4. Drift and imbalance cannot turn the word round. Where they say the opposite and weigh more than
   what the word stands on, it becomes *mixed*.

So a version that only lost items, tags or labels is never better, however even the rest became. A
version with an alarm is never better, since items, tags and labels together weigh less than four.
And without alarms, the earlier version is worse wherever the later one is better: an alarm is about
the version that raises it, and says nothing of the other.

The rule does not know whether labels are right. A version that lost wrong labels is *worse* here,
and the reasons lead to the labels that it lost.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from tagledger.compare.in_words import is_unchanged, shares_items
from tagledger.words import count, number, signed

# Who prints a verdict needs no tables.
if TYPE_CHECKING:
    import pandas as pd

    from tagledger.compare.result import Comparison

Word = Literal["better", "worse", "mixed", "same", "not comparable"]
Page = Literal["overview", "tags", "imbalance", "changes", "drift", "quality", "splits"]

CLEARLY = 4
"""How many times as much must speak for a version as against it."""
ALPHA, EFFECT = 0.05, 0.2
"""From where a tag drifts."""
DRIFT, IMBALANCE = 0.5, 0.25
"""What drift and imbalance weigh at most."""


class Gate(Protocol):
    """What is read of a measured gate, as `tagledger.release.gates.GateResult` has it."""

    @property
    def name(self) -> str:
        """Its key in params.yaml."""

    @property
    def broken(self) -> bool:
        """Whether the limit is known not to be kept."""


@dataclass(frozen=True)
class Reason:
    """Something that speaks for a version or against it.

    Attributes
    ----------
    what
        What was counted or measured.
    value
        How many, or how much it changed; nan where it is not comparable.
    weight
        From -1, against the later version, to 1, for it; 0 only tells.
    where
        The key of `compare --json` that has its rows, with dots between keys.
    page
        The page of the dashboard that has them.
    text
        The whole of it, for people.
    side
        Whether it is drift or imbalance, which come after losses, gains and alarms.
    """

    what: str
    value: float
    weight: float
    where: str
    page: Page
    text: str
    side: bool = False


@dataclass(frozen=True)
class Verdict:
    """The word, and what it stands on: the weightiest reason first.

    Attributes
    ----------
    word
        How the later version compares.
    reasons
        What was weighed, and what only tells, such as an imbalance that is not comparable.
    newer_first
        Whether A is the newer of the two, so that the verdict is about the older one; None where
        the order is not known.
    """

    word: Word
    reasons: Sequence[Reason]
    newer_first: bool | None = None

    def document(self) -> dict[str, Any]:
        """The verdict as JSON."""
        keys = ("what", "value", "weight", "where")
        reasons = [{key: asdict(reason)[key] for key in keys} for reason in self.reasons]
        return {"word": self.word, "newer_first": self.newer_first, "reasons": reasons}

    def line(self, shown: int = 4) -> str:
        """The verdict in one line, with its weightiest reasons."""
        weighty = [reason.text for reason in self.reasons if reason.weight][:shown]
        shown_reasons = weighty or [reason.text for reason in self.reasons][:shown]
        return f"{self.word}: {'; '.join(shown_reasons)}" if shown_reasons else self.word


def judge(
    comparison: Comparison,
    gates: Sequence[Gate] = (),
    *,
    failed: int = 0,
) -> Verdict:
    """Judge the later version of a comparison; the rule is in the module's docstring.

    Parameters
    ----------
    comparison
        What changed.
    gates
        The gates of the later version, as far as they were measured.
    failed
        Schema checks that fail in the later version.
    """
    items = comparison.items
    if is_unchanged(comparison):
        return Verdict("same", [], comparison.newer_first)
    if items.a and items.b and not shares_items(comparison):
        return Verdict("not comparable", [_no_item(comparison)], comparison.newer_first)
    reasons = [
        *_items(comparison),
        *_tags(comparison),
        *_labels(comparison),
        *_gates(gates),
        *_checks(failed),
        *_leak(comparison, gates),
        *_drift(comparison),
        *_mix(comparison),
        *_imbalance(comparison),
    ]
    reasons.sort(key=lambda reason: -abs(reason.weight))
    return Verdict(word(reasons), reasons, comparison.newer_first)


def word(reasons: Sequence[Reason]) -> Word:
    """The word that reasons amount to; their order makes no difference."""
    first = [reason.weight for reason in reasons if not reason.side]
    side = [reason.weight for reason in reasons if reason.side]
    settled = _weighed(first)
    if settled in ("same", "mixed"):
        return _weighed(side) if settled == "same" else settled
    against = math.fsum(side) * (-1 if settled == "better" else 1)
    return "mixed" if against > abs(math.fsum(first)) else settled


def _weighed(weights: Sequence[float]) -> Word:
    up = math.fsum(weight for weight in weights if weight > 0)
    down = -math.fsum(weight for weight in weights if weight < 0)
    if not (up or down):
        return "same"
    if up >= CLEARLY * down:
        return "better"
    return "worse" if down >= CLEARLY * up else "mixed"


# The reasons


def _no_item(comparison: Comparison) -> Reason:
    """That no item is in both versions, though two sources may share ids."""
    items = comparison.items
    text = "no item is in both versions"
    if items.kept:
        texts = f"{number(items.text_changed)} of the {count(items.kept, 'item')}"
        text = f"the two sources share ids, not items: {texts} with the same id differ in text"
    what = "texts that differ under one id" if items.kept else "items in both versions"
    where = "items.text_changed" if items.kept else "items.kept"
    return Reason(what, items.text_changed, 0, where, "overview", text)


class _Part(NamedTuple):
    """How many of how many, and where they are."""

    part: int
    whole: int
    where: str


def _lost_and_new(noun: str, lost: _Part, new: _Part, page: Page, of: str = "") -> list[Reason]:
    """What is lost of the earlier version's, and new of the later one's."""
    return [
        Reason(
            f"{noun}s{of} {verb}",
            one.part,
            sign * one.part / one.whole,
            one.where,
            page,
            f"{number(one.part)} of {count(one.whole, noun)}{of} {verb}",
        )
        for verb, one, sign in (("lost", lost, -1), ("new", new, 1))
        if one.part
    ]


def _items(comparison: Comparison) -> list[Reason]:
    items = comparison.items
    lost = _Part(items.removed, items.a, "items.removed")
    return _lost_and_new("item", lost, _Part(items.added, items.b, "items.added"), "overview")


def _tags(comparison: Comparison) -> list[Reason]:
    from tagledger.compare.tag_kinds import COME, GONE

    tags = comparison.tags
    in_a, in_b = tags["count_a"] > 0, tags["count_b"] > 0
    lost, new = (int(tags["kind"].isin(kinds).sum()) for kinds in (GONE, COME))
    return _lost_and_new(
        "tag", _Part(lost, int(in_a.sum()), "tags"), _Part(new, int(in_b.sum()), "tags"), "tags"
    )


def _labels(comparison: Comparison) -> list[Reason]:
    labels = comparison.labels
    lost = _Part(labels.removed, labels.kept + labels.removed, "labels.removed")
    new = _Part(labels.added, labels.kept + labels.added, "labels.added")
    return _lost_and_new("label", lost, new, "changes", " of kept items")


def _gates(gates: Sequence[Gate]) -> list[Reason]:
    broken = [gate.name for gate in gates if gate.broken]
    if not broken:
        return []
    text = f"{count(len(broken), 'gate')} broken: {', '.join(broken)}"
    return [Reason("gates broken", len(broken), -1, "gates", "overview", text)]


def _checks(failed: int) -> list[Reason]:
    if not failed:
        return []
    text = count(failed, "schema check fails", "schema checks fail")
    return [Reason("schema checks that fail", failed, -1, "checks", "quality", text)]


def _leak(comparison: Comparison, gates: Sequence[Gate]) -> list[Reason]:
    moved = comparison.train_to_test
    if not moved:
        return []
    # A broken gate that says so has its weight already, and a limit may allow some.
    weight = 0 if any(gate.name == "max_train_to_test" for gate in gates) else -1
    text = f"{count(moved, 'item')} moved from train to test"
    return [Reason("items moved from train to test", moved, weight, "moved", "splits", text)]


def drifted(tags: pd.DataFrame, alpha: float = ALPHA, effect: float = EFFECT) -> pd.DataFrame:
    """The tags whose presence changed by more than chance, and by much."""
    return tags[(tags["q"] < alpha) & (tags["effect"].abs() >= effect)]


def _drift(comparison: Comparison) -> list[Reason]:
    tags = comparison.tags
    both = tags[(tags["count_a"] > 0) & (tags["count_b"] > 0)]
    changed = drifted(both)["effect"]
    reasons = []
    for how, tags_so, sign in (
        ("rarer", int((changed < 0).sum()), -1),
        ("more frequent", int((changed > 0).sum()), 1),
    ):
        if tags_so:
            text = f"{number(tags_so)} of {count(len(both), 'tag')} {how} beyond chance and by much"
            weight = sign * DRIFT * tags_so / len(both)
            reasons.append(
                Reason(
                    f"tags that drifted, {how}", tags_so, weight, "tags", "drift", text, side=True
                )
            )
    return reasons


def _mix(comparison: Comparison) -> list[Reason]:
    distance = comparison.distances["jensen_shannon_distance"]
    if not distance.beyond_chance:
        return []
    return [
        Reason(
            "the mix of tags changed beyond chance",
            distance.value,
            0,
            "distance.jensen_shannon_distance",
            "drift",
            f"the mix of tags changed more than chance explains (Jensen-Shannon distance "
            f"{number(distance.value, 3)}, by chance at most {number(distance.no_change_95, 3)})",
            side=True,
        )
    ]


def _imbalance(comparison: Comparison) -> list[Reason]:
    shared = comparison.shared
    what = "MeanIR over the tags that both versions have"
    before, after = shared.a.mean_ir, shared.b.mean_ir
    if not shared.comparable:
        if not (shared.tags_a or shared.tags_b):
            return []
        text = f"imbalance is not comparable: {count(shared.tags, 'tag is', 'tags are')} in both"
        text += f" versions, of {number(shared.tags_a)} and {number(shared.tags_b)}"
        return [Reason(what, float("nan"), 0, "imbalance.shared", "imbalance", text, side=True)]
    if before == after:
        return []
    text = (
        f"MeanIR over the {count(shared.tags, 'tag')} of both versions {signed(after - before, 2)}"
    )
    weight = IMBALANCE * (before - after) / max(before, after)
    return [Reason(what, after - before, weight, "imbalance.shared", "imbalance", text, side=True)]
