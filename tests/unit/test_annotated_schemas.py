"""Schemas of the annotate stage: good tables pass, and each check is broken by a table here."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tagledger.validation import find_failures, results
from tagledger_schemas import relations
from tagledger_schemas.annotated import (
    AnnotatedLabels,
    AnnotatedTaxonomy,
    Disputes,
    Rejected,
    TagChanges,
    Verdicts,
)
from tests.factories import (
    EVENT,
    as_category,
    disputes,
    items,
    labels,
    labels_of,
    rejected,
    tag_changes,
    taxonomy,
    verdicts,
)


def text(*values: Any) -> pd.Series:
    return pd.Series(list(values), dtype="str")


def cell(*values: Any) -> pd.Series:
    return as_category(text(*values))


def cells(*pairs: tuple[Any, str]) -> pd.DataFrame:
    """Columns id and tag in the order given."""
    made = labels_of(sorted(pairs))
    order = [sorted(pairs).index(pair) for pair in pairs]
    return made.iloc[order].reset_index(drop=True)


def of_cells(frame: pd.DataFrame, *pairs: tuple[Any, str]) -> pd.DataFrame:
    """The rows of a table about other pairs, in the order given."""
    return frame.assign(**cells(*pairs).to_dict("series"))


SAID = (True, "labelled", "ann bob")
DIFFER = ("annotators", "ann", "bob cat", True)
ONE = verdicts({(1, "a"): SAID})
TWO = verdicts({(1, "a"): SAID, (1, "b"): (False, "suggested", "ann")})
DISPUTE = disputes({(1, "a"): DIFFER})
DISPUTE_TWO = disputes({(1, "a"): DIFFER, (1, "b"): ("gold", "ann", "bob", False)})
CHANGE = tag_changes({"a": ["b"]})
PARTS = tag_changes({"a": ["b", "c"], "d": [""]}, "split")

GOOD = [
    (AnnotatedLabels, labels({1: ["a", "b"], 2: ["a"]})),
    (AnnotatedLabels, labels({})),
    (AnnotatedTaxonomy, taxonomy({"a": {"aliases": ["x"], "parents": ["b"]}, "b": {}})),
    (Verdicts, TWO),
    (Verdicts, verdicts({("p-1", "a"): (True, "gold", "eva")})),
    (Verdicts, verdicts({})),
    (Disputes, DISPUTE_TWO),
    (Rejected, rejected(3)),
    (Rejected, rejected(event="", by="", act="", item="", reason="a link").assign(line=0)),
    (TagChanges, PARTS),
]


@pytest.mark.parametrize(("model", "frame"), GOOD, ids=lambda value: getattr(value, "__name__", ""))
def test_a_good_table_passes(model: Any, frame: pd.DataFrame) -> None:
    assert find_failures(model, frame, "t").empty


NO_ID = np.array([1.5])
IN_ORDER = "id_tag_unique_ascending"

BAD = [
    (AnnotatedLabels, labels({1: ["a"]}).assign(id=NO_ID), "id", "integer_or_text"),
    (AnnotatedLabels, labels({1: ["a"]}).assign(tag=cell(" a")), "tag", "spelled"),
    (AnnotatedLabels, cells((1, "b"), (1, "a")), "", IN_ORDER),
    (AnnotatedLabels, cells((1, "a"), (1, "a")), "", IN_ORDER),
    (AnnotatedTaxonomy, taxonomy(["b", "a"]), "", "tag_unique_ascending"),
    (AnnotatedTaxonomy, taxonomy(["a "]), "tag", "spelled"),
    (AnnotatedTaxonomy, taxonomy({"a": {"aliases": ["b"]}, "b": {}}), "", "alias_names_one_tag"),
    (Verdicts, ONE.assign(id=NO_ID), "id", "integer_or_text"),
    (Verdicts, ONE.assign(tag=cell("a\n")), "tag", "spelled"),
    (Verdicts, of_cells(TWO, (1, "b"), (1, "a")), "", IN_ORDER),
    (Verdicts, of_cells(TWO, (2, "a"), (1, "a")), "", IN_ORDER),
    (Verdicts, of_cells(TWO, (1, "a"), (1, "a")), "", IN_ORDER),
    (Verdicts, ONE.assign(state=cell("decided")), "state", "known_state"),
    (Verdicts, ONE.assign(state=cell("unlabelled")), "state", "known_state"),
    (Verdicts, ONE.assign(by=cell("bob ann")), "by", "names_ascending"),
    (Verdicts, ONE.assign(by=cell("ann ann")), "by", "names_ascending"),
    (Verdicts, ONE.assign(by=cell("ann  bob")), "by", "names_ascending"),
    (Verdicts, ONE.assign(by=cell("")), "by", "names_ascending"),
    (Verdicts, ONE.assign(events=text("")), "events", "event_ids"),
    (Verdicts, ONE.assign(events=text(EVENT.upper())), "events", "event_ids"),
    (Verdicts, ONE.assign(events=text(EVENT[1:])), "events", "event_ids"),
    (Verdicts, ONE.assign(events=text(f"{EVENT}\n")), "events", "event_ids"),
    (Disputes, DISPUTE.assign(id=NO_ID), "id", "integer_or_text"),
    (Disputes, DISPUTE.assign(tag=cell("")), "tag", "spelled"),
    (Disputes, of_cells(DISPUTE_TWO, (1, "b"), (1, "a")), "", IN_ORDER),
    (Disputes, DISPUTE.assign(among=text("people")), "among", "isin(["),
    (Disputes, DISPUTE.assign(yes=text("")), "yes", "names_ascending"),
    (Disputes, DISPUTE.assign(yes=text("cat bob")), "yes", "names_ascending"),
    (Disputes, DISPUTE.assign(no=text("")), "no", "names_ascending"),
    (Disputes, DISPUTE.assign(no=text(" bob")), "no", "names_ascending"),
    (Rejected, rejected().assign(line=-1), "line", "greater_than_or_equal_to(0)"),
    (Rejected, rejected(2).assign(line=1), "", "file_line_unique_ascending"),
    (Rejected, rejected(2).assign(line=[2, 1]), "", "file_line_unique_ascending"),
    (Rejected, rejected(2).assign(file=text("b", "a")), "", "file_line_unique_ascending"),
    (Rejected, rejected(reason=""), "reason", "str_length(1, None)"),
    (TagChanges, CHANGE.assign(tag=text(" a")), "tag", "spelled"),
    (TagChanges, CHANGE.assign(act=text("delete")), "act", "isin(["),
    (TagChanges, CHANGE.assign(by=text("")), "by", "str_length(1, None)"),
    (TagChanges, CHANGE.assign(event=text("")), "event", "str_matches"),
    (TagChanges, CHANGE.assign(event=text(f"{EVENT}0")), "event", "str_matches"),
    (TagChanges, PARTS.iloc[[1, 0, 2]].reset_index(drop=True), "", "tag_to_unique_ascending"),
    (TagChanges, PARTS.iloc[[0, 0]].reset_index(drop=True), "", "tag_to_unique_ascending"),
    (TagChanges, tag_changes({"a": ["a"]}), "", "changed"),
]
MODELS = {
    AnnotatedLabels: labels({1: ["a"]}),
    AnnotatedTaxonomy: taxonomy(["a"]),
    Verdicts: ONE,
    Disputes: DISPUTE,
    Rejected: rejected(),
    TagChanges: CHANGE,
}
OF_PANDERA = ("column_in_dataframe", "dtype(", "not_nullable")


@pytest.mark.parametrize(
    ("model", "frame", "column", "check"),
    BAD,
    ids=[
        f"{model.__name__} {column} {check}".replace("  ", " ") for model, _, column, check in BAD
    ],
)
def test_a_bad_table_is_caught(model: Any, frame: pd.DataFrame, column: str, check: str) -> None:
    found = find_failures(model, frame, "t")
    pairs = zip(found["column"], found["check"], strict=True)
    assert any(of == column and name.startswith(check) for of, name in pairs), found


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_each_check_is_broken_by_a_table_here(model: Any) -> None:
    broken = [(column, check) for of, _, column, check in BAD if of is model]
    for one in results(model, MODELS[model], "t"):
        if not one.check.startswith(OF_PANDERA):
            assert any(
                one.column == column and one.check.startswith(check) for column, check in broken
            ), (one.column, one.check)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_each_column_must_be_there_with_its_type_and_whole(model: Any) -> None:
    frame = MODELS[model]
    for column in frame.columns:
        found = find_failures(model, frame.drop(columns=column), "t")
        assert "column_in_dataframe" in found["check"].tolist(), column
        nothing = pd.Series([None] * len(frame), dtype=object)
        assert not find_failures(model, frame.assign(**{column: nothing}), "t").empty, column
    assert "column_in_schema" in find_failures(model, frame.assign(x=1), "t")["check"].tolist()


@pytest.mark.parametrize(
    ("model", "of"),
    [(Verdicts, verdicts({(9, "a"): SAID})), (Disputes, disputes({(9, "a"): DIFFER}))],
)
def test_a_verdict_is_about_an_item_of_the_dataset(model: Any, of: pd.DataFrame) -> None:
    related = relations.verdicts(items([1, 2])["id"])
    assert find_failures(model, of, "t", related)["id"].tolist() == ["9"]
    assert find_failures(model, MODELS[model], "t", related).empty
