"""A gate in one line, as every renderer prints it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tagledger.words import plain

# Most answers have no gate: what has to be printed is there before it is.
if TYPE_CHECKING:
    from tagledger.release.gates import GateResult


def gate_line(gate: GateResult, show: Callable[[str], str] = plain) -> str:
    """A gate with its value, its limit and what it counts; `show` prints the tags behind it."""
    from tagledger.release.gates import value_and_limit

    value, limit = value_and_limit(gate)
    if not gate.compared:
        return f"not compared  {gate.name}, limit {limit}"
    detail = f": {show(gate.detail)}" if gate.detail else ""
    state = "holds" if gate.holds else "BROKEN"
    return f"{state:<6}  {gate.name} {value}, limit {limit} ({gate.unit}){detail}"
