"""A tag over all versions: its shares are of all clean items, or nothing is said of them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jsonschema
import orjson
import pytest

from tagledger.history.tag_history import TagHistory, history
from tagledger.params import FilterParams
from tagledger.render.history import history_json, print_history
from tagledger.versions import Repository
from tests.dashboard.ledger import Ledger, State

ITEMS = "data/clean/items.parquet"
SCHEMA = json.loads((Path(__file__).parents[2] / "docs/history.schema.json").read_text())


def state(labelled: int, items: int = 12) -> State:
    return State(
        rows=[
            {
                "id": item,
                "created_on": None,
                "title": f"Title {item}",
                "description": f"word{item} " * 5,
                "tags": ["cat"] if item < labelled else [],
            }
            for item in range(items)
        ],
        taxonomy=[{"tag": "cat", "aliases": [], "parents": []}],
        filter=FilterParams(min_tag_count=1),
    )


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    ledger = Ledger(tmp_path_factory.mktemp("history") / "repo")
    ledger.release(state(9), "v1.0.0", "one")
    ledger.release(state(3), "v2.0.0", "two")
    return ledger.root


@pytest.fixture
def ledger(told: Path, tmp_path: Path) -> Ledger:
    shutil.copytree(told, tmp_path / "repo", symlinks=True)
    return Ledger.at(tmp_path / "repo")


def found(ledger: Ledger, tag: str = "cat") -> TagHistory:
    return history(Repository.find(ledger.root), tag)


def presences(ledger: Ledger) -> list[float | None]:
    return [one.presence for one in found(ledger).states]


def test_presence_is_of_all_clean_items_and_share_of_all_labels(ledger: Ledger) -> None:
    assert presences(ledger) == [9 / 12, 3 / 12]
    assert [(one.count, one.share) for one in found(ledger).states] == [(9, 1.0), (3, 1.0)]


def test_without_the_items_table_the_report_of_the_same_data_tells(ledger: Ledger) -> None:
    ledger.object(ITEMS, "v1.0.0").unlink()
    assert presences(ledger) == [9 / 12, 3 / 12]


def test_where_nothing_at_hand_tells_nothing_is_said(
    ledger: Ledger, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    report = ledger.root / "reports" / "metrics.json"
    wrong = orjson.loads(report.read_bytes()) | {"clean_items": 99}
    ledger.build(state(5, items=14))
    report.write_bytes(orjson.dumps(wrong))  # not the report that dvc.lock names
    ledger.commit("data: three", "v3.0.0")
    ledger.object(ITEMS, "v3.0.0").unlink()
    (ledger.root / ITEMS).unlink()
    assert presences(ledger) == [9 / 12, 3 / 12, None]
    made = json.loads(orjson.dumps(history_json(found(ledger))))
    jsonschema.Draft202012Validator(SCHEMA).validate(made)
    assert (made["format"], made["versions"][-1]["presence"]) == (3, None)
    monkeypatch.setenv("COLUMNS", "80")
    print_history(found(ledger))
    lines = capsys.readouterr().out.splitlines()
    (last,) = [line for line in lines if "v3.0.0" in line]
    assert last.split()[-2:] == ["\u2013", "kept"]
    assert max(map(len, lines)) <= 80
