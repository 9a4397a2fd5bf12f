"""Format json: one list of objects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tagledger.sources.formats import Format

if TYPE_CHECKING:
    from tagledger.readers.blocks import Block, Wanted
    from tagledger.readers.source_files import SourceFile


class Json(Format):
    """One JSON list of objects, one object an item.

    It is read in pieces, so that it may be of any length; an object may have 16 MiB. NaN and
    Infinity are null. An object that has a key twice is set aside. A column's name may lead into
    objects and lists. A taxonomy may be a mapping from tag to entry.
    """

    NAME = "json"
    ENDINGS = (".json",)

    def blocks(self, file: SourceFile, wanted: Wanted) -> Iterator[Block]:
        """Read a file, as `Format` says."""
        from tagledger.readers.json_pieces import list_pieces
        from tagledger.readers.json_records import json_blocks, list_slices

        pieces = list_pieces(file)
        return json_blocks(file.path, "json", list_slices(file.path, pieces), wanted)

    def entries(self, file: SourceFile) -> list[tuple[str, Any]]:
        """Each entry of a taxonomy with its place: of a list, or of a mapping from tag to entry."""
        from tagledger.readers.json_text import document, repeated
        from tagledger.readers.taxonomy import misshapen

        content, text = document(file)
        for one in repeated(text, content):
            line = text.count(b"\n", 0, one.offset) + 1
            raise misshapen(one.reason, f"{file.path}, line {line}")
        if isinstance(content, dict):
            return [
                (f"tag {tag!r}", {**entry, "tag": tag} if isinstance(entry, dict) else entry)
                for tag, entry in content.items()
            ]
        if isinstance(content, list):
            return [(f"entry {place}", entry) for place, entry in enumerate(content, 1)]
        raise misshapen("a taxonomy is a list of tags, or a mapping from tag to entry", file.path)
