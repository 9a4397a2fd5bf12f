"""Parameters: what is accepted, and what an error says."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from tagledger import params
from tagledger.bounds import NotPlainError, plain
from tagledger.errors import TagledgerError, shown
from tagledger.params import AnnotateParams, CleanParams, FetchParams, FilterParams, SplitParams
from tagledger.release.gates import DriftLimit, Gates

HERE = Path("params.yaml")
NAN, INF = float("nan"), float("inf")
RATIOS = {"ratios": {"train": 0.5, "test": 0.5}}


def test_the_repository_s_own_parameters_are_accepted() -> None:
    for section in params.SECTIONS:
        params.load(section, Path(__file__).parents[2] / "params.yaml")


def test_every_section_is_listed() -> None:
    """The reference of keys is made from the list: a section that is not in it has none."""
    found = [one for one in vars(params).values() if isinstance(one, type) and is_dataclass(one)]
    sections = {one for one in found if hasattr(one, "SECTION")}
    assert sections == set(params.SECTIONS)


@pytest.mark.parametrize(
    ("section", "values", "words"),
    [
        (
            FilterParams,
            {"min_tag_cuont": 3},
            ["unknown parameter filter.min_tag_cuont", "min_tag_count?"],
        ),
        (FilterParams, {"min_tag_count": "3"}, ["filter.min_tag_count", "'3'", "integer"]),
        (
            FilterParams,
            {"min_tag_count": 0},
            ["filter.min_tag_count", "greater than or equal to 1"],
        ),
        (FilterParams, {"include": "everything"}, ["filter.include", "'taxonomy' or 'all'"]),
        (FilterParams, [1], ["section filter", "min_tag_count"]),
        (CleanParams, {"duplicate_ids": "newest"}, ["clean.duplicate_ids", "'union'"]),
        (CleanParams, {"max_quarantined": 2}, ["clean.max_quarantined", "less than or equal to 1"]),
        (CleanParams, {"earliest_year": 0}, ["clean.earliest_year", "greater than or equal to 1"]),
        (CleanParams, {"earliest_year": 2150}, ["clean.latest_year", "before clean.earliest_year"]),
        (
            CleanParams,
            {"earliest_year": 2000, "latest_year": 1999},
            ["clean.latest_year is 1999", "before clean.earliest_year, 2000"],
        ),
        (SplitParams, {"ratios": {"a": 0.5, "b": 0.6}}, ["split.ratios", "add up to 1.1"]),
        (SplitParams, {"ratios": {"a": 1.0}}, ["at least two splits"]),
        (SplitParams, {"ratios": {"a": 1.2, "b": -0.2}}, ["above 0"]),
        (SplitParams, {"ratios": {"../a": 0.5, "b": 0.5}}, ["split.ratios"]),
        (SplitParams, {"ratios": {"a": NAN, "b": 0.5}}, ["split.ratios", "above 0, and a number"]),
        (SplitParams, {"ratios": {"a": INF, "b": 0.5}}, ["split.ratios", "above 0, and a number"]),
        (SplitParams, {"ratios": {"train": 0.5, "Train": 0.5}}, ["split.ratios", "in case only"]),
        (SplitParams, {"ratios": {"Assignments": 0.5, "b": 0.5}}, ["name of a table"]),
        (SplitParams, {"ratios": {"train": 0.5, "NUL": 0.5}}, ["split.ratios", "NUL", "Windows"]),
        (SplitParams, {"ratios": {"com1": 0.5, "b": 0.5}}, ["split.ratios", "com1", "Windows"]),
        (SplitParams, {"ratios": {"a" * 65: 0.5, "b": 0.5}}, ["split.ratios", "64 characters"]),
        (
            SplitParams,
            {"ratios": {f"s{n}": 1 / 400 for n in range(400)}},
            ["split.ratios", "at most 100 splits, not 400"],
        ),
        (SplitParams, RATIOS | {"folds": 10**6}, ["split.folds is 1000000", "equal to 100"]),
        (SplitParams, RATIOS | {"seed": 2**63}, ["split.seed", "less than"]),
        (SplitParams, RATIOS | {"seed": 16**5000}, ["split.seed", "thousands of digits"]),
        (FilterParams, {"exclude": ["a"] * 10**6}, ["filter.exclude", "at most 100000"]),
        (FilterParams, {"include": ["a"] * 10**6}, ["filter.include", "at most 100000"]),
        (CleanParams, {"max_decompressed_bytes": 0}, ["clean.max_decompressed_bytes"]),
        (SplitParams, {"ratios": {"assignments": 0.5, "b": 0.5}}, ["name of a table"]),
        (SplitParams, {}, ["parameter split.ratios is missing"]),
        (FetchParams, {"source": "sample"}, ["parameter fetch.snapshot is missing"]),
    ],
    ids=shown,
)
def test_a_value_that_does_not_fit_is_named(section, values, words) -> None:
    with pytest.raises(TagledgerError) as caught:
        params.parse(section, values, HERE)
    for word in words:
        assert word in str(caught.value)
    assert "params.yaml" in str(caught.value)
    assert len(str(caught.value)) < 600, "a long value is shown in short"


NUMBERS = [
    (section, field.name)
    for section in (CleanParams, FilterParams, SplitParams, Gates, DriftLimit)
    for field in fields(section)
    if re.search("float|int|Share|Count|Seed|Parts", str(field.type))
    and "list" not in str(field.type)
    and "dict" not in str(field.type)
]


def test_the_numbers_are_known() -> None:
    names = {name for _, name in NUMBERS}
    assert len(NUMBERS) == len(names) + 2, "two names are in two sections each"
    assert {"near_duplicate_similarity", "min_tag_count", "folds", "seed", "effect"} <= names


@pytest.mark.parametrize(("section", "name"), NUMBERS, ids=str)
@pytest.mark.parametrize(
    "value",
    [NAN, INF, -INF, 1e18, 10**19, -(10**19), 16**5000, True, "3", [3], {"a": 3}],
    ids=[
        *("nan", "inf", "-inf", "1e18", "large", "small", "digits"),
        *("bool", "text", "list", "mapping"),
    ],
)
def test_what_is_no_sensible_number_is_refused_by_its_key(section, name, value) -> None:
    with pytest.raises(TagledgerError) as caught:
        params.parse(section, (RATIOS if section is SplitParams else {}) | {name: value}, HERE)
    assert caught.value.where == f"params.yaml, {section.SECTION}.{name}"
    assert caught.value.what.startswith(f"{section.SECTION}.{name} is ")


@pytest.mark.parametrize("value", [-(2**63), -1, 0, 2**63 - 1])
def test_any_whole_number_of_64_bits_is_a_seed(value: int) -> None:
    assert params.parse(SplitParams, RATIOS | {"seed": value}, HERE).seed == value


def test_as_many_parts_as_may_be() -> None:
    ratios = {f"s{n}": 1 / 100 for n in range(100)}
    assert len(params.parse(SplitParams, {"ratios": ratios, "folds": 100}, HERE).ratios) == 100


def test_a_snapshot_named_by_a_year_is_text() -> None:
    assert params.parse(FetchParams, {"source": "s", "snapshot": 2024}, HERE).snapshot == "2024"


@pytest.mark.parametrize(
    ("word", "truth"), [("yes", True), ("On", True), ("no", False), ("off", False), (True, True)]
)
def test_yes_and_no_are_as_good_as_true_and_false(word: object, truth: object) -> None:
    found = params.parse(CleanParams, {"resolve_aliases": word}, HERE)
    assert found.resolve_aliases is truth


def test_a_date_stays_the_text_that_was_written(tmp_path: Path) -> None:
    file = tmp_path / "params.yaml"
    file.write_text("fetch:\n  source: sample\n  snapshot: 2020-12-23\n")
    assert params.load(FetchParams, file).snapshot == "2020-12-23"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("filter: {a: [", ["not YAML", "line 2, column 1"]),
        ("filter:\n  min_tag_count: 1\n  min_tag_count: 2\n", ["given twice", "line 3"]),
        ("- 1\n", ["sections"]),
        ("", ["sections"]),
        ("fliter: {}\n", ["no section filter", "did you mean fliter?"]),
    ],
    ids=["broken", "twice", "list", "empty", "misspelt section"],
)
def test_a_file_that_cannot_be_read_says_where(tmp_path: Path, text: str, words: list[str]) -> None:
    file = tmp_path / "params.yaml"
    file.write_text(text)
    with pytest.raises(TagledgerError) as caught:
        params.load(FilterParams, file)
    for word in words:
        assert word in str(caught.value)


def test_parameters_are_frozen() -> None:
    with pytest.raises(AttributeError):
        FilterParams().min_tag_count = 1  # type: ignore[misc]


# What plainly fits is taken without pydantic: both must say the same.

WORDS = {"source": "sample", "snapshot": "2024"}
PLAIN = [
    (CleanParams, {}),
    (FetchParams, WORDS),
    (CleanParams, {"tag_spelling": "exact", "resolve_aliases": True, "max_quarantined": 1}),
    (CleanParams, {"near_duplicate_similarity": None, "near_duplicate_chain": 0.5}),
    (CleanParams, {"earliest_year": 2000, "latest_year": 2000}),
    (FilterParams, {"include": ["a", ""], "exclude": [], "min_tag_count": 10**9}),
    (FilterParams, {"include": "all"}),
    (AnnotateParams, {"policy": "majority", "adjudicators": ["ann"], "confidence": 0.9}),
    (SplitParams, RATIOS),
    (SplitParams, RATIOS | {"seed": -3, "base": "v1.0.0", "cover": True, "folds": 5}),
    (SplitParams, {"ratios": {"b": 0.25, "a_1-": 0.75}}),
]
ODD = [
    (FetchParams, WORDS | {"snapshot": 2024}),
    (FetchParams, WORDS | {"snapshot": ""}),
    (FetchParams, {"source": "sample"}),
    (CleanParams, {"resolve_aliases": "yes"}),
    (CleanParams, {"resolve_aliases": 1}),
    (CleanParams, {"tag_spelling": None}),
    (CleanParams, {"max_quarantined": "0.5"}),
    (CleanParams, {"max_quarantined": 1.01}),
    (CleanParams, {"near_duplicate_similarity": 0}),
    (CleanParams, {"near_duplicate_similarity": NAN}),
    (CleanParams, {"max_decompressed_bytes": 2**63}),
    (CleanParams, {"earliest_year": 2150}),
    (CleanParams, {"latest_year": 1899}),
    (CleanParams, {"earliest_year": "x", "latest_year": 5}),
    (CleanParams, {"earliest_year": 2000.0}),
    (CleanParams, {1: 2}),
    (CleanParams, {"retired": 1}),
    (CleanParams, []),
    (FilterParams, {"include": "some"}),
    (FilterParams, {"include": ["a", 1]}),
    (FilterParams, {"exclude": ("a",)}),
    (FilterParams, {"exclude": "a"}),
    (AnnotateParams, {"confidence": 1}),
    (AnnotateParams, {"confidence": 0.5}),
    (AnnotateParams, {"quorum": True}),
    (SplitParams, {"ratios": {"a": 1, "b": 1}}),
    (SplitParams, {"ratios": {"a": 0.5, "b\n": 0.5}}),
    (SplitParams, {"ratios": {"a": 0.5, "_b": 0.5}}),
    (SplitParams, {"ratios": {"a": 0.5, "b" * 65: 0.5}}),
    (SplitParams, {"ratios": {"a": 0.5, 2: 0.5}}),
    (SplitParams, {"ratios": {"a": "0.5", "b": 0.5}}),
    (SplitParams, {"ratios": {"a": True, "b": 0.5}}),
    (SplitParams, {"ratios": {"a": 0.5, "A": 0.5}}),
    (SplitParams, {"ratios": [["a", 0.5], ["b", 0.5]]}),
    (SplitParams, RATIOS | {"base": "", "folds": None}),
]


def said_by(parse: Callable[[], object]) -> str:
    try:
        return repr(parse())
    except TagledgerError as error:
        return str(error)


@pytest.mark.parametrize(("section", "values"), [*PLAIN, *ODD], ids=str)
def test_a_value_is_taken_or_refused_as_pydantic_does(section, values) -> None:
    by_pydantic = said_by(lambda: params.parse_by_pydantic(section, values, HERE))
    assert said_by(lambda: params.parse(section, values, HERE)) == by_pydantic


@pytest.mark.parametrize(("section", "values"), PLAIN, ids=str)
def test_what_plainly_fits_does_not_need_pydantic(section, values) -> None:
    assert isinstance(plain(section, values), section)


@pytest.mark.parametrize(("section", "values"), ODD, ids=str)
def test_what_does_not_is_left_to_pydantic(section, values) -> None:
    with pytest.raises(NotPlainError):
        plain(section, values)


def test_a_list_that_was_taken_is_not_that_of_the_document() -> None:
    values = {"exclude": ["a"]}
    taken = plain(FilterParams, values)
    values["exclude"].append("b")
    assert taken.exclude == ["a"]
