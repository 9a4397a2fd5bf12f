"""What answers come to, an example for each rule; the laws are in test_fold_laws."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tagledger import tables
from tagledger.campaigns.importing import Source as ImportedFile
from tagledger.campaigns.importing import import_files
from tagledger.campaigns.starting import Wanted, start
from tagledger.events.canonical import text_hash
from tagledger.events.event import Event
from tagledger.events.writing import keep_taxonomy, write_session
from tagledger.params import AnnotateParams
from tagledger.verdicts.fold import Folded, fold
from tagledger.verdicts.gathering import Source, read_source
from tests.campaigns import small
from tests.said import event, folded, label_set, source, verdict_rows, write, write_lines

EARLY, LATER, LAST = (f"2026-11-25T1{hour}:00:00Z" for hour in range(3))
NOTHING = source()


def rename(before: str, after: str, at: str = LATER) -> Event:
    return Event("rename", "eva", at, sources=(before,), to=(after,))


def states(made: Folded) -> dict[tuple[Any, str], tuple[bool, str, str]]:
    """Of each item and tag the value, the state, and by whom."""
    return {pair: row[:3] for pair, row in verdict_rows(made.verdicts).items()}


def reasons(made: Folded) -> dict[str, str]:
    return dict(zip(made.rejected["event"], made.rejected["reason"], strict=True))


# What one answer says


def test_what_was_asked_and_not_chosen_is_a_no_and_what_was_not_asked_is_nothing(
    tmp_path: Path,
) -> None:
    of = source({"p-1": ["cv", "nlp", "rl"]})
    made = folded(tmp_path, [event(asked=["cv", "nlp"], yes=["cv"])], of)
    assert label_set(made, of) == {("p-1", "cv"), ("p-1", "rl")}
    assert states(made) == {
        ("p-1", "cv"): (True, "labelled", "ann"),
        ("p-1", "nlp"): (False, "labelled", "ann"),
    }


def test_none_applies_takes_the_labels_that_were_asked(tmp_path: Path) -> None:
    of = source({"p-1": ["cv"], "p-2": ["cv"]})
    made = folded(tmp_path, [event(asked=["cv", "nlp"])], of)
    assert label_set(made, of) == {("p-2", "cv")}


def test_without_asked_the_tags_of_the_kept_taxonomy_were(tmp_path: Path) -> None:
    of = source({"p-1": ["nlp", "rl"]})
    tax = keep_taxonomy(tmp_path, ["cv", "nlp"])
    made = folded(tmp_path, [event(yes=["cv"], tax=tax)], of)
    assert label_set(made, of) == {("p-1", "cv"), ("p-1", "rl")}


def test_a_taxonomy_that_nobody_kept_says_nothing(tmp_path: Path) -> None:
    said = event(yes=["cv"], tax="0" * 16)
    assert reasons(folded(tmp_path, [said])) == {said.id: "taxonomy unknown"}


@pytest.mark.parametrize("act", ["skip", "comment"])
def test_a_skip_or_a_comment_is_never_a_no(tmp_path: Path, act: str) -> None:
    of = source({"p-1": ["cv"]})
    made = folded(tmp_path, [event(act, note="not sure")], of)
    assert (made.labels, len(made.verdicts), made.rows["used"]) == (None, 0, 1)


def test_what_prodigy_ignored_is_a_skip_whatever_was_ticked(tmp_path: Path) -> None:
    repo = small(tmp_path / "repo", {"p-1": "one", "p-2": "two"}, {"p-1": ["cv"], "p-2": ["cv"]})
    lines = [
        {
            "text": text,
            "options": [{"id": "cv", "text": "cv"}, {"id": "nlp", "text": "nlp"}],
            "accept": accept,
            "answer": answer,
            "meta": {"sample_id": item},
            "_timestamp": 1_700_000_000,
            "_annotator_id": "ann",
        }
        for item, text, answer, accept in (
            ("p-1", "one", "ignore", ["nlp"]),
            ("p-2", "two", "accept", []),
        )
    ]
    file = tmp_path / "prodigy.jsonl"
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    import_files(repo.root, [ImportedFile(file, "prodigy", {})], repo.asker())
    made = fold(repo.root, read_source(repo.root), AnnotateParams())
    assert label_set(made, read_source(repo.root)) == {("p-1", "cv")}
    assert {item for item, _ in states(made)} == {"p-2"}


def test_a_suggestion_is_no_label(tmp_path: Path) -> None:
    made = folded(tmp_path, [event("suggest", "bot", yes=["cv"], score=0.99)])
    assert made.labels is None
    assert states(made) == {("p-1", "cv"): (False, "suggested", "bot")}


# Of one person the latest counts; between people time never decides


def test_of_one_person_the_latest_answer_to_each_tag_counts(tmp_path: Path) -> None:
    first = event(at=EARLY, yes=["cv", "nlp"])
    second = event(at=LATER, asked=["cv"])
    made = folded(tmp_path, [second, first])
    assert label_set(made, NOTHING) == {("p-1", "nlp")}
    assert (made.rows["used"], made.rows["superseded"]) == (2, 0)
    made = folded(tmp_path, [second, first, event(at=LAST, asked=["nlp"])])
    assert (made.rows["used"], made.rows["superseded"]) == (2, 1)


def test_a_later_answer_of_another_person_is_a_dispute(tmp_path: Path) -> None:
    of = source({"p-1": ["cv"]})
    later = event(by="bob", at=LAST, asked=["cv"])
    made = folded(tmp_path, [event(at=EARLY, yes=["cv"]), later], of)
    assert made.labels is None  # what the source says stands
    assert states(made) == {("p-1", "cv"): (True, "disputed", "ann bob")}
    row = made.disputes.iloc[0]
    assert (row["among"], row["yes"], row["no"], row["source"]) == (
        "annotators",
        "ann",
        "bob",
        True,
    )


def test_an_answer_takes_the_place_of_those_of_the_same_person_alone(tmp_path: Path) -> None:
    mine, others = event(at=LAST, yes=["cv"]), event(by="bob", at=LAST, yes=["nlp"])
    again = event(at=EARLY, yes=["rl"], replaces=(mine.id, others.id))
    made = folded(tmp_path, [mine, others, again])
    assert label_set(made, NOTHING) == {("p-1", "nlp"), ("p-1", "rl")}
    assert (made.rows["used"], made.rows["superseded"]) == (2, 1)


def test_answers_that_are_withdrawn_are_set_aside(tmp_path: Path) -> None:
    said = [event(yes=["cv"]), event(by="bob", yes=["nlp"])]
    made = folded(tmp_path, [*said, Event("withdraw", "eva", EARLY, of="ann")])
    assert label_set(made, NOTHING) == {("p-1", "nlp")}
    assert reasons(made) == {said[0].id: "withdrawn"}


def test_answers_of_another_campaign_are_not_withdrawn(tmp_path: Path) -> None:
    said = [event(yes=["cv"], campaign="one"), event(yes=["nlp"], campaign="two", item="p-2")]
    taken = Event("withdraw", "eva", LAST, of="ann", campaign="one")
    made = folded(tmp_path, [*said, taken])
    assert label_set(made, NOTHING) == {("p-2", "nlp")}
    assert reasons(made) == {said[0].id: "withdrawn"}


# Policies, adjudicators, gold


@pytest.mark.parametrize(("people", "state"), [(1, "suggested"), (2, "labelled"), (3, "labelled")])
def test_fewer_answers_than_the_quorum_are_suggestions(
    tmp_path: Path, people: int, state: str
) -> None:
    said = [event(by=by, yes=["cv"]) for by in ("ann", "bob", "cat")[:people]]
    made = folded(tmp_path, said, quorum=2)
    assert {row[1] for row in states(made).values()} == {state}
    assert (made.labels is None) == (state == "suggested")


@pytest.mark.parametrize(
    ("policy", "quorum", "state"),
    [
        ("unanimous", 1, "disputed"),
        ("majority", 1, "labelled"),
        ("majority", 4, "disputed"),
        ("quorum", 2, "labelled"),
        ("quorum", 3, "disputed"),
        ("adjudicated", 1, "disputed"),
    ],
)
def test_two_against_one(tmp_path: Path, policy: str, quorum: int, state: str) -> None:
    said = [event(by=by, asked=["cv"], yes=yes) for by, yes in TWO_AGAINST_ONE.items()]
    made = folded(tmp_path, said, policy=policy, quorum=quorum)
    people = "ann bob" if state == "labelled" else "ann bob cat"
    assert states(made) == {("p-1", "cv"): (state == "labelled", state, people)}


TWO_AGAINST_ONE = {"ann": ["cv"], "bob": ["cv"], "cat": []}


def test_gold_decides_before_who_adjudicates_and_these_before_votes(tmp_path: Path) -> None:
    votes = [event(by=by, yes=["cv"]) for by in ("ann", "bob")]
    adjudicated = event("adjudicate", "eva", asked=["cv"])
    made = folded(tmp_path, [*votes, adjudicated])
    assert states(made) == {("p-1", "cv"): (False, "adjudicated", "eva")}
    made = folded(tmp_path, [*votes, adjudicated, event("gold", "fay", yes=["cv"])])
    assert states(made) == {("p-1", "cv"): (True, "gold", "fay")}


def test_who_may_not_adjudicate_is_set_aside_and_the_votes_decide(tmp_path: Path) -> None:
    said = event("adjudicate", "bob", asked=["cv"])
    made = folded(tmp_path, [event(yes=["cv"]), said], adjudicators=["eva"])
    assert states(made) == {("p-1", "cv"): (True, "labelled", "ann")}
    assert reasons(made) == {said.id: "may not adjudicate"}
    gold = event("gold", "bob", asked=["cv"])
    assert reasons(folded(tmp_path, [gold], adjudicators=["eva"]))[gold.id] == "may not adjudicate"


@pytest.mark.parametrize("act", ["adjudicate", "gold"])
def test_two_who_decide_and_differ_are_disputed(tmp_path: Path, act: str) -> None:
    of = source({"p-1": ["cv"]})
    said = [event(by="ann", asked=["cv"]), event(by="bob", asked=["cv"])]
    decided = [event(act, "eva", at=EARLY, yes=["cv"]), event(act, "fay", at=LAST, asked=["cv"])]
    made = folded(tmp_path, [*said, *decided], of)
    assert made.labels is None
    assert states(made) == {("p-1", "cv"): (True, "disputed", "eva fay")}
    assert made.disputes["among"].tolist() == ["gold" if act == "gold" else "adjudicators"]


# Changes of tags


def test_a_rename_after_the_fact_loses_no_vote(tmp_path: Path) -> None:
    of = source({"p-2": ["gan"]})
    said = [
        event(asked=["gan"], yes=["gan"]),
        event(by="bob", yes=["generative"]),
        event(item="p-2", asked=["gan"]),
    ]
    made = folded(tmp_path, [*said, rename("gan", "generative", LAST)], of)
    assert label_set(made, of) == {("p-1", "generative")}
    assert states(made) == {
        ("p-1", "generative"): (True, "labelled", "ann bob"),
        ("p-2", "generative"): (False, "labelled", "ann"),
    }
    assert made.rows["used"] == 4


@pytest.mark.parametrize("order", list(permutations([EARLY, LATER, LAST])))
def test_a_chain_of_renames_leads_to_its_end_in_any_order(
    tmp_path: Path, order: tuple[str, ...]
) -> None:
    of = source({"p-1": ["a"], "p-2": ["b"], "p-3": ["c"]})
    chain = [rename(*names, at) for names, at in zip(("ab", "bc", "cd"), order, strict=True)]
    made = folded(tmp_path, chain, of)
    assert label_set(made, of) == {(item, "d") for item in ("p-1", "p-2", "p-3")}
    ends = dict(zip(made.tag_changes["tag"], made.tag_changes["to"], strict=True))
    assert ends == dict.fromkeys("abc", "d")


@pytest.mark.parametrize("order", list(permutations([EARLY, LATER, LAST])))
def test_of_a_circle_of_renames_the_earliest_does_not_count(
    tmp_path: Path, order: tuple[str, ...]
) -> None:
    of = source({"p-1": ["a"], "p-2": ["b"], "p-3": ["c"]})
    circle = [rename(*names, at) for names, at in zip(("ab", "bc", "ca"), order, strict=True)]
    made = folded(tmp_path, circle, of)
    end = "abc"[order.index(EARLY)]
    assert label_set(made, of) == {(item, end) for item in ("p-1", "p-2", "p-3")}
    assert (made.rows["used"], made.rows["superseded"]) == (2, 1)


def test_a_tag_that_is_renamed_back_has_its_name(tmp_path: Path) -> None:
    of = source({"p-1": ["a"], "p-2": ["b"]})
    made = folded(tmp_path, [rename("a", "b", EARLY), rename("b", "a", LATER)], of)
    assert label_set(made, of) == {("p-1", "a"), ("p-2", "a")}


def test_after_a_merge_yes_wins_within_one_answer(tmp_path: Path) -> None:
    merged = Event("merge", "eva", LAST, sources=("gan", "vae"), to=("generative",))
    said = [
        event(asked=["gan", "vae"], yes=["vae"]),
        event(item="p-2", asked=["gan", "vae"]),
    ]
    of = source({"p-2": ["gan", "vae"], "p-3": ["gan", "vae"]})
    made = folded(tmp_path, [*said, merged], of)
    assert label_set(made, of) == {("p-1", "generative"), ("p-3", "generative")}
    assert states(made)["p-2", "generative"] == (False, "labelled", "ann")


SPLIT = Event("split", "eva", LATER, sources=("nlp",), to=("speech", "text"))


def test_after_a_split_an_old_yes_is_a_suggestion_for_each_part(tmp_path: Path) -> None:
    made = folded(tmp_path, [event(yes=["nlp"]), SPLIT])
    assert states(made) == {
        ("p-1", "nlp"): (True, "labelled", "ann"),  # until each part is decided
        ("p-1", "speech"): (False, "suggested", "ann"),
        ("p-1", "text"): (False, "suggested", "ann"),
    }


def test_after_a_split_an_old_no_says_nothing_of_the_parts(tmp_path: Path) -> None:
    of = source({"p-1": ["nlp"]})
    made = folded(tmp_path, [event(asked=["cv", "nlp"]), SPLIT], of)
    assert states(made) == {
        ("p-1", "cv"): (False, "labelled", "ann"),
        ("p-1", "nlp"): (False, "labelled", "ann"),
    }
    assert label_set(made, of) == set()  # what people refused does not come back


def test_the_source_s_label_of_a_split_tag_stays_until_each_part_is_decided(
    tmp_path: Path,
) -> None:
    of = source({"p-1": ["nlp"], "p-2": ["nlp"]})
    half = event(at=LAST, yes=["text"])
    made = folded(tmp_path, [SPLIT, half], of)
    assert label_set(made, of) == {("p-1", "nlp"), ("p-1", "text"), ("p-2", "nlp")}
    made = folded(tmp_path, [SPLIT, half, event(at=LAST, asked=["speech"])], of)
    assert label_set(made, of) == {("p-1", "text"), ("p-2", "nlp")}


def test_labels_of_a_retired_tag_go_and_answers_about_it_alone_are_set_aside(
    tmp_path: Path,
) -> None:
    of = source({"p-1": ["misc"], "p-2": ["cv", "misc"]})
    about_it, about_more = event(yes=["misc"]), event(item="p-2", yes=["misc", "nlp"])
    retired = Event("retire", "eva", LAST, sources=("misc",))
    made = folded(tmp_path, [about_it, about_more, retired], of)
    assert label_set(made, of) == {("p-2", "cv"), ("p-2", "nlp")}
    assert reasons(made) == {about_it.id: "tag retired"}
    assert made.rows["used"] == 2
    assert made.tag_changes[["tag", "to", "act"]].to_numpy().tolist() == [["misc", "", "retire"]]


# What is set aside, and the books


def test_an_answer_to_a_text_that_changed_is_set_aside_and_offered_again(tmp_path: Path) -> None:
    repo = small(tmp_path / "repo", {"p-1": "new text", "p-2": "same"}, {"p-1": ["cv"]})
    said = [
        event(yes=["nlp"], text=text_hash("old text", "")),
        event(item="p-2", yes=["nlp"], text=text_hash("same", "")),
    ]
    write_session(repo.root, said)
    of = read_source(repo.root)
    made = fold(repo.root, of, AnnotateParams())
    assert label_set(made, of) == {("p-1", "cv"), ("p-2", "nlp")}
    assert reasons(made) == {said[0].id: "text changed"}
    tables.write({repo.root / tables.REJECTED: made.rejected})
    wanted = Wanted(name="again", items="aside", annotators=["ann"], tags=["all"], overlap=1)
    started = start(repo.repository, wanted)
    assert list(started.campaign.item_ids) == ["p-1"]


@pytest.mark.parametrize("digit", "0f")
def test_a_hash_that_no_text_has_is_of_another_text(tmp_path: Path, digit: str) -> None:
    said = event(yes=["cv"], text=digit * 16)
    assert reasons(folded(tmp_path, [said])) == {said.id: "text changed"}
    (tmp_path / "data/annotations/ann/a.jsonl").unlink()
    by_itself = event(yes=["cv"], text=digit * 16, note="a note with ü")
    assert reasons(folded(tmp_path, [by_itself])) == {by_itself.id: "text changed"}


def test_an_answer_to_an_item_that_is_not_there_is_set_aside(tmp_path: Path) -> None:
    said = event(item="p-9", yes=["cv"])
    made = folded(tmp_path, [said])
    assert reasons(made) == {said.id: "unknown item"}
    assert made.rejected[["file", "line", "by", "act", "item"]].to_numpy().tolist() == [
        ["ann/a.jsonl", 1, "ann", "label", "p-9"]
    ]


def test_ids_that_are_integers_are_known_by_their_text(tmp_path: Path) -> None:
    of = source({7: ["cv"]}, [7, 10])
    made = folded(tmp_path, [event(item="7", yes=["nlp"]), event(item="07", yes=["rl"])], of)
    assert label_set(made, of) == {(7, "cv"), (7, "nlp")}
    assert made.rows["because"] == {"unknown item": 1}


def test_every_event_is_used_superseded_or_set_aside_and_repeats_are_counted_apart(
    tmp_path: Path,
) -> None:
    said = [
        event(at=EARLY, yes=["cv"]),  # superseded
        event(at=LATER, yes=["cv"]),
        event("skip", "bob"),
        event(item="p-9", yes=["cv"]),  # set aside
        rename("x", "y", EARLY),  # superseded
        rename("x", "z", LATER),
    ]
    write(tmp_path, said)
    write_lines(tmp_path, "ann", [said[0].line().encode(), b"{}"], "b")
    made = fold(tmp_path, NOTHING, AnnotateParams())
    rows = made.rows
    assert rows["events"] == rows["used"] + rows["superseded"] + rows["rejected"] == 7
    assert (rows["used"], rows["superseded"], rows["rejected"]) == (3, 2, 2)
    assert rows["repeated"] == 1
    assert rows["because"] == {"not an event": 1, "unknown item": 1}
    assert rows["annotators"] == {"ann": 1, "bob": 1, "eva": 1}
    assert len(made.rejected) == rows["rejected"]


def test_without_events_nothing_is_made_anew(tmp_path: Path) -> None:
    of: Source = source({"p-1": ["cv"]}, taxonomy=["cv"])
    made = fold(tmp_path, of, AnnotateParams())
    assert (made.labels, made.taxonomy) == (None, None)
    empty = pd.DataFrame([len(made.verdicts), len(made.disputes), len(made.rejected)])
    assert not empty.any(axis=None)
