"""Gates: limits that a version must keep, in `gates:` of params.yaml.

A gate that is absent is off, but for `max_train_to_test`, which is 0 unless it says otherwise: an
item that a model was trained on must not come to test it by accident.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass as plain_dataclass
from dataclasses import field, fields, replace
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field
from pydantic.dataclasses import dataclass

from tagledger import params
from tagledger.compare.compare import Comparison
from tagledger.documents import read_yaml
from tagledger.measures.imbalance import Imbalance

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0, le=params.MOST_ITEMS)]

Judgement = Literal["hold", "broken", "not compared"]
NEED_COMPARISON = (
    *("max_labels_changed", "max_relabelled_unedited", "drift", "max_train_to_test"),
    "max_tags_vanished",
)


@dataclass(frozen=True, config=params.STRICT)
class DriftLimit:
    """A tag drifts when both hold: it is no chance, and it is large.

    Attributes
    ----------
    alpha
        A tag's q-value must be below it (Benjamini-Hochberg over the tags).
    effect
        Cohen's h of the tag's presence, its share of clean items, must be at least this, either
        way.
    """

    SECTION: ClassVar[str] = "gates.drift"

    alpha: Annotated[float, Field(gt=0, lt=1)] = 0.05
    effect: Annotated[float, Field(gt=0, le=math.pi)] = 0.2  # no h is larger than pi


@dataclass(frozen=True, config=params.STRICT)
class Gates:
    """The limits; None is off.

    Attributes
    ----------
    max_labels_changed
        Labels gained and lost on kept items, as a share of the kept items' labels in A. Kept are
        items that both clean tables have, here and below: one that lost its last label counts.
    max_relabelled_unedited
        Kept items relabelled without an edit in the source, as a share of kept items.
    min_tag_count
        Fewest items of a tag that is kept.
    min_split_items
        Fewest items of a split or a fold: 1 lets none be empty.
    max_scumble, max_mean_ir
        Imbalance of the filtered labels.
    drift
        No tag may drift beyond chance: see `DriftLimit`. A tag that crossed the threshold or a
        list is not tested: what a parameter did is no drift.
    max_train_to_test
        Items that were in the split train and are in test.
    max_tags_vanished
        Tags that no item has any more and that no rename explains.
    max_quarantined
        Rows set aside, as a share of the source's rows.
    max_out_of_taxonomy
        Clean labels whose tag the taxonomy does not know, as a share of clean labels.
    """

    SECTION: ClassVar[str] = "gates"

    max_labels_changed: Share | None = None
    max_relabelled_unedited: Share | None = None
    min_tag_count: Count | None = None
    min_split_items: Count | None = None
    max_scumble: Share | None = None
    max_mean_ir: Annotated[float, Field(ge=1, le=params.MOST_ITEMS)] | None = None
    drift: DriftLimit | None = None
    max_train_to_test: Count | None = 0
    max_tags_vanished: Count | None = None
    max_quarantined: Share | None = None
    max_out_of_taxonomy: Share | None = None


@plain_dataclass(frozen=True)
class GateResult:
    """One gate, measured.

    Attributes
    ----------
    name, unit
        The gate, and what its numbers count; the latter is empty where it was not compared.
    value, limit
        What the version has, and what it may have.
    holds
        Whether the limit is kept; a gate that was not compared does not hold.
    detail
        The tags, splits or folds behind a broken gate, the worst first; may be empty.
    compared
        False for a gate that needs a comparison where none was made: its value is nan.
    """

    name: str
    value: float
    limit: float
    unit: str
    holds: bool
    detail: str = ""
    compared: bool = True

    @property
    def broken(self) -> bool:
        """Whether the limit is known not to be kept."""
        return self.compared and not self.holds


@plain_dataclass(frozen=True)
class State:
    """What the gates ask of one version, without a comparison.

    Attributes
    ----------
    tags
        Columns tag, count, decision.
    imbalance
        The measures of the filtered labels.
    rows, quarantined
        Rows of the source, and those set aside.
    parts
        Items of each split and fold, by its name.
    """

    tags: pd.DataFrame
    imbalance: Imbalance
    rows: int
    quarantined: int
    parts: Mapping[str, int] = field(default_factory=dict)


def judge(gates: Sequence[GateResult], *, failed_checks: bool = False) -> Judgement:
    """What gates and checks amount to: they hold when all do, and are broken when any is."""
    if failed_checks or any(gate.broken for gate in gates):
        return "broken"
    return "hold" if all(gate.holds for gate in gates) else "not compared"


def load_gates(path: Path = params.PARAMS) -> Gates:
    """Read the section `gates` of params.yaml; without one, all gates have their defaults.

    Raises
    ------
    TagledgerError
        A gate is unknown, or its limit does not fit.
    """
    return parse_gates(read_yaml(path), path)


def parse_gates(document: object, where: Path) -> Gates:
    """The gates of a params.yaml that was read already; see `load_gates`."""
    section = document.get(Gates.SECTION) if isinstance(document, dict) else None
    values = dict(section) if isinstance(section, dict) else section
    if isinstance(values, dict) and isinstance(values.get("drift"), dict):
        values["drift"] = params.parse(DriftLimit, values["drift"], where)
    return params.parse(Gates, values, where)


def evaluate(gates: Gates, state: State, comparison: Comparison | None = None) -> list[GateResult]:
    """Measure every gate that is on.

    Parameters
    ----------
    gates
        The limits.
    state
        The version to judge.
    comparison
        What changed from the version before, in the filtered layer; without it, the gates that
        need it are not compared.

    Returns
    -------
    list of GateResult
        In the order of `Gates`.
    """
    found: list[GateResult] = []

    def add(result: GateResult, tags: Sequence[str] = ()) -> None:
        found.append(result if result.holds else replace(result, detail=", ".join(tags)))

    def at_most(name: str, value: float, unit: str, tags: Sequence[str] = ()) -> None:
        limit = getattr(gates, name)
        if limit is not None:
            add(GateResult(name, value, limit, unit, value <= limit), tags)

    if comparison is not None:
        labels, items = comparison.labels, comparison.items
        before = labels.kept + labels.removed
        at_most(
            "max_labels_changed",
            _ratio(labels.added + labels.removed, before),
            "share of the labels of kept items, which both clean tables have",
        )
        at_most(
            "max_relabelled_unedited",
            _ratio(_relabelled_unedited(comparison), items.kept),
            "share of kept items, which both clean tables have",
        )
    if gates.min_tag_count is not None:
        kept = state.tags[state.tags["decision"] == "kept"].sort_values(["count", "tag"])
        least = int(kept["count"].min()) if len(kept) else 0
        rare = kept.loc[kept["count"] < gates.min_tag_count, "tag"].tolist()
        limit, holds = gates.min_tag_count, least >= gates.min_tag_count
        add(GateResult("min_tag_count", least, limit, "items of the rarest tag", holds), rare)
    if gates.min_split_items is not None:
        small = sorted(state.parts, key=lambda name: state.parts[name])
        fewest = state.parts[small[0]] if small else 0
        limit, holds = gates.min_split_items, fewest >= gates.min_split_items
        few = [name for name in small if state.parts[name] < limit]
        add(GateResult("min_split_items", fewest, limit, "items of the smallest split", holds), few)
    at_most("max_scumble", state.imbalance.scumble, "SCUMBLE")
    at_most("max_mean_ir", state.imbalance.mean_ir, "MeanIR")
    if comparison is not None:
        if gates.drift is not None:
            drifted = _drifted(comparison, gates.drift)
            unit = (
                f"tags with q < {gates.drift.alpha:g} and |h| >= {gates.drift.effect:g} over clean "
                "items; not those that crossed the threshold or a list"
            )
            add(GateResult("drift", len(drifted), 0, unit, not drifted), drifted)
        at_most("max_train_to_test", comparison.train_to_test, "items")
        gone = _vanished(comparison)
        at_most("max_tags_vanished", len(gone), "tags", gone)
    at_most("max_quarantined", _ratio(state.quarantined, state.rows), "share of rows")
    outside = state.tags.loc[state.tags["decision"] == "not_in_taxonomy", "count"].sum()
    at_most(
        "max_out_of_taxonomy",
        _ratio(float(outside), float(state.tags["count"].sum())),
        "share of clean labels",
    )
    if comparison is None:
        order = [gate.name for gate in fields(Gates)]
        found += [_not_compared(gates, name) for name in NEED_COMPARISON if _is_on(gates, name)]
        found.sort(key=lambda result: order.index(result.name))
    return found


def _is_on(gates: Gates, name: str) -> bool:
    return getattr(gates, name) is not None


def _not_compared(gates: Gates, name: str) -> GateResult:
    limit = 0 if name == "drift" else getattr(gates, name)
    return GateResult(name, math.nan, limit, "", holds=False, compared=False)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _relabelled_unedited(comparison: Comparison) -> int:
    kept = comparison.changes[comparison.changes["items"] == "kept"]
    edited = kept.loc[kept["cause"] == "source_edited", "id"]
    return int(kept.loc[~kept["id"].isin(edited), "id"].nunique())


def _drifted(comparison: Comparison, limit: DriftLimit) -> list[str]:
    tags = comparison.tags
    q = np.fmin(tags["q_kept"].to_numpy(float), tags["q_rest"].to_numpy(float))
    beyond = (q < limit.alpha) & (tags["effect"].abs().to_numpy() >= limit.effect)
    # The size comes before the choice: assigned to a frame without rows, it would bring its own.
    sized = tags.assign(size=tags["effect"].abs())
    worst = sized[beyond].sort_values(["size", "tag"], ascending=[False, True])
    return [str(tag) for tag in worst["tag"]]


def _vanished(comparison: Comparison) -> list[str]:
    tags = comparison.tags
    gone = tags.loc[(tags["count_a"] > 0) & (tags["count_b"] == 0), "tag"]
    explained = {tag for rename in comparison.renames for tag in rename.before}
    return sorted(str(tag) for tag in gone if tag not in explained)
