"""The sidebar: it chooses two versions and a layer, which the page's address keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from tagledger.errors import TagledgerError
from tagledger.layers import LAYERS
from tagledger.reports import METRICS
from tagledger.versions import (
    WORKSPACE,
    Listing,
    Repository,
    Version,
    find_version,
    is_of_source,
)
from tagledger.words import count, plain
from tagledger_dashboard import state, ui
from tagledger_dashboard.loading import Context
from tagledger_dashboard.state import Choice, day

_ADDRESS = "address"  # what this session last wrote to the page's address
_TOUCHED = "touched"  # whether this run is for a widget of the sidebar
_LAYER_HELP = (
    "raw: as the source has it · clean: spelling repaired, repeated ids merged · annotated: "
    "with what people answered · filtered: only the tags that the filter kept, which a model is "
    "trained on"
)


def choose(repository: Repository, listing: Listing) -> Context:
    """Draw the sidebar, and return what it chose.

    The versions that people follow come first, those of other sources after them.
    """
    versions, source = listing.versions, listing.followed.source
    _read_address(repository, versions, source)
    session = st.session_state
    newest_first = state.chronological(versions)[::-1]
    newest_first.sort(key=lambda version: not is_of_source(version, source))
    names = [version.name for version in newest_first]
    by_name = {version.name: version for version in versions}
    context = Context(
        repository, versions, Choice(session["base"], session["target"], session["layer"])
    )
    sizes = dict(
        zip(names, context.report(METRICS, [by_name[name] for name in names]), strict=True)
    )
    with st.sidebar:
        for key, label in (("target", "Version"), ("base", "Compared with")):
            st.selectbox(
                label,
                names,
                key=key,
                format_func=lambda name: with_date(by_name[name], source),
                on_change=_touch,
            )
            _describe(by_name[session[key]], sizes[session[key]])
        st.button("Swap", icon=":material/swap_vert:", on_click=_swap, width="stretch", key="swap")
        st.selectbox("Layer", LAYERS, key="layer", help=_LAYER_HELP, on_change=_touch)
    _write_address(context.choice)
    return context


def _read_address(repository: Repository, versions: Sequence[Version], source: str | None) -> None:
    """Take the choice from the address, when the page opens or its address was changed by hand."""
    session = st.session_state
    address = {
        key: st.query_params[key] for key in ("base", "target", "layer") if key in st.query_params
    }
    names = {version.name for version in versions}
    chosen = {session.get("base"), session.get("target")} <= names
    # The choice of a widget wins: the run that it starts may still have the address of before.
    touched = session.pop(_TOUCHED, False)
    if chosen and (touched or not address or address == session.get(_ADDRESS)):
        return
    choice, unknown = state.from_params(
        address, versions, lambda name: _resolve(repository, versions, name), source
    )
    session["base"], session["target"], session["layer"] = choice.base, choice.target, choice.layer
    if unknown:
        st.warning(
            f"The link asks for {ui.escape(', '.join(unknown))}, which this repository does not "
            "have, so the page shows the default. `git fetch --tags` brings the tags of others.",
            icon=":material/link_off:",
        )


def _resolve(repository: Repository, versions: Sequence[Version], name: str) -> str | None:
    try:
        version = find_version(repository, name)
    except TagledgerError:
        return None  # the page says that it is unknown
    return next((one.name for one in versions if one.data_id == version.data_id), None)


def _write_address(choice: Choice) -> None:
    params = choice.to_params()
    # In one step: the browser keeps each write as a page, and Back would show half a choice.
    if any(st.query_params.get(key) != value for key, value in params.items()):
        st.query_params.update(params)
    st.session_state[_ADDRESS] = params


def _swap() -> None:
    session = st.session_state
    session["base"], session["target"] = session["target"], session["base"]
    _touch()


def _touch() -> None:
    st.session_state[_TOUCHED] = True


def with_date(version: Version, source: str | None = None) -> str:
    """A version as the list of them shows it: its name, and its day where it has one.

    One that is not of `source`, which people follow, has its own source with it.
    """
    name, when = plain(version.name), day(version)
    when = "as it is now" if version.kind == WORKSPACE else when
    other = "" if is_of_source(version, source) else f"source {plain(version.source)}"
    return " · ".join(filter(None, (name, when, other)))


def _describe(version: Version, metrics: dict[str, Any] | None) -> None:
    size = (
        f"{count(metrics['items'], 'item')}, {count(metrics['labels'], 'label')}"
        if metrics
        else "size not on record"
    )
    subject = (
        "the work tree" if version.kind == WORKSPACE else version.subject or "no commit message"
    )
    st.caption(f"{ui.escape(subject)}  \n{size}")
