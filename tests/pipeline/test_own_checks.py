"""Checks of the user's own in stages and in `check`, and who agrees to run them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tagledger.own_schemas.files import file_of
from tagledger.own_schemas.templates import template
from tests.dashboard import story
from tests.dashboard.ledger import Ledger
from tests.pipeline.conftest import REPOSITORY, Folder, Say, speaker
from tests.pipeline.in_process import NAMES

SCHEMA = json.loads((REPOSITORY / "docs/check.schema.json").read_text())
READING = {
    "items": {"file": "a.csv", "columns": {"id": "id", "title": "t"}},
    "labels": {"delimited": "l", "separator": "|"},
}
ROWS = "id,t,l\n1,one,cat|dog\n2,two,cat\n3,three,dog\n4,four,cat\n"
CHECK = """
    @pa.check("{column}")
    def {name}(cls, column):
        \"\"\"In words.\"\"\"
        return {code}
"""

Make = Callable[..., Folder]


def own(root: Path, kind: str, model: str, body: str) -> None:
    """Write a file of own checks with one class."""
    head = f"import pandera.pandas as pa\nfrom tagledger_schemas import {kind}\n"
    (root / "schemas").mkdir(exist_ok=True)
    (root / file_of(kind)).write_text(f"{head}class {model}({kind}.{model}):{body}")


def check_of(column: str, name: str, code: str) -> str:
    return CHECK.format(column=column, name=name, code=code)


def built(project: Folder, *stages: str) -> None:
    for stage in stages:
        done = project.stage(stage)
        assert done.returncode == 0, done.stderr


# Stages


def test_a_check_of_ones_own_stops_its_stage_and_nothing_is_written(empty: Make) -> None:
    project = empty({"a.csv": ROWS}, READING)
    own(project.root, "clean", "Items", check_of("title", "is_no_number", 'column != "two"'))
    built(project, "fetch")
    said = project.failed("clean")
    assert "is_no_number" in said
    assert "where: clean/items, model Items in schemas/clean.py" in said
    assert not (project.root / "data/clean/items.parquet").exists()
    rows = (project.root / "reports/failures.csv").read_text()
    assert rows == "table,id,column,check,value\nclean/items,2,title,is_no_number,two\n"


TABLES = [
    ("clean", "Labels", "tag", "clean/labels", "clean"),
    ("clean", "Taxonomy", "tag", "clean/taxonomy", "clean"),
    ("clean", "Quarantine", "file", "clean/quarantine", "clean"),
    ("filtered", "FilteredLabels", "tag", "filtered/labels", "filter"),
    ("filtered", "Tags", "tag", "filtered/tags", "filter"),
    ("splits", "Assignments", "split", "splits/assignments", "split"),
    ("splits", "SplitItems", "title", "splits/train", "split"),
]


@pytest.mark.parametrize(("kind", "model", "column", "table", "stage"), TABLES)
def test_each_table_has_checks_of_ones_own(
    empty: Make, kind: str, model: str, column: str, table: str, stage: str
) -> None:
    project = empty({"a.csv": ROWS}, READING)
    own(project.root, kind, model, check_of(column, "never", "False"))
    built(project, *NAMES[: NAMES.index(stage)])
    assert f"where: {table}, model {model} in schemas/{kind}.py" in project.failed(stage)


def test_the_report_lists_them_and_a_new_repository_adds_none(empty: Make) -> None:
    project = empty({"a.csv": ROWS}, READING)
    built(project, *NAMES)
    path = project.root / "reports/quality.json"
    before = path.read_bytes()
    (project.root / "schemas").mkdir()
    for kind in ("clean", "filtered", "splits"):
        (project.root / file_of(kind)).write_text(template(kind))
    built(project, *NAMES)
    assert path.read_bytes() == before
    own(project.root, "clean", "Items", check_of("title", "has_a_title", 'column != ""'))
    built(project, "report")
    checks = json.loads(path.read_bytes())["checks"]
    (added,) = [one for one in checks if one not in json.loads(before)["checks"]]
    assert added == {
        "table": "clean/items", "column": "title", "check": "has_a_title",
        "rows": 4, "failed": 0, "first": [],
    }  # fmt: skip


def test_a_stage_runs_the_files_of_its_own_tables_alone(empty: Make) -> None:
    project = empty({"a.csv": ROWS}, READING)
    own(project.root, "splits", "SplitItems", "\n    pass\nraise RuntimeError('splits')\n")
    built(project, "fetch", "clean", "annotate", "filter")
    assert "stops with RuntimeError: splits" in project.failed("split")
    own(project.root, "filtered", "Tags", "\n    pass\nraise RuntimeError('filtered')\n")
    built(project, "clean")
    assert "stops with RuntimeError: filtered" in project.failed("filter")
    own(project.root, "clean", "Items", "\n    pass\nraise RuntimeError('clean')\n")
    built(project, "fetch")
    assert "where: schemas/clean.py, line 5" in project.failed("clean")


def test_a_check_that_raises_is_a_failure_not_a_traceback(empty: Make) -> None:
    project = empty({"a.csv": ROWS}, READING)
    own(project.root, "clean", "Items", check_of("title", "breaks", "column.no_such_thing"))
    built(project, "fetch")
    assert "breaks" in project.failed("clean")
    failures = (project.root / "reports/failures.csv").read_text()
    assert "the check itself stops with AttributeError" in failures
    assert "(schemas/clean.py, line 7)" in failures


# `tagledger check`, where somebody must agree


@pytest.fixture
def ledger(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Ledger:
    """A repository with releases and a workspace."""
    root = tmp_path / "repo"
    shutil.copytree(story.told_once(tmp_path_factory).root, root)
    return Ledger.at(root)


@pytest.fixture
def say(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Say]:
    monkeypatch.chdir(ledger.root)
    with speaker(monkeypatch, capfd) as speak:
        yield speak


def checked(say: Say, *words: str) -> tuple[int, dict[str, Any]]:
    code, out, _ = say("check", "--json", *words)
    found = json.loads(out)
    jsonschema.validate(found, SCHEMA)
    return code, found


def never(root: Path) -> None:
    """A check that prints and does not hold, and a file that leaves a mark when it is run."""
    body = check_of("title", "never", '[print("a check"), column != column][1]')
    own(root, "clean", "Items", f"{body}\nopen('was-run', 'w').close()\n")


def test_check_runs_them_in_a_repository_of_ones_own(ledger: Ledger, say: Say) -> None:
    code, found = checked(say)
    assert found["own_schemas"] == {"run": [], "not_run": []}
    assert "never" not in {one["check"] for one in found["checks"]}
    never(ledger.root)
    code, found = checked(say)
    assert code == 1
    assert found["own_schemas"] == {"run": ["schemas/clean.py"], "not_run": []}
    (own_check,) = [one for one in found["checks"] if one["check"] == "never"]
    assert own_check["failed"] == own_check["rows"]
    code, out, _ = say("check")
    assert "BROKEN  clean/items title: never" in out


def test_check_runs_no_code_of_a_clone_that_nobody_agreed_to(ledger: Ledger, say: Say) -> None:
    never(ledger.root)
    before = checked(say)[1]
    (ledger.root / "was-run").unlink()
    ledger.git("remote", "add", "origin", "https://example.org/data.git")
    code, found = checked(say)
    assert not (ledger.root / "was-run").exists()
    assert found["own_schemas"] == {"run": [], "not_run": ["schemas/clean.py"]}
    assert found["checks"] == [one for one in before["checks"] if one["check"] != "never"]
    code, out, _ = say("check")
    assert "not run: the checks of schemas/clean.py" in out
    assert "`tagledger check --yes`" in " ".join(out.split())
    assert not (ledger.root / "was-run").exists()
    # The advice works, and is remembered.
    assert checked(say, "--yes")[0] == 1
    code, found = checked(say)
    assert (code, found["own_schemas"]["run"]) == (1, ["schemas/clean.py"])


def test_a_new_repository_has_nothing_to_agree_to(ledger: Ledger, say: Say) -> None:
    ledger.git("remote", "add", "origin", "https://example.org/data.git")
    (ledger.root / "schemas").mkdir()
    (ledger.root / file_of("clean")).write_text(template("clean"))
    assert checked(say)[1]["own_schemas"] == {"run": [], "not_run": []}
    assert "not run" not in say("check")[1]


def test_check_says_that_a_file_is_broken(ledger: Ledger, say: Say) -> None:
    own(ledger.root, "splits", "Assignments", "\n    pass\n1 / 0\n")
    code, _, err = say("check")
    assert code == 2
    assert "where: schemas/splits.py, line 5" in err
