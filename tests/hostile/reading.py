"""Every command that reads, run one after the other in one process, in a folder.

`python -m tests.hostile.reading [VERSION]` prints one JSON object: by command its exit code, its
output and its complaints; 70 is the code of a traceback.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.own_code import python_path

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str


def commands(version: str) -> list[list[str]]:
    """The commands; those that take a version are given this one."""
    return [
        ["versions"],
        ["versions", "--json"],
        ["compare", version, "workspace"],
        ["compare", "workspace", version, "--layer", "clean", "--json"],
        ["blame", "2"],
        ["history", "pytorch"],
        ["check"],
        ["check", "--deep", "--json"],
        ["summary"],
        ["diff-lock", "dvc.lock", "dvc.lock", "0" * 40, "100644", os.devnull, "1" * 40, "100644"],
    ]


def read_all(
    folder: Path, version: str = "HEAD", *, within: Sequence[str] = (), **variables: str
) -> dict[str, Said]:
    """Run them all; `within` is what starts a process of their own, for what only one can have."""
    given = {"PYTHONPATH": python_path(REPOSITORY)} | variables
    if within:
        done = subprocess.run(
            [*within, sys.executable, "-m", "tests.hostile.reading", version],
            cwd=folder,
            env=os.environ | given,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        answers = json.loads(done.stdout)
    else:
        with contextlib.chdir(folder), patch.dict(os.environ, given), patch.object(sys, "argv", []):
            answers = _run_all(version)
    said = {words: Said(**one) for words, one in answers.items()}
    for words, one in said.items():
        assert one.code in ({0, 1, 2} if words.startswith("check") else {0, 2}), (words, one)
        if one.code == 2:
            assert "error: " in one.err, (words, one)
            assert " next: " in one.err, (words, one)
    return said


def codes(said: Mapping[str, Said]) -> dict[str, int]:
    """How each command ended."""
    return {words.partition(" ")[0] if "-" not in words else words: one.code
            for words, one in said.items()}  # fmt: skip


def _run_all(version: str) -> dict[str, Any]:
    return {" ".join(one): _run(one) for one in commands(version)}


def _run(words: Sequence[str]) -> dict[str, object]:
    from tagledger import cli

    sys.argv = ["tagledger", *words]
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            cli.main()
        except SystemExit as ended:
            code = ended.code
        except BaseException:  # noqa: BLE001 - it is what a user would see as a traceback
            traceback.print_exc()
            code = 70
    out.flush()
    printed = out.buffer.getvalue().decode()  # type: ignore[attr-defined]
    return {"code": code or 0, "out": printed, "err": err.getvalue()}


if __name__ == "__main__":
    json.dump(_run_all(*sys.argv[1:]), sys.stdout)
