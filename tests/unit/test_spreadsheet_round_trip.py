"""A spreadsheet that is written, answered and read says what was answered, whatever is in it."""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from unicodedata import category

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tagledger.annotation_tools import registry
from tagledger.annotation_tools.answers import Answer, Job, Options, Shown
from tagledger.annotation_tools.spreadsheet import lists
from tagledger.annotation_tools.spreadsheet.form import heading
from tagledger.annotation_tools.tool_file import ToolFile
from tagledger.annotation_tools.tools.spreadsheet import TOOL
from tagledger.events.canonical import taxonomy_hash, text_hash
from tests.conftest import examples

Layout = Literal["columns", "list"]
Said = Literal["answer", "none", "skip", "empty", "note"]
PATH = Path("campaign-ann.sheet")

# What tables, programs for them, and other columns may take for something else.
ODD = (
    *("=1+1", "+4", "-x", "@sum", "'=1", "''", "'quoted'", "\ttab", "＝１", "a\nb", "a\r\nb"),  # noqa: RUF001
    *('say "so"', "a;b", "a, b", "a|b", "a; b, c", "[a]", "{x}", "(y)", '"', '"a"; "b"', ","),
    *("id", "ID", "Title", "text", "tags", "none applies", "skip", "Note", "annotator"),
    *("tag: x", "tagledger", "tagledger {}", "none", "None", "nan", "x", "1", "0", "TRUE", "no"),
    *("007", "1e5", "2024-01-02", "1/2", "12345678901234567890", "0.5", "_x0041_", "_x005F_x0041_"),
    *(" lead", "trail ", "é", "日本語", "🏷", "עברית", "a\u00a0b", "\u2028", "<&>", "http://x.y"),
)  # fmt: skip
plain_text = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs",), exclude_characters="\x00"), max_size=20
)
texts = st.one_of(st.sampled_from(ODD), plain_text)
# A tag is one line with something on it, in NFC, and no other spelling of another tag.
tags = st.one_of(st.sampled_from(ODD), plain_text).filter(
    # Nobody can type a control character into a cell.
    lambda tag: bool(tag.strip()) and not any(category(mark)[0] == "C" for mark in tag)
)
ids = texts.filter(lambda one: bool(one.strip()))


@dataclass(frozen=True)
class Case:
    items: list[Shown]
    tags: tuple[str, ...]
    said: list[tuple[Said, tuple[str, ...]]]
    layout: Layout


@st.composite
def cases(draw: st.DrawFn) -> Case:
    known = tuple(draw(st.lists(tags, min_size=1, max_size=8, unique_by=str.casefold)))
    names = draw(st.lists(ids, min_size=1, max_size=6, unique=True))
    items = [Shown(id=name, title=draw(texts), text=draw(texts)) for name in names]
    said: list[tuple[Said, tuple[str, ...]]] = []
    for _ in items:
        what = draw(st.sampled_from(("answer", "answer", "none", "skip", "empty", "note")))
        yes = tuple(tag for tag in known if draw(st.booleans())) or known[:1]
        said.append((what, yes if what == "answer" else ()))
    return Case(items, known, said, draw(st.sampled_from(("columns", "list"))))


def job(case: Case, **options: str) -> Job:
    return Job(
        tags=case.tags,
        campaign="spring",
        annotator="ann",
        base="v1.0.0",
        tax=taxonomy_hash(case.tags),
        guideline="# How\n\nRead the *text*.",
        options={"layout": case.layout, **options},
    )


def marks(case: Case, header: Sequence[str], row: int) -> Mapping[int, str]:
    """What a person types into the row of an item, by the place of the column."""
    what, yes = case.said[row]
    end, first = len(header) - 5, list(header).index("text") + 1
    if what == "answer" and case.layout == "list":
        return {first: lists.join(yes)}
    if what == "answer":
        return {first + case.tags.index(tag): "x" for tag in yes}
    return {"none": {end: "x"}, "skip": {end + 1: "x"}, "note": {end + 2: "why?"}}.get(what, {})


def fill_csv(case: Case, delimiter: str) -> bytes:
    made = next(iter(TOOL.write(case.items, job(case, format="csv", delimiter=delimiter)).values()))
    mark = "\t" if delimiter == "tab" else delimiter
    rows = list(csv.reader(io.StringIO(made.decode("utf-8-sig"), newline=""), delimiter=mark))
    for at, row in enumerate(rows[1:]):
        for place, text in marks(case, rows[0], at).items():
            row[place] = text
    sink = io.StringIO(newline="")
    csv.writer(sink, delimiter=mark).writerows(rows)
    return sink.getvalue().encode("utf-8-sig")


