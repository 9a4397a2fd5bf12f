"""doccano's CSV: labels joined by `#`, or a row a label in old files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from tagledger.annotation_tools.doccano.labels import split_joined
from tagledger.annotation_tools.parsing import Record, table_rows
from tagledger.annotation_tools.tool_file import ToolFile

_TEXTS = ("text", "data")
_OLD = "annotation_approver"
_SEPARATORS = (";", "|", ",")


def is_table(header: list[str], rows: Iterable[tuple[int, dict[str, str]]]) -> bool:
    """Whether a table is doccano's, and no spreadsheet's with the same columns.

    doccano writes `Comments`, or in old versions who gave and who approved a label. Its own sample
    has `text` and `label` alone: that is taken if no cell looks like a list of a spreadsheet.
    """
    names = set(header)
    if "label" not in names or not names & set(_TEXTS):
        return False
    if "Comments" in names or {_OLD, "user"} <= names:
        return "id" in names
    return header == ["text", "label"] and all(
        not any(mark in row["label"] for mark in _SEPARATORS) for _, row in rows
    )


def table_records(file: ToolFile, known_tags: frozenset[str]) -> Iterator[tuple[str, Record]]:
    """The rows of a table as records, each with its place.

    Raises
    ------
    TagledgerError
        It is no table; or what stands before and after a `#` is not clear.
    """
    rows = [(f"row {at}", row) for at, row in table_rows(file)]
    if rows and "label" not in rows[0][1]:
        raise file.error("there is no column 'label'", hint="is `--tool doccano` right?")
    if rows and "user" in rows[0][1]:
        yield from _old(rows)
        return
    for place, row in rows:
        joined = row["label"]
        labels = split_joined(joined, known_tags) if joined else []
        if labels is None:
            raise file.error(
                f"{joined!r} may be read as tags in several ways: doccano joins them by '#'",
                place,
                hint="export JSON Lines, which keeps them apart",
            )
        comments = [row["Comments"]] if row.get("Comments") else []
        yield place, {**row, "label": labels, "Comments": comments}


def _old(rows: list[tuple[str, dict[str, str]]]) -> Iterator[tuple[str, Record]]:
    """Rows of one item, which have a label each, as one record."""

    def item(entry: tuple[str, dict[str, str]]) -> tuple[str, ...]:
        return tuple(entry[1].get(name, "") for name in ("id", *_TEXTS))

    for _, group in groupby(rows, item):
        given = list(group)
        place, first = given[0]
        labels = [
            {"label": _label(row["label"]), "user": row["user"]} for _, row in given if row["label"]
        ]
        record: dict[str, Any] = {name: value for name, value in first.items() if name != "label"}
        yield place, {**record, "annotations": labels}


def _label(cell: str) -> int | str:
    return int(cell) if cell.isascii() and cell.isdigit() else cell
