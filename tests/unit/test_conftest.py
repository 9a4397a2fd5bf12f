"""What tests/conftest.py promises to every other test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.conftest import spread

CONFTEST = Path(__file__).resolve().parents[1] / "conftest.py"


ASKS_FOR_DATA = """
def test_upstream(upstream):
    assert upstream.parts[-2:] == ("shared", "upstream")

def test_mldr(mldr):
    assert mldr.name == "elsewhere"

def test_machine():
    import atexit, os
    assert not {"GIT_DIR", "GIT_INDEX_FILE", "TAGLEDGER_MIRROR", "FORCE_COLOR"} & set(os.environ)
    assert os.environ["NO_COLOR"] == "1"
    atexit.register(lambda: print("afterwards", os.environ["TAGLEDGER_MIRROR"]))
"""

TAKES_MINUTES = """
import pytest

def test_quick(): pass

@pytest.mark.long
@pytest.mark.parametrize("word", ["here", "there"])
def test_walk(word): pass

@pytest.mark.long
def test_walk_on(): pass
"""


# Runs pytest once for each command line: with one start, as most of a run is the import of it.
RUNS = """
import json, os, sys
import hypothesis, pytest

for words in json.loads(sys.argv[1]):
    print("ran with", *words, flush=True)
    if not os.fork():
        code = pytest.main(["-rA", *words])
        sys.stdout.flush()
        os._exit(code)
    os.wait()
"""


def repository_of(folder: Path, text: str) -> Path:
    """The folder of tests of a repository of its own under this conftest."""
    tests = folder / "repository" / "tests"
    tests.mkdir(parents=True)
    # A copy: a link would lead it to this repository, and to the data beside it.
    (tests / "conftest.py").write_text(CONFTEST.read_text("utf-8"))
    (tests / "test_it.py").write_text(text)
    return tests


def run_tests(folder: Path, *words: str, **environment: str) -> str:
    """What pytest says of tests that ask for data."""
    tests = repository_of(folder, ASKS_FOR_DATA)
    return _run(tests, "-m", "pytest", "-rA", *words, **environment)


def _run(tests: Path, *words: str, **environment: str) -> str:
    hidden = {"CI", "TAGLEDGER_UPSTREAM", "TAGLEDGER_MLDR"}
    # Plugins that others installed take twice as long to load as all else; none is needed here.
    plain = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    inherited = {name: value for name, value in os.environ.items() if name not in hidden}
    # Its own temporary folders: in the user's it would delete what earlier runs left there.
    plain["PYTEST_DEBUG_TEMPROOT"] = str(tests.parent)
    users = {"GIT_DIR": "/x", "GIT_INDEX_FILE": "/y", "TAGLEDGER_MIRROR": "/z", "FORCE_COLOR": "0"}
    done = subprocess.run(
        [sys.executable, *words],
        cwd=tests,
        env=inherited | plain | users | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_without_outside_data_its_tests_are_skipped(tmp_path: Path) -> None:
    said = run_tests(tmp_path)
    assert "1 passed, 2 skipped" in said
    assert "set TAGLEDGER_UPSTREAM to the folder" in said
    assert "set TAGLEDGER_MLDR to the folder" in said
    assert "afterwards /z" in said  # the user's environment is put back


def test_without_outside_data_its_tests_fail_in_ci(tmp_path: Path) -> None:
    said = run_tests(tmp_path, CI="true")
    assert "1 passed, 2 errors" in said
    assert "set TAGLEDGER_UPSTREAM to the folder" in said
    assert "set TAGLEDGER_MLDR to the folder" in said


def test_outside_data_is_beside_the_repository_or_where_the_user_says(tmp_path: Path) -> None:
    (tmp_path / "shared" / "upstream").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    said = run_tests(tmp_path, CI="true", TAGLEDGER_MLDR=str(tmp_path / "elsewhere"))
    assert "3 passed" in said


def test_tests_of_outside_data_can_be_left_out(tmp_path: Path) -> None:
    said = run_tests(tmp_path, "-m", "not mldr and not upstream", CI="true")
    assert "1 passed, 2 deselected" in said


ASKED = {
    "left out": ([], "1 passed, 3 deselected"),
    "a file is no test": (["test_it.py"], "1 passed, 3 deselected"),
    "all": (["--long"], "4 passed"),
    "all of a kind": (["--long", "-m", "not upstream"], "4 passed"),
    "only long ones": (["-m", "long"], "3 passed, 1 deselected"),
    "no long ones": (["-m", "not long"], "1 passed, 3 deselected"),
    "named": (["test_it.py::test_walk"], "2 passed"),
    "named in full": (["test_it.py::test_walk[here]"], "1 passed"),
    "named from afar": (["../tests/test_it.py::test_walk_on"], "1 passed"),
    "one named": (["test_it.py", "test_it.py::test_walk_on"], "2 passed, 2 deselected"),
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What pytest says of tests of which some are long, by what it was asked."""
    tests = repository_of(tmp_path_factory.mktemp("asked"), TAKES_MINUTES)
    asked = [words for words, _ in ASKED.values()]
    said = _run(tests, "-c", RUNS, json.dumps(asked)).split("ran with")[1:]
    return dict(zip(ASKED, said, strict=True))


