"""Items are written for a tool, answered there, and read: nothing is lost but what it says."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagledger.annotation_tools import registry
from tagledger.annotation_tools.answers import Answer, Job, Options, Shown
from tagledger.annotation_tools.tool_file import ToolFile
from tagledger.events.canonical import text_hash
from tests.unit import tools_simulated as simulated
from tests.unit.tools_simulated import Reply

Case = tuple[list[Shown], Job, list[Reply]]
PEOPLE = ("ann@example.org", "bob")
LETTERS = st.characters(exclude_categories=("Cc", "Cs", "Cn", "Co"))
WORDS = st.text(LETTERS, min_size=1, max_size=12).filter(lambda word: bool(word.strip()))
TEXTS = st.text(st.one_of(LETTERS, st.sampled_from('\n\t",;#')), max_size=40)


@st.composite
def cases(draw: Any, words: st.SearchStrategy[str] = WORDS) -> Case:
    tags = tuple(draw(st.lists(words, min_size=1, max_size=5, unique=True)))
    ids = draw(st.lists(WORDS, min_size=1, max_size=4, unique=True))
    scores = st.floats(0, 1)
    items = [
        Shown(
            id=one,
            title=draw(st.one_of(st.just(""), WORDS)),
            text=draw(TEXTS) or "x",
            suggestions=tuple((tag, draw(scores)) for tag in tags[:1] if draw(st.booleans())),
        )
        for one in ids
    ]
    job = Job(tags=tags, campaign="first", base="v1.0.0", tax="0123456789abcdef")
    some = st.lists(st.sampled_from(tags), unique=True).map(tuple)
    replies = [
        Reply(one, person, draw(st.one_of(st.none(), some)), draw(st.sampled_from(["", "why?"])))
        for one in ids
        for person in PEOPLE
        if draw(st.booleans())
    ]
    return items, job, replies


def read(content: bytes, name: str, tool: str, **chosen: str) -> list[Answer]:
    """The answers of a file that is recognised, and by nobody else."""
    file = ToolFile(Path(name), content)
    assert tool == registry.recognise(Path(name), content).NAME
    return list(registry.own()[tool].read(file, Options(chosen=chosen), []))


def said(answers: Iterable[Answer], *, people: bool = True) -> list[tuple[Any, ...]]:
    """What answers say, in an order that does not matter."""
    return sorted(
        (one.item, one.by if people else "", one.kind, tuple(sorted(one.yes)), one.note or "")
        for one in answers
        if one.kind != "unasked"
    )


def meant(replies: Iterable[Reply], *, people: bool = True) -> list[tuple[Any, ...]]:
    return sorted(
        (
            one.item,
            one.by if people else "",
            "skip" if one.yes is None else "label",
            tuple(sorted(one.yes or ())),
            one.note,
        )
        for one in replies
    )


def is_of(answers: Iterable[Answer], items: list[Shown], job: Job) -> None:
    """Each answer knows its item, what was shown, and what it was made for."""
    shown = {item.id: text_hash(item.title, item.text) for item in items}
    for one in answers:
        assert one.item is not None
        assert one.text_hash == shown[one.item]
        assert (one.campaign, one.base, one.tax) == (job.campaign, job.base, job.tax)
        assert one.asked == job.tags


@given(cases(), st.sampled_from(["0.9", "1.0", "1.23"]), st.sampled_from(["choices", "taxonomy"]))
def test_label_studio_loses_nothing(case: Case, version: simulated.Version, control: str) -> None:
    items, job, replies = case
    job = Job(**{**vars(job), "options": {"control": control}})
    files = dict(registry.own()["label-studio"].write(items, job))
    answers = read(simulated.label_studio(files, replies, version), "e.json", "label-studio")
    is_of(answers, items, job)
    assert {one.item for one in answers} == {item.id for item in items}
    assert {one.text for one in answers} == {item.text for item in items}
    if version == "1.23":  # people are numbers there
        names = sorted({one.by for one in replies})
        replies = [Reply(one.item, str(names.index(one.by)), one.yes, one.note) for one in replies]
    people = version != "0.9"
    assert said(answers, people=people) == meant(replies, people=people)
    if version != "0.9":
        assert all(one.at and one.unique for one in answers if one.kind != "unasked")


@given(cases(), st.sampled_from(["json", "csv", "tsv"]))
def test_label_studio_s_short_forms_lose_what_is_empty_or_skipped(case: Case, kind: str) -> None:
    items, job, replies = case
    files = dict(registry.own()["label-studio"].write(items, job))
    exported = simulated.label_studio(files, replies, "1.0")
    if kind == "json":
        content = json.dumps(simulated.label_studio_rows(exported)).encode()
    else:
        content = simulated.label_studio_csv(exported, "," if kind == "csv" else "\t")
    if not simulated.label_studio_rows(exported):
        return  # an empty list is nobody's
    answers = read(content, f"e.{kind}", "label-studio")
    is_of(answers, items, job)
    kept = [one for one in replies if one.yes]
    assert said(one for one in answers if one.kind == "label") == meant(kept)
    assert all(one.kind != "skip" for one in answers)


@given(cases(), st.sampled_from(["jsonl", "json"]), st.booleans())
def test_doccano_loses_skips_times_and_unless_confirmed_the_empty(
    case: Case, kind: Literal["jsonl", "json"], confirmed: bool
) -> None:
    items, job, replies = case
    files = dict(registry.own()["doccano"].write(items, job))
    exported = simulated.doccano(files, replies, kind, confirmed=confirmed)
    if not any(one.yes is not None for one in replies):
        return  # no member, or only empty ones
    chosen = {"confirmed": "yes"} if confirmed else {}
    answers = list(
        registry.own()["doccano"].read(
            ToolFile(Path("e.zip"), exported), Options(chosen=chosen), []
        )
    )
    is_of(answers, items, job)
    kept = [one for one in replies if one.yes or (confirmed and one.yes is not None)]
    assert said(one for one in answers if one.kind == "label") == meant(kept)
    assert all(one.kind != "skip" for one in answers)


WITHOUT_HASH = WORDS.filter(lambda word: "#" not in word)


@given(cases(WITHOUT_HASH))
def test_doccano_s_table_keeps_labels_that_have_no_hash_sign(case: Case) -> None:
    items, job, replies = case
    if not replies:
        return
    files = dict(registry.own()["doccano"].write(items, job))
    exported = simulated.doccano(files, replies, "csv")
    answers = read(exported, "e.zip", "doccano")
    is_of(answers, items, job)
    kept = [one for one in replies if one.yes]
    assert said(one for one in answers if one.kind == "label") == meant(kept)


@given(cases(), st.booleans())
def test_prodigy_loses_notes_and_if_it_is_old_names_and_times(case: Case, old: bool) -> None:
    items, job, replies = case
    files = dict(registry.own()["prodigy"].write(items, job))
    replies = [Reply(one.item, one.by, one.yes) for one in replies]
    if not replies:
        return
    answers = read(simulated.prodigy(files, replies, old=old), "e.jsonl", "prodigy")
    is_of(answers, items, job)
    assert said(answers, people=not old) == meant(replies, people=not old)
    assert all(bool(one.at) != old for one in answers)


@pytest.mark.parametrize(
    ("tool", "name"),
    [("label-studio", "tasks.json"), ("doccano", "items.jsonl"), ("prodigy", "items.jsonl")],
)
@given(case=cases())
def test_what_comes_back_untouched_answers_nothing(tool: str, name: str, case: Case) -> None:
    items, job, _ = case
    files = registry.own()[tool].write(items, job)
    assert next(iter(files)) == name
    answers = read(files[name], name, tool)
    assert [(one.item, one.kind) for one in answers] == [(item.id, "unasked") for item in items]
    is_of(answers, items, job)


@given(cases())
def test_the_configuration_of_label_studio_has_each_tag_as_an_alias(case: Case) -> None:
    items, job, _ = case
    files = registry.own()["label-studio"].write(items, job)
    root = ET.fromstring(files["labelling.xml"])
    choices = root.findall("Choices/Choice")
    assert [one.get("alias") for one in choices] == list(job.tags)
    assert not any(re.search(r"\$\S", str(one.get("value"))) for one in choices)


@given(cases(), st.sampled_from(["jsonl", "json", "csv"]))
def test_a_shared_annotation_of_doccano_is_of_nobody(
    case: Case, kind: Literal["jsonl", "json", "csv"]
) -> None:
    items, job, replies = case
    files = dict(registry.own()["doccano"].write(items, job))
    exported = simulated.doccano(files, replies, kind, shared=True)
    options = Options(tags=frozenset(job.tags), chosen={})
    if kind == "csv" and any("#" in tag for tag in job.tags):
        return
    answers = list(registry.own()["doccano"].read(ToolFile(Path("e.zip"), exported), options, []))
    assert all(one.by is None for one in answers)
    assert len(answers) == len(items)
