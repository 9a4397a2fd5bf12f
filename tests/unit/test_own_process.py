"""Settings of a command's own process: libraries find them, what it starts does not."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY
from tests.own_code import python_path

SETTINGS = {"OPENBLAS_NUM_THREADS": "1", "PYDANTIC_DISABLE_PLUGINS": "__all__"}
# The program as it starts, then the environment of numpy and that of git and DVC.
CODE = """
import json, os, sys
from contextlib import suppress
from pathlib import Path
from tagledger.__main__ import main
sys.argv = ["tagledger", "--version"]
with suppress(SystemExit):
    main()
from tagledger.versions.dvc_process import program_environment
from tagledger.versions.git import environment
print(json.dumps([dict(os.environ), environment(), program_environment(Path())]))
"""


def environments(given: dict[str, str]) -> list[dict[str, str]]:
    outer = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        env=outer | {"PYTHONPATH": python_path(REPOSITORY)} | given,
        check=True,
        capture_output=True,
        text=True,
    )
    own, *of_children = json.loads(done.stdout.splitlines()[-1])
    return [{name: env.get(name, "") for name in SETTINGS} for env in (own, *of_children)]


def test_what_a_command_starts_does_not_inherit_its_settings() -> None:
    own, *of_children = environments({})
    assert own == SETTINGS
    assert of_children == [dict.fromkeys(SETTINGS, "")] * 2


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_what_the_user_has_set_stays_and_is_passed_on(name: str) -> None:
    own, *of_children = environments({name: "7"})
    assert own == SETTINGS | {name: "7"}
    assert [env[name] for env in of_children] == ["7", "7"]
