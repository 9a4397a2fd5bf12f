"""Run a program again and again, and stop it at its N-th writing operation, or refuse that one.

A program that has its libraries loaded is forked for each run, so that a run takes the time of
the work alone. Writing operations are seen by an audit hook of Python: files opened for writing,
renames, new folders, removals, links, modes, and other programs that are started. What Arrow
writes lies between two of them: its files are made and moved into place by Python.

Run as `python -m tests.crash.forking MODULE...`: reads one request a line on standard input and
answers with one line each, both JSON; see `Forker`.
"""

from __future__ import annotations

import errno
import importlib
import json
import mmap
import os
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

from tests.own_code import python_path

REPOSITORY = Path(__file__).resolve().parents[2]
Fault = Literal["none", "kill", "ENOSPC", "EIO", "EACCES"]
FAULTS: tuple[Fault, ...] = ("kill", "ENOSPC", "EIO", "EACCES")

_CHANGES = frozenset(
    f"os.{name}"
    for name in ("chmod", "link", "mkdir", "remove", "rename", "rmdir", "symlink", "truncate")
)
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_UNMOVED = ("/dev/", "/proc/")


@dataclass(frozen=True)
class Outcome:
    """How a run ended: its exit code (negative for a signal), operations seen, and its words."""

    code: int
    seen: int
    err: str


class Forker:
    """A process that has libraries loaded and is forked for each run."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(
        self,
        folder: Path,
        call: str,
        *words: str,
        at: int = 0,
        fault: Fault = "none",
    ) -> Outcome:
        """Run a function of a module in `folder`.

        Parameters
        ----------
        folder
            The current folder of the run.
        call
            "module:function", which is called without arguments.
        words
            Arguments of its command line.
        at
            The number of the writing operation, from 1, that the fault meets.
        fault
            kill: the process is killed there. The name of an error: the operation fails with it.
        """
        request = {
            "folder": str(folder),
            "call": call,
            "words": words,
            "at": at,
            "fault": fault,
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps(request)}\n")
        self._process.stdin.flush()
        return Outcome(**json.loads(self._process.stdout.readline()))


@contextmanager
def forker(*modules: str) -> Iterator[Forker]:
    """A `Forker` that has these modules loaded."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.crash.forking", *modules],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONPATH": python_path(REPOSITORY)},
    )
    try:
        yield Forker(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(timeout=60)
        assert process.stdout is not None
        process.stdout.close()


def _serve(modules: Sequence[str]) -> None:
    for module in modules:
        importlib.import_module(module)
    for line in sys.stdin:
        print(json.dumps(_fork(json.loads(line))), flush=True)


def _fork(request: dict[str, Any]) -> dict[str, Any]:
    counter = mmap.mmap(-1, 8)
    with tempfile.TemporaryFile("w+") as words:
        child = os.fork()
        if not child:
            _become(request, counter, words)
        _, status = os.waitpid(child, 0)
        words.seek(0)
        return {
            "code": os.waitstatus_to_exitcode(status),
            "seen": int.from_bytes(counter[:8], "little"),
            "err": words.read(),
        }


def _become(request: dict[str, Any], counter: mmap.mmap, words: IO[str]) -> None:
    """Be the program of a request, to its end."""
    code = 1
    try:
        os.dup2(os.open(os.devnull, os.O_RDWR), 0)
        os.dup2(words.fileno(), 2)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.chdir(request["folder"])
        module, _, function = request["call"].partition(":")
        sys.argv = [module, *request["words"]]
        os.fsync = lambda _: None  # a killed process loses nothing that it wrote; a disk is slow
        sys.addaudithook(_Meddler(counter, request["at"], request["fault"]))
        from tagledger import errors

        errors.run(getattr(sys.modules[module], function))
        code = 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException:  # noqa: BLE001 - whatever a user would see as a traceback
        traceback.print_exc()
        code = 70
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


class _Meddler:
    """An audit hook that counts writing operations and meets one of them with a fault."""

    def __init__(self, counter: mmap.mmap, at: int, fault: Fault) -> None:
        self._counter, self._at, self._fault = counter, at, fault
        self._seen = 0

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        path = arguments[0] if arguments else None
        if not _writes(event, path, arguments):
            return
        if event == "subprocess.Popen" and self._fault not in {"none", "kill"}:
            return  # what another program meets is its own affair
        self._seen += 1
        self._counter[:8] = self._seen.to_bytes(8, "little")
        if self._seen != self._at:
            return
        if self._fault == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif self._fault != "none":
            number = getattr(errno, self._fault)
            raise OSError(number, os.strerror(number), str(path))


def _writes(event: str, path: object, arguments: tuple[Any, ...]) -> bool:
    if event == "open":
        flags = arguments[2]
        if not isinstance(path, str | bytes | os.PathLike) or not flags & _WRITES:
            return False
        name = os.fsdecode(path)
        return not name.startswith(_UNMOVED) and "__pycache__" not in name
    return event in _CHANGES or event == "subprocess.Popen"


if __name__ == "__main__":
    _serve(sys.argv[1:])
