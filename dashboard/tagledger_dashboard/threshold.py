"""The threshold explorer: what another `filter.min_tag_count` would leave."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from tagledger.measures.what_if import Sweep
from tagledger_dashboard import ui
from tagledger_dashboard.views import thresholds
from tagledger_dashboard.views.overview import Count
from tagledger_dashboard.views.words import plain


@ui.fragment
def show(sweep: Sweep, used: int | None, version: str) -> None:
    """Draw the explorer, which is drawn anew by itself at every move of its slider.

    Parameters
    ----------
    sweep
        What every threshold would leave.
    used
        The version's own threshold; None where it is not on record.
    version
        The version's name: each keeps its own place of the slider.
    """
    if not sweep.largest:
        ui.empty("No tag may stay at any threshold: include more tags in params.yaml.", "dvc repro")
        return
    # A slider needs two ends, and a threshold above all tags is worth seeing as well.
    last = sweep.largest + 1
    chosen = st.slider(
        "Fewest items of a tag (filter.min_tag_count)",
        1,
        last,
        min(used or 1, last),
        key=f"threshold_{version}",
    )
    counts(thresholds.counts(sweep, chosen, used))
    ui.figure(thresholds.curves(sweep, chosen, used, ui.colours()), key="curves")


def counts(made: Sequence[Count]) -> None:
    """Numbers with their changes, side by side."""
    with st.container(horizontal=True):
        for one in made:
            st.metric(
                one.name,
                one.value,
                plain(one.change) or None,
                delta_color=one.colour,
                delta_arrow="off" if one.colour == "off" else "auto",
                help=one.meaning,
                border=True,
            )
