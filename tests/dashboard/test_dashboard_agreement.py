"""The page Agreement: what it shows, and what it says where there is nothing to compare."""

from __future__ import annotations

import math
from collections.abc import Callable

import yaml
from streamlit.testing.v1 import AppTest

from tagledger.dataset import open_dataset
from tagledger.events.event import Event
from tagledger.events.writing import write_session
from tagledger.release.check import measure_gates
from tagledger.versions import Repository
from tests.dashboard.ledger import Ledger
from tests.dashboard.test_dashboard_pages import assert_sound, frame, said

Open = Callable[..., AppTest]
AT = "2026-11-25T10:00:00Z"
ASKED = ("nlp", "transformers", "vision")


def answer(by: str, item: int, *yes: str, campaign: str | None = None) -> Event:
    return Event(
        act="gold" if by == "lead" else "label",
        by=by,
        item=str(item),
        yes=yes,
        asked=ASKED,
        at=AT,
        campaign=campaign,
    )


def answered(copy: Ledger) -> Ledger:
    """Two who agree on eleven items, a third who differs, a campaign of one item, and gold."""
    events = [answer(by, item, "nlp") for by in ("ann", "dan") for item in range(1, 13)]
    events += [answer("bob", item, "vision") for item in (1, 2)]
    events += [answer("lead", 1, "nlp")]
    events += [answer(by, 13, "nlp", campaign="small") for by in ("cyn", "eve")]
    write_session(copy.root, events)
    return copy


def test_without_answers_it_says_what_to_do(told: Ledger, open_page: Open) -> None:
    app = open_page(told.root, "agreement")
    assert_sound(app)
    assert "Nobody has labelled anything yet." in said(app)
    assert app.code[0].value.startswith("tagledger annotate start")


def test_it_shows_who_agrees_on_what(copy: Ledger, open_page: Open) -> None:
    app = open_page(answered(copy).root, "agreement")
    assert_sound(app)
    text = said(app)
    assert "alpha is" in text
    assert "ann and dan gave the same tags to all 11 items that both answered. A copy?" in text
    assert {metric.label: metric.value for metric in app.metric}["Items"] == "12"
    assert list(frame(app, "prevalence")["tag"]) == ["nlp", "vision", "transformers"]
    assert list(frame(app, "answers")["id"]) == ["1", "2"]
    assert list(frame(app, "missed")["missed"]) == [0, 1, 0]
    assert "bob agrees least: on 33 % of 3 answers with gold" in text


def test_a_campaign_is_chosen(copy: Ledger, open_page: Open) -> None:
    app = open_page(answered(copy).root, "agreement")
    app.selectbox(key="campaign").select("small").run()
    assert_sound(app)
    assert {metric.label: metric.value for metric in app.metric}["Items"] == "1"
    assert "They agree on every item" in said(app)


def test_an_answer_that_comes_is_shown_at_the_next_look(copy: Ledger, open_page: Open) -> None:
    app = open_page(answered(copy).root, "agreement")
    write_session(copy.root, [answer("bob", 3, "vision")])
    app.run()
    assert list(frame(app, "answers")["id"]) == ["1", "2", "3"]


def test_gates_on_annotators_are_measured_on_any_version(copy: Ledger) -> None:
    params = copy.root / "params.yaml"
    asked = yaml.safe_load(params.read_text())
    asked["gates"] = {"max_disputed": 0.1, "min_alpha": 0.5, "min_annotated": 0.5}
    params.write_text(yaml.safe_dump(asked))
    for name in ("v1.0.0", "workspace"):
        found = measure_gates(open_dataset(name, Repository.find(copy.root)), None)
        of = {gate.name: gate for gate in found}
        assert (of["max_disputed"].value, of["max_disputed"].holds) == (0, True)
        assert (of["min_annotated"].value, of["min_annotated"].holds) == (0, False)
        assert math.isnan(of["min_alpha"].value)
        assert of["min_alpha"].detail == "no two annotators answered the same item"
