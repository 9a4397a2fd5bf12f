"""Which tags moved beyond chance, and how far the whole mix of tags did."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from tagledger.compare.compare import Comparison
from tagledger.release.gates import DriftLimit
from tagledger_dashboard.theme import Palette
from tagledger_dashboard.views.figure import Figure, height, limited, names_axis
from tagledger_dashboard.views.words import count, listed, number, signed

POINTS = 2_000
NAMED = 10
_LINE = 0.05  # of the height of a chart: that of a name
_CEILING = 12.0  # of -log10 q: beyond it more certainty says nothing more
STATES = ("beyond chance, large", "beyond chance, small", "chance")
CROSSED = {"threshold": "crossed the threshold", "taxonomy_or_list": "entered or left a list"}
NAMES = {
    "jensen_shannon_divergence": "Jensen-Shannon divergence (bits)",
    "jensen_shannon_distance": "Jensen-Shannon distance",
    "l_infinity": "L-infinity (largest change of a share)",
    "hellinger": "Hellinger",
    "total_variation": "Total variation",
    "psi": "PSI (population stability index)",
}


def by_tag(found: Comparison, limit: DriftLimit) -> pd.DataFrame:
    """Each tag's drift, the surest and then the largest first.

    Parameters
    ----------
    found
        The comparison.
    limit
        From which q-value and effect on a tag drifts.

    Returns
    -------
    DataFrame
        Columns tag, count_a, count_b, presence_a, presence_b, share_a, share_b, effect (Cohen's h),
        lost, gained, q_kept, q_rest, q (the smaller of the two; nan where nothing was tested),
        and state: one of `STATES`, or of `CROSSED` for a tag that a parameter showed or hid.
    """
    tags = found.tags
    q = np.fmin(tags["q_kept"].to_numpy(float), tags["q_rest"].to_numpy(float))
    sure = q < limit.alpha
    large = tags["effect"].abs().to_numpy() >= limit.effect
    tested = np.where(sure & large, STATES[0], np.where(sure, STATES[1], STATES[2]))
    crossed = tags["crossed"].map(CROSSED).to_numpy(object)
    state = pd.Series(np.where(tags["crossed"] != "", crossed, tested), tags.index, dtype="str")
    columns = ["tag", "count_a", "count_b", "presence_a", "presence_b", "share_a", "share_b"]
    frame = tags[[*columns, "effect", "lost", "gained", "q_kept", "q_rest"]].assign(
        q=q, state=state, size=tags["effect"].abs()
    )
    frame["effect"] += 0.0  # a negative nought would be shown as a fall
    frame = frame.sort_values(["q", "size", "tag"], ascending=[True, False, True])
    return frame.drop(columns="size").reset_index(drop=True)


def volcano(found: Comparison, limit: DriftLimit, palette: Palette) -> Figure:
    """Effect size of every tag against how sure it is."""
    every = by_tag(found, limit)
    if every.empty:
        return Figure("Neither version has labels in this layer")
    tags = every[every["state"].isin(STATES)].reset_index(drop=True)
    untested = _untested(len(every) - len(tags))
    if tags.empty:
        return Figure(f"No tag is tested: {untested}")
    smallest = 10.0**-_CEILING
    data = tags.head(POINTS).assign(
        sureness=-np.log10(tags["q"].head(POINTS).fillna(1.0).clip(lower=smallest))
    )
    data["named"] = ""
    reach = max(float(data["effect"].abs().max()) * 1.35, limit.effect * 1.25)
    shown = names_apart(_worth_naming(data), data, reach)
    data.loc[shown, "named"] = data.loc[shown, "tag"]
    base = alt.Chart(limited(data)).encode(
        x=alt.X(
            "effect",
            scale=alt.Scale(domain=[-reach, reach], nice=False),
            axis=alt.Axis(title="effect size (Cohen's h): rarer ← 0 → more frequent"),
        ),
        y=alt.Y(
            "sureness",
            scale=alt.Scale(domain=[0, max(float(data["sureness"].max()) * 1.12, 2.0)], nice=False),
            axis=alt.Axis(title="sureness (\u2212log10 of q)", tickCount=6),
        ),
        tooltip=[
            alt.Tooltip("tag"),
            alt.Tooltip("effect", title="Cohen's h", format="+.3f"),
            alt.Tooltip("q_kept", title="q on kept items", format=".2g"),
            alt.Tooltip("q_rest", title="q on added and removed items", format=".2g"),
            alt.Tooltip("presence_a", title=f"share of clean items, {found.a}", format=".2%"),
            alt.Tooltip("presence_b", title=f"share of clean items, {found.b}", format=".2%"),
            alt.Tooltip("gained", format=","),
            alt.Tooltip("lost", format=","),
        ],
    )
    domain = list(STATES)
    points = base.mark_point(filled=True, size=70, opacity=0.85).encode(
        color=alt.Color(
            "state",
            scale=alt.Scale(domain=domain, range=[palette.lost, palette.target, palette.quiet]),
            legend=alt.Legend(title=None, orient="bottom", columns=2),
        ),
        shape=alt.Shape(
            "state",
            scale=alt.Scale(domain=domain, range=["diamond", "circle", "circle"]),
            legend=alt.Legend(title=None, orient="bottom", columns=2),
        ),
    )
    # The middle of a volcano is empty at the top: names stand on that side of their points.
    words = [
        base.transform_filter("datum.named != '' && datum.effect < 0")
        .mark_text(align="left", dx=9, fontSize=11, color=palette.text)
        .encode(text="named"),
        base.transform_filter("datum.named != '' && datum.effect >= 0")
        .mark_text(align="right", dx=-9, fontSize=11, color=palette.text)
        .encode(text="named"),
    ]
    limits = pd.DataFrame({"effect": [-limit.effect, limit.effect]})
    sure = pd.DataFrame({"sureness": [-np.log10(limit.alpha)]})
    rules = (
        alt.Chart(limits).mark_rule(strokeDash=[5, 4], color=palette.base).encode(x="effect"),
        alt.Chart(sure).mark_rule(strokeDash=[5, 4], color=palette.base).encode(y="sureness"),
    )
    return Figure(
        _volcano_finding(tags, limit),
        alt.layer(*rules, points, *words).properties(height=420),
        f"dashed: q = {limit.alpha:g}, |h| = {limit.effect:g}; q corrected for the number of tags"
        + (f"; {untested}" if untested else ""),
        data,
    )


def _untested(number: int) -> str:
    """What is said of the tags that a parameter showed or hid; empty where there are none."""
    if not number:
        return ""
    return f"{count(number, 'tag')} crossed the threshold or a list: a parameter is no drift"


def _worth_naming(points: pd.DataFrame) -> pd.DataFrame:
    """The points that drifted; where none did by much, those that did at all."""
    large = points[points["state"] == STATES[0]]
    return large if len(large) else points[points["state"] == STATES[1]]


def names_apart(named: pd.DataFrame, points: pd.DataFrame, reach: float) -> list[int]:
    """Rows to name, the surest first: those whose names lie on no point and no name before them."""
    top = max(float(points["sureness"].max()), 1.0) if len(points) else 1.0
    taken = [(x, x, y) for x, y in zip(points["effect"], points["sureness"], strict=True)]
    rows: list[int] = []
    for row, tag, x, y in zip(
        named.index, named["tag"], named["effect"], named["sureness"], strict=True
    ):
        # Towards nought, as on the narrowest chart, where the plot is some 64 letters wide.
        inwards = (len(str(tag)) + 2) * 2 * reach / 64 * (1 if x < 0 else -1)
        gap = 0.03 * reach * (1 if x < 0 else -1)  # beyond the point, and those that lie on it
        left, right = sorted((x + gap, x + inwards))
        free = all(
            end < left
            or start > right
            or abs(y - other) > (_LINE if start < end else _LINE / 2) * top
            for start, end, other in taken
        )
        if free:
            taken.append((left, right, y))
            rows.append(int(row))
        if len(rows) == NAMED:
            break
    return rows


def _volcano_finding(tags: pd.DataFrame, limit: DriftLimit) -> str:
    drifted = tags[tags["state"] == STATES[0]]
    sure = tags[tags["state"] != STATES[2]]
    total = count(len(tags), "tag")
    if len(sure) == 0:
        return f"No more than chance moved any of {total}"
    if len(drifted) == 0:
        verb = "moves" if len(sure) == 1 else "move"
        return (
            f"{number(len(sure))} of {total} {verb} beyond chance, none of them by much "
            f"(|h| at least {limit.effect:g})"
        )
    strongest = drifted.iloc[int(drifted["effect"].abs().argmax())]
    return (
        f"{number(len(drifted))} of {total} moved beyond chance and by much; "
        f"{strongest['tag']} most (h {signed(strongest['effect'], 2)})"
    )


def distances_table(found: Comparison) -> pd.DataFrame:
    """Columns distance, value, no_change_95, times (value over that), beyond, tag."""
    rows = [
        {
            "distance": NAMES[name],
            "value": one.value,
            "no_change_95": one.no_change_95,
            "times": one.value / one.no_change_95 if one.no_change_95 > 0 else np.nan,
            "beyond": one.beyond_chance,
            "tag": one.tag or "",
        }
        for name, one in found.distances.items()
    ]
    return pd.DataFrame(rows)


def distances(found: Comparison, palette: Palette) -> Figure:
    """Each distance as a multiple of what chance alone would make of it."""
    data = distances_table(found).dropna(subset=["value", "times"])
    if data.empty:
        return Figure("The distances are not defined: a version has no labels in this layer")
    data = data.assign(
        text=[
            f"{number(value, 3)} (\u2264 {number(chance, 3)})"
            for value, chance in zip(data["value"], data["no_change_95"], strict=True)
        ],
        short=[str(name).split(" (")[0] for name in data["distance"]],
        state=np.where(data["beyond"], "beyond chance", "within chance"),
    )
    base = alt.Chart(limited(data)).encode(
        y=alt.Y("short", sort=list(data["short"]), axis=names_axis()),
        tooltip=[
            alt.Tooltip("distance"),
            alt.Tooltip("value", format=".5f"),
            alt.Tooltip("no_change_95", title="95 % of chance's are below", format=".5f"),
            alt.Tooltip("times", title="times that", format=".2f"),
            alt.Tooltip("tag"),
        ],
    )
    reach = max(float(data["times"].max()) * 1.9, 1.9)
    bars = base.mark_bar(cornerRadiusEnd=2).encode(
        x=alt.X(
            "times",
            scale=alt.Scale(domain=[0, reach], nice=False),
            axis=alt.Axis(title="times what chance gives (95 %)", tickCount=5),
        ),
        color=alt.Color(
            "state",
            scale=alt.Scale(
                domain=["within chance", "beyond chance"], range=[palette.target, palette.lost]
            ),
            legend=None,
        ),
    )
    words = base.mark_text(align="left", dx=6, fontSize=11, color=palette.text).encode(
        x="times", text="text"
    )
    rule = (
        alt.Chart(pd.DataFrame({"times": [1]}))
        .mark_rule(strokeWidth=2, strokeDash=[5, 4], color=palette.text)
        .encode(x="times")
    )
    return Figure(
        _distances_finding(data),
        alt.layer(bars, rule, words).properties(height=height(len(data), 32)),
        "dashed, and in brackets: how far two random samples of these sizes lie apart at most, 19 "
        "times in 20",
        data,
    )


def _distances_finding(data: pd.DataFrame) -> str:
    beyond = data[data["beyond"]]
    if beyond.empty:
        return "The whole mix of tags moved no more than chance would move it"
    if len(beyond) == len(data):
        return "The whole mix of tags moved beyond chance, by every distance"
    return (
        f"The mix of tags moved beyond chance by {listed(list(beyond['short']))}, not by the others"
    )
