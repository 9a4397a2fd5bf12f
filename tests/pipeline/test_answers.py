"""Two people answer, differ and are adjudicated, a tag is renamed: versions know who it was."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

from tagledger.events.event import Event
from tagledger.events.writing import write_session
from tests.pipeline.conftest import Project

AT = "2026-11-25T10:00:00Z"
CAMPAIGN = {"campaign": "spring", "tool": "spreadsheet:1"}


def said(act: Any, by: str, item: Any, tag: str, *, yes: bool, **more: str) -> Event:
    tags = (tag,) if yes else ()
    return Event(act=act, by=by, at=AT, item=str(item), asked=(tag,), yes=tags, **more)  # type: ignore[arg-type]


def committed(project: Project, subject: str) -> None:
    project.repro()
    project.ok("git", "add", "-A")
    project.ok("git", "commit", "-q", "-m", subject)


def document(project: Project, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(project.answer(*words, "--json"))
    return found


def labels_of(project: Project) -> pd.DataFrame:
    found = pd.read_parquet(project.root / "data/filtered/labels.parquet")
    return found.astype({"tag": "str"})


def label(found: dict[str, Any], tag: str) -> dict[str, Any]:
    (one,) = [each for each in found["labels"] if each["tag"] == tag]
    return dict(one)


@pytest.fixture
def tags(built: Project) -> tuple[str, str]:
    """A tag that is renamed, and another; both stay above the threshold."""
    most = labels_of(built)["tag"].value_counts()
    return str(most.index[2]), str(most.index[4])


# With each change, test_answers_blamed and test_answers_compared hold the same, each without DVC,
# and the README's example of labelling asks compare and blame who it was.
@pytest.mark.long
def test_compare_and_blame_name_the_people(built: Project, tags: tuple[str, str]) -> None:
    renamed, tag = tags
    labels = labels_of(built)
    having = labels.loc[labels["tag"] == tag, "id"].tolist()
    lacking = sorted({*labels["id"]} - {*having})
    kept, taken, disputed, brought = having[0], having[1], having[2], lacking[0]
    events = [
        said("label", "ann", kept, tag, yes=True, **CAMPAIGN),
        said("label", "ann", taken, tag, yes=True),
        said("label", "bob", taken, tag, yes=False),
        said("adjudicate", "carl", taken, tag, yes=False),
        said("label", "ann", disputed, tag, yes=True),
        said("label", "bob", disputed, tag, yes=False),
        said("label", "bob", brought, tag, yes=True, **CAMPAIGN),
    ]
    identity = document(built, "versions")["versions"][0]["data_id"]

    # What only confirms or is disputed makes no version; who said it is known all the same.
    write_session(built.root, [events[0], *events[4:6]])
    committed(built, "data: ann confirms")
    assert [one["data_id"] for one in document(built, "versions")["versions"]] == [identity]
    decided = label(document(built, "blame", str(kept)), tag)["decided"]
    assert (decided["state"], decided["source"]) == ("labelled", True)
    assert (decided["annotator"], decided["campaign"], decided["tool"]) == (
        "ann",
        "spring",
        "spreadsheet",
    )
    assert "confirmed by ann in the campaign spring" in built.answer("blame", str(kept))
    assert label(document(built, "blame", str(disputed)), tag)["decided"]["state"] == "disputed"

    write_session(built.root, events)
    committed(built, "data: answers")
    found = document(built, "compare", "HEAD~1", "HEAD", "--layer", "annotated")
    assert {name: (one["gained"], one["lost"]) for name, one in found["causes"].items()} == {
        "annotated": (1, 0),
        "adjudicated": (0, 1),
    }
    assert [(one["name"], one["cause"]) for one in found["people"]["annotators"]] == [
        ("bob", "annotated"),
        ("carl", "adjudicated"),
    ]
    assert [one["name"] for one in found["people"]["campaigns"]] == ["spring"]
    text = built.answer("compare", "HEAD~1", "HEAD")
    assert "by bob (1), in the campaign spring (1)" in " ".join(text.split())
    assert document(built, "compare", "HEAD~1", "HEAD", "--layer", "clean")["causes"] == {}
    why = label(document(built, "blame", str(taken)), tag)["taken"]
    assert (why["cause"], why["adjudicator"], why["annotator"]) == ("adjudicated", "carl", None)
    why = label(document(built, "blame", str(brought)), tag)["brought"]
    assert (why["cause"], why["annotator"], why["events"][0]["at"]) == ("annotated", "bob", AT)

    rename = Event(act="rename", by="dora", at=AT, sources=(renamed,), to=("quite-new",))
    write_session(built.root, [rename])
    committed(built, "data: a tag is renamed")
    found = document(built, "compare", "HEAD~1", "HEAD")
    (one,) = found["renames"]
    assert (one["before"], one["after"], one["events"]) == ([renamed], ["quite-new"], [rename.id])
    assert {each["name"] for each in found["people"]["annotators"]} == {"dora"}
    assert "by dora: rename event" in built.answer("compare", "HEAD~1", "HEAD")
    states = document(built, "history", "quite-new")["versions"]
    assert [len(state["tag_events"]) for state in states] == [0, 0, 1]
    item = labels.loc[labels["tag"] == renamed, "id"].iloc[0]
    why = label(document(built, "blame", str(item)), "quite-new")["brought"]
    assert (why["cause"], why["annotator"]) == ("renamed", "dora")
