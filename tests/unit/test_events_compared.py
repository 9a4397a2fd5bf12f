"""Comparing versions whose answers the annotate stage itself folded."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tagledger.compare.in_words import tag_changes
from tagledger.compare.people_in_words import behind
from tagledger.dataset import Dataset
from tagledger.events.event import Event
from tagledger.layers import ANSWERED
from tagledger.params import AnnotateParams
from tests.conftest import examples
from tests.sides import Events, compared, labelled_version, version
from tests.unit.test_answers_compared import people
from tests.unit.test_causes import causes, check, keep, rows, rules, swapped

TAGS = ["cv", "vision", "nlp", "bert", "image", "video"]
CHANGES = [
    ("rename", ["cv"], ["vision"]),
    ("rename", ["vision"], ["cv"]),
    ("merge", ["bert", "nlp"], ["nlp"]),
    ("split", ["cv"], ["image", "video"]),
    ("split", ["vision"], ["image", "nlp"]),
    ("merge", ["image", "video"], ["image"]),
    ("retire", ["bert"], []),
    ("retire", ["video"], []),
]
PARAMS = [
    AnnotateParams(),
    AnnotateParams(policy="majority"),
    AnnotateParams(policy="quorum", quorum=2),
    AnnotateParams(policy="adjudicated"),
    AnnotateParams(adjudicators=["ann"]),
]


def at(minute: int) -> str:
    return f"2026-11-25T10:{minute:02}:00Z"


def answer(
    by: str, item: int, yes: list[str], no: list[str], *, act: Any = "label", minute: int = 0
) -> Event:
    asked = tuple({*yes, *no})
    return Event(act=act, by=by, at=at(minute), item=str(item), yes=tuple(yes), asked=asked)


tags = st.lists(st.sampled_from(TAGS), max_size=3, unique=True)
answers = st.builds(
    answer,
    st.sampled_from(["ann", "bob", "carl"]),
    st.integers(1, 5),
    tags,
    tags,
    act=st.sampled_from(["label", "label", "label", "adjudicate", "gold"]),
    minute=st.integers(0, 9),
)
tag_events = st.builds(
    lambda change, minute: Event(
        act=change[0], by="dora", at=at(minute), sources=tuple(change[1]), to=tuple(change[2])
    ),
    st.sampled_from(CHANGES),
    st.integers(0, 9),
)


@st.composite
def two_folded(draw: st.DrawFn) -> tuple[Dataset, Dataset]:
    """Two versions that share some of rows, rules, answers and events of tags."""
    shared = [
        draw(rows),
        draw(rules),
        draw(keep),
        draw(st.lists(answers, max_size=10)),
        draw(st.lists(tag_events, max_size=3)),
        draw(st.sampled_from(PARAMS)),
    ]
    others = [
        rows,
        rules,
        keep,
        # Events are only added to.
        st.lists(answers, max_size=6).map(lambda more: shared[3] + more),
        st.lists(tag_events, max_size=2).map(lambda more: shared[4] + more),
        st.sampled_from(PARAMS),
    ]
    made = []
    for _ in range(2):
        items, of_clean, of_filter, said, changes, params = (
            draw(st.one_of(st.just(one), other)) for one, other in zip(shared, others, strict=True)
        )
        events = Events([*said, *changes], params)
        made.append(labelled_version(items, keep=of_filter, said=events, **of_clean))
    return made[0], made[1]


@examples(80, part=8)
@given(two_folded(), st.sampled_from(sorted(ANSWERED)))
def test_the_walk_makes_what_the_stage_makes_and_swapping_keeps_each_cause(
    versions: tuple[Dataset, Dataset], layer: Any
) -> None:
    a, b = versions
    found = causes(a, b, layer)
    assert causes(b, a, layer) == swapped(found)
    assert [label for label in found if label[3] == "code"] == []
    if a.annotations.tag_changes.equals(b.annotations.tag_changes):
        assert [label for label in found if label[3] == "tag_event"] == []
    if a.annotations.params == b.annotations.params:
        assert [label for label in found if label[3] == "annotate_rule"] == []


ITEMS: dict[int, list[str]] = {1: ["nlp", "cv"], 2: ["nlp"], 3: ["cv"]}


def test_another_policy_is_blamed_for_what_it_decides_and_a_new_answer_for_its_own() -> None:
    votes = [answer(name, 2, ["cv"], []) for name in ("ann", "bob")] + [
        answer("carl", 2, [], ["cv"])
    ]
    majority = AnnotateParams(policy="majority")
    a, b = (version(ITEMS, said=Events(votes, params)) for params in (majority, AnnotateParams()))
    check(a, b, ["2 -cv annotate_rule"])
    fewer = version(ITEMS, said=Events(votes[:1]))
    check(fewer, b, ["2 -cv annotated"])
    check(version(ITEMS), a, ["2 +cv annotated"])


def test_who_may_no_longer_adjudicate_is_overruled_by_the_rule() -> None:
    said = [answer("carl", 2, ["cv"], [], act="adjudicate")]
    a = version(ITEMS, said=Events(said))
    b = version(ITEMS, said=Events(said, AnnotateParams(adjudicators=["dora"])))
    check(a, b, ["2 -cv annotate_rule"])


def test_a_rename_after_the_fact_takes_votes_along() -> None:
    said = [answer("ann", 2, ["cv"], [])]
    rename = Event(act="rename", by="dora", at=at(1), sources=("cv",), to=("vision",))
    a, b = version(ITEMS, said=Events(said)), version(ITEMS, said=Events([*said, rename]))
    check(a, b, [f"{item} {label} renamed" for item in (1, 2, 3) for label in ("-cv", "+vision")])


def test_a_tag_that_was_renamed_and_then_split_waits_for_answers() -> None:
    rename = Event(act="rename", by="dora", at=at(1), sources=("cv",), to=("vision",))
    split = Event(act="split", by="dora", at=at(2), sources=("vision",), to=("image", "video"))
    parts = answer("ann", 1, ["image"], ["video"], minute=3)
    a = version({1: ["nlp", "cv"], 2: ["nlp"]}, said=Events([rename]))
    b = version({1: ["nlp", "cv"], 2: ["nlp"]}, said=Events([rename, split]))
    check(a, b, [])
    c = version({1: ["nlp", "cv"], 2: ["nlp"]}, said=Events([rename, split, parts]))
    check(b, c, ["1 +image annotated", "1 -vision annotated"])
    source = version({1: ["nlp", "cv"], 2: ["nlp"]})
    check(source, b, ["1 -cv renamed", "1 +vision renamed"])
    check(source, c, ["1 -cv renamed", "1 +image renamed"])


def test_a_split_alone_changes_no_label_whatever_people_said_of_it() -> None:
    items = {1: ["nlp"], 2: ["nlp", "cv"], 3: ["nlp", "cv"], 4: ["nlp"]}
    said = [answer("ann", 1, ["cv"], []), answer("ann", 2, [], ["cv"])]
    said.append(answer("ann", 4, ["cv"], [], act="adjudicate"))
    split = Event(act="split", by="dora", at=at(1), sources=("cv",), to=("image", "video"))
    a, b = version(items, said=Events(said)), version(items, said=Events([*said, split]))
    check(a, b, [])
    half = version(items, said=Events([*said, split, answer("ann", 1, ["image"], [])]))
    check(b, half, ["1 +image annotated"])
    parts = answer("ann", 1, ["image"], ["video"], minute=3)
    c = version(items, said=Events([*said, split, parts]))
    check(b, c, ["1 -cv annotated", "1 +image annotated"])
    check(a, c, ["1 -cv renamed", "1 +image renamed"])


def test_a_no_takes_a_label_away_though_its_tag_was_merged_as_well() -> None:
    items = {1: ["nlp", "cv"], 2: ["nlp", "cv"], 3: ["nlp"]}
    merge = Event(act="merge", by="dora", at=at(5), sources=("cv", "image"), to=("vision",))
    a = version(items)
    gold = answer("cleo", 1, [], ["vision"], act="gold", minute=6)
    b = version(items, said=Events([merge, gold]))
    check(a, b, ["1 -cv adjudicated", "2 -cv renamed", "2 +vision renamed"])
    assert ("adjudicated", "cleo", 0, 1) in people(a, b)


def test_a_yes_brings_a_label_though_its_tag_was_renamed_as_well() -> None:
    items = {1: ["nlp"], 2: ["nlp", "cv"]}
    rename = Event(act="rename", by="dora", at=at(5), sources=("cv",), to=("vision",))
    disputed = [answer("ann", 1, ["cv"], []), answer("bob", 1, [], ["cv"])]
    agreed = [*disputed, answer("bob", 1, ["cv"], [], minute=1), rename]
    a, b = version(items, said=Events(disputed)), version(items, said=Events(agreed))
    check(a, b, ["1 +vision annotated", "2 -cv renamed", "2 +vision renamed"])


def test_a_retired_tag_is_said_to_be_retired_and_by_whom() -> None:
    items = {1: ["nlp", "cv"], 2: ["nlp", "cv"]}
    retire = Event(act="retire", by="cleo", at=at(1), sources=("cv",))
    a, b = version(items), version(items, said=Events([retire]))
    assert tag_changes(compared(a, b)) == ["1 tag was retired by cleo: cv"]
    (back,) = tag_changes(compared(b, a))
    assert back == "1 tag is there again, which was retired by cleo: cv"


def test_a_renamed_label_counts_once_for_who_renamed_it() -> None:
    items = {item: ["nlp", "cv"] for item in range(1, 9)}
    rename = Event(act="rename", by="dora", at=at(1), sources=("cv",), to=("vision",))
    both = compared(version(items), version(items, said=Events([rename])))
    assert behind(both, "renamed") == "by dora (8)"
