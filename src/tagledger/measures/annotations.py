"""What people's answers amount to in a version: items decided, items disputed, agreement."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tagledger.documents import is_count, is_number

if TYPE_CHECKING:
    import pandas as pd

DECIDED = ("labelled", "adjudicated", "gold")
"""States in which a verdict decides whether an item has a tag."""


@dataclass(frozen=True)
class Annotations:
    """Items by what people said of them.

    Attributes
    ----------
    items
        Clean items.
    answered
        Those of which enough people said something: a verdict is decided or disputed.
    disputed
        Those of them on which people differ in a tag or more.
    decided
        Those of them with a decided verdict or more.
    alpha
        Krippendorff's alpha of the annotators; nan where no two answered the same item.
    disputed_tags
        The tags on which people differ, on most items first; empty where that is not known.
    """

    items: int
    answered: int = 0
    disputed: int = 0
    decided: int = 0
    alpha: float = math.nan
    disputed_tags: Sequence[str] = ()


def count_annotations(
    verdicts: pd.DataFrame, items: int, rows: Mapping[str, Any] | None
) -> Annotations:
    """Count the items of a version by what people said of them.

    Parameters
    ----------
    verdicts
        Columns id, tag and state.
    items
        The number of clean items.
    rows
        What data/annotated/rows.json says; None in a version from before it was there.
    """
    disputed = verdicts[verdicts["state"] == "disputed"]
    decided = verdicts.loc[verdicts["state"].isin(DECIDED), "id"].unique()
    tags = Counter(disputed["tag"].astype("str"))
    of_disputed = disputed["id"].unique()
    return Annotations(
        items=items,
        answered=len(set(decided) | set(of_disputed)),
        disputed=len(of_disputed),
        decided=len(decided),
        alpha=recorded_alpha(rows or {}),
        disputed_tags=[tag for tag, _ in sorted(tags.items(), key=lambda one: (-one[1], one[0]))],
    )


def recorded_alpha(rows: Mapping[str, Any]) -> float:
    """The alpha that the annotate stage recorded; nan where there is none."""
    entry = rows.get("alpha")
    value = entry.get("value") if isinstance(entry, Mapping) else None
    return float(value) if is_number(value) else math.nan


def in_metrics(counts: Annotations) -> dict[str, Any]:
    """What reports/metrics.json has of it."""
    return {
        "answered": counts.answered,
        "disputed": counts.disputed,
        "decided": counts.decided,
        "alpha": None if math.isnan(counts.alpha) else counts.alpha,
    }


def from_metrics(section: object, items: int) -> Annotations:
    """What reports/metrics.json says; nobody answered anything in a version that says nothing.

    Raises
    ------
    TypeError, ValueError
        It says something else than numbers.
    """
    if section is None:
        return Annotations(items)
    if not isinstance(section, Mapping):
        raise TypeError("these are no annotations")
    answered, disputed, decided = (
        section.get(name) for name in ("answered", "disputed", "decided")
    )
    if not (is_count(answered) and is_count(disputed) and is_count(decided)):
        raise ValueError("a number of items is no count")
    alpha = section.get("alpha")
    value = float(alpha) if is_number(alpha) else math.nan
    return Annotations(items, answered, disputed, decided, value)
