"""Output of the commands, made from result objects: for a terminal, as JSON, Markdown or CSV.

A number that two renderers need is computed before, never in a renderer.
"""

from __future__ import annotations

from tagledger.render.output import print_json, warn, working

__all__ = ["print_json", "warn", "working"]
