"""The projects that are crashed: those of the pipeline's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.crash.forking import Forker, forker
from tests.pipeline.conftest import _built

__all__ = ["_built"]


@pytest.fixture(scope="module")
def programs(request: pytest.FixtureRequest) -> Iterator[Forker]:
    """A process that has imported what the test's module names in PROGRAMS, and forks runs."""
    with forker(*request.module.PROGRAMS) as made:
        yield made
