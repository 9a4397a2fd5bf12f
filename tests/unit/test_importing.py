"""Answers come back: whole files or nothing, twice is once, and nothing is guessed."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagledger import tables
from tagledger.annotation_tools import registry
from tagledger.annotation_tools.tool_file import ToolFile
from tagledger.campaigns.answer_events import parse_time
from tagledger.campaigns.importing import Import, Source, import_files
from tagledger.campaigns.people import of_file, parse_renamed, pseudonym
from tagledger.campaigns.starting import Wanted, start
from tagledger.errors import TagledgerError
from tagledger.events.event import is_name
from tagledger.events.store import read_taxonomy
from tests import factories
from tests.campaigns import Lines, Small, answers_file, small

AT = "2026-11-25T00:00:00Z"
TEXTS = {"p-1": "A graph", "p-2": "A text &lt;3", "p-3": "A cat", "p-4": "A dog"}


@pytest.fixture(autouse=True)
def _lines_is_a_tool(monkeypatch: pytest.MonkeyPatch) -> None:
    own = dict(registry.own())
    monkeypatch.setattr(registry, "own", lambda: {**own, "lines": Lines()})


@pytest.fixture
def repo(tmp_path: Path) -> Small:
    root = tmp_path / "repo"
    root.mkdir()
    return small(root, TEXTS, {"p-1": ["nlp"], "p-2": ["cv"]}, taxonomy=["cv", "nlp", "Speech"])


def imported(
    repo: Small, *answers: Mapping[str, Any], name: str = "a.jsonl", **said: Any
) -> Import:
    file = answers_file(repo.root.parent / name, answers)
    dry_run = said.pop("dry_run", False)
    return import_files(repo.root, [Source(file)], repo.asker(**said), dry_run=dry_run)


def answer(item: str = "p-1", yes: Sequence[str] = ("nlp",), **more: Any) -> dict[str, Any]:
    return {"item": item, "yes": list(yes), "by": "ann", "at": AT, **more}


def counts(found: Import) -> tuple[int, int]:
    return found.total.new, found.total.known


def test_importing_twice_is_importing_once(repo: Small) -> None:
    answers = [answer(), answer("p-2", [], asked=["cv", "nlp"]), {**answer("p-3"), "kind": "skip"}]
    found = imported(repo, *answers)
    assert counts(found) == (3, 0)
    assert (found.total.skips, found.total.none) == (1, 1)
    before = repo.files()
    assert counts(imported(repo, *answers)) == (0, 3)
    assert repo.files() == before
    # Of a file with more, what is new in it.
    assert counts(imported(repo, *answers, answer("p-4"))) == (1, 3)


def test_three_kinds_of_no_label_stay_three(repo: Small) -> None:
    found = imported(
        repo,
        answer("p-1", [], asked=["cv", "nlp"]),
        {**answer("p-2", [], asked=["nlp"]), "kind": "skip", "note": "unclear"},
        {**answer("p-3", [], asked=["nlp"]), "kind": "unasked"},
    )
    assert (found.total.none, found.total.skips, found.total.unasked) == (1, 1, 1)
    label, skip = repo.events()
    assert (label.act, label.yes, label.asked) == ("label", (), ("cv", "nlp"))
    assert (skip.act, skip.yes, skip.asked, skip.note) == ("skip", None, None, "unclear")


def test_what_was_asked_is_what_the_file_says_else_the_campaign_else_all(repo: Small) -> None:
    campaign = start(repo.repository, Wanted("one", "all", ["ann"], tags=["cv", "nlp"])).campaign
    imported(
        repo,
        answer("p-1", ["nlp"], asked=["nlp", "Speech"]),
        answer("p-2", ["nlp"], campaign="one"),
        answer("p-3", ["nlp", "new tag"], campaign="one"),
        answer("p-4", ["nlp"]),
    )
    by_item = {event.item: event for event in repo.events()}
    assert by_item["p-1"].asked == ("Speech", "nlp")
    assert (by_item["p-2"].asked, by_item["p-2"].tax) == (None, campaign.tax)
    assert by_item["p-3"].asked == ("cv", "new-tag", "nlp")
    assert by_item["p-4"].asked == ("nlp",)
    found = imported(repo, answer("p-4", ["nlp"]), asked_all=repo.asker().names.tags)
    assert counts(found) == (1, 0)  # now it says a no as well
    (added,) = [event for event in repo.events() if event.item == "p-4" and event.tax]
    assert added.tax is not None
    assert read_taxonomy(repo.root, added.tax) == ["Speech", "cv", "nlp"]
    assert counts(imported(repo, answer("p-4", ["nlp"]))) == (0, 1)


def test_an_item_is_known_by_its_id_else_by_its_exact_text(repo: Small) -> None:
    found = imported(
        repo,
        answer("p-1", text="A graph"),
        {**answer(), "item": None, "text": "A  text <3"},
        answer("1", text="A cat"),  # the file's own number
        answer("p-4", text="Another dog"),
    )
    texts = {event.item: event.text for event in repo.events()}
    items = repo.asker().items.texts
    assert texts["p-1"] == items["p-1"].hash
    assert texts["p-2"] == items["p-2"].hash
    assert texts["p-3"] == items["p-3"].hash
    assert texts["p-4"] != items["p-4"].hash
    assert (found.total.text_changed, found.total.unknown_items) == (1, {})


def test_an_id_is_known_in_any_of_unicode_s_forms(tmp_path: Path) -> None:
    decomposed, composed = "cafe\u0301", "caf\u00e9"
    (tmp_path / "repo").mkdir()
    repo = small(tmp_path / "repo", {decomposed: "A cat"}, {decomposed: ["nlp"]})
    found = imported(repo, answer(decomposed, text="A cat"), name="one.jsonl")
    assert (counts(found), found.total.unknown_items, found.total.text_changed) == ((1, 0), {}, 0)
    found = imported(repo, answer(composed, text="A cat"), name="one.jsonl")
    assert counts(found) == (0, 1)
    assert {event.item for event in repo.events()} == {composed}


def test_an_answer_to_an_item_that_is_not_here_is_kept_if_it_has_an_id(repo: Small) -> None:
    found = imported(repo, answer(), answer("p-9"), {**answer(), "item": None, "text": "What?"})
    assert counts(found) == (2, 0)
    assert found.total.unknown_items == {"p-9": 1, "What?": 1}
    assert {event.item for event in repo.events()} == {"p-1", "p-9"}


@pytest.mark.parametrize(
    ("answers", "said", "hint"),
    [
        ([answer("x-1"), answer("x-2")], "such as x-1, x-2, are none", "column `id`"),
        ([{**answer(), "item": None, "text": "no"}], "no ids, and its texts", "column `id`"),
        ([answer(at=None)], "when this was answered", "--at 2026-11-25"),
        ([answer(seconds=float("nan"))], "cannot be kept", "mend it"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_whole(
    repo: Small, answers: list[dict[str, Any]], said: str, hint: str
) -> None:
    good = answers_file(repo.root.parent / "good.jsonl", [answer("p-1")])
    bad = answers_file(repo.root.parent / "bad.jsonl", [*answers])
    before = repo.files()
    with pytest.raises(TagledgerError) as caught:
        import_files(repo.root, [Source(good), Source(bad)], repo.asker())
    assert said in caught.value.what
    assert hint in caught.value.hint
    assert "bad.jsonl" in str(caught.value.where)
    assert repo.files() == before


def test_ids_that_another_dataset_has_as_well_are_told_by_the_texts(tmp_path: Path) -> None:
    root = tmp_path / "repo"
    root.mkdir()
    repo = small(root, {n: f"A ticket about pump number {n}" for n in range(1, 9)}, {1: ["nlp"]})
    others = [answer(str(n), text=f"Once upon a time {n}") for n in range(1, 9)]
    with pytest.raises(TagledgerError) as caught:
        imported(repo, *others)
    assert "ids of this file are of another dataset" in caught.value.what
    assert repo.events() == []
    # Some that were edited since are no strangers.
    edited = [answer(str(n), text=f"A ticket about a pump, number {n}") for n in range(1, 9)]
    assert imported(repo, *edited).total.text_changed == 8


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_full_disk_or_a_ctrl_c_leaves_nothing(
    repo: Small, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    before = repo.files()

    def stopped(_: int) -> None:
        raise error

    monkeypatch.setattr(os, "fsync", stopped)
    with pytest.raises((TagledgerError, KeyboardInterrupt)) as caught:
        imported(repo, answer(), answer("p-2", by="bob"))
    if isinstance(caught.value, TagledgerError):
        assert "free some space" in caught.value.hint
    assert repo.files() == before


def test_a_dry_run_counts_and_writes_nothing(repo: Small) -> None:
    before = repo.files()
    found = imported(repo, answer(), dry_run=True)
    assert (counts(found), found.written) == ((1, 0), ())
    assert repo.files() == before


def test_a_correction_of_the_same_day_takes_the_place_of_what_it_corrects(repo: Small) -> None:
    imported(repo, answer(yes=["nlp"], asked=["cv", "nlp"]))
    (first,) = repo.events()
    corrected = answer(yes=["cv"], asked=["cv", "nlp"])
    assert counts(imported(repo, corrected)) == (1, 0)
    second = next(event for event in repo.events() if event.yes == ("cv",))
    assert second.replaces == (first.id,)
    # The file from before once more: it is known, and the correction stands.
    again = imported(repo, answer(yes=["nlp"], asked=["cv", "nlp"]))
    assert counts(again) == (0, 1)
    assert "`--at`" in again.files[0].notes[0]


def test_answers_about_other_tags_do_not_take_each_others_place(repo: Small) -> None:
    imported(repo, answer(yes=["nlp"], asked=["nlp"]), answer(yes=[], asked=["cv"]))
    assert [event.replaces for event in repo.events()] == [(), ()]


def test_what_a_tool_says_is_taken_back_is(repo: Small) -> None:
    imported(
        repo,
        answer(asked=["nlp"], at="2026-11-25T08:00:00Z"),
        answer(yes=["cv"], asked=["cv"], at="2026-11-25T09:00:00Z", replaces=["line 1"]),
    )
    first, second = sorted(repo.events(), key=lambda event: event.at)
    assert second.replaces == (first.id,)


def test_nothing_is_taken_back_of_an_item_that_the_text_tells_apart(repo: Small) -> None:
    imported(
        repo,
        answer("7", ["nlp"], text="A cat"),
        answer("7", ["cv"], text="A dog", replaces=["line 1"]),
    )
    assert {event.item: event.replaces for event in repo.events()} == {"p-3": (), "p-4": ()}


def test_people_get_pseudonyms_and_addresses_never_reach_git(repo: Small) -> None:
    found = imported(
        repo, answer(by="Ann Émile"), answer(by="eve@x.org"), answer(by="Bob"),
        renamed={"Bob": "b1"},
    )  # fmt: skip
    people = found.total.people
    assert people["Ann Émile"] == "ann-emile"
    assert people["Bob"] == "b1"
    assert people["eve@x.org"].startswith("p-")
    assert all("eve" not in name + str(data) for name, data in repo.files().items())
    assert {event.by for event in repo.events()} == set(people.values())


def test_a_file_that_names_nobody_has_the_name_of_who_answered(repo: Small) -> None:
    found = imported(repo, answer(by=None), answer("p-2", by=""), name="Ann Lee.jsonl")
    assert {event.by for event in repo.events()} == {"ann-lee"}
    (note,) = (one for one in found.files[0].notes if "who answered" in one)
    assert "ann-lee" in note
    assert "--annotator" in note


def test_one_annotator_is_said_for_a_file_of_one_person_only(repo: Small) -> None:
    imported(repo, answer(by=None), answer("p-2", by=None), annotator="ann")
    assert {event.by for event in repo.events()} == {"ann"}
    with pytest.raises(TagledgerError) as caught:
        imported(repo, answer(by="bob"), answer(by="eve"), annotator="ann")
    assert "2 people: bob and eve" in caught.value.what
    assert "--as 'bob=a1'" in caught.value.hint


@given(st.text(min_size=1, max_size=80).filter(str.strip))
def test_every_name_of_a_file_has_a_pseudonym(name: str) -> None:
    found = of_file(name, {})
    assert is_name(found)
    assert "@" not in found
    assert of_file(name, {}) == found


@pytest.mark.parametrize("word", ["ann", "=ann", "Ann Smith=Ann", "x=a@b.c"])
def test_a_renaming_that_cannot_be_is_refused(word: str) -> None:
    with pytest.raises(TagledgerError):
        parse_renamed((word,))


def test_a_name_that_is_an_address_is_refused_with_a_pseudonym() -> None:
    with pytest.raises(TagledgerError) as caught:
        pseudonym("ann.smith@example.org")
    assert "such as a1" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-11-25", "2026-11-25T00:00:00Z"),
        ("2026-11-25T10:00:00Z", "2026-11-25T10:00:00Z"),
        ("2026-11-25T10:00:00+02:00", "2026-11-25T08:00:00Z"),
        ("2026-11-25 10:00", "2026-11-25T10:00:00Z"),
        ("2026-11-25T10:00:00.250Z", "2026-11-25T10:00:00.25Z"),
    ],
)
def test_times_are_in_utc(text: str, time: str) -> None:
    assert parse_time(text) == time


def test_a_time_that_is_none_is_refused() -> None:
    with pytest.raises(TagledgerError, match="no day and no time"):
        parse_time("yesterday")


def test_a_copy_is_named_also_where_it_comes_in_another_file(tmp_path: Path) -> None:
    root = tmp_path / "repo"
    root.mkdir()
    repo = small(root, {f"p-{n}": f"text {n}" for n in range(12)}, {"p-1": ["nlp", "cv"]})
    answers = [answer(f"p-{n}", ["nlp"] if n % 2 else ["cv"]) for n in range(12)]
    assert imported(repo, *answers).copies == ()
    found = imported(repo, *({**one, "by": "bob"} for one in answers), name="b.jsonl")
    (said,) = found.copies
    assert said.startswith("ann and bob agree in each of the 12 items")


def test_unknown_tags_are_kept_and_counted(repo: Small) -> None:
    found = imported(repo, answer(yes=["nlp", "Robots", "SPEECH"]))
    assert found.total.unknown_tags == {"robots": 1}
    (event,) = repo.events()
    assert event.yes == ("Speech", "nlp", "robots")


def test_tags_that_a_campaign_asks_are_known(repo: Small) -> None:
    start(repo.repository, Wanted("one", "all", ["ann"], tags=["robots"], new_tags=True))
    assert imported(repo, answer(yes=["Robots"], campaign="one")).total.unknown_tags == {}


def test_a_line_that_was_changed_by_hand_does_not_count_as_known(repo: Small) -> None:
    imported(repo, answer())
    (path,) = (repo.root / "data/annotations/ann").iterdir()
    said = json.loads(path.read_text())
    path.write_text(json.dumps({**said, "yes": ["cv"]}, separators=(",", ":")) + "\n")
    assert counts(imported(repo, answer())) == (1, 0)


def notes(found: Import) -> str:
    return "\n".join(found.files[0].notes)


def test_a_file_of_a_campaign_that_is_not_here_says_so_and_names_those_that_are(
    repo: Small,
) -> None:
    start(repo.repository, Wanted("one", "all", ["ann"]))
    found = imported(repo, answer(campaign="other"))
    assert "campaign other, and there is no such campaign here" in notes(found)
    assert "campaigns: one" in notes(found)
    assert "no such campaign" not in notes(imported(repo, answer("p-2", campaign="one")))


def test_a_campaign_that_the_file_contradicts_is_refused(repo: Small) -> None:
    for name in ("one", "two"):
        start(repo.repository, Wanted(name, "all", ["ann"]))
    two = repo.asker().campaigns["two"]
    with pytest.raises(TagledgerError, match="are of campaign one, not of two"):
        imported(repo, answer(campaign="one"), answer("p-2"), campaign=two)
    assert repo.events() == []
    assert counts(imported(repo, answer("p-2"), campaign=two)) == (1, 0)


def test_people_who_are_not_in_the_campaign_are_named_with_those_who_are(repo: Small) -> None:
    start(repo.repository, Wanted("one", "all", ["ann", "bob"]))
    said = notes(imported(repo, answer(campaign="one"), answer("p-2", by="7", campaign="one")))
    assert "7 is not in campaign one, whose annotators are ann and bob" in said
    assert "`--as 7=ann` says who is who" in said
    assert "`tagledger annotate withdraw 7 --by NAME` takes back" in said
    # Nor is somebody who answered an item of an open campaign in a file that names none.
    assert "eve is not in campaign one" in notes(imported(repo, answer(by="eve"), name="b.jsonl"))
    assert "not in campaign" not in notes(imported(repo, answer("p-3"), name="c.jsonl"))


def test_an_answer_without_a_time_is_known_whatever_day_is_said(repo: Small) -> None:
    answers = [answer(at=None), {**answer("p-2", at=None), "kind": "skip"}]
    assert counts(imported(repo, *answers, at="2026-11-24T00:00:00Z")) == (2, 0)
    before = repo.files()
    assert counts(imported(repo, *answers, at="2026-11-25T00:00:00Z")) == (0, 2)
    assert counts(imported(repo, *answers, at="2026-11-23T00:00:00Z")) == (0, 2)
    assert repo.files() == before


def test_an_answer_that_another_took_the_place_of_counts_again_on_a_later_day(
    repo: Small,
) -> None:
    first = answer(at=None, asked=["cv", "nlp"])
    imported(repo, first, at="2026-11-23T00:00:00Z")
    imported(repo, {**first, "yes": ["cv"]}, at="2026-11-24T00:00:00Z")
    assert counts(imported(repo, first, at="2026-11-23T00:00:00Z")) == (0, 1)
    assert counts(imported(repo, first, at="2026-11-25T00:00:00Z")) == (1, 0)


def test_an_answer_of_the_future_is_told_of(repo: Small) -> None:
    said = notes(imported(repo, answer(at=None), answer("p-2"), at="2999-01-01T00:00:00Z"))
    assert "1 answer is dated in the future, at 2999-01-01" in said
    assert "future" not in notes(imported(repo, answer("p-3", at="2020-01-01T00:00:00Z")))


def test_a_file_of_another_tool_than_was_named_is_refused(repo: Small) -> None:
    file = answers_file(repo.root.parent / "a.jsonl", [{**answer(), "kind": "unasked"}])

    class Others(Lines):
        NAME, TITLE = "others", "Others"

        def recognise(self, file: ToolFile) -> bool:
            return False

    tools = {**registry.own(), "others": Others()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "own", lambda: tools)
        with pytest.raises(TagledgerError) as caught:
            import_files(repo.root, [Source(file, "others")], repo.asker())
    assert "Others finds no answer in this file, which is one of Lines" in caught.value.what
    assert "--tool lines" in caught.value.hint
    assert counts(import_files(repo.root, [Source(file, "lines")], repo.asker())) == (0, 0)


def test_the_name_of_a_file_is_nobody_where_the_annotator_is_said(repo: Small) -> None:
    found = imported(repo, answer(by="tickets"), name="tickets.jsonl", annotator="ann")
    assert found.total.people == {}


@pytest.mark.parametrize(
    ("resolve", "said"),
    [(True, "the build takes it for Speech"), (False, "a tag of its own, unless params.yaml")],
)
def test_an_answer_by_an_alias_is_told_of(repo: Small, resolve: bool, said: str) -> None:
    names = {"Speech": {"aliases": ["talk"]}, "nlp": {}}
    tables.write({repo.root / tables.CLEAN_TAXONOMY: factories.taxonomy(names)})
    about = {"tag_spelling": "words", **({"resolve_aliases": True} if resolve else {})}
    (repo.root / tables.CLEAN_ROWS).write_text(json.dumps(about))
    found = imported(repo, answer(yes=["Talk"]), answer("p-2", ["nlp"]))
    assert found.total.unknown_tags == {}
    (note,) = found.files[0].notes
    assert note.startswith("1 answer says talk, an alias of Speech")
    assert said in note


@pytest.mark.parametrize(
    ("names", "hint"),
    [
        (("Ann", "ÄNN"), "`--as 'ÄNN=ann-2'`"),
        (("J Smith", "j-smith"), "`--as 'J Smith=j-smith-2'`"),
        (("Ann", "ÄNN", "ann-2", "Ànn"), "`--as 'Ànn=ann-3' --as 'ÄNN=ann-4'`"),
    ],
)
def test_two_people_of_a_file_never_become_one_unless_it_is_said(
    repo: Small, names: tuple[str, ...], hint: str
) -> None:
    answers = [answer(f"p-{n}", by=name) for n, name in enumerate(names, 1)]
    before = repo.files()
    with pytest.raises(TagledgerError) as caught:
        imported(repo, *answers)
    assert hint in caught.value.hint
    assert repo.files() == before
    words = re.findall(r"--as '([^']+)'", caught.value.hint)
    apart = parse_renamed(tuple(words[:-1]))  # the last says that they are one
    assert len(set(imported(repo, *answers, renamed=apart).total.people.values())) == len(names)
    one = parse_renamed(tuple(words[-1:]))
    if len(names) == 2:
        people = imported(repo, *answers, renamed=one).total.people
        assert len(set(people.values())) == 1


def test_a_name_in_other_letters_and_spaces_is_one_person(repo: Small) -> None:
    found = imported(repo, answer(by="Ann Lee"), answer("p-2", by=" ann  lee "))
    assert set(found.total.people.values()) == {"ann-lee"}


def test_calling_a_pseudonym_otherwise_makes_no_two_people_one(repo: Small) -> None:
    answers = answer(by="j-smith"), answer("p-2", by="J Smith")
    with pytest.raises(TagledgerError) as caught:
        imported(repo, *answers, renamed={"j-smith": "x"})
    assert "`--as 'J Smith=x-2'`" in caught.value.hint
    people = imported(repo, *answers, renamed={"j-smith": "x", "J Smith": "x-2"}).total.people
    assert people == {"j-smith": "x", "J Smith": "x-2"}


def test_an_empty_column_is_a_tag_whatever_the_last_build_kept(repo: Small) -> None:
    imported(repo, answer(yes=["asked before"], asked=["asked before", "no before"], by="bob"))
    tables.write(
        {
            repo.root / tables.ANNOTATED_LABELS: factories.labels({"p-2": ["cv"]}),
            repo.root / tables.ANNOTATED_TAXONOMY: factories.taxonomy(["cv"]),
        }
    )
    asked = ["Speech", "asked-before", "nlp", "no-before"]  # of them the build has none
    sheet = repo.root.parent / "ann.csv"
    sheet.write_text(f"id,cv,{','.join(asked)},remark x\np-1,1,,,,,\np-2,0,,,,,\n")
    found = import_files(repo.root, [Source(sheet)], repo.asker(at=AT))
    (event,) = (one for one in repo.events() if one.by == "ann" and one.item == "p-1")
    assert event.yes == ("cv",)
    assert event.asked == ("asked-before", "cv", "nlp", "no-before", "speech")
    assert any("remark x" in note for note in found.files[0].notes)


def test_a_no_to_one_tag_does_not_say_that_none_applies(repo: Small) -> None:
    start(repo.repository, Wanted("one", "all", ["ann"], tags=["nlp"]))
    found = imported(
        repo,
        answer("p-1", [], asked=["cv"]),
        answer("p-1", [], asked=["nlp", "NLP"]),
        answer("p-2", [], asked=["cv", "nlp"]),
        answer("p-3", [], asked=None),  # the tool says none, and nothing says of what
        answer("p-4", [], campaign="one"),
    )
    assert (found.total.new, found.total.none) == (5, 2)
    assert [one.item for one in repo.events() if one.asked == ()] == ["p-3"]
