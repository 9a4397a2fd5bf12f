"""Labels by `rest`: a field of a row and all that follow it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tagledger.errors import TagledgerError
from tagledger.sources.labels import Labels
from tagledger.sources.models import Name

if TYPE_CHECKING:
    import pyarrow as pa

    from tagledger.readers.blocks import Block
    from tagledger.readers.set_aside import Faults
    from tagledger.readers.tagging.label_tables import Parents
    from tagledger.sources.file_reading import FileReading


class RestLabels(Labels):
    """Labels are in a field of a row of text and in all that follow, however many they are.

    Attributes
    ----------
    rest
        The column of the first of them, which is the last in the header.
    """

    KEY = "rest"
    RANK = 8

    rest: Name

    @property
    def tag_columns(self) -> tuple[str, ...]:
        """The one column."""
        return (self.rest,)

    @property
    def rest_column(self) -> str | None:
        """The one column."""
        return self.rest

    def of_block(
        self, block: Block, faults: Faults, path: Path, source: FileReading
    ) -> tuple[Parents, pa.Array]:
        """The tags in a block of items, as `Labels` says."""
        from tagledger.readers.tagging.tag_cells import cells
        from tagledger.readers.values.columns import is_text_column

        if is_text_column(block.columns[self.rest]):
            raise TagledgerError(
                f"the rows of a {source.kind} file do not go on after the column {self.rest!r}",
                where=path,
                hint=f"read it with `labels: {{column: {self.rest}}}`, or several columns with "
                "`labels: {columns: [...]}`",
            )
        return cells(block, self.rest, faults, path, source)
