"""A spreadsheet that Tagledger wrote: what is in it, and what programs and people do to it."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagledger.annotation_tools.answers import Answer, Job, Options, Shown
from tagledger.annotation_tools.tool_file import ToolFile
from tagledger.annotation_tools.tools.spreadsheet import TOOL
from tagledger.errors import TagledgerError
from tagledger.events.canonical import taxonomy_hash
from tests.conftest import examples

TAGS = ("cv", "nlp", "note")
ITEMS = [
    Shown(id="007", title="First", text="=SUM(A1)", labels=("cv",), suggestions=(("nlp", 0.9),)),
    Shown(id="2024-01-02", title="+1", text="two\nlines"),
    Shown(id="12345678901234567890", title="", text="@home"),
]
Rows = list[list[str]]
Change = Callable[[Rows], Any]
SKIPPED, NONE = 7, 6


def job(**options: str) -> Job:
    return Job(
        tags=TAGS,
        campaign="spring",
        annotator="ann",
        base="v1",
        tax=taxonomy_hash(TAGS),
        guideline="# What to do\nBe kind.",
        options=options,
    )


def rows(**options: str) -> Rows:
    """The rows of a CSV that was just written, the header first."""
    made = TOOL.write(ITEMS, job(format="csv", **options))["spring-ann.csv"]
    return list(csv.reader(io.StringIO(made.decode("utf-8-sig"), newline="")))


def read(changed: Rows, **known: Any) -> tuple[list[Answer], list[str]]:
    sink = io.StringIO(newline="")
    csv.writer(sink).writerows(changed)
    notes: list[str] = []
    file = ToolFile(Path("x.csv"), sink.getvalue().encode())
    return list(TOOL.read(file, Options(**known), notes)), notes


def answered(change: Change, **options: str) -> tuple[list[Answer], list[str]]:
    """The answers of a CSV after a person did something to its rows."""
    made = rows(**options)
    change(made)
    return read(made)


def said(answers: list[Answer]) -> list[tuple[str | None, str, tuple[str, ...]]]:
    return [(one.item, one.kind, one.yes) for one in answers]


def put(row: int, at: int, text: str) -> Change:
    def change(made: Rows) -> None:
        made[row][at] = text

    return change


# ---- What is in it -------------------------------------------------------------------------


def test_a_csv_has_no_cell_that_a_program_takes_for_a_formula() -> None:
    for row in rows():
        assert not [cell for cell in row if re.match(r"[=+\-@\t\r]", cell)]


def test_a_csv_says_that_it_is_utf_8_and_comes_with_the_guideline() -> None:
    made = TOOL.write(ITEMS, job(format="csv", layout="list", delimiter=";"))
    assert list(made) == ["spring-ann.csv", "spring-ann-guideline.txt"]
    assert made["spring-ann.csv"].startswith(b"\xef\xbb\xbfid;title;text;tags;none applies;skip;")
    text = made["spring-ann-guideline.txt"].decode()
    assert "with semicolons between them" in text
    assert "Be kind." in text
    assert "- nlp" in text


def test_neither_source_labels_nor_suggestions_are_shown() -> None:
    assert rows()[1][3:8] == ["", "", "", "", ""]
    assert "0.9" not in str(rows())


def workbook(**options: str) -> bytes:
    return TOOL.write(ITEMS, job(**options))["spring-ann.xlsx"]


def test_a_workbook_has_text_in_each_cell_and_no_formula() -> None:
    with zipfile.ZipFile(io.BytesIO(workbook())) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert set(re.findall(r'<c r="\w+" s="\d+" t="(\w+)">', sheet)) == {"s"}
    assert not re.findall(r'<c r="\w+"(?: s="\d+")?><v>', sheet)


def test_a_workbook_is_easy_to_fill_in() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook()))
    assert book.sheetnames == ["answers", "guideline"]
    sheet = book["answers"]
    assert sheet.freeze_panes == "D2"
    assert sheet.auto_filter.ref == "A1:K4"
    assert sheet.column_dimensions["K"].hidden
    assert not sheet.column_dimensions["A"].hidden
    assert sheet["A2"].number_format == "@"
    assert sheet["C3"].alignment.wrap_text
    (choices,) = sheet.data_validations.dataValidation
    assert str(choices.sqref) == "D2:H4"
    assert choices.formula1 == '"x"'
    assert not choices.showErrorMessage  # other words may be typed
    shown = [[cell.value for cell in row] for row in book["guideline"].iter_rows()]
    assert [row[0] for row in shown[1:4]] == list(TAGS)
    assert "Be kind." in [row[1] for row in shown]


def test_a_workbook_with_one_column_of_tags_offers_them() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook(layout="list")))
    choices = {
        str(one.sqref): one.formula1 for one in book["answers"].data_validations.dataValidation
    }
    assert choices == {"D2:D4": "guideline!$A$2:$A$4", "E2:F4": '"x"'}


def test_a_text_that_a_cell_cannot_hold_is_cut_and_is_not_taken_for_another() -> None:
    items = [Shown(id="1", text="word " * 10_000)]
    made = TOOL.write(items, job())["spring-ann.xlsx"]
    (answer,) = TOOL.read(ToolFile(Path("a.xlsx"), made), Options(), [])
    assert answer.text is None
    assert answer.text_hash is not None


def test_a_sheet_without_items_or_tags_can_be_written_and_read() -> None:
    for options in ({}, {"format": "csv"}, {"layout": "list"}):
        made = TOOL.write([], Job(tags=(), options=options))
        name, data = next(iter(made.items()))
        assert name.startswith("items.")
        assert list(TOOL.read(ToolFile(Path(name), data), Options(), [])) == []


@pytest.mark.parametrize(
    ("options", "said_"),
    [
        ({"layuot": "list"}, "did you mean layout?"),
        ({"layout": "rows"}, "take one of columns, list"),
        ({"format": "pdf"}, "take one of csv, xlsx"),
        ({"delimiter": ":"}, "take one of ,, ;, tab"),
    ],
)
def test_an_option_that_is_none_is_refused(options: dict[str, str], said_: str) -> None:
    with pytest.raises(TagledgerError) as caught:
        TOOL.write(ITEMS, job(**options))
    assert said_ in caught.value.hint


# ---- What people and programs do to it -----------------------------------------------------


@pytest.mark.parametrize("mark", ["x", "X ", "1", "yes", "ja", "TRUE", "WAHR", "✓", "NLP"])
def test_a_yes_in_any_words(mark: str) -> None:
    answers, notes = answered(put(1, 4, mark))
    assert said(answers)[0] == ("007", "label", ("nlp",))
    assert answers[0].asked == TAGS
    assert [one.kind for one in answers[1:]] == ["unasked", "unasked"]
    assert notes == []


def test_a_no_alone_is_a_no_to_that_tag_alone() -> None:
    answers, _ = answered(put(1, 4, "no"))
    assert (answers[0].kind, answers[0].yes, answers[0].asked) == ("label", (), ("nlp",))


def test_boxes_that_nobody_ticked_are_no_answer() -> None:
    def check_boxes(made: Rows) -> None:
        for row in made[1:]:
            row[3:8] = ["FALSE"] * 5
        made[2][3] = "TRUE"
        made[3][NONE] = "TRUE"

    answers, _ = answered(check_boxes)
    assert [(one.kind, one.yes) for one in answers] == [
        ("unasked", ()),
        ("label", ("cv",)),
        ("label", ()),
    ]


def test_what_contradicts_itself_is_said() -> None:
    def contradict(made: Rows) -> None:
        made[1][3] = made[1][SKIPPED] = "x"
        made[2][3] = made[2][NONE] = "x"
        made[3][4] = "perhaps"

    answers, notes = answered(contradict)
    assert [one.kind for one in answers] == ["skip", "unasked", "unasked"]
    assert notes == [
        "row 2 has an answer and is marked as skipped: it counts as skipped",
        "row 3 has tags, and says that none applies: it is left unanswered; clear one of the two",
        "1 cell of tags says neither yes nor no and is left open: 'perhaps'",
    ]


def test_ids_that_became_numbers_and_dates_are_what_they_were() -> None:
    def excel(made: Rows) -> None:
        made[1][0], made[2][0], made[3][0] = "7", "02.01.2024", "1.23457E+19"
        made[1][3] = "x"

    answers, _ = answered(excel)
    assert [one.item for one in answers] == [one.id for one in ITEMS]


def test_a_part_that_was_sorted_apart_from_the_rest_is_refused() -> None:
    def sort(made: Rows) -> None:
        made[1][:3], made[2][:3] = made[2][:3], made[1][:3]

    with pytest.raises(TagledgerError) as caught:
        answered(sort)
    assert "the row of the item '2024-01-02' was written for the item '007'" in caught.value.what
    assert caught.value.where == "x.csv, row 2"


def test_rows_columns_and_files_in_another_order_say_the_same() -> None:
    def fill(made: Rows) -> None:
        made[1][3] = made[2][4] = "x"

    def turn(made: Rows) -> None:
        fill(made)
        made[1:] = made[:0:-1]
        for row in made:
            row.reverse()

    one, other = answered(fill)[0], answered(turn)[0]
    assert said(other) == said(one)[::-1]
    assert {answer.unique for answer in one} == {answer.unique for answer in other}
    assert len({answer.unique for answer in one}) == 3


def test_columns_of_ones_own_and_tags_that_were_taken_out_are_said() -> None:
    def change(made: Rows) -> None:
        for row, text in zip(made, ("my thoughts", "x", "", ""), strict=True):
            row.insert(4, text)
            del row[3]
        made[1][4] = "x"

    answers, notes = answered(change)
    assert (answers[0].yes, answers[0].asked) == (("nlp",), ("nlp", "note"))
    assert "1 tag has no column any more, and is taken as not asked: cv" in notes[0]
    assert "my thoughts" in notes[1]


def test_names_of_tags_that_a_program_broke_are_known_by_their_place() -> None:
    def garble(made: Rows) -> None:
        made[0][3] = "c?v"
        made[1][3] = "x"

    assert answered(garble)[0][0].yes == ("cv",)


def test_sheets_under_each_other_are_all_read() -> None:
    mine, other = rows(), rows(layout="list")
    mine[1][3], other[2][3] = "x", "nlp; cv"
    answers, _ = read(mine + other)
    assert said(answers)[0] == ("007", "label", ("cv",))
    assert said(answers)[4] == ("2024-01-02", "label", ("nlp", "cv"))
    answers, notes = read(mine + mine)
    assert len(answers) == 6
    assert "row 5 repeats the names of the columns" in notes[-1]


def test_without_the_hidden_column_it_is_read_as_anybodys() -> None:
    def strip(made: Rows) -> None:
        for row in made:
            del row[-1]
        made[1][3] = "x"
        made[2][NONE] = "x"
        made[3][SKIPPED] = "x"

    made = rows()
    strip(made)
    answers, _ = read(made, tags=frozenset(TAGS))
    assert [(one.kind, one.yes, one.by) for one in answers] == [
        ("label", ("cv",), "ann"),
        ("label", (), "ann"),
        ("skip", (), "ann"),
    ]


def test_one_column_of_tags_takes_what_people_type() -> None:
    for cell in ("cv, nlp", "cv;nlp", "CV | Nlp", '["cv", "nlp"]', "nlp\ncv"):
        answers, _ = answered(put(1, 3, cell), layout="list")
        assert set(answers[0].yes) == {"cv", "nlp"}
        assert answers[0].asked == TAGS
    answers, _ = answered(put(1, 3, "none"), layout="list")
    assert (answers[0].kind, answers[0].yes, answers[0].asked) == ("label", (), TAGS)
    answers, _ = answered(put(1, 3, "cv; robots"), layout="list")
    assert answers[0].yes == ("cv", "robots")


# ---- Whatever it holds, there is no traceback ------------------------------------------------

WORDS = (
    *(
        "id",
        "text",
        "tags",
        "a",
        "b",
        "label",
        "rater1",
        "rater2_a",
        "skip",
        "none",
        "note",
        "date",
    ),
    *("x", "1", "0", "0.5", "", "", "yes", "no", "1/2/26", "a; b", "[a", '"', "['a', 1]", "\x00"),
    *("annotator", "none applies", "timestamp", "label1", "label2", "1e999", "nan", "a\nb", "TYPE"),
    *("tagledger", "tagledger {}", '{"item":"1","text":""}', "tag", "confidence"),
    'tagledger {"campaign":"","tags":["a"],"tax":"","wide":true}',
)
words = st.sampled_from(WORDS)
tables = st.lists(st.lists(words, min_size=1, max_size=8), min_size=1, max_size=6)


@examples(300)
@given(tables, st.sampled_from([",", ";", "\t"]))
def test_any_table_is_read_or_refused(table: Rows, delimiter: str) -> None:
    sink = io.StringIO(newline="")
    csv.writer(sink, delimiter=delimiter).writerows(table)
    file = ToolFile(Path("a.csv"), sink.getvalue().encode() or b"\n")
    TOOL.recognise(file)
    try:
        answers = list(TOOL.read(file, Options(tags=frozenset({"a"})), []))
    except TagledgerError:
        return
    for answer in answers:
        assert answer.item or answer.text
        assert answer.asked is None or set(answer.yes) <= set(answer.asked)
        assert answer.kind == "label" or not (answer.yes or answer.asked)
        assert all(tag.strip() and not set(tag) & set("\r\n") for tag in answer.yes)


@examples(100)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    file = ToolFile(Path("a.csv"), data or b"\0")
    TOOL.recognise(file)
    with suppress(TagledgerError):
        list(TOOL.read(file, Options(), []))


@pytest.mark.parametrize("layout", ["csv", "xlsx"])
def test_a_sheet_whose_items_have_no_title_has_no_column_for_titles(layout: str) -> None:
    items = [Shown(id=f"p-{n}", text=f"=text {n}") for n in range(3)]
    made = TOOL.write(items, job(format=layout))[f"spring-ann.{layout}"]
    file = ToolFile(Path(f"x.{layout}"), made)
    assert [(one.item, one.text) for one in TOOL.read(file, Options(), [])] == [
        (one.id, one.text) for one in items
    ]
    if layout == "csv":
        header = next(csv.reader(io.StringIO(made.decode("utf-8-sig"), newline="")))
        assert header[:3] == ["id", "text", "cv"]
    assert rows()[0][:4] == ["id", "title", "text", "cv"]
