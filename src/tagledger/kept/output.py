"""What commands printed, kept and printed again while all that it was made from is the same.

Most of what a command on a small dataset takes is the import of libraries. What it prints follows
from its question, from the data, from this code and from the libraries: an output whose question is
the same, letter by letter, and whose data is there with the same md5s, is printed as it was.

Outputs are kept as `tagledger.kept_files` has it; one that is damaged, or cannot be kept, is made
anew.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import orjson

from tagledger.documents import LOCK, PARAMS, PIPELINE
from tagledger.errors import TagledgerError
from tagledger.kept_files import Shelf, named
from tagledger.reports import METRICS
from tagledger.versions import RELEASES, Repository, Version
from tagledger.versions.commits import read_file
from tagledger.versions.objects import is_sound

SHELF = Shelf("answers", most=100, most_bytes=2**20)

# What commands read of the work tree besides tables, by name.
TEXTS = (LOCK, PIPELINE, PARAMS.as_posix(), RELEASES, METRICS.as_posix())
_INDEXES = Path(".tagledger", "index")
_OF_INDEXES = frozenset({".arrays", ".facts"})
# What decides how Rich lays out and colours what it prints.
_TERMINAL = (
    *("COLUMNS", "LINES", "TERM", "COLORTERM", "NO_COLOR", "FORCE_COLOR"),
    *("TTY_COMPATIBLE", "TTY_INTERACTIVE", "JUPYTER_COLUMNS", "JUPYTER_LINES"),
)


@dataclass(frozen=True)
class Printed:
    """An output that was just printed on standard output.

    Attributes
    ----------
    code
        The exit code.
    whole
        Whether nothing was missing that may come later, such as data that the cache lacks.
    """

    code: int = 0
    whole: bool = True


@dataclass(frozen=True)
class _Kept:
    """An output that was kept, and the md5s of the data that it was made from."""

    code: int
    printed: bytes
    objects: Sequence[str]
    indexes: Sequence[Sequence[Any]]

    def to_bytes(self) -> bytes:
        """The output as `parse` reads it: a line about it, and what was printed."""
        return orjson.dumps([self.code, self.objects, self.indexes]) + b"\n" + self.printed

    @classmethod
    def parse(cls, content: bytes) -> _Kept:
        """The output of which `to_bytes` made this."""
        about, printed = content.split(b"\n", 1)
        code, objects, indexes = orjson.loads(about)
        return cls(code, printed, objects, indexes)


def print_kept(
    repository: Repository,
    ask: Callable[[], Mapping[str, Any] | None],
    print_new: Callable[[], Printed],
) -> int:
    """Print the output that is kept for a question; else print and keep that of `print_new`.

    Parameters
    ----------
    repository
        The repository that is asked about.
    ask
        Gives what decides the output, as JSON can have it, besides the code and the libraries, the
        terminal, the work tree's settings and reports, and the data that `print_new` locates by its
        md5; None where `print_new` does more than to print, or its output follows from more than
        that. It is called again at the end: what changed meanwhile is not kept.
    print_new
        Makes the output and prints it on standard output.

    Returns
    -------
    int
        The exit code.
    """
    question = ask()
    if question is None:
        return print_new().code
    name = _name_of(repository, question)
    kept = SHELF.take(repository.git_dir, name, _Kept.parse)
    if kept is not None and _is_valid(repository, kept):
        sys.stdout.flush()
        sys.stdout.buffer.write(kept.printed)
        sys.stdout.flush()
        return kept.code
    problems = dict(repository.problems)
    repository.located.clear()
    with _overheard() as pieces:
        printed = print_new()
    # A problem that was found on the way is printed after the output: it is not a part of it.
    if printed.whole and repository.problems == problems and _name_now(repository, ask) == name:
        objects, indexes = sorted(repository.located), _indexes(repository)
        new = _Kept(printed.code, b"".join(pieces), objects, indexes)
        SHELF.keep(repository.git_dir, name, new.to_bytes())
    return printed.code


def in_question(version: Version | None) -> str | None:
    """What an output says of a version and reads of it, as a part of a question."""
    if version is None:
        return None
    cached = sorted(out.path for out in version.outputs.values() if out.cached)
    return f"{version!r} {version.outputs_id} {cached}"


def _name_of(repository: Repository, question: Mapping[str, Any]) -> str:
    """The name of the output for a question: a digest of all that decides it."""
    texts = (read_file(repository, path) for path in TEXTS)
    return named(
        {
            "question": question,
            "root": str(repository.root),
            "texts": [None if text is None else blake2b(text).hexdigest() for text in texts],
            "terminal": _terminal(),
        }
    )


def _name_now(repository: Repository, ask: Callable[[], Mapping[str, Any] | None]) -> str | None:
    """The name for the question as it is by now; None where it cannot be said."""
    try:
        question = ask()
        return None if question is None else _name_of(repository, question)
    except TagledgerError:
        return None


def _terminal() -> list[Any]:
    sizes: list[Any] = []
    for stream in range(3):
        try:
            sizes.append([*os.get_terminal_size(stream)])
        except OSError:
            sizes.append(None)
    out = sys.stdout
    return [
        *(os.environ.get(name) for name in _TERMINAL),
        *(sizes, out.isatty(), out.encoding, out.errors),
    ]


def _indexes(repository: Repository) -> list[list[Any]]:
    """The indexes of labels and the facts of tables, with the size and the time of each file.

    An output may be made of them.
    """
    files = sorted((repository.root / _INDEXES).glob("*"))
    stats = [(path.name, path.stat()) for path in files if path.suffix in _OF_INDEXES]
    return [[name, stat.st_size, stat.st_mtime_ns] for name, stat in stats]


def _is_valid(repository: Repository, kept: _Kept) -> bool:
    """Whether what an output was made from is still there, and what its md5s say."""
    try:
        if list(map(list, kept.indexes)) != _indexes(repository):
            return False
        files = [(repository.find_object(md5), md5) for md5 in kept.objects]
        return all(file is not None and is_sound(repository, file, md5) for file, md5 in files)
    except (OSError, TagledgerError, ValueError, TypeError):
        return False


class _Overhearing(io.RawIOBase):
    """Standard output, with what is written to it kept in a list."""

    def __init__(self, printed: list[bytes]) -> None:
        self._out = sys.stdout.buffer
        self._printed = printed

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return self._out.isatty()

    def fileno(self) -> int:
        return self._out.fileno()

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self._printed.append(piece)
        self._out.write(piece)
        return len(piece)

    def flush(self) -> None:
        self._out.flush()

    def close(self) -> None:
        """Leave standard output open."""


@contextmanager
def _overheard() -> Iterator[list[bytes]]:
    """Yield the pieces of what is printed on standard output meanwhile."""
    printed: list[bytes] = []
    out = sys.stdout
    out.flush()
    buffer = io.BufferedWriter(_Overhearing(printed))
    sys.stdout = io.TextIOWrapper(
        buffer, out.encoding, out.errors, newline="\n", line_buffering=out.isatty()
    )
    try:
        yield printed
    finally:
        try:
            sys.stdout.flush()
        finally:
            sys.stdout = out
