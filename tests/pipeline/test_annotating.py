"""Answers of people become labels: handed out, filled in, taken back, built, and known for ever."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd
import xlsxwriter
from python_calamine import CalamineWorkbook

from tests.pipeline.conftest import REPOSITORY, Project
from tests.pipeline.in_process import make, make_and_record
from tests.pipeline.test_readme import blocks, section, words

Rows = list[list[Any]]
TITLE = "Label, and take answers back"


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((REPOSITORY / f"docs/{name}.schema.json").read_text())
    return found


def fill(rows: Rows, tags_of: Callable[[str], list[str]]) -> Rows:
    """A sheet with an x for each tag, as a person fills it in."""
    header, *items = rows
    for row in items:
        tags = tags_of(str(row[0])) or ["none applies"]
        if "tags" in header:  # where there are many tags, they stand in one column
            row[header.index("tags")] = "; ".join(tags)
        else:
            for tag in tags:
                row[header.index(tag)] = "x"
    return [header, *items]


def fill_csv(path: Path, tags_of: Callable[[str], list[str]]) -> None:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = fill(list(csv.reader(stream)), tags_of)
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows(rows)


def fill_xlsx(path: Path, tags_of: Callable[[str], list[str]]) -> None:
    workbook = CalamineWorkbook.from_path(str(path))
    sheets = {name: workbook.get_sheet_by_name(name).to_python() for name in workbook.sheet_names}
    name = next(iter(sheets))
    sheets[name] = fill(sheets[name], tags_of)
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as made:
        for name, rows in sheets.items():
            sheet = made.add_worksheet(name)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)


def commit(project: Project, message: str) -> None:
    project.ok("git", "add", "--all")
    project.ok("git", "commit", "--quiet", "--message", message)


def table(project: Project, path: str) -> pd.DataFrame:
    return pd.read_parquet(project.root / path)


def tags_of_items(project: Project, path: str) -> Mapping[str, list[str]]:
    frame = table(project, path)
    found: dict[str, list[str]] = {}
    for item, tag in zip(frame["id"], frame["tag"], strict=True):
        found.setdefault(str(item), []).append(tag)
    return found


def test_what_the_readme_says_of_answers(built: Project) -> None:
    first, later = blocks(section(TITLE), "sh")
    for line in first.splitlines():
        built.answer(*words(line))
    for who in ("ann", "bob"):
        fill_xlsx(built.root.parent / f"round-1-{who}.xlsx", lambda _: ["clustering"])
    *commands, build = later.splitlines()
    for line in commands:
        built.answer(*words(line))
    assert build.startswith("dvc repro ")  # test_annotate lets DVC do it
    make(built.root, "annotate")
    (found,) = json.loads(built.answer("annotate", "status", "--json"))["campaigns"]
    jsonschema.validate(
        json.loads(built.answer("annotate", "status", "--json")), schema("annotate.status")
    )
    assert (found["items"], found["answered"], found["left"]) == (20, 20, 0)
    names = built.ok("git", "show", "--name-only", "--format=", "HEAD").split()
    assert all(name.startswith(("data/annotations/", "data/campaigns/")) for name in names)


def test_the_loop_with_a_spreadsheet(built: Project) -> None:
    before = tags_of_items(built, "data/clean/labels.parquet")
    chosen = sorted(item for item, tags in before.items() if "clustering" in tags)[:3]
    query = ",".join(f"id:{item}" for item in chosen)
    built.answer(
        *("annotate", "start", "one", "--items", query, "--annotators", "ann,bob"),
        *("--tags", "clustering,automl"),
    )
    built.answer("annotate", "export", "one", "answers.csv")
    # Both say of each item that it is about automl; of the first one they differ about clustering.
    fill_csv(built.root / "answers-ann.csv", lambda _: ["automl"])
    fill_csv(
        built.root / "answers-bob.csv",
        lambda item: ["automl", "clustering"] if item == chosen[0] else ["automl"],
    )
    files = ("answers-ann.csv", "answers-bob.csv")
    done = json.loads(built.answer("annotate", "import", *files, "--at", "2026-11-25", "--json"))
    jsonschema.validate(done, schema("annotate.import"))
    assert (done["new"], done["known"], done["unknown_items"]) == (6, 0, 0)
    again = json.loads(built.answer("annotate", "import", *files, "--at", "2026-11-25", "--json"))
    assert (again["new"], again["known"], again["written"]) == (0, 6, [])
    make(built.root, "annotate", "annotate")
    after = tags_of_items(built, "data/annotated/labels.parquet")
    for item in chosen:
        assert "automl" in after[item]
        # While two differ, what the source says stands.
        assert ("clustering" in after[item]) == (item == chosen[0])
    commit(built, "Answers of ann and bob")
    built.answer("annotate", "adjudicate", chosen[0], "--no", "clustering", "--by", "lead")
    make_and_record(built.root, "annotate")
    assert "clustering" not in tags_of_items(built, "data/annotated/labels.parquet")[chosen[0]]
    commit(built, "lead decides")
    text = built.answer("blame", chosen[1], "--layer", "annotated")
    assert "ann" in text


def test_a_rename_loses_no_label_and_no_answer(built: Project) -> None:
    before = tags_of_items(built, "data/clean/labels.parquet")
    with_tag = {item for item, tags in before.items() if "automl" in tags}
    said = built.answer(
        "taxonomy", "rename", "automl", "machine-search", "--by", "lead", "--note", "clearer"
    )
    assert f"{len(with_tag)} labels" in said
    make(built.root, "annotate", "annotate")
    after = tags_of_items(built, "data/annotated/labels.parquet")
    assert {item for item, tags in after.items() if "machine-search" in tags} == with_tag
    assert not any("automl" in tags for tags in after.values())


def test_two_people_on_two_branches_merge_without_a_conflict(built: Project) -> None:
    built.answer(
        *("annotate", "start", "one", "--items", "random:4", "--annotators", "ann,bob"),
        *("--tags", "clustering"),
    )
    commit(built, "Start one")
    main = built.ok("git", "branch", "--show-current").strip()
    for who in ("ann", "bob"):
        built.ok("git", "checkout", "--quiet", "-b", who, main)
        built.answer("annotate", "export", "one", "--annotator", who, f"{who}.csv")
        fill_csv(built.root / f"{who}.csv", lambda _: ["clustering"])
        built.answer("annotate", "import", f"{who}.csv", "--at", "2026-11-25")
        built.answer("annotate", "finish", "one", "--commit") if who == "bob" else None
        commit(built, who)
    built.ok("git", "merge", "--quiet", "ann")
    (found,) = json.loads(built.answer("annotate", "status", "one", "--json"))["campaigns"]
    assert [one["answered"] for one in found["annotators"]] == [4, 4]
    make(built.root, "annotate", "annotate")
    labels = tags_of_items(built, "data/annotated/labels.parquet")
    ids = json.loads((built.root / "data/campaigns/one/campaign.json").read_text())["items"]
    assert all("clustering" in labels[item] for item in ids["ann"])
