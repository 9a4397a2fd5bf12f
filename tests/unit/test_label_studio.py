"""Label Studio's files: each trap in a file of a few lines."""

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

TOOL = registry.own()["label-studio"]


def read(content: Any, notes: list[str] | None = None, **chosen: str) -> list[Answer]:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    options = Options(chosen=chosen)
    return list(
        TOOL.read(ToolFile(Path("export.json"), data), options, [] if notes is None else notes)
    )


def choices(*names: str, group: str = "tags", **more: Any) -> dict[str, Any]:
    row = {"from_name": group, "to_name": "text", "type": "choices"}
    return {"id": f"c-{group}", **row, "value": {"choices": list(names)}, **more}


def labels(*names: str, group: str = "label", **more: Any) -> dict[str, Any]:
    value = {"start": 0, "end": 4, "text": "Some", "labels": list(names)}
    return {
        "id": "r1",
        "from_name": group,
        "to_name": "text",
        "type": "labels",
        "value": value,
        **more,
    }


def task(*results: Any, text: str = "Some text", **more: Any) -> dict[str, Any]:
    made = [{"id": at, "result": result, **more} for at, result in enumerate(results, 1)]
    return {"id": 71, "data": {"text": text}, "annotations": made}


def kinds(answers: Sequence[Answer]) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.kind, one.yes) for one in answers]


def test_the_three_kinds_of_no_label_stay_three() -> None:
    none, skipped = task([]), task([], was_cancelled=True)
    unanswered = task()
    assert kinds(read([none, skipped, unanswered])) == [
        ("label", ()),
        ("skip", ()),
        ("unasked", ()),
    ]


@pytest.mark.parametrize("flag", ["was_cancelled", "skipped"])
def test_the_flag_decides_a_skip_also_where_the_result_is_full(flag: str) -> None:
    assert kinds(read([task([choices("cv")], **{flag: True})])) == [("skip", ())]
    assert kinds(read([task([choices("cv")], **{flag: False})])) == [("label", ("cv",))]


def test_a_file_of_version_0_has_completions_without_person_and_with_seconds() -> None:
    made = [{"id": 1, "result": [choices("cv")], "created_at": 1626339341, "lead_time": 3.5}]
    (answer,) = read([{"id": 0, "data": {"text": "a"}, "completions": made}])
    assert (answer.kind, answer.by, answer.unique) == ("label", None, None)
    assert (answer.at, answer.seconds) == ("2021-07-15T08:55:41Z", 3.5)


def test_one_completion_without_a_time_takes_back_the_one_before() -> None:
    notes: list[str] = []
    first, second = read([task([choices("cv")], [choices("nlp")])], notes)
    assert (first.replaces, second.replaces) == ((), ("task 1, annotation 1",))
    assert "no time says which holds" in notes[0]


@pytest.mark.parametrize(
    ("completed_by", "name"),
    [
        (3, "3"),
        ({"id": 3, "email": "ann@example.org", "first_name": "A"}, "ann@example.org"),
        ({"id": 3, "email": "", "first_name": "Ann", "last_name": "Lee"}, "Ann Lee"),
        ({"id": 3, "username": "ann"}, "ann"),
        ({"id": 3}, "3"),
        ([{"id": 3}], "3"),
        ({}, None),
        (None, None),
    ],
)
def test_who_answered_is_a_number_an_object_or_absent(completed_by: Any, name: str | None) -> None:
    assert read([task([], completed_by=completed_by)])[0].by == name
    assert read([task([])])[0].by is None


def test_an_old_file_names_people_beside() -> None:
    assert read([task([], created_username=" ann@example.org, 1")])[0].by == "ann@example.org"


def test_the_time_of_an_answer_is_that_of_its_last_change() -> None:
    when = {"created_at": "2026-11-25T10:00:00.123456Z", "updated_at": "2026-11-25T12:30:00+01:00"}
    assert read([task([], **when)])[0].at == "2026-11-25T11:30:00Z"
    del when["updated_at"]
    assert read([task([], **when)])[0].at == "2026-11-25T10:00:00.123456Z"


