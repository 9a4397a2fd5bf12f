"""The command that guesses how files are to be read."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from tagledger import errors
from tagledger.commands.options import as_json
from tagledger.errors import TagledgerError
from tagledger.words import count

if TYPE_CHECKING:
    from tagledger.guess.guess import Guess


@click.command()
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    help="Files, folders, patterns with * or archives, of one dataset.",
)
@click.option("--yes", is_flag=True, help="Take the likeliest reading, and ask nothing.")
@as_json
def inspect(files: Sequence[str], *, yes: bool, as_json: bool) -> None:
    """Guess how files are to be read, and show it.

    Looks at what is in the files, never at their endings: format, encoding, what stands between two
    fields, the kind of each column. Files that belong together, such as items, labels and the names
    of codes, are given together. The guess is proven by reading the files (of large ones the first
    rows); its first items are shown, and the lines for `reading:` in data/sources.yaml.

    Where only a person can say what is meant, or two readings come near each other, it asks.
    Without a terminal it lists the questions and what to write for another answer, and ends with
    exit code 2, unless --yes takes the likeliest. Nothing is written.
    """
    from tagledger.guess.guess import guess
    from tagledger.render import print_json, working
    from tagledger.render.inspection import guess_json, print_choices, print_guess, print_reading

    with working(f"looking at {files[0]}"):
        found = guess(list(files))
    settled = found.certain or yes
    if as_json:
        print_json(guess_json(found))
    else:
        print_guess(found)
        if not settled and _on_a_terminal():
            print_choices(found)
            print_reading(_chosen(found), found.folder)
            return
        print_choices(found)
        print_reading(found.reading, found.folder)
    if not settled:
        raise TagledgerError(
            _unsettled(found),
            where=found.folder / found.table.file,
            hint="answer the questions above in the reading; `--yes` takes reading 1 as it is"
            if not as_json
            else "look at `questions` and `alternatives`; `--yes` takes the first reading",
        )


def _on_a_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _unsettled(found: Guess) -> str:
    """Why the guess is not certain."""
    if not found.questions:
        return f"{len(found.alternatives) + 1} readings come near each other"
    more = len(found.questions) - 1
    return f"only a person can say: {found.questions[0]}" + (
        f" (and {count(more, 'more question')})" if more else ""
    )


def _chosen(found: Guess) -> dict[str, object]:
    """The reading that somebody picks."""
    readings = [found.reading, *(one.reading for one in found.alternatives)]
    if len(readings) == 1:
        if not click.confirm("Is the reading below right for your data?", default=True):
            errors.say("Correct it by hand: docs/keys.md says all keys.")
        return readings[0]
    number = click.prompt("Which reading", type=click.IntRange(1, len(readings)), default=1)
    return readings[number - 1]
