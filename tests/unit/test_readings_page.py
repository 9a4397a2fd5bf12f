"""The tables of docs/readings.md: what stands there is a reading."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tagledger.sources import formats
from tagledger.sources.labels import readings
from tagledger.sources.reading import Reading

PAGE = (Path(__file__).resolve().parents[2] / "docs/readings.md").read_text("utf-8")
# A file of the format that has the option.
FILES = {"sheet": "a.xlsx", "table": "a.db", "query": "a.db", "records": "a.json"}


def rows(after: str) -> list[tuple[str, list[str]]]:
    """The rows of the table below a line: the first cell, and what stands as code in the second."""
    text = PAGE.split(f"\n{after}\n", 1)[1].lstrip("\n").split("\n\n", 1)[0]
    cells = [re.split(r"(?<!\\)\|", line)[1:3] for line in text.splitlines()[2:]]
    return [
        (first.strip(), [code.replace("\\|", "|") for code in re.findall(r"`([^`]+)`", second)])
        for first, second in cells
    ]


LABELS = [(what, code) for what, codes in rows("## Where labels are") for code in codes]
FILE_ROWS = [row for row in rows("## How files are written") if row[1]]


@pytest.mark.parametrize(("what", "code"), LABELS)
def test_a_way_to_say_labels_is_one(what: str, code: str) -> None:
    said = yaml.safe_load(code)
    labels = said.get("labels", said)
    assert Reading.model_validate(
        {"items": {"file": "a.csv", "columns": {"id": "id"}}, "labels": labels}
    )


def test_every_way_to_say_labels_is_there() -> None:
    keys = {
        key
        for _, code in LABELS
        for key in yaml.safe_load(code).get("labels", yaml.safe_load(code))
    }
    assert {one.KEY for one in readings()} <= keys


@pytest.mark.parametrize(("what", "codes"), FILE_ROWS, ids=[what for what, _ in FILE_ROWS])
def test_a_way_to_write_files_is_one(what: str, codes: list[str]) -> None:
    found: dict[str, list[Any]] = {}
    for code in codes:
        for key, value in yaml.safe_load(code).items() if ": " in code else ():
            found.setdefault(key, []).append(value)
    assert found or what == "no ids"
    for key, values in found.items():
        for value in values:
            labels = value if key == "labels" else {"column": "tag"}
            options = {} if key == "labels" else {key: value}
            if key == "columns" and "$stem" in str(value):
                options["format"] = "files"
            if key == "file" and "*.md" in str(value):
                options["format"] = "files"
            name = FILES.get(key, "a.csv")
            items = {"file": name, "columns": {"id": "id"}} | options
            assert Reading.model_validate({"items": items, "labels": labels})


def test_every_format_is_named() -> None:
    lines = PAGE.split("\n## How files are written\n", 1)[1].lstrip("\n").split("\n\n")[0].lower()
    words = {"jsonl": "json lines", "xlsx": "excel"}
    for name in formats.own():
        assert words.get(name, name) in lines
