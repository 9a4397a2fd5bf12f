"""Gates in words."""

from __future__ import annotations

from tagledger.release import gate_table
from tagledger.release.gates import GateResult
from tagledger.words import number, percent


def describe(result: GateResult) -> str:
    """What a gate measures, its value and its limit."""
    gate = gate_table.named(result.name)
    title = result.name if gate is None else gate.title
    bound = "at least" if gate is not None and gate.kind == "at least" else "at most"
    shares = gate is not None and gate.percent
    limit = f"{bound} {_value(result.limit, shares=shares)}"
    if not result.compared:
        return f"{title}, {limit}"
    tags = f" ({result.detail})" if result.detail else ""
    return f"{title}: {_value(result.value, shares=shares)}, {limit}{tags}"


def _value(value: float, *, shares: bool) -> str:
    if shares:
        return percent(value, 1)
    return number(value) if float(value).is_integer() else number(value, 3)
