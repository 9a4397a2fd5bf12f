"""Two releases of the tool and a repository of one's own: upgrade, refuse, rebuild."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from tagledger import __version__
from tests.once import made_once
from tests.packaging.environments import (
    build,
    install,
    made_environment,
    made_repository,
    made_tree,
    new_environment,
    surroundings,
)
from tests.pipeline.in_process import NAMES

NEWER = "9.0.0"
STAGES = ["fetch", "clean", "annotate", "filter", "split", "report"]


def make_wheels(folder: Path, made: Path) -> None:
    """The wheel of this tree, and one of a newer release whose split has other code."""
    tree = folder / "tree"
    shutil.copytree(made, tree)
    (tree / "dist").rename(folder / "wheels")
    for name in ("pyproject.toml", "src/tagledger/__init__.py"):
        text = (tree / name).read_text("utf-8")
        assert text.count(f'version = "{__version__}"') + text.count(
            f'__version__ = "{__version__}"'
        )
        text = text.replace(f'version = "{__version__}"', f'version = "{NEWER}"')
        (tree / name).write_text(
            text.replace(f'__version__ = "{__version__}"', f'__version__ = "{NEWER}"'), "utf-8"
        )
    split = tree / "src/tagledger/stages/split.py"
    split.write_text(split.read_text("utf-8") + "\n# A newer release.\n", "utf-8")
    shutil.copy(build(tree, "wheel", ".whl"), folder / "wheels")


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tree = made_tree(tmp_path_factory)
    made = made_once(tmp_path_factory, "releases", lambda folder: make_wheels(folder, tree))
    return made / "wheels"


@dataclass
class Own:
    """A repository of one's own, and the environment that works on it."""

    root: Path
    python: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words,
            cwd=self.root,
            env=surroundings(self.python) | self.variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def ok(self, *words: str) -> str:
        done = self.run(*words)
        assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def commit(self, text: str) -> None:
        self.ok("git", "add", "--all")
        self.ok("git", "commit", "--quiet", "-m", text)

    def lose(self, stages: list[str]) -> None:
        """Remove what DVC's cache has of stages: what they made, and that they ran."""
        cache = self.root / ".dvc/cache"
        lock = yaml.safe_load((self.root / "dvc.lock").read_bytes())
        for name in stages:
            for out in lock["stages"][name]["outs"]:
                (cache / "files/md5" / out["md5"][:2] / out["md5"][2:]).unlink(missing_ok=True)
            command = f"cmd: {lock['stages'][name]['cmd']}\n"
            runs = [run for run in cache.glob("runs/*/*/*") if command in run.read_text()]
            assert runs, name
            for run in runs:
                run.unlink()

    def ran(self) -> list[str]:
        """The stages that `dvc repro` runs now."""
        return re.findall(r"Running stage '(\w+)'", self.ok("dvc", "repro"))


