"""Runs of DVC: with progress, a time limit, and nothing left behind when they are cut short."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import IO

from tagledger.errors import TagledgerError
from tagledger.versions.git import environment

Progress = Callable[[str], None]

_GRACE = 5.0
_REMEMBERED = 12


def silent(line: str) -> None:
    """Progress that nobody wants to see."""


def program_environment(root: Path, *code: Path) -> dict[str, str]:
    """The environment for DVC and the stages that it runs.

    Parameters
    ----------
    root
        The work tree whose code is today's.
    code
        Folders whose code the stages shall run in place of today's, which the interpreter would
        find otherwise; empty for today's.
    """
    env = environment()
    # A stage's command is `python -m …`: it means this interpreter.
    env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), env.get("PATH", os.defpath)])
    if code:
        given = [Path(part) for part in env.get("PYTHONPATH", "").split(os.pathsep) if part]
        others = [path for path in given if not path.absolute().is_relative_to(root)]
        env["PYTHONPATH"] = os.pathsep.join(str(path) for path in (*code, *others))
    if mirror := env.get("TAGLEDGER_MIRROR"):
        env["TAGLEDGER_MIRROR"] = str(Path(mirror).expanduser().absolute())
    return env


def run_dvc(
    folder: Path,
    *words: str,
    env: dict[str, str],
    progress: Progress = silent,
    timeout: float | None = None,
    hint: str,
) -> None:
    """Run a command of DVC in `folder` to its end.

    Parameters
    ----------
    folder
        Where to run it.
    words
        The command and its arguments.
    env
        Its environment, from `program_environment`.
    progress
        Is given each line that it prints.
    timeout
        Seconds after which it is stopped, with all that it started; None waits for ever.
    hint
        What the user should do when it fails.

    Raises
    ------
    TagledgerError
        It failed, with the last lines that it printed, or took too long.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "dvc", *words],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        # A group of its own can be stopped whole, with the stage that is running.
        start_new_session=True,
    )
    assert process.stdout is not None
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    threading.Thread(target=_read_lines, args=(process.stdout, lines), daemon=True).start()
    end = None if timeout is None else time.monotonic() + timeout
    last: deque[str] = deque(maxlen=_REMEMBERED)
    command = f"dvc {' '.join(words)}"
    try:
        while (line := lines.get(timeout=_left(end))) is not None:
            last.append(line)
            progress(line)
        code = process.wait(_left(end))
    except (queue.Empty, subprocess.TimeoutExpired) as error:
        doing = f"; its last line: {last[-1]}" if last else ""
        raise TagledgerError(
            f"`{command}` was stopped after {timeout:g} s{doing}",
            where=folder,
            hint="give it more time",
        ) from error
    finally:
        _stop(process)
    if code != 0:
        shown = "\n".join(f"  | {line}" for line in last)
        raise TagledgerError(
            f"`{command}` failed with exit code {code}\n{shown}", where=folder, hint=hint
        )


def _left(end: float | None) -> float | None:
    return None if end is None else max(end - time.monotonic(), 0.0)


def _read_lines(stream: IO[str], lines: queue.SimpleQueue[str | None]) -> None:
    with stream:
        for line in stream:
            if text := line.rstrip():
                lines.put(text)
    lines.put(None)


def _stop(process: subprocess.Popen[str]) -> None:
    """End what is left of a process and of all that it started."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, how)
            process.wait(_GRACE)
        except (ProcessLookupError, PermissionError):
            # The group is gone; macOS says "permission" of one whose last process is a zombie.
            break
        except subprocess.TimeoutExpired:
            continue
    process.wait()
