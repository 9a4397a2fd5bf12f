"""Files of people that would give other data than they hold, without a word or with a crash."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from tagledger.errors import TagledgerError
from tests.readings import read_files, reasons, tags_of

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
