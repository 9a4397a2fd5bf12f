"""How unevenly tags are used, and how labels are spread over items."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tagledger.compare.compare import Comparison
from tagledger.labels import Indicator
from tagledger.measures.imbalance import ir_per_label, labelset_codes, scumble_per_tag
from tagledger.words import count, listed, number, percent, plural
from tagledger_dashboard.theme import Palette
from tagledger_dashboard.views import versus
from tagledger_dashboard.views.figure import (
    Figure,
    counts_axis,
    height,
    limited,
    measure_axis,
    names_axis,
)

BARS = 50
_MOST_LABELS = 12
# Labelsets by the number of items that have them.
_STEPS = (1, 2, 3, 6, 11, 21, 51, 101, 1_001, 10_001)


def by_tag(comparison: Comparison) -> pd.DataFrame:
    """IRLbl of the target's tags, the highest first.

    Returns
    -------
    DataFrame
        Columns tag, items, irlbl, items_before, irlbl_before (nan where the base lacks the tag).
    """
    tags = comparison.tags
    before = ir_per_label(tags["count_a"])
    frame = pd.DataFrame(
        {
            "tag": tags["tag"],
            "items": tags["count_b"],
            "irlbl": ir_per_label(tags["count_b"]),
            "items_before": tags["count_a"],
            "irlbl_before": np.where(tags["count_a"] > 0, before, np.nan),
        }
    )
    frame = frame[frame["items"] > 0]
    return frame.sort_values(["irlbl", "tag"], ascending=[False, True], ignore_index=True)


def irlbl(comparison: Comparison, palette: Palette) -> Figure:
    """IRLbl by tag, with MeanIR and the base's IRLbl."""
    tags = by_tag(comparison)
    if tags.empty:
        return Figure(f"{comparison.b} has no labels in this layer")
    data = tags.head(BARS)
    mean = comparison.imbalance_b.mean_ir
    base = alt.Chart(limited(data)).encode(
        y=alt.Y("tag", sort=list(data["tag"]), axis=names_axis()),
        tooltip=[
            alt.Tooltip("tag"),
            alt.Tooltip("items", format=","),
            alt.Tooltip("irlbl", title="IRLbl", format=",.2f"),
            alt.Tooltip("irlbl_before", title=f"IRLbl in {comparison.a}", format=",.2f"),
        ],
    )
    axis = measure_axis("IRLbl (most used tag: 1)")
    bars = base.mark_bar(color=palette.target, opacity=0.75, cornerRadiusEnd=2).encode(
        x=alt.X("irlbl", axis=axis, scale=alt.Scale(zero=True))
    )
    layers: list[alt.Chart] = [bars]
    if comparison.a != comparison.b:
        layers.append(
            base.transform_filter("isValid(datum.irlbl_before)")
            .mark_tick(color=palette.text, thickness=2)
            .encode(x="irlbl_before")
        )
    rule = alt.Chart(pd.DataFrame({"mean": [mean]})).encode(x="mean")
    layers.append(rule.mark_rule(color=palette.lost, strokeWidth=2, strokeDash=[5, 4]))
    notes = [f"dashed: MeanIR, {number(mean, 2)}"]
    if comparison.a != comparison.b:
        notes.append(f"short line: {comparison.a}")
    if len(tags) > BARS:
        notes.append(f"the {number(BARS)} rarest of {count(len(tags), 'tag')}")
    return Figure(
        _irlbl_finding(tags, mean),
        alt.layer(*layers).properties(height=height(len(data), 20)),
        "; ".join(notes),
        data,
    )


def _irlbl_finding(tags: pd.DataFrame, mean: float) -> str:
    rarest, worse = tags.iloc[0], int((tags["irlbl"] > mean).sum())
    if not worse:
        return f"All tags are used equally often, on {count(int(rarest['items']), 'item')}"
    return (
        f"{number(worse)} of {count(len(tags), 'tag')} {plural(worse, 'lies', 'lie')} above "
        f"MeanIR; the most used tag has {number(rarest['irlbl'], 1)} times as many items as "
        f"{rarest['tag']}"
    )


