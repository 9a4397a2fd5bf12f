"""Comparing versions whose answers the annotate stage itself folded."""

from __future__ import annotations

from typing import Any

from hypothesis import given, reject, settings
from hypothesis import strategies as st

from tagledger.dataset import Dataset
from tagledger.errors import TagledgerError
from tagledger.events.event import Event
from tagledger.layers import ANSWERED
from tagledger.params import AnnotateParams
from tests.sides import Events, version
from tests.unit.test_attribution import causes, check, keep, rows, rules, swapped

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
        try:
            made.append(version(items, keep=of_filter, said=events, **of_clean))
        except TagledgerError:  # no tag is left
            reject()
    return made[0], made[1]


@settings(max_examples=60, deadline=None)
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
