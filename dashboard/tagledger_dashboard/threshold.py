"""The threshold explorer: what another `filter.min_tag_count` would keep."""

from __future__ import annotations

import streamlit as st

from tagledger.measures.what_if import Sweep
from tagledger_dashboard import ui
from tagledger_dashboard.views import thresholds


@ui.fragment
def show(sweep: Sweep, used: int | None, version: str) -> None:
    """Draw the explorer; a move of its slider draws the explorer alone again.

    Parameters
    ----------
    sweep
        What every threshold would keep.
    used
        The version's own threshold; None where it is not on record.
    version
        The version's name: the slider keeps a position for each version.
    """
    if not sweep.largest:
        ui.empty(
            "No threshold would keep a tag. Include more tags in params.yaml, then run:",
            "dvc repro",
        )
        return
    # A slider needs two ends, and people may want to see a threshold that keeps no tag.
    last = sweep.largest + 1
    chosen = st.slider(
        "Fewest items of a tag (filter.min_tag_count)",
        1,
        last,
        min(used or 1, last),
        key=f"threshold_{version}",
    )
    ui.metrics(thresholds.counts(sweep, chosen, used))
    ui.figure(thresholds.curves(sweep, chosen, used, ui.colours()), key="curves")
