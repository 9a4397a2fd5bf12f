"""Tags outside the taxonomy: which to add to it, and which may be aliases."""

from __future__ import annotations

import math

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tagledger.labels import Indicator, indicator
from tagledger.measures.aliases import TEXTS_ALIKE
from tagledger.measures.alike_names import IN_WORDS, Way
from tagledger.words import count, number
from tagledger_dashboard.theme import Palette
from tagledger_dashboard.views.figure import Figure, limited, names_axis
from tagledger_dashboard.views.over_time import periods

SHOWN = 500
ROWS = 25
RECENT = 6
_TICKS = 8
HOW_TO_READ = (
    "Each line has two reasons: how the names are alike, and what the items say. Texts alike: 0 is "
    f"chance, and 19 of 20 pairs of tags stay below {TEXTS_ALIKE}; empty where there are none to "
    "compare. Choose a line to see its items. To accept one, add it to the tag's aliases in the "
    "source's taxonomy; `clean.resolve_aliases: true` then makes each alias its tag."
)


def rising(
    labels: pd.DataFrame,
    items: pd.DataFrame,
    tags: pd.DataFrame,
    aliases: pd.DataFrame,
    before: pd.DataFrame,
) -> pd.DataFrame:
    """Tags outside the taxonomy, the fastest rising first.

    Parameters
    ----------
    labels
        Columns id and tag: the clean labels.
    items
        Columns id and created_on: the clean items.
    tags
        Columns tag, count, decision.
    aliases
        Which of them are probably other names, as `tagledger.measures.aliases.propose_aliases` has
        it.
    before
        Columns tag and count: of the base.

    Returns
    -------
    DataFrame
        At most `SHOWN` rows: tag, by_period (lists of items), items, recent and earlier (items of
        the last periods and of as many periods before), rise (of the tag's presence, in standard
        errors; where no item has a date, the items gained since the base), since_base, and of
        `aliases` alias_of and names (empty where nothing is proposed) and shared (nan there).

    Notes
    -----
    The rise is the z statistic of two pooled proportions, so a tag that rose from 2 to 9 items
    comes before one that rose from 60 to 66. Equal rises are sorted by items, then by name.
    """
    outside = tags[(tags["decision"] == "not_in_taxonomy") & (tags["count"] > 0)]
    matrix = indicator(labels, ids=items["id"], tags=[str(tag) for tag in outside["tag"]])
    by_period, all_items, _, _ = _by_period(matrix, items["created_on"])
    width = _window(by_period.shape[1])
    recent = by_period[:, -width:].sum(axis=1)
    earlier = by_period[:, -2 * width : -width].sum(axis=1)
    since = outside["count"].to_numpy() - (
        before.set_index("tag")["count"].reindex(outside["tag"]).fillna(0).to_numpy(np.int64)
    )
    dated = by_period.shape[1] > 1
    frame = pd.DataFrame(
        {
            "tag": pd.Series(matrix.tags, dtype="str"),
            "by_period": [row.tolist() for row in by_period],
            "items": outside["count"].to_numpy(),
            "recent": recent,
            "earlier": earlier,
            "rise": _rise(
                recent, earlier, all_items[-width:].sum(), all_items[-2 * width : -width].sum()
            )
            if dated
            else since.astype(np.float64),
            "since_base": since,
        }
    )
    frame = frame.sort_values(
        ["rise", "items", "tag"], ascending=[False, False, True], ignore_index=True
    ).head(SHOWN)
    evidence = aliases.set_index("tag")[["alias_of", "names", "shared"]]
    return frame.join(evidence, on="tag").fillna({"alias_of": "", "names": ""})


def alias_table(aliases: pd.DataFrame) -> pd.DataFrame:
    """What is proposed as a table; the alias that a name is like stands with the reason."""
    named = aliases["names"].where(
        (aliases["through"] == aliases["alias_of"]) | (aliases["through"] == aliases["tag"]),
        aliases["names"] + ": " + aliases["through"],
    )
    return aliases.assign(names=named).drop(columns="through")


def alias_finding(aliases: pd.DataFrame) -> str:
    """What is proposed, in one sentence."""
    if aliases.empty:
        return "No tag outside the taxonomy looks like another name of one of its tags"
    listed = int((aliases["names"] == IN_WORDS[Way.LISTED]).sum())
    proposed = len(aliases) - listed
    parts = []
    if proposed:
        are = "is" if proposed == 1 else "are"
        parts.append(f"{count(proposed, 'tag')} {are} probably another name of one of its tags")
    if listed:
        are = "is" if listed == 1 else "are"
        parts.append(f"{count(listed, 'tag')} {are} listed as an alias, and not resolved")
    return "Outside the taxonomy " + "; ".join(parts)


