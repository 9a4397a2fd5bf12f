"""One tag, which any page can open: its history, the tags used with it, its items."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from tagledger.words import count, number, percent, signed
from tagledger_dashboard import tag_columns, ui, version_facts
from tagledger_dashboard.loading import Context
from tagledger_dashboard.views import one_tag
from tagledger_dashboard.views.overview import Count

KEY = "about"  # of the widget, and so the parameter in the page's address


def table(
    frame: pd.DataFrame,
    *,
    key: str,
    name: str,
    columns: Mapping[str, Any],
    tags: pd.Series | None = None,
) -> None:
    """Draw a table of tags; a click on a row opens its tag.

    Parameters
    ----------
    frame
        With a column tag, unless `tags` is given.
    key, name, columns
        As for `tagledger_dashboard.ui.table`.
    tags
        The tag of each row.
    """
    row = ui.table(frame, key=key, name=name, columns=columns, select=True)
    opened = None if row is None else str((frame["tag"] if tags is None else tags).iloc[row])
    # The row stays chosen after the tag is closed: only a new choice opens a tag.
    if opened is not None and st.session_state.get(f"{key}_opened") != opened:
        st.session_state[KEY] = opened
    st.session_state[f"{key}_opened"] = opened


def show(context: Context, container: DeltaGenerator) -> None:
    """Draw the box that chooses a tag, and the tag that was chosen there or in a table.

    Parameters
    ----------
    context
        The versions.
    container
        Where to draw the box. It is drawn last, as the tables above it may choose a tag too.
    """
    tags = sorted(context.dataset(context.target).tags["tag"])
    if st.session_state.get(KEY) not in {None, *tags}:
        tags.append(st.session_state[KEY])
    chosen = container.selectbox(
        "Open a tag",
        tags,
        index=None,
        key=KEY,
        bind="query-params",
        placeholder="see its history, its items and the tags used with it",
    )
    if chosen is not None:
        opened = st.dialog(ui.escape(chosen), width="large", position="right", on_dismiss=_close)
        opened(ui.by_itself(_draw))(context, chosen)


def _close() -> None:
    st.session_state[KEY] = None


def _draw(context: Context, tag: str) -> None:
    """Draw a tag by the labels before the filter, as a tag that is not kept has items too."""
    palette, layer = ui.colours(), version_facts.unfiltered(context)
    labels = version_facts.matrix(context, context.target, layer)
    rows = one_tag.rows_with(labels, tag)
    _counts(context, tag, len(rows), len(labels.ids))
    decisions, left_out = version_facts.history(context)
    ui.figure(one_tag.history(decisions, tag, palette, context.target.name), key="tag_history")
    ui.lineage(context)
    if left_out:
        st.caption(f"Not shown: {count(left_out, 'version')} whose data is not in the cache.")
    ui.figure(one_tag.together(labels, tag, palette), key="tag_together")
    if len(rows):
        dataset = context.dataset(context.target)
        items, assignments = dataset.layer_items(layer), dataset.assignments
        st.markdown(f"**{count(len(rows), 'item')} of {ui.escape(context.target.name)}**")
        listed = one_tag.listing(items, labels, rows, assignments)
        ui.table(listed, key="tag_items", name=f"items-{tag}", columns=tag_columns.ITEMS)


def _counts(context: Context, tag: str, items: int, all_items: int) -> None:
    labels = version_facts.matrix(context, context.base, version_facts.unfiltered(context))
    change = signed(items - len(one_tag.rows_with(labels, tag)))
    decisions = context.dataset(context.target).tags.set_index("tag")["decision"]
    share = items / all_items if all_items else 0.0
    ui.metrics(
        [
            Count(
                "Items",
                number(items),
                "" if context.is_same else change,
                "Items with the tag, before the filter.",
                "off",
            ),
            Count(
                "Share of items",
                percent(share, 1),
                "",
                "Share of all items before the filter.",
                "off",
            ),
            Count(
                "Filter",
                one_tag.DECISIONS[str(decisions.get(tag, "absent"))],
                "",
                "What the filter decided on the tag.",
                "off",
            ),
        ]
    )
