"""One version's tables, as they are read from the files of a version."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from tagledger import dataset as dataset_module
from tagledger import tables
from tagledger.compare.compare import compare
from tagledger.dataset import Dataset, load, read_sides
from tagledger.errors import TagledgerError
from tagledger.params import CleanParams, FilterParams
from tagledger.readers.raw import read_raw
from tagledger.versions import Repository, Version
from tagledger.versions.dvc_lock import Output
from tests.sides import made_from

ROWS = [
    {"id": 3, "title": "Three", "description": "old", "created_on": "2024-01-01", "tags": ["NLP"]},
    {
        "id": 1,
        "title": "One",
        "description": "a",
        "created_on": "2024-01-02",
        "tags": ["cv", "nlp"],
    },
    {"id": 3, "title": "Three!", "description": "new", "created_on": "2024-02-01", "tags": ["cv"]},
    {"id": 2, "title": "Two", "description": "b", "created_on": "2024-01-03", "tags": ["rare"]},
    {"id": 4, "title": "Four", "description": "c", "created_on": "soon", "tags": ["nlp"]},
]
READING = {
    "items": {
        "file": "in/projects.json",
        "columns": {
            "id": "id",
            "created_on": "created_on",
            "title": "title",
            "description": "description",
        },
    },
    "labels": {"list": "tags"},
}
RAW = Output("data/raw", "0" * 32 + ".dir", 1, 2)
CLEAN = {"duplicate_ids": "union", "max_quarantined": 0.5}


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A version whose files lie in a folder under names of their own, as in a cache."""
    raw = tmp_path / "raw"
    (raw / "in").mkdir(parents=True)
    (raw / "in/projects.json").write_text(json.dumps(ROWS))
    (raw / "provenance.json").write_text(json.dumps({"reading": READING}))
    made = made_from(
        read_raw(raw),
        clean_params=CleanParams(**CLEAN),
        filter_params=FilterParams(min_tag_count=2),
    )
    splits = pd.DataFrame({"id": [1, 3], "split": ["train", "test"]}).astype({"split": "str"})
    written = {
        tables.CLEAN_ITEMS: made.items,
        tables.CLEAN_LABELS: made.clean_labels,
        tables.CLEAN_TAXONOMY: made.taxonomy,
        tables.FILTERED_LABELS: made.filtered_labels,
        tables.FILTERED_TAGS: made.tags,
        tables.ASSIGNMENTS: splits,
    }
    tables.write({tmp_path / "store" / cached(path): df for path, df in written.items()})
    for path in ("in/projects.json", "provenance.json"):
        (raw / path).rename(tmp_path / "store" / cached(tables.RAW / path))
    lock = {"stages": {"clean": {"params": {"params.yaml": {"clean": CLEAN | {"retired": 1}}}}}}
    (tmp_path / "dvc.lock").write_text(yaml.safe_dump(lock))

    def locate(_: Repository, __: Version, path: str) -> Path:
        return tmp_path / "store" / cached(Path(path))

    def members(*_: Any) -> list[str]:
        return ["in/projects.json", "provenance.json"]

    def text_at(_: Repository, __: Version, path: str) -> str | None:
        return (tmp_path / path).read_text() if (tmp_path / path).exists() else None

    monkeypatch.setattr(dataset_module.versions, "locate", locate)
    monkeypatch.setattr(dataset_module.versions, "members", members)
    monkeypatch.setattr(dataset_module.versions, "text_at", text_at)
    monkeypatch.setattr(dataset_module, "open_dataset", lambda *_: opened())
    return tmp_path


def cached(path: Path) -> str:
    return path.as_posix().replace("/", "-") + "-md5"


def opened() -> Dataset:
    nowhere = Path("/nonexistent")
    return Dataset(
        Repository(nowhere, nowhere, nowhere),
        Version("v1", ("v1",), None, None, None, None, None, "tag", {"data/raw": RAW}),
    )


def tags_of(df: pd.DataFrame) -> dict[Any, list[str]]:
    return dict(zip(df["id"].tolist(), df["tags"], strict=True))


def test_the_raw_rows_are_read_by_the_names_and_the_reading_that_lie_beside_them(
    stored: Path,
) -> None:
    raw = opened().raw
    assert raw.items["id"].to_pylist() == [3, 1, 3, 2]
    assert raw.set_aside["id"].tolist() == ["4"]


