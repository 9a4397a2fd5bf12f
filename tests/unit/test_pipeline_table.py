"""The table of stages beside this repository's dvc.yaml, and the digests that follow from it."""

from __future__ import annotations

import ast
import re
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

from tagledger.errors import TagledgerError
from tagledger.pipeline import code
from tagledger.pipeline.code import code_files, package_releases, stage_digest, stage_digests
from tagledger.pipeline.dvc_yaml import entry, pipeline_text, plot_templates
from tagledger.pipeline.table import PACKAGES, STAGES, Stage
from tagledger.pipeline.tool_lock import (
    ToolLock,
    differences,
    installed,
    lock_text,
    parse_tool_lock,
    read_tool_lock,
    requirements_text,
)
from tagledger.pipeline.upgrading import apply_upgrade, plan_upgrade
from tagledger.workspace import MODELS
from tests.unit import test_architecture as house

REPOSITORY = Path(__file__).resolve().parents[2]
OURS: dict[str, Any] = yaml.safe_load((REPOSITORY / "dvc.yaml").read_text("utf-8"))["stages"]
FOLDERS = {"tagledger": "src/tagledger", "tagledger_schemas": "schemas/tagledger_schemas"}
by_stage = pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
WHERE = Path("tagledger.lock")


def in_repository(path: str) -> str:
    package, _, rest = path.partition("/")
    return f"{FOLDERS[package]}/{rest}"


@by_stage
def test_the_table_says_what_dvc_yaml_says(stage: Stage) -> None:
    ours = OURS[stage.name]
    own = entry(stage)
    code = [in_repository(path) for path in stage.code]
    assert sorted(ours["deps"]) == sorted([*stage.data, *code])
    assert ours.get("params", []) == [one for one in own["params"] if isinstance(one, str)]
    for key in ("desc", "outs", "metrics", "plots"):
        assert ours.get(key) == own.get(key), key


@pytest.mark.parametrize("name", MODELS)
def test_the_report_depends_on_each_table_that_it_checks(name: str) -> None:
    """Else DVC may run it before the stage that writes the table, or not again."""
    path = MODELS[name][1]
    (report,) = (stage for stage in STAGES if stage.name == "report")
    assert {path.as_posix(), path.parent.as_posix()} & set(report.data), (
        f"add {path} to the deps of the stage report, in dvc.yaml and in pipeline/table.py"
    )


def test_there_are_no_other_stages() -> None:
    assert set(OURS) == {stage.name for stage in STAGES}


@by_stage
def test_a_stage_of_ones_own_runs_the_tool_and_depends_on_its_digest(stage: Stage) -> None:
    own = yaml.safe_load(pipeline_text())["stages"][stage.name]
    assert own["cmd"] == f"tagledger stage {stage.name}"
    assert {"tagledger.lock": [f"stages.{stage.name}"]} in own["params"]
    code_files = [path for path in own["deps"] if path.endswith(".py")]
    assert code_files == [f"schemas/{name}.py" for name in stage.schemas]


@by_stage
def test_its_packages_are_those_that_its_code_imports_and_that_decide_bytes(stage: Stage) -> None:
    modules = house.load(REPOSITORY)
    reached = house.closure(f"tagledger.stages.{stage.name}", modules)
    imported = {
        target.split(".")[0]
        for name in reached
        for target in modules[name].targets
        if target not in modules[name].for_types_only
    }
    called = {"python_calamine": "python-calamine"}
    found = {called.get(name, name) for name in imported} & set(PACKAGES)
    if stage.name == "fetch":  # it copies bytes, whatever it reads of the catalogue
        assert stage.packages == ()
    else:
        assert found - {"orjson"} <= set(stage.packages) <= found


@by_stage
def test_its_schemas_are_those_whose_models_it_names(stage: Stage) -> None:
    modules = house.load(REPOSITORY)
    reached = house.closure(f"tagledger.stages.{stage.name}", modules)
    named = {
        name.removeprefix("tagledger_schemas.")
        for name in reached
        if re.fullmatch(r"tagledger_schemas\.(clean|annotated|filtered|splits)", name)
    }
    assert set(stage.schemas) == named, f"`schemas` of {stage.name}: those that it imports"


def test_the_templates_are_those_that_this_repository_uses() -> None:
    here = {
        path.relative_to(REPOSITORY).as_posix(): path.read_text("utf-8")
        for path in (REPOSITORY / ".dvc/plots").glob("*.json")
    }
    assert plot_templates() == here


def test_a_changed_file_changes_the_digests_of_the_stages_that_run_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = stage_digests()
    package = tmp_path / "tagledger"
    shutil.copytree(REPOSITORY / "src/tagledger", package)
    real = code.package_folder
    monkeypatch.setattr(
        code, "package_folder", lambda name: package if name == "tagledger" else real(name)
    )
    assert stage_digests() == before
    file = package / "labels.py"
    file.write_text(file.read_text("utf-8") + "# changed\n", "utf-8")
    changed = {name for name, digest in stage_digests().items() if digest != before[name]}
    assert changed == {stage.name for stage in STAGES if "tagledger/labels.py" in stage.code}
    assert changed


