"""The annotate stage by real DVC and git: nothing changes without events, and none is missed."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tagledger import tables
from tagledger.errors import TagledgerError
from tagledger.events.event import Event
from tagledger.events.writing import write_session
from tagledger.stages import annotate
from tagledger.versions import Repository
from tagledger.versions.stale import staleness
from tagledger.versions.unread import UNREAD
from tests.pipeline.conftest import Project
from tests.pipeline.in_process import make_and_record
from tests.said import event, folded, source, write_lines


def first_items(project: Project, count: int) -> list[str]:
    return (
        tables.read(project.root / tables.CLEAN_ITEMS, ["id"])["id"].astype("str").tolist()[:count]
    )


def rows_of(project: Project) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((project.root / tables.ANNOTATED_ROWS).read_text())
    return found


def test_an_event_changes_the_version_and_one_that_came_meanwhile_is_told_of(
    built: Project,
) -> None:
    project = built
    before = project.hashes()
    first, second = first_items(project, 2)
    assert before["data/annotated/labels.parquet"] == before["data/clean/labels.parquet"]

    write_session(project.root, [event(item=first, yes=["transformers"])])
    make_and_record(project.root, "annotate")
    after = project.hashes()
    assert after["data/clean/labels.parquet"] == before["data/clean/labels.parquet"]
    assert after["data/annotated/labels.parquet"] != before["data/annotated/labels.parquet"]
    assert rows_of(project)["used"] == 1

    # As if it had been written after the stage had read, and before DVC hashed what it read.
    write_session(project.root, [event(by="bob", item=second, yes=["transformers"])])
    rows = (project.root / tables.ANNOTATED_ROWS).read_bytes()
    project.ok("dvc", "commit", "--force", "annotate")
    assert (project.root / tables.ANNOTATED_ROWS).read_bytes() == rows
    assert "Stage 'annotate' didn't change" in project.repro("annotate")
    problem = staleness(Repository.find(project.root)).problem
    assert problem is not None
    assert problem.what == UNREAD
    assert UNREAD in project.tagledger("check").stderr
    assert UNREAD in project.tagledger("summary").stderr

    project.repro("--force", "--single-item", "annotate")
    make_and_record(project.root, "filter")
    assert rows_of(project)["used"] == 2
    assert staleness(Repository.find(project.root)).problem is None


def test_events_that_come_while_the_stage_runs_stop_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made = folded(tmp_path, [event(yes=["a"])], source({"p-1": ["b"]}))
    annotate.refuse_newer(made.rows["digest"])
    write_session(tmp_path, [event(by="bob", yes=["a"])])
    with pytest.raises(TagledgerError, match="events were written while this stage ran"):
        annotate.refuse_newer(made.rows["digest"])


def git(root: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", *words], cwd=root, check=True, capture_output=True, text=True, timeout=60
    )
    return done.stdout


def test_branches_of_annotators_merge_without_a_conflict_in_any_order(tmp_path: Path) -> None:
    root = tmp_path / "repository"
    write_lines(root, "start", [event(by="start", yes=["a"]).line().encode()])
    git(root, "init", "--quiet", "--initial-branch", "main")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "-m", "start")
    chance = random.Random(5)
    written: list[Event] = []
    for number in range(8):
        git(root, "checkout", "--quiet", "-b", f"work-{number}", "main")
        by = chance.choice(["ann", "bob"])  # one person on several branches too
        said = [event(by=by, at=f"2026-11-2{number}T10:00:0{n}Z", yes=["a"]) for n in range(5)]
        write_session(root, said)
        written += said
        git(root, "add", "--all")
        git(root, "commit", "--quiet", "-m", f"work {number}")
    git(root, "checkout", "--quiet", "main")
    for number in chance.sample(range(8), 8):
        git(root, "merge", "--quiet", "--no-edit", f"work-{number}")
    made = folded(root, [])
    assert made.rows["events"] == len({one.id for one in written}) + 1
    assert made.rows["rejected"] == 0


def test_importing_twice_is_importing_once(tmp_path: Path) -> None:
    said = [event(yes=["a"]), event(by="bob", yes=["b"])]
    assert len(write_session(tmp_path, said)) == 2
    assert write_session(tmp_path, said) == []
    once = folded(tmp_path, [])
    write_lines(tmp_path, "ann", [said[0].line().encode()] * 2)  # as two branches may bring it
    twice = folded(tmp_path, [])
    assert twice.verdicts.equals(once.verdicts)
    assert (twice.rows["events"], twice.rows["repeated"]) == (2, 2)
