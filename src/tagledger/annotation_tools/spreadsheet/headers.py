"""The header of a table that somebody made: titles stand above it, and it may take two rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tagledger.annotation_tools.spreadsheet import names
from tagledger.annotation_tools.spreadsheet.marks import Mark, mark
from tagledger.annotation_tools.spreadsheet.remarks import Remarks
from tagledger.annotation_tools.spreadsheet.tables import Table

_AMONG = 10  # rows
CELL = "\0"  # before the place of the column that has a person's name
_FILLED = 0.6  # of the widest row
Rows = Sequence[tuple[int, list[str]]]


@dataclass(frozen=True)
class Sheet:
    """A table with its header found.

    Attributes
    ----------
    header
        The names of its columns.
    people
        The columns that belong to one of several people: each with the person and the rest. A
        person whose name stands in a column is `CELL` and that column's place.
    rows
        Those below the header, as wide as it, with their numbers.
    """

    name: str
    header: tuple[str, ...]
    people: Mapping[int, tuple[str, str]]
    rows: Rows


def headed(table: Table, remarks: Remarks) -> Sheet:
    """A table with its header: the first row that is not a title above it."""
    start = _start(table.rows)
    header = _trimmed(table.rows[start][1])
    if _is_upper(header, table.rows[start + 1 :]):
        start += 1
        header = _trimmed(table.rows[start][1])
    upper = table.rows[start - 1][1] if start else []
    grouped = _people(upper, header)
    beside = names.named_beside(header)
    named = {at: (f"{CELL}{who}", name) for at, (who, name) in beside.items()}
    people = grouped or named or names.of_people(header)
    rows = _below(table.rows[start + 1 :], header, len(table.rows[start][1]), remarks)
    if grouped:
        header = [": ".join(grouped[at]) if at in grouped else x for at, x in enumerate(header)]
    return Sheet(table.name, tuple(header), people, rows)


def _start(rows: Rows) -> int:
    width = max(len([cell for cell in row if cell.strip()]) for _, row in rows)
    for at, (_, row) in enumerate(rows[:_AMONG]):
        if len([cell for cell in row if cell.strip()]) >= max(2, _FILLED * width):
            return at
    return 0


def _trimmed(row: Sequence[str]) -> list[str]:
    names_ = [" ".join(cell.split()) for cell in row]
    while names_ and not names_[-1]:
        names_.pop()
    return names_


def _is_upper(header: Sequence[str], below: Rows) -> bool:
    """Whether a row only has names above those of the columns, which the next row has."""
    given = [name for name in header if name]
    if len(set(given)) == len(given) or not below:
        return False
    lower = _trimmed(below[0][1])
    under = [lower[at] if at < len(lower) else "" for at, name in enumerate(header) if name]
    return all(mark(cell) is Mark.UNKNOWN for cell in under) and len(set(under)) > 1


def _people(upper: Sequence[str], header: Sequence[str]) -> dict[int, tuple[str, str]]:
    """The columns that stand below a person's name: each person has the same ones."""
    if max(Counter(name for name in header if name).values(), default=0) < 2:
        return {}
    person_and_name: dict[int, tuple[str, str]] = {}
    person = ""
    columns: dict[str, list[str]] = defaultdict(list)
    for at, name in enumerate(header):
        above = " ".join(upper[at].split()) if at < len(upper) else ""
        person = above or person
        if person and name:
            person_and_name[at] = (person, name)
            columns[person].append(name)
    lists = [tuple(some) for some in columns.values()]
    alike = len(lists) > 1 and len(set(lists)) == 1 and len(set(lists[0])) == len(lists[0])
    return person_and_name if alike else {}


def _below(rows: Rows, header: Sequence[str], cells_of_header: int, remarks: Remarks) -> Rows:
    """The rows below a header, as wide as it.

    A column without a name is one too: a row is too long only if it goes beyond all columns.
    """
    wide = len(header)
    below = []
    for at, row in rows:
        cells = (row + [""] * wide)[:wide]
        if any(cell.strip() for cell in row[cells_of_header:]):
            remarks.row("wide", f"row {at}")
        elif [" ".join(cell.split()) for cell in cells] == list(header):
            remarks.row("header", f"row {at}")
        else:
            below.append((at, cells))
    return below
