"""What many tests stand on is made once in a run, by the first worker that asks for it."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that `make` makes, once for all workers of a run, which must not change it.

    Parameters
    ----------
    factory
        Whose temporary folders the workers share.
    name
        Of the folder; the same for the same content.
    make
        Makes it at the path that it is given, whose parent is there.
    """
    base = factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_TESTRUNUID" in os.environ else base
    folder, done = shared / name, shared / f"{name}.done"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            make(folder)
            done.touch()
    return folder
