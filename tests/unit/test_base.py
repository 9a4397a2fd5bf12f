"""The base of a split: frozen assignments, and what a split with them reports."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tagledger.errors import TagledgerError
from tagledger.labels import indicator
from tagledger.params import SplitParams
from tagledger.splitting.base import Base, freeze, read_base, torn_groups
from tagledger.splitting.quality import split_report
from tagledger.splitting.sizes import part_sizes
from tagledger.stages.split import divide
from tests.factories import items, labels

RATIOS = {"train": 0.5, "test": 0.5}


def base(where: dict[int, str], ratios=RATIOS) -> Base:
    held = pd.DataFrame({"id": list(where), "split": pd.Series(list(where.values()), dtype="str")})
    return Base("v1.0.0", ratios, held)


def settings(**changes) -> SplitParams:
    return SplitParams(**({"ratios": RATIOS, "base": "v1.0.0"} | changes))


def test_a_frozen_base_comes_back(tmp_path: Path) -> None:
    freeze(base({1: "test", 2: "train"}), tmp_path / "base")
    back = read_base(settings(), tmp_path / "base")
    assert back is not None
    assert (back.name, back.ratios) == ("v1.0.0", RATIOS)
    assert back.assignments.to_dict("list") == {"id": [1, 2], "split": ["test", "train"]}
    freeze(base({5: "test"}), tmp_path / "base")
    again = read_base(settings(), tmp_path / "base")
    assert again is not None
    assert again.assignments["id"].tolist() == [5]


def test_without_a_base_nothing_is_read(tmp_path: Path) -> None:
    assert read_base(settings(base=None), tmp_path / "missing") is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"base": "v2.0.0"}, ["v2.0.0", "is v1.0.0", "tagledger freeze v2.0.0"]),
        ({"ratios": {"train": 0.6, "test": 0.4}}, ["split.ratios", "train: 0.5", "base: null"]),
        ({"ratios": {"train": 0.5, "dev": 0.5}}, ["split.ratios", "test: 0.5"]),
    ],
    ids=["another base", "another ratio", "another split"],
)
def test_a_base_that_does_not_fit_is_refused(tmp_path: Path, changes, words) -> None:
    freeze(base({1: "test"}), tmp_path)
    with pytest.raises(TagledgerError) as caught:
        read_base(settings(**changes), tmp_path)
    for word in words:
        assert word in str(caught.value)


def test_an_empty_base_says_to_freeze_one() -> None:
    repository = Path(__file__).parents[2] / "data/base"
    with pytest.raises(TagledgerError, match="tagledger freeze v9"):
        read_base(settings(base="v9"), repository)


TAGS = {n: ["a", "b"][: 1 + n % 2] for n in range(1, 13)}


def test_base_items_keep_their_split_and_new_ones_join() -> None:
    held = base({n: "test" if n < 4 else "train" for n in range(1, 9)})
    made = divide(items(list(TAGS)), labels(TAGS), settings(), held).assignments
    where = dict(zip(made["id"], made["split"], strict=True))
    assert {n: where[n] for n in range(1, 9)} == {
        n: "test" if n < 4 else "train" for n in range(1, 9)
    }
    assert sorted(where.values()).count("test") == 6


def test_items_that_left_the_dataset_are_no_longer_in_the_split() -> None:
    made = divide(items([1, 2]), labels({1: ["a"], 2: ["a"]}), settings(), base({7: "test"}))
    assert made.assignments["id"].tolist() == [1, 2]


def test_new_members_of_a_torn_group_join_train_and_the_report_names_it() -> None:
    held = base({1: "train", 2: "test"})
    clean = items([1, 2, 3, 4], groups=[1, 1, 1, 4])
    table = labels({1: ["a"], 2: ["a"], 3: ["a"], 4: ["a"]})
    made = divide(clean, table, settings(), held)
    where = dict(zip(made.assignments["id"], made.assignments["split"], strict=True))
    assert (where[1], where[2], where[3]) == ("train", "test", "train")
    assert torn_groups(clean, held).tolist() == [1]
    report = split_report(indicator(table), made.assignments, clean, settings(), held)
    assert report["groups"]["torn"] == report["groups"]["torn_by_the_base"] == [1]
    assert report["lineage"] == {"base": "v1.0.0", "kept": 2, "new": 2, "moved": 0}


@pytest.mark.parametrize(
    ("held", "ids"),
    [({1: "test", 3: "train"}, ["1", "2"]), ({"1": "test", "3": "train"}, [1, 2])],
    ids=["integers to text", "text to integers"],
)
def test_ids_that_are_written_alike_are_the_same(held, ids) -> None:
    made = divide(items(ids), labels({one: ["x"] for one in ids}), settings(), base(held))
    assert made.assignments["split"].tolist() == ["test", "train"]


@pytest.mark.parametrize("held", ["a", "01", "1.0", "99999999999999999999"])
def test_text_that_is_no_integer_is_no_id_of_items_with_integers(held: str) -> None:
    with pytest.raises(TagledgerError, match=f"another kind .*'{held}' beside 1"):
        divide(items([1]), labels({1: ["x"]}), settings(), base({held: "test", "1": "test"}))


@pytest.mark.parametrize(
    ("ids", "splits", "words"),
    [
        (["a", None, None], ["train"] * 3, "2 of 3 rows of the base v1.0.0 have no id"),
        (["a", "a"], ["train", "test"], "2 of 2 rows .* that another row has too"),
        (["a"], ["dev"], "no split of split.ratios"),
    ],
    ids=["missing", "twice", "split"],
)
def test_what_another_time_froze_is_checked(tmp_path: Path, ids, splits, words) -> None:
    held = pd.DataFrame({"id": ids, "split": splits}).astype("str")
    freeze(Base("v1.0.0", RATIOS, held), tmp_path)
    with pytest.raises(TagledgerError, match=words):
        read_base(settings(), tmp_path)


def test_empty_splits_and_folds_are_reported() -> None:
    clean = items(list(TAGS), groups=[1] * 12)
    asked = settings(base=None, folds=3)
    made = divide(clean, labels(TAGS), asked)
    report = split_report(indicator(labels(TAGS)), made.assignments, clean, asked)
    sizes = part_sizes(made.assignments, RATIOS, 3)
    assert sum(size == 0 for size in sizes.values()) == 3
    assert report["empty"] == [name for name, size in sizes.items() if not size]
    assert len([name for name in report["empty"] if name.startswith("fold ")]) == 2


def test_ids_of_another_kind_are_refused() -> None:
    with pytest.raises(TagledgerError, match="another kind"):
        divide(items({"a": ""}), labels({"a": ["x"]}), settings(), base({1: "test"}))


def test_folds_are_a_column_and_keep_groups_whole() -> None:
    clean = items(list(TAGS), groups=[1, 1, *range(3, 13)])
    made = divide(clean, labels(TAGS), settings(base=None, folds=3)).assignments
    assert sorted(made["fold"].value_counts().tolist()) == [4, 4, 4]
    assert made["fold"][0] == made["fold"][1]
    assert "fold" not in divide(clean, labels(TAGS), settings(base=None)).assignments


def test_cover_brings_each_tag_into_each_split() -> None:
    tags = {n: ["common"] for n in range(1, 41)} | {41: ["rare"], 42: ["rare"]}
    ratios = {"train": 0.9, "test": 0.1}
    made = divide(items(list(tags)), labels(tags), SplitParams(ratios, cover=True)).assignments
    assert set(made.loc[made["id"] > 40, "split"]) == {"train", "test"}


def test_the_report_counts_what_it_says() -> None:
    table = labels({1: ["a"], 2: ["a"], 3: ["a", "b"], 4: ["c"]})
    where = pd.DataFrame({"id": [1, 2, 3, 4], "split": ["train", "train", "train", "test"]})
    clean = items([1, 2, 3, 4], groups=[1, 1, 3, 4])
    report = split_report(indicator(table), where, clean, settings(base=None))
    assert report["sizes"] == {
        "train": {"wanted": 2, "items": 3, "share": 0.75},
        "test": {"wanted": 2, "items": 1, "share": 0.25},
    }
    assert report["tags"]["worst"][0] == {
        "tag": "a",
        "split": "train",
        "wanted": 1.5,
        "got": 3,
    }
    assert report["tags"]["not_in_every_split"] == ["b", "c"]
    assert report["tags"]["under_one_expected"] == ["b", "c"]
    assert report["tags"]["tested_but_not_trained"] == ["c"]
    assert report["groups"] == {
        "of_several_items": 1,
        "largest": 2,
        "torn": [],
        "torn_by_the_base": [],
    }
    assert report["lineage"] == {"base": None, "kept": 0, "new": 4, "moved": 0}
    assert report["error"]["label_distribution_error"] > 0
    assert report["error"]["base_floor"] is None


def test_what_the_base_makes_unavoidable_is_measured() -> None:
    """All four items of b were frozen into train: no placing of the others can mend that."""
    held = base(dict.fromkeys(range(1, 5), "train"))
    table = labels({n: ["b"] if n < 5 else ["a"] for n in range(1, 9)})
    clean = items(list(range(1, 9)))
    made = divide(clean, table, settings(), held)
    error = split_report(indicator(table), made.assignments, clean, settings(), held)["error"]
    assert error["floor"] == 0
    assert error["base_floor"] > 0
    assert error["label_distribution_error"] >= error["base_floor"]
