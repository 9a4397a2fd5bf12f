"""What the dashboard prepares in the background, and that it does no harm."""

from __future__ import annotations

from pathlib import Path

import pytest

from tagledger import versions
from tagledger_dashboard import warm
from tagledger_dashboard.loading import Context
from tagledger_dashboard.state import Choice, default_choice
from tests.dashboard.ledger import Ledger


def context(ledger: Ledger) -> Context:
    repository = versions.Repository.find(ledger.root)
    return Context(repository, versions.list_versions(repository), Choice("v1.1.0", "v1.2.0"))


def test_the_likely_comparisons_are_other_bases_and_targets(told: Ledger) -> None:
    found = [(choice.base, choice.target) for choice in warm.likely(context(told))]
    assert found[:3] == [("workspace", "v1.2.0"), ("v1.0.0", "v1.2.0"), ("v1.2.0", "workspace")]
    assert ("v1.1.0", "v1.2.0") not in found
    assert all(base != target for base, target in found)


def test_what_was_prepared_is_there_at_once(told: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm, "_started", set())
    asked = context(told)
    thread = warm.start(asked)
    assert thread is not None
    thread.join(60)
    assert not thread.is_alive()
    monkeypatch.setattr("tagledger_dashboard.loading.compare_datasets", None)
    later = Context(asked.repository, asked.versions, Choice("v1.0.0", "v1.2.0"))
    assert later.comparison().items.b == 22


def test_a_server_prepares_its_first_page(told: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAGLEDGER_REPO", str(told.root))
    warm.first()
    monkeypatch.setattr("tagledger_dashboard.loading.compare_datasets", None)
    repository = versions.Repository.find(told.root)
    listed = versions.list_versions(repository)
    assert Context(repository, listed, default_choice(listed)).comparison().a == "v1.2.0"


@pytest.mark.parametrize("place", ["nowhere", "empty"])
def test_a_first_page_that_cannot_be_is_left_to_the_page(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if place == "empty":
        Ledger(tmp_path / place)
    monkeypatch.setenv("TAGLEDGER_REPO", str(tmp_path / place))
    warm.first()


def test_it_is_done_once_for_each_state_of_the_repository(
    told: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm, "_started", set())
    monkeypatch.setattr(warm, "likely", lambda context: [])
    assert warm.start(context(told)) is not None
    assert warm.start(context(told)) is None


def test_versions_that_cannot_be_read_are_passed_over(
    copy: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm, "_started", set())
    copy.lose_cache()
    thread = warm.start(context(copy))
    assert thread is not None
    thread.join(60)
    assert not thread.is_alive()
