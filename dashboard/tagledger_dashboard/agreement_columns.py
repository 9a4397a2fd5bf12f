"""How the columns of tables of agreement are shown: titles and formats."""

from __future__ import annotations

from typing import Any

from streamlit import column_config as show

from tagledger_dashboard.table_columns import PERCENT

_ITEMS = show.NumberColumn("Items", format="localized", help="Items that several people answered.")
_AGREE = show.NumberColumn("Agree", format=PERCENT, help="Share of answers that are the same.")
_KAPPA = show.NumberColumn(
    "Kappa", format="%.2f", help="Agreement beyond chance; small where a tag is rare."
)
_SIMILAR = show.NumberColumn(
    "Similar", format="%.2f", help="MASI similarity of labelsets, the mean over items; 1 is equal."
)

TAGS: dict[str, Any] = {
    "tag": show.TextColumn("Tag"),
    "items": _ITEMS,
    "differing": show.NumberColumn(
        "Differ", format="localized", help="Items on which they differ."
    ),
    "agreement": _AGREE,
    "kappa": _KAPPA,
    "ac1": show.NumberColumn(
        "AC1",
        format="%.2f",
        help="Gwet's AC1: agreement beyond chance; kappa is too low for rare tags, and AC1 is not.",
    ),
    "prevalence": show.NumberColumn(
        "Prevalence", format=PERCENT, help="Share of the answers that give the tag."
    ),
}
PAIRS: dict[str, Any] = {
    "first": show.TextColumn("Annotator"),
    "second": show.TextColumn("And"),
    "items": show.NumberColumn("Items", format="localized", help="Items that both answered."),
    "equal": show.NumberColumn("Equal", format=PERCENT, help="Share of equal labelsets."),
    "masi": _SIMILAR,
    "agreement": _AGREE,
    "kappa": show.NumberColumn("Kappa", format="%.2f", help="Cohen's, all tags together."),
}
CONFUSED: dict[str, Any] = {
    "first": show.TextColumn("One gives"),
    "second": show.TextColumn("Another gives"),
    "items": show.NumberColumn("Items", format="localized"),
    "expected": show.NumberColumn("By chance", format="%.1f", help="Items that chance would give."),
    "q": show.NumberColumn("q", format="%.2g", help="Corrected for the number of pairs of tags."),
}
ITEMS: dict[str, Any] = {
    "id": show.TextColumn("Item", width="small"),
    "title": show.TextColumn("Title", width="medium"),
    "distance": show.NumberColumn(
        "Apart", format="%.2f", help="MASI distance, the mean of each two answers; 0 is equal."
    ),
    "differing": show.ListColumn("Differ in", width="medium"),
    "answers": show.TextColumn("Who says what", width="large"),
}
DECIDED: dict[str, Any] = {
    "by": show.TextColumn("Annotator"),
    "items": show.NumberColumn("Items", format="localized"),
    "agreement": _AGREE,
    "masi": _SIMILAR,
    "kappa": _KAPPA,
    "missed": show.NumberColumn(
        "Missed", format="localized", help="Labels that were decided and that they do not give."
    ),
    "extra": show.NumberColumn(
        "Extra", format="localized", help="Labels that they give and that were decided against."
    ),
}
