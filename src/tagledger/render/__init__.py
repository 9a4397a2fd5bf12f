"""What the commands print, made from result objects: for a terminal, as JSON, as Markdown, as CSV.

Nothing is computed here that a reader could want from another renderer.
"""

from __future__ import annotations

from tagledger.render.output import print_json, warn, working

__all__ = ["print_json", "warn", "working"]
