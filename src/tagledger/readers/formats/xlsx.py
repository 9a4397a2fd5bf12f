"""Format xlsx: a sheet of a workbook."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from tagledger.sources.formats import Format
from tagledger.sources.models import Name

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from tagledger.readers.blocks import Block, Wanted
    from tagledger.readers.opening.source_files import SourceFile
    from tagledger.readers.parsing.sheets import Sheet

_BLOCK_ROWS = 50_000


class Xlsx(Format):
    """A sheet of a workbook of Excel (.xlsx, .xlsm, .xls) or OpenDocument (.ods).

    Every cell is read as text: a whole number without a fraction (3, not 3.0), a date as ISO 8601
    has it, a truth value as true or false, a formula as its result. An empty cell, and a formula's
    error such as #N/A, is empty text. Rows that are empty are passed over. The first row that is
    not empty has the names of the columns. Rows that share a merged cell of a column that is read
    are refused.

    Attributes
    ----------
    sheet
        The sheet's name; by default the only one that has rows.
    skip
        How many rows of the sheet stand above its header, such as a title.
    header
        The columns' names from left to right, for a sheet that has no header.
    """

    NAME = "xlsx"
    ENDINGS = (".xlsx", ".xlsm", ".xls", ".ods")
    TEXT_ONLY = True

    sheet: Name | None = None
    skip: Annotated[int, Field(ge=0)] = 0
    header: Annotated[list[Name], Field(min_length=1)] | None = None

    def blocks(self, file: SourceFile, wanted: Wanted) -> Iterator[Block]:
        """Read a file, as `Format` says; every column is text."""
        from dataclasses import replace

        from tagledger.readers.parsing import sheets

        with sheets.opened(file) as (workbook, notes):
            sheet = sheets.sheet_of(file, workbook, self.sheet, self.skip, self.header)
            names = self._names(sheet, file, wanted)
            sheet.refuse_merged(names, file)
            for some in _slices(sheet, every_row=wanted.every_row):
                yield replace(_block(sheet, some, names, wanted), notes=notes)

    def _names(self, sheet: Sheet, file: SourceFile, wanted: Wanted) -> list[str]:
        """The wanted columns of a sheet; of those that it lacks, a row below may have the names."""
        from tagledger.errors import TagledgerError
        from tagledger.readers.parsing.sheets import header_hint

        try:
            return wanted.among(sheet.names, file.path)
        except TagledgerError:
            hint = header_hint(sheet, wanted.needed, given=self.header is not None)
            wanted.among(sheet.names, file.path, hint=hint)
            raise


def _slices(sheet: Sheet, *, every_row: bool) -> Iterator[list[tuple[int, list[Any]]]]:
    """The rows with their numbers below the header, some at a time."""
    some: list[tuple[int, list[Any]]] = []
    last = 0
    for number, row in sheet.rows:
        below = number - sheet.above
        if every_row:  # empty rows between two are rows, those at the end are not
            some += [(empty, [""] * len(row)) for empty in range(last + 1, below)]
        some.append((below, row))
        last = below
        if len(some) >= _BLOCK_ROWS:
            yield some
            some = []
    yield some


def _block(
    sheet: Sheet, some: list[tuple[int, list[Any]]], names: list[str], wanted: Wanted
) -> Block:
    import numpy as np

    from tagledger.readers.blocks import Block
    from tagledger.readers.parsing import sheets

    cells = [row for _, row in some]
    columns = list(zip(*cells, strict=True))
    columns += [("",) * len(some)] * (len(sheet.names) - len(columns))
    by_name, faults = {}, []
    for name in names:
        at = [index for index, heading in enumerate(sheet.names) if heading == name]
        if name == wanted.rest:
            at = list(range(at[0], len(columns)))
        reason = f"{name} has more digits than a cell keeps"
        faults += [(sheets.rounded(columns[index]), reason) for index in at]
        several = name in wanted.several or name == wanted.rest
        texts = [sheets.text_column(columns[index]) for index in at]
        by_name[name] = _lists(texts) if several else texts[0]

    def records(positions: NDArray[np.int64]) -> list[str]:
        return [_record(sheet.names, cells[at]) for at in positions.tolist()]

    rows = np.array([number for number, _ in some], np.int64)
    return Block(rows, by_name, records, faults=[one for one in faults if one[0].any()])


def _lists(texts: list[pa.Array]) -> pa.Array:
    """The cells of each row that are not empty, as a list."""
    import pyarrow as pa

    rows = zip(*(one.to_pylist() for one in texts), strict=True)
    return pa.array([[text for text in row if text] for row in rows], pa.list_(pa.string()))


def _record(names: list[str], row: list[Any]) -> str:
    """A row as JSON, with the number of a column that has no name, or that of another one."""
    from tagledger.readers.blocks import record_text
    from tagledger.readers.parsing import sheets

    record: dict[str, str] = {}
    for at, cell in enumerate(row):
        own = name = names[at] if at < len(names) and names[at] else f"column {at + 1}"
        again = 1
        while name in record:
            again += 1
            name = f"{own} ({again})"
        record[name] = sheets.text_of(cell)
    return record_text(record)
