"""The sheets of a workbook: which one is meant, its header, and its cells as text."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from tagledger.errors import TagledgerError, nearest, os_errors
from tagledger.readers.opening.signatures import (
    SAY_FORMAT,
    SIGNATURE_BYTES,
    another_kind,
    what_it_is,
)
from tagledger.readers.opening.source_files import SourceFile, empty_file
from tagledger.readers.opening.zip_sizes import checked
from tagledger.words import count, plural

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

    from tagledger.readers.opening.sheet_sizes import Sizes
    from tagledger.readers.values.columns import Mask

_ZIPS = {"an Excel workbook", "an OpenDocument table", "a zip archive"}
_OLD = "an old Office document, such as an .xls workbook"
_SHOWN_NAMES = 8
_SEARCHED_ROWS = 20  # in which a header may be that was not found
_EXACT = 2**53  # whole numbers below it are exact in the 64 bits of a cell


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook.

    Attributes
    ----------
    names
        Its header, a name for each column; "" where a cell is empty.
    above
        How many rows of the sheet stand above its first row of data.
    rows
        The rows below the header that are not empty, with their numbers in the sheet, from 1.
    width
        How many columns hold anything.
    merged
        The cells that are merged, of the sheet: the first and the last row and column, from 0.
    """

    names: list[str]
    above: int
    rows: Iterator[tuple[int, list[Any]]]
    width: int
    merged: list[tuple[tuple[int, int], tuple[int, int]]]

    def refuse_merged(self, columns: Sequence[str], file: SourceFile) -> None:
        """Refuse rows that share a merged cell of some columns: the first alone has its value.

        Raises
        ------
        TagledgerError
            There are such rows.
        """
        for (first, left), (last, right) in self.merged:
            names = [name for name in self.names[left : right + 1] if name in columns]
            if names and last > max(first, self.above):
                raise TagledgerError(
                    f"the cells of {names[0]!r} in the rows {first + 1} to {last + 1} are merged, "
                    "and the first of them alone has the value",
                    where=file.path,
                    hint="split the merged cells in a program for tables, and write the value "
                    "into each",
                )


@contextmanager
def opened(file: SourceFile) -> Iterator[tuple[CalamineWorkbook, list[str]]]:
    """A workbook, and sentences on what looks wrong in it.

    Raises
    ------
    TagledgerError
        It is none, or cannot be read; or it comes to more than the file's limit.
    """
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    with _stream(file) as stream:
        notes = _refuse_no_workbook(file, stream)
        stream.seek(0)
        try:
            with CalamineWorkbook.from_filelike(stream) as workbook:
                yield workbook, notes
        except TagledgerError:
            raise
        except PasswordError as error:
            hint = "save it without a password"
            raise TagledgerError(
                "the workbook is protected by a password", where=file.path, hint=hint
            ) from error
        except (CalamineError, OSError, ValueError) as error:
            raise _unreadable(file, error) from error
        except BaseException as error:
            if type(error).__name__ != "PanicException":  # of Rust, and no Exception
                raise
            raise _unreadable(file, error) from error


def _unreadable(file: SourceFile, error: BaseException) -> TagledgerError:
    hint = "open it in a program for tables and save it anew, or save the sheet as CSV"
    return TagledgerError(f"this workbook cannot be read: {error}", where=file.path, hint=hint)


@contextmanager
def _stream(file: SourceFile) -> Iterator[IO[bytes]]:
    if file.packed:
        yield io.BytesIO(file.buffer())
        return
    with os_errors(file.path):
        stream = file.path.open("rb")
    with stream:
        yield stream


def _refuse_no_workbook(file: SourceFile, stream: IO[bytes]) -> list[str]:
    """Refuse what is no workbook, or too large a one."""
    start = stream.read(SIGNATURE_BYTES)
    if not start:
        raise empty_file(file.path)
    what = what_it_is(start)
    if what in _ZIPS:
        return _notes(checked(stream, file.path, file.limit))
    if what is None:
        raise TagledgerError("this is not a workbook", where=file.path, hint=SAY_FORMAT)
    if what != _OLD:
        raise another_kind("a workbook", what, file.path)
    return []


def _notes(sizes: Sizes) -> list[str]:
    """Sentences on cells that are read as empty."""
    notes = []
    if sizes.errors:
        notes.append(f"{_cells(sizes.errors)} a formula's error, such as #N/A: read as empty")
    if sizes.without_result:
        notes.append(
            f"{_cells(sizes.without_result)} a formula without its result, read as empty: open the "
            "workbook in a program for tables and save it"
        )
    return notes


def _cells(many: int) -> str:
    return f"{count(many, 'cell')} {plural(many, 'holds', 'hold')}"


