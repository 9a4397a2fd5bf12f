"""The filter stage: which tags stay, and why the others go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagledger.errors import TagledgerError
from tagledger.params import FilterParams
from tagledger.stages.filter import filter_labels
from tests.factories import labels, taxonomy

LABELS = labels({1: ["a", "b", "stray"], 2: ["a", "b"], 3: ["a", "stray"], 4: ["c"]})
TREE = taxonomy(["a", "b", "c", "unused"])


def decisions(params: FilterParams, tree=TREE) -> dict[str, str]:
    tags = filter_labels(LABELS, tree, params).tags
    return dict(zip(tags["tag"], tags["decision"], strict=True))


def test_each_tag_seen_anywhere_has_a_count_and_a_decision() -> None:
    made = filter_labels(LABELS, TREE, FilterParams(exclude=["B"], min_tag_count=2))
    assert [tuple(row) for row in made.tags.itertuples(index=False)] == [
        ("a", 3, "kept"),
        ("b", 2, "excluded"),
        ("c", 1, "below_threshold"),
        ("stray", 2, "not_in_taxonomy"),
        ("unused", 0, "below_threshold"),
    ]
    assert list(made.labels.itertuples(index=False, name=None)) == [(1, "a"), (2, "a"), (3, "a")]


def test_the_threshold_itself_is_enough() -> None:
    assert decisions(FilterParams(min_tag_count=3))["a"] == "kept"
    with pytest.raises(TagledgerError) as caught:
        filter_labels(LABELS, TREE, FilterParams(min_tag_count=4))
    assert "the most used, a, has 3" in str(caught.value)
    assert "filter.min_tag_count to 3 or less" in str(caught.value)


def test_all_takes_tags_outside_the_taxonomy() -> None:
    assert decisions(FilterParams(include="all", min_tag_count=2))["stray"] == "kept"


def test_without_a_taxonomy_every_tag_is_inside() -> None:
    assert decisions(FilterParams(min_tag_count=2), taxonomy([]))["stray"] == "kept"


def test_a_list_takes_its_tags_alone_in_any_spelling() -> None:
    found = decisions(FilterParams(include=["Stray", "c"], min_tag_count=1))
    assert [tag for tag, decision in found.items() if decision == "kept"] == ["c", "stray"]
    assert found["a"] == "excluded"


def test_a_list_that_names_nothing_known_is_refused() -> None:
    with pytest.raises(TagledgerError, match=r"filter\.include names strya") as caught:
        decisions(FilterParams(include=["strya"]))
    assert "did you mean stray?" in str(caught.value)


STREETS = labels({1: ["strasse", "__init__"], 2: ["strasse", "init"], 3: ["finance"]})


@pytest.mark.parametrize("name", ["stra\u00dfe", "Stra\u00dfe", "STRASSE", "strasse"])
def test_lists_of_the_filter_fold_as_the_clean_stage_does(name: str) -> None:
    for params, decision in [
        (FilterParams(include=[name], min_tag_count=1), "kept"),
        (FilterParams(exclude=[name, "\ufb01nance"], min_tag_count=1), "excluded"),
    ]:
        tags = filter_labels(STREETS, taxonomy([]), params).tags.set_index("tag")["decision"]
        assert tags["strasse"] == decision
    assert tags.to_dict() == {
        "__init__": "kept",
        "finance": "excluded",
        "init": "kept",
        "strasse": "excluded",
    }


def test_lists_of_the_filter_are_exact_where_the_tags_are() -> None:
    table = labels({1: ["Cat", "cat"], 2: ["CAT"]})
    params = FilterParams(include=["cat", "CAT"], exclude=["CAT"], min_tag_count=1)
    tags = filter_labels(table, taxonomy([]), params, "exact").tags
    assert dict(zip(tags["tag"], tags["decision"], strict=True)) == {
        "CAT": "excluded",
        "Cat": "excluded",
        "cat": "kept",
    }
    with pytest.raises(TagledgerError, match="names cAT, which neither"):
        filter_labels(table, taxonomy([]), FilterParams(include=["cAT"]), "exact")


def test_an_exclusion_that_nothing_has_changes_nothing() -> None:
    assert decisions(FilterParams(exclude=["zebra"], min_tag_count=1))["a"] == "kept"


def test_excluding_everything_says_so() -> None:
    with pytest.raises(TagledgerError, match="excluded or outside the taxonomy"):
        decisions(FilterParams(exclude=["a", "b", "c"], min_tag_count=1))


def test_labels_that_are_none_are_not_blamed_on_the_filter() -> None:
    none = LABELS.iloc[:0].assign(tag=LABELS["tag"].iloc[:0].cat.remove_unused_categories())
    for tree in (TREE, taxonomy([])):
        with pytest.raises(TagledgerError, match="no item has a label") as caught:
            filter_labels(none, tree, FilterParams(include="all", min_tag_count=1))
        assert "data/sources.yaml" in caught.value.hint


@given(
    st.dictionaries(st.integers(0, 20), st.sets(st.sampled_from("abcdef"), min_size=1), min_size=1),
    st.integers(1, 5),
)
def test_kept_labels_are_exactly_those_of_kept_tags(tags_of, threshold) -> None:
    table = labels(tags_of)
    counts = {tag: sum(tag in tags for tags in tags_of.values()) for tag in "abcdef"}
    params = FilterParams(include="all", min_tag_count=threshold)
    if max(counts.values()) < threshold:
        with pytest.raises(TagledgerError):
            filter_labels(table, taxonomy([]), params)
        return
    made = filter_labels(table, taxonomy([]), params).labels
    assert list(made.itertuples(index=False, name=None)) == sorted(
        (item, tag) for item, tags in tags_of.items() for tag in tags if counts[tag] >= threshold
    )
