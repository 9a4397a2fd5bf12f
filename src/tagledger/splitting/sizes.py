"""How many items each split and each fold has: one that is empty is said, and can be a gate."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd


def part_sizes(
    assignments: pd.DataFrame, splits: Iterable[str], folds: int | None
) -> dict[str, int]:
    """The items of each split and each fold, also of those that have none.

    Parameters
    ----------
    assignments
        Columns split and, where there are folds, fold.
    splits, folds
        The names of the splits, and the number of folds; None for none.

    Returns
    -------
    dict
        By name: a split's own, and `fold 0` and so on.
    """
    sizes = assignments["split"].value_counts()
    named = {name: int(sizes.get(name, 0)) for name in splits}
    if folds is None or "fold" not in assignments:
        return named
    sizes = assignments["fold"].value_counts()
    return named | {f"fold {number}": int(sizes.get(number, 0)) for number in range(folds)}
