"""What labels in cells of text have in common, in one column or several."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tagledger.sources.labels import Labels

if TYPE_CHECKING:
    import pyarrow as pa

    from tagledger.readers.blocks import Block
    from tagledger.readers.set_aside import Faults
    from tagledger.readers.tagging.label_tables import Parents
    from tagledger.sources.file_reading import FileReading


class CellLabels(Labels):
    """Labels in cells of text of one column or several.

    Attributes
    ----------
    prefix
        Whether the column's name stands before the tag, as in `genre::drama`.
    """

    CODES = True
    WORDS = True

    prefix: bool = False

    @property
    def prefixed(self) -> bool:
        """Whether the tags begin with their column."""
        return self.prefix

    def cut(self, rows: Parents, cells: pa.Array) -> tuple[Parents, pa.Array]:
        """The tags in cells of these rows, and for each its row; a cell is one tag if not cut."""
        return rows, cells

    def of_block(
        self, block: Block, faults: Faults, path: Path, source: FileReading
    ) -> tuple[Parents, pa.Array]:
        """The tags in a block of items, as `Labels` says."""
        from tagledger.readers.tagging.label_names import with_column
        from tagledger.readers.tagging.label_tables import joined
        from tagledger.readers.tagging.tag_cells import cells as cells_of

        parts = []
        for name in self.tag_columns:
            rows, tags = self.cut(*cells_of(block, name, faults, path, source))
            parts.append((rows, with_column(tags, name) if self.prefix else tags))
        return joined(parts)
