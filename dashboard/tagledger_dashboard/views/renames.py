"""Renames, merges and splits of tags, as bands from the old tags to the new tags."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from tagledger.compare.renames import Rename
from tagledger.words import count, listed, number, percent
from tagledger_dashboard.theme import Palette
from tagledger_dashboard.views.figure import Figure, height, limited

SHOWN = 12
_THINNEST, _WIDEST = 1, 16  # pixels of a band


def frame(renames: Sequence[Rename]) -> pd.DataFrame:
    """Columns kind, before, after (lists of tags), items, overlap (share): most items first."""
    return pd.DataFrame(
        {
            "kind": [rename.kind for rename in renames],
            "before": [list(rename.before) for rename in renames],
            "after": [list(rename.after) for rename in renames],
            "items": [rename.items for rename in renames],
            "overlap": [rename.overlap for rename in renames],
        }
    )


def flows(renames: Sequence[Rename], palette: Palette) -> Figure:
    """A band from each old tag to what it became; its width is the number of items that went."""
    if not renames:
        return Figure("No tag was renamed, merged or split")
    shown = renames[:SHOWN]
    bands, names, row = [], [], 0.0
    for group, rename in enumerate(shown):
        rows = max(len(rename.before), len(rename.after))
        before, after = (_spread(tags, rows, row) for tags in (rename.before, rename.after))
        facts = {
            "kind": rename.kind,
            "from": ", ".join(rename.before),
            "to": ", ".join(rename.after),
            "items": rename.items,
            "overlap": percent(rename.overlap, 1),
        }
        names += [{"name": tag, "y": y, "x": 0, **facts} for tag, y in before.items()]
        names += [{"name": tag, "y": y, "x": 1, **facts} for tag, y in after.items()]
        for flow in rename.flows:
            start, end = before[flow.before], after[flow.after]
            own = {"from": flow.before, "to": flow.after, "items": flow.items}
            bands += [
                {
                    "flow": f"{group} {flow.before} {flow.after}",
                    "x": x / 10,
                    "y": start + (end - start) * _ease(x / 10),
                    **facts,
                    **own,
                }
                for x in range(11)
            ]
        row += rows + 0.4
    data, ends = limited(pd.DataFrame(bands)), pd.DataFrame(names)
    tooltip = [alt.Tooltip(name) for name in ("kind", "from", "to", "items", "overlap")]
    # From 0 on, so that a band of twice as many items is twice as wide.
    most = max((flow.items for rename in shown for flow in rename.flows), default=1)
    widths = alt.Scale(domain=[0, most], range=[_THINNEST, _WIDEST])
    x = alt.X("x", axis=None, scale=alt.Scale(domain=[-1.4, 2.4]))
    y = alt.Y("y", axis=None, scale=alt.Scale(domain=[-0.6, row - 0.8], reverse=True))
    lines = (
        alt.Chart(data)
        .mark_line(strokeCap="butt", opacity=0.55, color=palette.target)
        .encode(
            x=x,
            y=y,
            detail="flow",
            order="x",
            strokeWidth=alt.StrokeWidth("items", scale=widths, legend=None),
            tooltip=tooltip,
        )
    )
    words = [
        alt.Chart(ends[ends["x"] == side])
        .mark_text(
            align="left" if side else "right",
            dx=8 if side else -8,
            fontSize=12,
            limit=alt.ExprRef("width * 0.36"),
            color=palette.text,
        )
        .encode(x=x, y=y, text="name", tooltip=tooltip)
        for side in (0, 1)
    ]
    chart = alt.layer(lines, *words).properties(height=height(round(row + 0.5), 28, axis=False))
    more = (
        f"the {number(SHOWN)} largest of {number(len(renames))}; " if len(renames) > SHOWN else ""
    )
    return Figure(_finding(renames), chart, f"{more}a wider band: more items", data)


def _finding(renames: Sequence[Rename]) -> str:
    top = renames[0]
    verb = {
        "rename": "became",
        "merge": "went into",
        "split": "was divided into",
        "regroup": "were regrouped as",
    }[top.kind]
    before, after = listed(top.before), listed(top.after)
    return f"{before} {verb} {after} on {count(top.items, 'item')}"


def _spread(tags: Sequence[str], rows: int, start: float) -> dict[str, float]:
    """The height of each tag; the shorter column of tags is centred beside the longer one."""
    first = start + (rows - len(tags)) / 2
    return {tag: first + row for row, tag in enumerate(tags)}


def _ease(x: float) -> float:
    """A curve from 0 to 1 that is level at both ends."""
    return x * x * (3 - 2 * x)
