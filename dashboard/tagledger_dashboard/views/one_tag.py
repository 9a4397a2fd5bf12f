"""One tag: its history, the tags used with it, and its items."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd
import scipy.sparse as sp
from numpy.typing import NDArray

from tagledger.labels import Indicator
from tagledger.titles import shown_titles
from tagledger.words import count, number, percent
from tagledger_dashboard.theme import Palette
from tagledger_dashboard.views import origins, versus
from tagledger_dashboard.views.figure import (
    Figure,
    counts_axis,
    height,
    latest,
    limited,
    names_axis,
)

PARTNERS = 12
_VERSIONS = 60
DECISIONS = {
    "kept": "kept",
    "excluded": "excluded by a list",
    "below_threshold": "below the threshold",
    "not_in_taxonomy": "not in the taxonomy",
    "absent": "not used",
}


def history(decided: pd.DataFrame, tag: str, palette: Palette, target: str | None = None) -> Figure:
    """The number of items of a tag in all versions, and the decisions of the filter.

    Parameters
    ----------
    decided
        From the oldest version to the newest, one row per tag: version, date (text), items (of
        the version, before the filter), source (empty where it is not on record; the column
        may be missing where there is one source), tag, count, decision.
    tag
        The tag.
    palette
        Colours.
    target
        The version that the title is about; by default the newest.
    """
    if "source" not in decided:
        decided = decided.assign(source="")
    versions = decided.drop_duplicates("version")[["version", "date", "items", "source"]]
    shown = latest(versions["version"].tolist(), _VERSIONS, keep=[target] if target else ())
    versions = versions.iloc[shown].assign(source=lambda some: some["source"].map(origins.named))
    own = decided.loc[decided["tag"] == tag, ["version", "count", "decision"]]
    data = versions.merge(own, on="version", how="left")
    data["count"] = data["count"].fillna(0).astype(np.int64)
    data["decision"] = data["decision"].fillna("absent")
    data["state"] = data["decision"].map(DECISIONS)
    data["is_kept"] = data["decision"] == "kept"
    data["share"] = data["count"] / data["items"]
    if not (data["decision"] != "absent").any():
        return Figure(f"No version here has {tag}")
    names = list(data["version"])
    base = alt.Chart(limited(data)).encode(
        x=alt.X(
            "version",
            sort=names,
            axis=alt.Axis(
                title=None,
                labelAngle=0 if len(names) <= 6 else -40,
                labelOverlap=True,
                labelFlush=False,
            ),
        ),
        y=alt.Y("count", axis=counts_axis("items"), scale=alt.Scale(zero=True)),
        tooltip=[
            alt.Tooltip("version"),
            alt.Tooltip("date"),
            alt.Tooltip("source"),
            alt.Tooltip("count", title="items", format=","),
            alt.Tooltip("share", title="share of items", format=".2%"),
            alt.Tooltip("state", title="filter"),
        ],
    )
    drawn = origins.lines(base, data["source"].tolist(), "is_kept", palette)
    several = data["source"].nunique()
    return Figure(
        _story(_until(data, target), tag),
        alt.layer(*drawn).properties(height=200 + (several > 1) * 24 * several),
        "items before the filter; a filled dot: the filter kept the tag; a hollow dot: it did not",
        data,
    )


def _until(data: pd.DataFrame, target: str | None) -> pd.DataFrame:
    """The versions up to the target that have the same source."""
    rows = np.flatnonzero(data["version"] == target)
    end = int(rows[0]) if len(rows) else len(data) - 1
    until = data.iloc[: end + 1]
    own: pd.DataFrame = until[until["source"] == until["source"].iloc[-1]]
    return own


def _story(data: pd.DataFrame, tag: str) -> str:
    last = data.iloc[-1]
    now = f"{tag} is on {count(int(last['count']), 'item')} of {last['version']}"
    state = f"{now}, {last['state']}" if last["decision"] != "kept" else now
    there = data[data["decision"] != "absent"]
    first = there.iloc[0]
    if len(there) == 1 and first["version"] == last["version"]:
        return f"{state}; no earlier version has it" if len(data) > 1 else state
    if first["version"] == last["version"]:
        return state
    return f"{state}; it was on {number(int(first['count']))} of {first['version']}"


def partners(matrix: Indicator, tag: str) -> pd.DataFrame:
    """The tags that occur with a tag, those with most items first.

    Returns
    -------
    DataFrame
        Columns tag, items (that have both tags), share (of the items of the given tag), overall
        (of all items), lift (share over overall).
    """
    rows = rows_with(matrix, tag)
    beside = np.bincount(matrix.matrix[rows].indices, minlength=len(matrix.tags))
    beside[matrix.tags == tag] = 0
    order = np.lexsort((np.arange(len(beside)), -beside))
    order = order[beside[order] > 0]
    overall = matrix.counts[order] / max(len(matrix.ids), 1)
    share = beside[order] / max(len(rows), 1)
    return pd.DataFrame(
        {
            "tag": pd.Series(matrix.tags[order], dtype="str"),
            "items": beside[order],
            "share": share,
            "overall": overall,
            "lift": share / overall,
        }
    )


def rows_with(matrix: Indicator, tag: str) -> NDArray[np.int64]:
    """Rows of the items that have a tag; none if the matrix lacks the tag."""
    column = np.flatnonzero(matrix.tags == tag)
    if not len(column):
        return np.empty(0, np.int64)
    row: NDArray[np.int64] = np.repeat(np.arange(len(matrix.ids)), matrix.lengths)
    having: NDArray[np.int64] = row[matrix.matrix.indices == column[0]]
    return having


def together(matrix: Indicator, tag: str, palette: Palette) -> Figure:
    """How often other tags occur with a tag, compared with all items."""
    data = partners(matrix, tag).head(PARTNERS)
    if data.empty:
        return Figure(f"No item with {tag} has another tag")
    top = data.iloc[0]
    base = alt.Chart(limited(data)).encode(
        y=alt.Y("tag", sort=list(data["tag"]), axis=names_axis()),
        tooltip=[
            alt.Tooltip("tag"),
            alt.Tooltip("items", title="items with both", format=","),
            alt.Tooltip("share", title=f"of the items with {tag}", format=".1%"),
            alt.Tooltip("overall", title="of all items", format=".1%"),
            alt.Tooltip("lift", title="times as often as on all items", format=".1f"),
        ],
    )
    bars = base.mark_bar(color=palette.target, cornerRadiusEnd=2).encode(
        x=alt.X("share", axis=versus.shares_axis("share of its items"))
    )
    ticks = base.mark_tick(color=palette.text, thickness=2).encode(x="overall")
    return Figure(
        f"{percent(top['share'])} of the items with {tag} have {top['tag']} too",
        alt.layer(bars, ticks).properties(height=height(len(data), 24)),
        "short line: share of all items that have the tag",
        data,
    )


def listing(
    items: pd.DataFrame, matrix: Indicator, rows: NDArray[np.int64], assignments: pd.DataFrame
) -> pd.DataFrame:
    """Items for people: id, title, tags (lists), and split where an item has one.

    Parameters
    ----------
    items
        Columns id, title and description, at least the items asked for.
    matrix
        The labels.
    rows
        The rows of `matrix` to list.
    assignments
        Columns id and split.
    """
    ids = pd.Index(matrix.ids[rows])
    positions = pd.Index(items["id"]).get_indexer(ids)
    own = sp.csr_array(matrix.matrix[rows])
    tags = np.empty(len(rows), dtype=object)
    for row, (start, end) in enumerate(zip(own.indptr[:-1], own.indptr[1:], strict=True)):
        tags[row] = matrix.tags[own.indices[start:end]].tolist()
    split = assignments.set_index("id")["split"].reindex(ids).fillna("")
    table = pd.DataFrame(
        {
            "id": matrix.ids[rows],
            "title": shown_titles(items, positions).to_numpy(),
            "tags": tags,
            "split": split.to_numpy(),
        }
    )
    return table if (table["split"] != "").any() else table.drop(columns="split")
