"""Which tags changed beyond chance, and how much the whole mix of tags changed."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from tagledger.compare.compare import Comparison, Distance
from tagledger.compare.in_words import TOO_FEW
from tagledger.release.gates import DriftLimit
from tagledger.words import count, listed, number, signed
from tagledger_dashboard.theme import Palette
from tagledger_dashboard.views.figure import Figure, height, limited, measure_axis, names_axis

POINTS = 2_000
NAMED = 10
_LINE = 0.05  # the height of a name, as a share of the height of the chart
_CEILING = 12.0  # the largest -log10 q to draw: a smaller q says nothing new
STATES = ("beyond chance, large", "beyond chance, small", "chance")
_POINTS = (
    "difference_kept",
    "low_kept",
    "high_kept",
    "difference_rest",
    "low_rest",
    "high_rest",
    "smallest_loss",
)
CROSSED = {"threshold": "crossed the threshold", "taxonomy_or_list": "entered or left a list"}
NAMES = {
    "jensen_shannon_divergence": "Jensen-Shannon divergence (bits)",
    "jensen_shannon_distance": "Jensen-Shannon distance",
    "l_infinity": "L-infinity (largest change of a share)",
    "hellinger": "Hellinger",
    "total_variation": "Total variation",
    "psi": "PSI (population stability index)",
}


def by_tag(comparison: Comparison, limit: DriftLimit) -> pd.DataFrame:
    """The drift of each tag: the smallest q first, then the largest effect.

    Parameters
    ----------
    comparison
        The comparison.
    limit
        The q-value and the effect from which a tag drifts.

    Returns
    -------
    DataFrame
        Columns tag, count_a, count_b, presence_a, presence_b, share_a, share_b, effect (Cohen's h),
        lost, gained, q_kept, q_rest, q (of both together; nan where nothing was tested), the
        differences of presence with their intervals, smallest_loss, and state: one of `STATES`, or
        of `CROSSED` for a tag that a parameter changed, or `TOO_FEW`.
    """
    tags = comparison.tags
    q = tags["q"].to_numpy(float)
    sure = q < limit.alpha
    large = tags["effect"].abs().to_numpy() >= limit.effect
    tested = np.where(sure & large, STATES[0], np.where(sure, STATES[1], STATES[2]))
    tested = np.where(tags["untested"] == "too_few_changes", TOO_FEW, tested)
    crossed = tags["crossed"].map(CROSSED).to_numpy(object)
    state = pd.Series(np.where(tags["crossed"] != "", crossed, tested), tags.index, dtype="str")
    columns = ["tag", "count_a", "count_b", "presence_a", "presence_b", "share_a", "share_b"]
    frame = tags[[*columns, "effect", "lost", "gained", "q_kept", "q_rest", "q", *_POINTS]].assign(
        state=state, size=tags["effect"].abs()
    )
    frame["effect"] += 0.0  # a negative zero would look like a fall
    frame = frame.sort_values(["q", "size", "tag"], ascending=[True, False, True])
    return frame.drop(columns="size").reset_index(drop=True)


def volcano(comparison: Comparison, limit: DriftLimit, palette: Palette) -> Figure:
    """The effect size of every tag, against its q-value."""
    every = by_tag(comparison, limit)
    if every.empty:
        return Figure("Neither version has labels in this layer")
    too_few = int((every["state"] == TOO_FEW).sum())
    # A tag with too few changes is drawn as what it is for all that is known: chance.
    tags = every.assign(state=every["state"].replace(TOO_FEW, STATES[2]))
    tags = tags[tags["state"].isin(STATES)].reset_index(drop=True)
    untested = _untested(len(every) - len(tags), too_few)
    if tags.empty:
        return Figure(
            f"No tag was tested: {count(len(every), 'tag')} crossed the threshold or a list"
        )
    smallest = 10.0**-_CEILING
    data = tags.head(POINTS).assign(
        certainty=-np.log10(tags["q"].head(POINTS).fillna(1.0).clip(lower=smallest))
    )
    data["named"] = ""
    reach = max(float(data["effect"].abs().max()) * 1.35, limit.effect * 1.25)
    shown = names_apart(_worth_naming(data), data, reach)
    data.loc[shown, "named"] = data.loc[shown, "tag"]
    base = alt.Chart(limited(data)).encode(
        x=alt.X(
            "effect",
            scale=alt.Scale(domain=[-reach, reach], nice=False),
            axis=alt.Axis(title=["effect size (Cohen's h)", "rarer ← 0 → more frequent"]),
        ),
        y=alt.Y(
            "certainty",
            scale=alt.Scale(
                domain=[0, max(float(data["certainty"].max()) * 1.12, 2.0)], nice=False
            ),
            axis=alt.Axis(title="certainty (\u2212log10 of q)", tickCount=6),
        ),
        tooltip=[
            alt.Tooltip("tag"),
            alt.Tooltip("effect", title="Cohen's h", format="+.3f"),
            alt.Tooltip("q", title="q", format=".2g"),
            alt.Tooltip("q_kept", title="q on kept items", format=".2g"),
            alt.Tooltip("q_rest", title="q on added and removed items", format=".2g"),
            alt.Tooltip("presence_a", title=f"share of clean items, {comparison.a}", format=".2%"),
            alt.Tooltip("presence_b", title=f"share of clean items, {comparison.b}", format=".2%"),
            alt.Tooltip("gained", format=","),
            alt.Tooltip("lost", format=","),
        ],
    )
    domain = list(STATES)
    points = base.mark_point(filled=True, size=70, opacity=0.85).encode(
        color=alt.Color(
            "state",
            scale=alt.Scale(domain=domain, range=[palette.lost, palette.target, palette.quiet]),
            legend=alt.Legend(title=None, orient="bottom", columns=1),
        ),
        shape=alt.Shape(
            "state",
            scale=alt.Scale(domain=domain, range=["diamond", "circle", "circle"]),
            legend=alt.Legend(title=None, orient="bottom", columns=1),
        ),
    )
    # The upper middle of the chart is empty, so a name is on the inner side of its point.
    words = [
        base.transform_filter("datum.named != '' && datum.effect < 0")
        .mark_text(align="left", dx=9, fontSize=11, color=palette.text)
        .encode(text="named"),
        base.transform_filter("datum.named != '' && datum.effect >= 0")
        .mark_text(align="right", dx=-9, fontSize=11, color=palette.text)
        .encode(text="named"),
    ]
    limits = pd.DataFrame({"effect": [-limit.effect, limit.effect]})
    sure = pd.DataFrame({"certainty": [-np.log10(limit.alpha)]})
    rules = (
        alt.Chart(limits).mark_rule(strokeDash=[5, 4], color=palette.base).encode(x="effect"),
        alt.Chart(sure).mark_rule(strokeDash=[5, 4], color=palette.base).encode(y="certainty"),
    )
    return Figure(
        _volcano_finding(tags, limit),
        alt.layer(*rules, points, *words).properties(height=420),
        f"dashed: q = {limit.alpha:g}, |h| = {limit.effect:g}; q corrected for the number of tags"
        + (f"; {untested}" if untested else ""),
        data,
    )


def _untested(crossed: int, too_few: int) -> str:
    """A note on the tags that were not tested; empty where all were."""
    notes = [
        f"{count(crossed, 'tag')} that crossed the threshold or a list" if crossed else "",
        f"{count(too_few, 'tag')} with too few changes, drawn at 0" if too_few else "",
    ]
    shown = [note for note in notes if note]
    return f"not tested: {'; '.join(shown)}" if shown else ""


def _worth_naming(points: pd.DataFrame) -> pd.DataFrame:
    """The tags that changed beyond chance and by much; if none did, those beyond chance."""
    large = points[points["state"] == STATES[0]]
    return large if len(large) else points[points["state"] == STATES[1]]


def names_apart(named: pd.DataFrame, points: pd.DataFrame, reach: float) -> list[int]:
    """Rows to name, the most certain first: a name must not cover a point or an earlier name."""
    top = max(float(points["certainty"].max()), 1.0) if len(points) else 1.0
    taken = [(x, x, y) for x, y in zip(points["effect"], points["certainty"], strict=True)]
    rows: list[int] = []
    for row, tag, x, y in zip(
        named.index, named["tag"], named["effect"], named["certainty"], strict=True
    ):
        # Towards zero; on a laptop the chart is some 48 letters wide.
        inwards = (len(str(tag)) + 2) * 2 * reach / 48 * (1 if x < 0 else -1)
        gap = 0.03 * reach * (1 if x < 0 else -1)  # from the point to the name
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
        return f"None of {total} changed beyond chance"
    if len(drifted) == 0:
        return (
            f"{number(len(sure))} of {total} changed beyond chance, but none by much "
            f"(|h| is below {limit.effect:g})"
        )
    strongest = drifted.iloc[int(drifted["effect"].abs().argmax())]
    return (
        f"{number(len(drifted))} of {total} changed beyond chance and by much; "
        f"{strongest['tag']} changed most (h {signed(strongest['effect'], 2)})"
    )


def distances_table(comparison: Comparison) -> pd.DataFrame:
    """Columns distance, value, no_change_95, times (value over no_change_95), beyond, tag."""
    rows = [
        {
            "distance": NAMES[name],
            "value": one.value,
            "no_change_95": one.no_change_95,
            "times": _times(one),
            "beyond": one.beyond_chance,
            "tag": one.tag or "",
        }
        for name, one in comparison.distances.items()
    ]
    return pd.DataFrame(rows)


def _times(one: Distance) -> float:
    """The ratio to chance; 0 where nothing changed, so that chance gives nothing either."""
    if one.value == 0:
        return 0.0
    return one.value / one.no_change_95 if one.no_change_95 > 0 else np.nan


def distances(comparison: Comparison, palette: Palette) -> Figure:
    """Each distance as a multiple of the distance that chance alone gives."""
    data = distances_table(comparison).dropna(subset=["value", "times"])
    if data.empty:
        return Figure(
            "The distances are not defined, because a version has no labels in this layer"
        )
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
            alt.Tooltip("no_change_95", title="by chance, 95 % below", format=".5f"),
            alt.Tooltip("times", title="ratio", format=".2f"),
            alt.Tooltip("tag"),
        ],
    )
    reach = max(float(data["times"].max()) * 1.9, 1.9)
    bars = base.mark_bar(cornerRadiusEnd=2).encode(
        x=alt.X(
            "times",
            scale=alt.Scale(domain=[0, reach], nice=False),
            axis=measure_axis("ratio to the distance by chance (95 %)"),
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
        "dashed line, and in brackets: the largest distance, 19 times in 20, if the changes had no "
        "direction"
        if comparison.items.kept
        else "dashed line, and in brackets: the largest distance between two random samples of "
        "these sizes, 19 times in 20",
        data,
    )


def _distances_finding(data: pd.DataFrame) -> str:
    beyond = data[data["beyond"]]
    if beyond.empty:
        return "The mix of tags changed no more than chance explains"
    if len(beyond) == len(data):
        return "The mix of tags changed beyond chance, by every distance"
    measures = listed(list(beyond["short"]))
    return f"The mix of tags changed beyond chance by {measures}, not by the others"
