"""What a command imports: libraries that take long to load are loaded only where they are needed.

Never a time: that is what `benchmarks/startup.py` measures.
"""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
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
# Besides these nothing of HEAVY may be there; checks that run need them all but DVC and Streamlit.
ARROW = {"numpy", "pyarrow", "rich"}
FRAMES = ARROW | {"pandas", "pydantic"}

PROGRAMS = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
CODE = """
import gc, subprocess, sys
from tagledger.__main__ import main

def collections():
    return sum(of["collections"] for of in gc.get_stats())

def counted(words, **options):
    asked.extend(word for word in words if word in GIT)
    return run(words, **options)

GIT = ("for-each-ref", "log", "cat-file")
asked, run, before = [], subprocess.run, collections()
subprocess.run = counted
try:
    main()
finally:
    for name in GIT:
        print("git:", name, asked.count(name), file=sys.stderr)
    print("collections:", collections() - before, "frozen:", gc.get_freeze_count(), file=sys.stderr)
    print("imported:", *sys.modules, file=sys.stderr)
"""


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of a few versions whose labels are in its indexes."""
    root = story.told_once(tmp_path_factory).root
    done_by(root, "history", "nlp")
    done_by(root, "blame", "7")
    return root


def done_by(root: Path, *words: str, again: bool = False, code: int = 0) -> str:
    """What `CODE` says of a command, which must end with this code.

    The first time it is asked, or with `again` once more, when its answer is kept.
    """
    first = _run_first(root, *words, code=code)
    return _run(root, *words, code=code) if again else first


@cache
def _run_first(root: Path, *words: str, code: int) -> str:
    """As `done_by`: what a first answer takes is the same for each test that looks at it."""
    return _run(root, *words, code=code)


def _run(root: Path, *words: str, code: int) -> str:
    done = subprocess.run(
        [sys.executable, "-c", CODE, *words],
        cwd=root,
        env=os.environ | {"PYTHONPATH": python_path(REPOSITORY), "PATH": PROGRAMS},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == code, done.stderr
    return done.stderr


def all_imported(root: Path, *words: str, again: bool = False, code: int = 0) -> set[str]:
    """The modules that a command has imported by its end; see `done_by`."""
    return _modules(done_by(root, *words, again=again, code=code))


def _modules(said: str) -> set[str]:
    return set(said.rpartition("imported:")[2].split())


def imported(root: Path, *words: str, again: bool = False, code: int = 0) -> set[str]:
    """The heavy libraries of them."""
    return HEAVY & all_imported(root, *words, again=again, code=code)


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


def test_a_tag_that_was_never_renamed_is_followed_without_a_library_for_data(
    repository: Path,
) -> None:
    modules = all_imported(repository, "history", "audio")
    assert HEAVY & modules <= {"rich"}
    # Nor is there anything to do with events, or with what is newer than the data.
    assert not {"tagledger.events.event", "tagledger.versions.stale", "difflib"} & modules


def test_its_facts_are_found_out_without_pandas(repository: Path) -> None:
    facts = repository / ".tagledger" / "index" / "history.facts"
    before = facts.read_bytes()
    facts.unlink()
    assert HEAVY & _modules(_run(repository, "history", "audio", code=0)) <= ARROW
    assert facts.read_bytes() == before


def test_blame_needs_no_matrix_and_no_schema(repository: Path) -> None:
    assert imported(repository, "blame", "7") <= FRAMES
    # A tag of item 1 was renamed, which its labels alone do not show.
    assert imported(repository, "blame", "1") <= FRAMES | {"scipy"}


def test_agreement_needs_no_schema_and_no_dvc(repository: Path) -> None:
    assert imported(repository, "agreement") <= FRAMES | {"scipy"}


@pytest.mark.parametrize(
    "words",
    [
        ["freeze", "v7.0.0"],
        ["release", "v1.0.0", "--message", "anew"],
        ["upgrade", "--dry-run"],
    ],
    ids=" ".join,
)
def test_a_refusal_needs_no_library_for_data(repository: Path, words: list[str]) -> None:
    assert imported(repository, *words, code=2) <= {"pydantic", "rich"}


def test_sources_are_listed_without_data() -> None:
    assert imported(REPOSITORY, "sources") <= {"pydantic", "rich"}


def test_a_tag_is_looked_up_without_pandas(repository: Path) -> None:
    words = ("taxonomy", "rename", "no-such-tag", "other", "--by", "ann")
    assert imported(repository, *words, code=2) <= ARROW


def test_answers_are_imported_without_pandas(repository: Path, tmp_path: Path) -> None:
    file = tmp_path / "ann.csv"
    file.write_text("id,nlp,none applies\n1,x,\n3,,x\n")
    words = ("annotate", "import", str(file), "--annotator", "ann", "--at", "2026-01-02")
    assert imported(repository, *words, "--dry-run") <= ARROW | {"pydantic"}


def test_a_repository_starts_without_a_library_for_data(tmp_path: Path) -> None:
    assert imported(tmp_path, "init", "mine") <= {"pydantic"}


def test_a_guess_needs_no_matrix_and_no_schema(tmp_path: Path) -> None:
    rows = [f"{n},The title {n},{'nlp;vision' if n % 2 else 'nlp'}" for n in range(1, 13)]
    (tmp_path / "items.csv").write_text("\n".join(["id,title,tags", *rows]))
    modules = all_imported(tmp_path, "inspect", "items.csv", "--yes")
    assert HEAVY & modules <= FRAMES
    assert not {"sqlite3", "python_calamine", "xml.etree.ElementTree"} & modules


def test_a_model_of_the_sources_is_built_when_it_is_used() -> None:
    code = "from tagledger.sources.reading import Reading; print(Reading.__pydantic_complete__)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": python_path(REPOSITORY)},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stdout.strip() == "False"


def test_a_comparison_needs_no_schema(repository: Path) -> None:
    assert imported(repository, "compare", "v1.0.0", "v1.1.0") <= FRAMES | {"scipy"}


def test_a_check_whose_results_are_kept_needs_no_schema(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "pandera" in imported(repository, "check")
    monkeypatch.setenv("COLUMNS", "98")  # for which no answer is kept
    modules = all_imported(repository, "check", again=True)
    assert "scipy" in modules, "it was printed again"
    assert not {"pandera", "pydantic", "tagledger.workspace"} & modules


@pytest.mark.parametrize("words", [["compare", "v1.0.0", "v1.1.0"], ["blame", "1"]], ids=" ".join)
def test_sources_whose_rows_are_kept_are_not_read_again(
    repository: Path, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    done_by(repository, *words)
    monkeypatch.setenv("COLUMNS", "99")  # for which no answer is kept
    modules = all_imported(repository, *words, again=True)
    assert "scipy" in modules, "it was printed again"
    assert not {"pydantic", "tagledger.readers.raw", "tagledger.sources.reading"} & modules


@pytest.mark.parametrize(
    "words",
    [
        ["compare", "v1.0.0", "v1.1.0"],
        pytest.param(["compare", "v1.0.0", "v1.1.0", "--json", "--items"], marks=pytest.mark.long),
        pytest.param(["compare", "v1.1.0"], marks=pytest.mark.long),
        ["blame", "1"],
        ["history", "vision"],
        ["check", "--base", "v1.1.0"],
        ["agreement"],
    ],
    ids=" ".join,
)
def test_an_answer_that_was_given_needs_no_library(repository: Path, words: list[str]) -> None:
    assert imported(repository, *words, again=True) <= {"rich"}


# JSON is of the same measures, which are what imports scipy.
@pytest.mark.parametrize("form", [[], pytest.param(["--json"], marks=pytest.mark.long)], ids=str)
def test_a_comparison_loads_no_more_of_scipy_than_matrices(
    repository: Path, form: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("compare", "v1.0.0", "v1.1.0", *form)  # `cv` is renamed
    done_by(repository, *words)  # which reads the sources, by Pydantic
    monkeypatch.setenv("COLUMNS", "97")  # for which no answer is kept
    modules = all_imported(repository, *words, again=True)
    assert "scipy.sparse" in modules
    assert not {"scipy.sparse.csgraph", "scipy.linalg", "scipy.special", "scipy.stats"} & modules
    assert "annotated_types" not in modules


def test_numpy_keeps_its_compiler_and_its_test_tools_for_those_who_use_them(
    repository: Path,
) -> None:
    # Two pairs of versions have a rename: parts that are put off twice stay so.
    for words in (("compare", "v1.0.0", "v1.1.0"), ("blame", "1")):
        modules = all_imported(repository, *words)
        assert "scipy.sparse" in modules
        assert not {"numpy.f2py.crackfortran", "unittest", "charset_normalizer"} & modules
    code = (
        "from tagledger.compare.late_parts import load_numpy_parts_late as late; late(); late();"
        "import numpy.testing; numpy.testing.assert_array_equal([1], [1]); numpy.f2py.run_main"
    )
    subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": python_path(REPOSITORY)},
        check=True,
    )


@pytest.mark.parametrize(
    "words",
    [["history", "nlp"], ["blame", "7"], ["compare", "v1.0.0", "v1.1.0"]],
    ids=" ".join,
)
def test_what_prints_no_gate_loads_none(repository: Path, words: list[str]) -> None:
    modules = all_imported(repository, *words)
    assert not {"tagledger.release.gates", "tagledger.pipeline.table"} & modules


@pytest.mark.parametrize(
    ("words", "texts"),
    [
        # The files of all versions, and of each version that is read its dvc.lock.
        (["compare", "v1.0.0", "v1.1.0"], 2 + 2 * 2),
        # As the one above, with a version that is read twice at most.
        pytest.param(["compare", "v1.1.0"], 2 + 2, marks=pytest.mark.long),
        (["blame", "1"], 2 + 2 * 2),
        (["check", "--base", "v1.1.0"], 2 * (2 + 1)),
        (["summary"], 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_the_history_is_read_once(repository: Path, words: list[str], texts: int) -> None:
    said = done_by(repository, *words)
    # `--base` is looked up by itself.
    surveys = 2 if "--base" in words else 1
    assert f"git: for-each-ref {surveys}\n" in said
    assert int(said.partition("git: log ")[2].split()[0]) <= 3 * surveys
    assert int(said.partition("git: cat-file ")[2].split()[0]) <= texts


@pytest.mark.parametrize(
    "words", [["versions"], ["compare", "v1.0.0", "v1.1.0"], ["check"]], ids=" ".join
)
def test_no_garbage_is_looked_for(repository: Path, words: list[str]) -> None:
    said = done_by(repository, *words)
    assert "collections: 0 frozen: " in said
    assert "frozen: 0" not in said  # nor is it when the interpreter ends
