"""Schema checks of versions, as their quality reports in git have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import altair as alt
import pandas as pd

from dashboard.theme import Palette
from dashboard.views.figure import Figure, height, limited, names_axis
from dashboard.views.words import count, listed
from tagledger.validation import CheckResult

Quality = Mapping[str, Any]
_COLUMNS = ("table", "column", "check", "rows", "failed", "first")
_VERSIONS = 8


def frame(quality: Quality | None) -> pd.DataFrame:
    """Columns table, column, check, rows, failed, first (text): one row per check."""
    checks = [] if quality is None else quality["checks"]
    made = pd.DataFrame(
        [{name: check[name] for name in _COLUMNS} for check in checks], columns=list(_COLUMNS)
    )
    return made.assign(first=[" · ".join(map(str, some)) for some in made["first"]])


def beside(target: Quality | None, base: Quality | None) -> pd.DataFrame:
    """The target's checks with a column `before`, the base's failures; failed ones first."""
    now, then = frame(target), frame(base)
    key = ["table", "column", "check"]
    before = then[[*key, "failed"]].rename(columns={"failed": "before"})
    both = now.merge(before, on=key, how="left")
    both = both[["table", "column", "check", "rows", "failed", "before", "first"]]
    broken = both["failed"] > 0
    return pd.concat([both[broken], both[~broken]], ignore_index=True)


def from_results(results: Sequence[CheckResult]) -> Quality:
    """Results of checks in the form of a quality report."""
    return {
        "checks": [asdict(result) for result in results],
        "failed": sum(1 for result in results if result.failed),
    }


def glance(names: Sequence[str], reports: Sequence[Quality | None], palette: Palette) -> Figure:
    """Whether each table of each version passes its checks.

    Parameters
    ----------
    names
        Versions, from the oldest to the newest.
    reports
        Their quality reports.
    palette
        Colours.
    """
    rows = []
    for name, report in zip(names[-_VERSIONS:], reports[-_VERSIONS:], strict=True):
        for table, checks in frame(report).groupby("table", sort=False):
            failed = int((checks["failed"] > 0).sum())
            rows.append(
                {
                    "version": name,
                    "table": table,
                    "checks": len(checks),
                    "failed": failed,
                    "state": "fails" if failed else "holds",
                    "text": f"{failed} of {len(checks)} fail" if failed else f"✓ {len(checks)}",
                }
            )
    if not rows:
        return Figure("No version has the record of its checks in git")
    data = pd.DataFrame(rows)
    base = alt.Chart(limited(data)).encode(
        x=alt.X(
            "version",
            sort=list(names),
            axis=alt.Axis(orient="top", title=None, labelAngle=0, labelLimit=90, domain=False),
        ),
        y=alt.Y("table", sort=list(dict.fromkeys(data["table"])), axis=names_axis()),
        tooltip=["version", "table", "checks", "failed"],
    )
    tiles = base.mark_rect(stroke=palette.ground, strokeWidth=3, cornerRadius=4).encode(
        color=alt.Color(
            "state",
            scale=alt.Scale(domain=["holds", "fails"], range=[palette.good, palette.bad]),
            legend=None,
        ),
        opacity=alt.condition("datum.failed > 0", alt.value(0.95), alt.value(0.22)),
    )
    words = base.mark_text(fontSize=12).encode(text="text", color=alt.value(palette.text))
    chart = (tiles + words).properties(height=height(data["table"].nunique(), 30, axis=False) + 30)
    return Figure(_finding(data), chart, "checks of each table; ✓ all hold", data)


def _finding(data: pd.DataFrame) -> str:
    newest = data[data["version"] == data["version"].iloc[-1]]
    version, broken = newest["version"].iloc[0], newest[newest["failed"] > 0]
    if len(broken):
        failed = count(int(broken["failed"].sum()), "check fails", "checks fail")
        return f"{version}: {failed} in {listed(list(broken['table']))}"
    return f"{version}: all {count(int(newest['checks'].sum()), 'check')} hold"
