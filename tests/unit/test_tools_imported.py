"""The whole way: items for a tool, answers in it, events: each answer once, on the right item."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tagledger.annotation_tools import registry
from tagledger.annotation_tools.answers import Job, Shown
from tagledger.campaigns.importing import Import, Source, import_files
from tagledger.events.store import read_events
from tests.campaigns import Small, small
from tests.unit import tools_simulated as simulated
from tests.unit.tools_simulated import Reply

TEXTS = {"p-1": "A graph", "p-2": "A text &lt;3", "p-3": "A cat", "p-4": "A dog"}
TAGS = ("cv", "nlp")
REPLIES = (
    Reply("p-1", "ann", ("cv", "nlp")),
    Reply("p-1", "bob", ("nlp",)),
    Reply("p-2", "ann", ()),
    Reply("p-2", "bob", None),
    Reply("p-3", "bob", ("cv",)),
)
Answered = Callable[[dict[str, bytes]], bytes]
WAYS: dict[str, tuple[str, str, Answered, dict[str, str], tuple[int, int, int]]] = {
    # the tool, the file, what it makes, options; answers, of them skips and none-applies
    "label studio 1.0": (
        "label-studio",
        "e.json",
        lambda files: simulated.label_studio(files, REPLIES, "1.0"),
        {},
        (5, 1, 1),
    ),
    "label studio's table": (
        "label-studio",
        "e.csv",
        lambda files: simulated.label_studio_csv(
            simulated.label_studio(files, REPLIES, "1.0"), ","
        ),
        {},
        (3, 0, 0),
    ),
    "doccano": (
        "doccano",
        "e.zip",
        lambda files: simulated.doccano(files, REPLIES, confirmed=True),
        {"confirmed": "yes"},
        (4, 0, 1),
    ),
    "doccano's table": (
        "doccano",
        "e.zip",
        lambda files: simulated.doccano(files, REPLIES, "csv"),
        {},
        (3, 0, 0),
    ),
    "prodigy": (
        "prodigy",
        "e.jsonl",
        lambda files: simulated.prodigy(files, REPLIES),
        {},
        (5, 1, 1),
    ),
}


@pytest.fixture
def repo(tmp_path: Path) -> Small:
    root = tmp_path / "repo"
    root.mkdir()
    return small(root, TEXTS, {"p-1": ["nlp"], "p-2": ["cv"]}, taxonomy=["cv", "nlp", "Speech"])


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_each_answer_becomes_one_event_on_its_item(
    way: tuple[str, str, Answered, dict[str, str], tuple[int, int, int]], repo: Small
) -> None:
    name, file, answered, options, (new, skips, none) = way
    asker = repo.asker(at="2026-11-25T00:00:00Z")
    items = [
        Shown(id=item, title=text.title, text=text.description)
        for item, text in asker.items.texts.items()
    ]
    files = dict(registry.own()[name].write(items, Job(tags=TAGS, base="v1.0.0")))
    path = repo.root.parent / file
    path.write_bytes(answered(files))

    def imported() -> Import:
        return import_files(repo.root, [Source(path, options=options)], asker)

    first = imported().total
    assert (first.tool, first.new, first.skips, first.none) == (name, new, skips, none)
    assert (first.unknown_items, first.unknown_tags, first.text_changed) == ({}, {}, 0)
    second = imported().total
    assert (second.new, second.known) == (0, new)
    events = [event for _, _, event in read_events(repo.root) if not isinstance(event, ValueError)]
    meant = {(one.item, one.by, one.yes) for one in REPLIES if one.yes}
    assert {(one.item, one.by, one.yes) for one in events if one.yes} == meant
    assert all(set(one.asked or ()) == set(TAGS) for one in events if one.act == "label")
    assert all(one.base == "v1.0.0" for one in events)
