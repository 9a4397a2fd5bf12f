"""What is installed: a wheel, one made from the sdist, and an editable install, beside a user.

The user has packages of their own called schemas and dashboard, which must not be run. The new
environments have nothing but Tagledger; the libraries are those of the environment of the tests.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pandas as pd
import pytest
import yaml

from tagledger.cli import app
from tests.browser.chromium import serving, serving_command
from tests.once import made_once
from tests.packaging.environments import (
    REPOSITORY,
    build,
    copy_tree,
    install,
    made_environment,
    made_wheel,
    new_environment,
    run,
    surroundings,
)

PACKAGES = ("src/tagledger", "schemas/tagledger_schemas", "dashboard/tagledger_dashboard")
COMMANDS = sorted(app.commands)

RIVALS = ("schemas", "dashboard")
RIVAL = 'raise ImportError("this package is the user\'s own")\n'
TICKETS = "id,opened,subject,body,labels\n" + "".join(
    f"{number},2024-03-01,Ticket {number},It is {number:b},{'login|web' if number % 3 else 'tax'}\n"
    for number in range(100, 130)
)
READING = {
    "items": {
        "file": "tickets.csv",
        "columns": {"id": "id", "created_on": "opened", "title": "subject", "description": "body"},
    },
    "labels": {"delimited": "labels", "separator": "|"},
}


# The archives.


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of all that git has or would add of this repository, but for its data."""
    root = tmp_path_factory.mktemp("tree")
    copy_tree(root)
    return root


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_wheel(tmp_path_factory)


@pytest.fixture(scope="module")
def wheel_of_sdist(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sdist")
    with tarfile.open(build(tree, "sdist", ".tar.gz")) as archive:
        archive.extractall(folder, filter="data")
    (unpacked,) = folder.iterdir()
    return build(unpacked, "wheel", ".whl")


def files_of(wheel: Path) -> dict[str, bytes]:
    """The files of a wheel, and what they hold."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name[-1] != "/"}


def test_a_wheel_installs_no_name_that_is_not_ours(wheel: Path, wheel_of_sdist: Path) -> None:
    for made in (wheel, wheel_of_sdist):
        top = {name.partition("/")[0] for name in files_of(made)}
        assert {name for name in top if not name.startswith("tagledger")} == set()
        assert top >= {Path(package).name for package in PACKAGES}


def test_a_wheel_of_the_sdist_is_the_wheel(wheel: Path, wheel_of_sdist: Path) -> None:
    assert files_of(wheel_of_sdist) == files_of(wheel)


def test_a_wheel_holds_every_file_of_the_packages(wheel: Path, tree: Path) -> None:
    ours = {
        path.relative_to((tree / package).parent).as_posix(): path.read_bytes()
        for package in PACKAGES
        for path in (tree / package).rglob("*")
        if path.is_file()
    }
    held = files_of(wheel)
    assert {name for name in held if ".dist-info/" not in name} == set(ours)
    assert {name: held[name] for name in ours} == ours
    assert set(ours) >= {
        "tagledger/py.typed",
        "tagledger_dashboard/.streamlit/config.toml",
        "tagledger_dashboard/icon.svg",
    }


# The environments.


def add_rivals(folder: Path) -> None:
    """Packages that a user may well have where they work."""
    for name in RIVALS:
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text(RIVAL)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with the wheel."""
    return made_environment(tmp_path_factory)


@pytest.fixture(scope="module")
def dataset(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's repository with a small dataset, which was built from the wheel."""
    return made_once(tmp_path_factory, "dataset", lambda root: build_dataset(installed, root))


def build_dataset(installed: Path, root: Path) -> None:
    add_rivals(root)
    pipeline = yaml.safe_load((REPOSITORY / "dvc.yaml").read_text("utf-8"))
    for stage in pipeline["stages"].values():
        stage["deps"] = [dep for dep in stage["deps"] if dep.startswith("data/")]
    digest = hashlib.sha256(TICKETS.encode()).hexdigest()
    identity = {"bytes": len(TICKETS), "sha256": digest}
    snapshot = {"location": "data/mine", "files": {"tickets.csv": identity}}
    source = {
        "description": "Tickets",
        "licence": "internal",
        "reading": READING,
        "snapshots": {"one": snapshot},
    }
    params = yaml.safe_load((REPOSITORY / "params.yaml").read_text("utf-8"))
    params["fetch"] = {"source": "tickets", "snapshot": "one"}
    params["split"]["base"] = None
    params["filter"] |= {"include": "all", "exclude": [], "min_tag_count": 1}
    for name, document in {
        "dvc.yaml": pipeline,
        "params.yaml": params,
        "data/sources.yaml": {"sources": {"tickets": source}},
    }.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(yaml.safe_dump(document, sort_keys=False))
    kept = ("data/annotations/.gitkeep", "data/base/base.json", "data/items/.gitkeep")
    for name in (".gitignore", ".dvcignore", ".dvc/config", ".dvc/plots", *kept):
        for path in [REPOSITORY / name, *(REPOSITORY / name).glob("*")]:
            if path.is_file():
                target = root / path.relative_to(REPOSITORY)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(path.read_bytes())
    (root / "data/mine").mkdir()
    (root / "data/mine/tickets.csv").write_text(TICKETS)
    for words in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "-m", "data"]):
        subprocess.run(["git", *words], cwd=root, check=True)
    run(installed, "-m", "dvc", "repro", "--quiet", cwd=root)


