"""What may be wrong with a version: rows set aside, and items with the same text."""

from __future__ import annotations

import altair as alt
import numpy as np
import orjson
import pandas as pd
import pyarrow as pa

from tagledger.cleaning.chains import least_similarities
from tagledger.cleaning.grams import whole_texts
from tagledger.titles import shown_titles
from tagledger.words import count, number, percent
from tagledger_dashboard.theme import Palette
from tagledger_dashboard.views.figure import Figure, counts_axis, height, limited, names_axis

REASONS = 15
CHAINED = 0.5
"""Groups of a lower least similarity are named: most of what two of their items say differs."""


def set_aside(base: pd.DataFrame, target: pd.DataFrame, rows: int, palette: Palette) -> Figure:
    """How many rows were set aside for each reason, in the target and in the base.

    Parameters
    ----------
    base, target
        Tables `quarantine` of both versions: a column reason.
    rows
        Rows of the target's source; 0 if that is not known.
    palette
        Colours.
    """
    before, after = (table["reason"].value_counts() for table in (base, target))
    reasons = before.add(after, fill_value=0).sort_values(ascending=False).index[:REASONS]
    if reasons.empty:
        return Figure("No row was set aside: every row of the source was used")
    data = pd.DataFrame(
        {
            "reason": reasons.astype("str"),
            "before": before.reindex(reasons, fill_value=0).to_numpy(np.int64),
            "rows": after.reindex(reasons, fill_value=0).to_numpy(np.int64),
        }
    )
    share = f", {percent(len(target) / rows, 2)} of the source" if rows else ""
    title = (
        f"{count(len(target), 'row was', 'rows were')} set aside{share}; {number(len(base))} before"
    )
    axis = names_axis(labelLimit=280)
    both = alt.Chart(limited(data)).encode(
        y=alt.Y("reason", sort=list(data["reason"]), axis=axis),
        tooltip=[
            alt.Tooltip("reason"),
            alt.Tooltip("rows", title="rows now", format=","),
            alt.Tooltip("before", title="rows before", format=","),
        ],
    )
    bars = both.mark_bar(color=palette.target).encode(
        x=alt.X("rows", axis=counts_axis("rows set aside"))
    )
    ticks = both.mark_tick(color=palette.text, thickness=3, size=18).encode(x="before")
    chart = alt.layer(bars, ticks).properties(height=height(len(data), 30))
    return Figure(title, chart, "upright line: rows before", data)


def record(text: str) -> str:
    """A source row of the table `quarantine` as indented JSON."""
    return orjson.dumps(orjson.loads(text), option=orjson.OPT_INDENT_2).decode()


def groups(items: pd.DataFrame, labels: pd.DataFrame, assignments: pd.DataFrame) -> pd.DataFrame:
    """Groups of items with the same or nearly the same text, the largest first.

    Parameters
    ----------
    items
        Columns id, title, description and group.
    labels
        Columns id and tag.
    assignments
        Columns id and split; no rows where the version has none.

    Returns
    -------
    DataFrame
        group, title (of its first item), size, least (Jaccard similarity of its two least alike
        items, see `least_similarities`), ids (list), tags_differ (whether its items have
        different labelsets), splits (text).
    """
    sizes = items["group"].value_counts()
    members = items[items["group"].isin(sizes.index[sizes > 1])]
    own = labels[labels["id"].isin(members["id"])].sort_values(["id", "tag"])
    labelset = own.groupby("id")["tag"].agg(lambda tags: " ".join(f"<{tag}>" for tag in tags))
    split = assignments.set_index("id")["split"] if len(assignments) else pd.Series(dtype="str")
    described = members.assign(
        labelset=members["id"].map(labelset).fillna(""),
        split=members["id"].map(split),
        title=shown_titles(members),
    )
    grouped = described.groupby("group", sort=True)
    table = pd.DataFrame(
        {
            "title": grouped["title"].first(),
            "size": grouped.size(),
            "least": least_similarities(_texts(members), members["group"].factorize(sort=True)[0]),
            "ids": grouped["id"].agg(list),
            "tags_differ": grouped["labelset"].nunique().gt(1),
            "splits": grouped["split"].agg(lambda names: ", ".join(sorted(set(names.dropna())))),
        }
    ).reset_index()
    return table.sort_values(["size", "group"], ascending=[False, True], ignore_index=True)


def _texts(items: pd.DataFrame) -> pa.Array | pa.ChunkedArray:
    """The whole text of each item, empty where there is none."""
    title, description = (
        pa.array(items[name].astype("str").fillna(""), pa.large_string())
        for name in ("title", "description")
    )
    return whole_texts(title, description)


def groups_finding(groups: pd.DataFrame, items: int) -> str:
    """The groups in a sentence; they are from `groups`."""
    if groups.empty:
        return "No two items have the same or nearly the same text"
    inside, differ = int(groups["size"].sum()), int(groups["tags_differ"].sum())
    text = (
        f"{count(inside, 'item')} ({percent(inside / items, 1)}) are in "
        f"{count(len(groups), 'group')} of nearly the same text; the largest group has "
        f"{count(int(groups['size'].max()), 'item')}"
    )
    text += f"; in {count(differ, 'group')} the labels differ" if differ else ""
    worst = int(groups["least"].argmin())
    least, size = float(groups["least"].iloc[worst]), int(groups["size"].iloc[worst])
    if least >= CHAINED:
        return text
    return (
        f"{text}. In a group of {number(size)}, two items share only {percent(least)} of their "
        "words and pairs of words; clean.near_duplicate_chain limits that"
    )


def members(group: object, items: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """The items of a group: id, tags (list), title where any has one, description."""
    own = items[items["group"] == group]
    tags = labels[labels["id"].isin(own["id"])]
    by_item = tags.groupby("id")["tag"].agg(lambda some: sorted(map(str, some)))
    table = pd.DataFrame(
        {
            "id": own["id"],
            "tags": [by_item.get(item, []) for item in own["id"]],
            "title": shown_titles(own),
            "description": own["description"],
        }
    ).reset_index(drop=True)
    # The whole text is there, so the start of a text in place of a title would be of no use.
    return table if (own["title"] != "").any() else table.drop(columns="title")
