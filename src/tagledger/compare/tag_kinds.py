"""Why a version has a tag that the other lacks: one kind for each such tag, each with its words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tagledger.compare.aligned import Aligned
from tagledger.compare.overlay import HIDES
from tagledger.compare.renames import STRAY, Rename

KINDS: dict[str, tuple[str, str]] = {
    "new": ("is new in the source", "are new in the source"),
    "gone": ("is gone from the source", "are gone from the source"),
    "retired": ("was retired", "were retired"),
    "restored": ("is there again, which was retired", "are there again, which were retired"),
    "rose": ("rose above the threshold", "rose above the threshold"),
    "sank": ("sank below the threshold", "sank below the threshold"),
    "joined": ("joined the taxonomy or a list", "joined the taxonomy or a list"),
    "left": ("left the taxonomy or a list", "left the taxonomy or a list"),
    "renamed": ("was renamed, merged or split", "were renamed, merged or split"),
    "shown": (
        "is kept by a decision that is not on record",
        "are kept by decisions that are not on record",
    ),
    "hidden": (
        "is no longer kept, by a decision that is not on record",
        "are no longer kept, by decisions that are not on record",
    ),
}
# The kinds of tags that B alone shows, and that A alone shows; renamed tags are of neither.
COME = ("new", "restored", "rose", "joined", "shown")
GONE = ("gone", "retired", "sank", "left", "hidden")
# By whether B shows the tag, and the cause by which the other version's filter hides it.
_CROSSED = {
    (True, "threshold"): "rose",
    (False, "threshold"): "sank",
    (True, "taxonomy_or_list"): "joined",
    (False, "taxonomy_or_list"): "left",
    (True, None): "shown",
    (False, None): "hidden",
}


def tag_kinds(
    both: Aligned,
    clean: Aligned,
    renames: Sequence[Rename],
    decisions_a: pd.DataFrame,
    decisions_b: pd.DataFrame,
    *,
    retired: Collection[str] = (),
) -> list[str]:
    """The kind of each tag of the layer that one version alone shows; "" for the other tags.

    Parameters
    ----------
    both, clean
        The labels of the layer, and those before the filter.
    renames
        As `compare` found them.
    decisions_a, decisions_b
        Columns tag and decision of the filter.
    retired
        Tags that people retired in one of the versions alone.

    Returns
    -------
    list of str
        One for each of `both.tags`.

    Notes
    -----
    A tag is renamed if it is gone or new but for a tenth of its items, as an old or a new tag of a
    rename of which the other version shows a tag. If the other version's filter hides those, the
    tag crossed the threshold or a list under its other name.
    """
    in_a, in_b = (_counts(both, side) > 0 for side in "ab")
    sources = [dict(zip(clean.tags, _counts(clean, side).tolist(), strict=True)) for side in "ab"]
    decided = [_decided(frame) for frame in (decisions_a, decisions_b)]
    shown = [
        {tag for tag, is_in in zip(both.tags, side, strict=True) if is_in} for side in (in_a, in_b)
    ]
    other_names = [
        {tag: rename.after for rename in renames for tag in rename.before},
        {tag: rename.before for rename in renames for tag in rename.after},
    ]
    kinds = []
    for tag, has_a, has_b in zip(both.tags, in_a.tolist(), in_b.tolist(), strict=True):
        if has_a == has_b:
            kinds.append("")
            continue
        here, there = (1, 0) if has_b else (0, 1)
        left = sources[there].get(tag, 0)
        names = other_names[here].get(tag, ())
        if names and left <= STRAY * sources[here].get(tag, 0):
            hides = {decided[there].get(name) for name in names if sources[there].get(name)}
            cause = min(filter(None, (HIDES.get(each or "") for each in hides)), default=None)
            if not cause or shown[there] & {*names}:
                kinds.append("renamed")
            else:
                kinds.append(_CROSSED[has_b, cause])
        elif not left:
            kinds.append(_without(tag, retired, come=has_b))
        else:
            kinds.append(_CROSSED[has_b, HIDES.get(decided[there].get(tag, ""))])
    return kinds


def _without(tag: str, retired: Collection[str], *, come: bool) -> str:
    """The kind of a tag that the labels before the filter have in one version alone."""
    if tag in retired:
        return "restored" if come else "retired"
    return "new" if come else "gone"


def unseen(
    both: Aligned, clean: Aligned, renames: Sequence[Rename], retired: Collection[str] = ()
) -> pd.DataFrame:
    """Tags that came or went before the filter, and that the layer shows in no version.

    Returns
    -------
    DataFrame
        Columns tag, kind (new, gone, retired or restored) and count (items of the version that has
        it), most items first; without the tags of renames.
    """
    a, b = _counts(clean, "a"), _counts(clean, "b")
    names = np.array(clean.tags, object)
    explained = {tag for one in renames for tag in (*one.before, *one.after)} | {*both.tags}
    chosen = [
        column
        for column in np.flatnonzero((a > 0) != (b > 0)).tolist()
        if names[column] not in explained
    ]
    count = np.maximum(a, b)[chosen]
    table = pd.DataFrame(
        {
            "tag": pd.Series(names[chosen], dtype="str"),
            "kind": pd.Series(
                [_without(names[column], retired, come=not a[column]) for column in chosen],
                dtype="str",
            ),
            "count": count,
        }
    )
    return table.take(np.argsort(-count, kind="stable")).reset_index(drop=True)


def _counts(labels: Aligned, side: str) -> NDArray[np.int64]:
    matrix = labels.a if side == "a" else labels.b
    return np.bincount(matrix.indices, minlength=len(labels.tags))


def _decided(decisions: pd.DataFrame) -> Mapping[str, str]:
    return dict(zip(decisions["tag"], decisions["decision"], strict=True))
