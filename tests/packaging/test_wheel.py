"""What is installed: a wheel, one made from the sdist, and an editable install, beside a user.

The user has packages of their own called schemas and dashboard, which must not be run. The new
environments have nothing but Tagledger; the libraries are those of the environment of the tests.
"""

from __future__ import annotations

import re
import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pandas as pd
import pytest

from tagledger.cli import app
from tests.browser.chromium import serving, serving_command
from tests.once import made_once
from tests.packaging.environments import (
    add_rivals,
    build,
    copy_tree,
    install,
    made_environment,
    made_repository,
    made_wheel,
    new_environment,
    run,
    surroundings,
)

PACKAGES = ("src/tagledger", "schemas/tagledger_schemas", "dashboard/tagledger_dashboard")
COMMANDS = sorted(app.commands)

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


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with the wheel."""
    return made_environment(tmp_path_factory)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's repository that the wheel made and built beside the rivals, which are there."""
    made = made_repository(tmp_path_factory)

    def make(root: Path) -> None:
        shutil.copytree(made / "mine", root, symlinks=True)
        add_rivals(root)

    return made_once(tmp_path_factory, "dataset", make)


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


# All commands in one process.
HELP = """
import sys
from contextlib import suppress
from tagledger.cli import app
for name in sys.argv[1:]:
    print(f"# {name}")
    with suppress(SystemExit):
        app.main([name, "--help"], prog_name="tagledger")
"""


def test_an_installed_command_says_what_it_does(installed: Path, dataset: Path) -> None:
    program = str(installed.with_name("tagledger"))
    assert "Usage: tagledger " in run(installed, program, "--help", cwd=dataset)
    said = run(installed, "-c", HELP, *COMMANDS, cwd=dataset)
    _, *helps = re.split(r"^# (?=[\w-]+$)", said, flags=re.MULTILINE)
    assert [one.partition("\n")[0] for one in helps] == COMMANDS
    for name, one in zip(COMMANDS, helps, strict=True):
        assert f"Usage: tagledger {name}" in one


def test_an_installed_pipeline_builds(installed: Path, dataset: Path) -> None:
    made = pd.read_parquet(dataset / "data/filtered/labels.parquet")
    assert sorted(made["tag"].value_counts().items()) == [("login", 40), ("tax", 20), ("web", 40)]
    shown = run(installed, "-m", "tagledger", "summary", "--json", cwd=dataset)
    assert re.search(r'"items": 60\b', shown)


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
    assert shown.startswith("['Overview'] ['60'")


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
