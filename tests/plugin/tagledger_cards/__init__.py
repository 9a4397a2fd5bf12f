"""Files of cards for Tagledger: each section is an item, its name the id."""

from __future__ import annotations

from collections.abc import Iterator
from configparser import ConfigParser, Error
from typing import TYPE_CHECKING

from tagledger.errors import TagledgerError
from tagledger.sources.formats import Format
from tagledger.sources.models import OneCharacter

if TYPE_CHECKING:
    from tagledger.readers.blocks import Block, Wanted
    from tagledger.readers.opening.source_files import SourceFile


class Cards(Format):
    """Cards: a section an item, whose name is the column `id`, and a column for each key.

    Attributes
    ----------
    comment
        What a line begins with that is no data.
    """

    NAME = "cards"
    TEXT_ONLY = True

    comment: OneCharacter = "#"

    def blocks(self, file: SourceFile, wanted: Wanted) -> Iterator[Block]:
        """Read a file, all in one block."""
        import numpy as np

        from tagledger.readers.blocks import Block, record_text

        parser = ConfigParser(comment_prefixes=self.comment, interpolation=None)
        try:
            parser.read_string(b"".join(file.chunks()).decode())
        except Error as error:
            hint = "mend the file, or take a fresh copy of it"
            raise TagledgerError(
                f"these are no cards: {error}", where=file.path, hint=hint
            ) from error
        records = [{"id": name, **parser[name]} for name in parser.sections()]
        names = wanted.among(list(dict.fromkeys(key for one in records for key in one)), file.path)
        columns = {name: [one.get(name) for one in records] for name in names}
        rows = np.arange(1, len(records) + 1)
        yield Block(rows, columns, lambda at: [record_text(records[one]) for one in at.tolist()])
