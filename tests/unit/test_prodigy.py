"""Prodigy's files: each trap in a file of a few lines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tagledger.annotation_tools import registry
from tagledger.annotation_tools.answers import Answer, Job, Options, Shown
from tagledger.annotation_tools.tool_file import ToolFile
from tagledger.errors import TagledgerError
from tagledger.events.canonical import text_hash

TOOL = registry.own()["prodigy"]
OPTIONS = [{"id": "cv", "text": "vision"}, {"id": "nlp", "text": "language"}]

Said = tuple[str, tuple[str, ...], tuple[str, ...] | None]


def lines(*records: dict[str, Any]) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def read(*records: dict[str, Any], notes: list[str] | None = None, **chosen: str) -> list[Answer]:
    file = ToolFile(Path("export.jsonl"), lines(*records))
    assert TOOL.recognise(file)
    return list(TOOL.read(file, Options(chosen=chosen), [] if notes is None else notes))


def said(answers: Sequence[Answer]) -> list[Said]:
    return [(one.kind, one.yes, one.asked) for one in answers]


def choice(answer: str | None = "accept", text: str = "a", **more: Any) -> dict[str, Any]:
    made = {"text": text, "options": OPTIONS, "_input_hash": 1, "_task_hash": 2}
    return {**made, **({} if answer is None else {"answer": answer}), **more}


BOTH = ("cv", "nlp")


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        (choice(accept=["cv"]), ("label", ("cv",), BOTH)),
        (choice(accept=[]), ("label", (), BOTH)),
        (choice(), ("label", (), BOTH)),
        (choice("ignore", accept=["cv"]), ("skip", (), BOTH)),
        (choice("ignore", accept=[]), ("skip", (), BOTH)),
        (choice("reject", accept=[]), ("skip", (), BOTH)),  # it says no to no tag
        (choice("reject", accept=["cv"]), ("skip", (), BOTH)),
        (choice(None, accept=["cv"]), ("unasked", (), BOTH)),  # a suggestion that stayed ticked
        (choice(accept=["new"]), ("label", ("new",), (*BOTH, "new"))),
        (choice(accept="cv"), ("label", ("cv",), BOTH)),
    ],
)
def test_a_choice_asks_for_its_options(line: dict[str, Any], meant: Said) -> None:
    assert said(read(line)) == [meant]


def test_options_differ_from_line_to_line_and_may_be_numbers() -> None:
    other = {"options": [{"id": 1, "html": "<b>one</b>"}, {"id": "NIL", "text": "none"}]}
    answers = read(choice(accept=["cv"]), choice(accept=[1], **other))
    assert said(answers) == [("label", ("cv",), BOTH), ("label", ("1",), ("1", "NIL"))]


@pytest.mark.parametrize(
    ("answer", "meant"),
    [
        ("accept", ("label", ("cv",), ("cv",))),
        ("reject", ("label", (), ("cv",))),
        ("ignore", ("skip", (), ("cv",))),
    ],
)
def test_a_line_with_a_label_asks_for_that_tag_alone(answer: str, meant: Said) -> None:
    assert said(read({"text": "a", "label": "cv", "answer": answer})) == [meant]


@pytest.mark.parametrize(
    ("answer", "meant"),
    [
        ({}, ("label", ("cv",), ("cv", "nlp", "web"))),
        ({"answer": "accept"}, ("label", ("cv",), ("cv", "nlp", "web"))),
        ({"answer": "reject"}, ("skip", (), ("cv", "nlp", "web"))),
    ],
)
def test_the_keys_of_cats_were_asked(answer: dict[str, str], meant: Said) -> None:
    cats = {"cv": 1, "nlp": 0.0, "web": False}
    assert said(read({"text": "a", "cats": cats, **answer})) == [meant]


def test_labels_of_spans_are_tags_of_the_item_each_once() -> None:
    spans = [{"start": 0, "end": 1, "label": "ORG"}, {"start": 2, "end": 3, "label": "ORG"}]
    line = {"text": "a b", "spans": spans, "answer": "accept"}
    answers = read(line, {**line, "text": "b", "answer": "reject"}, {**line, "spans": []})
    assert said(answers)[0] == ("label", ("ORG",), None)
    assert said(answers)[1] == ("skip", (), None)
    assert read(choice(accept=[], spans=spans))[0].yes == ()  # spans that a choice is about


def test_of_two_answers_the_later_counts_also_without_a_time() -> None:
    notes: list[str] = []
    first, second = read(choice(accept=["cv"]), choice(accept=["nlp"], _task_hash=3), notes=notes)
    assert (first.replaces, second.replaces) == ((), ("line 1",))
    assert "no time says which holds" in notes[0]
    timed = [choice(accept=[tag], _timestamp=at) for at, tag in enumerate(BOTH)]
    assert [one.replaces for one in read(*timed)] == [(), ()]
    assert [one.at for one in read(*timed)] == ["1970-01-01T00:00:00Z", "1970-01-01T00:00:01Z"]


def test_answers_to_other_questions_do_not_replace_each_other() -> None:
    made = [{"text": "a", "label": tag, "answer": "reject"} for tag in BOTH]
    assert [one.replaces for one in read(*made)] == [(), ()]
    again = read(*made, {**made[0], "answer": "accept"})
    assert [one.replaces for one in again] == [(), (), ("line 1",)]


@pytest.mark.parametrize(
    ("names", "by"),
    [
        ({"_annotator_id": "set-ann", "_session_id": "set-x"}, "set-ann"),
        ({"_session_id": "set-ann"}, "set-ann"),
        ({"_session_id": None}, None),
        ({"_session_id": "2021-07-15_10-55-41"}, None),
        ({"_annotator_id": "2021-07-15_10-55-41", "_session_id": "2021-07-15_10-55-41"}, None),
        ({}, None),
    ],
)
def test_a_session_that_is_named_by_a_time_names_nobody(
    names: dict[str, str | None], by: str | None
) -> None:
    assert read(choice(**names))[0].by == by


def test_the_text_may_be_in_html_or_be_an_address() -> None:
    line = {"answer": "accept", "label": "cv"}
    answers = read(
        {**line, "html": "<p>Kafka &amp; <b>Brod</b></p>"},
        {**line, "image": "a.jpg"},
        {**line, "image": "data:image/png;base64,AAAA", "path": "b.png"},
        {**line, "image": "data:image/png;base64,AAAA"},
        {**line, "text": "a\t"},
    )
    assert [one.text for one in answers] == ["Kafka & Brod", "a.jpg", "b.png", None, "a\t"]


def test_the_items_id_stands_in_meta_or_in_the_line() -> None:
    lone = {"text": "a", "label": "cv", "answer": "accept", "meta": {"ref": 5}}
    answers = read(choice(meta={"sample_id": "p-1"}), choice(sample_id=7), lone)
    assert [one.item for one in answers] == ["p-1", "7", None]
    assert read(lone, id="ref")[0].item == "5"


def test_what_was_written_in_a_field_is_the_note() -> None:
    assert read(choice(user_input="why?"))[0].note == "why?"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_a_file_may_be_in_other_encodings(encoding: str) -> None:
    text = '{"text":"une idée","label":"café","answer":"accept"}\r\n'
    file = ToolFile(Path("e.jsonl"), text.encode(encoding))
    assert TOOL.recognise(file)
    assert [one.yes for one in TOOL.read(file, Options(), [])] == [("café",)]


def test_a_list_of_lines_is_read_too() -> None:
    file = ToolFile(Path("e.json"), json.dumps([choice(accept=["cv"])]).encode())
    assert TOOL.recognise(file)
    assert [one.place for one in TOOL.read(file, Options(), [])] == ["task 1"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"text": "a"}',
        b'{"text": "a", "label": ["cv"]}',
        b'{"text": "a", "cats": ["cv"]}',
        b'{"text": "a", "answer": "yes"}',
        b'[{"data": {"text": "a"}, "annotations": []}]',
        b"text,answer\na,accept\n",
        b"PK\x03\x04broken",
    ],
)
def test_other_files_are_not_prodigy_s(content: bytes) -> None:
    assert not TOOL.recognise(ToolFile(Path("export.jsonl"), content))


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b'{"text": "a", "answer": "accept"}\n{"text": "b", ', "line 2, column"),
        (b'{"text": "a", "answer": "accept"}\n"b"\n', "line 2"),
        (b'[{"text": "a", "answer": "accept"}, 3]', "task 2"),
    ],
)
def test_what_cannot_be_read_says_where(content: bytes, place: str) -> None:
    with pytest.raises(TagledgerError) as caught:
        list(TOOL.read(ToolFile(Path("export.jsonl"), content), Options(), []))
    assert place in str(caught.value.where)


def test_a_task_has_the_tags_as_options_and_ticks_suggestions() -> None:
    items = [Shown(id="p-1", title="T", text="a", suggestions=(("nlp", 0.9), ("cv", 0.4)))]
    items.append(Shown(id="p-2", suggestions=(("nlp", 0.21),)))
    job = Job(tags=BOTH, campaign="first", base="v1", tax="ab", guideline="Do.")
    files = TOOL.write(items, job)
    first, second = (json.loads(line) for line in files["items.jsonl"].splitlines())
    assert first == {
        "text": "T\n\na",
        "options": [{"id": "cv", "text": "cv"}, {"id": "nlp", "text": "nlp"}],
        "accept": ["nlp"],
        "meta": {"sample_id": "p-1"},
        "dataset_version": "v1",
        "campaign": "first",
        "tax": "ab",
        "text_hash": text_hash("T", "a"),
        "config": {"choice_style": "multiple"},
    }
    assert "accept" not in second
    assert files["guideline.md"] == b"Do."
