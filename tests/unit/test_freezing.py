"""Freezing a base: the file form, and params.yaml kept as people wrote it."""

from __future__ import annotations

import contextlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagledger import tables
from tagledger.errors import TagledgerError
from tagledger.params import SplitParams, load
from tagledger.release import freeze
from tagledger.splitting.base import read_base
from tagledger.stages.split import divide
from tests.factories import items, labels

PARAMS = """# numbers
split:
  ratios: { train: 0.5, test: 0.5 }   # halves
  seed: "0x"   # a comment to keep
  base: null # none yet
"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text(PARAMS.replace('"0x"', "0"))
    return SimpleNamespace(root=tmp_path)


def test_a_file_becomes_the_base(repository) -> None:
    (repository.root / "old.csv").write_text("id,split\n2,test\n1,train\n")
    freeze.freeze_version(repository, "old.csv")
    settings = load(SplitParams)
    assert settings.base == "old.csv"
    frozen = read_base(settings)
    assert frozen is not None
    assert frozen.assignments.to_dict("list") == {"id": [1, 2], "split": ["train", "test"]}


def test_params_yaml_keeps_its_comments(repository) -> None:
    (repository.root / "old.csv").write_text("id,split\n1,train\n")
    freeze.freeze_version(repository, "old.csv")
    text = (repository.root / "params.yaml").read_text()
    before = PARAMS.replace('"0x"', "0")
    assert text == before.replace("base: null # none yet", "base: old.csv # none yet")


def test_a_name_that_yaml_would_read_as_a_number_is_quoted(repository) -> None:
    (repository.root / "2024.csv").write_text("id,split\n1,train\n")
    freeze.freeze_version(repository, "2024.csv")
    assert 'base: "2024.csv" # none yet' in (repository.root / "params.yaml").read_text()
    assert load(SplitParams).base == "2024.csv"


@pytest.mark.parametrize(
    "text",
    [
        "split: # how\n  # shares\n  ratios: { a: 0.5, b: 0.5 }\n  seed: 1\n",
        "x: 1\nsplit:\n    ratios: { a: 0.5, b: 0.5 }\n\ngates: {}\n",
    ],
)
def test_a_section_without_a_line_for_the_base_gets_one(repository, text: str) -> None:
    (repository.root / "params.yaml").write_text(text)
    (repository.root / "old.csv").write_text("id,split\n1,a\n")
    freeze.freeze_version(repository, "old.csv")
    assert load(SplitParams).base == "old.csv"
    written = (repository.root / "params.yaml").read_text().splitlines(keepends=True)
    (line,) = [line for line in written if "base:" in line]
    assert "".join(one for one in written if one is not line) == text


def test_a_section_in_one_line_says_what_to_write(repository) -> None:
    (repository.root / "params.yaml").write_text("split: {ratios: {a: 0.5, b: 0.5}}\n")
    (repository.root / "old.csv").write_text("id,split\n1,a\n")
    with pytest.raises(TagledgerError, match=r"base: old\.csv"):
        freeze.freeze_version(repository, "old.csv")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("id,part\n1,train\n", "no column 'split'"),
        (None, "no such file"),
        ("", "the file is empty"),
        ("id,split\n", "the file has no rows"),
        ("id,split\n1,train,x\n", "wrong number of fields"),
        ('id,split\n"1,train\n', "a quote is never closed"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(repository, content, words) -> None:
    if content is not None:
        (repository.root / "old.csv").write_text(content)
    with pytest.raises(TagledgerError, match=words):
        freeze.freeze_version(repository, "old.csv")
    assert load(SplitParams).base is None


@pytest.mark.parametrize("name", ["old.tsv", "OLD.CSV", "old"])
def test_a_file_of_another_form_is_no_version(
    repository, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def unknown(*_: object) -> None:
        raise TagledgerError("no version is called so", hint="name another")

    monkeypatch.setattr(freeze.versions, "find_version", unknown)
    (repository.root / name).write_text("id,split\n1,train\n")
    with pytest.raises(TagledgerError, match="of this form cannot be frozen") as caught:
        freeze.freeze_version(repository, name)
    assert "NAME.csv" in caught.value.hint


def test_a_file_with_another_delimiter_is_told_what_to_be(repository) -> None:
    (repository.root / "old.csv").write_text("id;split\n1;train\n")
    with pytest.raises(TagledgerError, match="no column 'id'") as caught:
        freeze.freeze_version(repository, "old.csv")
    assert "commas" in caught.value.hint
    assert "reading" not in caught.value.hint


def test_a_release_freezes_what_params_name_and_only_once(
    repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not freeze.freeze_named_base(repository)
    (repository.root / "old.csv").write_text("id,split\n1,train\n")
    text = (repository.root / "params.yaml").read_text().replace("base: null", "base: old.csv")
    (repository.root / "params.yaml").write_text(text)
    assert freeze.freeze_named_base(repository)
    assert (repository.root / "params.yaml").read_text() == text
    assert read_base(load(SplitParams)) is not None
    assert not freeze.freeze_named_base(repository)


ODD = ["A", "NA", "null", "None", "nan", "001", "1e5", "True", "-0", "7.0", " x", "7"]


def frozen(repository, content: Any, kind: list[Any] | None = None) -> dict[Any, str]:
    """What is frozen of a file, beside items with ids of `kind`."""
    if kind is not None:
        tables.write({repository.root / tables.CLEAN_ITEMS: items(kind)})
    name = "mine.csv"
    if isinstance(content, str):
        (repository.root / name).write_text(content)
    else:
        name = "mine.parquet"
        content.to_parquet(repository.root / name)
    freeze.freeze_version(repository, name)
    held = read_base(load(SplitParams))
    assert held is not None
    return dict(zip(held.assignments["id"], held.assignments["split"], strict=True))


@pytest.mark.parametrize("kind", [None, ODD])
def test_ids_stay_as_they_are_written(repository, kind) -> None:
    splits = dict(zip(ODD, ["train", "test"] * 6, strict=True))
    content = "id,split\n" + "".join(f"{item},{split}\n" for item, split in splits.items())
    assert frozen(repository, content, kind) == splits
    where = divide(
        items(sorted(ODD)), labels({item: ["x"] for item in ODD}), load(SplitParams),
        read_base(load(SplitParams)),
    ).assignments  # fmt: skip
    assert dict(zip(where["id"], where["split"], strict=True)) == splits


@pytest.mark.parametrize(
    ("content", "kind", "expected"),
    [
        ("id,split\n10,test\n9,train\n", None, {9: "train", 10: "test"}),
        ("id,split\n10,test\n9,train\n", [1], {9: "train", 10: "test"}),
        ("id,split\n10,test\n9,train\n", ["x"], {"10": "test", "9": "train"}),
        ("id,split\n10,test\n09,train\n", None, {"09": "train", "10": "test"}),
        (pd.DataFrame({"id": [2, 1], "split": ["test", "train"]}), None, {1: "train", 2: "test"}),
        (pd.DataFrame({"id": [2], "split": ["test"]}), ["x"], {"2": "test"}),
        (pd.DataFrame({"id": ["2"], "split": ["test"]}), [1], {2: "test"}),
        (pd.DataFrame({"id": ["NA"], "split": ["test"]}), None, {"NA": "test"}),
    ],
    ids=str,
)
def test_ids_are_of_the_items_kind(repository, content, kind, expected) -> None:
    assert frozen(repository, content, kind) == expected


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        ("id,split\n1,train\n,test\n", None, ["1 of 2 rows have no id", "row 2: id missing"]),
        ("id,split\n1,train\n1,test\n", None, ["2 of 2 rows have an id that", "row 1: id '1'"]),
        ("id,split\nNA,train\nNA,train\n", None, ["row 2: id 'NA', split 'train'"]),
        (
            "id,split\n1,tset\n",
            None,
            ["row 1", "'tset'", "no split of split.ratios", "train, test"],
        ),
        ("id,split\n1,\n", None, ["no split of split.ratios (train, test)"]),
        ("id,split\n1,NA\n", None, ["split 'NA'"]),
        ("id,split\n001,test\n1,test\n", [1], ["1 of 2 rows", "not an integer", "row 1: id '001'"]),
        ("id,split\n1.0,test\n", [1], ["not an integer", "'1.0'"]),
        ("id,split\n99999999999999999999,test\n", [1], ["not an integer"]),
        ("id,split\n" + "q,test\n" * 9, None, ["9 of 9 rows", "row 5", "and 4 more"]),
        (pd.DataFrame({"id": ["a", None], "split": "test"}), None, ["no id", "row 2"]),
        (pd.DataFrame({"id": [1.5, 2.0], "split": "test"}), None, ["neither text nor an integer"]),
        (pd.DataFrame({"id": [True, False], "split": "test"}), None, ["neither text nor"]),
        (pd.DataFrame({"id": [1, 2], "split": ["test", None]}), None, ["split missing"]),
    ],
    ids=[
        *(
            "no id",
            "twice",
            "NA twice",
            "unknown split",
            "no split",
            "NA",
            "zeros",
            "float",
            "large",
        ),
        *("many", "null", "floats", "booleans", "null split"),
    ],
)
def test_rows_that_cannot_be_frozen_are_named(repository, content, kind, words) -> None:
    with pytest.raises(TagledgerError) as caught:
        frozen(repository, content, kind)
    for word in words:
        assert word in str(caught.value)
    assert load(SplitParams).base is None
    assert not (repository.root / "data/base").exists()


@given(
    st.lists(
        st.tuples(
            st.sampled_from([*ODD, "", "1", "2", "B", "null"]),
            st.sampled_from(["train", "test", "test", "dev", ""]),
        ),
        max_size=6,
    ),
    st.sampled_from([[1, 2, 7], ["1", "2", "7", "NA", "null", "B"]]),
    st.booleans(),
)
def test_no_file_that_passed_fails_in_the_split_stage(
    tmp_path_factory: pytest.TempPathFactory, rows, kind, built
) -> None:
    root = tmp_path_factory.mktemp("base")
    (root / "params.yaml").write_text(PARAMS.replace('"0x"', "0"))
    (root / "mine.csv").write_text("id,split\n" + "".join(f"{one},{two}\n" for one, two in rows))
    if built:
        tables.write({root / tables.CLEAN_ITEMS: items(kind)})
    try:
        freeze.freeze_version(SimpleNamespace(root=root), str(root / "mine.csv"))  # type: ignore[arg-type]
        settings = load(SplitParams, root / "params.yaml")
        base = read_base(settings, root / "data/base")
        with contextlib.chdir(root):  # what fails a check is written to reports/
            made = divide(items(kind), labels({one: ["x"] for one in kind}), settings, base)
    except TagledgerError:
        return
    splits = dict(zip(made.assignments["id"].astype("str"), made.assignments["split"], strict=True))
    assert len(splits) == len(kind)
    assert {one: splits.get(one, two) for one, two in rows} == dict(rows)