def fill_workbook(case: Case) -> bytes:
    """Another program opens the workbook, a person types, and it is saved."""
    made = next(iter(TOOL.write(case.items, job(case)).values()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(io.BytesIO(made))
    sheet: Any = book["answers"]
    header = [str(cell.value) for cell in sheet[1]]
    for at in range(len(case.items)):
        for place, text in marks(case, header, at).items():
            cell = sheet.cell(at + 2, place + 1)
            # Else what looks like an escape of a workbook would be one.
            cell.value, cell.data_type = text.replace("_x", "_x005F_x"), "s"
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def read(data: bytes) -> list[Answer]:
    assert registry.recognise(PATH, data).NAME == "spreadsheet"
    return list(TOOL.read(ToolFile(PATH, data), Options(), []))


def assert_is_what_was_said(case: Case, answers: Sequence[Answer]) -> None:
    kinds = {"answer": "label", "none": "label", "skip": "skip", "empty": "unasked"}
    kinds["note"] = "comment"
    assert [one.item for one in answers] == [one.id for one in case.items]
    for item, (what, yes), answer in zip(case.items, case.said, answers, strict=True):
        assert answer.kind == kinds[what]
        assert set(answer.yes) == set(yes)
        assert answer.text_hash == text_hash(item.title, item.text)
        assert (answer.campaign, answer.base, answer.by) == ("spring", "v1.0.0", "ann")
        assert answer.tax == taxonomy_hash(case.tags)
        assert answer.note == ("why?" if what == "note" else None)
        if answer.kind == "label":
            assert answer.asked is not None
            assert set(answer.asked) == set(case.tags)


HOSTILE = Case(
    [Shown(id=one, title=one, text=one) for one in ODD if one.strip()],
    tuple(one for one in ODD if one.strip() and "\n" not in one and one not in {"ID", "None"}),
    [("answer", (tag,)) for tag in ("id",) * len([one for one in ODD if one.strip()])],
    "columns",
)  # fmt: skip


@settings(deadline=None)
@given(cases())
@example(HOSTILE)
def test_a_csv_comes_back(case: Case) -> None:
    answers = read(fill_csv(case, ","))
    assert_is_what_was_said(case, answers)
    assert [one.text for one in answers] == [one.text for one in case.items]


@examples(40)
@given(cases(), st.sampled_from([";", "tab"]))
def test_a_csv_with_other_delimiters_comes_back(case: Case, delimiter: str) -> None:
    assert_is_what_was_said(case, read(fill_csv(case, delimiter)))


@examples(60)
@given(cases())
def test_a_workbook_comes_back(case: Case) -> None:
    assert_is_what_was_said(case, read(fill_workbook(case)))


def as_csv(data: bytes, delimiter: str = ",") -> bytes:
    """A workbook's first sheet as a program for tables saves it as CSV."""
    from python_calamine import CalamineWorkbook

    rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    sink = io.StringIO(newline="")
    csv.writer(sink, delimiter=delimiter).writerows(rows)
    return sink.getvalue().encode("utf-8-sig")


@examples(40)
@given(cases())
def test_a_workbook_that_was_saved_as_csv_comes_back(case: Case) -> None:
    assert_is_what_was_said(case, read(as_csv(fill_workbook(case))))


@pytest.mark.parametrize("layout", ["columns", "list"])
@pytest.mark.parametrize("fill", [fill_workbook, lambda case: fill_csv(case, ";")])
def test_a_thousand_tags_come_back(layout: Layout, fill: Callable[[Case], bytes]) -> None:
    known = tuple(f"topic number {n}, or so" for n in range(1000))
    items = [Shown(id=f"{n:05}", title=f"Item {n}", text="Words. " * 50) for n in range(20)]
    said: list[tuple[Said, tuple[str, ...]]] = [("answer", known[n : n + 5]) for n in range(20)]
    case = Case(items, known, said, layout)
    assert_is_what_was_said(case, read(fill(case)))


def test_more_tags_than_a_cell_holds_are_known_by_their_columns_or_their_hash() -> None:
    known = tuple(f"topic number {n}, of a very long name" for n in range(2000))
    for layout in ("columns", "list"):
        case = Case([Shown(id="1")], known, [("answer", known[:2])], layout)
        data = fill_csv(case, ",")
        (answer,) = TOOL.read(ToolFile(PATH, data), Options(tags=frozenset(known)), [])
        assert set(answer.yes) == set(known[:2])
        assert set(answer.asked or ()) == set(known)
        (answer,) = TOOL.read(ToolFile(PATH, data), Options(), [])
        assert answer.tax == taxonomy_hash(known)
        assert answer.asked is None or layout == "columns"


@given(tags)
def test_no_tag_has_the_name_of_another_column(tag: str) -> None:
    assert heading(tag).strip().casefold() not in {"id", "title", "text", "tags", "note", "skip"}


@given(st.lists(tags, max_size=5, unique_by=str.casefold))
def test_tags_in_one_cell_come_back_without_knowing_them(some: list[str]) -> None:
    assert lists.split(lists.join(some), lists.Tags([])) == some
