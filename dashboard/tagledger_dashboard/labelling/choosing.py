"""The choice of what to label: a campaign, or the items of a query."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from tagledger.campaigns.campaign import Campaign, guideline
from tagledger.versions import Repository
from tagledger_dashboard import ui
from tagledger_dashboard.labelling import page, reading
from tagledger_dashboard.labelling.jobs import Job

_NO_CAMPAIGN = "No campaign: items of a query"
_ANY = "random:100"
_HELP = (
    "all · untagged · unanswered · random:100 · tag:NAME · text:WORD · id:ID. `and` between two of "
    "them takes the items that fit both, a comma those that fit one."
)


def job(repository: Repository, name: str) -> Callable[[], Job]:
    """Draw the choice, with the guideline of the campaign, and return what gives its job.

    Raises
    ------
    TagledgerError
        A campaign cannot be read.
    """
    campaigns = {one.name: one for one in reading.campaigns_of(repository, name)}
    left, right = st.columns([1, 2])
    chosen = left.selectbox(
        "Campaign",
        [*campaigns, _NO_CAMPAIGN],
        key="campaign",
        bind="query-params",
        format_func=lambda one: _named(campaigns.get(one), one),
        help=f"Those in which {name} has items",
    )
    campaign = campaigns.get(chosen)
    if campaign is not None:
        if campaign.finished is not None:
            st.caption(
                "This campaign is finished. What you answer still counts with the next build."
            )
        page.guideline(guideline(repository.root, campaign.name))
        return lambda: reading.campaign_job(repository, campaign, name)
    asked = right.text_input("Items", _ANY, key="items", bind="query-params", help=_HELP)
    if not campaigns:
        st.caption(f"No campaign has items for {ui.escape(name)}: choose items by a query.")
    return lambda: reading.query_job(repository, asked.strip() or _ANY)


def _named(campaign: Campaign | None, name: str) -> str:
    finished = campaign is not None and campaign.finished is not None
    return f"{name} · finished" if finished else name
