"""What a file really is, by its first bytes, whatever its name says."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from tagledger.errors import TagledgerError
from tagledger.readers.opening.archives import FAULTS, is_file

SIGNATURE_BYTES = 2**16  # how much of a file tells it
SAY_FORMAT = "set `format` in its reading to what it is, in data/sources.yaml"
_SHOWN_MEMBERS = 5
_STARTS = (
    (b"SQLite format 3\0", "a SQLite database"),
    (b"PAR1\x15", "a Parquet file"),
    (b"ARROW1\0\0", "an Arrow file"),
    (b"\x1f\x8b", "a file compressed by gzip"),
    (b"\xfd7zXZ\0", "a file compressed by xz"),
    (b"\x28\xb5\x2f\xfd", "a file compressed by zstd"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"%PDF-", "a PDF document"),
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document, such as an .xls workbook"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (b"\x93NUMPY", "a NumPy array"),
)
WEB_PAGE = "a web page in HTML"
_PAGE_STARTS = (b"<!doctype html", b"<html")
_HINTS = {
    "a SQLite database": "set `format: sqlite` in its reading, in data/sources.yaml",
    "an Excel workbook": "set `format: xlsx` in its reading, in data/sources.yaml",
    "an OpenDocument table": "set `format: xlsx` in its reading, in data/sources.yaml",
    "an old Office document, such as an .xls workbook": "if it is a workbook, set `format: xlsx` "
    "in its reading, in data/sources.yaml",
    "a Parquet file": "set `format: parquet` in its reading, in data/sources.yaml",
    WEB_PAGE: "an address that gives a page, of a log-in or an error, has been saved: "
    "take a fresh copy of the file itself",
}
_COMPRESSED = {"gzip": ".gz", "bzip2": ".bz2", "xz": ".xz", "zstd": ".zst"}


def what_it_is(start: bytes) -> str | None:
    """What a file that starts so is, in words; None for plain text and what is not known.

    >>> what_it_is(b"%PDF-1.7 ..."), what_it_is(b"id,title")
    ('a PDF document', None)
    """
    for signature, words in _STARTS:
        if start.startswith(signature):
            return words
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _kind_of_zip(start)
    if re.match(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)", start):
        return "a file compressed by bzip2"
    if start[257:262] == b"ustar":
        return "a tar archive"
    if start.lstrip(b"\xef\xbb\xbf \t\r\n")[:20].lower().startswith(_PAGE_STARTS):
        return WEB_PAGE
    return None


def _kind_of_zip(start: bytes) -> str:
    if b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet" in start:
        return "an OpenDocument table"
    if b"xl/" in start and (b"[Content_Types].xml" in start or b"docProps/" in start):
        return "an Excel workbook"
    return "a zip archive"


def another_kind(
    wanted: str, what: str, path: Path, *, where: str | Path | None = None
) -> TagledgerError:
    """The error of a file that should be of one kind and is of another.

    Parameters
    ----------
    wanted
        What it should be.
    what
        What it is, as `what_it_is` says it.
    path
        The file.
    where
        The place in it; by default the whole of it.
    """
    return TagledgerError(
        f"this is not {wanted} but {what}", where=where or path, hint=hint_for(what, path)
    )


def hint_for(what: str, path: Path) -> str:
    """What to do about a file that is `what`, as `what_it_is` says it, and should not be."""
    if what in _HINTS:
        return _HINTS[what]
    if what == "a zip archive":
        return _zip_hint(path)
    if what == "a tar archive":
        return "give it the ending .tar, and name a file in it as `archive.tar!train.csv`"
    ending = next((one for word, one in _COMPRESSED.items() if word in what), None)
    if ending is not None:
        return f"give it the ending {ending}, and name it so in data/sources.yaml"
    return "export the data as text, or name another file in data/sources.yaml"


def _zip_hint(path: Path) -> str:
    """How to name a file in a zip archive, with those that it has."""
    name = path.name if path.suffix.lower() == ".zip" else f"{path.stem}.zip"
    rename = "" if name == path.name else "give it the ending .zip, and "
    try:
        with zipfile.ZipFile(path) as archive:
            files = sorted(
                one.filename
                for one in archive.infolist()
                if not one.is_dir() and is_file(one.filename)
            )
    except (*FAULTS, OSError):
        files = []
    hint = f"{rename}name a file in it as `{name}!{files[0] if files else 'train.csv'}`"
    if not files:
        return hint
    shown = ", ".join(files[:_SHOWN_MEMBERS])
    more = len(files) - _SHOWN_MEMBERS
    return f"{hint}; it holds {shown}{f' and {more:,} more' if more > 0 else ''}"
