"""Where output goes: documents to standard output, progress to standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import orjson

from tagledger.errors import TagledgerError, printable, say
from tagledger.words import plain

# JSON needs no console.
if TYPE_CHECKING:
    from rich.console import Console


def terminal(*, stderr: bool = False) -> Console:
    """The console for all output: it takes no text for markup or a shortcode."""
    from tagledger.render.console import PrintableConsole

    return PrintableConsole(highlight=False, markup=False, emoji=False, stderr=stderr)


def _escaped(mark: str) -> str:
    """A character as JSON can write it in ASCII."""
    data = mark.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{data[at : at + 2].hex()}" for at in range(0, len(data), 2))


def print_json(value: object) -> None:
    """Print one JSON document: nan as null, and what steers a terminal as an escape."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE
    text = orjson.dumps(value, option=options).decode()
    if not text.replace("\n", "").isprintable():
        # What is not printable stands within strings: JSON's own marks are.
        marks = (mark if mark.isprintable() or mark == "\n" else _escaped(mark) for mark in text)
        text = "".join(marks)
    sys.stdout.buffer.write(text.encode())


def warn(problem: TagledgerError | None) -> None:
    """Print a warning about the answer on standard error, in one line."""
    if problem is not None:
        sys.stdout.flush()
        say(plain(f"warning: {problem.what}; {problem.hint}"), stderr=True)


@contextmanager
def working(doing: str) -> Iterator[None]:
    """Show on a terminal what the command is doing, until it is done."""
    console = terminal(stderr=True)
    if not console.is_terminal:
        yield
        return
    from rich.text import Text

    with console.status(Text(printable(doing))):
        yield
