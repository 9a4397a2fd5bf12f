"""Items that dropped out of the layer and tags that crossed the threshold, on the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tagledger.params import FilterParams
from tests.dashboard.ledger import Ledger, State
from tests.dashboard.test_pages_more import assert_sound, metrics, said, tables_with

Open = Callable[..., AppTest]
PAIR = {"base": "v1.0.0", "target": "v2.0.0", "layer": "filtered"}


def state(tags_of: dict[int, list[str]], threshold: int) -> State:
    rows: list[dict[str, Any]] = [
        {
            "id": item,
            "created_on": "2024-01-05",
            "title": f"Report {item}",
            "description": f"word{item} by word{item * 7}",
            "tags": tags,
        }
        for item, tags in tags_of.items()
    ]
    entries = [{"tag": tag, "aliases": [], "parents": []} for tag in ("nlp", "spacy", "vision")]
    gates = {"max_labels_changed": 0.1, "max_train_to_test": None}
    return State(rows, entries, filter=FilterParams(min_tag_count=threshold), gates=gates)


@pytest.fixture(scope="module")
def dropped(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """Of 60 items 15 lose their only tag; the threshold lets in spacy, the only tag of 5."""
    ledger = Ledger(tmp_path_factory.mktemp("dropped") / "repo")
    tags_of = {item: ["nlp", "vision"][item % 2 :][:1] for item in range(60)}
    tags_of |= {item: ["spacy"] for item in range(60, 65)}
    ledger.release(state(tags_of, 8), "v1.0.0", "data: one")
    ledger.release(
        state(tags_of | {item: [] for item in range(0, 30, 2)}, 4), "v2.0.0", "data: two"
    )
    return ledger


def test_the_overview_says_what_entered_and_dropped(dropped: Ledger, open_page: Open) -> None:
    app = open_page(dropped.root, **PAIR)
    assert_sound(app)
    text = said(app)
    assert text.startswith(
        "v2.0.0 has the same 65 items as v1.0.0; 5 kept items entered the filtered layer "
        "and 15 dropped out of it; 20 kept items gained 5 labels and lost 15, 15 by edits in the "
        "source"
    )
    assert "labels changed on kept items: 33.3 %, at most 10.0 %" in text
    assert metrics(app)["Items"] == ("50", "\u221210")
    (items,) = [one for one in app.metric if one.label == "Items"]
    assert items.help == (
        "Items of this layer. 5 kept items entered the filtered layer and 15 dropped out of it."
    )


def test_the_drift_page_does_not_test_a_tag_that_crossed(dropped: Ledger, open_page: Open) -> None:
    app = open_page(dropped.root, "drift", **PAIR)
    assert_sound(app)
    (tested,) = tables_with(app, "q_kept")
    tags = tested.set_index("tag")
    assert tags["state"].to_dict() == {
        "nlp": "beyond chance, large",
        "spacy": "crossed the threshold",
        "vision": "too few changes to test",
    }
    assert tags.loc["vision", ["presence_a", "presence_b"]].tolist() == pytest.approx(
        [3000 / 65, 3000 / 65]
    )
    assert "not tested: 1 tag that crossed the threshold or a list" in said(app)


def test_a_dropped_item_has_its_title_among_the_relabelled(
    dropped: Ledger, open_page: Open
) -> None:
    app = open_page(dropped.root, "changes", **PAIR)
    assert_sound(app)
    (items,) = tables_with(app, "kept")
    assert len(items) == 20
    item = items.set_index("id").loc[2]
    assert item["title"] == "Report 2"
    assert (list(item["lost"]), list(item["gained"])) == (["nlp"], [])
    assert "added items" in app.selectbox(key="items").options
