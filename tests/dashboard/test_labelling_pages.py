"""The pages Label and Adjudicate in each state that a person can meet."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from tagledger import documents, tables
from tagledger.campaigns.campaign import FILE, folder_of
from tests.dashboard import labelling
from tests.dashboard.conftest import Open
from tests.dashboard.labelling import RARE, TAGS, sent

As = Callable[..., AppTest]


@pytest.fixture
def root(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path / "repo"
    shutil.copytree(labelling.made_once_of(tmp_path_factory, 8), root)
    return root


@pytest.fixture
def open_as(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> As:
    """Open a page of a dashboard that was started for somebody."""

    def start(root: Path, name: str, page: str = "label", **address: str) -> AppTest:
        monkeypatch.setenv("TAGLEDGER_ANNOTATOR", name)
        return open_page(root, page, **address)

    return start


def texts(app: AppTest) -> str:
    kinds = ("markdown", "caption", "info", "warning", "error", "code", "text")
    found = "\n".join(str(one.value) for kind in kinds for one in getattr(app, kind))
    return found.replace("\\", "")  # of Markdown


def is_desk(app: AppTest) -> bool:
    return len(app.get("bidi_component")) == 1


@pytest.mark.parametrize("page", ["label", "adjudicate"])
def test_without_an_annotator_the_page_says_how_to_turn_it_on(
    page: str, root: Path, open_page: Open
) -> None:
    labelling.campaign(root, ann=[1])
    app = open_page(root, page)
    assert not app.exception
    assert "Labelling is off" in texts(app)
    assert "tagledger dashboard --annotator ann" in texts(app)
    assert not is_desk(app)


@pytest.mark.parametrize("page", ["label", "adjudicate"])
def test_a_name_that_cannot_be_one_is_said(page: str, root: Path, open_as: As) -> None:
    app = open_as(root, "../ann", page)
    assert not app.exception
    assert "cannot be the name of an annotator" in texts(app)
    assert not is_desk(app)


def test_without_a_campaign_the_items_of_a_query_are_labelled(root: Path, open_as: As) -> None:
    app = open_as(root, "ann")
    assert not app.exception
    assert "No campaign has items for ann" in texts(app)
    found = sent(app)
    assert found["total"] == 8
    assert found["tags"] == list(TAGS)
    assert found["stamp"]["listed"] is False
    app.text_input(key="items").set_value("tag:nlp").run()
    assert {item["id"] for item in sent(app)["items"]} == {"2", "6"}
    app.text_input(key="items").set_value("nonsense").run()
    assert not app.exception
    assert "neither a query nor a file" in texts(app)


def test_somebody_who_is_in_no_campaign_is_not_shown_one(root: Path, open_as: As) -> None:
    labelling.campaign(root, ann=[1, 2])
    app = open_as(root, "carol")
    assert not app.exception
    assert app.selectbox(key="campaign").options == ["No campaign: items of a query"]
    assert "No campaign has items for carol" in texts(app)


def test_a_campaign_shows_its_items_in_its_order_and_its_guideline(root: Path, open_as: As) -> None:
    labelling.campaign(root, ann=[5, 2, 7], bob=[1])
    found = sent(app := open_as(root, "ann"))
    assert [item["id"] for item in found["items"]] == ["5", "2", "7"]
    assert found["items"][0]["source"] == [labelling.source_of(5)]
    assert found["total"] == 3
    assert "A text is *about* a tag\nif it says so\\." in [one.value for one in app.markdown]
    assert "dvc repro" not in texts(app)


def test_what_was_asked_is_listed_where_it_is_not_every_tag(root: Path, open_as: As) -> None:
    labelling.campaign(root, tags=TAGS[:2], ann=[1])
    found = sent(open_as(root, "ann"))
    assert found["tags"] == list(TAGS[:2])
    assert found["stamp"]["listed"] is True


def test_a_campaign_that_is_done_says_so(root: Path, open_as: As) -> None:
    labelling.campaign(root, ann=[1])
    say(open_as, root, item="1")
    app = open_as(root, "ann")
    found = sent(app)
    assert (found["done"], found["total"], found["more"]) == (1, 1, False)
    assert found["finished"] == "Every item of this list is answered."
    assert "1 event is not in a build yet" in texts(app)
    assert "dvc repro" in texts(app)


def test_a_campaign_that_was_finished_stands_last_and_says_so(root: Path, open_as: As) -> None:
    made = labelling.campaign(root, "autumn", ann=[1])
    done = replace(made, finished="2024-02-01T00:00:00Z")
    (root / folder_of("autumn") / FILE).write_bytes(done.content())
    labelling.campaign(root, ann=[2])
    app = open_as(root, "ann")
    assert app.selectbox(key="campaign").options[:2] == ["spring", "autumn"]
    assert "is finished" in texts(app.selectbox(key="campaign").set_value("autumn").run())


def finish(root: Path, name: str, **items: Any) -> None:
    made = replace(labelling.campaign(root, name, **items), finished="2024-02-01T00:00:00Z")
    (root / folder_of(name) / FILE).write_bytes(made.content())


def test_the_address_of_a_campaign_holds_once_it_is_finished(root: Path, open_as: As) -> None:
    finish(root, "autumn", ann=[1])
    labelling.campaign(root, ann=[2])
    app = open_as(root, "ann", campaign="autumn")
    assert not app.exception
    assert sent(app)["job"] == "label:autumn"
    assert not app.warning
    app.run()
    assert sent(app)["job"] == "label:autumn"
    assert sent(app.selectbox(key="campaign").set_value("spring").run())["job"] == "label:spring"


def test_an_address_that_names_no_campaign_is_said(root: Path, open_as: As) -> None:
    labelling.campaign(root, ann=[2])
    app = open_as(root, "ann", campaign="autmn")
    assert not app.exception
    assert "names the campaign autmn, in which ann has no items" in texts(app)
    assert sent(app)["job"] == "label:spring"


def test_the_page_opens_at_a_campaign_that_has_items_left(root: Path, open_as: As) -> None:
    labelling.campaign(root, "one", ann=[1])
    labelling.campaign(root, "two", ann=[2])
    assert sent(open_as(root, "ann"))["job"] == "label:one"
    say(open_as, root, item="1")
    app = open_as(root, "ann")
    assert sent(app)["job"] == "label:two"
    assert sent(app.run())["job"] == "label:two"
    assert sent(open_as(root, "ann", campaign="one"))["job"] == "label:one"


def test_a_skip_is_no_answer(root: Path, open_as: As) -> None:
    labelling.campaign(root, ann=[1, 2])
    say(open_as, root, item="1")
    say(open_as, root, item="2", act="skip", yes=None, key="1" * 16, at="2026-01-02T00:00:00.000Z")
    found = sent(open_as(root, "ann"))
    assert (found["done"], found["skipped"], found["total"]) == (1, 1, 2)
    assert found["finished"].startswith("Every item of this list is answered or skipped")


def test_the_source_is_shown_by_the_names_that_tags_have_now(root: Path, open_as: As) -> None:
    changes = [("nlp", "speech", "rename"), ("vision", "", "retire")]
    changes += [("graph", "edge", "split"), ("graph", "node", "split")]
    rows = [(tag, to, act, "ann", "0" * 16) for tag, to, act in changes]
    frame = pd.DataFrame(rows, columns=["tag", "to", "act", "by", "event"], dtype="str")
    tables.write({root / tables.TAG_CHANGES: frame})
    labelling.campaign(root, tags=["speech", "audio"], ann=[1, 2, 3, 4])
    found = {item["id"]: item["source"] for item in sent(open_as(root, "ann"))["items"]}
    assert found == {"1": ["graph"], "2": ["speech"], "3": ["vision"], "4": ["audio"]}


def test_a_campaign_without_items_that_are_here_says_so(root: Path, open_as: As) -> None:
    labelling.campaign(root, ann=[77])
    found = sent(open_as(root, "ann"))
    assert found["total"] == 0
    assert "None of the items" in found["finished"]


def test_a_campaign_that_cannot_be_read_is_an_error_with_a_hint(root: Path, open_as: As) -> None:
    labelling.campaign(root, ann=[1])
    (root / folder_of("spring") / FILE).write_text('{"format": 9}')
    app = open_as(root, "ann")
    assert not app.exception
    assert "this is no campaign" in texts(app).casefold()


def say(open_as: As, root: Path, by: str = "ann", **more: Any) -> None:
    """Have an annotator answer on their page, as the browser would."""
    from tagledger_dashboard.labelling.desk import Desk
    from tagledger_dashboard.labelling.jobs import Job
    from tagledger_dashboard.labelling.page_answers import parse

    found = sent(open_as(root, by))
    (item,) = (one for one in found["items"] if one["id"] == more["item"])
    job = Job(found["job"], "label", (), {}, tuple(found["tags"]), found["stamp"]["tax"])
    entry = {
        "key": "0" * 16,
        "job": found["job"],
        "act": "label",
        "text": item["hash"],
        "at": "2026-01-01T00:00:00.000Z",
        "yes": [TAGS[0]],
        **found["stamp"],
        **more,
    }
    with closing(Desk(root, by)) as own:
        own.show(job)
        (taken,) = own.take(job, [parse(entry)])
    assert taken.problem is None


def test_what_others_answered_and_what_is_gold_is_nowhere_on_the_page(
    root: Path, open_as: As
) -> None:
    labelling.campaign(root, ann=[1, 2], bob=[1, 2])
    say(open_as, root, by="bob", item="1", yes=["audio", "graph", "nlp", "vision"], note="secret")
    labelling.disputes(root, (1, "nlp", "bob", "eve"), among="gold")
    app = open_as(root, "ann")
    found = sent(app)
    assert found["answers"] == found["names"] == {}
    shown = json.dumps(found)
    assert "bob" not in shown
    assert "secret" not in shown
    assert found["items"][0]["source"] == [labelling.source_of(1)]


def test_an_item_whose_text_changed_is_asked_again(root: Path, open_as: As) -> None:
    ledger = labelling.Ledger.at(root)
    labelling.campaign(root, ann=[1, 2])
    say(open_as, root, item="1")
    app = open_as(root, "ann")
    before = sent(app)
    assert before["done"] == 1
    rows = [labelling.row(number) for number in range(1, 9)]
    rows[0]["description"] = "Another text"
    ledger.build(labelling.state(rows))
    app.run()
    found = sent(app)
    assert found["done"] == 0
    assert found["serial"] != before["serial"]
    assert found["start"] == 0
    (item,) = (one for one in found["items"] if one["id"] == "1")
    assert item["text"] == "Another text"
    assert item["changed"] is True


def test_a_rerun_of_the_page_keeps_what_the_window_has(root: Path, open_as: As) -> None:
    labelling.campaign(root, ann=[1, 2])
    app = open_as(root, "ann")
    before = sent(app)
    assert sent(app.run())["serial"] == before["serial"]


def test_before_the_first_version_items_are_labelled(
    root: Path, open_as: As, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As where no item has a label yet, so that no build comes to its end.
    (root / "dvc.lock").unlink()
    ledger = labelling.Ledger.at(root)
    ledger.git("checkout", "--quiet", "--orphan", "fresh")
    ledger.git("rm", "--quiet", "-r", "--cached", ".")
    ledger.git("commit", "--quiet", "--allow-empty", "-m", "start")
    ledger.git("branch", "-D", "main")
    ledger.git("tag", "--delete", "v1.0.0")
    found = sent(open_as(root, "ann"))
    assert found["total"] == 8
    app = open_as(root, "ann", "overview")
    assert not app.exception
    assert "no version of the dataset yet" in texts(app)
    assert len(app.get("page_link")) == 1
    monkeypatch.delenv("TAGLEDGER_ANNOTATOR")
    app = open_page(root, "label")
    assert "no version of the dataset yet" in texts(app)
    assert not is_desk(app)


def test_whoever_labels_is_not_told_that_the_data_is_stale(root: Path, open_as: As) -> None:
    labelling.campaign(root, ann=[1, 2])
    labelling.disputes(root, (2, "nlp", "ann", "cara"))  # no build wrote these
    assert not open_as(root, "ann").warning
    assert open_as(root, "ann", "overview").warning


HOSTILE = "<img src=x onerror=alert(1)> **b** [l](javascript:alert(1)) $x^2$ :tada: \u202eabc\u0007"


def test_texts_and_tags_of_others_are_no_markdown(tmp_path: Path, open_as: As) -> None:
    root = tmp_path / "repo"
    tag = "<b>bold</b> :red[x]"
    rows = [labelling.row(1, title=HOSTILE, description="word " * 5000, tags=[tag])]
    rows.append(labelling.row(2, tags=[tag]))
    labelling.repository(root, rows, tag, *TAGS)
    labelling.campaign(root, tags=[tag, *TAGS], guideline=HOSTILE, ann=[1])
    app = open_as(root, "ann")
    assert not app.exception
    for one in app.markdown:
        assert "<img" not in one.value.replace("\\<", "")  # but for what is escaped
    (item,) = sent(app)["items"]
    assert len(item["text"]) > 20_000  # long texts are whole, and scroll
    assert not any("\u202e" in one.value for one in app.markdown)


def test_many_tags_are_searched_and_few_are_chips(tmp_path: Path, open_as: As) -> None:
    root = tmp_path / "repo"
    labelling.repository(root, [labelling.row(1), labelling.row(5)], *TAGS, *RARE)
    labelling.campaign(root, tags=TAGS, ann=[1])
    labelling.campaign(root, "wide", tags=[*TAGS, *RARE], ann=[1])
    assert sent(open_as(root, "ann", campaign="spring"))["fixed"] is True
    assert sent(open_as(root, "ann", campaign="wide"))["fixed"] is False


# ---- Adjudicate ------------------------------------------------------------------------------


def allow(root: Path, who: object) -> None:
    path = root / "params.yaml"
    settings = documents.read_yaml(path)
    settings["annotate"] = {"adjudicators": who}
    path.write_text(json.dumps(settings))


def test_disputes_are_shown_without_names(root: Path, open_as: As) -> None:
    labelling.disputes(root, (2, "nlp", "ann bob", "cara"), (2, "vision", "cara", "ann"))
    allow(root, ["dora"])
    found = sent(open_as(root, "dora", "adjudicate"))
    (item,) = found["items"]
    assert item["asked"] == ["nlp", "vision"]
    assert sorted(side["name"] for side in item["sides"]) == ["A", "B", "C"]
    assert {(tuple(side["yes"]), tuple(side["no"])) for side in item["sides"]} == {
        (("nlp",), ("vision",)),
        (("nlp",), ()),
        (("vision",), ("nlp",)),
    }
    assert not {"ann", "bob", "cara"} & set(json.dumps(found).replace('"', " ").split())


def test_whoever_decides_a_dispute_of_their_own_is_told(root: Path, open_as: As) -> None:
    labelling.disputes(root, (2, "nlp", "ann bob", "cara"), (5, "graph", "bob", "cara"))
    found = sent(open_as(root, "ann", "adjudicate"))
    assert {item["id"]: item["own"] for item in found["items"]} == {"2": True, "5": False}


def test_who_may_not_adjudicate_is_told_who_may(root: Path, open_as: As) -> None:
    labelling.disputes(root, (2, "nlp", "ann", "cara"))
    allow(root, ["dora"])
    app = open_as(root, "ann", "adjudicate")
    assert not app.exception
    assert not is_desk(app)
    assert "Only dora may adjudicate here, not ann" in texts(app)


def test_before_any_build_with_answers_there_is_nothing_to_adjudicate(
    root: Path, open_as: As
) -> None:
    shutil.rmtree(root / tables.ANNOTATED)
    app = open_as(root, "dora", "adjudicate")
    assert not app.exception
    assert "no build has taken in what people said" in texts(app).casefold()


def test_without_a_dispute_the_page_says_so(root: Path, open_as: As) -> None:
    labelling.disputes(root)
    found = sent(open_as(root, "dora", "adjudicate"))
    assert found["total"] == 0
    assert "People differ in nothing" in found["finished"]


def test_what_is_disputed_about_gold_is_not_decided_here(root: Path, open_as: As) -> None:
    labelling.disputes(root, (2, "nlp", "ann", "cara"), among="gold")
    assert sent(open_as(root, "dora", "adjudicate"))["total"] == 0
