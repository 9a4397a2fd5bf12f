"""Labels by `columns`: several columns, each with one tag."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from tagledger.sources.labels import Labels
from tagledger.sources.models import Name

if TYPE_CHECKING:
    import pyarrow as pa

    from tagledger.readers.blocks import Block
    from tagledger.readers.set_aside import Faults
    from tagledger.readers.tagging.label_tables import Parents
    from tagledger.sources.file_reading import FileReading


class WideLabels(Labels):
    """Labels are in several columns that hold one tag each; null or empty means none.

    Attributes
    ----------
    columns
        The columns; one whose name stands in the header more than once is read each time.
    prefix
        Whether the column's name stands before the tag, as in `genre::drama`.
    """

    KEY = "columns"
    RANK = 6
    CODES = True
    WORDS = True

    columns: Annotated[list[Name], Field(min_length=1)]
    prefix: bool = False

    @property
    def tag_columns(self) -> tuple[str, ...]:
        """The columns."""
        return tuple(dict.fromkeys(self.columns))

    @property
    def several(self) -> frozenset[str]:
        """All of them may stand in the header more than once."""
        return frozenset(self.columns)

    @property
    def prefixed(self) -> bool:
        """Whether the tags begin with their column."""
        return self.prefix

    def of_block(
        self, block: Block, faults: Faults, path: Path, source: FileReading
    ) -> tuple[Parents, pa.Array]:
        """The tags in a block of items, as `Labels` says."""
        from tagledger.readers.tagging.label_names import with_column
        from tagledger.readers.tagging.label_tables import joined
        from tagledger.readers.tagging.tag_cells import cells

        parts = []
        for name in self.tag_columns:
            parents, tags = cells(block, name, faults, path, source)
            parts.append((parents, with_column(tags, name) if self.prefix else tags))
        return joined(parts)
