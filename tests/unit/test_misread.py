"""Files of people that would give other data than they hold, without a word or with a crash."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from tagledger.errors import TagledgerError
from tests.readings import read_files, reasons, refused, tags_of

# ---- votes ---------------------------------------------------------------------------------


@pytest.mark.parametrize("own", [{}, {"annotator": "who"}])
def test_white_space_around_a_tag_is_no_other_vote(own: dict[str, Any], tmp_path: Path) -> None:
    text = 'id,who,t\n1,p,"A, B"\n1,q,"B, A"\n'
    labels = {"delimited": "t", "separator": ",", "votes": 2} | own
    assert tags_of(read_files(tmp_path, {"a.csv": text}, labels)) == {1: {"A", "B"}}

    joined = {"file": "l.csv", "votes": 2, "each": {"delimited": "t", "separator": ","}} | own
    files = {"items.csv": "id\n1\n", "l.csv": text}
    assert tags_of(read_files(tmp_path, files, joined)) == {1: {"A", "B"}}


# ---- values that a reader cannot hold -------------------------------------------------------


def test_a_record_as_deep_as_nobody_writes_is_set_aside_like_another(tmp_path: Path) -> None:
    deep = "[" * 400 + "]" * 400
    text = f'{{"t": ["A"], "deep": {deep}}}\n{{"id": 2, "t": ["B"], "deep": {deep}}}\n'
    raw = read_files(tmp_path, {"a.jsonl": text}, {"list": "t"})
    assert tags_of(raw) == {2: {"B"}}
    assert reasons(raw) == [(1, "no id")]
    assert '"..."' in raw.set_aside["record"][0]

    without_ids = read_files(tmp_path, {"a.jsonl": text}, {"list": "t"}, columns={})
    assert sorted(map(len, tags_of(without_ids).values())) == [1, 1]


def test_halves_of_a_character_are_joined_or_set_aside(tmp_path: Path) -> None:
    text = "id;t\n1;['it\\'s \\ud83d\\ude00']\n2;['it\\'s \\ud83d']\n3;['a']\n"
    raw = read_files(tmp_path, {"a.csv": text}, {"list": "t"}, delimiter=";")
    assert tags_of(raw) == {1: {"it's \N{GRINNING FACE}"}, 3: {"a"}}
    (row, reason), *others = reasons(raw)
    assert (row, others) == (2, [])
    assert "half of a character" in reason


def test_a_name_that_several_columns_of_parquet_have_is_read_each_time(tmp_path: Path) -> None:
    columns = [pa.array([1, 2]), pa.array(["A", None]), pa.array(["B", "C"])]
    parquet.write_table(pa.table(columns, ["id", "t", "t"]), tmp_path / "a.parquet")
    raw = read_files(tmp_path, {}, {"columns": ["t"]}, file="a.parquet")
    assert tags_of(raw) == {1: {"A", "B"}, 2: {"C"}}

    columns[2] = pa.array([[1], [2]])
    parquet.write_table(pa.table(columns, ["id", "t", "t"]), tmp_path / "a.parquet")
    with pytest.raises(TagledgerError, match="2 columns have the name 't'"):
        read_files(tmp_path, {}, {"columns": ["t"]}, file="a.parquet")


def test_votes_that_no_label_can_reach_are_refused(tmp_path: Path) -> None:
    rows = "id,first,second\n1,A,A\n2,A,B\n"
    error = refused(tmp_path, {"a.csv": rows}, {"columns": ["first", "second"], "votes": 2})
    assert "no item has labels from 2 rows or annotators" in error.what


# ---- names of codes ------------------------------------------------------------------------


@pytest.mark.parametrize("names", [["cat", "dog", "cow"], {"file": "classes.txt"}])
def test_codes_from_1_on_do_not_take_names_from_0_on(names: Any, tmp_path: Path) -> None:
    files = {
        "a.json": [{"id": 1, "t": [1, 2]}, {"id": 2, "t": [2]}, {"id": 3, "t": [3]}],
        "classes.txt": "cat\ndog\ncow\n",
    }
    error = refused(tmp_path, files, {"list": "t", "names": names})
    assert "codes seem to go from 1 to 3, and the names from 0 to 2" in error.what

    files["a.json"] = [{"id": 1, "t": [0, 2]}, {"id": 2, "t": [2]}, {"id": 3, "t": [3]}]
    raw = read_files(tmp_path, files, {"list": "t", "names": names})
    assert tags_of(raw) == {1: {"cat", "cow"}, 2: {"cow"}}


@pytest.mark.parametrize("lines", ["0 cat\n1 dog\n2 cow\n", "1. cat\n2. dog\n3. cow\n"])
def test_numbers_before_names_are_no_part_of_a_tag(lines: str, tmp_path: Path) -> None:
    files = {"a.json": [{"id": 1, "t": [0, 2]}], "classes.txt": lines}
    error = refused(tmp_path, files, {"list": "t", "names": {"file": "classes.txt"}})
    assert "each name begins with its number" in error.what

    named = {"file": "classes.csv", "header": ["code", "name"], "code": "code", "name": "name"}
    files["classes.csv"] = "0 cat\n1 dog\n2 cow\n"
    labels = {"list": "t", "names": named | {"delimiter": " "}}
    assert tags_of(read_files(tmp_path, files, labels)) == {1: {"cat", "cow"}}


@pytest.mark.parametrize("lines", ["7 seas\n8 days\n9 lives\n", "1 star\n3 stars\n2 stars\n"])
def test_other_numbers_before_names_stay(lines: str, tmp_path: Path) -> None:
    files = {"a.json": [{"id": 1, "t": [0]}], "classes.txt": lines}
    raw = read_files(tmp_path, files, {"list": "t", "names": {"file": "classes.txt"}})
    assert tags_of(raw) == {1: {lines.partition("\n")[0]}}
