"""What another policy would change: the numbers, and how people and programs read them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd
import pytest

from tagledger import cli, tables
from tagledger.errors import TagledgerError
from tagledger.events.event import Event
from tagledger.params import AnnotateParams
from tagledger.render.policies import policies_json, policies_lines
from tagledger.verdicts.fold import fold
from tagledger.verdicts.gathering import Source, gather
from tagledger.verdicts.policies import POLICIES
from tagledger.verdicts.what_if import (
    Compared,
    PolicyEffect,
    Threshold,
    effects,
    of_workspace,
    other_settings,
)
from tests.campaigns import Small, small
from tests.said import event, label_set, source, write

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/annotate.policies.schema.json").read_text())
ITEMS = ("p-1", "p-2", "p-3", "p-4")
OF = source({"p-1": ["nlp"], "p-3": ["cv"]}, {one: f"text {one}" for one in ITEMS})


def votes(item: str, tag: str, **said: bool) -> list[Event]:
    """What each annotator says of a tag of an item."""
    return [
        event(by=by, item=item, asked=[tag], yes=[tag] if yes else []) for by, yes in said.items()
    ]


ANSWERS = [
    *votes("p-1", "nlp", ann=True, bob=False, cat=False),
    *votes("p-2", "cv", ann=True, bob=True, cat=False),
    *votes("p-3", "cv", ann=False),
    *votes("p-4", "cv", ann=True, bob=True),
]


def by_policy(root: Path, of: Source = OF, **said: Any) -> dict[tuple[str, int], PolicyEffect]:
    threshold = said.pop("threshold", None)
    chosen = AnnotateParams(**said)
    gathered = gather(root, of, chosen.adjudicators)
    found = effects(gathered, chosen, other_settings(chosen), threshold)
    return {(one.settings.policy, one.settings.quorum): one for one in found}


def test_each_policy_is_set_beside_the_one_that_is_chosen(tmp_path: Path) -> None:
    write(tmp_path, ANSWERS)
    found = by_policy(tmp_path)
    assert list(found) == [
        ("unanimous", 1),
        ("majority", 1),
        ("quorum", 1),
        ("adjudicated", 1),
        ("dawid-skene", 1),
        ("unanimous", 2),
    ]
    now = found["unanimous", 1]
    assert (now.chosen, now.gained, now.lost, now.relabelled) == (True, 0, 0, 0)
    assert (now.labels, now.labelled, now.disputed, now.suggested) == (2, 2, 2, 0)
    assert [one.chosen for one in found.values()].count(True) == 1


def test_a_majority_gains_one_label_and_loses_another(tmp_path: Path) -> None:
    write(tmp_path, ANSWERS)
    found = by_policy(tmp_path)["majority", 1]
    # cv of p-2 comes, nlp of p-1 goes.
    assert (found.labels, found.gained, found.lost, found.relabelled) == (2, 1, 1, 2)
    assert (found.labelled, found.disputed, found.suggested) == (4, 0, 0)


def test_a_policy_that_never_decides_gives_back_what_the_source_says(tmp_path: Path) -> None:
    write(tmp_path, ANSWERS)
    found = by_policy(tmp_path)["adjudicated", 1]
    assert (found.labels, found.gained, found.lost, found.relabelled) == (2, 1, 1, 2)
    assert (found.labelled, found.disputed, found.suggested) == (0, 2, 2)


def test_one_person_alone_is_not_enough_for_a_quorum_of_two(tmp_path: Path) -> None:
    write(tmp_path, ANSWERS)
    found = by_policy(tmp_path)["unanimous", 2]
    # What ann alone says of p-3 waits, so that the source's label stays.
    assert (found.gained, found.lost, found.labelled, found.suggested) == (1, 0, 1, 1)


def test_two_labels_of_one_item_relabel_it_once(tmp_path: Path) -> None:
    write(tmp_path, [event(item="p-2", yes=["cv", "nlp"])])
    found = by_policy(tmp_path)["adjudicated", 1]
    assert (found.lost, found.relabelled) == (2, 1)


@pytest.mark.parametrize("policy", [one.name for one in POLICIES])
@pytest.mark.parametrize("quorum", [1, 2])
def test_what_is_foretold_is_what_the_stage_makes(tmp_path: Path, policy: str, quorum: int) -> None:
    decided = [
        event("adjudicate", "eva", item="p-1", yes=["nlp"]),
        event("adjudicate", "fay", item="p-1", asked=["nlp"]),
        event("gold", "eva", item="p-2", yes=["cv"]),
        event("suggest", "bot", item="p-2", yes=["nlp"]),
    ]
    write(tmp_path, [*ANSWERS, *decided])
    now = label_set(fold(tmp_path, OF, AnnotateParams(quorum=quorum)), OF)
    made = fold(tmp_path, OF, AnnotateParams(policy=policy, quorum=quorum))
    then = label_set(made, OF)
    found = by_policy(tmp_path, quorum=quorum)[policy, quorum]
    assert (found.gained, found.lost) == (len(then - now), len(now - then))
    assert found.labels == len(then)
    assert found.relabelled == len({item for item, _ in then ^ now})
    states = policies_json(Compared([found], 0, 0, None))["policies"][0]["states"]
    assert {name: many for name, many in states.items() if many} == made.rows["states"]


def test_tags_that_would_cross_the_threshold_are_named(tmp_path: Path) -> None:
    write(tmp_path, ANSWERS)
    found = by_policy(tmp_path, threshold=Threshold(2))["majority", 1]
    assert (found.rose, found.sank) == (("cv",), ())
    found = by_policy(tmp_path, threshold=Threshold(1))["majority", 1]
    assert (found.rose, found.sank) == ((), ("nlp",))
    barred = Threshold(1, frozenset(["nlp"]))
    assert by_policy(tmp_path, threshold=barred)["majority", 1].sank == ()


def test_the_others_have_the_numbers_that_are_asked_for() -> None:
    chosen = AnnotateParams(policy="majority", quorum=2)
    found = [(one.policy, one.quorum) for one in other_settings(chosen)]
    assert found == [
        ("unanimous", 2),
        ("quorum", 2),
        ("adjudicated", 2),
        ("dawid-skene", 2),
        ("majority", 3),
    ]
    asked = other_settings(chosen, quorum=3, confidence=0.9)
    assert {(one.quorum, one.confidence) for one in asked} == {(3, 0.9)}
    assert "majority" in {one.policy for one in asked}
    likely = AnnotateParams(policy="dawid-skene")
    same = other_settings(likely, confidence=0.8)
    assert ("dawid-skene", 1) not in [(one.policy, one.quorum) for one in same]
    more = other_settings(likely, confidence=0.9)
    assert ("dawid-skene", 1) in [(one.policy, one.quorum) for one in more]


# In a repository, and as people read it


@pytest.fixture
def repo(tmp_path: Path) -> Small:
    made = small(
        tmp_path / "repo",
        {one: f"text {one}" for one in ITEMS},
        {"p-1": ["nlp"], "p-3": ["cv"]},
    )
    params = "\nannotate: {policy: unanimous}\nfilter: {min_tag_count: 2}\n"
    file = made.root / "params.yaml"
    file.write_text(file.read_text() + params)
    return made


def built(repo: Small) -> None:
    decided = {"cv": "below_threshold", "nlp": "excluded"}
    tags = pd.DataFrame({"tag": decided.keys(), "count": 1, "decision": decided.values()})
    tables.write({repo.root / tables.FILTERED_TAGS: tags})


def run(
    repo: Small, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str
) -> str:
    monkeypatch.chdir(repo.root)
    monkeypatch.setattr("sys.argv", ["tagledger", "annotate", "policies", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr()
    assert ended.value.code in {0, None}, said.err
    return said.out


def test_a_table_of_policies_fits_eighty_columns_and_says_what_to_do(
    repo: Small, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(repo.root, ANSWERS)
    built(repo)
    text = run(repo, monkeypatch, capsys)
    assert max(map(len, text.splitlines())) <= 80
    lines = [line.split() for line in text.splitlines()]
    assert ["*", "unanimous", "1", "2", "2", "0", "0", "0", "0"] in lines
    assert ["majority", "1", "4", "0", "0", "1", "1", "2"] in lines
    assert "Tags that would cross the threshold of 2 items:\n" in text
    assert "  majority, quorum 1: cv would be kept\n" in text
    assert "annotate:\n    policy: majority\n    quorum: 1\n" in text
    assert "\n  dvc repro\n  tagledger compare HEAD\n" in text
    for policy in POLICIES:
        assert f"\n  {policy.name}: " in text


def test_what_is_said_to_write_into_params_is_what_was_foretold(repo: Small) -> None:
    write(repo.root, ANSWERS)
    before = of_workspace(repo.root).effects[1]
    file = repo.root / "params.yaml"
    file.write_text(file.read_text().replace("policy: unanimous", "policy: majority, quorum: 1"))
    now = of_workspace(repo.root).effects[0]
    assert (now.settings, now.labels, now.labelled) == (
        before.settings,
        before.labels,
        before.labelled,
    )


def test_programs_read_what_the_schema_says(
    repo: Small, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    said = json.loads(run(repo, monkeypatch, capsys, "--json"))
    jsonschema.validate(said, SCHEMA)
    assert (said["events"], said["answers"], said["threshold"]) == (0, 0, None)
    write(repo.root, [*ANSWERS, event("skip", "dan", item="p-1")])
    built(repo)
    said = json.loads(run(repo, monkeypatch, capsys, "--json", "--quorum", "2"))
    jsonschema.validate(said, SCHEMA)
    assert (said["events"], said["answers"], said["threshold"]) == (10, 9, 2)
    assert [one["quorum"] for one in said["policies"]] == [1, 2, 2, 2, 2, 2]
    assert [one["policy"] for one in said["policies"] if one["chosen"]] == ["unanimous"]


def test_without_an_answer_it_says_how_to_get_one(
    repo: Small, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = run(repo, monkeypatch, capsys)
    assert text.startswith("Nobody has answered yet")
    assert "\n  tagledger annotate start NAME --items random:100 --annotators ann,bob\n" in text
    write(repo.root, [event("skip"), event(item="unknown", yes=["cv"])])
    text = run(repo, monkeypatch, capsys)
    assert text.startswith("Of 2 events none is an answer that counts")
    assert "\n  tagledger annotate status\n" in text


def test_where_no_policy_would_change_a_label_none_is_proposed(repo: Small) -> None:
    write(repo.root, votes("p-1", "nlp", ann=True, bob=True))
    text = "\n".join(policies_lines(of_workspace(repo.root), POLICIES))
    assert "None of them would change a label" in text
    assert "params.yaml, such as" not in text


def test_millions_and_names_of_others_still_fit(repo: Small) -> None:
    many = PolicyEffect(
        AnnotateParams(policy="dawid-skene", quorum=1000),
        False,
        *[9_999_999] * 9,
        rose=tuple(f"a-tag-with-quite-a-long-name-{place}" for place in range(30)),
        sank=("\x1b[31mred",),
    )
    found = Compared([many, many], 9_999_999, 9_999_999, Threshold(9_999_999))
    lines = list(policies_lines(found, POLICIES))
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in "".join(lines)


def test_a_repository_from_before_has_the_default_policy(repo: Small) -> None:
    (repo.root / "params.yaml").write_text("filter: {min_tag_count: 2}\n")
    assert of_workspace(repo.root).effects[0].settings == AnnotateParams()


def test_without_a_build_it_says_what_makes_one(repo: Small) -> None:
    (repo.root / tables.CLEAN_ITEMS).unlink()
    with pytest.raises(TagledgerError) as caught:
        of_workspace(repo.root)
    assert "dvc repro" in str(caught.value)


def test_it_writes_nothing(
    repo: Small, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(repo.root, ANSWERS)
    before = repo.files()
    run(repo, monkeypatch, capsys)
    assert repo.files() == before
