"""What is newer than the data in a work tree: told from files alone, as DVC would tell it."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from dvc.ignore import DvcIgnorePatterns
from hypothesis import given
from hypothesis import strategies as st

import tagledger
from tagledger import cli
from tagledger.errors import TagledgerError
from tagledger.versions import Change, Repository, staleness
from tagledger.versions import ignored as ignored_module
from tagledger.versions.ignored import Ignored, folder_md5

PIPELINE = """\
stages:
  read:
    cmd: python read.py
    deps: [sources.csv, code]
    params: [read.rows, read.names, {more.yaml: }]
    outs: [out/table.txt]
  sum:
    cmd: python sum.py
    deps: [out/table.txt]
    outs: [out/folder]
    metrics:
      - metrics.json: {cache: false}
"""
FILES = {
    "dvc.yaml": PIPELINE,
    "params.yaml": "read: {rows: 30, names: [a, b], other: 1}\n",
    "more.yaml": "level: 1\n",
    "sources.csv": "id\n1\n",
    "code/one.py": "1\n",
    "code/part/two.py": "2\n",
    "out/table.txt": "table\n",
    "out/folder/a.txt": "a\n",
    "out/folder/b.txt": "b\n",
    "metrics.json": "{}\n",
    ".dvcignore": "__pycache__/\n*.txt~\n",
    ".dvc/config": "",
    ".gitignore": "/out\n",
}
PARAMS = {"params.yaml": {"read.rows": 30, "read.names": ["a", "b"]}, "more.yaml": {"level": 1}}


def entry(root: Path, path: str) -> dict[str, object]:
    """What DVC records of a file or folder."""
    place = root / path
    if place.is_file():
        data = place.read_bytes()
        return {"path": path, "hash": "md5", "md5": md5_of(place), "size": len(data)}
    files = sorted(file for file in place.rglob("*") if file.is_file())
    md5s, size = {file: md5_of(file) for file in files}, sum(len(one.read_bytes()) for one in files)
    md5 = folder_md5(place, md5s)
    return {"path": path, "hash": "md5", "md5": md5, "size": size, "nfiles": len(files)}


def md5_of(file: Path) -> str:
    return hashlib.md5(file.read_bytes()).hexdigest()


def record(root: Path, table: str = "out/table.txt", of: str = "", **more: object) -> None:
    """Write the dvc.lock of a run whose second stage read `of`, by default the table."""
    made = {
        "read": {
            "cmd": "python read.py",
            "deps": [entry(root, path) for path in ("sources.csv", "code")],
            "params": PARAMS,
            "outs": [entry(root, table)],
        },
        "sum": {
            "cmd": "python sum.py",
            "deps": [entry(root, of or table)],
            "outs": [entry(root, path) for path in ("out/folder", "metrics.json")],
        },
    }
    lock = {"schema": "2.0", "stages": made | more}
    (root / "dvc.lock").write_text(yaml.safe_dump(lock, sort_keys=False))


def write(root: Path, **files: str) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A work tree in which a pipeline of two stages has run."""
    root = tmp_path / "repo"
    write(root, **FILES)
    record(root)
    subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
    return root


def changes(root: Path) -> list[tuple[str, str, str]]:
    found = staleness(Repository.find(root)).changes
    return [(change.stage, change.kind, change.what) for change in found]


def edit(path: str, text: str) -> Callable[[Path], None]:
    return lambda root: write(root, **{path: text})


def replace(path: str, old: str, new: str) -> Callable[[Path], None]:
    return lambda root: write(root, **{path: (root / path).read_text().replace(old, new)})


def remove(path: str) -> Callable[[Path], None]:
    return lambda root: (root / path).unlink()


NEWER = [
    (replace("params.yaml", "30", "25"), "read", "params.yaml: read.rows 30 -> 25"),
    (replace("params.yaml", "30", "many"), "read", "params.yaml: read.rows 30 -> many"),
    (replace("params.yaml", "rows: 30, ", ""), "read", "params.yaml: read.rows is gone"),
    (replace("params.yaml", "[a, b]", "[b]"), "read", "params.yaml: read.names changed"),
    (edit("more.yaml", "level: 1\ndepth: 2\n"), "read", "more.yaml: depth is new"),
    (edit("more.yaml", "level: [\n"), "read", "more.yaml: this is not YAML: "),
    (edit("sources.csv", "id\n2\n"), "read", "sources.csv"),
    (edit("sources.csv", "id\n1\n2\n"), "read", "sources.csv"),
    (remove("sources.csv"), "read", "sources.csv, which is gone"),
    (edit("code/part/two.py", "3\n"), "read", "code"),
    (edit("code/three.py", "3\n"), "read", "code"),
    (remove("code/one.py"), "read", "code"),
    (replace("dvc.yaml", "python sum.py", "python add.py"), "sum", "dvc.yaml: the command of sum"),
    (
        replace("dvc.yaml", "deps: [out/table.txt]", "deps: [out/table.txt, more.yaml]"),
        "sum",
        "dvc.yaml: more.yaml is a new dependency",
    ),
    (
        replace("dvc.yaml", "outs: [out/folder]", "outs: [out/folder, more.txt]"),
        "sum",
        "dvc.yaml: more.txt is a new output of sum",
    ),
]


