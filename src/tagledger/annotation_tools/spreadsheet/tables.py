"""The tables of a spreadsheet: its rows as text, whatever it is written in."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tagledger.annotation_tools.tool_file import MOST_BYTES, ToolFile

DELIMITERS = (",", ";", "\t", "|")
WORKBOOKS = {
    "an Excel workbook",
    "an OpenDocument table",
    "an old Office document, such as an .xls workbook",
}
_SNIFFED, _SNIFFED_ROWS = 2**20, 200  # characters and rows that tell what separates cells
_FEWEST_ALIKE = 0.5  # of the rows, for a text to be a table
_LONGEST_CELL = 2**30


@dataclass(frozen=True)
class Table:
    """A sheet, or a file of separated values.

    Attributes
    ----------
    name
        The sheet's name; "" of a file of separated values.
    rows
        Its rows that are not empty, each with its number as a program for tables shows it.
    """

    name: str
    rows: list[tuple[int, list[str]]]


def is_workbook(file: ToolFile) -> bool:
    """Whether a file is a workbook by its content."""
    return file.what in WORKBOOKS


def tables(file: ToolFile, notes: list[str]) -> list[Table]:
    """The tables of a file.

    Raises
    ------
    TagledgerError
        It cannot be read.
    """
    return list(_sheets(file, notes)) if is_workbook(file) else [_separated(file)]


def _filled(row: Sequence[str]) -> bool:
    return any(cell.strip() for cell in row)


# ---- Separated values ----------------------------------------------------------------------


def delimiter_of(text: str) -> str | None:
    """What separates the cells of a text; None if it is no table.

    The one by which quotes stand only around whole cells, and the most rows have as many cells as
    most have; of those that do as well, the one with the most cells. If by none most rows have as
    many, some program left out empty cells at their ends: they have as many as the first at most.
    """
    for strict, by_first in ((True, False), (False, False), (True, True), (False, True)):
        best: tuple[float, int] = (_FEWEST_ALIKE, 1)
        chosen = None
        for delimiter in DELIMITERS:
            widths = [len(row) for row in _first_rows(text, delimiter, strict=strict)]
            fit = _fit(widths, by_first=by_first)
            if fit > best:
                best, chosen = fit, delimiter
        if chosen is not None:
            return chosen
    return None


def _fit(widths: Sequence[int], *, by_first: bool) -> tuple[float, int]:
    """How well rows with these numbers of cells are a table, and how wide it is."""
    several = Counter(width for width in widths if width > 1)
    if not several:
        return 0.0, 0
    common, times = several.most_common(1)[0]
    if by_first:
        common, times = widths[0], sum(1 < width <= widths[0] for width in widths)
    return round(times / len(widths), 1), common


def is_table(text: str) -> bool:
    """Whether a text is in columns."""
    return text[:4].lower() == "sep=" or delimiter_of(text) is not None


def _first_rows(text: str, delimiter: str, *, strict: bool) -> list[list[str]]:
    """The first rows that are not empty; none if a quote is out of place and `strict` is set."""
    rows: list[list[str]] = []
    start, whole = text[:_SNIFFED], len(text) <= _SNIFFED
    lines = io.StringIO(start, newline="")
    try:
        for row in csv.reader(lines, delimiter=delimiter, strict=strict):
            if _filled(row):
                rows.append(row)
            if len(rows) >= _SNIFFED_ROWS:
                return rows
    except csv.Error:
        if strict and (whole or lines.tell() < len(start)):
            return []
    return rows if whole else rows[:-1]


def _separated(file: ToolFile) -> Table:
    text = file.text
    delimiter = None
    if text[:4].lower() == "sep=" and text[5:6] in {"\r", "\n"}:  # what Excel goes by
        delimiter = text[4]
        text = text[5:].lstrip("\r\n")
    delimiter = delimiter or delimiter_of(text)
    if delimiter is None:
        raise file.error(
            "this is no table: its rows have nothing in common",
            hint="save it as CSV or as a workbook (.xlsx) in a program for tables",
        )
    earlier = csv.field_size_limit(_LONGEST_CELL)
    try:
        rows = list(_csv_rows(text, delimiter, file))
    finally:
        csv.field_size_limit(earlier)
    return Table("", rows)


def _csv_rows(text: str, delimiter: str, file: ToolFile) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, row in enumerate(reader, 1):
            if _filled(row):
                yield number, row
    except csv.Error as error:
        raise file.error(
            f"a quote is never closed, or stands within a cell: {error}",
            f"row {number + 1}, line {reader.line_num}",
            hint="open it in a program for tables, look at that row, and save it anew as a "
            "workbook (.xlsx)",
        ) from error


# ---- Workbooks -----------------------------------------------------------------------------


def _sheets(file: ToolFile, notes: list[str]) -> Iterator[Table]:
    from tagledger.annotation_tools.spreadsheet.held_file import HeldFile
    from tagledger.readers.parsing import sheets

    with sheets.opened(HeldFile(file.path, limit=MOST_BYTES, content=file.data)) as held:
        workbook, workbook_notes = held
        notes += workbook_notes
        for name in workbook.sheet_names:
            sheet = workbook.get_sheet_by_name(name)
            cells = [list(map(sheets.text_of, row)) for row in _rows(sheet)]
            _fill_merged(cells, sheet.merged_cell_ranges or ())
            rows = [(at, row) for at, row in enumerate(cells, 1) if _filled(row)]
            if rows:
                yield Table(name, rows)


def _rows(sheet: Any) -> list[list[Any]]:
    rows: list[list[Any]] = sheet.to_python(skip_empty_area=False)
    return rows


def _fill_merged(cells: list[list[str]], ranges: Any) -> None:
    """Give each cell of a merged one its text: that is what a person sees."""
    for (top, left), (bottom, right) in ranges:
        if top >= len(cells) or left >= len(cells[top]):
            continue
        text = cells[top][left]
        for row in cells[top : bottom + 1]:
            for at in range(left, min(right + 1, len(row))):
                row[at] = text
