"""What a file is, by its first bytes and what is in it; its ending tells nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tagledger.readers.opening.encodings import narrow_encoding, wide_encoding

_MAGIC = (
    (b"PAR1", "parquet"),
    (b"SQLite format 3\0", "sqlite"),
    (b"PK\x03\x04", "zip"),
    (b"\x1f\x8b", "gz"),
    (b"BZh", "bz2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zst"),
)
# What Tagledger does not read, by its first bytes.
_OTHERS = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"ARROW1", "an Arrow (Feather) file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file (.xls, .doc)"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x80\x04", "a Python pickle"),
    (b"\x80\x03", "a Python pickle"),
    (b"\x80\x05", "a Python pickle"),
    (b"RIFF", "a sound or a video"),
    (b"ID3", "a sound (MP3)"),
    (b"OggS", "a sound (Ogg)"),
)
_JAPANESE = ("cp932", "euc_jp")
_ASIAN = (*_JAPANESE, "gb18030", "cp1251", "cp1253")
_KANA = re.compile(r"[\u3040-\u30ff]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_SCRIPTS = {
    "cp932": _KANA,
    "euc_jp": _KANA,
    "gb18030": _HAN,
    "cp1251": re.compile("[\u0430-\u044f]{2}"),
    "cp1253": re.compile("[\u03b1-\u03c9]{2}"),
}
_SPARSE = re.compile(r"\s*(\d+(,\d+)*)?(\s+\d+:[-+.\deE]+)+\s*")
_TAG = re.compile(r"<(?!\?|!)[A-Za-z_][\w.:-]*[\s/>]")
_MANY = 0.8
_NO_TEXT = "no text, and no file of a kind that is known"


@dataclass(frozen=True)
class Kind:
    """What a file is.

    Attributes
    ----------
    name
        The name of a format, or of a way to compress or to pack files; None for what Tagledger
        does not read.
    why
        What tells it, in words.
    encoding
        What its text is written in; None for UTF-8, and for what is no text.
    delimiter
        What stands between two fields, where somebody said so.
    """

    name: str | None
    why: str
    encoding: str | None = None
    delimiter: str | None = None


def kind_of(start: bytes, *, encoding: str | None = None, delimiter: str | None = None) -> Kind:
    """What a file with these first bytes is, decompressed or not.

    Parameters
    ----------
    encoding, delimiter
        What somebody said of its text; None to guess it.
    """
    for magic, name in _MAGIC:
        if start.startswith(magic):
            return Kind(name, "its first bytes say so")
    for magic, words in _OTHERS:
        if start.startswith(magic):
            return Kind(None, words)
    if start[257:262] == b"ustar":
        return Kind("tar", "its first bytes say so")
    encoding = encoding or encoding_of(start)
    text = start.decode(encoding or "utf-8", "ignore").removeprefix("\ufeff")
    if encoding == "" or not _is_readable(text[:4000]):
        return Kind(None, _NO_TEXT)
    if delimiter is not None and delimiter in text:
        return Kind("table", "it is lines of text", encoding, delimiter)
    return Kind(*_text_kind(text), encoding)


def _is_readable(text: str) -> bool:
    """Whether most characters of a text are for people."""
    others = sum(not one.isprintable() and one not in "\r\n\t\f" for one in text)
    return others <= len(text) / 5


def encoding_of(start: bytes) -> str | None:
    """The likely encoding of text; None for UTF-8, and empty for what is no text."""
    if wide := wide_encoding(start):
        return wide
    if b"\0" in start:
        return ""
    try:
        start.decode()
    except UnicodeDecodeError as error:
        if error.start < len(start) - 3:  # else the last character is cut
            return _by_script(start, _JAPANESE) or narrow_encoding(start) or _by_script(start)
    controls = sum(start.count(bytes([one])) for one in range(32) if one not in (9, 10, 12, 13, 27))
    return "" if controls > len(start) // 20 else None


def _by_script(start: bytes, names: Sequence[str] = _ASIAN) -> str:
    """The encoding that makes letters of one script; empty if none does."""
    best, most = "", 0
    for name in names:
        try:
            text = start.decode(name)
        except UnicodeDecodeError as error:
            if error.start < len(start) - 3:  # else the last character is cut
                continue
            text = start[: error.start].decode(name)
        letters = sum(map(len, _SCRIPTS[name].findall(text)))
        others = sum(not one.isascii() for one in text)
        if letters > max(most, others / 4):
            best, most = name, letters
    return best


def _text_kind(text: str) -> tuple[str | None, str]:
    """The format of a text, and what tells it."""
    body = text.lstrip()
    lines = [line for line in text.splitlines()[:200] if line.strip()]
    for guess in (_json_kind, _markup_kind, _marked_kind):
        kind = guess(body, lines)
        if kind is not None:
            return kind
    return _line_kind(lines)


def _json_kind(body: str, lines: list[str]) -> tuple[str | None, str] | None:
    if not lines or body[:1] not in ("[", "{"):
        return None
    try:
        first: Any = json.loads(lines[0])
    except ValueError:
        first = None
    if isinstance(first, dict) and len(lines) > 1 and lines[1].lstrip().startswith("{"):
        return "jsonl", "each line is an object of JSON"
    if re.match(r"\[\s*([\[{\"\d\]-]|true|false|null)", body):
        return "json", "it is a list of JSON"
    return ("json", "it is an object of JSON") if re.match(r"\{\s*[\"}]", body) else None


def _markup_kind(body: str, lines: list[str]) -> tuple[str | None, str] | None:
    if re.match(r"<!doctype (netscape|html)|<html", body, re.IGNORECASE):
        return None, "HTML, such as a browser's bookmarks"
    if re.match(r"<!doctype lewis", body, re.IGNORECASE):
        return None, "SGML"
    if body.startswith("<?xml"):
        return "xml", "it begins with <?xml"
    if _TAG.match(body) and "\t" not in lines[0]:
        closing = re.match(r"<([\w.:-]+)", body)
        if closing and (f"</{closing[1]}>" in body or body.count("<") > len(lines)):
            return "xml", "it begins with an element of XML"
    return None


def _marked_kind(body: str, lines: list[str]) -> tuple[str | None, str] | None:
    if re.match(r"(%[^\n]*\n\s*)*@relation\b", body, re.IGNORECASE):
        return "arff", "it begins with @relation"
    if re.match(r"(%[^\n]*\n\s*)*@\w+\s*\{", body):
        return None, "BibTeX"
    if body.startswith("---") and re.match(r"---[ \t]*\r?\n(?s:.*?)\n---[ \t]*(\r?\n|$)", body):
        return "front matter", "it begins with a block between two lines of ---"
    if sum("__label__" in line for line in lines) >= _MANY * len(lines) and lines:
        return "fasttext", "its lines have words that begin with __label__"
    data = lines[1:] if re.fullmatch(r"\s*\d+ \d+ \d+\s*", lines[0] if lines else "") else lines
    if data and sum(bool(_SPARSE.fullmatch(line)) for line in data) >= _MANY * len(data):
        return "svmlight", "its lines have numbers with values, such as 3:0.5"
    return None


def _line_kind(lines: list[str]) -> tuple[str | None, str]:
    if _is_yaml(lines):
        return "yaml", "its lines are keys and values with a colon between"
    if _is_stanzas(lines):
        return None, "stanzas of `Name: value` lines, as Debian's control files are"
    return "table", "it is lines of text"


def _is_yaml(lines: list[str]) -> bool:
    entries = [one for one in lines if re.match(r"- [\w$-]+:( |$)", one)]
    inner = [one for one in lines if re.match(r"(  |- )\s*([\w$-]+:( |$)|- |\S)", one)]
    return (len(entries) > 1 and len(entries) + len(inner) >= _MANY * len(lines)) or (
        _keys_over_lists(lines)
    )


def _keys_over_lists(lines: list[str]) -> bool:
    """Whether lines are keys of YAML with what they hold below them, further in."""
    keys = [one for one in lines if re.match(r"[^\s#,;\t|]+:\s*$", one)]
    inner = [one for one in lines if re.match(r"(\s+\S|- )", one)]
    return bool(keys) and bool(inner) and len(keys) + len(inner) >= _MANY * len(lines)


def _is_stanzas(lines: list[str]) -> bool:
    fields = [one for one in lines if re.match(r"[A-Z][\w-]*: \S", one)]
    folded = [one for one in lines if re.match(r"[ \t]+\S", one)]
    names = {one.partition(":")[0] for one in fields}
    return (
        len(fields) + len(folded) >= 0.9 * len(lines)
        and len(fields) > 3
        and len(names) <= len(fields) / 1.5
    )
