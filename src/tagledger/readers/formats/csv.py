"""Format csv: comma-separated values, by RFC 4180 and in other dialects."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from tagledger.errors import TagledgerError
from tagledger.sources.formats import Format
from tagledger.sources.models import Encoding, Name, OneCharacter, problem

if TYPE_CHECKING:
    from pathlib import Path

    from tagledger.readers.blocks import Block, Wanted
    from tagledger.readers.opening.source_files import SourceFile
    from tagledger.readers.parsing.csv_rows import CsvRows
    from tagledger.readers.parsing.csv_spelling import Dialect, Text
    from tagledger.readers.parsing.line_rows import LineRows

_LATIN_1 = "iso8859-1"
_CONTROLS = re.compile(rb"\xc2[\x80-\x84\x86-\x9f]")  # those from 0x80 on, in UTF-8


def _no_line_break(text: str) -> str:
    if "\n" in text or "\r" in text:
        raise problem(f"{text!r} has a line break in it, which ends a row")
    return text


def _ascii(character: str) -> str:
    """Check that a character is one byte, and no line break."""
    if not character.isascii():
        raise problem(f"this must be an ASCII character, not {character!r}")
    return _no_line_break(character)


Delimiter = Annotated[str, Field(min_length=1), AfterValidator(_no_line_break)]
Mark = Annotated[OneCharacter, AfterValidator(_ascii)]


class Csv(Format):
    r"""Comma-separated values with a header, in UTF-8, as RFC 4180 has them; or another dialect.

    A quote within a field in quotes is written twice. A row with a quote out of place, or with
    another number of fields than the header, is set aside. An empty field is empty text.

    Attributes
    ----------
    delimiter
        What stands between two fields, such as ";" or "\t". Of several characters, such as "::",
        it makes quotes characters like others, unless `quote` is given.
    header
        The names of the columns, of a file without a header: its first row is an item.
    skip
        How many lines to leave out above the header, or above the first row with `header`.
    comment
        Lines above the header, below those of `skip`, that begin so are left out.
    encoding
        What the file is written in, as Python calls it, such as `cp1252` or `utf-16`; UTF-8 by
        default.
    quote
        What stands around a field with a delimiter or a line break in it; by default `"`.
    escape
        What stands before a quote, a delimiter, a line break or itself to make it a character, such
        as a backslash. Before other characters it is a character itself.
    quoting
        With `none`, quotes are characters like others.
    after_delimiter
        With `space`, spaces after a delimiter are no part of a field, also before a quote.
    """

    NAME = "csv"
    ENDINGS: ClassVar[tuple[str, ...]] = (".csv",)
    TEXT_ONLY = True

    delimiter: Delimiter = ","
    header: Annotated[list[Name], Field(min_length=1)] | None = None
    skip: Annotated[int, Field(ge=0)] = 0
    comment: Name | None = None
    encoding: Encoding | None = None
    quote: Mark | None = None
    escape: Mark | None = None
    quoting: Literal["none"] | None = None
    after_delimiter: Literal["space"] | None = None

    @model_validator(mode="after")
    def _marks_differ(self) -> Self:
        quote = self.quote or '"'
        if self.quoting is not None and self.quote is not None:
            raise problem(
                "with `quoting: none` there is no quote: leave one of them out", key="quote"
            )
        if self.quoting is None and quote in self.delimiter:
            raise problem(f"the quote {quote!r} cannot be in the delimiter", key="delimiter")
        if self.escape == quote and self.quoting is None:
            raise problem(
                "a quote within a field in quotes is written twice by default: leave `escape` out",
                key="escape",
            )
        if self.escape is not None and self.escape in self.delimiter:
            raise problem("the delimiter cannot have this in it", key="escape")
        if self.after_delimiter is not None and self.delimiter.endswith(" "):
            raise problem("the delimiter ends with a space already", key="after_delimiter")
        return self

    def blocks(self, file: SourceFile, wanted: Wanted) -> Iterator[Block]:
        """Read a file, as `Format` says; every column is text."""
        from tagledger.readers.opening.source_files import unreadable
        from tagledger.readers.parsing.csv_spelling import Spelling, Text
        from tagledger.readers.parsing.csv_top import below_top
        from tagledger.readers.parsing.quotes import UNCLOSED

        dialect, line, notes = self._dialect(), 1, list[str]()
        by_line = not dialect.quoted or wanted.rest is not None
        with unreadable(file.path, "this is not CSV as its reading says", UNCLOSED):
            chunks = self._chunks(file, notes)
            if self.skip or self.comment:
                chunks, above = below_top(chunks, self.skip, self.comment, file.path)
                line += above
            spelling = Spelling(file.path, dialect, protects=by_line)
            text = Text(file.path, spelling.encoded(chunks), dialect, spelling, line)
            for block in (self._by_line if by_line else self._by_field)(text, wanted):
                yield replace(block, notes=[*block.notes, *notes]) if notes else block

    def _by_field(self, text: Text, wanted: Wanted) -> Iterator[Block]:
        """The rows, as Arrow's reader of CSV has them."""
        import pyarrow as pa

        from tagledger.readers.blocks import Block
        from tagledger.readers.parsing.csv_rows import CsvRows
        from tagledger.readers.parsing.csv_top import wrong_header

        readable, reported = 0, 0
        rows = CsvRows(text, header=self.header, blank_rows=wanted.every_row)
        names = self._names(rows, wanted, text.path)
        for batch in rows.batches():
            row_numbers = rows.rows(readable, len(batch))
            readable += len(batch)
            broken = rows.broken[reported:]
            reported += len(broken)
            yield Block(
                row_numbers, rows.columns(batch, names), partial(rows.records, batch), broken
            )
        if not rows.ended:
            row = readable + len(rows.broken)
            raise TagledgerError(
                "a quote is never closed", where=f"{text.path}, row {row}", hint=rows.hint
            )
        if self.header and not readable and rows.fields:
            raise wrong_header(self.header, rows.fields, text.path)
        nothing = pa.RecordBatch.from_arrays(
            [pa.array([], pa.string()) for _ in rows.names], rows.names
        )
        row_numbers = rows.rows(readable, 0)
        columns = rows.columns(nothing, names)
        yield Block(row_numbers, columns, lambda _: [], rows.broken[reported:], notes=rows.notes)

    def _by_line(self, text: Text, wanted: Wanted) -> Iterator[Block]:
        """The rows, each of them a line."""
        from tagledger.readers.parsing.csv_top import wrong_header
        from tagledger.readers.parsing.line_rows import LineRows

        rows, readable = LineRows(text, header=self.header, blank_rows=wanted.every_row), 0
        for block in rows.blocks(self._names(rows, wanted, text.path), wanted.rest):
            readable += len(block.rows)
            yield block
        if self.header and not readable and rows.fields:
            raise wrong_header(self.header, rows.fields, text.path)

    def _names(self, rows: CsvRows | LineRows, wanted: Wanted, path: Path) -> list[str]:
        """The wanted columns that there are."""
        from tagledger.readers.parsing.csv_top import header_hint, strange_header

        hint, names = "", rows.names
        if self.header is None and not set(wanted.needed) <= set(names):
            hint = header_hint(names, self.delimiter, rows.some_rows())
            if not hint and len(wanted.needed) > 1:
                hint = strange_header(names, wanted.needed)
        columns = wanted.among(names, path, hint=hint)
        if wanted.rest is not None:
            end = names.index(wanted.rest)
            for name in columns:
                if names.index(name) > end:
                    raise TagledgerError(
                        f"the column {name!r} is behind {wanted.rest!r}, which takes all fields to "
                        "the end of the row",
                        where=path,
                        hint="leave one of them out of its reading, in data/sources.yaml",
                    )
        return columns

    def _dialect(self) -> Dialect:
        from tagledger.readers.parsing.csv_spelling import QUOTE, Dialect

        one_character = len(self.delimiter.encode()) == 1
        return Dialect(
            self.delimiter,
            self.quote or QUOTE,
            quoted=self.quoting is None and (one_character or self.quote is not None),
            doubtful=self.quoting is None,
            escape=self.escape,
            blanks=self.after_delimiter is not None,
        )

    def _chunks(self, file: SourceFile, notes: list[str]) -> Iterator[bytes]:
        """The file in UTF-8; what looks wrong is added to `notes`."""
        codec = None if self.encoding is None else codecs.lookup(self.encoding).name
        if codec in {None, "utf-8", "utf-8-sig"}:
            yield from file.chunks()
            return
        for chunk in file.chunks(self.encoding):
            if codec == _LATIN_1 and not notes and _CONTROLS.search(chunk):
                notes.append(
                    f"{file.path.name}: as {self.encoding} it has control characters, which in "
                    "cp1252 are signs such as the euro"
                )
            yield chunk
