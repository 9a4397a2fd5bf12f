"""The items of data/raw that no file of the source has: campaigns brought them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson
import pandas as pd
import pyarrow as pa

from tagledger.errors import TagledgerError, os_errors
from tagledger.events.new_items import NewItem, as_integer
from tagledger.readers.item_rows import OUTSIDE_YEARS, UNREADABLE_DATE, Years
from tagledger.readers.set_aside import set_aside_frame
from tagledger.readers.values.columns import type_of_ids
from tagledger.readers.values.dates import instants, outside_years

NO_INTEGER = "id is not an integer, as those of the source are"
TWICE = "another item of data/items has its id and says something else"


@dataclass(frozen=True)
class AddedItems:
    """The items that were added to those of the source.

    Attributes
    ----------
    items
        As `Raw` has them: those that the source does not have.
    set_aside
        As `Raw` has them: lines that are no items, or none of this dataset.
    known
        How many have the id of an item of the source, whose row counts.
    """

    items: pa.Table
    set_aside: pd.DataFrame
    known: int

    @property
    def rows(self) -> int:
        """How many lines there are."""
        return len(self.items) + len(self.set_aside) + self.known


@dataclass(frozen=True)
class _Line:
    """A line: where it is from, its item, or the reason why it is none and its text as JSON."""

    file: str
    row: int
    item: NewItem | None
    reason: str = ""
    record: str = ""


def read_added(path: Path, of_source: pa.Table, years: Years) -> AddedItems:
    """Read the file that the fetch stage made of data/items.

    Parameters
    ----------
    path
        The file.
    of_source
        The table items of `Raw`, of the source's own files.
    years
        The first and the last year that an item may be made in.

    Raises
    ------
    TagledgerError
        It cannot be read, or is not as the stage wrote it.
    """
    with os_errors(path), path.open("rb") as stream:
        lines = [_line(line, path, row) for row, line in enumerate(stream, 1)]
    integers = type_of_ids(of_source["id"]) == "integer"
    lines = _judged(lines, years, integers=integers)
    taken = set(of_source["id"].to_pylist())
    good = [(one, one.item) for one in lines if one.item is not None and not one.reason]
    new = [(one, item) for one, item in good if _id(item, integers=integers) not in taken]
    created_on, _ = instants(pa.array([item.created_on for _, item in new], pa.string()))
    columns = {
        "file": pa.array([one.file for one, _ in new], pa.string()).dictionary_encode(),
        "row": pa.array([one.row for one, _ in new], pa.int64()),
        "id": [_id(item, integers=integers) for _, item in new],
        "created_on": created_on,
        "title": [item.title for _, item in new],
        "description": [item.description for _, item in new],
    }
    schema = of_source.schema
    items = pa.table(
        {name: pa.array(columns[name], schema.field(name).type) for name in schema.names}
    )
    return AddedItems(items, _set_aside(lines), len(good) - len(new))


def _line(line: bytes, path: Path, number: int) -> _Line:
    try:
        entry: Any = orjson.loads(line)
        file, row = str(entry["file"]), int(entry["row"])
        if "item" in entry:
            return _Line(file, row, NewItem.of(entry["item"]))
        return _Line(file, row, None, str(entry["reason"]), json.dumps(str(entry["record"])))
    except (ValueError, KeyError, TypeError) as error:
        raise TagledgerError(
            f"line {number} is not as the fetch stage wrote it",
            where=path,
            hint="`dvc repro --force fetch` makes it anew",
        ) from error


def _id(item: NewItem, *, integers: bool) -> str | int | None:
    return as_integer(item.name) if integers else item.name


def _judged(lines: Sequence[_Line], years: Years, *, integers: bool) -> list[_Line]:
    """The lines, with the reason why an item cannot be one of this dataset."""
    dates = [one.item.created_on if one.item else None for one in lines]
    created_on, unreadable = instants(pa.array(dates, pa.string()))
    outside = outside_years(created_on, *years)
    seen: set[str] = set()
    judged = []
    for at, one in enumerate(lines):
        reason = one.reason
        if one.item is not None:
            if integers and as_integer(one.item.name) is None:
                reason = NO_INTEGER
            elif unreadable[at]:
                reason = UNREADABLE_DATE
            elif outside[at]:
                reason = OUTSIDE_YEARS.format(*years)
            elif one.item.name in seen:
                reason = TWICE
            else:
                seen.add(one.item.name)
        judged.append(replace(one, reason=reason))
    return judged


def _set_aside(lines: Sequence[_Line]) -> pd.DataFrame:
    rows = [
        (one.file, one.row, one.item.name, one.reason, one.item.line())
        if one.item
        else (one.file, one.row, None, one.reason, one.record)
        for one in lines
        if one.reason
    ]
    return set_aside_frame(sorted(rows, key=lambda row: row[:2]))
