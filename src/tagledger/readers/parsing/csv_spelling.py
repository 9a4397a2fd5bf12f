"""Dialects of CSV, spelled as RFC 4180 has them, and back.

One strict reader is enough for all dialects: what a dialect writes in its own way becomes, byte by
byte, what RFC 4180 writes, is read and checked there, and is turned back in the fields. A quote of
its own changes places with the double quote. An escaped character, or a delimiter of several
characters, becomes a control character that no text has; a file that has it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tagledger.errors import TagledgerError

QUOTE = '"'
# Each stands for a character while a file is read.
_QUOTE, _ESCAPE, _WITHIN, _LINE_FEED, _RETURN, _DELIMITER = "\x0e\x0f\x10\x11\x12\x13"


@dataclass(frozen=True)
class Dialect:
    """How a file of fields is written.

    Attributes
    ----------
    delimiter
        What stands between two fields; of any length.
    quote
        What stands around a field with a delimiter or a line break in it.
    quoted
        Whether a quote does so at all, or is a character like others.
    escape
        What stands before a quote, a delimiter, a line break or itself to make it a character.
    doubtful
        Of quotes that are characters: whether nobody has said that they are.
    blanks
        Whether spaces after a delimiter are no part of a field.
    """

    delimiter: str
    quote: str = QUOTE
    quoted: bool = True
    doubtful: bool = False
    escape: str | None = None
    blanks: bool = False

    @property
    def long(self) -> bool:
        """Whether the delimiter is more than a byte."""
        return len(self.delimiter.encode()) > 1


class Spelling:
    """The text of a dialect as RFC 4180 spells it.

    Attributes
    ----------
    delimiter
        What stands between two fields there.
    """

    def __init__(self, path: Path, dialect: Dialect, *, protects: bool) -> None:
        self._path = path
        self._dialect = dialect
        self._marks = dialect.long and dialect.quoted
        swaps = dialect.quoted and dialect.quote != QUOTE
        swapped = {dialect.quote: QUOTE, QUOTE: dialect.quote} if swaps else {}
        self._swap = bytes.maketrans(*_both(swapped)) if swaps else None
        self.delimiter = _DELIMITER if self._marks else dialect.delimiter
        self.delimiter = swapped.get(self.delimiter, self.delimiter)
        marks: dict[str, str] = {}
        if dialect.escape is not None or (protects and dialect.quoted):
            marks |= {_WITHIN: dialect.delimiter, _LINE_FEED: "\n", _RETURN: "\r"}
        if dialect.escape is not None:
            marks |= {_QUOTE: dialect.quote, _ESCAPE: dialect.escape}
        if self._marks:
            marks[_DELIMITER] = dialect.delimiter
        self._stand_ins = marks
        self._longer = {mark: own for mark, own in marks.items() if len(own.encode()) > 1}
        shorter = {mark: own for mark, own in marks.items() if mark not in self._longer}
        self._back = bytes.maketrans(*_both(shorter | swapped))
        self._plain = not marks and not swaps

    # ---- to RFC 4180 -----------------------------------------------------------------------

    def encoded(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """The chunks of a file, spelled so.

        Raises
        ------
        TagledgerError
            One of them holds a character that has to stand for another.
        """
        if self._stand_ins:
            chunks = self._without_stand_ins(chunks)
        if self._dialect.escape is not None:
            chunks = self._unescaped(chunks, self._dialect.escape)
        if self._marks:
            chunks = self._with_one_delimiter(chunks)
        if self._swap is not None:
            swap = self._swap
            chunks = (chunk.translate(swap) for chunk in chunks)
        return chunks

    def _without_stand_ins(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        marks = [mark.encode() for mark in self._stand_ins]
        for chunk in chunks:
            for mark in marks:
                if mark in chunk:
                    raise TagledgerError(
                        f"the file holds the control character U+{ord(mark):04X}, which stands for "
                        "another one while its dialect is read",
                        where=self._path,
                        hint=f"take it out of the file: `tr -d '\\{ord(mark):03o}'` does so",
                    )
            yield chunk

    def _unescaped(self, chunks: Iterator[bytes], escape: str) -> Iterator[bytes]:
        """The chunks with a stand-in for each escaped character."""
        of = {own.encode(): mark.encode() for mark, own in self._stand_ins.items()}
        of[b"\r\n"] = of[b"\r"] + of[b"\n"]
        own = escape.encode()
        alternatives = b"|".join(re.escape(one) for one in sorted(of)[::-1])  # "\r\n" before "\r"
        escaped = re.compile(re.escape(own) + b"(" + alternatives + b")")
        window = 1 + max(map(len, of))
        left = b""
        for chunk in chunks:
            data = left + chunk
            # A run of escapes near the end, and what follows it, may go on in the next chunk.
            near = own in data[-window:]
            cut = len(data[: data.rindex(own) + 1].rstrip(own)) if near else len(data)
            left = data[cut:]
            if cut:
                yield escaped.sub(lambda one: of[one[1]], data[:cut])
        if left:
            yield escaped.sub(lambda one: of[one[1]], left)

    def _with_one_delimiter(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """The chunks with a mark of one byte in place of each delimiter."""
        own, mark, left = self._dialect.delimiter.encode(), _DELIMITER.encode(), b""
        for chunk in chunks:
            data = (left + chunk).replace(own, mark)
            after = data[data.rfind(mark) + 1 :]
            sizes = range(min(len(own) - 1, len(after)), 0, -1)
            kept = next((size for size in sizes if after.endswith(own[:size])), 0)
            left = data[len(data) - kept :]
            if kept < len(data):
                yield data[: len(data) - kept]
        if left:
            yield left

    def protected(self, rows: bytes) -> bytes:
        """Whole rows with stand-ins for the delimiters and line breaks within quotes.

        Raises
        ------
        ValueError
            The last quote is not closed.
        """
        if b'"' not in rows:
            return rows
        data = np.frombuffer(rows, np.uint8).copy()
        inside = np.cumsum(data == ord(QUOTE), dtype=np.uint32) % 2 == 1
        if inside[-1]:
            raise ValueError("a quote is never closed")
        for own, mark in ((self.delimiter, _WITHIN), ("\n", _LINE_FEED), ("\r", _RETURN)):
            data[inside & (data == ord(own))] = ord(mark)
        return data.tobytes()

    # ---- and back --------------------------------------------------------------------------

    def decoded(self, column: pa.Array) -> pa.Array:
        """A column of fields as the file has them; strings."""
        if self._plain:
            return column
        validity, offsets, data = column.buffers()
        if data is None:
            return column
        turned = data.to_pybytes().translate(self._back)
        column = pa.Array.from_buffers(
            column.type,
            len(column),
            [validity, offsets, pa.py_buffer(turned)],
            column.null_count,
            column.offset,
        )
        for mark, own in self._longer.items():
            if mark.encode() in turned:
                column = pc.replace_substring(column, mark, own)
        return column

    def text(self, spelled: str) -> str:
        """A text as the file has it."""
        if self._plain:
            return spelled
        decoded: str = self.decoded(pa.array([spelled], pa.string()))[0].as_py()
        return decoded


def _both(table: dict[str, str]) -> tuple[bytes, bytes]:
    """The keys and the values of a table of ASCII characters."""
    return "".join(table).encode(), "".join(table.values()).encode()


@dataclass(frozen=True)
class Text:
    """A file of fields from its header on.

    Attributes
    ----------
    path
        The file, for messages.
    chunks
        Its bytes, as `spelling` spells them.
    dialect, spelling
        How it is written, and how that is spelled.
    line
        The number of its first line.
    """

    path: Path
    chunks: Iterator[bytes]
    dialect: Dialect
    spelling: Spelling
    line: int = 1
