"""A benchmark of two sides that make labels, each timed inside a process of its own.

A benchmark of this kind is a module with `ours` and `peer`, which it runs as a program: its last
line of output is what `took` returns.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.harness import now, peak_mib, run_module

_SIDES = ("ours", "peer")
_MEASURES = (("time", "wall_s", "s"), ("CPU time", "cpu_s", "s"), ("memory", "peak_mib", "MiB"))

Turn = dict[str, dict[str, Any]]


def took(start: tuple[float, float], labels: int) -> dict[str, Any]:
    """What a side took since `start`, which `harness.now` gave, and how many labels it made."""
    wall, cpu = now()
    return {
        "wall_s": wall - start[0],
        "cpu_s": cpu - start[1],
        "peak_mib": peak_mib(),
        "labels": labels,
    }


def take_sides(module: str, folder: Path, runs: int) -> list[Turn]:
    """Run both sides of a module in turn; both must end with the same number of labels.

    Raises
    ------
    RuntimeError
        They do not.
    """
    turns = [{side: _child(module, side, folder) for side in _SIDES} for _ in range(runs)]
    for turn in turns:
        if turn["ours"]["labels"] != turn["peer"]["labels"]:
            raise RuntimeError(f"the two sides made different labels: {turn}")
    return turns


def _child(module: str, side: str, folder: Path) -> dict[str, Any]:
    printed = run_module(module, side, str(folder))
    found: dict[str, Any] = json.loads(printed.splitlines()[-1])
    print(f"  {side}: {found}", file=sys.stderr)
    return found


def rows_of(turns: Sequence[Turn], what: Callable[[str], str], beside: str) -> list[dict[str, str]]:
    """A row of the table for each measure.

    Parameters
    ----------
    turns
        What `take_sides` returned.
    what
        Says what is measured, by the name of the measure.
    beside
        What the peer is.
    """
    table = []
    for measured, key, unit in _MEASURES:
        ratios = sorted(turn["peer"][key] / turn["ours"][key] for turn in turns)
        mine, theirs = (median(turn[side][key] for turn in turns) for side in _SIDES)
        table.append(
            {
                "what": what(measured),
                "ours": f"{mine:,.1f} {unit}",
                "beside": f"{theirs:,.1f} {unit}, {beside}",
                "ratio": f"{median(ratios):.1f} times ours",
                "spread": f"{ratios[0]:.1f} to {ratios[-1]:.1f}",
            }
        )
    return table