def test_the_raw_rows_are_read_with_the_years_that_the_version_was_made_with(
    stored: Path,
) -> None:
    assert opened().clean_params.years == (1900, 2099)  # made before there were such parameters
    recorded = CLEAN | {"latest_year": 2023}
    lock = {"stages": {"clean": {"params": {"params.yaml": {"clean": recorded}}}}}
    (stored / "dvc.lock").write_text(yaml.safe_dump(lock))
    reasons = opened().raw.set_aside["reason"].tolist()
    assert [reason for reason in reasons if "1900 to 2023" in reason] == reasons[:4]


def test_raw_files_without_a_reading_say_so(stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset_module.versions, "members", lambda *_: ["in/projects.json"])
    with pytest.raises(TagledgerError, match="raw files of v1 do not say how to read them"):
        _ = opened().raw


def test_clean_parameters_come_from_the_lock_without_those_that_are_retired(stored: Path) -> None:
    assert opened().clean_params == CleanParams(**CLEAN)


def test_a_version_without_a_lock_has_the_default_parameters(stored: Path) -> None:
    (stored / "dvc.lock").unlink()
    assert opened().clean_params == CleanParams()


def test_an_older_version_s_items_get_the_columns_they_lack(stored: Path) -> None:
    path = stored / "store" / cached(tables.CLEAN_ITEMS)
    tables.write({path: tables.read(path)[["id", "title"]]})
    items = opened().items
    assert items.columns.tolist() == ["id", "created_on", "title", "description", "group"]
    assert items["created_on"].isna().all()
    assert str(items["created_on"].dtype) == "datetime64[us, UTC]"
    assert items["description"].tolist() == [""] * 3
    assert items["group"].tolist() == [1, 2, 3]
    assert load("v1", layer="clean")["title"].tolist() == ["One", "Two", "Three!"]


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        ("raw", {1: ["cv", "nlp"], 2: ["rare"], 3: ["NLP", "cv"]}),
        ("clean", {1: ["cv", "nlp"], 2: ["rare"], 3: ["cv", "nlp"]}),
        ("filtered", {1: ["cv", "nlp"], 3: ["cv", "nlp"]}),
    ],
)
def test_a_layer_is_loaded_with_a_list_of_tags_for_each_item(
    stored: Path, layer: Any, expected: dict[int, list[str]]
) -> None:
    df = load("v1", layer=layer)
    assert tags_of(df) == expected
    dated = [] if layer == "raw" else ["created_on"]
    assert df.columns.tolist() == ["id", *dated, "title", "description", "tags"]
    assert df.set_index("id").loc[3, "title"] == "Three!"


def test_a_split_is_loaded_alone(stored: Path) -> None:
    assert tags_of(load("v1", "train")) == {1: ["cv", "nlp"]}
    assert tags_of(load("v1", split="test")) == {3: ["cv", "nlp"]}


@pytest.mark.parametrize(
    ("options", "message", "hint"),
    [
        ({"split": "tran"}, "no split tran", "did you mean train"),
        ({"split": "train", "layer": "clean"}, "clean layer is not split", "leave"),
        ({"layer": "filterd"}, "no layer filterd", "did you mean filtered"),
    ],
)
def test_what_cannot_be_loaded_is_named(
    stored: Path, options: dict[str, Any], message: str, hint: str
) -> None:
    with pytest.raises(TagledgerError, match=message) as caught:
        load("v1", **options)
    assert hint in caught.value.hint


@pytest.mark.parametrize("layer", ["raw", "clean", "filtered"])
def test_a_stored_version_is_a_side_of_a_comparison(stored: Path, layer: Any) -> None:
    side = opened().side(layer)
    assert side.items["id"].tolist() == [1, 2, 3]
    assert set(side.labels["id"]) == ({1, 3} if layer == "filtered" else {1, 2, 3})
    assert set(side.all_labels["id"]) == {1, 2, 3}
    assert compare(side, opened().side(layer), layer, permutations=1).changes.empty


def test_both_sides_are_read_in_their_order(stored: Path) -> None:
    a, b = opened(), opened()
    vars(b)["assignments"] = a.assignments.iloc[:1]
    side_a, side_b = read_sides(a, b, "filtered")
    assert (len(side_a.assignments), len(side_b.assignments)) == (2, 1)
    assert side_b.labels.equals(side_a.labels)


@pytest.mark.parametrize("place", [0, 1])
def test_a_side_that_cannot_be_read_is_no_silence(
    stored: Path, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    datasets = [opened(), opened()]

    def fail() -> None:
        raise TagledgerError("gone", hint="look elsewhere")

    monkeypatch.setattr(datasets[place], "_read", lambda _: fail())
    with pytest.raises(TagledgerError, match="gone"):
        read_sides(datasets[0], datasets[1], "filtered")
