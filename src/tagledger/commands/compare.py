"""The command that compares two versions."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from tagledger import errors
from tagledger.commands.options import as_json, find_repository, of_layer
from tagledger.layers import Layer

if TYPE_CHECKING:
    from tagledger.compare.compare import Comparison
    from tagledger.dataset import Dataset
    from tagledger.release.gates import GateResult
    from tagledger.versions import Repository, Staleness


@click.command()
@click.argument("a", metavar="A", help="The earlier version.")
@click.argument(
    "b", metavar="[B]", default="workspace", help="The later version; by default the workspace."
)
@of_layer
@click.option(
    "--gate", is_flag=True, help="Measure the gates of params.yaml; exit 1 if one does not hold."
)
@click.option("--items", is_flag=True, help="List each relabelled item, with the causes.")
@click.option(
    "--csv",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Also write all results as CSV files.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json", "md")),
    default="text",
    show_default=True,
    help="What to print.",
)
@as_json
def compare(
    a: str,
    b: str,
    *,
    layer: Layer,
    gate: bool,
    items: bool,
    csv: Path | None,
    form: Literal["text", "json", "md"],
    as_json: bool,
) -> None:
    """Show what changed between two versions, and why."""
    from tagledger import versions
    from tagledger.kept import output
    from tagledger.render import warn

    repository = find_repository()
    sides = versions.find_versions(repository, [a, b])
    stale = _staleness(repository, a, b)

    def print_new() -> output.Printed:
        from tagledger.dataset import Dataset, compare_datasets
        from tagledger.render import working

        with working(f"comparing {a} with {b}"):
            before, after = (Dataset(repository, version) for version in sides)
            comparison = compare_datasets(before, after, layer)
            gates = _gates(after, comparison) if gate else []
        if csv is not None:
            from tagledger.render.comparison_csv import write_comparison

            written = write_comparison(comparison, csv)
            errors.say(f"wrote {len(written)} files to {csv}", stderr=True)
        _print(comparison, gates, stale, form="json" if as_json else form, items=items)
        code = int(not all(result.holds for result in gates))
        return output.Printed(code, whole=not comparison.unfound)

    question = {
        "compare": [output.in_question(version) for version in sides],
        "stale": [asdict(change) for change in stale.changes],
        "options": [layer, gate, items, form, as_json],
    }
    code = output.print_kept(repository, lambda: question if csv is None else None, print_new)
    warn(stale.problem)
    raise click.exceptions.Exit(code)


def _print(
    comparison: Comparison, gates: Sequence[GateResult], stale: Staleness, *, form: str, items: bool
) -> None:
    if form == "json":
        from tagledger.render import print_json
        from tagledger.render.comparison_json import comparison_document

        document = comparison_document(comparison, items=items, gates=gates)
        print_json(document | {"stale": [asdict(change) for change in stale.changes]})
    elif form == "md":
        from tagledger.render.comparison_markdown import comparison_markdown

        sys.stdout.write(comparison_markdown(comparison, items=items, gates=gates))
    else:
        from tagledger.render.comparison_text import print_comparison

        print_comparison(comparison, items=items, gates=gates)


def _gates(after: Dataset, comparison: Comparison) -> list[GateResult]:
    """The gates, measured on the later version."""
    from tagledger.release.check import measure_gates

    return measure_gates(after, comparison)


def _staleness(repository: Repository, *names: str) -> Staleness:
    """Whether the workspace is stale, if it is one of the versions."""
    from tagledger import versions

    if versions.WORKSPACE not in names:
        return versions.Staleness()
    return versions.staleness(repository)
