"""A repository with three versions and a workspace, and ways to open a page on it."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.elements import vega_charts
from streamlit.testing.v1 import AppTest

from tagledger_dashboard import warm
from tests.dashboard import story
from tests.dashboard.ledger import REPOSITORY, Ledger

APP = REPOSITORY / "dashboard" / "tagledger_dashboard" / "app.py"
PATIENCE = 120  # seconds, on a machine that others use too
# Of all pages it takes the least time: for what every page has, its sentence and the sidebar.
ANY = "agreement"

Open = Callable[..., AppTest]


@pytest.fixture(scope="session", autouse=True)
def packages_are_looked_through_once() -> Iterator[None]:
    """Streamlit looks through all installed packages for components of theirs, at every AppTest."""
    found = manifest_scanner.scan_component_manifests()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", lambda: found)
        yield


@pytest.fixture(scope="session", autouse=True)
def charts_are_converted_once() -> Iterator[None]:
    """Of what a page takes, charts take half, and many tests open a page with the same ones."""
    name = "_convert_altair_to_vega_lite_spec"
    convert = vars(vega_charts)[name]
    converted: dict[bytes, Any] = {}

    def convert_once(chart: Any) -> Any:
        key = pickle.dumps(chart)
        if key not in converted:
            converted[key] = convert(chart)
        return deepcopy(converted[key])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vega_charts, name, convert_once)
        yield


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """v1.0.0, v1.1.0, v1.2.0 and a workspace that is ahead of them. Not to be changed."""
    return story.told_once(tmp_path_factory)


@pytest.fixture
def copy(told: Ledger, tmp_path: Path) -> Ledger:
    """The same in a folder of its own, for a test that breaks it."""
    root = tmp_path / "copy"
    shutil.copytree(told.root, root)
    return Ledger.at(root)


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Open:
    """Open a page of the dashboard on a repository; parameters of its address by name."""
    return partial(_open, monkeypatch)


@pytest.fixture(scope="session")
def seen(told: Ledger) -> Open:
    """A page on `told` as it opens, once for all tests that read it: it is not to be clicked."""
    opened: dict[object, AppTest] = {}

    def look(page: str = "overview", **address: str) -> AppTest:
        key = (page, *sorted(address.items()))
        if key not in opened:
            with pytest.MonkeyPatch.context() as patch:
                opened[key] = _open(patch, told.root, page, **address)
        return opened[key]

    return look


def _open(patch: pytest.MonkeyPatch, root: Path, page: str = "overview", **address: str) -> AppTest:
    patch.setenv("TAGLEDGER_REPO", str(root))
    patch.setattr(warm, "start", lambda context: None)
    app = AppTest.from_file(str(APP), default_timeout=PATIENCE)
    app.query_params.update(address)
    if page != "overview":
        app.switch_page(f"screens/{page}.py")
    return app.run()
