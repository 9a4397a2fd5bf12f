"""Programs that are forked are what they are when they are started: see `tests.warm`."""

from __future__ import annotations

import array
import json
import os
import socket
import struct
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests import warm

STAGE = """
import atexit, json, os, sys
atexit.register(print, "the end")
print(json.dumps({
    "loaded": "pandas" in sys.modules,
    "others": sorted(name for name in sys.modules if name.startswith("tagledger")),
    "name": __name__,
    "file": __file__,
    "words": sys.argv[1:],
    "folder": os.getcwd(),
    "said": os.environ.get("SAID"),
    "kept": os.environ.get("KEPT"),
    "read": sys.stdin.read(),
}))
how = os.environ["SAID"]
sys.exit(how) if how == "why" else sys.exit(int(how))
"""


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """Code of one's own, of the name of this repository's."""
    folder = tmp_path / "code/tagledger/stages"
    folder.mkdir(parents=True)
    for package in (folder.parent, folder):
        (package / "__init__.py").touch()
    (folder / "told.py").write_text(STAGE)
    return tmp_path / "code"


def run(code: Path, said: str, **more: str) -> tuple[int, dict[str, Any], str, str]:
    env = warm.environment(os.environ | {"PYTHONPATH": str(code), "SAID": said} | more)
    words = ["python", "-m", "tagledger.stages.told", "one", "two words"]
    done = subprocess.run(
        words, cwd=code.parent, env=env, input="given", capture_output=True, text=True, check=False
    )
    first, _, rest = done.stdout.partition("\n")
    return done.returncode, json.loads(first), rest, done.stderr


# What Python reads at its start, a forked program cannot follow.
@pytest.mark.parametrize(("more", "loaded"), [({}, True), ({"PYTHONHASHSEED": "1"}, False)])
def test_a_program_is_the_same_whether_it_was_started_or_forked(
    code: Path, monkeypatch: pytest.MonkeyPatch, more: dict[str, str], loaded: bool
) -> None:
    monkeypatch.setenv("KEPT", "yes")
    ended, told, rest, err = run(code, "3", **more)
    assert (ended, rest, err) == (3, "the end\n", "")
    assert told == {
        "loaded": loaded,
        "others": ["tagledger", "tagledger.stages"],
        "name": "__main__",
        "file": str(code / "tagledger/stages/told.py"),
        "words": ["one", "two words"],
        "folder": str(code.parent),
        "said": "3",
        "kept": "yes",
        "read": "given",
    }
    monkeypatch.delenv("KEPT")
    assert run(code, "0", **more)[:2] == (0, told | {"said": "0", "kept": None})
    ended, _, _, err = run(code, "why", **more)
    assert (ended, err) == (1, "why\n")
    ended, _, rest, err = run(code, "no number", **more)
    assert (ended, rest) == (1, "the end\n")
    assert err.startswith("Traceback")
    assert "invalid literal for int() with base 10: 'no number'" in err.splitlines()[-1]


@pytest.mark.skipif(not hasattr(socket, "SO_PEERCRED"), reason="the server cannot be asked for")
def test_who_asks_and_is_killed_before_it_has_said_all_leaves_no_process() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.connect(str(Path(warm.python()).with_name("asked")))
        server_id, _, _ = struct.unpack(
            "3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        )
        server = psutil.Process(server_id)
        in_time(lambda: bool(server.children()))
        fds = array.array("i", [0, 1, 2])
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)]
        line.sendmsg([(100).to_bytes(4, "big")], rights)
    in_time(lambda: not server.children())


def in_time(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)
