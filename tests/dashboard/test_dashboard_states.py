"""What the dashboard says when something is missing or broken: what, where, and what to do."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tagledger import versions
from tagledger.errors import TagledgerError
from tagledger.versions import RebuildResult, Version
from tests.dashboard import story
from tests.dashboard.conftest import ANY, APP
from tests.dashboard.ledger import Ledger, State, told_once
from tests.dashboard.pages import said

Open = Callable[..., AppTest]
SCREENS = sorted(path.stem for path in APP.with_name("screens").glob("*.py"))
PAIR = {"base": "v1.0.0", "target": "v1.1.0"}


def test_a_folder_without_a_repository_is_explained(tmp_path: Path, open_page: Open) -> None:
    app = open_page(tmp_path)
    assert not app.exception
    assert "No git work tree" in app.error[0].value
    assert "Next: " in app.error[0].value


def test_a_repository_without_versions_says_how_to_make_one(
    tmp_path: Path, open_page: Open
) -> None:
    app = open_page(Ledger(tmp_path / "empty").root)
    assert not app.exception
    assert "This repository has no version of the dataset yet" in said(app)
    assert "dvc repro" in app.code[0].value


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with one version."""

    def make(root: Path) -> None:
        Ledger(root).release(State(story.first(), story.FIRST), "v1.0.0", "data: first")

    return told_once(tmp_path_factory, "single", make).root


@pytest.mark.parametrize("page", SCREENS)
def test_a_single_version_is_shown_alone(page: str, single: Path, open_page: Open) -> None:
    app = open_page(single, page)
    assert not app.exception
    assert not app.error
    assert "v1.0.0 is the only version" in said(app)


def test_a_single_version_has_counts_without_a_change(single: Path, open_page: Open) -> None:
    app = open_page(single)
    assert {metric.delta for metric in app.metric} == {""}


@pytest.mark.parametrize("page", SCREENS)
def test_missing_data_offers_a_rebuild(page: str, copy: Ledger, open_page: Open) -> None:
    copy.lose_cache()
    app = open_page(copy.root, page, **PAIR)
    assert not app.exception
    assert "does not have" in app.error[0].value.replace("\\", "")
    assert any(button.label.startswith("Rebuild") for button in app.button)


def test_what_git_knows_is_shown_without_data(copy: Ledger, open_page: Open) -> None:
    copy.lose_cache()
    app = open_page(copy.root, **PAIR)
    assert "Items rose from 20 to 23" in said(app)


def test_missing_data_of_the_workspace_is_built_by_hand(copy: Ledger, open_page: Open) -> None:
    copy.lose_cache()
    app = open_page(copy.root, base="workspace", target="workspace")
    assert not any(button.label.startswith("Rebuild") for button in app.button)
    assert "dvc repro" in {code.value for code in app.code}