def test_a_library_is_a_part_of_the_digests_of_those_that_use_it() -> None:
    now = package_releases()
    other = now | {"rensa": "99"}
    changed = {
        stage.name for stage in STAGES if stage_digest(stage, now) != stage_digest(stage, other)
    }
    assert changed == {"clean"}


def test_a_digest_is_never_a_number_for_yaml() -> None:
    document = yaml.safe_load(lock_text(installed()))
    assert all(re.fullmatch("sha256:[0-9a-f]{64}", one) for one in document["stages"].values())


def test_a_lock_is_read_as_it_was_written() -> None:
    lock = installed()
    assert parse_tool_lock(lock_text(lock), WHERE) == lock
    assert lock.packages["pyarrow"] == version("pyarrow")
    odd = ToolLock("1e5", "3.10", {"numpy": "3.10"}, dict(lock.stages), lock.pipeline)
    assert parse_tool_lock(lock_text(odd), WHERE) == odd


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('tagledger: "', 'tagledger: "../', "tagledger"),
        ('tagledger: "', 'tagledger: "@ file:///tmp/', "tagledger"),
        ("  numpy:", "  --index-url=x:", "packages"),
        ("sha256:", "sha512:", "clean"),
        ("stages:", "stage:", "stages"),
        ("python:", "pithon:", "python"),
    ],
)
def test_a_lock_that_the_tool_did_not_write_is_refused(old: str, new: str, key: str) -> None:
    text = lock_text(installed())
    assert old in text
    with pytest.raises(TagledgerError, match="not a lock") as caught:
        parse_tool_lock(text.replace(old, new), WHERE)
    assert caught.value.where is not None
    if key != "clean":
        assert caught.value.where.endswith(f"key {key}")


def test_differences_name_the_release_before_and_the_one_now() -> None:
    now = installed()
    before = ToolLock("0.0.9", now.python, dict(now.packages) | {"old": "1"}, {}, now.pipeline)
    assert differences(before, now) == [
        f"tagledger 0.0.9 -> {now.tagledger}",
        "old 1 -> none",
    ]


def test_requirements_keep_the_lines_of_others() -> None:
    lock = installed()
    first = requirements_text(lock)
    assert f"tagledger=={lock.tagledger}\n" in first
    mine = first.replace("pyarrow==", "PyArrow == 1 # ").replace(
        "numpy", "# my own\nscikit-learn==1.8\nnumpy", 1
    )
    again = requirements_text(lock, mine)
    assert "# my own\nscikit-learn==1.8\n" in again
    assert sorted(again.splitlines()) == sorted(
        [*first.splitlines(), "# my own", "scikit-learn==1.8"]
    )


def test_every_file_of_a_digest_is_python_and_there() -> None:
    for stage in STAGES:
        names = [name for name, _ in code_files(stage.code)]
        assert len(names) == len(set(names))
        assert names == sorted(names)
        for _, path in code_files(stage.code):
            ast.parse(path.read_text("utf-8"))


def own(root: Path, **changed: str) -> None:
    """The files of a repository of one's own that an upgrade looks at."""
    lock = installed()
    texts = {
        "dvc.yaml": pipeline_text(),
        "tagledger.lock": lock_text(lock),
        "requirements.txt": requirements_text(lock),
    } | dict(plot_templates())
    for name, text in (texts | changed).items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode("latin-1"))


def test_nothing_changes_where_the_installed_tool_is_that_of_the_lock(tmp_path: Path) -> None:
    own(tmp_path)
    plan = plan_upgrade(tmp_path)
    assert (plan.files, plan.rerun, plan.changed, plan.gone) == ({}, [], [], [])


def test_an_upgrade_writes_what_differs_and_names_the_stages(tmp_path: Path) -> None:
    lock = installed()
    stages = dict(lock.stages) | {"split": f"sha256:{'0' * 64}", "old": f"sha256:{'1' * 64}"}
    old = ToolLock("0.0.1", lock.python, dict(lock.packages), stages, lock.pipeline)
    own(tmp_path, **{"tagledger.lock": lock_text(old), "requirements.txt": "mine==1\n"})
    plan = plan_upgrade(tmp_path)
    assert (plan.rerun, plan.gone) == (["split"], ["old"])
    apply_upgrade(tmp_path, plan)
    assert read_tool_lock(tmp_path) == lock
    assert (tmp_path / "requirements.txt").read_text().startswith("mine==1\ntagledger==")
    assert plan_upgrade(tmp_path).files == {}


def test_a_file_of_ones_own_that_cannot_be_read_is_not_replaced(tmp_path: Path) -> None:
    own(tmp_path, **{"requirements.txt": "# f\xfcr uns\n"})
    with pytest.raises(TagledgerError, match="UTF-8"):
        plan_upgrade(tmp_path)


def test_a_repository_that_runs_its_own_code_has_nothing_to_upgrade(tmp_path: Path) -> None:
    with pytest.raises(TagledgerError, match="runs its own code"):
        plan_upgrade(tmp_path)
