"""How many cells and how much text the sheets of a workbook come to, from the XML in its archive.

Nothing is parsed but what tells that: in Excel's form the farthest cell, and how often each shared
text stands in a cell; in OpenDocument's form the numbers by which cells and rows are repeated.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from xml.parsers import expat

import numpy as np
from numpy.typing import NDArray

_OVERLAP = 256  # bytes of the piece before, in which what is looked for may begin
_MOST_SHARED = 2**24  # texts; more than a sheet has rows


class _Patterns(NamedTuple):
    letters: re.Pattern[bytes]
    numbers: re.Pattern[bytes]
    errors: re.Pattern[bytes]
    shared: re.Pattern[bytes]


# What tells a cell's place, that it holds an error, and the number of the text that it shares.
_ANY_SPACE = _Patterns(
    re.compile(rb"""\br\s*=\s*["']([A-Za-z]{1,3})[0-9]"""),
    re.compile(rb"""\br\s*=\s*["'][A-Za-z]*([0-9]{1,10})"""),
    re.compile(rb"""\bt\s*=\s*["']e["']"""),
    re.compile(
        rb"""\bt\s*=\s*["']s["'][^<>]*>\s*<(?:\w+:)?v[^<>]*>\s*([0-9]{1,9})\s*<""",
    ),
)
# As programs write it; several times as fast.
_USUAL = _Patterns(
    re.compile(rb' r="([A-Za-z]{1,3})[0-9]'),
    re.compile(rb' r="[A-Za-z]*([0-9]{1,10})'),
    re.compile(rb' t="e"'),
    re.compile(rb' t="s"[^<>]*>\s*<(?:\w+:)?v[^<>]*>\s*([0-9]{1,9})\s*<'),
)
# A cell with a formula and no result; one whose result is an empty text has the type str.
_NO_RESULT = re.compile(
    rb"<c\b(?![^<>]*\bt=.str.)[^<>]*><f\b(?:[^<>]*/>|[^<>]*>[^<]*</f>)(?:<v\s*/>|<v></v>)?</c>"
)
_UNUSUAL = (b"='", b" =", b"= ", b"\n", b"\r", b"\t")
_SHARED_TEXT = re.compile(rb"<(?:\w+:)?si[\s/>]")


class SheetSizes:
    """The cells of a sheet in Excel's form, or the texts that cells share.

    Which of the two a file is, a third one says, and its name may be any: so both are looked for.

    Attributes
    ----------
    rows, columns
        The farthest row and column.
    """

    def __init__(self, whole: Sizes) -> None:
        self.rows = self.columns = 0
        self._whole = whole
        self._tail, self._at = b"", 0
        self._starts: list[int] = []

    def add(self, piece: bytes) -> None:
        """Look at the next bytes of it."""
        seen = self._tail + piece
        look_for = _ANY_SPACE if any(one in seen for one in _UNUSUAL) else _USUAL
        self.columns = max([self.columns, *map(_column, set(look_for.letters.findall(seen)))])
        self.rows = max([self.rows, *map(int, look_for.numbers.findall(seen))])
        self._whole.errors += len(look_for.errors.findall(piece))
        if b"<f" in seen:
            ends = [one.end() for one in _NO_RESULT.finditer(seen)]
            self._whole.without_result += sum(end > len(self._tail) for end in ends)
        if shared := look_for.shared.findall(seen):
            self._whole.share(np.array(shared, np.int64))
        if b"<si" in seen or b":si" in seen:
            first, last = self._at - len(self._tail), self._starts[-1] if self._starts else -1
            starts = [first + one.start() for one in _SHARED_TEXT.finditer(seen)]
            self._starts += [one for one in starts if one > last]
        self._at += len(piece)
        self._tail = seen[-_OVERLAP:]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """The bytes of each shared text, at most."""
        begins = np.array([*self._starts, self._at], np.int64)
        return begins[1:] - begins[:-1]


class OpenDocumentSizes:
    """The cells of all tables in OpenDocument's form.

    Attributes
    ----------
    rows, columns
        The farthest row and column of any table that hold anything.
    text
        How many characters the cells come to.
    """

    def __init__(self) -> None:
        self.rows = self.columns = self.text = 0
        self._row = self._column = 0
        self._times = self._cell_times = 1
        self._filled = self._row_text = self._cell_text = 0
        self._is_filled = False
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters

    def add(self, piece: bytes) -> None:
        """Look at the next bytes of it."""
        try:
            self._parser.Parse(piece, False)  # noqa: FBT003 - expat's signature
        except expat.ExpatError as error:
            raise RuntimeError(f"its content is no XML: {error}") from error

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        kind = name.rpartition(":")[2]
        if kind == "table":
            self._row = 0
        elif kind == "table-row":
            self._times = _times(attributes, "number-rows-repeated")
            self._column = self._filled = self._row_text = 0
        elif kind in {"table-cell", "covered-table-cell"}:
            self._cell_times = _times(attributes, "number-columns-repeated")
            self._cell_text = 0
            self._is_filled = any(key.endswith((":value-type", ":value")) for key in attributes)

    def _characters(self, text: str) -> None:
        self._cell_text += len(text)

    def _end(self, name: str) -> None:
        kind = name.rpartition(":")[2]
        if kind in {"table-cell", "covered-table-cell"}:
            self._column += self._cell_times
            if self._is_filled or self._cell_text:
                self._filled = self._column
                self._row_text += self._cell_text * self._cell_times
        elif kind == "table-row":
            self._row += self._times
            if self._filled:
                self.rows = max(self.rows, self._row)
                self.columns = max(self.columns, self._filled)
                self.text += self._row_text * self._times


class Sizes:
    """What a whole workbook comes to.

    Attributes
    ----------
    errors
        How many cells hold a formula's error, in Excel's form.
    without_result
        How many hold a formula and not what it comes to.
    """

    def __init__(self) -> None:
        self.errors = self.without_result = 0
        self._sheets: list[SheetSizes] = []
        self._shares = np.zeros(0, np.int64)

    def part(self, name: str) -> SheetSizes | OpenDocumentSizes:
        """What counts a file of the archive, whatever its name is: any may be a sheet."""
        if name == "content.xml":
            return OpenDocumentSizes()
        self._sheets.append(SheetSizes(self))
        return self._sheets[-1]

    def share(self, numbers: NDArray[np.int64]) -> None:
        """Count cells by the number of the shared text that each has."""
        numbers = numbers[numbers < _MOST_SHARED]
        if (missing := int(numbers.max(initial=0)) + 1 - len(self._shares)) > 0:
            more = np.zeros(missing + len(self._shares), np.int64)
            self._shares = np.concatenate([self._shares, more])
        np.add.at(self._shares, numbers, 1)

    @property
    def text(self) -> int:
        """How many bytes the shared texts come to in all cells that have them, at most."""
        return max((self._text(sheet.lengths) for sheet in self._sheets), default=0)

    def _text(self, lengths: NDArray[np.int64]) -> int:
        both = min(len(lengths), len(self._shares))
        return int(lengths[:both] @ self._shares[:both])


def _column(letters: bytes) -> int:
    """The number of a column with these letters.

    >>> _column(b"A"), _column(b"XFD")
    (1, 16384)
    """
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _times(attributes: dict[str, str], key: str) -> int:
    """How many times a row or cell is repeated."""
    for name, value in attributes.items():
        if name.endswith(key):
            return int(value) if value.isdecimal() and len(value) < 10 else 10**9
    return 1
