"""A dashboard on the tests' own repository, another one for ann, and visits to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import (
    SERVER,
    Visit,
    chromium,
    find_chromium,
    opening,
    serving,
    serving_command,
    settings_for,
    visiting,
)
from tests.conftest import IN_CI
from tests.dashboard import story

T = TypeVar("T")


class Shared:
    """What all tests of this folder stand on: made when first asked for, ended after the last."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._made: dict[object, Any] = {}

    def get(self, make: Callable[..., AbstractContextManager[T]], *words: Any) -> T:
        """What a context yields, which stays open until `end`."""
        if make not in self._made:
            self._made[make] = self._stack.enter_context(make(*words))
        made: T = self._made[make]
        return made

    def end(self) -> None:
        """End all of it."""
        self._made.clear()
        self._stack.close()


_SHARED = Shared()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """End the servers and Chromium: idle, they would take time from all tests after these."""
    if nextitem is None or nextitem.path.parent != Path(__file__).parent:
        _SHARED.end()


@pytest.fixture
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a dashboard that was started from another folder with --repo."""
    return _SHARED.get(_story_served, tmp_path_factory)


@contextmanager
def _story_served(factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(story.told_once(factory).root, factory.mktemp("browser")) as found:
        yield found


@dataclass(frozen=True)
class Dashboard:
    """A server for ann, which shows the repository that a link leads to."""

    address: str
    link: Path

    def show(self, root: Path) -> None:
        """Show another repository from here on; all pages of the one before are closed."""
        self.link.unlink(missing_ok=True)
        self.link.symlink_to(root)


@pytest.fixture
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Dashboard:
    """A dashboard that was started for ann."""
    return _SHARED.get(_dashboard_for_ann, tmp_path_factory)


@contextmanager
def _dashboard_for_ann(factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    folder = factory.mktemp("dashboard")
    link = folder / "shown"
    with serving_command(SERVER, folder, **settings_for(link, "ann")) as address:
        yield Dashboard(address, link)


@pytest.fixture
def browser() -> Browser:
    """Chromium."""
    program = find_chromium()
    if program is None:
        reason = "no Chromium on PATH: install one, e.g. `apt-get install chromium`"
        if IN_CI:
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    return _SHARED.get(chromium, program)


@pytest.fixture
def go(browser: Browser) -> Iterator[Callable[..., Visit]]:
    """Open a page of a server: go(address, "changes", width=420, mode="dark", base="v1.0.0")."""
    page = _SHARED.get(_window, browser)
    with ExitStack() as stack:

        def opened(address: str, path: str = "", **options: Any) -> Visit:
            # A second page is another visitor's.
            made = (
                opening(page, address, path, **options)
                if page.url == "about:blank"
                else visiting(browser, address, path, **options)
            )
            return stack.enter_context(made)

        yield opened


@contextmanager
def _window(browser: Browser) -> Iterator[Page]:
    with closing(browser.new_context()) as context:
        yield context.new_page()


@pytest.fixture
def visit(go: Callable[..., Visit], address: str) -> Callable[..., Visit]:
    """Open a page of the dashboard: visit("changes", width=420, mode="dark", base="v1.0.0")."""
    return partial(go, address)


@pytest.fixture
def label(root: Path, dashboard: Dashboard, go: Callable[..., Visit]) -> Callable[..., Visit]:
    """Open a page of the dashboard for ann, on the module's `root`, with its desk."""
    dashboard.show(root)

    def opened(path: str = "label", **options: Any) -> Visit:
        seen = go(dashboard.address, path, **options)
        expect(seen.page.get_by_test_id("desk")).to_be_visible()
        return seen

    return opened
