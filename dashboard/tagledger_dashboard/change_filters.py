"""The filters of label changes."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from tagledger.compare.compare import Comparison
from tagledger_dashboard.views import causes, changes
from tagledger_dashboard.views.changes import Wanted


def _people(comparison: Comparison) -> tuple[Sequence[str], Sequence[str]]:
    """Draw the filters by person and by campaign, where people are behind changes."""
    named = [
        (key, sorted(set(table["name"])), label, placeholder)
        for key, table, label, placeholder in (
            ("person", comparison.annotators(), "People", "everybody, and changes by nobody"),
            ("campaign", comparison.of_campaigns(), "Campaigns", "all campaigns, and none"),
        )
    ]
    if not named[0][1]:
        return (), ()
    chosen = [
        column.multiselect(label, names, key=key, placeholder=placeholder, disabled=not names)
        for column, (key, names, label, placeholder) in zip(st.columns(2), named, strict=True)
    ]
    return chosen[0], chosen[1]


def choose(comparison: Comparison) -> Wanted:
    """Draw the filters side by side, and return what they select."""
    first, second, third, fourth = st.columns(4, vertical_alignment="bottom")
    people, campaigns = _people(comparison)
    return Wanted(
        people=people,
        campaigns=campaigns,
        causes=first.multiselect(
            "Causes",
            list(comparison.causes["cause"]),
            format_func=lambda cause: causes.NAMES[cause],
            key="cause",
            placeholder="all but renames",
        ),
        tags=second.multiselect(
            "Tags", sorted(comparison.tags["tag"]), key="tag", placeholder="all tags"
        ),
        direction=third.selectbox(
            "Direction", changes.DIRECTIONS, index=None, key="direction", placeholder="both"
        ),
        items=fourth.selectbox(
            "Items",
            list(changes.ITEMS),
            index=None,
            format_func=lambda items: changes.ITEMS[items],
            key="items",
            placeholder="all items",
        ),
    )
