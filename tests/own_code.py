"""Where Python finds a checkout's own code, whatever is installed."""

from __future__ import annotations

import os
from pathlib import Path

FOLDERS = ("src", "schemas", "dashboard", "")


def python_path(*roots: Path) -> str:
    """A PYTHONPATH with the packages of the checkouts `roots`, the first one's first."""
    return os.pathsep.join(str(root / folder) for root in roots for folder in FOLDERS)
