"""The dashboard: the sidebar, the sentence at the top of every page, and the pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from tagledger import versions as ledger
from tagledger.errors import TagledgerError
from tagledger_dashboard import annotators, loading, sidebar, ui, warm
from tagledger_dashboard.loading import Context
from tagledger_dashboard.state import Choice
from tagledger_dashboard.views import headline

PAGES = {
    "overview": ("Overview", ":material/dashboard:"),
    "tags": ("Tags", ":material/sell:"),
    "imbalance": ("Imbalance", ":material/balance:"),
    "changes": ("Label changes", ":material/difference:"),
    "drift": ("Drift", ":material/trending_up:"),
    "quality": ("Quality", ":material/fact_check:"),
    "splits": ("Splits", ":material/call_split:"),
    "label": ("Label", ":material/edit_note:"),
    "adjudicate": ("Adjudicate", ":material/gavel:"),
    "agreement": ("Agreement", ":material/handshake:"),
}
LABELLING = {PAGES[name][0] for name in ("label", "adjudicate")}
ICON = Path(__file__).with_name("icon.svg")
# Not called pages: Streamlit would take a folder of that name for an app without this file.
FOLDER = Path(__file__).with_name("screens")


def main() -> None:
    """Draw the page that the address names."""
    st.set_page_config(page_title="Tagledger", page_icon=str(ICON), layout="wide")
    pages = [
        st.Page(FOLDER / f"{name}.py", title=title, icon=icon, default=name == "overview")
        for name, (title, icon) in PAGES.items()
        if (FOLDER / f"{name}.py").exists()
    ]
    page = st.navigation(pages, position="hidden")
    try:
        repository = loading.open_repository()
        listing = ledger.read_listing(repository)
    except TagledgerError as error:
        ui.failed(error)
        return
    labels = page.title in LABELLING and annotators.is_named()
    if not listing.versions:
        _without_versions(repository, page, labels=labels)
        return
    links = st.sidebar.container(gap="xxsmall")
    context = sidebar.choose(repository, listing)
    with links:
        # The links carry the choice. Streamlit's own links do not, so Back would stop at every page
        # twice, and a new tab would show other versions.
        for one in pages:
            st.page_link(one, query_params=context.choice.to_params(), width="stretch")
    loading.set_context(context)
    st.title(page.title)
    if not labels:  # whoever labels makes the data stale, and compares nothing
        ui.stale(context)
        with ui.failures(context), st.spinner("Comparing the two versions …", show_time=True):
            _say_what_changed(context)
    with ui.failures(context):
        page.run()
    warm.start(context)


def _without_versions(repository: ledger.Repository, page: Any, *, labels: bool) -> None:
    """Before the first version, items can be labelled: that may be what the first one needs."""
    if labels:
        context = Context(repository, [], Choice("", ""))
        loading.set_context(context)
        st.title(page.title)
        with ui.failures(context):
            page.run()
        return
    ui.empty(
        "This repository has no version of the dataset yet. Build one and give it a name:",
        "dvc repro",
        'git add --all && git commit -m "data: first version"',
        'git tag -a v1.0.0 -m "First version"',
    )
    if annotators.is_named():
        st.page_link("screens/label.py", label="Label the items first", icon=PAGES["label"][1])


def _say_what_changed(context: Context) -> None:
    base, target = context.base.name, context.target.name
    if len(context.versions) == 1:
        text = f"{target} is the only version. Changes will be shown from the second version on."
    elif context.is_same and context.shown[0] == context.target and context.followed.left_out:
        text = f"{context.followed.line()}. Choose one of them to compare with it all the same."
    elif context.is_same:
        text = f"{base} and {target} have the same data. Choose another version to compare with."
    else:
        comparison = context.comparison()
        text = headline.sentence(comparison, base, target, ui.gates(context))
    st.markdown(ui.escape(text))


main()
