"""A repository of one's own, by a wheel and far from any checkout, and as the README says it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests import warm
from tests.packaging.environments import (
    TICKETS,
    made_environment,
    made_repository,
    program_of,
)
from tests.pipeline.test_readme import blocks, section


def run(folder: Path, *words: str) -> str:
    """Run a program of this repository, which must work; what it printed."""
    done = program(folder, *words)
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def program(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        cwd=folder,
        env=warm.environment(os.environ),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_a_wheel_makes_a_repository_that_builds_and_answers(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    python, made = made_environment(tmp_path_factory), made_repository(tmp_path_factory)
    root = tmp_path / "mine"
    shutil.copytree(made / "mine", root, symlinks=True)
    said = (made / "said.txt").read_text()
    status = program_of(python, root, "git", "status", "--porcelain").splitlines()
    assert status == ["?? dvc.lock", "?? reports/"]
    (commit,) = re.findall(r"^then: (.*)", said, re.MULTILINE)
    program_of(python, root, "bash", "-e", "-c", commit)
    assert re.search(r"\"items\": 60\b", program_of(python, root, "tagledger", "summary", "--json"))
    for words in (["versions"], ["check"], ["upgrade", "--dry-run"]):
        program_of(python, root, "tagledger", *words)
    assert program_of(python, root, "git", "status", "--porcelain") == ""
    assert str(made / "mine") in said


def test_what_the_readme_says_of_data_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "tickets.csv").write_text(TICKETS)
    april = TICKETS + "160,2024-04-01,Ticket of April,It is new,login|tax\n"
    (tmp_path / "tickets-april.csv").write_text(april)
    first, second = blocks(section("Your own data"), "sh")
    begin, last = first.rstrip().rsplit("\n", 1)
    assert last == "tagledger dashboard"
    run(tmp_path, "bash", "-e", "-c", begin)
    root = tmp_path / "mine"
    assert run(root, "git", "status", "--porcelain") == ""
    said = run(root, "bash", "-e", "-c", second)
    assert re.search(r"items +60 +61", said) or "1 added" in said, said
    assert run(root, "git", "status", "--porcelain") == ""
    assert len((root / "params.yaml").read_text().split("base: null")) == 1


def test_checks_of_ones_own_run_their_stages_again_and_stop_what_fails(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path / "mine"
    shutil.copytree(made_repository(tmp_path_factory) / "mine", root, symlinks=True)
    file = root / "schemas/splits.py"
    text = file.read_text("utf-8")
    holds = '    @pa.check("split")\n    def known(cls, splits: pd.Series) -> pd.Series:\n'
    holds += '        """Ours."""\n        return splits.astype("str") != "other"\n'
    head = "import pandas as pd\nimport pandera.pandas as pa\n"
    begin, name, rest = text.partition("class Assignments(splits.Assignments):\n")
    assert name
    own = f"{begin}{name}{holds}{rest}".replace(
        "from tagledger_schemas import splits", f"{head}from tagledger_schemas import splits"
    )
    file.write_text(own)
    said = run(root, "dvc", "repro")
    assert re.findall(r"Running stage '(\w+)'", said) == ["split", "report"]
    assert "known" in (root / "reports/quality.json").read_text("utf-8")
    assert "known" in run(root, "tagledger", "check", "--json")
    file.write_text(own.replace('!= "other"', '!= "test"'))
    before = (root / "dvc.lock").read_text("utf-8")
    done = program(root, "dvc", "repro")
    assert done.returncode != 0
    assert "known" in done.stderr
    assert "Traceback" not in done.stderr
    assert (root / "dvc.lock").read_text("utf-8") == before