@pytest.mark.parametrize(("change", "stage", "what"), NEWER, ids=[str(one[2]) for one in NEWER])
def test_what_changed_since_the_build_is_named(
    root: Path, change: Callable[[Path], None], stage: str, what: str
) -> None:
    assert changes(root) == []
    change(root)
    ((found, kind, said),) = changes(root)
    assert (found, kind) == (stage, "newer")
    assert said.startswith(what)
    problem = staleness(Repository.find(root)).problem
    assert problem is not None
    assert problem.what.startswith(f"the data is stale, older than {what}")
    assert "`dvc repro`" in problem.hint


@pytest.mark.parametrize(
    "change",
    [
        replace("params.yaml", "other: 1", "other: 2"),
        replace("params.yaml", "30,", "30, # a comment\n "),
        edit("code/__pycache__/one.cpython-311.pyc", "x"),
        edit("code/notes.txt~", "x"),
        edit("unrelated.py", "x"),
    ],
    ids=["a parameter that no stage reads", "a comment", "bytecode", "a backup", "another file"],
)
def test_what_no_stage_reads_makes_nothing_stale(
    root: Path, change: Callable[[Path], None]
) -> None:
    change(root)
    assert changes(root) == []


def test_an_output_that_an_earlier_stage_made_anew_is_newer(root: Path) -> None:
    write(root, **{"out/table.txt": "another\n"})
    lock = yaml.safe_load((root / "dvc.lock").read_text())
    lock["stages"]["read"]["outs"] = [entry(root, "out/table.txt")]
    (root / "dvc.lock").write_text(yaml.safe_dump(lock, sort_keys=False))
    assert changes(root) == [("sum", "newer", "out/table.txt, which was made anew")]


def test_a_build_that_was_cut_short_is_unfinished(root: Path) -> None:
    (root / "out/folder/a.txt").unlink()
    (root / "out/folder/b.txt").unlink()
    (root / "out/folder").rmdir()
    found = staleness(Repository.find(root))
    assert found.changes == (Change("sum", "missing", "out/folder is missing"),)
    assert found.unfinished
    assert found.problem is not None
    assert found.problem.what == "the last build is unfinished: out/folder is missing"
    assert "`dvc repro` finishes it, or says what stops it; `dvc checkout`" in found.problem.hint


def test_a_stage_that_has_never_run_is_unfinished(root: Path) -> None:
    lock = yaml.safe_load((root / "dvc.lock").read_text())
    del lock["stages"]["sum"]
    (root / "dvc.lock").write_text(yaml.safe_dump(lock, sort_keys=False))
    assert changes(root) == [("sum", "missing", "the stage sum has not run")]
    assert staleness(Repository.find(root)).unfinished


def test_a_clone_without_data_is_not_an_unfinished_build(root: Path) -> None:
    (root / "out").rename(root.parent / "elsewhere")
    found = staleness(Repository.find(root))
    assert not found.unfinished
    assert found.problem is not None
    assert "the work tree does not have the data" in found.problem.what
    assert found.problem.hint == "`dvc repro` makes it"


def test_a_file_below_a_folder_of_outputs_is_missing_with_it(root: Path) -> None:
    use = "  use:\n    cmd: python use.py\n    deps: [out/folder/a.txt]\n"
    write(root, **{"dvc.yaml": PIPELINE + use})
    record(root, use={"cmd": "python use.py", "deps": [entry(root, "out/folder/a.txt")]})
    assert changes(root) == []
    shutil.rmtree(root / "out")
    assert {kind for _, kind, _ in changes(root)} == {"missing"}
    assert "dvc" in str(staleness(Repository.find(root)).problem)


@pytest.mark.parametrize("path", ["out/table.txt", "out/folder/a.txt", "metrics.json"])
def test_an_edited_output_is_named(root: Path, path: str) -> None:
    write(root, **{path: "tampered with\n"})
    ((_, kind, what),) = changes(root)
    assert kind == "edited"
    assert path.startswith(what)


