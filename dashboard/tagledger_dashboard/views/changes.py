"""Labels that were gained and lost: by tag and cause, by item, and by version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from tagledger.compare.cause_table import CAUSES
from tagledger.compare.compare import Comparison
from tagledger.words import count, listed, number
from tagledger_dashboard.theme import Palette
from tagledger_dashboard.views import causes
from tagledger_dashboard.views.figure import Figure, counts_axis, height, limited, names_axis

ROWS = 20
DIRECTIONS = ("gained", "lost")
ITEMS: dict[str, str] = {
    "kept": "kept items",
    "came": "added items",
    "left": "removed items",
}


@dataclass(frozen=True)
class Wanted:
    """Which changes to show; an empty choice means all, but renamed labels only if asked for.

    Attributes
    ----------
    causes, tags
        Names.
    direction
        gained or lost.
    items
        kept, came or left.
    people, campaigns
        Names of those behind a change, of whom one is enough.
    """

    causes: Sequence[str] = ()
    tags: Sequence[str] = ()
    direction: str | None = None
    items: str | None = None
    people: Sequence[str] = ()
    campaigns: Sequence[str] = ()


def select(changes: pd.DataFrame, wanted: Wanted) -> pd.DataFrame:
    """The changes that fit a choice, in the same order.

    Parameters
    ----------
    changes
        `Comparison.changes`; where people are behind some of them, with the columns of
        `Comparison.behind`.
    wanted
        The choice.
    """
    # Renames have a chart of their own: hundreds of renamed labels would hide all other changes.
    keep = changes["cause"].ne("renamed")
    if wanted.causes:
        keep = changes["cause"].isin(list(wanted.causes))
    if wanted.tags:
        keep &= changes["tag"].isin(list(wanted.tags))
    if wanted.direction:
        keep &= changes["change"].eq(wanted.direction)
    if wanted.items:
        keep &= changes["items"].eq(wanted.items)
    for column, names in (("by", wanted.people), ("campaigns", wanted.campaigns)):
        if names:
            keep &= _has_one(changes[column], names)
    return changes[keep].reset_index(drop=True)


def _has_one(texts: pd.Series, names: Sequence[str]) -> pd.Series:
    """Whether each list of names, with commas between them, has one of some names."""
    some = {text for text in texts.unique() if {*text.split(", ")} & {*names}}
    return texts.isin(some)


def by_tag(changes: pd.DataFrame) -> pd.DataFrame:
    """Columns tag, gained, lost, net, cause (the most frequent), most changed first."""
    sizes = pd.crosstab(changes["tag"], changes["change"])
    sizes = sizes.reindex(columns=list(DIRECTIONS), fill_value=0)
    main = changes.groupby(["tag", "cause"], observed=True).size().rename("labels").reset_index()
    main = main.sort_values(["labels", "cause"], ascending=[False, True]).drop_duplicates("tag")
    cause_of = main.set_index("tag")["cause"].astype("str").map(causes.NAMES)
    table = pd.DataFrame(
        {
            "tag": sizes.index.astype("str"),
            "gained": sizes["gained"].to_numpy(np.int64),
            "lost": sizes["lost"].to_numpy(np.int64),
        }
    )
    table = table.assign(
        net=table["gained"] - table["lost"], cause=table["tag"].map(cause_of).astype("str")
    )
    order = (table["gained"] + table["lost"]).sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index(drop=True)


def chart(changes: pd.DataFrame, palette: Palette, rows: int = ROWS) -> Figure:
    """Labels gained (right) and lost (left) by tag, divided by cause."""
    if changes.empty:
        return Figure("No label change fits these filters")
    tags = by_tag(changes)
    shown = tags.head(rows)
    data = (
        changes[changes["tag"].isin(shown["tag"])]
        .groupby(["tag", "change", "cause"], observed=True)
        .size()
        .rename("labels")
        .reset_index()
        .astype({"tag": "str", "change": "str", "cause": "str"})
    )
    data = data.assign(
        name=data["cause"].map(causes.NAMES),
        meaning=data["cause"].map(CAUSES),
        position=data["cause"].map(list(CAUSES).index),
        signed=np.where(data["change"] == "lost", -data["labels"], data["labels"]),
    )
    present = [cause for cause in CAUSES if cause in set(data["cause"])]
    bars = (
        alt.Chart(limited(data))
        .mark_bar(stroke=palette.ground, strokeWidth=1)
        .encode(
            y=alt.Y("tag", sort=list(shown["tag"]), axis=names_axis()),
            x=alt.X("signed", stack="zero", axis=counts_axis("labels lost ← 0 → labels gained")),
            color=causes.colour(present, palette),
            order=alt.Order("position"),
            tooltip=[
                alt.Tooltip("tag"),
                alt.Tooltip("change"),
                alt.Tooltip("labels", format=","),
                alt.Tooltip("name", title="cause"),
                alt.Tooltip("meaning"),
            ],
        )
    )
    zero = alt.Chart(pd.DataFrame({"x": [0]})).mark_rule(color=palette.text).encode(x="x")
    top = tags.iloc[0]
    note = (
        f"the {number(len(shown))} most changed of {count(len(tags), 'tag')}"
        if len(tags) > rows
        else ""
    )
    return Figure(
        f"{top['tag']} changed most: {number(top['gained'])} gained, {number(top['lost'])} lost",
        (bars + zero).properties(height=height(len(shown), 24, legend=len(present))),
        note,
        data,
    )


def relabelled(comparison: Comparison, changes: pd.DataFrame) -> pd.DataFrame:
    """Each relabelled item among some changes, those with most changes first.

    Parameters
    ----------
    comparison
        The comparison.
    changes
        Rows of `comparison.changes` with a column version; those of added and removed items are
        left out.

    Returns
    -------
    DataFrame
        id, title, lost, gained (lists of tags), causes, version (text), kept (list of tags); where
        people are behind some changes, people (text), too.
    """
    # An item with renamed labels only is not relabelled.
    some = changes[changes["items"].eq("kept") & changes["id"].isin(comparison.relabelled["id"])]
    ids = pd.Index(some["id"].unique())
    items = comparison.relabelled
    items = items[items["id"].isin(ids)].set_index("id")
    kept = comparison.kept_labels[comparison.kept_labels["id"].isin(ids)]

    def lists(labels: pd.DataFrame) -> pd.Series:
        return _lists(labels["id"], labels["tag"].astype("str"), items.index)

    table = pd.DataFrame(
        {
            "id": items.index,
            "title": items["title"].to_numpy(),
            "lost": lists(some[some["change"] == "lost"]),
            "gained": lists(some[some["change"] == "gained"]),
            "causes": _names(some, some["cause"].astype("str").map(causes.NAMES), items.index),
            "version": _names(some, some["version"].astype("str"), items.index),
            "kept": lists(kept),
        }
    )
    if "by" in some:
        behind = some[some["by"] != ""]
        table.insert(5, "people", _names(behind, behind["by"], items.index))
    size = table["lost"].map(len) + table["gained"].map(len)
    return table.loc[size.sort_values(ascending=False, kind="stable").index].reset_index(drop=True)


def _lists(ids: pd.Series, values: pd.Series, wanted: pd.Index) -> pd.Series:
    """The values of each id as a list, empty where it has none; by position in `wanted`."""
    row = wanted.get_indexer(pd.Index(ids))
    order = np.lexsort((values.to_numpy(object), row))
    ends = np.cumsum(np.bincount(row, minlength=len(wanted)))[:-1]
    cells = np.empty(len(wanted), dtype=object)
    parts = np.split(values.to_numpy(object)[order], ends) if len(wanted) else []
    cells[:] = [part.tolist() for part in parts]
    return pd.Series(cells)


def _names(changes: pd.DataFrame, names: pd.Series, wanted: pd.Index) -> pd.Series:
    """The different names of each id as text."""
    pairs = pd.DataFrame({"id": changes["id"], "name": names.astype("str")}).drop_duplicates()
    return _lists(pairs["id"], pairs["name"], wanted).map(", ".join)


def summary(items: pd.DataFrame) -> str:
    """How many items were relabelled, and in which versions; `items` is from `relabelled`."""
    several = items["version"].str.contains(", ", regex=False)
    versions = items.loc[~several, "version"].value_counts()
    parts = [f"{number(size)} in {name}" for name, size in versions.items()]
    if several.any():
        parts.append(f"{number(int(several.sum()))} in more than one version")
    return f"{count(len(items), 'item')}: {listed(parts)}. Choose a row to see its history."
