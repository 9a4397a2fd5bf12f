"""Names for the columns of a file without a header, in place of column_1, column_2, ..."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tagledger.guess.together import Proposal
from tagledger.sources.labels import NONE


def with_names_of_its_own(one: Proposal) -> Proposal:
    """The proposal with names in place of column_1, ..., where the file has no header."""
    return replace(one, reading=with_own_names(one.reading))


def with_own_names(reading: dict[str, Any]) -> dict[str, Any]:
    """The reading with names in place of column_1, ..., where the file has no header."""
    items = dict(reading["items"])
    labels = {} if reading["labels"] == NONE else dict(reading["labels"])
    if _made_up(items.get("header", [])):
        called = {value: key for key, value in items["columns"].items() if isinstance(value, str)}
        if "file" not in labels:
            called |= _labels_called(labels, set(called))
            labels = _labels_with(labels, called)
        items["columns"] = _called_texts(items["columns"], called)
        items["header"] = [called.get(name, name) for name in items["header"]]
    else:
        items["columns"] = _called_texts(items["columns"], {})
    if _made_up(labels.get("header", [])):
        called = {labels[key]: key for key in ("id", "tag") if key in labels}
        each = labels.get("each", {})
        called |= {x: "tags" for x in each.values() if isinstance(x, str) and _made_up([x])}
        labels = _labels_with(labels, called)
    return {**reading, "items": items, "labels": _names_named(labels) or NONE}


def _labels_called(labels: dict[str, Any], taken: set[str]) -> dict[str, str]:
    """The name for the column of labels in a file without a header."""
    for key in ("delimited", "list", "column", "vector", "rest"):
        stem = re.match(r"column_\d+", str(labels.get(key)))
        if stem and stem[0] not in taken:
            return {stem[0]: "labels"}
    return {}


def _labels_with(labels: dict[str, Any], called: dict[str, str]) -> dict[str, Any]:
    return {key: x if key == "names" else _called(x, called) for key, x in labels.items()}


def _names_named(labels: dict[str, Any]) -> dict[str, Any]:
    for key in ("names", "each"):
        inner = labels.get(key)
        if key == "each" and isinstance(inner, dict):
            labels = {**labels, "each": _names_named(inner)}
        elif isinstance(inner, dict) and _made_up(inner.get("header", [])):
            called = {inner[one]: one for one in ("code", "name") if one in inner}
            labels = {**labels, "names": _called(inner, called)}
    return labels


def _made_up(header: Sequence[str]) -> bool:
    return bool(header) and any(re.fullmatch(r"column_\d+", one) for one in header)


def _called_texts(columns: dict[str, Any], called: dict[str, str]) -> dict[str, Any]:
    """The columns of items; those of a text in another file are named there."""
    renamed: dict[str, Any] = {}
    for key, value in columns.items():
        if isinstance(value, dict) and _made_up(value.get("header", [])):
            own = {value[one]: one for one in ("id", "text")}
            renamed[key] = _called(value, own)
        else:
            renamed[key] = value if isinstance(value, dict) else _called(value, called)
    return renamed


def _called(value: Any, called: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [_called(one, called) for one in value]
    if isinstance(value, dict):
        return {called.get(k, k): _called(v, called) for k, v in value.items()}
    if isinstance(value, str):
        stem = re.match(r"column_\d+(?=$|[\[.{])", value)
        if stem and stem[0] in called:
            return called[stem[0]] + value[stem.end() :]
    return value
