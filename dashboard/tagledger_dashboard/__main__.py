"""Run the server: `python -m tagledger_dashboard [OPTIONS OF streamlit run]`.

What the first page needs is loaded and compared while the browser opens: Streamlit's server by
itself begins with that only once the page is asked for.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from tagledger import errors
from tagledger.ports import check_port
from tagledger_dashboard import annotators, visitors

SERVER = Path(__file__).with_name("server.py")
_NOT_STARTED = 3  # Streamlit's code for a server that ended before it served
_NEEDED = (
    "tagledger_dashboard.ui",
    "tagledger_dashboard.sidebar",
    "tagledger_dashboard.views.overview",
)


def main(arguments: Sequence[str]) -> NoReturn:
    """Serve until it is stopped; exit 2 where it cannot be started.

    Streamlit's own code for that is 1, which is this tool's for a gate that is broken.
    """
    errors.run(lambda: _check_all(arguments))
    # Not KeyboardInterrupt, of which Streamlit's command line makes "Aborted!" and its code 1.
    signal.signal(signal.SIGINT, lambda *_: sys.exit(errors.EXIT_INTERRUPTED))
    try:
        from streamlit import config
        from streamlit.web import cli

        threading.Thread(target=_prepare, daemon=True).start()
        cli.main(["run", str(SERVER), *arguments])
    except SystemExit as done:
        if done.code not in {1, _NOT_STARTED}:
            raise
    # A file of settings named the port, or it was taken since.
    errors.run(lambda: _check(*map(config.get_option, ("server.port", "server.address"))))
    sys.exit(errors.EXIT_FAILED)


def _check_all(arguments: Sequence[str]) -> None:
    _check(*_port_and_address(arguments))
    visitors.declared_origins()  # the server reads them where an error would be a traceback
    annotators.named()


def _port_and_address(arguments: Sequence[str]) -> tuple[int | None, str | None]:
    """The port and the address that an option or the environment names.

    Files of settings are left to Streamlit, which takes a second reading of them for a change.
    """
    parser = argparse.ArgumentParser(
        "python -m tagledger_dashboard", add_help=False, allow_abbrev=False
    )
    for name, kind in (("port", int), ("address", str)):
        named = os.environ.get(f"STREAMLIT_SERVER_{name.upper()}")
        parser.add_argument(f"--server.{name}", dest=name, type=kind, default=named)
    options, _ = parser.parse_known_args(arguments)
    return options.port, options.address


def _check(port: int | None, address: str | None) -> None:
    # Where no port is named, Streamlit takes the first that is free.
    if port is not None and not (address or "").startswith("unix:"):
        check_port(
            port, address, lambda free: f"python -m tagledger_dashboard --server.port {free}"
        )


def _prepare() -> None:
    import_module("tagledger_dashboard.warm").first()
    for name in _NEEDED:
        import_module(name)


if __name__ == "__main__":
    main(sys.argv[1:])
