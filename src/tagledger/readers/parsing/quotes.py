"""The rows of a CSV file as RFC 4180 has them, before Arrow's lenient parser sees them.

A quote may open a field, close it, or stand twice within a field that is in quotes; anywhere else
it is no CSV. Arrow goes on after such a slip: what follows a closing quote joins the field, so
that one row may end up with the labels of the next. Here such a row is set aside if every way to
read it ends it at the same line break; else the file is refused, with the line.

In a sound file a quote is inside a field if an odd number of quotes come before it. So one
vectorised look at each quote's neighbours proves a whole piece of the file, and rows are looked
at one by one only behind a slip.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tagledger.errors import TagledgerError

_QUOTE, _BACKSLASH = ord('"'), ord("\\")
_LINE_FEED, _RETURN, _SPACE = ord("\n"), ord("\r"), ord(" ")
_SMALLEST_PIECE, _LARGEST_PIECE = 2**12, 2**23
_SHOWN = 5
UNCLOSED = (
    "close the quote, or double it if it is part of a field that is in quotes; where quotes are "
    "characters like others, set `quoting: none` in its reading"
)
_UNESCAPE = (
    "set `escape: '\\'` in its reading, in data/sources.yaml; or write a quote within a "
    "field twice, not behind a backslash, e.g. `python3 -c 'import csv, "
    'sys; csv.writer(sys.stdout).writerows(csv.reader(sys.stdin, delimiter="{delimiter}", '
    """doublequote=False, escapechar="\\\\"))' < {name} > comma-{name}`"""
)


@dataclass(frozen=True)
class Slip:
    """A row with a quote out of place, that ends at a certain line break."""

    text: str
    reason: str


