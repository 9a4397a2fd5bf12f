"""What to do with a text file that is not UTF-8."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from tagledger.sources.formats import Compression, by_ending

_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",  # begins with the mark of utf-16
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_UNPACK: dict[Compression, str] = {"gz": "gzip", "zst": "zstd"}
_MANY_BYTES = re.compile(rb"[\xc2-\xf4][\x80-\xbf]+")  # a character of UTF-8
_OF_WINDOWS = re.compile(rb"[\x80-\x9f]")
_NOT_OF_WINDOWS = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_SIDE_BY_SIDE = re.compile(rb"[\x80-\xff]{2,}")
_BEYOND_ASCII = bytes(range(0x80, 0x100))
_EURO_OR_SIGN = b"\xa4"  # the euro of iso-8859-15, a rare sign elsewhere


def wide_encoding(start: bytes) -> str | None:
    """The name of UTF-16 or UTF-32, where a file that starts so is in it.

    ASCII in UTF-16 is valid UTF-8 with a NUL in every other place, so that no decoder complains.
    """
    for mark, name in _MARKS.items():
        if start.startswith(mark):
            return name
    even, odd = start[::2].count(b"\0"), start[1::2].count(b"\0")
    if max(even, odd) <= max(len(start) // 8, 10 * min(even, odd)):
        return None
    return "utf-16be" if even > odd else "utf-16le"


def narrow_encoding(data: bytes) -> str | None:
    """The likely name of an encoding with a byte for each character; None where none is likely."""
    side_by_side = sum(map(len, _SIDE_BY_SIDE.findall(data)))
    if _NOT_OF_WINDOWS.search(data) or b"\0" in data or 2 * side_by_side > _count(data):
        return None  # words of such letters alone are Greek, Cyrillic or Asian
    if _EURO_OR_SIGN in data and not _OF_WINDOWS.search(data):
        return "iso-8859-15"
    return "cp1252"  # latin1 and more: the euro, quotes and dashes


def mostly_utf8(data: bytes) -> bool:
    """Whether more characters of a file are UTF-8 than bytes are not."""
    many = _MANY_BYTES.findall(data)
    return len(many) > _count(data) - sum(map(len, many))


def _count(data: bytes) -> int:
    """How many bytes are not ASCII."""
    return len(data) - len(data.translate(None, _BEYOND_ASCII))


def advice(data: bytes, path: Path, compression: Compression | None) -> str:
    """How to make UTF-8 of a file with the bytes `data`."""
    encoding = wide_encoding(data)
    if encoding is None and mostly_utf8(data):
        return "most of the file is UTF-8: mend this place where the file comes from"
    encoding = encoding or narrow_encoding(data)
    option = _option_of(path)
    if encoding is None:
        first = f"set `encoding: NAME` in {option}, or " if option else ""
        return (
            f"{first}save the file as UTF-8 where it comes from; `iconv -f ENCODING -t utf-8` does "
            "so once you know the encoding that it was saved in"
        )
    name = path.name
    source, target = name, f"utf8-{name}"
    if compression is not None:
        source, target = "", f"utf8-{path.stem}"
    command = " ".join(filter(None, (f"iconv -f {encoding} -t utf-8", source, f"> {target}")))
    if compression is not None:
        command = f"{_UNPACK[compression]} -dc {name} | {command}"
    first = f"set `encoding: {encoding}` in {option} and look at its letters, or " if option else ""
    return (
        f"{first}save the file as UTF-8 where it comes from, e.g. `{command}`, look at its "
        "letters, and name that file in data/sources.yaml"
    )


def _option_of(path: Path) -> str:
    """Where to say a file's encoding; nowhere for a format that is UTF-8 alone."""
    kind = by_ending(path.name)
    if kind is None:
        return "its reading, in data/sources.yaml (of a csv or tsv file),"
    return "its reading, in data/sources.yaml," if "encoding" in kind.model_fields else ""
