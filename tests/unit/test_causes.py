"""Why a label came or went: one cause for each, that of the part of the pipeline that changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagledger.compare.cause_table import CAUSES
from tagledger.compare.result import Comparison
from tagledger.dataset import Dataset
from tagledger.layers import LAYERS
from tests.conftest import examples
from tests.factories import labels, taxonomy
from tests.sides import compared, labelled_version, version

TREE = {
    "computer-vision": {"aliases": ["cv"]},
    "object-detection": {"aliases": ["detection"], "parents": ["computer-vision"]},
    "nlp": {},
}
FLAT = {tag: {} for tag in TREE}


def causes(a: Dataset, b: Dataset, layer: Any = "filtered") -> list[tuple[str, ...]]:
    """The changes: ("1", "+", "nlp", "source_edited")."""
    return _causes(compared(a, b, layer))


def _causes(found: Comparison) -> list[tuple[str, ...]]:
    changes = found.changes
    signs = changes["change"].map({"gained": "+", "lost": "-"})
    columns = (changes["id"], signs, changes["tag"], changes["cause"])
    return list(zip(*(column.astype("str") for column in columns), strict=True))


def swapped(found: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    other = {"+": "-", "-": "+", "item_added": "item_removed", "item_removed": "item_added"}
    return [(item, other[sign], tag, other.get(why, why)) for item, sign, tag, why in found]


def check(a: Dataset, b: Dataset, expected: list[str], layer: Any = "filtered") -> None:
    """Expected as words: `1 +nlp source_edited`."""
    found = causes(a, b, layer)
    assert [f"{item} {sign}{tag} {cause}" for item, sign, tag, cause in found] == expected
    assert causes(b, a, layer) == swapped(found)


# An example of each cause.


@pytest.mark.parametrize("layer", LAYERS)
def test_an_item_comes_and_goes(layer: Any) -> None:
    a = version({1: ["nlp"], 2: ["nlp", "cv"]})
    b = version({1: ["nlp"], 3: ["cv"]})
    check(a, b, ["2 -cv item_removed", "2 -nlp item_removed", "3 +cv item_added"], layer)


@pytest.mark.parametrize("layer", LAYERS)
def test_an_item_is_set_aside(layer: Any) -> None:
    a = version({1: ["nlp"], 2: ["nlp"]})
    b = version({1: ["nlp"]}, set_aside=[(2, "2", "created_on unreadable")])
    check(a, b, ["2 -nlp set_aside"], layer)


@pytest.mark.parametrize("layer", LAYERS)
def test_one_of_an_item_s_rows_is_set_aside(layer: Any) -> None:
    a = version([{"id": 1, "tags": ["nlp"]}, {"id": 1, "tags": ["cv"]}])
    b = version({1: ["nlp"]}, set_aside=[(2, "1", "created_on unreadable")])
    check(a, b, ["1 -cv set_aside"], layer)


def test_a_row_that_was_set_aside_before_too_is_no_cause() -> None:
    set_aside = [(2, "1", "created_on unreadable"), (3, "2", "created_on unreadable")]
    a = version({1: ["nlp", "cv"], 3: ["nlp"]}, set_aside=set_aside)
    b = version({1: ["nlp"], 3: ["nlp"]}, set_aside=set_aside)
    check(a, b, ["1 -cv source_edited"])


def test_a_set_aside_row_of_a_labels_file_does_not_set_its_item_aside() -> None:
    a = version({1: ["nlp"], 2: ["nlp"]})
    b = version({1: ["nlp"]}, set_aside=[(7, "2", "label of an unknown id")])
    b.raw = replace(b.raw, label_rows_set_aside=1)
    check(a, b, ["2 -nlp item_removed"])


@pytest.mark.parametrize("layer", LAYERS)
def test_a_label_is_edited_in_the_source(layer: Any) -> None:
    a, b = version({1: ["nlp", "cv"], 2: ["cv"]}), version({1: ["nlp"], 2: ["cv", "nlp"]})
    check(a, b, ["1 -cv source_edited", "2 +nlp source_edited"], layer)


def test_another_spelling_in_the_source_is_an_edit_of_the_raw_layer_only() -> None:
    a, b = version({1: ["GPT_2"]}), version({1: ["gpt-2"]})
    check(a, b, ["1 -GPT_2 source_edited", "1 +gpt-2 source_edited"], "raw")
    check(a, b, [], "clean")


TWO_ROWS = [{"id": 1, "tags": ["nlp"]}, {"id": 1, "tags": ["cv"]}]


def test_the_rule_for_repeated_ids_changes() -> None:
    a, b = version(TWO_ROWS, duplicate_ids="union"), version(TWO_ROWS, duplicate_ids="last")
    check(a, b, ["1 -nlp duplicate_rule"])
    check(a, b, [], "raw")


def test_a_second_row_under_the_same_rule_is_an_edit_of_the_source() -> None:
    a = version({1: ["nlp"]}, duplicate_ids="last")
    b = version(TWO_ROWS, duplicate_ids="last")
    check(a, b, ["1 +cv source_edited", "1 -nlp source_edited"])


def test_no_rule_for_repeated_ids_is_blamed_where_none_repeated() -> None:
    a = version({1: ["nlp"]}, duplicate_ids="error")
    b = version({1: ["cv"]}, duplicate_ids="union")
    check(a, b, ["1 +cv source_edited", "1 -nlp source_edited"])


def test_a_rule_that_refuses_repeated_ids_gives_way_to_one_that_brings_them_together() -> None:
    a, b = version({1: ["nlp"]}, duplicate_ids="error"), version(TWO_ROWS, duplicate_ids="last")
    check(a, b, ["1 +cv source_edited", "1 -nlp duplicate_rule"])


def test_the_rule_for_spelling_changes() -> None:
    a = version({1: ["Time_Series", "x"], 2: ["x"]})
    b = version({1: ["Time_Series", "x"], 2: ["x"]}, tag_spelling="exact")
    check(a, b, ["1 +Time_Series alias_or_spelling", "1 -time-series alias_or_spelling"])
    assert "clean.tag_spelling" in CAUSES["alias_or_spelling"]


def test_the_rule_for_repeated_ids_is_blamed_though_it_hides_a_narrower_tag() -> None:
    rows = [{"id": 1, "tags": ["computer-vision"]}, {"id": 1, "tags": ["object-detection"]}]
    options: dict[str, Any] = {"entries": taxonomy(TREE), "parents": "drop"}
    a = version(rows, duplicate_ids="first", **options)
    b = version(rows, duplicate_ids="last", **options)
    check(a, b, ["1 -computer-vision duplicate_rule", "1 +object-detection duplicate_rule"])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"entries": taxonomy(TREE)}, {"entries": taxonomy(TREE), "resolve_aliases": True}),
        (
            {"entries": taxonomy(FLAT), "resolve_aliases": True},
            {"entries": taxonomy(TREE), "resolve_aliases": True},
        ),
    ],
    ids=["aliases are resolved", "the taxonomy has a new alias"],
)
def test_an_alias_becomes_its_tag(before: dict[str, Any], after: dict[str, Any]) -> None:
    a, b = version({1: ["cv"]}, keep={"include": "all"}, **before), version({1: ["cv"]}, **after)
    check(a, b, ["1 +computer-vision alias_or_spelling", "1 -cv alias_or_spelling"])


def test_the_taxonomy_spells_a_tag_anew() -> None:
    a = version({1: ["nlp"]}, entries=taxonomy(["nlp"]))
    b = version({1: ["nlp"]}, entries=taxonomy(["NLP"]))
    check(a, b, ["1 +NLP alias_or_spelling", "1 -nlp alias_or_spelling"])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"entries": taxonomy(TREE)}, {"entries": taxonomy(TREE), "parents": "add"}),
        (
            {"entries": taxonomy(FLAT), "parents": "add"},
            {"entries": taxonomy(TREE), "parents": "add"},
        ),
    ],
    ids=["broader tags are added", "the taxonomy has a new parent"],
)
def test_a_broader_tag_is_added(before: dict[str, Any], after: dict[str, Any]) -> None:
    a, b = version({1: ["object-detection"]}, **before), version({1: ["object-detection"]}, **after)
    check(a, b, ["1 +computer-vision parents_rule"])


def test_a_label_edited_and_a_broader_tag_that_it_brought_are_both_the_source_s_doing() -> None:
    options: dict[str, Any] = {"entries": taxonomy(TREE), "parents": "add"}
    a = version({1: ["object-detection", "nlp"]}, **options)
    b = version({1: ["nlp"]}, **options)
    check(a, b, ["1 -computer-vision source_edited", "1 -object-detection source_edited"])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"keep": {"exclude": ["cv"]}}),
        ({"keep": {"include": ["nlp", "cv"]}}, {"keep": {"include": ["nlp"]}}),
        ({"entries": taxonomy(["nlp", "cv"])}, {"entries": taxonomy(["nlp"])}),
        (
            {"entries": taxonomy(["nlp"]), "keep": {"include": "all"}},
            {"entries": taxonomy(["nlp"])},
        ),
    ],
    ids=["excluded", "not included", "left the taxonomy", "only the taxonomy's tags"],
)
def test_a_tag_leaves_a_list(before: dict[str, Any], after: dict[str, Any]) -> None:
    a, b = version({1: ["cv", "nlp"]}, **before), version({1: ["cv", "nlp"]}, **after)
    check(a, b, ["1 -cv taxonomy_or_list"])
    check(a, b, [], "clean")


def test_the_threshold_rises() -> None:
    tags_of = {1: ["cv", "nlp"], 2: ["nlp"]}
    a, b = version(tags_of), version(tags_of, keep={"min_tag_count": 2})
    check(a, b, ["1 -cv threshold"])


def test_a_tag_sinks_below_the_threshold_because_one_of_its_labels_was_edited() -> None:
    limit: dict[str, Any] = {"keep": {"min_tag_count": 2}}
    a = version({1: ["cv", "nlp"], 2: ["nlp", "cv"]}, **limit)
    b = version({1: ["cv", "nlp"], 2: ["nlp"]}, **limit)
    check(a, b, ["1 -cv threshold", "2 -cv source_edited"])


def test_a_tag_that_is_excluded_and_rare_has_left_by_the_list() -> None:
    a = version({1: ["cv", "nlp"], 2: ["nlp"]})
    b = version({1: ["cv", "nlp"], 2: ["nlp"]}, keep={"exclude": ["cv"], "min_tag_count": 2})
    check(a, b, ["1 -cv taxonomy_or_list"])


@pytest.mark.parametrize("layer", ["clean", "filtered"])
def test_what_today_s_code_does_not_make_was_made_by_other_code(layer: Any) -> None:
    a, b = version({1: ["nlp"], 2: ["cv"]}), version({1: ["nlp"], 2: ["cv"]})
    a.clean_labels = a.filtered_labels = labels({1: ["nlp", "spurious"], 2: ["cv"]})
    b.clean_labels = b.filtered_labels = labels({1: ["nlp"], 2: []})
    check(a, b, ["1 -spurious code", "2 -cv code"], layer)


# Laws.

TAXONOMIES = [
    None,
    taxonomy(TREE),
    taxonomy(FLAT),
    taxonomy({**FLAT, "object-detection": {"parents": ["nlp"]}, "bert": {"parents": ["nlp"]}}),
    taxonomy({"NLP": {"aliases": ["bert"]}, "computer-vision": {"parents": ["NLP"]}}),
]
LABELLED = {"id": 9, "tags": ["nlp"]}
TAGS = ["cv", "CV", "computer_vision", "object-detection", "detection", "nlp", "NLP", "bert"]

rows = st.lists(
    st.builds(
        lambda item, tags: {"id": item, "tags": tags},
        st.integers(1, 9),
        st.lists(st.sampled_from(TAGS), max_size=4),
    ),
    min_size=1,
    max_size=14,
).map(lambda found: found if any(row["tags"] for row in found) else [*found, LABELLED])
set_aside = st.lists(
    st.tuples(st.integers(20, 30), st.sampled_from(["1", "2", "10", None]), st.just("no text")),
    max_size=2,
)
rules = st.fixed_dictionaries(
    {
        "entries": st.sampled_from(TAXONOMIES),
        "duplicate_ids": st.sampled_from(["first", "last", "union"]),
        "resolve_aliases": st.booleans(),
        "parents": st.sampled_from(["keep", "add", "drop"]),
    }
)
keep = st.fixed_dictionaries(
    {
        "include": st.sampled_from(["taxonomy", "all"]),
        "exclude": st.lists(st.sampled_from(["nlp", "cv"]), max_size=1),
        "min_tag_count": st.integers(1, 3),
    }
)


@st.composite
def two_versions(draw: st.DrawFn) -> tuple[Dataset, Dataset]:
    """Two versions that share some of rows, rules and lists, and differ in the rest."""
    made = []
    shared = {
        "rows": draw(rows),
        "rules": draw(rules),
        "keep": draw(keep),
        "aside": draw(set_aside),
    }
    for _ in range(2):
        own_rows = draw(st.one_of(st.just(shared["rows"]), rows))
        own_rules = draw(st.one_of(st.just(shared["rules"]), rules))
        own_keep = draw(st.one_of(st.just(shared["keep"]), keep))
        aside = draw(st.one_of(st.just(shared["aside"]), set_aside))
        made.append(labelled_version(own_rows, set_aside=aside, keep=own_keep, **own_rules))
    return made[0], made[1]


def rows_of(dataset: Dataset) -> dict[str, Any]:
    """What the source has of each item, in the source's order."""
    found: dict[str, Any] = {}
    tags: dict[int, list[str]] = {}
    for label in dataset.raw.labels.to_pylist():
        tags.setdefault(label["item"], []).append(label["tag"])
    for place, item in enumerate(dataset.raw.items["id"].to_pylist()):
        found.setdefault(str(item), []).append(tags.get(place, []))
    for item in dataset.raw.set_aside["id"].dropna():
        found.setdefault(item, []).append("set aside")
    return found


