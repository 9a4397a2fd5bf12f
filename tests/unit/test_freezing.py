"""Freezing a base: the file form, and params.yaml kept as people wrote it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from tagledger import freezing
from tagledger.base import read_base
from tagledger.errors import TagledgerError
from tagledger.params import SplitParams, load

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
    freezing.freeze_version(repository, "old.csv")
    settings = load(SplitParams)
    assert settings.base == "old.csv"
    frozen = read_base(settings)
    assert frozen is not None
    assert frozen.assignments.to_dict("list") == {"id": [1, 2], "split": ["train", "test"]}


def test_params_yaml_keeps_its_comments(repository) -> None:
    (repository.root / "old.csv").write_text("id,split\n1,train\n")
    freezing.freeze_version(repository, "old.csv")
    text = (repository.root / "params.yaml").read_text()
    before = PARAMS.replace('"0x"', "0")
    assert text == before.replace("base: null # none yet", "base: old.csv # none yet")


def test_a_name_that_yaml_would_read_as_a_number_is_quoted(repository) -> None:
    (repository.root / "2024.csv").write_text("id,split\n1,train\n")
    freezing.freeze_version(repository, "2024.csv")
    assert 'base: "2024.csv" # none yet' in (repository.root / "params.yaml").read_text()
    assert load(SplitParams).base == "2024.csv"


def test_a_section_without_a_line_for_the_base_says_what_to_write(repository) -> None:
    (repository.root / "params.yaml").write_text("split: {ratios: {a: 0.5, b: 0.5}}\n")
    (repository.root / "old.csv").write_text("id,split\n1,a\n")
    with pytest.raises(TagledgerError, match=r"base: old\.csv"):
        freezing.freeze_version(repository, "old.csv")


@pytest.mark.parametrize(
    ("content", "words"),
    [("id,part\n1,train\n", "no column split"), (None, "no such file"), ("", "not a CSV table")],
)
def test_a_file_that_does_not_fit_is_refused(repository, content, words) -> None:
    if content is not None:
        (repository.root / "old.csv").write_text(content)
    with pytest.raises(TagledgerError, match=words):
        freezing.freeze_version(repository, "old.csv")
    assert load(SplitParams).base is None


def test_a_release_freezes_what_params_name_and_only_once(
    repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not freezing.freeze_asked(repository)
    (repository.root / "old.csv").write_text("id,split\n1,train\n")
    text = (repository.root / "params.yaml").read_text().replace("base: null", "base: old.csv")
    (repository.root / "params.yaml").write_text(text)
    assert freezing.freeze_asked(repository)
    assert (repository.root / "params.yaml").read_text() == text
    assert read_base(load(SplitParams)) is not None
    assert not freezing.freeze_asked(repository)
