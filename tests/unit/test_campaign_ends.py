"""What a campaign comes to: status, export, decisions, changes of tags, the commit at its end."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tagledger.annotation_tools.registry import tool as tool_of
from tagledger.campaigns.campaign import Campaign, read_campaign
from tagledger.campaigns.deciding import Decision, decide, withdraw
from tagledger.campaigns.exporting import Exporter, Wanted
from tagledger.campaigns.finishing import finish, message
from tagledger.campaigns.items import read_items, read_tags
from tagledger.campaigns.people import FOR_EVER
from tagledger.campaigns.starting import Wanted as Start
from tagledger.campaigns.starting import start, suggest
from tagledger.campaigns.status import Status, status_of
from tagledger.campaigns.tag_events import Change, Changed, change_tags
from tagledger.errors import TagledgerError
from tagledger.events.event import Event
from tagledger.events.writing import write_session
from tagledger.render.annotate import exported_lines, finished_lines, started_lines, status_lines
from tests.campaigns import Lines, Small, small, verdicts

AT = "2099-01-01T00:00:00Z"
TAGS = {"p-1": ["nlp"], "p-2": ["cv", "nlp"], "p-3": ["gan"]}


@pytest.fixture
def repo(tmp_path: Path) -> Small:
    root = tmp_path / "repo"
    root.mkdir()
    return small(root, {f"p-{n}": f"text {n}" for n in range(1, 7)}, TAGS)


@pytest.fixture
def campaign(repo: Small) -> Campaign:
    wanted = Start("one", "all", ["ann", "bob"], tags=["cv", "nlp"])
    return start(repo.repository, wanted).campaign


def label(repo: Small, by: str, item: str, *yes: str, **more: Any) -> Event:
    said = {"asked": ("cv", "nlp"), "yes": yes, "campaign": "one", "at": AT, **more}
    event = Event(**{"act": "label", "by": by, "item": item, **said})
    write_session(repo.root, [event])
    return event


def status(repo: Small) -> Status:
    campaign = read_campaign(repo.root, "one")
    return status_of(repo.root, campaign, read_items(repo.root))


def refused(said: str, run: Callable[[], object]) -> TagledgerError:
    with pytest.raises(TagledgerError) as caught:
        run()
    assert said in caught.value.what
    return caught.value


@pytest.mark.usefixtures("campaign")
def test_status_counts_what_is_answered_skipped_and_left(repo: Small) -> None:
    label(repo, "ann", "p-1", "nlp")
    label(repo, "bob", "p-1", "nlp")
    label(repo, "ann", "p-2", "nlp")
    label(repo, "bob", "p-2", "cv")
    label(repo, "ann", "p-3", act="skip", yes=None, asked=None)
    label(repo, "eve", "p-4", "nlp")  # who is nobody of the campaign
    label(repo, "ann", "p-5", "nlp", campaign="another")
    label(repo, "ann", "p-6", "nlp", text="0" * 16)  # about a text that has changed
    found = status(repo)
    by_name = {one.annotator: one for one in found.people}
    ann, bob = by_name["ann"], by_name["bob"]
    assert (ann.handed_out, ann.answered, ann.skipped, ann.left) == (6, 2, 1, 3)
    assert (bob.handed_out, bob.answered, bob.skipped, bob.left) == (6, 2, 0, 4)
    assert (found.items, found.answered, found.complete, found.left) == (6, 2, 2, 7)
    assert found.disputed == ("p-2",)
    assert found.compared == 2
    assert found.agreement is not None
    assert found.agreement < 1


@pytest.mark.usefixtures("campaign")
def test_what_somebody_has_decided_is_disputed_no_more(repo: Small) -> None:
    label(repo, "ann", "p-1", "cv")
    label(repo, "bob", "p-1")
    label(repo, "ann", "p-2", "nlp", "cv")
    label(repo, "bob", "p-2")
    assert status(repo).disputed == ("p-1", "p-2")
    decided(repo, no=["cv"])
    decided(repo, act="gold", item="p-2", yes=["cv"])
    assert status(repo).disputed == ("p-2",)  # in nlp, still
    decided(repo, by="dan", yes=["cv"])
    assert status(repo).disputed == ("p-1", "p-2")


@pytest.mark.usefixtures("campaign")
def test_without_two_answers_there_is_no_agreement(repo: Small) -> None:
    assert (status(repo).agreement, status(repo).compared) == (None, 0)
    label(repo, "ann", "p-1", "nlp")
    assert status(repo).agreement is None


@pytest.mark.usefixtures("campaign")
def test_a_later_answer_counts_and_one_that_was_replaced_does_not(repo: Small) -> None:
    label(repo, "bob", "p-1", "cv")
    first = label(repo, "ann", "p-1", "nlp")
    assert status(repo).disputed == ("p-1",)
    label(repo, "ann", "p-1", "cv", replaces=(first.id,))
    assert status(repo).disputed == ()


@pytest.mark.usefixtures("campaign")
def test_a_part_of_a_second_is_later_than_the_whole_one(repo: Small) -> None:
    label(repo, "bob", "p-1", "cv")
    label(repo, "ann", "p-1", "nlp", at="2099-01-01T00:00:00Z")
    label(repo, "ann", "p-1", "cv", at="2099-01-01T00:00:00.5Z")
    assert status(repo).disputed == ()


@pytest.mark.usefixtures("campaign")
def test_answers_that_are_withdrawn_are_left_to_answer_again(repo: Small) -> None:
    label(repo, "ann", "p-1", "nlp")
    label(repo, "bob", "p-1", "cv")
    event, path, many = withdraw(repo.root, "ann", "lead")
    assert (event.act, event.of, many) == ("withdraw", "ann", 1)
    assert path.parent.name == "lead"
    found = status(repo)
    assert found.disputed == ()
    ann = found.people[0]
    assert (ann.answered, ann.left, ann.withdrawn) == (0, 6, True)
    label(repo, "ann", "p-2", "cv", at="2099-01-02T00:00:00Z")
    assert withdraw(repo.root, "ann", "other", campaign="one") == (event, path, None)
    error = refused("no answers by anna", lambda: withdraw(repo.root, "anna", "lead"))
    assert "did you mean ann?" in error.hint


def exported(repo: Small, **wanted: Any) -> list[list[dict[str, Any]]]:
    path = wanted.pop("path", repo.root.parent / "out.jsonl")
    exporter = Exporter(
        repo.repository,
        read_campaign(repo.root, "one"),
        Lines(),
        items=read_items(repo.root),
        names=read_tags(repo.root),
    )
    found = exporter.export(Wanted(path, **wanted))
    return [
        [json.loads(line) for line in one.files[0].read_text().splitlines()] if one.files else []
        for one in found
    ]


@pytest.mark.usefixtures("campaign")
def test_an_export_has_what_is_left_and_nothing_of_others(repo: Small) -> None:
    verdicts(repo.root, [("p-1", "cv", "gold")])
    label(repo, "bob", "p-1", "cv")
    label(repo, "ann", "p-2", "nlp")
    (items,) = exported(repo, annotator="ann")
    assert {one["id"] for one in items} == {"p-1", "p-3", "p-4", "p-5", "p-6"}
    labels = {one["id"]: one["labels"] for one in items}
    assert labels["p-1"] == ["nlp"]  # the source's, not what people decided
    (items,) = exported(repo, annotator="ann", everything=True, force=True)
    assert len(items) == 6


@pytest.mark.usefixtures("campaign")
def test_each_annotator_gets_a_file_with_the_name_put_in(repo: Small) -> None:
    assert [len(items) for items in exported(repo)] == [6, 6]
    names = sorted(path.name for path in repo.root.parent.glob("out*"))
    assert names == [
        "out-ann-about.json",
        "out-ann.jsonl",
        "out-bob-about.json",
        "out-bob.jsonl",
    ]
    before = (repo.root.parent / "out-ann.jsonl").read_bytes()
    error = refused("such a file already", lambda: exported(repo))
    assert "--force" in error.hint
    assert (repo.root.parent / "out-ann.jsonl").read_bytes() == before


@pytest.mark.usefixtures("campaign")
def test_what_cannot_be_exported_says_why(repo: Small) -> None:
    error = refused("is no annotator of one", lambda: exported(repo, annotator="anne"))
    assert "did you mean ann?" in error.hint
    path = repo.root.parent / "out.xml"
    refused("is to be written as .jsonl", lambda: exported(repo, path=path))
    refused("no option 'x'", lambda: exported(repo, options={"x": "1"}))
    for n in range(1, 7):
        label(repo, "ann", f"p-{n}", "nlp")
    error = refused("nothing is left", lambda: exported(repo, annotator="ann"))
    assert "--all" in error.hint


@pytest.mark.usefixtures("campaign")
def test_suggestions_of_tags_that_are_asked_are_shown(repo: Small) -> None:
    file = repo.root.parent / "scores.jsonl"
    file.write_text('{"id": "p-4", "scores": {"NLP": 0.9, "gan": 0.8, "cv": 0.3}}\n')
    assert suggest(repo.repository, "one", file) == 1
    (items,) = exported(repo, annotator="ann")
    of = {one["id"]: one["suggestions"] for one in items}
    assert of["p-4"] == [["nlp", 0.9], ["cv", 0.3]]
    assert of["p-5"] == []


def decided(repo: Small, **said: Any) -> Event:
    decision = {"act": "adjudicate", "item": "p-1", "yes": [], "no": [], "by": "lead", **said}
    root = repo.root
    return decide(root, Decision(**decision), read_items(root), read_tags(root))[0]


def test_a_decision_asks_the_tags_that_it_names(repo: Small) -> None:
    event = decided(repo, yes=["NLP"], no=["gan"], note="see the title")
    assert (event.yes, event.asked, event.note) == (("nlp",), ("gan", "nlp"), "see the title")
    assert event.text == read_items(repo.root).texts["p-1"].hash
    assert repo.events() == [event]
    assert decided(repo, act="gold", no=["cv"]).act == "gold"


@pytest.mark.usefixtures("campaign")
def test_answers_that_are_set_aside_are_counted_by_items(repo: Small) -> None:
    label(repo, "ann", "p-1", "nlp")
    label(repo, "ann", "p-1", "cv", at="2099-01-02T00:00:00Z")
    label(repo, "ann", "p-2", act="skip", yes=None, asked=None)
    label(repo, "ann", "p-3", "cv", campaign="two")
    decided(repo, by="ann", yes=["nlp"])
    assert withdraw(repo.root, "ann", "lead", campaign="one")[2] == 2
    assert withdraw(repo.root, "ann", "lead")[2] == 2  # what still stood


def test_a_decision_that_is_there_and_stands_is_not_written_again(repo: Small) -> None:
    first = decided(repo, yes=["nlp"], no=["gan"], note="see the title")
    assert decided(repo, yes=["nlp"], no=["gan"]) == first
    assert repo.events() == [first]
    decided(repo, yes=["nlp"], no=["gan"], by="other")
    decided(repo, yes=["nlp"], no=["gan"], act="gold")
    decided(repo, yes=["nlp"], no=["gan"], note="another reason")
    assert len(repo.events()) == 4


def test_a_decision_that_another_one_overruled_is_written_again(repo: Small) -> None:
    label(repo, "lead", "p-1", "nlp", act="adjudicate", at="2020-01-01T00:00:00Z")
    label(repo, "lead", "p-1", "cv", act="adjudicate", at="2020-01-02T00:00:00Z")
    said = {"yes": ["nlp"], "no": ["cv"], "campaign": "one"}
    decided(repo, **said)
    assert len(repo.events()) == 3


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ({"yes": ["npl"]}, "no item has the tag 'npl'"),
        ({"item": "p-9", "yes": ["nlp"]}, "there is no item 'p-9'"),
        ({}, "no tag is decided"),
        ({"yes": ["nlp"], "no": ["nlp"]}, "nlp is a yes and a no"),
        ({"yes": ["nlp"], "by": "lead@x.org"}, "is an e-mail address"),
    ],
)
def test_a_decision_that_is_none_is_refused(repo: Small, said: dict[str, Any], what: str) -> None:
    refused(what, lambda: decided(repo, **said))
    assert repo.events() == []


def changed(repo: Small, act: Any, sources: Sequence[str], *to: str) -> Changed:
    return change_tags(repo.root, Change(act, sources, to, "lead"))


def test_a_rename_counts_the_labels_that_it_touches(repo: Small) -> None:
    found = changed(repo, "rename", ["NLP"], "Language Processing")
    assert (found.event.sources, found.event.to) == (("nlp",), ("language-processing",))
    assert (found.labels, found.items) == (2, 2)
    # What came of it can be changed before a build has run.
    again = changed(repo, "rename", ["language-processing"], "language")
    assert again.event.to == ("language",)


def test_tags_are_merged_into_one_of_them_or_a_new_one(repo: Small) -> None:
    assert changed(repo, "merge", ["nlp", "cv"], "nlp").labels == 1
    assert changed(repo, "merge", ["nlp", "gan"], "ml").labels == 3


def test_a_split_has_parts_and_a_tag_may_be_retired(repo: Small) -> None:
    assert changed(repo, "split", ["nlp"], "text", "speech").event.to == ("speech", "text")
    found = changed(repo, "retire", ["gan"])
    assert (found.event.to, found.labels) == ((), 1)


@pytest.mark.parametrize(
    ("act", "sources", "to", "what", "hint"),
    [
        ("rename", ["npl"], ["x"], "no item has the tag 'npl'", "did you mean nlp?"),
        ("rename", ["nlp"], ["nlp"], "would be renamed into itself", "another tag"),
        ("rename", ["nlp"], ["cv"], "there is a tag cv already", "taxonomy merge nlp cv"),
        ("merge", ["nlp"], ["nlp"], "merged into itself", "--into"),
        ("merge", ["nlp", "nlp"], ["cv"], "named twice", "once"),
        ("split", ["nlp"], ["nlp", "x"], "split into itself", "another tag"),
        ("split", ["nlp"], ["x"], "two parts or more", "name all parts"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(
    repo: Small, act: str, sources: list[str], to: list[str], what: str, hint: str
) -> None:
    assert hint in refused(what, lambda: changed(repo, act, sources, *to)).hint
    assert repo.events() == []


def test_a_tag_does_not_come_back_under_a_name_that_it_had(repo: Small) -> None:
    changed(repo, "rename", ["nlp"], "language")
    error = refused("go round in a circle", lambda: changed(repo, "rename", ["language"], "nlp"))
    assert "delete data/annotations/lead/" in error.hint
    error = refused(
        "nlp was renamed into language by lead", lambda: changed(repo, "retire", ["nlp"])
    )
    assert "change language instead" in error.hint
    (path,) = (repo.root / "data/annotations/lead").iterdir()
    path.unlink()
    changed(repo, "rename", ["nlp"], "speech")


@pytest.mark.usefixtures("campaign")
def test_the_end_commits_the_answers_and_nothing_else(repo: Small) -> None:
    label(repo, "ann", "p-1", "nlp")
    label(repo, "bob", "p-1", "cv")
    (repo.root / "params.yaml").write_text("fetch: {source: other, snapshot: '1'}\n")
    (repo.root / "mine.txt").write_text("staged\n")
    repo.git("add", "params.yaml", "mine.txt")
    found = finish(repo.repository, status(repo), commit=True, co_authors=True)
    assert found.commit == repo.git("rev-parse", "HEAD").strip()
    names = repo.git("show", "--name-only", "--format=", "HEAD").split()
    assert {name.rpartition("/")[0] for name in names} == {
        "data/annotations/ann",
        "data/annotations/bob",
        "data/campaigns/one",
    }
    assert repo.git("diff", "--cached", "--name-only").split() == ["mine.txt", "params.yaml"]
    trailers = repo.git("log", "-1", "--format=%(trailers)").strip().splitlines()
    assert trailers == [
        "Co-authored-by: ann <ann@annotator.invalid>",
        "Co-authored-by: bob <bob@annotator.invalid>",
    ]
    assert read_campaign(repo.root, "one").finished is not None
    again = finish(repo.repository, status(repo), commit=True)
    assert (again.again, again.commit) == (True, None)


@pytest.mark.usefixtures("campaign")
def test_people_are_named_as_co_authors_only_if_asked(repo: Small) -> None:
    label(repo, "ann", "p-1", "nlp")
    found = status(repo)
    assert "Co-authored-by" not in message(found.campaign, found, co_authors=False)


@pytest.mark.usefixtures("campaign")
def test_where_git_refuses_the_campaign_stays_open_and_the_index_as_it_was(repo: Small) -> None:
    label(repo, "ann", "p-1", "nlp")
    (repo.root / "mine.txt").write_text("staged\n")
    repo.git("add", "mine.txt")
    hook = repo.root / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'not today' >&2\nexit 1\n")
    hook.chmod(0o755)
    before = repo.git("status", "--porcelain", "--untracked-files=all")
    refused("not today", lambda: finish(repo.repository, status(repo), commit=True))
    assert repo.git("status", "--porcelain", "--untracked-files=all") == before
    assert read_campaign(repo.root, "one").finished is None


def test_two_branches_with_answers_merge_without_a_conflict(repo: Small) -> None:
    start(repo.repository, Start("one", "all", ["ann", "bob"]))
    repo.git("add", "--all")
    repo.git("commit", "--quiet", "--message", "start")
    main = repo.git("branch", "--show-current").strip()
    for who, tag in (("ann", "nlp"), ("bob", "cv")):
        repo.git("checkout", "--quiet", "-b", who, main)
        for n in range(1, 7):
            label(repo, who, f"p-{n}", tag)
        changed(repo, "retire", ["gan"]) if who == "ann" else None
        repo.git("add", "--all")
        repo.git("commit", "--quiet", "--message", who)
    repo.git("merge", "--quiet", "ann")
    found = status(repo)
    assert [one.answered for one in found.people] == [6, 6]
    assert len(found.disputed) == 6


def test_what_is_printed_fits_eighty_columns(repo: Small) -> None:
    people = ["a" * 40, "b" * 40]
    made = start(repo.repository, Start("c" * 40, "all, " * 30 + "all", people))
    start(repo.repository, Start("another", "all", people))
    for item in ("p-1", "p-2"):
        for who in people:
            label(repo, who, item, *(["nlp"] if who[0] == "a" else []), campaign="c" * 40)
    campaigns = [made.campaign, read_campaign(repo.root, "another")]
    found = [status_of(repo.root, one, read_items(repo.root)) for one in campaigns]
    lines = [*status_lines(found), *status_lines(found[:1]), *status_lines([])]
    lines += [line for line in started_lines(made, FOR_EVER) if not line.startswith("  ")]
    assert max(map(len, lines)) <= 80
    assert "…" in "".join(lines)


ONE_OF_EACH = [
    ("spreadsheet", "out.xlsx", "import {0}/out-ann.xlsx {0}/out-bob.xlsx --at 2026-11-25"),
    ("label-studio", "out.json", "import EXPORT-ann.json --annotator ann"),
    ("doccano", "out.jsonl", "import EXPORT-ann.zip --annotator ann --option confirmed=yes --at"),
    ("prodigy", "out.jsonl", "import EXPORT-bob.jsonl --annotator bob"),
]


@pytest.mark.parametrize(("name", "file", "command"), ONE_OF_EACH)
def test_an_export_ends_with_the_command_that_takes_the_answers_back(
    repo: Small, campaign: Campaign, name: str, file: str, command: str
) -> None:
    folder = repo.root.parent
    found = Exporter(
        repo.repository,
        campaign,
        tool_of(name),
        items=read_items(repo.root),
        names=read_tags(repo.root),
    ).export(Wanted(folder / file))
    said = "\n".join(exported_lines(found, tool_of(name), "2026-11-25"))
    assert f"  tagledger annotate {command.format(folder)}" in said
    assert ("--as 'NAME IN THE FILE=NAME'" in " ".join(said.split())) == (name != "spreadsheet")


@pytest.mark.usefixtures("campaign")
def test_the_end_says_what_comes_next_once(repo: Small) -> None:
    label(repo, "ann", "p-1", "nlp")
    label(repo, "bob", "p-1", "cv")
    said = list(finished_lines(finish(repo.repository, status(repo)), ["data/annotations"]))
    assert sum(line.startswith("Next") for line in said) == 1
    place = said.index("Next:")
    assert said[place + 1].startswith("  git add data/annotations && git commit")
    assert said[place + 2].startswith("  tagledger annotate adjudicate p-1 ")
    assert said[place + 3] == "  dvc repro"
