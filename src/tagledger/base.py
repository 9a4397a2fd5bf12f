"""The base of a split: assignments of an earlier version that stay as they were.

A rebuild is a pure function of what git records, so the split stage may not ask git for another
version. The base is therefore frozen into a folder that git tracks and the stage depends on:
`base.json`, which says where the assignments come from, and `assignments.parquet`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from tagledger import files, tables
from tagledger.errors import TagledgerError
from tagledger.params import SplitParams

FOLDER = Path("data/base")
NAME = "base.json"
_FORMAT = 1
_TOLERANCE = 1e-9
_MENDING = "`tagledger freeze` the version anew that split.base in params.yaml names"


@dataclass(frozen=True)
class Base:
    """Frozen assignments.

    Attributes
    ----------
    name
        The version or file that they come from, as `split.base` names it.
    ratios
        The ratios that they were made with.
    assignments
        Columns id and split.
    """

    name: str
    ratios: Mapping[str, float]
    assignments: pd.DataFrame


def freeze(base: Base, folder: Path = FOLDER) -> None:
    """Write a base, in place of an earlier one."""
    with files.replacing_folder(folder) as new:
        tables.write({new / tables.ASSIGNMENTS.name: base.assignments[["id", "split"]]})
        files.write_json(
            new / NAME, {"format": _FORMAT, "base": base.name, "ratios": dict(base.ratios)}
        )


def frozen_name(folder: Path = FOLDER) -> str | None:
    """What is frozen in a folder, as `split.base` names it; None for nothing."""
    if not (folder / NAME).exists():
        return None
    name = _about(folder).get("base")
    return None if name is None else str(name)


def _about(folder: Path) -> dict[str, Any]:
    return files.read_object(folder / NAME, hint=_MENDING)


def read_base(settings: SplitParams, folder: Path = FOLDER) -> Base | None:
    """The base that the parameters ask for; None when they ask for none.

    Raises
    ------
    TagledgerError
        Another base is frozen, or its ratios are not those of the parameters.
    """
    if settings.base is None:
        return None
    name = frozen_name(folder)
    if name != settings.base:
        held = f"is {name}" if name else "is empty"
        raise TagledgerError(
            f"split.base is {settings.base}, but what is frozen in {folder} {held}",
            where="params.yaml, split.base",
            hint=f"run `tagledger freeze {settings.base}`, then `dvc repro`",
        )
    try:
        found = dict(_about(folder)["ratios"]).items()
        ratios = {str(name): float(value) for name, value in found}
    except (KeyError, TypeError, ValueError) as error:
        raise TagledgerError(
            "there are no ratios that the base was split by",
            where=folder / NAME,
            hint=_MENDING,
        ) from error
    same = ratios.keys() == settings.ratios.keys() and all(
        abs(ratios[name] - value) < _TOLERANCE for name, value in settings.ratios.items()
    )
    if not same:
        shown = ", ".join(f"{name}: {value:g}" for name, value in ratios.items())
        raise TagledgerError(
            f"split.ratios changed, but the base {settings.base} was split by {{{shown}}}",
            where="params.yaml, split.ratios",
            hint="put those ratios back, or start a new lineage with `base: null`: every item is "
            "split anew, and scores on the new test set do not compare with earlier ones",
        )
    return Base(settings.base, ratios, tables.read(folder / tables.ASSIGNMENTS.name))


def torn_groups(items: pd.DataFrame, base: Base | None) -> pd.Index:
    """The groups of which the base has members in several splits.

    Parameters
    ----------
    items
        Columns id and group.
    base
        The frozen assignments, if any.
    """
    if base is None:
        return pd.Index([])
    held = items[["id", "group"]].merge(base.assignments[["id", "split"]], on="id")
    splits = held.groupby("group")["split"].nunique()
    torn: pd.Index = splits[splits > 1].index
    return torn
