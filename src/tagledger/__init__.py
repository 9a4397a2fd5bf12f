"""Tagledger keeps a multi-label dataset the way git keeps code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tagledger.dataset import load as load

__version__ = "0.1.0"
__all__ = ["__version__", "load"]


def __getattr__(name: str) -> Any:
    """Import `load` when it is first asked for: the stages start without what it needs."""
    if name == "load":
        from tagledger.dataset import load

        return load
    raise AttributeError(f"module 'tagledger' has no attribute {name!r}")
