"""The guess of a reading as commands show it, and what they ask about it."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tagledger import errors
from tagledger.errors import TagledgerError
from tagledger.words import count

if TYPE_CHECKING:
    from tagledger.guess.answers import Answers
    from tagledger.guess.guess import Guess
    from tagledger.guess.proving import Proof

R = TypeVar("R")

_OPTIONS = (
    ("id", "COLUMN", "The column that tells items apart."),
    ("title", "COLUMN", "The column with the titles."),
    ("text", "COLUMN", "The column with the texts."),
    ("date", "COLUMN", 'The column with the dates; "" for none.'),
    ("date-format", "FORMAT", "How dates are written: %d/%m/%Y ..., seconds or milliseconds."),
    ("labels", "COLUMN|YAML", "The column with the labels, or `labels:` of a reading, or none."),
    ("delimiter", "TEXT", "What stands between two fields: , or ; or tab ..."),
    ("encoding", "NAME", "What the text is written in: utf-8, cp1252 ..."),
)


@dataclass(frozen=True)
class Settled:
    """A reading that somebody agreed to, or that nobody has to be asked about.

    Attributes
    ----------
    folder
        What the names of files in the reading are relative to.
    reading
        As data/sources.yaml has it.
    proof
        What it gave: the items and labels, of large files those of the first rows.
    """

    folder: Path
    reading: dict[str, Any]
    proof: Proof


def reading_options(command: Callable[..., R]) -> Callable[..., R]:
    """Give a command the options that say how files are to be read; it gets them as `answers`."""

    @wraps(command)
    def with_answers(*args: Any, **given: Any) -> R:
        from tagledger.guess.answers import Answers

        words = {name.replace("-", "_"): None for name, *_ in _OPTIONS}
        words = {name: given.pop(name) for name in words}
        labels = _labels(words.pop("labels"))
        return command(*args, answers=Answers(labels=labels, **words), **given)

    decorated = with_answers
    for name, metavar, help_ in reversed(_OPTIONS):
        decorated = click.option(f"--{name}", metavar=metavar, help=help_)(decorated)
    return decorated


def _labels(given: str | None) -> Any:
    """A column, or a mapping in the notation of YAML."""
    if given is None or not given.lstrip().startswith("{"):
        return given
    from tagledger.documents import parse_yaml

    try:
        return parse_yaml(given, Path("--labels"))
    except TagledgerError as error:
        raise TagledgerError(
            error.what,
            where="--labels",
            hint="""give a column, or a mapping such as '{delimited: tags, separator: ";"}'""",
        ) from error


def settled(files: Sequence[str], answers: Answers, *, yes: bool) -> Settled:
    """Guess a reading, show it with its first items, and ask whether it is right.

    On a terminal it asks, unless `yes`. Elsewhere a certain guess is taken, and of others the
    questions are printed.

    Raises
    ------
    TagledgerError
        Nothing can be read; or only a person can say what is meant and there is nobody to ask; or
        somebody said that it is wrong.
    """
    from tagledger.guess.guess import NoLabelsFoundError, guess
    from tagledger.render import working
    from tagledger.render.inspection import print_choices, print_guess

    try:
        with working(f"looking at {files[0]}"):
            guessed = guess(list(files), answers)
    except NoLabelsFoundError as error:
        if yes or answers.labels is not None or not on_a_terminal():
            raise
        errors.say(f"{error.what}.")
        if not _nothing_is_labelled():
            raise
        return settled(files, replace(answers, labels="none"), yes=False)
    print_guess(guessed)
    print_choices(guessed)
    if yes or (guessed.certain and not on_a_terminal()):
        return Settled(guessed.folder, guessed.reading, guessed.proof)
    if not on_a_terminal():
        raise unsettled(guessed, "answer by an option such as --labels, or take reading 1: `--yes`")
    return _after_asking(files, answers, guessed)


def _nothing_is_labelled() -> bool:
    try:
        return click.confirm("Is nothing labelled yet?", default=False)
    except click.Abort as error:  # as Click has a Ctrl-C, and the end of the input
        raise KeyboardInterrupt from error


def _after_asking(files: Sequence[str], answers: Answers, guessed: Guess) -> Settled:
    """Ask whether a reading is right; where it is not, what is what, and guess the rest again."""
    from tagledger.guess.proving import proof
    from tagledger.render.inspection import print_items
    from tagledger.yaml_edits.text import flow

    click.echo()
    errors.say(f"As an option, the labels are --labels '{flow(guessed.reading['labels'])}'.")
    chosen = chosen_reading(guessed)
    if chosen is None:
        more = _corrections()
        return settled(files, answers.with_more(more), yes=False)
    if chosen == guessed.reading:
        return Settled(guessed.folder, chosen, guessed.proof)
    proven = proof(chosen, guessed.folder)
    print_items(proven)
    return Settled(guessed.folder, chosen, proven)


def _corrections() -> Answers:
    """What somebody says is what, as options of the command.

    Raises
    ------
    TagledgerError
        Nothing is said.
    """
    text = "What is what, e.g. --id NUMBER --labels topics (an empty line ends)"
    while True:
        try:
            words = shlex.split(click.prompt(text, default="", show_default=False))
            if not words:
                raise TagledgerError(
                    "nothing was written, as the reading is not right",
                    hint=f"say what is what: {', '.join(f'--{name}' for name, *_ in _OPTIONS)}",
                )
            answers: Answers = _options_alone.main(words, standalone_mode=False)
        except (click.ClickException, ValueError) as error:
            problem = error.format_message() if isinstance(error, click.ClickException) else error
            errors.say(f"{problem}: say it again.")
        except click.Abort as error:
            raise KeyboardInterrupt from error
        else:
            return answers


@click.command(add_help_option=False)
@reading_options
def _options_alone(*, answers: Answers) -> Answers:
    return answers


def chosen_reading(guessed: Guess) -> dict[str, Any] | None:
    """The reading that somebody picks; None if there is one alone and it is not right."""
    try:
        return _picked(guessed)
    except click.Abort as error:  # as Click has a Ctrl-C, and the end of the input
        raise KeyboardInterrupt from error


def _picked(guessed: Guess) -> dict[str, Any] | None:
    readings = [guessed.reading, *(one.reading for one in guessed.alternatives)]
    if len(readings) == 1:
        right = click.confirm("Is this reading right for your data?", default=True)
        return readings[0] if right else None
    text = "Which reading (0: none is right)"
    number = click.prompt(text, type=click.IntRange(0, len(readings)), default=1)
    return readings[number - 1] if number else None


def on_a_terminal() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def unsettled(guessed: Guess, hint: str) -> TagledgerError:
    """The error of a guess that is not certain where nobody can be asked."""
    what = f"{len(guessed.alternatives) + 1} readings come near each other"
    if guessed.questions:
        more = len(guessed.questions) - 1
        what = f"only a person can say: {guessed.questions[0]}"
        what += f" (and {count(more, 'more question')})" if more else ""
    return TagledgerError(what, where=guessed.folder / guessed.table.file, hint=hint)
