"""blame and history where people answered: who decided each label, and by which events."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator

from tagledger.compare import event_lookup
from tagledger.compare.event_lookup import find_events
from tagledger.dataset import compare_datasets, load, open_dataset
from tagledger.errors import TagledgerError
from tagledger.events.event import Event
from tagledger.events.writing import write_session
from tagledger.history.blame import Blame, LabelBlame, blame
from tagledger.history.lock_diff import diff_locks
from tagledger.history.tag_history import history
from tagledger.layers import ANSWERED, LAYERS
from tagledger.params import FilterParams
from tagledger.render.history import blame_json, history_json, print_blame, print_history
from tagledger.versions import Repository, find_version, list_versions
from tagledger_dashboard.views import blame as blame_view
from tests.dashboard.ledger import Ledger, State
from tests.once import made_once
from tests.sides import Said

DOCS = Path(__file__).parents[2] / "docs"
SCHEMAS = {
    name: json.loads((DOCS / f"{name}.schema.json").read_text()) for name in ("blame", "history")
}
TAGS: dict[int, list[str]] = {
    1: ["cat", "dog"],
    2: ["cat"],
    3: ["dog"],
    4: ["cat", "dog"],
    5: ["cat"],
    6: ["bird"],
}
AT = "2026-11-25T10:00:00Z"


def event(by: str, item: int, yes: list[str], **more: Any) -> Event:
    options: dict[str, Any] = {"act": "label", "asked": ("bird", "cat", "dog")} | more
    return Event(by=by, at=AT, item=str(item), yes=tuple(yes), **options)


ANN = event("ann", 1, ["cat", "dog"], campaign="spring", tool="label-studio:17")
BOB = event("bob", 2, ["cat", "dog"], tool="spreadsheet:4f")
CARL = event("carl", 3, [], act="adjudicate", campaign="summer")
DORA = Event(act="rename", by="dora", at=AT, sources=("bird",), to=("avian",))
EVENTS = [ANN, BOB, CARL, DORA]


def state(said: Said | None) -> State:
    rows = [
        {
            "id": item,
            "created_on": "2024-01-01",
            "title": f"Title {item}",
            "description": f"word{item} " * 5,
            "tags": tags,
        }
        for item, tags in TAGS.items()
    ]
    everything = FilterParams(min_tag_count=1, include="all")
    taxonomy = [{"tag": tag, "aliases": [], "parents": []} for tag in ("bird", "cat", "dog")]
    return State(rows=rows, taxonomy=taxonomy, filter=everything, said=said)


CONFIRMED = {(1, "cat"): ("labelled", True, "ann", ANN.id)}
SAID = Said(
    CONFIRMED
    | {
        (2, "dog"): ("labelled", True, "bob", BOB.id),
        (3, "dog"): ("adjudicated", False, "carl", CARL.id),
        (2, "bird"): ("adjudicated", False, "carl", CARL.id),
        (4, "dog"): ("disputed", True, "ann bob", " ".join(sorted([ANN.id, BOB.id]))),
    },
    {"bird": ["avian"]},
    by="dora",
    event=DORA.id,
)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(tmp_path_factory, "answers", tell)


def tell(root: Path) -> None:
    ledger = Ledger(root)
    ledger.release(state(None), "v1.0.0", "the source alone")
    write_session(ledger.root, EVENTS)
    ledger.git("add", "--force", "data/annotations")
    ledger.release(state(SAID), "v1.1.0", "with answers")


@pytest.fixture(scope="module")
def seen(told: Path, tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """For tests that change nothing: they share an index of the versions."""
    root = tmp_path_factory.mktemp("seen") / "repo"
    shutil.copytree(told, root, symlinks=True)
    return Ledger.at(root)


@pytest.fixture
def ledger(told: Path, tmp_path: Path) -> Ledger:
    shutil.copytree(told, tmp_path / "repo", symlinks=True)
    return Ledger.at(tmp_path / "repo")


def of(ledger: Ledger, item: int, **options: Any) -> Blame:
    found = blame(Repository.find(ledger.root), item, **options)
    document = json.loads(orjson.dumps(blame_json(found)))
    Draft202012Validator(SCHEMAS["blame"]).validate(document)
    return found


def label(found: Blame, tag: str) -> LabelBlame:
    (one,) = [each for each in found.labels if each.tag == tag]
    return one


def test_an_answer_brought_a_label(seen: Ledger) -> None:
    brought = label(of(seen, 2), "dog").brought
    assert (brought.version, brought.cause) == ("v1.1.0", "annotated")
    people = brought.people
    assert (people.annotator, people.tool, people.campaign) == ("bob", "spreadsheet", None)
    assert [(one.id, one.act, one.at) for one in people.events] == [(BOB.id, "label", AT)]
    document = blame_json(of(seen, 2))["labels"][-1]["brought"]
    assert (document["annotator"], document["adjudicator"]) == ("bob", None)


def test_who_adjudicated_took_a_label(seen: Ledger) -> None:
    taken = label(of(seen, 3), "dog").taken
    assert taken is not None
    assert (taken.cause, taken.people.annotator) == ("adjudicated", None)
    assert (taken.people.adjudicator, taken.people.campaign) == ("carl", "summer")


def test_a_label_of_the_source_was_confirmed(
    seen: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    found = of(seen, 1)
    assert label(found, "dog").decided is None
    decided = label(found, "cat").decided
    assert decided is not None
    assert (decided.state, decided.source) == ("labelled", True)
    assert label(found, "cat").brought.version == "v1.0.0"
    print_blame(found)
    text = capsys.readouterr().out
    assert "confirmed by ann in the campaign spring, with label-studio" in text
    table = blame_view.frame(found).set_index("tag")["people"]
    assert table.to_dict() == {"cat": "confirmed by ann (spring)", "dog": ""}


def test_a_tag_that_people_decided_against_is_named_with_them(
    seen: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    found = of(seen, 2)
    assert [(one.tag, one.decided.state) for one in found.no_labels] == [("bird", "adjudicated")]
    assert found.no_labels[0].decided.people.adjudicator == "carl"
    (document,) = blame_json(found)["no_labels"]
    assert (document["tag"], document["decided"]["adjudicator"]) == ("bird", "carl")
    print_blame(found)
    text = " ".join(capsys.readouterr().out.split())
    assert "No label, as people say bird adjudicated by carl in the campaign summer" in text
    # What it had once is told with its labels.
    assert of(seen, 3).no_labels == []
    assert of(seen, 2, layer="clean").no_labels == []


def test_a_dispute_leaves_the_source_s_word(
    seen: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    print_blame(of(seen, 4))
    text = " ".join(capsys.readouterr().out.split())
    assert "disputed by ann, bob in the campaign spring" in text
    assert "what the source says stands" in text


def test_an_answer_that_only_confirms_makes_no_version_and_is_known_all_the_same(
    tmp_path: Path,
) -> None:
    ledger = Ledger(tmp_path / "repo")
    ledger.release(state(None), "v1.0.0", "the source alone")
    write_session(ledger.root, EVENTS)
    ledger.build(state(Said(CONFIRMED)))
    ledger.commit("data: ann confirms")
    found = of(ledger, 1)
    assert found.version == "v1.0.0"
    decided = label(found, "cat").decided
    assert decided is not None
    assert decided.people.annotator == "ann"


def test_a_rename_by_an_event_names_who_wrote_it(seen: Ledger) -> None:
    found = of(seen, 6)
    brought, taken = label(found, "avian").brought, label(found, "bird").taken
    assert taken is not None
    for change in (brought, taken):
        assert (change.cause, change.people.annotator) == ("renamed", "dora")
        assert [one.act for one in change.people.events] == ["rename"]


def test_layers_before_the_answers_know_nobody(seen: Ledger) -> None:
    assert [one.tag for one in of(seen, 2, layer="clean").labels] == ["cat"]
    assert label(of(seen, 1, layer="clean"), "cat").decided is None
    assert label(of(seen, 2, layer="annotated"), "dog").brought.cause == "annotated"


def test_events_are_found_in_git_where_the_work_tree_lacks_them(ledger: Ledger) -> None:
    shutil.rmtree(ledger.root / "data" / "annotations")
    assert label(of(ledger, 2), "dog").brought.people.tool == "spreadsheet"
    repository = Repository.find(ledger.root)
    first = find_version(repository, "v1.0.0")
    assert find_events(repository, [BOB.id], [first]) == {}
    second = find_version(repository, "v1.1.0")
    assert find_events(repository, [BOB.id, "0" * 16], [first, second]) == {BOB.id: BOB}


def test_an_event_that_is_nowhere_leaves_the_name(
    seen: Ledger, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_lookup, "find_events", lambda *_: {})
    found = of(seen, 3)
    taken = label(found, "dog").taken
    assert taken is not None
    assert (taken.people.adjudicator, taken.people.events[0].act) == ("carl", None)
    assert not found.is_complete
    print_blame(found)
    assert "by carl; an event of theirs was not found" in capsys.readouterr().out


def test_an_event_that_was_changed_by_hand_is_not_believed(ledger: Ledger) -> None:
    for path in (ledger.root / "data" / "annotations" / "bob").iterdir():
        path.write_text(path.read_text().replace("spreadsheet", "doccano"))
    repository = Repository.find(ledger.root)
    assert find_events(repository, [BOB.id], []) == {}
    # The commit has it as it was.
    assert label(of(ledger, 2), "dog").brought.people.tool == "spreadsheet"


# The history of a tag


def test_the_history_of_a_tag_has_its_events(
    seen: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    found = history(Repository.find(seen.root), "bird")
    Draft202012Validator(SCHEMAS["history"]).validate(json.loads(orjson.dumps(history_json(found))))
    assert [(one.clean_count, one.annotated_count, one.count) for one in found.states] == [
        (1, 1, 1),
        (1, 0, 0),
    ]
    assert [len(one.tag_events) for one in found.states] == [0, 1]
    print_history(found)
    text = capsys.readouterr().out
    assert f"v1.1.0: rename bird → avian by dora, event {DORA.id}" in text
    assert "annotated" in text
    (to,) = history(Repository.find(seen.root), "avian").states[1].tag_events
    assert (to.tag, to.by) == ("bird", "dora")


def test_a_part_that_no_label_has_yet_is_told_of_and_an_unknown_tag_is_not(
    ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    split = Said(SAID.verdicts, {"cat": ["tame", "wild"]}, by="dora", event="5" * 16)
    ledger.release(state(split), "v1.2.0", "cats are of two kinds")
    found = history(Repository.find(ledger.root), "tame")
    Draft202012Validator(SCHEMAS["history"]).validate(json.loads(orjson.dumps(history_json(found))))
    assert [one.count for one in found.states] == [0] * len(found.states)
    print_history(found)
    text = capsys.readouterr().out
    assert "no version has a label with this tag yet; only events name it" in text
    assert "split cat → tame by dora" in text
    print_history(history(Repository.find(ledger.root), "cat"))
    assert "no version" not in capsys.readouterr().out
    with pytest.raises(TagledgerError, match="no version has a label with the tag lion"):
        history(Repository.find(ledger.root), "lion")


def test_with_answers_the_table_of_a_tag_breaks_no_word_at_80_columns(
    seen: Ledger, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    found = history(Repository.find(seen.root), "bird")
    states = [
        replace(state, version=name, clean_count=1000, decision="below_threshold")
        for state, name in zip(found.states, ("a74ead9", "v1.12.10-rc.1"), strict=True)
    ]
    print_history(replace(found, states=states))
    words = capsys.readouterr().out.split()
    assert {"version", "decision", "annotated", "a74ead9", "v1.12.10-rc.1"} <= set(words)
    assert words.count("threshold") == 2


def test_a_long_line_of_blame_goes_on_where_it_began(
    seen: Ledger, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    print_blame(of(seen, 1))
    lines = capsys.readouterr().out.splitlines()
    first = next(place for place, line in enumerate(lines) if "confirmed by" in line)
    begins = lines[first].index("confirmed")
    assert lines[first + 1][:begins].isspace()
    assert not lines[first + 1][begins].isspace()


def test_without_answers_the_table_of_a_tag_has_no_column_for_them(
    seen: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    print_history(history(Repository.find(seen.root), "cat"))
    assert "annotated" not in capsys.readouterr().out


def test_a_difference_of_locks_reads_labels_with_answers(seen: Ledger, tmp_path: Path) -> None:
    files = []
    for name in ("v1.0.0", "v1.1.0"):
        files.append(tmp_path / name)
        files[-1].write_text(seen.git("show", f"{name}:dvc.lock") + "\n")
    repository = Repository.find(seen.root)
    found = diff_locks("dvc.lock", files[0], files[1], ("a", "b"), repository=repository)
    assert (found.added, found.removed) == (2, 2)


# Versions from before the annotate stage


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A version without the stage, the same data with it, and one with answers."""
    ledger = Ledger(tmp_path_factory.mktemp("grown") / "repo")
    ledger.release(replace(state(None), before_annotate=True), "v1.0.0", "before the stage")
    ledger.build(state(None))
    ledger.commit("the stage, and nobody answered")
    write_session(ledger.root, EVENTS)
    ledger.git("add", "--force", "data/annotations")
    ledger.release(state(SAID), "v2.0.0", "with answers")
    return ledger.root


