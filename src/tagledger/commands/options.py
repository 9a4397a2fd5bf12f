"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tagledger import errors
from tagledger.layers import LAYERS

if TYPE_CHECKING:
    from tagledger.versions import Repository

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
of_layer = click.option(
    "--layer",
    type=click.Choice(LAYERS),
    default="filtered",
    show_default=True,
    help="The layer of the labels.",
)

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
