"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tagledger import errors
from tagledger.layers import Layer

if TYPE_CHECKING:
    from tagledger.versions import Repository

Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
LayerOption = Annotated[Layer, typer.Option("--layer", help="The layer of the labels.")]

_NAMED = 5
_opened: list[Repository] = []


def find_repository(start: Path | None = None, *, unmerged: bool = False) -> Repository:
    """The repository here or at `start`; `print_problems` names its problems after the command."""
    from tagledger.versions import Repository

    repository = Repository.find(start, unmerged=unmerged)
    _opened.append(repository)
    return repository


def print_problems() -> None:
    """Name on stderr the commits that the command could not read."""
    problems = [error for one in _opened for error in one.problems.values()]
    _opened.clear()
    for error in problems[:_NAMED]:
        text = f"{error.where}: {error.what}".replace("\n", " ")
        errors.say(f"note: {text:.300}", stderr=True)
    if len(problems) > _NAMED:
        errors.say(f"note: and {len(problems) - _NAMED} more like these", stderr=True)
