"""How good a split is: sizes, stratification, leaks and lineage, as numbers for the reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tagledger.labels import Indicator
from tagledger.params import SplitParams
from tagledger.splitting.base import Base, torn_groups
from tagledger.splitting.sizes import part_sizes
from tagledger.stratify import label_distribution_error, rounding_floor
from tagledger.stratify.units import goals

_WORST = 10


def split_report(
    matrix: Indicator,
    assignments: pd.DataFrame,
    items: pd.DataFrame,
    settings: SplitParams,
    base: Base | None = None,
) -> dict[str, Any]:
    """Measure a split.

    Parameters
    ----------
    matrix
        The filtered labels.
    assignments
        Columns id and split, of the rows of `matrix` in the same order.
    items
        Columns id and group of at least these items.
    settings
        Ratios and seed.
    base
        The assignments that were kept, if any.

    Returns
    -------
    dict
        sizes: by split, items wanted and got, and their share. empty: the splits and folds without
        an item. error: the label distribution
        error, the least that whole rows allow (floor), their ratio, the same ratio of a random
        split, and the least that the base's items allow (base_floor): when it has grown far above
        the floor, it is time for a new lineage. tags: worst (tag, split,
        wanted, got, in rows), not_in_every_split (fewer items than splits), under_one_expected
        (in the smallest split), tested_but_not_trained. groups: number of several items, the
        largest, and those torn apart by the base. lineage: items kept from the base, new to it,
        and moved (always 0: it is counted, not assumed).
    """
    names = list(settings.ratios)
    ratios = np.array(list(settings.ratios.values()))
    split_of = pd.Index(names).get_indexer(pd.Index(assignments["split"]))
    counts, sizes = _counts(matrix, split_of, len(names))
    wanted = goals(ratios / ratios.sum(), len(split_of), np.zeros(len(names), np.int64))
    floor = rounding_floor(matrix.counts, len(split_of), ratios)
    error = label_distribution_error(counts, sizes, ratios)
    frozen = _frozen(assignments, base, names)
    expected = ratios[:, None] * matrix.counts.astype(np.float64)
    tags = [str(tag) for tag in matrix.tags]
    parts = part_sizes(assignments, names, settings.folds)
    return {
        "sizes": {
            name: {
                "wanted": int(wanted[number]),
                "items": int(sizes[number]),
                "share": _ratio(float(sizes[number]), len(split_of)),
            }
            for number, name in enumerate(names)
        },
        "empty": [name for name, size in parts.items() if not size],
        "error": {
            "label_distribution_error": error,
            "floor": floor,
            "over_floor": _ratio(error, floor),
            "random_over_floor": _ratio(_random_error(matrix, sizes, settings), floor),
            "base_floor": _base_floor(matrix, frozen, ratios),
        },
        "tags": {
            "worst": _worst(tags, names, expected, counts),
            "not_in_every_split": _named(tags, matrix.counts < len(names)),
            "under_one_expected": _named(tags, expected.min(axis=0) < 1),
            "tested_but_not_trained": _tested_but_not_trained(tags, names, counts),
        },
        "groups": _groups(assignments, items, base),
        "lineage": _lineage(assignments, base),
    }


def _counts(
    matrix: Indicator, split_of: NDArray[np.int64], splits: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    row = np.repeat(split_of, matrix.lengths)
    cell = row * len(matrix.tags) + matrix.matrix.indices
    counts = np.bincount(cell, minlength=splits * len(matrix.tags))
    return counts.reshape(splits, len(matrix.tags)), np.bincount(split_of, minlength=splits)


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _random_error(matrix: Indicator, sizes: NDArray[np.int64], settings: SplitParams) -> float:
    """The error of a shuffled deal with the same sizes: what stratifying has spared."""
    split_of = np.repeat(np.arange(len(sizes)), sizes)
    np.random.default_rng(abs(settings.seed)).shuffle(split_of)
    counts, _ = _counts(matrix, split_of, len(sizes))
    return label_distribution_error(counts, sizes, settings.ratios)


def _frozen(assignments: pd.DataFrame, base: Base | None, names: list[str]) -> NDArray[np.int64]:
    """The base split of each item, as a position in `names`; -1 for an item new to the base."""
    if base is None or not len(base.assignments):
        return np.full(len(assignments), -1)
    held = base.assignments.set_index("id")["split"].reindex(assignments["id"])
    return pd.Index(names).get_indexer(pd.Index(held))


def _base_floor(
    matrix: Indicator, frozen: NDArray[np.int64], ratios: NDArray[np.float64]
) -> float | None:
    """The least error that whole rows allow once the base's items have their place."""
    if not (frozen >= 0).any():
        return None
    rows = np.flatnonzero(frozen >= 0)
    kept = Indicator(matrix.ids[rows], matrix.tags, matrix.matrix[rows])
    counts, sizes = _counts(kept, frozen[rows], len(ratios))
    return rounding_floor(
        matrix.counts, len(frozen), ratios, frozen_counts=counts, frozen_sizes=sizes
    )


def _worst(
    tags: list[str], names: list[str], expected: NDArray[np.float64], counts: NDArray[np.int64]
) -> list[dict[str, Any]]:
    gap = np.abs(counts - expected)
    order = np.argsort(-gap, axis=None, kind="stable")[:_WORST]
    split, tag = np.unravel_index(order, gap.shape)
    return [
        {
            "tag": tags[t],
            "split": names[j],
            "wanted": round(float(expected[j, t]), 6),
            "got": int(counts[j, t]),
        }
        for j, t in zip(split.tolist(), tag.tolist(), strict=True)
    ]


def _named(tags: list[str], chosen: NDArray[np.bool_]) -> list[str]:
    return [tags[number] for number in np.flatnonzero(chosen)]


def _tested_but_not_trained(
    tags: list[str], names: list[str], counts: NDArray[np.int64]
) -> list[str]:
    if "train" not in names or "test" not in names:
        return []
    trained, tested = counts[names.index("train")], counts[names.index("test")]
    return _named(tags, (tested > 0) & (trained == 0))


def _groups(assignments: pd.DataFrame, items: pd.DataFrame, base: Base | None) -> dict[str, Any]:
    chosen = assignments[["id", "split"]].merge(items[["id", "group"]], on="id")
    groups = chosen.groupby("group")["split"].agg(["size", "nunique"])
    torn = torn_groups(chosen, base)
    return {
        "of_several_items": int((groups["size"] > 1).sum()),
        "largest": int(groups["size"].max()) if len(groups) else 0,
        "torn": sorted(groups.index[groups["nunique"] > 1].tolist()),
        "torn_by_the_base": sorted(torn.tolist()),
    }


def _lineage(assignments: pd.DataFrame, base: Base | None) -> Mapping[str, Any]:
    if base is None:
        return {"base": None, "kept": 0, "new": len(assignments), "moved": 0}
    held = base.assignments.set_index("id")["split"].reindex(assignments["id"])
    in_base = held.notna().to_numpy()
    same = (held.to_numpy(object) == assignments["split"].to_numpy(object)) & in_base
    return {
        "base": base.name,
        "kept": int(same.sum()),
        "new": int((~in_base).sum()),
        "moved": int((in_base & ~same).sum()),
    }