def test_the_stage_alone_makes_no_version(grown: Path) -> None:
    found = list_versions(Repository.find(grown))
    assert [one.name for one in found if one.name.startswith("v")] == ["v2.0.0", "v1.0.0"]
    assert len({one.data_id for one in found}) == 2


@pytest.mark.parametrize("layer", LAYERS)
def test_a_version_from_before_the_stage_can_be_compared(grown: Path, layer: Any) -> None:
    old, new = (open_dataset(name, grown) for name in ("v1.0.0", "v2.0.0"))
    causes = compare_datasets(old, new, layer).causes
    shown = dict(zip(causes["cause"], causes["gained"] + causes["lost"], strict=True))
    answered = {"annotated": 1, "adjudicated": 1, "renamed": 2}
    assert shown == (answered if layer in ANSWERED else {})
    back = compare_datasets(new, old, layer).causes
    assert dict(zip(back["cause"], back["gained"] + back["lost"], strict=True)) == shown


def test_a_version_from_before_the_stage_can_be_loaded_and_blamed(grown: Path) -> None:
    tags = load("v1.0.0", layer="annotated", repo=grown).set_index("id")["tags"]
    assert tags.to_dict() == TAGS
    assert load("v2.0.0", layer="annotated", repo=grown)["tags"].tolist()[1:3] == [
        ["cat", "dog"],
        [],
    ]
    found = of(Ledger.at(grown), 2, layer="annotated")
    assert [label(found, tag).brought.version for tag in ("cat", "dog")] == ["v1.0.0", "v2.0.0"]
    states = history(Repository.find(grown), "bird").states
    assert [one.annotated_count for one in states] == [1, 0]


def test_an_event_that_may_come_later_leaves_a_comparison_open(
    grown: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = (open_dataset(name, grown) for name in ("v1.0.0", "v2.0.0"))
    assert compare_datasets(old, new).unfound == 0
    assert compare_datasets(old, new).campaigns == {CARL.id: "summer"}
    monkeypatch.setattr(event_lookup, "find_events", lambda *_: {})
    assert compare_datasets(old, new).unfound == 3
