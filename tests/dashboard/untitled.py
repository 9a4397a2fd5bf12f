"""Versions read with one column of text, of long ids, from two sources in turn.

a1, a2: the shop's tickets. b1: another source, of fewer. a3: the shop's again, as the workspace is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tagledger.params import CleanParams, FilterParams
from tests.dashboard.ledger import Ledger, State

START = "Every page of the shop asks me to log in again although I did so a minute ago"
LONG = f"{START}, on all of my machines"
_COLUMNS = {"id": "id", "created_on": "created_on", "text": "body"}


def tell(root: Path) -> Ledger:
    """Make the repository."""
    ledger = Ledger(root)
    ledger.release(_state(_rows(12), "shop"), "a1", "data: tickets of the shop")
    ledger.release(_state(_rows(20), "shop"), "a2", "data: more tickets")
    ledger.release(_state(_rows(5), "forum"), "b1", "data: the forum instead")
    ledger.release(_state(_rows(30, relabelled=6), "shop"), "a3", "data: the shop again")
    return ledger


def item_id(place: int) -> str:
    """The id of a row, from 1."""
    return f"3f2b8c1e-{place:04d}-4c6e-9d0a-5b1f00aa77{place:02d}"


def _rows(many: int, relabelled: int = 0) -> list[dict[str, Any]]:
    tags = [["login", "web"], ["invoice"], ["login"]]
    return [
        {
            "id": item_id(place),
            "created_on": f"2024-{1 + place % 12:02d}-05",
            "body": LONG if place in {1, 2} else f"Ticket {place} of word{place} by word{place}",
            "tags": ["invoice", "web"] if place <= relabelled else tags[place % 3],
        }
        for place in range(1, many + 1)
    ]


def _state(rows: list[dict[str, Any]], source: str) -> State:
    return State(
        rows,
        [{"tag": tag} for tag in ("invoice", "login", "web")],
        clean=CleanParams(max_quarantined=0.5),
        filter=FilterParams(min_tag_count=1),
        columns=_COLUMNS,
        source=source,
    )
