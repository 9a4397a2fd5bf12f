"""A campaign that is open while tags are renamed, merged, split or retired goes on with them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tagledger.annotation_tools import registry
from tagledger.annotation_tools.registry import tool
from tagledger.campaigns.campaign import FILE, folder_of, read_campaign, read_campaigns
from tagledger.campaigns.exporting import Exporter
from tagledger.campaigns.exporting import Wanted as Export
from tagledger.campaigns.finishing import finish
from tagledger.campaigns.importing import Import, Source, import_files
from tagledger.campaigns.items import read_items, read_tags
from tagledger.campaigns.starting import Wanted, start
from tagledger.campaigns.status import Status, status_of
from tagledger.campaigns.suggestions import read_suggestions, write_suggestions
from tagledger.campaigns.tag_events import Change, change_tags
from tagledger.errors import TagledgerError
from tagledger.events.event import Act
from tests.campaigns import Lines, Small, answers_file, small, verdicts

AT = "2099-01-01T00:00:00Z"  # after the start of the campaign


@pytest.fixture(autouse=True)
def _lines_is_a_tool(monkeypatch: pytest.MonkeyPatch) -> None:
    own = dict(registry.own())
    monkeypatch.setattr(registry, "own", lambda: {**own, "lines": Lines()})


@pytest.fixture
def repo(tmp_path: Path) -> Small:
    root = tmp_path / "repo"
    root.mkdir()
    texts = {f"p-{n}": f"text {n}" for n in range(1, 5)}
    made = small(root, texts, {"p-1": ["nlp"], "p-2": ["cv"], "p-3": ["gan", "old"]})
    start(made.repository, Wanted("one", "all", ["ann", "bob"]))
    return made


def changed(repo: Small, act: Act, sources: Sequence[str], *to: str) -> None:
    change_tags(repo.root, Change(act, sources, to, "lead"))


def imported(repo: Small, *answers: dict[str, Any]) -> Import:
    said = [{"by": "ann", "at": AT, "campaign": "one", **one} for one in answers]
    file = answers_file(repo.root.parent / "answers.jsonl", said)
    return import_files(repo.root, [Source(file)], repo.asker())


def exported(repo: Small) -> tuple[list[dict[str, Any]], list[str]]:
    """The items for ann, and the tags that are asked."""
    campaign = read_campaign(repo.root, "one")
    parts = {"items": read_items(repo.root), "names": read_tags(repo.root)}
    path = repo.root.parent / "out.jsonl"
    wanted = Export(path, "ann", everything=True, force=True)
    Exporter(repo.repository, campaign, tool("lines"), **parts).export(wanted)
    about = json.loads(path.with_name("out-about.json").read_text())
    return [json.loads(line) for line in path.read_text().splitlines()], about["tags"]


def status(repo: Small) -> Status:
    return status_of(repo.root, read_campaign(repo.root, "one"), read_items(repo.root))


def test_what_is_asked_follows_the_changes_of_tags(repo: Small) -> None:
    changed(repo, "rename", ["nlp"], "language")
    changed(repo, "merge", ["cv", "gan"], "cv")
    changed(repo, "retire", ["old"])
    items, tags = exported(repo)
    assert tags == ["cv", "language"]
    labels = {one["id"]: one["labels"] for one in items}
    assert labels == {"p-1": ["language"], "p-2": ["cv"], "p-3": ["cv"], "p-4": []}
    changed(repo, "split", ["language"], "speech", "text")
    items, tags = exported(repo)
    assert tags == ["cv", "speech", "text"]
    assert items[[one["id"] for one in items].index("p-1")]["labels"] == ["language"]


def test_the_file_keeps_what_was_asked_at_the_start(repo: Small) -> None:
    path = repo.root / folder_of("one") / FILE
    before = json.loads(path.read_text())
    changed(repo, "rename", ["nlp"], "language")
    finish(repo.repository, status(repo))
    after = json.loads(path.read_text())
    assert after.pop("finished") is not None
    before.pop("finished")
    assert after == before


def test_answers_to_old_names_count_and_differ_by_what_they_mean_now(repo: Small) -> None:
    (campaign,) = read_campaigns(repo.root)
    imported(
        repo,
        {"item": "p-1", "yes": ["cv"], "tax": campaign.tax},
        {"item": "p-2", "yes": ["nlp"], "tax": campaign.tax},
    )
    changed(repo, "merge", ["cv", "gan"], "vision")
    (now,) = read_campaigns(repo.root)
    assert now.tax != campaign.tax
    imported(
        repo,
        {"by": "bob", "item": "p-1", "yes": ["vision"], "tax": now.tax},
        {"by": "bob", "item": "p-2", "yes": ["vision"], "tax": now.tax},
    )
    found = status(repo)
    assert (found.answered, found.complete) == (2, 2)
    assert found.disputed == ("p-2",)


def test_a_file_of_before_and_one_of_now_say_what_they_asked(repo: Small) -> None:
    (first,) = read_campaigns(repo.root)
    changed(repo, "split", ["nlp"], "speech", "text")
    (now,) = read_campaigns(repo.root)
    imported(repo, {"item": "p-1", "yes": ["nlp"]}, {"item": "p-2", "yes": ["speech"]})
    by_item = {event.item: event.tax for event in repo.events() if event.act == "label"}
    assert by_item == {"p-1": first.tax, "p-2": now.tax}


@pytest.mark.parametrize(
    ("act", "sources", "to", "said", "hint"),
    [
        ("rename", ["nlp"], ["language"], "nlp was renamed into language", "ask language"),
        ("merge", ["nlp", "cv"], ["cv"], "nlp was merged into cv", "ask cv"),
        ("split", ["nlp"], ["speech", "text"], "nlp was split into speech, text", "speech, text"),
        ("retire", ["nlp"], [], "nlp was retired on", "leave it out"),
    ],
)
@pytest.mark.parametrize("new_tags", [False, True])
def test_a_tag_that_is_none_any_more_is_not_asked(
    repo: Small, act: Act, sources: list[str], to: list[str], said: str, hint: str, new_tags: bool
) -> None:
    changed(repo, act, sources, *to)
    with pytest.raises(TagledgerError) as caught:
        start(repo.repository, Wanted("two", "all", ["ann"], tags=["NLP"], new_tags=new_tags))
    assert said in caught.value.what
    assert hint in caught.value.hint
    assert start(repo.repository, Wanted("two", "all", ["ann"])).campaign.tags == tuple(
        sorted({"cv", "gan", "old", *to})
    )


def test_the_parts_of_a_split_are_known_at_once_and_suggested(repo: Small) -> None:
    changed(repo, "split", ["nlp"], "speech", "text")
    made = start(repo.repository, Wanted("two", "all", ["ann"], tags=["speech"]))
    assert made.campaign.tags == ("speech",)
    rows = [("p-1", "speech", "suggested"), ("p-1", "text", "suggested")]
    verdicts(repo.root, [*rows, ("p-2", "text", "labelled"), ("p-2", "cv", "suggested")])
    write_suggestions(repo.repository, "one", {"p-1": {"text": 0.9}, "p-4": {"cv": 0.2}})
    assert read_suggestions(repo.repository, "one") == {
        "p-1": (("text", 0.9), ("speech", 0.5)),
        "p-4": (("cv", 0.2),),
    }
    assert read_suggestions(repo.repository, "two") == {"p-1": (("speech", 0.5), ("text", 0.5))}
    items, _ = exported(repo)
    assert {one["id"]: one["suggestions"] for one in items}["p-1"] == [
        ["text", 0.9],
        ["speech", 0.5],
    ]


def test_what_a_model_suggests_has_the_name_of_now(repo: Small) -> None:
    write_suggestions(repo.repository, "one", {"p-1": {"cv": 0.9, "gan": 0.2, "nlp": 0.4}})
    changed(repo, "merge", ["cv", "gan"], "vision")
    changed(repo, "retire", ["nlp"])
    assert read_suggestions(repo.repository, "one") == {"p-1": (("vision", 0.9),)}


def test_a_campaign_whose_tags_are_all_retired_has_nothing_to_ask(repo: Small) -> None:
    for tag in ("nlp", "cv", "gan", "old"):
        changed(repo, "retire", [tag])
    with pytest.raises(TagledgerError, match="every tag that one asked was retired"):
        exported(repo)


def test_a_split_into_one_says_that_it_needs_two(repo: Small) -> None:
    with pytest.raises(TagledgerError) as caught:
        changed(repo, "split", ["nlp"], "speech")
    assert "two parts or more" in caught.value.what
    assert "taxonomy rename nlp speech" in caught.value.hint
