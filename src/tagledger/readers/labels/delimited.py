"""Labels by `delimited`: a column with tags joined by a separator."""

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
    from tagledger.readers.values.columns import Mask
    from tagledger.sources.file_reading import FileReading


class DelimitedLabels(Labels):
    """Labels are in a text column that holds tags joined by a separator.

    Attributes
    ----------
    delimited
        The column, or a list of columns.
    separator
        What stands between two tags; white space around a tag goes.
    prefix
        Whether the column's name stands before the tag, as in `genre::drama`.
    """

    KEY = "delimited"
    RANK = 3
    CODES = True
    WORDS = True

    delimited: Name | Annotated[list[Name], Field(min_length=1)]
    separator: Name
    prefix: bool = False

    @property
    def tag_columns(self) -> tuple[str, ...]:
        """The columns."""
        one = self.delimited
        return (one,) if isinstance(one, str) else tuple(dict.fromkeys(one))

    @property
    def several(self) -> frozenset[str]:
        """Those in a list may stand in the header more than once."""
        return frozenset(() if isinstance(self.delimited, str) else self.delimited)

    @property
    def prefixed(self) -> bool:
        """Whether the tags begin with their column."""
        return self.prefix

    @property
    def glanced(self) -> tuple[str, ...]:
        """Columns that look as if they had more of the labels."""
        from tagledger.readers.tagging.doubts import siblings

        return siblings(self.delimited) if isinstance(self.delimited, str) else ()

    def doubts(self, block: Block, path: Path, repeated: Mask) -> list[str]:  # noqa: ARG002 - as `Labels` has it
        """Doubt the separator, and one column of several."""
        from tagledger.readers.tagging.doubts import one_of_several, other_separator

        if not isinstance(self.delimited, str):
            return []
        notes = other_separator(block, self.delimited, self.separator, path)
        return notes + one_of_several(block, self.delimited, path, self.separator)

    def of_block(
        self, block: Block, faults: Faults, path: Path, source: FileReading
    ) -> tuple[Parents, pa.Array]:
        """The tags in a block of items, as `Labels` says."""
        from tagledger.readers.tagging.label_names import with_column
        from tagledger.readers.tagging.label_tables import joined
        from tagledger.readers.tagging.tag_cells import cells
        from tagledger.readers.values.columns import delimited

        parts = []
        for name in self.tag_columns:
            rows, spelled = cells(block, name, faults, path, source)
            at, tags, _ = delimited(spelled, self.separator)
            parts.append((rows[at], with_column(tags, name) if self.prefix else tags))
        return joined(parts)
