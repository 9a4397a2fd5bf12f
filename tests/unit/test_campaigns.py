"""Campaigns: which items are chosen, who gets them, and what their files say."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagledger import tables
from tagledger.campaigns.campaign import read_campaign
from tagledger.campaigns.choosing import Dataset, choose
from tagledger.campaigns.handing_out import TOGETHER, hand_out, mix_in, together
from tagledger.campaigns.items import read_items, read_tags
from tagledger.campaigns.starting import Started, Wanted, start
from tagledger.campaigns.suggestions import read_suggestions
from tagledger.errors import TagledgerError
from tagledger.events.store import digest
from tagledger.render.annotate import started_lines
from tagledger.versions import Repository
from tests.campaigns import Small, small, verdicts
from tests.dashboard import story

TEXTS = {f"p-{n}": f"About graph {n}" if n % 2 else f"About text {n}" for n in range(1, 13)}
TAGS = {"p-1": ["nlp"], "p-2": ["nlp", "cv"], "p-3": ["cv"], "p-4": ["gan"]}


@pytest.fixture
def repo(tmp_path: Path) -> Small:
    return small(tmp_path, TEXTS, TAGS)


def chosen(repo: Small, query: str, seed: int = 0) -> list[str]:
    of = Dataset(repo.repository, read_items(repo.root), read_tags(repo.root))
    return choose(of, query, seed)


def started(repo: Small, **wanted: Any) -> Started:
    asked = {"name": "one", "items": "all", "annotators": ["ann", "bob"], **wanted}
    return start(repo.repository, Wanted(**asked))


def refused(said: str, run: Callable[[], object]) -> TagledgerError:
    with pytest.raises(TagledgerError) as caught:
        run()
    assert said in caught.value.what
    return caught.value


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("tag:nlp", {"p-1", "p-2"}),
        ("tag:NLP", {"p-1", "p-2"}),
        ("tag:nlp and tag:cv", {"p-2"}),
        ("tag:gan, tag:nlp and tag:cv", {"p-2", "p-4"}),
        ("untagged and text:graph", {"p-5", "p-7", "p-9", "p-11"}),
        ('text:"graph 1"', {"p-1", "p-11"}),
        ("id:p-3,id:p-4", {"p-3", "p-4"}),
    ],
)
def test_a_query_means_the_items_that_fit(repo: Small, query: str, ids: set[str]) -> None:
    found = chosen(repo, query)
    assert set(found) == ids
    assert len(found) == len(ids)


def test_chance_takes_from_what_fits_and_is_the_same_for_a_seed(repo: Small) -> None:
    found = chosen(repo, "untagged and random:3")
    assert len(found) == 3
    assert set(found) <= set(chosen(repo, "untagged"))
    assert chosen(repo, "untagged and random:3") == found
    others = {tuple(chosen(repo, "untagged and random:3", seed)) for seed in range(1, 9)}
    assert len(others) > 3
    # So the limit of a query takes no oldest or alphabetically first items.
    assert chosen(repo, "all") != sorted(TEXTS)


def test_states_are_those_of_the_last_build(repo: Small) -> None:
    error = refused("no build has taken in", lambda: chosen(repo, "gold"))
    assert "dvc repro" in error.hint
    verdicts(repo.root, [("p-1", "nlp", "gold"), ("p-2", "nlp", "labelled")])
    assert chosen(repo, "gold") == ["p-1"]
    assert set(chosen(repo, "gold, labelled")) == {"p-1", "p-2"}
    assert len(chosen(repo, "unanswered")) == len(TEXTS) - 2


@pytest.mark.parametrize(
    ("query", "said", "hint"),
    [
        ("untaged", "neither a query nor a file", "did you mean untagged?"),
        ("tga:nlp", "neither a query nor a file", "did you mean tag:?"),
        ("tag:", "neither a query nor a file", "tag:nlp"),
        ("tag:npl", "no item has the tag 'npl'", "did you mean nlp?"),
        ("random:some", "how many items", "random:100"),
        ("all:1", "neither a query nor a file", "stands alone"),
        ("text:zebra", "no item fits", "--items all"),
        ("id:p-99", "there is no item 'p-99'", "did you mean p-9?"),
        ("new", "there is no release yet", "--items untagged"),
    ],
)
def test_a_query_that_means_nothing_says_so(repo: Small, query: str, said: str, hint: str) -> None:
    assert hint in refused(said, lambda: chosen(repo, query)).hint


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=40),
    st.integers(1, 6),
    st.integers(1, 6),
    st.integers(0, 99),
)
def test_each_item_has_as_many_annotators_as_asked_and_nobody_much_more(
    sizes: list[int], people: int, overlap: int, seed: int
) -> None:
    overlap = min(overlap, people)
    units = [[f"{at}-{n}" for n in range(size)] for at, size in enumerate(sizes)]
    names = [f"a{n}" for n in range(people)]
    handed = hand_out(units, names, overlap, seed)
    times = Counter(item for own in handed.values() for item in own)
    assert set(times.values()) == {overlap}
    assert len(times) == sum(sizes)
    lengths = [len(own) for own in handed.values()]
    assert max(lengths) - min(lengths) <= max(sizes)
    for own in handed.values():
        for unit in units:
            assert len(set(unit) & set(own)) in {0, len(unit)}


def test_every_two_annotators_meet() -> None:
    handed = hand_out([[str(n)] for n in range(60)], ["a", "b", "c", "d"], 2, 0)
    for one, other in combinations(handed, 2):
        assert len(set(handed[one]) & set(handed[other])) >= 4
    assert {len(own) for own in handed.values()} == {30}


def test_near_duplicates_go_together_but_not_a_whole_day_of_them() -> None:
    groups = {"a": 1, "b": 2, "c": 1, **{f"m{n}": 3 for n in range(25)}}
    units = together(list(groups), groups)
    assert units[:2] == [["a", "c"], ["b"]]
    assert [len(unit) for unit in units[2:]] == [TOGETHER, TOGETHER, 5]


@given(st.integers(0, 30), st.integers(0, 8), st.integers(0, 9))
def test_gold_items_are_among_the_others_whose_order_stays(many: int, gold: int, seed: int) -> None:
    items, others = [f"i{n}" for n in range(many)], [f"g{n}" for n in range(gold)]
    mixed = mix_in(items, others, seed, "ann")
    assert [one for one in mixed if one.startswith("i")] == items
    assert sorted(one for one in mixed if one.startswith("g")) == sorted(others)


def test_a_start_leaves_the_events_alone_so_that_what_was_built_is_not_old(repo: Small) -> None:
    before = digest(repo.root)
    made = started(repo, tags=["CV", "nlp"])
    assert digest(repo.root) == before
    said = "\n".join(started_lines(made, ""))
    assert "  git add data/campaigns/one && git commit -m 'Start one'" in said


def test_a_campaign_is_written_whole_and_read_back(repo: Small, tmp_path: Path) -> None:
    guide = tmp_path / "guide.md"
    guide.write_text("# How\n")
    made = started(repo, guideline=guide, tags=["CV", "nlp"], overlap=1)
    campaign = read_campaign(repo.root, "one")
    assert campaign == made.campaign
    assert campaign.tags == ("cv", "nlp")
    assert sorted(campaign.item_ids) == sorted(TEXTS)
    assert {len(own) for own in campaign.items.values()} == {6}
    folder = repo.root / "data/campaigns/one"
    assert (folder / "guideline.md").read_text() == "# How\n"
    text = (folder / "campaign.json").read_text()
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n"


def test_the_same_seed_hands_out_the_same(repo: Small) -> None:
    people = ["ann", "bob", "eve"]
    first = started(repo, annotators=people).campaign
    again = started(repo, name="two", annotators=people).campaign
    other = started(repo, name="three", annotators=people, seed=1).campaign
    assert first.items == again.items != other.items


def test_gold_items_go_to_all_and_nothing_names_them(repo: Small) -> None:
    verdicts(repo.root, [("p-1", "nlp", "gold"), ("p-2", "nlp", "gold")])
    campaign = started(repo, items="untagged", gold=2, overlap=1).campaign
    for own in campaign.items.values():
        assert {"p-1", "p-2"} <= set(own)
        assert len(own) == 4 + 2
    text = (repo.root / "data/campaigns/one/campaign.json").read_text()
    assert json.loads(text)["gold"] == 2
    error = refused("fewer than the 3", lambda: started(repo, name="two", gold=3))
    assert "annotate gold" in error.hint


@pytest.mark.parametrize(
    ("wanted", "said", "hint"),
    [
        ({"annotators": ["ann@x.org"]}, "is an e-mail address", "pseudonym"),
        ({"annotators": ["Ann Smith"]}, "cannot be the name of an annotator", "small letters"),
        ({"annotators": []}, "nobody", "--annotators"),
        ({"overlap": 3}, "each item is to have 3", "--overlap 2"),
        ({"tags": ["npl"]}, "has no tag 'npl'", "did you mean nlp?"),
        ({"name": "One"}, "cannot be the name of a campaign", "small letters"),
        ({"items": "no.csv"}, "there is no file no.csv", "random:100"),
    ],
)
def test_what_cannot_be_handed_out_is_refused_and_nothing_written(
    repo: Small, wanted: dict[str, Any], said: str, hint: str
) -> None:
    before = repo.files()
    assert hint in refused(said, lambda: started(repo, **wanted)).hint
    assert repo.files() == before


def test_a_campaign_is_never_replaced(repo: Small) -> None:
    started(repo)
    before = repo.files()
    refused("there is a campaign one already", lambda: started(repo, items="untagged"))
    assert repo.files() == before


def test_an_unknown_campaign_names_the_nearest(repo: Small) -> None:
    started(repo, name="round-1")
    error = refused("no campaign round-2", lambda: read_campaign(repo.root, "round-2"))
    assert "did you mean round-1?" in error.hint


def test_new_tags_are_allowed_where_that_is_said(repo: Small) -> None:
    assert started(repo, tags=["nlp", "Speech"], new_tags=True).campaign.tags == ("nlp", "speech")


def test_a_dataset_without_labels_starts_with_tags_that_are_named(tmp_path: Path) -> None:
    repo = small(tmp_path, TEXTS, {})
    error = refused("has no tag yet", lambda: started(repo))
    assert "--tags" in error.hint
    made = started(repo, tags=["nlp", "cv"], items="untagged")
    assert made.campaign.tags == ("cv", "nlp")
    assert len(made.campaign.item_ids) == len(TEXTS)


def test_a_file_of_ids_keeps_its_order(repo: Small, tmp_path: Path) -> None:
    file = tmp_path / "ids.txt"
    file.write_text("p-7\np-2\np-11\n")
    campaign = started(repo, items=str(file), annotators=["ann"]).campaign
    assert campaign.items["ann"] == ("p-7", "p-2", "p-11")
    limited = started(repo, name="two", items=str(file), annotators=["ann"], limit=2)
    assert limited.campaign.items["ann"] == ("p-7", "p-2")


SCORED = {
    "a.jsonl": '{"id": "p-1", "scores": {"NLP": 0.9, "cv": 0.2}}\n'
    '{"id": "x-1", "title": "New", "text": "and &amp; unseen", "scores": {"cv": 0.7}}\n',
    "a.json": '[{"id": "p-1", "scores": {"NLP": 0.9, "cv": 0.2}}, {"id": "x-1", "title": "New",'
    ' "text": "and &amp; unseen", "scores": {"cv": 0.7}}]',
    "a.csv": 'id;title;text;score:NLP;score:cv\np-1;;;0.9;0.2\nx-1;New;"and &amp; unseen";;0.7\n',
    "b.csv": 'id,title,text,scores\np-1,,,"{""NLP"": 0.9, ""cv"": 0.2}"\n'
    'x-1,New,and &amp; unseen,"{""cv"": 0.7}"\n',
}


@pytest.mark.parametrize("name", SCORED)
def test_items_from_inference_become_items_and_scores_suggestions(
    repo: Small, tmp_path: Path, name: str
) -> None:
    file = tmp_path / name
    file.write_text(SCORED[name])
    made = started(repo, items=str(file), annotators=["ann"])
    assert (made.new_items, made.campaign.items["ann"]) == (1, ("p-1", "x-1"))
    (kept,) = (repo.root / "data/items").iterdir()
    assert kept.name.startswith("one-")
    assert kept.read_text() == ('{"description":"and &amp; unseen","id":"x-1","title":"New"}\n')
    found = read_suggestions(repo.repository, "one")
    assert found == {"p-1": (("nlp", 0.9), ("cv", 0.2)), "x-1": (("cv", 0.7),)}
    # As the next build will have it, so that answers before it are about the same text after it.
    assert read_items(repo.root).texts["x-1"].whole == "New and & unseen"
    assert "scores" not in repo.git("status", "--porcelain", "--untracked-files=all")


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("p-1\np-99\n", "1 id is no item of the dataset: p-99", "did you mean p-9?"),
        ('{"id": "p-1", "scores": {"nlp": 7}}', "the score of nlp is 7", "probabilities"),
        ('{"id": "p-1", "scores": [1]}', "not an object from tag to number", "nlp"),
        ('{"scores": {"nlp": 0.1}}', "there is no id", "give each item"),
        ('{"id": "p-1"', "this is not JSON", "an object a line"),
        ("name,topic\na,b\n", "no column is called id", "`id`"),
        ("id,text,date\nx,a,soon\n", "'soon' is no day", "2026-11-25"),
        ("id,text\nx,a\nx,b\n", "stands there twice", "one row"),
        ("\n\n", "no item in it", "a line for each item"),
    ],
)
def test_a_file_that_cannot_be_taken_says_where(
    repo: Small, tmp_path: Path, text: str, said: str, hint: str
) -> None:
    file = tmp_path / "items.txt"
    file.write_text(text)
    before = repo.files()
    error = refused(said, lambda: started(repo, items=str(file)))
    assert hint in error.hint
    assert "items.txt" in str(error.where)
    assert repo.files() == before


def test_new_items_have_ids_of_the_kind_that_the_dataset_has(tmp_path: Path) -> None:
    repo = small(tmp_path / "repo", {1: "one", 2: "two"}, {1: ["nlp"]})
    file = tmp_path / "items.csv"
    file.write_text("id,text\n01,one\n7,seven\n")
    assert started(repo, items=str(file)).campaign.items["ann"] == ("1", "7")
    file.write_text("id,text\nx,seven\n")
    refused("whole numbers", lambda: started(repo, name="two", items=str(file)))


def test_items_without_ids_are_known_by_their_text_or_get_an_id_from_it(
    repo: Small, tmp_path: Path
) -> None:
    file = tmp_path / "items.jsonl"
    file.write_text('{"text": "About  graph 3"}\n{"text": "Not seen before"}\n')
    first, second = started(repo, items=str(file), annotators=["ann"]).campaign.items["ann"]
    assert first == "p-3"
    assert second.startswith("t")
    again = started(repo, name="two", items=str(file), annotators=["ann"])
    assert (again.campaign.items["ann"], again.new_items) == ((first, second), 0)
    numbers = small(tmp_path / "numbers", {1: "one"}, {1: ["nlp"]})
    error = refused("whole numbers", lambda: started(numbers, items=str(file)))
    assert "give the new items numbers" in error.hint


def test_new_and_changed_are_since_the_last_release(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    root = story.told_once(tmp_path_factory).root

    def found(query: str) -> list[str]:
        of = Dataset(Repository.find(root), read_items(root), read_tags(root))
        return choose(of, query, 0)

    assert found("new") == ["40"]
    refused("no item fits `changed`", lambda: found("changed"))
    path = root / tables.CLEAN_ITEMS
    items = tables.read(path)
    items.loc[items["id"] == 3, "title"] = "Another title"
    tables.write({path: items})
    assert found("changed") == ["3"]
    path = next(root / one for one in (tables.ANNOTATED_LABELS, tables.CLEAN_LABELS))
    labels = tables.read(path)
    tables.write({path: labels[labels["id"] != 5].reset_index(drop=True)})
    assert set(found("changed, new")) == {"3", "5", "40"}