def changed_rules(a: Dataset, b: Dataset) -> set[str]:
    """The causes of which a part differs between two versions."""

    def differs(cause: str) -> bool:
        mine, theirs = a.clean_params, b.clean_params
        columns = {name: (a.taxonomy[name].tolist(), b.taxonomy[name].tolist()) for name in SPELLED}
        tags = columns["tag"][0] != columns["tag"][1]
        aliases = mine.resolve_aliases != theirs.resolve_aliases or (
            mine.resolve_aliases and columns["aliases"][0] != columns["aliases"][1]
        )
        parents = mine.parents != theirs.parents or (
            mine.parents != "keep" and (columns["parents"][0] != columns["parents"][1] or tags)
        )
        return {
            "duplicate_rule": mine.duplicate_ids != theirs.duplicate_ids,
            "alias_or_spelling": tags or aliases,
            "parents_rule": parents,
        }.get(cause, True)

    return {cause for cause in CAUSES if differs(cause)}


SPELLED = ("tag", "aliases", "parents")
SOURCE = {"item_added", "item_removed", "source_edited", "set_aside"}


HIDES = {
    "below_threshold": "threshold",
    "excluded": "taxonomy_or_list",
    "not_in_taxonomy": "taxonomy_or_list",
}


def hidden_names(
    found: Comparison, present: Dataset, lacking: Dataset, label: tuple[str, ...]
) -> list[str]:
    """What a label that one version lacks is called there, before the filter."""
    item, sign, tag, _ = label
    mine, theirs = (
        set(one.clean_labels.loc[one.clean_labels["id"] == int(item), "tag"])
        for one in (present, lacking)
    )
    if tag in theirs:
        return [tag]
    sides = [(one.before, one.after)[:: 1 if sign == "-" else -1] for one in found.renames]
    return [name for old, new in sides if tag in old for name in new if name in theirs - mine]


