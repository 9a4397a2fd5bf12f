"""Who may talk to the dashboard: pages of its own address, and of a proxy's that was named."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tagledger.errors import TagledgerError
from tagledger_dashboard.visitors import (
    VARIABLE,
    OwnPagesOnly,
    declared_origins,
    is_own,
    own_origins,
    parse_origin,
)

HERE = own_origins("http", "127.0.0.1", 8501)
PROXY = "https://tagledger.example.org"
NO_ORIGIN: list[str] = []


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("127.0.0.1:8501", ["http://127.0.0.1:8501"]),
        ("localhost:8501", ["http://localhost:8501"]),
        ("LOCALHOST:8501", ["http://localhost:8501"]),
        ("[::1]:8501", ["http://[::1]:8501"]),
        ("127.0.0.1:8501", NO_ORIGIN),
        ("tagledger.example.org", [PROXY]),
        ("tagledger.example.org:443", [PROXY]),
        ("tagledger.example.org", NO_ORIGIN),
    ],
)
def test_its_own_pages_are_answered(host: str, origin: list[str]) -> None:
    assert is_own([host], origin, HERE | {PROXY})


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost:9999",
        "http://127.0.0.1:9999",
        "http://0.0.0.0:8501",
        "http://localhost",
        "http://localhost:8501",  # another server may be there, e.g. on ::1
        "https://127.0.0.1:8501",
        "http://127.0.0.1:8501.evil.example",
        "http://127.0.0.1:8501@evil.example",
        "http://evil.example",
        PROXY,
        "null",
        "file://",
        "",
        "chrome-extension://abcdef",
    ],
)
def test_other_pages_are_refused(origin: str) -> None:
    assert not is_own(["127.0.0.1:8501"], [origin], HERE | {PROXY})


@pytest.mark.parametrize(
    "host",
    ["evil.example:8501", "127.0.0.1", "127.0.0.1:9999", "", "127.0.0.1:8501.evil.example", "::1"],
)
def test_a_name_that_was_made_to_lead_here_is_refused(host: str) -> None:
    assert not is_own([host], [f"http://{host}"], HERE)
    assert not is_own([host], NO_ORIGIN, HERE)


@pytest.mark.parametrize(
    ("hosts", "origins"),
    [
        ([], NO_ORIGIN),
        (["127.0.0.1:8501", "evil.example"], NO_ORIGIN),
        (["127.0.0.1:8501"], ["http://127.0.0.1:8501", "http://evil.example"]),
    ],
)
def test_a_header_that_is_missing_or_there_twice_is_refused(
    hosts: list[str], origins: list[str]
) -> None:
    assert not is_own(hosts, origins, HERE)


def test_a_proxy_may_not_be_asked_without_encryption() -> None:
    assert not is_own(["tagledger.example.org"], ["http://tagledger.example.org"], HERE | {PROXY})


@pytest.mark.parametrize(
    ("address", "port", "expected"),
    [
        ("192.0.2.7", 8501, {"http://192.0.2.7:8501"}),
        ("::ffff:192.0.2.7", 8501, {"http://192.0.2.7:8501"}),
        ("2001:db8::7", 8501, {"http://[2001:db8::7]:8501"}),
        ("/run/dashboard.sock", None, set()),
        (None, None, set()),
    ],
)
def test_its_own_address_is_the_one_that_was_asked(
    address: str | None, port: int | None, expected: set[str]
) -> None:
    assert own_origins("http", address, port) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PROXY, PROXY),
        ("https://Tagledger.Example.org/", PROXY),
        ("https://tagledger.example.org:443", PROXY),
        ("https://tagledger.example.org:8443", f"{PROXY}:8443"),
        ("http://10.0.0.7:80", "http://10.0.0.7"),
        ("http://[2001:DB8::7]:8080", "http://[2001:db8::7]:8080"),
    ],
)
def test_an_origin_is_written_as_browsers_do(text: str, expected: str) -> None:
    assert parse_origin(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "*",
        "https://*",
        "https://*.example.org",
        "tagledger.example.org",
        "https://",
        f"{PROXY}/dashboard",
        f"{PROXY}?a=b",
        "https://user@tagledger.example.org",
        "ftp://tagledger.example.org",
        f"{PROXY}:port",
        "null",
    ],
)
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(TagledgerError, match="is not the origin of a page") as caught:
        parse_origin(text)
    assert "--origin https://tagledger.example.org" in caught.value.hint


def test_a_proxys_origins_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert declared_origins() == []
    monkeypatch.setenv(VARIABLE, f" {PROXY}/  http://10.0.0.7:8080 ")
    assert declared_origins() == [PROXY, "http://10.0.0.7:8080"]


def answers(kind: str, *headers: tuple[str, str]) -> list[dict[str, Any]]:
    """What a client gets that asks a server on 127.0.0.1:8501 behind PROXY."""
    sent: list[dict[str, Any]] = []

    async def application(_: Any, __: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"the data"})

    async def receive() -> dict[str, Any]:
        raise AssertionError("nothing more is read")

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": kind,
        "scheme": {"http": "http", "websocket": "ws"}[kind],
        "server": ("127.0.0.1", 8501),
        "headers": [(name.encode(), value.encode()) for name, value in headers],
    }
    # In a thread of its own: a browser of other tests leaves a loop that runs in this one.
    with ThreadPoolExecutor(1) as pool:
        asked = OwnPagesOnly(application, others=[PROXY])(scope, receive, send)
        pool.submit(asyncio.run, asked).result()
    return sent


@pytest.mark.parametrize(
    ("kind", "host", "origin"),
    [
        ("http", "127.0.0.1:8501", "http://127.0.0.1:8501"),
        ("websocket", "127.0.0.1:8501", "http://127.0.0.1:8501"),
        ("websocket", "tagledger.example.org", PROXY),
    ],
)
def test_the_application_sees_what_its_own_pages_ask(kind: str, host: str, origin: str) -> None:
    assert answers(kind, ("host", host), ("origin", origin))[-1]["body"] == b"the data"


def test_the_application_sees_nothing_of_other_pages() -> None:
    asked = ("host", "127.0.0.1:8501"), ("origin", "http://localhost:9999")
    assert [one["type"] for one in answers("websocket", *asked)] == ["websocket.close"]
    start, body = answers("http", *asked)
    assert start["status"] == 403
    assert b"http://127.0.0.1:8501" in body["body"]
    assert b"tagledger dashboard --origin https://HOST" in body["body"]


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8501", "http://localhost:9999"])
def test_no_page_may_frame_an_answer(origin: str) -> None:
    start = answers("http", ("host", "127.0.0.1:8501"), ("origin", origin))[0]
    headers = dict(start["headers"])
    assert headers[b"content-security-policy"] == b"frame-ancestors 'none'"
    assert headers[b"x-frame-options"] == b"DENY"
