"""What the commands print, made from result objects: for a terminal, as JSON, as Markdown, as CSV.

Nothing is computed here that a reader could want from another renderer.
"""

from __future__ import annotations

from tagledger.render.output import print_json, warn, working
from tagledger.render.summary import print_summary

__all__ = ["print_json", "print_summary", "warn", "working"]
