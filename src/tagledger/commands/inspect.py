"""The command that guesses how files are to be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from tagledger import errors
from tagledger.commands.asking import chosen_reading, on_a_terminal, reading_options, unsettled
from tagledger.commands.options import as_json

if TYPE_CHECKING:
    from tagledger.guess.answers import Answers


@click.command()
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    help="Files, folders, patterns with * or archives, of one dataset.",
)
@click.option("--yes", is_flag=True, help="Take the likeliest reading, and ask nothing.")
@reading_options
@as_json
def inspect(files: Sequence[str], *, answers: Answers, yes: bool, as_json: bool) -> None:
    """Guess how files are to be read, and show it.

    Looks at what is in the files, never at their endings: format, encoding, what stands between two
    fields, the kind of each column. Files that belong together, such as items, labels and the names
    of codes, are given together. The guess is proven by reading the files (of large ones the first
    rows); its first items are shown, and the lines for `reading:` in data/sources.yaml.

    An option that says what is what, such as --labels, is not guessed. Where only a person can say
    what is meant, or two readings come near each other, it asks. Without a terminal it lists the
    questions and what to write for another answer, and ends with exit code 2, unless --yes takes
    the likeliest. Nothing is written.
    """
    from tagledger.guess.guess import guess
    from tagledger.render import print_json, working
    from tagledger.render.inspection import guess_json, print_choices, print_guess, print_reading

    with working(f"looking at {files[0]}"):
        guessed = guess(list(files), answers)
    settled = guessed.certain or yes
    if as_json:
        print_json(guess_json(guessed))
    else:
        print_guess(guessed)
        print_choices(guessed)
        chosen: dict[str, object] | None = guessed.reading
        if not settled and on_a_terminal():
            chosen, settled = chosen_reading(guessed), True
        if chosen is None:
            errors.say("Correct it by hand: docs/keys.md says all keys.")
        print_reading(chosen or guessed.reading, guessed.folder)
    if not settled:
        raise unsettled(
            guessed,
            hint="answer the questions above in the reading; `--yes` takes reading 1 as it is"
            if not as_json
            else "look at `questions` and `alternatives`; `--yes` takes the first reading",
        )
