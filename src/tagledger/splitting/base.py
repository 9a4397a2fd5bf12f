"""The base of a split: assignments of an earlier version that stay as they were.

A rebuild is a pure function of what git records, so the split stage may not ask git for another
version. The base is therefore frozen into a folder that the stage depends on: `base.json`, which
says where the assignments come from, and `assignments.parquet`. Git tracks both; DVC keeps a large
table, and git the .dvc file beside it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagledger import documents, files, tables
from tagledger.errors import TagledgerError
from tagledger.params import SplitParams

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

FOLDER = Path("data/base")
NAME = "base.json"
_FORMAT = 1
_TOLERANCE = 1e-9
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,18}")
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
        documents.write_json(
            new / NAME, {"format": _FORMAT, "base": base.name, "ratios": dict(base.ratios)}
        )


def frozen_name(folder: Path = FOLDER) -> str | None:
    """What is frozen in a folder, as `split.base` names it; None for nothing."""
    if not (folder / NAME).exists():
        return None
    name = _about(folder).get("base")
    return None if name is None else str(name)


def _about(folder: Path) -> dict[str, Any]:
    return documents.read_object(folder / NAME, hint=_MENDING)


def read_base(settings: SplitParams, folder: Path = FOLDER) -> Base | None:
    """The base that the parameters ask for; None when they ask for none.

    Raises
    ------
    TagledgerError
        Another base is frozen, its ratios are not those of the parameters, or what is frozen is not
        one split of these for each id.
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
        split_by = dict(_about(folder)["ratios"])
        ratios = {str(name): float(value) for name, value in split_by.items()}
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
            "split anew, and scores on the new test split do not compare with earlier ones",
        )
    frozen = tables.read(folder / tables.ASSIGNMENTS.name)
    for words, wrong in faults(frozen, ratios).items():
        if wrong.any():
            raise TagledgerError(
                f"{int(wrong.sum())} of {len(frozen)} rows of the base {settings.base} {words}",
                where=folder / tables.ASSIGNMENTS.name,
                hint=f"freeze it anew with `tagledger freeze {settings.base}`, then `dvc repro`",
            )
    return Base(settings.base, ratios, frozen)


def faults(assignments: pd.DataFrame, splits: Mapping[str, float]) -> dict[str, NDArray[np.bool_]]:
    """What a base must not have, and the rows that have it.

    Parameters
    ----------
    assignments
        Columns id and split.
    splits
        The splits that there are, by name.

    Returns
    -------
    dict
        Each fault in words, as of rows, and an array of shape (rows,).
    """
    ids, names = assignments["id"], assignments["split"]
    missing = ids.isna().to_numpy(bool)
    return {
        "have no id": missing,
        "have an id that another row has too": ids.duplicated(keep=False).to_numpy(bool) & ~missing,
        f"have no split of split.ratios ({', '.join(splits)})": ~names.isin(splits).to_numpy(bool),
    }


def of_kind(base: Base, ids: pd.Series) -> Base:
    """A base with ids of the items' kind: the integer 7 is the text "7", and no other text is.

    Parameters
    ----------
    base
        The frozen assignments; an item that is no more may be among them.
    ids
        The items' ids, integers or text.

    Raises
    ------
    TagledgerError
        The base's ids are of the other kind, and are no ids of such items.
    """
    import numpy as np
    import pandas as pd

    held = base.assignments["id"]
    if not len(held) or pd.api.types.is_integer_dtype(held) == pd.api.types.is_integer_dtype(ids):
        return base
    as_text = held.astype("str")
    if pd.api.types.is_integer_dtype(ids):
        wrong = [text for text in as_text if not _is_integer(text)]
    else:
        wrong = [] if as_text.isin(ids).any() else as_text.tolist()
    if len(wrong):
        raise TagledgerError(
            f"the ids of the base {base.name} are of another kind than those of the items: "
            f"{', '.join(map(repr, wrong[:3]))} beside {ids.tolist()[0]!r}",
            where="params.yaml, split.base",
            hint="freeze a base with the ids of these items, or start a new lineage with "
            "`base: null`",
        )
    converted = as_text.map(int).astype(np.int64) if pd.api.types.is_integer_dtype(ids) else as_text
    return replace(base, assignments=base.assignments.assign(id=converted))


def _is_integer(text: str) -> bool:
    """Whether it is how a 64-bit integer is written: not 007, 7.0 or 1e5."""
    return bool(_INTEGER.fullmatch(text)) and -(2**63) <= int(text) < 2**63


def torn_groups(items: pd.DataFrame, base: Base | None) -> pd.Index:
    """The groups of which the base has members in several splits.

    Parameters
    ----------
    items
        Columns id and group.
    base
        The frozen assignments, if any.
    """
    import pandas as pd

    if base is None:
        return pd.Index([])
    held = items[["id", "group"]].merge(base.assignments[["id", "split"]], on="id")
    splits = held.groupby("group")["split"].nunique()
    torn: pd.Index = splits[splits > 1].index
    return torn
