"""Format jsonl: one object a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tagledger.sources.formats import Format

if TYPE_CHECKING:
    from tagledger.readers.blocks import Block, Wanted
    from tagledger.readers.opening.source_files import SourceFile


class JsonLines(Format):
    """JSON Lines: one JSON object a line, one line an item.

    Blank lines are passed over; otherwise it is as json is.
    """

    NAME = "jsonl"
    ENDINGS = (".jsonl", ".ndjson")

    def blocks(self, file: SourceFile, wanted: Wanted) -> Iterator[Block]:
        """Read a file, as `Format` says."""
        from tagledger.readers.parsing.json_records import json_blocks, line_slices

        return json_blocks(file.path, "jsonl", line_slices(file.path, file.chunks()), wanted)
