"""A dashboard on the tests' own repository, and visits to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import Visit, chromium, find_chromium, serving, visiting
from tests.conftest import IN_CI
from tests.dashboard import story


# Both end with the module: idle, they would take a core's time from all tests after it.
@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a dashboard that was started from another folder with --repo."""
    folder = tmp_path_factory.mktemp("browser")
    ledger = story.told_once(tmp_path_factory)
    with serving(ledger.root, folder) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium."""
    program = find_chromium()
    if program is None:
        reason = "no Chromium on PATH: install one, e.g. `apt-get install chromium`"
        if IN_CI:
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    with chromium(program) as made:
        yield made


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Callable[..., Visit]]:
    """Open a page of the dashboard: visit("changes", width=420, mode="dark", base="v1.0.0")."""
    with ExitStack() as stack:

        def go(path: str = "", *, width: int = 1440, mode: str = "light", **params: str) -> Visit:
            made = visiting(browser, address, path, width=width, mode=mode, **params)
            return stack.enter_context(made)

        yield go
