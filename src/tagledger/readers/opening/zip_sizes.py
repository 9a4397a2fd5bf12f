"""What a workbook that is a zip archive comes to, found out before its own reader opens it.

A reader of workbooks unpacks them whole, gives memory to every cell up to the farthest one, and
copies a text to each cell that shares it: some hundred bytes could take all memory there is. So the
archive's sizes are counted here, the real ones, for those that it declares may be wrong; and so are
the cells, as `sheet_sizes` says.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from tagledger.errors import TagledgerError
from tagledger.readers.opening.archives import FAULTS, too_large
from tagledger.readers.opening.sheet_sizes import OpenDocumentSizes, Sizes

_LOCAL_HEADER = 30  # bytes before the name; the lengths of name and extra end it
_PIECE = 2**20
_CELL_BYTES = 16  # memory for a cell, against the limit for all files


def checked(stream: IO[bytes], path: Path, limit: int) -> Sizes:
    """Count what a workbook's archive unpacks to.

    Raises
    ------
    TagledgerError
        It comes to more than `limit` bytes, or its sheets to more cells than fit there; or it is
        no whole archive.
    """
    sizes, total = Sizes(), 0
    try:
        with zipfile.ZipFile(stream) as archive:
            members = archive.infolist()
        if sum(one.file_size for one in members) > limit:
            raise too_large(path, limit)
        for one in members:
            part = sizes.part(one.filename)
            for piece in _pieces(stream, one):
                total += len(piece)
                if total > limit:
                    raise too_large(path, limit)
                part.add(piece)
                if isinstance(part, OpenDocumentSizes) and part.text > limit:
                    raise too_large(path, limit)
            _refuse_far_cells(part.rows, part.columns, path, limit)
        if sizes.text > limit:
            raise too_large(path, limit)
    except (*FAULTS, struct.error, OSError, ValueError) as error:
        raise TagledgerError(
            f"this workbook cannot be read: {error}", where=path, hint="take a fresh copy of it"
        ) from error
    return sizes


def _refuse_far_cells(rows: int, columns: int, path: Path, limit: int) -> None:
    if rows * columns * _CELL_BYTES > limit:
        raise TagledgerError(
            f"a sheet reaches to row {rows:,} and column {columns:,}: more cells than memory is "
            "given to",
            where=path,
            hint="delete what stands far off in the sheet, or save the table as CSV; or raise "
            "clean.max_decompressed_bytes in params.yaml",
        )


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
