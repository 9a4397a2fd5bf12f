"""Who may adjudicate, and the choice of the disputes to decide."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from tagledger import documents, params
from tagledger.campaigns.campaign import guideline, read_campaigns
from tagledger.errors import TagledgerError
from tagledger.params import AnnotateParams
from tagledger.versions import Repository
from tagledger.words import listed
from tagledger_dashboard.labelling import job_data, page
from tagledger_dashboard.labelling.jobs import Job

_ALL = "All disputes"


def may_adjudicate(root: Path, name: str) -> TagledgerError | None:
    """Why somebody may not adjudicate; None where they may.

    Raises
    ------
    TagledgerError
        params.yaml cannot be read.
    """
    allowed = _settings(root / params.PARAMS).adjudicators
    if allowed == "anyone" or name in allowed:
        return None
    who = listed(list(allowed)) if allowed else "those whom params.yaml names"
    return TagledgerError(
        f"only {who} may adjudicate here, not {name}",
        where=root / params.PARAMS,
        hint="start the dashboard for one of them, or add the name to `annotate.adjudicators`",
    )


def _settings(path: Path) -> AnnotateParams:
    """The section annotate; its defaults where a repository of before has none."""
    document = documents.read_yaml(path)
    if isinstance(document, dict) and AnnotateParams.SECTION not in document:
        return AnnotateParams()
    return params.load(AnnotateParams, path)


def job(repository: Repository) -> Callable[[], Job]:
    """Draw the choice of disputes, and return what gives the job.

    Raises
    ------
    TagledgerError
        A campaign cannot be read.
    """
    campaigns = {one.name: one for one in read_campaigns(repository.root)}
    campaign = None
    if campaigns:
        chosen = st.selectbox(
            "Campaign", [_ALL, *campaigns], key="disputes_of", bind="query-params", width=320
        )
        campaign = campaigns.get(chosen)
    if campaign is not None:
        page.guideline(guideline(repository.root, campaign.name))
    return lambda: job_data.disputes_job(repository, campaign)
