"""How columns of tables of tags are shown: names for people and formats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from streamlit import column_config as show

TAG = show.TextColumn("Tag")
_COUNT = show.NumberColumn("Items", format="localized")

# Three of these stand side by side: widths in pixels.
EXTREMES: dict[str, Any] = {
    "tag": show.TextColumn("Tag", width=160),
    "items": show.NumberColumn("Items", format="localized", width=60),
    "change": show.NumberColumn("Change", format="%+d", help="items since the base", width=65),
    "needs": show.NumberColumn("Needs", help="items more to reach the threshold", width=65),
}
TREE: dict[str, Any] = {
    "name": show.TextColumn("Tag", width="medium"),
    "items": _COUNT,
    "with_narrower": show.ProgressColumn(
        "With narrower tags",
        help="items that have the tag or a narrower one",
        format="localized",
        color="primary",
    ),
    "narrower": show.NumberColumn("Narrower", help="tags next below it"),
}
MISSING: dict[str, Any] = {
    "tag": TAG,
    "parent": show.TextColumn("Broader tag"),
    "missing": show.NumberColumn("Lack it", format="localized", help="items without the broader"),
    "items": show.NumberColumn("Items", format="localized", help="items with the tag"),
    "share": show.NumberColumn("Share", format="percent"),
}
ITEMS: dict[str, Any] = {
    "id": show.TextColumn("Item", width="small"),
    "title": show.TextColumn("Title", width="medium"),
    "tags": show.ListColumn("Tags", width="medium"),
    "split": show.TextColumn("Split", width="small"),
}
IRLBL: dict[str, Any] = {
    "tag": TAG,
    "items": _COUNT,
    "irlbl": show.NumberColumn("IRLbl", format="%.2f"),
    "items_before": show.NumberColumn("Items before", format="localized"),
    "irlbl_before": show.NumberColumn("IRLbl before", format="%.2f"),
}
COLLECT: dict[str, Any] = {
    "tag": TAG,
    "items": show.NumberColumn("Has", format="localized", help="items now"),
    "wanted": show.NumberColumn("Wanted", format="localized", help="items"),
    "collect": show.NumberColumn("To collect", format="localized", help="new items of this tag"),
    "along": show.NumberColumn(
        "Comes along", format="%.0f", help="expected on the new items of the other tags"
    ),
    "after": show.NumberColumn("Then has", format="%.0f", help="expected items"),
    "company": show.NumberColumn(
        "Other tags an item", format="%.1f", help="that an item of this tag has now, on average"
    ),
}
DRIFT: dict[str, Any] = {
    "tag": TAG,
    "state": show.TextColumn("Verdict"),
    "effect": show.NumberColumn("Cohen's h", format="%+.3f", help="0.2 small, 0.5 medium"),
    "q": show.NumberColumn("q", format="%.2g", help="the smaller of the two to the right"),
    "q_kept": show.NumberColumn("q kept", format="%.2g", help="paired test, on kept items"),
    "q_rest": show.NumberColumn("q rest", format="%.2g", help="on added and removed items"),
    "count_a": show.NumberColumn("Items before", format="localized"),
    "count_b": show.NumberColumn("Items now", format="localized"),
    "presence_a": show.NumberColumn("Of items before", format="percent", help="of the clean items"),
    "presence_b": show.NumberColumn("Of items now", format="percent", help="of the clean items"),
    "share_a": show.NumberColumn("Of labels before", format="percent"),
    "share_b": show.NumberColumn("Of labels now", format="percent"),
    "lost": show.NumberColumn("Lost", help="labels of kept items"),
    "gained": show.NumberColumn("Gained", help="labels of kept items"),
}
DISTANCES: dict[str, Any] = {
    "distance": show.TextColumn("Distance"),
    "value": show.NumberColumn("Value", format="%.5f"),
    "no_change_95": show.NumberColumn(
        "No change, 95 %", format="%.5f", help="chance alone stays below this 19 times in 20"
    ),
    "times": show.NumberColumn("Times that", format="%.2f"),
    "beyond": show.CheckboxColumn("Beyond chance"),
    "tag": show.TextColumn("Tag", help="where it is largest"),
}
_WHY_ALIAS: dict[str, Any] = {
    "alias_of": show.TextColumn("Another name of", width=170, help="probably; of the taxonomy"),
    "names": show.TextColumn("Names", width=140, help="what the two names have in common"),
    "shared": show.NumberColumn("With both", format="localized", help="items with both tags"),
}
OUTSIDE: dict[str, Any] = {
    "tag": show.TextColumn("Tag", width=170),
    "items": _COUNT,
    "by_period": show.BarChartColumn("Items by time", y_min=0, width=110),
    "recent": show.NumberColumn("Latest", help="items of the latest six periods"),
    "earlier": show.NumberColumn("Before", help="items of the six periods before those"),
    "rise": show.NumberColumn(
        "Rise", format="%+.1f", help="of its share of the items, in standard errors"
    ),
    "since_base": show.NumberColumn("Since base", format="%+d"),
    **_WHY_ALIAS,
}
ALIASES: dict[str, Any] = {
    "tag": show.TextColumn("Tag", width=170),
    "alias_of": _WHY_ALIAS["alias_of"],
    "names": _WHY_ALIAS["names"],
    "items": show.NumberColumn("Items", format="localized", help="items with the tag"),
    "alias_of_items": show.NumberColumn(
        "Items of the other", format="localized", help="items with the taxonomy's tag"
    ),
    "shared": _WHY_ALIAS["shared"],
    "texts": show.NumberColumn(
        "Texts alike", format="%.2f", help="of items with one of the two: 0 by chance, 1 the same"
    ),
}
MOVED: dict[str, Any] = {
    "id": show.TextColumn("Item", width="small"),
    "title": show.TextColumn("Title", width="large"),
    "before": show.TextColumn("Split before"),
    "after": show.TextColumn("Split now"),
}


def splits(names: Sequence[str]) -> dict[str, Any]:
    """Columns of `tagledger_dashboard.views.splits.wide`."""
    columns: dict[str, Any] = {
        "tag": TAG,
        "items": _COUNT,
        "worst": show.NumberColumn(
            "Furthest off", format="percent", help="of its share in any split from the target"
        ),
    }
    for name in names:
        columns[f"{name}: items"] = show.NumberColumn(f"{name}: items", format="localized")
        columns[f"{name}: share"] = show.NumberColumn(f"{name}: share", format="percent")
    return columns
