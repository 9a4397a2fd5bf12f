"""What a command imports: libraries that take long to load are loaded only where they are needed.

Never a time: that is what `benchmarks/startup.py` measures.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tagledger.release.version_list import overview
from tagledger.versions import Repository
from tests.dashboard import story
from tests.dashboard.ledger import REPOSITORY
from tests.own_code import python_path

HEAVY = {
    *("dvc", "numpy", "pandas", "pandera", "pyarrow", "pydantic", "rich", "scipy", "streamlit"),
}
# Besides these nothing of HEAVY may be there; `check` needs them all but DVC and Streamlit.
ARROW = {"numpy", "pyarrow", "rich"}
FRAMES = ARROW | {"pandas", "pydantic"}

CODE = """
import sys
from tagledger.__main__ import main
try:
    main()
finally:
    print("imported:", *sys.modules, file=sys.stderr)
"""


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return story.told_once(tmp_path_factory).root


def imported(root: Path, *words: str) -> set[str]:
    """The heavy libraries that a command, which must work, has imported by its end."""
    done = subprocess.run(
        [sys.executable, "-c", CODE, *words],
        cwd=root,
        env=os.environ | {"PYTHONPATH": python_path(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return HEAVY & set(done.stderr.rpartition("imported:")[2].split())


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["compare", "--help"]], ids=" ".join)
def test_help_needs_no_library(repository: Path, words: list[str]) -> None:
    assert imported(repository, *words) == set()


@pytest.mark.parametrize("words", [["versions"], ["versions", "--json"]], ids=" ".join)
def test_a_list_of_versions_needs_no_data_and_so_no_library_for_it(
    repository: Path, words: list[str]
) -> None:
    assert imported(repository, *words) <= {"rich"}


def test_a_list_of_versions_reads_the_history_once(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    run = subprocess.run

    def counted(words: list[str], **options: Any) -> Any:
        asked.append(" ".join(words))
        return run(words, **options)

    monkeypatch.setattr(subprocess, "run", counted)
    assert len(overview(Repository.find(repository)).rows) > 1
    assert sum("for-each-ref" in words for words in asked) == 1
    assert len(asked) <= 10


def test_a_summary_needs_no_frame(repository: Path) -> None:
    assert imported(repository, "summary") <= ARROW | {"pydantic"}


def test_a_tag_that_was_never_renamed_is_followed_without_pandas(repository: Path) -> None:
    imported(repository, "history", "nlp")  # fills the index, with pandas
    assert imported(repository, "history", "nlp") <= ARROW


def test_blame_needs_no_matrix_and_no_schema(repository: Path) -> None:
    assert imported(repository, "blame", "7") <= FRAMES
    # A tag of item 1 was renamed, which its labels alone do not show.
    assert imported(repository, "blame", "1") <= FRAMES | {"scipy"}


def test_a_comparison_needs_no_schema(repository: Path) -> None:
    assert imported(repository, "compare", "v1.0.0", "v1.1.0") <= FRAMES | {"scipy"}
