"""Checks, releases and rebuilds, for a terminal of 80 columns."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from tagledger.render.console import print_indented
from tagledger.render.gates import gate_line
from tagledger.render.output import terminal
from tagledger.words import count, listed, number, plain, shortened

# A rebuild needs nothing that checks, and a check nothing that releases.
if TYPE_CHECKING:
    from tagledger.release.check import Checked
    from tagledger.release.release import Released
    from tagledger.versions import RebuildResult

_NAMED = 5
# Advice of DVC for people who run it by hand.
_ADVICE = (
    "To track the changes with git",
    "git add ",
    "To enable auto staging",
    "dvc config core.autostage",
    "Use `dvc push`",
    "Updating lock file",
)


def print_progress(line: str) -> None:
    """Print a line of a long run on standard error, at once."""
    texts = line.strip(), line.partition(": ")[2].strip()  # with and without a version's name
    if not any(text.startswith(_ADVICE) for text in texts):
        print(plain(line), file=sys.stderr, flush=True)


def check_json(checked: Checked) -> dict[str, Any]:
    """A check as one JSON document."""
    return {
        "format": 2,
        "state": checked.state,
        "holds": checked.state == "hold",
        "base": checked.base,
        "checks": [asdict(check) for check in checked.checks],
        "gates": [asdict(gate) for gate in checked.gates],
        "own_schemas": {
            "run": [path.as_posix() for path in checked.own],
            "not_run": [path.as_posix() for path in checked.own_not_run],
        },
    }


def print_check(checked: Checked, *, stderr: bool = False) -> None:
    """Print each check that fails, and each gate with its value and limit."""
    console = terminal(stderr=stderr)
    checks = count(len(checked.checks), "schema check")
    if not checked.failed:
        console.print(f"{checks}: all hold")
    else:
        failed = count(len(checked.failed), "does", "do")
        console.print(Text(f"{checks}: {failed} not hold", style="red"))
    for check in checked.failed:
        where = f"{check.table}{f' {check.column}' if check.column else ''}"
        print_indented(
            console,
            f"BROKEN  {where}: {check.check}, {number(check.failed)} of {count(check.rows, 'row')}"
            + (f"; first {plain(', '.join(check.first))}" if check.first else ""),
            "red",
        )
    of = f" of the source {plain(checked.first_of)}" if checked.first_of else ""
    if checked.own_not_run:
        files = listed([path.as_posix() for path in checked.own_not_run])
        print_indented(
            console,
            f"not run: the checks of {files}, as they are code and this repository has a remote "
            "elsewhere; if you trust it, `tagledger check --yes` runs them",
            "yellow",
        )
    base = (
        f"compared with {plain(checked.base)}"
        if checked.base
        else f"not compared, as there is no release{of} yet"
    )
    console.print(f"{count(len(checked.gates), 'gate')}, {base}")
    for gate in checked.gates:
        style = "" if gate.holds else "red" if gate.broken else "yellow"
        print_indented(console, gate_line(gate), style)


def print_check_advice(checked: Checked) -> None:
    """Print what to do where items moved from train to test."""
    from tagledger.compare import in_words

    if checked.comparison is not None:
        advice = in_words.keeping_splits(checked.comparison)
        if advice:
            terminal().print(Text(f"next: {advice}"))


def print_released(released: Released) -> None:
    """Print a release that was released, and what to do next."""
    console = terminal()
    after = f", after {plain(released.last)}" if released.last else ""
    console.print(
        Text(f"Released {released.name} as {released.commit[:7]}{after}", style="bold green")
    )
    console.print(_grid(released.summary))
    if not released.agrees and released.proposal is not None:
        console.print(
            Text(
                f"The name does not fit: the changes make a {released.proposal.level} release.",
                style="yellow",
            )
        )
    if released.following is not None:
        console.print(
            f"In the next version its items keep their split:\n"
            f"the commit after it, {released.following[:7]}, freezes them."
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
    if released.untagged:
        # DVC finds the data of tags and commits; it knows nothing of records.
        # The latest first: they are the ones that people miss.
        some = plain(shortened(released.untagged[::-1], _NAMED))
        console.print(
            Text.assemble(
                f"This clone has no git tag of these names: {some}. ",
                ("dvc push --all-commits", "bold"),
                " publishes their data too.",
            )
        )


def rebuild_json(results: Sequence[RebuildResult]) -> dict[str, Any]:
    """The results of rebuilds as one JSON document."""
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
    """Print the results of rebuilds."""
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
            how = Text(
                f"rebuilt, the data is identical, but dvc.lock is not {took}", style="yellow"
            )
        console.print(Text.assemble((name, "cyan"), "  ", how))
        for path in result.differing:
            print_indented(console, f"differs: {plain(path)}")
        if result.problem is not None:
            for line in str(result.problem).splitlines():
                print_indented(console, line)


def _grid(rows: Sequence[tuple[str, str]]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="cyan", no_wrap=True)
    grid.add_column()
    for what, how in rows:
        grid.add_row(what, Text(plain(how)))
    return grid
