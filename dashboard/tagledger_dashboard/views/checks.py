"""Schema checks of versions, from the quality reports in git."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import altair as alt
import pandas as pd

from tagledger.reports import CheckResult
from tagledger.words import count, listed
from tagledger_dashboard.theme import Palette
from tagledger_dashboard.views.figure import Figure, height, latest, limited, names_axis

Quality = Mapping[str, Any]
_COLUMNS = ("table", "column", "check", "rows", "failed", "first")
_VERSIONS = 8


def frame(quality: Quality | None) -> pd.DataFrame:
    """Columns table, column, check, rows, failed, first (text): one row per check."""
    checks = [] if quality is None else quality["checks"]
    table = pd.DataFrame(
        [{name: check[name] for name in _COLUMNS} for check in checks], columns=list(_COLUMNS)
    )
    return table.assign(first=[" · ".join(map(str, some)) for some in table["first"]])


def beside(target: Quality | None, base: Quality | None) -> pd.DataFrame:
    """The checks of both versions: first those that fail in the target, then those in the base.

    Returns
    -------
    DataFrame
        Columns table, column, check (in words), rows, failed, before (the base's failures), first
        (the target's first ones, as text). A number is missing where a version lacks the check.
    """
    now, then = frame(target), frame(base)
    key = ["table", "column", "check"]
    then = then[[*key, "failed"]].rename(columns={"failed": "before"})
    # Not an outer merge, which sorts: the target's own order, then what the base alone has.
    order = pd.concat([now[key], then[key]]).drop_duplicates()
    both = order.merge(now, on=key, how="left").merge(then, on=key, how="left")
    both = both.assign(
        check=both["check"].map(in_words),
        first=both["first"].fillna(""),
        **{name: both[name].astype("Int64") for name in ("rows", "failed", "before")},
    )
    fails, failed = (both[name].fillna(0) > 0 for name in ("failed", "before"))
    both = pd.concat([both[fails], both[failed & ~fails], both[~fails & ~failed]])
    columns = ["table", "column", "check", "rows", "failed", "before", "first"]
    return both[columns].reset_index(drop=True)


_WORDS = {
    "column_in_dataframe": "the column exists",
    "column_in_schema": "no other column exists",
    "not_nullable": "no value is missing",
    "field_uniqueness": "no value is there twice",
}
_TYPES = {
    "datetime64": "time",
    "string": "text",
    "category": "text that repeats",
    "int": "whole number",
    "float": "number",
    "bool": "yes or no",
    "object": "list",
}
_CALLS = {
    "greater_than_or_equal_to": "at least {}",
    "greater_than": "more than {}",
    "less_than_or_equal_to": "at most {}",
    "less_than": "below {}",
    "isin": "one of {}",
    "str_matches": "matches {}",
}
_CALL = re.compile(r"(\w+)\((.*)\)", re.DOTALL)
_MIDNIGHT = re.compile(r" 00:00:00\+00:00")


def in_words(check: str) -> str:
    """The name of a check for people; a name that a schema gives is in words already.

    >>> in_words("not_nullable"), in_words("dtype('int64')"), in_words("id_is_an_item")
    ('no value is missing', 'type: whole number', 'id is an item')
    >>> in_words("greater_than_or_equal_to(1990-01-01 00:00:00+00:00)"), in_words("isin(['a'])")
    ('at least 1990-01-01', "one of 'a'")
    """
    if check in _WORDS:
        return _WORDS[check]
    call = _CALL.fullmatch(check)
    if call is None:
        return check.replace("_", " ")
    name, given = call.groups()
    if name == "dtype":
        kind = given.strip("'")
        return f"type: {next((_TYPES[start] for start in _TYPES if kind.startswith(start)), kind)}"
    if name == "str_length":
        return _length(*given.split(", "))
    short = _MIDNIGHT.sub("", given).removeprefix("[").removesuffix("]")
    return _CALLS[name].format(short) if name in _CALLS else check


def _length(least: str, most: str) -> str:
    if most == "None":
        return "not empty" if least == "1" else f"at least {least} characters"
    return f"at most {most} characters" if least == "None" else f"{least} to {most} characters"


def from_results(results: Sequence[CheckResult]) -> Quality:
    """Check results in the form of a quality report."""
    return {
        "checks": [asdict(result) for result in results],
        "failed": sum(1 for result in results if result.failed),
    }


def glance(
    names: Sequence[str],
    reports: Sequence[Quality | None],
    palette: Palette,
    target: str | None = None,
) -> Figure:
    """Whether the checks of each table hold, in each version.

    Parameters
    ----------
    names
        Versions, from the oldest to the newest.
    reports
        Their quality reports.
    palette
        Colours.
    target
        The version that the title is about; by default the newest that has a report.
    """
    rows = []
    for row in latest(names, _VERSIONS, keep=[target] if target else ()):
        name, report = names[row], reports[row]
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
        return Figure("git has no check results of any version")
    data = pd.DataFrame(rows)
    about = str(data["version"].iloc[-1]) if target is None else target
    # The newest has the tables in the order of the pipeline, those that earlier ones lack too.
    newest = data["version"] == data["version"].iloc[-1]
    order = list(dict.fromkeys([*data.loc[newest, "table"], *data["table"]]))
    base = alt.Chart(limited(data)).encode(
        x=alt.X(
            "version",
            sort=list(names),
            axis=alt.Axis(
                orient="top",
                title=None,
                labelAngle=0,
                labelLimit=90,
                labelFlush=False,
                labelFontWeight=_bold(about),
                domain=False,
            ),
        ),
        y=alt.Y("table", sort=order, axis=names_axis()),
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
    return Figure(
        _finding(data, about), chart, "number of checks of each table; ✓: all of them hold", data
    )


def _bold(name: str) -> Any:
    """The font weight of version names: one of them is bold."""
    test = f"datum.value === {json.dumps(name)}"
    return {"condition": {"test": test, "value": "bold"}, "value": "normal"}


def _finding(data: pd.DataFrame, version: str) -> str:
    own = data[data["version"] == version]
    broken = own[own["failed"] > 0]
    if own.empty:
        return f"git has no check results of {version}"
    if len(broken):
        failed = count(int(broken["failed"].sum()), "check fails", "checks fail")
        return f"{version}: {failed} in {listed(list(broken['table']))}"
    return f"{version}: all {count(int(own['checks'].sum()), 'check')} hold"