def test_an_answer_without_a_unique_id_has_its_number_and_its_time() -> None:
    assert read([task([], unique_id="u-1", created_at="2026-11-25T10:00:00Z")])[0].unique == "u-1"
    made = read([task([], created_at="2026-11-25T10:00:00Z")])[0].unique
    assert made == "1@2026-11-25T10:00:00Z"
    assert read([task([])])[0].unique is None  # numbers begin at 1 in each project


def test_the_items_id_is_ours_and_never_the_tool_s() -> None:
    assert read([task([])])[0].item is None
    ours = {**task([]), "data": {"sample_id": 7, "text": "a"}}
    assert read([ours])[0].item == "7"
    in_meta = {**task([]), "meta": {"sample_id": "p-1"}}
    assert read([in_meta])[0].item == "p-1"
    named = {**task([]), "data": {"ref": "p-2", "text": "a"}}
    assert read([named], id="ref")[0].item == "p-2"


def test_the_text_is_found_by_its_name_or_because_no_other_is_text() -> None:
    def text(data: dict[str, Any], **chosen: str) -> str | None:
        return read([{**task([]), "data": data}], **chosen)[0].text

    assert text({"category": "x", "text": "a"}) == "a"
    assert text({"ID": "x", "URL": "http://example.org/a.jpg"}) == "http://example.org/a.jpg"
    assert text({"one": "a", "number": 3}) == "a"
    assert text({"one": "a", "two": "b"}) is None
    assert text({"one": "a", "two": "b"}, text="two") == "b"


def test_the_field_that_was_shown_may_be_named_by_the_rows() -> None:
    data = {"tweet": "a", "title": "b"}
    row = choices("cv")
    assert read([{**task([row]), "data": data}])[0].text == "b"
    assert read([{**task([{**row, "to_name": "tweet"}]), "data": data}])[0].text == "a"
    old = [{**task([{**row, "source": "$tweet"}]), "data": data}, {**task(), "data": data}]
    assert [one.text for one in read(old)] == ["a", "a"]


def test_rows_without_a_value_are_passed_over() -> None:
    relation = {"type": "relation", "from_id": "r1", "to_id": "r2", "labels": ["of"]}
    assert kinds(read([task([relation, choices("cv")])])) == [("label", ("cv",))]


def test_labels_on_regions_are_tags_of_the_item_each_once() -> None:
    box = {"rectanglelabels": ["cat"], "x": 1, "y": 1, "width": 2, "height": 2}
    boxes = {"id": "b", "from_name": "tag", "type": "rectanglelabels", "value": box}
    made = read([task([labels("cat"), labels("dog", id="r2"), {**boxes, "from_name": "label"}])])
    assert kinds(made) == [("label", ("cat", "dog"))]


def test_choices_that_share_an_id_with_a_region_are_about_the_region() -> None:
    notes: list[str] = []
    about = choices("blurred", group="quality", id="r1")
    tasks = [task([labels("cat"), about]), task([choices("old", group="age")])]
    assert kinds(read(tasks, notes)) == [("label", ("cat",)), ("label", ("old",))]
    assert "1 choice is about a region" in notes[0]
    assert kinds(read(tasks, group="quality"))[0] == ("label", ("blurred",))


def test_choices_with_a_place_of_their_own_are_about_it() -> None:
    about = choices("blurred")
    about["value"] |= {"start": 0, "end": 4}
    assert kinds(read([task([about])])) == [("unasked", ())]


def test_a_tag_of_two_groups_is_named_with_its_group() -> None:
    both = task([choices("other", "cv"), choices("other", group="mood")])
    assert kinds(read([both])) == [("label", ("tags: other", "cv", "mood: other"))]
    assert kinds(read([both], group="mood")) == [("label", ("other",))]


def test_a_group_that_is_chosen_and_left_empty_is_none_applies() -> None:
    tasks = [task([choices("cv")]), task([choices("sad", group="mood")])]
    assert kinds(read(tasks, group="mood")) == [("label", ()), ("label", ("sad",))]
    with pytest.raises(TagledgerError, match="no group of tags 'mod'") as caught:
        read(tasks, group="mod")
    assert "did you mean mood?" in caught.value.hint