def test_a_rebuild_brings_the_page_back(
    copy: Ledger, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = copy.root / ".dvc" / "cache"
    shutil.copytree(cache, copy.root / "kept")
    copy.lose_cache()

    def rebuild(
        repo: object, wanted: Sequence[Version], *, progress: Callable[[str], None]
    ) -> list[RebuildResult]:
        progress("running the stages")
        shutil.copytree(copy.root / "kept", cache, dirs_exist_ok=True)
        return [RebuildResult(version, 1.0, identical=True) for version in wanted]

    monkeypatch.setattr(versions, "rebuild", rebuild)
    app = open_page(copy.root, **PAIR)
    app.button(key="rebuild_v1.0.0 and v1.1.0").click().run()
    assert not app.exception
    assert not app.error
    assert "v1.1.0 has 4 items more than v1.0.0" in said(app)


def test_a_clone_is_asked_once_before_the_code_of_its_versions_runs(
    copy: Ledger, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy.lose_cache()
    git = ("git", "-C", str(copy.root))
    subprocess.run([*git, "remote", "add", "origin", "https://example.org/x.git"], check=True)
    runs: list[str] = []

    def rebuild(
        repo: object, wanted: Sequence[Version], *, progress: Callable[[str], None]
    ) -> list[RebuildResult]:
        runs.extend(version.name for version in wanted)
        return [RebuildResult(version, 1.0, identical=False) for version in wanted]

    monkeypatch.setattr(versions, "rebuild", rebuild)
    app = open_page(copy.root, ANY, **PAIR)
    names = "v1.0.0 and v1.1.0"
    assert app.button(key=f"rebuild_{names}").disabled
    question = app.checkbox(key=f"trust_{names}")
    assert f"Run the code of {names} with my rights" in question.label.replace("\\", "")
    assert "example.org/x.git" in question.label.replace("\\", "")
    question.check().run()
    assert runs == []
    app.button(key=f"rebuild_{names}").click().run()
    assert runs == ["v1.0.0", "v1.1.0"]
    assert not open_page(copy.root, ANY, **PAIR).button(key=f"rebuild_{names}").disabled


def test_a_rebuild_that_fails_says_why(
    copy: Ledger, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy.lose_cache()
    problem = TagledgerError("the source is gone", where="data/sources.yaml", hint="find it")

    def rebuild(
        repo: object, wanted: Sequence[Version], *, progress: Callable[[str], None]
    ) -> list[RebuildResult]:
        return [RebuildResult(wanted[0], 1.0, identical=False, problem=problem)]

    monkeypatch.setattr(versions, "rebuild", rebuild)
    app = open_page(copy.root, ANY, **PAIR)
    app.button(key="rebuild_v1.0.0 and v1.1.0").click().run()
    assert not app.exception
    assert "The source is gone" in said(app)
    assert "find it" in said(app)


def test_a_rebuild_that_comes_out_different_says_where(
    copy: Ledger, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy.lose_cache()

    def rebuild(
        repo: object, wanted: Sequence[Version], *, progress: Callable[[str], None]
    ) -> list[RebuildResult]:
        return [RebuildResult(wanted[0], 1.0, identical=False, differing=("data/splits",))]

    monkeypatch.setattr(versions, "rebuild", rebuild)
    app = open_page(copy.root, ANY, **PAIR)
    app.button(key="rebuild_v1.0.0 and v1.1.0").click().run()
    assert "is not the same as before: data/splits differs" in said(app)


@pytest.mark.parametrize("page", SCREENS)
def test_a_damaged_cache_file_is_named(page: str, copy: Ledger, open_page: Open) -> None:
    file = copy.object("data/filtered/labels.parquet", "v1.1.0")
    file.write_bytes(b"rubbish")
    app = open_page(copy.root, page, **PAIR)
    assert not app.exception
    assert f"{file.parent.name}/{file.name}" in said(app)
    assert "Rebuild v1.1.0" in {button.label.replace("\\", "") for button in app.button}


def test_a_broken_lock_in_the_work_tree_is_explained(copy: Ledger, open_page: Open) -> None:
    (copy.root / "dvc.lock").write_text("stages: [")
    app = open_page(copy.root)
    assert not app.exception
    assert "Next: " in app.error[0].value


def test_a_gate_that_is_misspelt_is_explained(copy: Ledger, open_page: Open) -> None:
    params = copy.root / "params.yaml"
    params.write_text(params.read_text().replace("max_labels_changed", "max_label_changed"))
    app = open_page(copy.root, **PAIR)
    assert not app.exception
    assert "max_label_changed" in said(app)
    assert "did you mean max_labels_changed" in said(app)
    assert "v1.1.0 has 4 items more than v1.0.0" in said(app)


@pytest.fixture(scope="module")
def stale(told: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """The same with a threshold that no build has seen yet."""
    root = tmp_path_factory.mktemp("stale") / "repo"
    shutil.copytree(told.root, root)
    params = root / "params.yaml"
    params.write_text(params.read_text().replace("min_tag_count: 4", "min_tag_count: 5"))
    return Ledger.at(root)


# The frame of all pages says it. At night each of them is seen to.
@pytest.mark.parametrize(
    "page",
    [
        page if page in {"changes", "label"} else pytest.param(page, marks=pytest.mark.long)
        for page in SCREENS
    ],
)
def test_stale_data_is_said_to_be_on_every_page(page: str, stale: Ledger, open_page: Open) -> None:
    app = open_page(stale.root, page)
    assert not app.exception
    (warning,) = app.warning
    told = warning.value.replace("\\", "")
    assert "The data is stale, older than params.yaml: filter.min_tag_count 4 -> 5." in told
    assert "`dvc repro`" in told
    assert not open_page(stale.root, page, base="v1.0.0", target="v1.1.0").warning


def test_data_that_is_current_is_not_warned_of(copy: Ledger, open_page: Open) -> None:
    app = open_page(copy.root, ANY)
    assert app.selectbox(key="target").value in {"v1.2.0", "workspace"}
    assert not app.warning


def test_a_version_that_is_compared_with_itself_has_gates_that_are_not_compared(
    copy: Ledger, open_page: Open
) -> None:
    app = open_page(copy.root, base="v1.0.0", target="v1.0.0")
    assert "2 gates are not compared: labels changed on kept items" in said(app)
    assert "gate holds" not in said(app)