def test_a_folder_of_outputs_is_what_the_pipeline_made_of_them(root: Path) -> None:
    replace("dvc.yaml", "deps: [out/table.txt]", "deps: [tables]")(root)
    replace("dvc.yaml", "out/table.txt", "tables/table.txt")(root)
    (root / "tables").mkdir()
    (root / "out/table.txt").rename(root / "tables/table.txt")
    record(root, "tables/table.txt", of="tables")
    assert changes(root) == []
    write(root, **{"tables/table.txt": "tampered with\n"})
    assert changes(root) == [("read", "edited", "tables/table.txt")]
    (root / "tables/table.txt").unlink()
    assert changes(root) == [("read", "missing", "tables/table.txt is missing")]
    (root / "tables").rmdir()
    assert changes(root) == [("read", "missing", "tables/table.txt is missing")]
    write(root, **{"tables/table.txt": "table\n", "tables/other.txt": "new\n"})
    assert changes(root) == [("sum", "newer", "tables")]


def test_a_stage_made_for_each_of_a_list_is_judged_by_its_record(root: Path) -> None:
    replace("dvc.yaml", "  sum:\n", "  sum:\n    foreach: [a]\n    do: {cmd: x}\n  gone:\n")(root)
    definition = yaml.safe_load((root / "dvc.yaml").read_text())
    del definition["stages"]["gone"]
    (root / "dvc.yaml").write_text(yaml.safe_dump(definition, sort_keys=False))
    each = {"cmd": "x", "deps": [entry(root, "sources.csv")], "outs": [entry(root, "out/folder")]}
    record(root, **{"sum@a": each})
    assert changes(root) == []
    write(root, **{"out/folder/a.txt": "c\n"})
    assert changes(root) == [("sum@a", "edited", "out/folder")]


def test_a_frozen_stage_has_no_newer_dependencies(root: Path) -> None:
    replace("dvc.yaml", "  read:\n", "  read:\n    frozen: true\n")(root)
    write(root, **{"sources.csv": "id\n7\n"})
    assert changes(root) == []


def test_without_a_lock_there_is_no_data_to_be_stale(root: Path) -> None:
    (root / "dvc.lock").unlink()
    found = staleness(Repository.find(root))
    assert (found.changes, found.problem) == ((), None)


# .dvcignore is read as DVC reads it.

_LINES = [
    *("a", "/a", "a/", "/a/", "*.py", "!*.py", "a/b", "a/*", "a/**", "**/b", "a/**/b", "!a/b", "*"),
    *("!b", "*/", "**", "__pycache__/", "*.py[cod]", "*~", ".#*", r"\#*#", "[!a]*", "?.py"),
    *("/a/*.*", "!/a/**", "!/a/*/*.py", "!a/", "/**/a", r"a\ b", "[ab]", r"\!a", "/", "#c"),
]
_NAMES = ["a", "b", "a.py", "b.txt", "x~", ".#a", "#a#", "!a", "__pycache__", "a b", "a.pyc"]


