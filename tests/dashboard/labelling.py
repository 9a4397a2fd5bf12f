"""A repository with a campaign, for the tests of the labelling tool."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tagledger import documents, tables
from tagledger.campaigns.campaign import FILE, GUIDELINE, Campaign, folder_of
from tagledger.events.canonical import taxonomy_hash
from tagledger.events.event import Event
from tagledger.events.store import ANNOTATIONS
from tests.dashboard.ledger import Ledger, State
from tests.once import made_once

TAGS = ("audio", "graph", "nlp", "vision")
RARE = tuple(f"rare-{number}" for number in range(12))
GUIDE = "A text is *about* a tag\nif ![it](http://evil.test/x.png) says so."


def row(number: int, **more: Any) -> dict[str, Any]:
    """An item; its source has one tag."""
    return {
        "id": number,
        "created_on": "2024-01-01",
        "title": f"Report {number}",
        "description": f"Text of item {number}, word{number} by word{number}",
        "tags": [source_of(number)],
        **more,
    }


def source_of(number: int) -> str:
    """The tag that the source has for an item."""
    return TAGS[number % len(TAGS)]


def repository(root: Path, rows: Sequence[dict[str, Any]], *tags: str) -> Ledger:
    """A repository with one version."""
    ledger = Ledger(root)
    ledger.release(state(rows, *tags), "v1.0.0", "data: the first")
    (root / ANNOTATIONS).mkdir(parents=True, exist_ok=True)
    return ledger


def made_once_of(factory: pytest.TempPathFactory, items: int) -> Path:
    """A repository with so many items, made once for all workers: it is to be copied."""
    rows = [row(number) for number in range(1, items + 1)]
    return made_once(factory, f"labelling-{items}", lambda root: repository(root, rows))


def state(rows: Sequence[dict[str, Any]], *tags: str) -> State:
    """What a version with these items is built from."""
    return State(rows, [{"tag": tag} for tag in tags or TAGS])


def campaign(
    root: Path,
    name: str = "spring",
    tags: Iterable[str] = TAGS,
    guideline: str = GUIDE,
    **items: Iterable[object],
) -> Campaign:
    """A campaign: the items of each annotator by name."""
    made = Campaign(
        name=name,
        query="all",
        tags=tuple(sorted(tags)),
        tax=taxonomy_hash(tags),
        items={who: tuple(map(str, own)) for who, own in items.items()},
        overlap=1,
        gold=0,
        seed=0,
        started="2024-01-01T00:00:00Z",
        base="abc",
    )
    folder = root / folder_of(name)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_bytes(made.content())
    (folder / GUIDELINE).write_text(guideline)
    return made


def events(root: Path, by: str = "ann") -> list[Event]:
    """The events of an annotator, in the order of their times; each line must be one."""
    lines = [
        line
        for file in sorted((root / ANNOTATIONS / by).glob("*.jsonl"))
        for line in file.read_bytes().splitlines(keepends=True)
    ]
    assert all(line.endswith(b"\n") for line in lines)
    return sorted(map(Event.parse, lines), key=lambda event: (event.at, event.id))


def standing(root: Path, by: str = "ann") -> dict[str, Event]:
    """The last label or skip for each item that no event takes back."""
    every = events(root, by)
    replaced = {name for event in every for name in event.replaces}
    return {
        event.item: event
        for event in every
        if event.act in {"label", "skip"} and event.id not in replaced and event.item is not None
    }


def disputes(root: Path, *rows: tuple[int, str, str, str], among: str = "annotators") -> None:
    """Write what a build found disputed: item, tag, names that say yes, names that say no."""
    import pandas as pd

    ids = [item for item, _, _, _ in rows]
    found = pd.DataFrame(
        {
            "id": pd.Series(ids, dtype="int64"),
            "tag": pd.Categorical([tag for _, tag, _, _ in rows]),
            "among": pd.Series([among] * len(rows), dtype="str"),
            "yes": pd.Series([yes for _, _, yes, _ in rows], dtype="str"),
            "no": pd.Series([no for _, _, _, no in rows], dtype="str"),
            "source": pd.Series([True] * len(rows), dtype="bool"),
        }
    )
    verdicts = pd.DataFrame(
        {
            "id": found["id"],
            "tag": found["tag"],
            "value": found["source"],
            "state": pd.Categorical(["disputed"] * len(rows)),
            "by": pd.Categorical([""] * len(rows)),
            "events": pd.Series(["0" * 16] * len(rows), dtype="str"),
        }
    )
    tables.write({root / tables.DISPUTES: found, root / tables.VERDICTS: verdicts})
    documents.write_json(root / tables.ANNOTATED_ROWS, {"events": 0, "repeated": 0})


def sent(app: Any) -> dict[str, Any]:
    """What a page of AppTest gave to the desk."""
    (element,) = app.get("bidi_component")
    found: dict[str, Any] = json.loads(element.proto.json)
    return found
