"""A work tree that is not as it was built: stale, unfinished, without data, cloned, interrupted."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tagledger.pipeline.table import STAGES
from tagledger.versions import Repository, staleness
from tests.own_code import python_path
from tests.pipeline.conftest import Project, Say, speaker
from tests.pipeline.in_process import make_and_record

CHANGED = "params.yaml: filter.min_tag_count 30 -> 25"


@pytest.fixture
def released(built: Project) -> Project:
    """The dataset built and released as v1.0.0."""
    built.ok("git", "tag", "-a", "v1.0.0", "-m", "first")
    return built


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Say]:
    """Run a command of Tagledger in a folder: exit code, standard output, standard error."""
    with speaker(monkeypatch, capfd) as run:

        def run_in(folder: Path, *words: str) -> tuple[int, str, str]:
            monkeypatch.chdir(folder)
            return run(*words)

        yield run_in


def kinds(project: Project) -> set[str]:
    return {change.kind for change in staleness(Repository.find(project.root)).changes}


def test_nothing_is_stale_where_dvc_finds_all_up_to_date(released: Project) -> None:
    found = staleness(Repository.find(released.root))
    assert (found.changes, found.problem) == ((), None)
    # Bytecode and what people leave in the folders is none of it, as DVC has it.
    (released.root / "src/tagledger/readers/notes.txt").write_text("mine")
    (released.root / "data/clean/items.csv").write_text("mine")
    assert kinds(released) == set()
    assert "up to date" in released.ok("dvc", "status")
    (released.root / "src/tagledger/readers/more.py").write_text("")
    (released.root / "data/base/more.json").write_text("{}")
    assert kinds(released) == {"newer"}
    status = released.ok("dvc", "status")
    changes = staleness(Repository.find(released.root)).changes
    assert [change.what for change in changes] == ["src/tagledger/readers", "data/base"]
    assert all(change.what in status for change in changes)


def test_a_changed_parameter_is_said_wherever_the_workspace_is_spoken_of(
    released: Project, say: Say
) -> None:
    file = released.root / "params.yaml"
    file.write_text(file.read_text().replace("min_tag_count: 30", "min_tag_count: 25"))
    code, out, err = say(released.root, "check")
    assert (code, out) == (2, "")
    assert err.startswith(f"error: the data is stale, older than {CHANGED}")
    assert " next: `dvc repro`" in err
    for words in (("versions",), ("compare", "v1.0.0"), ("summary",)):
        code, out, err = say(released.root, *words)
        assert code == 0
        assert err.startswith(f"warning: the data is stale, older than {CHANGED}")
        assert err.count("\n") == 1
        assert "`dvc repro`" in err
        code, out, _ = say(released.root, *words, "--json")
        assert code == 0
        assert {one["what"] for one in json.loads(out)["stale"]} == {CHANGED}
    # What is built is explained by what it was built with.
    assert "Just above (≥ 30)" in say(released.root, "summary")[1]
    assert say(released.root, "compare", "v1.0.0", "v1.0.0")[2] == ""
    make_and_record(released.root, "filter")
    code, out, _ = say(released.root, "check")
    assert (code, "compared with v1.0.0" in out) == (int("BROKEN" in out), True)
    assert say(released.root, "versions")[2] == ""
    assert "Just above (≥ 25)" in say(released.root, "summary")[1]


def test_a_failed_build_is_unfinished_and_its_hints_work(released: Project, say: Say) -> None:
    params = (released.root / "params.yaml").read_text()
    released.set(filter__min_tag_count=100_000)
    assert released.run("dvc", "repro").returncode != 0
    released.root.joinpath("params.yaml").write_text(params)
    code, out, err = say(released.root, "versions")
    assert code == 0
    assert out.splitlines()[1].startswith("   v1.0.0 ")
    assert out.splitlines()[2].split()[:2] == ["*", "workspace"]
    assert out.splitlines()[2].split()[-2:] == ["unknown", "unfinished"]
    assert err.startswith("warning: the last build is unfinished: data/filtered/labels.parquet")
    assert "The dataset before the build that is unfinished" in say(released.root, "summary")[1]
    rows = json.loads(say(released.root, "versions", "--json")[1])["versions"]
    assert [(row["name"], row["in_workspace"], row["data"]) for row in rows] == [
        ("v1.0.0", False, "cache"),
        ("workspace", True, "unfinished"),
    ]
    code, _, err = say(released.root, "check")
    assert code == 2
    assert "the last build is unfinished" in err
    assert "`dvc checkout` brings back what dvc.lock records" in err
    released.ok("dvc", "checkout")
    assert kinds(released) == set()
    shutil.rmtree(released.root / "data/filtered")
    assert kinds(released) == {"missing"}
    released.repro("--quiet")
    assert kinds(released) == set()


def test_an_edited_table_is_no_data_to_vouch_for(released: Project, say: Say) -> None:
    table = released.root / "data/splits/train.parquet"
    content = table.read_bytes()
    table.unlink()
    table.write_bytes(content[:-20] + bytes(20))
    assert kinds(released) == {"edited"}
    assert "data/splits" in say(released.root, "versions")[2]
    released.ok("dvc", "checkout", "--force")
    assert kinds(released) == set()


def test_the_data_of_a_clone_is_what_dvc_would_check_out(released: Project, tmp_path: Path) -> None:
    clone = with_data(released, tmp_path / "clone", str(released.root))
    assert "up to date" in clone.ok("dvc", "status")


# Gates without anything to compare with


def with_data(released: Project, root: Path, *words: str) -> Project:
    """A clone that has the cache of the repository, and its data in the work tree."""
    released.ok("git", "clone", "--quiet", *words, str(root))
    cache = released.root / ".dvc/cache"
    (root / ".dvc/config.local").write_text(f"[cache]\n    dir = {cache}\n")
    for out in (out for stage in STAGES for out in stage.outs):
        (root / out).parent.mkdir(parents=True, exist_ok=True)
        if (released.root / out).is_dir():
            shutil.copytree(released.root / out, root / out, dirs_exist_ok=True)
        else:
            shutil.copyfile(released.root / out, root / out)
    return Project(root, released.extra)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("data/filtered/tags.parquet", "data/filtered/labels.parquet"),
        ("data/clean/items.parquet", "params.yaml"),
        ("data/clean/rows.json", "params.yaml"),
        ("data/clean/rows.json", "reports/quality.json"),
    ],
    ids=["other columns", "no table", "no JSON", "other keys"],
)
def test_an_output_that_cannot_be_read_is_said_to_be_edited(
    released: Project, say: Say, name: str, other: str
) -> None:
    edited = released.root / name
    edited.unlink()  # it may be a link into the cache
    shutil.copyfile(released.root / other, edited)
    code, _, err = say(released.root, "check")
    assert code == 2
    assert f"the data is not what dvc.lock records: {name}" in err
    assert "dvc checkout --force" in err


def test_a_shallow_clone_has_no_gate_that_holds_by_comparing_nothing(
    released: Project, say: Say, tmp_path: Path
) -> None:
    released.set(filter__min_tag_count=40)
    make_and_record(released.root, "filter")
    released.ok("git", "commit", "--quiet", "-am", "data: tags from 40 items")
    address = f"file://{released.root}"
    clone = with_data(released, tmp_path / "clone", "--depth", "1", address)
    code, out, err = say(clone.root, "check")
    assert (code, out) == (2, "")
    assert "this clone is shallow" in err
    assert "`git fetch --unshallow --tags`" in err
    code, out, _ = say(clone.root, "versions")
    assert code == 0
    assert "2 not compared" in out
    clone.ok("git", "fetch", "--quiet", "--unshallow", "--tags")
    code, out, _ = say(clone.root, "check")
    assert "2 gates, compared with v1.0.0" in out
    assert code == int("BROKEN" in out)


def test_a_clone_without_tags_is_told_to_fetch_them(
    released: Project, say: Say, tmp_path: Path
) -> None:
    clone = with_data(released, tmp_path / "clone", "--no-tags", str(released.root))
    code, _, err = say(clone.root, "check")
    assert code == 2
    assert "`git fetch --tags`" in err


def test_before_the_first_release_a_gate_says_that_it_is_not_compared(
    built: Project, say: Say
) -> None:
    code, out, _ = say(built.root, "check")
    assert code == 0
    assert "2 gates, not compared, as there is no release yet" in out
    assert "not compared  max_train_to_test" in out
    document = json.loads(say(built.root, "check", "--json")[1])
    assert (document["state"], document["holds"]) == ("not compared", False)
    assert len(document["gates"]) == 2
    for gate in document["gates"]:
        assert (gate["holds"], gate["compared"], gate["value"]) == (False, False, None)


def test_the_list_of_versions_judges_the_work_tree_by_the_gates_it_has_now(
    released: Project, say: Say
) -> None:
    params = released.root / "params.yaml"
    text = params.read_text()
    params.write_text(
        f"{text}\ngates:\n  max_train_to_test: null\n  max_renamed: null\n  max_scumble: 0.9\n"
    )
    assert json.loads(say(released.root, "versions", "--json")[1])["versions"][0]["state"] == "hold"
    assert say(released.root, "check")[0] == 0
    params.write_text(f"{text}\ngates:\n  max_scumble: 0.0\n")
    row = json.loads(say(released.root, "versions", "--json")[1])["versions"][0]
    assert row["state"] == "broken"
    assert [gate["name"] for gate in row["gates"] if gate["compared"]] == ["max_scumble"]
    assert say(released.root, "check")[0] == 1


# The summary from anywhere


def test_the_summary_is_the_same_from_a_folder_a_linked_tree_and_a_clone(
    released: Project, say: Say, tmp_path: Path
) -> None:
    _, shown, _ = say(released.root, "summary")
    assert say(released.root / "src" / "tagledger", "summary") == (0, shown, "")

    released.ok("git", "worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    code, out, err = say(tmp_path / "linked", "summary")
    assert (code, out) == (0, shown)
    assert "`dvc checkout` brings it here" in err

    store = f"[core]\n    remote = store\n['remote \"store\"']\n    url = {tmp_path / 'store'}\n"
    (released.root / ".dvc" / "config.local").write_text(store)
    released.ok("dvc", "push", "--quiet")
    clone = Project(tmp_path / "clone", released.extra)
    released.ok("git", "clone", "--quiet", str(released.root), str(clone.root))
    code, out, err = say(clone.root, "summary")
    assert (code, out) == (2, "")
    assert " next: `dvc repro`" in err
    shutil.copy(released.root / ".dvc" / "config.local", clone.root / ".dvc")
    code, out, err = say(clone.root, "summary")
    assert (code, out) == (0, shown)
    assert "`dvc pull` brings it here" in err
    clone.ok("dvc", "pull", "--quiet")
    assert say(clone.root, "summary") == (0, shown, "")


# Ctrl-C

WAIT = """
import time
print("taking its time", flush=True)
time.sleep(120)
"""


def interrupted(
    project: Project, how: signal.Signals, *command: str, group: bool = False
) -> tuple[int, str]:
    """Start a command, interrupt it once it waits, and see how it ends: its code, what it said."""
    with subprocess.Popen(
        command,
        cwd=project.root,
        env=os.environ | {"PYTHONPATH": python_path(project.root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert any("taking its time" in line for line in process.stdout)
        if group:  # as a terminal does
            os.killpg(process.pid, how)
        else:
            process.send_signal(how)
        said, _ = process.communicate(timeout=60)
    return process.returncode, said


STAGE = (sys.executable, "-m", "tagledger.stages.filter")


# With each change, each signal and each moment once.
@pytest.mark.parametrize(
    ("how", "code", "place"),
    [
        pytest.param(signal.SIGINT, 130, "import", id="ctrl-c-import"),
        pytest.param(signal.SIGTERM, 143, "main", id="terminated-main"),
        pytest.param(signal.SIGINT, 130, "main", id="ctrl-c-main", marks=pytest.mark.long),
        pytest.param(signal.SIGTERM, 143, "import", id="terminated-import", marks=pytest.mark.long),
    ],
)
def test_a_stage_that_is_interrupted_says_one_line(
    fresh: Project, place: str, how: signal.Signals, code: int
) -> None:
    file = fresh.root / "src/tagledger/stages/filter.py"
    text = file.read_text()
    where = (
        "import numpy as np\n"
        if place == "import"
        else "    settings = params.load(FilterParams)\n"
    )
    indent = "    " if place == "main" else ""
    wait = "".join(f"{indent}{line}\n" for line in WAIT.split("\n") if line)
    file.write_text(text.replace(where, f"{wait}{where}", 1))
    ended, said = interrupted(fresh, how, *STAGE)
    assert ended == code
    assert said.count("\n") == 1
    assert said.startswith("interrupted; no file is left half written: `dvc checkout`")


def test_an_interrupted_build_comes_back_by_the_line_it_printed(
    released: Project, say: Say
) -> None:
    stage = released.root / "src/tagledger/stages/filter.py"
    text = stage.read_text()
    stage.write_text(text.replace("import numpy as np\n", f"{WAIT}import numpy as np\n", 1))
    code, said = interrupted(released, signal.SIGINT, "dvc", "repro", group=True)
    assert code != 0
    assert "Traceback" not in said
    assert "interrupted; no file is left half written: `dvc checkout` brings back" in said
    assert "the last build is unfinished" in say(released.root, "versions")[2]
    stage.write_text(text)
    released.ok("dvc", "checkout")
    assert kinds(released) == set()


@pytest.mark.parametrize(
    "module",
    [
        "tagledger.cli",
        # Between the other two.
        pytest.param("tagledger.release.version_list", marks=pytest.mark.long),
        "rich.table",
    ],
)
def test_a_command_that_is_interrupted_says_one_line(
    released: Project, tmp_path: Path, module: str
) -> None:
    slow = tmp_path / "slow.py"
    slow.write_text(
        "import builtins, runpy, sys\n"
        "real = builtins.__import__\n"
        "def slow(name, *rest, **more):\n"
        f"    if name == {module!r}:\n"
        "        import time\n"
        "        print('taking its time', flush=True)\n"
        "        time.sleep(120)\n"
        "    return real(name, *rest, **more)\n"
        "builtins.__import__ = slow\n"
        "sys.argv = ['tagledger', 'versions']\n"
        "runpy.run_module('tagledger', run_name='__main__')\n"
    )
    code, said = interrupted(released, signal.SIGINT, sys.executable, str(slow))
    assert code == 130
    assert said.startswith("interrupted")
    assert said.count("\n") == 1
