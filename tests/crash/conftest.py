"""How thoroughly faults are tried."""

from __future__ import annotations

import os

import pytest

from tests.pipeline.conftest import _built

__all__ = ["_built"]


@pytest.fixture(scope="session")
def every_point() -> bool:
    """Whether to try all points, as the long suite does."""
    return os.environ.get("TAGLEDGER_EVERY_POINT", "") not in {"", "0"}
