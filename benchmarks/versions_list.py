"""The list of versions: the time it takes for 200 of them, over that of `git log` alone.

    python benchmarks/versions_list.py [VERSIONS]

Each version is a commit with a dvc.lock of its own, as large as that of this repository's pipeline,
and every tenth has an annotated tag. The two are timed in turn, in one process; `git log`, which
finds the commits that changed dvc.lock, is the least that such a list can take after a commit. What
was read of the history is kept after that, so the list is timed without it and with it.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from tagledger import kept_files
from tagledger.versions import Repository, list_versions
from tagledger.versions.commit_data import SHELF
from tagledger.versions.dvc_lock import forget_parsed
from tagledger.versions.lock_source import source_of

NAME = "versions_list"
DESCRIPTION = "the list of 200 versions, over `git log` alone"

STAGES = {
    "fetch": (7, ("data/raw",)),
    "clean": (16, tuple(f"data/clean/table{n}.parquet" for n in range(5))),
    "filter": (12, ("data/filtered/labels.parquet", "data/filtered/tags.parquet")),
    "split": (13, ("data/splits",)),
    "report": (15, tuple(f"reports/plot{n}.csv" for n in range(6))),
}
EPOCH = 1_700_000_000
DAY = 86_400


@dataclass(frozen=True)
class ListTimes:
    """Times of the list, after a commit and again, and of its floor: median seconds of the runs."""

    versions: int
    listed: float
    again: float
    floor: float


def lock(version: int) -> str:
    """A dvc.lock in which all data differs from version to version, and code from time to time."""
    lines = ["schema: '2.0'", "stages:"]
    for stage, (deps, outs) in STAGES.items():
        lines += [f"  {stage}:", f"    cmd: python -m tagledger.stages.{stage}", "    deps:"]
        for n in range(deps):
            lines += _entry(f"src/tagledger/module{n}.py", f"{n} {version // 10}")
        lines += ["    params:", "      params.yaml:", f"        {stage}:"]
        lines += ["          source: sample", f"          option: {version}"]
        lines += ["    outs:"]
        for path in outs:
            folder = "." not in path
            lines += _entry(path, f"{path} {version}", ".dir" if folder else "")
            lines += ["      nfiles: 3"] if folder else []
    return "\n".join(lines) + "\n"


def _entry(path: str, content: str, suffix: str = "") -> list[str]:
    md5 = hashlib.md5(content.encode()).hexdigest()
    return [
        f"    - path: {path}",
        "      hash: md5",
        f"      md5: {md5}{suffix}",
        "      size: 12345",
    ]


def pipeline() -> str:
    lines = ["stages:"]
    for stage, (_, outs) in STAGES.items():
        lines += [f"  {stage}:", f"    cmd: python -m tagledger.stages.{stage}", "    outs:"]
        for path in outs:
            lines += (
                [f"      - {path}:", "          cache: false"]
                if "reports" in path
                else [f"      - {path}"]
            )
    return "\n".join(lines) + "\n"


@contextmanager
def repository(count: int) -> Iterator[Repository]:
    """A temporary repository with `count` versions."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        subprocess.run(["git", "init", "--quiet", "-b", "main"], cwd=root, check=True)
        stream = []
        for number in range(count):
            when = f"Ada Tester <ada@example.org> {EPOCH + number * DAY} +0000"
            stream += ["commit refs/heads/main", f"mark :{number + 1}", f"author {when}"]
            stream += [f"committer {when}", *_data(f"data: version {number}")]
            stream += ["M 100644 inline dvc.lock", *_data(lock(number))]
            stream += [f"M 100644 inline src/module{number % 50}.py", *_data(str(number))]
            if number == 0:
                stream += ["M 100644 inline dvc.yaml", *_data(pipeline())]
            if number % 10 == 9:
                stream += [f"tag v1.{number // 10}.0", f"from :{number + 1}", f"tagger {when}"]
                stream += _data("a release")
        text = "\n".join(stream) + "\n"
        subprocess.run(["git", "fast-import", "--quiet"], cwd=root, input=text.encode(), check=True)
        subprocess.run(["git", "reset", "--quiet", "--hard"], cwd=root, check=True)
        yield Repository.find(root)


def _data(text: str) -> list[str]:
    return [f"data {len(text.encode())}", text]


def measure(count: int = 200, runs: int = 15) -> ListTimes:
    """Time the list of `count` versions and its floor in turn."""
    with repository(count) as repo:

        def again() -> None:
            forget_parsed()
            kept_files.look_again()
            source_of.cache_clear()
            assert len(list_versions(Repository.find(repo.root))) == count

        def listed() -> None:
            shutil.rmtree(SHELF.folder(repo.git_dir), ignore_errors=True)
            again()

        def floor() -> None:
            words = ["git", "log", "--format=%H", "HEAD", "--", "dvc.lock"]
            subprocess.run(words, cwd=repo.root, check=True, stdout=subprocess.DEVNULL)

        times = [tuple(map(_seconds, (listed, again, floor))) for _ in range(runs)]
    return ListTimes(count, *map(median, zip(*times, strict=True)))


def _seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def run(*, quick: bool) -> dict[str, Any]:
    """Measure the list of 200 versions, or of 20."""
    times = measure(20, runs=3) if quick else measure()
    sides = {"after a commit": times.listed, "again": times.again}
    return {
        "versions": times.versions,
        "listed_s": round(times.listed, 4),
        "again_s": round(times.again, 4),
        "git_log_s": round(times.floor, 4),
        "table": [
            {
                "what": f"list of {times.versions} versions, {when}",
                "ours": f"{seconds * 1e3:.0f} ms",
                "beside": f"{times.floor * 1e3:.1f} ms, `git log`",
                "ratio": f"{seconds / times.floor:.1f} times `git log`",
            }
            for when, seconds in sides.items()
        ],
    }


def main() -> None:
    """Print the times and their ratios."""
    times = measure(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
    print(
        f"{times.versions} versions: listed in {times.listed * 1e3:.0f} ms, again in "
        f"{times.again * 1e3:.0f}; git log alone {times.floor * 1e3:.1f} ms; ratios "
        f"{times.listed / times.floor:.1f} and {times.again / times.floor:.1f}"
    )


if __name__ == "__main__":
    main()
