"""Tables: equal tables have equal bytes, and come back as they were."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from tagledger import tables
from tagledger.errors import TagledgerError
from tests.factories import items, labels, taxonomy


@pytest.mark.parametrize(
    "frame",
    [
        labels({1: ["b", "a"], 2: ["a"]}),
        labels({"x": ["b"], "y": ["a"]}),
        labels({}),
        items([1, 2]),
        items({"a": "é", "b": ""}),
        taxonomy({"a": {"aliases": ["x", "y"]}, "b": {}}),
        taxonomy([]),
    ],
    ids=["integer ids", "text ids", "no labels", "items", "text items", "lists", "no rows"],
)
def test_a_table_comes_back_as_it_was(tmp_path: Path, frame: pd.DataFrame) -> None:
    path = tmp_path / "deep" / "table.parquet"
    tables.write({path: frame})
    back = tables.read(path)
    assert list(back.columns) == list(frame.columns)
    for name in frame.columns:
        if frame[name].dtype == np.dtype(object):
            assert [list(cell) for cell in back[name]] == [list(cell) for cell in frame[name]]
        else:
            pd.testing.assert_series_equal(back[name], frame[name])


def test_equal_tables_have_equal_bytes(tmp_path: Path) -> None:
    one = labels({1: ["b", "a"], 2: ["a"]})
    # The same labels, reached another way: other codes, an unused category, another index.
    other = one.astype({"tag": str}).iloc[::-1].sort_index().set_axis([7, 8, 9])
    other["tag"] = other["tag"].astype(pd.CategoricalDtype(["a", "b"]))
    tables.write({tmp_path / "1": one, tmp_path / "2": other})
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()


def test_nothing_in_the_file_names_the_writer_s_pandas(tmp_path: Path) -> None:
    tables.write({tmp_path / "1": items([1])})
    assert b"pandas" not in (pq.read_schema(tmp_path / "1").metadata or {})


def test_tables_written_together_are_all_there_or_none(tmp_path: Path) -> None:
    (tmp_path / "2").mkdir()
    (tmp_path / "2" / "in the way").touch()
    (tmp_path / "1").write_text("earlier")
    with pytest.raises(TagledgerError):
        tables.write({tmp_path / "1": items([1]), tmp_path / "3" / "x": _Unwritable()})
    assert (tmp_path / "1").read_text() == "earlier"
    assert sorted(path.name for path in tmp_path.rglob("*.part")) == []


class _Unwritable(pd.DataFrame):
    @property
    def columns(self):  # type: ignore[override]
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    ("content", "words"), [(None, "no such file"), (b"id,tag\n", "not a Parquet table")]
)
def test_a_table_that_cannot_be_read_says_what_to_run(tmp_path: Path, content, words) -> None:
    path = tmp_path / "labels.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(TagledgerError, match=words) as caught:
        tables.read(path)
    assert "dvc" in caught.value.hint


def encodings(path: Path) -> dict[str, tuple[str, ...]]:
    """How the values of each column are written, besides their lengths."""
    group = pq.ParquetFile(path).metadata.row_group(0)
    columns = [group.column(at) for at in range(group.num_columns)]
    return {one.path_in_schema: tuple(set(one.encodings) - {"RLE"}) for one in columns}


def test_each_type_has_one_encoding(tmp_path: Path) -> None:
    tables.write({tmp_path / "items": items([1, 2]), tmp_path / "labels": labels({"x": ["a"]})})
    assert encodings(tmp_path / "items") == {
        "id": ("DELTA_BINARY_PACKED",),
        "created_on": ("DELTA_BINARY_PACKED",),
        "title": ("PLAIN",),
        "description": ("PLAIN",),
        "group": ("DELTA_BINARY_PACKED",),
    }
    found = encodings(tmp_path / "labels")
    assert found["id"] == ("PLAIN",)
    assert set(found["tag"]) == {"PLAIN", "RLE_DICTIONARY"}


def test_a_table_of_the_first_format_is_read(tmp_path: Path) -> None:
    frame = labels({1: ["a", "b"]})
    path = tmp_path / "labels.parquet"
    pq.write_table(tables.to_arrow(frame).replace_schema_metadata(None), path, compression="zstd")
    pd.testing.assert_frame_equal(tables.read(path), frame)


def test_a_table_of_a_later_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "labels.parquet"
    later = {"tagledger.format": str(tables.FORMAT + 1)}
    pq.write_table(tables.to_arrow(labels({1: ["a"]})).replace_schema_metadata(later), path)
    with pytest.raises(TagledgerError, match=f"format {tables.FORMAT + 1}"):
        tables.read(path)
    with pytest.raises(TagledgerError, match=f"format {tables.FORMAT + 1}"):
        tables.number_of_rows(path)


def test_a_value_is_looked_up_in_its_row(tmp_path: Path) -> None:
    path = tmp_path / "tags.parquet"
    frame = pd.DataFrame({"tag": ["a", "b"], "decision": ["kept", "excluded"]})
    tables.write({path: frame})
    assert tables.look_up(path, "decision", tag="b") == "excluded"
    assert tables.look_up(path, "decision", tag="c") is None
