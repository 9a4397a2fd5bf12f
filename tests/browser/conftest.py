"""A real dashboard on a free port, and a real headless Chromium that looks at it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.conftest import IN_CI
from tests.dashboard import story

ARGS = (
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
PATIENCE = 120_000  # milliseconds, on a machine that others use too
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass
class Visit:
    """An open page and what its console and network complained of."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def note(self, message: ConsoleMessage) -> None:
        """Keep what the console complains of."""
        # At a deep link Streamlit first looks for its server below the page, and is told 404.
        probe = "/_stcore/" in message.location.get("url", "")
        if message.type == "error" and not probe:
            self.complaints.append(message.text)

    def settle(self) -> None:
        """Wait until the script has run and what it made is drawn."""
        self.page.wait_for_selector("h1", timeout=PATIENCE)
        self.page.wait_for_function(
            "document.querySelector('[data-testid=stApp]')"
            "?.getAttribute('data-test-script-state') === 'notRunning'",
            timeout=PATIENCE,
        )
        self.page.wait_for_selector("[data-testid=stSkeleton]", state="detached", timeout=PATIENCE)
        self.page.wait_for_timeout(300)

    def choose(self, label: str, option: str) -> None:
        """Pick an option of a select box."""
        self.page.get_by_role("combobox", name=label).click()
        self.page.get_by_role("option", name=option).click()
        self.settle()


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a dashboard that was started from another folder with --repo."""
    folder = tmp_path_factory.mktemp("browser")
    ledger = story.tell(folder / "repo")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tagledger", "dashboard"]
    log = folder / "server.log"
    with log.open("w") as out:
        server = subprocess.Popen(
            [*command, "--port", str(port), "--repo", str(ledger.root)],
            cwd=folder,
            env=os.environ | {"STREAMLIT_SERVER_HEADLESS": "true", "HOME": str(folder)},
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_for(port, server, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(20)


def _wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < end and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"the dashboard did not start\n{log.read_text()}", pytrace=False)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium."""
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        reason = "no Chromium on PATH: install one, e.g. `apt-get install chromium`"
        if IN_CI:
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=path, args=list(ARGS))
        yield made
        made.close()


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Callable[..., Visit]]:
    """Open a page of the dashboard: visit("changes", width=420, mode="dark", base="v1.0.0")."""
    contexts = []

    def go(path: str = "", *, width: int = 1440, mode: str = "light", **params: str) -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": 1000},
            color_scheme="dark" if mode == "dark" else "light",
        )
        contexts.append(context)
        page = context.new_page()
        seen = Visit(page)
        page.on("console", seen.note)
        page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        page.on("requestfailed", lambda request: seen.complaints.append(f"failed: {request.url}"))
        query = f"?{urlencode(params)}" if params else ""
        page.goto(f"{address}/{path}{query}", timeout=PATIENCE)
        seen.settle()
        return seen

    yield go
    for context in contexts:
        context.close()
