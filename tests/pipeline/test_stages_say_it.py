"""What a stage sets aside, merges or leaves empty stands in its line and in its JSON."""

from __future__ import annotations

import json
from typing import Any

from tests.pipeline.in_process import make

COLUMNS = {"id": "id", "title": "t"}
DELIMITED = {
    "items": {"file": "a.csv", "columns": COLUMNS},
    "labels": {"delimited": "l", "separator": "|"},
}


def line(project: Any, stage: str) -> str:
    done = project.stage(stage)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_labels_that_merge_or_are_set_aside(empty) -> None:
    content = "id,t,l\n1,x,Straße|STRASSE|b|b\n2,y,strasse\n3,z,\u200b|-1\n4,w,1|__init__\n"
    project = empty({"a.csv": content}, DELIMITED, filter__include=["straße", "-1"])
    line(project, "fetch")
    said = line(project, "clean")
    assert "9 labels of the source = 6 labels + 1 merged spellings + 1 duplicates + 1 set" in said
    assert "tags in several spellings: 1 (3 spellings)" in said
    rows = json.loads((project.root / "data/clean/rows.json").read_text())
    assert rows["spellings"]["of"] == {"strasse": {"STRASSE": 1, "Straße": 1, "strasse": 1}}
    line(project, "annotate")
    assert "2 of 5 tags stay" in line(project, "filter")
    make(project.root, "split")
    quality = json.loads((project.root / "reports/quality.json").read_text())
    assert quality["quarantine"] == {"nothing is to be seen of a tag": 1}


def test_the_filter_spells_as_the_clean_stage_did(empty) -> None:
    content = "id,t,l\n1,x,Cat\n2,y,cat\n3,z,CAT\n"
    project = empty({"a.csv": content}, DELIMITED, clean__tag_spelling="exact")
    line(project, "fetch")
    assert "; 3 labels; " in line(project, "clean")
    line(project, "annotate")
    project.set(filter__include=["Cat", "cat"], filter__exclude=["cat"])
    assert "1 of 3 tags stay" in line(project, "filter")
    project.set(filter__include=["cAt"])
    assert "names cAt" in project.failed("filter")
    project.set(clean__tag_spelling="words")  # what is built was built to the letter
    assert "names cAt" in project.failed("filter")


def test_a_tag_that_no_item_has_is_not_among_those_that_could_stay(empty) -> None:
    reading = DELIMITED | {"taxonomy": {"file": "tags.json"}}
    files = {
        "a.csv": "id,t,l\n1,x,cat|cow\n2,y,cat\n",
        "tags.json": '{"cat": {}, "cow": {}, "dog": {}}',
    }
    project = empty(files, reading, filter__min_tag_count=2)
    for stage in ("fetch", "clean", "annotate"):
        line(project, stage)
    assert "1 of 2 tags stay" in line(project, "filter")


def test_rows_json_of_another_time_has_no_rule(empty) -> None:
    project = empty({"a.csv": "id,t,l\n1,x,cat\n"}, DELIMITED, filter__include=["CAT"])
    line(project, "fetch")
    line(project, "clean")
    rows = project.root / "data/clean/rows.json"
    rows.write_text('{"rows": 1, "items": 1, "quarantined": 0, "merged": 0}')
    line(project, "annotate")
    assert "1 of 1 tag stays" in line(project, "filter")


def test_rows_of_a_labels_file_that_match_no_item(empty) -> None:
    files = {"a.csv": "id,t\n1,x\n2,y\n3,z\n", "l.csv": "id,tag\n1.0,a\n2.0,b\n3,c\n"}
    reading = {"items": {"file": "a.csv", "columns": COLUMNS}, "labels": {"file": "l.csv"}}
    project = empty(files, reading)
    line(project, "fetch")
    assert "2 of 3 rows of the labels file (66.7 %)" in project.failed("clean")
    project.set(clean__max_quarantined=0.7)
    said = line(project, "clean")
    assert "2 of 3 rows of the labels file set aside (2 x label of an unknown id)" in said


def test_a_split_or_fold_that_is_empty(empty) -> None:
    content = "id,t,l\n" + "".join(f"{n},the same words here,a\n" for n in range(1, 11))
    ratios = {"train": 0.6, "test": 0.4}
    project = empty({"a.csv": content}, DELIMITED, split__ratios=ratios, split__folds=2)
    for stage in ("fetch", "clean", "annotate", "filter"):
        line(project, stage)
    said = line(project, "split")
    assert "EMPTY: test, fold 1" in said
    make(project.root, "split")
    quality = json.loads((project.root / "reports/quality.json").read_text())
    assert quality["split"]["empty"] == ["test", "fold 1"]
    metrics = json.loads((project.root / "reports/metrics.json").read_text())
    assert metrics["folds"] == {"fold 0": 10, "fold 1": 0}