def test_a_tag_of_a_tree_is_its_last_name_unless_that_stands_twice() -> None:
    row = choices()
    row |= {"type": "taxonomy", "value": {"taxonomy": [["animal", "cat"], ["plant"]]}}
    assert kinds(read([task([row])])) == [("label", ("cat", "plant"))]
    row["value"] = {"taxonomy": [["animal", "other"], ["plant", "other"], ["plant"]]}
    assert kinds(read([task([row])])) == [("label", ("animal/other", "plant/other", "plant"))]


def test_a_choice_is_neither_stripped_nor_split() -> None:
    name = 'Yes " "" \n \t ж, д; щ \n'
    assert kinds(read([task([choices(name)])])) == [("label", (name,))]


def test_free_text_about_the_item_is_the_note() -> None:
    text = {"from_name": "why", "type": "textarea", "value": {"text": ["unsure", "ask Bob"]}}
    of_region = {"id": "r1", "type": "textarea", "value": {"text": ["cropped"]}}
    (answer,) = read([task([choices("cv"), text, labels("cat"), of_region])])
    assert answer.note == "unsure\nask Bob"
    assert kinds(read([task([text])])) == [("comment", ())]  # nobody asked for a tag


def test_regions_without_a_label_do_not_say_that_none_applies() -> None:
    box = {"id": "b", "type": "rectangle", "value": {"x": 1, "y": 1, "width": 2, "height": 2}}
    assert kinds(read([task([box])])) == [("unasked", ())]


