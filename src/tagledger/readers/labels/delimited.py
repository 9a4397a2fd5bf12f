"""Labels by `delimited`: a column with tags joined by a separator."""

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


class DelimitedLabels(Labels):
    """Labels are in a text column that holds tags joined by a separator.

    Attributes
    ----------
    delimited
        The column.
    separator
        What stands between two tags; white space around a tag goes.
    """

    KEY = "delimited"
    RANK = 3

    delimited: Name
    separator: Name

    @property
    def columns(self) -> tuple[str, ...]:
        """The one column."""
        return (self.delimited,)

    def of_block(
        self, block: Block, faults: Faults, path: Path, source: FileReading
    ) -> tuple[Parents, pa.Array]:
        """The tags in a block of items, as `Labels` says."""
        from tagledger.readers.columns import delimited
        from tagledger.readers.literals import text_without_literals

        spelled = text_without_literals(block, self.delimited, faults, path, source)
        parents, tags, _ = delimited(spelled, self.separator)
        return parents, tags
