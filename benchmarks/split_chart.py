"""The chart of `split_quality`: error and CPU time by number of items, method by method."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from benchmarks.peers.split_methods import METHODS

Row = dict[str, Any]

OURS, PEER = "tagledger", "iterative-stratification"
_COLOURS = dict(zip(METHODS, ("#0072b2", "#d55e00", "#a8568b", "#6e6e6e", "#b07800"), strict=True))
_STRATIFY = (OURS, PEER, "scikit-multilearn")
_WIDE, _HIGH, _TOP, _LINE = 285, 250, 112, 16
_SIZE = (1020, 450)


def shown(rows: Sequence[Row]) -> list[Row]:
    """The rows of the chart: single items with the tags of a catalogue."""
    return [row for row in rows if row["data"] in {"real catalogue", "curated"}]


def beside(rows: Sequence[Row]) -> tuple[Row, Row] | None:
    """Ours and the peer on the largest dataset that both have split."""
    done = {(row["items"], row["method"]): row for row in shown(rows) if "skipped" not in row}
    both = [items for items, method in done if method == OURS and (items, PEER) in done]
    return (done[max(both), OURS], done[max(both), PEER]) if both else None


def title(rows: Sequence[Row]) -> list[str]:
    """The finding, in two lines."""
    pair = beside(rows)
    if pair is None:
        return ["Stratified splits: error and CPU time", f"({PEER} did not run)"]
    ours, peer = pair
    longer = peer["cpu_s"] / ours["cpu_s"]
    first = (
        f"{ours['items']:,} items: Tagledger takes {ours['cpu_s']:.1f} s of CPU time, "
        f"{PEER} {longer:.{0 if longer > 10 else 1}f} times as long,"
    )
    second = (
        f"and leaves {ours['over_floor']:.2f} times the least error that whole rows allow, "
        f"against {peer['over_floor']:.2f}"
    )
    return [first, second]


@dataclass(frozen=True)
class _Axis:
    """A logarithmic axis: values to points from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Powers of ten; 1, 2 and 5 of each where there are few of them."""
        tens = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        steps = (1, 2, 5) if self.high / self.low < 100 else (1,)
        every = [10.0**ten * step for ten in tens for step in steps]
        return [tick for tick in every if self.low <= tick * 1.001 and tick <= self.high * 1.001]


@dataclass(frozen=True)
class _Panel:
    """One measure of some methods: where the panel stands, and what its axes say."""

    left: float
    name: str
    measure: str
    methods: tuple[str, ...]


_PANELS = (
    _Panel(60, "label distribution error over its floor", "over_floor", tuple(METHODS)),
    _Panel(570, "CPU time in seconds", "cpu_s", _STRATIFY),
)


def svg(rows: Sequence[Row]) -> str:
    """The chart; a run that was given up is drawn as a triangle at its limit."""
    wide, high = _SIZE
    box = f'viewBox="0 0 {wide} {high}" font-family="Helvetica, Arial, sans-serif"'
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" {box}>']
    parts.append(f'<rect width="{wide}" height="{high}" fill="white"/>')
    for place, line in enumerate(title(rows)):
        parts.append(_text(20, 30 + 22 * place, line, size=16, weight="bold"))
    for panel in _PANELS:
        parts += _draw(panel, shown(rows))
    note = "2k: the real catalogue; others are made up, four labels an item. Random and hash splits"
    parts.append(_text(20, high - 14, f"{note} take next to no time.", size=12))
    return "\n".join([*parts, "</svg>\n"])


def _draw(panel: _Panel, rows: Sequence[Row]) -> Iterator[str]:
    points = {
        method: [
            (row["items"], row.get(panel.measure, row.get("limit_s")), "skipped" not in row)
            for row in sorted(rows, key=lambda row: row["items"])
            if row["method"] == method
            and ("skipped" not in row or (panel.measure == "cpu_s" and "limit_s" in row))
        ]
        for method in panel.methods
    }
    items = sorted({item for line in points.values() for item, _, _ in line})
    values = [value for line in points.values() for _, value, _ in line]
    x = _Axis(items[0], max(items[-1], 10 * items[0]), panel.left, panel.left + _WIDE)
    low, high = min(values), max(values)
    if high / low >= 100:
        low, high = 10.0 ** math.floor(math.log10(low)), 10.0 ** math.ceil(math.log10(high))
    y = _Axis(min(low, 1), max(high, 2) * 1.05, _TOP + _HIGH, _TOP)

    yield _text(panel.left, _TOP - 18, panel.name, weight="bold")
    for tick in y.ticks():
        yield f'<path d="M{panel.left} {y(tick):.1f}h{_WIDE}" stroke="#ddd"/>'
        yield _text(panel.left - 8, y(tick) + 4, f"{tick:g}", anchor="end")
    for item in items:
        yield f'<path d="M{x(item):.1f} {_TOP + _HIGH}v5" stroke="#222"/>'
        yield _text(x(item), _TOP + _HIGH + 20, _short(item), anchor="middle")
    yield _text(panel.left + _WIDE / 2, _TOP + _HIGH + 40, "items", anchor="middle")

    lines = {method: line for method, line in points.items() if line}
    ends = {method: y(line[-1][1]) for method, line in lines.items()}
    labels = _apart(ends)
    for method, line in reversed(lines.items()):
        yield from _curve(line, x, y, _COLOURS[method], 3 if method == OURS else 1.8)
        end, edge = x(line[-1][0]), panel.left + _WIDE
        yield (
            f'<path d="M{end + 7:.1f} {ends[method]:.1f}L{max(edge, end) + 16:.1f} '
            f'{labels[method]:.1f}" stroke="{_COLOURS[method]}" stroke-width="0.7" opacity="0.6"/>'
        )
        weight = "bold" if method == OURS else "normal"
        colour = _COLOURS[method]
        yield _text(edge + 19, labels[method] + 4, method, weight=weight, colour=colour)


def _curve(
    line: list[tuple[int, float, bool]],
    x: Callable[[float], float],
    y: Callable[[float], float],
    colour: str,
    width: float,
) -> Iterator[str]:
    at = [(x(items), y(value), done) for items, value, done in line]
    for (x1, y1, _), (x2, y2, done) in pairwise(at):
        dashes = "" if done else ' stroke-dasharray="4 4"'
        yield (
            f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" fill="none" stroke="{colour}" '
            f'stroke-width="{width}"{dashes}/>'
        )
    for (left, top, done), (_, value, _) in zip(at, line, strict=True):
        if done:
            yield f'<circle cx="{left:.1f}" cy="{top:.1f}" r="{width + 1.5:.1f}" fill="{colour}"/>'
            continue
        yield f'<path d="M{left - 6:.1f} {top + 5:.1f}h12l-6 -11z" fill="white" stroke="{colour}"/>'
        yield _text(left, top - 12, f"over {value:g} s", anchor="middle", size=12, colour=colour)


def _apart(heights: dict[str, float]) -> dict[str, float]:
    """Heights of labels, each near to where its line ends and a line of text from the next."""
    order = sorted(heights, key=lambda method: heights[method])
    placed: dict[str, float] = {}
    least = float(_TOP)
    for method in order:
        placed[method] = max(heights[method], least)
        least = placed[method] + _LINE
    most = float(_TOP + _HIGH)
    for method in reversed(order):
        placed[method] = min(placed[method], most)
        most = placed[method] - _LINE
    return placed


def _short(items: int) -> str:
    return f"{items / 1e6:.3g}M" if items >= 1_000_000 else f"{items / 1000:.0f}k"


def _text(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "start",
    size: int = 13,
    weight: str = "normal",
    colour: str = "#222",
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" '
        f'font-weight="{weight}" fill="{colour}">{text}</text>'
    )
