"""Programs that are forked are what they are when they are started: see `tests.warm`."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

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
