"""Bad input is normal input: exit 2, what, where, what next, and nothing half-written."""

from __future__ import annotations

import json
import time

import pytest

from tests.pipeline.in_process import NAMES

READING = {
    "items": {"file": "items.json", "columns": {"id": "id", "title": "title"}},
    "labels": {"list": "tags"},
}
CSV = {
    "items": {"file": "items.csv", "columns": {"id": "id", "title": "title"}},
    "labels": {"column": "tag"},
}
ROWS = [{"id": n, "title": f"text {n}", "tags": ["a", "b"][: n % 2 + 1]} for n in range(1, 9)]
GOOD = json.dumps(ROWS)


def build(project, *names) -> None:
    for name in names:
        done = project.stage(name)
        assert done.returncode == 0, done.stderr


def test_the_good_one_builds(empty) -> None:
    project = empty({"items.json": GOOD}, READING)
    build(project, *NAMES)
    metrics = json.loads((project.root / "reports/metrics.json").read_text())
    assert (metrics["items"], metrics["labels"]) == (8, 12)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"fetch__source": "mien"}, ["mien", "did you mean mine?"]),
        ({"fetch__snapshot": "2"}, ["2", "1"]),
        ({"fetch__snapshoot": "2"}, ["unknown parameter fetch.snapshoot", "snapshot"]),
    ],
    ids=["source", "snapshot", "parameter"],
)
def test_names_that_nothing_has(empty, changes, words) -> None:
    project = empty({"items.json": GOOD}, READING)
    project.set(**changes)
    said = project.failed("fetch")
    for word in words:
        assert word in said
    assert not (project.root / "data/raw").exists()


def test_a_file_that_is_missing(empty) -> None:
    project = empty({"items.json": GOOD}, READING)
    (project.root / "mine/items.json").unlink()
    assert "items.json" in project.failed("fetch")


@pytest.mark.parametrize("content", [GOOD[:-20], GOOD.replace("text 1", "TEXT 1"), GOOD + " "])
def test_a_file_that_is_not_the_one_declared(empty, content) -> None:
    project = empty({"items.json": GOOD}, READING)
    build(project, "fetch")
    (project.root / "mine/items.json").write_text(content)
    said = project.failed("fetch")
    assert "items.json" in said
    assert (project.root / "data/raw/items.json").read_text() == GOOD


def test_no_network(empty, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    project = empty({"items.json": GOOD}, READING)
    sources = project.root / "data/sources.yaml"
    # Port 9 on this machine: nothing listens, so the answer is as quick as it is certain.
    sources.write_text(
        sources.read_text().replace("location: mine", "location: http://127.0.0.1:9/x")
    )
    said = project.failed("fetch")
    assert pauses
    assert "127.0.0.1:9" in said
    assert "TAGLEDGER_MIRROR" in said or "network" in said


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"items": []}', ["list"]),
        ("[1, 2", ["items.json", "line"]),
        ("", ["items.json", "empty"]),
        ("[]", ["no items"]),
        (b'[{"id": 1, "title": "\xff", "tags": ["a"]}]', ["items.json", "UTF-8"]),
        (
            '[{"id": 1, "title": "x", "tags": []}, {"title": "y", "tags": []}]',
            ["1 of 2 rows", "id"],
        ),
        ('[{"id": 1, "title": "x", "tags": "a"}]', ["1 of 1 rows", "tags"]),
        ('[{"id": 1, "title": "", "tags": []}, {"id": "x", "title": "", "tags": []}]', ["id_type"]),
    ],
    ids=["object", "cut", "empty", "no rows", "utf-8", "no id", "tags", "mixed ids"],
)
def test_content_that_is_not_what_it_says(empty, content, words) -> None:
    project = empty({"items.json": content}, READING)
    build(project, "fetch")
    said = project.failed("clean")
    for word in words:
        assert word in said
    assert not (project.root / "data/clean").exists()


def test_a_column_that_is_missing(empty) -> None:
    project = empty({"items.csv": "id,titel,tag\n1,x,a\n"}, CSV)
    build(project, "fetch")
    said = project.failed("clean")
    assert "title" in said
    assert "titel" in said


@pytest.mark.parametrize(
    ("changes", "stage", "words"),
    [
        ({"split__ratios": {"train": 0.5, "test": 0.6}}, "split", ["add up to 1.1"]),
        ({"filter__min_tag_count": 99}, "filter", ["a, has 8", "8 or less"]),
        ({"clean__duplicate_ids": "newest"}, "clean", ["clean.duplicate_ids"]),
        ({"filter__min_tag_cuont": 9}, "filter", ["filter.min_tag_cuont", "min_tag_count"]),
    ],
    ids=["ratios", "threshold", "choice", "unknown"],
)
def test_parameters_that_do_not_fit(empty, changes, stage, words) -> None:
    project = empty({"items.json": GOOD}, READING)
    before = ("fetch", "clean", "annotate", "filter", "split")
    build(project, *before[: before.index(stage)])
    project.set(**changes)
    said = project.failed(stage)
    for word in words:
        assert word in said


def test_a_params_file_that_is_not_yaml(empty) -> None:
    project = empty({"items.json": GOOD}, READING)
    (project.root / "params.yaml").write_text("fetch: {source: [")
    assert "not YAML" in project.failed("fetch")


def test_a_folder_where_a_file_is_in_the_way(empty) -> None:
    project = empty({"items.json": GOOD}, READING)
    build(project, "fetch")
    (project.root / "data/clean").write_text("in the way")
    assert "data/clean" in project.failed("clean")


def test_clean_before_fetch(empty) -> None:
    project = empty({"items.json": GOOD}, READING)
    assert "dvc repro" in project.failed("clean")
