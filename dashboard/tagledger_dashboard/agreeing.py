"""Agreement of the work tree's annotators, measured once for each state of their answers."""

from __future__ import annotations

import streamlit as st

from tagledger import versions as ledger
from tagledger.agreement import in_words
from tagledger.agreement.of_workspace import WorkspaceAgreement, of_workspace
from tagledger.events.store import digest
from tagledger.versions import Repository
from tagledger_dashboard import agreement_columns as columns
from tagledger_dashboard import ui
from tagledger_dashboard.loading import data_key
from tagledger_dashboard.views import agreement

_ENTRIES = 8


def measure(repository: Repository, campaign: str | None) -> WorkspaceAgreement:
    """How far the annotators of a campaign agree, or all of them.

    Raises
    ------
    TagledgerError
        There is no such campaign, or the clean items or the answers cannot be read.
    """
    workspace = ledger.find_version(repository, ledger.WORKSPACE)
    key = f"{data_key(repository, workspace)}\n{digest(repository.root)}"
    return _measured(key, campaign, repository)


@st.cache_resource(max_entries=_ENTRIES, show_spinner="Comparing the answers …")
def _measured(key: str, campaign: str | None, _repository: Repository) -> WorkspaceAgreement:  # noqa: ARG001
    return of_workspace(_repository.root, campaign)


def choose(campaigns: list[str]) -> str | None:
    """The campaign that the visitor picks; None: all answers."""
    if not campaigns:
        return None
    return st.selectbox(
        "Campaign", campaigns, index=None, key="campaign", placeholder="all answers"
    )


def explain(missing: in_words.Missing) -> None:
    """Say what is missing for agreement, and what to do about it."""
    ui.empty(f"{missing.why} {missing.what}", missing.command)


def copies(shown: WorkspaceAgreement) -> None:
    """Warn of annotators of whom one may have copied the other."""
    for line in in_words.copies(shown.agreement):
        st.warning(ui.escape(line), icon=":material/content_copy:")


def decided(shown: WorkspaceAgreement) -> None:
    """Each annotator beside gold, and beside what was adjudicated."""
    for key, name, rows in (
        ("gold", "gold", shown.agreement.gold),
        ("adjudicated", "what was adjudicated", shown.agreement.adjudicated),
    ):
        if rows:
            st.markdown(f"**{ui.escape(agreement.decided_finding(rows, name))}**")
            table = agreement.decided(rows)
            ui.table(table, key=key, name=f"with-{key}", columns=columns.DECIDED)
