"""Which tags occur together: the most used tags, with similar tags side by side."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform

from tagledger.labels import Indicator
from tagledger.words import percent
from tagledger_dashboard.theme import Palette
from tagledger_dashboard.views.figure import Figure, limited, names_axis

MOST_TAGS = 60


def frame(matrix: Indicator, tags: int) -> pd.DataFrame:
    """How often the most used tags occur together; similar tags are neighbours.

    Parameters
    ----------
    matrix
        The labels.
    tags
        How many of the most used tags.

    Returns
    -------
    DataFrame
        One row per ordered pair of different tags: tag, beside, items (that have both), share (of
        the items with `tag`), in the order of the clusters.

    Notes
    -----
    Two tags are as far apart as 1 less the Jaccard index of their items; clusters are joined by
    average linkage and laid out so that neighbours are near (Bar-Joseph, Gifford and Jaakkola,
    2001).
    """
    counts = matrix.counts
    order = np.lexsort((np.arange(len(counts)), -counts))[: min(tags, MOST_TAGS)]
    order = order[counts[order] > 0]
    chosen = matrix.matrix[:, order].astype(np.int64)
    together: NDArray[np.int64] = np.asarray((chosen.T @ chosen).toarray())
    order, together = _clustered(order, together)
    items = counts[order]
    row, column = np.nonzero(~np.eye(len(order), dtype=bool))
    names = pd.Series(matrix.tags[order], dtype="str")
    return pd.DataFrame(
        {
            "tag": names.take(row).array,
            "beside": names.take(column).array,
            "items": together[row, column],
            "share": together[row, column] / items[row],
        }
    )


def _clustered(
    order: NDArray[np.int64], together: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    if len(order) < 3:
        return order, together
    own = np.diag(together)
    apart = 1 - together / (own[:, None] + own[None, :] - together)
    np.fill_diagonal(apart, 0)
    # Rounding may leave the two halves apart by a bit.
    condensed = squareform((apart + apart.T) / 2, checks=False)
    leaves = hierarchy.leaves_list(
        hierarchy.linkage(condensed, method="average", optimal_ordering=True)
    )
    return order[leaves], together[np.ix_(leaves, leaves)]


def heat_map(matrix: Indicator, tags: int, palette: Palette) -> Figure:
    """How often each two of the most used tags occur together."""
    data = frame(matrix, tags)
    if data.empty or not data["items"].any():
        return Figure("No item has two tags")
    names = list(dict.fromkeys(data["tag"]))
    side = max(16, min(26, 780 // len(names)))
    chart = (
        alt.Chart(limited(data))
        .mark_rect(stroke=palette.ground, strokeWidth=1)
        .encode(
            x=alt.X(
                "beside:N",
                sort=names,
                axis=alt.Axis(
                    title=None,
                    labelAngle=-90,
                    labelLimit=160,
                    labelOverlap="greedy",
                    ticks=False,
                    domain=False,
                ),
            ),
            y=alt.Y(
                "tag:N",
                sort=names,
                axis=names_axis(),
            ),
            color=alt.Color(
                "share",
                scale=alt.Scale(
                    range=[palette.ground, palette.target],
                    domain=[0, data["share"].max()],
                    interpolate="lab",
                ),
                legend=alt.Legend(
                    title="share of the items of the row's tag",
                    format=".0%",
                    orient="bottom",
                    gradientLength=200,
                    titleLimit=260,
                ),
            ),
            tooltip=[
                alt.Tooltip("tag"),
                alt.Tooltip("beside"),
                alt.Tooltip("items", title="items with both", format=","),
                alt.Tooltip("share", title="share of the items of the row's tag", format=".1%"),
            ],
        )
        .properties(height=len(names) * side)
    )
    top = data.sort_values(["share", "items"], ascending=False, kind="stable").iloc[0]
    return Figure(
        f"{percent(top['share'])} of the items with {top['tag']} have {top['beside']} too, the "
        "largest share of all pairs",
        chart,
        "row: a tag; tile: the share of its items that have the other tag too; similar tags are "
        "neighbours",
        data,
    )
