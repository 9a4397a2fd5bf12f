"""The versions that the dashboard's tests look at: few items, and every kind of change.

v1.0.0: twenty items. v1.1.0: `cv` is renamed to `vision` on four items, four items come, one label
is corrected. v1.2.0: the threshold rises from 2 to 4, so that `audio` goes; a row is set aside;
an item leaves; a title turns nasty. The workspace: one item more.
"""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tagledger.params import CleanParams, FilterParams
from tests.dashboard import ledger
from tests.dashboard.ledger import Ledger, State

NASTY = "<svg onload=alert(1)> **bold** [link](http://x.test) :tada: $x^2$ <b"
TAXONOMY = [
    {"tag": "vision", "aliases": ["cv"], "parents": []},
    {"tag": "nlp", "aliases": [], "parents": []},
    {"tag": "audio", "aliases": [], "parents": []},
    {"tag": "segmentation", "aliases": [], "parents": ["vision"]},
    {"tag": "transformers", "aliases": [], "parents": ["nlp"]},
]
FIRST = [*({**entry, "aliases": []} for entry in TAXONOMY), {"tag": "cv"}]


def tell(root: Path) -> Ledger:
    """Make the repository."""
    made = Ledger(root)
    made.release(_state(first(), FIRST), "v1.0.0", "data: the first snapshot")
    made.release(_state(second(), FIRST), "v1.1.0", "data: cv is called vision")
    made.release(_state(third(), FIRST, 4), "v1.2.0", "data: tags from 4 items")
    rows = third()
    rows.append(_item(40, "Forty", ["nlp", "transformers"]))
    made.build(_state(rows, FIRST, 4))
    return made


def told_once(factory: pytest.TempPathFactory) -> Ledger:
    """The repository for this worker alone, copied from one that is made once for all of them."""
    return ledger.told_once(factory, "story", tell)


def first() -> list[dict[str, Any]]:
    """The rows of v1.0.0."""
    tags = [["cv", "segmentation"], ["nlp", "transformers"], ["nlp"], ["audio", "nlp"]]
    words = ("Alpha", "Bravo", "Charlie", "Delta", "Echo")
    rows = [
        _item(place + 1, f"{words[place % 5]} report {place + 1}", tags[place % 4])
        for place in range(16)
    ]
    rows += [_item(place, f"Transformer diary {place}", ["transformers"]) for place in (17, 18)]
    # Two items of the same text, whose labels disagree.
    rows += [
        _item(19, "One and the same", ["nlp"]),
        _item(20, "One and the same", ["segmentation"]),
    ]
    rows[-1]["description"] = rows[-2]["description"]
    return rows


def second() -> list[dict[str, Any]]:
    """The rows of v1.1.0."""
    rows = deepcopy(first())
    for row in rows:
        row["tags"] = ["vision" if tag == "cv" else tag for tag in row["tags"]]
    rows[2]["tags"] = ["nlp", "transformers"]
    return rows + [_item(place, f"Newcomer number {place}", ["nlp"]) for place in range(21, 25)]


def third() -> list[dict[str, Any]]:
    """The rows of v1.2.0."""
    rows = deepcopy(second())
    rows[6]["title"] = NASTY
    rows[6]["tags"] = ["nlp", "segmentation"]
    rows[10]["created_on"] = "someday"
    # Three labels with audio are left, which is below the threshold.
    rows[3]["tags"] = ["nlp"]
    return [row for row in rows if row["id"] != 24]


def _item(place: int, title: str, tags: list[str]) -> dict[str, Any]:
    return {
        "id": place,
        "created_on": f"2023-{1 + place % 12:02d}-05",
        "title": title,
        "description": f"Notes on {' and '.join(tags)}, word{place} by word{place}",
        "tags": tags,
    }


def _state(rows: list[dict[str, Any]], taxonomy: list[dict[str, Any]], threshold: int = 2) -> State:
    return State(
        rows,
        taxonomy,
        clean=CleanParams(max_quarantined=0.5),
        filter=FilterParams(min_tag_count=threshold),
        gates={"max_labels_changed": 0.2, "max_train_to_test": None},
    )
