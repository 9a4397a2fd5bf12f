"""A file that is in memory, for the reader of workbooks."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from tagledger.readers.opening.source_files import SourceFile


@dataclass(frozen=True)
class HeldFile(SourceFile):
    """A file whose bytes were read already.

    Attributes
    ----------
    content
        Its bytes.
    """

    content: bytes = b""

    @property
    def packed(self) -> bool:
        """Whether its bytes are to be taken from `buffer`: always."""
        return True

    def buffer(self) -> pa.Buffer:
        """Its bytes."""
        return pa.py_buffer(self.content)
