"""The answers of people as a table: the latest of each, under the names that tags have now."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from tagledger.events.event import Event
from tagledger.verdicts.gathering import Source
from tagledger.verdicts.votes import read_votes
from tests.said import event, source, write

EARLY, LATER = "2026-11-25T09:00:00Z", "2026-11-25T11:00:00Z"
COLUMNS = ["item", "tag", "by", "yes", "act", "campaign", "event"]


def votes(root: Path, events: list[Event], of: Source | None = None, **said: Any) -> pd.DataFrame:
    write(root, events)
    frame = read_votes(root, of or source(), **said).frame
    assert list(frame.columns) == COLUMNS
    return frame


def rows(frame: pd.DataFrame) -> list[tuple[Any, str, str, bool]]:
    return list(zip(frame["item"], frame["tag"], frame["by"], frame["yes"], strict=True))


def test_each_tag_that_was_asked_is_a_row(tmp_path: Path) -> None:
    said = event(asked=["cv", "nlp"], yes=["nlp"], campaign="spring")
    frame = votes(tmp_path, [said])
    assert rows(frame) == [("p-1", "cv", "ann", False), ("p-1", "nlp", "ann", True)]
    assert set(frame["event"]) == {said.id}
    assert set(frame["campaign"]) == {"spring"}
    assert set(frame["act"]) == {"label"}


def test_they_ascend_by_item_tag_and_person(tmp_path: Path) -> None:
    said = [
        event(by=by, item=item, yes=["cv", "nlp"])
        for by in ("bob", "ann")
        for item in ("p-2", "p-1")
    ]
    found = rows(votes(tmp_path, said))
    assert found == sorted(found)
    assert len(found) == 8


def test_of_each_person_the_latest_stands(tmp_path: Path) -> None:
    said = [
        event(at=LATER, asked=["cv"]),
        event(at=EARLY, yes=["cv", "nlp"]),
        event(by="bob", at=EARLY, yes=["cv"]),
    ]
    assert rows(votes(tmp_path, said)) == [
        ("p-1", "cv", "ann", False),
        ("p-1", "cv", "bob", True),
        ("p-1", "nlp", "ann", True),
    ]


def test_one_who_answers_and_adjudicates_has_a_row_for_each(tmp_path: Path) -> None:
    said = [event(yes=["cv"]), event("adjudicate", asked=["cv"]), event("gold", yes=["cv"])]
    frame = votes(tmp_path, said)
    assert list(zip(frame["act"], frame["yes"], strict=True)) == [
        ("label", True),
        ("adjudicate", False),
        ("gold", True),
    ]


def test_who_may_not_adjudicate_has_none(tmp_path: Path) -> None:
    frame = votes(tmp_path, [event("adjudicate", yes=["cv"])], adjudicators=["eva"])
    assert frame.empty


def test_suggestions_skips_and_comments_are_no_votes(tmp_path: Path) -> None:
    said = [event("suggest", yes=["cv"]), event("skip"), event("comment", note="hm")]
    frame = votes(tmp_path, said)
    assert frame.empty
    assert len(frame["tag"].cat.categories) == 0


def test_tags_have_their_names_of_now(tmp_path: Path) -> None:
    renamed = Event("rename", "eva", EARLY, sources=("gan",), to=("generative",))
    split = Event("split", "eva", EARLY, sources=("nlp",), to=("speech", "text"))
    said = [event(yes=["gan", "nlp"], asked=["gan", "nlp"]), renamed, split]
    # What was said of a tag before it was split is no vote for its parts, but one for the tag.
    assert rows(votes(tmp_path, said)) == [
        ("p-1", "generative", "ann", True),
        ("p-1", "nlp", "ann", True),
    ]


def test_what_is_withdrawn_replaced_or_of_another_text_is_no_vote(tmp_path: Path) -> None:
    old = event(yes=["rl"])
    said = [
        old,
        event(at=LATER, asked=["cv"], replaces=(old.id,)),
        event(by="bob", yes=["cv"]),
        Event("withdraw", "eva", EARLY, of="bob"),
        event(by="cat", yes=["cv"], text="f" * 16),
        event(by="dan", item="p-9", yes=["cv"]),
    ]
    assert rows(votes(tmp_path, said)) == [("p-1", "cv", "ann", False)]


def test_items_have_the_type_of_their_ids(tmp_path: Path) -> None:
    frame = votes(tmp_path, [event(item="7", yes=["cv"])], source({}, [7, 8]))
    assert frame["item"].tolist() == [7]
    assert frame["item"].dtype == "int64"


def test_without_events_there_is_an_empty_table(tmp_path: Path) -> None:
    assert votes(tmp_path, []).empty
