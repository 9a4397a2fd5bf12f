"""The numbers of reports, read back: of the workspace, or of a version that other code made.

Git keeps the files, so anybody may have written them: a number is a number here, or not there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tagledger import tables
from tagledger.documents import is_count, is_number, read_object
from tagledger.errors import TagledgerError
from tagledger.measures.table import measures
from tagledger.reports import parse_object

_COUNTS = ("rows", "quarantined", "merged", "clean_items", "clean_labels")
_SHARES = ("kept_share", "worst_tag_share_error")
_SHOWN = ("rows", "clean_items", "items", "labels", "tags")


def parse_metrics(text: str | None) -> dict[str, Any]:
    """What reports/metrics.json says, without numbers that are none."""
    return _numbers(parse_object(text))


def parse_shown_metrics(text: str | None) -> dict[str, Any] | None:
    """What reports/metrics.json says; None where it lacks a count that a page shows."""
    metrics = parse_metrics(text)
    return metrics if metrics.keys() >= set(_SHOWN) else None


def parse_tags(text: str) -> dict[str, Sequence[Any]]:
    """Columns tag, count and decision of reports/tags.csv.

    Raises
    ------
    ValueError
        It is no such table, or a count is none.
    KeyError
        A column is missing.
    """
    columns = tables.parse_csv_lists(text)
    counts = [int(count) for count in columns["count"] if count.isascii() and count.isdecimal()]
    if len(counts) != len(columns["count"]):
        raise ValueError("a count is no number")
    return {"tag": columns["tag"], "count": counts, "decision": columns["decision"]}


def read_metrics(path: Path) -> dict[str, Any]:
    """Read the metrics of the workspace.

    Raises
    ------
    TagledgerError
        There are none, or they lack a number that the report stage writes.
    """
    hint = "`dvc repro` writes it anew"
    metrics = _numbers(read_object(path, hint=hint))
    lacking = [name for name in _names() if name not in metrics]
    if lacking or not _are_splits(metrics.get("split")):
        what = lacking[0] if lacking else "split"
        raise TagledgerError(f"there is no {what} in these metrics", where=path, hint=hint)
    return metrics


def _numbers(metrics: Mapping[str, Any]) -> dict[str, Any]:
    names = _names()

    def fits(name: str, value: object) -> bool:
        if names.get(name):
            return is_count(value)
        return name not in names or value is None or is_number(value)

    return {name: value for name, value in metrics.items() if fits(name, value)}


def _names() -> dict[str, bool]:
    """The numbers of metrics.json, and whether each is a count."""
    names = dict.fromkeys(_COUNTS, True) | dict.fromkeys(_SHARES, False)
    return names | {measure.name: measure.whole for measure in measures("report")}


def _are_splits(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(one, dict) and is_count(one.get("items")) and _is_share(one.get("share"))
        for one in value.values()
    )


def _is_share(value: object) -> bool:
    """Whether it is a share of the items; there is none while there are no items."""
    return value is None or is_number(value)
