"""How table columns are shown: titles, formats, and the colours of tags that changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from streamlit import column_config as show

from tagledger_dashboard.theme import CHIPS

_IDS = ("id", "group")  # the name of a group is the id of one of its items
_SMALL, _WIDEST = 75, 560  # pixels: Streamlit's small column, and a sha256 with its margin
_LETTER, _MARGIN = 8.4, 20
PERCENT = "%.1f %%"
"""The format of a column of shares: Streamlit's own writes 84.62%."""

BY_TAG: dict[str, Any] = {
    "tag": show.TextColumn("Tag"),
    "gained": show.NumberColumn("Labels gained", format="localized"),
    "lost": show.NumberColumn("Labels lost", format="localized"),
    "net": show.NumberColumn("Net", format="localized"),
    "cause": show.TextColumn("Most frequent cause"),
}
RENAMES: dict[str, Any] = {
    "kind": show.TextColumn("Kind", width="small"),
    "before": show.ListColumn("Before"),
    "after": show.ListColumn("After"),
    "items": show.NumberColumn(
        "Items", format="localized", help="kept items on which the tags changed"
    ),
    "overlap": show.NumberColumn(
        "Overlap",
        format=PERCENT,
        help="share of the items that lost a tag on the left or gained one on the right",
    ),
}
CHECKS: dict[str, Any] = {
    "table": show.TextColumn("Table"),
    "column": show.TextColumn("Column", help="Empty where the check is about whole rows."),
    "check": show.TextColumn("Check"),
    "rows": show.NumberColumn("Rows", format="localized"),
    "failed": show.NumberColumn("Failed", format="localized"),
    "before": show.NumberColumn("Failed before", format="localized"),
    "first": show.TextColumn("First failures (id: value)"),
}
FAILURES: dict[str, Any] = {
    "version": show.TextColumn("Version"),
    "table": show.TextColumn("Table"),
    "id": show.TextColumn("Item"),
    "column": show.TextColumn("Column"),
    "check": show.TextColumn("Check"),
    "value": show.TextColumn("Value", width="large"),
}
QUARANTINE: dict[str, Any] = {
    "reason": show.TextColumn("Reason", width="medium"),
    "file": show.TextColumn("File"),
    "row": show.NumberColumn("Row", help="The row's number in the file, from 1."),
    "id": show.TextColumn("Item"),
    "record": show.TextColumn("Source row", width="large"),
}
GROUPS: dict[str, Any] = {
    "group": show.TextColumn("Group", width="small"),
    "size": show.NumberColumn("Items", width="small"),
    "least": show.NumberColumn(
        "Least alike",
        format="%.2f",
        width="small",
        help="Jaccard similarity of the two items that are least alike, by words and pairs of "
        "words; of groups of more than 1,000 different texts, of the pairs that were compared",
    ),
    "title": show.TextColumn("Title", width="large"),
    "tags_differ": show.CheckboxColumn("Labels differ"),
    "splits": show.TextColumn(
        "Split", width="small", help="Empty where the filter kept none of their tags."
    ),
    "ids": show.ListColumn("Item ids"),
}
MEMBERS: dict[str, Any] = {
    "id": show.TextColumn("Item", width="small"),
    "tags": show.ListColumn("Tags"),
    "title": show.TextColumn("Title", width="medium"),
    "description": show.TextColumn("Description", width="large"),
}
BLAME: dict[str, Any] = {
    "tag": show.TextColumn("Tag"),
    "state": show.TextColumn(
        "State", width="small", help="has: the item has the label; lost: it had it."
    ),
    "version": show.TextColumn("Since"),
    "commit": show.TextColumn("Commit"),
    "author": show.TextColumn("Author"),
    "date": show.TextColumn("Date"),
    "cause": show.TextColumn("Cause"),
    "people": show.TextColumn("People", help="Who decided the label, and in which campaign."),
    "subject": show.TextColumn("Commit message"),
}


def fitted(columns: Mapping[str, Any], frame: pd.DataFrame) -> dict[str, Any]:
    """The columns, wide enough for whole ids: an id that is cut off is of no use."""
    return {
        name: config | {"width": max(_least_width(config), _width(frame[name]))}
        if name in _IDS and name in frame and len(frame)
        else config
        for name, config in columns.items()
    }


def in_percent(frame: pd.DataFrame, columns: Mapping[str, Any]) -> pd.DataFrame:
    """The frame with shares as `PERCENT` needs them: 84.6 for 0.846."""
    shares = [
        name
        for name, config in columns.items()
        if name in frame and config.get("type_config", {}).get("format") == PERCENT
    ]
    return frame.assign(**{name: frame[name] * 100 for name in shares})


def _least_width(config: Mapping[str, Any]) -> int:
    width = config.get("width")
    return width if isinstance(width, int) else _SMALL


def _width(ids: pd.Series) -> int:
    """Pixels for the longest id; a letter that is not ASCII may be as wide as two."""
    texts = ids.drop_duplicates().astype("str")
    letters = texts.str.len() + texts.str.count(r"[^\x00-\x7f]")
    return min(round(letters.max() * _LETTER) + _MARGIN, _WIDEST)


def relabelled(items: pd.DataFrame) -> dict[str, Any]:
    """Columns of relabelled items: tags that were lost, gained and kept, each in its colour."""

    def tags(name: str, title: str, colour: str) -> Any:
        options = sorted({tag for cell in items[name] for tag in cell})
        return show.MultiselectColumn(title, options=options, color=colour, width=185)

    return {
        "id": show.TextColumn("Item", width=60),
        "title": show.TextColumn("Title", width=160),
        "lost": tags("lost", "Lost", CHIPS["lost"]),
        "gained": tags("gained", "Gained", CHIPS["gained"]),
        "causes": show.TextColumn("Cause", width=145),
        "people": show.TextColumn("People", width=90),
        "version": show.TextColumn("Changed in", width=115),
        "kept": tags("kept", "Kept", CHIPS["kept"]),
    }
