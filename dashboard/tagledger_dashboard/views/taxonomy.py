"""The taxonomy as a tree with numbers of items, and broader tags that items lack."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp
from numpy.typing import NDArray

from tagledger.labels import Indicator
from tagledger.measures.what_if import Broadened, MissingParents
from tagledger.words import count, number, percent
from tagledger_dashboard.views.one_tag import rows_with

_DEEPER = "\u2003"
_BRANCH = "└ "


@dataclass(frozen=True)
class Tree:
    """A taxonomy as rows.

    Attributes
    ----------
    rows
        From the roots down: tag, name (indented by depth), depth, items (that have the tag
        itself), with_narrower (that have it or a narrower one), narrower (number of tags next
        below). Families with most items come first. A tag with two parents is under both, and its
        narrower tags are under the first one only.
    title
        The finding.
    """

    rows: pd.DataFrame
    title: str


def tree(taxonomy: pd.DataFrame, broadened: Broadened) -> Tree:
    """The taxonomy with the counts of one version.

    Parameters
    ----------
    taxonomy
        Columns tag and parents.
    broadened
        The labels and the broader tags that they imply.
    """
    own, with_narrower = _counts(broadened)
    parents = dict(zip(taxonomy["tag"], taxonomy["parents"], strict=True))
    names = {*parents, *(parent for above in parents.values() for parent in above)}
    below: dict[str, list[str]] = {name: [] for name in names}
    for tag, above in parents.items():
        for parent in above:
            below[parent].append(tag)

    def ordered(tags: list[str]) -> list[str]:
        return sorted(tags, key=lambda tag: (-with_narrower.get(tag, 0), tag))

    roots = [tag for tag in names if not len(parents.get(tag, ()))]
    # Families come first: single tags would hide the shape of the tree.
    families = ordered([tag for tag in roots if below[tag]])
    single = ordered([tag for tag in roots if not below[tag]])
    rows: list[tuple[str, int]] = []
    opened: set[str] = set()
    stack = [(tag, 0) for tag in reversed([*families, *single])]
    while stack:
        tag, depth = stack.pop()
        rows.append((tag, depth))
        if tag not in opened:
            opened.add(tag)
            stack += [(child, depth + 1) for child in reversed(ordered(below[tag]))]
    frame = pd.DataFrame(
        {
            "tag": pd.Series([tag for tag, _ in rows], dtype="str"),
            "name": [_DEEPER * depth + (_BRANCH if depth else "") + tag for tag, depth in rows],
            "depth": [depth for _, depth in rows],
            "items": [own.get(tag, 0) for tag, _ in rows],
            "with_narrower": [with_narrower.get(tag, 0) for tag, _ in rows],
            "narrower": [len(below[tag]) for tag, _ in rows],
        }
    )
    return Tree(frame, _tree_finding(len(names), families, own, with_narrower))


def _counts(broadened: Broadened) -> tuple[dict[str, int], dict[str, int]]:
    """Items by tag: with the tag itself; with it or a narrower one."""

    def per_tag(of: sp.csr_array) -> dict[str, int]:
        counts = np.bincount(of.indices, minlength=len(broadened.names)).tolist()
        return dict(zip(broadened.names, counts, strict=True))

    return per_tag(broadened.own), per_tag((broadened.own + broadened.implied).tocsr())


def _tree_finding(
    tags: int, families: list[str], own: dict[str, int], with_narrower: dict[str, int]
) -> str:
    if not tags:
        return "This version has no taxonomy"
    if not families:
        return f"None of {count(tags, 'tag')} has a broader tag"
    top = families[0]
    unlabelled = with_narrower.get(top, 0) - own.get(top, 0)
    text = f"{count(len(families), 'family', 'families')} of tags; the largest is {top}, on "
    text += count(with_narrower.get(top, 0), "item")
    return (
        f"{text}, {number(unlabelled)} of them only through narrower tags" if unlabelled else text
    )


def missing_finding(missing: MissingParents, *, layer: str) -> str:
    """The missing broader tags in a sentence."""
    if not missing.labels:
        return f"Every item of the {layer} layer has the broader tags of its tags"
    top = missing.pairs.iloc[0]
    share = percent(top["missing"] / top["items"])
    return (
        f"{count(missing.items, 'item lacks', 'items lack')} "
        f"{count(missing.labels, 'broader tag')}; most often {top['parent']} is missing: {share} "
        f"of the items with {top['tag']} lack it"
    )


def missing_table(missing: MissingParents) -> pd.DataFrame:
    """Columns tag, parent, missing, items, share: one row per tag and broader tag."""
    pairs = missing.pairs
    return pairs[["tag", "parent", "missing", "items"]].assign(
        share=pairs["missing"] / pairs["items"]
    )


def lacking(matrix: Indicator, tag: str, parent: str) -> NDArray[np.int64]:
    """Rows of the items that have `tag` and lack `parent`."""
    rows: NDArray[np.int64] = np.setdiff1d(rows_with(matrix, tag), rows_with(matrix, parent))
    return rows
