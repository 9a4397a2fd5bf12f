"""Run the server: `python -m dashboard [OPTIONS OF streamlit run]`.

What the first page needs is loaded and compared while the browser opens: Streamlit's server by
itself begins with that only once the page is asked for.
"""

from __future__ import annotations

import sys
import threading
from importlib import import_module
from pathlib import Path

from streamlit.web import cli

APP = Path(__file__).with_name("app.py")
_NEEDED = ("dashboard.ui", "dashboard.sidebar", "dashboard.views.overview")


def _prepare() -> None:
    import_module("dashboard.warm").first()
    for name in _NEEDED:
        import_module(name)


if __name__ == "__main__":
    threading.Thread(target=_prepare, daemon=True).start()
    cli.main(["run", str(APP), *sys.argv[1:]])
