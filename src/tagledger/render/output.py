"""Where output goes: documents to standard output, progress to standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import orjson
from rich.console import Console

from tagledger.errors import TagledgerError
from tagledger.render.words import plain


def print_json(value: object) -> None:
    """Print one JSON document; what is not a number is null."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE
    sys.stdout.buffer.write(orjson.dumps(value, option=options))


def warn(problem: TagledgerError | None) -> None:
    """Say on standard error, in one line, what an answer does not take into account."""
    if problem is not None:
        sys.stdout.flush()
        print(plain(f"warning: {problem.what}; {problem.hint}"), file=sys.stderr)


@contextmanager
def working(doing: str) -> Iterator[None]:
    """Say on a terminal what takes its time, until it is done."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    with console.status(doing):
        yield
