"""The table of gates: what each measures, what its limit may be, and what people read of it.

A new gate is a new entry of `GATES`. From it the loader knows the key of params.yaml, `evaluate`
measures the gate, and the terminal, JSON, Markdown, the dashboard and the README print it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, is_dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple

from annotated_types import Ge, Gt, Le, Lt

from tagledger.compare.verdict import ALPHA, EFFECT, drifted
from tagledger.documents import MOST_ITEMS

# A list of versions reads no data, and does without what tables and comparisons stand on.
if TYPE_CHECKING:
    import pandas as pd

    from tagledger.compare.result import Comparison
    from tagledger.measures.imbalance import Imbalance

Share = Annotated[float, Ge(0), Le(1)]
Count = Annotated[int, Ge(0), Le(MOST_ITEMS)]
Ratio = Annotated[float, Ge(1), Le(MOST_ITEMS)]

Kind = Literal["at most", "at least", "none"]
Need = Literal["comparison", "tags", "parts"]


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


_OF_TAGS = ("tag", "count", "decision")


@dataclass(frozen=True)
class State:
    """What the gates ask of one version, without a comparison.

    Attributes
    ----------
    tags
        A frame or lists: columns tag, count, decision.
    imbalance
        The measures of the filtered labels.
    rows, quarantined
        Rows of the source, and those set aside.
    parts
        Items of each split and fold, by its name.
    """

    tags: pd.DataFrame | Mapping[str, Sequence[Any]]
    imbalance: Imbalance
    rows: int
    quarantined: int
    parts: Mapping[str, int] = field(default_factory=dict)

    @property
    def rows_of_tags(self) -> Iterator[tuple[str, int, str]]:
        """Each tag, its count and the decision."""
        for tag, count, decision in zip(*(self.tags[name] for name in _OF_TAGS), strict=True):
            yield str(tag), int(count), str(decision)


class Measured(NamedTuple):
    """What a gate found: a value, and the tags, splits or folds behind it, the worst first."""

    value: float
    behind: Sequence[str] = ()


@dataclass(frozen=True)
class Case:
    """What a gate is measured on.

    Attributes
    ----------
    state
        The version.
    comparison
        What changed from the version before, in the filtered layer; None where there is none.
    limit
        The gate's limit, as params.yaml has it.
    """

    state: State
    comparison: Comparison | None
    limit: Any

    @property
    def changes(self) -> Comparison:
        """The comparison, for a gate that needs one."""
        if self.comparison is None:
            raise RuntimeError("a gate that reads a comparison has to name it in `needs`")
        return self.comparison


# Two gates of equal entries are still two: the class of the limits is kept by its table.
@dataclass(frozen=True, eq=False)
class Gate:
    """A limit that a version can be held to.

    Attributes
    ----------
    name
        Its key in `gates:` of params.yaml.
    title
        What it measures, in the words of the dashboard.
    kind
        "at most" and "at least": its value keeps to the limit. "none": nothing may be found; the
        limit only says what counts, and a value of 0 holds.
    bound
        The type of the limit, with its range. A dataclass with a `SECTION` is a limit of several
        keys.
    unit
        What the numbers count; `{limit}` and its parts stand for those of the limit.
    meaning
        One line for the documentation.
    example
        A limit as YAML, for the documentation.
    measure
        Finds the value, and what is behind it.
    needs
        What it reads beyond counts and imbalance: a comparison, the table of tags, the items of
        each split and fold. Without a comparison that it needs, it is not compared.
    default
        The limit where params.yaml has none; None: it is off.
    percent
        Whether people read its numbers as per cent.
    """

    name: str
    title: str
    kind: Kind
    bound: Any
    unit: str
    meaning: str
    example: str
    measure: Callable[[Case], Measured]
    needs: frozenset[Need] = frozenset()
    default: Any = None
    percent: bool = False

    @property
    def needs_comparison(self) -> bool:
        """Whether it says nothing of one version alone."""
        return "comparison" in self.needs

    @property
    def has_keys(self) -> bool:
        """Whether its limit is lines of `name: value`, and not one value."""
        return is_dataclass(self.bound)

    def shown_limit(self, limit: Any) -> float:
        """The limit as one number, beside which the value is printed."""
        return 0 if self.kind == "none" else limit

    def shown_unit(self, limit: Any) -> str:
        """What its numbers count, under this limit."""
        return self.unit.format(limit=limit)

    def holds(self, value: float, limit: Any) -> bool:
        """Whether a value keeps to the limit; one that is not defined does not."""
        if self.kind == "at least":
            return bool(value >= limit)
        return bool(value <= self.shown_limit(limit))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _labels_changed(case: Case) -> Measured:
    labels = case.changes.labels
    return Measured(_ratio(labels.added + labels.removed, _of_kept_items(case)))


def _renamed(case: Case) -> Measured:
    arrows = [f"{'+'.join(one.before)} -> {'+'.join(one.after)}" for one in case.changes.renames]
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
    found = drifted(case.changes.tags, case.limit.alpha, case.limit.effect)
    size = found["effect"].abs()
    worst = sorted(zip(-size, found["tag"].astype(str), strict=True))
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
)


def named(name: str) -> Gate | None:
    """The gate of a name; None for one that is not in the table."""
    return next((gate for gate in GATES if gate.name == name), None)