def labels_per_item(
    base: Indicator, target: Indicator, names: list[str], palette: Palette
) -> Figure:
    """The share of items by their number of labels.

    Parameters
    ----------
    base, target
        The labels of both versions.
    names
        The versions to draw: base and target, or the target alone.
    palette
        Colours.
    """
    both = {names[0]: base, names[-1]: target}
    frames = []
    for name in names:
        lengths = both[name].lengths
        if not len(lengths):
            continue
        items = np.bincount(np.minimum(lengths, _MOST_LABELS), minlength=1)
        frames.append(
            pd.DataFrame(
                {
                    "labels": [
                        f"{n}+" if n == _MOST_LABELS and lengths.max() > n else str(n)
                        for n in range(len(items))
                    ],
                    "items": items,
                    "share": items / len(lengths),
                    "version": name,
                }
            )
        )
    if not frames or names[-1] not in set(frames[-1]["version"]):
        return Figure(f"{names[-1]} has no items in this layer")
    data = pd.concat(frames, ignore_index=True)
    if not data.loc[data["labels"] == "0", "items"].any():
        data = data[data["labels"] != "0"]
    order = sorted(set(data["labels"]), key=lambda text: int(text.rstrip("+")))
    chart = (
        alt.Chart(limited(data))
        .mark_bar(cornerRadiusEnd=2)
        .encode(
            x=alt.X(
                "labels:N",
                sort=order,
                axis=alt.Axis(title="labels of an item", labelAngle=0, labelFlush=False),
            ),
            xOffset=alt.XOffset("version:N", sort=names),
            y=alt.Y("share", axis=versus.shares_axis("share of items")),
            color=versus.colour(names, palette),
            tooltip=[
                alt.Tooltip("version"),
                alt.Tooltip("labels"),
                alt.Tooltip("items", format=","),
                alt.Tooltip("share", format=".1%"),
            ],
        )
        .properties(height=320)
    )
    lengths = target.lengths
    few = int(np.sort(lengths)[(len(lengths) - 1) // 2])
    share = float((lengths <= few).mean())
    return Figure(
        f"{percent(share)} of the items have {count(few, 'label')}"
        f"{' or fewer' if few else ''}; the mean is {number(float(lengths.mean()), 2)}",
        chart,
        data=data,
    )


def labelset_sizes(
    base: Indicator, target: Indicator, names: list[str], palette: Palette
) -> Figure:
    """How many labelsets are on one item only, on two items, and so on."""
    both = {names[0]: base, names[-1]: target}
    sizes = {name: np.bincount(labelset_codes(both[name])) for name in names}
    newest = sizes[names[-1]]
    if not len(newest):
        return Figure(f"{names[-1]} has no items in this layer")
    steps = [_step(row) for row in range(len(_STEPS))]
    top = int(np.digitize(max(int(size.max(initial=1)) for size in sizes.values()), _STEPS))
    data = pd.concat(
        [
            pd.DataFrame(
                {
                    "items": steps[:top],
                    "labelsets": np.bincount(np.digitize(size, _STEPS) - 1, minlength=top),
                    "share": np.bincount(np.digitize(size, _STEPS) - 1, size, minlength=top)
                    / max(size.sum(), 1),
                    "version": name,
                }
            )
            for name, size in sizes.items()
        ],
        ignore_index=True,
    )
    chart = (
        alt.Chart(limited(data))
        .mark_bar(cornerRadiusEnd=2)
        .encode(
            x=alt.X(
                "items:N",
                sort=steps[:top],
                axis=alt.Axis(title="items with the same labelset", labelAngle=0, labelFlush=False),
            ),
            xOffset=alt.XOffset("version:N", sort=names),
            y=alt.Y("labelsets", axis=counts_axis("labelsets")),
            color=versus.colour(names, palette),
            tooltip=[
                alt.Tooltip("version"),
                alt.Tooltip("items", title="items with the same labelset"),
                alt.Tooltip("labelsets", format=","),
                alt.Tooltip("share", title="share of items", format=".1%"),
            ],
        )
        .properties(height=320)
    )
    return Figure(_labelsets_finding(target, newest), chart, data=data)


def _step(row: int) -> str:
    low = _STEPS[row]
    if row + 1 == len(_STEPS):
        return f"{low:,}+"
    high = _STEPS[row + 1] - 1
    return f"{low:,}" if low == high else f"{low:,}\u2013{high:,}"


def _labelsets_finding(target: Indicator, sizes: NDArray[np.int64]) -> str:
    single, top = int((sizes == 1).sum()), int(sizes.argmax())
    first = int(np.flatnonzero(labelset_codes(target) == top)[0])
    tags = [str(tag) for tag in target.tags[target.matrix[[first]].indices]]
    common = listed(tags) if tags else "the empty one"
    return (
        f"{percent(single / len(sizes))} of {count(len(sizes), 'labelset')} are on one item only; "
        f"the most frequent labelset is {common}, on {count(int(sizes[top]), 'item')}"
    )


def scumble(matrix: Indicator, mean: float, palette: Palette) -> Figure:
    """SCUMBLE by tag: which tags share items with tags that are much rarer or more frequent.

    Parameters
    ----------
    matrix
        The target's labels.
    mean
        SCUMBLE of all items.
    palette
        Colours.
    """
    frame = pd.DataFrame(
        {
            "tag": pd.Series(matrix.tags, dtype="str"),
            "items": matrix.counts,
            "scumble": scumble_per_tag(matrix),
        }
    )
    frame = frame[frame["items"] > 0].sort_values(["scumble", "tag"], ascending=[False, True])
    if frame.empty:
        return Figure("There are no labels in this layer")
    data = frame.head(BARS)
    bars = (
        alt.Chart(limited(data))
        .mark_bar(color=palette.target, cornerRadiusEnd=2)
        .encode(
            y=alt.Y("tag", sort=list(data["tag"]), axis=names_axis()),
            x=alt.X("scumble", axis=measure_axis("SCUMBLE (0 to 1)")),
            tooltip=[
                alt.Tooltip("tag"),
                alt.Tooltip("scumble", title="SCUMBLE", format=".3f"),
                alt.Tooltip("items", format=","),
            ],
        )
    )
    rule = alt.Chart(pd.DataFrame({"mean": [mean]})).encode(x="mean")
    dashed = rule.mark_rule(color=palette.lost, strokeWidth=2, strokeDash=[5, 4])
    top = data.iloc[0]
    few = (
        "" if len(frame) <= BARS else f"; the {number(BARS)} highest of {count(len(frame), 'tag')}"
    )
    return Figure(
        f"{top['tag']} shares items with tags of another frequency most often: SCUMBLE "
        f"{number(top['scumble'], 3)}; the mean of all items is {number(mean, 3)}"
        if top["scumble"] > 0
        else "No item has tags of different frequencies",
        alt.layer(bars, dashed).properties(height=height(len(data), 20)),
        f"dashed: mean of all items; where SCUMBLE is high, resampling helps little{few}",
        data,
    )
