"""Whether each split has its share of every tag, and the items that moved between splits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt
import numpy as np
import pandas as pd

from tagledger.labels import indicator
from tagledger.titles import shown_titles
from tagledger.words import count, number, percent, signed
from tagledger_dashboard.theme import Palette
from tagledger_dashboard.views.figure import Figure, height, limited, names_axis

ROWS = 25


def targets(assignments: pd.DataFrame, ratios: Mapping[str, float] | None) -> Mapping[str, float]:
    """The share of items that each split should have: its ratio on record, else its own share."""
    if ratios is not None:
        total = sum(ratios.values())
        return {name: share / total for name, share in ratios.items()}
    held = assignments["split"].value_counts(normalize=True)
    return {str(name): float(share) for name, share in held.items()}


def sizes(assignments: pd.DataFrame, ratios: Mapping[str, float]) -> pd.DataFrame:
    """Columns split, items, share, target, off (items more than the target): one row per split."""
    held = assignments["split"].value_counts()
    names = list(ratios)
    items = held.reindex(names).fillna(0).to_numpy(np.int64)
    total = max(int(items.sum()), 1)
    target = np.array([ratios[name] for name in names])
    return pd.DataFrame(
        {
            "split": names,
            "items": items,
            "share": items / total,
            "target": target,
            "off": items - target * items.sum(),
        }
    )


def sizes_finding(sizes: pd.DataFrame) -> str:
    """The sizes of the splits in words."""
    parts = [
        f"{split} {number(items)} ({percent(share, 1)}, target {percent(target, 1)})"
        for split, items, share, target in sizes[["split", "items", "share", "target"]].to_numpy()
    ]
    return ", ".join(parts)


def by_tag(
    labels: pd.DataFrame, assignments: pd.DataFrame, ratios: Mapping[str, float]
) -> pd.DataFrame:
    """The share of each tag in each split and its target; tags with the largest gap first.

    Parameters
    ----------
    labels
        Columns id and tag: the filtered labels.
    assignments
        Columns id and split.
    ratios
        Target share by split.

    Returns
    -------
    DataFrame
        One row per tag and split: tag, items (of the tag), split, has, wanted (ratio x items),
        share, target, off (share less target), rows_off (has less wanted), worst (the largest
        absolute `off` of the tag). Tags by `worst`, then by name; splits in the order of
        `ratios`.
    """
    matrix = indicator(labels, ids=assignments["id"])
    names = list(ratios)
    split_of_item = pd.Index(names).get_indexer(pd.Index(assignments["split"]))
    per_label = np.repeat(split_of_item, matrix.lengths)
    tags, splits = len(matrix.tags), len(names)
    cell = matrix.matrix.indices.astype(np.int64) * splits + per_label
    has = np.bincount(cell[per_label >= 0], minlength=tags * splits).reshape(tags, splits)
    items = has.sum(axis=1)
    target = np.array([ratios[name] for name in names])
    off = has / np.maximum(items, 1)[:, None] - target
    worst = np.abs(off).max(axis=1, initial=0)
    order = np.lexsort((matrix.tags.astype(str), -worst))
    frame = pd.DataFrame(
        {
            "tag": np.repeat(matrix.tags[order], splits),
            "items": np.repeat(items[order], splits),
            "split": np.tile(np.array(names, dtype=object), tags),
            "has": has[order].ravel(),
            "wanted": (items[:, None] * target)[order].ravel(),
            "off": off[order].ravel(),
            "target": np.tile(target, tags),
            "worst": np.repeat(worst[order], splits),
        }
    )
    frame["share"] = frame["off"] + frame["target"]
    frame["rows_off"] = frame["has"] - frame["wanted"]
    return frame


def shares(gaps: pd.DataFrame, palette: Palette) -> Figure:
    """The gap between share and target of each tag in each split, for the largest gaps."""
    if gaps.empty:
        return Figure("This version has no split, or its items have no labels")
    worst = list(dict.fromkeys(gaps["tag"]))
    data = gaps[gaps["tag"].isin(worst[:ROWS])].assign(
        text=lambda frame: [
            f"{percent(share, 1)}  {signed(off * 100, 1)}"
            for share, off in zip(frame["share"], frame["off"], strict=True)
        ]
    )
    reach = max(float(data["off"].abs().max()), 0.001)
    base = alt.Chart(limited(data)).encode(
        x=alt.X(
            "split:N",
            sort=list(dict.fromkeys(data["split"])),
            axis=alt.Axis(
                orient="top", title=None, labelAngle=0, labelFlush=False, domain=False, ticks=False
            ),
        ),
        y=alt.Y("tag:N", sort=worst[:ROWS], axis=names_axis()),
        tooltip=[
            alt.Tooltip("tag"),
            alt.Tooltip("split"),
            alt.Tooltip("has", title="items", format=","),
            alt.Tooltip("wanted", title="target, items", format=",.1f"),
            alt.Tooltip("share", format=".2%"),
            alt.Tooltip("target", format=".2%"),
        ],
    )
    tiles = base.mark_rect(stroke=palette.ground, strokeWidth=2).encode(
        color=alt.Color(
            "off",
            scale=alt.Scale(
                domain=[-reach, 0, reach],
                range=[palette.lost, palette.ground, palette.gained],
                interpolate="lab",
            ),
            legend=None,
        ),
        opacity=alt.value(0.55),
    )
    words = base.mark_text(fontSize=11, color=palette.text).encode(text="text")
    few = (
        f"the {number(ROWS)} tags with the largest gap, of {number(len(worst))}; "
        if len(worst) > ROWS
        else ""
    )
    return Figure(
        _shares_finding(gaps),
        (tiles + words).properties(height=height(min(len(worst), ROWS), 24)),
        f"{few}share of the tag's items, and percentage points above or below the target",
        data,
    )


def _shares_finding(gaps: pd.DataFrame) -> str:
    rows = gaps["rows_off"].abs()
    if rows.max() < 1:
        return "Every split has its share of every tag, give or take one item"
    top = gaps.iloc[int(gaps["off"].abs().argmax())]
    beyond = gaps.loc[rows >= 1, "tag"].nunique()
    return (
        f"{top['tag']} is furthest from its target: {percent(top['share'], 1)} of its items are in "
        f"{top['split']}, not {percent(top['target'], 1)}; {count(beyond, 'tag is', 'tags are')} "
        "an item or more from the target"
    )


def wide(gaps: pd.DataFrame) -> pd.DataFrame:
    """`by_tag` with one row per tag: tag, items, then items and share of each split, worst."""
    if gaps.empty:
        return pd.DataFrame({"tag": [], "items": []})
    names = list(dict.fromkeys(gaps["split"]))
    first = gaps[gaps["split"] == names[0]].reset_index(drop=True)
    table: pd.DataFrame = first[["tag", "items"]].copy()
    for name in names:
        own = gaps[gaps["split"] == name].reset_index(drop=True)
        table[f"{name}: items"] = own["has"]
        table[f"{name}: share"] = own["share"]
    table["worst"] = first["worst"]
    return table


def moved(base: pd.DataFrame, target: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """Items whose split is not the one in the base.

    Parameters
    ----------
    base, target
        Columns id and split of both versions.
    items
        Columns id, title and description of the target.

    Returns
    -------
    DataFrame
        Columns id, title, before, after; from train to test first, then by splits and id.
    """
    both = target.merge(base, on="id", suffixes=("_after", "_before"))
    both = both[both["split_after"] != both["split_before"]]
    rows = pd.Index(items["id"]).get_indexer(pd.Index(both["id"]))
    moves = pd.DataFrame(
        {
            "id": both["id"].to_numpy(),
            "title": shown_titles(items, rows).to_numpy(),
            "before": both["split_before"].to_numpy(),
            "after": both["split_after"].to_numpy(),
        }
    )
    moves["leak"] = (moves["before"] == "train") & (moves["after"] == "test")
    moves = moves.sort_values(
        ["leak", "before", "after", "id"], ascending=[False, True, True, True], ignore_index=True
    )
    return moves[["id", "title", "before", "after"]]


def flows(
    moves: pd.DataFrame, kept: int, base: str, names: Sequence[str], palette: Palette
) -> Figure:
    """How many items moved from which split to which.

    Parameters
    ----------
    moves
        The result of `moved`.
    kept
        Items that have a split in both versions.
    base
        The base's name.
    names
        The splits, in the order to show them.
    palette
        Colours.
    """
    if not kept:
        return Figure(f"No item of this version has a split in {base}")
    if moves.empty:
        return Figure(f"No item moved: all {number(kept)} have the split that they had in {base}")
    data = moves.groupby(["before", "after"]).size().rename("items").reset_index()
    data["leak"] = (data["before"] == "train") & (data["after"] == "test")
    data["text"] = [number(items) for items in data["items"]]
    order = [*names, *sorted({*data["before"], *data["after"]} - {*names})]
    tiles = alt.Chart(limited(data)).encode(
        x=alt.X(
            "after:N",
            sort=order,
            axis=alt.Axis(title="split now", labelAngle=0, labelFlush=False, orient="top"),
        ),
        y=alt.Y("before:N", sort=order, axis=names_axis(title=f"split in {base}")),
        tooltip=["before", "after", alt.Tooltip("items", format=",")],
    )
    chart = tiles.mark_rect(stroke=palette.ground, strokeWidth=3, opacity=0.6).encode(
        color=alt.condition("datum.leak", alt.value(palette.bad), alt.value(palette.quiet))
    ) + tiles.mark_text(fontSize=13, color=palette.text).encode(text="text")
    leaked = int(data.loc[data["leak"], "items"].sum())
    text = f"{count(len(moves), 'item')} of {number(kept)} moved to another split, "
    text += f"{number(leaked)} of them from train to test" if leaked else "none from train to test"
    return Figure(
        text,
        chart.properties(height=height(data["before"].nunique(), 40)),
        "items that moved from train to test make scores look better than they are"
        if leaked
        else "",
        data,
    )


def separated(groups: pd.DataFrame) -> pd.DataFrame:
    """The groups whose items are in several splits; `groups` is from `views.quality.groups`."""
    # While no item is in a split, the column has no text at all.
    named = groups["splits"].astype("str")
    return groups[named.str.contains(",", regex=False, na=False)].reset_index(drop=True)


def groups_finding(groups: pd.DataFrame, separated: pd.DataFrame) -> str:
    """Groups of items with nearly the same text, and those in several splits, in words."""
    if groups.empty:
        return "No two items have nearly the same text"
    text = (
        f"{count(int(groups['size'].sum()), 'item')} are in {count(len(groups), 'group')} of "
        "nearly the same text"
    )
    if separated.empty:
        return (
            f"{text}; each group is in one split, so the test split has no copy of a training item"
        )
    return f"{text}; {count(len(separated), 'group is', 'groups are')} in several splits"
