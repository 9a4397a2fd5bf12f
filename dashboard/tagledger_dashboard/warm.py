"""Comparisons that people are likely to ask for next, made while they read the first page."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

from tagledger.errors import TagledgerError
from tagledger.versions import read_listing
from tagledger_dashboard.loading import Context, open_repository
from tagledger_dashboard.state import Choice, base_for, default_choice

NEWEST = 4  # as many versions as the caches hold with all their tables
_PAIRS = 6
_MOST_BYTES = (
    200_000_000  # of a version on disk: a larger one is read only when somebody asks for it
)

_started: set[str] = set()
_lock = threading.Lock()


def first() -> None:
    """Make the comparison that a first page without parameters shows."""
    try:
        repository = open_repository()
        listing = read_listing(repository)
    except TagledgerError:
        return  # the page shows the error
    if len(listing.versions) > 1:
        choice = default_choice(listing.versions, listing.followed.source)
        _compare(Context(repository, listing.versions, choice), [choice])


def start(context: Context) -> threading.Thread | None:
    """Make the likely comparisons in the background, once for each state of the repository."""
    key = "\n".join([str(context.repository.root), *(one.data_id for one in context.versions)])
    with _lock:
        if key in _started:
            return None
        _started.add(key)
    choices = likely(context)
    thread = threading.Thread(target=_compare, args=(context, choices), daemon=True)
    thread.start()
    return thread


def likely(context: Context) -> list[Choice]:
    """What people probably look at next, the most probable first."""
    newest = context.shown[-NEWEST:]
    names = [
        one.name
        for one in newest
        if sum(out.size or 0 for out in one.outputs.values()) < _MOST_BYTES
    ]
    now = context.choice
    pairs = [(name, now.target) for name in reversed(names)]
    pairs += [(base_for(name, context.versions), name) for name in reversed(names)]
    pairs += [(now.base, name) for name in reversed(names)]
    wanted = [(base, target) for base, target in pairs if base != target and base in names]
    choices = [Choice(base, target, now.layer) for base, target in dict.fromkeys(wanted)]
    return [choice for choice in choices if choice != now][:_PAIRS]


def _compare(context: Context, choices: Sequence[Choice]) -> None:
    for choice in choices:
        ahead = replace(context, choice=choice, failures=set())
        try:
            ahead.comparison()
            ahead.gates()
        except TagledgerError:
            continue  # the page shows the error when somebody asks for this comparison
