"""What a workbook that is a zip archive comes to, found out before its own reader opens it.

A reader of workbooks unpacks them whole, and gives memory to every cell up to the farthest one:
some hundred bytes could take all memory there is. So the archive's sizes are counted here, the
real ones, for those that it declares may be wrong; and so is the farthest cell of a sheet.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tagledger.errors import TagledgerError
from tagledger.readers.archives import FAULTS, too_large

_LOCAL_HEADER = 30  # bytes before the name; the lengths of name and extra end it
_PIECE = 2**20
_OVERLAP = 64  # longer than what _CELL finds
_LETTERS = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{1,3})[0-9]""")
_NUMBERS = re.compile(rb"""\br\s*=\s*["'][A-Za-z]*([0-9]{1,10})""")
_CELL_BYTES = 16  # memory for a cell, against the limit for all files
_ERROR_CELL = re.compile(rb"""\bt\s*=\s*["']e["']""")


@dataclass
class Extent:
    """What the sheets of a workbook hold.

    Attributes
    ----------
    errors
        Cells that hold a formula's error.
    """

    errors: int = 0


def checked(stream: IO[bytes], path: Path, limit: int) -> Extent:
    """Count what a workbook's archive unpacks to.

    Raises
    ------
    TagledgerError
        It comes to more than `limit` bytes, or its sheets to more cells than fit there; or it is
        no whole archive.
    """
    extent, total = Extent(), 0
    try:
        with zipfile.ZipFile(stream) as archive:
            members = archive.infolist()
        if sum(one.file_size for one in members) > limit:
            raise too_large(path, limit)
        for one in members:
            sheet = "worksheets/" in one.filename
            rows, columns, tail = 0, b"", b""
            for piece in _pieces(stream, one):
                total += len(piece)
                if total > limit:
                    raise too_large(path, limit)
                if sheet:
                    seen = tail + piece
                    extent.errors += len(_ERROR_CELL.findall(piece))
                    columns = max({columns, *_LETTERS.findall(seen)}, key=_column)
                    rows = max(rows, *map(int, _NUMBERS.findall(seen)), 0)
                    tail = seen[-_OVERLAP:]
            if rows * _column(columns) * _CELL_BYTES > limit:
                raise TagledgerError(
                    f"a sheet reaches to row {rows:,} and column {columns.decode().upper()}: more "
                    "cells than memory is given to",
                    where=path,
                    hint="delete what stands far off in the sheet, or save the table as CSV; or "
                    "raise clean.max_decompressed_bytes in params.yaml",
                )
    except (*FAULTS, struct.error) as error:
        raise TagledgerError(
            f"this workbook cannot be read: {error}", where=path, hint="take a fresh copy of it"
        ) from error
    return extent


def _column(letters: bytes) -> int:
    """The number of a column with these letters.

    >>> _column(b"A"), _column(b"XFD")
    (1, 16384)
    """
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _pieces(stream: IO[bytes], member: zipfile.ZipInfo) -> Iterator[bytes]:
    """What a member really unpacks to, whatever size it declares."""
    if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise NotImplementedError("it is compressed in a way that no program for tables uses")
    stream.seek(member.header_offset)
    name, extra = struct.unpack("<26xHH", stream.read(_LOCAL_HEADER))
    stream.seek(name + extra, 1)
    left = member.compress_size
    decoder = zlib.decompressobj(-zlib.MAX_WBITS)
    while left > 0 and not decoder.eof:
        data = stream.read(min(left, _PIECE))
        if not data:
            raise EOFError("it ends too early")
        left -= len(data)
        if member.compress_type == zipfile.ZIP_STORED:
            yield data
            continue
        while data and not decoder.eof:
            yield decoder.decompress(data, _PIECE)
            data = decoder.unconsumed_tail