def test_predictions_drafts_and_reviews_are_no_answers() -> None:
    notes: list[str] = []
    draft = {**task(), "drafts": [{"result": [choices("cv")]}], "predictions": [12]}
    predicted = {**task(), "predictions": [{"result": [choices("nlp")]}]}
    assert kinds(read([draft, predicted], notes)) == [("unasked", ()), ("unasked", ())]
    assert notes == ["1 task has a draft that was not submitted"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
def test_a_file_may_be_in_other_encodings(encoding: str) -> None:
    text = json.dumps([task([choices("café")], text="une idée")], ensure_ascii=False)
    file = ToolFile(Path("e.json"), text.encode(encoding))
    assert TOOL.recognise(file)
    (answer,) = TOOL.read(file, Options(), [])
    assert (answer.text, answer.yes) == ("une idée", ("café",))


def test_one_task_by_itself_and_halves_of_characters_are_read() -> None:
    text = json.dumps(task([choices("cv")], text="x")).replace('"x"', '"\\ud83d!"')
    assert read(text.encode())[0].text == "?!"


ROWS: dict[str, Any] = {
    "annotator": 1,
    "annotation_id": 9,
    "created_at": "2026-11-25T10:00:00Z",
    "updated_at": "2026-11-25T10:00:05Z",
    "lead_time": 4,
}


def rows(*values: Any, group: str = "mood", **data: Any) -> list[dict[str, Any]]:
    """JSON_MIN: the data, `id`, the group's value unless it is absent, and what stands beside."""
    return [
        {"text": f"t{at}", **data, "id": at, **({} if one is None else {group: one}), **ROWS}
        for at, one in enumerate(values)
    ]


def test_the_short_json_has_its_answers_between_id_and_annotator() -> None:
    notes: list[str] = []
    several = {"choices": ["sad", "old"]}
    answers = read(rows("glad", several, None, source="web"), notes)
    assert kinds(answers) == [("label", ("glad",)), ("label", ("sad", "old")), ("unasked", ())]
    assert [one.text for one in answers] == ["t0", "t1", "t2"]
    assert (answers[0].by, answers[0].at) == ("1", "2026-11-25T10:00:05Z")
    assert (answers[0].unique, answers[0].seconds) == ("9@2026-11-25T10:00:00Z", 4)
    assert "taken from the column mood" in notes[0]


def test_the_short_json_has_regions_with_labels() -> None:
    regions = [{"start": 1, "labels": ["pump"]}, {"start": 2, "labels": ["pump", "leak"]}]
    assert kinds(read(rows(regions, []))) == [("label", ("pump", "leak")), ("unasked", ())]


def test_the_short_json_may_hold_what_people_wrote_beside() -> None:
    made = [
        {"text": "a", "id": at, "mood": ["glad", "sad"][at % 2], "why": f"because of {at}", **ROWS}
        for at in range(12)
    ]
    answers = read(made)
    assert {one.yes for one in answers} == {("glad",), ("sad",)}
    assert answers[3].note == "because of 3"


def test_an_id_among_the_data_says_nothing_of_the_place_of_an_answer() -> None:
    made = [
        {"id": at, "text": f"t{at}", "shop": "a", "mood": {"choices": ["x", "y"]}, **ROWS}
        for at in range(4)
    ]
    assert {one.yes for one in read(made)} == {("x", "y")}


def table(*lines: str, separator: str = ",") -> bytes:
    return "\n".join(line.replace("|", separator) for line in lines).encode()


HEADER = "annotation_id|annotator|created_at|id|lead_time|mood|text|updated_at"
ROW = "9|ann@example.org|2026-11-25T10:00:00Z|1|4.5|{}|{}|2026-11-25T10:00:05Z"


@pytest.mark.parametrize("separator", [",", "\t"])
def test_a_table_has_the_answer_in_a_column(separator: str) -> None:
    several = '"{""choices"":[""sad"",""old""]}"'
    lines = [HEADER, ROW.format("glad", "a"), ROW.format(several, "b"), ROW.format("", "c")]
    answers = read(table(*lines, separator=separator))
    assert kinds(answers) == [("label", ("glad",)), ("label", ("sad", "old")), ("unasked", ())]
    assert [one.text for one in answers] == ["a", "b", "c"]
    assert answers[0].by == "ann@example.org"


def test_a_column_of_lone_choices_is_known_by_what_repeats() -> None:
    lines = [
        ROW.format(mood, text) for text, mood in zip("abcdef", ["glad", "sad"] * 3, strict=True)
    ]
    assert [one.yes for one in read(table(HEADER, *lines))] == [("glad",), ("sad",)] * 3


def test_a_table_with_two_such_columns_is_refused_until_one_is_named() -> None:
    header = HEADER.replace("mood", "mood|shop")
    lines = [ROW.format(f"{mood}|web", "abcd"[at]) for at, mood in enumerate(["glad", "sad"] * 2)]
    with pytest.raises(TagledgerError, match="mood and shop") as caught:
        read(table(header, *lines))
    assert "--option group=mood" in caught.value.hint
    assert read(table(header, *lines), group="shop")[0].yes == ("web",)
    with pytest.raises(TagledgerError, match="no column 'mod'"):
        read(table(header, *lines), group="mod")


def test_a_table_may_lack_its_answers_which_is_no_none() -> None:
    notes: list[str] = []
    header, row = HEADER.replace("|mood", ""), ROW.replace("|{}", "", 1)
    assert kinds(read(table(header, row.format("a")), notes)) == [("unasked", ())]
    assert "made without the labelling configuration" in notes[0]


def test_a_field_that_a_group_has_too_is_renamed_in_a_table() -> None:
    header = HEADER.replace("mood|text", "text|_data_text")
    answers = read(table(header, ROW.format("glad", "a"), ROW.format("sad", "b")))
    assert [(one.yes, one.text) for one in answers] == [(("glad",), "a"), (("sad",), "b")]


def test_cells_have_line_breaks_and_other_signs() -> None:
    (answer,) = read(table(HEADER, ROW.format('"{""choices"":[""x""]}"', '"a\r\n\x0c\u2028b"')))
    assert (answer.text, answer.yes) == ("a\r\n\x0c\u2028b", ("x",))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'[{"data": {"text": "a"}, "annotations": [', "line 1, column"),
        (b'[{"data": {"text": "a"}, "annotations": [3]}]', "task 1"),
        (b'[{"data": {"text": "a"}, "annotations": [{"result": [4]}]}]', "task 1, annotation 1"),
        (b'[{"data": {"text": "a"}}, {"text": "b"}]', "task 2"),
        (b"[1]", "neither a list of tasks nor a table"),
        (b'{"a": 1}', "neither a list of tasks nor a table"),
        (b"text,label\na,b\n", "neither a list of tasks nor a table"),
        (table(HEADER, "9|ann"), "row 1"),
        (table(HEADER, ROW.format("x", '"a')), "this is no table"),
        (b"[" * 100_000, "this is not JSON"),
        (b"", "the file is empty"),
        (b"[\xc3\xa9\x81\xd0\x98]", "this is not UTF-8"),
        (b"%PDF-1.7", "a PDF document"),
    ],
)
def test_what_cannot_be_read_says_what_and_where(content: bytes, said: str) -> None:
    with pytest.raises(TagledgerError) as caught:
        read(content)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"[1]",
        b"text,label\na,b\n",
        b"id,text,tags,annotator,note\n1,a,cv,ann,\n",
        b'{"text": "a", "label": ["cv"]}\n',
        b'{"text": "a", "answer": "accept", "_task_hash": 1}\n',
        b'[{"image": "a.jpg", "annotations": []}]',
        b'[{"data": {"text": "a"}}]',
        b"PK\x03\x04broken",
    ],
)
def test_other_files_are_not_label_studio_s(content: bytes) -> None:
    assert not TOOL.recognise(ToolFile(Path("export.json"), content))