class SoundRows:
    """The bytes of a CSV file, with a stand-in for each row that has a quote out of place.

    Parameters
    ----------
    chunks
        The file's bytes.
    path, delimiter, width
        Where the file is, what stands between two fields, and how many fields a row has.
    limit
        Most bytes that a row may have.
    line
        The number of the first line, for messages.
    blanks
        Whether spaces after a delimiter are no part of a field, so that a quote may follow them.

    Attributes
    ----------
    hint
        What to do if the last quote is never closed.
    """

    def __init__(
        self,
        chunks: Iterator[bytes],
        path: Path,
        delimiter: str,
        *,
        width: int,
        limit: int,
        line: int = 1,
        blanks: bool = False,
    ) -> None:
        self._chunks = chunks
        self._path = path
        self._delimiter = delimiter.encode()
        self._width = width
        self._limit = limit  # bytes that a row may have
        self._readings = _readings(delimiter)
        self._data = b""
        self._at = 0
        self._line = line
        self._blanks = blanks
        self.hint = UNCLOSED
        self._ended = False
        # The lines of the first slip, and of the first sound row with a backslash before a quote.
        self._slip_line = self._escape_line = 0
        self._suspicious: list[str] = []

    def pieces(self, stand_in: Callable[[Slip], bytes]) -> Iterator[bytes]:
        """Whole rows, as many as it takes; `stand_in` makes the bytes in place of a slip's row.

        Raises
        ------
        TagledgerError
            It is not certain where a row ends that has a quote out of place.
        """
        size = _LARGEST_PIECE
        while True:
            self._fill(size)
            piece = self._data[self._at : self._at + size]
            final = self._ended and self._at + len(piece) == len(self._data)
            if not piece:
                return
            scan = _Scan(piece, self._delimiter, final=final, blanks=self._blanks)
            if final and scan.unclosed and b'\\"' in piece:
                self.hint = _unescaped(self._path, self._delimiter)
            if scan.end:
                self._look_for_swallowed_rows(scan)
                self._note_backslashes(piece[: scan.end])
                yield self._take(scan.end)
            if scan.slip is not None:
                size = _SMALLEST_PIECE
                yield self._slipped(scan, stand_in)
            elif scan.end or final:
                size = min(2 * size, _LARGEST_PIECE)
            elif size > self._limit:
                raise TagledgerError(
                    f"a row is longer than {self._limit >> 20} MiB: is a quote never closed?",
                    where=f"{self._path}, line {self._line}",
                    hint=UNCLOSED,
                )
            else:
                size *= 2

    @property
    def suspicious(self) -> list[str]:
        """Sentences on fields that are legal, and look as if they had swallowed rows."""
        more = len(self._suspicious) - _SHOWN
        return self._suspicious[:_SHOWN] + ([f"and {more:,} more such fields"] if more > 0 else [])

    def _fill(self, size: int) -> None:
        """Have `size` bytes at hand, or all that are left."""
        if len(self._data) - self._at >= size or self._ended:
            return
        parts, length = [self._data[self._at :]], len(self._data) - self._at
        while length < size:
            chunk = next(self._chunks, b"")
            if not chunk:
                self._ended = True
                break
            parts.append(chunk)
            length += len(chunk)
        self._data, self._at = b"".join(parts), 0

    def _take(self, length: int) -> bytes:
        piece = self._data[self._at : self._at + length]
        self._at += length
        self._line += _line_breaks(piece)
        return piece

    def _slipped(self, scan: _Scan, stand_in: Callable[[Slip], bytes]) -> bytes:
        """The bytes in place of the row at hand, in which `scan` found a slip."""
        assert scan.slip is not None
        where, size = scan.slip - scan.end, _SMALLEST_PIECE
        while (end := _line_end(self._data, self._at)) < 0 and not self._ended:
            size *= 2
            self._fill(size)
        end = len(self._data) if end < 0 else end
        row = self._data[self._at : end]
        line = self._line + _line_breaks(self._data[self._at : self._at + where])
        reason = scan.reason
        if where >= len(row) or any(r(row) for r in self._readings):
            begins = f", in the row that begins on line {self._line}" if line > self._line else ""
            escaped = b'\\"' in self._data[self._at : self._at + where + 1]
            raise TagledgerError(
                f"{reason}: nobody can tell where this row ends",
                where=f"{self._path}, line {line}{begins}",
                hint=_unescaped(self._path, self._delimiter) if escaped else UNCLOSED,
            )
        self._slip_line = self._slip_line or line
        self._refuse_backslashes()
        self._take(len(row))
        return stand_in(Slip(row.decode(), reason))

    def _note_backslashes(self, rows: bytes) -> None:
        """Remember where a backslash stands before a quote in a sound row.

        As a character it is legal; beside slips it shows that it takes quotes for characters all
        over the file, so that the sound rows may be parts of others.
        """
        if not self._escape_line and (at := rows.find(b'\\"')) >= 0:
            self._escape_line = self._line + _line_breaks(rows[:at])
            self._refuse_backslashes()

    def _refuse_backslashes(self) -> None:
        if self._slip_line and self._escape_line:
            raise TagledgerError(
                f"a backslash before a quote on line {self._escape_line} and a quote out of place "
                f"on line {self._slip_line}: nobody can tell where rows end",
                where=self._path,
                hint=_unescaped(self._path, self._delimiter),
            )

    def _look_for_swallowed_rows(self, scan: _Scan) -> None:
        for offset, breaks, delimiters in scan.swallowing(self._width):
            line = self._line + _line_breaks(scan.piece[:offset])
            self._suspicious.append(
                f"{self._path.name}, line {line}: a field in quotes holds {breaks:,} line "
                f"break{'s' * (breaks > 1)} and {delimiters:,} delimiters, as if a quote had "
                "swallowed rows"
            )


def check_header(start: bytes, path: Path, delimiter: str, *, blanks: bool = False) -> None:
    """Refuse a CSV file that has a quote out of place in its header.

    Parameters
    ----------
    start
        The first bytes of the file.
    """
    scan = _Scan(start, delimiter.encode(), final=False, blanks=blanks)
    if scan.slip is not None and not start[: scan.end].strip():
        raise TagledgerError(f"the header has {scan.reason}", where=path, hint=UNCLOSED)


