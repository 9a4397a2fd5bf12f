"""The program that runs another and ends it with its parent: `python supervisor.py COMMAND…`.

Its standard input is a pipe whose other end the parent holds and never writes to. However the
parent ends, killed without a chance to act too, the system closes that end: then the group of
processes that began here is stopped. A file descriptor that the parent passes on, such as a
lock's, stays open until that is done. It runs by its path, with the standard library alone.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

_GRACE = 2.0


def main(command: list[str]) -> int:
    """Run a command in this process group; its exit code, as a shell gives it."""
    # A handler that does nothing, not SIG_IGN, which the command would inherit.
    signal.signal(signal.SIGTERM, lambda _number, _frame: None)
    alone = threading.Event()
    threading.Thread(target=_end_with_parent, args=(alone,), daemon=True).start()
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    code = child.wait()
    if alone.is_set():
        time.sleep(
            2 * _GRACE
        )  # what the command started may outlive it: `_end_with_parent` ends it
    return code if code >= 0 else 128 - code


def _end_with_parent(alone: threading.Event) -> None:
    os.read(0, 1)
    alone.set()
    os.killpg(0, signal.SIGTERM)
    time.sleep(_GRACE)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
