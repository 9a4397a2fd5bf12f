"""Parameters: what is accepted, and what an error says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tagledger import params
from tagledger.errors import TagledgerError
from tagledger.params import CleanParams, FetchParams, FilterParams, SplitParams

HERE = Path("params.yaml")


def test_the_repository_s_own_parameters_are_accepted() -> None:
    for section in params.SECTIONS:
        params.load(section, Path(__file__).parents[2] / "params.yaml")


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
        (SplitParams, {"ratios": {"assignments": 0.5, "b": 0.5}}, ["name of a table"]),
        (SplitParams, {}, ["parameter split.ratios is missing"]),
        (FetchParams, {"source": "sample"}, ["parameter fetch.snapshot is missing"]),
    ],
    ids=str,
)
def test_a_value_that_does_not_fit_is_named(section, values, words) -> None:
    with pytest.raises(TagledgerError) as caught:
        params.parse(section, values, HERE)
    for word in words:
        assert word in str(caught.value)
    assert "params.yaml" in str(caught.value)


def test_a_snapshot_named_by_a_year_is_text() -> None:
    assert params.parse(FetchParams, {"source": "s", "snapshot": 2024}, HERE).snapshot == "2024"


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
