"""`tagledger init` makes a repository that builds at once, or writes nothing."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
import yaml
from click.testing import CliRunner, Result
from pyarrow import parquet

from tagledger import errors, params
from tagledger.adding import placing
from tagledger.cli import app
from tagledger.commands import asking
from tagledger.errors import TagledgerError
from tagledger.pipeline.table import STAGES
from tagledger.release.gate_table import GATES
from tagledger.release.gates import load_gates
from tagledger.starting import making, texts
from tagledger.starting.naming import first_source_name
from tagledger.starting.params_text import params_text
from tagledger.versions import Repository, dirty_files
from tests import warm
from tests.guess_shapes import lines, table
from tests.pipeline.conftest import REPOSITORY, Folder

PYTHON = sys.executable  # which starts anew, where a program is killed or two run at once
WORDS = "login invoice parcel refund password browser delay address damage voucher"
TOPICS = ["web", "billing", "shipping"]


def rows(number: int = 40) -> list[tuple[int, str, str, list[str]]]:
    """Tickets: a number, a day, a text and labels."""
    words = WORDS.split()
    found = []
    for at in range(1, number + 1):
        text = f"The {words[at % 10]} of {words[at * 7 % 10]} no {at} was late for {at * 37} days"
        labels = [TOPICS[at % 3], *([TOPICS[(at + 1) % 3]] if at % 4 == 0 else [])]
        found.append((at, f"2024-03-{at % 28 + 1:02}", text, labels))
    return found


def separated(delimiter: str, between: str, number: int = 40) -> str:
    head = [["id", "opened", "text", "labels"]]
    return table(
        [*head, *([at, day, text, between.join(tags)] for at, day, text, tags in rows(number))],
        delimiter,
    )


CSV = separated(",", "|")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in no repository, with tickets.csv, where the command is run."""
    monkeypatch.setenv("PATH", warm.environment(os.environ)["PATH"])
    monkeypatch.setattr(sys, "executable", warm.python())  # of the DVC that it runs
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tickets.csv").write_text(CSV)
    return tmp_path


