"""What the pages Label and Adjudicate share: the desk, the guideline, and what to run next."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable

import streamlit as st

from tagledger.errors import TagledgerError
from tagledger.versions import Repository
from tagledger.words import count
from tagledger_dashboard import ui
from tagledger_dashboard.labelling import component, guiding
from tagledger_dashboard.labelling.deck import Deck
from tagledger_dashboard.labelling.desk import Desk, desk_of
from tagledger_dashboard.labelling.job_data import version_of
from tagledger_dashboard.labelling.jobs import Job
from tagledger_dashboard.labelling.not_built import not_built


def turned_off() -> None:
    """Say how labelling is turned on."""
    ui.empty(
        "Labelling is off: this dashboard was started for nobody. Start it with the name under "
        "which your answers are to stand. The name stays in git, so take a short pseudonym:",
        "tagledger dashboard --annotator ann",
    )


def guideline(text: str | None) -> None:
    """Draw what annotators are to go by, folded up."""
    if text and text.strip():
        with st.expander("Guideline", icon=":material/menu_book:"):
            st.markdown(guiding.markdown(text))


def desk(repository: Repository, name: str, make: Callable[[], Job]) -> None:
    """Draw the desk for a job.

    Parameters
    ----------
    repository
        The repository.
    name
        The annotator.
    make
        Gives the job as it is now.
    """
    ui.fragment(_desk)(repository, name, make)


def _desk(repository: Repository, name: str, make: Callable[[], Job]) -> None:
    job, own = make(), desk_of(repository.root, name)
    own.show(job)
    own.refresh()
    deck = _deck(repository, job, own)
    key = f"{component.KEY}:{job.key}"
    failure = st.session_state.pop(f"{key}:failure", None)
    if failure is not None:
        ui.failed(failure)
    data = deck.message(job, own, time.time() * 1000, _store(repository, name))
    component.draw(data, lambda: _hear(key, deck, job, own), key=key)
    _what_to_run(repository)


def _deck(repository: Repository, job: Job, own: Desk) -> Deck:
    """The deck of this window, a new one where texts or tags have changed."""
    version = f"{version_of(repository, job.campaign or '')}\n{job.tax}"
    held = st.session_state.get("labelling_deck")
    if isinstance(held, Deck) and held.job == job.key:
        if held.version != version:
            held.version = version
            held.renew(job, own)
        return held
    deck = Deck(job.key, version)
    deck.renew(job, own)
    st.session_state["labelling_deck"] = deck
    return deck


def _hear(key: str, deck: Deck, job: Job, own: Desk) -> None:
    try:
        deck.hear(component.desk_message(key), job, own)
    except TagledgerError as error:
        st.session_state[f"{key}:failure"] = error


def _store(repository: Repository, name: str) -> str:
    """Under which name the browser keeps answers until they are saved."""
    return f"{hashlib.sha256(str(repository.root).encode()).hexdigest()[:16]}:{name}"


def _what_to_run(repository: Repository) -> None:
    waiting = not_built(repository.root)
    if not waiting:
        return
    verb = "is" if waiting == 1 else "are"
    st.caption(f"{count(waiting, 'event')} {verb} not in a build yet. When you are done, run:")
    st.code("dvc repro", language="sh")
