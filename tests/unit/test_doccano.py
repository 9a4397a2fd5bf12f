"""doccano's files: each trap in a file of a few lines."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tagledger.annotation_tools import registry
from tagledger.annotation_tools.answers import Answer, Job, Options, Shown
from tagledger.annotation_tools.doccano.labels import split_joined
from tagledger.annotation_tools.tool_file import ToolFile
from tagledger.errors import TagledgerError
from tagledger.events.canonical import text_hash

TOOL = registry.own()["doccano"]


def lines(*records: dict[str, Any]) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def zipped(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_", "."), content)
    return stream.getvalue()


def read(
    content: bytes, notes: list[str] | None = None, tags: Sequence[str] = (), **chosen: str
) -> list[Answer]:
    options = Options(tags=frozenset(tags), chosen=chosen)
    file = ToolFile(Path("export.jsonl"), content)
    return list(TOOL.read(file, options, [] if notes is None else notes))


def kinds(answers: Sequence[Answer]) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.kind, one.yes) for one in answers]


def test_an_empty_label_may_say_that_the_item_was_never_opened() -> None:
    content = lines({"text": "a", "label": ["cv"]}, {"text": "b", "label": []})
    notes: list[str] = []
    assert kinds(read(content, notes)) == [("label", ("cv",)), ("unasked", ())]
    assert "1 item has no label and may never have been opened" in notes[0]
    assert kinds(read(content, confirmed="yes")) == [("label", ("cv",)), ("label", ())]
    with pytest.raises(TagledgerError, match="'perhaps' is no value of confirmed"):
        read(content, confirmed="perhaps")


def test_a_member_of_an_archive_is_a_person_s() -> None:
    one, other = lines({"text": "a", "label": ["cv"]}), lines({"text": "a", "label": []})
    content = zipped(ann_jsonl=one, bob_jsonl=other)
    answers = read(content)
    assert [(one.by, one.kind) for one in answers] == [("ann", "label"), ("bob", "unasked")]
    assert answers[0].place == "ann.jsonl, line 1"
    assert [one.by for one in read(content, member="bob")] == ["bob"]
    with pytest.raises(TagledgerError, match="no member 'eve'"):
        read(content, member="eve")


def test_a_shared_annotation_is_nobody_s() -> None:
    assert read(zipped(all_jsonl=lines({"text": "a", "label": ["cv"]})))[0].by is None


def test_a_member_of_somebody_who_approved_nothing_is_empty() -> None:
    content = zipped(ann_jsonl=lines({"text": "a", "label": ["cv"]}), bob_jsonl=b"")
    assert TOOL.recognise(ToolFile(Path("e.zip"), content))
    assert [one.by for one in read(content)] == ["ann"]


def test_spans_and_boxes_and_objects_are_tags_each_once() -> None:
    spans = [[0, 4, "cv"], [2, 9, "nlp"], [5, 9, "cv"]]
    objects = [{"label": "cat", "x": 1}, {"label": "cat", "x": 2}]
    content = lines(
        {"text": "a", "label": spans},
        {"text": "b", "entities": [{"id": 1, "label": "cv", "start_offset": 0}], "relations": []},
        {"filename": "c.jpg", "bbox": objects},
        {"text": "d", "cats": ["flight"], "entities": [[0, 4, "city"]]},
    )
    assert TOOL.recognise(ToolFile(Path("e.jsonl"), content))
    tags = [("cv", "nlp"), ("cv",), ("cat",), ("flight", "city")]
    assert kinds(read(content)) == [("label", one) for one in tags]


def test_old_records_have_numbers_for_labels_and_a_user_for_each() -> None:
    given = [{"label": 15, "user": 1}, {"label": 17, "user": 2}, {"label": 16, "user": 1}]
    content = lines({"id": 9, "text": "a", "annotations": given, "annotation_approver": None})
    notes: list[str] = []
    assert [(one.by, one.yes) for one in read(content, notes)] == [
        ("1", ("15", "16")),
        ("2", ("17",)),
    ]
    assert "numbers of label types" in notes[0]
    named = read(content, labels="15=cv, 16=nlp,17=web")
    assert [one.yes for one in named] == [("cv", "nlp"), ("web",)]


def test_label_types_may_be_named_by_a_file(tmp_path: Path) -> None:
    content = lines({"text": "a", "annotations": [{"label": 15, "user": 1}]})
    path = tmp_path / "types.json"
    path.write_text('[{"id": 15, "text": "c#"}]')
    assert read(content, labels=str(path))[0].yes == ("c#",)
    path.write_text("[]")
    with pytest.raises(TagledgerError, match="no list of label types"):
        read(content, labels=str(path))


def test_an_approved_old_record_without_a_label_is_none_applies_by_the_approver() -> None:
    record = {"text": "a", "annotations": [], "annotation_approver": "admin", "meta": {}}
    content = lines(record, {**record, "annotation_approver": None})
    answers = read(content)
    assert [(one.kind, one.by) for one in answers] == [("label", "admin"), ("unasked", None)]


def test_meta_data_stand_beside_or_in_meta() -> None:
    content = lines(
        {"id": 3, "text": "a", "label": ["cv"], "sample_id": "p-1", "dataset_version": "v1"},
        {"id": 4, "text": "b", "labels": ["cv"], "meta": {"sample_id": 5}},
        {"id": 5, "text": "c", "labels": ["cv"], "meta": '{"sample_id": "p-3"}'},
        {"id": 6, "text": "d", "label": ["cv"]},
    )
    answers = read(content)
    assert [one.item for one in answers] == ["p-1", "5", "p-3", None]
    assert answers[0].base == "v1"


def test_comments_are_the_note() -> None:
    content = lines(
        {"text": "a", "label": ["cv"], "Comments": ["one", "two"]},
        {"text": "b", "label": [], "Comments": [{"id": 1, "comment": "three"}]},
    )
    answers = read(content)
    assert [(one.kind, one.note) for one in answers] == [
        ("label", "one\ntwo"),
        ("comment", "three"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-be"])
def test_a_file_may_be_in_other_encodings(encoding: str) -> None:
    text = '{"text":"une idée","label":["café"]}\r\n\r\n{"text":"b","label":["thé"]}\r\n'
    file = ToolFile(Path("e.jsonl"), text.encode(encoding))
    assert TOOL.recognise(file)
    assert [one.yes for one in TOOL.read(file, Options(), [])] == [("café",), ("thé",)]


def test_a_list_of_records_is_read_as_lines_are() -> None:
    content = json.dumps([{"id": 1, "text": "a", "label": ["cv"], "Comments": []}]).encode()
    assert TOOL.recognise(ToolFile(Path("e.json"), content))
    assert kinds(read(content)) == [("label", ("cv",))]
    assert read(content)[0].place == "item 1"


@pytest.mark.parametrize(
    ("cell", "known", "tags"),
    [
        ("cv#nlp", [], ["cv", "nlp"]),
        ("c#", [], None),
        ("c#", ["c#"], ["c#"]),
        ("c#", ["c"], None),
        ("c##nlp", ["c#", "nlp"], ["c#", "nlp"]),
        ("c##nlp", ["c#", "c", "#nlp", "nlp"], ["c#", "nlp"]),  # #nlp would stand before c
        ("a##b", ["a#", "a", "#b", "b", "a##b"], None),
        ("b#a", ["a", "b", "b#a"], ["b#a"]),  # two tags would be in order
        ("a#b", ["a", "b", "a#b"], None),
        ("a#b", ["c"], ["a", "b"]),
        ("#".join("a" * 200), ["a", "a#a"], None),
    ],
)
def test_joined_labels_are_cut_only_where_it_is_sure(
    cell: str, known: list[str], tags: list[str] | None
) -> None:
    assert split_joined(cell, frozenset(known)) == tags


def test_a_table_joins_labels_and_refuses_what_may_be_several() -> None:
    content = b'id,text,label,Comments\n1,"a\nb",cv#nlp,\n2,c,,\n3,d,,odd\n'
    assert TOOL.recognise(ToolFile(Path("e.csv"), content))
    answers = read(content)
    assert kinds(answers) == [("label", ("cv", "nlp")), ("unasked", ()), ("comment", ())]
    assert [one.text for one in answers] == ["a\nb", "c", "d"]
    with pytest.raises(TagledgerError, match="'c#' may be read as tags in several ways") as caught:
        read(b"id,text,label,Comments\n7,a,c#,\n")
    assert str(caught.value.where).endswith("row 1")
    assert read(b"id,text,label,Comments\n7,a,c#,\n", tags=["c#"])[0].yes == ("c#",)


def test_an_old_table_has_a_row_a_label() -> None:
    header = "id,text,annotation_approver,label,user\n"
    content = f"{header}1,a,,15,1\n1,a,,16,1\n1,a,,15,2\n2,b,,15,1\n3,c,,,\n".encode()
    assert TOOL.recognise(ToolFile(Path("e.csv"), content))
    answers = read(content, labels="15=cv,16=nlp")
    assert [(one.text, one.by, one.yes) for one in answers] == [
        ("a", "1", ("cv", "nlp")),
        ("a", "2", ("cv",)),
        ("b", "1", ("cv",)),
        ("c", None, ()),
    ]
    assert answers[-1].kind == "unasked"


@pytest.mark.parametrize(
    ("content", "is_doccano"),
    [
        (b"text,label\na,cv\n", True),
        (b"text,label\na,cv#nlp\n", True),
        (b"text,label\na,cv;nlp\n", False),
        (b'text,label\na,"cv,nlp"\n', False),
        (b"text;label\na;cv\n", False),
        (b"id,text,label\n1,a,cv\n", False),  # a spreadsheet, whose ids are ours
        (b"id,text,tags,annotator,note\n1,a,cv,ann,\n", False),
        (b"label,text\ncv,a\n", False),
        (b'{"text": "a", "label": ["cv"]}', True),
        (b'{"text": "a", "label": "cv"}', False),
        (b'{"text": "a", "label": "cv", "answer": "accept"}', False),
        (b'{"text": "a", "cats": {"cv": 1}}', False),
        (b'{"text": "a"}', False),
        (b'[{"data": {"text": "a"}, "annotations": []}]', False),
        (b'[{"text": "a", "id": 1, "mood": "x", "annotation_id": 2, "labels": []}]', False),
        (b'{"text": "a", "label": ["cv"]}\n{"text": ', False),
        (b"", False),
        (b"PK\x03\x04broken", False),
        (zipped(readme_txt=b"x"), False),
        (zipped(ann_jsonl=b'{"text": "a", "label": ["cv"]}'), True),
        (zipped(result_json=b'[{"data": {"text": "a"}, "annotations": []}]'), False),
    ],
)
def test_a_file_is_known_by_what_is_in_it(content: bytes, is_doccano: bool) -> None:
    assert TOOL.recognise(ToolFile(Path("export"), content)) == is_doccano


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"text": "a", "label": ["cv"]}\n{"text": ', "line 2, column"),
        (b'{"text": "a", "label": ["cv"]}\n[]\n', "line 2"),
        (b'{"text": "a", "tags": []}\n', "line 1"),
        (b'{"text": "a", "annotations": [3]}\n', "line 1"),
        (b"[1]", "item 1"),
        (b"text,tags\na,b\n", "no column 'label'"),
        (b"text,label\na\n", "row 1"),
        (b"text,text\na,b\n", "the column 'text' is there twice"),
        (b"", "the file is empty"),
        (zipped(readme_txt=b"x"), "readme.txt is no export of doccano"),
        (zipped(), "the archive is empty"),
    ],
)
def test_what_cannot_be_read_says_what_and_where(content: bytes, said: str) -> None:
    with pytest.raises(TagledgerError) as caught:
        read(content)
    assert said in str(caught.value)


def test_items_have_equal_keys_and_no_label_that_would_be_an_answer() -> None:
    items = [
        Shown(id="p-1", title="T", text="a", labels=("cv",), suggestions=(("nlp", 0.9),)),
        Shown(id="p-2", title="Only a title"),
    ]
    job = Job(tags=("cv", "nlp"), campaign="first", base="v1", tax="ab", guideline="Do.")
    files = TOOL.write(items, job)
    first, second = (json.loads(line) for line in files["items.jsonl"].splitlines())
    own = {"sample_id": "p-1", "dataset_version": "v1", "campaign": "first", "tax": "ab"}
    shown = {"text": "T\n\na", "text_hash": text_hash("T", "a")}
    assert first == {**own, **shown, "label": [], "asked": ["cv", "nlp"]}
    assert list(second) == list(first)
    assert second["text"] == "Only a title"
    assert json.loads(files["label-types.json"]) == [{"text": "cv"}, {"text": "nlp"}]
    assert files["guideline.md"] == b"Do."


def test_what_doccano_would_refuse_is_refused_before() -> None:
    with pytest.raises(TagledgerError, match="more than 100 characters"):
        TOOL.write([], Job(tags=("t" * 101,)))
    with pytest.raises(TagledgerError, match="no item without a text: p-1"):
        TOOL.write([Shown(id="p-1")], Job(tags=("cv",)))
