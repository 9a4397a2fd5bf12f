"""How columns of tables are shown: names for people, formats, and tags in the colours of change."""

from __future__ import annotations

from typing import Any

import pandas as pd
from streamlit import column_config as show

from dashboard.theme import CHIPS

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
    "items": show.NumberColumn("Items", format="localized", help="items on which it happened"),
    "overlap": show.NumberColumn(
        "Overlap", format="percent", help="as a share of the items that the tags before left"
    ),
}
CHECKS: dict[str, Any] = {
    "table": show.TextColumn("Table"),
    "column": show.TextColumn("Column", help="empty: a check of whole rows"),
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
    "row": show.NumberColumn("Row", help="its place in the file, from 1"),
    "id": show.TextColumn("Item"),
    "record": show.TextColumn("Record", width="large"),
}
GROUPS: dict[str, Any] = {
    "group": show.TextColumn("Group", width="small"),
    "size": show.NumberColumn("Items", width="small"),
    "title": show.TextColumn("Title", width="large"),
    "tags_differ": show.CheckboxColumn("Labels disagree"),
    "splits": show.TextColumn("Split", width="small", help="empty: no tag of theirs stays"),
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
    "state": show.TextColumn("Today", width="small"),
    "version": show.TextColumn("Since"),
    "commit": show.TextColumn("Commit"),
    "author": show.TextColumn("Author"),
    "date": show.TextColumn("Date"),
    "cause": show.TextColumn("Cause"),
    "subject": show.TextColumn("Commit says"),
}


def relabelled(items: pd.DataFrame) -> dict[str, Any]:
    """Columns of relabelled items: gained, lost and steady tags, each in its colour."""

    def tags(name: str, title: str, colour: str) -> Any:
        options = sorted({tag for cell in items[name] for tag in cell})
        return show.MultiselectColumn(title, options=options, color=colour, width=185)

    return {
        "id": show.TextColumn("Item", width=60),
        "title": show.TextColumn("Title", width=160),
        "lost": tags("lost", "Lost", CHIPS["lost"]),
        "gained": tags("gained", "Gained", CHIPS["gained"]),
        "causes": show.TextColumn("Cause", width=145),
        "version": show.TextColumn("Changed by", width=115),
        "stays": tags("stays", "Stays", CHIPS["stays"]),
    }
