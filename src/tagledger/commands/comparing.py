"""The command that compares two versions."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from tagledger import errors
from tagledger.commands.options import Json, LayerOption


def compare(
    a: Annotated[str, typer.Argument(metavar="A", help="The earlier version.")],
    b: Annotated[str, typer.Argument(metavar="[B]", help="The later version.")] = "workspace",
    *,
    layer: LayerOption = "filtered",
    gate: Annotated[
        bool, typer.Option("--gate", help="Exit 1 when B breaks a gate of params.yaml.")
    ] = False,
    items: Annotated[
        bool, typer.Option("--items", help="List each relabelled item, and why it was.")
    ] = False,
    csv: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write it all as CSV files too.")
    ] = None,
    form: Annotated[
        Literal["text", "json", "md"], typer.Option("--format", help="What to print.")
    ] = "text",
    as_json: Json = False,
) -> None:
    """Show what changed between two versions, and why."""
    from tagledger.checking import measure_gates
    from tagledger.dataset import compare_versions, open_dataset
    from tagledger.render import working

    with working(f"comparing {a} with {b}"):
        found = compare_versions(a, b, layer)
        gates = measure_gates(open_dataset(b), found) if gate else []
    if csv is not None:
        from tagledger.render.comparison_csv import write_comparison

        written = write_comparison(found, csv)
        errors.say(f"wrote {len(written)} files to {csv}", stderr=True)
    if as_json or form == "json":
        from tagledger.render import print_json
        from tagledger.render.comparison_json import comparison_document

        print_json(comparison_document(found, items=items, gates=gates))
    elif form == "md":
        from tagledger.render.comparison_markdown import comparison_markdown

        sys.stdout.write(comparison_markdown(found, items=items, gates=gates))
    else:
        from tagledger.render.comparison_text import print_comparison

        print_comparison(found, items=items, gates=gates)
    raise typer.Exit(int(not all(result.holds for result in gates)))