def init(*words: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(app, ["init", *words], input=answer, prog_name="tagledger")


def ok(*words: str) -> str:
    done = init(*words)
    assert done.exit_code == 0, f"{done.output}\n{done.exception}"
    return done.output


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def everything(folder: Path) -> dict[str, bytes]:
    """All files below a folder, but for git's own logs and objects."""
    return {
        one.relative_to(folder).as_posix(): one.read_bytes()
        for one in sorted(folder.rglob("*"))
        if one.is_file() and ".git/objects" not in one.as_posix()
    }


def build(root: Path, last: str = "report") -> None:
    """Run the stages in this process, up to the last one that is wanted."""
    folder = Folder(root)
    names = [one.name for one in STAGES]
    for name in names[: names.index(last) + 1]:
        done = folder.stage(name)
        assert done.returncode == 0, done.stderr


def labels_of(root: Path) -> pd.DataFrame:
    return pd.read_parquet(root / "data/filtered/labels.parquet")


def labelled(root: Path) -> tuple[int, set[str]]:
    """The number of items that a repository's file makes, and their tags."""
    build(root, "filter")
    labels = labels_of(root)
    return labels["id"].nunique(), set(labels["tag"])


# What is made.


def test_a_repository_is_made_and_its_first_commit_is_all_of_it(place: Path) -> None:
    said = ok("--from", "tickets.csv", "mine")
    root = place / "mine"
    assert "cd mine && dvc repro" in said
    assert "filter.min_tag_count is 3: chosen for 40 items, 30 is usual" in said
    assert "The first 3 items" in said
    assert dirty_files(Repository.find(root)) == []
    assert git(root, "log", "--format=%s").splitlines() == [
        f"Start a dataset repository: tickets, {snapshot_of(root)}"
    ]
    assert sorted(one.name for one in place.iterdir()) == ["mine", "tickets.csv"]
    copy = root / f"data/files/tickets/{snapshot_of(root)}/tickets.csv"
    assert copy.read_bytes() == (place / "tickets.csv").read_bytes()
    for name in ("README.md", "requirements.txt", "tagledger.lock", "schemas/clean.py"):
        assert (root / name).stat().st_size > 0
    readme = (root / "README.md").read_text()
    assert readme.startswith("# mine\n")
    assert "data/files/tickets/" in readme


def snapshot_of(root: Path) -> str:
    chosen = params.load(params.FetchParams, root / "params.yaml")
    return chosen.snapshot


def program(folder: Path, *words: str) -> str:
    """Run a program, which must work; what it printed."""
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.long
def test_each_step_of_the_workflow_works_in_a_clone(place: Path) -> None:
    ok("--from", "tickets.csv", "mine")
    root = place / "mine"
    for exclude, tag in (("[]", "v1.0.0"), ("[web]", "latest")):
        file = root / "params.yaml"
        file.write_text(file.read_text().replace("exclude: []", f"exclude: {exclude}"))
        program(root, "dvc", "repro")
        git(root, "add", "--all")
        git(root, "commit", "--quiet", "--message", "Build")
        git(root, "tag", "--annotate", "--message", "A release", tag)
        program(root, "tagledger", "freeze", tag)  # so that no item moves from train to test
    git(place, "clone", "--quiet", "mine", "clone")
    workflow = yaml.safe_load((place / "clone/.github/workflows/tagledger.yml").read_text())
    steps = [one["run"] for one in workflow["jobs"]["build"]["steps"] if "run" in one]
    for step in steps[1:]:
        said = program(place / "clone", "bash", "-e", "-o", "pipefail", "-c", step)
    assert "compared with v1.0.0" in said


def test_files_stand_behind_each_other_and_the_folder_where_one_likes(place: Path) -> None:
    (place / "items.csv").write_text("id,text\n1,one day\n2,two days\n3,three days\n")
    (place / "labels.csv").write_text("id,tag\n1,a\n2,b\n3,a\n1,b\n")
    ok("--from", "items.csv", "labels.csv", "mine")
    ok("other", "--from", "items.csv", "labels.csv")
    for folder in ("mine", "other"):
        (snapshot,) = (place / folder / "data/files").glob("*/*")
        assert sorted(one.name for one in snapshot.iterdir()) == ["items.csv", "labels.csv"]
    for words, why in ((("--from", "items.csv", "a", "b"), "no files"), (("a", "b"), "several")):
        done = init(*words)
        assert isinstance(done.exception, TagledgerError)
        assert why in done.exception.what


def test_dvc_builds_it_and_touches_nothing_else(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ok("--from", "tickets.csv", "mine")
    root = place / "mine"
    program(root, "dvc", "repro")
    dirty = dirty_files(Repository.find(root))
    assert {one.partition("/")[0] for one in dirty} == {"dvc.lock", "reports"}
    assert set(labels_of(root)["tag"]) == set(TOPICS)
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "Build the dataset")
    monkeypatch.chdir(root)
    for command in ("summary", "versions", "check"):
        done = CliRunner().invoke(app, [command], prog_name="tagledger")
        assert done.exit_code == 0, f"{done.output}\n{done.exception}"
    assert git(root, "status", "--porcelain") == ""


def test_after_a_failed_build_nothing_that_dvc_owns_is_committed(place: Path) -> None:
    ok("--from", "tickets.csv", "mine", "--labels", "{delimited: labels, separator: '|'}")
    root = place / "mine"
    file = root / "params.yaml"
    file.write_text(file.read_text().replace("latest_year: 2099", "latest_year: 1999"))
    done = subprocess.run(["dvc", "repro"], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode
    assert "cannot be used" in done.stderr
    assert (root / "data/raw/tickets.csv").is_file()
    for name in ("clean/items.parquet", "filtered/tags.parquet", "splits/train.parquet"):
        (root / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "data" / name).touch()
    (root / "data/clean/.items.parquet.abcdefgh.part").touch()
    git(root, "add", "--all")
    added = git(root, "diff", "--cached", "--name-only").split()
    assert set(added) == {"params.yaml", "dvc.lock"}


def test_without_a_file_it_waits_for_data(place: Path) -> None:
    assert "cd mine && tagledger add FILE" in ok("mine")
    root = place / "mine"
    assert git(root, "status", "--porcelain") == ""
    assert yaml.safe_load((root / "data/sources.yaml").read_text()) == {"sources": {}}
    failed = Folder(root).failed("fetch")
    assert "no source is chosen yet" in failed
    assert "tagledger add FILE" in failed


def test_a_large_file_is_kept_by_dvc(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "GIT_LIMIT", 1000)
    said = ok("--from", "tickets.csv", "mine", "--snapshot", "march")
    root = place / "mine"
    path = "data/files/tickets/march/tickets.csv"
    assert f"{path} is kept by DVC" in " ".join(said.split())
    tracked = git(root, "ls-files").split()
    assert f"{path}.dvc" in tracked
    assert path not in tracked
    assert git(root, "status", "--porcelain") == ""
    build(root, "clean")


# Files of other shapes.


def as_json() -> str:
    return json.dumps(
        [
            {"id": at, "created_at": day, "title": text, "tags": tags}
            for at, day, text, tags in rows()
        ]
    )


def as_jsonl() -> str:
    return lines(
        *(
            {"key": f"T-{at}", "fields": {"summary": text, "labels": [{"name": x} for x in tags]}}
            for at, _, text, tags in rows()
        )
    )


def as_hugging_face() -> bytes:
    """Class labels are numbers; their names stand in the metadata of the schema."""
    feature = {"feature": {"names": TOPICS, "_type": "ClassLabel"}, "_type": "Sequence"}
    features = {
        "text": {"dtype": "string", "_type": "Value"},
        "labels": feature,
        "id": {"dtype": "string", "_type": "Value"},
    }
    held = pa.table(
        {
            "text": [text for _, _, text, _ in rows()],
            "labels": [[TOPICS.index(one) for one in tags] for *_, tags in rows()],
            "id": [f"c{at}" for at, *_ in rows()],
        }
    ).replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    out = io.BytesIO()
    parquet.write_table(held, out)
    return out.getvalue()


def as_parquet() -> bytes:
    held = pa.table(
        {
            "id": [at for at, *_ in rows()],
            "text": [text for _, _, text, _ in rows()],
            "labels": [tags for *_, tags in rows()],
        }
    )
    out = io.BytesIO()
    parquet.write_table(held, out)
    return out.getvalue()


def as_xlsx() -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["No.", "Text", *TOPICS])
    for at, _, text, tags in rows():
        book.active.append([at, text, *(int(one in tags) for one in TOPICS)])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


SHAPES: dict[str, tuple[str, Callable[[], str | bytes]]] = {
    "csv": ("tickets-2024-03.csv", lambda: CSV),
    "csv with semicolons": ("export.csv", lambda: separated(";", ", ")),
    "csv in cp1252": ("alt.csv", lambda: CSV.replace("late", "spät").encode("cp1252")),
    "tsv": ("tickets.tsv", lambda: separated("\t", ",")),
    "json": ("tickets.json", as_json),
    "json lines": ("issues.jsonl", as_jsonl),
    "parquet": ("tickets.parquet", as_parquet),
    "hugging face": ("train-00000-of-00001.parquet", as_hugging_face),
    "xlsx with a column for each tag": ("tickets.xlsx", as_xlsx),
}


# That plain CSV is built holds the test of small files.
@pytest.mark.parametrize("shape", [pytest.param("csv", marks=pytest.mark.long), *[*SHAPES][1:]])
def test_a_file_of_any_shape_is_built_at_once(place: Path, shape: str) -> None:
    name, make = SHAPES[shape]
    content = make()
    (place / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    ok("--from", name, "mine", "--yes")
    assert labelled(place / "mine") == (40, set(TOPICS))


def test_items_and_labels_in_two_files(place: Path) -> None:
    items = [["id", "text"], *([at, text] for at, _, text, _ in rows())]
    labels = [["item_id", "tag"], *([at, one] for at, *_, tags in rows() for one in tags)]
    (place / "items.csv").write_text(table(items))
    (place / "labels.csv").write_text(table(labels))
    ok("--from", "items.csv", "--from", "labels.csv", "mine", "--yes")
    assert labelled(place / "mine") == (40, set(TOPICS))


@pytest.mark.parametrize("number", [3, pytest.param(12, marks=pytest.mark.long), 700])
def test_a_small_file_keeps_most_of_its_labels(place: Path, number: int) -> None:
    (place / "few.csv").write_text(separated(",", "|", number))
    ok("--from", "few.csv", "mine", "--yes")
    build(place / "mine")
    measures = json.loads((place / "mine/reports/metrics.json").read_text())
    assert measures["items"] >= number * 0.9
    assert measures["tags"] == 3


def test_rows_that_cannot_be_read_are_allowed_for(place: Path) -> None:
    broken = CSV.replace(",2024-03-02,", ",9999-03-02,")
    (place / "broken.csv").write_text(broken)
    said = ok("--from", "broken.csv", "mine", "--yes")
    assert "clean.max_quarantined is" in said
    assert labelled(place / "mine")[0] == 40 - broken.count("9999")


def test_what_is_said_by_options_holds(place: Path) -> None:
    ok(
        *("--from", "tickets.csv", "mine", "--source", "desk", "--snapshot", "v1"),
        *("--labels", "{column: labels}", "--threshold", "2", "--id", "", "--date", ""),
    )
    document = yaml.safe_load((place / "mine/data/sources.yaml").read_text())
    reading = document["sources"]["desk"]["reading"]
    assert reading["labels"] == {"column": "labels"}
    assert reading["items"]["columns"] == {"text": "text"}
    assert document["sources"]["desk"]["snapshots"]["v1"]["location"] == "data/files/desk/v1"
    text = (place / "mine/params.yaml").read_text()
    assert "min_tag_count: 2 # the threshold: a tag on fewer items is not kept\n" in text


def test_a_file_has_the_name_that_next_months_will_have_too(place: Path) -> None:
    (place / "Support Tickets-2026-01.csv").write_text(CSV)
    ok("--from", "Support Tickets-2026-01.csv", "mine")
    root = place / "mine"
    (file,) = (root / "data/files/support-tickets").rglob("*.csv")
    assert file.name == "Support Tickets.csv"
    assert labelled(root)[0] == 40


@pytest.mark.parametrize(
    ("names", "source"),
    [
        (["Tickets 2026-02.csv"], "tickets"),
        (["train-00000-of-00001.parquet"], "support-desk"),
        (["items.csv", "labels.csv"], "support-desk"),
        (["2026-02.csv"], "support-desk"),
    ],
)
def test_a_source_is_called_as_its_file_if_that_says_anything(
    names: list[str], source: str
) -> None:
    assert first_source_name([Path(one) for one in names], Path("Support desk")) == source


def test_an_uncertain_file_writes_nothing(place: Path) -> None:
    head = [["id", "text", "genres", "categories"]]
    (place / "u.csv").write_text(
        table([*head, *([at, text, tags[0], tags[-1]] for at, _, text, tags in rows())])
    )
    before = everything(place)
    done = init("--from", "u.csv", "mine")
    assert isinstance(done.exception, TagledgerError)
    assert "Question 1" in done.output
    assert everything(place) == before
    assert not (place / "mine").exists()


def test_a_no_writes_nothing(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "on_a_terminal", lambda: True)
    before = everything(place)
    for answer, code in (
        ("n\n\n", 1),
        ("n\n", errors.EXIT_INTERRUPTED),
        ("", errors.EXIT_INTERRUPTED),
    ):
        assert init("--from", "tickets.csv", "mine", answer=answer).exit_code == code
        assert everything(place) == before
    assert init("--from", "tickets.csv", "mine", answer="y\n").exit_code == 0


# Where something is already.


def repository(folder: Path) -> None:
    """A repository of somebody's with a commit, and a file that is staged."""
    folder.mkdir(exist_ok=True)
    git(folder, "init", "--quiet")
    (folder / "notes.txt").write_text("mine\n")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Begin")
    (folder / "staged.txt").write_text("staged\n")
    git(folder, "add", "staged.txt")
    (folder / "notes.txt").write_text("changed\n")


STATUS = [" M notes.txt", "A  staged.txt"]


def test_files_of_somebody_stay_and_are_in_no_commit(place: Path) -> None:
    repository(place / "own")
    (place / "own/README.md").write_text("My project\n")
    (place / "own/.gitignore").write_text("secret")
    said = ok("--from", "tickets.csv", "own")
    assert "README.md stays as it was" in said
    assert ".gitignore has more lines at its end, and is not committed" in said
    root = place / "own"
    status = git(root, "status", "--porcelain").splitlines()
    assert [one for one in status if not one.startswith("??")] == STATUS
    assert (root / "README.md").read_text() == "My project\n"
    assert (root / ".gitignore").read_text().startswith("secret\n\n# added by")
    assert {"notes.txt", "staged.txt", "README.md"}.isdisjoint(
        git(root, "show", "--name-only", "--format=", "HEAD").split()
    )


def test_below_the_top_of_a_repository_dvc_has_a_folder_of_its_own(place: Path) -> None:
    repository(place / "own")
    ok("--from", "tickets.csv", "own/data sets/tickets")
    root = place / "own/data sets/tickets"
    assert git(root, "status", "--porcelain").splitlines() == STATUS
    workflow = yaml.safe_load((place / "own/.github/workflows/tagledger-tickets.yml").read_text())
    job = workflow["jobs"]["build"]
    assert job["defaults"]["run"]["working-directory"] == "data sets/tickets"
    build(root, "clean")
    assert Repository.find(root).dvc_dir == root / ".dvc"


def test_a_repository_without_a_commit_is_used(place: Path) -> None:
    (place / "own").mkdir()
    git(place / "own", "init", "--quiet")
    (place / "own/staged.txt").write_text("staged\n")
    git(place / "own", "add", "--all")
    ok("--from", "tickets.csv", "own")
    assert git(place / "own", "status", "--porcelain") == "A  staged.txt\n"


def test_an_empty_folder_is_filled(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "empty").mkdir()
    monkeypatch.chdir(place / "empty")
    said = ok("--from", "../tickets.csv")
    assert "Next: dvc repro" in said
    assert git(place / "empty", "status", "--porcelain") == ""


def test_files_in_the_way_are_listed_and_nothing_is_written(place: Path) -> None:
    repository(place / "own")
    (place / "own/dvc.yaml").write_text("stages: {}\n")
    (place / "own/data/raw").mkdir(parents=True)
    (place / "own/schemas").write_text("a file\n")
    before = everything(place)
    done = init("--from", "tickets.csv", "own", "--yes")
    text = str(done.exception)
    for name in ("data/raw", "dvc.yaml", "schemas"):
        assert name in text
    assert everything(place) == before


def test_a_link_out_of_the_folder_is_in_the_way(place: Path) -> None:
    (place / "elsewhere").mkdir()
    (place / "own").mkdir()
    (place / "own/data").symlink_to(place / "elsewhere")
    assert "data" in str(init("--from", "tickets.csv", "own").exception)
    assert list((place / "elsewhere").iterdir()) == []


# What goes wrong.


def failing_hook(root: Path) -> None:
    hook = root / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho the hook says no >&2\nexit 1\n")
    hook.chmod(0o755)


def test_a_hook_that_fails_leaves_all_as_it_was(place: Path) -> None:
    repository(place / "own")
    (place / "own/.gitignore").write_text("secret\n")
    failing_hook(place / "own")
    before = everything(place)
    done = init("--from", "tickets.csv", "own/deep", "--yes")
    assert "the hook says no" in str(done.exception)
    assert everything(place) == before
    assert not (place / "own/deep").exists()


def test_a_rule_of_somebodys_gitignore_is_named(place: Path) -> None:
    repository(place / "own")
    (place / "own/.gitignore").write_text("data/\n")
    before = everything(place)
    said = str(init("--from", "tickets.csv", "own", "--yes").exception)
    assert "git ignores data/" in said
    assert "`git check-ignore -v --no-index data/" in said
    assert everything(place) == before


FULL = OSError(28, "No space left on device")


@pytest.mark.parametrize(
    ("error", "folder"),
    [
        (KeyboardInterrupt, "new"),
        (KeyboardInterrupt, "own"),
        (KeyboardInterrupt, "empty"),
        (FULL, "own"),
        # What is taken back is the same whatever the error is.
        pytest.param(FULL, "new", marks=pytest.mark.long),
        pytest.param(FULL, "empty", marks=pytest.mark.long),
    ],
)
@pytest.mark.parametrize("step", ["place_files", "start_dvc", "commit_only"])
def test_what_stops_it_leaves_all_as_it_was(
    place: Path, monkeypatch: pytest.MonkeyPatch, error: Any, folder: str, step: str
) -> None:
    repository(place / "own")
    (place / "own/.gitignore").write_text("secret\n")
    (place / "empty").mkdir()
    before = everything(place)

    def folders() -> list[Path]:
        return sorted(one for one in place.rglob("*/") if ".git" not in one.parts)

    there = folders()
    real = getattr(making, step)

    def stop(*words: Any, **more: Any) -> Any:
        real(*words, **more)
        raise error

    if step != "commit_only" or folder != "own":  # there the commit is the last step, and made
        monkeypatch.setattr(making, step, stop)
        done = init("--from", "tickets.csv", folder, "--yes")
        assert done.exit_code
        assert everything(place) == before
        assert folders() == there


def test_git_that_knows_no_author_is_said(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AUTHOR", "COMMITTER"):
        for part in ("NAME", "EMAIL"):
            monkeypatch.delenv(f"GIT_{name}_{part}", raising=False)
    monkeypatch.delenv("EMAIL", raising=False)
    (place / "config").write_text("[user]\n\tuseConfigOnly = true\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(place / "config"))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    done = init("--from", "tickets.csv", "mine", "--yes")
    assert "whose commit" in str(done.exception)
    assert "git config --global user.email" in str(done.exception)
    assert not (place / "mine").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--from", "none.csv", "mine"], "no such file"),
        (["--from", "tickets.csv", "."], "around tickets.csv itself"),
        (["tickets.csv"], "this is a file"),
        (["own/.git/mine"], "git's own"),
        (["--from", "tickets.csv", "mine", "--source", "a/b"], "no folder's name"),
        (["--from", "tickets.csv", "mine", "--snapshot", ".."], "no folder's name"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_with_nothing_written(
    place: Path, words: list[str], said: str
) -> None:
    repository(place / "own")
    before = everything(place)
    done = init(*words)
    assert isinstance(done.exception, TagledgerError), done.output
    assert said in str(done.exception)
    assert everything(place) == before


def test_no_second_repository_is_made_in_one(place: Path) -> None:
    ok("mine")
    before = everything(place)
    assert "already" in str(init("mine").exception)
    assert "already" in str(init("mine/below").exception)
    assert everything(place) == before


def test_a_program_that_is_not_on_the_path_is_named(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(place))
    assert "git is not on PATH" in str(init("mine").exception)
    for program in ("git", "tagledger"):
        (place / program).symlink_to("/bin/true")
    assert "dvc is not on PATH" in str(init("mine").exception)
    assert not (place / "mine").exists()


# The texts.


def test_every_gate_has_its_line_and_those_that_are_on_say_so(tmp_path: Path) -> None:
    text = params_text({}, {})
    for gate in GATES:
        assert f" {gate.name}: " in text.partition("gates:")[2]
    file = tmp_path / "params.yaml"
    file.write_text(text)
    assert load_gates(file) == load_gates(REPOSITORY / "params.yaml")
    file.write_text(text.replace("  # ", "  "))
    assert all(getattr(load_gates(file), gate.name) is not None for gate in GATES)


def test_the_workflow_uses_the_same_actions_and_may_only_read() -> None:
    own = (REPOSITORY / ".github/workflows/ci.yml").read_text()
    workflow = yaml.safe_load(texts.workflow_text("3.12"))
    assert workflow["permissions"] == {"contents": "read"}
    for action in (texts.CHECKOUT, texts.SETUP_PYTHON):
        assert f"- uses: {action}\n" in own
        assert f"- uses: {action}\n" in texts.workflow_text("3.12")
    steps = [one.get("run", "") for one in workflow["jobs"]["build"]["steps"]]
    for command in ("pip install -r requirements.txt", "dvc repro", "tagledger check --yes"):
        assert command in steps
    assert any("git diff --exit-code" in one and "dvc.lock" in one for one in steps)


@pytest.mark.parametrize("own", ["folder", "file"])
def test_what_stands_where_the_data_goes_stays(place: Path, own: str) -> None:
    taken = place / "own/data/files/tickets/2026-01"
    taken.parent.mkdir(parents=True)
    if own == "file":
        taken.write_text("of mine\n")
    else:
        taken.mkdir()
        (taken / "precious.txt").write_text("of mine\n")
    before = everything(place)
    done = init("--from", "tickets.csv", "own", "--yes", "--snapshot", "2026-01")
    assert "such a folder already" in str(done.exception)
    assert everything(place) == before


@pytest.mark.parametrize("name", ["dvc.yaml", "tickets.csv.dvc", ".gitignore", "tickets.csv.part"])
def test_a_file_that_dvc_or_git_would_take_for_its_own_is_refused(place: Path, name: str) -> None:
    (place / name).write_text(separated(",", "|"))
    before = everything(place)
    done = init("--from", name, "mine", "--yes")
    assert isinstance(done.exception, TagledgerError), done.output
    assert "another name" in done.exception.hint
    assert everything(place) == before


def test_a_link_in_a_circle_is_said(place: Path) -> None:
    (place / "loop").symlink_to(place / "loop")
    for words in (["loop"], ["loop/mine"], ["--from", "loop", "mine"]):
        done = init(*words)
        assert isinstance(done.exception, TagledgerError), done.exception
        assert "circle" in str(done.exception)


def test_a_folder_that_looks_like_an_option_is_entered_by_what_is_said(place: Path) -> None:
    assert "Next: cd ./-mine && tagledger add" in ok("--", "-mine")


def test_an_empty_name_is_none(place: Path) -> None:
    done = init("--from", "tickets.csv", "mine", "--yes", "--snapshot", "")
    assert "no folder's name" in str(done.exception)


# A program that starts anew; the DVC that it runs does not.
STARTED = """
import sys
from tagledger.cli import main
_, sys.executable, folder = sys.argv
sys.argv = ["tagledger", "init", folder, "--from", "tickets.csv", "--yes"]
main()
"""


@pytest.mark.parametrize("folder", [pytest.param("mine", marks=pytest.mark.long), "empty"])
def test_two_at_once_make_one_repository(place: Path, folder: str) -> None:
    (place / "empty").mkdir()
    words = [PYTHON, "-c", STARTED, sys.executable, folder]
    both = [
        subprocess.Popen(words, cwd=place, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for _ in range(2)
    ]
    said = [one.communicate(timeout=300)[0].decode() for one in both]
    assert sorted(one.returncode for one in both) == [0, 2], said
    assert git(place / folder, "status", "--porcelain") == ""
    assert not [*place.glob(".*.part")]


def test_dvc_without_git_is_said_and_the_way_out_works(place: Path) -> None:
    (place / "own").mkdir()
    program(place / "own", "dvc", "init", "--quiet", "--no-scm")
    before = everything(place)
    said = str(init("own", "--from", "tickets.csv", "--yes").exception)
    assert "without git" in said
    assert everything(place) == before
    program(place / "own", "dvc", "config", "--unset", "core.no_scm")
    (place / "own/.dvc/.gitignore").write_text("/config.local\n/tmp\n/cache\n")
    ok("own", "--from", "tickets.csv", "--yes")
    assert ".dvc/tmp" not in git(place / "own", "status", "--porcelain", "--untracked-files")


KILLED = f"""
import os, signal
from tagledger.starting import making
making.commit_only = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
{STARTED}
"""


def killed(place: Path, folder: str) -> None:
    words = [PYTHON, "-c", KILLED, sys.executable, folder]
    done = subprocess.run(words, cwd=place, check=False)
    assert done.returncode == -9


def test_what_a_killed_one_left_of_a_new_folder_goes(place: Path) -> None:
    killed(place, "mine")
    assert [*place.glob(".mine.*.part")]
    ok("mine", "--from", "tickets.csv", "--yes")
    assert not [*place.glob(".mine.*.part")]


def test_what_a_killed_one_left_in_a_folder_of_somebody_is_said(place: Path) -> None:
    repository(place / "own")
    killed(place, "own")
    assert "cut short" in str(init("own", "--from", "tickets.csv", "--yes").exception)
    program(place / "own", "git", "add", "--all")
    program(place / "own", "git", "commit", "--quiet", "--message", "By hand")
    assert "repository of Tagledger already" in str(init("own").exception)