class _Scan:
    """What one look at a piece of a CSV file, from the start of a row on, shows.

    Attributes
    ----------
    end
        How many bytes the whole rows before the first slip have.
    slip
        Where the first quote out of place is.
    reason
        What is wrong with it.
    unclosed
        Whether the last quote opens a field.
    """

    def __init__(
        self, piece: bytes, delimiter: bytes, *, final: bool, blanks: bool = False
    ) -> None:
        self.piece = piece
        self.slip: int | None = None
        self.reason = ""
        self._delimiter = delimiter[0]
        data = np.frombuffer(piece, np.uint8)
        quotes = np.flatnonzero(data == _QUOTE)
        # The neighbours of each quote; the ends of the piece are like line breaks.
        before = np.where(quotes > 0, data[quotes - 1], _LINE_FEED)
        if blanks:
            before = _before_blanks(data, quotes, before, self._delimiter)
        after = np.append(data, _LINE_FEED)[quotes + 1] if len(quotes) else before
        opens = np.arange(len(quotes)) % 2 == 0
        around = np.where(opens, before, after)
        sound = np.isin(around, [_QUOTE, self._delimiter, _LINE_FEED, _RETURN])
        if not final and len(quotes) and quotes[-1] == len(piece) - 1:
            quotes, sound = quotes[:-1], sound[:-1]  # its neighbour is yet to come
        slips = np.flatnonzero(~sound)
        sure = len(piece)
        if len(slips):
            at = slips[0]
            sure = int(quotes[at])
            self.slip = sure if at % 2 == 0 else sure + 1
            self.reason = (
                "a quote in a field that is not in quotes"
                if at % 2 == 0
                else "characters after a closing quote"
            )
            quotes = quotes[:at]
            if at % 2:
                sure = int(quotes[-1])
        self._quotes = quotes
        self.unclosed = len(quotes) % 2 == 1
        self.end = self._last_row_end(sure, final=final and self.slip is None)

    def _last_row_end(self, sure: int, *, final: bool) -> int:
        """The end of the last whole row in the first `sure` bytes."""
        if final:
            return len(self.piece)
        if self.piece.endswith(b"\r"):
            sure = min(sure, len(self.piece) - 1)  # its line feed may be in the next piece
        for closing in range(len(self._quotes) // 2 * 2 - 1, -2, -2):  # nearly always the first
            start = int(self._quotes[closing]) + 1 if closing > 0 else 0
            opening = closing + 1
            stop = int(self._quotes[opening]) if opening < len(self._quotes) else sure
            stop = min(stop, sure)
            end = max(self.piece.rfind(mark, start, stop) for mark in (b"\n", b"\r"))
            if end >= 0:
                return end + 1
        return 0

    def swallowing(self, width: int) -> Iterator[tuple[int, int, int]]:
        """Fields with as many line breaks and delimiters as rows of `width` fields have.

        Yields
        ------
        tuple
            Where the field begins, its line breaks and its delimiters.
        """
        quotes = self._quotes[: int(np.searchsorted(self._quotes, self.end)) // 2 * 2]
        if not len(quotes):
            return
        first, last = quotes[::2], quotes[1::2]
        apart = first[1:] != last[:-1] + 1  # a doubled quote ends no field
        first, last = first[np.append(True, apart)], last[np.append(apart, True)]
        data = np.frombuffer(self.piece, np.uint8)[: self.end]
        ends = (data == _LINE_FEED) | (data == _RETURN)
        ends[1:] &= ~((data[1:] == _LINE_FEED) & (data[:-1] == _RETURN))  # the two are one
        breaks = _within(np.flatnonzero(ends), first, last)
        several = breaks > 0
        if not several.any():
            return
        first, last, breaks = first[several], last[several], breaks[several]
        delimiters = _within(np.flatnonzero(data == self._delimiter), first, last)
        for at in np.flatnonzero(delimiters >= breaks * (width - 1)):
            yield int(first[at]), int(breaks[at]), int(delimiters[at])


def _before_blanks(
    data: NDArray[np.uint8], quotes: NDArray[np.int64], before: NDArray[np.uint8], delimiter: int
) -> NDArray[np.uint8]:
    """What is before each quote, or before the spaces there if that is the delimiter."""
    spaced = np.flatnonzero(before == _SPACE)
    at = quotes[spaced] - 1
    spaces = np.flatnonzero(data[at] == _SPACE)
    while len(spaces):
        at[spaces] -= 1
        spaces = spaces[(at[spaces] >= 0) & (data[at[spaces]] == _SPACE)]
    behind = spaced[(at >= 0) & (data[at] == delimiter)]
    before = before.copy()
    before[behind] = delimiter
    return before


def without_blanks(rows: bytes, delimiter: str) -> bytes:
    """Whole sound rows without the spaces that follow a delimiter out of quotes."""
    if f"{delimiter} ".encode() not in rows:
        return rows
    data = np.frombuffer(rows, np.uint8)
    kept = np.ones(len(data), np.bool_)
    at = np.flatnonzero((data[:-1] == ord(delimiter)) & (data[1:] == _SPACE))
    quotes = np.flatnonzero(data == _QUOTE)
    at = at[np.searchsorted(quotes, at) % 2 == 0] + 1
    while len(at):
        kept[at] = False
        at = at[at + 1 < len(data)] + 1
        at = at[data[at] == _SPACE]
    return bytes(data[kept].tobytes())


def _within(
    offsets: NDArray[np.int64], first: NDArray[np.int64], last: NDArray[np.int64]
) -> NDArray[np.int64]:
    """How many of the ascending offsets lie between each first and last."""
    return np.searchsorted(offsets, last) - np.searchsorted(offsets, first)


def _line_breaks(data: bytes) -> int:
    """Line breaks of any kind; a return and its line feed are one."""
    return data.count(b"\n") + data.count(b"\r") - data.count(b"\r\n")


def _line_end(data: bytes, start: int) -> int:
    """Where the line break is that ends a line, or -1."""
    ends = [at for at in (data.find(b"\n", start), data.find(b"\r", start)) if at >= 0]
    return min(ends, default=-1)


def _readings(delimiter: str) -> list[Callable[[bytes], bool]]:
    """Whether a line ends within a quoted field, as each dialect in use would say.

    The dialects: what follows a closing quote joins the field (Python, Arrow); a backslash takes
    a quote for a character; a quote closes only before a delimiter, and may follow a space.
    """
    d = re.escape(delimiter)
    joined = rf'"(?:[^"]++|"")*+"[^{d}]*+'
    escaped = rf'"(?:[^"\\]++|\\.|"")*+"[^{d}]*+'
    closing = rf'[ ]*+"(?:[^"]++|"(?![ ]*(?:{d}|$)))*+"[ ]*+'

    def ends_within(field: str, other: str) -> Callable[[bytes], bool]:
        whole = re.compile(rf"(?:{field}|{other})(?:{d}(?:{field}|{other}))*+".encode(), re.DOTALL)
        return lambda line: whole.fullmatch(line) is None

    return [
        ends_within(joined, rf'(?:[^"{d}][^{d}]*+)?+'),
        ends_within(escaped, rf'(?:[^"{d}][^{d}]*+)?+'),
        ends_within(closing, rf'[ ]*+(?:[^"{d} ][^{d}]*+)?+'),
    ]


def _unescaped(path: Path, delimiter: bytes) -> str:
    given = "\\t" if delimiter == b"\t" else delimiter.decode()
    return _UNESCAPE.format(delimiter=given, name=path.name)
