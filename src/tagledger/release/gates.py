"""Gates: limits that a version must keep, in `gates:` of params.yaml; `gate_table` lists them.

A gate that is absent is off, but for one whose default says otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, make_dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

from tagledger.bounds import NotPlainError, plain
from tagledger.documents import PARAMS, read_yaml
from tagledger.release import gate_table
from tagledger.release.gate import Case, Gate, Need, State
from tagledger.release.gate_table import GATES, DriftLimit
from tagledger.words import number, percent

if TYPE_CHECKING:
    from tagledger.compare.result import Comparison

__all__ = [
    "DriftLimit",
    "GateResult",
    "Gates",
    "Judgement",
    "Limits",
    "State",
    "evaluate",
    "judge",
    "load_gates",
    "parse_gates",
    "section_text",
    "value_and_limit",
]

Judgement = Literal["hold", "broken", "not compared"]

_MOST_DIGITS = 9  # closer than that, two numbers differ by how computers add


class Limits:
    """The limits of one params.yaml, each under the name of its gate; None is off."""

    SECTION: ClassVar[str] = "gates"
    TABLE: ClassVar[tuple[Gate, ...]]

    def on(self) -> list[tuple[Gate, Any]]:
        """The gates that are on, each with its limit, in the order of the table."""
        every = [(gate, getattr(self, gate.name)) for gate in self.TABLE]
        return [(gate, limit) for gate, limit in every if limit is not None]

    def need(self, what: Need) -> bool:
        """Whether a gate that is on reads this."""
        return any(what in gate.needs for gate, _ in self.on())


def _docstring(table: tuple[Gate, ...]) -> str:
    lines = [f"{gate.name}\n    {gate.meaning[0].upper()}{gate.meaning[1:]}." for gate in table]
    return "\n".join(["The limits; None is off.\n\nAttributes\n----------", *lines])


@lru_cache(maxsize=8)
def limits_class(table: tuple[Gate, ...]) -> type[Limits]:
    """The dataclass of the limits of a table's gates; `parse_gates` checks what goes into it."""
    limits = make_dataclass(
        "Gates",
        [(gate.name, gate.bound | None, field(default=gate.default)) for gate in table],
        bases=(Limits,),
        frozen=True,
        namespace={"TABLE": table, "__module__": __name__},
    )
    limits.__doc__ = _docstring(table)
    return cast("type[Limits]", limits)


Gates = limits_class(GATES)


@dataclass(frozen=True)
class GateResult:
    """One gate, measured.

    Attributes
    ----------
    name, unit
        The gate, and what its numbers count; the latter is empty where it was not compared.
    value, limit
        What the version has, and what it may have.
    holds
        Whether the limit is kept; a gate that was not compared does not hold.
    detail
        The tags, splits or folds behind a broken gate, the worst first; may be empty.
    compared
        False for a gate that needs a comparison where none was made: its value is nan.
    """

    name: str
    value: float
    limit: float
    unit: str
    holds: bool
    detail: str = ""
    compared: bool = True

    @property
    def broken(self) -> bool:
        """Whether the limit is known not to be kept."""
        return self.compared and not self.holds


def value_and_limit(gate: GateResult) -> tuple[str, str]:
    """What a version has and what it may have, as people read numbers.

    They have as many digits as it takes to tell the two apart.

    >>> value_and_limit(GateResult("max_renamed", 0.0606, 0.1, "", holds=True))
    ('6.1 %', '10.0 %')
    >>> value_and_limit(GateResult("max_renamed", 0.10004, 0.1, "", holds=False))
    ('10.004 %', '10.000 %')
    """
    entry = gate_table.named(gate.name)
    shares = entry is not None and entry.percent
    least = 1 if shares else 3

    def shown(digits: int) -> tuple[str, str]:
        return (
            _in_words(gate.value, digits, shares=shares),
            _in_words(gate.limit, digits, shares=shares),
        )

    if gate.value != gate.limit:
        for digits in range(least, _MOST_DIGITS + 1):
            value, limit = shown(digits)
            if value != limit:
                return value, limit
    return shown(least)


def _in_words(value: float, digits: int, *, shares: bool) -> str:
    if shares:
        return percent(value, digits)
    return number(value) if float(value).is_integer() else number(value, digits)


def judge(gates: Sequence[GateResult], *, failed_checks: bool = False) -> Judgement:
    """What gates and checks amount to: they hold when all do, and are broken when any is."""
    if failed_checks or any(gate.broken for gate in gates):
        return "broken"
    return "hold" if all(gate.holds for gate in gates) else "not compared"


def load_gates(path: Path = PARAMS) -> Limits:
    """Read the section `gates` of params.yaml; without one, all gates have their defaults.

    Raises
    ------
    TagledgerError
        A gate is unknown, or its limit does not fit.
    """
    return parse_gates(read_yaml(path), path)


def parse_gates(document: object, where: Path) -> Limits:
    """The gates of a params.yaml that was read already; see `load_gates`."""
    section = document.get(Limits.SECTION) if isinstance(document, dict) else None
    try:
        limits: Limits = plain(limits_class(gate_table.GATES), {} if section is None else section)
    except NotPlainError:
        return _checked(section, where)
    return limits


def _checked(section: object, where: Path) -> Limits:
    """The limits as pydantic checks them, which says what is wrong, and takes long to import."""
    from tagledger import params

    values = dict(section) if isinstance(section, dict) else section
    if isinstance(values, dict):
        for gate in gate_table.GATES:
            if gate.has_keys and isinstance(values.get(gate.name), dict):
                values[gate.name] = params.parse(gate.bound, values[gate.name], where)
    return params.parse(limits_class(gate_table.GATES), values, where)


def evaluate(
    limits: Limits, state: State, comparison: Comparison | None = None
) -> list[GateResult]:
    """Measure every gate that is on.

    Parameters
    ----------
    limits
        The limits.
    state
        The version to judge.
    comparison
        What changed from the version before, in the filtered layer; without it, the gates that
        need it are not compared.

    Returns
    -------
    list of GateResult
        In the order of the table.
    """
    return [_measured(gate, Case(state, comparison, limit)) for gate, limit in limits.on()]


def _measured(gate: Gate, case: Case) -> GateResult:
    shown = gate.shown_limit(case.limit)
    if gate.needs_comparison and case.comparison is None:
        return GateResult(gate.name, math.nan, shown, "", holds=False, compared=False)
    value, behind = gate.measure(case)
    holds = gate.holds(value, case.limit)
    detail = "" if holds else ", ".join(behind)
    return GateResult(gate.name, value, shown, gate.shown_unit(case.limit), holds, detail)


def section_text() -> str:
    """The section `gates` of params.yaml with every gate and what it means, for the README."""
    lines = [f"  {gate.name}: {gate.example} # {gate.meaning}" for gate in gate_table.GATES]
    return "\n".join([f"{Limits.SECTION}:", *lines, ""])
