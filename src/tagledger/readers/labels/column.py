"""Labels by `column`: a column with one tag."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tagledger.sources.labels import Labels
from tagledger.sources.models import Name

if TYPE_CHECKING:
    import pyarrow as pa

    from tagledger.readers.blocks import Block
    from tagledger.readers.label_tables import Parents
    from tagledger.readers.set_aside import Faults
    from tagledger.sources.file_reading import FileReading


class ColumnLabels(Labels):
    """Labels are in a column that holds one tag; null or empty means none.

    Attributes
    ----------
    column
        The column.
    """

    KEY = "column"
    RANK = 2

    column: Name

    @property
    def columns(self) -> tuple[str, ...]:
        """The one column."""
        return (self.column,)

    def of_block(
        self, block: Block, faults: Faults, path: Path, source: FileReading
    ) -> tuple[Parents, pa.Array]:
        """The tags in a block of items, as `Labels` says."""
        from tagledger.readers.columns import single
        from tagledger.readers.literals import text_without_literals

        spelled = text_without_literals(block, self.column, faults, path, source)
        parents, tags, _ = single(spelled)
        return parents, tags