def assert_from(folder: Path, python: Path, cwd: Path) -> None:
    """All three packages are imported from within `folder`."""
    code = (
        "import tagledger, tagledger_schemas.clean, tagledger_dashboard\n"
        "print(tagledger.__file__, tagledger_schemas.clean.__file__, tagledger_dashboard.__file__)"
    )
    for file in run(python, "-c", code, cwd=cwd).split():
        assert Path(file).is_relative_to(folder.resolve())


def test_the_installed_packages_are_those_of_the_wheel(installed: Path, dataset: Path) -> None:
    assert_from(installed.parents[1], installed, dataset)


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)], ids=" ".join)
def test_an_installed_command_says_what_it_does(
    installed: Path, dataset: Path, command: list[str]
) -> None:
    program = str(installed.with_name("tagledger"))
    assert "Usage: " in run(installed, program, *command, "--help", cwd=dataset)


def test_an_installed_pipeline_builds(installed: Path, dataset: Path) -> None:
    made = pd.read_parquet(dataset / "data/filtered/labels.parquet")
    assert sorted(made["tag"].value_counts().items()) == [("login", 20), ("tax", 10), ("web", 20)]
    shown = run(installed, "-m", "tagledger", "summary", "--json", cwd=dataset)
    assert re.search(r'"items": 30\b', shown)


def test_an_installed_dashboard_answers(installed: Path, dataset: Path) -> None:
    variables = surroundings(installed)
    where = {name: variables[name] for name in ("PATH", "PYTHONPATH")}
    with serving(dataset, dataset, python=str(installed), **where) as address:
        assert_healthy(address)


def assert_healthy(address: str) -> None:
    with urlopen(f"{address}/_stcore/health", timeout=60) as answer:
        assert answer.read() == b"ok"


def test_an_installed_page_shows_the_dataset(installed: Path, dataset: Path) -> None:
    code = """
import sys
from pathlib import Path
import tagledger_dashboard
from streamlit.testing.v1 import AppTest
app = AppTest.from_file(str(Path(tagledger_dashboard.__file__).with_name("app.py")))
app.run(timeout=120)
assert not app.exception, app.exception
assert not app.error, app.error
print([title.value for title in app.title], [metric.value for metric in app.metric])
"""
    shown = run(installed, "-c", code, cwd=dataset, TAGLEDGER_REPO=str(dataset))
    assert shown.startswith("['Overview'] ['30'")


# An editable install.


@pytest.fixture(scope="module")
def editable(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with an editable install of the tree."""
    python = new_environment(tmp_path_factory.mktemp("editable") / "env")
    install(python, "--editable", str(tree))
    return python


def test_an_editable_install_is_the_tree(editable: Path, tree: Path, dataset: Path) -> None:
    assert_from(tree, editable, dataset)


@pytest.fixture
def served_by_streamlit(editable: Path, tree: Path, dataset: Path) -> Iterator[str]:
    server = tree / "dashboard/tagledger_dashboard/server.py"
    command = [str(editable), "-m", "streamlit", "run", str(server), "--server.port"]
    variables = surroundings(editable)
    where = {name: variables[name] for name in ("PATH", "PYTHONPATH")}
    with serving_command(command, dataset, TAGLEDGER_REPO=str(dataset), **where) as address:
        yield address


def test_streamlit_runs_the_server_of_an_editable_install(served_by_streamlit: str) -> None:
    assert_healthy(served_by_streamlit)
