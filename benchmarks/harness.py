"""Whole processes side by side: what each takes, and ratios pair by pair.

Machines are shared and slow down for minutes at a time. So the sides take turns (A B A B …), each
turn is compared with the one next to it, and medians are reported. A time never passes or fails.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024
_LIBRARIES = ("dvc", "numpy", "pandas", "pandera", "pyarrow", "scipy")


@dataclass(frozen=True)
class Usage:
    """What a process and the processes that it waited for took.

    Attributes
    ----------
    wall, cpu
        Seconds.
    peak
        Bytes: the largest resident set of any one of the processes.
    """

    wall: float
    cpu: float
    peak: int

    def __add__(self, later: Usage) -> Usage:
        """What two processes take, one after the other."""
        return Usage(self.wall + later.wall, self.cpu + later.cpu, max(self.peak, later.peak))


def measure(
    command: Sequence[str], *, cwd: Path, variables: Mapping[str, str] | None = None
) -> Usage:
    """Run a command that must work, and say what it took.

    A child's peak is at least what this process holds when it starts the child, so this process
    must hold little: data is generated, and results are compared, in processes of their own.

    Raises
    ------
    RuntimeError
        The command fails: with the end of what it printed.
    """
    with tempfile.TemporaryFile() as printed:
        start = time.perf_counter()
        with subprocess.Popen(
            list(command),
            cwd=cwd,
            env=os.environ | dict(variables or {}),
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
        ) as process:
            _, status, used = os.wait4(process.pid, 0)
            wall = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            printed.seek(0)
            tail = printed.read().decode(errors="replace")[-2000:]
            raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}\n{tail}")
    return Usage(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * _RSS_UNIT)


def take_turns(sides: Mapping[str, Callable[[], Usage]], runs: int) -> dict[str, list[Usage]]:
    """Run every side once, then every side again, `runs` times; each side's usages, in order."""
    found: dict[str, list[Usage]] = {name: [] for name in sides}
    for run in range(runs):
        for name, side in sides.items():
            usage = side()
            found[name].append(usage)
            took = f"{usage.wall:.2f} s, CPU {usage.cpu:.2f} s, {usage.peak / 2**20:,.0f} MiB"
            print(f"  run {run + 1} of {runs}, {name}: {took}", file=sys.stderr)
    return found


def medians(usages: Sequence[Usage]) -> dict[str, float]:
    """The median of each measure: seconds, and MiB."""
    return {
        "wall_s": round(median(usage.wall for usage in usages), 3),
        "cpu_s": round(median(usage.cpu for usage in usages), 3),
        "peak_mib": round(median(usage.peak for usage in usages) / 2**20, 1),
    }


def ratios(over: Sequence[Usage], under: Sequence[Usage]) -> dict[str, dict[str, float]]:
    """`over` / `under`, turn by turn: median, least and most, for each measure."""
    made = {}
    for name in ("wall", "cpu", "peak"):
        found = [
            getattr(one, name) / getattr(other, name)
            for one, other in zip(over, under, strict=True)
        ]
        made[name] = {
            "median": round(median(found), 3),
            "least": round(min(found), 3),
            "most": round(max(found), 3),
        }
    return made


def surroundings() -> dict[str, Any]:
    """What the numbers depend on besides the code."""
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return {
        "python": ".".join(map(str, sys.version_info[:3])),
        "platform": sys.platform,
        "processors": os.cpu_count(),
        "libraries": found,
        "bytecode": has_bytecode(),
    }


def has_bytecode() -> bool:
    """Whether the libraries' bytecode is there, without which each start compiles them anew."""
    spec = find_spec("pandas")
    return spec is not None and spec.cached is not None and Path(spec.cached).exists()


def own_code(checkout: Path = REPOSITORY) -> dict[str, str]:
    """Environment variables with which `python` is this interpreter and finds a checkout's code."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    folders = (checkout / folder for folder in ("src", "schemas", "dashboard", ""))
    return {"PATH": path, "PYTHONPATH": os.pathsep.join(map(str, folders))}


def own_code_environment() -> dict[str, str]:
    """The environment of this process, with `own_code` in it."""
    return os.environ | own_code()


def run_module(name: str, *arguments: str) -> str:
    """Run a module of this checkout out of this process, which has to stay small; what it printed.

    Raises
    ------
    subprocess.CalledProcessError
        It fails; its errors were printed.
    """
    done = subprocess.run(
        [sys.executable, "-m", name, *arguments],
        cwd=REPOSITORY,
        env=own_code_environment(),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def now() -> tuple[float, float]:
    """Seconds of the wall and of this process's CPU, to be subtracted from later ones."""
    return time.perf_counter(), time.process_time()


def peak_mib() -> float:
    """The largest resident set of this process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT / 2**20
