"""The header of an ARFF file: its attributes, and the labels that MEKA says in its relation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from tagledger.errors import TagledgerError
from tagledger.readers.opening.signatures import SIGNATURE_BYTES, another_kind, what_it_is
from tagledger.readers.opening.source_files import SourceFile

QUOTED = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
_ATTRIBUTE = re.compile(rf"({QUOTED}|[^\s'\"%{{][^\s{{]*)\s*(.*)", re.DOTALL)
_VALUE = re.compile(rf"\s*((?:{QUOTED})\s*|[^,'\"][^,]*)(?:,|$)", re.DOTALL)
_DATE = re.compile(rf"date(?:\s+({QUOTED}|\S+))?", re.IGNORECASE)
_NUMERIC = {"numeric", "real", "integer"}
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}
_MEKA = re.compile(r"(?:^|[\s:])-C\s+(-?\d+)")
_COMMENT = "%"
_LONGEST_LINE = 64 * 2**20  # bytes


@dataclass(frozen=True)
class Attribute:
    """A column.

    Attributes
    ----------
    name, kind
        Its kind is numeric, nominal, string or date.
    values
        Those that a nominal one may have, in their order.
    """

    name: str
    kind: str
    values: tuple[str, ...] = ()

    @property
    def absent(self) -> str | None:
        """What it is where a sparse row leaves it out; None where that is not known."""
        if self.kind == "numeric":
            return "0"
        return self.values[0] if self.values else None


@dataclass(frozen=True)
class Header:
    """What stands before the rows.

    Attributes
    ----------
    relation
        The name of the relation.
    attributes
        Its columns.
    lines
        How many lines it has, with the one that says @data.
    """

    relation: str
    attributes: list[Attribute]
    lines: int

    @property
    def labels(self) -> list[str] | None:
        """The names of the attributes that MEKA's `-C 6` in the relation says are labels.

        They are the first 6, and for `-C -6` the last 6; None where it says nothing.
        """
        match = _MEKA.search(self.relation)
        if match is None:
            return None
        number = int(match[1])
        names = [one.name for one in self.attributes]
        return names[:number] if number >= 0 else names[number:]


def lines_of(file: SourceFile) -> Iterator[str]:
    """The lines of a file, without their ends.

    Raises
    ------
    TagledgerError
        As for `SourceFile.chunks`; or a line is too long.
    """
    rest = b""
    for chunk in file.chunks():
        lines = (rest + chunk).split(b"\n")
        rest = lines.pop()
        if len(rest) > _LONGEST_LINE:
            hint = "an ARFF file has a row on each line: take a fresh copy of it"
            raise TagledgerError("a line is too long", where=file.path, hint=hint)
        for line in lines:
            yield line.decode().removesuffix("\r")
    if rest:
        yield rest.decode().removesuffix("\r")


def header_of(file: SourceFile, lines: Iterator[str]) -> Header:
    """Read the header from the lines of a file, which then go on with the rows.

    Raises
    ------
    TagledgerError
        It is no ARFF, or says an attribute that cannot be read: with the line.
    """
    relation, attributes = "", list[Attribute]()
    for number, line in enumerate(lines, 1):
        text = line.strip().removeprefix("\ufeff")
        if not text or text.startswith(_COMMENT):
            continue
        keyword, _, rest = text.replace("\t", " ", 1).partition(" ")
        keyword = keyword.lower()
        if keyword == "@relation":
            relation = plain(rest.strip())
        elif keyword == "@attribute":
            attributes.append(_attribute(rest.strip(), file, number))
        elif keyword == "@data" and attributes:
            _refuse_twice(attributes, file, number)
            return Header(relation, attributes, number)
        else:
            _refuse_line(text, file, number)
    raise TagledgerError(
        "this is not ARFF: there is no line @data", where=file.path, hint=_other_kind(file)
    )


def _refuse_line(text: str, file: SourceFile, number: int) -> NoReturn:
    what = what_it_is(file.start(SIGNATURE_BYTES))
    where = f"{file.path}, line {number}"
    if what is not None:
        raise another_kind("ARFF", what, file.path, where=where)
    raise TagledgerError(
        f"this is not ARFF: its header has the line {text[:60]!r}",
        where=where,
        hint=_other_kind(file),
    )


def _other_kind(file: SourceFile) -> str:
    return (
        f"{file.path.name}: an ARFF file has @relation, @attribute and @data before its rows; else "
        "set `format` to what the file is, in data/sources.yaml"
    )


def _refuse_twice(attributes: list[Attribute], file: SourceFile, number: int) -> None:
    if len({one.name for one in attributes}) == len(attributes):
        return
    names = [one.name for one in attributes]
    twice = next(name for name in names if names.count(name) > 1)
    raise TagledgerError(
        f"there are {names.count(twice)} attributes with the name {twice!r}",
        where=f"{file.path}, above line {number}",
        hint="give each attribute of the file its own name",
    )


def _attribute(text: str, file: SourceFile, number: int) -> Attribute:
    """The attribute that a line declares."""
    match = _ATTRIBUTE.fullmatch(text)
    if match is not None:
        name, kind = plain(match[1]), match[2].strip()
        word = kind.lower()
        if word in _NUMERIC:
            return Attribute(name, "numeric")
        if word == "string":
            return Attribute(name, "string")
        if _DATE.fullmatch(kind):
            return Attribute(name, "date")
        if kind.startswith("{") and kind.endswith("}"):
            return Attribute(name, "nominal", tuple(_values(kind[1:-1])))
        if word.startswith("relational"):
            raise TagledgerError(
                f"the attribute {name!r} is relational: it holds a table in each row",
                where=f"{file.path}, line {number}",
                hint="save the data with one table, in Weka by the filter that takes it apart",
            )
    raise TagledgerError(
        f"the attribute {text[:60]!r} is of no kind that is known",
        where=f"{file.path}, line {number}",
        hint="it must be a name, then numeric, real, integer, string, date or {a, b, ...}",
    )


def _values(text: str) -> Iterator[str]:
    """The values of a nominal attribute."""
    at = 0
    while at < len(text) and (match := _VALUE.match(text, at)):
        yield plain(match[1].strip())
        at = match.end()


def plain(word: str) -> str:
    r"""A name or value without its quotes, and with what a backslash in them stands for.

    >>> plain(r"'it\'s'"), plain("it"), plain('"a b"')
    ("it's", 'it', 'a b')
    """
    if len(word) < 2 or word[0] not in "'\"" or word[-1] != word[0]:
        return word
    inner = word[1:-1]
    return _ESCAPE.sub(_unescaped, inner) if "\\" in inner else inner


def _unescaped(match: re.Match[str]) -> str:
    code = match[1]
    return chr(int(code[1:], 16)) if len(code) > 1 else _ESCAPED.get(code, code)
