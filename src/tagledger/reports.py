"""Where the reports of the report stage are, and what is read back of them.

Git keeps them, so anybody may have written one. The numbers: `measures.recorded`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from tagledger.documents import is_count

FOLDER = Path("reports")
METRICS = FOLDER / "metrics.json"
QUALITY = FOLDER / "quality.json"
TAGS = FOLDER / "tags.csv"
FAILURES = FOLDER / "failures.csv"

_TEXTS = ("table", "column", "check")


@dataclass(frozen=True)
class CheckResult:
    """One check of one table.

    Attributes
    ----------
    table, column, check
        What was checked; column is empty for a check of whole rows.
    rows, failed
        Number of rows checked and of rows that failed.
    first
        The first failures, at most five, as text "id: value".
    """

    table: str
    column: str
    check: str
    rows: int
    failed: int
    first: tuple[str, ...] = ()


def parse_object(text: str | None) -> dict[str, Any]:
    """The JSON object in a text; an empty one where there is none."""
    try:
        document = orjson.loads(text or "{}")
    except orjson.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}


def parse_quality(text: str | None) -> dict[str, Any] | None:
    """What reports/quality.json says; None where it is none."""
    report = parse_object(text)
    checks = report.get("checks")
    if not is_count(report.get("failed")) or not isinstance(checks, list):
        return None
    return report if all(map(_is_check, checks)) else None


def _is_check(value: object) -> bool:
    return (
        isinstance(value, dict)
        and all(isinstance(value.get(name), str) for name in _TEXTS)
        and all(is_count(value.get(name)) for name in ("rows", "failed"))
        and isinstance(value.get("first"), list)
    )
