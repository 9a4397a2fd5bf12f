"""Options that several commands share."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tagledger import errors
from tagledger.layers import LAYERS

if TYPE_CHECKING:
    from tagledger.versions import Repository


class Commands(click.Group):
    """Commands in the order of a day's work.

    The list of them has each one's first sentence whole, on more lines if need be.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click asks so
        """Name the commands as they were added; Click would sort them."""
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands."""
        shown = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(
                [
                    (name, command.get_short_help_str(limit=_WHOLE))
                    for name, command in shown
                    if command is not None and not command.hidden
                ]
            )


_WHOLE = 1000  # characters of a sentence


class NamesType(click.ParamType[list[str]]):
    """Names with commas between them; a name with a comma stands in quotes."""

    name = "names"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> list[str]:
        """Take a text apart."""
        if not isinstance(value, str):
            return list(value)
        lexer = shlex.shlex(value, posix=True)
        lexer.whitespace, lexer.whitespace_split, lexer.commenters = ",", True, ""
        lexer.quotes, lexer.escape = '"', ""
        try:
            words = [word.strip() for word in lexer]
        except ValueError:
            self.fail(f"{value!r} has a quote that is never closed.", param, ctx)
        return [word for word in words if word]


NAMES = NamesType()

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
