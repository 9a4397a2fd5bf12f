"""Labels by `column`: a column with one tag."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tagledger.sources.labels import Labels
from tagledger.sources.models import Name

if TYPE_CHECKING:
    import pyarrow as pa

    from tagledger.readers.blocks import Block
    from tagledger.readers.set_aside import Faults
    from tagledger.readers.tagging.label_tables import Parents
    from tagledger.readers.values.columns import Mask
    from tagledger.sources.file_reading import FileReading


class ColumnLabels(Labels):
    """Labels are in a column that holds one tag; null or empty means none.

    Attributes
    ----------
    column
        The column.
    at_least
        The smallest number that a column of the row must hold for the label to count, as
        `{score: 0.5}`.
    """

    KEY = "column"
    RANK = 2
    CODES = True
    WORDS = True

    column: Name
    at_least: dict[Name, float] | None = None

    @property
    def tag_columns(self) -> tuple[str, ...]:
        """The one column."""
        return (self.column,)

    @property
    def reaches(self) -> dict[str, float] | None:
        """The numbers that a row must reach."""
        return self.at_least

    @property
    def glanced(self) -> tuple[str, ...]:
        """Columns that may deny a label, and those that look as if they had more of them."""
        from tagledger.readers.tagging.doubts import confidences, siblings

        return (*confidences(self._known), *siblings(self.column))

    @property
    def _known(self) -> set[str]:
        return {self.column, *(self.where or ()), *(self.at_least or ())}

    def doubts(self, block: Block, path: Path, repeated: Mask) -> list[str]:
        """Doubt labels that another column denies, and one column of several."""
        from tagledger.readers.tagging.doubts import (
            confidences,
            denied,
            one_of_several,
            other_separator,
        )

        notes = denied(block, confidences(self._known), path, repeated)
        if self.levels is None and self.names is None:
            notes = notes + other_separator(block, self.column, None, path)
        return notes + one_of_several(block, self.column, path)

    def of_block(
        self, block: Block, faults: Faults, path: Path, source: FileReading
    ) -> tuple[Parents, pa.Array]:
        """The tags in a block of items, as `Labels` says."""
        from tagledger.readers.tagging.literals import text_without_literals
        from tagledger.readers.values.columns import single

        spelled = text_without_literals(block, self.column, faults, path, source)
        parents, tags, _ = single(spelled)
        return parents, tags
