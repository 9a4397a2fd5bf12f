"""Agreement as people and programs read it, and what is said where there is none."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import orjson
import pandas as pd
import pytest

from tagledger import cli, tables
from tagledger.agreement import in_words
from tagledger.agreement.of_workspace import WorkspaceAgreement, of_workspace
from tagledger.agreement.result import agreement
from tagledger.documents import json_bytes
from tagledger.errors import TagledgerError
from tagledger.events.event import Event
from tagledger.events.writing import write_session
from tagledger.measures.annotations import count_annotations
from tagledger.params import AnnotateParams
from tagledger.render import print_json
from tagledger.render.agreement import agreement_json, print_agreement
from tagledger.stages.annotate import with_alpha
from tagledger.verdicts.fold import fold
from tagledger.verdicts.gathering import read_source
from tests.factories import items, labels, taxonomy
from tests.unit.test_agreement import noisy, votes

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/agreement.schema.json").read_text())
AT = "2026-11-25T10:00:00Z"


def found(frame: pd.DataFrame, campaign: str | None = None) -> WorkspaceAgreement:
    made = agreement(frame, campaign)
    titles = {one.item: f"Title \x1b[31m of {one.item} {'long ' * 20}" for one in made.items}
    return WorkspaceAgreement(made, titles, [])


def crowd() -> pd.DataFrame:
    """Three who differ, a copy of one of them, and gold."""
    units = [[*unit, unit[0]] for unit in noisy(40)]
    frame = votes(units).replace({"by": {"p2": "p2-a-name-of-the-forty-marks-it-may-have"}})
    gold = frame[frame["by"] == "p1"].assign(
        by="a-name-as-long-as-names-may-be-which-is-40", act="gold"
    )
    decided = frame[frame["by"] == "p0"].assign(by="lead", act="adjudicate")
    return pd.concat([frame, gold, decided], ignore_index=True)


def printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, what: WorkspaceAgreement
) -> str:
    monkeypatch.setenv("COLUMNS", "80")
    print_agreement(what)
    return capsys.readouterr().out


def test_all_of_it_is_printed_in_80_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = printed(capsys, monkeypatch, found(crowd()))
    assert max(map(len, text.splitlines())) <= 80
    assert "\x1b" not in text
    for heading in (
        "Tags",
        "Annotators",
        "Tags that stand for each other",
        "Items on which they differ most",
        "With gold",
        "With what was adjudicated",
    ):
        assert f"\n{heading}\n" in text
    flat = " ".join(text.split())
    assert "p0 and p3 gave the same tags to all 40 items that both answered. A copy?" in flat
    assert "for 4 people on 40 items, and they differ on" in flat
    assert "more: --json has all" in text


def test_tags_that_stand_for_each_other_are_printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    units = [*([[{"cv"}, {"nlp"}]] * 10), *([[{"cv"}, {"cv"}]] * 40)]
    text = printed(capsys, monkeypatch, found(votes(units)))
    assert "cv nlp 10 1.0 <0.001" in " ".join(text.split())
    alike = printed(capsys, monkeypatch, found(votes([[{"a"}, {"b"}], [{"a"}, {"a"}]])))
    assert "none more often than by chance" in alike


@pytest.mark.parametrize("frame", [crowd(), votes([]), votes([[{"a"}, None]])], ids=len)
def test_the_json_is_as_its_schema_says(frame: pd.DataFrame, capsys: Any) -> None:
    print_json(agreement_json(found(frame)))
    document = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    assert document["copies"] == ([["p0", "p3"]] if len(frame) > 1 else [])
    assert (document["alpha"]["value"] is None) == (len(frame) <= 1)


@pytest.mark.parametrize(
    ("units", "said"),
    [
        ([], "Nobody has labelled anything yet."),
        ([[{"a"}, None]], "p0 alone has labelled anything: 1 item."),
        (
            [[{"a"}, None], [None, {"a"}]],
            "No two annotators answered the same item: p0 and p1 labelled.",
        ),
    ],
)
def test_where_nothing_can_be_compared_it_is_said_why_and_what_to_do(
    units: list[Any],
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = " ".join(printed(capsys, monkeypatch, found(votes(units))).split())
    assert text.startswith(said)
    assert text.endswith(f"two of them: {in_words.START}" if units else f"to two: {in_words.START}")


def test_two_who_were_asked_other_tags_are_told_so() -> None:
    frame = votes([[{"a"}, {"b"}]], asked=lambda _, person: "ab"[person])
    missing = in_words.missing(agreement(frame))
    assert missing is not None
    assert missing.why == (
        "No two annotators were asked the same tag of an item: p0 and p1 labelled."
    )


def test_one_person_is_still_compared_with_gold(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = pd.concat([votes([[{"a"}]]), votes([[{"a"}]], act="gold").assign(by="lead")])
    assert "\nWith gold\n" in printed(capsys, monkeypatch, found(frame))


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.8, "well enough to rely on"), (0.667, "tentative"), (0.66, "too little to rely on")],
)
def test_the_finding_goes_by_krippendorffs_limits(value: float, said: str) -> None:
    made = agreement(votes([[{"a"}, {"b"}]] * 2))
    made = replace(made, alpha=replace(made.alpha, value=value))
    assert said in in_words.finding(made)


# The work tree.


def write_clean(root: Path) -> None:
    """Three items and the tags a, b and c, as the clean stage writes them."""
    tags = labels({1: ["a"], 2: ["b"], 3: ["c"]})
    made = {
        tables.CLEAN_ITEMS: items([1, 2, 3]),
        tables.CLEAN_LABELS: tags,
        tables.CLEAN_TAXONOMY: taxonomy(["a", "b", "c"]),
        tables.CLEAN_ROWS: b'{"tag_spelling": "words"}',
    }
    (root / tables.CLEAN_ITEMS).parent.mkdir(parents=True)
    tables.write({root / path: table for path, table in made.items()})
    (root / "params.yaml").write_text("annotate: {}\n")


def answer(by: str, item: object, yes: str, **more: Any) -> Event:
    said = {"act": "label", "asked": ("a", "b", "c"), "at": AT} | more
    return Event(by=by, item=str(item), yes=tuple(yes), **said)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_clean(tmp_path)
    write_session(
        tmp_path,
        [
            answer("ann", 1, "a", campaign="first"),
            answer("bob", 1, "ab", campaign="first"),
            answer("ann", 2, "c"),
            answer("bob", 2, "c"),
            answer("lead", 2, "b", act="gold"),
        ],
    )
    return tmp_path


def test_the_answers_of_the_work_tree_are_compared(root: Path) -> None:
    found = of_workspace(root)
    assert found.agreement.alpha.items == 2
    (item,) = found.agreement.items
    assert (item.item, found.titles) == (1, {1: "title 1"})
    assert [(one.by, one.missed, one.extra) for one in found.agreement.gold] == [
        ("ann", 1, 1),
        ("bob", 1, 1),
    ]


def test_a_repository_from_before_the_stage_has_its_defaults(root: Path) -> None:
    (root / "params.yaml").write_text("clean: {}\n")
    assert of_workspace(root).agreement.alpha.items == 2


def test_who_may_not_adjudicate_decides_nothing(root: Path) -> None:
    write_session(root, [answer("bob", 2, "b", act="adjudicate")])
    assert [one.by for one in of_workspace(root).agreement.adjudicated] == ["ann"]
    (root / "params.yaml").write_text("annotate: {adjudicators: [lead]}\n")
    assert of_workspace(root).agreement.adjudicated == []


def test_a_tag_has_the_name_that_it_has_now(root: Path) -> None:
    renamed = {"sources": ("c",), "to": ("d",), "at": AT, "by": "lead"}
    write_session(root, [Event(act="rename", **renamed), answer("cyn", 2, "d", asked=("d",))])
    found = of_workspace(root).agreement
    assert [tag.tag for tag in found.tags] == ["a", "b", "d"]
    assert {tag.tag: tag.answers for tag in found.tags} == {"a": 4, "b": 4, "d": 5}


def test_the_stage_records_alpha_where_gates_read_it(root: Path) -> None:
    source = read_source(root)
    made = with_alpha(fold(root, source, AnnotateParams()))
    alpha = of_workspace(root).agreement.alpha
    assert made.rows["alpha"] == {"value": round(alpha.value, 9), "items": 2, "answers": 4}
    counted = count_annotations(made.verdicts, len(source.items), made.rows)
    assert (counted.alpha, counted.answered, counted.disputed) == (round(alpha.value, 9), 2, 1)
    nobody = fold(root / "elsewhere", source, AnnotateParams())
    assert orjson.loads(json_bytes(with_alpha(nobody).rows))["alpha"]["value"] is None


def test_a_campaign_is_chosen_by_its_name(root: Path) -> None:
    (root / "data/campaigns/started").mkdir(parents=True)
    (root / "data/campaigns/started/campaign.json").write_text("{}")
    assert of_workspace(root).campaigns == ["first", "started"]
    assert of_workspace(root, "first").agreement.alpha.items == 1
    assert in_words.missing(of_workspace(root, "started").agreement) == (
        "Nobody has labelled anything in the campaign started yet.",
        "Agreement needs two annotators who answer the same items. To hand items out to two:",
        in_words.START,
    )
    with pytest.raises(TagledgerError) as caught:
        of_workspace(root, "frist")
    assert "there is no campaign called frist" in str(caught.value)
    assert "first and started" in caught.value.hint


def test_the_command_prints_it(
    root: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
    (root / "dvc.yaml").write_text("stages: {}\n")
    (root / ".dvc").mkdir()
    monkeypatch.chdir(root)
    with pytest.raises(SystemExit) as ended:
        cli.app(["agreement", "--json"], prog_name="tagledger")
    assert ended.value.code == 0
    document = json.loads(capfd.readouterr().out)
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    assert document["alpha"]["items"] == 2
    assert np.isclose(document["pairs"][0]["masi"], (1 / 3 + 1) / 2)
