"""The filters of label changes."""

from __future__ import annotations

import streamlit as st

from tagledger.compare.compare import Comparison
from tagledger_dashboard.views import causes, changes
from tagledger_dashboard.views.changes import Wanted


def choose(comparison: Comparison) -> Wanted:
    """Draw the filters side by side, and return what they select."""
    first, second, third, fourth = st.columns(4, vertical_alignment="bottom")
    return Wanted(
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
