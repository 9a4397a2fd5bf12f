"""How often tags are used in two versions, and which tags reach the threshold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tagledger.summary import tag_extremes
from tagledger.words import count, number, percent
from tagledger_dashboard.theme import Palette
from tagledger_dashboard.views import versus
from tagledger_dashboard.views.figure import Chart, Figure, counts_axis, limited

RANKS = 1_000
_SETTLED = ("kept", "below_threshold")


@dataclass(frozen=True)
class Decided:
    """The decisions of the filter stage of one version.

    Attributes
    ----------
    name
        The version.
    tags
        Columns tag, count, decision: every tag before the filter.
    threshold
        Fewest items that a tag must have; None where it is not on record.
    """

    name: str
    tags: pd.DataFrame
    threshold: int | None


def ranking(decided: Decided) -> pd.DataFrame:
    """The tags that the threshold decides on, most used first: rank, tag, items, version."""
    tags = decided.tags[decided.tags["decision"].isin(_SETTLED) & (decided.tags["count"] > 0)]
    tags = tags.sort_values(["count", "tag"], ascending=[False, True], kind="stable")
    return pd.DataFrame(
        {
            "rank": np.arange(1, len(tags) + 1),
            "tag": tags["tag"].to_numpy(),
            "items": tags["count"].to_numpy(),
            "version": decided.name,
        }
    )


def distribution(base: Decided, target: Decided, palette: Palette, *, log: bool) -> Figure:
    """The items of each tag by rank, in both versions, with the thresholds."""
    versions = versus.names(base.name, target.name)
    ranked = {one.name: ranking(one) for one in (base, target)}
    if ranked[target.name].empty:
        return Figure(f"The lists and the taxonomy allow no tag of {target.name}")
    data = pd.concat([_thinned(ranked[name]) for name in versions], ignore_index=True)
    # Zero has no logarithm, and each of these tags has at least one item.
    scale = alt.Scale(type="log", domainMin=0.8) if log else alt.Scale(zero=True)
    drawn = alt.Chart(limited(data)).encode(
        x=alt.X(
            "rank",
            scale=alt.Scale(nice=False, domainMin=0),
            axis=counts_axis("tags, the most used first"),
        ),
        y=alt.Y("items", scale=scale, axis=alt.Axis(title="items", tickCount=6, format="~s")),
        color=versus.colour(versions, palette),
        tooltip=[
            alt.Tooltip("tag"),
            alt.Tooltip("version"),
            alt.Tooltip("items", format=","),
            alt.Tooltip("rank", title="rank", format=","),
        ],
    )
    layers: list[Chart] = [
        drawn.mark_line(interpolate="step-after", strokeWidth=2),
        drawn.mark_point(size=60, opacity=0, filled=True),
        *_thresholds(base, target, palette),
    ]
    return Figure(
        _finding(target),
        alt.layer(*layers).properties(height=380),
        "only tags that the taxonomy and the lists allow, before the threshold",
        data,
    )


def _thinned(ranks: pd.DataFrame) -> pd.DataFrame:
    """At most `RANKS` of the tags: all of the most used tags, and fewer of the rare ones."""
    if len(ranks) <= RANKS:
        return ranks
    chosen: NDArray[np.int64] = np.unique(
        np.geomspace(1, len(ranks), RANKS).round().astype(np.int64) - 1
    )
    return ranks.iloc[chosen]


def _thresholds(base: Decided, target: Decided, palette: Palette) -> list[Chart]:
    chosen = [(target, palette.target)]
    if base.threshold != target.threshold and base.name != target.name:
        chosen.append((base, palette.base))
    thresholds = sorted(
        (one.threshold, one.name, colour) for one, colour in chosen if one.threshold is not None
    )
    lines: list[Chart] = []
    for line, (threshold, name, colour) in enumerate(thresholds):
        data = pd.DataFrame(
            {
                "items": [threshold],
                "text": [f"threshold of {name}: {number(threshold)}"],
                "at": [thresholds[-1][0]],
            }
        )
        rule = alt.Chart(data)
        lines.append(
            rule.mark_rule(strokeDash=[5, 4], strokeWidth=1.5, color=colour).encode(y="items")
        )
        # Both texts are above the higher line, as the two lines may be close together.
        lines.append(
            rule.mark_text(
                align="right", dx=-4, dy=-7 - 15 * line, fontSize=12, color=palette.text
            ).encode(x=alt.value("width"), y="at", text="text")
        )
    return lines


def _finding(decided: Decided) -> str:
    ranks = ranking(decided)
    if decided.threshold is None:
        half = int(np.searchsorted(np.cumsum(ranks["items"]), ranks["items"].sum() / 2)) + 1
        return (
            f"Half of the labels of {decided.name} are on {number(half)} of "
            f"{count(len(ranks), 'tag')}"
        )
    reached = ranks["items"] >= decided.threshold
    lost = ranks.loc[~reached, "items"].sum() / ranks["items"].sum()
    return (
        f"{number(int(reached.sum()))} of {count(len(ranks), 'tag')} in {decided.name} "
        f"have at least {count(decided.threshold, 'item')}; the others have {percent(lost)} of the "
        "labels"
    )


def extremes(base: Decided, target: Decided, rows: int = 10) -> Mapping[str, pd.DataFrame]:
    """The most used tags of the target, and the tags just above and just below the threshold.

    Returns
    -------
    Mapping
        By name (most_used, just_made_it, just_missed_it): columns tag, items, and change (since the
        base), or needs (items missing to a known threshold).
    """
    before = base.tags.set_index("tag")["count"]
    tables = {}
    for name, pairs in zip(
        ("most_used", "just_made_it", "just_missed_it"),
        tag_extremes(target.tags, rows),
        strict=True,
    ):
        # The rarest kept tags are listed upwards from the threshold.
        ordered = pairs[::-1] if name == "just_made_it" else pairs
        tags = pd.Series([tag for tag, _ in ordered], dtype="str")
        items = pd.Series([items for _, items in ordered], dtype="int64")
        table = pd.DataFrame({"tag": tags, "items": items})
        if name == "just_missed_it" and target.threshold is not None:
            table["needs"] = target.threshold - items
        else:
            table["change"] = items - before.reindex(tags).fillna(0).to_numpy(np.int64)
        tables[name] = table
    return tables
