"""What becomes of a label before it is a tag, and which labels count: laws of each option."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tagledger.errors import TagledgerError
from tagledger.readers.set_aside import Faults
from tagledger.readers.tagging.label_names import NO_NAME, Finish
from tagledger.readers.values.columns import codes
from tagledger.sources.reading import Reading
from tests.readings import csv_text, read_files, reasons, refused, tags_of

PERSONS, IDS, TAGS = "pqr", [1, 2, 3], ["a", "b", "c"]
VOTES = st.lists(
    st.tuples(
        st.sampled_from(IDS), st.sampled_from(PERSONS), st.lists(st.sampled_from(TAGS), max_size=3)
    ),
    min_size=1,
    max_size=12,
)


def finished(finish: Finish, labels: list[str]) -> tuple[list[list[str]], list[bool]]:
    """The tags of each label, and which rows are readable; each label is of a row of its own."""
    faults = Faults(len(labels))
    parents, tags = finish.tags(np.arange(len(labels)), pa.array(labels, pa.string()), faults)
    found: list[list[str]] = [[] for _ in labels]
    for row, tag in zip(parents.tolist(), tags.to_pylist(), strict=True):
        found[row].append(tag)
    return found, faults.readable.tolist()


@pytest.mark.parametrize(
    ("finish", "label", "tags"),
    [
        (Finish(strip="<>"), " <a> ", ["a"]),
        (Finish(strip="<>"), "<>", [""]),  # blank, and of a list set aside
        (Finish(strip="[]'"), "['a b']", ["a b"]),
        (Finish(none=frozenset(["-"])), " - ", []),
        (Finish(none=frozenset(["No Finding"])), "no finding", ["no finding"]),
        (Finish(levels=" > "), "a > b >c", ["a", "b >c"]),
        (Finish(levels=" > "), "a > b > ", ["a", "b"]),
        (Finish(levels=" > "), "> a", ["a"]),
        (Finish(levels="/"), "/a//b/", ["a", "b"]),
        (Finish(levels=">", none=frozenset(["all"])), "all>a", ["a"]),
        (Finish(names={"1": "a > b"}, levels=">"), "1", ["a", "b"]),
        (Finish(names={"1": "-"}, none=frozenset(["-"])), "1", []),
        (Finish(strip="#", names={"1": "a"}), "#1", ["a"]),
        (Finish(prefixed=True), "k\x1fa::b", ["k::a::b"]),
        (Finish(prefixed=True, levels="/"), "k\x1fa/b", ["k::a", "k::b"]),
        (Finish(prefixed=True), "k\x1f ", [""]),
    ],
    ids=str,
)
def test_the_tags_of_a_label(finish: Finish, label: str, tags: list[str]) -> None:
    assert finished(finish, [label, label]) == ([tags, tags], [True, True])


def test_a_code_without_a_name_sets_its_row_aside(tmp_path: Path) -> None:
    files = {"a.csv": "id,t\n1,0;1\n2,0\n3,1;9\n"}
    labels = {"delimited": "t", "separator": ";", "names": ["sea", "tea"]}
    raw = read_files(tmp_path, files, labels)
    assert tags_of(raw) == {1: {"sea", "tea"}, 2: {"sea"}}
    assert reasons(raw) == [(3, NO_NAME)]


@pytest.mark.parametrize("own_file", [True, False], ids=["of the items", "of their own"])
def test_names_of_other_codes_are_refused(own_file: bool, tmp_path: Path) -> None:
    text = "id,t\n1,u3\n2,u4\n3,0\n"
    labels = {"file": "l.csv", "tag": "t"} if own_file else {"column": "t"}
    labels |= {"names": {"file": "n.csv", "name": "name"}}
    error = refused(tmp_path, {"a.csv": text, "l.csv": text, "n.csv": "name\nx\nz\n"}, labels)
    assert error.what == (
        "2 of 3 labels are codes without a name, such as 'u3', 'u4'; the names are of '0', '1'"
    )
    assert "`names: {file: ..., code: ..., name: ...}`" in error.hint
    assert str(error.where) == str(tmp_path / ("l.csv" if own_file else "a.csv"))


def test_a_last_block_of_bad_codes_alone_is_no_refusal() -> None:
    finish = Finish(names={"0": "a"})
    finished(finish, ["0"] * 5)
    assert finished(finish, ["7"]) == ([[]], [False])
    finish.refuse_unnamed(Path("a.csv"))


CODES = {"0": "sea", "1": "tea", "2": "deep blue"}


@given(
    rows=st.lists(
        st.lists(st.sampled_from(sorted(CODES)), max_size=3, unique=True), min_size=1, max_size=6
    )
)
@pytest.mark.parametrize("form", ["list", "mapping", "numbers", "file", "file by code"])
def test_codes_with_names_read_as_the_names_do(
    tmp_path_factory: pytest.TempPathFactory, form: str, rows: list[list[str]]
) -> None:
    folder = tmp_path_factory.mktemp("a")
    names = {
        "list": list(CODES.values()),
        "mapping": CODES,
        "numbers": {int(code): name for code, name in CODES.items()},
        "file": {"file": "n.csv", "name": "n"},
        "file by code": {"file": "n.csv", "code": "c", "name": "n"},
    }[form]
    listed = list(CODES.items()) if form == "file" else list(CODES.items())[::-1]
    files = {
        "a.json": [{"id": at, "t": list(map(int, row))} for at, row in enumerate(rows)],
        "n.csv": csv_text([["c", "n"], *listed]),
    }
    raw = read_files(folder, files, {"list": "t", "names": names})
    named = [{"id": at, "t": [CODES[one] for one in row]} for at, row in enumerate(rows)]
    assert tags_of(raw) == tags_of(read_files(folder, {"a.json": named}, {"list": "t"}))


@pytest.mark.parametrize(
    ("text", "labels", "what", "row"),
    [
        ("name\na\n\nb\n", {}, "there is no name", "row 2"),
        ("name,c\na,1\n,2\n", {"code": "c"}, "there is no name", "row 2"),
        ("name,c\na,1\nb,\n", {"code": "c"}, "there is no code", "row 2"),
        ("name,c\na,1\nb,1\n", {"code": "c"}, "the code '1' has two names", "row 2"),
        ("name,c\na,1\nb\n", {"code": "c"}, "wrong number of fields: 1, not 2", "row 2"),
    ],
)
def test_a_file_of_names_at_fault(
    text: str, labels: dict[str, str], what: str, row: str, tmp_path: Path
) -> None:
    names = {"file": "n.csv", "name": "name"} | labels
    error = refused(
        tmp_path, {"a.csv": "id,t\n1,0\n", "n.csv": text}, {"column": "t", "names": names}
    )
    assert error.what == what
    assert str(error.where).endswith(f"n.csv, {row}")


def test_blank_lines_at_the_end_of_names_are_none(tmp_path: Path) -> None:
    files = {"a.csv": "id,t\n1,1\n", "n.csv": "name\na\nb\n\n\n"}
    labels = {"column": "t", "names": {"file": "n.csv"}}
    assert tags_of(read_files(tmp_path, files, labels)) == {1: {"b"}}


@pytest.mark.parametrize("names", [3, "skema", {"1": "a", 1: "b"}, {"file": "a.csv", "nam": "x"}])
def test_names_at_fault(names: Any) -> None:
    items = {"file": "a.csv", "columns": {}}
    with pytest.raises(ValidationError) as caught:
        Reading.model_validate({"items": items, "labels": {"list": "t", "names": names}})
    assert "'schema'" not in str(caught.value.errors()[0]["ctx"])


@pytest.mark.parametrize(
    ("column", "spelled"),
    [
        ([1, None, "x", 2.0, 2.5, True], ["1", None, "x", "2", 2.5, True]),
        ([[1, "x"], None, []], [["1", "x"], None, []]),
        (pa.array([1, None]), ["1", None]),
        (pa.array([1.0, None, float("nan")]), ["1", None, None]),
        (pa.array([1.5, 1.0]), [1.5, 1.0]),
        (pa.array([[1, 2], None, []]), [["1", "2"], None, []]),
        (pa.array([[1, 2], [3, 4]], pa.list_(pa.int8(), 2)), [["1", "2"], ["3", "4"]]),
        (pa.array([[1, 2], [3]]).slice(1), [["3"]]),
        (pa.array(["x"]), ["x"]),
    ],
    ids=str,
)
def test_codes_that_are_numbers(column: Any, spelled: list[Any]) -> None:
    found = codes(column)
    assert (found if isinstance(found, list) else found.to_pylist()) == spelled


# ---- none and blank ------------------------------------------------------------------------


def test_none_is_no_blank_tag_of_a_list(tmp_path: Path) -> None:
    rows = [{"id": 1, "t": ["a", "-", ""]}, {"id": 2, "t": ["-"]}, {"id": 3, "t": ["<>", "b"]}]
    raw = read_files(tmp_path, {"a.json": rows}, {"list": "t", "none": ["-"], "strip": "<>"})
    assert tags_of(raw) == {1: {"a"}, 2: set(), 3: {"b"}}
    assert raw.blank is not None
    assert raw.blank["item"].to_pylist() == [0, 2]


# ---- where ---------------------------------------------------------------------------------


def test_rows_that_do_not_count_are_items_without_labels(tmp_path: Path) -> None:
    text = "id,t,ok,sure\n1,a,True,0.9\n2,['b'],False,\n2,c,true,0.5\n3,d,True,0.4\n"
    labels = {"column": "t", "where": {"ok": True}, "at_least": {"sure": 0.5}}
    raw = read_files(tmp_path, {"a.csv": text}, labels)
    assert tags_of(raw) == {1: {"a"}, 2: {"c"}, 3: set()}
    assert reasons(raw) == []


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [
        ("1", [1, 2]),
        (1, [1, 2, 3]),
        (1.0, [1, 2, 3]),
        (["x", 1], [1, 2, 3, 4]),
        ("", [5]),
        (["no", "x"], [4]),
    ],
)
def test_a_value_that_counts(wanted: Any, rows: list[int], tmp_path: Path) -> None:
    text = "id,t,k\n1,a,1\n2,a,1\n3,a,1.0\n4,a,x\n5,a,\n"
    raw = read_files(tmp_path, {"a.csv": text}, {"column": "t"}, where={"k": wanted})
    assert raw.items["id"].to_pylist() == rows


@pytest.mark.parametrize("of_items", [True, False])
def test_a_condition_that_no_row_meets_is_refused(of_items: bool, tmp_path: Path) -> None:
    where = {"where": {"k": "yes"}}
    files = {"a.csv": "id,t,k\n1,a,Yes\n2,a,No\n"}
    labels = {"column": "t"} | ({} if of_items else where)
    error = refused(tmp_path, files, labels, **where if of_items else {})
    assert error.what == "no row has k: 'yes'"
    assert "the column 'k' holds 'Yes', 'No'" in error.hint


# ---- votes ---------------------------------------------------------------------------------


def expected(rows: list[tuple[int, str, list[str]]], votes: int, persons: bool) -> dict[int, Any]:
    """The labels that enough rows, or persons, gave an id."""
    voters: dict[tuple[int, str], set[Any]] = {}
    for at, (item, person, tags) in enumerate(rows):
        for tag in tags:
            voters.setdefault((item, tag), set()).add(person if persons else at)
    found: dict[int, set[str]] = {item: set() for item, _, _ in rows}
    for (item, tag), who in voters.items():
        if len(who) >= votes:
            found[item].add(tag)
    return found


def most_voters(rows: list[tuple[int, str, list[str]]], persons: bool) -> int:
    """How many rows, or persons, gave labels to the item that has most of them; 0 without any."""
    voters: dict[int, set[Any]] = {}
    for at, (item, person, tags) in enumerate(rows):
        if tags:
            voters.setdefault(item, set()).add(person if persons else at)
    return max(map(len, voters.values()), default=0)


@given(rows=VOTES, votes=st.integers(1, 3), persons=st.booleans(), data=st.data())
@pytest.mark.parametrize("form", ["items", "file", "file by tag"])
def test_labels_with_enough_votes_in_any_order_of_rows(
    tmp_path_factory: pytest.TempPathFactory,
    form: str,
    rows: list[tuple[int, str, list[str]]],
    votes: int,
    persons: bool,
    data: st.DataObject,
) -> None:
    if form == "file by tag":
        rows = [(item, person, [tag]) for item, person, tags in rows for tag in sorted(set(tags))]
        rows = rows or [(1, "p", ["a"])]
    own = {"votes": votes} | ({"annotator": "who"} if persons else {})
    for ordered in (rows, data.draw(st.permutations(rows))):
        table = [["id", "who", "t"], *([item, who, "|".join(tags)] for item, who, tags in ordered)]
        files = {"a.csv": csv_text(table)}
        labels: dict[str, Any] = {"delimited": "t", "separator": "|"} | own
        if form == "file":
            labels = {"file": "l.csv", "each": {"delimited": "t", "separator": "|"}} | own
        elif form == "file by tag":
            labels = {"file": "l.csv", "tag": "t"} | own
        if form != "items":
            items = dict.fromkeys(item for item, _, _ in ordered)
            files = {
                "a.csv": csv_text([["id"], *([item] for item in items)]),
                "l.csv": csv_text(table),
            }
        folder = tmp_path_factory.mktemp("a")
        if 0 < most_voters(rows, persons) < votes:
            assert "no item has labels from" in refused(folder, files, labels).what
            continue
        raw = read_files(folder, files, labels)
        assert tags_of(raw) == expected(rows, votes, persons)
        assert all(count == 1 for count in _times(raw)) or votes == 1


def _times(raw: Any) -> list[int]:
    pairs = list(zip(raw.labels["item"].to_pylist(), raw.labels["tag"].to_pylist(), strict=True))
    return [pairs.count(one) for one in pairs]


def test_aligned_labels_have_votes_by_the_id_of_their_items(tmp_path: Path) -> None:
    files = {"a.csv": "id\n1\n1\n2\n2\n", "l.csv": "tag,who\na,p\na,q\nb,p\nb,p\n"}
    labels = {"file": "l.csv", "align": "rows", "votes": 2}
    assert tags_of(read_files(tmp_path, files, labels)) == {1: {"a"}, 2: {"b"}}
    labels |= {"annotator": "who"}
    raw = read_files(tmp_path, files, labels)
    assert tags_of(raw) == {1: {"a"}, 2: set()}
    assert raw.notes == ("1 label has fewer than 2 votes: left out",)


@pytest.mark.parametrize("own_file", [True, False])
def test_a_vote_of_nobody_is_set_aside(own_file: bool, tmp_path: Path) -> None:
    text = "id,t,who\n1,a,p\n1,a, \n1,a,\n1,b,q\n"
    labels = {"file": "l.csv", "tag": "t"} if own_file else {"column": "t"}
    labels |= {"votes": 2, "annotator": "who"}
    raw = read_files(tmp_path, {"a.csv": text, "l.csv": text}, labels)
    assert tags_of(raw) == {1: set()}
    assert reasons(raw) == [(2, "no annotator"), (3, "no annotator")]


def test_a_row_of_several_annotators_has_no_votes(tmp_path: Path) -> None:
    notes = [{"who": "a", "tags": ["x"]}, {"who": "b", "tags": ["x", "y"]}]
    files = {"a.json": json.dumps([{"id": 1, "notes": notes}])}
    labels = {"list": "notes[].tags[]", "annotator": "notes[].who"}
    assert tags_of(read_files(tmp_path, files, labels))
    with pytest.raises(TagledgerError, match="several annotators") as found:
        read_files(tmp_path, files, labels | {"votes": 2})
    assert "a row for each annotator" in str(found.value)


def test_votes_need_ids(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="votes are counted by the id of an item"):
        read_files(tmp_path, {"a.csv": "t\na\n"}, {"column": "t", "votes": 2}, columns={})
    with pytest.raises(ValidationError, match="joined on the id of an item"):
        read_files(tmp_path, {"a.csv": "t\na\n"}, {"file": "l.csv"}, columns={})


# ---- a file of names without a header --------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({}, "a file of lines has the one column `line`"),
        ({"format": "tsv"}, "the first row says A1, Road surface: "),
        ({"format": "tsv", "header": ["code", "name"]}, ""),
    ],
)
def test_a_file_of_names_without_a_header(
    options: dict[str, Any], hint: str, tmp_path: Path
) -> None:
    files = {"a.json": '[{"id": 1, "t": "A1"}]', "n.txt": "A1\tRoad surface\nB1\tNoise\n"}
    names = {"file": "n.txt", "code": "code", "name": "name"} | options
    labels = {"delimited": "t", "separator": " ", "names": names}
    if not hint:
        assert tags_of(read_files(tmp_path, files, labels)) == {1: {"Road surface"}}
        return
    with pytest.raises(TagledgerError, match="there is no column 'code'") as found:
        read_files(tmp_path, files, labels)
    assert hint in str(found.value)
    assert "header" in str(found.value)
