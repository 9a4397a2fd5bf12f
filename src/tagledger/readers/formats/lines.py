"""Format lines: one value a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tagledger.sources.formats import Format
from tagledger.sources.models import Encoding

if TYPE_CHECKING:
    from tagledger.readers.blocks import Block, Wanted
    from tagledger.readers.opening.source_files import SourceFile


class Lines(Format):
    """Plain text with one value a line, in the column `line`.

    The names of classes are often given so: `names: {file: classes.txt}`. Blank lines are passed
    over, but not in a file whose row N belongs to number N of something else.

    Attributes
    ----------
    encoding
        What the file is written in, as Python calls it, such as `cp1252`; by default UTF-8.
    """

    NAME = "lines"
    ENDINGS = (".txt",)
    TEXT_ONLY = True
    COLUMN = "line"

    encoding: Encoding | None = None

    def blocks(self, file: SourceFile, wanted: Wanted) -> Iterator[Block]:
        """Read a file, as `Format` says; a row is a line."""
        from tagledger.readers.parsing.text_lines import block_of, text_lines

        names = wanted.among(
            [self.COLUMN],
            file.path,
            hint="a file of lines has the one column `line`; where a line has several fields, set "
            "`format: tsv` or `format: csv`, and `header` if the first line does not name them, in "
            "its reading, in data/sources.yaml",
        )
        for rows, lines in text_lines(file, self.encoding, blank=wanted.every_row):
            yield block_of(rows, {self.COLUMN: lines}, names, [])
