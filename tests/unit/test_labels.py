from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagledger.labels import indicator


def pairs(text: str, dtype: object = "str") -> pd.DataFrame:
    """A table of labels: `1:a 1:b 2:a`."""
    split = [pair.split(":") for pair in text.split()]
    return pd.DataFrame(
        {
            "id": pd.Series([int(item) for item, _ in split], dtype="int64"),
            "tag": pd.Series([tag for _, tag in split], dtype=dtype),
        }
    )


@pytest.mark.parametrize("dtype", ["str", "object", "category"])
def test_an_indicator_has_a_row_per_item_and_a_column_per_tag(dtype: str) -> None:
    found = indicator(pairs("2:b 1:c 1:a 2:a", dtype))
    assert found.ids.tolist() == [1, 2]
    assert found.tags.tolist() == ["a", "b", "c"]
    assert found.tags.dtype == object
    assert found.matrix.dtype == np.int8
    assert found.matrix.toarray().tolist() == [[1, 0, 1], [1, 1, 0]]
    assert found.counts.tolist() == [2, 1, 1]
    assert found.lengths.tolist() == [2, 2]
    assert found.counts.dtype == found.lengths.dtype == np.int64


def test_items_are_in_the_order_asked_for_and_may_have_no_label() -> None:
    found = indicator(pairs("1:a 2:b 3:a"), ids=[3, 9, 1])
    assert found.ids.tolist() == [3, 9, 1]
    assert found.tags.tolist() == ["a", "b"]
    assert found.matrix.toarray().tolist() == [[1, 0], [0, 0], [1, 0]]
    assert found.lengths.tolist() == [1, 0, 1]
    assert found.counts.tolist() == [2, 0]


@pytest.mark.parametrize("dtype", ["str", "category"])
def test_tags_are_in_the_order_asked_for_and_may_have_no_item(dtype: str) -> None:
    found = indicator(pairs("1:a 2:b 2:c", dtype), tags=["c", "x", "a"])
    assert found.tags.tolist() == ["c", "x", "a"]
    assert found.matrix.toarray().tolist() == [[0, 0, 1], [1, 0, 0]]


def test_a_category_that_no_label_has_gets_no_column() -> None:
    labels = pairs("1:a 2:b 3:c", "category")
    found = indicator(labels[labels["tag"] != "b"])
    assert found.tags.tolist() == ["a", "c"]
    assert found.ids.tolist() == [1, 3]


def test_categories_in_another_order_than_the_tags_are_no_matter() -> None:
    dtype = pd.CategoricalDtype(["c", "a", "b"])
    found = indicator(pairs("1:a 2:c", dtype))
    assert found.tags.tolist() == ["a", "c"]
    assert found.matrix.toarray().tolist() == [[1, 0], [0, 1]]


@pytest.mark.parametrize("dtype", ["str", "category"])
def test_a_missing_tag_is_no_label(dtype: str) -> None:
    labels = pairs("1:a 2:b", dtype)
    labels.loc[0, "tag"] = None
    found = indicator(labels, tags=["a", "b"])
    assert found.matrix.toarray().tolist() == [[0, 0], [0, 1]]


@pytest.mark.parametrize("times", [2, 256])
def test_a_repeated_pair_counts_once(times: int) -> None:
    found = indicator(pairs("1:a " * times + "1:b"))
    assert found.matrix.toarray().tolist() == [[1, 1]]
    assert found.matrix.nnz == 2
    assert found.lengths.tolist() == [2]


@pytest.mark.parametrize(
    ("ids", "tags", "shape"),
    [(None, None, (0, 0)), ([1, 2], None, (2, 0)), (None, ["a"], (0, 1)), ([], [], (0, 0))],
)
def test_without_labels_there_is_an_empty_matrix(ids, tags, shape: tuple[int, int]) -> None:
    found = indicator(pairs(""), ids=ids, tags=tags)
    assert found.matrix.shape == shape
    assert found.counts.tolist() == [0] * shape[1]
    assert found.lengths.tolist() == [0] * shape[0]


def test_ids_may_be_text() -> None:
    labels = pairs("1:a 10:b 9:a").astype({"id": "str"})
    found = indicator(labels)
    assert found.ids.tolist() == ["1", "10", "9"]
    assert indicator(labels, ids=labels["id"]).ids.tolist() == ["1", "10", "9"]
    assert found.matrix.toarray().tolist() == [[1, 0], [0, 1], [1, 0]]


LABELS = st.lists(
    st.tuples(st.integers(-3, 12), st.sampled_from(["nlp", "cv", "r", "graph", "é"])), unique=True
)


@given(labels=LABELS, data=st.data())
def test_an_indicator_says_what_its_pairs_say(
    labels: list[tuple[int, str]], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(labels))
    found = indicator(pd.DataFrame(shuffled, columns=["id", "tag"]).astype({"tag": "str"}))

    row, column = found.matrix.nonzero()
    assert set(zip(found.ids[row].tolist(), found.tags[column].tolist(), strict=True)) == set(
        labels
    )
    assert dict(zip(found.tags, found.counts, strict=True)) == Counter(tag for _, tag in labels)
    assert dict(zip(found.ids, found.lengths, strict=True)) == Counter(item for item, _ in labels)
    assert found.ids.tolist() == sorted(found.ids)
    assert found.tags.tolist() == sorted(found.tags)

    # The matrix is the same, byte for byte, whatever the order of the pairs.
    other = indicator(pd.DataFrame(labels, columns=["id", "tag"]).astype({"tag": "str"}))
    assert found.matrix.indices.tobytes() == other.matrix.indices.tobytes()
    assert found.matrix.indptr.tobytes() == other.matrix.indptr.tobytes()
    for start, end in zip(found.matrix.indptr, found.matrix.indptr[1:], strict=False):
        assert found.matrix.indices[start:end].tolist() == sorted(found.matrix.indices[start:end])
