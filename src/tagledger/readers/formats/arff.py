"""Format arff: Weka's files of attributes and rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tagledger.sources.formats import Format

if TYPE_CHECKING:
    from tagledger.readers.blocks import Block, Wanted
    from tagledger.readers.opening.source_files import SourceFile


class Arff(Format):
    """ARFF, of Weka, Mulan and MEKA: attributes are columns; rows are dense or sparse.

    Every value is read as text, and `?` is none. What a sparse row leaves out is 0, or the first
    value that a nominal attribute declares; of text and dates it is none. A row with another
    number of values than attributes, or with a value that its attribute does not declare, is set
    aside. Weights of rows are left out.
    """

    NAME = "arff"
    ENDINGS = (".arff",)
    TEXT_ONLY = True

    def blocks(self, file: SourceFile, wanted: Wanted) -> Iterator[Block]:
        """Read a file, as `Format` says; every column is text."""
        from tagledger.readers.parsing.arff_header import header_of, lines_of
        from tagledger.readers.parsing.arff_rows import ArffRows

        lines = lines_of(file)
        header = header_of(file, lines)
        names = wanted.among([one.name for one in header.attributes], file.path)
        yield from ArffRows(header, names).blocks(lines)
