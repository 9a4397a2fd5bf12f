"""Run the server: `python -m dashboard [OPTIONS OF streamlit run]`.

What the first page needs is loaded and compared while the browser opens: Streamlit's server by
itself begins with that only once the page is asked for.
"""

from __future__ import annotations

import sys
import threading
from importlib import import_module
from pathlib import Path

APP = Path(__file__).with_name("app.py")
_NEEDED = ("dashboard.ui", "dashboard.sidebar", "dashboard.views.overview")


def _prepare() -> None:
    import_module("dashboard.warm").first()
    for name in _NEEDED:
        import_module(name)


def main() -> None:
    """Import the server and run it; people interrupt the first as well as the second."""
    try:
        from streamlit.web import cli

        threading.Thread(target=_prepare, daemon=True).start()
        cli.main(["run", str(APP), *sys.argv[1:]])
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
