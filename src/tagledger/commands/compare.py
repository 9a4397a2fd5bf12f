"""The command that compares two versions."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tagledger import errors
from tagledger.commands.options import Json, LayerOption, find_repository

if TYPE_CHECKING:
    from tagledger.compare.compare import Comparison
    from tagledger.dataset import Dataset
    from tagledger.release.gates import GateResult
    from tagledger.versions import Repository, Staleness


def compare(
    a: Annotated[str, typer.Argument(metavar="A", help="The earlier version.")],
    b: Annotated[str, typer.Argument(metavar="[B]", help="The later version.")] = "workspace",
    *,
    layer: LayerOption = "filtered",
    gate: Annotated[
        bool,
        typer.Option(
            "--gate", help="Measure the gates of params.yaml; exit 1 if one does not hold."
        ),
    ] = False,
    items: Annotated[
        bool, typer.Option("--items", help="List each relabelled item, with the causes.")
    ] = False,
    csv: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Also write all results as CSV files.")
    ] = None,
    form: Annotated[
        Literal["text", "json", "md"], typer.Option("--format", help="What to print.")
    ] = "text",
    as_json: Json = False,
) -> None:
    """Show what changed between two versions, and why."""
    from tagledger.dataset import compare_datasets, open_dataset
    from tagledger.render import warn, working

    repository = find_repository()
    with working(f"comparing {a} with {b}"):
        before, after = open_dataset(a, repository), open_dataset(b, repository)
        found = compare_datasets(before, after, layer)
        gates = _gates(after, found) if gate else []
        stale = _staleness(repository, a, b)
    if csv is not None:
        from tagledger.render.comparison_csv import write_comparison

        written = write_comparison(found, csv)
        errors.say(f"wrote {len(written)} files to {csv}", stderr=True)
    if as_json or form == "json":
        from tagledger.render import print_json
        from tagledger.render.comparison_json import comparison_document

        document = comparison_document(found, items=items, gates=gates)
        print_json(document | {"stale": [asdict(change) for change in stale.changes]})
    elif form == "md":
        from tagledger.render.comparison_markdown import comparison_markdown

        sys.stdout.write(comparison_markdown(found, items=items, gates=gates))
    else:
        from tagledger.render.comparison_text import print_comparison

        print_comparison(found, items=items, gates=gates)
    warn(stale.problem)
    raise typer.Exit(int(not all(result.holds for result in gates)))


def _gates(after: Dataset, found: Comparison) -> list[GateResult]:
    """The gates, measured on the later version."""
    from tagledger.release.check import measure_gates

    return measure_gates(after, found)


def _staleness(repository: Repository, *names: str) -> Staleness:
    """Whether the workspace is stale, if it is one of the versions."""
    from tagledger import versions

    if versions.WORKSPACE not in names:
        return versions.Staleness()
    return versions.staleness(repository)
