"""Gates in words."""

from __future__ import annotations

from tagledger.release import gate_table
from tagledger.release.gates import GateResult, value_and_limit


def describe(result: GateResult) -> str:
    """What a gate measures, its value and its limit."""
    gate = gate_table.named(result.name)
    title = result.name if gate is None else gate.title
    bound = "at least" if gate is not None and gate.kind == "at least" else "at most"
    value, limit = value_and_limit(result)
    if not result.compared:
        return f"{title}, {bound} {limit}"
    tags = f" ({result.detail})" if result.detail else ""
    return f"{title}: {value}, {bound} {limit}{tags}"
