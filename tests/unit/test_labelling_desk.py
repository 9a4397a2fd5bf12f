"""The desk: each answer on the disk once, on its item, whatever windows and programs do."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagledger.errors import TagledgerError
from tagledger.events.canonical import taxonomy_hash, text_hash
from tagledger.events.event import Event
from tagledger.events.store import read_taxonomy
from tagledger.events.writing import Session, write_session
from tagledger_dashboard.labelling.deck import AHEAD, Deck
from tagledger_dashboard.labelling.desk import Desk
from tagledger_dashboard.labelling.jobs import Job, Side, Text
from tagledger_dashboard.labelling.not_built import not_built
from tagledger_dashboard.labelling.page_answers import Answer, key_of, parse
from tests.dashboard.labelling import events, standing

TAGS = ("audio", "nlp", "vision")
TAX = taxonomy_hash(TAGS)


def text(item: str, description: str = "a text") -> Text:
    return Text(f"Title {item}", description, text_hash(f"Title {item}", description))


def job(number: int = 5, **more: Any) -> Job:
    items = tuple(f"p-{place}" for place in range(number))
    made = Job(
        key="label:spring",
        kind="label",
        items=items,
        texts={item: text(item) for item in items},
        tags=TAGS,
        tax=TAX,
        campaign="spring",
        started="2026-01-01T00:00:00Z",
        base="abc",
    )
    return replace(made, **more)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    (tmp_path / "data/annotations").mkdir(parents=True)
    made = Desk(tmp_path, "ann")
    made.show(job())
    yield made
    made.close()


_keys = iter(range(10**6))


def said(item: str, *yes: str, second: int = 0, **more: Any) -> Answer:
    made = Answer(
        key=f"{next(_keys):016x}",
        job="label:spring",
        act="label",
        item=item,
        text=text(item).hash,
        tax=TAX,
        at=f"2026-02-01T10:00:{second:02d}.000Z",
        yes=yes,
    )
    return replace(made, **more)


def take(desk: Desk, *answers: Answer, of: Job | None = None) -> list[str | None]:
    return [taken.problem for taken in desk.take(of or job(), answers)]


def test_an_answer_says_all_that_was_shown(desk: Desk) -> None:
    assert take(desk, said("p-1", "nlp", note="hm", seconds=3.5)) == [None]
    (event,) = events(desk.root)
    assert event == Event(
        act="label",
        by="ann",
        at="2026-02-01T10:00:00.000Z",
        item="p-1",
        yes=("nlp",),
        tax=TAX,
        text=text("p-1").hash,
        tool="dashboard",
        note="hm",
        seconds=3.5,
        campaign="spring",
        base="abc",
    )
    assert read_taxonomy(desk.root, TAX) == list(TAGS)


def test_what_was_asked_is_in_the_event_where_it_is_not_every_tag(desk: Desk) -> None:
    take(desk, said("p-1", "nlp", listed=True), said("p-2", act="skip", listed=True))
    found = standing(desk.root)
    assert found["p-1"].asked == TAGS
    assert (found["p-2"].act, found["p-2"].asked, found["p-2"].yes) == ("skip", None, None)


def test_none_applies_is_an_answer(desk: Desk) -> None:
    take(desk, said("p-1"))
    assert standing(desk.root)["p-1"].yes == ()


def test_an_answer_that_comes_again_is_written_once(desk: Desk) -> None:
    answer = said("p-1", "nlp")
    take(desk, answer, answer)
    take(desk, answer)
    desk.close()
    # So it is where the server was killed before it could confirm the answer.
    fresh = Desk(desk.root, "ann")
    fresh.show(job())
    fresh.refresh()
    assert take(fresh, answer) == [None]
    fresh.close()
    assert len(events(desk.root)) == 1


def test_a_later_answer_replaces_the_one_before(desk: Desk) -> None:
    take(desk, said("p-1", "nlp"), said("p-1", "audio", second=1))
    before, after = events(desk.root)
    assert after.replaces == (before.id,)
    assert standing(desk.root)["p-1"].yes == ("audio",)
    answer = desk.answer(job(), "p-1")
    assert answer is not None
    assert answer.id == after.id


def test_undo_takes_back_what_stands_and_an_undo_of_nothing_writes_nothing(desk: Desk) -> None:
    take(desk, said("p-2", act="undo"), said("p-1", "nlp"), said("p-1", act="undo", second=1))
    assert standing(desk.root) == {}
    assert desk.answer(job(), "p-1") is None
    assert [event.act for event in events(desk.root)] == ["label", "comment"]


def test_an_answer_in_another_campaign_stays(desk: Desk) -> None:
    take(desk, said("p-1", "nlp"), said("p-1", "audio", second=1, job="label:autumn"))
    assert {event.campaign: event.replaces for event in events(desk.root)} == {
        "spring": (),
        "autumn": (),
    }


def test_who_adjudicates_keeps_their_own_answer(desk: Desk) -> None:
    disputes = job(
        kind="adjudicate",
        key="adjudicate:spring",
        sides={"p-1": (Side("ann", ("nlp",), ()), Side("bob", (), ("nlp",)))},
    )
    decided = said(
        "p-1", act="adjudicate", second=1, job="adjudicate:spring", asked=("nlp",), yes=()
    )
    take(desk, said("p-1", "nlp"))
    assert desk.answer(disputes, "p-1") is None
    take(desk, decided, of=disputes)
    label, adjudicated = events(desk.root)
    assert (adjudicated.act, adjudicated.asked, adjudicated.yes) == ("adjudicate", ("nlp",), ())
    assert adjudicated.replaces == ()
    assert desk.answer(job(), "p-1") == label
    assert desk.answer(disputes, "p-1") == adjudicated
    # A build that took it in and still finds a dispute asks again.
    again = replace(disputes, built={"p-1": frozenset({adjudicated.id})})
    assert desk.answer(again, "p-1") is None
    # So does one that finds more tags disputed.
    wider = (*disputes.sides["p-1"], Side("eve", ("audio",), ()))
    assert desk.answer(replace(disputes, sides={"p-1": wider}), "p-1") is None


def test_an_answer_about_a_text_that_changed_is_kept_and_the_item_open(desk: Desk) -> None:
    old = said("p-1", "nlp")
    changed = job(texts={**job().texts, "p-1": text("p-1", "another text")})
    assert take(desk, old, of=changed) == [None]
    (event,) = events(desk.root)
    assert event.text == old.text
    assert desk.answer(changed, "p-1") is None
    assert desk.answered_before(changed, "p-1")
    assert desk.answer(job(), "p-1") is not None


def test_tags_that_nobody_knows_are_no_answer(desk: Desk) -> None:
    problems = take(desk, said("p-1", "nlp", tax="0" * 16), said("p-1", "graph"))
    assert all(one is not None and "please answer it again" in one for one in problems)
    assert events(desk.root) == []


def test_tags_of_before_are_known_by_their_hash(desk: Desk) -> None:
    take(desk, said("p-1", "nlp"))
    desk.close()
    fresh = Desk(desk.root, "ann")
    assert take(fresh, said("p-2", "nlp"), of=job(tags=("graph",), tax="1" * 16)) == [None]
    fresh.close()


def test_a_tag_that_is_no_tag_is_a_problem_and_not_an_error(desk: Desk) -> None:
    odd = job(tags=("a\nb",), tax=taxonomy_hash(["a\nb"]))
    desk.show(odd)
    (problem,) = take(desk, said("p-1", "a\nb", tax=odd.tax, listed=True), of=odd)
    assert problem is not None
    assert "a tag is blank or more than one line" in problem


def test_windows_at_once_lose_nothing(desk: Desk) -> None:
    of = job(50)
    parts = [
        [said(f"p-{number}", "nlp", second=window) for number in range(50)] for window in range(4)
    ]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda part: desk.take(of, part), parts))
    assert len(events(desk.root)) == 200
    assert len(standing(desk.root)) == 50


def test_other_programs_are_seen_line_by_line(desk: Desk) -> None:
    other = Session(desk.root, "ann", "other")
    more = {"tax": TAX, "campaign": "spring", "yes": ("nlp",)}
    other.append(Event(act="label", by="ann", at="2026-02-01T10:00:00Z", item="p-1", **more))
    desk.refresh()
    assert desk.answer(job(), "p-1") is not None
    other.append(Event(act="label", by="ann", at="2026-02-01T10:00:01Z", item="p-2", **more))
    (file,) = (desk.root / "data/annotations/ann").glob("*.jsonl")
    with file.open("ab") as stream:
        stream.write(b'{"act":"lab')  # a line that is being written, or that a kill cut off
    desk.refresh()
    desk.refresh()
    assert desk.answer(job(), "p-2") is not None
    other.close()
    file.unlink()  # another branch was checked out
    desk.refresh()
    assert desk.answer(job(), "p-1") is None


def test_an_answer_without_a_campaign_counts_from_the_start_of_one(desk: Desk) -> None:
    more = {"tax": TAX, "yes": ("nlp",), "act": "label", "by": "ann"}
    early = Event(at="2025-12-31T23:59:59Z", item="p-1", **more)
    late = Event(at="2026-01-01T00:00:01Z", item="p-2", **more)
    write_session(desk.root, [early, late])
    desk.refresh()
    assert desk.answer(job(), "p-1") is None
    assert desk.answer(job(), "p-2") == late


def test_a_disk_that_cannot_be_written_to_confirms_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    deck = Deck("label:spring", "1")
    deck.renew(job(), desk)
    entry = entry_of(said("p-1", "nlp"))

    def fail(session: Session, event: Event) -> bool:
        raise TagledgerError("the disk is full", hint="make room")

    with monkeypatch.context() as patched:
        patched.setattr(Session, "append", fail)
        with pytest.raises(TagledgerError):
            deck.hear({"sequence": 1, "entries": [entry]}, job(), desk)
    assert deck.acked == []
    assert deck.heard == 1
    deck.hear({"sequence": 2, "entries": [entry]}, job(), desk)
    assert deck.acked == [entry["key"]]
    assert len(events(desk.root)) == 1


def entry_of(answer: Answer) -> dict[str, Any]:
    """An answer as the page sends it."""
    return {
        **{name: getattr(answer, name) for name in Answer.__dataclass_fields__},
        "yes": list(answer.yes),
        "asked": None if answer.asked is None else list(answer.asked),
        "render": 7,
    }


def test_what_a_page_sends_is_read_back() -> None:
    answer = said("p-1", "nlp", note="a note", seconds=2.5, listed=True)
    assert parse(entry_of(answer)) == answer


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*Answer.__dataclass_fields__]), JSON) | JSON)
def test_what_is_no_answer_is_refused_in_one_way(changed: Any) -> None:
    entry = entry_of(said("p-1", "nlp"))
    entry = {**entry, **changed} if isinstance(changed, dict) else changed
    try:
        parse(entry)
    except ValueError:
        key_of(entry)


@given(JSON, st.dictionaries(st.sampled_from(["entries", "have", "serial", "hello"]), JSON))
def test_no_message_is_an_error(message: Any, more: dict[str, Any]) -> None:
    desk = Desk(Path("/nowhere"), "ann")
    desk.show(job())
    deck = Deck("label:spring", "1")
    deck.hear(message, job(0), desk)
    deck.hear(more, job(0), desk)
    assert not desk.own.items()


def test_an_unreadable_answer_is_confirmed_with_its_problem(desk: Desk) -> None:
    deck = Deck("label:spring", "1")
    entry = entry_of(said("p-1", "nlp")) | {"at": "yesterday"}
    deck.hear({"sequence": 1, "entries": [entry, 3, None]}, job(), desk)
    assert deck.acked == [entry["key"]]
    assert "it has no time" in deck.problems[0]


def test_a_window_gets_items_ahead_and_each_once(desk: Desk) -> None:
    of = job(3 * AHEAD)
    desk.take(of, [said("p-3", "nlp")])
    deck = Deck(of.key, "1")
    deck.renew(of, desk)
    first = deck.message(of, desk, 0.0, "store")
    assert [one["id"] for one in first["items"]][:4] == ["p-3", "p-0", "p-1", "p-2"]
    assert first["recent"] == ["p-3"]
    assert (first["done"], first["total"]) == (1, 3 * AHEAD)
    heard = {"serial": deck.serial, "sequence": 1, "have": len(deck.sent), "wants": True}
    deck.hear(heard, of, desk)
    second = deck.message(of, desk, 0.0, "store")
    assert len(second["items"]) == AHEAD
    assert second["start"] == AHEAD + 1
    deck.hear(heard | {"sequence": 2, "have": len(deck.sent)}, of, desk)
    last = deck.message(of, desk, 0.0, "store")
    assert last["more"] is False
    assert len(deck.sent) == len(set(deck.sent)) == 3 * AHEAD


def test_huge_texts_come_few_at_a_time(desk: Desk) -> None:
    of = job(30)
    of = replace(of, texts={item: text(item, "x" * 100_000) for item in of.items})
    deck = Deck(of.key, "1")
    deck.renew(of, desk)
    assert 0 < len(deck.sent) < 10
    while deck.more:
        deck.extend(of, desk)
    assert deck.sent == list(of.items)


def test_names_come_only_with_what_is_decided(desk: Desk) -> None:
    sides = {"p-1": (Side("bob", ("nlp",), ()), Side("eve", (), ("nlp",)))}
    of = job(kind="adjudicate", key="adjudicate:spring", items=("p-1",), sides=sides)
    deck = Deck(of.key, "1")
    deck.renew(of, desk)
    assert "bob" not in str(deck.message(of, desk, 0.0, "store"))
    decided = said("p-1", "nlp", act="adjudicate", job=of.key, asked=("nlp",))
    desk.take(of, [decided])
    assert deck.message(of, desk, 0.0, "store")["names"] == {"p-1": ["bob", "eve"]}


def test_events_that_no_build_has_are_counted(desk: Desk) -> None:
    assert not_built(desk.root) == 0
    take(desk, said("p-1", "nlp"), said("p-2", "nlp"))
    assert not_built(desk.root) == 2
    rows = desk.root / "data/annotated/rows.json"
    rows.parent.mkdir(parents=True)
    rows.write_text('{"events": 1, "repeated": 1}')
    assert not_built(desk.root) == 0
    take(desk, said("p-3", "nlp"))
    assert not_built(desk.root) == 1
    rows.write_text("{")
    assert not_built(desk.root) == 3
