"""The port that the dashboard serves on: one that it may use, and that is free."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from itertools import chain

from tagledger.errors import TagledgerError

FIRST, LAST = 1024, 65535  # the system's own are below, and ask for its administrator's rights
USUAL = 8501


def check_port(port: int, address: str | None, command: Callable[[int], str]) -> None:
    """Make sure that a server can be started on a port.

    Parameters
    ----------
    port
        The port.
    address
        The address of this machine that it is on; None means all of them.
    command
        The command that starts the server on another port.

    Raises
    ------
    TagledgerError
        The port is no port, belongs to the system or is taken, or the address is not this
        machine's. Names the next port that is free.
    """
    if not FIRST <= port <= LAST:
        what = "belongs to the system" if 0 < port < FIRST else "does not exist"
        raise TagledgerError(
            f"port {port} {what}: choose one from {FIRST} to {LAST}",
            hint=f"`{command(_next_free(USUAL - 1, address))}`",
        )
    if not is_free(port, address):
        raise TagledgerError(
            f"port {port} is taken, maybe by another dashboard",
            where=f"http://{address or 'localhost'}:{port}",
            hint=f"`{command(_next_free(port, address))}`, or end the program that has it",
        )


def is_free(port: int, address: str | None) -> bool:
    """Whether a server can listen on a port.

    Raises
    ------
    TagledgerError
        The address is not one of this machine.
    """
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(
            address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            # As the server does: a port whose last connections are still closing is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
            probe.listen(1)
    except OSError as error:
        if error.errno in {errno.EADDRINUSE, errno.EACCES}:
            return False
        raise TagledgerError(
            f"cannot serve on the address {address}: {error.strerror}".lower(),
            hint="name an address of this machine, e.g. 127.0.0.1",
        ) from error
    return True


def _next_free(port: int, address: str | None) -> int:
    """The first free port after one, or from the first on."""
    others = chain(range(port + 1, LAST + 1), range(FIRST, port))
    return next((other for other in others if is_free(other, address)), port)