def test_an_archive_with_the_export_is_read(tmp_path: Path) -> None:
    import zipfile

    path = tmp_path / "project.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("result.json", json.dumps([task([choices("cv")])]))
        archive.writestr("images/a.jpg", b"\xff\xd8\xff")
    assert registry.recognise(path) is TOOL
    assert kinds(list(TOOL.read(ToolFile(path), Options(), []))) == [("label", ("cv",))]


def test_tasks_have_what_was_shown_and_the_configuration_the_tags() -> None:
    items = [Shown(id="p-1", title="T", text="a", suggestions=(("nlp", 0.9), ("cv", 0.5)))]
    job = Job(tags=("cv", "a<b", "$x"), campaign="first", base="v1", tax="ab", guideline="Do.")
    files = TOOL.write(items, job)
    (made,) = json.loads(files["tasks.json"])
    own = {"sample_id": "p-1", "dataset_version": "v1", "campaign": "first", "tax": "ab"}
    shown = {"text": "a", "title": "T", "text_hash": text_hash("T", "a")}
    assert made["data"] == {**own, **shown, "asked": ["cv", "a<b", "$x"]}
    row = {"from_name": "tags", "to_name": "text", "type": "choices"}
    assert made["predictions"] == [
        {
            "model_version": "suggestions",
            "score": 0.5,
            "result": [{**row, "value": {"choices": ["nlp", "cv"]}}],
        }
    ]
    assert "annotations" not in made
    configuration = files["labelling.xml"].decode()
    assert '<Choices name="tags" toName="text" choice="multiple">' in configuration
    assert '<Choice value="a&lt;b" alias="a&lt;b"/>' in configuration
    assert '<Choice value="$ x" alias="$x"/>' in configuration
    assert files["guideline.md"] == b"Do."


def test_what_is_unlikely_is_not_ticked() -> None:
    items = [
        Shown(id="p-1", text="a", suggestions=(("nlp", 0.9), ("cv", 0.49))),
        Shown(id="p-2", text="b", suggestions=(("cv", 0.21),)),
    ]
    first, second = json.loads(TOOL.write(items, Job(tags=("cv", "nlp")))["tasks.json"])
    (made,) = first["predictions"]
    assert made["score"] == 0.9
    assert made["result"][0]["value"] == {"choices": ["nlp"]}
    assert second["predictions"] == []


def test_many_tags_are_a_tree_with_a_search() -> None:
    job = Job(tags=tuple(f"t{at}" for at in range(41)))
    item = Shown(id="p-1", text="a", suggestions=(("t1", 0.5),))
    files = TOOL.write([item], job)
    assert b'<Taxonomy name="tags" toName="text">' in files["labelling.xml"]
    result = json.loads(files["tasks.json"])[0]["predictions"][0]["result"]
    assert result[0]["value"] == {"taxonomy": [["t1"]]}


def test_a_tag_that_xml_cannot_hold_and_a_control_that_does_not_exist_are_refused() -> None:
    with pytest.raises(TagledgerError, match="control characters"):
        TOOL.write([], Job(tags=("a\x00",)))
    with pytest.raises(TagledgerError, match="no value of control"):
        TOOL.write([], Job(tags=("a",), options={"control": "radio"}))
