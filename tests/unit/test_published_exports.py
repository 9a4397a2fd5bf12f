"""Published exports of labelling tools, read with the counts that were made of them independently.

They are beside the repository, in shared/annotations, where there are any; they are no part of it.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tagledger.annotation_tools import registry
from tagledger.annotation_tools.answers import Answer, Options
from tagledger.annotation_tools.tool_file import ToolFile

pytestmark = pytest.mark.upstream

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "annotations"
TOOLS = {
    "label-studio": "label-studio",
    "label-studio-json-min": "label-studio",
    "label-studio-csv": "label-studio",
    "doccano": "doccano",
    "doccano-csv": "doccano",
    "prodigy": "prodigy",
}
_LABEL = re.compile(r"(?P<name>.*)=(?P<count>\d+)", re.DOTALL)
_REGIONS = ("span:", "tag:")  # counted one by one there, and once for each answer here
_ANSWERS = (":yes", ":no", ":ignored")
_ASIDE = "("  # what is counted beside the tags


def published() -> Iterator[dict[str, str]]:
    index = FOLDER / "INDEX.tsv"
    if index.is_file():
        with index.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            yield from (row for row in rows if row["tool"] in TOOLS)


ROWS = {f"{row['tool']}/{row['file']}": row for row in published()}


@pytest.fixture
def row(request: pytest.FixtureRequest) -> dict[str, str]:
    if request.param is None:
        pytest.skip(f"there are no published exports at {FOLDER}")
    return ROWS[request.param]


every_export = pytest.mark.parametrize("row", list(ROWS) or [None], indirect=True)


def answers(row: dict[str, str]) -> list[Answer]:
    path = FOLDER / row["tool"] / row["file"]
    tool = registry.recognise(path)
    assert TOOLS[row["tool"]] == tool.NAME
    return list(tool.read(ToolFile(path), Options(), []))


def number(text: str) -> int:
    """The number that a count begins with."""
    found = re.match(r"\d+", text)
    assert found, text
    return int(found[0])


def expected(row: dict[str, str]) -> dict[str, int]:
    parts = [_LABEL.fullmatch(part) for part in row["labels"].split("; ")]
    return {part["name"]: int(part["count"]) for part in parts if part}


@every_export
def test_a_published_export_has_its_items_answers_and_people(row: dict[str, str]) -> None:
    read = answers(row)
    in_tasks = {one.place.partition(",")[0] for one in read}
    items = in_tasks if row["tool"] == "label-studio" else {one.text for one in read}
    assert len(items) == number(row["items"])
    assert len(read) == number(row["answers"])
    people = {one.by for one in read} - {None}
    assert len(people) == (0 if row["annotators"] == "none named" else number(row["annotators"]))
    skips = [one for one in read if one.kind == "skip"]
    if "skipped" in row["skipped"] or "ignored" in row["skipped"]:
        assert len(skips) == number(row["skipped"])
    if "with no label" in row["skipped"]:
        unlabelled = [one for one in read if one.kind == "unasked"]
        assert len(unlabelled) == number(row["skipped"])


@every_export
def test_a_published_export_has_its_labels(row: dict[str, str]) -> None:
    read = answers(row)
    labelled = [one for one in read if one.kind == "label"]
    tags = Counter(re.sub(r"\s+", " ", tag) for one in labelled for tag in one.yes)
    for name, count in expected(row).items():
        if name.startswith((_ASIDE, "items per")) or "absent" in row["labels"]:
            continue
        if name.endswith(_ANSWERS):
            tag, _, answer = name.rpartition(":")
            of = {
                "yes": sum(tag in one.yes for one in labelled),
                "no": sum(tag in (one.asked or ()) and tag not in one.yes for one in labelled),
                "ignored": sum(one.kind == "skip" for one in read),
            }
            assert of[answer] == count
            continue
        tag = re.sub(r"\s+", " ", re.sub(r"^(choice:|tag:|span:|id |\w+_selection:)", "", name))
        region = name.startswith(_REGIONS) or row["tool"] == "label-studio-json-min"
        matching = tags[tag] or tags[tag + " "]
        assert 1 <= matching <= count if region else matching == count, name
    for name, count in re.findall(r"'(\w+)': (\d+)", row["labels"].partition("items per")[2]):
        assert tags[name] == int(count)
