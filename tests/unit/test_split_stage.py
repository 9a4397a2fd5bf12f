"""The split stage: assignments and the splits' own tables."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tagledger.params import SplitParams
from tagledger.stages.split import divide
from tests.factories import items, labels

RATIOS = {"train": 0.5, "val": 0.25, "test": 0.25}


def test_a_split_has_its_items_with_their_text_and_tags() -> None:
    clean = items({1: "one", 2: "two", 3: "three", 4: "four", 5: "no filtered label"})
    made = divide(clean, labels({1: ["b", "a"], 2: ["a"], 3: ["a"], 4: ["b"]}), SplitParams(RATIOS))
    rows = {
        row.id: (row.title, list(row.tags))
        for part in made.splits.values()
        for row in part.itertuples()
    }
    assert rows == {
        1: ("one", ["a", "b"]),
        2: ("two", ["a"]),
        3: ("three", ["a"]),
        4: ("four", ["b"]),
    }
    assert {name: len(part) for name, part in made.splits.items()} == {
        "train": 2,
        "val": 1,
        "test": 1,
    }
    for name, part in made.splits.items():
        here = made.assignments.loc[made.assignments["split"] == name, "id"]
        assert part["id"].tolist() == here.tolist()


@given(
    st.dictionaries(
        st.integers(0, 40), st.sets(st.sampled_from("abcd"), min_size=1), min_size=1, max_size=30
    ),
    st.integers(0, 3),
)
def test_every_item_is_in_one_split_and_groups_stay_whole(tags_of, seed) -> None:
    ids = sorted(tags_of)
    groups = [min(other for other in ids if other % 7 == item % 7) for item in ids]
    made = divide(items(ids, groups=groups), labels(tags_of), SplitParams(RATIOS, seed=seed))
    assert made.assignments["id"].tolist() == ids
    where = dict(zip(made.assignments["id"], made.assignments["split"], strict=True))
    for item, group in zip(ids, groups, strict=True):
        assert where[item] == where[group]
