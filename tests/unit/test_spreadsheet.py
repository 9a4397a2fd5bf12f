"""Spreadsheets that people and programs made up: each trap in a few rows."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tagledger.annotation_tools import registry
from tagledger.annotation_tools.answers import Answer, Options
from tagledger.annotation_tools.copies import copies
from tagledger.annotation_tools.tool_file import ToolFile
from tagledger.annotation_tools.tools.spreadsheet import TOOL
from tagledger.errors import TagledgerError

Short = tuple[str | None, str, tuple[str, ...], tuple[str, ...] | None]


def read(
    data: str | bytes, tags: str = "", *, name: str = "ann.csv", ids: str = "", **chosen: str
) -> tuple[list[Answer], list[str]]:
    """The answers of a file and what is said of it."""
    content = data.encode() if isinstance(data, str) else data
    notes: list[str] = []
    options = Options(tags=frozenset(tags.split()), ids=frozenset(ids.split()), chosen=chosen)
    file = ToolFile(Path(name), content)
    assert TOOL.recognise(file)
    return list(TOOL.read(file, options, notes)), notes


def short(answers: list[Answer]) -> list[Short]:
    """Of each answer: the item, the kind, yes and asked."""
    return [(one.item, one.kind, one.yes, one.asked) for one in answers]


def book(**sheets: list[list[Any]]) -> bytes:
    made = openpyxl.Workbook()
    made.remove(made.active)  # type: ignore[arg-type]
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    return saved(made)


def saved(made: openpyxl.Workbook) -> bytes:
    sink = io.BytesIO()
    made.save(sink)
    return sink.getvalue()


AB = ("a", "b")


@pytest.mark.parametrize(
    ("yes", "no"),
    [
        ("1", "0"),
        ("x", "-"),
        ("TRUE", "FALSE"),
        ("WAHR", "FALSCH"),
        ("yes", "no"),
        ("ja", "nein"),
        ("Oui", "Non"),
        ("sí", "no"),
        ("1.0", "0.0"),
        ("✓", "0"),
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_yes_and_a_no_in_any_words_and_any_columns(yes: str, no: str, delimiter: str) -> None:
    rows = [["id", "a", "b"], ["1", yes, no], ["2", no, no], ["3", "", ""]]
    answers, notes = read("\n".join(delimiter.join(row) for row in rows))
    assert short(answers) == [
        ("1", "label", ("a",), AB),
        ("2", "label", (), AB),
        ("3", "unasked", (), None),
    ]
    assert notes == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_any_encoding(encoding: str) -> None:
    answers, _ = read("text;größer\nEin schöner Satz über Öl;x\nNoch einer;\n".encode(encoding))
    assert [(one.text, one.yes) for one in answers] == [
        ("Ein schöner Satz über Öl", ("größer",)),
        ("Noch einer", ()),
    ]


def test_an_empty_cell_is_a_no_beside_a_mark_and_not_asked_beside_written_nos() -> None:
    answers, _ = read("id,a,b\n1,x,\n2,,x\n3,,\n")
    assert short(answers)[:2] == [("1", "label", ("a",), AB), ("2", "label", ("b",), AB)]
    assert answers[2].kind == "unasked"
    answers, _ = read("id,a,b\n1,1,0\n2,,1\n3,0,\n")
    assert [one.asked for one in answers] == [("a", "b"), ("b",), ("a",)]


def test_half_empty_columns_of_people_were_not_asked() -> None:
    answers, _ = read("id,annotator1,annotator2,annotator3\n1,pos,,neg\n2,,pos,\n")
    given = [(one.item, one.by, one.yes) for one in answers if one.kind == "label"]
    assert given == [
        ("1", "annotator1", ("pos",)),
        ("1", "annotator3", ("neg",)),
        ("2", "annotator2", ("pos",)),
    ]
    assert sum(one.kind == "unasked" for one in answers) == 3


@pytest.mark.parametrize(
    "header",
    [
        "id,annotator1_a,annotator1_b,annotator2_a,annotator2_b",
        "id,Rater 1: a,Rater 1: b,Rater 2: a,Rater 2: b",
        "id,a_coder1,b_coder1,a_coder2,b_coder2",
        "id,a (annotator 1),b (annotator 1),a (annotator 2),b (annotator 2)",
        "id,A1_a,A1_b,A2_a,A2_b",
    ],
)
def test_columns_of_several_people(header: str) -> None:
    answers, _ = read(f"{header}\n1,1,0,0,0\n")
    assert [(one.yes, one.asked) for one in answers] == [(("a",), AB), ((), AB)]
    assert len({one.by for one in answers}) == 2


def test_people_stand_in_a_row_above_the_columns() -> None:
    for upper in ("Ann,,Bob,", "Ann,Ann,Bob,Bob"):
        answers, _ = read(f",,{upper}\nid,text,a,b,a,b\n1,some words,1,0,0,0\n")
        assert [(one.by, one.yes, one.asked) for one in answers] == [
            ("Ann", ("a",), AB),
            ("Bob", (), AB),
        ]
    made = openpyxl.Workbook()
    sheet: Any = made.active
    sheet.append([None, "Ann", None, "Bob", None])
    sheet.append(["id", "a", "b", "a", "b"])
    sheet.append(["1", "x", None, None, "x"])
    sheet.merge_cells("B1:C1")
    sheet.merge_cells("D1:E1")
    answers, _ = read(saved(made), name="a.xlsx")
    assert [(one.by, one.yes) for one in answers] == [("Ann", ("a",)), ("Bob", ("b",))]


def test_columns_with_the_same_classes_are_of_a_person_each() -> None:
    rows = "".join(
        f"{n},{'pro' if n % 2 else 'con'},{'pro' if n % 3 else 'con'}\n" for n in range(9)
    )
    answers, _ = read(f"id,Alice,Bob\n{rows}")
    assert [(one.by, one.yes) for one in answers[:2]] == [("Alice", ("con",)), ("Bob", ("con",))]


def test_names_of_people_stand_beside_their_answers() -> None:
    answers, _ = read("id,worker1,label1,worker2,label2\n1,ann,pos,bob,neg\n2,cid,pos,,\n")
    assert [(one.by, one.kind, one.yes) for one in answers] == [
        ("ann", "label", ("pos",)),
        ("bob", "label", ("neg",)),
        ("cid", "label", ("pos",)),
        (None, "unasked", ()),
    ]


def test_people_who_vote_on_one_tag_without_a_name() -> None:
    answers, _ = read("text,rater A,rater B\nsome words of a text,1,0\nother words here,1,1\n")
    assert [(one.by, one.yes, one.asked) for one in answers[:2]] == [
        ("rater A", ("label",), ("label",)),
        ("rater B", (), ("label",)),
    ]


def test_numbered_columns_are_tags_of_one_answer_or_votes_of_several() -> None:
    answers, _ = read("id,label1,label2,label3\n1,a,b,\n2,c,,\n")
    assert [(one.by, one.yes) for one in answers] == [("ann", ("a", "b")), ("ann", ("c",))]
    answers, _ = read("id,label1,label2,label3\n1,a,a,b\n2,c,,\n")
    assert [(one.by, one.yes) for one in answers[:3]] == [
        ("label1", ("a",)),
        ("label2", ("a",)),
        ("label3", ("b",)),
    ]


def test_numbered_columns_of_yes_and_no_are_tags_or_votes() -> None:
    answers, _ = read("id,tag 1,tag 2\n1,1,0\n2,1,1\n")
    assert short(answers)[0] == ("1", "label", ("tag 1",), ("tag 1", "tag 2"))
    answers, _ = read("id,vote1,vote2\n1,1,0\n2,0,1\n")
    assert [(one.by, one.yes) for one in answers[:2]] == [("vote1", ("vote",)), ("vote2", ())]


def test_rows_may_leave_out_empty_cells_at_their_ends() -> None:
    answers, _ = read("id,a,b,c,d,e\n1,x\n2,,x\n3\n", tags="a b c d e")
    assert [(one.yes, one.kind) for one in answers] == [
        (("a",), "label"),
        (("b",), "label"),
        ((), "unasked"),
    ]


def test_a_column_of_people_and_their_times_and_notes() -> None:
    text = "ID,Annotator,Timestamp,Note,a\n1,ann,2026-11-25 10:00,sure,x\n1,bob,,,x\n2,bob,,why,\n"
    answers, _ = read(text)
    assert [(one.by, one.at, one.note, one.kind) for one in answers] == [
        ("ann", "2026-11-25T10:00:00Z", "sure", "label"),
        ("bob", None, None, "label"),
        ("bob", None, "why", "comment"),
    ]


def test_a_file_without_people_is_that_of_its_name() -> None:
    assert {one.by for one in read("id,a\n1,x\n", name="bob.csv")[0]} == {"bob"}


def test_days_beside_answers_are_read_unless_they_may_be_two() -> None:
    answers, _ = read("id,date,a\n1,25/11/26,x\n2,1/2/26,x\n")
    assert [one.date for one in answers] == ["2026-11-25T00:00:00Z", "2026-02-01T00:00:00Z"]
    answers, notes = read("id,date,a\n1,1/2/26,x\n2,2/3/26,x\n")
    assert [one.date for one in answers] == [None, None]
    assert "day and month may be either" in notes[0]
    assert "`--at`" in notes[0]


SHARES = "comment;a;b\na long text, with commas;1;0,8333\nanother text, with some;0;0,25\n"


def test_shares_are_no_persons_answer() -> None:
    answers, notes = read(SHARES)
    assert [(one.yes, one.asked) for one in answers] == [(("a",), ("a",)), ((), ("a",))]
    assert notes[0].startswith("2 cells are the share of several people who said yes")
    answers, notes = read(SHARES, threshold="0.5")
    assert [(one.yes, one.asked) for one in answers] == [(AB, AB), ((), AB)]
    assert notes == []


@pytest.mark.parametrize("threshold", ["0", "1.5", "half"])
def test_a_threshold_is_a_share(threshold: str) -> None:
    with pytest.raises(TagledgerError, match="no share above 0"):
        read(SHARES, threshold=threshold)


def test_a_scale_and_other_numbers_are_no_tags() -> None:
    answers, notes = read(
        "text,a,b,soft_vs_hard,rating,seat\nt t t t,1,0,1,5,12\nu u u u,0,1,0,2,7\n"
    )
    assert {tag for one in answers for tag in one.asked or ()} == {"a", "b"}
    assert "soft_vs_hard and rating" in notes[0]
    assert "seat" in notes[1]


def test_a_known_tag_is_a_tag_whatever_its_name_says() -> None:
    answers, _ = read("id,a_vs_b\n1,1\n2,0\n", tags="a_vs_b")
    assert short(answers)[0] == ("1", "label", ("a_vs_b",), ("a_vs_b",))


def test_what_is_worked_out_from_tags_is_none() -> None:
    answers, notes = read("id,a,b,label\n1,1,0,1\n2,0,0,0\n")
    assert answers[0].asked == AB
    assert "worked out" in notes[0]
    assert read("id,label\n1,1\n2,0\n")[0][0].yes == ("label",)


def test_a_class_is_a_tag_with_its_column_and_a_no_to_the_others() -> None:
    answers, _ = read(
        "text,TYPE,seat no\nwords here,Plot Action,1-1\nmore words,Dialogue,1-1\n,,\nx y,,\n"
    )
    both = ("TYPE: Plot Action", "TYPE: Dialogue")
    assert [(one.kind, one.yes, one.asked) for one in answers] == [
        ("label", ("TYPE: Plot Action",), both),
        ("label", ("TYPE: Dialogue",), both),
        ("unasked", (), None),
    ]
    assert read("id,label\n1,spam\n2,ham\n")[0][0].yes == ("spam",)
    assert read("id,TYPE\n1,spam\n2,ham\n", tags="spam ham")[0][0].yes == ("spam",)


def test_classes_that_are_numbers() -> None:
    answers, _ = read("id,sentiment\n1,-1\n2,0\n3,1\n")
    assert [one.yes for one in answers] == [
        ("sentiment: -1",),
        ("sentiment: 0",),
        ("sentiment: 1",),
    ]


@pytest.mark.parametrize(
    ("cell", "tags"),
    [
        ("cv; nlp", ("cv", "nlp")),
        ("cv|nlp", ("cv", "nlp")),
        ('"cv, nlp"', ("cv", "nlp")),
        ('"[""cv"", ""nlp""]"', ("cv", "nlp")),
        ("\"['cv', 'nlp']\"", ("cv", "nlp")),
        ("cv", ("cv",)),
    ],
)
def test_several_tags_in_a_cell(cell: str, tags: tuple[str, ...]) -> None:
    answers, _ = read(f"id,tags\n1,{cell}\n2,\n3,[]\n")
    assert short(answers) == [
        ("1", "label", tags, None),
        ("2", "unasked", (), None),
        ("3", "label", (), None),
    ]


def test_a_comma_is_a_part_of_a_tag_where_others_separate() -> None:
    answers, _ = read('id,tags\n1,"arts, crafts"\n2,"a, b; c"\n')
    assert [one.yes for one in answers] == [("arts, crafts",), ("a, b", "c")]


def test_a_row_for_each_tag() -> None:
    text = "file_name,class_name\na.jpg,cat\na.jpg,night\nb.jpg,cat\na.jpg,cat\n"
    assert short(read(text)[0]) == [
        ("a.jpg", "label", ("cat", "night"), None),
        ("b.jpg", "label", ("cat",), None),
    ]
    text = "ImageID,LabelName,Confidence\n1,cat,1\n1,dog,0\n2,dog,1\n"
    assert short(read(text)[0]) == [
        ("1", "label", ("cat",), ("cat", "dog")),
        ("2", "label", ("dog",), ("dog",)),
    ]


def test_none_applies_and_skip() -> None:
    text = "id,a,b,none applies,skip,note\n1,,,x,,\n2,,,,x,blurred\n3,x,,x,,\n4,,x,,x,\n5,,,,,\n"
    answers, notes = read(text)
    assert short(answers) == [
        ("1", "label", (), AB),
        ("2", "skip", (), None),
        ("3", "unasked", (), None),
        ("4", "skip", (), None),
        ("5", "unasked", (), None),
    ]
    assert any(note.startswith("row 4 has tags, and says that none applies") for note in notes)
    assert any(note.startswith("row 5 has an answer and is marked as skipped") for note in notes)


def test_other_words_are_left_open_and_counted() -> None:
    rows = "".join(f"{n},x,1\n" for n in range(20))
    answers, notes = read(f"id,a,b\n{rows}20,maybe,1\n")
    assert answers[-1].asked == ("b",)
    assert notes == ["1 cell of tags says neither yes nor no and is left open: 'maybe'"]


def test_the_lower_of_two_rows_counts_and_both_are_named() -> None:
    answers, notes = read("id,a\n1,1\n2,1\n1,0\n2,1\n")
    assert [one.replaces for one in answers] == [(), (), ("row 2",), ()]
    assert "row 4 after row 2" in notes[0]
    assert "The later in the file counts" in notes[0]
    assert notes[1] == "1 answer to an item that has one already, the same one"


def test_rows_of_several_people_do_not_repeat() -> None:
    answers, notes = read("id,annotator,a\n1,ann,1\n1,bob,0\n")
    assert all(one.replaces == () for one in answers)
    assert notes == []


def test_a_text_is_the_key_where_there_is_no_id() -> None:
    answers, _ = read("sentence,a\nFirst of all.,1\nSecond of all.,0\n")
    assert [(one.item, one.text) for one in answers] == [
        (None, "First of all."),
        (None, "Second of all."),
    ]


def test_known_ids_tell_their_column() -> None:
    answers, _ = read("code,words,a\np-1,x y z,1\np-2,x y,0\np-3,x,1\n", ids="p-1 p-2 p-3")
    assert [one.item for one in answers] == ["p-1", "p-2", "p-3"]


def test_numbers_that_happen_to_be_ids_are_none() -> None:
    rows = "".join(f"this is text number {n},{n % 3 + 1},{n % 2}\n" for n in range(40))
    known = " ".join(map(str, range(100)))
    answers, _ = read(f"sentence,seat,a\n{rows}", ids=known)
    assert {one.item for one in answers} == {None}
    answers, _ = read(f"sentence,doc id,a\n{rows}", ids=known)
    assert {one.item for one in answers} == {None}
    rows = "".join(f"{n},this is text number {n % 20},{n % 2}\n" for n in range(40))
    answers, _ = read(f"id,sentence,a\n{rows}")
    assert answers[7].item == "7"


def test_titles_repeated_headers_and_empty_rows_are_passed_over() -> None:
    text = "My answers,,,\n,,,\nid,a,b,\n1,x,,\nid,a,b,\n2,,x,\n,,,\n,,,\n"
    answers, notes = read(text)
    assert [one.place for one in answers] == ["row 4", "row 6"]
    assert notes == ["row 5 repeats the names of the columns, and is passed over"]


def test_a_row_with_too_many_cells_is_left_out_and_named() -> None:
    answers, notes = read("id,text,a\n1,one,x\n2,two, and three,x\n3,three,x\n4,four,\n")
    assert [one.item for one in answers] == ["1", "3", "4"]
    assert notes[0].startswith("row 3 has more cells than there are columns, and is left out")


def test_a_column_without_a_name_is_left_out() -> None:
    answers, notes = read("id,a,\n1,x,my thoughts\n2,x,\n")
    assert [one.yes for one in answers] == [("a",), ("a",)]
    assert notes == []
    answers, _ = read(book(one=[["id", "a"], ["1", "x", "my thoughts"]]), name="a.xlsx")
    assert [one.yes for one in answers] == [("a",)]


def test_percentages_are_shares() -> None:
    answers, _ = read("id;a;b\n1;83,3 %;0 %\n2;20%;100%\n", threshold="0.5")
    assert [one.yes for one in answers] == [("a",), ("b",)]


def test_two_people_who_agree_everywhere_are_named() -> None:
    rows = "".join(f"{n},{n % 2},{n % 2}\n" for n in range(12))
    answers, _ = read(f"id,rater1_a,rater2_a\n{rows}")
    assert copies(answers) == [("rater1", "rater2", 12)]
    assert copies(answers[:10]) == []
    differ, _ = read(f"id,rater1_a,rater2_a\n{rows}99,1,0\n")
    assert copies(differ) == []
    always, _ = read("id,rater1_a,rater2_a\n" + "".join(f"{n},1,1\n" for n in range(12)))
    assert copies(always) == []


def test_options_say_what_a_column_is() -> None:
    text = "code,words,verdict,who,extra\n7,a b c,1,ann,1\n8,d e f,0,ann,0\n"
    answers, _ = read(
        text, id="code", text="words", tags="verdict", annotator="who", ignore="extra"
    )  # fmt: skip
    assert short(answers)[0] == ("7", "label", ("verdict",), ("verdict",))
    assert (answers[0].by, answers[0].text) == ("ann", "a b c")


@pytest.mark.parametrize(
    ("text", "chosen", "said"),
    [
        ("id,a\n1,x\n", {"text": "wrds"}, "there is no column 'wrds'"),
        ("id,a\n1,x\n", {"thresold": "1"}, "did you mean threshold?"),
        ("id,words\n1,some\n2,thing\n3,else\n", {}, "no column has answers"),
        ("a,b\n1,0\n0,1\n", {}, "no column has an id or a text"),
        ('id,a\n1,"x\n2,x\n', {}, "a quote is never closed"),
        ("id,a\n1,x\n", {"sheet": "one"}, "there is no sheet 'one'"),
    ],
)
def test_what_cannot_be_read_says_why(text: str, chosen: dict[str, str], said: str) -> None:
    with pytest.raises(TagledgerError) as caught:
        read(text, **chosen)
    assert said in str(caught.value)


def test_a_workbooks_cells_are_what_people_see() -> None:
    rows = [
        ["id", "a", "b", "Timestamp"],
        [7, True, False, datetime(2026, 11, 25, 10)],  # noqa: DTZ001 - as Excel has it
        [8.0, 1, 0, None],
        ["009", None, None, None],
    ]
    answers, _ = read(book(one=rows), name="a.xlsx")
    assert short(answers)[:2] == [("7", "label", ("a",), AB), ("8", "label", ("a",), AB)]
    assert answers[0].at == "2026-11-25T10:00:00Z"
    assert answers[2].item == "009"


def test_sheets_with_the_same_columns_are_of_a_person_each() -> None:
    head = ["id", "a"]
    data = book(ann=[head, ["1", "x"]], bob=[head, ["1", None], ["2", "x"]], about=[["How to"]])
    answers, notes = read(data, name="a.xlsx")
    assert [(one.by, one.item, one.kind) for one in answers] == [
        ("ann", "1", "label"),
        ("bob", "1", "unasked"),
        ("bob", "2", "label"),
    ]
    assert answers[0].place == "sheet ann, row 2"
    assert notes == ["sheets without answers are left out: about"]
    assert {one.by for one in read(data, name="a.xlsx", sheet="bob")[0]} == {"a"}


def test_a_merged_cell_counts_for_each_row() -> None:
    made = openpyxl.Workbook()
    sheet: Any = made.active
    for row in (["id", "annotator", "a"], ["p-1", "ann", "x"], [None, "bob", "x"]):
        sheet.append(row)
    sheet.merge_cells("A2:A3")
    answers, _ = read(saved(made), name="a.xlsx")
    assert [(one.item, one.by) for one in answers] == [("p-1", "ann"), ("p-1", "bob")]


def test_other_files_are_no_spreadsheet() -> None:
    for content in (b'{"a": 1, "b": 2}\n', b'[{"a": 1}, {"b": 2}]', b"%PDF-1.7\n", b"just words\n"):
        assert not TOOL.recognise(ToolFile(Path("a"), content))
    assert registry.tool("spreadsheet") is TOOL
