"""The projects that are crashed: those of the pipeline's tests."""

from __future__ import annotations

from tests.pipeline.conftest import _built

__all__ = ["_built"]
