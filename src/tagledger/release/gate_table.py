"""The table of gates: what each measures, what its limit may be, and what people read of it.

A new gate is a new entry of `GATES`. From it the loader knows the key of params.yaml, `evaluate`
measures the gate, and the terminal, JSON, Markdown, the dashboard and the README print it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

from tagledger.bounds import Gt, Le, Lt
from tagledger.compare.verdict import ALPHA, EFFECT, drifted
from tagledger.release.gate import Case, Count, Gate, Measured, Ratio, Share


@dataclass(frozen=True)
class DriftLimit:
    """A tag drifts when both hold: it is no chance, and it is large.

    Attributes
    ----------
    alpha
        A tag's q-value must be below it (Benjamini-Hochberg over the tags, of both families of
        tests together).
    effect
        Cohen's h of the tag's presence, its share of clean items, must be at least this, either
        way.
    """

    SECTION: ClassVar[str] = "gates.drift"

    alpha: Annotated[float, Gt(0), Lt(1)] = ALPHA
    effect: Annotated[float, Gt(0), Le(math.pi)] = EFFECT  # no h is larger than pi


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _labels_changed(case: Case) -> Measured:
    labels = case.changes.labels
    return Measured(_ratio(labels.added + labels.removed, _of_kept_items(case)))


def _renamed(case: Case) -> Measured:
    arrows = [f"{'+'.join(one.before)} → {'+'.join(one.after)}" for one in case.changes.renames]
    return Measured(_ratio(case.changes.labels.renamed, _of_kept_items(case)), arrows)


def _of_kept_items(case: Case) -> int:
    """The labels that kept items had in A."""
    labels = case.changes.labels
    return labels.kept + labels.removed + labels.renamed


def _relabelled_unedited(case: Case) -> Measured:
    changes = case.changes.changes
    kept = changes[(changes["items"] == "kept") & (changes["cause"] != "renamed")]
    edited = kept.loc[kept["cause"] == "source_edited", "id"]
    unedited = int(kept.loc[~kept["id"].isin(edited), "id"].nunique())
    return Measured(_ratio(unedited, case.changes.items.kept))


def _rarest_tag(case: Case) -> Measured:
    kept = sorted((n, tag) for tag, n, decision in case.state.rows_of_tags if decision == "kept")
    rare = [tag for count, tag in kept if count < case.limit]
    return Measured(kept[0][0] if kept else 0, rare)


def _smallest_part(case: Case) -> Measured:
    parts = case.state.parts
    few = [name for name in parts if parts[name] < case.limit]
    return Measured(min(parts.values(), default=0), sorted(few, key=lambda name: parts[name]))


def _drifted(case: Case) -> Measured:
    drifted_tags = drifted(case.changes.tags, case.limit.alpha, case.limit.effect)
    size = drifted_tags["effect"].abs()
    worst = sorted(zip(-size, drifted_tags["tag"].astype(str), strict=True))
    return Measured(len(worst), [tag for _, tag in worst])


def _vanished(case: Case) -> Measured:
    # Whoever reads the table alone needs no comparison.
    from tagledger.compare.tag_kinds import GONE, KINDS

    changes = case.changes
    behind = []
    number = 0
    for kind in GONE:
        if tags := changes.tags_of_kind(kind):
            number += len(tags)
            behind.append(f"{len(tags)} {KINDS[kind][len(tags) > 1]}: {', '.join(tags)}")
    return Measured(number, behind)


def _out_of_taxonomy(case: Case) -> Measured:
    tags = list(case.state.rows_of_tags)
    outside = sum(count for _, count, decision in tags if decision == "not_in_taxonomy")
    return Measured(_ratio(outside, sum(count for _, count, _ in tags)))


def _disputed(case: Case) -> Measured:
    answers = case.answers
    return Measured(_ratio(answers.disputed, answers.answered), answers.disputed_tags)


def _alpha(case: Case) -> Measured:
    value = case.answers.alpha
    return Measured(
        value, ["no two annotators answered the same item"] if math.isnan(value) else ()
    )


GATES: tuple[Gate, ...] = (
    Gate(
        name="max_labels_changed",
        title="labels changed on kept items",
        kind="at most",
        bound=Share,
        unit="share of the labels of kept items, which both clean tables have",
        meaning="labels gained and lost, as a share of the labels of kept items",
        example="0.10",
        measure=_labels_changed,
        needs=frozenset({"comparison"}),
        percent=True,
    ),
    Gate(
        name="max_renamed",
        title="labels renamed",
        kind="at most",
        bound=Share,
        unit="share of the labels of kept items, which both clean tables have",
        meaning="labels that a rename, merge or split of tags explains, as a share of the labels "
        "of kept items; the default is 0.10",
        example="0.10",
        measure=_renamed,
        needs=frozenset({"comparison"}),
        # No other gate sees a renamed label. A year of renames came to 2 per cent in the published
        # catalogue and to 2 and 6 in the bundled sample; beyond a tenth the tags are other ones.
        default=0.1,
        percent=True,
    ),
    Gate(
        name="max_relabelled_unedited",
        title="kept items relabelled without an edit in the source",
        kind="at most",
        bound=Share,
        unit="share of kept items, which both clean tables have",
        meaning="items relabelled without an edit in the source, as a share of kept items",
        example="0.05",
        measure=_relabelled_unedited,
        needs=frozenset({"comparison"}),
        percent=True,
    ),
    Gate(
        name="min_tag_count",
        title="items of the rarest tag",
        kind="at least",
        bound=Count,
        unit="items of the rarest tag",
        meaning="items of the rarest tag that is kept",
        example="30",
        measure=_rarest_tag,
        needs=frozenset({"tags"}),
    ),
    Gate(
        name="min_split_items",
        title="items of the smallest split",
        kind="at least",
        bound=Count,
        unit="items of the smallest split",
        meaning="items of the smallest split or fold; 1 lets none be empty",
        example="1",
        measure=_smallest_part,
        needs=frozenset({"parts"}),
    ),
    Gate(
        name="max_scumble",
        title="SCUMBLE",
        kind="at most",
        bound=Share,
        unit="SCUMBLE",
        meaning="SCUMBLE of the filtered labels",
        example="0.2",
        measure=lambda case: Measured(case.state.imbalance.scumble),
    ),
    Gate(
        name="max_mean_ir",
        title="MeanIR",
        kind="at most",
        bound=Ratio,
        unit="MeanIR",
        meaning="MeanIR of the filtered labels",
        example="20.0",
        measure=lambda case: Measured(case.state.imbalance.mean_ir),
    ),
    Gate(
        name="drift",
        title="tags that drifted beyond chance",
        kind="none",
        bound=DriftLimit,
        # What a parameter did is no drift.
        unit="tags with q < {limit.alpha:g} and |h| >= {limit.effect:g} over clean items; not "
        "those that crossed the threshold or a list",
        meaning="no tag with q < alpha and Cohen's |h| >= effect, over clean items",
        example="{ alpha: 0.05, effect: 0.2 }",
        measure=_drifted,
        needs=frozenset({"comparison"}),
    ),
    Gate(
        name="max_train_to_test",
        title="items moved from train to test",
        kind="at most",
        bound=Count,
        unit="items",
        meaning="items that moved from train to test; the default is 0",
        example="0",
        measure=lambda case: Measured(case.changes.train_to_test),
        needs=frozenset({"comparison"}),
        # An item that a model was trained on must not come to test it by accident.
        default=0,
    ),
    Gate(
        name="max_tags_vanished",
        title="tags no longer kept, without a rename",
        kind="at most",
        bound=Count,
        unit="tags no longer kept and not renamed",
        meaning="tags gone from the source, or no longer kept by the filter; not those renamed",
        example="0",
        measure=_vanished,
        needs=frozenset({"comparison"}),
    ),
    Gate(
        name="max_quarantined",
        title="rows set aside",
        kind="at most",
        bound=Share,
        unit="share of rows",
        meaning="rows set aside, as a share of all rows",
        example="0.01",
        measure=lambda case: Measured(_ratio(case.state.quarantined, case.state.rows)),
        percent=True,
    ),
    Gate(
        name="max_out_of_taxonomy",
        title="labels outside the taxonomy",
        kind="at most",
        bound=Share,
        unit="share of clean labels",
        meaning="labels outside the taxonomy, as a share of clean labels",
        example="0.3",
        measure=_out_of_taxonomy,
        needs=frozenset({"tags"}),
        percent=True,
    ),
    Gate(
        name="max_disputed",
        title="items on which annotators differ",
        kind="at most",
        bound=Share,
        unit="share of the items that annotators answered",
        meaning="items with a disputed label, as a share of the items that annotators answered",
        example="0.1",
        measure=_disputed,
        needs=frozenset({"annotations"}),
        percent=True,
    ),
    Gate(
        name="min_alpha",
        title="agreement of annotators",
        kind="at least",
        bound=Share,
        unit="Krippendorff's alpha (MASI) over items that several annotators answered",
        meaning="Krippendorff's alpha over the items that several annotators answered; 1 is equal, "
        "0 is chance",
        example="0.667",
        measure=_alpha,
        needs=frozenset({"annotations"}),
    ),
    Gate(
        name="min_annotated",
        title="items that annotators decided",
        kind="at least",
        bound=Share,
        unit="share of clean items with a decided label",
        meaning="items of which annotators decided a label or more, as a share of clean items",
        example="0.5",
        measure=lambda case: Measured(_ratio(case.answers.decided, case.answers.items)),
        needs=frozenset({"annotations"}),
        percent=True,
    ),
)


def named(name: str) -> Gate | None:
    """The gate of a name; None for one that is not in the table."""
    return next((gate for gate in GATES if gate.name == name), None)