@pytest.mark.parametrize("asked", ASKED)
def test_long_tests_run_when_asked_for(asked: str, answers: dict[str, str]) -> None:
    assert f"= {ASKED[asked][1]} in" in answers[asked]


def test_a_run_says_that_long_tests_are_left_out(answers: dict[str, str]) -> None:
    said = "tests marked long are left out"
    assert said in answers["left out"]
    assert said not in answers["all"]


def test_a_run_of_tests_in_a_test_leaves_the_users_temporary_folders_alone(tmp_path: Path) -> None:
    run_tests(tmp_path)
    assert [*(tmp_path / "repository").glob("pytest-of-*")]


def test_each_worker_begins_with_slow_files_and_all_tests_stay() -> None:
    counts = {"crash/a": 2, "pipeline/b": 30, "pipeline/c": 2, "unit/d": 40, "unit/e": 26}
    items = [
        SimpleNamespace(path=Path("/tests", f"{name}.py"), name=f"{name}{number}")
        for name, count in counts.items()
        for number in range(count)
    ]

    def order(workers: int, collected: list[SimpleNamespace] = items) -> list[str]:
        return [one.name for one in spread(collected, workers)]  # type: ignore[arg-type,attr-defined]

    assert order(1) == [item.name for item in items]
    for workers in (2, 3, 4, 200):
        assert sorted(order(workers)) == sorted(order(1)), workers
    found = order(2)
    assert found[:5] == ["crash/a0", "crash/a1", "pipeline/c0", "pipeline/c1", "unit/d0"]
    assert found[50:81] == [*(f"pipeline/b{number}" for number in range(30)), "unit/e6"]
    assert order(2, items[34:] + items[:34]) == found, "each worker begins to collect elsewhere"
    assert [order(3)[at][:10] for at in (0, 33, 66)] == ["crash/a0", "pipeline/b", "pipeline/c"]


def test_git_knows_its_user_and_nothing_of_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    git("init", "--quiet")
    git("commit", "--quiet", "--allow-empty", "--message", "First")
    author = git("log", "--format=%an <%ae> %aI|%cn %cI|%D")
    assert author == (
        "Ada Tester <ada@example.org> 2024-01-01T12:00:00+00:00|"
        "Ada Tester 2024-01-01T12:00:00+00:00|HEAD -> main"
    )
    scopes = git("config", "--list", "--show-origin").splitlines()
    allowed = (f"file:{os.environ['GIT_CONFIG_GLOBAL']}", "file:.git/config")
    assert all(line.startswith(allowed) for line in scopes)


def test_python_and_dvc_are_those_of_this_environment() -> None:
    for program in ("python", "dvc"):
        found = subprocess.run(
            ["bash", "-c", f"command -v {program}"], capture_output=True, text=True, check=True
        )
        assert Path(found.stdout.strip()).parent == Path(sys.executable).parent


def test_dvc_keeps_to_the_tests_own_folders(tmp_path_factory: pytest.TempPathFactory) -> None:
    base = tmp_path_factory.getbasetemp()
    for name in ("DVC_GLOBAL_CONFIG_DIR", "DVC_SYSTEM_CONFIG_DIR", "DVC_SITE_CACHE_DIR"):
        assert Path(os.environ[name]).is_relative_to(base)
    assert os.environ["DVC_NO_ANALYTICS"] == "1"
