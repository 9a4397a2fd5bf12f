"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from tagledger.layers import Layer

Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
LayerOption = Annotated[Layer, typer.Option("--layer", help="Labels of which layer.")]