def sheet_of(
    file: SourceFile,
    workbook: CalamineWorkbook,
    name: str | None,
    skip: int,
    header: list[str] | None,
) -> Sheet:
    """The sheet of a reading.

    Raises
    ------
    TagledgerError
        There is no such sheet, or none is named and several have rows; or it has no rows.
    """
    sheet = _chosen(file, workbook, name)
    rows = (
        (number, row)
        for number, row in enumerate(sheet.iter_rows(), 1)
        if number > skip and any(cell != "" for cell in row)
    )
    if header is not None:
        if len(header) < sheet.width:
            raise TagledgerError(
                f"the sheet has {sheet.width} columns, and `header` names {len(header)}",
                where=f"{file.path}, sheet {sheet.name}",
                hint="name each column in `header`, in data/sources.yaml",
            )
        return Sheet(header, skip, rows, sheet.width, _merged(sheet))
    first = next(rows, None)
    if first is None:
        raise TagledgerError(
            "the sheet has no rows" + (f" below the {skip} that are skipped" if skip else ""),
            where=f"{file.path}, sheet {sheet.name}",
            hint="name another one by `sheet` in data/sources.yaml: "
            f"{', '.join(workbook.sheet_names)}",
        )
    names = [text_of(cell) for cell in first[1]]
    return Sheet(names, first[0], rows, sheet.width, _merged(sheet))


def _merged(sheet: CalamineSheet) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    return list(sheet.merged_cell_ranges or ())


def _chosen(file: SourceFile, workbook: CalamineWorkbook, name: str | None) -> CalamineSheet:
    if name is not None:
        if name not in workbook.sheet_names:
            raise TagledgerError(
                f"there is no sheet {name!r}",
                where=file.path,
                hint=f"name it by `sheet` in data/sources.yaml: "
                f"{nearest(name, workbook.sheet_names)}",
            )
        return workbook.get_sheet_by_name(name)
    with_rows = [
        sheet for sheet in map(workbook.get_sheet_by_name, workbook.sheet_names) if sheet.height
    ]
    if len(with_rows) == 1:
        return with_rows[0]
    if not with_rows:
        raise TagledgerError(
            "no sheet has rows", where=file.path, hint="take another copy of the workbook"
        )
    raise TagledgerError(
        f"{len(with_rows)} sheets have rows, and the reading names none of them",
        where=file.path,
        hint="say which it is by `sheet` in data/sources.yaml: "
        + "; ".join(f"{sheet.name!r} ({_shown(_first_row(sheet))})" for sheet in with_rows),
    )


def _first_row(sheet: CalamineSheet) -> list[Any]:
    return next((row for row in sheet.iter_rows() if any(cell != "" for cell in row)), [])


def _shown(cells: list[Any]) -> str:
    """The first cells of a row that are not empty, in short."""
    names = [" ".join(text_of(cell).split())[:40] for cell in cells if cell != ""]
    return ", ".join(names[:_SHOWN_NAMES]) + (", ..." if len(names) > _SHOWN_NAMES else "")


def header_hint(sheet: Sheet, needed: Sequence[str], *, given: bool) -> str:
    """What to do about a header that lacks a name that is needed; "" for nothing better."""
    if given:
        return ""
    for number, row in islice(sheet.rows, _SEARCHED_ROWS):
        cells = [text_of(cell) for cell in row]
        if set(needed) <= set(cells):
            return (
                f"row {number} has the names: set `skip: {number - 1}` in its reading, in "
                "data/sources.yaml"
            )
    filled = [name for name in sheet.names if name]
    if len(filled) == 1 and sheet.width > 1:
        return (
            f"row {sheet.above}, with the one cell {filled[0][:60]!r}, was taken for the header: "
            "say by `skip` how many rows stand above it"
        )
    return ""


def text_of(cell: Any) -> str:
    """A cell's value as text.

    >>> text_of(3.0), text_of(0.5), text_of(True), text_of(date(2024, 1, 2))
    ('3', '0.5', 'true', '2024-01-02')
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < _EXACT else repr(cell)
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    return str(cell)


def text_column(cells: Sequence[Any]) -> pa.Array:
    """Cells as a column of text."""
    if set(map(type, cells)) <= {str}:
        return pa.array(cells, pa.string())
    texts = [cell if type(cell) is str else text_of(cell) for cell in cells]
    return pa.array(texts, pa.string())


def rounded(cells: Sequence[Any]) -> Mask:
    """Where a cell has a whole number of more digits than a cell keeps."""
    if float not in set(map(type, cells)):
        return np.zeros(len(cells), np.bool_)
    return np.array([type(cell) is float and abs(cell) >= _EXACT for cell in cells], np.bool_)
