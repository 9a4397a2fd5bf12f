"""Why a label came or went where people answered, and who they are."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tagledger.compare.annotations import ADJUDICATED, DECIDED
from tagledger.compare.people_in_words import behind, renamed_by
from tagledger.compare.result import Comparison
from tagledger.dataset import Dataset
from tagledger.layers import LAYERS
from tagledger.params import AnnotateParams
from tagledger.render.comparison_csv import comparison_tables
from tagledger.render.comparison_json import comparison_document
from tagledger.render.comparison_markdown import comparison_markdown
from tagledger_dashboard.views import changes
from tagledger_dashboard.views.changes import Wanted
from tests.conftest import examples
from tests.sides import Said, compared, labelled_version, version
from tests.unit.test_causes import causes, check, keep, rules, swapped

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "compare.schema.json").read_text())
E1, E2, E3, E4 = (digit * 16 for digit in "1234")
YES = ("labelled", True, "ann", E1)
NO = ("labelled", False, "ann", E1)


def people(a: Dataset, b: Dataset) -> list[tuple[Any, ...]]:
    """(cause, name, gained, lost) of each person."""
    return list(compared(a, b).annotators().itertuples(index=False, name=None))


LATER: list[Any] = ["annotated", "filtered"]


@pytest.mark.parametrize("layer", LATER)
def test_an_answer_brings_a_label_and_takes_one(layer: Any) -> None:
    a = version({1: ["nlp", "cv"], 2: ["nlp"]})
    b = version({1: ["nlp", "cv"], 2: ["nlp"]}, said=Said({(1, "cv"): NO, (2, "cv"): YES}))
    check(a, b, ["1 -cv annotated", "2 +cv annotated"], layer)
    check(a, b, [], "clean")
    assert people(a, b) == people(b, a) == [("annotated", "ann", 1, 1)]


def test_what_is_not_decided_leaves_what_the_source_says() -> None:
    said = Said({(1, "cv"): ("disputed", False, "ann bob", f"{E1} {E2}")})
    check(version({1: ["nlp", "cv"]}), version({1: ["nlp", "cv"]}, said=said), [])


def test_an_answer_that_confirms_the_source_outlives_an_edit_of_it() -> None:
    a = version({1: ["nlp", "cv"]}, said=Said({(1, "cv"): YES}))
    check(a, version({1: ["nlp"]}, said=Said({(1, "cv"): YES})), [])
    # Without the answer the label is gone, though the source lost it first.
    check(a, version({1: ["nlp"]}), ["1 -cv annotated"])


def test_an_edit_of_the_source_is_blamed_for_what_nobody_answered() -> None:
    a = version({1: ["nlp", "cv"], 2: ["nlp"]}, said=Said({(2, "cv"): YES}))
    b = version({1: ["nlp"], 2: ["nlp"]}, said=Said({(2, "cv"): YES}))
    check(a, b, ["1 -cv source_edited"])


@pytest.mark.parametrize("state", ["adjudicated", "gold"])
def test_who_adjudicates_is_behind_it_and_not_who_was_overruled(state: str) -> None:
    a = version({1: ["nlp"]}, said=Said({(1, "cv"): YES}))
    b = version({1: ["nlp"]}, said=Said({(1, "cv"): (state, False, "carl", E3)}))
    check(a, b, ["1 -cv adjudicated"])
    assert people(a, b) == [("adjudicated", "carl", 0, 1)]


def test_both_sides_of_a_change_of_mind_are_behind_it() -> None:
    a = version({1: ["nlp"]}, said=Said({(1, "cv"): YES}))
    b = version({1: ["nlp"]}, said=Said({(1, "cv"): ("labelled", False, "bob", E2)}))
    check(a, b, ["1 -cv annotated"])
    assert people(a, b) == [("annotated", "ann", 0, 1), ("annotated", "bob", 0, 1)]
    assert compared(a, b).people_of_labels() == {(1, "cv"): ["ann", "bob"]}


def test_the_rule_for_answers_is_blamed_where_nobody_answered_anew() -> None:
    answers = "ann", E1
    a = version({1: ["nlp"]}, said=Said({(1, "cv"): ("labelled", True, *answers)}))
    strict = AnnotateParams(quorum=2)
    b = version({1: ["nlp"]}, said=Said({(1, "cv"): ("suggested", False, *answers)}, params=strict))
    check(a, b, ["1 -cv annotate_rule"])
    assert people(a, b) == []


# Events of the taxonomy.


def test_a_rename_by_an_event_is_one_on_a_single_item_too() -> None:
    a = version({1: ["nlp", "cv"]})
    b = version({1: ["nlp", "cv"]}, said=Said(changes={"cv": ["vision"]}, by="dora"))
    check(a, b, ["1 -cv renamed", "1 +vision renamed"])
    assert people(a, b) == [("renamed", "dora", 1, 1)]
    both = compared(a, b)
    assert (both.labels.renamed, both.labels.removed, both.labels.added) == (1, 0, 0)
    assert (both.items.relabelled, both.items.renamed) == (0, 1)
    assert both.tags_of_kind("gone") == both.tags_of_kind("new") == []


def test_a_rename_of_few_items_that_no_event_names_is_no_rename() -> None:
    a, b = version({1: ["nlp", "cv"]}), version({1: ["nlp", "vision"]})
    check(a, b, ["1 -cv source_edited", "1 +vision source_edited"])
    said = Said(changes={"cv": ["vision"]})
    both = [version({1: ["nlp", tag]}, said=said) for tag in ("image", "video")]
    check(*both, ["1 -image source_edited", "1 +video source_edited"])


def test_an_event_renames_what_others_lost_by_an_edit() -> None:
    a = version({item: ["nlp", "cv"] for item in range(1, 9)})
    tags = {1: ["nlp", "cv"]} | {item: ["nlp"] for item in range(2, 9)}
    both = compared(a, version(tags, said=Said(changes={"cv": ["vision"]})))
    assert both.causes.to_numpy().tolist() == [["source_edited", 0, 7], ["renamed", 1, 1]]


def test_two_branches_that_rename_a_tag_differ_by_a_rename() -> None:
    a, b = (version({1: ["nlp", "cv"]}, said=Said(changes={"cv": [to]})) for to in ("x", "y"))
    check(a, b, ["1 -x renamed", "1 +y renamed"])


def test_a_rename_takes_answers_with_it() -> None:
    a = version({1: ["nlp"]}, said=Said({(1, "cv"): YES}))
    b = version({1: ["nlp"]}, said=Said({(1, "vision"): YES}, {"cv": ["vision"]}))
    check(a, b, ["1 -cv renamed", "1 +vision renamed"])


def test_an_answer_about_the_new_name_is_an_answer() -> None:
    a = version({1: ["nlp"], 2: ["cv"]})
    b = version({1: ["nlp"], 2: ["cv"]}, said=Said({(1, "vision"): YES}, {"cv": ["vision"]}))
    check(a, b, ["1 +vision annotated", "2 -cv renamed", "2 +vision renamed"])


def test_an_answer_in_one_version_about_a_tag_that_the_other_renamed_has_somebody_behind_it() -> (
    None
):
    a = version({1: ["nlp", "cv"]}, said=Said(changes={"cv": ["vision"]}, by="dora"))
    b = version({1: ["nlp", "cv"]}, said=Said({(1, "cv"): NO}))
    check(a, b, ["1 -vision annotated"])
    assert people(a, b) == [("annotated", "ann", 0, 1)]


def test_a_tag_is_retired_and_one_merged() -> None:
    a = version({1: ["nlp", "cv"], 2: ["cv", "vision"]})
    retired = version({1: ["nlp", "cv"], 2: ["cv", "vision"]}, said=Said(changes={"cv": []}))
    check(a, retired, ["1 -cv tag_event", "2 -cv tag_event"])
    merged = version({1: ["nlp", "cv"], 2: ["cv", "vision"]}, said=Said(changes={"cv": ["vision"]}))
    check(a, merged, ["1 -cv renamed", "1 +vision renamed", "2 -cv tag_event"])


def test_a_split_waits_for_answers_about_its_parts() -> None:
    tags = {1: ["nlp", "cv"], 2: ["nlp", "cv"]}
    split = {"cv": ["image", "video"]}
    check(version(tags), version(tags, said=Said(changes=split)), [])
    parts = {(1, "image"): YES, (1, "video"): ("labelled", False, "bob", E2), (2, "image"): YES}
    b = version(tags, said=Said(parts, split))
    check(version(tags), b, ["1 -cv renamed", "1 +image renamed", "2 +image annotated"])
    assert people(version(tags), b) == [
        ("annotated", "ann", 1, 0),
        ("renamed", "ann", 1, 1),
        ("renamed", "bob", 0, 1),
    ]
    waiting = version(tags, said=Said(changes=split))
    check(waiting, b, ["1 -cv annotated", "1 +image annotated", "2 +image annotated"])


def test_a_split_takes_a_label_away_where_its_parts_were_answered_before() -> None:
    tags = {1: ["nlp", "cv"], 2: ["nlp", "cv"]}
    parts = {(1, "image"): YES, (1, "video"): NO}
    split = Said(parts, {"cv": ["image", "video"]}, by="dora")
    a, b = version(tags, said=Said(parts)), version(tags, said=split)
    check(a, b, ["1 -cv tag_event"])
    assert people(a, b) == [("tag_event", "dora", 0, 1)]
    one_new = Said({**parts, (1, "video"): ("labelled", False, "bob", E2)}, split.changes)
    check(a, version(tags, said=one_new), ["1 -cv annotated"])


def test_a_rename_of_many_items_keeps_its_cause_and_its_event_stands_beside_it() -> None:
    tags = {item: ["nlp", "cv"] for item in range(1, 9)}
    b = version(tags, said=Said(changes={"cv": ["vision"]}))
    both = compared(version(tags), b)
    assert both.causes["cause"].tolist() == ["renamed"]
    assert people(version(tags), b) == [("renamed", "ann", 8, 8)]
    assert (both.items.relabelled, both.items.renamed) == (0, 8)


def test_an_event_is_the_witness_of_a_merge_into_a_tag_that_was_there() -> None:
    tags = {item: ["cat"] for item in range(1, 9)} | {item: ["dog"] for item in range(9, 15)}
    moved = {item: ["dog"] for item in tags}
    assert compared(version(tags), version(moved)).renames == []
    said = Said(changes={"cat": ["dog"]})
    (rename,) = compared(version(tags), version(tags, said=said)).renames
    assert (rename.kind, rename.before, rename.after) == ("merge", ("cat",), ("dog",))


# Laws.

TAGS = ["cv", "vision", "nlp", "bert", "image", "video"]
CHANGES: list[dict[str, list[str]]] = [
    {},
    {"cv": ["vision"]},
    {"cv": ["vision"], "bert": []},
    {"cv": ["image", "video"]},
    {"bert": ["nlp"], "vision": ["cv"]},
]
PARAMS = [AnnotateParams(), AnnotateParams(policy="majority"), AnnotateParams(quorum=2)]
states = st.sampled_from(["suggested", "labelled", "disputed", "adjudicated", "gold"])
answers = st.tuples(
    states,
    st.booleans(),
    st.sampled_from(["ann", "bob", "ann bob"]),
    st.sampled_from([E1, E2, f"{E1} {E2}"]),
)


asked_rows = st.lists(
    st.builds(
        lambda item, tags: {"id": item, "tags": tags},
        st.integers(1, 5),
        st.lists(st.sampled_from(TAGS), min_size=1, max_size=4),
    ),
    min_size=3,
    max_size=8,
)


@st.composite
def all_said(draw: st.DrawFn) -> Said:
    made = draw(st.sampled_from(CHANGES))
    asked = [tag for tag in TAGS if tag not in made]  # an answer is of the tag as it is now
    cells = st.tuples(st.integers(1, 5), st.sampled_from(asked))
    verdicts = draw(st.dictionaries(cells, answers, min_size=4, max_size=12))
    return Said(verdicts, made, params=draw(st.sampled_from(PARAMS)))


@st.composite
def judged_anew(draw: st.DrawFn, said: Said) -> Said:
    """The same answers under another rule."""
    verdicts = {
        cell: (draw(states), draw(st.booleans()), *behind)
        for cell, (_, _, *behind) in said.verdicts.items()
    }
    return replace(said, verdicts=verdicts, params=draw(st.sampled_from(PARAMS)))


@st.composite
def two_annotated(draw: st.DrawFn) -> tuple[Dataset, Dataset, list[Said]]:
    """Two versions that share some of rows, rules and answers, and differ in the rest."""
    first = [draw(asked_rows), draw(rules), draw(keep), draw(all_said())]
    second = [
        draw(st.one_of(st.just(one), other))
        for one, other in zip(first[:3], [asked_rows, rules, keep], strict=True)
    ]
    # Mostly, people said something else in one of them.
    said_anew = st.one_of(all_said(), judged_anew(first[3]))
    second.append(first[3] if draw(st.integers(0, 3)) == 3 else draw(said_anew))
    made, said = [], []
    for items, of_clean, of_filter, one in (first, second):
        ids = {row["id"] for row in items}
        answered = {key: verdict for key, verdict in one.verdicts.items() if key[0] in ids}
        said.append(replace(one, verdicts=answered))
        made.append(labelled_version(items, keep=of_filter, said=said[-1], **of_clean))
    return made[0], made[1], said


BY_PEOPLE = {"annotated", "adjudicated"}


def names_of(said: Said, tag: str) -> set[str]:
    """What a tag of the source is called in a version; one that was split keeps its name."""
    now = said.changes.get(tag, [tag])
    return {tag} if len(now) > 1 else {*now}


def names_elsewhere(tag: str, present: Said, absent: Said) -> set[str]:
    """What a tag of one version is called in another, and its own name."""
    olds = {tag} | {old for old in TAGS if tag in names_of(present, old)}
    return {tag}.union(*(names_of(absent, old) for old in olds))


def answers_to(said: Said, item: int, tags: set[str]) -> set[tuple[str, bool, str, str]]:
    return {said.verdicts[item, tag] for tag in tags if (item, tag) in said.verdicts}


def decided_parts(said: Said, item: int, tag: str) -> set[tuple[int, str]]:
    """The parts of a tag that was split, if people decided on all of them."""
    now = said.changes.get(tag, [tag])
    parts = {(item, part) for part in now} if len(now) > 1 else set()
    decided = {key for key, (state, *_) in said.verdicts.items() if state in DECIDED}
    return parts if parts <= decided else set()


def check_answers(a: Dataset, b: Dataset, said: Sequence[Said], layer: Any) -> None:
    """People are blamed where they said something else, and a rule or an event that differs."""
    changed = causes(a, b, layer)
    assert causes(b, a, layer) == swapped(changed)
    for item, sign, tag, cause in changed:
        label = (int(item), tag)
        assert cause != "code", label
        if cause == "annotate_rule":
            assert said[0].params != said[1].params
            assert all(label in one.verdicts for one in said), label
        if cause == "tag_event":
            assert said[0].changes != said[1].changes
        if cause in BY_PEOPLE:
            assert layer in LATER
            present, absent = said if sign == "-" else said[::-1]
            # An answer may be to the same question by another name.
            names = names_elsewhere(tag, present, absent)
            mine, theirs = (answers_to(one, label[0], names) for one in (present, absent))
            parts = decided_parts(absent, *label)
            anew = {key for key in parts if present.verdicts.get(key) != absent.verdicts[key]}
            assert mine != theirs or anew, label
            if cause == "adjudicated":
                said_all = mine | theirs | {absent.verdicts[key] for key in parts}
                assert {state for state, *_ in said_all} & {*ADJUDICATED}, label


@examples(80, part=8)
@given(two_annotated(), st.sampled_from([*LAYERS, *LATER]))
def test_every_label_has_one_cause_that_swapping_keeps_and_never_the_code(
    versions: tuple[Dataset, Dataset, list[Said]], layer: Any
) -> None:
    check_answers(*versions, layer)


def test_people_are_blamed_for_a_no_to_the_new_name_of_a_tag() -> None:
    said = [Said(), Said({(2, "vision"): NO}, {"cv": ["vision"]})]
    a, b = (version({2: ["cv", "nlp"]}, said=one) for one in said)
    check(a, b, ["2 -cv annotated"])
    check_answers(a, b, said, "filtered")


@examples(60, part=8)
@given(two_annotated(), st.sampled_from(LATER))
def test_who_is_behind_a_label_said_something_of_it_and_numbers_add_up(
    versions: tuple[Dataset, Dataset, list[Said]], layer: Any
) -> None:
    a, b, said = versions
    both = compared(a, b, layer)
    table = both.changes.assign(cause=both.changes["cause"].astype("str"))
    rows_of = dict(zip(both.people["row"], both.people["by"], strict=True))
    by_people = table.index[table["cause"].isin(BY_PEOPLE)]
    assert set(by_people) <= set(rows_of)
    for row, by in rows_of.items():
        label = (int(table.loc[row, "id"]), str(table.loc[row, "tag"]))
        parts = [(label[0], part) for one in said for part in one.changes.get(label[1], ())]
        parts += [
            (label[0], old)
            for one in said
            for old, targets in one.changes.items()
            if label[1] in targets
        ]
        names = {
            name
            for one in said
            for key in (label, *parts)
            if key in one.verdicts
            for name in one.verdicts[key][2].split()
        }
        assert by
        assert set(by.split()) <= names or table.loc[row, "cause"] in {"tag_event", "renamed"}
    annotators = both.annotators()
    for cause, size in table["cause"].value_counts().items():
        own = annotators[annotators["cause"] == cause]
        assert ((own["gained"] + own["lost"]) <= size).all()
    for change in ("gained", "lost"):
        assert both.causes[change].sum() == (both.changes["change"] == change).sum()


# What people see.


@pytest.fixture
def answered() -> Comparison:
    a = version({1: ["nlp", "cv"], 2: ["nlp"], 3: ["nlp"]})
    said = {
        (1, "cv"): NO,
        (2, "cv"): ("labelled", True, "ann bob", f"{E1} {E2}"),
        (3, "cv"): ("adjudicated", True, "carl", E3),
    }
    b = version({1: ["nlp", "cv"], 2: ["nlp"], 3: ["nlp"]}, said=Said(said))
    return replace(compared(a, b), campaigns={E1: "spring", E3: "summer"})


def test_people_are_named_with_their_labels_and_campaigns(answered: Comparison) -> None:
    assert behind(answered, "annotated") == "by ann (2) and bob (1), in the campaign spring (2)"
    assert behind(answered, "adjudicated") == "by carl (1), in the campaign summer (1)"
    assert behind(answered, "threshold") == ""
    text = re.sub("</?code>", "", comparison_markdown(answered))
    assert "by ann (2) and bob (1), in the campaign spring (2)" in text
    assert "mostly because people answered: ann and bob;" in text


def test_json_and_csv_name_people(answered: Comparison) -> None:
    document = comparison_document(answered, items=True)
    Draft202012Validator(SCHEMA).validate(json.loads(orjson.dumps(document)))
    assert document["people"]["annotators"] == [
        {"cause": "annotated", "name": "ann", "gained": 1, "lost": 1},
        {"cause": "annotated", "name": "bob", "gained": 1, "lost": 0},
        {"cause": "adjudicated", "name": "carl", "gained": 1, "lost": 0},
    ]
    by = {
        (item["id"], one["tag"]): one["by"]
        for item in document["relabelled_items"]
        for one in item["changes"]
    }
    assert by == {(1, "cv"): ["ann"], (2, "cv"): ["ann", "bob"], (3, "cv"): ["carl"]}
    table = comparison_tables(answered)["changes.csv"]
    assert table["by"].tolist() == ["ann", "ann | bob", "carl"]
    assert table["campaigns"].tolist() == ["spring", "spring", "summer"]


def test_answers_that_no_longer_count_are_not_answers_that_came() -> None:
    tags = {1: ["nlp"], 2: ["nlp"], 3: ["nlp"]}
    a, b = version(tags, said=Said({(1, "cv"): YES})), version(tags)
    words = "answers no longer count (the text changed, or they were withdrawn)"
    text = comparison_markdown(compared(a, b))
    assert f"because {words}: <code>ann</code>" in text or f"because {words}: ann" in text
    assert "people answered" not in text
    assert comparison_document(compared(a, b))["causes"]["annotated"]["meaning"] == words
    back = compared(b, a)
    assert "because people answered" in comparison_markdown(back)
    assert words not in comparison_markdown(back)
    more = version(tags, said=Said({(2, "cv"): YES, (3, "cv"): YES}))
    assert "because people answered" in comparison_markdown(compared(a, more))
    meaning = comparison_document(compared(a, more))["causes"]["annotated"]["meaning"]
    assert meaning == "people answered, or their answers no longer count (1 of 3)"


def test_an_event_stands_beside_its_rename() -> None:
    tags = {item: ["nlp", "cv"] for item in range(1, 9)}
    both = compared(version(tags), version(tags, said=Said(changes={"cv": ["vision"]})))
    (rename,) = both.renames
    assert renamed_by(both, rename) == "by ann: rename event"
    document = comparison_document(both)
    assert document["renames"][0]["events"] == ["e" * 16]
    assert document["people"]["tag_events"] == [
        {"tag": "cv", "to": "vision", "act": "rename", "by": "ann", "event": "e" * 16}
    ]
    back = compared(version(tags, said=Said(changes={"cv": ["vision"]})), version(tags))
    assert renamed_by(back, back.renames[0]) == "by ann: rename event"


def test_changes_are_chosen_by_person_and_by_campaign(answered: Comparison) -> None:
    table = answered.changes.join(answered.behind())
    chosen = {
        name: changes.select(table, wanted)["id"].tolist()
        for name, wanted in {
            "bob": Wanted(people=["bob"]),
            "ann or carl": Wanted(people=["ann", "carl"]),
            "summer": Wanted(campaigns=["summer"]),
            "nobody": Wanted(people=["an"]),
        }.items()
    }
    assert chosen == {"bob": [2], "ann or carl": [1, 2, 3], "summer": [3], "nobody": []}
    items = changes.relabelled(answered, table.assign(version="v2"))
    assert dict(zip(items["id"], items["people"], strict=True)) == {
        1: "ann",
        2: "ann, bob",
        3: "carl",
    }
