"""The choice of what to label: a campaign, or the items of a query."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from tagledger.campaigns.campaign import Campaign, guideline
from tagledger.versions import Repository
from tagledger_dashboard import ui
from tagledger_dashboard.labelling import job_data, page
from tagledger_dashboard.labelling.deck import progress
from tagledger_dashboard.labelling.desk import desk_of
from tagledger_dashboard.labelling.jobs import Job

_NO_CAMPAIGN = "No campaign: items of a query"
_ANY = "random:100"
_KEY = "campaign"
_FIRST = "labelling_first"
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
    campaigns = {one.name: one for one in job_data.campaigns_of(repository, name)}
    _check_address(campaigns, name)
    left, right = st.columns([1, 2])
    chosen = left.selectbox(
        "Campaign",
        [*campaigns, _NO_CAMPAIGN],
        index=_first_open(repository, name, campaigns),
        key=_KEY,
        bind="query-params",
        help=f"Those in which {name} has items; those that are finished stand last",
    )
    campaign = campaigns.get(chosen)
    if campaign is not None:
        if campaign.finished is not None:
            st.caption(
                "This campaign is finished. What you answer still counts with the next build."
            )
        page.guideline(guideline(repository.root, campaign.name))
        return lambda: job_data.campaign_job(repository, campaign, name)
    query = right.text_input("Items", _ANY, key="items", bind="query-params", help=_HELP)
    if not campaigns:
        st.caption(f"No campaign has items for {ui.escape(name)}: choose items by a query.")
    return lambda: job_data.query_job(repository, query.strip() or _ANY)


def _check_address(campaigns: Mapping[str, Campaign], name: str) -> None:
    """Say it where the address names a campaign that is none of the annotator's."""
    campaign = st.query_params.get(_KEY)
    if campaign in {None, _NO_CAMPAIGN, *campaigns} or _KEY in st.session_state:
        return
    text = f"The address names the campaign {campaign}, in which {name} has no items."
    st.warning(ui.escape(text), icon=":material/warning:")


def _first_open(repository: Repository, name: str, campaigns: Mapping[str, Campaign]) -> int:
    """The index of the first campaign in which items are left, found once for each window."""
    names = list(campaigns)
    if st.session_state.get(_FIRST) not in campaigns:
        open_ones = (of for of in names if _is_open(repository, name, campaigns[of]))
        st.session_state[_FIRST] = next(open_ones, next(iter(names), None))
    first = st.session_state[_FIRST]
    return names.index(first) if first in campaigns else 0


def _is_open(repository: Repository, name: str, campaign: Campaign) -> bool:
    if campaign.finished is not None:
        return False
    own = desk_of(repository.root, name)
    own.refresh()
    job = job_data.campaign_job(repository, campaign, name)
    return sum(progress(job, own)) < len(job.here)