def _by_period(
    matrix: Indicator, created: pd.Series
) -> tuple[NDArray[np.int64], NDArray[np.int64], list[str], str]:
    """Items, shape (tags, periods); all items, shape (periods,); names of the periods; the unit."""
    bins, bin_of_item, unit = periods(created.reset_index(drop=True))
    per_label = np.repeat(bin_of_item, matrix.lengths)
    dated = per_label >= 0
    cell = matrix.matrix.indices[dated].astype(np.int64) * max(len(bins), 1) + per_label[dated]
    items = np.bincount(cell, minlength=len(matrix.tags) * len(bins))
    all_items = np.bincount(bin_of_item[bin_of_item >= 0], minlength=len(bins))
    return items.reshape(len(matrix.tags), len(bins)), all_items, [str(one) for one in bins], unit


def _window(periods: int) -> int:
    return min(RECENT, max(periods // 2, 1))


def _rise(
    recent: NDArray[np.int64], earlier: NDArray[np.int64], now: int, then: int
) -> NDArray[np.float64]:
    if not now or not then:
        return np.zeros(len(recent))
    pooled = (recent + earlier) / (now + then)
    error = np.sqrt(pooled * (1 - pooled) * (1 / now + 1 / then))
    gap = recent / now - earlier / then
    return np.asarray(np.divide(gap, error, out=np.zeros_like(gap), where=error > 0))


def months(
    labels: pd.DataFrame, items: pd.DataFrame, rows: pd.DataFrame, palette: Palette
) -> Figure:
    """Items of the fastest rising tags by month, as tiles.

    Parameters
    ----------
    labels, items
        As for `rising`.
    rows
        The result of `rising`.
    palette
        Colours.
    """
    top = rows.head(ROWS)
    if top.empty:
        return Figure("All tags are in the taxonomy, or the source has no taxonomy")
    matrix = indicator(labels, ids=items["id"], tags=[str(tag) for tag in top["tag"]])
    by_period, _, names, unit = _by_period(matrix, items["created_on"])
    if not names:
        return Figure(_undated_finding(rows))
    tag, period = np.nonzero(by_period)
    data = pd.DataFrame(
        {
            "tag": matrix.tags[tag],
            "period": np.array(names, dtype=object)[period],
            "items": by_period[tag, period],
        }
    )
    chart = (
        alt.Chart(limited(data))
        .mark_rect(stroke=palette.ground, strokeWidth=1)
        .encode(
            x=alt.X(
                "period:O",
                sort=names,
                scale=alt.Scale(domain=names),
                axis=alt.Axis(
                    title=None,
                    values=ticks_of(names, unit),
                    labelAngle=0,
                    labelOverlap=True,
                    ticks=False,
                ),
            ),
            y=alt.Y("tag:N", sort=list(top["tag"]), axis=names_axis()),
            color=alt.Color(
                "items",
                # One item must look different from none.
                scale=alt.Scale(
                    range=[palette.quiet, palette.target],
                    domain=[0, int(data["items"].max())],
                    interpolate="lab",
                ),
                legend=alt.Legend(
                    title="items", orient="bottom", tickMinStep=1, format=",d", gradientLength=160
                ),
            ),
            tooltip=["tag", alt.Tooltip("period"), alt.Tooltip("items", format=",")],
        )
        .properties(height=len(top) * 20 + 90)
    )
    few = f"; the first {number(ROWS)} of {count(len(rows), 'tag')}" if len(rows) > ROWS else ""
    latest = count(_window(len(names)), unit)
    return Figure(
        _finding(rows, latest), chart, f"the tags that rise fastest come first{few}", data
    )


def ticks_of(names: list[str], unit: str) -> list[str]:
    """The periods that the axis names: the first of each year, or some of them."""
    begins = {"month": "-01", "quarter": "Q1", "year": ""}[unit]
    first = [name for name in names if name.endswith(begins)]
    ticks = first if len(first) > 1 else names
    return ticks[:: max(math.ceil(len(ticks) / _TICKS), 1)]


def _finding(rows: pd.DataFrame, latest: str) -> str:
    top = rows.iloc[0]
    if top["rise"] <= 0:
        return f"No tag outside the taxonomy rises; the most used is {_most_used(rows)}"
    text = (
        f"{top['tag']} is outside the taxonomy and rises fastest: "
        f"{count(int(top['recent']), 'item')} in the last {latest}, "
        f"{number(int(top['earlier']))} in as many before"
    )
    return text + _alias(top)


def _undated_finding(rows: pd.DataFrame) -> str:
    top = rows.iloc[0]
    return (
        f"No item has a date; {top['tag']} gained most items since the version compared with: "
        f"{number(int(top['since_base']))}{_alias(top)}"
    )


def _alias(row: pd.Series) -> str:
    if not row["alias_of"]:
        return ""
    both = count(int(row["shared"]), "item")
    carry = "carries" if row["shared"] == 1 else "carry"
    return f"; probably another name of {row['alias_of']} ({row['names']}; {both} {carry} both)"


def _most_used(rows: pd.DataFrame) -> str:
    most = rows.sort_values(["items", "tag"], ascending=[False, True]).iloc[0]
    return f"{most['tag']}, on {count(int(most['items']), 'item')}"
