"""A real dashboard on a free port, and a real headless Chromium that looks at it."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, expect, sync_playwright

PATIENCE = 120_000  # milliseconds, on a machine that others use too
expect.set_options(timeout=PATIENCE)  # what is expected of a page may come to be in this time
_ARGS = (
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
# What `tagledger dashboard` starts; a signal reaches it, and not only who started it.
SERVER = (sys.executable, "-P", "-m", "tagledger_dashboard", "--server.port")
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# The script has run, and ten pictures in a row show nothing that is still to come: a click reaches
# the server after a picture or two.
_SETTLED = """token => {
    const app = document.querySelector('[data-testid=stApp]')
    const rests = app?.getAttribute('data-test-script-state') === 'notRunning'
        && document.querySelector('h1') && !document.querySelector('[data-testid=stSkeleton]')
        && document.fonts.status === 'loaded'
    const before = window.settling?.token === token ? window.settling.pictures : 0
    window.settling = {token, pictures: rests ? before + 1 : 0}
    return window.settling.pictures >= 10
}"""
_DRAWN = """() => [...document.querySelectorAll('[data-testid=stVegaLiteChart]')]
    .every(one => one.querySelector('canvas, svg'))"""
_CONTENT_HEIGHT = "document.querySelector('[data-testid=stMain]').scrollHeight"


class NotStartedError(RuntimeError):
    """The dashboard's server does not answer; its log says why."""


@dataclass
class Visit:
    """An open page, what its console and network complained of, and the addresses it asked."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def note(self, message: ConsoleMessage) -> None:
        """Keep what the console complains of."""
        # At a deep link Streamlit first looks for its server below the page, and is told 404.
        probe = "/_stcore/" in message.location.get("url", "")
        if message.type == "error" and not probe:
            self.complaints.append(message.text)

    def settle(self) -> None:
        """Wait until the script has run and what it made is drawn."""
        self.page.wait_for_function(_SETTLED, arg=secrets.token_hex(8), timeout=PATIENCE)

    def choose(self, label: str, option: str) -> None:
        """Pick an option of a select box."""
        self.page.get_by_role("combobox", name=label).click()
        self.page.get_by_role("option", name=option).click()
        self.settle()

    def picture(self, height: int | None = None) -> bytes:
        """The page as PNG, as high as its content or `height`, once its charts are drawn."""
        viewport = self.page.viewport_size
        assert viewport is not None
        for _ in range(2):  # a higher page draws what was below its end, and may grow
            high = height or int(self.page.evaluate(_CONTENT_HEIGHT))
            self.page.set_viewport_size({"width": viewport["width"], "height": high})
            self.page.wait_for_function(_DRAWN, timeout=PATIENCE)
            self.page.wait_for_timeout(1_000)
        return self.page.screenshot(animations="disabled")


@contextmanager
def serving(
    root: Path, folder: Path, *options: str, python: str = sys.executable, **variables: str
) -> Iterator[str]:
    """The address of a dashboard that is started from another folder with --repo.

    Parameters
    ----------
    root
        The repository that it shows.
    folder
        Where it is started, and finds no settings of whoever runs this.
    *options
        More of `tagledger dashboard`.
    python
        The interpreter whose tagledger is started.
    **variables
        More of its environment.
    """
    command = [python, "-m", "tagledger", "dashboard", *options, "--repo", str(root), "--port"]
    with serving_command(command, folder, **variables) as address:
        yield address


def settings_for(root: Path, annotator: str) -> dict[str, str]:
    """The environment of a `SERVER` that shows a repository to an annotator."""
    return {"TAGLEDGER_REPO": str(root), "TAGLEDGER_ANNOTATOR": annotator}


@contextmanager
def serving_command(command: Sequence[str], folder: Path, **variables: str) -> Iterator[str]:
    """The address of a server while it runs: `command` in `folder`, its last word a free port."""
    port = free_port()
    with running(command, folder, port, **variables):
        yield f"http://127.0.0.1:{port}"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def running(
    command: Sequence[str], folder: Path, port: int, **variables: str
) -> Iterator[subprocess.Popen[bytes]]:
    """A server on a port, from the moment that it answers: `command` in `folder`, and the port."""
    log = folder / "server.log"
    with log.open("w") as out:
        server = subprocess.Popen(
            [*command, str(port)],
            cwd=folder,
            env=os.environ | {"STREAMLIT_SERVER_HEADLESS": "true", "HOME": str(folder)} | variables,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_for(port, server, log)
        yield server
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGTERM)
        server.wait(20)


def _wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < end and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise NotStartedError(f"the dashboard did not start\n{log.read_text()}")


def find_chromium() -> str | None:
    """Chromium's program; None where there is none on PATH."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


@contextmanager
def chromium(program: str) -> Iterator[Browser]:
    """A browser without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(_ARGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visiting(browser: Browser, address: str, path: str = "", **options: Any) -> Iterator[Visit]:
    """Open a page of the dashboard as a new visitor; `options` are those of `opening`."""
    with (
        closing(browser.new_context()) as context,
        opening(context.new_page(), address, path, **options) as seen,
    ):
        yield seen


@contextmanager
def opening(
    page: Page,
    address: str,
    path: str = "",
    *,
    width: int = 1440,
    mode: str = "light",
    **params: str,
) -> Iterator[Visit]:
    """Open a page of the dashboard, wait until it is there, and leave it in the end.

    A window may have shown others before: what the server said to keep, its scripts above all, is
    there already, which halves the work, and all else that a browser keeps of visits is forgotten.

    Parameters
    ----------
    page, address
        A window of `chromium`, and the address of `serving`.
    path
        The page of the dashboard; empty for the first.
    width
        Of the window, in pixels.
    mode
        What the visitor's machine prefers: light or dark.
    **params
        Parameters of the address.
    """
    page.context.set_default_timeout(PATIENCE)
    everything = {"origin": address, "storageTypes": "all"}
    page.context.new_cdp_session(page).send("Storage.clearDataForOrigin", everything)
    page.set_viewport_size({"width": width, "height": 1000})
    page.emulate_media(color_scheme="dark" if mode == "dark" else "light")
    seen = Visit(page)
    heard: dict[Any, Callable[[Any], None]] = {
        "console": seen.note,
        "request": lambda request: seen.asked.append(request.url),
        "pageerror": lambda error: seen.complaints.append(str(error)),
        "requestfailed": lambda request: seen.complaints.append(f"failed: {request.url}"),
    }
    for event, listener in heard.items():
        page.on(event, listener)
    try:
        query = f"?{urlencode(params)}" if params else ""
        page.goto(f"{address}/{path}{query}", timeout=PATIENCE)
        seen.settle()
        yield seen
    finally:
        for event, listener in heard.items():
            page.remove_listener(event, listener)
        if not page.is_closed():
            page.evaluate("sessionStorage.clear()")
            page.on("dialog", _accept)  # answers that are not saved yet
            page.goto("about:blank")
            page.remove_listener("dialog", _accept)


def _accept(dialog: Dialog) -> None:
    dialog.accept()