@given(
    lines=st.lists(st.sampled_from(_LINES), min_size=1, max_size=5),
    parts=st.lists(st.sampled_from(_NAMES), min_size=1, max_size=4),
)
def test_ignored_is_what_dvc_ignores(lines: list[str], parts: list[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        theirs = DvcIgnorePatterns([line for line in lines if line[0] != "#"], "/top", "/")
    rules = ignored_module.read_rules(lines, "")
    ours = any(
        ignored_module.is_ignored("/".join(parts[:end]), rules, folder=end < len(parts))
        for end in range(1, len(parts) + 1)
    )
    *folders, name = parts
    assert ours == theirs.matches("/".join(["/top", *folders]), name)


def test_a_pattern_of_many_stars_takes_no_time() -> None:
    rules = ignored_module.read_rules(["*a" * 40 + "b", "x*a*a*a/**/*a*a*a*b"], "")
    start = time.process_time()
    assert not ignored_module.is_ignored("a" * 250, rules, folder=False)
    assert not ignored_module.is_ignored(f"x{'a' * 200}/{'a' * 250}", rules, folder=False)
    assert time.process_time() - start < 2


def test_a_dvcignore_in_a_folder_counts_for_that_folder(tmp_path: Path) -> None:
    write(
        tmp_path,
        **{"a/.dvcignore": "/x\n*.log\n", "a/x": "", "a/b/x": "", "b/1.log": "", "a/b/1.log": ""},
    )
    found = {
        str(file.relative_to(tmp_path))
        for name in ("a", "b")
        for file in Ignored.of(tmp_path).files(tmp_path / name)
    }
    assert found == {"a/.dvcignore", "a/b/x", "b/1.log"}


# Files that a merge left half-way: no command answers by one side of them.

MARKED = (
    *("dvc.lock", "dvc.yaml", "params.yaml", "data/sources.yaml", "data/base/base.json"),
    "reports/metrics.json",
)
COMMANDS = {
    "summary": ("summary",),
    "versions": ("versions",),
    "versions --json": ("versions", "--json"),
    "compare": ("compare", "v1.0.0"),
    "blame": ("blame", "1"),
    "history": ("history", "a"),
    "agreement": ("agreement",),
    "freeze": ("freeze", "v1.0.0"),
    "freeze a file": ("freeze", "mine.csv"),
    "rebuild": ("rebuild",),
    "upgrade": ("upgrade",),
    "add": ("add", "mine.csv"),
    "sources": ("sources",),
    "check": ("check",),
    "release": ("release", "v1.1.0", "-m", "x"),
    "dashboard": ("dashboard",),
    "annotate start": ("annotate", "start", "one", "--items", "all", "--annotators", "ann"),
    "annotate status": ("annotate", "status"),
    "annotate policies": ("annotate", "policies"),
    "annotate import": ("annotate", "import", "mine.csv"),
    "taxonomy": ("taxonomy", "rename", "a", "b", "--by", "ann"),
}


@pytest.fixture
def merging(root: Path) -> Path:
    write(root, **{"data/sources.yaml": "sources: {}\n", "reports/metrics.json": "{}\n"})
    write(root, **{"data/base/base.json": "{}\n", "mine.csv": "id,split\n1,train\n"})
    for words in (("add", "-A"), ("commit", "-qm", "x"), ("tag", "-a", "v1.0.0", "-m", "x")):
        subprocess.run(["git", *words], cwd=root, check=True)
    return root


def mark(root: Path, path: str, line: int = 3) -> None:
    lines = (root / path).read_text().splitlines()
    write(root, **{path: "\n".join([*lines[: line - 1], "<<<<<<< HEAD", *lines[line - 1 :], ""])})


def say(monkeypatch: pytest.MonkeyPatch, root: Path, *words: str) -> int:
    monkeypatch.chdir(root)
    monkeypatch.setattr(sys, "argv", ["tagledger", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def assert_names_the_merge(said: str, path: str) -> None:
    assert said.startswith("error: ")
    assert "conflict mark" in said
    assert path in said
    assert "take either side of the file" in said
    assert "then `dvc repro`" in said


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize("path", ["dvc.lock", "params.yaml"])
def test_no_command_reads_a_file_in_conflict(
    merging: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: tuple[str, ...],
    path: str,
) -> None:
    mark(merging, path)
    assert say(monkeypatch, merging, *command) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert_names_the_merge(err, path)


@pytest.mark.parametrize("path", MARKED)
@pytest.mark.parametrize("line", [1, 2])
def test_a_mark_is_found_in_every_file_that_describes_the_data(
    merging: Path, path: str, line: int
) -> None:
    mark(merging, path, line)
    with pytest.raises(TagledgerError) as caught:
        Repository.find(merging / "code")
    assert_names_the_merge(str(caught.value), path)
    with pytest.raises(TagledgerError):
        tagledger.load(repo=merging)


def test_a_lock_that_was_read_before_is_read_again_in_conflict(merging: Path) -> None:
    repo = Repository.find(merging)
    assert changes(merging) == []
    mark(merging, "dvc.lock")
    with pytest.raises(TagledgerError):
        staleness(repo)


def test_git_s_diff_of_a_lock_in_conflict_is_a_line(
    merging: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mark(merging, "dvc.lock")
    mark(merging, "params.yaml")
    sides = (str(merging / "dvc.lock"), "0" * 40, "100644")
    assert say(monkeypatch, merging, "diff-lock", "dvc.lock", *sides, *sides) == 0
    assert "not YAML" in capsys.readouterr().out


@pytest.mark.parametrize(
    "text",
    ["key: |\n  <<<<<<< not at the start\n", "# =======\na: 1\n", "a: '<<<<<<< x'\n", "a: 1\n"],
)
def test_what_looks_like_a_mark_is_none(merging: Path, text: str) -> None:
    write(merging, **{"data/sources.yaml": text})
    assert Repository.find(merging).root == merging


def test_every_command_is_tried(merging: Path) -> None:
    # init and inspect read no file of a repository; a stage reads them by itself.
    assert set(cli.app.commands) - {"diff-lock", "init", "inspect", "stage"} == {
        words[0] for words in COMMANDS.values()
    }
