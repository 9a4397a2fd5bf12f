"""Format json: a list of objects, or a document with records somewhere in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tagledger.readers.parsing.records_path import ALL, EACH, RecordsPath, steps
from tagledger.sources.formats import Format

if TYPE_CHECKING:
    from tagledger.readers.blocks import Block, Wanted
    from tagledger.readers.opening.source_files import SourceFile


class Json(Format):
    """One JSON list of objects, one object an item.

    It is read in pieces, so that it may be of any length; an object may have 16 MiB. NaN and
    Infinity are null. An object that has a key twice is set aside. A column's name may lead into
    objects and lists. A taxonomy may be a mapping from tag to entry.

    Attributes
    ----------
    records
        Where the records are, if the file is not a list of them: `articles[]` for the list under
        the key articles, `data.articles[]` for one further in, `*` for a mapping whose values are
        the records, `data.*` for one under a key. A record of a mapping has its key in the column
        `$key`, and a value that is no object is in the column `$value`; so are those of a list
        of texts, such as the names of classes.
    """

    NAME = "json"
    ENDINGS = (".json",)

    records: RecordsPath | None = None

    def blocks(self, file: SourceFile, wanted: Wanted) -> Iterator[Block]:
        """Read a file, as `Format` says."""
        from tagledger.readers.parsing.json_list import list_pieces
        from tagledger.readers.parsing.json_records import json_blocks, list_slices
        from tagledger.readers.parsing.json_within import pieces_within
        from tagledger.readers.parsing.records import Walk

        path = file.path
        if self.records is None:
            return json_blocks(path, "json", list_slices(path, list_pieces(file)), wanted)
        whole = steps(self.records)
        until = next(at for at, step in enumerate(whole, 1) if step in {EACH, ALL})
        walk = Walk(whole, path, wanted.names, until)
        slices = list_slices(path, pieces_within(file, whole[:until]), walk)
        return json_blocks(path, "json", slices, wanted)

    def entries(self, file: SourceFile) -> list[tuple[str, Any]]:
        """Each entry of a taxonomy with its place: of a list, or of a mapping from tag to entry."""
        from tagledger.readers.taxonomy import entries_of, misshapen
        from tagledger.readers.values.json_text import document, repeated

        content, text = document(file)
        for one in repeated(text, content):
            line = text.count(b"\n", 0, one.offset) + 1
            raise misshapen(one.reason, f"{file.path}, line {line}")
        return entries_of(content, self.records, file.path)
