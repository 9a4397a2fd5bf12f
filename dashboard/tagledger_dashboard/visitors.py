"""Who may talk to the dashboard: its own pages, and no other page that the browser has open.

Any page may send requests to a server of this machine and open WebSockets to it. Browsers say in
`Origin` whose page asks, and leave the rest to the server. Streamlit's server takes every page of
localhost, whatever its port. This one takes its own address only, before Streamlit sees the
request. It compares `Host` too: a page whose name was made to lead to this machine (DNS rebinding)
asks with its own name in both.

Programs other than browsers write in these headers what they like: this is not a password.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from tagledger.errors import TagledgerError

VARIABLE = "TAGLEDGER_ORIGIN"  # in which `tagledger dashboard --origin` names what a proxy shows
_ORIGIN = re.compile(r"(https?)://([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?")
_USUAL_PORT = {"http": "80", "https": "443"}
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_POLICY_VIOLATION = 1008  # RFC 6455, section 7.4.1
# A page that shows the dashboard in a frame could have people press its buttons unawares.
_NO_FRAMES = {"content-security-policy": "frame-ancestors 'none'", "x-frame-options": "DENY"}


class OwnPagesOnly:
    """Refuse what other pages ask before the application sees it, and let no page frame it.

    Parameters
    ----------
    app
        The application.
    others
        Origins under which a proxy shows it, as `parse_origin` gives them.
    """

    def __init__(self, app: ASGIApp, others: Iterable[str] = ()) -> None:
        self._app = app
        self._others = frozenset(others)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or one WebSocket."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return

        async def send_unframed(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_NO_FRAMES)
            await send(message)

        headers = Headers(scope=scope)
        scheme = scope["scheme"].replace("ws", "http")  # a page of https opens wss
        allowed = own_origins(scheme, *scope["server"]) | self._others
        if is_own(headers.getlist("host"), headers.getlist("origin"), allowed):
            await self._app(scope, receive, send_unframed)
        elif scope["type"] == "websocket":
            await WebSocketClose(_POLICY_VIOLATION)(scope, receive, send)
        else:
            refusal = PlainTextResponse(_refusal(allowed), status_code=403)
            await refusal(scope, receive, send_unframed)


def own_origins(scheme: str, address: str | None, port: int | None) -> frozenset[str]:
    """The origins of a server that no proxy is in front of.

    Parameters
    ----------
    scheme
        http or https.
    address, port
        Where the request came in: an address of this machine; no port for a Unix socket, whose
        pages are a proxy's.
    """
    if not address or port is None:
        return frozenset()
    address = address.removeprefix("::ffff:")  # IPv4 on a socket that serves IPv6 as well
    names = _LOOPBACK if address in _LOOPBACK else (address,)
    return frozenset(
        parse_origin(f"{scheme}://{f'[{name}]' if ':' in name else name}:{port}") for name in names
    )


def is_own(hosts: list[str], origins: list[str], allowed: Iterable[str]) -> bool:
    """Whether a request goes to one of these origins and comes from a page of the same one.

    Parameters
    ----------
    hosts, origins
        The values of `Host` and `Origin`. Browsers send no `Origin` where someone opens an address
        or a link, and always send it for a WebSocket.
    allowed
        As `parse_origin` gives them.
    """
    if len(hosts) != 1 or len(origins) > 1:
        return False
    requested = {
        origin
        for origin in allowed
        if hosts[0].lower() in {_host(origin), f"{_host(origin)}:{_USUAL_PORT[_scheme(origin)]}"}
    }
    return bool(requested) and set(origins) <= requested


def parse_origin(text: str) -> str:
    """Write an origin as browsers do: without the port that is usual, in lower case.

    Raises
    ------
    TagledgerError
        It is not a scheme, a host and maybe a port, or has a path, a user or a wildcard.
    """
    match = _ORIGIN.fullmatch(text.strip().lower().removesuffix("/"))
    if match is None:
        raise TagledgerError(
            f"{text!r} is not the origin of a page",
            hint="name its scheme, its host and a port that is not the usual one, with nothing "
            "after: `tagledger dashboard --origin https://tagledger.example.org`",
        )
    scheme, host, port = match.groups()
    return f"{scheme}://{host}" + ("" if port in {None, _USUAL_PORT[scheme]} else f":{port}")


def declared_origins() -> list[str]:
    """The origins in the environment, with spaces between them.

    Raises
    ------
    TagledgerError
        One of them is none.
    """
    return [parse_origin(text) for text in os.environ.get(VARIABLE, "").split()]


def _scheme(origin: str) -> str:
    return origin.partition("://")[0]


def _host(origin: str) -> str:
    return origin.partition("://")[2]


def _refusal(allowed: Iterable[str]) -> str:
    return (
        "The dashboard answers only at its own address, and only what its own pages ask.\n"
        f"Open one of these: {', '.join(sorted(allowed))}\n"
        "Behind a proxy, name the proxy's address, `tagledger dashboard --origin https://HOST`, "
        "and let the proxy pass on the Host that it was asked for.\n"
    )
