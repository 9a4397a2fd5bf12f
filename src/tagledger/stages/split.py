"""The split stage: divides the filtered items, stratified by tag, with groups kept whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandera.typing import DataFrame

from tagledger import errors, params, tables
from tagledger.files import replacing_folder
from tagledger.labels import Indicator, indicator
from tagledger.params import SplitParams
from tagledger.splitting.base import Base, of_kind, read_base, torn_groups
from tagledger.splitting.sizes import part_sizes
from tagledger.stratify import folds, split
from tagledger.validation import validate
from tagledger_schemas import relations
from tagledger_schemas.clean import Items
from tagledger_schemas.filtered import FilteredLabels
from tagledger_schemas.splits import Assignments, SplitItems


@dataclass(frozen=True)
class Divided:
    """What the split stage makes: who is where, and each split's items."""

    assignments: DataFrame[Assignments]
    splits: Mapping[str, DataFrame[SplitItems]]


def with_tags(items: pd.DataFrame, labels: Indicator) -> pd.DataFrame:
    """The items of an indicator matrix, row by row, with a column `tags` of lists.

    Parameters
    ----------
    items
        Columns id, created_on, title, description; at least the ids of `labels`.
    labels
        The items and their tags.
    """
    row = pd.Index(items["id"]).get_indexer(pd.Index(labels.ids))
    chosen = items.loc[:, ["id", "created_on", "title", "description"]].take(row)
    names = labels.tags[labels.matrix.indices]
    tags = np.empty(len(chosen), dtype=object)
    tags[:] = np.split(names, labels.matrix.indptr[1:-1])
    return chosen.assign(tags=pd.Series(tags, index=chosen.index)).reset_index(drop=True)


def placed(ids: pd.Series, base: Base, names: list[str]) -> NDArray[np.int64]:
    """The split, as a position in `names`, that the base gave each item; -1 for a new one."""
    held = base.assignments
    split_of = pd.Index(names).get_indexer(pd.Index(held["split"]))
    row = pd.Index(held["id"]).get_indexer(pd.Index(ids))
    return np.where(row >= 0, split_of[row], -1) if len(held) else np.full(len(ids), -1)


def divide(
    items: pd.DataFrame, labels: pd.DataFrame, params: SplitParams, base: Base | None = None
) -> Divided:
    """Divide the filtered items.

    Parameters
    ----------
    items
        The clean items; `group` says which may not be torn apart.
    labels
        The filtered labels; an item without one is in no split.
    params
        Ratios, seed, cover and folds.
    base
        Items that keep the split they had.

    Returns
    -------
    Divided

    Raises
    ------
    TagledgerError
        The base's ids are of another kind than those of the items.
    """
    matrix = indicator(labels)
    base = None if base is None else of_kind(base, items["id"])
    chosen = items[items["id"].isin(labels["id"])].reset_index(drop=True)
    groups, _ = pd.factorize(chosen["group"])
    names = list(params.ratios)
    tags = list(matrix.tags)
    result = split(
        matrix.matrix,
        ratios=params.ratios,
        ids=matrix.ids,
        tags=tags,
        seed=params.seed,
        groups=groups,
        base=None if base is None else placed(chosen["id"], base, names),
        cover=params.cover,
    )
    assignments = pd.DataFrame(
        {
            "id": chosen["id"],
            "split": pd.Series(np.array(names, dtype=object)[result.assignment], dtype="str"),
        }
    )
    if params.folds is not None:
        fold = folds(
            matrix.matrix,
            k=params.folds,
            ids=matrix.ids,
            tags=tags,
            seed=params.seed,
            groups=groups,
        )
        assignments["fold"] = fold.assignment.astype(np.int64)
    whole = with_tags(chosen, matrix)
    return Divided(
        assignments=validate(
            Assignments,
            assignments,
            "splits/assignments",
            relations.assignments(
                labels["id"], items, params.ratios, torn=torn_groups(chosen, base)
            ),
        ),
        splits={
            name: validate(
                SplitItems,
                whole[assignments["split"] == name].reset_index(drop=True),
                f"splits/{name}",
            )
            for name in params.ratios
        },
    )


def main() -> None:
    """Read the clean items and the filtered labels, divide, write the splits."""
    settings = params.load(SplitParams)
    items = validate(Items, tables.read(tables.CLEAN_ITEMS), "clean/items")
    labels = validate(FilteredLabels, tables.read(tables.FILTERED_LABELS), "filtered/labels")
    divided = divide(items, labels, settings, read_base(settings))
    with replacing_folder(tables.SPLITS) as folder:
        tables.write(
            {
                folder / tables.ASSIGNMENTS.name: divided.assignments,
                **{folder / f"{name}.parquet": part for name, part in divided.splits.items()},
            }
        )
    sizes = part_sizes(divided.assignments, settings.ratios, settings.folds)
    shown = ", ".join(f"{name} {sizes[name]:,}" for name in settings.ratios)
    empty = [name for name, size in sizes.items() if not size]
    # Groups stay whole, and the base's items stay: with few of either, a split can stay empty.
    note = (
        f"; EMPTY: {', '.join(empty)} (too few groups of items, or all in the base)"
        if empty
        else ""
    )
    errors.say(f"split: {shown} items{note}; each group of near duplicates is in one split")


if __name__ == "__main__":
    errors.run(main)
