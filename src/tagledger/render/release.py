"""Checks, releases and rebuilds, for a terminal of 80 columns."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tagledger.render.gates import gate_line
from tagledger.render.output import terminal
from tagledger.words import many, plain

# A rebuild needs nothing that checks, and a check nothing that releases.
if TYPE_CHECKING:
    from tagledger.release.check import Checked
    from tagledger.release.release import Released
    from tagledger.versions import RebuildResult

_NAMED = 5
# What DVC tells people who run it by hand.
_ADVICE = (
    "To track the changes with git",
    "git add ",
    "To enable auto staging",
    "dvc config core.autostage",
    "Use `dvc push`",
    "Updating lock file",
)


def print_progress(line: str) -> None:
    """Print a line of a long run, at once, where it is not taken for the result."""
    said = line.strip(), line.partition(": ")[2].strip()  # with and without a version's name
    if not any(text.startswith(_ADVICE) for text in said):
        print(plain(line), file=sys.stderr, flush=True)


def check_json(found: Checked) -> dict[str, Any]:
    """A check as one JSON document."""
    return {
        "format": 2,
        "state": found.state,
        "holds": found.state == "hold",
        "base": found.base,
        "checks": [asdict(check) for check in found.checks],
        "gates": [asdict(gate) for gate in found.gates],
    }


def print_check(found: Checked, *, stderr: bool = False) -> None:
    """Print each check that fails, and each gate with its value and limit."""
    console = terminal(stderr=stderr)
    checks = many(len(found.checks), "schema check")
    if not found.failed:
        console.print(f"{checks}: all hold")
    else:
        console.print(Text(f"{checks}: {len(found.failed)} do not hold", style="red"))
    for check in found.failed:
        where = f"{check.table}{f' {check.column}' if check.column else ''}"
        _line(
            console,
            f"BROKEN  {where}: {check.check}, {check.failed:,} of {many(check.rows, 'row')}"
            + (f"; first {plain(', '.join(check.first))}" if check.first else ""),
            "red",
        )
    base = (
        f"compared with {plain(found.base)}"
        if found.base
        else "without a comparison: there is no release yet to compare with"
    )
    console.print(f"{many(len(found.gates), 'gate')}, {base}")
    for gate in found.gates:
        style = "" if gate.holds else "red" if gate.broken else "yellow"
        _line(console, gate_line(gate), style)


def print_released(made: Released) -> None:
    """Print a release that was made, and what to do next."""
    console = terminal()
    after = f", after {plain(made.last)}" if made.last else ""
    console.print(Text(f"Released {made.name} as {made.commit[:7]}{after}", style="bold green"))
    console.print(_grid(made.summary))
    if not made.agrees and made.proposal is not None:
        console.print(
            Text(
                f"The name does not agree: what changed makes a {made.proposal.level} release.",
                style="yellow",
            )
        )
    console.print()
    console.print(
        Text.assemble(
            "Next: ",
            ("git push --follow-tags", "bold"),
            " and ",
            ("dvc push --all-tags", "bold"),
            " publish it.",
        )
    )
    if made.untagged:
        # DVC finds the data of tags and commits; it knows nothing of records.
        some = plain(", ".join(made.untagged[-_NAMED:]))
        more = f" and {len(made.untagged) - _NAMED} more" if made.untagged[_NAMED:] else ""
        console.print(
            Text.assemble(
                f"No tag in this clone has the name {some}{more}: ",
                ("dvc push --all-commits", "bold"),
                " publishes that data too.",
            )
        )


def rebuild_json(results: Sequence[RebuildResult]) -> dict[str, Any]:
    """What came of rebuilds as one JSON document."""
    return {
        "format": 1,
        "versions": [
            {
                "version": result.version.name,
                "seconds": round(result.seconds, 3),
                "identical": result.identical,
                "differing": result.differing,
                "problem": None if result.problem is None else result.problem.what,
            }
            for result in results
        ],
    }


def print_rebuilds(results: Sequence[RebuildResult]) -> None:
    """Print what came of rebuilds."""
    console = terminal()
    for result in results:
        name, took = plain(result.version.name), f"({result.seconds:.1f} s)"
        if result.identical:
            how = Text(f"rebuilt, identical bit for bit {took}", style="green")
        elif result.problem is not None:
            how = Text(f"not rebuilt {took}", style="red")
        elif result.differing:
            how = Text(f"rebuilt, but not identical {took}", style="red")
        else:
            how = Text(f"rebuilt, the data is identical and dvc.lock is not {took}", style="yellow")
        console.print(Text.assemble((name, "cyan"), "  ", how))
        for path in result.differing:
            _line(console, f"differs: {plain(path)}")
        if result.problem is not None:
            for line in str(result.problem).splitlines():
                _line(console, line)


def _grid(rows: Sequence[tuple[str, str]]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="cyan", no_wrap=True)
    grid.add_column()
    for what, how in rows:
        grid.add_row(what, Text(plain(how)))
    return grid


def _line(console: Console, text: str, style: str = "") -> None:
    console.print(Padding(Text(text, style=style), (0, 0, 0, 2), expand=False))
