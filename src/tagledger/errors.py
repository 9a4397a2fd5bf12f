"""What goes wrong in a way that a user can mend.

Every error says what went wrong, where, and what to run or change next. Commands and stages
print it without a traceback and exit with 2; anything that is not a `TagledgerError` is a bug
and keeps its traceback.
"""

from __future__ import annotations

import errno
import os
import re
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

EXIT_FAILED = 2
EXIT_INTERRUPTED = 130
INTERRUPTED = "interrupted; no file is left half written"
_STAGE_INTERRUPTED = (
    f"{INTERRUPTED}: `dvc checkout` brings back the data of the last build, `dvc repro` goes on"
)
_STOPPING = (signal.SIGINT, signal.SIGTERM)

# Where a line begins as one of an error's own does.
_LABEL = re.compile(r"(?<=\n)\s*(?=(?:error|where|next):)")
_INDENT = " " * 7
_LONGEST_SHOWN = 60  # characters of a value

_NUMBERS = {
    FileNotFoundError: errno.ENOENT,
    PermissionError: errno.EACCES,
    IsADirectoryError: errno.EISDIR,
}


def printable(text: str) -> str:
    r"""Text without characters that steer a terminal or turn the direction of text.

    Each becomes a space, but for line feeds.

    >>> printable("\x1b[31mred\u202e\n")
    ' [31mred \n'
    """
    if text.isprintable():
        return text
    return "".join(mark if mark.isprintable() or mark == "\n" else " " for mark in text)


def say(text: object, *, stderr: bool = False) -> None:
    """Print lines that may hold what somebody else wrote."""
    print(printable(str(text)), file=sys.stderr if stderr else sys.stdout, flush=stderr)


class TagledgerError(Exception):
    """Something a user can mend.

    Parameters
    ----------
    what
        What went wrong, as one sentence without a final full stop.
    where
        The file, key, row or revision it went wrong in.
    hint
        What to run or to change next.

    Notes
    -----
    All three may hold what somebody else wrote: a key, a path, a tag, an argument, what a program
    complained of. They are made `printable` here, once, for whatever shows them; and a line of
    theirs that begins as one of the three is moved in, so that it is not taken for one.
    """

    def __init__(self, what: str, *, where: str | Path | None = None, hint: str) -> None:
        self.what = _LABEL.sub(_INDENT, printable(what))
        self.where = None if where is None else printable(str(where)).replace("\n", " ")
        self.hint = _LABEL.sub(_INDENT, printable(hint))
        super().__init__(self.what)

    def __str__(self) -> str:
        lines = [f"error: {self.what}"]
        if self.where is not None:
            lines.append(f"where: {self.where}")
        lines.append(f" next: {self.hint}")
        return "\n".join(lines)


def nearest(word: str, known: Iterable[str]) -> str:
    """A short text that names the known word most like `word`, or all of them.

    >>> nearest("smaple", ["sample", "madewithml"])
    'did you mean sample?'
    >>> nearest("x", ["sample", "madewithml"])
    'known: madewithml, sample'
    """
    from difflib import get_close_matches

    names = sorted(known)
    close = get_close_matches(word, names, n=1)
    if close:
        return f"did you mean {close[0]}?"
    return f"known: {', '.join(names)}" if names else "none is known"


def shown(value: object) -> str:
    """A value as an error shows it, in short.

    >>> shown(list(range(1000)))
    '[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16...'
    """
    try:
        text = repr(value)
    except ValueError:  # Python writes no whole number of more than some thousand digits
        return "a number of thousands of digits"
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 3]}..."


def _is_temporary(name: object) -> bool:
    """Whether an `OSError` names no file, or one that the user never heard of."""
    return name is None or str(name).endswith(".part")


@contextmanager
def os_errors(path: Path) -> Iterator[None]:
    """Turn an `OSError` on reading or writing `path` into a `TagledgerError`."""
    try:
        yield
    except OSError as error:
        hints = {
            errno.ENOENT: "check that the file exists; `dvc repro` makes the pipeline's own files",
            errno.EACCES: "give yourself the right to it and to its folder, e.g. `chmod u+rwX`",
            errno.EPERM: "give yourself the right to it and to its folder, e.g. `chmod u+rwX`",
            errno.EROFS: "the file system is read-only: work in a folder that you can write to",
            errno.ENOSPC: "the disk is full: free some space",
            errno.EDQUOT: "your disk quota is used up: free some space",
            errno.EISDIR: "name a file, not a folder",
        }
        # Arrow raises the right class but gives it no number.
        number = error.errno or next(
            (code for kind, code in _NUMBERS.items() if isinstance(error, kind)), 0
        )
        reason = (os.strerror(number) if number else str(error)).lower()
        raise TagledgerError(
            f"cannot read or write: {reason}",
            where=path if _is_temporary(error.filename) else error.filename or path,
            hint=hints.get(number, "check the path and the disk, then run it again"),
        ) from error


def end_when_asked() -> None:
    """Let Ctrl-C, and a request to end, stop this process with one line, whatever it is doing.

    Where they are ignored, as by `nohup`, or handled otherwise, it stays so.
    """
    for number in _STOPPING:
        if signal.getsignal(number) in {signal.default_int_handler, signal.SIG_DFL}:
            signal.signal(number, _end)


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    for one in _STOPPING:
        signal.signal(one, signal.SIG_IGN)  # what is removed now shall be removed whole
    # Where Python cannot raise, as when it frees an object, it would print a traceback and go on.
    sys.unraisablehook = lambda _: None
    say(_STAGE_INTERRUPTED, stderr=True)
    sys.exit(128 + number)


def run(main: Callable[[], None]) -> None:
    """Run a stage's `main` as a program: exit 0 when done, 2 with the error's text when not."""
    try:
        main()
    except TagledgerError as error:
        print(error, file=sys.stderr)
        sys.exit(EXIT_FAILED)
    except KeyboardInterrupt:
        say(_STAGE_INTERRUPTED, stderr=True)
        sys.exit(EXIT_INTERRUPTED)
