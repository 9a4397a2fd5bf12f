"""A repository of one's own, by a wheel, far from any checkout."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.once import made_once
from tests.packaging.environments import build, copy_tree, install, new_environment, surroundings
from tests.pipeline.test_readme import blocks, section

TICKETS = "id,opened,subject,body,labels\n" + "".join(
    f"{number},2024-03-01,Ticket {number},It is {number:b},{'login|web' if number % 3 else 'tax'}\n"
    for number in range(100, 160)
)


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with the wheel."""

    def make(folder: Path) -> None:
        tree = tmp_path_factory.mktemp("tree-of-init")
        copy_tree(tree)
        install(new_environment(folder), str(build(tree, "wheel", ".whl")))

    return made_once(tmp_path_factory, "installed-for-init", make) / "bin" / "python"


def run(python: Path, folder: Path, *words: str) -> str:
    """Run a program of the environment, which must work; what it printed."""
    done = subprocess.run(
        words,
        cwd=folder,
        env=surroundings(python),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_a_wheel_makes_a_repository_that_builds_and_is_shown(python: Path, tmp_path: Path) -> None:
    (tmp_path / "tickets.csv").write_text(TICKETS)
    said = run(python, tmp_path, "tagledger", "init", "--from", "tickets.csv", "mine")
    (next_line,) = re.findall(r"^Next: (.*)", said, re.MULTILINE)
    run(python, tmp_path, "bash", "-e", "-c", next_line)
    root = tmp_path / "mine"
    status = run(python, root, "git", "status", "--porcelain").splitlines()
    assert status == ["?? dvc.lock", "?? reports/"]
    (commit,) = re.findall(r"^then: (.*)", said, re.MULTILINE)
    run(python, root, "bash", "-e", "-c", commit)
    assert re.search(r"\"items\": 60\b", run(python, root, "tagledger", "summary", "--json"))
    for words in (["versions"], ["check"], ["upgrade", "--dry-run"]):
        run(python, root, "tagledger", *words)
    code = """
from pathlib import Path
import tagledger_dashboard
from streamlit.testing.v1 import AppTest
app = AppTest.from_file(str(Path(tagledger_dashboard.__file__).with_name("app.py")))
app.run(timeout=120)
assert not app.exception, app.exception
assert not app.error, app.error
print([title.value for title in app.title], [metric.value for metric in app.metric])
"""
    shown = run(python, root, "env", f"TAGLEDGER_REPO={root}", str(python), "-c", code)
    assert shown.startswith("['Overview'] ['60'")
    assert run(python, root, "git", "status", "--porcelain") == ""
    assert str(root) in said


def test_what_the_readme_says_of_data_of_ones_own(python: Path, tmp_path: Path) -> None:
    (tmp_path / "tickets.csv").write_text(TICKETS)
    april = TICKETS + "160,2024-04-01,Ticket of April,It is new,login|tax\n"
    (tmp_path / "tickets-april.csv").write_text(april)
    first, second = blocks(section("Your own data"), "sh")
    begin, last = first.rstrip().rsplit("\n", 1)
    assert last == "tagledger dashboard"
    run(python, tmp_path, "bash", "-e", "-c", begin)
    root = tmp_path / "mine"
    assert run(python, root, "git", "status", "--porcelain") == ""
    said = run(python, root, "bash", "-e", "-c", second)
    assert re.search(r"items +60 +61", said) or "1 added" in said, said
    assert run(python, root, "git", "status", "--porcelain") == ""
    assert len((root / "params.yaml").read_text().split("base: null")) == 1
