"""How the columns of tables of tags are shown: titles and formats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from streamlit import column_config as show

from tagledger_dashboard.table_columns import PERCENT

TAG = show.TextColumn("Tag")
_COUNT = show.NumberColumn("Items", format="localized", help="Items with the tag in the layer.")
_CLEAN_COUNT = show.NumberColumn(
    "Items", format="localized", help="Items with the tag, before the filter."
)

# Three of these tables are side by side where there is room for them whole; widths in pixels.
EXTREMES_WIDTH = 312
EXTREMES: dict[str, Any] = {
    "tag": show.TextColumn("Tag", width=152),
    "items": show.NumberColumn(
        "Items", format="localized", width=60, help="Items with the tag, before the filter."
    ),
    "change": show.NumberColumn(
        "Change",
        format="%+d",
        help="Items gained or lost since the version compared with.",
        width=65,
    ),
    "needs": show.NumberColumn(
        "Needs", help="How many more items the tag needs to reach the threshold.", width=65
    ),
}
TREE: dict[str, Any] = {
    "name": show.TextColumn("Tag", width="medium"),
    "items": _CLEAN_COUNT,
    "with_narrower": show.ProgressColumn(
        "With narrower tags",
        help="Items that have the tag or a narrower tag.",
        format="localized",
        color="primary",
    ),
    "narrower": show.NumberColumn("Narrower", help="Number of tags directly below it."),
}
MISSING: dict[str, Any] = {
    "tag": TAG,
    "parent": show.TextColumn("Broader tag"),
    "missing": show.NumberColumn(
        "Lack it", format="localized", help="Items with the tag and without the broader tag."
    ),
    "items": show.NumberColumn("Items", format="localized", help="Items with the tag."),
    "share": show.NumberColumn("Share", format=PERCENT),
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
    "effect": show.NumberColumn(
        "Cohen's h", format="%+.3f", help="The size of the change: 0.2 is small, 0.5 is medium."
    ),
    "q": show.NumberColumn(
        "q", format="%.2g", help="Of both tests to the right together; drift is judged by it."
    ),
    "q_kept": show.NumberColumn("q, kept items", format="%.2g", help="Paired test on kept items."),
    "q_rest": show.NumberColumn(
        "q, other items", format="%.2g", help="Test on added and removed items."
    ),
    "difference_kept": show.NumberColumn(
        "Change, kept items", format=PERCENT, help="Change of presence on kept items, in points."
    ),
    "low_kept": show.NumberColumn("From", format=PERCENT, help="Its 95 % interval."),
    "high_kept": show.NumberColumn("To", format=PERCENT, help="Its 95 % interval."),
    "difference_rest": show.NumberColumn(
        "Change, other items",
        format=PERCENT,
        help="Presence on added items less that on removed items, in points.",
    ),
    "low_rest": show.NumberColumn("From", format=PERCENT, help="Its 95 % interval."),
    "high_rest": show.NumberColumn("To", format=PERCENT, help="Its 95 % interval."),
    "smallest_loss": show.NumberColumn(
        "Smallest loss",
        format="localized",
        help="The fewest kept items that the tag must lose for p < .05; empty for a smaller tag.",
    ),
    "count_a": show.NumberColumn(
        "Items before", format="localized", help="Items of the base with the tag in the layer."
    ),
    "count_b": show.NumberColumn(
        "Items now", format="localized", help="Items of the target with the tag in the layer."
    ),
    "presence_a": show.NumberColumn(
        "Presence before", format=PERCENT, help="Share of the clean items that have the tag."
    ),
    "presence_b": show.NumberColumn(
        "Presence now", format=PERCENT, help="Share of the clean items that have the tag."
    ),
    "share_a": show.NumberColumn("Share before", format=PERCENT),
    "share_b": show.NumberColumn("Share now", format=PERCENT, help="Share of all labels."),
    "lost": show.NumberColumn("Lost", help="Labels that kept items lost."),
    "gained": show.NumberColumn("Gained", help="Labels that kept items gained."),
}
DISTANCES: dict[str, Any] = {
    "distance": show.TextColumn("Distance"),
    "value": show.NumberColumn("Value", format="%.5f"),
    "no_change_95": show.NumberColumn(
        "By chance, 95 %",
        format="%.5f",
        help="If the changes had no direction, the distance is below this 19 times in 20.",
    ),
    "times": show.NumberColumn("Ratio", format="%.2f"),
    "beyond": show.CheckboxColumn("Beyond chance"),
    "tag": show.TextColumn("Tag", help="The tag whose share changed most."),
}
_WHY_ALIAS: dict[str, Any] = {
    "alias_of": show.TextColumn("Another name of", width=170, help="probably; of the taxonomy"),
    "names": show.TextColumn("Names", width=140, help="what the two names have in common"),
    "shared": show.NumberColumn("With both", format="localized", help="items with both tags"),
}
OUTSIDE: dict[str, Any] = {
    "tag": show.TextColumn("Tag", width=170),
    "items": _CLEAN_COUNT,
    "by_period": show.BarChartColumn("Items over time", y_min=0, width=110),
    "recent": show.NumberColumn("Latest", help="Items of the latest six periods."),
    "earlier": show.NumberColumn("Before", help="Items of the six periods before those."),
    "rise": show.NumberColumn(
        "Rise", format="%+.1f", help="Rise of the tag's presence, in standard errors."
    ),
    "since_base": show.NumberColumn(
        "Change", format="%+d", help="Items gained or lost since the version compared with."
    ),
    **_WHY_ALIAS,
}
ALIASES: dict[str, Any] = {
    "tag": show.TextColumn("Tag", width=170),
    "alias_of": _WHY_ALIAS["alias_of"] | {"width": 215},
    "names": _WHY_ALIAS["names"] | {"width": 175},
    "items": show.NumberColumn("Items", format="localized", help="Items with the tag."),
    "alias_of_items": show.NumberColumn(
        "Items of the other", format="localized", help="Items with the taxonomy's tag."
    ),
    "shared": _WHY_ALIAS["shared"],
    "texts": show.NumberColumn(
        "Texts alike",
        format="%.2f",
        help="How similar the texts of items with one of the two are: 0 by chance, 1 the same.",
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
            "Largest gap",
            format=PERCENT,
            help="Between the tag's share in a split and the target.",
        ),
    }
    for name in names:
        columns[f"{name}: items"] = show.NumberColumn(f"{name}: items", format="localized")
        columns[f"{name}: share"] = show.NumberColumn(f"{name}: share", format=PERCENT)
    return columns
