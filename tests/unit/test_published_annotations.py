"""Published spreadsheets are read with the counts that were made of them independently."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

from tagledger.annotation_tools import registry
from tagledger.annotation_tools.answers import Answer, Options
from tagledger.annotation_tools.copies import copies
from tagledger.annotation_tools.tool_file import ToolFile

pytestmark = pytest.mark.upstream


def index(folder: Path, file: str) -> dict[str, str]:
    """What INDEX.tsv says of a file."""
    with (folder / "INDEX.tsv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    return next(row for row in rows if row["file"] == file)


def read(folder: Path, tool: str, file: str, **chosen: str) -> list[Answer]:
    path = folder / tool / file
    assert registry.recognise(path).NAME == "spreadsheet"
    # Ids of a dataset that have nothing to do with the numbers in these files.
    options = Options(ids=frozenset(map(str, range(10_000))), chosen=chosen)
    return list(registry.tool("spreadsheet").read(ToolFile(path), options, []))


def said(answers: list[Answer]) -> Counter[str]:
    return Counter(tag for answer in answers for tag in answer.yes)


def test_shares_count_where_all_agree_or_from_a_threshold_on(published_annotations: Path) -> None:
    file = "ethos-fractions.csv"
    row = index(published_annotations, file)
    pattern = r"(\w+)=(\d+) ones, (\d+) fractions, (\d+) at \.5 or more"
    counts = {tag: tuple(map(int, ns)) for tag, *ns in re.findall(pattern, row["labels"])}
    del counts["directed_vs_generalized"]
    assert len(counts) == 7
    whole = read(published_annotations, "spreadsheet", file)
    half = read(published_annotations, "spreadsheet", file, threshold="0.5")
    assert len(whole) == len(half) == int(row["items"])
    assert said(whole) == {tag: ones for tag, (ones, _, _) in counts.items()}
    assert said(half) == {tag: most for tag, (_, _, most) in counts.items()}
    for tag, (_, fractions, _) in counts.items():
        asked = sum(tag in (answer.asked or ()) for answer in whole)
        assert asked == len(whole) - fractions


@pytest.mark.parametrize("who", ["annotator1", "annotator2"])
def test_words_and_classes_of_a_file_of_one_person(published_annotations: Path, who: str) -> None:
    file = f"stories-{who}.csv"
    row = index(published_annotations, file)
    answers = read(published_annotations, "spreadsheet", file)
    assert len(answers) == int(row["items"])
    assert {answer.by for answer in answers} == {f"stories-{who}"}
    assert {answer.item for answer in answers} == {None}
    assert not any(answer.replaces for answer in answers)
    yes = said(answers)
    asked = Counter(tag for answer in answers for tag in answer.asked or ())
    seen = set()
    for name, value, number in re.findall(r"([^=;]+)=([^=;]+)=(\d+)", row["labels"]):
        tag = name.strip() if value in {"TRUE", "FALSE"} else f"{name.strip()}: {value}"
        seen.add(tag)
        assert int(number) == (asked[tag] - yes[tag] if value == "FALSE" else yes[tag])
    assert seen == set(yes) == set(asked)


def test_columns_of_two_people_of_whom_one_is_a_copy(published_annotations: Path) -> None:
    file = "whatsapp-two-annotators.xlsx"
    row = index(published_annotations, file)
    answers = read(published_annotations, "spreadsheet", file)
    assert len(answers) == int(row["answers"])
    assert len({answer.item for answer in answers}) == int(row["items"])
    counts = {
        (who, tag): int(number)
        for who, tag, number in re.findall(r"(annotator\d)_(\w+)=(\d+)", row["labels"])
        if tag != "label"
    }
    assert counts == Counter((one.by, tag) for one in answers for tag in one.yes)
    assert copies(answers) == [("annotator1", "annotator2", 50)]


def test_a_row_for_each_tag_of_an_image(published_annotations: Path) -> None:
    row = index(published_annotations, "open_sample.csv")
    answers = read(published_annotations, "remo", "open_sample.csv")
    assert len(answers) == int(row["items"])
    counts = {tag: int(n) for tag, n in re.findall(r"(/m/\w+)=(\d+)", row["labels"])}
    assert counts
    assert counts.items() <= said(answers).items()
