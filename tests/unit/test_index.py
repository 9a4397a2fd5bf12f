"""The index answers as sets of labels would, survives the disk, and knows when it did not."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagledger import tables
from tagledger.errors import TagledgerError
from tagledger.history import array_file
from tagledger.history.label_index import FORMAT, LabelIndex, read_index, write_index
from tagledger.layers import LABELS
from tests.factories import labels

Tags = dict[int, list[str]]

A: Tags = {1: ["x", "y"], 2: ["x"], 5: ["z"]}
B: Tags = {1: ["y"], 2: ["x", "w"], 9: ["x"]}

TAG = st.sampled_from(["a", "b", "ä", "z z", "Ω"])
IDS = st.sampled_from([0, 1, 7, 2**40, 2**62, -3])
TABLE = st.dictionaries(IDS, st.lists(TAG, unique=True, min_size=1, max_size=4), max_size=5)


def pairs(of: pd.DataFrame) -> set[tuple[object, str]]:
    return set(zip(of["id"].tolist(), of["tag"].astype("str").tolist(), strict=True))


def flat(of: Tags) -> set[tuple[object, str]]:
    return {(item, tag) for item, tags in of.items() for tag in tags}


def index(**tables: Tags) -> LabelIndex:
    return LabelIndex().extended({name: labels(of) for name, of in tables.items()})


def as_text(of: Tags) -> dict[str, list[str]]:
    return {f"id-{item}": tags for item, tags in of.items()}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "filtered.arrays"


def test_the_difference_of_two_tables() -> None:
    found = index(a=A, b=B).difference("a", "b")
    assert pairs(found.gained) == {(2, "w"), (9, "x")}
    assert pairs(found.lost) == {(1, "x"), (5, "z")}
    assert found.gained["id"].dtype == np.int64


@pytest.mark.parametrize(
    ("tag", "items"),
    [("x", 2), ("y", 1), ("z", 0), ("w", 1), ("unknown", 0)],
)
def test_items_that_exchanged_a_tag_for_another(tag: str, items: int) -> None:
    before = {1: ["x"], 2: ["x"], 3: ["x", "z"], 4: ["z"], 5: ["x"], 6: ["x"]}
    after = {1: ["y"], 2: ["w"], 3: ["z"], 4: ["y", "z"], 5: ["x"], 7: ["y"], 6: ["x", "y"]}
    found = index(a=before, b=after)
    # Items 4 and 6 gained y and lost nothing; 3 lost x and gained nothing; 7 is new.
    assert found.exchanges("a", "b").get(tag, 0) == items
    assert found.exchanges("b", "a").get(tag, 0) == items


@given(st.lists(TABLE, min_size=2, max_size=12), st.data())
def test_it_answers_as_sets_do(all_of: list[Tags], data: st.DataObject) -> None:
    names = [f"t{number}" for number in range(len(all_of))]
    found = LabelIndex()
    for name, of in zip(names, all_of, strict=True):  # one at a time, as versions appear
        found = found.extended({name: labels(of)})
    a, b = data.draw(st.sampled_from(names)), data.draw(st.sampled_from(names))
    of = dict(zip(names, all_of, strict=True))
    difference = found.difference(a, b)
    assert pairs(difference.gained) == flat(of[b]) - flat(of[a])
    assert pairs(difference.lost) == flat(of[a]) - flat(of[b])
    for part in (difference.gained, difference.lost):
        rows = list(zip(part["id"], part["tag"].astype("str"), strict=True))
        assert rows == sorted(rows)
    item = data.draw(IDS)
    assert found.tables_of(item) == {
        tag: {name for name in names if tag in of[name].get(item, ())}
        for tag in {tag for name in names for tag in of[name].get(item, ())}
    }
    for name in names:
        assert found.counts(name) == Counter(tag for tags in of[name].values() for tag in tags)
    assert found.exchanges(a, b) == exchanges(of[a], of[b])


def exchanges(a: Tags, b: Tags) -> dict[str, int]:
    lost, gained = flat(a) - flat(b), flat(b) - flat(a)
    items_lost, items_gained = ({item for item, _ in part} for part in (lost, gained))
    most = Counter(tag for item, tag in lost if item in items_gained)
    return most | Counter(tag for item, tag in gained if item in items_lost)


@given(st.lists(TABLE, min_size=1, max_size=10), st.data())
def test_the_order_in_which_tables_come_does_not_matter(
    all_of: list[Tags], data: st.DataObject
) -> None:
    named = {f"t{number}": labels(of) for number, of in enumerate(all_of)}
    order = data.draw(st.permutations(list(named)))
    at_once = LabelIndex().extended(named)
    one_by_one = LabelIndex()
    for name in order:
        one_by_one = one_by_one.extended({name: named[name]})
    assert one_by_one.ids.equals(at_once.ids)
    assert np.array_equal(one_by_one.keys, at_once.keys)
    for name in named:
        assert np.array_equal(one_by_one.has(name), at_once.has(name))


def test_some_tables_can_be_dropped() -> None:
    found = index(a=A, b=B, c={7: ["only"]}).only({"a", "b"})
    assert found.tables == ("a", "b")
    assert found.tables_of(7) == {}
    assert pairs(found.difference("a", "b").gained) == {(2, "w"), (9, "x")}


@pytest.mark.parametrize("ids", [dict, as_text], ids=["integers", "text"])
def test_it_comes_back_from_the_disk(ids, file: Path) -> None:
    made = LabelIndex().extended({"a": labels(ids(A)), "b": labels(ids(B))})
    write_index(made, file)
    found = read_index(file)
    assert found.tables == made.tables
    assert found.id_kind == made.id_kind == ("integer" if ids is dict else "text")
    assert found.ids.equals(made.ids)
    assert found.tags.equals(made.tags)
    again = found.extended({"c": labels(ids({77: ["new"], 1: ["x"]}))})
    assert again.has("c").sum() == 2
    item = next(iter(ids({1: []})))
    assert again.tables_of(item) == {"x": {"a", "c"}, "y": {"a", "b"}}


def test_tables_without_labels_are_known(file: Path) -> None:
    write_index(LabelIndex().extended({"none": labels({}), "a": labels(A)}), file)
    found = read_index(file)
    assert found.counts("none") == {}
    assert len(found.difference("none", "a").gained) == 4
    write_index(LabelIndex().extended({"none": labels({})}), file)
    assert read_index(file).tables == ("none",)


def test_an_index_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert read_index(tmp_path / "no" / "such").tables == ()
    (tmp_path / "file").write_text("")
    assert read_index(tmp_path / "file" / "in it").tables == ()


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:5],
        lambda data: data[:-1],
        lambda data: data[:40] + bytes([data[40] ^ 1]) + data[41:],
        lambda data: data[:-70] + bytes([data[-70] ^ 128]) + data[-69:],
        lambda data: b"x" + data[1:],
        lambda data: data + b"more",
        lambda data: b"PK" + bytes(300),
    ],
    ids=["empty", "start", "cut", "header", "array", "magic", "longer", "else"],
)
def test_a_damaged_index_is_as_none(damage, file: Path) -> None:
    write_index(index(a=A), file)
    assert read_index(file).tables == ("a",)
    file.write_bytes(damage(file.read_bytes()))
    assert read_index(file).tables == ()


def test_an_index_of_another_format_is_as_none(file: Path) -> None:
    about, parts = {"format": FORMAT + 1, "tables": ["a"]}, {"keys": np.arange(3)}
    array_file.write(file, about, parts)
    assert array_file.read(file)[0] == about
    assert read_index(file).tables == ()


def test_an_index_that_cannot_be_read_is_an_error(file: Path) -> None:
    file.mkdir()
    with pytest.raises(TagledgerError, match="cannot read"):
        read_index(file)


def test_a_reader_keeps_the_index_that_it_mapped(file: Path) -> None:
    write_index(index(a=A), file)
    found = read_index(file)
    write_index(index(b=B), file)
    assert found.counts("a") == {"x": 2, "y": 1, "z": 1}
    with pytest.raises(ValueError, match="read-only"):
        found.keys[0] = 0


@given(
    st.lists(
        st.sampled_from(["<i8", "|u1", "<f4"]).flatmap(
            lambda dtype: st.integers(0, 70).map(lambda size: np.arange(size).astype(dtype))
        ),
        max_size=4,
    )
)
def test_arrays_come_back_as_they_were(tmp_path_factory, parts) -> None:
    file = tmp_path_factory.mktemp("arrays") / "file"
    named = {f"n{number}": part for number, part in enumerate(parts)}
    named["square"] = np.arange(6, dtype=np.uint8).reshape(2, 3)
    array_file.write(file, {"text": "ä"}, named)
    about, found = array_file.read(file)
    assert about == {"text": "ä"}
    assert found.keys() == named.keys()
    for name, part in named.items():
        assert np.array_equal(found[name], part)
        assert found[name].dtype == part.dtype


def test_layers_lie_where_the_tables_do() -> None:
    assert dict(LABELS) == {
        "raw": tables.RAW.as_posix(),
        "clean": tables.CLEAN_LABELS.as_posix(),
        "annotated": tables.ANNOTATED_LABELS.as_posix(),
        "filtered": tables.FILTERED_LABELS.as_posix(),
    }