@pytest.fixture(scope="module")
def newer(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with the newer release, which nothing may change."""
    (wheel,) = wheels.glob(f"tagledger-{NEWER}-*.whl")

    def make(folder: Path) -> None:
        install(new_environment(folder), str(wheel))

    return made_once(tmp_path_factory, "installed-newer", make) / "bin" / "python"


@pytest.fixture
def own(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Own:
    """A repository that the release of this tree made and built, with its environment."""
    made = made_repository(tmp_path_factory)
    ran = re.findall(r"Running stage '(\w+)'", (made / "built.txt").read_text())
    assert sorted(ran) == sorted(NAMES)
    assert [one for one in ran if one in STAGES] == STAGES
    shutil.copytree(made / "mine", tmp_path / "mine", symlinks=True)
    # What a rebuild installs stays in this test's own folder.
    cache = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    own = Own(tmp_path / "mine", made_environment(tmp_path_factory), cache)
    own.commit("The first version")
    return own


@pytest.mark.parametrize(
    "lost",
    [
        ["split"],
        # With each change, a rebuild runs the stage whose code the releases have differently.
        pytest.param(STAGES[:-1], marks=pytest.mark.long),  # reports are in git
    ],
    ids=["split", "all"],
)
def test_a_newer_release_is_refused_until_an_upgrade_which_runs_what_it_touches(
    lost: list[str], own: Own, newer: Path, wheels: Path
) -> None:
    assert own.ok("tagledger", "upgrade").startswith("Up to date")
    old = own.ok("git", "rev-parse", "HEAD").strip()
    own.python = newer

    # Nothing of the old code runs under the old digest.
    done = own.run("tagledger", "stage", "split")
    assert done.returncode == 2
    assert f"tagledger {__version__} -> {NEWER}" in done.stderr
    assert "tagledger upgrade" in done.stderr
    assert "Traceback" not in done.stderr

    shown = json.loads(own.ok("tagledger", "upgrade", "--dry-run", "--json"))
    assert shown["rerun"] == ["split"]
    assert shown["tagledger"] == {"before": __version__, "now": NEWER}
    assert own.ok("git", "status", "--porcelain") == ""
    said = own.ok("tagledger", "upgrade")
    assert "split runs again" in said
    assert f"tagledger=={NEWER}" in (own.root / "requirements.txt").read_text()
    before = (own.root / "dvc.lock").read_text()
    assert own.ran() == ["split"]  # which makes the same data, so that report has nothing to do
    assert before != (own.root / "dvc.lock").read_text()
    own.commit("Upgraded")

    # The version that the older release made is rebuilt by that release, bit for bit.
    own.lose(lost)
    done = own.run("tagledger", "rebuild", old, "--yes")
    assert done.returncode == 2
    assert f"tagledger {__version__}, which made this version, cannot be installed" in done.stdout
    assert "--find-links" in done.stdout
    assert own.ok("git", "status", "--porcelain") == ""
    done = own.run("tagledger", "rebuild", old, "--find-links", str(wheels), "--json")
    assert done.returncode == 0, done.stderr
    ran = re.findall(r"Running stage '(\w+)'", done.stderr)
    assert [one for one in ran if one in STAGES] == lost
    (version,) = json.loads(done.stdout)["versions"]
    assert version["identical"], version
    assert version["problem"] is None


def test_a_wheel_with_other_code_under_the_same_release_rebuilds_nothing(
    own: Own, wheels: Path, tmp_path: Path
) -> None:
    lock = own.root / "tagledger.lock"
    text = lock.read_text()
    found = re.search(r"  split: sha256:(\w+)", text)
    assert found
    other = "0" * 64
    lock.write_text(text.replace(found[1], other))
    done = own.run("dvc", "repro")
    assert done.returncode != 0
    assert "the code itself was changed" in done.stderr
    own.commit("A lock that nothing here has made")
    done = own.run("tagledger", "rebuild", "HEAD", "--yes", "--find-links", str(wheels))
    assert done.returncode == 2
    assert "its code of split is not that which made this version" in " ".join(done.stdout.split())
    assert list((tmp_path / "cache/tagledger/environments").glob("*/bin")) == []


def test_without_uv_it_is_said_and_nothing_changes(own: Own, newer: Path, tmp_path: Path) -> None:
    own.python = newer
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("git", "python3"):
        found = shutil.which(name)
        assert found
        (programs / name).symlink_to(found)
    path = os.pathsep.join([str(own.python.parent), str(programs)])
    assert not (own.python.parent / "uv").exists()
    own.variables = {**own.variables, "PATH": path}
    done = own.run(str(own.python), "-m", "tagledger", "rebuild", "HEAD", "--yes")
    assert done.returncode == 2
    assert "`pip install uv`" in done.stdout
    assert own.ok("git", "status", "--porcelain") == ""
    assert sys.executable != str(own.python)


def test_a_pipeline_changed_by_hand_is_not_replaced_unasked(own: Own) -> None:
    pipeline, lock = own.root / "dvc.yaml", own.root / "tagledger.lock"
    text = lock.read_text()
    mine = pipeline.read_text() + "# mine\n"
    pipeline.write_text(mine)
    assert own.ok("tagledger", "upgrade").startswith("Up to date")
    # A lock of a release that wrote another dvc.yaml.
    changed = re.sub(r"pipeline: sha256:\w+", f"pipeline: sha256:{'0' * 64}", text)
    lock.write_text(changed)
    done = own.run("tagledger", "upgrade")
    assert done.returncode == 2
    assert "dvc.yaml was changed by hand" in done.stderr
    assert (pipeline.read_text(), lock.read_text()) == (mine, changed)
    assert "dvc.yaml" in own.ok("tagledger", "upgrade", "--replace-pipeline")
    assert (pipeline.read_text(), lock.read_text()) == (mine.removesuffix("# mine\n"), text)