def check_blame(a: Dataset, b: Dataset, layer: Any) -> None:
    """Only a part that changed is blamed, and the filter for the tags that it hides."""
    both = compared(a, b, layer)
    found = _causes(both)
    assert causes(b, a, layer) == swapped(found)
    rows_a, rows_b = rows_of(a), rows_of(b)
    allowed = changed_rules(a, b) - {"code"}
    for label in found:
        item, sign, _, cause = label
        assert cause in allowed, label
        if cause in SOURCE:
            assert rows_a.get(item) != rows_b.get(item), label
        if cause in HIDES.values():
            assert layer == "filtered"
            present, lacking = (b, a) if sign == "+" else (a, b)
            decision = lacking.tags.set_index("tag")["decision"]
            names = hidden_names(both, present, lacking, label)
            assert cause in {HIDES[decision[name]] for name in names}, label


@examples(80, part=8)
@given(two_versions(), st.sampled_from(LAYERS))
def test_only_a_part_that_changed_is_blamed_and_never_the_code(
    versions: tuple[Dataset, Dataset], layer: Any
) -> None:
    check_blame(*versions, layer)


def test_the_filter_is_blamed_where_it_hides_the_new_name_of_a_tag() -> None:
    a = version({item: ["object-detection", "nlp"] for item in range(3)}, entries=taxonomy(TREE))
    b = version({item: ["bert", "nlp"] for item in range(3)}, entries=taxonomy(TREE))
    check(a, b, [f"{item} -object-detection taxonomy_or_list" for item in range(3)])
    check_blame(a, b, "filtered")
