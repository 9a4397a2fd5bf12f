"""A real server and a client that says whose page it is: only the dashboard's own gets data."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.browser.chromium import PATIENCE, serving
from tests.dashboard.ledger import Ledger

PROXY = "https://tagledger.example.org"


@dataclass(frozen=True)
class Started:
    """A dashboard that a proxy shows as PROXY, too, and where the browser's address is kept."""

    address: str
    opened: Path


@pytest.fixture(scope="module")
def started(told: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    """A dashboard whose browser is a program that keeps the address that it is to open."""
    folder = tmp_path_factory.mktemp("visitors")
    opened = folder / "opened"
    for name in ("xdg-open", "open"):
        program = folder / name
        program.write_text(
            f'#!/bin/sh\necho "$1" > "{opened}.part"\nmv "{opened}.part" "{opened}"\n'
        )
        program.chmod(0o755)
    own = {
        "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
        "STREAMLIT_SERVER_HEADLESS": "false",
    }
    with serving(told.root, folder, "--origin", PROXY, **own) as address:
        yield Started(address, opened)


@pytest.fixture
def address(started: Started) -> str:
    return started.address


def ask(address: str, origin: str | None, host: str | None = None) -> str:
    """The text of a page that a client is sent who asks over a WebSocket, as browsers do."""
    own_host = address.removeprefix("http://")
    target = f"ws://{host or own_host}/_stcore/stream"
    name, _, port = own_host.partition(":")
    seen = b""
    with connect(
        target,
        origin=origin,  # type: ignore[arg-type]
        sock=socket.create_connection((name, int(port))),
        subprotocols=["streamlit"],  # type: ignore[list-item]
        max_size=None,
        compression=None,
        proxy=None,
    ) as server:
        asked = BackMsg()
        asked.rerun_script.query_string = "base=v1.1.0&target=v1.2.0"
        server.send(asked.SerializeToString())
        while True:
            received = server.recv(timeout=PATIENCE / 1000)
            assert isinstance(received, bytes)
            seen += received
            if ForwardMsg.FromString(received).WhichOneof("type") == "script_finished":
                return seen.decode(errors="replace").replace("\\", "")


def test_its_own_page_gets_the_data(address: str) -> None:
    assert "v1.2.0 has 2 items fewer than v1.1.0" in ask(address, address)


def test_its_page_under_another_name_of_this_machine_gets_the_data(address: str) -> None:
    host = address.removeprefix("http://").replace("127.0.0.1", "localhost")
    assert "v1.2.0 has 2 items fewer" in ask(address, f"http://{host}", host)


def test_its_page_behind_the_proxy_gets_the_data(address: str) -> None:
    assert "v1.2.0 has 2 items fewer" in ask(address, PROXY, PROXY.removeprefix("https://"))


@pytest.mark.parametrize(
    "origin",
    ["http://localhost:9999", "http://127.0.0.1:9999", "http://evil.example", "null", PROXY],
)
def test_a_page_of_another_origin_gets_nothing(origin: str, address: str) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        ask(address, origin)


def test_a_page_whose_name_was_made_to_lead_here_gets_nothing(address: str) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        ask(address, "http://evil.example", "evil.example")


@pytest.mark.parametrize(
    "header", [{"Origin": "http://localhost:9999"}, {"Host": "evil.example:8501"}]
)
@pytest.mark.parametrize("path", ["", "_stcore/health", "_stcore/host-config"])
def test_other_pages_read_no_address_of_the_server(
    path: str, header: dict[str, str], address: str
) -> None:
    request = urllib.request.Request(f"{address}/{path}", headers=header)
    with pytest.raises(urllib.error.HTTPError, match="403") as caught:
        urllib.request.urlopen(request)
    with caught.value as answer:
        assert b"only what its own pages ask" in answer.read()


def test_a_link_that_was_sent_on_opens_the_page(address: str) -> None:
    # No Origin: it was opened from a mail, or typed.
    link = f"{address}/changes?base=v1.1.0&target=v1.2.0&layer=clean"
    with urllib.request.urlopen(link) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Security-Policy"] == "frame-ancestors 'none'"
        assert answer.headers["X-Frame-Options"] == "DENY"


def test_an_address_of_a_proxy_that_is_none_is_said(told: Ledger) -> None:
    command = [sys.executable, "-m", "tagledger", "dashboard", "--repo", str(told.root)]
    command += ["--origin", "tagledger.example.org"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 2
    assert "'tagledger.example.org' is not the origin of a page" in done.stderr
    assert "Traceback" not in done.stderr


def test_it_opens_in_the_browser(started: Started) -> None:
    end = time.monotonic() + PATIENCE / 1000
    while not started.opened.exists() and time.monotonic() < end:
        time.sleep(0.1)
    assert started.opened.read_text().strip() == started.address


@pytest.mark.long
def test_fifty_sessions_at_once_slow_it_down_and_do_not_end_it(address: str) -> None:
    # Streamlit knows no limit of sessions: SECURITY.md says what each one costs.
    page = "v1.2.0 has 2 items fewer"
    assert page in ask(address, address)
    before = memory(address)
    with ThreadPoolExecutor(50) as visitors:
        pages = list(visitors.map(lambda _: ask(address, address), range(50)))
    assert all(page in one for one in pages)
    assert memory(address) - before < 50 * 5e6
    assert page in ask(address, address)


def memory(address: str) -> int:
    """The bytes of memory that the server at an address has."""
    port = str(urlsplit(address).port)
    servers = [one for one in psutil.Process().children(recursive=True) if port in one.cmdline()]
    return sum(one.memory_info().rss for one in servers)
